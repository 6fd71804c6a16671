"""One control of a form, with the value that browsers give it (WHATWG HTML, 4.10.5 to 4.10.11)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile
from typing import Final

from ssrcred.adapters.portal.html.tokenizer import SPACE
from ssrcred.adapters.portal.html.tree import Node

TYPES: Final = frozenset(
    [  # a list of its own for each family
        *("hidden", "text", "search", "tel", "url", "email", "password", "number", "range", "color"),
        *("date", "month", "week", "time", "datetime-local"),
        *("checkbox", "radio", "file", "submit", "image", "reset", "button"),
    ]
)
WRITABLE: Final = frozenset({"text", "search", "tel", "url", "email", "password", "textarea"})
POST_BACK: Final = "post back"
"""What sends a form by script (script.py): pressed like a button, and no part of what is sent."""
BUTTONS: Final = frozenset({"submit", "image", "reset", "button", POST_BACK})
DIRECTED: Final = frozenset({"text", "search", "tel", "url", "email", "password", "hidden", "textarea", "submit"})


@dataclass(frozen=True, eq=False, repr=False)
class Control:
    """A control: `kind` (an input's type, or select, textarea), `name`, `value`, and what decides whether it is sent.

    `choices` are the values a select would send; `maxlength` is in UTF-16 units, as HTML counts, or None.
    """

    node: Node
    kind: str
    name: str
    value: str
    on: bool = False
    disabled: bool = False
    choices: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Control {self.kind}>"

    @property
    def button(self) -> bool:
        """Whether it is a button of any kind: sent only when pressed."""
        return self.kind in BUTTONS

    @property
    def submits(self) -> bool:
        """Whether pressing it sends the form."""
        return self.kind in ("submit", "image", POST_BACK) and not self.disabled

    @property
    def writable(self) -> bool:
        """Whether a person could type into it."""
        return self.kind in WRITABLE and not self.disabled and "readonly" not in self.node.attributes

    @property
    def maxlength(self) -> int | None:
        """How many UTF-16 units a person could type, or None for no limit."""
        text = self.node.attributes.get("maxlength", "").strip(SPACE).removeprefix("+")
        digits = "".join(takewhile(lambda sign: sign in "0123456789", text))
        return int(digits) if digits and len(digits) < 10 else None

    @property
    def direction(self) -> str:
        """The name under which the writing direction is sent along, or nothing."""
        directed = self.kind in DIRECTED and self.node.tag != "button"
        return self.node.attributes.get("dirname", "") if directed else ""

    @property
    def right_to_left(self) -> bool:
        """Whether the nearest `dir` says right to left."""
        for node in (self.node, *self.node.ancestors()):
            if (said := node.attributes.get("dir", "").lower()) in ("ltr", "rtl"):
                return said == "rtl"
        return False

    def turned_off(self) -> Control:
        """The same control, not on."""
        return replace(self, on=False)


def control(node: Node) -> Control:
    """The control that an element is."""
    attributes = node.attributes
    name, disabled = attributes.get("name", ""), is_disabled(node)
    if node.tag == "select":
        return Control(node, "select", name, "", disabled=disabled, choices=_choices(node))
    if node.tag == "textarea":
        return Control(node, "textarea", name, own_text(node), disabled=disabled)
    if node.tag == "button":
        kind = attributes.get("type", "").lower()
        kind = kind if kind in ("reset", "button") else "submit"
        return Control(node, kind, name, attributes.get("value", ""), disabled=disabled)
    if node.tag != "input":
        return Control(node, "button", "", "", disabled=True)  # fieldset, output, object: listed, never sent
    kind = attributes.get("type", "").lower()
    kind = kind if kind in TYPES else "text"
    on = "checked" in attributes and kind in ("checkbox", "radio")
    return Control(node, kind, name, _value(kind, attributes), on=on, disabled=disabled)


def is_disabled(node: Node) -> bool:
    """Its own `disabled`, or a disabled fieldset around it, unless it is in that fieldset's first legend."""
    if "disabled" in node.attributes:
        return True
    below = node
    for above in node.ancestors():
        if above.tag == "fieldset" and "disabled" in above.attributes and not _is_first_legend(below, above):
            return True
        below = above
    return False


def own_text(node: Node) -> str:
    """All text inside an element, as it stands there."""
    texts, stack = [], list(reversed(node.children))
    while stack:
        child = stack.pop()
        if isinstance(child, str):
            texts.append(child)
        elif child.tag not in ("script", "style"):
            stack += reversed(child.children)
    return "".join(texts)


def _is_first_legend(node: Node, fieldset: Node) -> bool:
    legends = (child for child in fieldset.children if isinstance(child, Node) and child.tag == "legend")
    return next(legends, None) is node


def _choices(select: Node) -> tuple[str, ...]:
    options = [node for node in select.walk() if node.tag == "option"]
    chosen = [node for node in options if "selected" in node.attributes]
    if "multiple" not in select.attributes:
        size = select.attributes.get("size", "").strip(SPACE)
        one_line = not (size.isascii() and size.isdigit() and int(size[:9]) > 1)
        chosen = chosen[-1:] or ([node for node in options if not _option_disabled(node)][:1] if one_line else [])
    return tuple(_option_value(node) for node in chosen if not _option_disabled(node))


def _option_disabled(option: Node) -> bool:
    group = option.parent
    return "disabled" in option.attributes or bool(group and group.tag == "optgroup" and "disabled" in group.attributes)


def _option_value(option: Node) -> str:
    if "value" in option.attributes:
        return option.attributes["value"]
    text = own_text(option)
    for sign in SPACE:
        text = text.replace(sign, " ")
    return " ".join(part for part in text.split(" ") if part)


def _value(kind: str, attributes: dict[str, str]) -> str:
    """The value after browsers' *value sanitization algorithm* (WHATWG HTML, 4.10.5.1)."""
    value = attributes.get("value", "")
    if kind in ("checkbox", "radio"):
        return attributes.get("value", "on")
    if kind == "file":
        return ""
    if kind == "submit":
        return attributes.get("value", "Submit")  # what Chromium shows and sends for a button without words
    if kind in ("text", "search", "tel", "password", "url", "email"):
        value = value.replace("\n", "").replace("\r", "")
        return value.strip(SPACE) if kind in ("url", "email") else value
    if kind == "number":
        return value if _number(value) is not None else ""
    if kind == "range":
        return _range(value, attributes)
    if kind == "color":
        valid = len(value) == 7 and value[0] == "#" and all(digit in "0123456789abcdef" for digit in value[1:].lower())
        return value.lower() if valid else "#000000"
    if kind in ("date", "month", "week", "time", "datetime-local"):
        return _moment(kind, value)
    return value


def _number(text: str) -> float | None:
    digits = text.removeprefix("-")
    if not digits or not (digits[0].isdigit() or digits[0] == ".") or digits[-1] == "." or "_" in text:
        return None
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) and text.isascii() and text == text.strip() else None


def _range(value: str, attributes: dict[str, str]) -> str:
    lowest, highest = _number(attributes.get("min", "")), _number(attributes.get("max", ""))
    low, high = 0.0 if lowest is None else lowest, 100.0 if highest is None else highest
    found = _number(value)
    if found is None:
        return f"{low + (max(high, low) - low) / 2:g}"
    return value if low <= found <= max(low, high) else f"{min(max(found, low), max(low, high)):g}"


FORMATS: Final = {
    "date": ("%Y-%m-%d",),
    "month": ("%Y-%m",),
    "time": ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f"),
    "datetime-local": ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f"),
}


def _moment(kind: str, value: str) -> str:
    """A date or time as browsers keep it, or nothing if it is none."""
    value = value.replace(" ", "T") if kind == "datetime-local" else value
    padded, formats = (f"{value}-1", ("%G-W%V-%u",)) if kind == "week" else (value, FORMATS[kind])
    for form in formats:
        try:
            found = datetime.strptime(padded, form)
        except ValueError:
            continue
        return value if "%f" in form or found.strftime(form) == padded else ""
    return ""

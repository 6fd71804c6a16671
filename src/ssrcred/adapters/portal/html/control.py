"""One control of a form, with the value that browsers give it (WHATWG HTML, 4.10.5 to 4.10.11)."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
    """The value as browsers have it (WHATWG HTML, 4.10.5.1); numbers and dates that are none are left as they stand."""
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
    return value

"""One control of a form, with the value that browsers give it (WHATWG HTML, 4.10.5 to 4.10.11)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from ssrcred.adapters.portal.html.tree import SPACE, Node

WRITABLE: Final = frozenset({"text", "search", "tel", "url", "email", "password", "textarea"})
POST_BACK: Final = "post back"
"""What sends a form by script (script.py): pressed like a button, and no part of what is sent."""
BUTTONS: Final = frozenset({"submit", "image", "reset", "button", POST_BACK})
DATES: Final = frozenset({"date", "month", "week", "time", "datetime-local"})
OTHERS: Final = frozenset({"hidden", "checkbox", "radio", "file", "number", "range", "color"})
TYPES: Final = OTHERS | DATES | (BUTTONS - {POST_BACK}) | (WRITABLE - {"textarea"})
DEFAULTS: Final = {"checkbox": "on", "radio": "on", "submit": "Submit"}
"""What Chromium sends for an input without a value; the last is also what it shows."""


@dataclass(frozen=True, eq=False, repr=False)
class Control:
    """A control: `kind` (an input's type, or select, textarea), `name`, `value`, and what decides if it is sent."""

    node: Node
    kind: str
    name: str
    value: str
    on: bool = False
    disabled: bool = False
    choices: tuple[str, ...] = ()  # the values that a select sends

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
        digits = re.match(rf"[{SPACE}]*\+?([0-9]{{1,9}})(?![0-9])", self.node.attributes.get("maxlength", ""))
        return int(digits[1]) if digits else None


def control(node: Node) -> Control:
    """The control that an input, select, textarea or button is."""
    attributes, kind = node.attributes, node.tag
    choices: tuple[str, ...] = ()
    said, value = attributes.get("type", "").lower(), attributes.get("value", "")
    if kind == "select":
        choices, value = _choices(node), ""
    elif kind == "textarea":
        value = own_text(node)
    elif kind == "button":
        kind = said if said in ("reset", "button") else "submit"
    else:
        kind = said if said in TYPES else "text"
        value = "" if kind == "file" else attributes.get("value", DEFAULTS.get(kind, ""))
        if kind in WRITABLE:  # numbers and dates that are none are left as they stand
            value = value.replace("\n", "").replace("\r", "")
        if kind in ("url", "email"):
            value = value.strip(SPACE)
    on = "checked" in attributes and kind in ("checkbox", "radio")
    return Control(node, kind, attributes.get("name", ""), value, on, _is_disabled(node), choices)


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


def _is_disabled(node: Node) -> bool:
    """Its own `disabled`, or a disabled fieldset around it, unless it is in that fieldset's first legend."""
    if "disabled" in node.attributes:
        return True
    for part in (node, *node.ancestors()):
        around = part.parent
        if around is not None and around.tag == "fieldset" and "disabled" in around.attributes:
            legends = (child for child in around.elements() if child.tag == "legend")
            if next(legends, None) is not part:
                return True
    return False


def _choices(select: Node) -> tuple[str, ...]:
    """The values that a list sends as the page has it."""
    options = [node for node in select.walk() if node.tag == "option"]
    chosen = [node for node in options if "selected" in node.attributes]
    if "multiple" not in select.attributes:
        size = select.attributes.get("size", "").strip(SPACE)
        one_line = not (size.isascii() and size.isdigit() and int(size[:9]) > 1)
        chosen = chosen[-1:] or ([node for node in options if not _option_disabled(node)][:1] if one_line else [])
    return tuple(
        node.attributes.get("value", re.sub(f"[{SPACE}]+", " ", own_text(node)).strip(" "))
        for node in chosen
        if not _option_disabled(node)
    )


def _option_disabled(option: Node) -> bool:
    group = option.parent
    return "disabled" in option.attributes or bool(group and group.tag == "optgroup" and "disabled" in group.attributes)

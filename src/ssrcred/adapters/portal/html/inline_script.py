"""What a link or button of a page does by script, where that can be read from its text; no script is ever run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from ssrcred.adapters.portal.html.tree import Node

TARGET: Final = "__EVENTTARGET"
ARGUMENT: Final = "__EVENTARGUMENT"
"""The hidden fields that `__doPostBack` sets before it sends their form (ASP.NET Web Forms, client script)."""

LIVE: Final = "data-at"
"""An attribute of elements that are shown in a window now (snapshot.py), where scripts run."""
LEADS: Final = "data-leads"
"""Where a form in a window, or a button that says so itself, would be sent; the address is absolute."""
HIDES: Final = "data-hides"
"""What a form in a window sends unseen: names and values, as JSON."""
METHOD: Final = "data-method"
"""The method of a form in a window, as its own markup has it."""
TAG: Final = "data-tag"
"""Which element of a window a button or link stands for."""
WHOLE: Final = "data-whole"
"""Marks the element that stands for a window's whole page: its controls belong to no form."""
PRESS: Final = "click:"
"""The scheme of an address that is an element to press, not a place to go to."""
TEXT: Final = r"""(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")"""
POST_BACK: Final = re.compile(rf"\b__doPostBack\(\s*{TEXT}\s*,\s*{TEXT}\s*\)")
WITH_OPTIONS: Final = re.compile(
    rf"\bWebForm_DoPostBackWithOptions\(\s*new\s+WebForm_PostBackOptions\(\s*{TEXT}\s*,\s*{TEXT}"
    r"\s*,\s*(?:true|false)\s*,\s*(?:''|\"\")\s*,\s*(?:''|\"\")\s*,"
)
GOES_TO: Final = re.compile(
    r"(?:javascript:|return\b|void\s*\(|\s)*"
    rf"(?:(?:window|document|self|this)\.)?location(?:\.href)?\s*=\s*{TEXT}"
    r"(?:\s|;|\)|return\s+(?:false|true))*",
    re.IGNORECASE,
)
SENDS: Final = re.compile(
    r"(?:javascript:|return\b|void\s*\(|\s)*(?:this\.)?form\.submit\(\s*\)(?:\s|;|\)|return\s+(?:false|true))*",
    re.IGNORECASE,
)
"""Nothing but sending the form that it stands in, without a button."""
LATER: Final = re.compile(r"(?:javascript:|\s)*setTimeout\(\s*" + TEXT + r"\s*,\s*\d+\s*\)[\s;]*", re.IGNORECASE)
ESCAPE: Final = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|(.))", re.DOTALL)


@dataclass(frozen=True)
class PostBack:
    """The target and the argument that an ASP.NET page is sent back with."""

    target: str
    argument: str


def post_back(node: Node) -> PostBack | None:
    """What choosing an element sends its page back with, or None if its text does not say so, or says it twice."""
    found = _post_backs(*_texts(node))
    return found.pop() if len(found) == 1 else None


def goes_to(node: Node) -> str:
    """The address that choosing an element leads to if all that its script does is to go there, else nothing."""
    for text in _texts(node):
        if (said := GOES_TO.fullmatch(text.strip())) is not None:
            return _plain(said, 1)
    return ""


def on_choice(node: Node) -> PostBack | bool:
    """What choosing in a list does by itself: the page sent back, its own form sent (True), or nothing known."""
    script = node.attributes.get("onchange", "").strip()
    if (later := LATER.fullmatch(script)) is not None:  # as Web Forms writes it
        script = _plain(later, 1)
    found = _post_backs(script)
    if len(found) == 1:
        return found.pop()
    return not found and SENDS.fullmatch(script) is not None


def is_script(address: str) -> bool:
    """Whether an address is a script rather than a place."""
    return address.strip().lower().startswith("javascript:")


def _texts(node: Node) -> list[str]:
    address = node.attributes.get("href", "")
    return [node.attributes.get("onclick", ""), unquote(address) if is_script(address) else ""]


def _post_backs(*scripts: str) -> set[PostBack]:
    calls = (call for script in scripts for call in (*POST_BACK.finditer(script), *WITH_OPTIONS.finditer(script)))
    return {PostBack(_plain(call, 1), _plain(call, 3)) for call in calls}


def _plain(found: re.Match[str], at: int) -> str:
    """A text in a script, in single quotes (group `at`) or double, without its escapes."""
    letters = {"n": "\n", "r": "\r", "t": "\t"}
    return ESCAPE.sub(
        lambda sign: chr(int(sign[1] or sign[2], 16)) if sign[1] or sign[2] else letters.get(sign[3], sign[3]),
        found[at] or found[at + 1] or "",
    )

"""What a link or button of a page does by script, where that can be read from its text; no script is ever run."""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import unquote

from ssrcred.adapters.portal.html.tree import Node

TARGET: Final = "__EVENTTARGET"
ARGUMENT: Final = "__EVENTARGUMENT"
"""The hidden fields that `__doPostBack` sets before it sends their form (ASP.NET Web Forms, client script)."""

# What stands in the tree of a page in a window (snapshot.py), where scripts run:
LIVE: Final = "data-at"  # the number of an element that is shown now
LEADS: Final = "data-leads"  # where a form, or a button that says so itself, would be sent; an absolute address
HIDES: Final = "data-hides"  # what a form sends unseen: names and values, as JSON
METHOD: Final = "data-method"  # the method of a form, as its own markup has it
TAG: Final = "data-tag"  # which element a button or link stands for
WHOLE: Final = "data-whole"  # marks the element that stands for the whole page: its controls belong to no form
PRESS: Final = "click:"  # the scheme of an address that is an element to press, not a place to go to

TEXT: Final = r"""(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")"""
BEFORE: Final = r"(?:javascript:|return\b|void\s*\(|\s)*"
AFTER: Final = r"(?:\s|;|\)|return\s+(?:false|true))*"
POST_BACK: Final = re.compile(
    rf"\b(?:__doPostBack|WebForm_DoPostBackWithOptions\(\s*new\s+WebForm_PostBackOptions)\(\s*{TEXT}\s*,\s*{TEXT}\s*"
    r"(?:\)|,\s*(?:true|false)\s*,\s*(?:''|\"\")\s*,\s*(?:''|\"\")\s*,)"
)
GOES_TO: Final = re.compile(
    rf"{BEFORE}(?:(?:window|document|self|this)\.)?location(?:\.href)?\s*=\s*{TEXT}{AFTER}", re.IGNORECASE
)
SENDS: Final = re.compile(rf"{BEFORE}(?:this\.)?form\.submit\(\s*\){AFTER}", re.IGNORECASE)
"""Nothing but sending the form that it stands in, without a button."""
LATER: Final = re.compile(rf"(?:javascript:|\s)*setTimeout\(\s*{TEXT}\s*,\s*\d+\s*\)[\s;]*", re.IGNORECASE)
ESCAPE: Final = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|(.))", re.DOTALL)


class PostBack(NamedTuple):
    """The target and the argument that an ASP.NET page is sent back with."""

    target: str
    argument: str


def post_back(node: Node) -> PostBack | None:
    """What choosing an element sends its page back with, or None if its text does not say so, or says it twice."""
    found = _post_backs(*_scripts(node))
    return found.pop() if len(found) == 1 else None


def goes_to(node: Node) -> str:
    """The address that choosing an element leads to if all that its script does is to go there, else nothing."""
    calls = (GOES_TO.fullmatch(script.strip()) for script in _scripts(node))
    return next((_unescaped(call, 1) for call in calls if call is not None), "")


def on_choice(node: Node) -> PostBack | bool:
    """What choosing in a list does by itself: the page sent back, its own form sent (True), or nothing known."""
    script = node.attributes.get("onchange", "").strip()
    if (later := LATER.fullmatch(script)) is not None:  # as Web Forms writes it
        script = _unescaped(later, 1)
    found = _post_backs(script)
    return found.pop() if len(found) == 1 else not found and SENDS.fullmatch(script) is not None


def is_script(address: str) -> bool:
    """Whether an address is a script rather than a place."""
    return address.strip().lower().startswith("javascript:")


def _scripts(node: Node) -> list[str]:
    address = node.attributes.get("href", "")
    return [node.attributes.get("onclick", ""), unquote(address) if is_script(address) else ""]


def _post_backs(*scripts: str) -> set[PostBack]:
    calls = (call for script in scripts for call in POST_BACK.finditer(script))
    return {PostBack(_unescaped(call, 1), _unescaped(call, 3)) for call in calls}


def _unescaped(call: re.Match[str], at: int) -> str:
    """A text in a script, in single quotes (group `at`) or double (the next), without its escapes."""
    letters = {"n": "\n", "r": "\r", "t": "\t"}
    return ESCAPE.sub(
        lambda sign: chr(int(sign[1] or sign[2], 16)) if sign[1] or sign[2] else letters.get(sign[3], sign[3]),
        call[at] or call[at + 1] or "",
    )

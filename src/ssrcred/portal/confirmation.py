"""A page that wants another press before a save is done: it is told by its words, and never pressed.

What such a press does is the portal's alone to know: it may go on with the save, or carry it to every school. It would
be a second form with the pair in it, on a page that nobody had seen before the first one was sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ssrcred.adapters.portal.html.page import read
from ssrcred.adapters.portal.html.wording import normal, says

if TYPE_CHECKING:
    from ssrcred.adapters.portal.html.form import Form
    from ssrcred.adapters.portal.html.page import Page
    from ssrcred.web import Answer

ASKS: Final = (
    *(
        "are you sure",
        "is this right",
        "is this correct",
        "please confirm",
        "confirm your changes",
        "confirm the change",
    ),
    *("confirm changes", "confirm save", "confirm update", "do you want to", "do you really want", "would you like to"),
    *("review your changes", "continue with", "want to continue", "wish to continue", "want to proceed"),
)
YES: Final = frozenset({"yes", "confirm", "continue", "ok", "proceed", "accept", "save", "submit", "apply", "update"})
LONGEST: Final = 100
SHORTEST_PIECE: Final = 4
"""Signs. A shorter piece of the key may stand in any sentence."""


def asks_again(answer: Answer, before: Page, username: str, key: str) -> str:
    """What to say of an answer to a save that wants another press, or nothing; no part of the key is quoted.

    It does if a form without fields to type in holds what was sent, or asks in words that were not there `before`.
    """
    page = read(answer)
    stood = set(before.blocks())
    question = next((block for block in page.blocks() if block not in stood and says(block, ASKS)), "")
    for form in page.forms:
        if any(item.writable for item in form.controls):
            continue
        pressed = [item.words for item in page.buttons() if item.form is form and item.control.submits]
        if not _holds(form, username):
            pressed = [words for words in pressed if question and normal(words).partition(" ")[0].strip(",") in YES]
        if pressed:
            named = f" (“{question}”)" if question and len(question) <= LONGEST and _quotable(question, key) else ""
            shown = pressed[0] if _quotable(pressed[0], key) else "a button"
            return f"the portal asks for another press, on {shown}{named}, which is left to a person"
    return ""


def _holds(form: Form, username: str) -> bool:
    return bool(username) and any(item.kind == "hidden" and item.value == username for item in form.controls)


def _quotable(said: str, key: str) -> bool:
    """Whether a page's words hold no piece of the key."""
    ends = range(SHORTEST_PIECE, max(len(key), SHORTEST_PIECE) + 1)
    return not key or not any(key[max(end - SHORTEST_PIECE, 0) : end] in said for end in ends)

"""A person with a terminal and a browser: what they can be told and asked, and what each of their answers means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from ssrcred.adapters.portal.html.wording import squeeze
from ssrcred.evidence import Outcome
from ssrcred.place import Took

UNTOLD: Final = "?"
"""The user name of a school whose pair nobody could read: whose pair it is stays unknown, so it is left alone."""
YES, NO_FIELDS, NO_LOG_IN, NO_PORTAL = (
    "Yes",
    "No, the pages look different",
    "No, it refused the log-in",
    "No, it cannot be reached",
)
NO_LONGER = "No, or I do not find it"
AS_BEFORE, CHANGED = "As before", "Something has changed"
SAID: Final = {
    "That it saved": (Took.CANNOT_BE_SEEN, True, "the person saw that the portal said it saved"),
    "An error, or that it did not save": (Took.DID_NOT_TAKE, True, "the person saw that the portal did not save"),
    "I did not press it": (Took.DID_NOT_TAKE, True, "the person did not save"),
    "Nothing, or I am not sure": (Took.CANNOT_BE_SEEN, False, "the person could not tell whether the portal saved"),
}
EMPTIED: Final = {
    "Both are empty": (Took.TOOK, True, "the person saw that both fields are empty"),
    "They are not empty": (Took.DID_NOT_TAKE, True, "the person saw that the fields are not empty"),
    "I cannot tell": (Took.CANNOT_BE_SEEN, False, "the person could not tell whether the fields are empty"),
}
REFUSED_LOG_IN: Final = "The log-in was refused"
CAME: Final = {
    "A score report opened": (Outcome.PROVED, "the person saw a score report open"),
    "Links to score reports, and I opened none": (Outcome.ACCEPTED, "the person saw links to score reports"),
    "An error about the credentials": (Outcome.REFUSED, "the person saw that the credentials are refused"),
    "That there is no report for this student": (Outcome.NO_REPORT, "the person saw that there is no report"),
    "That something cannot be reached": (Outcome.UNREACHABLE, "the person saw that something cannot be reached"),
    "Something else": (Outcome.NOT_UNDERSTOOD, "the person saw neither a report nor an error that is known"),
}


class Person(Protocol):
    """Somebody at the terminal. Each method may raise Interrupted or KeyboardInterrupt.

    `ask` gives one line, "" for Enter alone. `choose` gives one of the options, and asks again after an empty
    answer: what somebody saw is never taken from a key that was pressed by habit. `wait` waits for the Enter key.
    """

    def say(self, text: str) -> None: ...
    def ask(self, question: str) -> str: ...
    def choose(self, question: str, options: Sequence[str]) -> str: ...
    def wait(self, text: str) -> None: ...


def typed_line(text: str) -> str:
    """A typed line as text that can be shown: without the codes that keys and pastes leave in a terminal."""
    return squeeze("".join(sign for sign in text if sign.isprintable()))


def open_in_browser(url: str, opener: Callable[[str], object] | None = None) -> bool:
    """Open a page in the person's own browser and tell whether one took it. Never raises."""
    import webbrowser

    try:
        return bool((opener or webbrowser.open)(url))
    except (webbrowser.Error, OSError, ValueError):
        return False

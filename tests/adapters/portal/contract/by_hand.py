"""The hand driver with a diligent person at it: they do in the portal what is said, and tell honestly what they saw.

Their browser is a `ConfirmedPortal`; what they paste is what the clipboard holds then. All secrets are made up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from typing import Final

from adapters.portal.contract.check import KEY
from adapters.portal.contract.driver import NOW, Driver, over_http
from adapters.portal.contract.pretend_portal import NORTH, OLD_KEY, SOUTH
from ssrcred.adapters.portal.hand_portal import (
    AS_BEFORE,
    CHANGED,
    EMPTIED,
    NO_FIELDS,
    NO_LOG_IN,
    NO_LONGER,
    NO_PORTAL,
    SAID,
    YES,
    HandPortal,
)
from ssrcred.adapters.portal.map import PortalMap
from ssrcred.adapters.portal.route.route import Route
from ssrcred.adapters.portal.route_follower import ConfirmedPortal
from ssrcred.adapters.terminal.clipboard_output import clearing
from ssrcred.adapters.web.bound import Limits
from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.errors import LoginRefused, PageChanged, PageNotUnderstood, SsrcredError, Unreachable
from ssrcred.domain.place import DISTRICT, KeySeen, Kind, Reading, Saved

SAVED, FAILED, NOT_PRESSED, UNSURE = SAID
EMPTY, NOT_EMPTY, CANNOT_TELL = EMPTIED
TELLS: Final = {"the portal says that it saved": SAVED, "the portal says that it did not save": FAILED}


class Board:
    """A clipboard; `copied` counts what was put on it."""

    def __init__(self) -> None:
        self.text = ""
        self.copied = 0

    def copy(self, text: str) -> bool:
        """Put a text on it, for no history."""
        self.text = text
        self.copied += 1
        return True

    def read(self) -> str:
        """What is on it."""
        return self.text

    def clear(self) -> None:
        """Empty it."""
        self.text = ""


class Diligent:
    """Somebody who knows the portal's pages only by their browser, and what to do only by what is said to them."""

    def __init__(self, browser: ConfirmedPortal, board: Board) -> None:
        self.told: list[str] = []
        self._browser, self._board = browser, board
        self._place = ""
        self._pasted: list[str] = []
        self._shown: dict[str, Reading] = {}
        self._said = UNSURE

    def say(self, text: str) -> None:
        """Do what is said."""
        self.told.append(text)
        if found := re.match(r"Now the credentials of (.+?), in .+ under .+\.", text):
            self._place = DISTRICT if found[1] == "the district" else found[1]
            self._pasted = []
        elif text.startswith("Copied. Select everything in "):
            self._pasted.append(self._board.text)
        elif text.startswith("Empty both fields of "):
            self._pasted = ["", ""]

    def wait(self, text: str) -> None:
        """Press Enter; before that, where it is about the portal's answer, the portal's button."""
        self.told.append(text)
        if text.endswith("has answered"):
            self._said = self._press()

    def ask(self, question: str) -> str:
        """Type what the page shows."""
        self.told.append(question)
        own = [item for item in self._shown.values() if item.username and item.kind is Kind.SCHOOL]
        if question.startswith("Which schools have"):
            return ", ".join(item.place for item in own)
        place = next((item.place for item in own if f" of {item.place} (" in question), DISTRICT)
        return self._shown[place].username

    def choose(self, question: str, options: Sequence[str]) -> str:
        """Tell what is there."""
        self.told += [question, *options]
        answer = self._answer(question)
        assert answer in options, f"{answer!r} was not offered: {question}"
        return answer

    def _answer(self, question: str) -> str:
        if question.startswith("What did "):
            return self._said
        before, stands_in_the_way = self._shown, self._look()
        if question.startswith("What do the two fields of "):
            return CANNOT_TELL if stands_in_the_way else self._emptied()
        if question.startswith("Have the user names changed"):
            return CHANGED if stands_in_the_way or _names(self._shown) != _names(before) else AS_BEFORE
        if question.startswith("Is it still true that "):
            # Two that fit, or another page than before: they do not find the place, and say so.
            return NO_LONGER if stands_in_the_way or not self._still(question) else YES
        return stands_in_the_way or YES

    def _look(self) -> str:
        """Load the page afresh; what stands in the way of it, if anything does."""
        try:
            self._shown = {item.place: item for item in self._browser.places()}
        except LoginRefused:
            return NO_LOG_IN
        except (PageNotUnderstood, PageChanged):
            return NO_FIELDS
        except Unreachable:
            return NO_PORTAL
        return ""

    def _still(self, question: str) -> bool:
        found = re.search(r" (?:shows (.*)|is empty)\?$", question)
        return found is not None and self._place in self._shown and self._username() == (found[1] or "")

    def _username(self) -> str:
        return self._shown[self._place].username

    def _emptied(self) -> str:
        return EMPTY if not self._username() and self._shown[self._place].key_seen is KeySeen.BLANK else NOT_EMPTY

    def _press(self) -> str:
        username, key = self._pasted
        typed = Credential(username, SecretKey(key), NOW) if username or key else None
        try:
            saved: Saved = self._browser.write(self._place, typed)
        except SsrcredError:  # a browser that would not press: nothing was sent
            return NOT_PRESSED
        return next((meant for words, meant in TELLS.items() if words in saved.detail), UNSURE)


@contextmanager
def by_hand(
    base_url: str,
    username: str,
    password: SecretKey,
    words: PortalMap,
    route: Route | None = None,
    *,
    limits: Limits | None = None,
) -> Iterator[HandPortal]:
    """The hand driver. A visit that ends well left nothing on the clipboard, told no secret, and opened one page."""
    board, opened = Board(), list[str]()

    def open_page(url: str) -> bool:
        opened.append(url)
        return True

    with over_http(base_url, username, password, words, route, limits=limits) as browser:
        person = Diligent(browser, board)
        portal = HandPortal(
            base_url,
            words,
            person=person,
            copying=partial(clearing, board),
            schools=(NORTH, SOUTH),
            open_page=open_page,
            clock=lambda: NOW,
        )
        with closing(portal):
            yield portal
    left_nothing(board, "\n".join(person.told), KEY, OLD_KEY, password.reveal())
    assert opened == [f"{base_url}/"]


def left_nothing(board: Board, told: str, *secrets: str) -> None:
    """Fail if the clipboard is not empty, or a secret or half of one was told; quotes neither."""
    halves = [half for one in secrets for half in (one[: len(one) // 2], one[len(one) // 2 :])]
    if board.text:
        raise AssertionError("something was left on the clipboard")
    if any(half in told for half in halves):
        raise AssertionError("a secret, or half of it, was told")


def _names(shown: dict[str, Reading]) -> dict[str, str]:
    return {name: item.username for name, item in shown.items()}


HAND: Final = Driver("hand", by_hand)

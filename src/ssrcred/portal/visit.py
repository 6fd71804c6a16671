"""The way of a portal driver with any account: read every place, save once, read again, press the proof's button.

How a page is reached and a form is sent is the `Visit`'s: over HTTP (forms.py) or in a real browser (browser.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final, Protocol

from ssrcred.adapters.portal.html.page import Page, plain, read
from ssrcred.adapters.portal.html.wording import says
from ssrcred.adapters.portal.parents import Parents
from ssrcred.adapters.portal.visit.session import Account
from ssrcred.adapters.portal.visit.step import Step
from ssrcred.credential import Credential, SecretKey
from ssrcred.errors import LoginRefused, PageNotUnderstood, SsrcredError
from ssrcred.evidence import Proof
from ssrcred.place import DISTRICT, KeySeen, Reading, Saved, Took, told_by
from ssrcred.portal.confirmation import asks_again
from ssrcred.portal.map import PortalMap, Words
from ssrcred.portal.pair import has_words
from ssrcred.portal.setting import Setting, find, settings_on
from ssrcred.web import Answer, AnswerLost, AnswerUnfit

if TYPE_CHECKING:
    from ssrcred.adapters.portal.find.search import Found, Stopped

REFUSED, FORBIDDEN, SERVER_FAILED = 400, 403, 500
NOT_SAVED: Final = "the portal says that it did not save"
SAVED: Final = "the portal says that it saved"


class Visit(Protocol):
    """One account at one portal, logged in once; session.py says what each method promises."""

    def reach(self, steps: tuple[Words, ...], address: str = "", wanted: Callable[[Page], bool] = bool) -> Page: ...
    def choose(self, page: Page, words: Words) -> Answer | Page | None: ...
    def fetch(self, url: str, page: Page) -> Answer: ...
    def checked(self, answer: Answer) -> Page: ...
    def lost(self, page: Page, what: str) -> SsrcredError: ...
    def covers(self, url: str) -> bool: ...
    def close(self) -> None: ...
    def start(self) -> Page: ...
    def open(self, address: str, before: Page) -> Page: ...
    def follow_way(self, way: Sequence[str], address: str = "") -> Page: ...
    def go(self, page: Page, text: str) -> Page: ...
    def step(self, page: Page, text: str) -> Step: ...
    def take(self, page: Page, step: Step) -> Page: ...
    def reveal(self, page: Page, label: str) -> Page | None: ...

    def save(self, setting: Setting, username: str, key: str) -> Answer:
        """The answer to typing the two texts and pressing save once.

        Raises PageNotUnderstood or Unreachable while nothing was sent; then only AnswerLost or AnswerUnfit.
        """
        ...


class VisitedPortal:
    """One LEA's portal. `visit` opens a visit of an account, `probes` maps a place to the account that proves it,
    `clock` gives aware UTC. Nothing is sent before the first call of a method. Each account logs in once.
    """

    def __init__(
        self,
        visit: Callable[[Account], Visit],
        office: Account,
        words: PortalMap,
        probes: Mapping[str, tuple[str, SecretKey]] | None,
        clock: Callable[[], datetime],
    ) -> None:
        self._visit, self._words, self._clock = visit, words, clock
        self._parents = Parents(visit, words, probes or {}, clock)
        self._office = visit(office)
        self._seen: dict[str, Setting] = {}

    def places(self) -> tuple[Reading, ...]:
        """What every place holds, the district's first. Reads only.

        Raises LoginRefused, PageNotUnderstood or Unreachable.
        """
        found = self._read()
        self._seen = {item.reading.place: item for item in found}
        return tuple(item.reading for item in found)

    def found(self) -> dict[str, tuple[str, str]]:
        """By place, once `places()` has read it: the words on the page that its two fields were found by."""
        return {name: (plain(item.username.names[0]), plain(item.key.names[0])) for name, item in self._seen.items()}

    def write(self, place: str, credential: Credential | None) -> Saved:
        """Save a pair, or blank a school's with None, once; then read the place again and tell what it shows.

        Before anything is sent the page is read again and has to be as `places()` saw it. Raises PageNotUnderstood
        (nothing was written), LoginRefused or Unreachable; once the save is sent, nothing is raised.
        """
        if not self._seen:
            self.places()
        setting = self._unchanged(place)
        if credential is None and place == DISTRICT:
            raise self._stop("The district's pair is not blanked: every school without a pair of its own uses it.")
        username = credential.username if credential is not None else ""
        key = credential.secret.reveal() if credential is not None else ""
        answered, told, asks = True, "", ""
        try:
            answer = self._office.save(setting, username, key)
            asks = asks_again(answer, setting.page, username, key)
            told = self._told(answer, setting.page)
            told = told if told == SAVED else asks or told
            answered = answer.status < REFUSED and not (asks and told == asks)
        except AnswerLost:
            answered = False
        except AnswerUnfit:
            answered, told = False, "the portal's answer to the save could not be read"
        return self._look_again(setting.reading, credential, answered, told, pending=bool(asks) and told == asks)

    def prove(self, place: str) -> Proof:
        """Press the button View CAASPP/ELPAC as the account that belongs to `place`; see Parents."""
        return self._parents.prove(place)

    def search(self, go: Sequence[str], *, every_field: bool = False) -> tuple[list[Found], Stopped | None]:
        """The fields that can hold credentials, found by the map's words or by way of `go`. Reads only.

        Raises LoginRefused, PageNotUnderstood or Unreachable.
        """
        from ssrcred.adapters.portal.find.search import Search  # it needs the map, which this package holds

        return Search(self._office, self._words, every_field=every_field).run(go)

    def close(self) -> None:
        """Close every connection and forget the cookies."""
        self._office.close()
        self._parents.close()

    def _read(self) -> tuple[Setting, ...]:
        way = self._words.settings
        page = self._office.reach(way.steps, way.address, self._has_fields)
        if not self._has_fields(page):
            wanted = self._words.fields
            raise self._office.lost(page, f"has no fields called {wanted.username[0]} and {wanted.key[0]}")
        return settings_on(page, self._words)

    def _has_fields(self, page: Page) -> bool:
        return any(has_words(item, self._words.fields.key) for item in page.fields())

    def _unchanged(self, place: str) -> Setting:
        """The place on a page that was fetched just now, if it is as it was when it was read."""
        seen, now = self._seen.get(place), find(self._read(), place)
        if seen is None or now is None:
            known = ", ".join(self._seen)
            raise self._stop(f"The portal shows no place called {place}.", f" It shows: {known}.")
        if not now.is_as(seen):
            raise self._stop(f"What the portal shows for {place} has changed since it was read.")
        return now

    def _stop(self, message: str, more: str = "") -> PageNotUnderstood:
        return PageNotUnderstood(
            message,
            state="Nothing was written." + more,
            hint="See what every place holds: ssrcred schools.",
        )

    def _told(self, answer: Answer, before: Page) -> str:
        """What the answer says of the save; words that the page had before it say nothing of it."""
        stood = set(before.blocks())
        words, blocks = self._words.save, [block for block in read(answer).blocks() if block not in stood]
        if any(says(block, words.failed) for block in blocks):
            return NOT_SAVED
        if any(says(block, words.saved) for block in blocks):
            return SAVED
        return "the portal did not take the form" if REFUSED <= answer.status < SERVER_FAILED else ""

    def _look_again(
        self, before: Reading, credential: Credential | None, answered: bool, told: str, *, pending: bool
    ) -> Saved:
        """The end of a save by reading; a page that cannot be read now leaves it open, it does not undo it.

        `pending` tells that the portal waits for another press: what it shows may not be in force.
        """
        try:
            found = {item.reading.place: item for item in self._read()}
        except SsrcredError as error:
            refused = isinstance(error, LoginRefused) and not error.was_in
            return _unread(before, told, "the place could not be read again", log_in_refused=refused)
        setting = found.get(before.place)
        if setting is None:
            return _unread(before, told, "the place is not shown any more")
        took, detail = told_by(before, setting.reading, credential)
        stood = set(self._seen[before.place].page.blocks())
        if any(says(block, self._words.save.failed) for block in setting.page.blocks() if block not in stood):
            told = NOT_SAVED
        if told == NOT_SAVED:  # what is shown is a draft of what was typed, not in force
            took = Took.DID_NOT_TAKE
        elif took is Took.TOOK and pending:
            took = Took.CANNOT_BE_SEEN
        self._seen[before.place] = setting
        return Saved(setting.reading, took, answered, _join(told, detail, self._others(before.place, found)))

    def _others(self, place: str, found: Mapping[str, Setting]) -> str:
        seen = [(name, item) for name, item in found.items() if name != place and name in self._seen]
        changed = [name for name, item in seen if not item.is_as(self._seen[name])]
        return f"the page now shows something else for {', '.join(changed)} too" if changed else ""


def _unread(before: Reading, told: str, why: str, *, log_in_refused: bool = False) -> Saved:
    """The end of a save whose place cannot be read: it is open, unless the portal said that it did not save."""
    took = Took.DID_NOT_TAKE if told == NOT_SAVED else Took.CANNOT_BE_SEEN
    unread = replace(before, key_seen=KeySeen.HIDDEN, key=None)
    return Saved(unread, took, answered=False, detail=_join(told, why), log_in_refused=log_in_refused)


def _join(*details: str) -> str:
    return "; ".join(detail for detail in details if detail)

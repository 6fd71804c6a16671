"""The test save: two made-up values are typed and saved behind a closed gate, twice, and what was to leave is compared.

Nothing leaves from the first typed value on but reads without one (gate.py). The gate stays closed until the browser is
killed, so that a page that sends something when it is left sends nothing either.
"""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from html import unescape
from typing import Final
from urllib.parse import urldefrag

from ssrcred.adapters.portal.browser.browser_visit import BrowserVisit, last_field
from ssrcred.adapters.portal.browser.caught_request import READS, CaughtRequest, Value
from ssrcred.adapters.portal.browser.gate import Gate
from ssrcred.adapters.portal.browser.tab import Kept
from ssrcred.adapters.portal.find.naming import Copies
from ssrcred.adapters.portal.html.inline_script import HIDES
from ssrcred.adapters.portal.html.page import Page, read
from ssrcred.adapters.portal.http.form_visit import request_for
from ssrcred.adapters.portal.route.rehearsal import Outcome, Rehearsal
from ssrcred.adapters.portal.visit.arrival import with_frames
from ssrcred.adapters.portal.visit.filling import LEAVE, Filling
from ssrcred.adapters.portal.visit.step import says_delete
from ssrcred.errors import PageNotUnderstood, PortalFailed
from ssrcred.web import Answer, AnswerUnfit

USERNAME_LENGTH: Final = 14
KEY_LENGTH: Final = 20
SHORTEST_TOKEN: Final = 8
"""Signs. What a page sends back as it got it is known by standing in it; a shorter text may stand there by accident."""
PUNCTUATION: Final = "!\"#$%&'()*+,-./:;<=>?@[]^_{|}~"
CONNECTION: Final = frozenset({"content-length", "content-type", "user-agent"})
FRAME_NUMBER: Final = re.compile(r"^f\d+-")
"""What a snapshot puts before an id in a frame."""
MOST_OFFERS: Final = 12


class _Refused(Exception):
    """Nothing of this page may be confirmed, and why."""


@dataclass(frozen=True, eq=False, repr=False)
class _Attempt:
    """One of the two saves: what was typed where, and what was caught of it (None: nothing left)."""

    kept: Kept
    filling: Filling
    username: str
    key: str
    saved: CaughtRequest | None = None
    early: tuple[str, ...] = ()
    asks: str = ""
    offers: tuple[str, ...] = ()

    @property
    def given(self) -> str:
        """All that the page had been given before anything was typed."""
        bodies = "\n".join(answer.body.decode("utf-8", "replace") for answer in self.kept.pages.values())
        return "\n".join((bodies, unescape(bodies), *_contents(self.filling.page)))

    def marked(self, text: str) -> str:
        """A text with a mark in place of each of the two values."""
        return text.replace(self.key, "\0key").replace(self.username, "\0username")


@dataclass(frozen=True, eq=False, repr=False)
class Trial:
    """One setting to be tested. `arrive` leads the visit to its page; `filling_on` tells what is filled on a page, None
    or PortalFailed if that is not on it: on the page as the window shows it, and on the same one as it was received.
    """

    arrive: Callable[[], Page]
    filling_on: Callable[[Page], Filling | None]


def rehearse(visit: BrowserVisit, trials: Sequence[Trial], key_length: int = KEY_LENGTH) -> list[Rehearsal]:
    """What saving each of some settings would send, by one sign-in.

    From then on the gate stays closed: close the visit, or kill the browser, when it is done.
    """
    pairs = [_opened(visit, trial, key_length, first=trial is trials[0]) for trial in trials]
    visit.gate.close(text for pair in pairs for attempt in pair for text in (attempt.username, attempt.key))
    return [_tested(visit, trial, *pair) for trial, pair in zip(trials, pairs, strict=True)]


def _opened(visit: BrowserVisit, trial: Trial, key_length: int, *, first: bool) -> tuple[_Attempt, _Attempt]:
    """Two tabs with the page of a setting, before anything is typed in any."""
    attempts = []
    for number in range(2):
        if number or not first:
            visit.tab.open_another()
        page = trial.arrive()
        filling = trial.filling_on(page)
        if filling is None:
            raise visit.lost(page, "does not show the fields any more")
        attempts.append(_Attempt(visit.tab.keep(), filling, *_made_up(filling, key_length)))
    return attempts[0], attempts[1]


def _tested(visit: BrowserVisit, trial: Trial, first: _Attempt, second: _Attempt) -> Rehearsal:
    try:
        return _compared(visit, _attempted(visit, first), _attempted(visit, second), trial.filling_on)
    except _Refused as refused:
        return Rehearsal(Outcome.REFUSED, str(refused))
    except AnswerUnfit:
        raise
    except PageNotUnderstood as error:
        return Rehearsal(Outcome.REFUSED, error.message)


def _made_up(filling: Filling, key_length: int) -> tuple[str, str]:
    """A user name and a key that nobody has."""
    letters, control = string.ascii_letters + string.digits, filling.username
    length = min(USERNAME_LENGTH, control.maxlength or USERNAME_LENGTH)
    username = secrets.choice(string.ascii_letters) + "".join(secrets.choice(letters) for _ in range(length - 1))
    if control.kind == "email":
        username = f"{username}@madeup.example"
    if control.kind in ("number", "tel"):
        username = "".join(secrets.choice("123456789") for _ in range(length))
    signs = [secrets.choice(PUNCTUATION) for _ in range(max(key_length // 3, 1))]
    signs += [secrets.choice(letters) for _ in range(key_length - len(signs))]
    secrets.SystemRandom().shuffle(signs)
    return username, "".join(signs)


def _attempted(visit: BrowserVisit, attempt: _Attempt) -> _Attempt:
    """The attempt with what was caught when the two texts were typed and saved."""
    filling, gate = attempt.filling, visit.gate
    if reason := filling.objection(attempt.username, attempt.key):
        raise _Refused(reason)
    visit.tab.back_to(attempt.kept)
    at, start = visit.pressed(filling), len(gate.caught)
    visit.enter(filling, attempt.username, attempt.key)
    visit.tab.pause()
    pressed = len(gate.caught)

    def seen() -> bool:
        return any(gate.carries(request) for request in gate.caught[pressed:])

    shown = visit.tab.try_save(at, last_field(filling), filling.then, seen)
    before, after = gate.caught[start:pressed], gate.caught[pressed:]
    if filling.save.kind == LEAVE and not any(gate.carries(request) for request in after):
        before, after = before, before  # it saves as soon as something is typed
    early = tuple(dict.fromkeys(request.address for request in before if request.unread or gate.carries(request)))
    if any(_carried_in(gate, address) for address in early):
        raise _Refused("the page asks for an address that holds what was typed before save is pressed")
    questions = visit.tab.questions
    if len(questions) > 1:
        raise _Refused("the page asks more than one question before it saves")
    asks = questions[0] if questions else ""
    if _carried_in(gate, asks):
        raise _Refused("the page asks a question that holds what was typed, which is another one every time")
    others = {request.address for request in before}
    saved = _save_among(gate.carries, after, others)
    offers = () if saved is not None or shown is None else _offers(attempt, shown, gate)
    return replace(attempt, saved=saved, early=early, asks=asks, offers=offers)


def _save_among(
    carries: Callable[[CaughtRequest], bool], caught: Sequence[CaughtRequest], others: set[str]
) -> CaughtRequest | None:
    """The one request that saves; a form that is sent counts before what scripts tell of beside it."""
    telling = [request for request in caught if carries(request)]
    telling = [request for request in telling if request.method not in READS] or telling
    forms = [request for request in telling if request.kind == "Document"]
    if forms:
        return forms[0]
    if len({request.address for request in telling}) > 1:
        raise _Refused("the page sends the two texts in several requests, and which of them saves cannot be told")
    if telling:
        return telling[-1]
    if any(request.method not in READS and request.address not in others for request in caught):
        raise _Refused("what the page sends does not carry the two texts as they were typed")
    return None


def _carried_in(gate: Gate, text: str) -> bool:
    return gate.carries(CaughtRequest("", text, {}, "", None))


def _offers(attempt: _Attempt, shown: Page, gate: Gate) -> tuple[str, ...]:
    """The messages and buttons that a page shows since save was pressed, without copies of what fields hold."""
    copies, before = Copies(shown), attempt.filling.page

    def texts(page: Page) -> list[str]:
        return [*page.blocks(), *(button.words for button in page.buttons())]

    known = set(texts(before))
    new = [text for text in dict.fromkeys(texts(shown)) if text and text not in known and not copies.in_text(text)]
    return tuple(text for text in new if not _carried_in(gate, text))[:MOST_OFFERS]


def _compared(
    visit: BrowserVisit, one: _Attempt, other: _Attempt, filling_on: Callable[[Page], Filling | None]
) -> Rehearsal:
    early = tuple(dict.fromkeys((*one.early, *other.early)))
    if one.saved is None and other.saved is None:
        why = "Nothing was to be sent when save was pressed."
        return Rehearsal(Outcome.NOTHING_SENT, why, asks=one.asks, offers=one.offers, early=early)
    if one.saved is None or other.saved is None or one.asks != other.asks:
        raise _Refused("the page does not do the same twice")
    for attempt, saved in ((one, one.saved), (other, other.saved)):
        if reason := _never(visit, saved, attempt.filling.save.label):
            raise _Refused(reason)
    changed = _what_follows(one, one.saved, other, other.saved)
    held = _held(one.filling)
    for at, value in enumerate(one.saved.values):
        before = held.get(value.name)
        if before is not None and _plain(value.value) not in before:
            changed.add(at)
    why = next((why for attempt in (one, other) if (why := _differs(visit, attempt, filling_on))), "")
    outcome = Outcome.BROWSER_ONLY if why else Outcome.SAME
    return Rehearsal(outcome, why, len(changed), len(one.saved.values) - len(changed), one.asks, (), early)


def _never(visit: BrowserVisit, saved: CaughtRequest, label: str) -> str:
    """Why a request is never sent, confirmed or not, or nothing."""
    if saved.unread:
        return "the page sends something that the browser does not show"
    if not visit.covers(saved.url):
        return "the page would send the credentials to another site, or over a connection that is not encrypted"
    if saved.method in READS:
        return "the page would put the credentials into an address"
    override = any(item.name == "_method" and item.value.lower() == "delete" for item in saved.values)
    if saved.method == "DELETE" or override or says_delete(saved.url, label):
        return "the page has a form that deletes"
    return ""


def _what_follows(one: _Attempt, saved: CaughtRequest, other: _Attempt, again: CaughtRequest) -> set[int]:
    """Which of the values sent follow what was typed. Raises _Refused if something else changes too."""
    found: set[int] = set()
    marks = ""
    for at, (first, second) in enumerate(_pairs(saved.values, again.values)):
        if _follows(one, first, other, second):
            found.add(at)
            marks += one.marked(first.value)
    if not ("\0key" in marks and "\0username" in marks):
        raise _Refused("what the page sends does not carry the two texts as they were typed")
    heads = ([*_heads(request), *request.query, Value("", request.address)] for request in (saved, again))
    for first, second in _pairs(*heads):
        _follows(one, first, other, second)
    return found


def _pairs(values: Iterable[Value], others: Iterable[Value]) -> Iterable[tuple[Value, Value]]:
    ones, twos = list(values), list(others)
    if [item.name for item in ones] != [item.name for item in twos]:
        raise _Refused("the page does not send the same fields twice")
    return zip(ones, twos, strict=True)


def _follows(one: _Attempt, first: Value, other: _Attempt, second: Value) -> bool:
    """Whether a value is what was typed; False if it stays the same, or is the page's own and came with it."""
    if one.marked(first.value) == other.marked(second.value):
        return first.value != one.marked(first.value)
    values = ((one, first.value), (other, second.value))
    if all(len(value) >= SHORTEST_TOKEN and value in attempt.given for attempt, value in values):
        return False
    raise _Refused(f"something else than the two texts changes with them: {first.name or 'the address'}")


def _heads(request: CaughtRequest) -> list[Value]:
    return [Value(name, value) for name, value in sorted(request.headers.items()) if name not in CONNECTION]


def _held(filling: Filling) -> dict[str, set[str]]:
    """What the form's controls held before anything was typed, by name."""
    held: dict[str, set[str]] = {}
    for control in filling.form.controls:
        if control.name and not control.button:
            values = held.setdefault(control.name, set())
            if control.kind not in ("checkbox", "radio") or control.on:
                values |= {_plain(value) for value in (control.choices or (control.value,))}
    return held


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n")


def _contents(page: Page) -> Iterable[str]:
    """What stands in a page's controls, those that are not seen included."""
    for node in page.root.walk():
        yield from (unescape(node.attributes.get(name, "")) for name in ("value", HIDES))


def _differs(visit: BrowserVisit, attempt: _Attempt, filling_on: Callable[[Page], Filling | None]) -> str:
    """In what a request made of the page as it was received differs from the one that was caught, or nothing."""
    saved = attempt.saved
    if saved is None or saved.kind != "Document":
        return "A script sends it, not the form."
    filling = None
    for page in _as_received(visit, attempt):
        with suppress(PortalFailed):
            filling = filling or filling_on(page)
    if filling is None:
        return "The fields are not on the page as it is received; a script makes them."
    request, reason = request_for(filling, attempt.username, attempt.key)
    if reason:
        return f"The page {reason}."
    headers = {name.lower(): value for name, value in request.headers.items()}
    computed = CaughtRequest(request.method, request.url, headers, "Document", request.content)
    for what in ("method", "url", "enctype", "values"):
        if getattr(computed, what) != getattr(saved, what):
            return f"A script changes what the form sends ({'fields' if what == 'values' else what})."
    return ""


def _as_received(visit: BrowserVisit, attempt: _Attempt) -> Iterator[Page]:
    """The page as its bytes came, and those that frames of it show now, each with the parts that the window shows."""
    kept, key = attempt.kept, attempt.filling.key.node

    def received(url: str, page: Page) -> Answer:
        try:
            return kept.pages[urldefrag(url).url]
        except KeyError:
            raise visit.lost(page, "was not received in this visit") from None

    for url in kept.urls:
        if urldefrag(url).url in kept.pages:
            page = with_frames(read(received(url, attempt.filling.page)), visit.covers, received)
            for node in key.ancestors():
                page = page.showing(FRAME_NUMBER.sub("", node.attributes.get("id", "")))
            yield page

"""The test save: types and saves two made-up values behind a closed gate, twice, and compares what would have left.

Nothing leaves from the first typed value on but reads without one (gate.py). The gate stays closed until the browser is
killed, so that a page that sends something when it is left sends nothing either.
"""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from html import unescape
from typing import Final
from urllib.parse import parse_qsl, urldefrag, urlsplit

from ssrcred.adapters.portal.browser.browser_visit import BrowserVisit
from ssrcred.adapters.portal.browser.caught_request import READS, CaughtRequest
from ssrcred.adapters.portal.browser.snapshot import Snapshot
from ssrcred.adapters.portal.find.candidate import Copies
from ssrcred.adapters.portal.html.form import FormEntry
from ssrcred.adapters.portal.html.page import HIDES, Page, read_page, with_frames
from ssrcred.adapters.portal.route.route import Rehearsal, Rehearsed
from ssrcred.adapters.portal.visit.page_links import says_delete
from ssrcred.adapters.portal.visit.setting_form import LEAVE, Filling
from ssrcred.adapters.web.answer import Answer
from ssrcred.adapters.web.trouble import AnswerUnfit
from ssrcred.domain.errors import PageNotUnderstood, PortalFailed

USERNAME_LENGTH: Final = 14
NOT_AS_TYPED: Final = "the page does not send the two values as they were typed"


class _Refused(Exception):
    """Nothing of this page may be confirmed, and why."""


@dataclass(eq=False, repr=False)
class _Attempt:
    """One of the two saves: what is typed where, and then what was caught of it."""

    shown: Snapshot  # the tab as it was before that
    pages: Mapping[str, Answer]  # those that had come by then
    filling: Filling
    username: str
    key: str
    saved: CaughtRequest | None = None  # None: nothing left
    early: tuple[str, ...] = ()
    asks: str = ""
    offers: tuple[str, ...] = ()

    @property
    def given(self) -> str:
        """All that the page was given before anything was typed, its controls' values included."""
        bodies = "\n".join(answer.body.decode("utf-8", "replace") for answer in self.pages.values())
        attributes = (node.attributes for node in self.filling.page.root.walk())
        held = [unescape(item.get(name, "")) for item in attributes for name in ("value", HIDES)]
        return "\n".join((bodies, unescape(bodies), *held))

    def marked(self, text: str) -> str:
        """Return a text with a mark in place of each of the two values."""
        return text.replace(self.key, "\0key").replace(self.username, "\0username")


@dataclass(frozen=True, eq=False, repr=False)
class Trial:
    """One setting to be tested: `arrive` goes to its page, `filling_on` finds its fields on a page (or None)."""

    arrive: Callable[[], Page]
    filling_on: Callable[[Page], Filling | None]  # asked of the page as the window shows it, and as it was received


def rehearse(visit: BrowserVisit, trials: Sequence[Trial], key_length: int = 20) -> list[Rehearsal]:
    """Return what saving each of some settings would send, with one sign-in; then the gate stays closed."""
    # Two tabs for each, all opened before anything is typed in any: then the gate closes, and a page that only a POST
    # leads to can no longer be reached.
    attempts: list[_Attempt] = []
    for trial in (trial for trial in trials for _ in range(2)):
        if attempts:
            visit.tab.open_another()
        page = trial.arrive()
        filling = trial.filling_on(page)
        if filling is None:
            raise visit.lost(page, "does not show the fields any more")
        made_up = _made_up(filling, key_length)
        attempts.append(_Attempt(visit.tab.shown, dict(visit.gate.pages), filling, *made_up))
    visit.gate.close(text for attempt in attempts for text in (attempt.username, attempt.key))
    tested = []
    for trial, first, second in zip(trials, attempts[::2], attempts[1::2], strict=True):
        try:
            _attempt(visit, first)
            _attempt(visit, second)
            tested.append(_compared(visit, trial, first, second))
        except _Refused as refused:
            tested.append(Rehearsal(Rehearsed.REFUSED, str(refused)))
        except PageNotUnderstood as error:
            if isinstance(error, AnswerUnfit):
                raise
            tested.append(Rehearsal(Rehearsed.REFUSED, error.message))
    return tested


def _made_up(filling: Filling, key_length: int) -> tuple[str, str]:
    """Return a user name and a key that nobody has."""
    letters, control = string.ascii_letters + string.digits, filling.username
    length = min(USERNAME_LENGTH, control.maxlength or USERNAME_LENGTH)
    # A value that the browser refuses for its kind would stop the save before anything is seen.
    first, rest = ("123456789",) * 2 if control.kind in ("number", "tel") else (string.ascii_letters, letters)
    username = secrets.choice(first) + "".join(secrets.choice(rest) for _ in range(length - 1))
    username += "@madeup.example" if control.kind == "email" else ""
    signs = [secrets.choice("!\"#$%&'()*+,-./:;<=>?@[]^_{|}~") for _ in range(max(key_length // 3, 1))]
    signs += [secrets.choice(letters) for _ in range(key_length - len(signs))]
    secrets.SystemRandom().shuffle(signs)
    return username, "".join(signs)


def _attempt(visit: BrowserVisit, attempt: _Attempt) -> None:
    """Type the two texts, press save, and record what was caught."""
    filling, gate = attempt.filling, visit.gate
    if reason := filling.objection(attempt.username, attempt.key):
        raise _Refused(reason)
    visit.tab.back_to(attempt.shown)
    start = len(gate.caught)
    at, last = visit.enter(filling, attempt.username, attempt.key)
    pressed = len(gate.caught)

    def telling() -> list[CaughtRequest]:
        return [request for request in gate.caught[pressed:] if gate.carries(request.text)]

    shown = visit.tab.try_save(at, last, filling.confirmed.then, lambda: bool(telling()))
    before, after = gate.caught[start:pressed], gate.caught[pressed:]
    if filling.save.kind == LEAVE and not telling():
        before, after = before, before  # it saves as soon as something is typed
    early = [request.address for request in before if request.unread or gate.carries(request.text)]
    attempt.early = tuple(dict.fromkeys(early))
    if any(map(gate.carries, early)):
        raise _Refused("the page puts what is typed into an address before save is pressed")
    if len(visit.tab.questions) > 1:
        raise _Refused("the page asks more than one question before it saves")
    attempt.asks = "".join(visit.tab.questions)
    if gate.carries(attempt.asks):
        raise _Refused("the page asks a question that contains what was typed, so it is different every time")
    attempt.saved = _save_among(gate.carries, after, {request.address for request in before})
    if attempt.saved is None and shown is not None:
        copies, known = Copies(shown), {"", *_texts(filling.page)}
        new = [text for text in dict.fromkeys(_texts(shown)) if text not in known]
        offers = [text for text in new if not copies.in_text(text) and not gate.carries(text)]
        attempt.offers = tuple(offers[:12])


def _save_among(
    carries: Callable[[str], bool], caught: Sequence[CaughtRequest], others: set[str]
) -> CaughtRequest | None:
    """Return the one request that saves; a form that is sent counts before what scripts send beside it."""
    telling = [request for request in caught if carries(request.text)]
    # A read with a typed value is a check of the page (is this name free?), unless nothing else is sent.
    telling = [request for request in telling if request.method not in READS] or telling
    forms = [request for request in telling if request.kind == "Document"]
    if forms:
        return forms[0]
    if len({request.address for request in telling}) > 1:
        raise _Refused("the page sends the two values in several requests, and it is unclear which one saves")
    if not telling and any(request.method not in READS and request.address not in others for request in caught):
        raise _Refused(NOT_AS_TYPED)
    return telling[-1] if telling else None


def _texts(page: Page) -> list[str]:
    return [*page.blocks(), *(button.words for button in page.buttons)]


def _compared(visit: BrowserVisit, trial: Trial, one: _Attempt, other: _Attempt) -> Rehearsal:
    early = tuple(dict.fromkeys((*one.early, *other.early)))
    if one.saved is None and other.saved is None:
        why = "Nothing would be sent when save is pressed."
        return Rehearsal(Rehearsed.NOTHING_SENT, why, asks=one.asks, offers=one.offers, early=early)
    if one.saved is None or other.saved is None or one.asks != other.asks:
        raise _Refused("the page behaves differently the second time")
    for saved in (one.saved, other.saved):
        deletes = any(item.name == "_method" and item.value.lower() == "delete" for item in saved.values)
        if saved.unread:
            raise _Refused("the page sends something that the browser hides")
        if not visit.covers(saved.url):
            elsewhere = "to another site, or over a connection that is not encrypted"
            raise _Refused(f"the page would send the credentials {elsewhere}")
        if saved.method in READS:
            raise _Refused("the page would put the credentials into an address")
        if deletes or saved.method == "DELETE" or says_delete(saved.url, one.filling.save.label):
            raise _Refused("the page has a form that deletes")
    changed = _what_follows(one, one.saved, other, other.saved)
    held = _held(one.filling)  # a script may change other fields in the same way both times
    for at, value in enumerate(one.saved.values):
        if value.name in held and value.value.replace("\r\n", "\n") not in held[value.name]:
            changed.add(at)
    why = next((why for attempt in (one, other) if (why := _differs(visit, attempt, trial))), "")
    outcome = Rehearsed.BROWSER_ONLY if why else Rehearsed.SAME
    return Rehearsal(outcome, why, len(changed), len(one.saved.values) - len(changed), one.asks, (), early)


def _what_follows(one: _Attempt, saved: CaughtRequest, other: _Attempt, again: CaughtRequest) -> set[int]:
    """Return which values in the body follow what was typed. Raises _Refused if something else changes too."""

    def carried(request: CaughtRequest) -> list[FormEntry]:
        ours = {"content-length", "content-type", "user-agent"}
        heads = [FormEntry(name, value) for name, value in sorted(request.headers.items()) if name not in ours]
        query = [FormEntry(*item) for item in parse_qsl(urlsplit(request.url).query, keep_blank_values=True)]
        return [*request.values, *heads, *query, FormEntry("", request.address)]

    firsts, seconds = carried(saved), carried(again)
    if [item.name for item in firsts] != [item.name for item in seconds]:
        raise _Refused("the page does not send the same fields twice")
    values = enumerate(zip(firsts, seconds, strict=True))
    found = {at for at, (first, second) in values if _follows(one, first, other, second)}
    found &= set(range(len(saved.values)))  # what a header or the address repeats is no field
    marks = "".join(one.marked(saved.values[at].value) for at in found)
    if not ("\0key" in marks and "\0username" in marks):
        raise _Refused(NOT_AS_TYPED)
    return found


def _follows(one: _Attempt, first: FormEntry, other: _Attempt, second: FormEntry) -> bool:
    """Return whether a value follows what was typed; False if it is constant, or came with the page."""
    if one.marked(first.value) == other.marked(second.value):
        return first.value != one.marked(first.value)
    # A token of the page, such as one against forged requests, differs between two loads of it, and stands in both. A
    # shorter text may stand there by accident.
    values = ((one, first.value), (other, second.value))
    if all(len(value) >= 8 and value in attempt.given for attempt, value in values):
        return False
    raise _Refused(f"something other than the two values changes with them: {first.name or 'the address'}")


def _held(filling: Filling) -> dict[str, set[str]]:
    """Return what the form's controls held before anything was typed, by name."""
    held: dict[str, set[str]] = {}
    for control in filling.form.controls:
        if control.name and not control.button:
            values = held.setdefault(control.name, set())
            if control.kind not in ("checkbox", "radio") or control.on:
                values |= {value.replace("\r\n", "\n") for value in (control.choices or (control.value,))}
    return held


def _differs(visit: BrowserVisit, attempt: _Attempt, trial: Trial) -> str:
    """Return in what a request made from the page as received differs from the caught one, or ""."""
    saved = attempt.saved
    if saved is None or saved.kind != "Document":
        return "A script sends it, not the form."
    filling = None
    for page in _as_received(visit, attempt):
        with suppress(PortalFailed):
            filling = filling or trial.filling_on(page)
    if filling is None:
        return "A script adds the fields: they are not in the page as received."
    request, reason = filling.request(attempt.username, attempt.key)
    if reason:
        return f"The page {reason}."
    headers = {name.lower(): value for name, value in request.headers.items()}
    computed = CaughtRequest(request.method, request.url, headers, "Document", request.content)
    for what in ("method", "url", "enctype", "values"):
        if getattr(computed, what) != getattr(saved, what):
            return f"A script changes what the form sends ({'fields' if what == 'values' else what})."
    return ""


def _as_received(visit: BrowserVisit, attempt: _Attempt) -> Iterator[Page]:
    """Yield the page as received, and those of its frames, each with the parts that the window shows."""
    pages, key = attempt.pages, attempt.filling.key.node

    def received(url: str, page: Page) -> Answer:
        if urldefrag(url).url not in pages:
            raise visit.lost(page, "was not received in this visit")
        return pages[urldefrag(url).url]

    for url in attempt.shown.urls:
        if urldefrag(url).url in pages:
            page = with_frames(read_page(received(url, attempt.filling.page)), visit.covers, received)
            for node in key.ancestors():  # a tab or dialog around the field may be hidden as it is received
                page = page.showing(re.sub(r"^f\d+-", "", node.attributes.get("id", "")))  # f1-: as in a snapshot
            yield page

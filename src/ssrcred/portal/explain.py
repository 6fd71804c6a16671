"""A recorded request as a step that can be taken again: every value is a slot, a constant, or refused with a reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Final
from urllib.parse import unquote, unquote_plus, urlsplit

from ssrcred.adapters.portal.html.form import Entry, Form, encode, entries
from ssrcred.adapters.portal.html.page import Page, read
from ssrcred.portal import fit
from ssrcred.portal.body import FORM, JSON, PARTS, UNREADABLE
from ssrcred.portal.chance import clock_unit, is_told_by, looks_random
from ssrcred.portal.memory import expected
from ssrcred.portal.recording import LOG_IN, LOOK, OWN_HEADERS, SAVE, Pairs, Step
from ssrcred.portal.source import Sources
from ssrcred.portal.spot import Scalar, Spot, escaped, is_page, json_of, text_of
from ssrcred.portal.template import OPENING, slot
from ssrcred.portal.trace import Markers, Visited

BROWSERS_OWN: Final = OWN_HEADERS | frozenset(
    [  # what a browser adds by itself, and what only serves to trace or count requests
        *("user-agent", "accept-encoding", "accept-language", "origin", "upgrade-insecure-requests", "pragma", "dnt"),
        *("cache-control", "priority", "te", "x-client-data", "if-none-match", "if-modified-since", "content-type"),
        *("traceparent", "tracestate", "baggage", "sentry-trace", "newrelic", "x-request-id", "x-correlation-id"),
        *("request-id", "request-context", "x-b3-traceid", "x-b3-spanid", "x-b3-sampled", "keep-alive", "save-data"),
    ]
)
MOST_VALUES: Final = 1000
PAGE_WORD: Final = "text/html"
PLAIN_JSON: Final = "application/json"


class Unexplained(Exception):
    """A step cannot be taken again; the text says why, without a value."""


class Explainer:
    """Turns the visits of one recording into steps. `needed` are the visits that the last one rests on."""

    def __init__(self, visits: list[Visited], account: str, markers: Markers) -> None:
        self._visits, self._account, self._markers = visits, account, markers
        self.sources = Sources(visits)
        self.needed: set[int] = set()
        self.constants: list[str] = []

    def step(self, at: int, does: str, password: str = "") -> Step:
        """The step of a visit, with numbers of visits where the ids of steps will stand. Raises Unexplained."""
        visit, self.needed = self._visits[at], set()
        if visit.body.kind == UNREADABLE:
            raise Unexplained(f"{visit.method} {visit.path} sends something that is neither a form nor JSON")
        if len(visit.body.named()) > MOST_VALUES:
            raise Unexplained(f"{visit.method} {visit.path} sends more than {MOST_VALUES:,} values")
        kind = "page" if is_page(visit.answer) else ("data" if json_of(visit.answer) is not None else "other")
        found = self._of_form(at, does, password) if visit.body.kind in (FORM, PARTS) else None
        if found is None:
            address = self._address(at)
            found = Step(str(at), does, visit.method, address, **self._body(at, does, password))  # type: ignore[arg-type]
        asked, led = fit.path_of(visit.exchange.url), fit.path_of(visit.answer.url)
        lands = "" if led == asked else _masked_path(visit.answer.url)
        expects = expected(json_of(visit.answer)) if does == LOG_IN else ()
        if found.sends and kind == "page" and visit.exchange.merged and visit.body.kind != JSON:
            raise Unexplained(f"{visit.method} {visit.path} may have been sent to another address, which led here")
        return _with(found, lands=lands, answer=kind, headers=self._headers(at), expects=expects)

    def _value(self, at: int, does: str, name: str, value: Scalar, *, typed: str = "") -> str | None:
        """The slot or constant for one value, or None for a constant that is not a text; `typed` is a slot."""
        text, markers = text_of(value), self._markers
        if does == SAVE and text in (markers.username, markers.key):
            return slot("pair.username" if text == markers.username else "pair.key")
        if typed:
            return slot(typed)
        if markers.in_text(text):
            raise Unexplained(f"a marker stands inside another text in {name}")
        unit = clock_unit(text, self._visits[at].exchange.began)
        if unit:
            return slot(unit, number=not isinstance(value, str))
        if looks_random(text) or (is_told_by(name) and len(text) > 3):
            return self._found(at, name, text, isinstance(value, str))
        return _plain(name, value) if isinstance(value, str) else None

    def _found(self, at: int, name: str, text: str, is_text: bool) -> str:
        """A slot for a value that must have come from an earlier answer; its parts may have, as in `Bearer …`."""
        spot = self.sources.of_value(text, at)
        if spot is not None:
            return self._slot(spot, text, number=not is_text)
        head, gap, rest = text.partition(" ")
        spot = self.sources.of_value(rest, at) if gap and is_text else None
        if spot is None or looks_random(head):
            raise Unexplained(f"the value of {name} is new each time, and no earlier answer shows where it comes from")
        return _plain(name, head + gap) + self._slot(spot, rest)

    def _slot(self, spot: Spot, value: str, *, number: bool = False) -> str:
        self.needed.add(int(spot.on))
        return slot("fresh." + self.sources.use(spot, value), number=number)

    def _address(self, at: int) -> str:
        parts = urlsplit(self._visits[at].exchange.url)

        def part(name: str, raw: str, plain: Callable[[str], str]) -> str:
            text = plain(raw)
            if self._markers.in_text(text):
                raise Unexplained("a marker stands in an address")
            unit = clock_unit(text, self._visits[at].exchange.began)
            if unit:
                return slot(unit)
            if not looks_random(text) and not (is_told_by(name) and len(text) > 3):
                return _plain(name, raw)
            spot = self.sources.of_value(raw, at) or self.sources.of_value(text, at)
            if spot is None:
                what = f"{name} in the address" if name else "a part of the address"
                raise Unexplained(f"{what} is new each time, and no earlier answer shows where it comes from")
            return self._slot(spot, raw if spot.kind == "link" else text)

        path = "/".join(part("", step, unquote) for step in (parts.path or "/").split("/"))
        pairs = [pair.partition("=") for pair in parts.query.split("&")] if parts.query else []
        query = [name + sign + part(unquote_plus(name), value, unquote_plus) for name, sign, value in pairs]
        return path + ("?" + "&".join(query) if query else "")

    def _headers(self, at: int) -> Pairs:
        found = []
        for name, value in self._visits[at].exchange.headers:
            own = name in BROWSERS_OWN or name.startswith((":", "sec-", "x-devtools", "proxy-"))
            if own or (name == "accept" and PAGE_WORD in value):
                continue
            if name == "authorization" and value.lower().startswith("basic "):
                raise Unexplained("the browser's own log-in window (HTTP basic) is used, which is not answered")
            made = self._value(at, LOOK, name, value)
            found.append((name, made or ""))
        kind = self._visits[at].exchange.body_type
        if self._visits[at].body.kind == JSON and kind and kind.partition(";")[0].strip().lower() != PLAIN_JSON:
            found.append(("content-type", _plain("content-type", kind)))  # JSON:API and JSON Patch insist on theirs
        return tuple(found)

    def _typed(self, does: str, password: str, name: str, value: str) -> str:
        """What a field is that the account's own words were typed into, or nothing."""
        if does != LOG_IN:
            return ""
        return "account.password" if name == password else ("account.username" if value == self._account else "")

    def _of_form(self, at: int, does: str, password: str) -> Step | None:
        """The step that sends a form of an earlier page; None if no page has such a form."""
        visit = self._visits[at]
        for before in range(at - 1, -1, -1):
            if not is_page(self._visits[before].answer) or not self._visits[before].good:
                continue
            page = read(self._visits[before].answer)
            matches = [match for form in page.forms for match in _matches(page, form, visit)]
            if not matches:
                continue
            equal, form, button, listed = max(matches, key=lambda match: match[0])
            if sum(score == equal and other is not form for score, other, _, _ in matches):
                raise Unexplained(f"the page before {visit.path} has several forms that could have been sent")
            where = _telling([item for item in matches if item[1] is not form], listed)
            fields = self._fields(at, does, password, listed)
            labels = tuple(
                (name, words)
                for name, value in fields
                if does == SAVE and "{{pair." in value and (words := fit.said_at(page, form, name))
            )
            self.needed.add(before)
            step = Step(
                str(at), does, "POST", _masked_path(visit.exchange.url), form=str(before), button=button,
                where=where, labels=labels, fields=fields,
            )  # fmt: skip
            if len(fit.fitting(page, step)) != 1:
                raise Unexplained(f"the page before {visit.path} has several forms that could have been sent")
            return step
        return None

    def _fields(self, at: int, does: str, password: str, listed: list[Entry]) -> Pairs:
        """The fields that were not sent as the page had them."""
        sent = self._visits[at].body.entries
        on_page: dict[str, list[str]] = {}
        for entry in listed:
            on_page.setdefault(entry.name, []).append(_line(entry.value))
        sent_by: dict[str, list[str]] = {}
        for entry in sent:
            sent_by.setdefault(entry.name, []).append(_line(entry.value))
        found = []
        for name, values in sent_by.items():
            typed = [self._typed(does, password, name, value) for value in values]
            ours = any(typed) or (does == SAVE and any(self._markers.in_text(value) for value in values))
            if values == on_page.get(name) and not ours:
                continue
            if len(values) > 1:
                raise Unexplained(f"several fields are called {name}, and their values were changed")
            made = self._value(at, does, name, values[0], typed=typed[0]) or ""
            if OPENING not in made:
                self.constants.append(name)
            found.append((name, made))
        return tuple(found)

    def _body(self, at: int, does: str, password: str) -> dict[str, object]:
        """What is sent without a form of a page: by a script."""
        body = self._visits[at].body
        if body.kind == JSON:
            made = self._json(at, does, password, body.data, "")
            return {"sends": "json", "json": json.dumps(made, ensure_ascii=False, separators=(",", ":"))}
        if not body.entries:
            return {}
        fields = []
        for name, value, _ in body.entries:
            made = self._value(at, does, name, value, typed=self._typed(does, password, name, value)) or ""
            spot = self.sources.of_name(name, value, at) if does == SAVE and value and OPENING not in made else None
            fields.append((name, self._slot(spot, value) if spot is not None else made))
            if OPENING not in fields[-1][1] and does == SAVE:
                self.constants.append(name)
        return {"sends": "form" if body.kind == FORM else "multipart", "fields": tuple(fields)}

    def _json(self, at: int, does: str, password: str, data: object, pointer: str) -> object:
        """JSON with slots for texts and numbers. What the portal itself said before is asked for anew, not repeated."""
        if not isinstance(data, dict | list):
            made = self._value(at, does, pointer, data, typed=self._typed(does, password, pointer, text_of(data)))  # type: ignore[arg-type]
            return data if made is None else made
        source = self.sources.aligned(data, pointer, at) if does == SAVE else []
        inner = list(data.items() if isinstance(data, dict) else enumerate(data))
        made_of: dict[object, object] = {}
        for name, value in inner:
            below = f"{pointer}/{escaped(str(name))}"
            made_of[name] = self._json(at, does, password, value, below)
            if isinstance(value, dict | list) or OPENING in str(made_of[name]):
                continue
            same = [item for item in source if _has(item.data, name, value)]
            if same and len(source) > 1:
                raise Unexplained(f"{below} could come from more than one place of an earlier answer")
            if same:
                self.sources.keep_shape(same[0])
                spot = Spot("json", f"{same[0].pointer}/{escaped(str(name))}", str(same[0].visit))
                made_of[name] = self._slot(spot, text_of(value))
            elif does == SAVE:
                made_of[name] = self._of_field(at, str(name), value, below)
        return made_of if isinstance(data, dict) else list(made_of.values())

    def _of_field(self, at: int, name: str, value: object, below: str) -> object:
        """A slot for what a field of the same name showed on a page, else the constant."""
        text = text_of(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
        spot = self.sources.of_name(name, text, at) if text else None
        if spot is None or spot.kind != "field":
            self.constants.append(below)
            return value
        return self._slot(spot, text, number=not isinstance(value, str))


def _has(data: object, name: object, value: object) -> bool:
    if isinstance(data, dict):
        return name in data and type(data[name]) is type(value) and data[name] == value
    return True  # lists were found equal as a whole


Match = tuple[int, Form, tuple[str, ...], list[Entry]]


def _matches(page: Page, form: Form, visit: Visited) -> list[Match]:
    """Ways in which a form could have sent what was sent, each with how many values are as the page has them."""
    sent = [(entry.name, _line(entry.value)) for entry in visit.body.entries]
    names = [name for name, _ in sent]
    found: list[Match] = []
    for button in [None, *(item for item in form.controls if item.submits)]:
        listed = entries(form, button)
        request = encode(form, [], button, base=page.base)
        if request.method != "POST" or visit.method != "POST" or not listed:
            continue
        if fit.path_of(request.url) != fit.path_of(visit.exchange.url):
            continue
        if any(names.count(entry.name) < sum(other.name == entry.name for other in listed) for entry in listed):
            continue
        equal = sum((entry.name, _line(entry.value)) in sent for entry in listed)
        pressed = (button.name, button.value) if button is not None and button.name else ()
        found.append((equal, form, pressed, listed))
    best = max((score for score, *_ in found), default=0)
    return [match for match in found if match[0] == best][:1]


def _telling(others: list[Match], listed: list[Entry]) -> Pairs:
    """A field and value that no other form of the page has, if there are others; what is fresh tells nothing."""
    for entry in listed if others else []:
        steady = not looks_random(entry.value) and not is_told_by(entry.name)
        if steady and all(entry not in other for _, _, _, other in others):
            return ((entry.name, entry.value),)
    return ()


def _plain(name: str, value: str) -> str:
    if OPENING in value:
        raise Unexplained(f"the value of {name} holds {OPENING}, which opens a slot in a map")
    return value


def _masked_path(url: str) -> str:
    steps = fit.path_of(url).split("/")
    return "/".join(fit.ANY if looks_random(unquote(step)) or ";" in step else step for step in steps)


def _line(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _with(step: Step, **parts: object) -> Step:
    return replace(step, **parts)  # type: ignore[arg-type]

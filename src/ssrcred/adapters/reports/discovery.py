"""Finds out how to call a service: tries the usual shapes, and stops as soon as one of them rejects the credentials.

Nobody outside knows when the service locks (domain.md), so:

- What can be learned without credentials is learned first: which paths exist, what an empty request is missing, how
  the service describes itself. A path that answers like one that cannot exist never gets the credentials, nor does
  one that takes no such body.
- A rejection, or what may be one, ends the search, unless the service says the same without credentials *and* a
  person wants to go on: then it may well have looked for them elsewhere in the request.
- No request is repeated. A service that is down or asks to wait ends the search at once, and so does the number of
  requests that was promised.

The shapes are data (data/ssr-shapes.toml). How a token is used is tried with the token only.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import KW_ONLY, InitVar, dataclass, replace
from datetime import datetime
from enum import StrEnum
from importlib import resources
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from ssrcred.adapters.reports import answer as reading
from ssrcred.adapters.reports import meaning
from ssrcred.adapters.reports import request as writing
from ssrcred.adapters.reports.meaning import Found
from ssrcred.adapters.reports.openapi import Shapes, Tables, asked_for, described, keys, sound, wanted
from ssrcred.adapters.reports.profile import Profile, TokenRequest, understood
from ssrcred.adapters.reports.request import Outgoing, Shown
from ssrcred.adapters.reports.service import LIMITS, Attempt
from ssrcred.adapters.web.answer import Answer
from ssrcred.adapters.web.site import Site
from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.errors import PageNotUnderstood, Unreachable
from ssrcred.domain.event import Outcome

if TYPE_CHECKING:
    import httpx

# Most requests with credentials; a service that is not understood by then does not have a usual shape.
MOST_WITH_CREDENTIAL: Final = 12
MOST_REQUESTS: Final = 120
WANTS_MORE: Final = frozenset({401, 403})
# How a service answers a request without credentials, if it wants them in headers other than HTTP Basic.
WANTS_CREDENTIAL: Final = frozenset({400, 422})
GOOD: Final = frozenset({200, 201})
NOWHERE: Final = "/ssrcred-looks-whether-this-is-there"
# What a service may say that stumbles over a request in another shape than its own.
BROKEN: Final = frozenset({500, 501})
ABSENT: Final = frozenset({404, 405, 410, 501})
NO_SUCH_BODY: Final = 415
_PASSING: Final = re.compile(rb"\b[0-9A-Fa-f-]{16,}\b|[0-9]+")
_DESCRIPTIONS: Final = ("/openapi.json", "/v3/api-docs", "/swagger.json", "/v2/api-docs")
_EMPTY: Final = {"json": ("application/json", b"{}"), "form": ("application/x-www-form-urlencoded", b"")}
_COOKIE: Final = re.compile(r"(?:^|,\s*)([A-Za-z0-9!#$%&'*+.^_`|~-]+)=")


class Enough(Exception):  # no error: the search ends, as it was promised
    """As many requests as were promised have been made."""


class Ended(StrEnum):
    """How one shape ended."""

    NOT_THERE = "not_there"  # the path does not exist, so no credentials were sent
    NOT_UNDERSTOOD = "not_understood"
    REFUSED = "refused"
    TOKEN = "token"  # noqa: S105  # a word, no password
    FOUND = "found"


@dataclass(frozen=True)
class Tried:
    """One shape, in words, and how it ended.

    `unseen`: the service says the same without credentials. Not `sure`: it says something else than without them, in
    words that are not understood, so it may be a rejection.
    """

    shape: str
    ended: Ended
    detail: str = ""
    unseen: bool = False
    sure: bool = True


@dataclass
class Result:
    """What a search came to: `tables` of the profile that worked, None without; `complete` when a list came too.

    `elsewhere` is the host that reports' links lead to when the profile does not name it; `enough` says that the search
    ended because no more requests had been promised. `requests` were made, redirects left aside, at most `most`;
    `with_credential` of them carried the credentials.
    """

    most: int
    most_with_credential: int
    requests: int = 0
    with_credential: int = 0
    tables: Tables | None = None
    complete: bool = False
    refused: bool = False
    elsewhere: str = ""
    enough: bool = False

    def add(self, requests: int, with_credential: int = 0) -> None:
        """Count so many more, before they are made. Raises Enough where not so many may be made."""
        if self.requests + requests > self.most or self.with_credential + with_credential > self.most_with_credential:
            raise Enough
        self.requests += requests
        self.with_credential += with_credential


@dataclass
class Search:
    """A search at `api` (toms.api); `words` may be shown of a report's type, `clock` gives aware UTC.

    `go_on` is asked after a rejection that may not be one. `most` and `most_with_credential` bound the requests,
    redirects left aside, and those of them that carry the credentials. Raises ConfigInvalid for an address that is not
    https.
    """

    api: str
    words: tuple[str, ...]
    _: KW_ONLY
    clock: Callable[[], datetime]
    go_on: Callable[[], bool]
    transport: httpx.BaseTransport | None = None
    most: InitVar[int] = MOST_REQUESTS
    most_with_credential: InitVar[int] = MOST_WITH_CREDENTIAL

    def __post_init__(self, most: int, most_with_credential: int) -> None:
        self.api = self.api.rstrip("/")
        self.result = Result(most, most_with_credential)
        self._answers: dict[tuple[str, str, str], Answer] = {}
        self._cookie_was_tried = False
        self._site().close()  # only to refuse a bad address now

    def run(self, credential: Credential, ssid: SecretKey | None) -> Iterator[Tried]:
        """Each shape as it was tried; what they came to is in `result`. Raises Unreachable, which ends the search."""
        try:
            shapes = with_usual(self._description())
            for shape in self._ways_to_a_token(shapes):
                for tried in self._try_token(shape, credential, shapes, ssid):
                    yield tried
                    if tried.ended is Ended.REFUSED and not self._goes_on(tried):
                        return
                if self.result.tables is not None:
                    return
            if ssid is not None:
                yield from self._without_token(credential, shapes, ssid)
        except Enough:
            self.result.enough = True

    def _goes_on(self, tried: Tried) -> bool:
        self.result.refused = not (tried.unseen and self.go_on())
        return not self.result.refused

    def _ways_to_a_token(self, shapes: Shapes) -> Iterator[Tables]:
        """Each way once; before the first one at an address, what can be learned there."""
        tried: list[TokenRequest] = []
        asked: set[str] = set()
        for shape in shapes.tokens:
            path = shape["path"]
            learned: list[Tables] = []
            if path not in asked and shape.get("method", "POST") == "POST":
                asked.add(path)
                if self._is_there(writing.token_request(_profile(token=keys(shape)), None)):
                    # With the names of fields that the address says are missing.
                    named = [(kind, wanted(self._empty(path, kind).body)) for kind in ("json", "form")]
                    learned = [asked_for(path, kind, names) for kind, names in named if names is not None]
            for one in (*(one for one in learned if sound(token=keys(one))), shape):
                request = TokenRequest(**keys(one))
                if request not in tried:
                    tried.append(request)
                    yield one

    def _try_token(
        self, shape: Tables, credential: Credential, shapes: Shapes, ssid: SecretKey | None
    ) -> Iterator[Tried]:
        """How one shape ended, and what its token is good for; `result` has the profile of one that works."""
        says, request = shape["says"], keys(shape)
        profile = _profile(token=request)
        control = writing.token_request(profile, None)
        if not self._is_there(control):
            yield Tried(says, Ended.NOT_THERE)
            return
        way = profile.token
        body = way.send if way.send in ("json", "form") else "form" if way.extra else ""
        if body and way.method == "POST" and self._empty(way.path, body).status == NO_SUCH_BODY:
            yield Tried(says, Ended.NOT_UNDERSTOOD, "this path takes no such body, so no credentials were sent")
            return
        self.result.add(1, with_credential=1)
        with self._site() as site:
            attempt = Attempt(site, self.api, profile, self.clock)
            try:
                token, found = attempt.token(credential)
            except PageNotUnderstood as problem:
                yield Tried(says, Ended.NOT_UNDERSTOOD, problem.message)
                return
            # What comes without credentials, too, is neither a token nor the cookie of a sign-in.
            without = self._knows(control)
            name = "" if found is None else _unusual_name(attempt.last, without)
            if found is None or name:
                if attempt.last is not None and name:
                    request["answer"] = name
                    token = reading.token_in(attempt.last.body, name) or ""
                self.result.tables = self._named(request, {})
                yield Tried(says, Ended.TOKEN, f"as {name}" if name else "")
                if ssid is not None:
                    shows = [(f"the token as {one['says']}", keys(one)) for one in shapes.shows]
                    yield from self._with_token(request, token, shapes, shows, ssid)
            elif ssid is not None and not self._cookie_was_tried and _left_a_cookie(attempt.last, without):
                self._cookie_was_tried = True
                yield Tried(says, Ended.NOT_UNDERSTOOD, "no token, but a cookie, which may be a sign-in")
                yield from self._with_token(request, "", shapes, [("with the cookie", {"header": ""})], ssid, site)
            else:
                yield self._told(says, found, attempt, control)

    def _told(self, says: str, found: Found, attempt: Attempt, control: Outgoing) -> Tried:
        outcome, detail = found
        last = attempt.last
        broken = last is not None and last.status in BROKEN
        if outcome is Outcome.UNREACHABLE and not broken:
            raise closed(detail)
        doubtful = last is not None and (
            reading.refuses(last.body)
            if broken
            else last.status in WANTS_MORE and not reading.says(last.body, reading.NOT_SEEN)
        )
        if outcome is not Outcome.REFUSED and not doubtful:
            return Tried(says, Ended.NOT_UNDERSTOOD, detail)
        # Once more without credentials, in this very shape: the same answer means that it may not have looked at them.
        unseen = last is not None and same(self._ask(control), last)
        if outcome is not Outcome.REFUSED and unseen and not broken:
            return Tried(says, Ended.NOT_UNDERSTOOD, detail)
        return Tried(says, Ended.REFUSED, detail, unseen=unseen, sure=outcome is Outcome.REFUSED or broken)

    def _with_token(
        self,
        request: Tables,
        token: str,
        shapes: Shapes,
        shows: Sequence[tuple[str, Tables]],
        ssid: SecretKey,
        logged_in: Site | None = None,
    ) -> Iterator[Tried]:
        """What a token is good for, shown in each way, or the cookie of `logged_in`."""
        for shape in shapes.reports:
            for how, show in shows:
                tables = {"token": request, "report": {**keys(shape), **show}}
                shown = writing.shows_token(_profile(**tables), token)
                with self._site() if logged_in is None else nullcontext(logged_in) as site:
                    tried, status = self._try_reports(f"{shape['says']}, {how}", tables, site, shown, ssid)
                yield tried
                if tried.ended is Ended.FOUND:
                    return
                if status not in WANTS_MORE:  # the way to show the token is right, or does not matter here
                    break

    def _without_token(self, credential: Credential, shapes: Shapes, ssid: SecretKey) -> Iterator[Tried]:
        wanted = False
        for shape in shapes.pairs:
            profile = _profile(**keys(shape))
            control = writing.report_request(profile, ssid, Shown())
            if not self._wants_credential(profile, control):
                continue
            wanted = True
            shown = Shown(writing.credential_headers(profile, credential))
            with self._site() as site:
                tried, _ = self._try_reports(shape["says"], keys(shape), site, shown, ssid, (credential, control))
            yield tried
            if tried.ended is Ended.FOUND or (tried.ended is Ended.REFUSED and not self._goes_on(tried)):
                return
        if not wanted:
            yield Tried("no token, the credentials with the request for reports", Ended.NOT_THERE)

    def _wants_credential(self, profile: Profile, control: Outgoing) -> bool:
        """Whether the answer without credentials shows that a request for reports wants them in this way."""
        answer = self._knows(control)
        if profile.token.send == "basic":
            return answer.status == 401 and "basic" in (answer.header("www-authenticate") or "").lower()
        wanted = WANTS_CREDENTIAL if profile.token.send == "headers" else WANTS_CREDENTIAL | WANTS_MORE
        return answer.status in wanted and self._is_there(control)

    def _try_reports(
        self,
        says: str,
        tables: Tables,
        site: Site,
        shown: Shown,
        ssid: SecretKey,
        pair: tuple[Credential, Outgoing] | None = None,
    ) -> tuple[Tried, int]:
        """How one way of asking for reports ended, and its HTTP status; `pair` is a credential and its control."""
        most_with_credential = 0 if pair is None else 2
        self.result.add(2, most_with_credential)  # promised before it is sent; what was not needed is given back below
        attempt = Attempt(site, self.api, _profile(**tables), self.clock)
        try:
            found = attempt.reports(ssid, shown, None if pair is None else pair[0], accepted=pair is None)
        except PageNotUnderstood as problem:
            found = Outcome.NOT_UNDERSTOOD, problem.message
        carrying = 0 if pair is None else len(attempt.asked) if shown.headers else 1
        self.result.add(
            len(attempt.asked) - 2, carrying - most_with_credential
        )  # a list without a report is one request
        status = attempt.list_status
        outcome, detail = found
        if attempt.listed or (outcome is Outcome.NO_REPORT and status == 200):
            self.result.tables = self._named(**tables)
            self.result.complete = outcome in {Outcome.PROVED, Outcome.NO_REPORT}
            self.result.elsewhere = attempt.elsewhere
            return Tried(says, Ended.FOUND, detail), status
        if pair is not None:
            return self._told(says, found, attempt, pair[1]), status
        if outcome is Outcome.UNREACHABLE and status not in BROKEN:
            raise closed(detail)
        return Tried(says, Ended.NOT_THERE if status in ABSENT else Ended.NOT_UNDERSTOOD, detail), status

    def _named(self, token: Tables, report: Tables) -> Tables:
        """The tables of the profile, with the words that may be shown."""
        return {"token": token, "report": report | ({"words": list(self.words)} if self.words else {})}

    # Without credentials: nothing here can lock an account, and nothing but `_ask` asks twice.

    def _knows(self, outgoing: Outgoing, body: str = "") -> Answer:
        """What a method and path answer to a `body` of that kind, by the first request that was made there."""
        where = (outgoing.method, outgoing.path, body)
        if where not in self._answers:
            self._answers[where] = self._ask(outgoing)
        return self._answers[where]

    def _is_there(self, outgoing: Outgoing) -> bool:
        """Whether a path answers in another way than one that cannot exist."""
        asked, nowhere = self._knows(outgoing), self._knows(replace(outgoing, path=NOWHERE))
        if asked.status in ABSENT:
            return False
        # A service may answer 401 to strangers everywhere, which tells nothing about a path.
        return asked.status == 401 or not same(asked, nowhere)

    def _description(self) -> Shapes:
        """How the service describes itself (OpenAPI, Swagger), where it does so at a usual place to everybody."""
        root = f"{urlsplit(self.api).scheme}://{urlsplit(self.api).netloc}"
        for base in dict.fromkeys((self.api, root)):
            for place in _DESCRIPTIONS:
                answer = self._ask(Outgoing("GET", place, writing.ASK_FOR_JSON), base)
                found = described(answer.body, self.api) if answer.status == 200 else None
                if found is not None:
                    return found
        return Shapes()

    def _empty(self, path: str, kind: str) -> Answer:
        """What an empty POST of json or a form is answered."""
        content_type, content = _EMPTY[kind]
        headers = {**writing.ASK_FOR_JSON, "Content-Type": content_type}
        return self._knows(Outgoing("POST", path, headers, content), kind)

    def _ask(self, outgoing: Outgoing, address: str = "") -> Answer:
        """What a request answers now, to `api` or another address. Raises Unreachable (it is closed), and Enough."""
        self.result.add(1)
        base = address or self.api
        with self._site() as site:
            try:
                answer = writing.sent(site, base, outgoing)
            except PageNotUnderstood:  # it sends elsewhere, and nothing is followed there
                return Answer(404, base + outgoing.path, {}, b"")
        if answer.status in meaning.CLOSED - BROKEN:
            raise closed(meaning.closed(answer, self.clock())[1])
        return answer

    def _site(self) -> Site:
        return Site(self.api, limits=LIMITS, transport=self.transport)


def same(one: Answer, other: Answer) -> bool:
    """Whether two answers say the same, but for the time, their own numbers, and the path that was asked."""

    def lasting(answer: Answer) -> bytes:
        path = urlsplit(answer.url).path.encode()
        return _PASSING.sub(b"#", answer.body.replace(path, b"#") if len(path) > 1 else answer.body)

    return one.status == other.status and lasting(one) == lasting(other)


def closed(detail: str) -> Unreachable:
    """What ends a search at a service that does not work at the moment."""
    return Unreachable(
        f"The search ended, because {detail}.",
        state="Nothing was written.",
        hint="Try again later. If it continues, IT checks the network, the firewall and the proxy.",
    )


def with_usual(told: Shapes) -> Shapes:
    """What the service tells of itself, then the usual shapes (data/ssr-shapes.toml); each once, whatever its words."""
    data = tomllib.loads(resources.files("ssrcred").joinpath("data", "ssr-shapes.toml").read_text(encoding="utf-8"))
    reports = _once([*told.reports, *data["report"]])
    pairs = [
        {"says": f"{shape['says']}, {pair['says']}", "token": keys(pair), "report": keys(shape)}
        for pair in data["pair"]
        for shape in reports
        if shape.get("method", "GET") == "GET"
    ]
    return Shapes(
        _once([*told.tokens, *data["token"]]),
        reports,
        _once([*told.shows, *data["show"]]),
        _once([*told.pairs, *pairs]),
    )


def _once(shapes: list[Tables]) -> tuple[Tables, ...]:
    return tuple(shape for number, shape in enumerate(shapes) if keys(shape) not in map(keys, shapes[:number]))


def _profile(**tables: Any) -> Profile:
    return understood("that was tried", {"token": {}, "report": {}, **tables})


def _unusual_name(last: Answer | None, without: Answer) -> str:
    """The dotted name of what is probably the token, in an answer that comes only with credentials."""
    if last is None or last.status not in GOOD or without.status in GOOD:
        return ""
    name = reading.lone_token_name(last.body)
    return name if sound(token={"answer": name}) else ""


def _left_a_cookie(last: Answer | None, without: Answer) -> bool:
    """Whether an answer has a cookie that does not come without credentials."""
    if last is None or last.status not in {*GOOD, 204} or without.status in {*GOOD, 204}:
        return False
    cookies, others = (set(_COOKIE.findall(one.header("set-cookie") or "")) for one in (last, without))
    return not reading.refuses(last.body) and bool(cookies - others)

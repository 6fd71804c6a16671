"""Finds out how a service is talked to: tries the usual shapes, and stops as soon as one of them refuses the pair.

Nobody outside knows when the service locks (domain.md), so:

- A path is first asked without a pair. One that answers like a path that cannot exist never gets the pair.
- A refusal ends the search, unless the service says the same to somebody without a pair *and* a person wants to go on:
  then it may well have looked for the pair in another place.
- Nothing is asked twice here, and a service that is closed or asks to be left alone ends the search at once.

The shapes are data (data/ssr-shapes.toml). What a token is good for is tried with the token only.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from ssrcred.credential import Credential, SecretKey
from ssrcred.errors import PageNotUnderstood, Unreachable
from ssrcred.evidence import Outcome
from ssrcred.reports import answer as reading
from ssrcred.reports import meaning, phrase
from ssrcred.reports import request as writing
from ssrcred.reports.meaning import Found
from ssrcred.reports.profile import Profile, understood
from ssrcred.reports.request import Outgoing, Shown
from ssrcred.reports.service import LIMITS, Attempt
from ssrcred.web import Answer, Site

if TYPE_CHECKING:
    import httpx

NOWHERE: Final = "/ssrcred-looks-whether-this-is-there"
WANTS_MORE: Final = frozenset({401, 403})
BROKEN: Final = frozenset({500, 501})
"""What a service may say that stumbles over a request in another shape than its own."""
ABSENT: Final = frozenset({404, 405, 410, 501})
Tables = dict[str, Any]


class Ended(StrEnum):
    """How one shape ended."""

    NOT_THERE = "not_there"  # the path does not exist, so no pair was sent
    NOT_UNDERSTOOD = "not_understood"
    REFUSED = "refused"
    TOKEN = "token"  # noqa: S105  # a word, no password
    FOUND = "found"


@dataclass(frozen=True)
class Tried:
    """One shape, in words, and how it ended; `unseen`: the service says the same to somebody without a pair."""

    shape: str
    ended: Ended
    detail: str = ""
    unseen: bool = False


@dataclass
class Result:
    """What a search came to: `tables` of the profile that worked, None without; `complete` when a list came too.

    `elsewhere` is the host that reports' links lead to when the profile does not name it.
    """

    tables: Tables | None = None
    complete: bool = False
    refused: bool = False
    elsewhere: str = ""
    requests: int = 0
    with_pair: int = 0


class Search:
    """A search at `api` (toms.api); `words` may be shown of a report's type, `clock` gives aware UTC.

    `go_on` is asked after a refusal that may not have been one. Raises ConfigInvalid for an address that is not https.
    """

    def __init__(
        self,
        api: str,
        words: tuple[str, ...],
        *,
        clock: Callable[[], datetime],
        go_on: Callable[[], bool],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._api = api.rstrip("/")
        self._words = words
        self._clock = clock
        self._go_on = go_on
        self._transport = transport
        self._shapes = tomllib.loads(
            resources.files("ssrcred").joinpath("data", "ssr-shapes.toml").read_text(encoding="utf-8")
        )
        self._without_pair: dict[tuple[str, str], Answer] = {}
        self.result = Result()
        self._site().close()

    def most_requests(self, *, student: bool) -> tuple[int, int]:
        """How many requests are made at most, redirects left aside, and how many of them carry the pair.

        `student`: there is a test SSID.
        """
        tokens, reports, shows = (len(self._shapes[name]) for name in ("token", "report", "show"))
        paths = {(shape.get("method", "POST"), shape["path"]) for shape in self._shapes["token"]}
        pairs = len(list(self._without_token_shapes())) if student else 0
        # Each path without a pair, and one that cannot exist; each shape with the pair, and once more without it.
        methods = {method for method, _ in paths}
        before = len(paths) + len(methods) + 2 * tokens
        # Then either what a token is good for, or what can be had without one; at last one report.
        after = max(reports * shows, 3 * pairs) + 1 if student else 0
        return before + after, tokens + pairs + (1 if pairs else 0)

    def run(self, credential: Credential, ssid: SecretKey | None) -> Iterator[Tried]:
        """Each shape as it was tried; what they came to is in `result`. Raises Unreachable, which ends the search."""
        for shape in self._shapes["token"]:
            tables: Tables = {"token": _keys(shape), "report": {}}
            tried, token = self._try_token(shape["says"], tables, credential)
            yield tried
            if token:
                self.result.tables = self._named(tables)
                if ssid is not None:
                    yield from self._with_token(tables, token, ssid)
                return
            if tried.ended is Ended.REFUSED and not self._goes_on(tried):
                return
        if ssid is not None:
            yield from self._without_token(credential, ssid)

    def _goes_on(self, tried: Tried) -> bool:
        self.result.refused = not (tried.unseen and self._go_on())
        return not self.result.refused

    def _try_token(self, says: str, tables: Tables, credential: Credential) -> tuple[Tried, str]:
        """How one shape ended, and its token; the dotted name of one with an unusual name goes into `tables`."""
        profile = self._profile(tables)
        control = writing.token_request(profile, None)
        if not self._is_there(control):
            return Tried(says, Ended.NOT_THERE), ""
        with self._site() as site:
            attempt = Attempt(site, self._api, profile, self._clock)
            self.result.requests += 1
            self.result.with_pair += 1
            try:
                token, found = attempt.token(credential)
            except PageNotUnderstood as problem:
                return Tried(says, Ended.NOT_UNDERSTOOD, problem.message), ""
        if found is None:
            return Tried(says, Ended.TOKEN), token
        last = attempt.last
        good = {200, 201}
        if last is not None and last.status in good and self._known(control).status not in good:
            name = reading.lone_token_name(last.body)
        else:
            name = ""
        if last is not None and name:
            tables["token"]["answer"] = name
            return Tried(says, Ended.TOKEN, f"as {name}"), reading.token_in(last.body, name) or ""
        return self._told(says, found, attempt, control), ""

    def _told(self, says: str, found: Found, attempt: Attempt, control: Outgoing) -> Tried:
        outcome, detail = found
        last = attempt.last
        broken = last is not None and last.status in BROKEN
        if outcome is Outcome.UNREACHABLE and not broken:
            raise _closed(detail)
        if outcome is not Outcome.REFUSED and not (broken and last is not None and phrase.refuses(last.body)):
            return Tried(says, Ended.NOT_UNDERSTOOD, detail)
        # Once more as somebody without a pair, in this very shape: the same answer means that it may not have looked.
        bare = self._ask(control)
        same = last is not None and (bare.status, bare.body) == (last.status, last.body)
        return Tried(says, Ended.REFUSED, detail, unseen=same)

    def _with_token(self, tables: Tables, token: str, ssid: SecretKey) -> Iterator[Tried]:
        first, *others = self._shapes["show"]
        for shape in self._shapes["report"]:
            for show in (first, *others):
                asked = {**tables, "report": {**_keys(shape), **_keys(show)}}
                profile = self._profile(asked)
                says = f"{shape['says']}, the token as {show['says']}"
                tried, status = self._try_reports(says, profile, writing.shows_token(profile, token), ssid)
                yield tried
                if tried.ended is Ended.FOUND:
                    self.result.tables = self._named(asked)
                    return
                if status not in WANTS_MORE:
                    break

    def _without_token(self, credential: Credential, ssid: SecretKey) -> Iterator[Tried]:
        for says, tables in self._without_token_shapes():
            profile = self._profile(tables)
            control = writing.report_request(profile, ssid, Shown())
            challenge = self._known(control).header("www-authenticate") or ""
            if self._known(control).status != 401 or "basic" not in challenge.lower():
                yield Tried(says, Ended.NOT_THERE)
                continue
            tried, _ = self._try_reports(says, profile, writing.shows_pair(profile, credential), ssid, control)
            yield tried
            if tried.ended is Ended.FOUND:
                self.result.tables = self._named(tables)
                return
            if tried.ended is Ended.REFUSED and not self._goes_on(tried):
                return

    def _without_token_shapes(self) -> Iterator[tuple[str, Tables]]:
        for pair in self._shapes["pair"]:
            for shape in self._shapes["report"]:
                if shape.get("method", "GET") == "GET":
                    yield f"{shape['says']}, {pair['says']}", {"token": _keys(pair), "report": _keys(shape)}

    def _try_reports(
        self, says: str, profile: Profile, shown: Shown, ssid: SecretKey, control: Outgoing | None = None
    ) -> tuple[Tried, int]:
        """How one way of asking for reports ended, and the HTTP status of its list."""
        with self._site() as site:
            attempt = Attempt(site, self._api, profile, self._clock)
            try:
                found = attempt.reports(ssid, shown, None, accepted=control is None)
            except PageNotUnderstood as problem:
                found = Outcome.NOT_UNDERSTOOD, problem.message
            self.result.requests += attempt.requests
            self.result.with_pair += 0 if control is None else attempt.requests
        status = attempt.list_status
        outcome, detail = found
        if attempt.listed or (outcome is Outcome.NO_REPORT and status == 200):
            self.result.complete = outcome in {Outcome.PROVED, Outcome.NO_REPORT}
            self.result.elsewhere = attempt.elsewhere
            return Tried(says, Ended.FOUND, detail), status
        if control is not None:
            return self._told(says, found, attempt, control), status
        if outcome is Outcome.UNREACHABLE and status not in BROKEN:
            raise _closed(detail)
        return Tried(says, Ended.NOT_THERE if status in ABSENT else Ended.NOT_UNDERSTOOD, detail), status

    def _is_there(self, outgoing: Outgoing) -> bool:
        """Whether a path answers in another way than one that cannot exist; asked without a pair, once."""
        asked, nowhere = self._known(outgoing), self._known(replace(outgoing, path=NOWHERE))
        if asked.status in ABSENT:
            return False
        # A service may answer 401 to strangers everywhere, which tells nothing about a path.
        return asked.status == 401 or (asked.status, asked.body) != (nowhere.status, nowhere.body)

    def _known(self, outgoing: Outgoing) -> Answer:
        where = (outgoing.method, outgoing.path)
        if where not in self._without_pair:
            self._without_pair[where] = self._ask(outgoing)
        return self._without_pair[where]

    def _ask(self, outgoing: Outgoing) -> Answer:
        self.result.requests += 1
        url = self._api + outgoing.path
        with self._site() as site:
            try:
                if outgoing.method == "GET":
                    answer = site.get(url, outgoing.headers)
                else:
                    answer = site.send("POST", url, content=outgoing.content, headers=outgoing.headers)
            except PageNotUnderstood:
                return Answer(404, url, {}, b"")  # it sends elsewhere, and nothing is followed there
        if answer.status in meaning.CLOSED - BROKEN:
            raise _closed(meaning.closed(answer, self._clock())[1])
        return answer

    def _profile(self, tables: Tables) -> Profile:
        return understood("that was tried", tables)

    def _named(self, tables: Tables) -> Tables:
        words = {"words": list(self._words)} if self._words else {}
        return {**tables, "report": {**tables["report"], **words}}

    def _site(self) -> Site:
        return Site(self._api, limits=LIMITS, transport=self._transport)


def _keys(shape: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in shape.items() if key != "says"}


def _closed(detail: str) -> Unreachable:
    return Unreachable(
        f"The search ended, because {detail}.",
        state="Nothing was written.",
        hint="Try again later. If it lasts, IT looks at the network, the firewall and the proxy.",
    )

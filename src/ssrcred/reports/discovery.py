"""Finds out how a service is talked to: tries the usual shapes, and stops as soon as one of them refuses the pair.

Nobody outside knows when the service locks (domain.md), so:

- What can be learned without a pair is learned first (`Stranger`): which paths are there, what an empty request is said
  to lack, how the service describes itself. A path that answers like one that cannot exist never gets the pair, nor
  does one that takes no such body.
- A refusal, or what may be one, ends the search, unless the service says the same to somebody without a pair *and* a
  person wants to go on: then it may well have looked for the pair in another place.
- Nothing is asked twice here. A service that is closed or asks to be left alone ends the search at once, and so does
  the number of requests that was promised.

The shapes are data (data/ssr-shapes.toml). What a token is good for is tried with the token only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Final

from ssrcred.credential import Credential, SecretKey
from ssrcred.errors import PageNotUnderstood
from ssrcred.evidence import Outcome
from ssrcred.reports import answer as reading
from ssrcred.reports import phrase
from ssrcred.reports import request as writing
from ssrcred.reports.description import sound
from ssrcred.reports.hint import asked_for
from ssrcred.reports.meaning import Found
from ssrcred.reports.profile import Profile, understood
from ssrcred.reports.request import Outgoing, Shown
from ssrcred.reports.service import LIMITS, Attempt
from ssrcred.reports.stranger import ABSENT, BROKEN, Count, Enough, Stranger, closed, same
from ssrcred.reports.tried import Ended, Result, Tried
from ssrcred.reports.usual import Shapes, Tables, keys
from ssrcred.web import Answer, Site

if TYPE_CHECKING:
    import httpx

MOST_WITH_PAIR: Final = 12
"""Requests that carry the pair at most; a service that is not understood by then is not one of a usual shape."""
MOST_REQUESTS: Final = 120
WANTS_MORE: Final = frozenset({401, 403})
WANTS_PAIR: Final = frozenset({400, 422})
"""What a service says to a request without a pair that has its pair in headers, and not as HTTP Basic."""
GOOD: Final = frozenset({200, 201})
_COOKIE: Final = re.compile(r"(?:^|,\s*)([A-Za-z0-9!#$%&'*+.^_`|~-]+)=")


class Search:
    """A search at `api` (toms.api); `words` may be shown of a report's type, `clock` gives aware UTC.

    `go_on` is asked after a refusal that may not have been one. `most` and `most_with_pair` bound the requests that are
    made, redirects left aside, and those of them that carry the pair. Raises ConfigInvalid for an address that is not
    https.
    """

    def __init__(
        self,
        api: str,
        words: tuple[str, ...],
        *,
        clock: Callable[[], datetime],
        go_on: Callable[[], bool],
        transport: httpx.BaseTransport | None = None,
        most: int = MOST_REQUESTS,
        most_with_pair: int = MOST_WITH_PAIR,
    ) -> None:
        self._api = api.rstrip("/")
        self._words = words
        self._clock = clock
        self._go_on = go_on
        self._transport = transport
        self.most, self.most_with_pair = most, most_with_pair
        self._count = Count(most, most_with_pair)
        self._stranger = Stranger(self._api, self._site, clock, self._count)
        self._cookie_was_tried = False
        self.result = Result()
        self._site().close()

    def run(self, credential: Credential, ssid: SecretKey | None) -> Iterator[Tried]:
        """Each shape as it was tried; what they came to is in `result`. Raises Unreachable, which ends the search."""
        try:
            yield from self._run(credential, ssid)
        except Enough:
            self.result.enough = True
        finally:
            self.result.requests, self.result.with_pair = self._count.requests, self._count.with_pair

    def _run(self, credential: Credential, ssid: SecretKey | None) -> Iterator[Tried]:
        shapes = Shapes.usual(self._stranger.description())
        for shape in shapes.ways_to_a_token(self._learned):
            tables: Tables = {"token": keys(shape), "report": {}}
            for tried in self._try_token(shape["says"], tables, credential, shapes, ssid):
                yield tried
                if tried.ended is Ended.REFUSED and not self._goes_on(tried):
                    return
            if self.result.tables is not None:
                return
        if ssid is not None:
            yield from self._without_token(credential, shapes, ssid)

    def _goes_on(self, tried: Tried) -> bool:
        self.result.refused = not (tried.unseen and self._go_on())
        return not self.result.refused

    def _learned(self, shape: Tables) -> Iterator[Tables]:
        """Ways to a token with the names of fields that the address of a shape says are missing."""
        path = shape["path"]
        if not self._stranger.is_there(
            writing.token_request(self._profile({"token": keys(shape), "report": {}}), None)
        ):
            return
        for kind in ("json", "form"):
            names = self._stranger.names(path, kind)
            shape = asked_for(path, kind, names) if names else {}
            if shape and sound({"token": keys(shape), "report": {}}):
                yield shape

    def _try_token(
        self, says: str, tables: Tables, credential: Credential, shapes: Shapes, ssid: SecretKey | None
    ) -> Iterator[Tried]:
        """How one shape ended, and what its token is good for; `result` has the profile of one that works."""
        control = writing.token_request(profile := self._profile(tables), None)
        if not self._stranger.is_there(control):
            yield Tried(says, Ended.NOT_THERE)
            return
        if not self._is_taken(profile):
            yield Tried(says, Ended.NOT_UNDERSTOOD, "such a body is not taken there, so no pair was sent")
            return
        self._count.room(1, with_pair=True)
        with self._site() as site:
            attempt = Attempt(site, self._api, profile, self._clock)
            self._count.add(1, with_pair=1)
            try:
                token, found = attempt.token(credential)
            except PageNotUnderstood as problem:
                yield Tried(says, Ended.NOT_UNDERSTOOD, problem.message)
                return
            name = "" if found is None else self._unusual_name(attempt, control)
            if found is None or name:
                if attempt.last is not None and name:
                    tables["token"]["answer"] = name
                    token = reading.token_in(attempt.last.body, name) or ""
                self.result.tables = self._named(tables)
                yield Tried(says, Ended.TOKEN, f"as {name}" if name else "")
                if ssid is not None:
                    yield from self._with_token(tables, token, shapes, ssid)
            elif ssid is not None and self._left_a_cookie(attempt, control):
                yield Tried(says, Ended.NOT_UNDERSTOOD, "no token, but a cookie, which may be a log-in")
                yield from self._with_cookie(tables, site, shapes, ssid)
            else:
                yield self._told(says, found, attempt, control)

    def _is_taken(self, profile: Profile) -> bool:
        request = profile.token
        if request.method == "GET" or (request.send not in {"json", "form"} and not request.extra):
            return True
        return self._stranger.takes(request.path, "json" if request.send == "json" else "form")

    def _unusual_name(self, attempt: Attempt, control: Outgoing) -> str:
        """The dotted name of what is probably the token, in an answer that only somebody with a pair gets."""
        last = attempt.last
        if last is None or last.status not in GOOD or self._stranger.knows(control).status in GOOD:
            return ""
        name = reading.lone_token_name(last.body)
        return name if sound({"token": {"answer": name}, "report": {}}) else ""

    def _left_a_cookie(self, attempt: Attempt, control: Outgoing) -> bool:
        """Whether an answer has a cookie that somebody without a pair does not get; looked into once in a search."""
        last, without = attempt.last, self._stranger.knows(control)
        if last is None or self._cookie_was_tried or last.status not in {*GOOD, 204} or without.status in {*GOOD, 204}:
            return False
        if phrase.refuses(last.body) or not _cookies(last) - _cookies(without):
            return False
        self._cookie_was_tried = True
        return True

    def _told(self, says: str, found: Found, attempt: Attempt, control: Outgoing) -> Tried:
        outcome, detail = found
        last = attempt.last
        broken = last is not None and last.status in BROKEN
        if outcome is Outcome.UNREACHABLE and not broken:
            raise closed(detail)
        doubtful = last is not None and (
            phrase.refuses(last.body) if broken else last.status in WANTS_MORE and not phrase.not_seen(last.body)
        )
        if outcome is not Outcome.REFUSED and not doubtful:
            return Tried(says, Ended.NOT_UNDERSTOOD, detail)
        # Once more as somebody without a pair, in this very shape: the same answer means that it may not have looked.
        unseen = last is not None and same(self._stranger.ask(control), last)
        if outcome is not Outcome.REFUSED and unseen and not broken:
            return Tried(says, Ended.NOT_UNDERSTOOD, detail)
        return Tried(says, Ended.REFUSED, detail, unseen=unseen, sure=outcome is Outcome.REFUSED or broken)

    def _with_token(self, tables: Tables, token: str, shapes: Shapes, ssid: SecretKey) -> Iterator[Tried]:
        for shape in shapes.reports:
            for show in shapes.shows:
                asked = {**tables, "report": {**keys(shape), **keys(show)}}
                profile = self._profile(asked)
                says = f"{shape['says']}, the token as {show['says']}"
                with self._site() as site:
                    tried, status = self._try_reports(says, profile, site, writing.shows_token(profile, token), ssid)
                if tried.ended is Ended.FOUND:
                    self.result.tables = self._named(asked)
                yield tried
                if tried.ended is Ended.FOUND:
                    return
                if status not in WANTS_MORE:
                    break

    def _with_cookie(self, tables: Tables, site: Site, shapes: Shapes, ssid: SecretKey) -> Iterator[Tried]:
        for shape in shapes.reports:
            asked = {**tables, "report": {**keys(shape), "header": ""}}
            says = f"{shape['says']}, with the cookie"
            tried, _ = self._try_reports(says, self._profile(asked), site, Shown(), ssid)
            if tried.ended is Ended.FOUND:
                self.result.tables = self._named(asked)
            yield tried
            if tried.ended is Ended.FOUND:
                return

    def _without_token(self, credential: Credential, shapes: Shapes, ssid: SecretKey) -> Iterator[Tried]:
        wanted = False
        for shape in shapes.pairs:
            says, tables = shape["says"], keys(shape)
            profile = self._profile(tables)
            control = writing.report_request(profile, ssid, Shown())
            if not self._wants_pair(profile, control):
                continue
            wanted = True
            self._count.room(2, with_pair=True)
            shown = writing.shows_pair(profile, credential)
            with self._site() as site:
                tried, _ = self._try_reports(says, profile, site, shown, ssid, (credential, control))
            if tried.ended is Ended.FOUND:
                self.result.tables = self._named(tables)
            yield tried
            if tried.ended is Ended.FOUND or (tried.ended is Ended.REFUSED and not self._goes_on(tried)):
                return
        if not wanted:
            yield Tried("no token, the pair with the request for reports", Ended.NOT_THERE)

    def _wants_pair(self, profile: Profile, control: Outgoing) -> bool:
        """Whether a request for reports is answered without a pair as one that wants it in this way."""
        answer = self._stranger.knows(control)
        if profile.token.send == "basic":
            return answer.status == 401 and "basic" in (answer.header("www-authenticate") or "").lower()
        wanted = WANTS_PAIR if profile.token.send == "headers" else WANTS_PAIR | WANTS_MORE
        return answer.status in wanted and self._stranger.is_there(control)

    def _try_reports(
        self,
        says: str,
        profile: Profile,
        site: Site,
        shown: Shown,
        ssid: SecretKey,
        pair: tuple[Credential, Outgoing] | None = None,
    ) -> tuple[Tried, int]:
        """How one way of asking for reports ended, and the HTTP status of its list; `pair` has its control with it."""
        self._count.room(2)
        attempt = Attempt(site, self._api, profile, self._clock)
        try:
            found = attempt.reports(ssid, shown, None if pair is None else pair[0], accepted=pair is None)
        except PageNotUnderstood as problem:
            found = Outcome.NOT_UNDERSTOOD, problem.message
        carrying = 0 if pair is None else attempt.requests if shown.headers else 1
        self._count.add(attempt.requests, with_pair=carrying)
        status = attempt.list_status
        outcome, detail = found
        if attempt.listed or (outcome is Outcome.NO_REPORT and status == 200):
            self.result.complete = outcome in {Outcome.PROVED, Outcome.NO_REPORT}
            self.result.elsewhere = attempt.elsewhere
            return Tried(says, Ended.FOUND, detail), status
        if pair is not None:
            return self._told(says, found, attempt, pair[1]), status
        if outcome is Outcome.UNREACHABLE and status not in BROKEN:
            raise closed(detail)
        return Tried(says, Ended.NOT_THERE if status in ABSENT else Ended.NOT_UNDERSTOOD, detail), status

    def _profile(self, tables: Tables) -> Profile:
        return understood("that was tried", tables)

    def _named(self, tables: Tables) -> Tables:
        words = {"words": list(self._words)} if self._words else {}
        return {**tables, "report": {**tables["report"], **words}}

    def _site(self) -> Site:
        return Site(self._api, limits=LIMITS, transport=self._transport)


def _cookies(answer: Answer) -> set[str]:
    return set(_COOKIE.findall(answer.header("set-cookie") or ""))

"""Asks a service as somebody who has no pair: what is there, what it wants, and how it describes itself.

Nothing here carries a pair or a token, so nothing here can lock anybody out. Nothing is asked twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from ssrcred.errors import PageNotUnderstood, Unreachable
from ssrcred.reports import meaning
from ssrcred.reports import request as writing
from ssrcred.reports.description import Shapes, described, wanted
from ssrcred.reports.request import Outgoing
from ssrcred.web import Answer, Site

NOWHERE: Final = "/ssrcred-looks-whether-this-is-there"
BROKEN: Final = frozenset({500, 501})
"""What a service may say that stumbles over a request in another shape than its own."""
ABSENT: Final = frozenset({404, 405, 410, 501})
NO_SUCH_BODY: Final = 415
_PASSING: Final = re.compile(rb"\b[0-9A-Fa-f-]{16,}\b|[0-9]+")
_DESCRIPTIONS: Final = ("/openapi.json", "/v3/api-docs", "/swagger.json", "/v2/api-docs")
_EMPTY: Final = {"json": ("application/json", b"{}"), "form": ("application/x-www-form-urlencoded", b"")}


class Enough(Exception):  # no error: the search ends, as it was promised
    """As many requests as were promised have been made."""


@dataclass
class Count:
    """How many requests were made, redirects left aside, and how many of them carried the pair."""

    most: int
    most_with_pair: int
    requests: int = 0
    with_pair: int = 0

    def add(self, requests: int, with_pair: int = 0) -> None:
        """Count so many more, before they are made. Raises Enough where not so many may be made."""
        if self.requests + requests > self.most or self.with_pair + with_pair > self.most_with_pair:
            raise Enough
        self.requests += requests
        self.with_pair += with_pair


class Stranger:
    """Somebody without a pair at `api`; `open_site` gives a fresh connection to it, `clock` aware UTC."""

    def __init__(self, api: str, open_site: Callable[[], Site], clock: Callable[[], datetime], count: Count) -> None:
        self._api = api
        self._open_site = open_site
        self._clock = clock
        self._count = count
        self._answers: dict[tuple[str, str, str], Answer] = {}

    def knows(self, outgoing: Outgoing, body: str = "") -> Answer:
        """What a method and path answer to a `body` of that kind, by the first request that was made there."""
        where = (outgoing.method, outgoing.path, body)
        if where not in self._answers:
            self._answers[where] = self.ask(outgoing)
        return self._answers[where]

    def is_there(self, outgoing: Outgoing) -> bool:
        """Whether a path answers in another way than one that cannot exist."""
        asked, nowhere = self.knows(outgoing), self.knows(replace(outgoing, path=NOWHERE))
        if asked.status in ABSENT:
            return False
        # A service may answer 401 to strangers everywhere, which tells nothing about a path.
        return asked.status == 401 or not same(asked, nowhere)

    def takes(self, path: str, kind: str) -> bool:
        """Whether a POST of json or a form is taken at a path at all."""
        return self._empty(path, kind).status != NO_SUCH_BODY

    def names(self, path: str, kind: str) -> tuple[str, str] | None:
        """The names of the pair's fields, where an empty POST of json or a form is answered with them."""
        return wanted(self._empty(path, kind).body)

    def description(self) -> Shapes:
        """How the service describes itself (OpenAPI, Swagger), where it does so at a usual place to everybody."""
        root = f"{urlsplit(self._api).scheme}://{urlsplit(self._api).netloc}"
        for base in dict.fromkeys((self._api, root)):
            for place in _DESCRIPTIONS:
                answer = self.ask(Outgoing("GET", place, writing.ASK_FOR_JSON), base)
                found = described(answer.body, self._api) if answer.status == 200 else None
                if found is not None:
                    return found
        return Shapes()

    def _empty(self, path: str, kind: str) -> Answer:
        content_type, content = _EMPTY[kind]
        headers = {**writing.ASK_FOR_JSON, "Content-Type": content_type}
        return self.knows(Outgoing("POST", path, headers, content), kind)

    def ask(self, outgoing: Outgoing, address: str = "") -> Answer:
        """What a request answers now, to `api` or another address. Raises Unreachable (it is closed), and Enough."""
        self._count.add(1)
        base = address or self._api
        with self._open_site() as site:
            try:
                answer = writing.sent(site, base, outgoing)
            except PageNotUnderstood:  # it sends elsewhere, and nothing is followed there
                return Answer(404, base + outgoing.path, {}, b"")
        if answer.status in meaning.CLOSED - BROKEN:
            raise closed(meaning.closed(answer, self._clock())[1])
        return answer


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
        hint="Try again later. If it lasts, IT looks at the network, the firewall and the proxy.",
    )

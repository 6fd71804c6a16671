"""Who is at which browser: cookie sessions that time out when idle, each with the token that its forms must carry.

Made up, as nobody outside knows how the real sites do it: the cookie names, the idle limit, and one token per
session in a hidden field.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from aiohttp import web

from ssrcred.practice.district import Clock

STALE = "This form is out of date, or it did not come from this site. Nothing was saved."


@dataclass
class Session:
    """What a site remembers of one browser; `notice` is shown on its next page."""

    key: str
    token: str
    seen_at: datetime
    notice: str = ""

    def take_notice(self) -> str:
        """The notice, once."""
        notice, self.notice = self.notice, ""
        return notice


S = TypeVar("S", bound=Session)


class Sessions(Generic[S]):
    """All sessions of one site."""

    def __init__(self, make: type[S], cookie: str, field: str, now: Clock, idle: timedelta) -> None:
        self._make = make
        self._cookie = cookie
        self._field = field
        self._now = now
        self._idle = idle
        self._all: dict[str, S] = {}

    def find(self, request: web.Request) -> S | None:
        """The session of this request, unless it was idle for too long; asking keeps it alive."""
        session = self._all.get(request.cookies.get(self._cookie, ""))
        if session is None:
            return None
        now = self._now()
        if now - session.seen_at > self._idle:
            self.end(session)
            return None
        session.seen_at = now
        return session

    def begin(self) -> S:
        """A new session, not yet known to the browser."""
        session = self._make(secrets.token_urlsafe(24), secrets.token_urlsafe(24), self._now())
        self._all[session.key] = session
        return session

    def end(self, session: S) -> None:
        """Forget a session."""
        self._all.pop(session.key, None)

    def known(self, request: web.Request) -> bool:
        """Whether the browser brought a session's cookie at all, live or not."""
        return self._cookie in request.cookies

    def give(self, response: web.Response, session: S) -> web.Response:
        """Let the answer carry the session to the browser."""
        response.set_cookie(self._cookie, session.key, httponly=True, samesite="Lax")
        return response

    async def form(self, request: web.Request, session: S) -> dict[str, list[str]]:
        """The posted fields; refused when the form doesn't carry this session's token."""
        posted = await request.post()
        fields: dict[str, list[str]] = {}
        for name, value in posted.items():
            fields.setdefault(name, []).append(value if isinstance(value, str) else "")
        if not hmac.compare_digest("".join(fields.pop(self._field, [])).encode(), session.token.encode()):
            raise web.HTTPForbidden(reason=STALE)
        return fields


def first(fields: dict[str, list[str]], name: str) -> str:
    """The first value of a field, or nothing."""
    return next(iter(fields.get(name, ())), "")

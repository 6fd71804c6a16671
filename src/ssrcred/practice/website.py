"""What all practice sites share: their pages, browser sessions that time out, and forms with the session's token."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from ssrcred.practice import sample_data
from ssrcred.practice.district import Clock, day_text, days_text

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Fields = dict[str, list[str]]
# Pages are never cached, load nothing and run no script.
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'",
    "Referrer-Policy": "same-origin",
}
SORRY = {
    # In place of any page while the site is worked on, as a success (that is the trap).
    200: ("Scheduled maintenance", "We will be back soon. Thank you for waiting."),
    403: ("Access denied", "You can't open this page."),
    404: ("Page not found", "There is no such page. Go back and choose another link."),
    405: ("Page not found", "This address can't be used like that. Go back and choose another link."),
    500: ("Something went wrong", "The page could not be shown. Try again later."),
    503: ("Down for maintenance", "This site is down for maintenance. Try again later."),
}


TEMPLATES = Environment(
    loader=PackageLoader("ssrcred.practice"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.filters |= {"day": day_text, "days": days_text}


class Pages:
    """Draws the pages of one site, each under the site's name and in its color; every one of them says PRACTICE."""

    def __init__(self, site: str, color: str, now: Clock) -> None:
        self._about = {"site": site, "color": color, "district": sample_data.DISTRICT, "cds": sample_data.CDS}
        self._now = now

    def show(self, template: str, status: int = 200, **facts: object) -> web.Response:
        """A page made from a template and the facts it shows."""
        text = TEMPLATES.get_template(template).render(today=self._now(), **self._about, **facts)
        return web.Response(text=text, status=status, content_type="text/html", headers=HEADERS)

    def sorry(self, status: int, message: str = "") -> web.Response:
        """A page that only says that something can't be shown."""
        title, usual = SORRY.get(status, SORRY[500])
        return self.show("sorry.html", status, title=title, message=message or usual)

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Show errors of the framework as pages of this site."""
        try:
            return await handler(request)
        except web.HTTPRedirection:
            raise
        except web.HTTPException as error:
            return self.sorry(error.status, error.reason if error.status == 403 else "")


def go(location: str) -> web.Response:
    """Send the browser on with a GET."""
    return web.Response(status=303, headers={"Location": location, "Cache-Control": "no-store"})


# Browser sessions. Made up, as nobody outside knows how the real sites do it: the cookie names, the idle limit, and one
# token per session in a hidden field.


@dataclass
class BrowserSession:
    """What a site remembers of one browser; `notice` is shown on its next page."""

    key: str
    token: str
    seen_at: datetime
    notice: str = ""

    def take_notice(self) -> str:
        """The notice, once."""
        notice, self.notice = self.notice, ""
        return notice


S = TypeVar("S", bound=BrowserSession)


class BrowserSessions(Generic[S]):
    """All sessions of one site: in `cookie`, with a token in the form field `field`, until `idle` has gone by."""

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
        if session is not None and self._now() - session.seen_at > self._idle:
            self.end(session)
            return None
        if session is not None:
            session.seen_at = self._now()
        return session

    def begin(self) -> S:
        """A new session, not yet known to the browser."""
        session = self._make(secrets.token_urlsafe(24), secrets.token_urlsafe(24), self._now())
        self._all[session.key] = session
        return session

    def find_or_begin(self, request: web.Request, ended: str) -> S:
        """The session for a sign-in page; `ended` is the notice of a new one for a browser whose old one timed out."""
        session = self.find(request)
        if session is None:
            session = self.begin()
            session.notice = ended if self._cookie in request.cookies else ""
        return session

    def end(self, session: S) -> None:
        """Forget a session."""
        self._all.pop(session.key, None)

    def give(self, response: web.Response, session: S) -> web.Response:
        """Let the answer carry the session to the browser."""
        response.set_cookie(self._cookie, session.key, httponly=True, samesite="Lax")
        return response

    async def form(self, request: web.Request, session: S) -> Fields:
        """The posted fields; refused when the form doesn't carry this session's token."""
        fields: Fields = {}
        for name, value in (await request.post()).items():
            fields.setdefault(name, []).append(value if isinstance(value, str) else "")
        # Exactly one token: a second field of that name would not be one that this site has sent.
        if not hmac.compare_digest("".join(fields.pop(self._field, [])).encode(), session.token.encode()):
            raise web.HTTPForbidden(
                reason="This form is out of date, or it did not come from this site. Nothing was saved."
            )
        return fields


def first(fields: Fields, name: str) -> str:
    """The first value of a field, or nothing."""
    return next(iter(fields.get(name, ())), "")

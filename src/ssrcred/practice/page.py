"""Every page that the practice sites show is drawn here, and every one of them says PRACTICE.

Pages are never cached, load nothing and run no script.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cache

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from ssrcred.practice import people
from ssrcred.practice.district import Clock, day_text, days_text

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
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


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("ssrcred.practice"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["day"] = day_text
    environment.filters["days"] = days_text
    return environment


class Pages:
    """Draws the pages of one site, each under the site's name and in its color."""

    def __init__(self, site: str, color: str, now: Clock) -> None:
        self._site = site
        self._color = color
        self._now = now

    def show(self, template: str, status: int = 200, **facts: object) -> web.Response:
        """A page made from a template and the facts it shows."""
        page = _templates().get_template(template)
        about = {"site": self._site, "color": self._color, "district": people.DISTRICT, "cds": people.CDS}
        text = page.render(today=self._now(), **about, **facts)
        return web.Response(text=text, status=status, content_type="text/html", headers=HEADERS)

    def sorry(self, status: int, message: str = "", title: str = "") -> web.Response:
        """A page that only says that something can't be shown."""
        known = SORRY.get(status, SORRY[500])
        return self.show("sorry.html", status, title=title or known[0], message=message or known[1])

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

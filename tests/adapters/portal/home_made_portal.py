"""A portal of hand-written pages, behind httpx's own transport seam: one object, every request remembered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from functools import cache
from urllib.parse import parse_qsl

import httpx

from adapters.portal.confirming import confirmed
from ssrcred.adapters.portal.map import PortalMap, load_map
from ssrcred.adapters.portal.route.route import Route
from ssrcred.adapters.portal.route_follower import ConfirmedPortal
from ssrcred.adapters.portal.visit.navigator import Account, FormVisits
from ssrcred.domain.credential import Credential, SecretKey

BASE = "https://portal.example"
NOW = datetime(2025, 3, 4, 17, 30, tzinfo=UTC)
OFFICE_PASSWORD = "made-up office password"
PAIR = Credential("MADEUP-NEW", SecretKey("made-up`'\"\\<&%+#$012"), NOW)
OLD_KEY = "made-up old key 0001"

LOG_IN = """<h1>Log In</h1>{notice}<form method=post action=/login><input type=hidden name=csrf value=t1>
<label>User Name <input name=u></label><label>Password: <input type=password name=p></label>
<button>Log In</button></form>"""
HOME = "<a href=/office>School Office Menu</a> <a href=/help>Help</a>"
OFFICE = "<a href=/options>Set District Options</a>"
OPTIONS = "<a href=/caaspp>CAASPP Credentials</a><a href=/email>Email</a>"

Answering = Callable[[httpx.Request, dict[str, str]], httpx.Response | str | None]


class HomeMade:
    """The pairs it holds by place, the pages it shows, and what it was asked.

    `pages` replaces the text of a page by its path; `answering` is asked first and may answer anything, or raise.
    """

    def __init__(self, pages: Mapping[str, str] | None = None, answering: Answering | None = None) -> None:
        self.pairs: dict[str, tuple[str, str]] = {"District": ("OLD", OLD_KEY), "North High": ("", "")}
        self.pages = {"/": HOME, "/office": OFFICE, "/options": OPTIONS, **(pages or {})}
        self.answering = answering
        self.asked: list[tuple[str, str]] = []
        self.sent: list[dict[str, str]] = []
        self.headers: list[httpx.Headers] = []
        self.session = ""
        self.sessions = 0
        self.refuses = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        form = dict(parse_qsl(request.content.decode(), keep_blank_values=True))
        self.asked.append((request.method, request.url.path))
        answer = self.answering(request, form) if self.answering is not None else None
        if answer is None:
            answer = self.answer(request, form)
        return httpx.Response(200, html=answer) if isinstance(answer, str) else answer

    def answer(self, request: httpx.Request, form: dict[str, str]) -> httpx.Response | str:
        path = request.url.path
        if path == "/login":
            if self.refuses or form.get("p") != OFFICE_PASSWORD:
                return LOG_IN.format(notice="<p>The password is incorrect.</p>")
            self.sessions += 1
            self.session = f"s{self.sessions}"
            return self.to("/", cookie=f"session={self.session}")
        if not self.session or f"session={self.session}" not in request.headers.get("cookie", ""):
            return LOG_IN.format(notice="")
        if path == "/save":
            self.headers.append(request.headers)
            self.sent.append(form)
            self.save(form)
            return self.to("/caaspp")
        if path == "/caaspp" and path not in self.pages:
            return self.credentials()
        return self.pages.get(path, "<p>Nothing here.</p>")

    def save(self, form: dict[str, str]) -> None:
        """Keep what was sent; a blank key leaves the one that is stored, unless the user name is blank too."""
        place, username, key = form["place"], form["user"], form["key"]
        self.pairs[place] = (username, key or (self.pairs[place][1] if username else ""))

    def credentials(self) -> str:
        return "".join(
            f"""<h2>{place}</h2><form method=post action=/save><input type=hidden name=place value="{place}">
            <label for=u{at}>CALPADS API Username</label><input id=u{at} name=user value="{username}">
            <label for=k{at}>CALPADS API Password</label><input id=k{at} name=key type=password>
            <textarea name=note>
 kept </textarea><button name=act value=save>Save Changes</button></form>"""
            for at, (place, (username, _)) in enumerate(self.pairs.items())
        )

    @staticmethod
    def to(path: str, cookie: str = "") -> httpx.Response:
        return httpx.Response(303, headers={"Location": path, **({"Set-Cookie": cookie} if cookie else {})})

    def portal(
        self, words: PortalMap | None = None, password: str = OFFICE_PASSWORD, route: Route | None = None
    ) -> ConfirmedPortal:
        """A portal that comes to these pages by what was confirmed, with `mom` as the account that tests."""
        known = words or load_map("schoolwise")
        parent = ("mom", SecretKey(OFFICE_PASSWORD))
        return ConfirmedPortal(
            FormVisits(BASE, known, transport=httpx.MockTransport(self)),
            Account("itstaff", SecretKey(password)),
            known,
            route or usual_route(),
            probes={"district": parent, "North High": parent},
            clock=lambda: NOW,
            pin=lambda _: None,
        )

    def confirmed(self, *schools: str) -> Route:
        """What a person confirms of these pages."""
        words = load_map("schoolwise")
        visits = FormVisits(BASE, words, transport=httpx.MockTransport(self))
        account = Account("itstaff", SecretKey(OFFICE_PASSWORD))
        portal = ConfirmedPortal(visits, account, words, None, clock=lambda: NOW, pin=lambda _: None)
        with closing(portal):
            return confirmed(portal, words, schools)


@cache
def usual_route() -> Route:
    """What a person confirms of the pages as they are."""
    return HomeMade().confirmed("North High")

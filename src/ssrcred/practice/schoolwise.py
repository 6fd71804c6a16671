"""The practice SchoolWise: sign-in, menus, web users, Set District Options, and the pages of parents and students.

The menus, screens and rules are those of domain.md; what each part has that is made up is said above it.
"""

from __future__ import annotations

import threading
import tomllib
from base64 import b64encode
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from ssrcred.practice import sample_data
from ssrcred.practice.district import Clock, Pair
from ssrcred.practice.fault import Faults, cut
from ssrcred.practice.ssr_service import MEASURES
from ssrcred.practice.website import BrowserSession, BrowserSessions, Handler, Pages, first, go

# Set District Options. From domain.md: the district's credentials serve every school, a school's own override them, and
# blank inherits. Made up: one form for the district and one per school, the version stamp, every other setting, and how
# a save reads: a saved form replaces its settings by exactly what was posted (a field left out is stored as empty, as a
# plain web application does), a blank password keeps the stored one while the user name is unchanged, and blank in both
# clears the place.

DISTRICT_PLACE = "district"
PLACES = (DISTRICT_PLACE, *(school.name for school in sample_data.SCHOOLS))
Posted = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Setting:
    """One field of a tab; `values` is what it holds at first, as a browser would post it."""

    name: str
    label: str
    kind: str
    values: Sequence[str] = ()
    choices: Sequence[str] = ()


@dataclass(frozen=True)
class Tab:
    """One tab of Set District Options."""

    key: str
    title: str
    settings: tuple[Setting, ...]


SETTINGS = tomllib.loads(Path(__file__).with_name("schoolwise_settings.toml").read_text("utf-8"))
TABS = tuple(Tab(key, tab["title"], tuple(Setting(**row) for row in tab["settings"])) for key, tab in SETTINGS.items())
CAASPP = next(tab for tab in TABS if tab.key == "caaspp")
SCHOOL_SETTING = Setting("ShowAtSchool", "Show score reports", "checkbox")


class Refused(Exception):
    """A save that stores nothing; the text is what the page says."""


class Options:
    """The stored settings and credentials; safe to use from any thread."""

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._places: dict[str, Pair | None] = dict.fromkeys(PLACES)
        self._values = {f"{tab.key}.{one.name}": tuple(one.values) for tab in TABS for one in tab.settings}
        self._values |= {f"caaspp.{place}.{SCHOOL_SETTING.name}": ("yes",) for place in PLACES[1:]}
        self._versions: dict[str, int] = dict.fromkeys([tab.key for tab in TABS] + list(PLACES[1:]), 1)

    def stored(self, place: str) -> Pair | None:
        """The credentials that a place holds itself."""
        return self._places[place]

    def put(self, place: str, pair: Pair | None) -> None:
        """Set what a place holds, without a page."""
        with self._lock:
            if place not in self._places:
                raise ValueError(f"no place {place!r}; there are {', '.join(PLACES)}")
            self._places[place] = pair

    def values(self, tab: Tab) -> dict[str, tuple[str, ...]]:
        """What the settings of a tab hold, by field name."""
        with self._lock:
            return {one.name: self._values[f"{tab.key}.{one.name}"] for one in tab.settings}

    def ticked(self, school: str) -> bool:
        """Whether the school's own check box is ticked."""
        return bool(self._values[f"caaspp.{school}.{SCHOOL_SETTING.name}"])

    def shown(self, school: str) -> bool:
        """Whether families of this school see score reports: the district's check box and the school's are ticked."""
        with self._lock:
            return self.ticked(school) and bool(self._values["caaspp.ShowScoreReports"])

    def version(self, form: str) -> str:
        """The stamp that a form carries: a tab's key or a school's name."""
        return str(self._versions[form])

    def snapshot(self) -> dict[str, tuple[str, ...]]:
        """Every setting beside the credentials."""
        return dict(self._values)

    def save(self, tab: Tab, posted: Posted, school: str = "", *, dry: bool = False) -> None:
        """Store a tab's form (CAASPP with the district's credentials), or a school's form; `dry` only checks."""
        form, before = (school, f"{tab.key}.{school}") if school else (tab.key, tab.key)
        with self._lock:
            # Two people with the same page open: the second save would silently undo the first.
            if tuple(posted.get("RowVersion", ())) != (self.version(form),):
                raise Refused("These settings were changed by someone else in the meantime. Nothing was saved.")
            pair = self._posted_pair(posted, school) if tab is CAASPP else None
            if dry:
                return
            if tab is CAASPP:
                self._places[school or DISTRICT_PLACE] = pair
            for one in (SCHOOL_SETTING,) if school else tab.settings:
                values = tuple(posted.get(one.name, ()))
                if one.kind != "password" or any(values):
                    self._values[f"{before}.{one.name}"] = values
            self._versions[form] += 1

    def _posted_pair(self, posted: Posted, school: str) -> Pair | None:
        prefix, stored = "" if school else "District", self._places[school or DISTRICT_PLACE]
        username = "".join(posted.get(f"{prefix}CalpadsApiUsername", ()))
        secret = "".join(posted.get(f"{prefix}CalpadsApiPassword", ()))
        if not username and not secret:
            return None
        if not username:
            raise Refused("Enter a CALPADS API Username to go with the password. Nothing was saved.")
        if not secret and (stored is None or stored.username != username):
            raise Refused("Enter the CALPADS API Password that belongs to this user name. Nothing was saved.")
        return Pair(username, secret) if secret else stored


# Sign-in. From domain.md: user name and password, with a lock, and a log of who signed in. Made up: that three bad
# passwords lock, that a good one sets the count back, and that only an administrator unlocks.

WRONG = "The user name or password is not correct."
LOCKED = "This account is locked after too many bad passwords. Ask your SchoolWise administrator to unlock it."
ENDED = "Your session has timed out. Log in again."


@dataclass(frozen=True)
class LogIn:
    """One try to sign in."""

    username: str
    accepted: bool
    at: datetime


class WebUsers:
    """The accounts of SchoolWise, `known` by user name, and `log_ins`: every try so far, oldest first."""

    def __init__(self, lock: threading.RLock, now: Clock, lock_after: int) -> None:
        self.lock_after = lock_after
        self._lock = lock
        self._now = now
        self.known = {user.username: user for user in sample_data.WEB_USERS}
        self._bad: Counter[str] = Counter()
        self.log_ins: list[LogIn] = []

    def log_in(self, username: str, password: str) -> sample_data.Account | None:
        """The account, when user name and password are right and it isn't locked."""
        with self._lock:
            user = self.known.get(username)
            accepted = user is not None and user.password == password and not self.locked(username)
            self.log_ins.append(LogIn(username, accepted, self._now()))
            self._bad[username] = 0 if accepted else self._bad[username] + 1
            return user if accepted else None

    def locked(self, username: str) -> bool:
        """Whether too many bad passwords were given for this user name."""
        with self._lock:
            return username in self.known and self._bad[username] >= self.lock_after

    def unlock(self) -> None:
        """Unlock all accounts."""
        with self._lock:
            self._bad.clear()


@dataclass
class Stay(BrowserSession):
    """One web user's time in SchoolWise, and what the last save said."""

    user: sample_data.Account | None = None
    saved: str = ""
    problem: str = ""


START_PAGES = {"office": "/home", "parent": "/family", "student": "/family"}
OPTIONS = "/office/options"


class SchoolWise:
    """The site: sign-in, the menus of the office staff, Set District Options, and the parents' and students' pages."""

    def __init__(
        self,
        users: WebUsers,
        options: Options,
        faults: Faults,
        pages: Pages,
        service_url: str,
        now: Clock,
        idle: timedelta,
    ) -> None:
        self._users = users
        self._options = options
        self._faults = faults
        self._pages = pages
        self._service_url = f"{service_url}/"
        self._stays = BrowserSessions(Stay, "SWPRACTICE", "__RequestVerificationToken", now, idle)

    def routes(self) -> list[web.RouteDef]:
        """All addresses of the site."""
        return [
            web.get("/", self._root),
            web.get("/login", self._ask_who),
            web.post("/login", self._log_in),
            web.post("/logout", self._log_out),
            web.get("/home", self._page("schoolwise/home.html")),
            web.get("/office", self._page("schoolwise/office.html")),
            web.get("/office/not-here", self._page("schoolwise/not_here.html")),
            web.get("/users", self._page("schoolwise/users.html")),
            web.get("/users/log", self._log),
            web.get("/users/{role:parent|student|office}", self._list),
            web.get("/users/{username}/credentials", self._credentials),
            web.get(OPTIONS, self._tab),
            web.post(OPTIONS + "/{tab}", self._save),
            web.get("/family", self._students),
            web.post("/family/reports", self._reports),
        ]

    def _stay(self, request: web.Request, *roles: str) -> Stay:
        """The stay of a signed-in user of one of these roles; anybody else is sent to the sign-in page."""
        stay = self._stays.find(request)
        if stay is None or stay.user is None:
            raise web.HTTPSeeOther("/login")
        if stay.user.role not in roles:
            raise web.HTTPForbidden(reason="Your account has no access to this page.")
        return stay

    def _show(self, stay: Stay, template: str, **facts: Any) -> web.Response:
        """A page for this user, with what the last save said."""
        said: dict[str, Any] = {"notice": stay.take_notice(), "saved": stay.saved, "problem": stay.problem}
        stay.saved = stay.problem = ""
        return self._pages.show(template, csrf=stay.token, user=stay.user, **said, **facts)

    async def _root(self, request: web.Request) -> web.Response:
        stay = self._stays.find(request)
        return go(START_PAGES[stay.user.role] if stay and stay.user else "/login")

    async def _ask_who(self, request: web.Request) -> web.Response:
        stay = self._stays.find_or_begin(request, ENDED)
        return self._stays.give(self._show(stay, "schoolwise/login.html"), stay)

    async def _log_in(self, request: web.Request) -> web.Response:
        stay = self._stays.find(request)
        if stay is None:
            return go("/login")
        form = await self._stays.form(request, stay)
        username = first(form, "UserName")
        user = self._users.log_in(username, first(form, "Password"))
        if user is None:
            stay.notice = LOCKED if self._users.locked(username) else WRONG
            return go("/login")
        self._stays.end(stay)  # a session that was there before the sign-in could be somebody else's
        stay = self._stays.begin()
        stay.user = user
        return self._stays.give(go(START_PAGES[user.role]), stay)

    async def _log_out(self, request: web.Request) -> web.Response:
        stay = self._stay(request, *START_PAGES)
        await self._stays.form(request, stay)
        self._stays.end(stay)
        return go("/login")

    # The office's menus: School Office Menu, Manage Web Users, Display User Credentials, the log of who signed in.

    def _page(self, template: str) -> Handler:
        async def show(request: web.Request) -> web.Response:
            return self._show(self._stay(request, "office"), template)

        return show

    async def _list(self, request: web.Request) -> web.Response:
        stay, role = self._stay(request, "office"), request.match_info["role"]
        title = {"parent": "Parents", "student": "Students", "office": "Staff"}[role]
        rows = [(user, self._users.locked(user.username)) for user in self._users.known.values() if user.role == role]
        return self._show(stay, "schoolwise/user_list.html", title=title, rows=rows, role=role)

    async def _credentials(self, request: web.Request) -> web.Response:
        stay = self._stay(request, "office")
        user = self._users.known.get(request.match_info["username"])
        if user is None or user.role == "office":
            raise web.HTTPNotFound
        # Made up: that it shows the password itself.
        return self._show(stay, "schoolwise/user_credentials.html", shown=user)

    async def _log(self, request: web.Request) -> web.Response:
        return self._show(self._stay(request, "office"), "schoolwise/log.html", log_ins=self._users.log_ins[::-1])

    # Set District Options.

    async def _tab(self, request: web.Request) -> web.Response:
        return self._show_tab(self._stay(request, "office"), _tab(request.query.get("tab", TABS[0].key)))

    def _show_tab(self, stay: Stay, tab: Tab) -> web.Response:
        options = self._options
        facts: dict[str, Any] = {"values": options.values(tab), "version": options.version(tab.key)}
        if tab is not CAASPP:
            return self._show(stay, "schoolwise/options.html", tabs=TABS, tab=tab, **facts)
        schools = [
            (one, options.stored(one.name), options.ticked(one.name), options.version(one.name))
            for one in sample_data.SCHOOLS
        ]
        pair = options.stored(DISTRICT_PLACE)
        return self._show(stay, "schoolwise/caaspp.html", tabs=TABS, tab=tab, pair=pair, schools=schools, **facts)

    async def _save(self, request: web.Request) -> web.Response:
        stay = self._stay(request, "office")
        form = await self._stays.form(request, stay)
        school, tab = "", CAASPP
        if request.match_info["tab"] == "school":
            code = first(form, "SchoolCode")
            school = next((one.name for one in sample_data.SCHOOLS if one.code == code), "")
            if not school:
                raise web.HTTPNotFound
        else:
            tab = _tab(request.match_info["tab"])
        try:
            self._options.save(tab, form, school, dry=self._faults.has("schoolwise", "saves_nothing"))
        except Refused as refusal:
            stay.problem = f"{school}: {refusal}" if school else str(refusal)
            return self._show_tab(stay, tab)
        if self._faults.has("schoolwise", "save_lost"):
            return cut(request)
        if self._faults.has("schoolwise", "save_500"):
            raise web.HTTPInternalServerError
        stay.saved = f"{tab.title} was saved for {school or 'the district'}."
        return go(f"{OPTIONS}?tab={tab.key}")

    # View CAASPP/ELPAC. From domain.md: the button, that SchoolWise asks the state with the credentials of the
    # student's school (its own, else the district's), that either links to the SSRs come or an error says the
    # credentials are wrong, and that nothing is stored. Made up: every message, and that the links lead straight to the
    # service.

    async def _students(self, request: web.Request) -> web.Response:
        stay = self._stay(request, "parent", "student")
        mine = [one for one in sample_data.STUDENTS if stay.user and stay.user.username in one.family]
        students = [(one, self._options.shown(one.school)) for one in mine]
        return self._show(stay, "schoolwise/family.html", students=students)

    async def _reports(self, request: web.Request) -> web.Response:
        stay = self._stay(request, "parent", "student")
        student = sample_data.student(first(await self._stays.form(request, stay), "student"))
        if student is None or stay.user is None or stay.user.username not in student.family:
            raise web.HTTPForbidden(reason="This student is not yours.")
        if not self._options.shown(student.school):
            raise web.HTTPForbidden(reason="Score reports are not shown at this school.")
        pair = self._options.stored(student.school) or self._options.stored(DISTRICT_PLACE)
        problem, reports = await self._ask_state(pair, student.ssid)
        message = "".join(self._options.values(CAASPP)["FamilyMessage"])
        facts = {"student": student, "problem_of_state": problem, "reports": reports, "message": message}
        return self._show(stay, "schoolwise/reports.html", **facts)

    async def _ask_state(self, pair: Pair | None, ssid: str) -> tuple[str, list[dict[str, str]]]:
        """What came back for one student: a sentence about a problem ("" where there is none), and the reports."""
        shown = "The score reports can't be shown:"
        if pair is None:
            return f"{shown} no CAASPP credentials were entered. Please tell your school district.", []
        coded = b64encode(f"{pair.username}:{pair.secret}".encode()).decode()
        try:
            async with aiohttp.ClientSession(self._service_url, timeout=aiohttp.ClientTimeout(total=10)) as client:
                async with client.post("token", headers={"Authorization": f"Basic {coded}"}) as got:
                    if got.status == 401:
                        return f"{shown} the CAASPP credentials are wrong. Please tell your school district.", []
                    got.raise_for_status()
                    token = (await got.json())["token"]
                async with client.get(f"scorereports/{ssid}", headers={"Authorization": f"Bearer {token}"}) as got:
                    if got.status == 403:
                        return "The state gives this school district no access to this student's score reports.", []
                    got.raise_for_status()
                    # SchoolWise's guide names score reports only: a SIS shows what its vendor has configured.
                    reports = (await got.json())["scoreReports"]
                    return "", [one for one in reports if one["reportType"] != MEASURES]
        except (aiohttp.ClientError, TimeoutError, KeyError, ValueError):
            return "The state's score report service is unavailable at the moment. Please try again later.", []


def _tab(key: str) -> Tab:
    tab = next((one for one in TABS if one.key == key), None)
    if tab is None:
        raise web.HTTPNotFound
    return tab

"""The practice SchoolWise: who may log in and has, the door, the menus, and the list of web users.

From domain.md: log-in by user name and password with a lock, School Office Menu, Set District Options, Manage
Web Users, Parents, the menu beside the user name, Display User Credentials, a log of who logged in. Made up:
addresses, field names, the anti-forgery token, the idle limit, all wording, the menu entries around the ones named,
that three bad passwords lock, that a good log-in sets the count back, and that only an administrator unlocks.

Set District Options, from domain.md: several tabs, CAASPP Credentials with CALPADS API Username and CALPADS API
Password for the district, and a school's own values that override it. Made up: one form for the district and one per
school, that the password comes back blank beside a text that says whether one is stored, the version stamp, and every
other field.

What parents and students see, View CAASPP/ELPAC, from domain.md: the button, that SchoolWise asks the state with the
pair of the student's school (its own, else the district's), that either links to the SSRs come or an error says the
credentials are wrong, and that nothing is kept. Made up: the wording of every message, and that the links lead straight
to the service.
"""

from __future__ import annotations

import threading
from base64 import b64encode
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import aiohttp
from aiohttp import web

from ssrcred.practice import people
from ssrcred.practice.district import Clock, Pair
from ssrcred.practice.fault import Faults, cut
from ssrcred.practice.options import CAASPP, DISTRICT_PLACE, TABS, Options, Refused, Tab
from ssrcred.practice.page import Handler, Pages, go
from ssrcred.practice.session import Session, Sessions, first

WRONG = "The user name or password is not correct."
LOCKED = "This account is locked after too many bad passwords. Ask your SchoolWise administrator to unlock it."
ENDED = "Your session has timed out. Log in again."
REFUSED = "The score reports can't be shown: the CAASPP credentials are wrong. Please tell your school district."
MISSING = "The score reports can't be shown: no CAASPP credentials were entered. Please tell your school district."
NO_ACCESS = "The state gives this school district no access to this student's score reports."
UNAVAILABLE = "The state's score report service is unavailable at the moment. Please try again later."
NONE = "There are no score reports for this student."
DOORS = {"office": "/home", "parent": "/family", "student": "/family"}
ROLES = {"parent": "Parents", "student": "Students", "office": "Staff"}
OPTIONS = "/office/options"
ASKING = aiohttp.ClientTimeout(total=10)
Answer = dict[str, object]
"""What came back for one student: `reports`, or a sentence as `problem`."""


@dataclass(frozen=True)
class LogIn:
    """One try to log in."""

    username: str
    accepted: bool
    at: datetime


class WebUsers:
    """The accounts of SchoolWise, `known` by user name, and `log_ins`: every try so far, oldest first."""

    def __init__(self, lock: threading.RLock, now: Clock, lock_after: int) -> None:
        self.lock_after = lock_after
        self._lock = lock
        self._now = now
        self.known = {user.username: user for user in people.WEB_USERS}
        self._bad: Counter[str] = Counter()
        self.log_ins: list[LogIn] = []

    def log_in(self, username: str, password: str) -> people.Account | None:
        """The account, when user name and password are right and it isn't locked."""
        with self._lock:
            user = self.known.get(username)
            accepted = user is not None and user.password == password and not self.locked(username)
            self.log_ins.append(LogIn(username, accepted, self._now()))
            if accepted:
                del self._bad[username]
            else:
                self._bad[username] += 1
            return user if accepted else None

    def locked(self, username: str) -> bool:
        """Whether too many bad passwords were given for this user name."""
        with self._lock:
            return username in self.known and self._bad[username] >= self.lock_after

    def unlock(self) -> None:
        """Let everybody in again."""
        with self._lock:
            self._bad.clear()


@dataclass
class Stay(Session):
    """One web user's time in SchoolWise, and what the last save said."""

    user: people.Account | None = None
    saved: str = ""
    problem: str = ""


class SchoolWise:
    """The site: its door, the menus of the office staff, Set District Options, and the parents' and students' pages."""

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
        self._stays = Sessions(Stay, "SWPRACTICE", "__RequestVerificationToken", now, idle)

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
        """The stay of a logged-in user of one of these roles; anybody else is sent to the log-in page."""
        stay = self._stays.find(request)
        if stay is None or stay.user is None:
            raise web.HTTPSeeOther("/login")
        if stay.user.role not in roles:
            raise web.HTTPForbidden(reason="Your account has no access to this page.")
        return stay

    def _show(self, stay: Stay, template: str, **facts: Any) -> web.Response:
        """A page for this user, with what the last save said."""
        saved, problem, stay.saved, stay.problem = stay.saved, stay.problem, "", ""
        return self._pages.show(
            template,
            csrf=stay.token,
            notice=stay.take_notice(),
            saved=saved,
            problem=problem,
            user=stay.user,
            **facts,
        )

    async def _root(self, request: web.Request) -> web.Response:
        stay = self._stays.find(request)
        return go(DOORS[stay.user.role] if stay and stay.user else "/login")

    async def _ask_who(self, request: web.Request) -> web.Response:
        stay = self._stays.find(request)
        if stay is None:
            ended = self._stays.known(request)
            stay = self._stays.begin()
            stay.notice = ENDED if ended else ""
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
        self._stays.end(stay)
        stay = self._stays.begin()
        stay.user = user
        return self._stays.give(go(DOORS[user.role]), stay)

    async def _log_out(self, request: web.Request) -> web.Response:
        stay = self._stay(request, *DOORS)
        await self._stays.form(request, stay)
        self._stays.end(stay)
        return go("/login")

    # The office's menus.

    def _page(self, template: str) -> Handler:
        async def show(request: web.Request) -> web.Response:
            return self._show(self._stay(request, "office"), template)

        return show

    async def _list(self, request: web.Request) -> web.Response:
        stay, role = self._stay(request, "office"), request.match_info["role"]
        rows = [(user, self._users.locked(user.username)) for user in self._users.known.values() if user.role == role]
        return self._show(stay, "schoolwise/user_list.html", title=ROLES[role], rows=rows, role=role)

    async def _credentials(self, request: web.Request) -> web.Response:
        stay = self._stay(request, "office")
        user = self._users.known.get(request.match_info["username"])
        if user is None or user.role == "office":
            raise web.HTTPNotFound
        return self._show(stay, "schoolwise/user_credentials.html", shown=user)

    async def _log(self, request: web.Request) -> web.Response:
        return self._show(self._stay(request, "office"), "schoolwise/log.html", log_ins=self._users.log_ins[::-1])

    # Set District Options.

    async def _tab(self, request: web.Request) -> web.Response:
        return self._show_tab(self._stay(request, "office"), _tab(request.query.get("tab", TABS[0].key)))

    def _show_tab(self, stay: Stay, tab: Tab) -> web.Response:
        options = self._options
        facts: dict[str, Any] = {"values": options.values(tab), "version": options.version(tab.key)}
        template = "schoolwise/options.html"
        if tab is CAASPP:
            template = "schoolwise/caaspp.html"
            facts["pair"] = options.stored(DISTRICT_PLACE)
            facts["schools"] = [
                (one, options.stored(one.name), options.ticked(one.name), options.version(one.name))
                for one in people.SCHOOLS
            ]
        return self._show(stay, template, tabs=TABS, tab=tab, **facts)

    async def _save(self, request: web.Request) -> web.Response:
        stay = self._stay(request, "office")
        form = await self._stays.form(request, stay)
        school, tab = "", CAASPP
        if request.match_info["tab"] == "school":
            code = first(form, "SchoolCode")
            school = next((one.name for one in people.SCHOOLS if one.code == code), "")
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

    # What parents and students see.

    async def _students(self, request: web.Request) -> web.Response:
        stay = self._stay(request, "parent", "student")
        mine = [one for one in people.STUDENTS if stay.user and stay.user.username in one.family]
        students = [(one, self._options.shown(one.school)) for one in mine]
        return self._show(stay, "schoolwise/family.html", students=students)

    async def _reports(self, request: web.Request) -> web.Response:
        stay = self._stay(request, "parent", "student")
        student = people.student(first(await self._stays.form(request, stay), "student"))
        if student is None or stay.user is None or stay.user.username not in student.family:
            raise web.HTTPForbidden(reason="This student is not yours.")
        if not self._options.shown(student.school):
            raise web.HTTPForbidden(reason="Score reports are not shown at this school.")
        pair = self._options.stored(student.school) or self._options.stored(DISTRICT_PLACE)
        answer: Answer = {"problem": MISSING} if pair is None else await self._ask_state(pair, student.ssid)
        message = "".join(self._options.values(CAASPP)["FamilyMessage"])
        return self._show(
            stay, "schoolwise/reports.html", student=student, answer=answer, message=message, nothing=NONE
        )

    async def _ask_state(self, pair: Pair, ssid: str) -> Answer:
        try:
            async with aiohttp.ClientSession(self._service_url, timeout=ASKING) as client:
                coded = b64encode(f"{pair.username}:{pair.secret}".encode()).decode()
                async with client.post("token", headers={"Authorization": f"Basic {coded}"}) as got:
                    if got.status == 401:
                        return {"problem": REFUSED}
                    got.raise_for_status()
                    token = (await got.json())["token"]
                async with client.get(f"scorereports/{ssid}", headers={"Authorization": f"Bearer {token}"}) as got:
                    if got.status == 403:
                        return {"problem": NO_ACCESS}
                    got.raise_for_status()
                    return {"problem": "", "reports": (await got.json())["scoreReports"]}
        except (aiohttp.ClientError, TimeoutError, KeyError, ValueError):
            return {"problem": UNAVAILABLE}


def _tab(key: str) -> Tab:
    tab = next((one for one in TABS if one.key == key), None)
    if tab is None:
        raise web.HTTPNotFound
    return tab

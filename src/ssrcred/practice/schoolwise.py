"""The practice SchoolWise: who may log in and has, the door, the menus, and the list of web users.

From domain.md: log-in by user name and password with a lock, School Office Menu, Set District Options, Manage
Web Users, Parents, the menu beside the user name, Display User Credentials, a log of who logged in. Made up:
addresses, field names, the anti-forgery token, the idle limit, all wording, the menu entries around the ones named,
that three bad passwords lock, that a good log-in sets the count back, and that only an administrator unlocks.

Set District Options, from domain.md: several tabs, CAASPP Credentials with CALPADS API Username and CALPADS API
Password for the district, and a school's own values that override it. Made up: one form for the district and one per
school, that the password comes back blank beside a text that says whether one is stored, the version stamp, and every
other field.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from ssrcred.practice import people
from ssrcred.practice.district import Clock
from ssrcred.practice.fault import Faults, cut
from ssrcred.practice.options import CAASPP, DISTRICT_PLACE, TABS, Options, Refused, Tab
from ssrcred.practice.page import Handler, Pages, go
from ssrcred.practice.session import Session, Sessions, first

WRONG = "The user name or password is not correct."
LOCKED = "This account is locked after too many bad passwords. Ask your SchoolWise administrator to unlock it."
ENDED = "Your session has timed out. Log in again."
DOORS = {"office": "/home", "parent": "/family", "student": "/family"}


@dataclass(frozen=True)
class LogIn:
    """One try to log in."""

    username: str
    accepted: bool
    at: datetime


class WebUsers:
    """The accounts of SchoolWise."""

    def __init__(self, lock: threading.RLock, now: Clock, lock_after: int) -> None:
        self.lock_after = lock_after
        self._lock = lock
        self._now = now
        self._users = {user.username: user for user in people.WEB_USERS}
        self._bad: Counter[str] = Counter()
        self._log_ins: list[LogIn] = []

    def log_in(self, username: str, password: str) -> people.Account | None:
        """The account, when user name and password are right and it isn't locked."""
        with self._lock:
            user = self._users.get(username)
            accepted = user is not None and user.password == password and not self.locked(username)
            self._log_ins.append(LogIn(username, accepted, self._now()))
            if accepted:
                del self._bad[username]
            else:
                self._bad[username] += 1
            return user if accepted else None

    def locked(self, username: str) -> bool:
        """Whether too many bad passwords were given for this user name."""
        with self._lock:
            return username in self._users and self._bad[username] >= self.lock_after

    def unlock(self) -> None:
        """Let everybody in again."""
        with self._lock:
            self._bad.clear()

    def log_ins(self) -> list[LogIn]:
        """Every try so far, oldest first."""
        return list(self._log_ins)

    def find(self, username: str) -> people.Account | None:
        """The account with this user name."""
        return self._users.get(username)

    def with_role(self, role: str) -> list[people.Account]:
        """All accounts of one kind."""
        return [user for user in self._users.values() if user.role == role]


@dataclass
class Stay(Session):
    """One web user's time in SchoolWise, and what the last save said."""

    user: people.Account | None = None
    saved: str = ""
    problem: str = ""


class Door:
    """Knows who is logged in; every other part of SchoolWise asks here."""

    def __init__(self, users: WebUsers, pages: Pages, now: Clock, idle: timedelta) -> None:
        self.users = users
        self._pages = pages
        self._stays = Sessions(Stay, "SWPRACTICE", "__RequestVerificationToken", now, idle)

    def routes(self) -> list[web.RouteDef]:
        """The addresses of the door."""
        return [
            web.get("/", self._root),
            web.get("/login", self._ask),
            web.post("/login", self._log_in),
            web.post("/logout", self._log_out),
        ]

    def stay(self, request: web.Request, *roles: str) -> Stay:
        """The stay of a logged-in user of one of these roles; anybody else is sent to the log-in page."""
        stay = self._stays.find(request)
        if stay is None or stay.user is None:
            raise web.HTTPSeeOther("/login")
        if stay.user.role not in roles:
            raise web.HTTPForbidden(reason="Your account has no access to this page.")
        return stay

    async def form(self, request: web.Request, stay: Stay) -> dict[str, list[str]]:
        """The fields of a form that this stay's pages gave out."""
        return await self._stays.form(request, stay)

    def show(self, stay: Stay, template: str, status: int = 200, **facts: object) -> web.Response:
        """A page for this user, with what the last save said."""
        saved, problem, stay.saved, stay.problem = stay.saved, stay.problem, "", ""
        return self._pages.show(
            template,
            status,
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

    async def _ask(self, request: web.Request) -> web.Response:
        stay = self._stays.find(request)
        if stay is None:
            ended = self._stays.known(request)
            stay = self._stays.begin()
            stay.notice = ENDED if ended else ""
        return self._stays.give(self.show(stay, "schoolwise/login.html"), stay)

    async def _log_in(self, request: web.Request) -> web.Response:
        stay = self._stays.find(request)
        if stay is None:
            return go("/login")
        form = await self._stays.form(request, stay)
        username = first(form, "UserName")
        user = self.users.log_in(username, first(form, "Password"))
        if user is None:
            stay.notice = LOCKED if self.users.locked(username) else WRONG
            return go("/login")
        self._stays.end(stay)
        stay = self._stays.begin()
        stay.user = user
        return self._stays.give(go(DOORS[user.role]), stay)

    async def _log_out(self, request: web.Request) -> web.Response:
        stay = self.stay(request, *DOORS)
        await self._stays.form(request, stay)
        self._stays.end(stay)
        return go("/login")


class Office:
    """The menus of the office staff and the pages about web users."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def routes(self) -> list[web.RouteDef]:
        """The addresses of the office menus."""
        return [
            web.get("/home", self._page("schoolwise/home.html")),
            web.get("/office", self._page("schoolwise/office.html")),
            web.get("/office/not-here", self._page("schoolwise/not_here.html")),
            web.get("/users", self._page("schoolwise/users.html")),
            web.get("/users/log", self._log),
            web.get("/users/{role:parent|student|office}", self._list),
            web.get("/users/{username}/credentials", self._credentials),
        ]

    def _page(self, template: str) -> Handler:
        async def show(request: web.Request) -> web.Response:
            return self._door.show(self._door.stay(request, "office"), template)

        return show

    async def _list(self, request: web.Request) -> web.Response:
        stay = self._door.stay(request, "office")
        role = request.match_info["role"]
        title = {"parent": "Parents", "student": "Students", "office": "Staff"}[role]
        users = self._door.users
        rows = [(user, users.locked(user.username)) for user in users.with_role(role)]
        return self._door.show(stay, "schoolwise/user_list.html", title=title, rows=rows, role=role)

    async def _credentials(self, request: web.Request) -> web.Response:
        stay = self._door.stay(request, "office")
        user = self._door.users.find(request.match_info["username"])
        if user is None or user.role == "office":
            raise web.HTTPNotFound
        return self._door.show(stay, "schoolwise/user_credentials.html", shown=user)

    async def _log(self, request: web.Request) -> web.Response:
        stay = self._door.stay(request, "office")
        return self._door.show(stay, "schoolwise/log.html", log_ins=self._door.users.log_ins()[::-1])


ADDRESS = "/office/options"


class Settings:
    """The pages of Set District Options."""

    def __init__(self, door: Door, options: Options, faults: Faults) -> None:
        self._door = door
        self._options = options
        self._faults = faults

    def routes(self) -> list[web.RouteDef]:
        """The addresses of the settings."""
        return [web.get(ADDRESS, self._tab), web.post(ADDRESS + "/{tab}", self._save)]

    async def _tab(self, request: web.Request) -> web.Response:
        stay = self._door.stay(request, "office")
        return self._show(stay, _tab(request.query.get("tab", TABS[0].key)))

    def _show(self, stay: Stay, tab: Tab) -> web.Response:
        facts: dict[str, Any] = {
            "tabs": TABS,
            "tab": tab,
            "values": self._options.values(tab),
            "version": self._options.version(tab.key),
        }
        if tab is not CAASPP:
            return self._door.show(stay, "schoolwise/options.html", **facts)
        schools = [
            (one, self._options.stored(one.name), self._options.ticked(one.name), self._options.version(one.name))
            for one in people.SCHOOLS
        ]
        pair = self._options.stored(DISTRICT_PLACE)
        return self._door.show(stay, "schoolwise/caaspp.html", pair=pair, schools=schools, **facts)

    async def _save(self, request: web.Request) -> web.Response:
        stay = self._door.stay(request, "office")
        form = await self._door.form(request, stay)
        school, tab = "", CAASPP
        if request.match_info["tab"] == "school":
            code = first(form, "SchoolCode")
            school = next((one.name for one in people.SCHOOLS if one.code == code), "")
            if not school:
                raise web.HTTPNotFound
        else:
            tab = _tab(request.match_info["tab"])
        try:
            self._options.save(tab, form, school, dry=self._faulty("saves_nothing"))
        except Refused as refusal:
            stay.problem = f"{school}: {refusal}" if school else str(refusal)
            return self._show(stay, tab)
        if self._faulty("save_lost"):
            return cut(request)
        if self._faulty("save_500"):
            raise web.HTTPInternalServerError
        stay.saved = f"{tab.title} was saved for {school or 'the district'}."
        return go(f"{ADDRESS}?tab={tab.key}")

    def _faulty(self, kind: str) -> bool:
        return self._faults.has("schoolwise", kind)


def _tab(key: str) -> Tab:
    tab = next((one for one in TABS if one.key == key), None)
    if tab is None:
        raise web.HTTPNotFound
    return tab

"""The control page of the practice district: its mailbox, accounts, clock and faults."""

from __future__ import annotations

import math
from dataclasses import dataclass

from aiohttp import web

from ssrcred.practice import sample_data
from ssrcred.practice.district import District
from ssrcred.practice.fault import SERVICES, Faults, kinds
from ssrcred.practice.schoolwise import PLACES, Options, WebUsers
from ssrcred.practice.website import Pages, go

NAMES = {"toms": "TOMS", "schoolwise": "SchoolWise", "service": "SSR service"}
WORDS = {
    "down": "down (answers 503)",
    "maintenance": "in maintenance (answers 200 with a maintenance page)",
    "refusing": "refusing connections",
    "resetting": "breaking connections in the middle of an answer",
    "slow": "slow",
    "saves_nothing": "says Saved, but saves nothing",
    "save_500": "saves, but answers 500",
    "save_lost": "saves, but the answer is lost",
}
FURTHEST_DAYS = 4000
LONGEST_WAIT = 600


@dataclass(frozen=True)
class Control:
    """The site from which a person controls the practice district."""

    _district: District
    _options: Options
    _users: WebUsers
    _faults: Faults
    _pages: Pages
    _urls: dict[str, str]

    def routes(self) -> list[web.RouteDef]:
        """All addresses of the control site."""
        return [
            web.get("/", self._home),
            web.get("/mailbox", self._mailbox),
            web.post("/fault", self._fault),
            web.post("/clear", self._clear),
            web.post("/clock", self._clock),
            web.post("/unlock", self._unlock),
        ]

    async def _home(self, request: web.Request) -> web.Response:
        return self._show()

    def _show(self, problem: str = "") -> web.Response:
        holds = {self._district.pair: "the current credentials", None: "nothing"}
        faults = [(NAMES[service], WORDS[kind], seconds) for service, kind, seconds in self._faults.listed()]
        return self._pages.show(
            "control/home.html",
            400 if problem else 200,
            problem=problem,
            urls=self._urls,
            names=NAMES,
            kinds={service: [(kind, WORDS[kind]) for kind in kinds(service)] for service in SERVICES},
            faults=faults,
            days_left=self._district.days_left,
            places=[(place, holds.get(self._options.stored(place), "other credentials")) for place in PLACES],
            toms_accounts=sample_data.TOMS_ACCOUNTS,
            web_users=[(user, self._users.locked(user.username)) for user in sample_data.WEB_USERS],
            students=sample_data.STUDENTS,
        )

    async def _mailbox(self, request: web.Request) -> web.Response:
        return self._pages.show("control/mailbox.html", mails=self._district.mails())

    async def _fault(self, request: web.Request) -> web.Response:
        form = await request.post()
        service, kind = str(form.get("service", "")), str(form.get("kind", ""))
        seconds = _number(form.get("seconds", ""), LONGEST_WAIT)
        if service not in SERVICES or kind not in kinds(service) or seconds is None or seconds < 0:
            return self._show(f"Choose a service, a fault that it can have, and 0 to {LONGEST_WAIT} seconds.")
        await self._faults.set(service, kind, seconds)
        return go("/")

    async def _clear(self, request: web.Request) -> web.Response:
        await self._faults.clear()
        return go("/")

    async def _clock(self, request: web.Request) -> web.Response:
        form = await request.post()
        days, minutes = (_number(form.get(name, ""), FURTHEST_DAYS) for name in ("days", "minutes"))
        if days is None or minutes is None:
            return self._show(f"Give days and minutes as numbers of at most {FURTHEST_DAYS}.")
        self._district.advance(days, minutes)
        return go("/")

    async def _unlock(self, request: web.Request) -> web.Response:
        self._users.unlock()
        return go("/")


def _number(text: object, most: int) -> float | None:
    """A number no further from 0 than `most`; nothing typed is 0."""
    try:
        number = float(str(text) or 0)
    except ValueError:
        return None
    return number if math.isfinite(number) and abs(number) <= most else None

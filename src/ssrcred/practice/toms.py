"""The practice TOMS, where a person generates the credentials and sees the secret key once.

From domain.md: log-on with an e-mailed code, choice of role, Credentialing tab, the section and its check box,
Generate or Regenerate Credentials, the pop-up's words, SHOW / HIDE SECRET KEY, the key gone after leaving that
screen, days left, the announcement. Made up: everything else, as addresses, field names, wording, and the role
without a Credentialing tab.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from ssrcred.practice import sample_data
from ssrcred.practice.district import District, Pair
from ssrcred.practice.website import BrowserSession, BrowserSessions, Handler, Pages, first, go

ROLES = ("CAASPP Coordinator", "ELPAC Coordinator", "CAASPP Test Administrator")
MAY_RELEASE = ROLES[:2]
SCREEN = "/credentialing/key"
# How far a visit has come.
CONFIRMED, IN_ROLE, RELEASING = 1, 2, 3
# Made up: how long a code lives, and that three wrong ones end it, since a code is guessed in a million tries.
CODE_LIFE = timedelta(minutes=15)
CODE_TRIES = 3
GONE = "The secret key can no longer be shown. If you did not save it, regenerate the credentials."


@dataclass
class Visit(BrowserSession):
    """One coordinator's session in TOMS; `screen` holds the credentials on the screen that is shown once."""

    account: sample_data.Account | None = None
    code: str = ""
    code_until: datetime | None = None
    tries: int = 0
    confirmed: bool = False
    role: str = ""
    proceed: str = ""
    screen: Pair | None = None


class Toms:
    """The site of the state's Test Operations Management System."""

    def __init__(self, district: District, pages: Pages) -> None:
        self._district = district
        self._pages = pages
        self._visits = BrowserSessions(Visit, "TOMSPRACTICE", "csrf", district.now, timedelta(minutes=20))

    def routes(self) -> list[web.RouteDef]:
        """All addresses of the site."""
        return [
            web.get("/", self._start),
            web.post("/logon", self._log_on),
            web.get("/code", self._code),
            web.post("/code", self._check_code),
            web.get("/role", self._roles),
            web.post("/role", self._choose_role),
            web.get("/home", self._home),
            web.get("/credentialing", self._credentialing),
            web.post("/credentialing/proceed", self._proceed),
            web.post("/credentialing/generate", self._generate),
            web.post(SCREEN, self._toggle),
            web.post("/logoff", self._log_off),
        ]

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Whoever goes anywhere else has left the screen with the key, for ever."""
        visit = self._visits.find(request)
        if visit is not None and (request.method, request.path) != ("POST", SCREEN):
            visit.screen = None
        return await handler(request)

    async def _start(self, request: web.Request) -> web.Response:
        visit = self._visits.find_or_begin(request, "Your session has ended. Log on again.")
        return self._visits.give(self._show(visit, "toms/logon.html"), visit)

    async def _log_on(self, request: web.Request) -> web.Response:
        visit = self._visit(request)
        form = await self._visits.form(request, visit)
        name, password = first(form, "username"), first(form, "password")
        accounts = sample_data.TOMS_ACCOUNTS
        account = next((one for one in accounts if (one.username, one.password) == (name, password)), None)
        if account is None:
            visit.notice = "The user name or password is not correct."
            return go("/")
        self._visits.end(visit)  # one that was there before the sign-in could be somebody else's
        visit = self._visits.begin()
        visit.account, visit.code = account, f"{secrets.randbelow(10**6):06}"
        visit.code_until = self._district.now() + CODE_LIFE
        text = f"Your TOMS log-on code is {visit.code}. It works for 15 minutes."
        self._district.send(account.username, "TOMS log-on code", text, visit.code)
        return self._visits.give(go("/code"), visit)

    async def _code(self, request: web.Request) -> web.Response:
        visit = self._visit(request)
        if visit.account is None:
            return go("/")
        return self._show(visit, "toms/code.html", email=visit.account.username)

    async def _check_code(self, request: web.Request) -> web.Response:
        visit = self._visit(request)
        form = await self._visits.form(request, visit)
        visit.tries += 1
        late = visit.code_until is None or self._district.now() > visit.code_until
        if not late and first(form, "code").strip() == visit.code:
            visit.code_until, visit.confirmed = None, True
            return go("/role")
        if late or visit.tries >= CODE_TRIES:
            visit.account, visit.code_until, visit.tries, visit.confirmed = None, None, 0, False
            visit.notice = "The code is no longer valid. Log on again to get a new one."
            return go("/")
        visit.notice = "That is not the code from the newest message. Look at the mailbox again."
        return go("/code")

    async def _roles(self, request: web.Request) -> web.Response:
        return self._show(self._visit(request, CONFIRMED), "toms/role.html", roles=ROLES)

    async def _choose_role(self, request: web.Request) -> web.Response:
        visit = self._visit(request, CONFIRMED)
        role = first(await self._visits.form(request, visit), "role")
        if role not in ROLES:
            visit.notice = "Choose one of your roles."
            return go("/role")
        visit.role = role
        return go("/home")

    async def _home(self, request: web.Request) -> web.Response:
        return self._show(self._visit(request, IN_ROLE), "toms/home.html", **self._expiry())

    async def _credentialing(self, request: web.Request) -> web.Response:
        visit = self._visit(request, RELEASING)
        return self._show(visit, "toms/credentialing.html", pair=self._district.pair, **self._expiry())

    async def _proceed(self, request: web.Request) -> web.Response:
        visit = self._visit(request, RELEASING)
        form = await self._visits.form(request, visit)
        if not first(form, "authorize"):
            visit.notice = "Tick the box to authorize the release of student data to vendors first."
            return go("/credentialing")
        visit.proceed = secrets.token_urlsafe(8)
        return self._show(visit, "toms/proceed.html", proceed=visit.proceed)

    async def _generate(self, request: web.Request) -> web.Response:
        visit = self._visit(request, RELEASING)
        form = await self._visits.form(request, visit)
        # Once only: loading the page again must not generate other credentials.
        proceed, visit.proceed = visit.proceed, ""
        if not proceed or first(form, "proceed") != proceed:
            visit.notice = GONE
            return go("/credentialing")
        visit.screen = self._district.generate()
        return self._screen(visit, shown=False)

    async def _toggle(self, request: web.Request) -> web.Response:
        visit = self._visit(request, RELEASING)
        form = await self._visits.form(request, visit)
        if visit.screen is None:
            visit.notice = GONE
            return go("/credentialing")
        return self._screen(visit, shown=first(form, "key") == "show")

    def _screen(self, visit: Visit, *, shown: bool) -> web.Response:
        return self._show(visit, "toms/key.html", pair=visit.screen, shown=shown, **self._expiry())

    async def _log_off(self, request: web.Request) -> web.Response:
        visit = self._visit(request)
        await self._visits.form(request, visit)
        self._visits.end(visit)
        return go("/")

    def _expiry(self) -> dict[str, object]:
        with self._district.lock:
            return {
                "days_left": self._district.days_left,
                "expires_at": self._district.expires_at,
                "announced": self._district.announced,
            }

    def _show(self, visit: Visit, template: str, **facts: Any) -> web.Response:
        return self._pages.show(
            template,
            csrf=visit.token,
            notice=visit.take_notice(),
            account=visit.account if visit.confirmed else None,
            role=visit.role,
            may_release=visit.role in MAY_RELEASE,
            **facts,
        )

    def _visit(self, request: web.Request, step: int = 0) -> Visit:
        """The visit, if it got as far as this step; otherwise the browser is sent back."""
        visit = self._visits.find(request)
        if visit is None or (step >= CONFIRMED and not visit.confirmed):
            raise web.HTTPSeeOther("/")
        if step >= IN_ROLE and not visit.role:
            raise web.HTTPSeeOther("/role")
        if step >= RELEASING and visit.role not in MAY_RELEASE:
            raise web.HTTPForbidden(reason="Your role has no access to Credentialing.")
        return visit

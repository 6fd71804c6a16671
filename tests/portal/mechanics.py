"""Pretend portals with the mechanics of other people's frameworks; each counts what it got and holds one pair."""
# ruff: noqa: E501  pages stand as they are served

from __future__ import annotations

import html
import json
import re
import secrets
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, unquote

import httpx

ACCOUNT = ("office", "made-up office password 1")


class Mechanic:
    """What every one of them has: sessions, one pair, settings that must not change, counters."""

    def __init__(self) -> None:
        self.pair = ("OLD", "made-up old key 0001")
        self.settings = {"mail": "office@pretend.example", "grades": "3-8 & 11", "zone": "America/Los_Angeles"}
        self.sessions: set[str] = set()
        self.log_ins = 0
        self.saves = 0
        self.issued: set[str] = set()
        self.trusts = True
        self.asked: list[str] = []

    def token(self) -> str:
        made = secrets.token_urlsafe(24)
        self.issued.add(made)
        return made

    def is_in(self, request: httpx.Request) -> bool:
        return cookies(request).get("sessionid", "") in self.sessions

    def log_in(self, form: Mapping[str, str], user: str, password: str) -> str | None:
        """The cookie of a new session, or None."""
        self.log_ins += 1
        if (form.get(user), form.get(password)) != ACCOUNT or not self.trusts:
            return None
        made = self.token()
        self.sessions.add(made)
        return f"sessionid={made}; Path=/; HttpOnly"

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url.path}")
        return self.answer(request, dict(parse_qsl(request.content.decode(), keep_blank_values=True)))

    def answer(self, request: httpx.Request, form: dict[str, str]) -> httpx.Response:
        raise NotImplementedError


def cookies(request: httpx.Request) -> dict[str, str]:
    return {
        name: value
        for name, _, value in (part.strip().partition("=") for part in request.headers.get("cookie", "").split(";"))
    }


def to(address: str, *set_cookies: str) -> httpx.Response:
    return httpx.Response(302, headers=[("Location", address), *(("Set-Cookie", one) for one in set_cookies)])


class Django(Mechanic):
    """A token in a cookie and, masked anew on each page, in a hidden field; two settings forms on one page."""

    def __init__(self) -> None:
        super().__init__()
        self.masks: dict[str, str] = {}
        self.second_pair = ("CERS", "made-up other key 1")

    def hidden(self, cookie: str) -> str:
        mask = self.token()
        self.masks[mask] = cookie
        return f'<input type="hidden" name="csrfmiddlewaretoken" value="{mask}">'

    def answer(self, request: httpx.Request, form: dict[str, str]) -> httpx.Response:
        path, cookie = request.url.path, cookies(request).get("csrftoken", "")
        if request.method == "POST" and self.masks.get(form.get("csrfmiddlewaretoken", "")) != cookie:
            return httpx.Response(403, html="<h1>Forbidden</h1>")
        if request.method == "POST" and request.headers.get("referer", "").partition("/admin")[0] != str(
            request.url.copy_with(path="", query=None)
        ).rstrip("/"):
            return httpx.Response(403, html="<h1>Referer checking failed</h1>")
        if path == "/admin/login/":
            return self.door(request, form, cookie)
        if not self.is_in(request):
            return to("/admin/login/")
        if path == "/admin/":
            return httpx.Response(200, html="<h1>Site administration</h1><a href='/admin/sis/1/change/'>CAASPP</a>")
        if path == "/admin/sis/1/change/" and request.method == "POST":
            self.saves += 1
            if form["which"] == "cers":
                self.second_pair = (form["api_username"], form["api_key"])
            else:
                self.pair = (form["api_username"], form["api_key"])
            self.settings = {name: form[name] for name in self.settings}
            return to("/admin/sis/1/change/")
        return httpx.Response(200, html=self.change(cookie))

    def door(self, request: httpx.Request, form: dict[str, str], cookie: str) -> httpx.Response:
        if request.method == "POST":
            made = self.log_in(form, "username", "password")
            if made is not None:
                return to("/admin/", made, f"csrftoken={self.token()}; Path=/")
        fresh = cookie or self.token()
        page = f"""<form method="post" action="/admin/login/">{self.hidden(fresh)}<label>Username: <input name="username"></label>
<label>Password: <input type="password" name="password"></label><input type="submit" value="Log in"></form>"""
        return httpx.Response(200, html=page, headers={"Set-Cookie": f"csrftoken={fresh}; Path=/"})

    def change(self, cookie: str) -> str:
        def one(which: str, pair: tuple[str, str]) -> str:
            rest = "".join(
                f'<input name="{name}" value="{html.escape(value)}">' for name, value in self.settings.items()
            )
            return f"""<form method="post" action="">{self.hidden(cookie)}<input type="hidden" name="which" value="{which}">{rest}
<label>API username <input name="api_username" value="{html.escape(pair[0])}"></label>
<label>API key <input name="api_key" value="{html.escape(pair[1])}"></label>
<input type="submit" name="_save" value="Save"><input type="submit" name="_continue" value="Save and continue"></form>"""

        return one("cers", self.second_pair) + one("caaspp", self.pair)


class WebForms(Mechanic):
    """View states that each page needs back, a tab opened by __doPostBack, and a save that shows its own page again."""

    def __init__(self) -> None:
        super().__init__()
        self.states: dict[str, str] = {}

    def state(self, name: str) -> str:
        made = self.token()
        self.states[made] = name
        return f"""<input type="hidden" name="__VIEWSTATE" id="__VIEWSTATE" value="{made}"><input type="hidden" name="__EVENTTARGET" value="">
<input type="hidden" name="__EVENTARGUMENT" value="">"""

    def answer(self, request: httpx.Request, form: dict[str, str]) -> httpx.Response:
        path = request.url.path
        at = self.states.get(form.get("__VIEWSTATE", ""), "")
        if path in ("/", "/Login.aspx"):
            if request.method == "POST" and at == "login":
                made = self.log_in(form, "ctl00$Main$User", "ctl00$Main$Password")
                if made is not None:
                    return to("/Options.aspx", made)
            return httpx.Response(
                200,
                html=f"""<form method="post" action="./Login.aspx">{self.state("login")}<input name="ctl00$Main$User">
<input type="password" name="ctl00$Main$Password"><input type="submit" name="ctl00$Main$Go" value="Log In"></form>""",
            )
        if not self.is_in(request):
            return to("/Login.aspx")
        if request.method == "POST" and not at:
            return httpx.Response(200, html="<p>The state information is invalid for this page.</p>")
        if form.get("__EVENTTARGET") == "ctl00$Tabs$Caaspp" and at == "options":
            return httpx.Response(200, html=self.options("caaspp"))
        said = ""
        if form.get("ctl00$Main$Save") and at == "caaspp":
            self.saves += 1
            self.pair = (form["ctl00$Main$ApiUser"], form["ctl00$Main$ApiPassword"])
            self.settings = {name: form[f"ctl00$Main${name}"] for name in self.settings}
            said = "<p>Changes were saved.</p>"
        return httpx.Response(200, html=self.options("caaspp" if said else "options") + said)

    def options(self, tab: str) -> str:
        links = "<a href=\"javascript:__doPostBack('ctl00$Tabs$Caaspp','')\">CAASPP Credentials</a>"
        fields = ""
        if tab == "caaspp":
            rest = "".join(
                f'<input name="ctl00$Main${name}" value="{html.escape(value)}">'
                for name, value in self.settings.items()
            )
            fields = f"""{rest}<table><tr><td>CALPADS API Username<td><input name="ctl00$Main$ApiUser" value="{html.escape(self.pair[0])}">
<tr><td>CALPADS API Password<td><input type="password" name="ctl00$Main$ApiPassword" maxlength="40"></table>
<input type="submit" name="ctl00$Main$Save" value="Save Changes">"""
        return f'<form method="post" action="./Options.aspx" id="aspnetForm">{self.state(tab)}{links}{fields}</form>'


class DoubleSubmit(Mechanic):
    """A token in a cookie that scripts echo in a header; a page whose scripts post a form; a nonce in inline script."""

    def __init__(self) -> None:
        super().__init__()
        self.nonces: set[str] = set()
        self.show_key = False

    def answer(self, request: httpx.Request, form: dict[str, str]) -> httpx.Response:
        path, cookie = request.url.path, cookies(request).get("XSRF-TOKEN", "")
        if request.method == "POST" and (not cookie or request.headers.get("x-xsrf-token") != unquote(cookie)):
            return httpx.Response(419, json={"message": "token mismatch"})
        if path == "/session" and request.method == "POST":
            made = self.log_in(form, "email", "password")
            if made is None:
                return httpx.Response(422, json={"message": "These credentials do not match."})
            return httpx.Response(200, json={"two_factor": False}, headers=[("Set-Cookie", made), self.xsrf()])
        if path == "/settings/sis" and self.is_in(request):
            nonce = self.token()
            self.nonces.add(nonce)
            boot = json.dumps({"nonce": nonce, "apiUser": self.pair[0]}).replace("<", "\\u003c")
            held = "".join(f'<input name="{name}" value="{html.escape(item)}">' for name, item in self.settings.items())
            shell = f"<meta name=build content=7><div id=app></div>{held}<script>window.boot = {boot};</script>"
            return httpx.Response(200, html=shell, headers=[self.xsrf()])
        if path == "/api/sis" and self.is_in(request):
            if form.get("nonce") not in self.nonces:
                return httpx.Response(409, json={"message": "stale"})
            self.saves += 1
            self.pair = (form["user"], form["secret"])
            self.settings = {name: form[name] for name in self.settings}
            return httpx.Response(200, json={"saved": True}, headers=[self.xsrf()])
        return httpx.Response(200, html="<div id=app></div>", headers=[self.xsrf()])

    def xsrf(self) -> tuple[str, str]:
        made = self.token() + "=="
        self.issued.add(made)
        return "Set-Cookie", f"XSRF-TOKEN={quote(made, safe='')}; Path=/"


def found_in(text: str, pattern: str) -> str:
    """What a pattern's group holds; for scripts of the pretend pages."""
    match = re.search(pattern, text)
    assert match is not None
    return match[1]

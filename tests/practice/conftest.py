"""A practice district for a test, and plain visitors of its pages who know only HTTP."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from http.cookiejar import DefaultCookiePolicy

import httpx
import pytest

from ssrcred.practice import Account, Practice, running
from waiting import HUNG_S

NOON = datetime(2025, 11, 21, 12, tzinfo=UTC)
TOKEN_FIELDS = ("csrf", "__RequestVerificationToken")


class Visitor:
    """Somebody with cookies who reads pages, and sends forms with the token of the page read last."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, follow_redirects=True, trust_env=False, verify=False, timeout=HUNG_S)
        self.page = ""

    def get(self, path: str) -> str:
        """Open a page."""
        return self._read(self.http.get(path))

    def post(self, path: str, **fields: str | list[str]) -> str:
        """Send a form, with the hidden token."""
        return self._read(self.http.post(path, data=self.token | fields))

    @property
    def token(self) -> dict[str, str]:
        """The token of the page read last."""
        found = re.search(rf'name="({"|".join(TOKEN_FIELDS)})" value="([^"]*)"', self.page)
        return {found[1]: html.unescape(found[2])} if found else {}

    def hidden(self, name: str, after: str = "") -> str:
        """The value of a hidden field on the page read last, the first one after some text."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.page[self.page.index(after) :])
        assert found, f"no hidden field {name}"
        return html.unescape(found[1])

    def _read(self, answer: httpx.Response) -> str:
        assert "PRACTICE" in answer.text or answer.headers["content-type"] == "application/pdf"
        self.page = answer.text
        return html.unescape(answer.text)


Visit = Callable[[str], Visitor]
"""Makes a visitor of the site at an address."""

LogIn = Callable[[Practice, Account], Visitor]
"""Logs an account in to SchoolWise."""

LogOn = Callable[..., Visitor]
"""Logs an account on to TOMS: the coordinator in the first role unless told otherwise."""


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    """Somebody who asks once and has no cookies; no TLS is made ready, as nothing here speaks it."""
    with httpx.Client(trust_env=False, verify=False, timeout=HUNG_S) as client:
        client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        yield client


@pytest.fixture
def district() -> Iterator[Practice]:
    """A fresh practice district whose clock stands still."""
    with running(clock=lambda: NOON) as practice:
        yield practice


@pytest.fixture
def started() -> Iterator[Practice]:
    """A practice district in which the yearly job is due soon."""
    with running(clock=lambda: NOON, started=True) as practice:
        yield practice


@pytest.fixture
def visitor() -> Iterator[Visit]:
    """Makes visitors of a site."""
    with ExitStack() as open_ones:

        def make(url: str) -> Visitor:
            one = Visitor(url)
            open_ones.enter_context(one.http)
            return one

        yield make


@pytest.fixture
def in_schoolwise(visitor: Visit) -> LogIn:
    """Logs somebody in to SchoolWise."""

    def log_in(practice: Practice, account: Account) -> Visitor:
        one = visitor(practice.schoolwise_url)
        one.get("/login")
        one.post("/login", UserName=account.username, Password=account.password)
        return one

    return log_in


@pytest.fixture
def in_toms(visitor: Visit) -> LogOn:
    """Logs a coordinator on to TOMS, up to MyTOMS Home."""

    def log_on(practice: Practice, account: Account | None = None, role: str = "CAASPP Coordinator") -> Visitor:
        account = account or practice.accounts.coordinator
        one = visitor(practice.toms_url)
        one.get("/")
        one.post("/logon", username=account.username, password=account.password)
        one.post("/code", code=code_for(practice))
        one.post("/role", role=role)
        return one

    return log_on


def code_for(practice: Practice) -> str:
    """The code in the newest message of the practice mailbox."""
    mailbox = httpx.get(f"{practice.control_url}/mailbox", trust_env=False, verify=False).text
    found = re.search(r"log-on code is (\d{6})", mailbox)
    assert found
    return found[1]

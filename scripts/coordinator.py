"""Plays the coordinator's part: walks the practice TOMS page by page, form by form, and returns the new credentials.

It is a stand-in for a person, for demonstrations and tests on the practice district only; it refuses any other
host.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from typing import Protocol
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import HTTPCookieProcessor, OpenerDirector, ProxyHandler, build_opener

from ssrcred.practice.district import Pair

PATIENCE = 30.0
BEGIN = ("Generate Credentials", "Regenerate Credentials")


class LogOn(Protocol):
    """Whatever holds a coordinator's user name and password."""

    @property
    def username(self) -> str: ...
    @property
    def password(self) -> str: ...


class Lost(Exception):
    """The coordinator didn't find on a page what should be there."""


@dataclass
class Form:
    """A form as it stands on a page: its address, its fields, and its buttons by their words."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)


class Page(HTMLParser):
    """What a person takes from a page: its forms, its links, its headings and the texts that have a name."""

    def __init__(self, url: str, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.url = url
        self.forms: list[Form] = []
        self.links: dict[str, str] = {}
        self.named: dict[str, str] = {}
        self.terms: list[str] = []
        self.heading = ""
        self._open: list[tuple[str, dict[str, str], str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note fields as they come, and begin to listen where words matter."""
        facts = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(urljoin(self.url, facts.get("action", ""))))
        elif tag == "input" and self.forms and facts.get("name"):
            if facts.get("type") not in ("radio", "checkbox") or "checked" in facts:
                self.forms[-1].fields[facts["name"]] = facts.get("value", "")
        elif tag in ("a", "button", "code", "dt", "dd", "h1"):
            self._open.append((tag, facts, ""))

    def handle_data(self, data: str) -> None:
        """Words belong to everything that is open."""
        self._open = [(tag, facts, words + data) for tag, facts, words in self._open]

    def handle_endtag(self, tag: str) -> None:
        """Keep what was heard."""
        if not self._open or self._open[-1][0] != tag:
            return
        _, facts, words = self._open.pop()
        if tag == "a":
            self.links[words.strip()] = urljoin(self.url, facts.get("href", ""))
        elif tag == "button" and self.forms:
            self.forms[-1].buttons[words.strip()] = (facts.get("name", ""), facts.get("value", ""))
        elif tag == "h1":
            self.heading = words.strip()
        elif tag in ("dt", "dd"):
            self.terms.append(words.strip())
        elif "id" in facts:
            self.named[facts["id"]] = words


class Browser:
    """The coordinator's browser, cookies and all."""

    def __init__(self) -> None:
        self._opener: OpenerDirector = build_opener(ProxyHandler({}), HTTPCookieProcessor(CookieJar()))

    def open(self, url: str, fields: dict[str, str] | None = None) -> Page:
        """Get a page, or send a form."""
        if urlsplit(url).scheme != "http" or urlsplit(url).hostname not in ("127.0.0.1", "localhost"):
            raise Lost("The practice coordinator goes to the practice district only.")
        data = None if fields is None else urlencode(fields).encode()
        with self._opener.open(url, data, timeout=PATIENCE) as answer:
            return Page(answer.url, answer.read().decode())

    def follow(self, page: Page, words: str) -> Page:
        """Click a link."""
        if words not in page.links:
            raise Lost(f"There is no link {words!r} on the page {page.heading!r}.")
        return self.open(page.links[words])

    def press(self, page: Page, *words: str, **filled: str) -> Page:
        """Fill a form in, and click its button that says one of these words."""
        for form in page.forms:
            for button in set(words) & set(form.buttons):
                name, value = form.buttons[button]
                return self.open(form.action, form.fields | filled | ({name: value} if name else {}))
        raise Lost(f"There is no button {' or '.join(words)!r} on the page {page.heading!r}.")


def regenerate(toms_url: str, control_url: str, account: LogOn, *, role: str = "CAASPP Coordinator") -> Pair:
    """Generate new credentials in the practice TOMS, as a coordinator would; the old ones stop working."""
    browser = Browser()
    page = browser.press(browser.open(toms_url), "Log On", username=account.username, password=account.password)
    page = browser.press(page, "Submit", code=_code(browser.open(f"{control_url}/mailbox"), account.username))
    page = browser.press(page, "Continue", role=role)
    page = browser.follow(page, "Credentialing")
    page = browser.press(page, *BEGIN, authorize="yes")
    page = browser.press(page, "Yes, Generate Credentials")
    page = browser.press(page, "SHOW SECRET KEY")
    return Pair(page.named["user-name"], page.named["secret-key"])


def _code(mailbox: Page, username: str) -> str:
    """The code in the newest message to this person."""
    mine = False
    for term, value in zip(mailbox.terms[::2], mailbox.terms[1::2], strict=True):
        if term == "To":
            mine = value == username
        elif term == "Code" and mine:
            return value
    raise Lost(f"There is no message with a code for {username} in the practice mailbox.")

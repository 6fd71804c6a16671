"""A portal in another framework's style: one small server that holds pairs and other values, and counts what it gets.

Every user name and key here is made up.
"""

from __future__ import annotations

import threading
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from html import escape
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qsl, urlsplit

from ssrcred.adapters.portal.map import DATA, PortalMap, parse_map

DISTRICT, NORTH, SOUTH = "District", "North High", "South Middle"
OFFICE, PASSWORD = "itstaff@madeup.example", "made-up office password"
OLD_KEY = "made-up old key 0001"
STARS = "********"
MAINTENANCE = "<h1>Please come back</h1><p>The system is down for maintenance.</p>"

OTHER_VALUES = {
    "note": 'First line\r\n  second & <b>"bold"</b> \u00e9',
    "flag": "yes",
    "level": "2",
    "contact": "office@madeup.example",
    "mail_user": "mailer",
    "mail_pass": 'made-up mail\'s "password"',
}
"""What the portal holds beside the pairs; a save sends all of it back as the page had it."""


@dataclass
class Asked:
    """One request as it came."""

    method: str
    path: str
    query: dict[str, str]
    entries: list[tuple[str, str]]
    kind: str
    cookies: dict[str, str]

    @property
    def form(self) -> dict[str, str]:
        """What was posted, the last of each name."""
        return dict(self.entries)


@dataclass
class Reply:
    """What is answered; `drop` ends the connection without a word."""

    body: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False


class PretendPortal:
    """What all styles share: the log-in, what is held, what is counted, and faults on request.

    A style gives its pages by `page(asked)` for whoever is logged in, and `log_in_page(notice)`. `fault` is one of the
    names that the checks in contract.py use.
    """

    style: ClassVar[str] = ""
    charset: ClassVar[str] = "utf-8"
    key_shown: ClassVar[str] = "blank"  # blank, stars or clear
    words: ClassVar[Mapping[str, Mapping[str, object]]] = {}
    log_in_path: ClassVar[str] = "/login"
    log_in_names: ClassVar[tuple[str, str]] = ("username", "password")
    home: ClassVar[str] = "/home"
    cut: ClassVar[int | None] = None  # the server keeps so many characters of a key

    def __init__(self) -> None:
        self.pairs = {DISTRICT: ("OLD", OLD_KEY), NORTH: ("", ""), SOUTH: ("OLD", OLD_KEY)}
        self.other_values = dict(OTHER_VALUES)
        self.asked: list[Asked] = []
        self.log_ins: list[str] = []
        self.saves: list[str] = []
        self.strange: list[str] = []  # posts to forms that nobody was to send
        self.fault = ""
        self.elsewhere = ""
        self._lock = threading.RLock()

    # what a style gives

    def log_in_page(self, notice: str) -> str:
        """The log-in page."""
        raise NotImplementedError

    def page(self, asked: Asked) -> Reply | str:
        """Any page after the log-in, and what a post does."""
        raise NotImplementedError

    # what styles use

    def map(self) -> PortalMap:
        """The generic map with the words of this style in it."""
        table = tomllib.loads((DATA / "generic.toml").read_text("utf-8"))
        for section, words in self.words.items():
            table[section] = {**table.get(section, {}), **words}
        return parse_map({**table, "name": self.style})

    def shown(self) -> list[str]:
        """The places that are on the page."""
        if self.fault == "school gone":
            return [DISTRICT, SOUTH]
        return [DISTRICT, NORTH, NORTH, SOUTH] if self.fault == "two candidates" else [DISTRICT, NORTH, SOUTH]

    def user(self, place: str) -> str:
        """A place's user name, safe in an attribute."""
        return escape(self.pairs[place][0])

    def key(self, place: str) -> str:
        """What the page shows of a place's key, safe in an attribute."""
        key = self.pairs[place][1]
        if self.key_shown == "clear":
            return escape(key)
        return STARS if key and self.key_shown == "stars" else ""

    def value(self, name: str) -> str:
        """One of the other values, safe in text and attributes."""
        return escape(self.other_values[name])

    def save_to(self, path: str) -> str:
        """Where a save goes: the portal itself, unless the fault sends it to another host."""
        return self.elsewhere + path if self.fault == "save elsewhere" else path

    def keep(self, form: Mapping[str, str], *names: str) -> None:
        """Store other values as they were posted; one that was not posted is lost, as on real servers."""
        for name in names:
            self.other_values[name] = form.get(name, "")

    def save(self, place: str, username: str, key: str) -> Reply | None:
        """Store a pair; None if the style goes on with its own answer."""
        self.saves.append(place)
        if self.fault in ("lost before", "swallow"):
            return Reply(drop=True) if self.fault == "lost before" else None
        old = self.pairs[place][1] if username else ""
        kept = old if key == "" or (key == STARS and self.key_shown != "stars") else key
        self.pairs[place] = (username, kept[: self.cut] if self.cut else kept)
        if self.fault == "lost after":
            return Reply(drop=True)
        return Reply(MAINTENANCE) if self.fault == "maintenance after" else None

    # the server

    def answer(self, asked: Asked) -> Reply:
        """What one request is answered."""
        self.asked.append(asked)
        if asked.path == self.log_in_path and asked.method == "POST":
            return self._log_in(asked)
        if asked.cookies.get("session") != "open":
            return Reply(self.log_in_page(""))
        if self.fault == "maintenance":
            return Reply(MAINTENANCE)
        found = self.page(asked)
        return Reply(found) if isinstance(found, str) else found

    def _log_in(self, asked: Asked) -> Reply:
        username, password = (asked.form.get(name, "") for name in self.log_in_names)
        self.log_ins.append(username)
        if (username, password) != (OFFICE, PASSWORD):
            return Reply(self.log_in_page("<p>The user name or password is incorrect.</p>"))
        return self.after_log_in()

    def after_log_in(self) -> Reply:
        """What a log-in that was accepted is answered."""
        return see(self.home, {"Set-Cookie": "session=open; Path=/"})


def see(path: str, headers: Mapping[str, str] | None = None) -> Reply:
    """A redirect after a post."""
    return Reply("", 303, {"Location": path, **(headers or {})})


@contextmanager
def running(portal: PretendPortal) -> Iterator[str]:
    """The address at which a portal answers, while it does."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

        def _take(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            parts = urlsplit(self.path)
            cookies = {name: item.value for name, item in SimpleCookie(self.headers.get("Cookie", "")).items()}
            kind = self.headers.get("Content-Type", "")
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            asked = Asked(self.command, parts.path, query, _entries(kind, body, portal.charset), kind, cookies)
            with portal._lock:
                reply = portal.answer(asked)
            if reply.drop:
                self.close_connection = True
                return
            content = reply.body.encode(portal.charset, "xmlcharrefreplace")
            self.send_response(reply.status)
            headers = {"Content-Type": f"text/html; charset={portal.charset}", **reply.headers}
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _take

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def _entries(kind: str, body: bytes, charset: str) -> list[tuple[str, str]]:
    if not kind.startswith("multipart/"):
        return parse_qsl(body.decode("ascii", "replace"), keep_blank_values=True, encoding=charset)
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    found = []
    for part in message.iter_parts():
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        found.append((str(part.get_param("name", header="content-disposition")), content.decode(charset)))
    return found

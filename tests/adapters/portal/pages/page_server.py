"""A made-up SIS with one settings page: what it holds, how a person gets there, and every request that it receives.

Each page is drawn as an SIS vendor would build it, by somebody who had read the contract and none of the program, and
imports nothing of the program. All names, credentials and settings are made up.
"""
# ruff: noqa: E501  pages stand as they are served

from __future__ import annotations

import json
import re
import sys
import threading
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email.parser import BytesParser
from email.policy import HTTP
from hashlib import sha1
from html import escape
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from itertools import count
from typing import ClassVar
from urllib.parse import parse_qsl, urlsplit

DISTRICT = "district"
ALDER, BISHOP, PINE = "Alder Creek Elementary", "Bishop Ranch Middle", "Pine Hill High"
NEW_SCHOOL = "Cottonwood Charter Academy"
SCHOOL_IDS = {DISTRICT: "1", ALDER: "17", BISHOP: "23", PINE: "31", NEW_SCHOOL: "46"}

OFFICE, PASSWORD = "office.clerk", "made-up office password"
STARS = "********"

Pair = tuple[str, str]
"""A user name and a key."""


@dataclass(frozen=True)
class Request:
    """One request as it came; `connection` counts the connections since the start."""

    connection: int
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    session: str

    @property
    def entries(self) -> list[tuple[str, str]]:
        """The posted entries in order, names repeated as they came."""
        kind = self.headers.get("content-type", "")
        if not kind.startswith("multipart/"):
            return parse_qsl(self.body.decode("ascii", "replace"), keep_blank_values=True)
        message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + self.body)
        entries = []
        for part in message.iter_parts():
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            entries.append((str(part.get_param("name", header="content-disposition")), content.decode()))
        return entries

    @property
    def form(self) -> dict[str, str]:
        """The posted entries, the last of each name."""
        return dict(self.entries)


@dataclass(frozen=True)
class Frame:
    """One frame that a browser sent through a web socket."""

    connection: int
    path: str
    content: bytes


@dataclass(frozen=True)
class Reply:
    """What is answered; `drop` ends the connection without an answer."""

    body: str = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str = "text/html; charset=utf-8"
    drop: bool = False


@dataclass(frozen=True)
class Save:
    """What saves: the label and kind of the control, a second press, the text of a confirm()."""

    label: str
    kind: str = "button"  # button, link, close, leave
    second_press: str = ""  # on the same page
    second_page: str = ""  # the button of a page that comes before anything is saved
    dialog: str = ""


@dataclass(frozen=True)
class Group:
    """How the schools are shown: rows, links, or choices of a list (its label, and the button that shows the choice)."""

    kind: str  # rows, links, choices
    heading: str = ""
    list_label: str = ""
    button: str = ""
    open_row: str = ""  # the button in a row that opens its two fields
    complete: bool = True  # False: more schools stand on other pages, or two have one name


@dataclass(frozen=True)
class Choice:
    """A choice that says whose settings these are, and another value that it could show."""

    label: str
    value: str
    other: str


@dataclass(frozen=True)
class Setting:
    """Another setting of the page, which a save has to send back as it is."""

    name: str
    label: str
    value: str
    kind: str = "text"  # text, email, number, textarea, select, checkbox
    options: tuple[str, ...] = ()


USUAL_SETTINGS = (
    Setting("contact", "Contact e-mail", "assessment.office@madeup.example", "email"),
    Setting("extract", "Nightly extract", "CALPADS + <CERS>", "select", ("none", "CALPADS", "CALPADS + <CERS>")),
    Setting("notify", "Tell the contact when an import fails", "on", "checkbox"),
    Setting("remarks", "Remarks", 'Window opens in April.\r\n  Call "Rosa" & Bj\u00f6rn <x4410> first.', "textarea"),
    Setting("batch", "Students per batch", "250", "number"),
)


class SettingsPage:
    """What all pages share: sign-in, the way, what is held, what is counted, the next year, differences and faults.

    The attributes up to the state are the plain data of a page, as a person would tell it to another over the phone.
    An instance starts with the class's own; `next_year()` and `differences()` change the instance.
    """

    name: str = ""
    kind: str = ""
    product: str = "OfficeDesk SIS"
    lea_name: str = "Juniper Valley Unified School District"
    cds: str = "99999990000000"
    way: tuple[str, ...] = ("School Office Menu", "Set District Options", "CAASPP Credentials")
    way_with: str = "links"  # links, buttons, menus, tabs
    heading: str = "CAASPP Credentials"  # the words that name the district's two fields, nearest
    username_label: str = "CALPADS API Username"
    key_label: str = "CALPADS API Password"
    username_kind: str = "text"
    key_kind: str = "password"
    key_shown: str = "blank"  # blank, stars, clear, dummy
    dummy: str = ""
    save: Save = Save("Save Changes")
    action: str = "/options/caaspp/save"
    repeat: str = ""  # label of a second field that wants the key again
    boxes: tuple[str, ...] = ()  # boxes that have to be on
    watch: tuple[Choice, ...] = ()
    group: Group | None = None
    scripts: bool = False  # the page needs a browser that runs scripts
    handlers: bool = False  # there is a script or an inline handler on the page or on the way to it
    post_backs: bool = False  # links and lists send the form back by __doPostBack
    reproducible: bool = True  # a plain form request can be the same as the one that a browser sends
    test_save: str = ""  # what the test save comes to, where `reproducible` does not say it: refused, nothing_sent
    stores: str = "as typed"  # as typed, altered, nothing
    undrawn: tuple[str, ...] = ()  # kinds of difference that make no sense here
    beside: tuple[str, ...] = ("Students", "Attendance", "Grade Reporting", "Help")

    other: ClassVar[tuple[Setting, ...]] = USUAL_SETTINGS
    pairs_at_start: ClassVar[Mapping[str, Pair]] = {
        DISTRICT: ("jvusd-ssr-0415", "Old*Qv7&<\"9xT)fB2'mZ"),
        ALDER: ("", ""),
        BISHOP: ("jvusd-ssr-bishop", "Old+R4;wHq(0>uJ8%pLe"),
        PINE: ("jvusd-ssr-pine", "Old#yN6=sXd,K1!gV5~a"),
    }
    decoys_at_start: ClassVar[Mapping[str, Pair]] = {}

    def __init__(self) -> None:
        self.pairs: dict[str, Pair] = dict(self.pairs_at_start)
        if self.group is None:
            self.pairs = {DISTRICT: self.pairs[DISTRICT]}
        self.schools = [place for place in self.pairs if place != DISTRICT]
        self.decoys: dict[str, Pair] = dict(self.decoys_at_start)
        self.settings = {setting.name: setting.value for setting in self.other}
        self.school_year, self.edited_on, self.edited_by = "2026-2027", "11/23/2026", "Dana Whitlock"
        self.year = 2026
        self.requests: list[Request] = []
        self.frames: list[Frame] = []
        self.log_ins: list[str] = []
        self.saves: list[tuple[str, list[tuple[str, str]]]] = []  # place, every posted entry
        self.strange: list[str] = []  # requests that nobody was to send
        self.fault = ""
        self.sessions: dict[str, dict[str, str]] = {}
        self._session_numbers = count(1)
        self.connections = 0  # opened so far, used or not
        self._lock = threading.RLock()

    # what a page gives

    def settings_page(self, request: Request) -> Reply | str:
        """The page with the two fields."""
        raise NotImplementedError

    def page(self, request: Request) -> Reply | str | None:
        """Any page after sign-in, and what a save does; None for an address that there is not."""
        if request.method == "POST":
            return self.saved(request) if request.path == self.action else None
        if request.path in self.paths[:-1]:
            return self.menu_page(self.paths.index(request.path))
        return self.settings_page(request) if request.path == self.paths[-1] else None

    def saved(self, request: Request) -> Reply | str:
        """What a save is answered."""
        if request.form.get("csrf") != self.token(request):
            return self.refuse(request, "a token of another session")
        self.take(request, self.places)
        return self.after_save(request)

    # what is held

    @property
    def places(self) -> list[str]:
        """The district, then the schools in the order in which they are shown."""
        return [DISTRICT, *self.schools]

    def kept(self, key: str) -> str:
        """What the server stores when this key is typed."""
        return key

    def snapshot(self) -> dict[str, dict[str, Pair] | dict[str, str]]:
        """Everything that is held, to be compared before and after."""
        return {"pairs": dict(self.pairs), "decoys": dict(self.decoys), "settings": dict(self.settings)}

    def secrets(self) -> list[str]:
        """What no output may ever show: keys, other passwords, tokens, sessions."""
        keys = [key for _, key in (*self.pairs.values(), *self.decoys.values()) if key]
        return [*keys, PASSWORD, *self.sessions, *(f"csrf-{session}" for session in self.sessions)]

    @property
    def writes(self) -> list[Request | Frame]:
        """Everything that is not a mere reading, except the sign-in."""
        posts = [
            request for request in self.requests if request.method not in ("GET", "HEAD") and request.path != "/login"
        ]
        return [*posts, *self.frames]

    def control(self, name: str) -> str:
        """The name of a control, which is another one every year."""
        return name if self.year == 2026 else f"{name}_{self.year % 100}"

    def controls(self, place: str) -> Pair:
        """The names of the two fields of a place."""
        ending = "" if place == DISTRICT else f"_{SCHOOL_IDS[place]}"
        return self.control("calpads_user") + ending, self.control("calpads_pass") + ending

    def place_named(self, school_id: str) -> str:
        """The place with this number."""
        return next(place for place in self.places if SCHOOL_IDS[place] == school_id)

    def take(self, request: Request, places: Iterable[str], settings: bool = True) -> None:
        """Store what was posted; a control that was not posted is lost, as on real servers."""
        form = request.form
        for place in places:
            username, key = (form.get(name, "") for name in self.controls(place))
            self.store(place, username, key, request.entries)
        for setting in self.other if settings else ():
            value = form.get(self.control(setting.name), "")
            self.settings[setting.name] = re.sub(
                "\r?\n", "\r\n", value
            )  # forms send both, FormData by fetch only the last

    def store(self, place: str, username: str, key: str, entries: list[tuple[str, str]]) -> None:
        """Store a place's pair if it changed; the key stays when the page's own blank, stars or dummy came back."""
        if self.fault == "swallow":
            return
        old_username, old_key = self.pairs[place]
        unchanged = {"blank": "", "stars": STARS, "dummy": self.dummy}.get(self.key_shown)
        new_key = old_key if key == unchanged else self.kept(key)
        if (username, new_key) != (old_username, old_key):
            self.saves.append((place, entries))
            self.pairs[place] = (username, new_key)

    def store_decoy(self, decoy: str, username: str, key: str) -> None:
        """Store another system's pair; stars that come back change nothing, a blank does."""
        self.decoys[decoy] = (username, self.decoys[decoy][1] if key == STARS else key)

    def refuse(self, request: Request, why: str) -> Reply:
        """Note a request that nobody was to send."""
        self.strange.append(f"{request.method} {request.path}: {why}")
        return Reply(self.document("Not allowed", "<h1>Not allowed</h1>"), 403)

    # what pages are made of; everything that is returned is safe in text and attributes

    @property
    def paths(self) -> list[str]:
        """The addresses along the way: home, one for each step, the settings last."""
        return ["/home", *(f"/{re.sub('[^a-z]+', '-', words.lower()).strip('-')}" for words in type(self).way)]

    def token(self, request: Request) -> str:
        """The session's token against forged requests."""
        return f"csrf-{request.session}"

    def user(self, place: str) -> str:
        """A place's user name."""
        return escape(self.pairs[place][0])

    def key(self, place: str) -> str:
        """What the page shows of a place's key."""
        key = self.pairs[place][1]
        shown = {"clear": key, "stars": STARS if key else "", "dummy": self.dummy}
        return escape(shown.get(self.key_shown, ""))

    def setting_control(self, setting: Setting, more: str = "") -> str:
        """The control of one other setting, without its label."""
        value, name = self.settings[setting.name], self.control(setting.name)
        attributes = f'id="{name}" name="{name}"{more}'
        if setting.kind == "textarea":
            return f"<textarea {attributes} rows=3 cols=40>\n{escape(value)}</textarea>"
        if setting.kind == "checkbox":
            return f'<input type="checkbox" {attributes}{" checked" if value else ""}>'
        if setting.kind == "select":
            options = "".join(
                f"<option{' selected' if option == value else ''}>{escape(option)}</option>"
                for option in setting.options
            )
            return f"<select {attributes}>{options}</select>"
        return f'<input type="{setting.kind}" {attributes} value="{escape(value)}">'

    def setting_rows(self, row: str = '<p><label for="{id}">{label}</label> {control}</p>\n') -> str:
        """All other settings, each in a row of its own."""
        return "".join(
            row.format(id=self.control(each.name), label=each.label, control=self.setting_control(each))
            for each in self.other
        )

    def hidden(self, request: Request) -> str:
        """The hidden controls of a form: the token, and the year that is shown."""
        return f'<input type="hidden" name="csrf" value="{self.token(request)}"><input type="hidden" name="sy" value="{self.school_year}">'

    def two_fields(self, place: str, more: str = "") -> str:
        """The two fields with labels of their own; `more` stands in the key's."""
        user, key = self.controls(place)
        return f"""<p><label for="{user}">{self.username_label}</label> <input type="{self.username_kind}" id="{user}" name="{user}" value="{self.user(place)}" size="30" autocomplete="off"></p>
<p><label for="{key}">{self.key_label}</label> <input type="{self.key_kind}" id="{key}" name="{key}" value="{self.key(place)}" size="30" autocomplete="off"{more}></p>"""

    def document(self, title: str, main: str, head: str = "") -> str:
        """A whole page in the product's frame."""
        return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title} - {self.product}</title><link rel="icon" href="data:,">
<style>body {{ font: 14px Verdana, sans-serif; margin: 0 }} header, footer {{ background: #e8eef4; padding: 6px 12px }} main {{ padding: 12px }}
th {{ text-align: left }} .error {{ color: #a00 }} [hidden] {{ display: none }}</style>{head}</head>
<body><header><b>{self.product}</b> {self.lea_name} | Signed in as {OFFICE} | School year {self.school_year} | <a href="/logout">Log Out</a></header>
<main>
{main}
</main>
<footer>Last changed by {self.edited_by} on {self.edited_on}. {self.product} 11.4. Everything in this district is made up.</footer></body></html>"""

    def menu_page(self, step: int) -> str:
        """A page with the next words of the way among other menu items."""
        title = self.way[step - 1] if step else "Home"
        address = self.paths[step + 1]
        if self.way_with == "buttons":
            items = "".join(f'<form action="/other"><button>{words}</button></form>' for words in self.beside)
            items += f'<form action="{address}"><button>{self.way[step]}</button></form>'
        else:
            items = "".join(f'<li><a href="/other?{at}">{words}</a></li>' for at, words in enumerate(self.beside))
            items = f'<ul>{items}<li><a href="{address}">{self.way[step]}</a></li></ul>'
        return self.document(title, f"<h1>{title}</h1>{items}")

    def sign_in_page(self, notice: str) -> str:
        """The sign-in page."""
        return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{self.product}</title><link rel="icon" href="data:,"></head><body><h1>{self.product}</h1>{notice}
<form action="/login" method="post"><p><label>User Name <input name="username" autocomplete="username"></label></p>
<p><label>Password <input type="password" name="password" autocomplete="current-password"></label></p><p><button>Log In</button></p></form>
<footer>{self.lea_name}. Everything in this district is made up.</footer></body></html>"""

    def after_save(self, request: Request) -> Reply:
        """What a save is answered that went through."""
        return see(f"{self.paths[-1]}?saved=1")

    # a year passes; somebody changes the page

    def next_year(self) -> None:
        """What changes from one year to the next without a person minding it."""
        self.year += 1
        self.school_year, self.edited_on, self.edited_by = "2027-2028", "10/04/2027", "Priya Lindqvist"
        self.sessions.clear()
        for setting in self.other[:3]:
            self.settings[setting.name] = _another(setting, self.settings[setting.name])
        if self.group is not None:
            self.pairs[NEW_SCHOOL] = ("cottonwood-own", "Old:c8}Wn3[oF_6^Rk.B")
            self.schools = [NEW_SCHOOL, *reversed(self.schools)]

    def differences(self) -> dict[str, Callable[[], None]]:
        """One change for each kind of difference that must stop a save, by the words of the contract."""
        changes: dict[str, Callable[[], None] | None] = {
            "way": self.change_way if self.way else None,
            "words": self.change_words if self.heading else None,
            "label": self.change_label,
            "field": self.change_field,
            "form": self.change_form if self.action else None,
            "save": self.change_save if self.save.kind != "leave" else None,
            "choice": self.change_choice if self.watch else None,
            "group": self.change_group if self.group and self.group.heading else None,
        }
        return {kind: change for kind, change in changes.items() if change and kind not in self.undrawn}

    def change_way(self) -> None:
        """The last words to click are others."""
        self.way = (*self.way[:-1], "Vendor Interfaces")

    def change_words(self) -> None:
        """The words that name the two fields are others."""
        self.heading = "Statewide Interim Test Site"

    def change_label(self) -> None:
        """The key's label is another."""
        self.key_label = "Transfer Folder Passphrase"

    def change_field(self) -> None:
        """The key's field is of another kind."""
        self.key_kind = "password" if self.key_kind == "text" else "text"

    def change_form(self) -> None:
        """The form goes somewhere else."""
        self.action += "/import"

    def change_save(self) -> None:
        """What saves is called otherwise."""
        self.save = replace(self.save, label="Apply to All Sites")

    def change_choice(self) -> None:
        """The first watched choice shows another value."""
        first, *rest = self.watch
        self.watch = (replace(first, value=first.other), *rest)

    def change_group(self) -> None:
        """The heading over the schools is another."""
        assert self.group
        self.group = replace(self.group, heading="Sites of the training district")

    # the server

    def answer(self, request: Request) -> Reply:
        """What one request is answered."""
        self.requests.append(request)
        if request.path == "/login" and request.method == "POST":
            return self._sign_in(request)
        if request.path == "/logout":
            self.sessions.pop(request.session, None)
            return see("/login")
        if fault := FAULTS.get(self.fault):
            return fault
        if request.session not in self.sessions or self.fault == "signed out":
            if request.method not in ("GET", "HEAD"):
                self.strange.append(f"{request.method} {request.path}: not signed in")
            return Reply(self.sign_in_page(""))
        saving = request.method != "GET" and request.path == self.action
        if saving and self.fault == "lost before":
            return Reply(drop=True)
        answer = self.page(request)
        if answer is None and request.path.startswith("/other"):
            answer = self.document("Nothing here", "<h1>Nothing to set here</h1>")
        if answer is None:
            if request.method != "GET":
                self.strange.append(f"{request.method} {request.path}: no such address")
            return Reply(self.document("Not found", "<h1>Not found</h1>"), 404)
        if saving and self.fault in AFTER_SAVE:
            return AFTER_SAVE[self.fault]
        return Reply(answer) if isinstance(answer, str) else answer

    def _sign_in(self, request: Request) -> Reply:
        username, password = request.form.get("username", ""), request.form.get("password", "")
        self.log_ins.append(username)
        if self.fault == "sign-in refused" or (username, password) != (OFFICE, PASSWORD):
            return Reply(self.sign_in_page('<p class="error">The user name or password is incorrect.</p>'))
        session = f"madeup-{self.year}-{next(self._session_numbers)}-c41d"
        self.sessions[session] = {}
        return see("/home", {"Set-Cookie": f"sid={session}; Path=/; HttpOnly; SameSite=Lax"})


def _another(setting: Setting, value: str) -> str:
    """Another value that this setting could have."""
    if setting.kind == "checkbox":
        return "" if value else "on"
    if setting.kind == "select":
        return next(option for option in setting.options if option != value)
    return "registrar@madeup.example" if setting.kind == "email" else f"{value}7"


DOWN = "<!DOCTYPE html><title>Maintenance</title><h1>Please come back</h1><p>The system is down for maintenance.</p>"
BLOCKED = "<!DOCTYPE html><title>Request blocked</title><h1>Request blocked</h1><p>Reference 18.6f3a.made-up</p>"
FAULTS = {
    "maintenance": Reply(DOWN, 503),
    "too many requests": Reply("Too many requests", 429, {"Retry-After": "120"}),
    "blocked": Reply(BLOCKED, 403),
    "drop": Reply(drop=True),
}
"""Faults that answer every request after sign-in. Others: sign-in refused, signed out, swallow, lost before, and those below."""

AFTER_SAVE = {
    "lost after": Reply(drop=True),
    "maintenance after": Reply(DOWN),
    "server error after": Reply("<h1>Server Error (500)</h1>", 500),
}
"""Faults of the save's answer; what was sent is stored."""


def see(path: str, headers: Mapping[str, str] | None = None) -> Reply:
    """A redirect after a post."""
    return Reply("", 303, {"Location": path, **(headers or {})})


def as_json(content: object, status: int = 200) -> Reply:
    """An answer for a script."""
    return Reply(json.dumps(content), status, kind="application/json")


class _Server(ThreadingHTTPServer):
    page: SettingsPage

    def handle_error(self, request: object, client_address: object) -> None:
        """Note what a page cannot answer; a browser that is closed ends its connections in the middle, which is nothing."""
        if not isinstance(error := sys.exc_info()[1], ConnectionError):
            self.page.strange.append(f"the page failed: {error!r}")


@contextmanager
def serving(page: SettingsPage) -> Iterator[str]:
    """The address at which a page answers, while it does."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            with page._lock:
                page.connections += 1
                self.number = page.connections

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: what matters is in `requests`."""

        def take(self) -> None:
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            cookies = SimpleCookie(headers.get("cookie", ""))
            request = Request(
                self.number,
                self.command,
                parts.path,
                dict(parse_qsl(parts.query, keep_blank_values=True)),
                headers,
                self.rfile.read(int(headers.get("content-length") or 0)),
                cookies["sid"].value if "sid" in cookies else "",
            )
            if headers.get("upgrade", "").lower() == "websocket":
                self.open_socket(request)
                return
            with page._lock:
                reply = page.answer(request)
            if reply.drop:
                self.close_connection = True
                return
            content = reply.body.encode()
            self.send_response(reply.status)
            headers = {"Content-Type": reply.kind, "Cache-Control": "no-store", **reply.headers}
            for name, value in (headers | {"Content-Length": str(len(content))}).items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        def open_socket(self, request: Request) -> None:
            with page._lock:
                page.requests.append(request)
            salted = request.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
            self.send_response(101)
            self.send_header("Upgrade", "websocket")
            self.send_header("Connection", "Upgrade")
            self.send_header("Sec-WebSocket-Accept", b64encode(sha1(salted.encode()).digest()).decode())
            self.end_headers()
            self.close_connection = True
            for content in _frames(self.rfile):
                with page._lock:
                    page.frames.append(Frame(self.number, request.path, content))

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = take

    with _Server(("127.0.0.1", 0), Handler) as server:
        server.page = page
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def _frames(stream: BufferedIOBase) -> Iterator[bytes]:
    """The contents of a web socket's text and binary frames (RFC 6455, 5.2), until it is closed."""
    while len(head := stream.read(2)) == 2:
        length = head[1] & 127
        if length > 125:
            length = int.from_bytes(stream.read(2 if length == 126 else 8), "big")
        mask, masked = stream.read(4), stream.read(length)
        if head[0] & 15 == 8:
            return
        yield bytes(byte ^ mask[at % 4] for at, byte in enumerate(masked))

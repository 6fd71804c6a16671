"""A score report service in the shape that a table describes: written from the shapes, knowing nothing of the client.

A `Shape` says what a vendor's specification would say. `serving` puts such a service on 127.0.0.1, with a second one
beside it for files. Pairs, tokens, students and reports are made up.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

USERNAME, KEY = "made_up_usd", "*MadeUp>()(NotAKey1*"
TOKEN = "made.up-token~0123456789"
WITH_REPORT, WITHOUT_REPORT = "9000000099", "9000000098"
PDF = b"%PDF-1.4\nmade up\n%%EOF\n"
PAGE = b"<!DOCTYPE html><title>Student Score Report</title><p>CAASPP, made up</p>"

Said = tuple[int, object]
"""A status, and JSON; bytes go as they are, as text."""


@dataclass(frozen=True)
class Shape:
    """One shape of a service.

    `pair` is where the pair is: basic, json, form or headers, under the two `names`. `token_at` are the keys to the
    token in the answer; empty: the answer is the token; None: there is no token request. `shown` is header:NAME:PREFIX,
    query:NAME, cookie, or pair. `ssid` is path, query:NAME, form:NAME or json:NAME.NAME. `list_at` are the keys to the
    array, `entry` a report with LINK in it. `files` is where links lead: absolute, root (/…), relative, or second.
    `described` is the path, from the root of the host, at which it describes itself in OpenAPI to everybody.
    """

    name: str
    profile: str
    pair: str = "basic"
    names: tuple[str, str] = ("", "")
    token: str | None = "POST /token"
    token_at: tuple[str | int, ...] = ("token",)
    token_status: int = 200
    fields: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    shown: str = "header:Authorization:Bearer "
    report: str = "GET /scorereports"
    ssid: str = "path"
    report_fields: Mapping[str, str] = field(default_factory=dict)
    list_at: tuple[str | int, ...] = ("scoreReports",)
    entry: Any = field(default_factory=lambda: {"reportType": "ELPAC", "year": "2024-25", "link": "LINK"})
    files: str = "absolute"
    kind: str = "application/pdf"
    content: bytes = PDF
    refuses: Said = (401, {"error": "access_denied"})
    nothing: Said | None = (404, {"error": "no such student"})
    not_so: Said = (400, {"error": "bad request"})
    described: str = ""


def basic(header: str) -> tuple[str, str]:
    """The pair in an Authorization header, or two empty texts."""
    kind, _, coded = header.partition(" ")
    if kind.lower() != "basic":
        return "", ""
    username, _, key = base64.b64decode(coded).decode().partition(":")
    return username, key


@dataclass
class Call:
    """A request as a server sees it."""

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: bytes

    def form(self) -> dict[str, str]:
        """The fields of a form, if it is one."""
        if self.headers.get("Content-Type") != "application/x-www-form-urlencoded":
            return {}
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}

    def json(self) -> dict[str, Any]:
        """The JSON object, if it is one."""
        if self.headers.get("Content-Type") != "application/json":
            return {}
        found = json.loads(self.body or b"{}")
        return found if isinstance(found, dict) else {}

    def at(self, where: str) -> str:
        """What stands at query:NAME, form:NAME, json:NAME.NAME or headers:NAME."""
        kind, _, name = where.partition(":")
        if kind == "json":
            node: Any = self.json()
            for step in name.split("."):
                node = node.get(step, {}) if isinstance(node, dict) else node[int(step)]
            return node if isinstance(node, str) else ""
        source: Mapping[str, str] = {"query": self.query, "form": self.form(), "headers": self.headers}[kind]
        return source.get(name, "")


class Service:
    """What a service of a shape answers; `calls` are the requests it got, `elsewhere` those of the second host."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.pair = (USERNAME, KEY)
        self.calls: list[Call] = []
        self.elsewhere: list[Call] = []
        self.refusals = 0
        self.api = self.files = ""

    def answer(self, call: Call) -> tuple[int, str, bytes, dict[str, str]]:
        """The status, content type, body and further headers for a request."""
        self.calls.append(call)
        if call.path.startswith("/api/files/"):
            return self._file(call)
        shape = self.shape
        if shape.described and (call.method, call.path) == ("GET", shape.described):
            return said((200, description(shape)))
        if any(call.headers.get(name) != value for name, value in shape.headers.items()):
            return said(shape.not_so)
        if shape.token is not None and f"{call.method} {call.path}" == shape.token.replace(" ", " /api", 1):
            return self._token(call)
        method, _, path = shape.report.partition(" ")
        path = f"/api{path}"
        if call.method == method and (call.path == path or call.path.startswith(f"{path}/")):
            return self._reports(call, call.path.removeprefix(path).strip("/"))
        return said((404, {"message": "no such resource"}))

    def _given_pair(self, call: Call) -> tuple[str, str]:
        if self.shape.pair == "basic":
            return basic(call.headers.get("Authorization", ""))
        first, second = self.shape.names
        return call.at(f"{self.shape.pair}:{first}"), call.at(f"{self.shape.pair}:{second}")

    def _token(self, call: Call) -> tuple[int, str, bytes, dict[str, str]]:
        shape = self.shape
        sent = call.json() or call.form()
        given = self._given_pair(call)
        if not all(given) or any(sent.get(name) != value for name, value in shape.fields.items()):
            return said(shape.not_so)
        if given != self.pair:
            self.refusals += 1
            return said(shape.refuses)
        if shape.shown == "cookie":
            status, kind, body, _ = said((shape.token_status, {"welcome": True}))
            return status, kind, body, {"Set-Cookie": f"session={TOKEN}; Path=/"}
        return said((shape.token_status, within(shape.token_at, TOKEN)))

    def _shows(self, call: Call) -> bool:
        kind, _, rest = self.shape.shown.partition(":")
        if kind == "header":
            name, _, prefix = rest.partition(":")
            return call.headers.get(name) == prefix + TOKEN
        if kind == "query":
            return call.query.get(rest) == TOKEN
        if kind == "cookie":
            cookie = SimpleCookie(call.headers.get("Cookie", "")).get("session")
            return cookie is not None and cookie.value == TOKEN
        return self._given_pair(call) == self.pair

    def _reports(self, call: Call, rest: str) -> tuple[int, str, bytes, dict[str, str]]:
        shape = self.shape
        if shape.shown == "pair" and not all(self._given_pair(call)):
            status, kind, body, more = said(shape.not_so)
            return status, kind, body, more | ({"WWW-Authenticate": "Basic"} if status == 401 else {})
        if not self._shows(call):
            if shape.shown != "pair":
                return said((401, {"message": "no session"}))
            self.refusals += 1
            return said(shape.refuses)
        sent = call.json() or call.form()
        ssid = rest.partition("/")[0] if shape.ssid == "path" else call.at(shape.ssid)
        if len(ssid) != 10 or any(sent.get(name) != value for name, value in shape.report_fields.items()):
            return said(shape.not_so)
        if ssid != WITH_REPORT:
            return said((200, within(shape.list_at, [])) if shape.nothing is None else shape.nothing)
        link = {
            "absolute": f"{self.api}/files/1.pdf?sign=made-up",
            "root": "/api/files/1?sign=made-up",
            "relative": "../files/1.pdf" if shape.ssid == "path" else "files/1.pdf",
            "second": f"{self.files}/files/1?sign=made-up",
        }[shape.files]
        entry = json.loads(json.dumps(shape.entry).replace('"LINK"', json.dumps(link)))
        return said((200, within(shape.list_at, [entry])))

    def _file(self, call: Call) -> tuple[int, str, bytes, dict[str, str]]:
        if "sign" not in call.query and not self._shows(call):
            return said((403, {"error": "no access"}))
        return 200, self.shape.kind, self.shape.content, {}

    def answer_elsewhere(self, call: Call) -> tuple[int, str, bytes, dict[str, str]]:
        """The second host: files for whoever has a link."""
        self.elsewhere.append(call)
        return 200, self.shape.kind, self.shape.content, {}


def said(answer: Said) -> tuple[int, str, bytes, dict[str, str]]:
    """An answer in JSON, or in bytes as they are."""
    status, content = answer
    if isinstance(content, bytes):
        return status, "text/plain", content, {}
    return status, "application/json", json.dumps(content).encode(), {}


def within(keys: tuple[str | int, ...], value: object) -> object:
    """The value under these keys, a number being an array; without keys the value, a text as bytes."""
    if not keys:
        return value.encode() if isinstance(value, str) else value
    for key in reversed(keys):
        value = [value] if isinstance(key, int) else {"made": "up", key: value}
    return value


def description(shape: Shape) -> dict[str, Any]:
    """The OpenAPI document that a framework would make of a service of that shape."""
    kind, _, rest = shape.shown.partition(":")
    shows: dict[str, Any] = {
        "header": {"type": "apiKey", "in": "header", "name": rest.partition(":")[0]},
        "query": {"type": "apiKey", "in": "query", "name": rest},
        "cookie": {"type": "apiKey", "in": "cookie", "name": "session"},
        "pair": {"type": "http", "scheme": "basic"},
    }[kind]
    if shape.shown == "header:Authorization:Bearer ":
        shows = {"type": "http", "scheme": "bearer"}
    schemes = {"pair": {"type": "http", "scheme": "basic"}, "shown": shows}
    paths: dict[str, Any] = {"/status": {"get": {"summary": "Whether all is well."}}}
    secured: list[dict[str, Any]] = [{"shown": []}] if kind != "pair" or shape.pair == "basic" else []
    operation = _operation(shape.report, shape, shape.report_fields, pair=kind == "pair", student=True)
    method, _, path = shape.report.partition(" ")
    path += "/{ssid}" if shape.ssid == "path" else ""
    paths[path] = {method.lower(): {"summary": "The score reports of one student.", "security": secured, **operation}}
    if shape.token is not None:
        method, _, path = shape.token.partition(" ")
        operation = _operation(shape.token, shape, shape.fields, pair=True, student=False)
        by_header: list[dict[str, Any]] = [{"pair": []}] if shape.pair == "basic" else []
        paths[path] = {method.lower(): {"summary": "A token for a log-in.", "security": by_header, **operation}}
    parts = {"securitySchemes": schemes}
    return {"openapi": "3.0.3", "servers": [{"url": "/api"}], "paths": paths, "components": parts}


def _operation(
    request: str, shape: Shape, constants: Mapping[str, str], *, pair: bool, student: bool
) -> dict[str, Any]:
    """The parameters and the body of a request, in OpenAPI."""
    names = [name for name in shape.names if pair and name]
    parameters = [_parameter("header", name) for name in (names if shape.pair == "headers" else ())]
    parameters += [_parameter("header", name) for name in shape.headers]
    fields = dict.fromkeys(names if shape.pair in {"json", "form"} else (), "")
    body = shape.pair if fields else "json" if student and shape.ssid.startswith("json:") else "form"
    where, _, name = shape.ssid.partition(":")
    if student and where in {"json", "form"}:
        fields[name] = ""
    elif student:
        parameters.append(_parameter(where, name or "ssid"))
    fields |= constants
    operation: dict[str, Any] = {"parameters": parameters}
    if fields and not request.startswith("GET "):
        media = {"json": "application/json", "form": "application/x-www-form-urlencoded"}[body]
        schema = _schema([(dotted.split("."), only) for dotted, only in fields.items()])
        operation["requestBody"] = {"required": True, "content": {media: {"schema": schema}}}
    return operation


def _parameter(where: str, name: str) -> dict[str, Any]:
    return {"in": where, "name": name, "required": True, "schema": {"type": "string"}}


def _schema(fields: list[tuple[list[str], str]]) -> dict[str, Any]:
    """The schema of an object with these fields, each a text, perhaps with only one value."""
    if fields[0][0] == []:
        return {"type": "string", **({"enum": [fields[0][1]]} if fields[0][1] else {})}
    if fields[0][0][0].isdigit():
        return {"type": "array", "items": _schema([(names[1:], only) for names, only in fields])}
    names = list(dict.fromkeys(names[0] for names, _ in fields))
    inner = {name: _schema([(rest[1:], only) for rest, only in fields if rest[0] == name]) for name in names}
    return {"type": "object", "required": names, "properties": inner}


@contextmanager
def serving(shape: Shape) -> Iterator[Service]:
    """The service of that shape, running."""
    service = Service(shape)
    with ExitStack() as stack:
        service.files = stack.enter_context(_listening(service.answer_elsewhere))
        service.api = stack.enter_context(_listening(service.answer)) + "/api"
        yield service


@contextmanager
def _listening(answer: Any) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, kind, content, more = answer(Call(self.command, parts.path, query, dict(self.headers), body))
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **more}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = handle_any

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is printed."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


SHAPES: tuple[Shape, ...] = (
    Shape("basic for a bearer token, student in the path", "[token]\n[report]\n"),
    Shape(
        "OAuth client credentials in a form, student in the query, an empty list for none",
        """
        [token]
        path = "/oauth2/token"
        send = "form"
        username = "client_id"
        secret = "client_secret"
        answer = "access_token"
        [token.extra]
        grant_type = "client_credentials"
        [report]
        path = "/reports?ssid={ssid}"
        """,
        pair="form",
        names=("client_id", "client_secret"),
        token="POST /oauth2/token",
        token_at=("access_token",),
        fields={"grant_type": "client_credentials"},
        report="GET /reports",
        ssid="query:ssid",
        files="root",
        refuses=(401, {"error": "invalid_client"}),
        nothing=None,
        not_so=(400, {"error": "invalid_request"}),
    ),
    Shape(
        "JSON both ways, a deep token in another header, refused and nothing said by fields of a 200",
        """
        [token]
        send = "json"
        username = "auth.userName"
        secret = "auth.secretKey"
        answer = "data.session.0.value"
        [report]
        method = "POST"
        path = "/reports/search"
        body = "filter.students.0.ssid"
        header = "X-Auth-Token"
        prefix = ""
        list = "data.student.reports"
        type = "kind.code"
        link = "files.pdf.href"
        [[refused]]
        status = 200
        field = "result.code"
        words = ["AUTH_FAILED"]
        [[no_report]]
        field = "result.message"
        words = ["nothing on file"]
        """,
        pair="json",
        names=("auth.userName", "auth.secretKey"),
        token_at=("data", "session", 0, "value"),
        shown="header:X-Auth-Token:",
        report="POST /reports/search",
        ssid="json:filter.students.0.ssid",
        list_at=("data", "student", "reports"),
        entry={"kind": {"code": "ELPAC"}, "files": {"html": {"href": "LINK"}, "pdf": {"href": "LINK"}}},
        files="root",
        refuses=(200, {"result": {"code": "AUTH_FAILED"}}),
        nothing=(200, {"result": {"code": "OK", "message": "There is Nothing  on file for 9000000098."}}),
    ),
    Shape(
        "a token by GET, shown in the query, files of no known type",
        """
        [token]
        method = "GET"
        path = "/session"
        [report]
        path = "/students/{ssid}/reports?v=2"
        query = "api_key"
        """,
        token="GET /session",
        token_at=("session", "id_token"),
        shown="query:api_key",
        report="GET /students",
        kind="application/octet-stream",
        files="root",
        not_so=(401, {"message": "Full authentication is required to access this resource"}),
    ),
    Shape(
        "no token: HTTP Basic with every request, 404 for no report",
        """
        [token]
        path = ""
        [report]
        path = "/reports/{ssid}"
        [[refused]]
        status = 401
        [[no_report]]
        status = 404
        """,
        token=None,
        shown="pair",
        report="GET /reports",
        not_so=(401, {"message": "Log in first."}),
        files="relative",
        entry={"URL": "LINK", "year": 2025},
    ),
    Shape(
        "no token: the pair in the JSON of the report request",
        """
        [token]
        path = ""
        send = "json"
        username = "user"
        secret = "key"
        [report]
        method = "POST"
        path = "/reports"
        body = "ssid"
        [report.extra]
        program = "caaspp"
        [[refused]]
        status = 403
        field = "error"
        words = ["credentials"]
        """,
        pair="json",
        names=("user", "key"),
        token=None,
        shown="pair",
        report="POST /reports",
        ssid="json:ssid",
        report_fields={"program": "caaspp"},
        files="absolute",
        refuses=(403, {"error": "These credentials are unknown."}),
        nothing=None,
    ),
    Shape(
        "no token: the pair in two headers, read tolerantly",
        """
        [token]
        path = ""
        send = "headers"
        username = "X-Api-User"
        secret = "X-Api-Key"
        [report]
        path = "/reports?student={ssid}"
        """,
        pair="headers",
        names=("X-Api-User", "X-Api-Key"),
        token=None,
        shown="pair",
        report="GET /reports",
        ssid="query:student",
        files="root",
        nothing=None,
    ),
    Shape(
        "a form's log-in that leaves a cookie, reports as web pages",
        """
        [token]
        path = "/login"
        send = "form"
        username = "username"
        secret = "password"
        [report]
        header = ""
        """,
        pair="form",
        names=("username", "password"),
        token="POST /login",
        shown="cookie",
        kind="text/html; charset=utf-8",
        content=PAGE,
        files="root",
        nothing=None,
    ),
    Shape(
        "a bare token, links on a second host",
        '[token]\n[report]\nhosts = ["SECOND"]\n',
        token_at=(),
        files="second",
        kind="binary/octet-stream",
        entry={
            "links": [{"type": "video", "href": "https://videos.example.org/1.mp4"}, {"type": "pdf", "href": "LINK"}]
        },
    ),
    Shape(
        "a client's own header, refused by 403",
        """
        [token]
        [report]
        [headers]
        X-Client-Id = "made-up-client"
        [[refused]]
        status = 403
        field = "code"
        """,
        headers={"X-Client-Id": "made-up-client"},
        refuses=(403, {"code": 17}),
        not_so=(403, {"message": "Forbidden"}),
    ),
    Shape(
        "the password grant, reports asked for by a form",
        """
        [token]
        path = "/oauth/token"
        send = "form"
        username = "username"
        secret = "password"
        [token.extra]
        grant_type = "password"
        [report]
        method = "POST"
        path = "/scores"
        send = "form"
        body = "SSID"
        [report.extra]
        format = "pdf"
        """,
        pair="form",
        names=("username", "password"),
        token="POST /oauth/token",
        token_at=("access_token",),
        token_status=201,
        fields={"grant_type": "password"},
        report="POST /scores",
        ssid="form:SSID",
        report_fields={"format": "pdf"},
        files="relative",
        refuses=(400, {"error": "invalid_grant"}),
        nothing=(404, {}),
    ),
    Shape(
        "the array is the whole answer, files called web pages, 204 for none",
        '[token]\n[report]\npath = "/r?id={ssid}"\n',
        report="GET /r",
        ssid="query:id",
        list_at=(),
        entry={"document": {"downloadUrl": "LINK"}, "language": "spa"},
        files="relative",
        kind="text/html",
        nothing=(204, b""),
    ),
    Shape(
        "keys with dots in them, the array very deep",
        """
        [token]
        answer = "urn.token"
        [report]
        list = "ns.answer.0.rows.row.items.item"
        link = "ns.link"
        """,
        token_at=("urn.token",),
        list_at=("ns.answer", 0, "rows", "row", "items", "item"),
        entry={"ns.link": "LINK"},
    ),
    Shape(
        "everything is a 200 or a 500 with a sentence",
        """
        [token]
        [report]
        [[refused]]
        status = 500
        words = ["log-on failed"]
        [[no_report]]
        words = ["no report"]
        """,
        refuses=(500, b"Log-on failed for made_up_usd"),
        nothing=(200, b"There is no report."),
        not_so=(500, b"Server error"),
    ),
    Shape(
        "a refusal in a 200 without a word in the profile",
        "[token]\n[report]\n",
        refuses=(200, {"success": False, "message": "Invalid user name or secret key."}),
        nothing=(200, {"success": True, "message": "No score reports were found for this student."}),
    ),
)
"""Fifteen shapes, each with the API profile that its specification's reader would write."""

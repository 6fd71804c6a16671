"""Portals made of a function from request to response, served on 127.0.0.1 for a real browser."""

from __future__ import annotations

import json
import os
import shutil
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from adapters.portal.confirming import confirmed
from ssrcred.adapters.portal.browser.browser_visit import PortalBrowser
from ssrcred.adapters.portal.browser.engine import FLAGS
from ssrcred.adapters.portal.browser.tab import Patience
from ssrcred.adapters.portal.map import PortalMap, load_map
from ssrcred.adapters.portal.route.route import Route
from ssrcred.adapters.portal.route_follower import ConfirmedPortal
from ssrcred.adapters.portal.visit.navigator import Account
from ssrcred.adapters.web.bound import Limits
from ssrcred.domain.credential import SecretKey
from ssrcred.domain.place import DISTRICT

BRISK = Patience(settle_seconds=3, still_seconds=0.05, late_seconds=0.05, click_seconds=20, person_seconds=60)
"""A page counts as still sooner than in daily use; the rest is long enough for a busy machine."""
OFFICE_PASSWORD = "made-up office password"
OLD_KEY = "made-up old key 0001"


def program() -> str:
    """The browser that the tests work."""
    if shutil.which("chromium"):
        return str(Path(__file__).with_name("chromium.sh"))
    return shutil.which("chromium-browser") or shutil.which("google-chrome") or ""


def launched(playwright: Playwright) -> Browser:
    """A browser, as the program starts one."""
    return playwright.chromium.launch(executable_path=program(), chromium_sandbox=os.geteuid() != 0, args=list(FLAGS))


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Playwright for all tests of a module: of one process there is only one at a time."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """One browser for all tests of a module; each portal opens a window of its own in it."""
    with closing(launched(playwright)) as browser:
        yield browser


App = Callable[[httpx.Request], httpx.Response]


class Served:
    """Where a portal is, and everything that it was asked: method, path with query, body."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.url = ""
        self.asked: list[tuple[str, str, str]] = []
        self.gate = threading.Event()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length") or 0)
        body = handler.rfile.read(length)
        self.asked.append((handler.command, handler.path, body.decode("utf-8", "replace")))
        request = httpx.Request(
            handler.command, f"{self.url}{handler.path}", headers=dict(handler.headers.items()), content=body
        )
        try:
            response = self.app(request)
        except httpx.ReadError:
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.close_connection = True
            return
        handler.send_response(response.status_code)
        for name, value in response.headers.multi_items():
            if name.lower() not in ("content-length", "transfer-encoding"):
                handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(response.content)))
        handler.end_headers()
        handler.wfile.write(response.content)


@contextmanager
def serving(app: App) -> Iterator[Served]:
    """A portal for as long as the `with` lasts."""
    served = Served(app)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                served.answer(self)
            except ConnectionError:
                self.close_connection = True

        do_POST = do_PUT = do_OPTIONS = do_HEAD = do_GET

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, request: object, client_address: object) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    served.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        served.gate.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


SHELL = """<!doctype html><title>Made-up portal</title><link rel=stylesheet href=/app.css>
<div id=app></div><script src=/app.js></script>"""
STYLE = ".item { cursor: pointer } .gone { display: none } .away { position: absolute; left: -9999px }"
SCRIPT = """
const app = document.getElementById("app");
const make = (tag, given = {}, ...inside) => {
  const { on = {}, ...rest } = given, element = Object.assign(document.createElement(tag), rest);
  for (const [name, act] of Object.entries(on)) element.addEventListener(name, act);
  element.append(...inside);
  return element;
};
const show = (...parts) => app.replaceChildren(...parts);
const ask = async (path, sent) => {
  const answer = await fetch(path, sent === undefined ? {} : { method: "POST", body: JSON.stringify(sent),
    headers: { "Content-Type": "application/json", "X-CSRF": window.token || "" } });
  return [answer.status, await answer.json()];
};
const field = (words, type, value = "") => {
  const input = make("input", { type, value, ariaLabel: words });
  return [input, make("div", {}, make("span", { textContent: words }), input)];
};
function door(said = "") {
  const [user, one] = field("User Name", "text"), [password, two] = field("Password", "password");
  const go = async () => {
    const [status, answer] = await ask("/api/login", { user: user.value, password: password.value });
    if (status === 200) { window.token = answer.token; menu(); } else door("The password is incorrect.");
  };
  show(make("h1", { textContent: "Log In" }), make("p", { textContent: said }), one, two,
    make("button", { type: "button", textContent: "Log In", on: { click: go } }));
}
const item = (words, act) => make("div", { className: "item", textContent: words, on: { click: act } });
function menu() { show(item("School Office Menu", office), item("Help", () => {})); }
function office() { show(item("Set District Options", options)); }
function options() {
  const tab = (words, act) => { const found = item(words, act); found.setAttribute("role", "tab"); return found; };
  show(tab("Email", () => {}), tab("CAASPP Credentials", credentials));
}
async function credentials() {
  const [, pairs] = await ask("/api/pairs");
  window.token = pairs.token;
  const cards = pairs.places.map(({ place, user }) => {
    const [name, one] = field("CALPADS API Username", "text", user);
    const [key, two] = field("CALPADS API Password", "password");
    const button = make("button", { type: "button", textContent: "Save Changes", disabled: true });
    const note = make("textarea", { value: " kept " });
    for (const input of [name, key]) input.addEventListener("input", () => { button.disabled = false; });
    button.addEventListener("click", async () => {
      const [status] = await ask("/api/save", { place, user: name.value, key: key.value, note: note.value });
      const toast = make("div", { textContent: status === 200 ? "Saved" : "It could not be saved." });
      toast.setAttribute("role", "status");
      app.append(toast);
    });
    return make("section", {}, make("h2", { textContent: place }), one, two, note, button);
  });
  const decoy = make("section", { className: "gone" }, ...field("CALPADS API Password", "password").slice(1));
  const honey = make("div", { className: "away" }, ...field("CALPADS API Username", "text").slice(1));
  show(...cards, decoy, honey);
}
"""
START = """
ask("/api/me").then(([status]) => status === 200 ? menu() : door());
"""


class Scripted:
    """A portal that JavaScript builds: an HTML shell, JSON, a token in a header, words told for a moment."""

    def __init__(
        self, more: str = "", answering: Callable[[httpx.Request], httpx.Response | None] | None = None
    ) -> None:
        self.pairs: dict[str, tuple[str, str]] = {"District": ("OLD", OLD_KEY), "North High": ("", "")}
        self.more, self.answering = more, answering
        self.saves: list[dict[str, str]] = []
        self.log_ins = 0
        self.tokens = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        answer = self.answering(request) if self.answering is not None else None
        return answer if answer is not None else self.answer(request)

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/":
            return httpx.Response(200, html=SHELL)
        if path == "/app.js":
            return httpx.Response(200, headers={"Content-Type": "text/javascript"}, text=SCRIPT + self.more + START)
        if path == "/app.css":
            return httpx.Response(200, headers={"Content-Type": "text/css"}, text=STYLE)
        if path == "/api/login":
            self.log_ins += 1
            if json.loads(request.content)["password"] != OFFICE_PASSWORD:
                return httpx.Response(401, json={})
            return httpx.Response(200, json={"token": "t0"}, headers={"Set-Cookie": "session=yes; HttpOnly"})
        if "session=yes" not in request.headers.get("cookie", ""):
            return httpx.Response(401, json={})
        if path == "/api/pairs":
            self.tokens += 1
            places = [{"place": place, "user": user} for place, (user, _) in self.pairs.items()]
            return httpx.Response(200, json={"token": f"t{self.tokens}", "places": places})
        if path == "/api/save":
            return self.save(request)
        return httpx.Response(200, json={})

    def save(self, request: httpx.Request) -> httpx.Response:
        """Keep what was sent if the newest token came with it."""
        if request.headers.get("x-csrf") != f"t{self.tokens}":
            return httpx.Response(403, json={})
        sent = json.loads(request.content)
        self.saves.append(sent)
        self.pairs[sent["place"]] = (sent["user"], sent["key"])
        return httpx.Response(200, json={})


_SCRIPTED: list[Route] = []


def scripted_route(launch: Callable[[], Browser]) -> Route:
    """What a person confirms of the pages that script builds, found once in a browser."""
    if not _SCRIPTED:
        with serving(Scripted()) as served, closing(portal(served.url, None, launch=launch)) as door:
            _SCRIPTED.append(confirmed(door, load_map("schoolwise"), ("North High",)))
    return _SCRIPTED[0]


def portal(
    url: str,
    route: Route | None,
    *,
    password: str = OFFICE_PASSWORD,
    words: PortalMap | None = None,
    limits: Limits | None = None,
    patience: Patience = BRISK,
    browser: str | None = None,
    show: bool = False,
    say: Callable[[str], None] | None = None,
    launch: Callable[[], Browser] | None = None,
) -> ConfirmedPortal:
    """A portal in a browser, by what was confirmed."""
    known = words or load_map("schoolwise")
    return ConfirmedPortal(
        PortalBrowser(url, known, limits, patience, browser, show=show, say=say, launch=launch),
        Account("itstaff", SecretKey(password)),
        known,
        route,
        probes={DISTRICT: ("mom", SecretKey(OFFICE_PASSWORD))},
        clock=lambda: datetime(2025, 3, 4, 17, 30, tzinfo=UTC),
        pin=lambda _: None,
    )

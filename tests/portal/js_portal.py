"""A portal that is one page of JavaScript: it logs in and saves with fetch, under a token that changes at each save."""
# ruff: noqa: E501  the page stands as it is served

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

OFFICE = ("office", "made-up office password 1")

SHELL = """<!doctype html><html><head><meta charset="utf-8"><title>Pretend SIS</title></head><body><div id="app"></div>
<script>
const app = document.getElementById("app");
let csrf = "", held = null;
async function call(method, address, body) {
  const headers = {"X-CSRF-Token": csrf, "X-Requested-With": "fetch", "Accept": "application/json"};
  if (body) headers["Content-Type"] = "application/json";
  const answer = await fetch(address, {method, headers, body: body && JSON.stringify(body)});
  return answer.json();
}
async function start() {
  const session = await call("GET", "/api/session");
  csrf = session.security.csrf;
  session.authenticated ? await settings() : door();
}
function door() {
  app.innerHTML = '<label>User <input id="u"></label><label>Password <input id="p" type="password"></label><button id="go">Go</button>';
  document.getElementById("go").onclick = async () => {
    const told = await call("POST", "/api/login",
      {login: {user: document.getElementById("u").value, pass: document.getElementById("p").value}, remember: false});
    if (told.ok) await start();
  };
}
async function settings() {
  held = await call("GET", "/api/settings?_=" + Date.now());
  app.innerHTML = '<label>CALPADS API Username <input id="name"></label><label>Key <input id="key"></label>' +
    '<button id="save">Save</button><p id="said"></p>';
  document.getElementById("name").value = held.settings.ssr.apiUsername;
  document.getElementById("save").onclick = async () => {
    const sent = {...held.settings, ssr: {...held.settings.ssr}};
    delete sent.ssr.keyStored;
    sent.ssr.apiUsername = document.getElementById("name").value;
    sent.ssr.apiKey = document.getElementById("key").value;
    const told = await call("PUT", "/api/settings", {settings: sent, version: held.version, at: Date.now()});
    csrf = told.csrf;
    held = await call("GET", "/api/settings?_=" + Date.now());
    document.getElementById("said").textContent = "Saved as " + held.settings.ssr.apiUsername;
  };
}
start();
</script></body></html>"""


class JsPortal:
    """What the portal holds, and how often it was asked to log in and to save."""

    def __init__(self) -> None:
        self.pair = ("OLD", "made-up old key 0001")
        self.decoys: dict[str, Any] = {
            "mail": {"host": "smtp.pretend.example", "port": 587, "from": "office@pretend.example", "footer": None},
            "hours": [{"day": "Mon", "from": 8}, {"day": "Tue", "from": 9}],
            "locale": "en-US",
        }
        self.show_scores = True
        self.version = 41
        self.log_ins: list[str] = []
        self.saves: list[dict[str, Any]] = []
        self.seen: list[tuple[str, str]] = []
        self.issued: set[str] = set()
        self.csrf: dict[str, str] = {}
        self.users: set[str] = set()
        self.url = ""
        self.drops_answer = False
        self.password = OFFICE[1]

    def token(self) -> str:
        """A token that no other request gets."""
        made = secrets.token_urlsafe(24)
        self.issued.add(made)
        return made

    def settings(self) -> dict[str, Any]:
        """What the page is built from."""
        ssr = {"apiUsername": self.pair[0], "keyStored": bool(self.pair[1]), "showScores": self.show_scores}
        return {"settings": {**self.decoys, "ssr": ssr}, "version": self.version}

    def save(self, sent: dict[str, Any]) -> None:
        """Keep everything that a save sends, as the page's own portal would."""
        kept = sent["settings"]
        ssr = kept.pop("ssr")
        self.pair, self.show_scores = (ssr["apiUsername"], ssr["apiKey"]), ssr["showScores"]
        self.decoys = kept
        self.version += 1

    def forget_sessions(self) -> None:
        """End every session, as after a time without work."""
        self.users.clear()


class _Handler(BaseHTTPRequestHandler):
    portal: JsPortal

    def log_message(self, format: str, *args: object) -> None:
        return

    def do_GET(self) -> None:
        portal, path = self.portal, self.path.partition("?")[0]
        portal.seen.append(("GET", path))
        sid = self.sid()
        if path == "/":
            self.answer(200, SHELL.encode(), "text/html; charset=utf-8")
        elif path == "/api/session":
            if sid not in portal.csrf:
                sid = portal.token()
                portal.csrf[sid] = portal.token()
            told = {"authenticated": sid in portal.users, "security": {"csrf": portal.csrf[sid]}}
            self.tell(told, cookie=f"sid={sid}; Path=/; HttpOnly")
        elif path == "/api/settings" and sid in portal.users:
            self.tell(portal.settings())
        else:
            self.tell({"error": "not here"}, 401 if path == "/api/settings" else 404)

    def do_POST(self) -> None:
        portal, sent, sid = self.portal, self.sent(), self.sid()
        portal.seen.append(("POST", self.path))
        if self.path != "/api/login" or not self.trusted():
            self.tell({"error": "forbidden"}, 403)
            return
        portal.log_ins.append(sent["login"]["user"])
        if (sent["login"]["user"], sent["login"]["pass"]) != (OFFICE[0], portal.password):
            self.tell({"ok": False, "user": None})
            return
        fresh = portal.token()
        portal.users.add(fresh)
        portal.csrf[fresh] = portal.token()
        portal.csrf.pop(sid, None)
        self.tell({"ok": True, "user": {"name": "Office"}}, cookie=f"sid={fresh}; Path=/; HttpOnly")

    def do_PUT(self) -> None:
        portal, sent, sid = self.portal, self.sent(), self.sid()
        portal.seen.append(("PUT", self.path))
        if self.path != "/api/settings" or sid not in portal.users or not self.trusted():
            self.tell({"error": "forbidden"}, 403)
            return
        portal.saves.append(sent)
        if sent["version"] != portal.version:
            self.tell({"error": "somebody else saved"}, 409)
            return
        portal.save(sent)
        portal.csrf[sid] = portal.token()
        if portal.drops_answer:
            self.close_connection = True
            return
        self.tell({"ok": True, "csrf": portal.csrf[sid]})

    def sid(self) -> str:
        cookies = dict(part.strip().partition("=")[::2] for part in self.headers.get("Cookie", "").split(";"))
        return cookies.get("sid", "")

    def trusted(self) -> bool:
        return self.headers.get("X-CSRF-Token") == self.portal.csrf.get(self.sid(), None)

    def sent(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))) or b"{}")
        return found

    def tell(self, told: object, status: int = 200, cookie: str = "") -> None:
        self.answer(status, json.dumps(told).encode(), "application/json", cookie)

    def answer(self, status: int, body: bytes, kind: str, cookie: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        if cookie:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def running() -> Iterator[JsPortal]:
    """The portal at an address of this computer."""
    portal = JsPortal()
    handler = type("Handler", (_Handler,), {"portal": portal})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    portal.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield portal
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

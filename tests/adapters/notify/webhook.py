"""Somebody's webhook on 127.0.0.1, over http or https, that keeps what is posted to it. All tokens are made up."""

from __future__ import annotations

import json
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass
class Webhook:
    """What was posted and called (paths), the status that it answers with, and where it sends callers on to."""

    port: int = 0
    status: int = 200
    onward: str = ""
    posted: list[dict[str, Any]] = field(default_factory=list)
    called: list[str] = field(default_factory=list)
    held: threading.Event | None = None


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.hook.called.append(self.path)  # type: ignore[attr-defined]
        self._answer()

    def do_POST(self) -> None:
        hook: Webhook = self.server.hook  # type: ignore[attr-defined]
        if hook.held is not None:
            hook.held.wait(30)
        hook.called.append(self.path)
        hook.posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self._answer()

    def _answer(self) -> None:
        hook: Webhook = self.server.hook  # type: ignore[attr-defined]
        self.send_response(hook.status)
        if hook.onward:
            self.send_header("Location", hook.onward)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on stderr, where the tests look for secrets."""


@contextmanager
def webhook(certificate: Path | None = None) -> Iterator[Webhook]:
    """A webhook while the block lasts; over https with the certificate and key in that file."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        hook = Webhook(server.server_address[1])
        server.hook = hook  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield hook
        server.shutdown()


def certificate(folder: Path) -> Path:
    """A certificate for localhost by a made-up authority (itself), and its key, in one file."""
    both = folder / "both.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=made-up authority of a test", "-addext", "subjectAltName=DNS:localhost",
         "-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")],
        check=True, capture_output=True,
    )  # fmt: skip
    both.write_text((folder / "key.pem").read_text() + (folder / "cert.pem").read_text())
    return both

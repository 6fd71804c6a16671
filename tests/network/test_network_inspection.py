"""A real inspecting proxy: what its authority in the store changes, and that nothing is sent without it."""

from __future__ import annotations

import socket
import threading
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from network.inspector import PASSWORD, Inspector
from ssrcred.adapters.web.site import Site
from ssrcred.domain.errors import Unreachable

pytestmark = pytest.mark.real("mitmproxy")

BASE = "https://portal.example"


@dataclass
class Behind:
    """What stands behind the proxy: every request that got there, as "METHOD path"."""

    port: int
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def behind(running_inspector: Inspector) -> Iterator[Behind]:
    class Counting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.command} {self.path}")
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is printed."""

    asked: list[str] = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Counting) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        running_inspector.steer(portal_example=server.server_address[1])
        yield Behind(server.server_address[1], asked)
        server.shutdown()
        thread.join()


def refusal(method: str = "GET") -> Unreachable:
    """What is raised for one request; its traceback holds no password."""
    with Site(BASE) as site, pytest.raises(Unreachable) as caught:
        site.get("/") if method == "GET" else site.send(method, "/", content=b"made-up")
    error = caught.value
    shown = "".join(traceback.format_exception(error)) + error.message + error.state + error.hint
    assert PASSWORD not in shown and "school" not in shown
    return error


def test_an_inspecting_proxy_whose_authority_is_believed_is_passed(believed: Inspector, behind: Behind) -> None:
    with Site(BASE) as site:
        assert site.get("/").body == b"ok"
        assert site.send("POST", "/save", content=b"made-up").status == 200
    assert behind.asked == ["GET /", "POST /save"]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_one_that_is_not_believed_is_named_as_the_usual_reason_and_nothing_is_sent(
    inspector: Inspector, behind: Behind, method: str
) -> None:
    error = refusal(method)

    assert error.exit_code == 8
    assert error.message == "portal.example shows a certificate that this computer does not trust."
    assert error.hint.startswith("A filter or proxy that inspects traffic is the usual reason")
    assert "SSL_CERT_FILE" in error.hint and "cannot be switched off" in error.hint
    assert behind.asked == []


def test_a_folder_of_certificates_does_as_well(
    inspector: Inspector, behind: Behind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import subprocess

    (tmp_path / "school.pem").write_bytes(inspector.authority.read_bytes())
    subprocess.run(["openssl", "rehash", str(tmp_path)], check=True)
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    with Site(BASE) as site:
        assert site.get("/").body == b"ok"


def test_a_proxy_that_wants_a_log_in_says_so(
    believed: Inspector, behind: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", believed.address)
    error = refusal("POST")
    assert f"the proxy 127.0.0.1:{believed.port} asks for a user name and a password" in error.message
    assert error.state == "Nothing was changed."
    assert "HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT" in error.hint and "NTLM" in error.hint

    monkeypatch.setenv("HTTPS_PROXY", believed.address.replace("//", "//pupil:not-the-password@"))
    assert "does not take the user name and password" in refusal().message
    assert behind.asked == []


def test_a_name_that_is_excepted_goes_past_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        proxy.setblocking(False)
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.getsockname()[1]}")
        monkeypatch.setenv("NO_PROXY", "localhost,.example")
        assert "cannot be found" in refusal().message
        with pytest.raises(BlockingIOError):  # nobody has come
            proxy.accept()

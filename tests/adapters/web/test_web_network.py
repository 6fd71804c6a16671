"""The network as schools have it: IPv6 alone, proxies that refuse, certificates that are too old. All made up."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ssrcred.adapters.web.site import Site
from ssrcred.domain.errors import Cause, ConfigInvalid, Unreachable

BASE: Final = "https://portal.example"


class Counting(BaseHTTPRequestHandler):
    """Answers "ok", or a CONNECT with `refusal`, and counts."""

    asked: list[str]
    refusal = 502

    def do_GET(self) -> None:
        self.asked.append(f"{self.command} {self.path} {self.headers['Host']}")
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    def do_CONNECT(self) -> None:
        self.asked.append(f"{self.command} {self.path} {self.headers['Proxy-Authorization']}")
        self.wfile.write(f"HTTP/1.1 {self.refusal} made-up reason\r\nContent-Length: 0\r\n\r\n".encode())

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed."""


class OnIPv6(ThreadingHTTPServer):
    """A server that cannot be reached by IPv4."""

    address_family = socket.AF_INET6

    def handle_error(self, request: object, client_address: object) -> None:
        """A refused greeting is what some tests want."""


class OnIPv4(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A refused greeting is what some tests want."""


@contextmanager
def serving(server: ThreadingHTTPServer) -> Iterator[int]:
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def counting(status: int = 502) -> type[Counting]:
    class Handler(Counting):
        asked: list[str] = []  # noqa: RUF012 - one list for each test
        refusal = status

    return Handler


def certificate(folder: Path, names: str, *dates: str) -> ssl.SSLContext:
    """A server's context with a certificate of its own, in folder/cert.pem."""
    chosen, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", *dates,
         "-subj", "/CN=made up", "-addext", f"subjectAltName={names}", "-keyout", key, "-out", chosen],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chosen, key)
    return context


@pytest.fixture
def six() -> None:
    """Skips where this computer has no IPv6 at all."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError as error:
        pytest.skip(f"no IPv6 here: {error}")


def test_a_literal_address_of_ipv6_is_reached(six: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    handler, server = counting(), certificate(tmp_path, "IP:::1")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    listening = OnIPv6(("::1", 0), handler)
    listening.socket = server.wrap_socket(listening.socket, server_side=True)
    with serving(listening) as port, Site(f"https://[::1]:{port}/base/") as site:
        assert site.get("page").body == b"ok"
        assert site.covers(f"https://[::1]:{port}/x") and not site.covers(f"https://[::2]:{port}/x")
    assert handler.asked == [f"GET /base/page [::1]:{port}"]


def test_a_name_that_has_only_an_ipv6_address_is_reached(six: None, tmp_path: Path) -> None:
    """In a process of its own, whose list of names (/etc/hosts) holds the one made-up name."""
    enter = ["unshare", "--map-root-user", "--mount", "sh", "-ec", 'mount --bind "$1" /etc/hosts; shift; "$@"', "sh"]
    hosts = tmp_path / "hosts"
    hosts.write_text("::1 portal.example\n", "ascii")
    if subprocess.run([*enter, hosts, "true"], capture_output=True).returncode:
        pytest.skip("this account may not give a process names of its own")
    handler, server = counting(), certificate(tmp_path, "DNS:portal.example")
    listening = OnIPv6(("::1", 0), handler)
    listening.socket = server.wrap_socket(listening.socket, server_side=True)
    with serving(listening) as port:
        ask = f"from ssrcred.adapters.web.site import Site; print(Site('https://portal.example:{port}').get('/').body)"
        ran = subprocess.run(
            [*enter, hosts, sys.executable, "-c", ask],
            env=os.environ | {"SSL_CERT_FILE": str(tmp_path / "cert.pem")},
            capture_output=True,
            text=True,
        )
    assert ran.stdout == "b'ok'\n", ran.stderr
    assert handler.asked == [f"GET / portal.example:{port}"]


@pytest.mark.parametrize(
    ("status", "words", "hint"),
    [
        (407, "asks for a user name and a password", "USER:PASSWORD@HOST:PORT"),
        (403, "does not allow it", "allow this address"),
        (502, "does not get through to it", "Try again later"),
        (504, "does not get through to it", "Try again later"),
    ],
)
def test_what_a_proxy_refuses_is_told_from_what_the_site_says(
    monkeypatch: pytest.MonkeyPatch, status: int, words: str, hint: str
) -> None:
    handler = counting(status)
    with serving(OnIPv4(("127.0.0.1", 0), handler)) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        with Site(BASE) as site, pytest.raises(Unreachable) as caught:
            site.send("POST", "/", content=b"made-up")
    assert caught.value.message == f"portal.example could not be reached: the proxy 127.0.0.1:{port} {words}."
    assert caught.value.state == "Nothing was changed." and hint in caught.value.hint
    assert caught.value.cause is Cause.PROXY
    assert "made-up reason" not in f"{caught.value.message}{caught.value.hint}"
    assert handler.asked == ["CONNECT portal.example:443 None"]


def test_a_log_in_for_the_proxy_goes_to_the_proxy_and_is_not_tried_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    handler = counting(407)
    with serving(OnIPv4(("127.0.0.1", 0), handler)) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://anna:made%3Aup@127.0.0.1:{port}")
        with Site(BASE) as site, pytest.raises(Unreachable) as caught:
            site.get("/")
    assert "does not take the user name and password" in caught.value.message
    assert handler.asked == ["CONNECT portal.example:443 Basic YW5uYTptYWRlOnVw"]  # anna:made:up


def test_a_proxy_that_is_not_there_is_not_taken_for_the_site(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.invalid:3128")
    with Site(BASE) as site, pytest.raises(Unreachable) as caught:
        site.get("/")
    assert caught.value.message == "portal.example could not be reached: the proxy proxy.invalid:3128 does not answer."


def test_a_proxy_that_is_greeted_over_tls_is_verified_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    handler, server = counting(403), certificate(tmp_path, "DNS:localhost")
    listening = OnIPv4(("127.0.0.1", 0), handler)
    listening.socket = server.wrap_socket(listening.socket, server_side=True)
    with serving(listening) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"https://anna:made-up@localhost:{port}")
        with Site(BASE) as site, pytest.raises(Unreachable) as caught:
            site.get("/")
        assert "does not trust" in caught.value.message and handler.asked == []
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        with Site(BASE) as site, pytest.raises(Unreachable) as caught:
            site.get("/")
    assert "does not allow it" in caught.value.message and len(handler.asked) == 1


def test_settings_that_cannot_be_used_are_said_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks5://proxy.example:1080")
    with Site(BASE) as site, pytest.raises(ConfigInvalid):
        site.get("/")
    monkeypatch.delenv("HTTPS_PROXY")
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/made-up.pem")
    with Site(BASE) as site, pytest.raises(ConfigInvalid) as caught:
        site.send("POST", "/")
    assert "/nowhere/made-up.pem" in caught.value.message


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (10, "is not valid today"),
        (9, "is not valid today"),
        (-2146762495, "is not valid today"),
        (0x800B010F, "for another name"),
        (-67602, "for another name"),
        (-67818, "is not valid today"),
        (0x800B0109, "does not trust"),
        (19, "does not trust"),
    ],
)
def test_every_system_says_what_is_wrong_with_a_certificate_in_its_own_numbers(code: int, words: str) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        wrong = ssl.SSLCertVerificationError("made-up words of the system")
        wrong.verify_code = code
        raise httpx.ConnectError("made up") from wrong

    with Site(BASE, transport=httpx.MockTransport(handler)) as site, pytest.raises(Unreachable) as caught:
        site.get("/")
    assert words in caught.value.message and "system" not in caught.value.message
    dated, named = words == "is not valid today", words == "for another name"
    wanted = Cause.CERTIFICATE_DATE if dated else Cause.CERTIFICATE_NAME if named else Cause.CERTIFICATE
    assert caught.value.cause is wanted


def test_a_certificate_that_has_run_out_makes_one_look_at_the_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate(tmp_path, "DNS:localhost")
    old = serialization.load_pem_private_key((tmp_path / "key.pem").read_bytes(), None)
    assert isinstance(old, ec.EllipticCurvePrivateKey)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "made up")])
    made = x509.CertificateBuilder(name, name, old.public_key(), 1, datetime(2024, 1, 1), datetime(2025, 1, 1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    chosen = tmp_path / "cert.pem"
    chosen.write_bytes(made.sign(old, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(chosen, tmp_path / "key.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(chosen))
    listening = OnIPv4(("127.0.0.1", 0), counting())
    listening.socket = server.wrap_socket(listening.socket, server_side=True)
    with serving(listening) as port, Site(f"https://localhost:{port}") as site, pytest.raises(Unreachable) as caught:
        site.get("/")
    assert caught.value.message == "localhost shows a certificate that is not valid today."
    assert "Check this computer's date" in caught.value.hint

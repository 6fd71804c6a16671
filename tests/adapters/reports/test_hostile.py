"""Whatever the service answers, in JSON, HTML or raw bytes on the wire, a try ends soon, and blames no pair for it."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ssrcred.adapters.reports import SsrService, load_profile
from ssrcred.adapters.web.bound import Limits
from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.event import Outcome
from ssrcred.domain.evidence import Proof

NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
KEY, TOKEN, SSID = "*MadeUp>()(NotAKey1*", "made.up-token~0123456789", "9000000099"
PAIR = Credential("made_up_usd", SecretKey(KEY), NOW)
DEFAULT = load_profile("ets-ssr")
SHORT = Limits(connect_seconds=1, read_seconds=0.2, total_seconds=0.3, visit_seconds=1.5, max_bytes=2_000_000)
NEITHER = {Outcome.UNREACHABLE, Outcome.NOT_UNDERSTOOD}
fast = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def checked(proof: Proof) -> Proof:
    told = repr(proof)
    assert not any(secret in told for secret in (KEY, TOKEN, SSID))
    return proof


def answering(token: bytes, listed: bytes = b"[]", file: bytes = b"", kind: str = "application/json") -> Proof:
    """A try at a service with these bodies."""

    def handler(request: httpx.Request) -> httpx.Response:
        content = token if "token" in request.url.path else listed if "reports" in request.url.path else file
        return httpx.Response(200, content=content, headers={"Content-Type": kind})

    transport = httpx.MockTransport(handler)
    service = SsrService(
        "https://ssr.example.org", DEFAULT, transport=transport, clock=lambda: NOW, sleep=lambda seconds: None
    )
    return checked(service.prove(PAIR, SecretKey(SSID)))


GIVEN = json.dumps({"token": TOKEN}).encode()

# JSON.

NAMES = st.sampled_from(["token", "link", "url", "href", "year", "type", "error", "reports", "message", ""])
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.just("/1.pdf")
    | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | st.text(max_size=3), inner, max_size=4),
    max_leaves=15,
)
CODINGS = st.sampled_from(["utf-8", "utf-16", "utf-32", "utf-8-sig", "latin-1", "cp500"])


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """JSON in some encoding, perhaps cut, doubled or with bytes changed in it."""
    text = json.dumps(draw(VALUES), ensure_ascii=draw(st.booleans()))
    whole = text.encode(draw(CODINGS), "replace")
    cut = draw(st.integers(0, len(whole)))
    return draw(st.sampled_from([whole, whole[:cut], whole * 2, whole[:cut] + b"\xff\x00" + whole[cut:]]))


@fast
@given(documents(), documents())
def test_any_json_ends_in_an_outcome(token: bytes, listed: bytes) -> None:
    answering(token, listed)
    assert answering(GIVEN, listed).outcome is not Outcome.REFUSED


@pytest.mark.parametrize(
    "listed",
    [
        b"[" * 100_000,
        b"[" * 900 + b"]" * 900,
        b'{"reports":' * 900 + b"[]" + b"}" * 900,
        b'[{"a":' * 400 + b"[" + b'{"x":1},' * 60_000 + b"{}]" + b"}]" * 400,
        b'[{"a":' * 400 + b"[" + b'{"x":1},' * 15_000 + b"{}]" + b"}]" * 400,
        b"[" + b'{"link":"x"},' * 70_000 + b"{}]",
        b"[" + b'"unauthorized credentials",' * 30_000 + b"1]",
        b'{"message":"' + b"credentials " * 60_000 + b'"}',
        b'{"message":"' + b"no " * 200_000 + b'"}',
        b'[{"link":"' + b"../" * 200_000 + b'"}]',
        b'[{"year":' + b"9" * 4000 + b"}]",
        b"9" * 1_000_000,
        b'"' + b"\\u0000" * 100_000 + b'"',
        b'{"a":1}' + b" " * 1_000_000,
    ],
    ids=lambda body: f"{body[:12].decode()}-{len(body)}",
)
def test_a_huge_or_deep_answer_is_left(listed: bytes) -> None:
    for token in (GIVEN, listed):
        proof = answering(token, listed)
        assert proof.outcome in {*NEITHER, Outcome.REFUSED, Outcome.NO_REPORT}


# HTML.

TAGS = st.sampled_from(
    ["<html>", "<form>", "<input type=password>", "<input type = 'PASSWORD'", "</", "<!--", "CAASPP", "score report"]
)


@fast
@given(
    st.lists(TAGS | st.text(max_size=10), max_size=15), st.sampled_from(["utf-8", "utf-16", "zip", "idna", "x" * 99])
)
def test_any_page_ends_in_an_outcome(parts: list[str], charset: str) -> None:
    page = "".join(parts).encode("utf-8", "replace")
    kind = f"text/html; charset={charset}"
    assert answering(page, kind=kind).outcome is Outcome.NOT_UNDERSTOOD or b"<" not in page
    file = answering(GIVEN, b'[{"link":"/file"}]', page, kind)
    assert file.outcome in {Outcome.NOT_UNDERSTOOD, Outcome.PROVED}
    if b"type=password" in page and charset == "utf-8":
        assert file.outcome is Outcome.NOT_UNDERSTOOD


@pytest.mark.parametrize("page", [b"type" * 2_000_000, b"<" * 8_000_000, b"type" + b" " * 8_000_000 + b"score report"])
def test_a_huge_page_is_read(page: bytes) -> None:
    # Where the work grew with the square of a page, a test of these would not end within its limit of time.
    outcome = answering(GIVEN, b'[{"link":"/file"}]', page, "text/html").outcome
    assert outcome is (Outcome.PROVED if page.endswith(b"score report") else Outcome.NOT_UNDERSTOOD)


@pytest.mark.parametrize(
    ("charset", "outcome"),
    [("iso-8859-1", Outcome.PROVED), ("utf-16", Outcome.NOT_UNDERSTOOD), ("no-such", Outcome.PROVED)],
)
def test_a_page_in_another_charset_is_read(charset: str, outcome: Outcome) -> None:
    page = "<html>Reporte: Student Score Report, ma\u00f1ana".encode("latin-1")
    kind = f"text/html; charset={charset}"
    assert answering(GIVEN, b'[{"link":"/file"}]', page, kind).outcome is outcome
    wide = "<html>Student Score Report".encode("utf-16")
    proof = answering(GIVEN, b'[{"link":"/file"}]', wide, "text/html; charset=utf-16")
    assert proof.outcome is Outcome.PROVED


# HTTP, over a real socket.


@dataclass
class Wire:
    """A server that answers with raw bytes, whatever it is asked, one each `drip` seconds; `dripped` are sent."""

    answers: list[bytes] = field(default_factory=list)
    drip: float = 0.0
    dripped: int = 0
    port: int = 0


@contextmanager
def listening() -> Iterator[Wire]:
    wire = Wire()
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        wire.port = server.getsockname()[1]
        server.settimeout(0.1)

        def serve() -> None:
            while not ended.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                with connection:
                    try:
                        connection.settimeout(1)
                        connection.recv(65536)
                        _say(connection, wire, ended)
                    except OSError:
                        continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield wire
        finally:
            ended.set()
            thread.join()


def _say(connection: socket.socket, wire: Wire, ended: threading.Event) -> None:
    content = wire.answers.pop(0) if wire.answers else b""
    if not wire.drip:
        connection.sendall(content)
        return
    for place in range(len(content)):
        connection.sendall(content[place : place + 1])
        wire.dripped = place + 1
        if ended.wait(wire.drip):
            return


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with listening() as running:
        yield running


def over(wire: Wire, *answers: bytes, drip: float = 0.0) -> Proof:
    wire.answers, wire.drip = list(answers), drip
    service = SsrService(
        f"http://127.0.0.1:{wire.port}", DEFAULT, limits=SHORT, clock=lambda: NOW, sleep=lambda seconds: None
    )
    return checked(service.prove(PAIR, SecretKey(SSID)))


def http(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    length = b"Content-Length: %d" % len(body)
    return b"\r\n".join([b"HTTP/1.1 " + status, *(headers or (length,)), b"", body])


FIRST = st.sampled_from(
    [
        b"HTTP/1.1 200 OK",
        b"HTTP/1.1 200",
        b"HTTP/1.1 302 Found",
        b"HTTP/1.0 401 No",
        b"HTTP/9.9 200 OK",
        b"HTTP/1.1 -1 X",
        b"HTTP/1.1 099 X",
    ]
) | st.binary(max_size=20)
FIELDS = st.sampled_from(
    [
        b"Content-Length: 5",
        b"Content-Length: -1",
        b"Content-Length: 5, 6",
        b"Content-Length: 99999999999999999999",
        b"Transfer-Encoding: chunked",
        b"Transfer-Encoding: gzip, chunked",
        b"Content-Encoding: gzip",
        b"Content-Encoding: br, gzip",
        b"Content-Type: \xff\xfe; charset=\x80",
        b"Location: http://[",
        b"Location: \xff",
        b"Location: A:0",
        b"Location: //xn--",
        b"Retry-After: 99999999999999999999999",
        b"Set-Cookie: \x01=\x02",
        b" folded",
        b"NoColon",
        b": empty",
    ]
) | st.binary(max_size=20)
BODIES = st.sampled_from(
    [b"", b"hello", b"5\r\nhello\r\n0\r\n\r\n", b"zz\r\n", b"fffffffffffff\r\nx", GIVEN]
) | st.binary(max_size=30)


@fast
@given(first=FIRST, fields=st.lists(FIELDS, max_size=4), body=BODIES, usual=st.booleans())
def test_any_bytes_on_the_wire_end_in_an_outcome(
    wire: Wire, first: bytes, fields: list[bytes], body: bytes, usual: bool
) -> None:
    raw = b"\r\n".join([first, *fields, b"", body])
    proof = over(wire, http(GIVEN), raw, raw, raw) if usual else over(wire, raw)
    if usual:
        assert proof.outcome in {*NEITHER, Outcome.NO_REPORT}
    elif proof.outcome is Outcome.REFUSED:
        assert b" 401" in first
    else:
        assert proof.outcome in {*NEITHER, Outcome.ACCEPTED}


def test_a_dripping_answer_is_cut_off(wire: Wire) -> None:
    for slow in (http(GIVEN + b" " * 10_000), b"HTTP/1.1 200 OK\r\n" + b"X-Drip: 1\r\n" * 1000):
        assert over(wire, slow, drip=0.02).outcome is Outcome.UNREACHABLE
        assert 0 < wire.dripped < len(slow) / 2  # all of it would take minutes


def test_a_packed_bomb_takes_neither_time_nor_memory(wire: Wire) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    twice = gzip.compress(bomb)
    packed = http(bomb, b"Content-Encoding: gzip", b"Connection: close")
    nested = http(twice, b"Content-Encoding: gzip, gzip", b"Connection: close")
    tracemalloc.start()
    try:
        assert over(wire, packed).outcome in NEITHER
        assert over(wire, nested).outcome in NEITHER
        assert over(wire, http(GIVEN), packed).outcome in NEITHER
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10 * SHORT.max_bytes


def test_a_redirect_to_no_address_and_a_cookie_of_no_use_end_in_an_outcome(wire: Wire) -> None:
    for place in (b"A:0", b"//xn--", b"http://["):
        led = http(b"", b"Location: " + place, b"Content-Length: 0", status=b"302 Found")
        assert over(wire, led).outcome in NEITHER
        assert over(wire, http(GIVEN), led, led, led).outcome in NEITHER
    given = http(GIVEN, b"Set-Cookie: \xe9", b"Content-Length: %d" % len(GIVEN))
    assert over(wire, given, http(b"[]")).outcome is Outcome.NO_REPORT


def test_endless_headers_are_left(wire: Wire) -> None:
    endless = b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: %s\r\n" % (number, b"y" * 90) for number in range(20_000))
    assert over(wire, endless).outcome is Outcome.UNREACHABLE


def test_a_second_answer_in_the_same_breath_is_nobodys(wire: Wire) -> None:
    smuggled = http(b"[]") + http(GIVEN) * 3
    assert over(wire, http(GIVEN), smuggled).outcome is Outcome.NO_REPORT

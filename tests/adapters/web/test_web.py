"""HTTP: one site, once, bounded, and nothing that was asked for is ever quoted."""

from __future__ import annotations

import gzip
import logging
import socket
import ssl
import subprocess
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssrcred.adapters.web.answer import Answer
from ssrcred.adapters.web.bound import Limits, Patience
from ssrcred.adapters.web.site import Site
from ssrcred.adapters.web.trouble import AnswerLost, AnswerUnfit
from ssrcred.domain.errors import Cause, ConfigInvalid, PageNotUnderstood, SsrcredError, Unreachable

BASE = "https://portal.example"
PRIVATE = "made-up-token"
"""Stands in every address and body of these tests; it may turn up in no message."""

Handler = Callable[[httpx.Request], httpx.Response]


def site(handler: Handler, *, limits: Limits | None = None, allowed: tuple[str, ...] = ()) -> Site:
    return Site(BASE, limits=limits, transport=httpx.MockTransport(handler), allowed_hosts=allowed)


def failure(call: Callable[[], object]) -> SsrcredError:
    with pytest.raises(SsrcredError) as caught:
        call()
    text = "".join(traceback.format_exception(caught.value))
    error = caught.value
    assert PRIVATE not in f"{error.message} {error.state} {error.hint}"
    assert PRIVATE not in text.replace(f'"{PRIVATE}"', "")
    assert error.__context__ is None or isinstance(error.__context__, SsrcredError)
    return error


def raising(error: Exception) -> Handler:
    def handler(request: httpx.Request) -> httpx.Response:
        raise error

    return handler


def test_gives_status_type_charset_headers_and_body() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        assert request.headers["user-agent"].startswith("ssrcred/")
        assert request.headers["x-own"] == "1"
        return httpx.Response(
            200, headers={"Content-Type": 'Text/HTML; x=y; Charset="UTF-8"', "X-Two": "2"}, content=b"hi"
        )

    with site(handler) as portal:
        answer = portal.get(f"/a?{PRIVATE}", {"X-Own": "1"})

    assert (answer.status, answer.content_type, answer.charset, answer.body) == (200, "text/html", "utf-8", b"hi")
    assert answer.header("x-TWO") == "2"
    assert answer.header("absent") is None
    assert answer.url == f"{BASE}/a?{PRIVATE}"


def test_shows_no_address_and_no_body() -> None:
    answer = Answer(200, f"{BASE}/{PRIVATE}", {}, PRIVATE.encode())

    assert repr(answer) == "<Answer 200 no type, 13 bytes>"
    assert repr(Site(f"{BASE}/{PRIVATE}")) == "<Site portal.example>"


@pytest.mark.parametrize(
    "base",
    [
        "http://portal.example",
        "ftp://x",
        "portal.example",
        "",
        "https://",
        "https://u:p@x",
        "http://127.1.1.1.1",
        "\x00",
        "http://[x",
    ],
)
def test_refuses_an_address_that_is_not_safe(base: str) -> None:
    with pytest.raises(ConfigInvalid):
        Site(base)


@pytest.mark.parametrize("base", ["http://localhost:1", "http://127.3.2.1", "http://[::1]:8000", "https://a.b"])
def test_takes_https_and_loopback(base: str) -> None:
    assert Site(base).covers(base + "/x")


@pytest.mark.parametrize(
    "url",
    [
        "http://portal.example/",
        "https://portal.example:444/",
        "https://www.portal.example/",
        "https://u@portal.example/",
    ],
)
def test_another_scheme_host_port_or_user_is_another_site(url: str) -> None:
    with site(lambda request: httpx.Response(200)) as portal:
        assert portal.covers("https://PORTAL.example:443/x")
        assert not portal.covers(url)
        assert isinstance(failure(lambda: portal.get(f"{url}{PRIVATE}")), AnswerUnfit)
        error = failure(lambda: portal.send("POST", f"{url}{PRIVATE}"))
        assert isinstance(error, PageNotUnderstood)
        assert error.state == "Nothing was sent."


def test_follows_redirects_on_the_site_and_keeps_cookies() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/one":
            return httpx.Response(302, headers={"Location": "two?x=1#part", "Set-Cookie": "session=made-up"})
        assert request.headers["cookie"] == "session=made-up"
        return httpx.Response(200, content=request.url.path.encode())

    with site(handler) as portal:
        assert portal.get("/one").body == b"/two"


@pytest.mark.parametrize(
    "place",
    ["https://other.example/", "http://portal.example/", "//other.example", "http://[", "https://a:b@portal.example"],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_follows_no_redirect_to_another_site(place: str, method: str) -> None:
    asked = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        return httpx.Response(303, headers={"Location": place + PRIVATE})

    with site(handler) as portal:
        call = (lambda: portal.get("/x")) if method == "GET" else (lambda: portal.send("POST", "/x"))
        assert isinstance(failure(call), AnswerUnfit)
    assert len(asked) == 1


def test_stops_when_redirects_have_no_end() -> None:
    asked = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        return httpx.Response(302, headers={"Location": f"/{len(asked)}{PRIVATE}"})

    with site(handler, limits=Limits(max_hops=3)) as portal:
        assert isinstance(failure(lambda: portal.get("/")), AnswerUnfit)
    assert len(asked) == 4


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_redirect_after_a_post_is_read_without_what_was_posted(status: int) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(status, headers={"Location": "/done"})
        assert request.content == b""
        assert "content-type" not in request.headers
        assert request.headers["x-kept"] == "1"
        return httpx.Response(200, content=b"done")

    with site(handler) as portal:
        headers = {"Content-Type": "text/plain", "X-Kept": "1"}
        assert portal.send("POST", "/save", content=PRIVATE.encode(), headers=headers).body == b"done"


@pytest.mark.parametrize("status", [307, 308])
def test_never_sends_a_post_again(status: int) -> None:
    asked = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.method)
        return httpx.Response(status, headers={"Location": "/again"})

    with site(handler) as portal:
        assert isinstance(failure(lambda: portal.send("POST", "/save", content=PRIVATE.encode())), AnswerLost)
    assert asked == ["POST"]


def test_follows_307_when_only_reading() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200) if request.url.path == "/b" else httpx.Response(307, headers={"Location": "/b"})

    with site(handler) as portal:
        assert portal.get("/a").status == 200
        assert portal.send("HEAD", "/a").status == 200


def test_a_redirect_without_a_place_is_an_answer() -> None:
    with site(lambda request: httpx.Response(302)) as portal:
        assert portal.get("/").status == 302
        assert portal.send("POST", "/").status == 302


def test_a_page_lost_after_a_post_is_a_lost_answer() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(303, headers={"Location": "/done"})
        raise httpx.ConnectError(PRIVATE)

    with site(handler) as portal:
        assert isinstance(failure(lambda: portal.send("POST", "/save")), AnswerLost)


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_redirect_after_a_send_takes_no_header_to_an_allowed_host(status: int) -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if request.url.host == "files.example":
            return httpx.Response(200, content=b"{}")
        return httpx.Response(status, headers={"Location": "https://files.example/elsewhere"})

    with site(handler, allowed=("files.example",)) as portal:
        portal.send("POST", "/token", headers={"Authorization": f"Basic {PRIVATE}", "X-Key": PRIVATE})
    assert [request.url.host for request in seen] == ["portal.example", "files.example"]
    assert PRIVATE not in str(seen[1].headers.raw)


def test_reads_allowed_hosts_without_cookies_and_without_the_headers() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.host == "portal.example":
            return httpx.Response(302, headers={"Location": "https://files.example/r", "Set-Cookie": "a=b"})
        assert "cookie" not in request.headers
        assert "authorization" not in request.headers
        return httpx.Response(200, content=b"report")

    with site(handler, allowed=("Files.example", "other.example:444")) as portal:
        assert portal.get("/r", {"Authorization": f"Bearer {PRIVATE}"}).body == b"report"
        assert portal.get("https://other.example:444/").body == b"report"
        failure(lambda: portal.get("https://other.example/"))
        failure(lambda: portal.get("http://files.example/"))
        failure(lambda: portal.send("POST", "https://files.example/"))


NEVER_SENT = [
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
]
MAYBE_SENT = [
    httpx.ReadError,
    httpx.ReadTimeout,
    httpx.WriteError,
    httpx.WriteTimeout,
    httpx.RemoteProtocolError,
    httpx.DecodingError,
]


@pytest.mark.parametrize("kind", NEVER_SENT)
def test_tells_that_nothing_was_sent(kind: type[httpx.TransportError]) -> None:
    with site(raising(kind(PRIVATE))) as portal:
        error = failure(lambda: portal.send("POST", f"/{PRIVATE}"))

    assert isinstance(error, Unreachable)
    assert not isinstance(error, AnswerLost)


@pytest.mark.parametrize("kind", MAYBE_SENT)
def test_tells_that_an_answer_was_lost(kind: type[httpx.TransportError]) -> None:
    with site(raising(kind(PRIVATE))) as portal:
        assert type(failure(lambda: portal.send("POST", f"/{PRIVATE}"))) is AnswerLost
        error = failure(lambda: portal.get(f"/{PRIVATE}"))
        assert isinstance(error, Unreachable)
        assert not isinstance(error, AnswerLost)


def _caused(error: httpx.HTTPError, cause: BaseException) -> httpx.HTTPError:
    error.__cause__ = cause
    return error


def _certificate(code: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(PRIVATE)
    error.verify_code = code
    return error


@pytest.mark.parametrize(
    ("error", "words", "hint", "cause"),
    [
        (_caused(httpx.ConnectError(""), _certificate(20)), "does not trust", "SSL_CERT_FILE", Cause.CERTIFICATE),
        (_caused(httpx.ConnectError(""), _certificate(62)), "another name", "www.", Cause.CERTIFICATE_NAME),
        (_caused(httpx.ConnectError(""), ssl.SSLError(PRIVATE)), "secure connection", "SSL_CERT_FILE", Cause.UNSAFE),
        (_caused(httpx.ConnectError(""), socket.gaierror(PRIVATE)), "cannot be found", "typo", Cause.NAME),
        (httpx.ConnectError(""), "cannot be connected to", "ssrcred doctor[lea]", Cause.NOT_CONNECTED),
        (httpx.ConnectTimeout(""), "in time", "Try again later", Cause.SILENT),
        (httpx.ReadTimeout(""), "in time", "Try again later", Cause.SILENT),
        (httpx.ReadError(""), "closed the connection", "Try again later", Cause.SILENT),
    ],
)
def test_says_what_went_wrong_in_plain_words(error: httpx.HTTPError, words: str, hint: str, cause: Cause) -> None:
    with site(raising(error)) as portal:
        found = failure(lambda: portal.get(f"/{PRIVATE}"))

    assert isinstance(found, Unreachable)
    assert found.cause is cause
    assert words in found.message
    assert "portal.example" in found.message
    assert hint in found.hint


def test_a_loop_of_causes_is_no_trouble() -> None:
    error, cause = httpx.ReadError(""), ValueError()
    error.__cause__, cause.__cause__ = cause, error
    with site(raising(error)) as portal:
        failure(lambda: portal.get("/"))


def test_stops_at_too_much_content_even_when_it_comes_packed() -> None:
    packed = gzip.compress(b"0" * 5_000_000)

    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"Content-Encoding": "gzip"}, content=packed)

    with site(handler, limits=Limits(max_bytes=1_000_000)) as portal:
        assert isinstance(failure(lambda: portal.get("/")), AnswerUnfit)
    with site(handler) as portal:
        assert len(portal.get("/").body) == 5_000_000


def test_an_address_that_cannot_be_read_is_an_unfit_answer() -> None:
    with site(lambda request: httpx.Response(200)) as portal:
        failure(lambda: portal.get("http://[" + PRIVATE))
        failure(lambda: portal.get("/" + "\x00" + PRIVATE))
        failure(lambda: portal.get("/" + "x" * 70_000))


def test_stays_quiet_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), site(lambda request: httpx.Response(200)) as portal:
        portal.get(f"/{PRIVATE}")

    assert PRIVATE not in caplog.text


def test_a_password_is_not_given_to_the_server_in_front() -> None:
    asked = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers.get("authorization"))
        return httpx.Response(401, headers={"WWW-Authenticate": 'Basic realm="x"'})

    with site(handler) as portal:
        assert portal.get("/").status == 401
    assert asked == [None]


def test_a_visit_ends_when_its_time_is_used_up() -> None:
    with site(lambda request: httpx.Response(200), limits=Limits(visit_seconds=0)) as portal:
        assert type(failure(lambda: portal.send("POST", "/"))) is Unreachable


@settings(deadline=None)
@given(st.text(max_size=40))
def test_no_address_makes_it_fail_in_another_way(address: str) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/start":
            return httpx.Response(200)
        return httpx.Response(302, headers=[(b"Location", address.encode("utf-8", "replace"))])

    def calls(portal: Site) -> Iterator[Callable[[], object]]:
        yield lambda: portal.get(address)
        yield lambda: portal.get("/start")
        yield lambda: portal.send("POST", address)

    with site(handler) as portal:
        for call in calls(portal):
            try:
                call()
            except SsrcredError:
                continue


NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
IN_NINE_SECONDS = "Sat, 21 Nov 2026 20:00:09 GMT"


@dataclass
class Series:
    """A site that gives these answers one after the other, and the last for good; what is waited for is only noted."""

    answers: list[httpx.Response | Exception]
    asked: int = 0
    slept: list[float] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        given = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        if isinstance(given, Exception):
            raise given
        return given

    def site(self, seconds: float = 20.0) -> Site:
        patience = Patience(3, seconds, self.slept.append, lambda: NOW)
        return Site(BASE, transport=httpx.MockTransport(self), patience=patience)


def closed(status: int, after: str | None = None) -> httpx.Response:
    return httpx.Response(status, headers={} if after is None else {"Retry-After": after})


@pytest.mark.parametrize(
    "trouble",
    [
        *(closed(status) for status in (408, 429, 502, 503, 504)),
        httpx.ConnectError(PRIVATE),
        httpx.ReadError(PRIVATE),
        httpx.RemoteProtocolError(PRIVATE),
    ],
    ids=str,
)
def test_a_patient_site_reads_again_after_a_passing_trouble(trouble: httpx.Response | Exception) -> None:
    series = Series([trouble, trouble, httpx.Response(200)])
    with series.site() as portal:
        assert portal.get("/").status == 200
    assert series.asked == 3
    assert len(series.slept) == 2
    assert all(0 <= seconds <= 5 for seconds in series.slept)


@pytest.mark.parametrize(
    "trouble",
    [
        *(closed(status) for status in (401, 403, 404, 500)),
        httpx.ReadTimeout(PRIVATE),
        httpx.ProxyError(PRIVATE),
        httpx.DecodingError(PRIVATE),
        _caused(httpx.ConnectError(""), _certificate(20)),
        _caused(httpx.ConnectError(""), socket.gaierror(PRIVATE)),
    ],
    ids=str,
)
def test_what_would_stay_is_not_asked_again(trouble: httpx.Response | Exception) -> None:
    series = Series([trouble, httpx.Response(200)])
    with series.site() as portal:
        if isinstance(trouble, Exception):
            failure(lambda: portal.get("/"))
        else:
            assert portal.get("/").status == trouble.status_code
    assert (series.asked, series.slept) == (1, [])


def test_it_gives_up_after_the_last_try_with_what_it_got() -> None:
    series = Series([closed(502)])
    with series.site() as portal:
        assert portal.get("/").status == 502
    assert (series.asked, len(series.slept)) == (3, 2)
    broken = Series([httpx.ConnectError(PRIVATE)])
    with broken.site() as portal:
        assert "cannot be connected to" in failure(lambda: portal.get(f"/{PRIVATE}")).message
    assert broken.asked == 3


@pytest.mark.parametrize("after", ["9", " 9 ", IN_NINE_SECONDS, "Saturday, 21-Nov-26 20:00:09 GMT"])
@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_time_to_come_back_is_kept_to(after: str, status: int, method: str) -> None:
    series = Series([closed(status, after), httpx.Response(200)])
    with series.site() as portal:
        answer = portal.get("/") if method == "GET" else portal.send("POST", "/", content=b"x")
    assert answer.status == 200
    (seconds,) = series.slept
    assert 9 <= seconds <= 10


@pytest.mark.parametrize("after", ["21", "999999999999", "Fri, 21 Nov 2036 20:00:09 GMT"])
def test_a_time_beyond_the_bound_is_not_waited_for(after: str) -> None:
    series = Series([closed(503, after), httpx.Response(200)])
    with series.site() as portal:
        assert portal.get("/").status == 503
    assert (series.asked, series.slept) == (1, [])


def test_the_bound_is_for_all_that_is_asked_of_a_site() -> None:
    series = Series([closed(503, "9"), httpx.Response(200), closed(503, "9"), httpx.Response(200), closed(503, "9")])
    with series.site() as portal:
        assert portal.get("/").status == 200
        assert portal.get("/").status in (200, 503)
        assert portal.get("/").status == 503
    assert sum(series.slept) <= 20


@pytest.mark.parametrize(
    ("after", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("\u0665", None),
        ("Sat, 99 Nov 2026 20:00:09 GMT", None),
        ("Sat, 21 Nov 2026 19:00:00 GMT", 0.0),
        ("Sat, 21 Nov 2026 20:00:09 -0000", 9.0),
        ("0", 0.0),
    ],
)
def test_any_retry_after_is_read(after: str | None, seconds: float | None) -> None:
    assert Answer(503, BASE, {} if after is None else {"Retry-After": after}, b"").retry_after(NOW) == seconds


DATE_PARTS = st.sampled_from(
    ["Sat,", "21", "Nov", "9999", "0000", "26", "20:00:09", "99:99", "GMT", "-2359", "+99999999"]
)


@settings(deadline=None)
@given(st.lists(DATE_PARTS | st.text(max_size=4), max_size=8).map(" ".join))
def test_no_retry_after_makes_it_fail(after: str) -> None:
    seconds = Answer(503, BASE, {"Retry-After": after}, b"").retry_after(NOW)
    assert seconds is None or seconds >= 0


@pytest.mark.parametrize(
    "trouble",
    [
        *(closed(status) for status in (401, 429, 502, 503)),
        closed(503, "soon"),
        closed(502, "1"),
        httpx.ReadError(PRIVATE),
        httpx.ReadTimeout(PRIVATE),
    ],
    ids=str,
)
def test_what_may_change_something_is_not_sent_again_unasked(trouble: httpx.Response | Exception) -> None:
    series = Series([trouble, httpx.Response(200)])
    with series.site() as portal:
        if isinstance(trouble, Exception):
            assert isinstance(failure(lambda: portal.send("POST", "/")), AnswerLost)
        else:
            assert portal.send("POST", "/").status == trouble.status_code
    assert (series.asked, series.slept) == (1, [])


def test_what_was_never_sent_is_sent_again() -> None:
    series = Series([httpx.ConnectError(PRIVATE), httpx.Response(200)])
    with series.site() as portal:
        assert portal.send("POST", "/").status == 200
    assert series.asked == 2


def test_without_patience_nothing_is_asked_twice() -> None:
    series = Series([closed(503, "0"), httpx.Response(200)])
    with site(series) as portal:
        assert portal.get("/").status == 503
    assert series.asked == 1


@pytest.mark.parametrize("coding", ["gzip, gzip", "br", "zstd", "identity, gzip, deflate"])
def test_a_packing_within_a_packing_is_not_unpacked(coding: str) -> None:
    class Bomb(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            raise AssertionError("not to be read")
            yield b""

    with site(lambda request: httpx.Response(200, headers={"Content-Encoding": coding}, stream=Bomb())) as portal:
        assert "compression" in failure(lambda: portal.get("/")).message


class _Real(BaseHTTPRequestHandler):
    """A server that is real enough to drip, to break off and to hold on."""

    released: ClassVar[threading.Event]
    headers_seen: ClassVar[list[str]]

    def do_GET(self) -> None:
        type(self).headers_seen.append(str(self.headers.get("Connection")))
        if self.path == "/drip":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while not self.released.wait(0.05):
                self.wfile.write(b"X-Drip: 1\r\n")
        elif self.path == "/endless":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            while not self.released.wait(0.01):
                self.wfile.write(b"x")
        elif self.path.startswith("/packed"):
            size = 1_100_000 if self.path == "/packed-more" else 900_000
            packed = b"made up" if self.path == "/packed-badly" else gzip.compress(b"0" * size)
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: GZip\r\n\r\n" + packed)
        elif self.path == "/reset":
            self.connection.close()
        else:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:
            return

    def finish(self) -> None:
        try:
            super().finish()
        except (OSError, ValueError):
            return

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed."""


def _handler() -> type[_Real]:
    class Handler(_Real):
        released = threading.Event()
        headers_seen: ClassVar[list[str]] = []

    return Handler


@pytest.fixture
def real() -> Iterator[tuple[str, type[_Real]]]:
    handler = _handler()
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", handler
        handler.released.set()
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("path", ["/drip", "/endless"])
def test_a_server_that_never_ends_its_answer_is_cut_off(path: str, real: tuple[str, type[_Real]]) -> None:
    with Site(real[0], limits=Limits(total_seconds=0.2)) as portal:
        error = failure(lambda: portal.get(path))

    assert "in time" in error.message


def test_the_second_request_that_is_late_ends_the_visit(real: tuple[str, type[_Real]]) -> None:
    with Site(real[0], limits=Limits(total_seconds=0.2)) as portal:
        assert "in time" in failure(lambda: portal.get("/drip")).message
        assert portal.get("/").body == b"ok"
        assert "in time" in failure(lambda: portal.get("/endless")).message
        before = len(real[1].headers_seen)
        assert "in time" in failure(lambda: portal.get("/")).message
    assert len(real[1].headers_seen) == before


def test_every_request_has_its_own_connection(real: tuple[str, type[_Real]]) -> None:
    with Site(real[0]) as portal:
        assert portal.get("/").body == portal.get("/").body == b"ok"
        assert "closed the connection" in failure(lambda: portal.get("/reset")).message
    assert set(real[1].headers_seen) == {"close"}


def test_nobody_listens_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with Site(f"http://127.0.0.1:{port}") as portal:
        assert "cannot be connected to" in failure(lambda: portal.get("/")).message


def test_a_proxy_of_the_environment_is_not_used_for_this_computer(
    real: tuple[str, type[_Real]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    with Site(real[0]) as portal:
        assert portal.get("/").body == b"ok"
    with Site("https://portal.example") as portal:
        failure(lambda: portal.get("/"))


def test_a_certificate_from_nowhere_is_not_trusted_and_a_named_one_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    handler = _handler()
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a refused handshake is what is wanted
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        port = server.server_address[1]
        with Site(f"https://localhost:{port}") as portal:
            assert "does not trust" in failure(lambda: portal.get("/")).message
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with Site(f"https://localhost:{port}") as portal:
            assert portal.get("/").body == b"ok"
        with Site(f"https://localhost:{port}", limits=Limits(total_seconds=0.2)) as portal:
            assert "in time" in failure(lambda: portal.get("/drip")).message
        with Site(f"https://127.0.0.1:{port}") as portal:
            assert "another name" in failure(lambda: portal.get("/")).message
        handler.released.set()
        server.shutdown()
        thread.join()


def test_what_comes_packed_over_the_wire_is_unpacked(real: tuple[str, type[_Real]]) -> None:
    with Site(real[0], limits=Limits(max_bytes=1_000_000)) as portal:
        assert portal.get("/packed").body == b"0" * 900_000
        assert isinstance(failure(lambda: portal.get("/packed-more")), AnswerUnfit)
        assert "closed the connection" in failure(lambda: portal.get("/packed-badly")).message

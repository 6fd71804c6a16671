"""What has no end is left in a window too: answers without end, packed ones, slow ones, and pages that go on and on."""

from __future__ import annotations

import socketserver
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest
from playwright.sync_api import Browser

from adapters.portal.browser.served import portal
from adapters.portal.home_made_portal import usual_route
from ssrcred.adapters.web.bound import Limits
from ssrcred.adapters.web.trouble import AnswerUnfit
from ssrcred.domain.errors import PageChanged, PageNotUnderstood, SsrcredError, Unreachable

pytestmark = [pytest.mark.real("chromium"), pytest.mark.filterwarnings("ignore::ResourceWarning")]

MOST = 1_000_000
PIECE = b"<p>x</p>" * 12_500

Parts = Callable[[], Iterator[bytes]]


def head(kind: str, *more: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", f"Content-Type: {kind}", "Connection: close", *more]
    return "\r\n".join([*lines, "", ""]).encode()


def endless(kind: str, piece: bytes) -> Parts:
    """An answer that goes on until nobody takes it any more."""

    def parts() -> Iterator[bytes]:
        yield head(kind)
        while True:
            yield piece

    return parts


def packed() -> Iterator[bytes]:
    """An answer without end of which a hundred bytes are a hundred thousand when they are unpacked."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    yield head("text/html", "Content-Encoding: gzip")
    while True:
        yield packer.compress(PIECE) + packer.flush(zlib.Z_SYNC_FLUSH)


def page(text: str) -> Parts:
    return lambda: iter([head("text/html"), text.encode()])


def slow(text: str, seconds: float) -> Parts:
    def parts() -> Iterator[bytes]:
        time.sleep(seconds)
        yield head("text/html")
        yield text.encode()

    return parts


class Flood:
    """What it answers by path, and what it was asked."""

    def __init__(self, pages: dict[str, Parts]) -> None:
        self.pages = pages
        self.asked: list[str] = []


@contextmanager
def flooding(pages: dict[str, Parts]) -> Iterator[tuple[Flood, str]]:
    flood = Flood(pages)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            asked = self.rfile.readline().split()
            if not asked:
                return  # a connection that was only made in advance
            path = asked[1].decode()
            while self.rfile.readline().strip():
                pass
            flood.asked.append(path)
            try:
                for part in flood.pages.get(path, page("<p>Nothing here."))():
                    self.wfile.write(part)
            except OSError:
                return

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield flood, f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


def read(url: str, chromium: Browser, limits: Limits) -> SsrcredError:
    """What ends the reading of every place."""
    door = portal(url, usual_route(), limits=limits, launch=lambda: chromium)
    with closing(door), pytest.raises(SsrcredError) as caught:
        door.places()
    return caught.value


FLOODS: dict[str, dict[str, Parts]] = {
    "a page": {"/": endless("text/html", PIECE)},
    "a report": {"/": endless("application/pdf", PIECE)},
    "a packed page": {"/": packed},
    "what a script asks for": {
        "/": page("<script>fetch('/more').then((answer) => answer.text())</script>"),
        "/more": endless("text/plain", PIECE),
    },
}


@pytest.mark.parametrize("what", FLOODS)
def test_an_answer_without_end_is_cut_off(what: str, chromium: Browser) -> None:
    with flooding(FLOODS[what]) as (_, url):
        error = read(url, chromium, Limits(max_bytes=MOST, total_seconds=20))
        assert isinstance(error, AnswerUnfit)
        assert "more than any page or report holds" in error.message


PARTS: dict[str, dict[str, Parts]] = {
    "a frame": {"/": page("<iframe src=/more></iframe>"), "/more": endless("text/html", PIECE)},
    "a script": {"/": page("<script src=/more></script>"), "/more": endless("text/javascript", b"/" * 100_000)},
}


@pytest.mark.parametrize("what", PARTS)
def test_a_part_without_end_is_left_out(what: str, chromium: Browser) -> None:
    with flooding(PARTS[what]) as (_, url):
        assert isinstance(
            read(url, chromium, Limits(max_bytes=MOST, total_seconds=6)), (PageNotUnderstood, PageChanged, Unreachable)
        )


def test_an_answer_that_comes_too_slowly_is_given_up(chromium: Browser) -> None:
    def drip() -> Iterator[bytes]:
        yield head("text/html")
        while True:
            time.sleep(0.1)
            yield b"x"

    with flooding({"/": drip}) as (_, url):
        assert isinstance(read(url, chromium, Limits(total_seconds=1)), Unreachable)


def test_the_whole_visit_is_bounded_however_many_pages_answer_in_time(chromium: Browser) -> None:
    door = "<label>User Name <input name=u></label><label>Password <input type=password name=p></label>"
    pages = {
        "/": slow(f"<form method=post action=/in>{door}<button>Log In</button></form>", 0.6),
        "/in": slow("<a href=/next>School Office Menu</a>", 0.6),
    }
    with flooding(pages) as (flood, url):
        error = read(url, chromium, Limits(visit_seconds=1.0, total_seconds=5))
        assert isinstance(error, Unreachable)
        assert "/next" not in flood.asked

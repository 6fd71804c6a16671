"""What a window has asked for and not yet got: when it is at rest, and how much came."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from ssrcred.adapters.portal.browser.caught_request import READS
from ssrcred.adapters.portal.browser.engine import BrowserError

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, CDPSession, Page, Request, Response, WebSocket

ENDLESS: Final = frozenset({"eventsource", "websocket", "media", "ping", "image", "font"})
"""Kinds that may never end, or that change no words on a page."""
UNREAD_SECONDS: Final = 0.5
"""How long the end of an answer is waited for that came, whole, from the gate: of one that no script reads, no end is
ever told."""
HARMLESS: Final = frozenset({"Image", "Media", "Font"})
"""The protocol's kinds of answers that change no words on a page, and of which a browser keeps what it wants."""


class Traffic:
    """The requests of one window since the last `begin()`. `scripted`: a script has asked for something.

    An answer of more than `most` bytes after decompression is cut off there, and the window has `overflowed`.
    `statuses` are those of the pages that it shows.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._came: Counter[str] = Counter()
        self._harmless: set[str] = set()
        self.overflowed = self.scripted = False
        self._open: dict[Request, float] = {}
        self.statuses: dict[Page, int] = {}
        self._sockets: list[WebSocket] = []
        self._pages: list[Page] = []

    def watch(self, context: BrowserContext) -> None:
        """Listen to every request of a context."""
        context.on("request", self._on_request)
        context.on("response", self._on_response)
        context.on("requestfinished", self._on_finished)
        context.on("requestfailed", self._on_finished)
        context.on("page", self._weigh)

    def begin(self) -> None:
        """Count from here on; what is still under way stays so."""
        self._came.clear()
        self._harmless.clear()
        self.overflowed = self.scripted = False

    def awaited(self) -> list[Request]:
        """The requests under way whose answers can change the page."""
        now = time.monotonic()
        return [request for request, end in self._open.items() if now < end]

    @property
    def talks(self) -> bool:
        """Whether a web socket is open, or a worker runs, of whose sockets nothing is told."""
        workers = any(page.workers for page in self._pages if not page.is_closed())
        return workers or any(not socket.is_closed() for socket in self._sockets)

    def _weigh(self, page: Page) -> None:
        """Count what comes to a page, as it comes: a browser takes whatever is sent to it."""
        self._pages.append(page)
        page.on("websocket", lambda socket: self._sockets.append(socket))
        with suppress(BrowserError):  # a pop-up that is closed already
            session = page.context.new_cdp_session(page)
            session.on("Network.responseReceived", self._on_head)
            session.on("Network.dataReceived", lambda event: self._on_data(session, event))
            session.send("Network.enable")

    def _on_head(self, event: Mapping[str, Any]) -> None:
        if event.get("type") in HARMLESS:
            self._harmless.add(event["requestId"])

    def _on_data(self, session: CDPSession, event: Mapping[str, Any]) -> None:
        request = event["requestId"]
        if request in self._harmless or self.overflowed:
            return
        self._came[request] += int(event["dataLength"])
        if self._came[request] > self._most:
            self.overflowed = True
            with suppress(BrowserError):
                session.send("Page.stopLoading")

    def _on_request(self, request: Request) -> None:
        if request.resource_type not in ENDLESS and request.url.startswith("http"):
            self._open[request] = math.inf
            self.scripted = self.scripted or request.resource_type in ("fetch", "xhr")

    def _on_response(self, response: Response) -> None:
        request = response.request
        if is_page(request):
            self.statuses[request.frame.page] = response.status
        elif request.method not in READS and request in self._open:
            self._open[request] = time.monotonic() + UNREAD_SECONDS

    def _on_finished(self, request: Request) -> None:
        self._open.pop(request, None)


def is_page(request: Request) -> bool:
    """Whether a request is for what a whole window shows."""
    try:
        return request.is_navigation_request() and request.frame.parent_frame is None
    except BrowserError:  # the frame of a window that is only being opened
        return True

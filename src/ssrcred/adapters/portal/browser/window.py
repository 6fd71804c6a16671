"""One window of a real browser: opens on demand, bounds every act in time, and waits until the page is at rest.

Each act is bounded by `Limits.total_seconds`, all acts together by `Limits.visit_seconds`; a page that hangs is ended
with its browser. Playwright's own errors quote addresses and texts, so none is passed on.
"""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ssrcred.adapters.portal.browser.caught_request import READS
from ssrcred.adapters.portal.browser.engine import BrowserError, end_process, processes
from ssrcred.adapters.portal.browser.gate import Gate
from ssrcred.adapters.portal.browser.snapshot import Snapshot
from ssrcred.adapters.web.bound import MOST_LATE, Limits
from ssrcred.adapters.web.site import Site
from ssrcred.adapters.web.trouble import AnswerLost
from ssrcred.domain.errors import Cause, Unreachable

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, CDPSession, Dialog, Page, Request, Response, WebSocket

STILL: Final = Path(__file__).with_name("still.js").read_text("utf-8")
CLOSED: Final = "cannot be shown any more: the browser was closed"


@dataclass(frozen=True)
class Patience:
    """How long a page may take to come to rest, how long it has to be still for that, and a person's time (seconds)."""

    settle_seconds: float = 10.0
    still_seconds: float = 0.15
    late_seconds: float = 0.7  # for a script: to draw what it has asked for, or to send what was typed
    click_seconds: float = 5.0
    person_seconds: float = 300.0


class Traffic:
    """What one window has asked for and not yet got since the last `begin()`, and how much came."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._came: Counter[str] = Counter()
        self._harmless: set[str] = set()
        self.overflowed = False  # an answer had more than `most` bytes after decompression, and was cut off there
        self.scripted = False  # a script has asked for something
        self._open: dict[Request, float] = {}  # until when each is waited for
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
        """Return the requests under way whose answers can change the page."""
        now = time.monotonic()
        return [request for request, end in self._open.items() if now < end]

    def decisive(self) -> list[Request]:
        """Return those of them that are for the page of a window, or that send something."""
        return [request for request in self.awaited() if is_page(request) or request.method not in READS]

    @property
    def talks(self) -> bool:
        """Whether a web socket is open, or a worker runs, whose sockets the browser does not report."""
        workers = any(page.workers for page in self._pages if not page.is_closed())
        return workers or any(not socket.is_closed() for socket in self._sockets)

    def _weigh(self, page: Page) -> None:
        """Count what comes to a page, as it comes: what the gate does not fetch, a browser takes without end."""
        self._pages.append(page)
        page.on("websocket", lambda socket: self._sockets.append(socket))
        with suppress(BrowserError):  # a pop-up that is closed already
            session = page.context.new_cdp_session(page)
            session.on("Network.responseReceived", self._on_head)
            session.on("Network.dataReceived", lambda event: self._on_data(session, event))
            session.send("Network.enable")

    def _on_head(self, event: Mapping[str, Any]) -> None:
        if event.get("type") in ("Image", "Media", "Font"):  # no words; a browser keeps of them what it wants
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
        # Other kinds may never end, or change no words on a page.
        endless = request.resource_type in ("eventsource", "websocket", "media", "ping", "image", "font")
        if not endless and request.url.startswith("http"):
            self._open[request] = math.inf
            self.scripted = self.scripted or request.resource_type in ("fetch", "xhr")

    def _on_response(self, response: Response) -> None:
        request = response.request
        if not is_page(request) and request.method not in READS and request in self._open:
            # It came, whole, from the gate: of an answer that no script reads, no end is ever told.
            self._open[request] = time.monotonic() + 0.5

    def _on_finished(self, request: Request) -> None:
        self._open.pop(request, None)


class Window(Site):
    """The portal's window. `launch` gives the browser when it is first needed; `gate` stands before it."""

    def __init__(
        self, base: str, launch: Callable[[], Browser], gate: Gate, limits: Limits, patience: Patience
    ) -> None:
        super().__init__(base, limits=limits)
        self._launch, self._gate, self._patience = launch, gate, patience
        self._context: BrowserContext | None = None
        self._live: Page | None = None
        self._only: Page | None = None  # in a test save: the tab that is worked, whatever else opens
        self._frame, self._pid, self._end = "", 0, 0.0
        self._traffic = Traffic(limits.max_bytes)
        self._asked: list[str] = []  # what the page asked, as it may be told
        self._agrees: str | None = ""  # the question that is answered with OK, once; None for any
        self.questions: list[str] = []  # those of confirm(), as they stand there
        self._shown: Snapshot | None = None

    @contextmanager
    def _act(self, *, spends: bool = True) -> Iterator[Page]:
        """Bound one act in time, which counts for the visit if it `spends`; a browser that hangs is killed.

        Raises Unreachable, or AnswerLost if something was sent in it.
        """
        live = None
        with suppress(BrowserError):  # the browser was ended, by this program or by the person who saw it
            live = self._open()
        if live is None:
            raise self._unreachable(CLOSED)
        seconds = min(self._limits.total_seconds, self._limits.visit_seconds - self._spent)
        if self._late == MOST_LATE:
            raise self._unreachable("did not answer in time")
        if seconds <= 0:
            raise self._unreachable("took longer than a visit may take")
        started = time.monotonic()
        self._end = started + seconds
        self._gate.begin(self._frame)
        self._traffic.begin()
        # Playwright waits without end for a browser that hangs; its process ends, and the wait with it.
        fuse = threading.Timer(seconds + 2 * self._patience.click_seconds, end_process, [self._pid])
        fuse.daemon = True
        fuse.start()
        failed: Unreachable | None = None  # raised outside, so that it does not carry Playwright's error along
        try:
            yield live
        except BrowserError:
            failed = self._unreachable(self._silence, sent=self._gate.sent)
        finally:
            fuse.cancel()
            self._late += self._is_late
            self._spent += time.monotonic() - started if spends else 0
        if failed is not None:
            raise failed

    @property
    def is_closed(self) -> bool:
        """Whether everything that could show the portal was closed."""
        if self._context is None:
            return False
        browser = self._context.browser
        ended = browser is not None and not browser.is_connected()
        return ended or all(page.is_closed() for page in self._context.pages)

    @property
    def _silence(self) -> str:
        """Why nothing came."""
        return CLOSED if self.is_closed and not self._is_late else "did not answer in time"

    @property
    def _is_late(self) -> bool:
        """Whether the time of this act is over."""
        return time.monotonic() >= self._end

    @property
    def _left_seconds(self) -> float:
        return max(self._end - time.monotonic(), 0.001)

    @property
    def _click_ms(self) -> float:
        """How long one click, key or look at an element may take now, in milliseconds."""
        return min(self._left_seconds, self._patience.click_seconds) * 1000

    def _settle(self) -> None:
        """Wait until the page is still and nothing is under way; for what is sent, as long as the act may take."""
        soon = min(time.monotonic() + self._patience.settle_seconds, self._end)
        while not (self._gate.endless or self._traffic.overflowed):  # such a page is not read any further
            # Behind a closed gate no answer comes to what is sent.
            decisive = self._traffic.decisive() and not self._gate.is_closed
            if time.monotonic() >= (self._end if decisive else soon):
                return
            live, late = self._newest(), self._traffic.scripted
            still = (self._patience.late_seconds if late else self._patience.still_seconds) * 1000
            if self._gate.is_closed:  # the page may be leaving at any moment, and then answers no question
                live.wait_for_timeout(self._patience.late_seconds * 1000)
                if not any(request.method in READS for request in self._traffic.awaited()):
                    return
                continue
            said = ""
            with suppress(BrowserError):
                # Half a second at most, then it is looked again whether the page goes on and on.
                wait = min(max(min(soon, self._end) - time.monotonic(), 0.05), 0.5) * 1000
                live.wait_for_load_state("load", timeout=wait)
                said = str(live.wait_for_function(STILL, arg=still, timeout=wait + still).json_value())
            at_rest = said == "still" and late == self._traffic.scripted and not self._traffic.awaited()
            if at_rest and live is self._newest():
                return
            live.wait_for_timeout(20)

    def _newest(self) -> Page:
        """Return the newest window of the portal that is open, and close pop-ups of other sites."""
        if self._context is None or self._live is None:
            raise self._unreachable("is not shown any more")
        if self._only is not None:
            return self._only
        # The first window is the visit's own; a portal may open its settings or a report in another.
        windows = [page for page in self._context.pages if not page.is_closed()]
        for page in windows[1:]:
            if not self.covers(page.url) and page.url != "about:blank" and not self._gate.person_works:
                page.close()
        own = [page for page in windows if not page.is_closed() and (self.covers(page.url) or page is windows[0])]
        if own:
            self._live = own[-1]
        return self._live

    def _turn_to(self, live: Page) -> None:
        """Work in this tab, and in no newer one."""
        self._only = self._live = live
        live.bring_to_front()  # a tab behind another draws nothing, and much waits for that
        self._frame = _frame_of(live)

    def close(self) -> None:
        if self._context is not None:
            with suppress(BrowserError):
                self._context.close(reason="done")
        self._context = self._live = self._only = self._shown = None
        super().close()

    def _unreachable(self, what: str, *, sent: bool = False) -> Unreachable:
        """Return the error for a site that did not answer; AnswerLost if what was `sent` may have arrived."""
        message = f"{self._home[1]} {what}."
        if sent:
            return AnswerLost(
                message,
                state="What was sent may have arrived.",
                hint="Check whether it was saved before you try again.",
            )
        hint = "Try again later. If it lasts, IT looks at the network, the firewall and the proxy."
        if what == CLOSED:
            hint = "Run the command again and leave the browser window open until it ends."
        return Unreachable(message, state="Nothing was changed.", hint=hint, cause=Cause.SILENT)

    def _open(self) -> Page:
        if self._live is None:
            browser = self._launch()
            self._pid = processes(browser)[0]
            # A service worker would answer requests itself, before any gate.
            self._context = browser.new_context(service_workers="block", accept_downloads=False)
            with suppress(BrowserError):  # a page that is handed over counts as from nowhere near
                self._context.grant_permissions(["local-network-access"])
            self._context.set_default_timeout(self._patience.click_seconds * 1000)
            # Sockets pass by the gate: those to other sites are closed here.
            self._context.route_web_socket(
                lambda url: not self.covers(url.replace("ws", "http", 1)), lambda route: route.close()
            )
            self._context.add_init_script(path=Path(__file__).with_name("unseen_ways.js"))
            self._traffic.watch(self._context)
            self._context.on("dialog", self._on_dialog)
            self._live = self._context.new_page()
            self._frame = _frame_of(self._live)
        return self._live

    def _on_dialog(self, dialog: Dialog) -> None:
        """Agree to leave a page, accept alerts, and answer every question but one with Cancel."""
        question = " ".join(dialog.message.split())
        if dialog.type == "confirm":
            self.questions.append(question)
        with suppress(BrowserError):
            if dialog.type in ("alert", "beforeunload"):
                dialog.accept()
            elif dialog.type == "confirm" and question and self._agrees in (None, question):
                self._agrees = ""
                dialog.accept()
            else:
                told = self._gate.tells(dialog.message)
                self._asked.append("a question that contains the secret key" if told else f"“{question[:200]}”")
                dialog.dismiss()


def _frame_of(live: Page) -> str:
    session = live.context.new_cdp_session(live)
    frame = str(session.send("Target.getTargetInfo")["targetInfo"]["targetId"])
    session.detach()
    return frame


def is_page(request: Request) -> bool:
    """Return whether a request is for the page of a window, not of a frame."""
    try:
        return request.is_navigation_request() and request.frame.parent_frame is None
    except BrowserError:  # the frame of a window that is only being opened
        return True

"""One account's window of a real browser as a site: goes to pages, clicks and types, and answers with what is shown.

Nothing is done twice. It opens on demand and waits until a page is at rest. Each act is bounded by
`Limits.total_seconds`, all acts together by `Limits.visit_seconds`; a page that hangs is ended with its browser.
Playwright's own errors quote addresses and texts, so none is passed on.
"""

from __future__ import annotations

import html
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import urldefrag

from ssrcred.adapters.portal.browser.caught_request import READS
from ssrcred.adapters.portal.browser.engine import BrowserError, end_process, processes
from ssrcred.adapters.portal.browser.gate import Gate
from ssrcred.adapters.portal.browser.snapshot import Snapshot, TooMuch, take
from ssrcred.adapters.portal.find.candidate import Copies
from ssrcred.adapters.portal.html.page import LIVE, PRESS, Page
from ssrcred.adapters.portal.html.text_comparison import same
from ssrcred.adapters.portal.html.tree import Node
from ssrcred.adapters.web.answer import Answer
from ssrcred.adapters.web.bound import MOST_LATE, Limits
from ssrcred.adapters.web.site import Site
from ssrcred.adapters.web.trouble import AnswerLost, AnswerUnfit
from ssrcred.domain.errors import Cause, PageNotUnderstood, Unreachable

if TYPE_CHECKING:
    from playwright.sync_api import (
        Browser,
        BrowserContext,
        CDPSession,
        Dialog,
        ElementHandle,
        Request,
        Response,
        WebSocket,
    )
    from playwright.sync_api import Page as LivePage

# Whether the browser held a form back because of what a field holds, such as no e-mail address.
HELD_BACK: Final = """(button) => {
  const form = button.isConnected && button.form;
  return !!form && !form.noValidate && !button.formNoValidate && form.matches(":invalid");
}"""
# What a person types into.
TYPED: Final = ":is(input{}, textarea, [contenteditable]:not([contenteditable=false i]))".format(
    "".join(f":not([type={kind} i])" for kind in ("checkbox", "radio", "button", "submit", "reset", "image"))
)
TOO_MUCH: Final = "answered with more than any page or report holds"
LEFT: Final = "was left before it was used"
FORMACTION: Final = "formaction"
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
        self._pages: list[LivePage] = []

    def watch(self, context: BrowserContext) -> None:
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

    def _weigh(self, page: LivePage) -> None:
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


class Sight(Answer):
    """What a window shows, as an answer: `page` is the page, the body only its visible text."""

    __slots__ = ("page",)

    def __init__(self, page: Page) -> None:
        text = "".join(f"<p>{html.escape(block)}</p>" for block in page.blocks())
        super().__init__(page.status, page.url, {"Content-Type": "text/html; charset=utf-8"}, text.encode())
        self.page = page


class Tab(Site):
    """The portal's window. `launch` gives the browser when it is first needed; `gate` stands before it."""

    sees_students = False  # then nothing that a page asks is quoted: it may name one

    def __init__(
        self, base: str, launch: Callable[[], Browser], gate: Gate, limits: Limits, patience: Patience
    ) -> None:
        super().__init__(base, limits=limits)
        self._launch, self._gate, self._patience = launch, gate, patience
        self._context: BrowserContext | None = None
        self._live: LivePage | None = None
        self._only: LivePage | None = None  # in a test save: the tab that is worked, whatever else opens
        self._frame, self._pid, self._end = "", 0, 0.0
        self._traffic = Traffic(limits.max_bytes)
        self._asked: list[str] = []  # what the page asked, as it may be told
        self._agrees: str | None = ""  # the question that is answered with OK, once; None for any
        self.questions: list[str] = []  # those of confirm(), as they stand there
        self._shown: Snapshot | None = None

    @contextmanager
    def _act(self, *, spends: bool = True) -> Iterator[LivePage]:
        """Bound one act in time, which counts for the visit if it `spends`; a browser that hangs is killed."""
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

    def _newest(self) -> LivePage:
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

    def _turn_to(self, live: LivePage) -> None:
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

    def _open(self) -> LivePage:
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

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Go to an address of the portal, or press a `click:` address, and return what the window shows."""
        target = self._absolute(url)
        if target.startswith(PRESS):
            return self.press(target)
        self._permit(target)
        self._gate.held = False
        with self._act() as live:
            try:
                if "#" in target and urldefrag(target).url == urldefrag(live.url).url:
                    live.goto("about:blank")  # else a browser only scrolls, and shows what it showed before
                referer = (headers or {}).get("Referer")
                live.goto(target, wait_until="commit", timeout=self._left_seconds * 1000, referer=referer)
            except BrowserError as error:
                if self._gate.document is None and not self._gate.endless:
                    self._give_up(ended="net::ERR_" in str(error))
            return self._outcome()

    def shows(self, page: Page) -> bool:
        return self._shown is not None and self._shown.page.root is page.root

    def follow(self, url: str) -> Answer:
        """Click the link to an address, or go there if no such link is shown, and return what the window shows."""
        at = self._shown.links.get(url) if self._shown is not None else None
        if at is None:
            return self.get(url)
        self._permit(url)  # a click is no way around the fence
        return self.press(at)

    def picture(self) -> bytes:
        """Return the page as a PNG, with what is typed, or copied from a field, painted over. Raises Unreachable."""
        page = self.shown.page
        # Greetings and summaries repeat what a field holds.
        copies = Copies(page).standing_in(page.blocks())
        with self._act() as live:
            painted = [frame.locator(TYPED) for frame in live.frames]
            painted += [frame.get_by_text(text) for frame in live.frames for text in copies]
            return live.screenshot(
                full_page=True,
                mask=painted,
                mask_color="#7f7f7f",
                style=f"{TYPED} {{ -webkit-text-fill-color: transparent !important; text-shadow: none !important }}",
                animations="disabled",
                timeout=self._left_seconds * 1000,
            )

    def press(self, at: str) -> Answer:
        """Click the element of a number, once, and return what the window shows."""
        with self._act():
            self._ready(at).click(timeout=self._click_ms, no_wait_after=True)
            return self._outcome()

    def choose(self, at: str, value: str) -> Answer:
        """Choose in the list of a number, which sends its form by itself, and return what the window shows."""
        with self._act():
            self._element(at).select_option(value=value, timeout=self._click_ms, no_wait_after=True)
            return self._outcome()

    def fill(
        self, page: Page, filled: Mapping[Node, str], boxes: Iterable[Node] = (), *, saves: bool, stays: bool = False
    ) -> None:
        """Check boxes and type texts as a person would, then compare what the fields hold.

        With `saves` they are about to be saved; with `stays` the last field is not left yet, because leaving it saves.
        Raises PageNotUnderstood if a field does not take its text, or a page that saves could send it by itself.
        """
        if not self.shows(page):
            raise self._stopped("was left before the fields were filled in")
        self._gate.held = not self._gate.is_closed
        try:
            with self._act():
                self._type(filled, boxes, saves=saves, stays=stays)
        except (PageNotUnderstood, Unreachable):
            self._leave()
            raise

    def _type(self, filled: Mapping[Node, str], boxes: Iterable[Node], *, saves: bool, stays: bool) -> None:
        if saves and self._traffic.talks:
            raise self._stopped("keeps a web socket or a worker open, which could send what is typed")
        for box in boxes:
            element = self._element(box.attributes[LIVE])
            try:
                element.set_checked(True, timeout=self._click_ms)
            except BrowserError:  # one that is drawn by its label, and cannot be seen itself
                element.evaluate("(box) => { if (!box.checked) box.click(); }")
            self._settle()
        elements = {node: self._element(node.attributes[LIVE]) for node in filled}
        if saves and not all(element.is_enabled() and element.is_editable() for element in elements.values()):
            raise self._stopped("does not let this account change one of the fields")
        for node, element in elements.items():
            if node.tag == "select":
                element.select_option(value=filled[node], timeout=self._click_ms)
            else:
                element.fill(filled[node], timeout=self._click_ms)
        if not stays:  # many pages check or save a field when it is left
            element.evaluate("(element) => element.blur()")
        self._settle()
        if saves and self._gate.stopped:
            raise self._stopped("tried to send what was typed before save was pressed, unlike in the test save")
        for (node, text), element in zip(filled.items(), elements.values(), strict=True):
            held = element.input_value(timeout=self._click_ms)
            if held != text:  # a mask, a limit or a script of the page; only lengths are told
                what = "key" if node.attributes.get("type") == "password" or self._gate.tells(text) else "text"
                counted = f": {len(held)} of {len(text)} characters" if len(held) != len(text) else ""
                raise self._stopped(f"changed the {what} as it was typed{counted}")
        if saves and any(element.evaluate("(element) => element.matches(':invalid')") for element in elements.values()):
            raise self._stopped("does not take what was typed in one of its fields")

    def _leave(self) -> None:
        """Leave a page on which something was typed that must not be sent, not even on leaving."""
        self._gate.give_up()
        self._shown = None
        with suppress(Unreachable), self._act() as live:
            live.goto("about:blank", timeout=self._click_ms)

    def submit(self, at: str, node: Node | None = None, key: str = "Enter", then: str = "", asks: str = "") -> Answer:
        """Send what was typed, and return what the window shows.

        `at` is pressed once, or the key in the field `node`; then the button called `then`, if nothing was sent yet.
        The question `asks` is answered with OK, every other with Cancel. Raises PageNotUnderstood if nothing was sent,
        because it cannot be pressed or the page asked another question; AnswerLost without an answer; AnswerUnfit.
        """
        try:
            with self._act():
                self._press_and_settle(at, node, key, then, asks)
                held_back = False
                if at and not self._gate.sent:
                    with suppress(BrowserError):  # the button may be gone
                        held_back = bool(self._element(at).evaluate(HELD_BACK))
                answer = self._outcome(typed=True)
                if held_back:
                    raise self._stopped("does not take what was typed in one of its fields")
                if self._asked and not self._gate.sent:
                    question = "." if self.sees_students else f": {self._asked[0]}"
                    raise PageNotUnderstood(
                        f"The page asked a question before it sent anything{question}",
                        state="The answer was Cancel. Nothing was written.",
                        hint='Open the page in a browser to see the question, or set driver = "hand" in config.toml.',
                    )
                return answer
        except PageNotUnderstood as error:
            if not isinstance(error, AnswerUnfit):
                self._leave()
            raise

    def _press_and_settle(self, at: str, node: Node | None, key: str, then: str, asks: str | None) -> None:
        """Press what sends, as in `submit`; with `asks` None every question is answered with OK."""
        self._asked.clear()
        self.questions.clear()
        self._agrees = asks
        ready = self._ready(at) if at else None
        self._gate.held = False  # not earlier: a click that misses must not open the gate
        if ready is not None:
            ready.click(timeout=self._click_ms, no_wait_after=True)
        elif node is not None:
            self._element(node.attributes[LIVE]).press(key, timeout=self._click_ms, no_wait_after=True)
        self._settle()
        if then and not self._gate.sent and not self._gate.is_leaving:
            self._look()
            called = [item.control.node for item in self.shown.page.buttons if same(item.words, (then,))]
            numbers = {node.attributes[FORMACTION] for node in called}
            if len(numbers) != 1:
                raise self._stopped(f"has no one button called {then} after the first press")
            self._ready(numbers.pop()).click(timeout=self._click_ms, no_wait_after=True)
            self._settle()

    def try_save(self, at: str, last: Node, then: str, seen: Callable[[], bool]) -> Page | None:
        """Save behind the closed gate, and return what is shown once something is `seen`; None if the page is left."""
        with self._act() as live:
            self._press_and_settle(at, last, "Tab", then, None)
            end = time.monotonic() + self._patience.settle_seconds
            while not seen() and time.monotonic() < end:
                live.wait_for_timeout(self._patience.late_seconds * 1000)
            if self._gate.is_leaving:
                return None
            self._look()
            return self.shown.page

    def back_to(self, shown: Snapshot) -> None:
        self._turn_to(shown.live)
        self._shown = shown

    def open_another(self) -> None:
        """Open another tab and work there; it has all that this one holds for the session."""
        with self._act() as live:
            with live.expect_popup() as opened:  # a window of the page shares its sessionStorage; a new tab does not
                live.evaluate("() => void window.open('about:blank')")
            self._turn_to(opened.value)
        self._shown = None

    @property
    def shown(self) -> Snapshot:
        """The page as it was last read. Raises PageNotUnderstood if it was left."""
        if self._shown is None:
            raise self._stopped(LEFT)
        return self._shown

    def wait(self, until: Callable[[Page], bool], address: str = "") -> Answer | None:
        """Let a person work the window, which goes to `address` first, until `until` holds, and return the page then.

        None when their time is up, or at once if they close it: `is_closed` tells.
        """
        end = time.monotonic() + self._patience.person_seconds
        self._gate.held, self._gate.person_works = False, True
        try:
            if address:
                with suppress(Unreachable, AnswerUnfit):
                    self.get(address)
            while time.monotonic() < end and not self.is_closed:
                with suppress(Unreachable, AnswerUnfit), self._act(spends=False) as live:
                    live.wait_for_timeout(100)
                    if self.covers(self._newest().url):
                        answer = self._outcome()
                        if isinstance(answer, Sight) and until(answer.page):
                            return answer
            return None
        finally:
            self._gate.person_works = False

    def send(
        self, method: str, url: str, *, content: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Refuse: a window sends only by being clicked."""
        raise self._unfit("is worked in a browser, which sends nothing by itself", "Nothing was sent.")

    def _element(self, at: str) -> ElementHandle:
        element = self.shown.element(at)
        if element is None:
            raise self._stopped(LEFT)
        return element

    def _ready(self, at: str) -> ElementHandle:
        """Return an element once a person could click it. Raises PageNotUnderstood if nobody could, or Unreachable."""
        element = self._element(at)
        with suppress(BrowserError):
            element.click(trial=True, timeout=self._click_ms)
            return element
        if self._is_late:
            raise self._unreachable("did not answer in time")
        raise self._stopped("shows a link or button that cannot be pressed")

    def _outcome(self, *, typed: bool = False) -> Answer:
        """Return what an act led to; `typed` if it sent that. Raises Unreachable, AnswerLost or AnswerUnfit."""
        # After a press it is the second time: on a busy computer a page may be still before its next one is asked for.
        self._settle()
        if self._gate.endless:
            raise self._unfit(self._gate.endless, "It was left there.")
        if self._traffic.overflowed:
            raise self._unfit(TOO_MUCH)
        if self._gate.document is not None:
            return self._gate.document
        open_ones = self._traffic.decisive()
        if open_ones or self._gate.failed is not None or self._gate.refusal:
            sent = any(request.method not in READS for request in open_ones)
            self._give_up(sent=sent or (typed and self._gate.arrived))
        return self._look()

    def _look(self) -> Answer:
        live = self._newest()
        try:
            came = self._gate.pages.get(urldefrag(live.url).url)  # a script may have changed the address since
            status = self._gate.worst or (came.status if came is not None else 200)
            self._shown = take(live, status, self.covers, self._limits.max_bytes, self._left_seconds)
        except TooMuch:
            raise self._unfit(TOO_MUCH) from None
        return Sight(self._shown.page)

    def _give_up(self, *, ended: bool = False, sent: bool = False) -> NoReturn:
        """Raise the error for a page or save that failed; `sent`: it may have arrived; `ended`: a connection did."""
        if self._gate.refusal:
            raise self._unfit(self._gate.refusal, "Nothing was sent there.")
        failed = self._gate.failed
        if failed is not None and (not sent or isinstance(failed, AnswerLost | PageNotUnderstood)):
            raise failed
        ended = ended or failed is not None
        raise self._unreachable("ended the connection before it had answered" if ended else self._silence, sent=sent)

    def _stopped(self, what: str) -> PageNotUnderstood:
        """Return the error for a page on which nothing was pressed."""
        sent = " The page itself sent something, but not what was typed." if self._gate.sent else ""
        return PageNotUnderstood(
            f"The page {what}.",
            state=f"Nothing was saved.{sent}",
            hint='Open the page in a browser to see why, or set driver = "hand" in config.toml.',
        )


def _frame_of(live: LivePage) -> str:
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

"""One window of a real browser: opened when it is needed, worked in bounded acts, waited for until it is at rest.

Each act is bounded by `Limits.total_seconds`, all acts together by `Limits.visit_seconds`; a page that hangs is ended
with its browser. Playwright's own errors quote addresses and texts, so none is passed on.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ssrcred.adapters.portal.browser.engine import end_process, need_playwright, processes
from ssrcred.adapters.portal.browser.gate import Gate
from ssrcred.adapters.portal.browser.traffic import Traffic
from ssrcred.errors import Cause, Unreachable
from ssrcred.web import MOST_LATE, AnswerLost, Limits

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Dialog
    from playwright.sync_api import Page as LivePage

STILL: Final = """(ms) => new Promise((done) => {
  let timer = setTimeout(end, ms);
  const watch = new MutationObserver(() => { clearTimeout(timer); timer = setTimeout(end, ms); });
  watch.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  function end() {
    watch.disconnect();
    const meta = document.querySelector("meta[http-equiv=refresh i]");
    done(meta && parseFloat(meta.content) <= 5 && /url/i.test(meta.content) ? "leaving" : "still");
  }
})"""
UNSEEN_WAYS: Final = """
delete window.SharedWorker;
delete window.WebTransport;
delete window.RTCPeerConnection;
delete window.webkitRTCPeerConnection;
{
  const { remove, attachShadow } = Element.prototype;
  const drop = (node) => {
    if (node.localName === "script" && /^\\s*speculationrules/i.test(node.type)) remove.call(node);
  };
  const watch = (root) => new MutationObserver((all) => {
    for (const { target, addedNodes } of all) {
      drop(target);
      for (const node of addedNodes) {
        drop(node);
        if (node.querySelectorAll) node.querySelectorAll("script").forEach(drop);
      }
    }
  }).observe(root, { subtree: true, childList: true, attributes: true, attributeFilter: ["type"] });
  watch(document);
  Element.prototype.attachShadow = function (...given) {
    const root = attachShadow.apply(this, given);
    watch(root);
    return root;
  };
}"""
"""Takes from a page what the browser tells no gate of: calls, and pages that it would fetch before they are chosen."""
LATE: Final = "Try again later. If it lasts, IT looks at the network, the firewall and the proxy."
CLOSED: Final = "cannot be shown any more: the browser was closed"
OPEN: Final = "Start it again, and leave the browser's window open until it is done."
TICK: Final = 0.02
SLICE: Final = 0.5
"""Seconds that are waited before it is looked again whether the page goes on and on."""


@dataclass(frozen=True)
class Patience:
    """How long a page may take to come to rest, how long it has to be still for that, and a person's time (seconds).

    `late_seconds` is how long it has to be still once a script has asked for something, which it then draws.
    """

    settle_seconds: float = 10.0
    still_seconds: float = 0.15
    late_seconds: float = 0.7
    click_seconds: float = 5.0
    person_seconds: float = 300.0


class Window:
    """The window of `site` (a host's name for people). `covers` tells whether an address is the portal's.

    `launch` gives the browser when it is first needed; `gate` stands before it already. `asked` holds the questions
    that the page asked since it was last cleared, `questions` those of them that are asked by confirm(), as they stand
    there. `agrees` is the one that is answered with OK, once; None for any.
    """

    def __init__(
        self,
        site: str,
        covers: Callable[[str], bool],
        launch: Callable[[], Browser],
        gate: Gate,
        limits: Limits,
        patience: Patience,
    ) -> None:
        self._site, self._covers, self._launch, self._gate = site, covers, launch, gate
        self._bounds, self._patience = limits, patience
        self._context: BrowserContext | None = None
        self._live: LivePage | None = None
        self._frame, self._pid = "", 0
        self._used, self._late = 0.0, 0
        self._end = 0.0
        self.traffic = Traffic(covers, limits.max_bytes)
        self.asked: list[str] = []
        self.questions: list[str] = []
        self.agrees: str | None = ""
        self._kept: LivePage | None = None

    @contextmanager
    def act(self, *, spends: bool = True) -> Iterator[LivePage]:
        """One bounded act; a browser that does not answer any more is ended, which ends the wait.

        Raises Unreachable, or AnswerLost if something was sent in it; with `spends` its time counts for the visit.
        """
        need_playwright()
        from playwright.sync_api import Error

        try:
            live, pid = self._open(), self._browser_pid()
        except Error:  # the browser was ended, by this program or by the person who saw it
            live = None
        if live is None:
            raise self.unreachable(CLOSED)
        seconds = min(self._bounds.total_seconds, self._bounds.visit_seconds - self._used)
        if self._late == MOST_LATE:
            raise self.unreachable("did not answer in time")
        if seconds <= 0:
            raise self.unreachable("took longer than a visit may take")
        started = time.monotonic()
        self._end = started + seconds
        self._gate.begin(self._frame)
        self.traffic.begin()
        fuse = threading.Timer(seconds + 2 * self._patience.click_seconds, end_process, [pid])
        fuse.daemon = True
        fuse.start()
        failed: Unreachable | None = None
        try:
            yield live
        except Error:
            failed = self.unreachable(self.silence, sent=bool(self.traffic.sent))
        finally:
            fuse.cancel()
            self._late += self.is_late
            self._used += time.monotonic() - started if spends else 0
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
    def silence(self) -> str:
        """Why nothing came."""
        return CLOSED if self.is_closed and not self.is_late else "did not answer in time"

    @property
    def left_seconds(self) -> float:
        """What is left of the time of this act."""
        return max(self._end - time.monotonic(), 0.001)

    @property
    def is_late(self) -> bool:
        """Whether the time of this act is over."""
        return time.monotonic() >= self._end

    @property
    def click_ms(self) -> float:
        """How long one click, key or look at an element may take now, in milliseconds."""
        return min(self.left_seconds, self._patience.click_seconds) * 1000

    def settle(self) -> None:
        """Wait until the page is still and nothing is under way; what is sent is waited for as long as the act may.

        A page that is not followed or read any further is not waited for.
        """
        from playwright.sync_api import Error

        soon = min(time.monotonic() + self._patience.settle_seconds, self._end)
        while time.monotonic() < (self._end if self.traffic.matters and not self._gate.is_closed else soon):
            if self._gate.endless or self.traffic.overflowed:
                return
            live = self.newest()
            late = self.traffic.scripted
            still = (self._patience.late_seconds if late else self._patience.still_seconds) * 1000
            if self._gate.is_closed:  # the page may be leaving at any moment, and then answers no question
                live.wait_for_timeout(still + TICK * 1000)
                if self.traffic.reads:
                    continue
                return
            said = ""
            with suppress(Error):
                wait = min(max(min(soon, self._end) - time.monotonic(), 0.05), SLICE) * 1000
                live.wait_for_load_state("load", timeout=wait)
                said = str(live.wait_for_function(STILL, arg=still, timeout=wait + still).json_value())
            if said == "still" and not self.traffic.busy and late == self.traffic.scripted and live is self.newest():
                return
            live.wait_for_timeout(TICK * 1000)

    def newest(self) -> LivePage:
        """The window, or the newest pop-up of the portal that is open; other pop-ups are closed."""
        if self._context is None or self._live is None:
            raise self.unreachable("is not shown any more")
        if self._kept is not None:
            return self._kept
        windows = [page for page in self._context.pages if not page.is_closed()]
        for page in windows[1:]:
            if not self._covers(page.url) and page.url != "about:blank" and not self._gate.lent:
                page.close()
        own = [page for page in windows if not page.is_closed() and (self._covers(page.url) or page is windows[0])]
        if own:
            self._live = own[-1]
        return self._live

    def turn_to(self, live: LivePage) -> None:
        """Work this tab of the window, and no newer one."""
        self._kept = self._live = live
        live.bring_to_front()  # a tab behind another draws nothing, and much waits for that
        self._frame = self._frame_of(live)

    def open_another(self) -> LivePage:
        """A further tab, which has all that the one before it holds for the session."""
        with self.act() as live:
            with live.expect_popup() as opened:
                live.evaluate("() => void window.open('about:blank')")
            self.turn_to(opened.value)
        return opened.value

    def close(self) -> None:
        """Close it; the cookies are forgotten."""
        if self._context is not None:
            from playwright.sync_api import Error

            with suppress(Error):
                self._context.close(reason="done")
            self._context = self._live = None

    def unreachable(self, what: str, *, sent: bool = False, cause: Cause = Cause.SILENT) -> Unreachable:
        """The error for a site that gave no answer; AnswerLost if something was `sent` that may have arrived."""
        if sent:
            return AnswerLost(
                f"{self._site} {what}.",
                state="What was sent may have arrived; only looking again tells.",
                hint="Look whether it took effect before trying again.",
            )
        hint = OPEN if what == CLOSED else LATE
        return Unreachable(f"{self._site} {what}.", state="Nothing was changed.", hint=hint, cause=cause)

    def _open(self) -> LivePage:
        from playwright.sync_api import Error

        if self._live is None:
            browser = self._launch()
            self._context = browser.new_context(service_workers="block", accept_downloads=False)
            with suppress(Error):  # a page that is handed over counts as from nowhere near; the gate keeps what it may
                self._context.grant_permissions(["local-network-access"])
            self._context.set_default_timeout(self._patience.click_seconds * 1000)
            self._context.route_web_socket(lambda url: not self._covers_socket(url), lambda route: route.close())
            self._context.add_init_script(UNSEEN_WAYS)
            self.traffic.watch(self._context)
            self._context.on("dialog", self._on_dialog)
            self._live = self._context.new_page()
            self._frame = self._frame_of(self._live)
        return self._live

    @staticmethod
    def _frame_of(live: LivePage) -> str:
        session = live.context.new_cdp_session(live)
        frame = str(session.send("Target.getTargetInfo")["targetInfo"]["targetId"])
        session.detach()
        return frame

    def _covers_socket(self, url: str) -> bool:
        return self._covers(url.replace("ws", "http", 1))

    def _on_dialog(self, dialog: Dialog) -> None:
        """Agree to leave a page, take note of what is told, and answer every question but one with Cancel."""
        from playwright.sync_api import Error

        question = " ".join(dialog.message.split())
        if dialog.type == "confirm":
            self.questions.append(question)
        said = "" if self._gate.tells(dialog.message) else f"“{question[:200]}”"
        with suppress(Error):
            if dialog.type in ("alert", "beforeunload"):
                dialog.accept()
            elif dialog.type == "confirm" and question and self.agrees in (None, question):
                self.agrees = ""
                dialog.accept()
            else:
                self.asked.append(said or "a question that shows the key")
                dialog.dismiss()

    def _browser_pid(self) -> int:
        if not self._pid:
            self._pid = processes(self._launch()).get("browser", [0])[0]
        return self._pid

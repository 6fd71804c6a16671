"""One account's window in a real browser, as a site: it goes, clicks and types, and answers with what it shows.

Each act is bounded by `Limits.total_seconds`, all acts together by `Limits.visit_seconds`; a page that hangs is ended
with its browser. Nothing is done twice. Playwright's own errors quote addresses and texts, so none is passed on.
"""

from __future__ import annotations

import html
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn
from urllib.parse import urldefrag

from ssrcred.errors import PageNotUnderstood, Unreachable
from ssrcred.portal.engine import failure
from ssrcred.portal.gate import Gate
from ssrcred.portal.page import Page
from ssrcred.portal.snapshot import AT, PRESS, Snapshot, TooMuch, take
from ssrcred.portal.traffic import Traffic
from ssrcred.portal.tree import Node
from ssrcred.portal.typed import Others
from ssrcred.web import Answer, AnswerLost, AnswerUnfit, Limits, Site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Dialog, ElementHandle
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
HELD_BACK: Final = """(button) => {
  const form = button.isConnected && button.form;
  return !!form && !form.noValidate && !button.formNoValidate && form.matches(":invalid");
}"""
LATE: Final = "Try again later. If it lasts, IT looks at the network, the firewall and the proxy."
NAMES: Final = {
    "ERR_NAME_NOT_RESOLVED": "is a name that this computer cannot find",
    "ERR_CONNECTION_REFUSED": "cannot be connected to",
    "ERR_CERT_AUTHORITY_INVALID": "shows a certificate that this computer does not trust",
    "ERR_CERT_COMMON_NAME_INVALID": "shows a certificate for another name",
    "ERR_CERT_DATE_INVALID": "shows a certificate that is out of date",
    "ERR_PROXY_CONNECTION_FAILED": "could not be reached through the proxy",
    "ERR_TIMED_OUT": "did not answer in time",
}
TICK: Final = 0.02


@dataclass(frozen=True)
class Patience:
    """How long a page may take to come to rest, how long it has to be still for that, and a person's time (seconds)."""

    settle_seconds: float = 10.0
    still_seconds: float = 0.15
    click_seconds: float = 5.0
    person_seconds: float = 300.0


class Sight(Answer):
    """What a window shows, as an answer: `page` is the page, the body only its visible text."""

    __slots__ = ("page",)

    def __init__(self, page: Page) -> None:
        text = "".join(f"<p>{html.escape(block)}</p>" for block in page.blocks())
        super().__init__(page.status, page.url, {"Content-Type": "text/html; charset=utf-8"}, text.encode())
        self.page = page


class Tab(Site):
    """The window. `launch` gives the browser when it is first needed; `gate` stands before it already."""

    def __init__(
        self, base: str, launch: Callable[[], Browser], gate: Gate, limits: Limits, patience: Patience
    ) -> None:
        super().__init__(base, limits=limits)
        self._launch, self._gate, self._patience, self._bounds = launch, gate, patience, limits
        self._context: BrowserContext | None = None
        self._live: LivePage | None = None
        self._traffic = Traffic(self.covers)
        self._shown: Snapshot | None = None
        self._frame, self._pid = "", 0
        self._used = 0.0
        self._end = 0.0
        self.asked: list[str] = []

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """What the window shows at an address of the portal, or after a `click:` address was pressed."""
        target = self._absolute(url)
        if target.startswith(PRESS):
            return self.press(target)
        self._permit(target)
        with self._act() as live:
            from playwright.sync_api import Error

            try:
                if "#" in target and urldefrag(target).url == urldefrag(live.url).url:
                    live.goto("about:blank")  # else a browser only scrolls, and shows what it showed before
                referer = (headers or {}).get("Referer")
                live.goto(target, wait_until="commit", timeout=self._left() * 1000, referer=referer)
            except Error as error:
                if self._gate.document is None:
                    self._give_up(failure(error.message), target, "GET")
            return self._outcome()

    def shows(self, page: Page) -> bool:
        """Whether a page is the one that the window shows now."""
        return self._shown is not None and self._shown.page.root is page.root

    def follow(self, url: str) -> Answer:
        """What clicking the link to an address shows; going there if no such link is shown."""
        at = self._shown.link(url) if self._shown is not None else ""
        if not at:
            return self.get(url)
        self._permit(url)
        return self.press(at)

    def press(self, at: str) -> Answer:
        """What the window shows after the element of a number was clicked, once."""
        with self._act():
            self._ready(at)
            self._click(at)
            return self._outcome()

    def fill(self, page: Page, filled: Mapping[Node, str]) -> None:
        """Type texts as a person would, and look at what stands there then.

        Raises PageNotUnderstood if the page changed what was typed, or another field.
        """
        if not self.shows(page):
            raise self._stopped("was left before it was filled in")
        try:
            self._type(filled)
        except (PageNotUnderstood, Unreachable):
            self._leave()
            raise

    def _type(self, filled: Mapping[Node, str]) -> None:
        self._gate.held = True
        with self._act() as live:
            others = Others(live.frames, [self._element(node.attributes[AT]) for node in filled])
            for node, text in filled.items():
                element = self._element(node.attributes[AT])
                if node.tag == "select":
                    element.select_option(value=text, timeout=self._click_ms())
                else:
                    element.fill(text, timeout=self._click_ms())
                    element.evaluate("(element) => element.blur()")
            self._settle()
            self._compare(filled)
            if others.changed():
                raise self._stopped("changed another field when the texts were typed")

    def _leave(self) -> None:
        """Leave a page on which something was typed that is not to be sent."""
        with suppress(Unreachable), self._act() as live:
            live.goto("about:blank", timeout=self._click_ms())
        self._gate.held, self._shown = False, None

    def submit(self, at: str, node: Node | None = None) -> Answer:
        """What the window shows after what was typed was sent by one press of `at`, or of Enter in the field `node`.

        Raises PageNotUnderstood if it cannot be pressed, or if the page asked a question and nothing was sent: every
        question is answered with Cancel. AnswerLost if no answer came, AnswerUnfit if it cannot be taken.
        """
        with self._act():
            self.asked.clear()
            if at:
                self._ready(at)
            self._gate.held = False
            if at:
                self._click(at)
            elif node is not None:
                self._element(node.attributes[AT]).press("Enter", timeout=self._click_ms(), no_wait_after=True)
            self._settle()
            refuses = not self._traffic.sent and at != "" and self._refuses(at)
            answer = self._outcome()
        if refuses:
            self._leave()
            raise self._stopped("does not take what was typed in one of its fields")
        if self.asked and not self._traffic.sent:
            raise PageNotUnderstood(
                f"The page asked before it sent anything: {self.asked[0]}",
                state="It was answered with Cancel. Nothing was written.",
                hint='Open the page in a browser and see what it asks, or set driver = "hand" in config.toml.',
            )
        return answer

    def wait(self, until: Callable[[Page], bool], address: str = "") -> Answer | None:
        """What the window shows as soon as it is the portal's and `until` holds; None if the person's time ran out.

        A person works the window meanwhile, which goes to `address` first; nothing is typed or clicked by this program.
        """
        end = time.monotonic() + self._patience.person_seconds
        self._gate.held, self._gate.lent = False, True
        try:
            if address:
                with suppress(Unreachable, AnswerUnfit):
                    self.get(address)
            while time.monotonic() < end:
                with suppress(Unreachable, AnswerUnfit), self._act(spends=False) as live:
                    live.wait_for_timeout(100)
                    if self.covers(self._newest().url):
                        answer = self._outcome()
                        if isinstance(answer, Sight) and until(answer.page):
                            return answer
            return None
        finally:
            self._gate.lent = False

    def close(self) -> None:
        """Close the window; the cookies are forgotten."""
        if self._context is not None:
            from playwright.sync_api import Error

            with suppress(Error):
                self._context.close(reason="done")
            self._context = self._live = self._shown = None
        super().close()

    def send(
        self, method: str, url: str, *, content: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Refused: a window sends by being pressed, and by nothing else."""
        raise self._unfit("is worked in a browser, which sends nothing by itself", "Nothing was sent.")

    def _open(self) -> LivePage:
        if self._live is None:
            browser = self._launch()
            self._context = browser.new_context(service_workers="block", accept_downloads=False)
            self._context.set_default_timeout(self._patience.click_seconds * 1000)
            self._context.route_web_socket(lambda url: not self._covers_socket(url), lambda route: route.close())
            self._traffic.watch(self._context)
            self._context.on("dialog", self._on_dialog)
            self._live = self._context.new_page()
            session = self._context.new_cdp_session(self._live)
            self._frame = str(session.send("Target.getTargetInfo")["targetInfo"]["targetId"])
            session.detach()
        return self._live

    def _covers_socket(self, url: str) -> bool:
        return self.covers(url.replace("ws", "http", 1))

    def _on_dialog(self, dialog: Dialog) -> None:
        """Agree to leave a page, take note of what is told, and answer every question with Cancel."""
        from playwright.sync_api import Error

        said = "" if self._gate.tells(dialog.message) else f"“{' '.join(dialog.message.split())[:200]}”"
        with suppress(Error):
            if dialog.type in ("alert", "beforeunload"):
                dialog.accept()
            else:
                self.asked.append(said or "a question that shows the key")
                dialog.dismiss()

    @contextmanager
    def _act(self, *, spends: bool = True) -> Iterator[LivePage]:
        """One bounded act; a browser that does not answer any more is ended, which ends the wait."""
        from playwright.sync_api import Error

        live = self._open()
        seconds = min(self._bounds.total_seconds, self._bounds.visit_seconds - self._used)
        if seconds <= 0:
            raise self._unreachable("took longer than a visit may take")
        started = time.monotonic()
        self._end = started + seconds
        self._gate.document, self._gate.acting = None, self._frame
        self._traffic.begin()
        fuse = threading.Timer(seconds + 2 * self._patience.click_seconds, self._end_browser, [self._browser_pid()])
        fuse.daemon = True
        fuse.start()
        failed: Unreachable | None = None
        try:
            yield live
        except Error:
            failed = self._unreachable("did not answer in time", sent=bool(self._traffic.sent))
        finally:
            fuse.cancel()
            self._used += time.monotonic() - started if spends else 0
        if failed is not None:
            raise failed

    def _browser_pid(self) -> int:
        if not self._pid:
            browser = self._launch()
            session = browser.new_browser_cdp_session()
            found = session.send("SystemInfo.getProcessInfo")["processInfo"]
            session.detach()
            self._pid = next((int(item["id"]) for item in found if item["type"] == "browser"), 0)
        return self._pid

    @staticmethod
    def _end_browser(pid: int) -> None:
        with suppress(OSError):
            os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))

    def _left(self) -> float:
        return max(self._end - time.monotonic(), 0.001)

    def _click_ms(self) -> float:
        return min(self._left(), self._patience.click_seconds) * 1000

    def _element(self, at: str) -> ElementHandle:
        found = self._shown.element(at) if self._shown is not None else None
        if found is None:
            raise self._stopped("was left before it was used")
        return found

    def _ready(self, at: str) -> None:
        """Wait until an element could be clicked by a person. Raises PageNotUnderstood if it cannot."""
        from playwright.sync_api import Error

        try:
            self._element(at).click(trial=True, timeout=self._click_ms())
        except Error:
            reason = "shows a link or button that cannot be pressed"
        else:
            return
        raise self._stopped(reason)

    def _click(self, at: str) -> None:
        self._element(at).click(timeout=self._click_ms(), no_wait_after=True)

    def _refuses(self, at: str) -> bool:
        """Whether the browser held a form back because of what a field holds, such as no e-mail address."""
        from playwright.sync_api import Error

        with suppress(Error):
            return bool(self._element(at).evaluate(HELD_BACK))
        return False

    def _compare(self, filled: Mapping[Node, str]) -> None:
        """Raise PageNotUnderstood if a field does not hold what was typed."""
        for node, text in filled.items():
            found = self._element(node.attributes[AT]).input_value(timeout=self._click_ms())
            if found == text:
                continue
            what = "key" if node.attributes.get("type") == "password" or self._gate.tells(text) else "text"
            counted = f": {len(found)} of {len(text)} characters" if len(found) != len(text) else ""
            raise self._stopped(f"changed the {what} as it was typed{counted}")

    def _settle(self) -> None:
        """Wait until the page is still and nothing is under way; what is sent is waited for as long as the act may."""
        from playwright.sync_api import Error

        still = self._patience.still_seconds * 1000
        soon = min(time.monotonic() + self._patience.settle_seconds, self._end)
        while time.monotonic() < (self._end if self._traffic.matters else soon):
            live = self._newest()
            said = ""
            with suppress(Error):
                wait = max(min(soon, self._end) - time.monotonic(), 0.05) * 1000
                live.wait_for_load_state("load", timeout=wait)
                said = str(live.wait_for_function(STILL, arg=still, timeout=wait).json_value())
            if said == "still" and not self._traffic.busy and live is self._newest():
                return
            live.wait_for_timeout(TICK * 1000)

    def _newest(self) -> LivePage:
        """The window, or the newest pop-up of the portal that is open; other pop-ups are closed."""
        if self._context is None or self._live is None:
            raise self._unreachable("is not shown any more")
        windows = [page for page in self._context.pages if not page.is_closed()]
        for page in windows[1:]:
            if not self.covers(page.url) and page.url != "about:blank" and not self._gate.lent:
                page.close()
        own = [page for page in windows if not page.is_closed() and (self.covers(page.url) or page is windows[0])]
        if own:
            self._live = own[-1]
        return self._live

    def _outcome(self) -> Answer:
        """What an act led to. Raises Unreachable, AnswerLost or AnswerUnfit."""
        self._settle()
        if self._gate.document is not None:
            return self._gate.document
        for request in self._traffic.unanswered():
            self._give_up(failure(request.failure or ""), request.url, request.method)
        return self._look()

    def _look(self) -> Answer:
        live = self._newest()
        try:
            most = self._bounds.max_bytes
            self._shown = take(live, self._traffic.status(live), self.covers, most, self._left())
        except TooMuch:
            raise self._unfit("answered with more than any page or report holds") from None
        return Sight(self._shown.page)

    def _give_up(self, word: str, url: str, method: str) -> NoReturn:
        """Raise our words for a request that came to nothing."""
        ended = [url, *(request.url for request in self._traffic.unanswered())]
        refused = next((reason for address in ended if (reason := self._gate.reason(address))), "")
        if refused:
            raise self._unfit(refused, "Nothing was sent there.")
        what = NAMES.get(word, "ended the connection before it had answered" if word else "did not answer in time")
        raise self._unreachable(what, sent=method not in ("GET", "HEAD") and word != "ERR_CONNECTION_REFUSED")

    def _unreachable(self, what: str, *, sent: bool = False) -> Unreachable:
        name = self._home[1]
        if sent:
            return AnswerLost(
                f"{name} {what}.",
                state="What was sent may have arrived; only looking again tells.",
                hint="Look whether it took effect before trying again.",
            )
        return Unreachable(f"{name} {what}.", state="Nothing was changed.", hint=LATE)

    def _stopped(self, what: str) -> PageNotUnderstood:
        """The error for a page on which a text was typed or a button looked for, and nothing was pressed."""
        sent = " The page itself sent something, but not what was typed." if self._traffic.sent else ""
        return PageNotUnderstood(
            f"The page {what}.",
            state=f"Nothing was saved.{sent}",
            hint='Open the page in a browser and see, or set driver = "hand" in config.toml.',
        )

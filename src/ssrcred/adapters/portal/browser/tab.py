"""One account's window as a site: goes to pages, clicks and types, and answers with what is shown then.

Nothing is done twice. Opening, waiting and time limits are in window.py.
"""

from __future__ import annotations

import html
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NoReturn
from urllib.parse import urldefrag

from ssrcred.adapters.portal.browser.caught_request import READS
from ssrcred.adapters.portal.browser.engine import BrowserError
from ssrcred.adapters.portal.browser.snapshot import AT, Snapshot, TooMuch, take
from ssrcred.adapters.portal.browser.window import Window
from ssrcred.adapters.portal.find.candidate import Copies
from ssrcred.adapters.portal.html.page import PRESS, Page
from ssrcred.adapters.portal.html.text_comparison import same
from ssrcred.adapters.portal.html.tree import Node
from ssrcred.adapters.web.answer import Answer
from ssrcred.adapters.web.trouble import AnswerLost, AnswerUnfit
from ssrcred.domain.errors import PageNotUnderstood, Unreachable

if TYPE_CHECKING:
    from playwright.sync_api import ElementHandle

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


class Sight(Answer):
    """What a window shows, as an answer: `page` is the page, the body only its visible text."""

    __slots__ = ("page",)

    def __init__(self, page: Page) -> None:
        text = "".join(f"<p>{html.escape(block)}</p>" for block in page.blocks())
        super().__init__(page.status, page.url, {"Content-Type": "text/html; charset=utf-8"}, text.encode())
        self.page = page


class Tab(Window):
    """The window, worked. With `sees_students` nothing that a page asks is quoted: it may name one."""

    sees_students = False

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
            element = self._element(box.attributes[AT])
            try:
                element.set_checked(True, timeout=self._click_ms)
            except BrowserError:  # one that is drawn by its label, and cannot be seen itself
                element.evaluate("(box) => { if (!box.checked) box.click(); }")
            self._settle()
        elements = {node: self._element(node.attributes[AT]) for node in filled}
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
            self._element(node.attributes[AT]).press(key, timeout=self._click_ms, no_wait_after=True)
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

"""What is done in one account's window, as a site: it goes, clicks and types, and answers with what is shown then.

Nothing is done twice. The window and its bounds are window.py's.
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
from ssrcred.adapters.portal.html.tree import Node
from ssrcred.adapters.portal.html.wording import same
from ssrcred.adapters.web.answer import Answer
from ssrcred.adapters.web.trouble import AnswerLost, AnswerUnfit
from ssrcred.domain.errors import PageNotUnderstood, Unreachable

if TYPE_CHECKING:
    from playwright.sync_api import ElementHandle

HELD_BACK: Final = """(button) => {
  const form = button.isConnected && button.form;
  return !!form && !form.noValidate && !button.formNoValidate && form.matches(":invalid");
}"""
"""Whether the browser held a form back because of what a field holds, such as no e-mail address."""
NOT_TYPED: Final = ("checkbox", "radio", "button", "submit", "reset", "image")
TYPED: Final = (
    f":is(input{''.join(f':not([type={kind} i])' for kind in NOT_TYPED)}, textarea, [contenteditable]"
    ":not([contenteditable=false i]))"
)
"""What a person types into."""
PAINT: Final = "#7f7f7f"
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
        """What the window shows at an address of the portal, or after a `click:` address was pressed."""
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
        """Whether a page is the one that the window shows now."""
        return self._shown is not None and self._shown.page.root is page.root

    def follow(self, url: str) -> Answer:
        """What clicking the link to an address shows; going there if no such link is shown."""
        at = self._shown.links.get(url) if self._shown is not None else None
        if at is None:
            return self.get(url)
        self._permit(url)
        return self.press(at)

    def picture(self) -> bytes:
        """The page that is shown, as a PNG, with all that is typed painted over, and what is copied from a field.

        Lists, radio buttons and boxes stay as they are. Raises Unreachable.
        """
        page = self.shown.page
        copies = Copies(page).standing_in(page.blocks())
        with self._act() as live:
            painted = [frame.locator(TYPED) for frame in live.frames]
            painted += [frame.get_by_text(text) for frame in live.frames for text in copies]
            return live.screenshot(
                full_page=True,
                mask=painted,
                mask_color=PAINT,
                style=f"{TYPED} {{ -webkit-text-fill-color: transparent !important; text-shadow: none !important }}",
                animations="disabled",
                timeout=self._left_seconds * 1000,
            )

    def press(self, at: str) -> Answer:
        """What the window shows after the element of a number was clicked, once."""
        with self._act():
            self._ready(at).click(timeout=self._click_ms, no_wait_after=True)
            return self._outcome()

    def choose(self, at: str, value: str) -> Answer:
        """What the window shows after a choice in the list of a number, which sends its form by itself."""
        with self._act():
            self._element(at).select_option(value=value, timeout=self._click_ms, no_wait_after=True)
            return self._outcome()

    def fill(
        self, page: Page, filled: Mapping[Node, str], boxes: Iterable[Node] = (), *, saves: bool, stays: bool = False
    ) -> None:
        """Switch boxes on and type texts, as a person would, and look at what stands there then.

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
        if not stays:
            element.evaluate("(element) => element.blur()")
        self._settle()
        if saves and self._gate.stopped:
            raise self._stopped("tried to send what was typed before save was pressed, unlike in the test save")
        for (node, text), element in zip(filled.items(), elements.values(), strict=True):
            held = element.input_value(timeout=self._click_ms)
            if held != text:
                what = "key" if node.attributes.get("type") == "password" or self._gate.tells(text) else "text"
                counted = f": {len(held)} of {len(text)} characters" if len(held) != len(text) else ""
                raise self._stopped(f"changed the {what} as it was typed{counted}")
        if saves and any(element.evaluate("(element) => element.matches(':invalid')") for element in elements.values()):
            raise self._stopped("does not take what was typed in one of its fields")

    def _leave(self) -> None:
        """Leave a page on which something was typed that is not to be sent; nor is it when the page is told to go."""
        self._gate.give_up()
        self._shown = None
        with suppress(Unreachable), self._act() as live:
            live.goto("about:blank", timeout=self._click_ms)

    def submit(self, at: str, node: Node | None = None, key: str = "Enter", then: str = "", asks: str = "") -> Answer:
        """What the window shows after what was typed was sent by one press of `at`, or of a key in the field `node`;
        and of what is called `then`, if that is given and nothing was sent. The question `asks` is answered with OK.

        Raises PageNotUnderstood if it cannot be pressed, or if the page asked another question and nothing was sent:
        those are answered with Cancel. AnswerLost if no answer came, AnswerUnfit if it cannot be taken.
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
        """Press what sends, as `submit` says; with `asks` None any question is answered with OK."""
        self._asked.clear()
        self.questions.clear()
        self._agrees = asks
        ready = self._ready(at) if at else None
        self._gate.held = False
        if ready is not None:
            ready.click(timeout=self._click_ms, no_wait_after=True)
        elif node is not None:
            self._element(node.attributes[AT]).press(key, timeout=self._click_ms, no_wait_after=True)
        self._settle()
        if then and not self._gate.sent and not self._gate.is_leaving:
            self._look()
            called = [item.control.node for item in self.shown.page.buttons() if same(item.words, (then,))]
            numbers = {node.attributes[FORMACTION] for node in called}
            if len(numbers) != 1:
                raise self._stopped(f"has no one button called {then} after the first press")
            self._ready(numbers.pop()).click(timeout=self._click_ms, no_wait_after=True)
            self._settle()

    def try_save(self, at: str, last: Node, then: str, seen: Callable[[], bool]) -> Page | None:
        """What the window shows after a save that the closed gate lets nothing of leave, once something is `seen`.

        None if it waits for the next page.
        """
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
        """Work a tab again as it was `shown`."""
        self._turn_to(shown.live)
        self._shown = shown

    def open_another(self) -> None:
        """Work a further tab from here on, which has all that the one before it holds for the session."""
        with self._act() as live:
            with live.expect_popup() as opened:
                live.evaluate("() => void window.open('about:blank')")
            self._turn_to(opened.value)
        self._shown = None

    @property
    def shown(self) -> Snapshot:
        """The page that was shown when it was last looked at. Raises PageNotUnderstood if it was left."""
        if self._shown is None:
            raise self._stopped(LEFT)
        return self._shown

    def wait(self, until: Callable[[Page], bool], address: str = "") -> Answer | None:
        """What the window shows as soon as it is the portal's and `until` holds; None if the person's time ran out.

        A person works the window meanwhile, which goes to `address` first; nothing is typed or clicked by this program.
        None at once if they close it: `is_closed` tells.
        """
        end = time.monotonic() + self._patience.person_seconds
        self._gate.held, self._gate.lent = False, True
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
            self._gate.lent = False

    def send(
        self, method: str, url: str, *, content: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Refused: a window sends by being pressed, and by nothing else."""
        raise self._unfit("is worked in a browser, which sends nothing by itself", "Nothing was sent.")

    def _element(self, at: str) -> ElementHandle:
        element = self.shown.element(at)
        if element is None:
            raise self._stopped(LEFT)
        return element

    def _ready(self, at: str) -> ElementHandle:
        """An element, once a person could click it. Raises PageNotUnderstood if nobody could, or Unreachable."""
        element = self._element(at)
        with suppress(BrowserError):
            element.click(trial=True, timeout=self._click_ms)
            return element
        if self._is_late:
            raise self._unreachable("did not answer in time")
        raise self._stopped("shows a link or button that cannot be pressed")

    def _outcome(self, *, typed: bool = False) -> Answer:
        """What an act led to, `typed` if it sent what was typed. Raises Unreachable, AnswerLost or AnswerUnfit."""
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
        """Raise our words for a page or a save that came to nothing; `sent` if something may have come to the portal.

        `ended`: the browser says that a connection ended.
        """
        if self._gate.refusal:
            raise self._unfit(self._gate.refusal, "Nothing was sent there.")
        failed = self._gate.failed
        if failed is not None and (not sent or isinstance(failed, AnswerLost | PageNotUnderstood)):
            raise failed
        ended = ended or failed is not None
        raise self._unreachable("ended the connection before it had answered" if ended else self._silence, sent=sent)

    def _stopped(self, what: str) -> PageNotUnderstood:
        """The error for a page on which a text was typed or a button looked for, and nothing was pressed."""
        sent = " The page itself sent something, but not what was typed." if self._gate.sent else ""
        return PageNotUnderstood(
            f"The page {what}.",
            state=f"Nothing was saved.{sent}",
            hint='Open the page in a browser to see why, or set driver = "hand" in config.toml.',
        )

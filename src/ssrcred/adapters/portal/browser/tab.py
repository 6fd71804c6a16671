"""What is done in one account's window, as a site: it goes, clicks and types, and answers with what is shown then.

Nothing is done twice. The window and its bounds are window.py's.
"""

from __future__ import annotations

import html
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn
from urllib.parse import urldefrag

from ssrcred.adapters.portal.browser.engine import failure
from ssrcred.adapters.portal.browser.gate import Gate
from ssrcred.adapters.portal.browser.snapshot import AT, Snapshot, TooMuch, take
from ssrcred.adapters.portal.browser.traffic import READS
from ssrcred.adapters.portal.browser.window import Patience, Window
from ssrcred.adapters.portal.find.naming import Copies
from ssrcred.adapters.portal.html.inline_script import PRESS
from ssrcred.adapters.portal.html.page import Page
from ssrcred.adapters.portal.html.tree import Node
from ssrcred.adapters.portal.html.wording import same
from ssrcred.errors import Cause, PageNotUnderstood, Unreachable
from ssrcred.web import Answer, AnswerUnfit, Limits, Site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ElementHandle
    from playwright.sync_api import Page as LivePage

HELD_BACK: Final = """(button) => {
  const form = button.isConnected && button.form;
  return !!form && !form.noValidate && !button.formNoValidate && form.matches(":invalid");
}"""
NAMES: Final = {
    "ERR_NAME_NOT_RESOLVED": "is a name that this computer cannot find",
    "ERR_CONNECTION_REFUSED": "cannot be connected to",
    "ERR_CERT_AUTHORITY_INVALID": "shows a certificate that this computer does not trust",
    "ERR_CERT_COMMON_NAME_INVALID": "shows a certificate for another name",
    "ERR_CERT_DATE_INVALID": "shows a certificate that is out of date",
    "ERR_PROXY_CONNECTION_FAILED": "could not be reached through the proxy",
    "ERR_TIMED_OUT": "did not answer in time",
}
CAUSES: Final = {
    "ERR_NAME_NOT_RESOLVED": Cause.NAME,
    "ERR_CONNECTION_REFUSED": Cause.NOT_CONNECTED,
    "ERR_CERT_AUTHORITY_INVALID": Cause.CERTIFICATE,
    "ERR_CERT_COMMON_NAME_INVALID": Cause.CERTIFICATE_NAME,
    "ERR_CERT_DATE_INVALID": Cause.CERTIFICATE_DATE,
    "ERR_PROXY_CONNECTION_FAILED": Cause.PROXY,
}
NOT_TYPED: Final = ("checkbox", "radio", "button", "submit", "reset", "image")
TYPED: Final = (
    f":is(input{''.join(f':not([type={kind} i])' for kind in NOT_TYPED)}, textarea, [contenteditable]"
    ":not([contenteditable=false i]))"
)
"""What a person types into."""
PAINT: Final = "#7f7f7f"
TOO_MUCH: Final = "answered with more than any page or report holds"


LATER_MS: Final = 700
FORMACTION: Final = "formaction"


@dataclass(frozen=True, eq=False, repr=False)
class Kept:
    """A tab, what it showed, the addresses of its frames, its own first, and the pages that had come by then."""

    live: LivePage
    shown: Snapshot
    urls: tuple[str, ...]
    pages: Mapping[str, Answer]


class Sight(Answer):
    """What a window shows, as an answer: `page` is the page, the body only its visible text."""

    __slots__ = ("page",)

    def __init__(self, page: Page) -> None:
        text = "".join(f"<p>{html.escape(block)}</p>" for block in page.blocks())
        super().__init__(page.status, page.url, {"Content-Type": "text/html; charset=utf-8"}, text.encode())
        self.page = page


class Tab(Site):
    """The window. `launch` gives the browser when it is first needed; `gate` stands before it already.

    With `sees_students` nothing that a page asks is quoted: it may name one.
    """

    def __init__(
        self,
        base: str,
        launch: Callable[[], Browser],
        gate: Gate,
        limits: Limits,
        patience: Patience,
        *,
        sees_students: bool = False,
    ) -> None:
        super().__init__(base, limits=limits)
        self._sees_students = sees_students
        self._gate, self._patience, self._bounds = gate, patience, limits
        self._window = Window(self._home[1], self.covers, launch, gate, limits, patience)
        self._shown: Snapshot | None = None

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """What the window shows at an address of the portal, or after a `click:` address was pressed."""
        target = self._absolute(url)
        if target.startswith(PRESS):
            return self.press(target)
        self._permit(target)
        self._gate.held = False
        with self._window.act() as live:
            from playwright.sync_api import Error

            try:
                if "#" in target and urldefrag(target).url == urldefrag(live.url).url:
                    live.goto("about:blank")  # else a browser only scrolls, and shows what it showed before
                referer = (headers or {}).get("Referer")
                live.goto(target, wait_until="commit", timeout=self._window.left_seconds * 1000, referer=referer)
            except Error as error:
                if self._gate.document is None and not self._gate.endless:
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

    def picture(self) -> bytes:
        """The page that is shown, as a PNG, with all that is typed painted over, and what is copied from a field.

        Lists, radio buttons and boxes stay as they are. Raises Unreachable.
        """
        copies = Copies(self.now).standing_in(self.now.blocks())
        with self._window.act() as live:
            painted = [frame.locator(TYPED) for frame in live.frames]
            painted += [frame.get_by_text(text) for frame in live.frames for text in copies]
            style = f"{TYPED} {{ -webkit-text-fill-color: transparent !important; text-shadow: none !important }}"
            return live.screenshot(
                full_page=True,
                mask=painted,
                mask_color=PAINT,
                style=style,
                animations="disabled",
                timeout=self._window.left_seconds * 1000,
            )

    def press(self, at: str) -> Answer:
        """What the window shows after the element of a number was clicked, once."""
        with self._window.act():
            self._ready(at)
            self._click(at)
            return self._outcome()

    def choose(self, at: str, value: str) -> Answer:
        """What the window shows after a choice in the list of a number, which sends its form by itself."""
        with self._window.act():
            self._element(at).select_option(value=value, timeout=self._window.click_ms, no_wait_after=True)
            return self._outcome()

    def fill(self, page: Page, filled: Mapping[Node, str]) -> None:
        """Type texts as a person would, and look at what stands there then.

        Raises PageNotUnderstood if the page changed what was typed.
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
        with self._window.act():
            for node, text in filled.items():
                element = self._element(node.attributes[AT])
                if node.tag == "select":
                    element.select_option(value=text, timeout=self._window.click_ms)
                else:
                    element.fill(text, timeout=self._window.click_ms)
                    element.evaluate("(element) => element.blur()")
            self._window.settle()
            self._compare(filled)

    def _leave(self) -> None:
        """Leave a page on which something was typed that is not to be sent; nor is it when the page is told to go."""
        self._gate.give_up()
        self._shown = None
        with suppress(Unreachable), self._window.act() as live:
            live.goto("about:blank", timeout=self._window.click_ms)

    def enter(self, page: Page, filled: Mapping[Node, str], boxes: Iterable[Node] = (), *, stays: bool = False) -> None:
        """Switch boxes on and type texts, as a person would who is about to save.

        With `stays` the last field is not left yet, because leaving it saves. Raises PageNotUnderstood if a field does
        not take its text, or the page keeps a connection open through which it could leave.
        """
        if not self.shows(page):
            raise self._stopped("was left before it was filled in")
        try:
            self._enter(filled, boxes, stays=stays)
        except (PageNotUnderstood, Unreachable):
            self._leave()
            raise

    def _enter(self, filled: Mapping[Node, str], boxes: Iterable[Node], *, stays: bool) -> None:
        with self._window.act():
            if self._window.traffic.talks:
                raise self._stopped("keeps a web socket or a worker open, through which what is typed could leave")
            for box in boxes:
                self._switch_on(self._element(box.attributes[AT]))
            self._window.settle()
            elements = {node: self._element(node.attributes[AT]) for node in filled}
            if not all(element.is_enabled() and element.is_editable() for element in elements.values()):
                raise self._stopped("does not let this account change one of the fields")
            for node, element in elements.items():
                element.fill(filled[node], timeout=self._window.click_ms)
            if not stays:
                element.evaluate("(element) => element.blur()")
            self._window.settle()
            if self._gate.stopped:
                raise self._stopped("was about to send what was typed before save was pressed, unlike in the test save")
            self._compare(filled)
            if any(element.evaluate("(element) => element.matches(':invalid')") for element in elements.values()):
                raise self._stopped("does not take what was typed in one of its fields")

    def _switch_on(self, box: ElementHandle) -> None:
        from playwright.sync_api import Error

        try:
            box.set_checked(True, timeout=self._window.click_ms)
        except Error:  # one that is drawn by its label, and cannot be seen itself
            box.evaluate("(box) => { if (!box.checked) box.click(); }")

    def _press_save(self, at: str, last: Node, then: str, asks: str | None) -> None:
        """Press what saves, or leave the field `last` where that is nothing, and then what is called `then`, if given.

        The question `asks` is answered with OK; with None, any.
        """
        self._window.asked.clear()
        self._window.questions.clear()
        self._window.agrees = asks
        if at:
            self._ready(at)
        self._gate.held = False
        if at:
            self._click(at)
        else:
            self._element(last.attributes[AT]).press("Tab", timeout=self._window.click_ms, no_wait_after=True)
        self._window.settle()
        if then and not self._window.traffic.sent and not self._gate.is_leaving:
            self._look()
            called = [item for item in self.now.buttons() if same(item.words, (then,))]
            if len({item.control.node.attributes[FORMACTION] for item in called}) != 1:
                raise self._stopped(f"has no one button called {then} after the first press")
            at = called[0].control.node.attributes[FORMACTION]
            self._ready(at)
            self._click(at)
            self._window.settle()

    def save(self, at: str, last: Node, then: str = "", asks: str = "") -> Answer:
        """What the window shows after a save; the question `asks` is answered with OK. Raises as `submit` does."""
        try:
            with self._window.act():
                self._press_save(at, last, then, asks)
                return self._sent(at)
        except AnswerUnfit:
            raise
        except PageNotUnderstood:
            self._leave()
            raise

    def try_save(self, at: str, last: Node, then: str, seen: Callable[[], bool]) -> Page | None:
        """What the window shows after a save that the closed gate lets nothing of leave, once something is `seen`.

        None if it waits for the next page.
        """
        with self._window.act() as live:
            self._press_save(at, last, then, None)
            end = time.monotonic() + self._patience.settle_seconds
            while not seen() and time.monotonic() < end:
                live.wait_for_timeout(50)
            live.wait_for_timeout(LATER_MS)
            if self._gate.is_leaving:
                return None
            self._look()
            return self.now

    def pause(self) -> None:
        """Wait for what a page does by itself a moment after something was typed."""
        with self._window.act() as live:
            live.wait_for_timeout(LATER_MS)

    @property
    def questions(self) -> list[str]:
        """What the page asked by confirm() since save was pressed."""
        return self._window.questions

    def keep(self) -> Kept:
        """This tab as it stands, to come back to it."""
        if self._shown is None:
            raise self._stopped("was left before it was used")
        live = self._window.newest()
        return Kept(live, self._shown, tuple(frame.url for frame in live.frames), dict(self._gate.pages))

    def back_to(self, kept: Kept) -> None:
        """Work a tab again that was kept."""
        self._window.turn_to(kept.live)
        self._shown = kept.shown

    def open_another(self) -> None:
        """Work a further tab of the same session from here on."""
        self._window.open_another()
        self._shown = None

    @property
    def now(self) -> Page:
        """The page that was shown when it was last looked at."""
        if self._shown is None:
            raise self._stopped("was left before it was used")
        return self._shown.page

    def submit(self, at: str, node: Node | None = None) -> Answer:
        """What the window shows after what was typed was sent by one press of `at`, or of Enter in the field `node`.

        Raises PageNotUnderstood if it cannot be pressed, or if the page asked a question and nothing was sent: every
        question is answered with Cancel. AnswerLost if no answer came, AnswerUnfit if it cannot be taken.
        """
        with self._window.act():
            self._window.asked.clear()
            if at:
                self._ready(at)
            self._gate.held = False
            if at:
                self._click(at)
            elif node is not None:
                self._element(node.attributes[AT]).press("Enter", timeout=self._window.click_ms, no_wait_after=True)
            self._window.settle()
            return self._sent(at)

    def _sent(self, at: str) -> Answer:
        """What a press of `at` led to that sends what was typed."""
        refuses = not self._window.traffic.sent and at != "" and self._refuses(at)
        answer = self._outcome(typed=True)
        if refuses:
            self._leave()
            raise self._stopped("does not take what was typed in one of its fields")
        if self._window.asked and not self._window.traffic.sent:
            question = "." if self._sees_students else f": {self._window.asked[0]}"
            raise PageNotUnderstood(
                f"The page asked before it sent anything{question}",
                state="It was answered with Cancel. Nothing was written.",
                hint='Open the page in a browser and see what it asks, or set driver = "hand" in config.toml.',
            )
        return answer

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
            while time.monotonic() < end and not self._window.is_closed:
                with suppress(Unreachable, AnswerUnfit), self._window.act(spends=False) as live:
                    live.wait_for_timeout(100)
                    if self.covers(self._window.newest().url):
                        answer = self._outcome()
                        if isinstance(answer, Sight) and until(answer.page):
                            return answer
            return None
        finally:
            self._gate.lent = False

    @property
    def is_closed(self) -> bool:
        """Whether the person closed the window."""
        return self._window.is_closed

    def close(self) -> None:
        """Close the window; the cookies are forgotten."""
        self._window.close()
        self._shown = None
        super().close()

    def send(
        self, method: str, url: str, *, content: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Refused: a window sends by being pressed, and by nothing else."""
        raise self._unfit("is worked in a browser, which sends nothing by itself", "Nothing was sent.")

    def _element(self, at: str) -> ElementHandle:
        found = self._shown.element(at) if self._shown is not None else None
        if found is None:
            raise self._stopped("was left before it was used")
        return found

    def _ready(self, at: str) -> None:
        """Wait until an element could be clicked by a person. Raises PageNotUnderstood if it cannot, or Unreachable."""
        from playwright.sync_api import Error

        try:
            self._element(at).click(trial=True, timeout=self._window.click_ms)
        except Error:
            late = self._window.is_late
        else:
            return
        if late:
            raise self._window.unreachable("did not answer in time")
        raise self._stopped("shows a link or button that cannot be pressed")

    def _click(self, at: str) -> None:
        self._element(at).click(timeout=self._window.click_ms, no_wait_after=True)

    def _refuses(self, at: str) -> bool:
        """Whether the browser held a form back because of what a field holds, such as no e-mail address."""
        from playwright.sync_api import Error

        with suppress(Error):
            return bool(self._element(at).evaluate(HELD_BACK))
        return False

    def _compare(self, filled: Mapping[Node, str]) -> None:
        """Raise PageNotUnderstood if a field does not hold what was typed."""
        for node, text in filled.items():
            found = self._element(node.attributes[AT]).input_value(timeout=self._window.click_ms)
            if found == text:
                continue
            what = "key" if node.attributes.get("type") == "password" or self._gate.tells(text) else "text"
            counted = f": {len(found)} of {len(text)} characters" if len(found) != len(text) else ""
            raise self._stopped(f"changed the {what} as it was typed{counted}")

    def _outcome(self, *, typed: bool = False) -> Answer:
        """What an act led to, `typed` if it sent what was typed. Raises Unreachable, AnswerLost or AnswerUnfit."""
        self._window.settle()
        if self._gate.endless:
            raise self._unfit(self._gate.endless, "It was left there.")
        if self._window.traffic.overflowed:
            raise self._unfit(TOO_MUCH)
        if self._gate.document is not None:
            return self._gate.document
        for request in self._window.traffic.unanswered():
            before = typed and any(sent is not request for sent in self._window.traffic.sent)
            self._give_up(failure(request.failure or ""), request.url, request.method, sent=before)
        return self._look()

    def _look(self) -> Answer:
        live = self._window.newest()
        try:
            most = self._bounds.max_bytes
            self._shown = take(live, self._window.traffic.status(live), self.covers, most, self._window.left_seconds)
        except TooMuch:
            raise self._unfit(TOO_MUCH) from None
        return Sight(self._shown.page)

    def _give_up(self, word: str, url: str, method: str, *, sent: bool = False) -> NoReturn:
        """Raise our words for a request that came to nothing; `sent` if another before it had sent what was typed."""
        ended = [url, *(request.url for request in self._window.traffic.unanswered())]
        refused = next((reason for address in ended if (reason := self._gate.reason(address))), "")
        if refused:
            raise self._unfit(refused, "Nothing was sent there.")
        failed = self._gate.failed
        if failed is not None and not (sent and isinstance(failed, Unreachable)):
            raise failed
        what = NAMES.get(word, "ended the connection before it had answered" if word else self._window.silence)
        sent = sent or (method not in READS and word != "ERR_CONNECTION_REFUSED")
        raise self._window.unreachable(what, sent=sent, cause=CAUSES.get(word, Cause.SILENT))

    def _stopped(self, what: str) -> PageNotUnderstood:
        """The error for a page on which a text was typed or a button looked for, and nothing was pressed."""
        sent = " The page itself sent something, but not what was typed." if self._window.traffic.sent else ""
        return PageNotUnderstood(
            f"The page {what}.",
            state=f"Nothing was saved.{sent}",
            hint='Open the page in a browser and see, or set driver = "hand" in config.toml.',
        )

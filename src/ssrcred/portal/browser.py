"""A SIS portal worked in a real browser that is installed already, for pages that JavaScript builds.

The way is that of every driver (visit.py); here each page is what a window shows, and each choice is a click.
With `show` the window can be seen, and a person passes what this program does not: a code, a captcha, another site's
log-in. Only then, and only while the person is asked to, pages of other sites may be shown in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from ssrcred.adapters.portal.browser.engine import Engine
from ssrcred.adapters.portal.browser.gate import Gate
from ssrcred.adapters.portal.browser.request_sender import Courier
from ssrcred.adapters.portal.browser.snapshot import AT
from ssrcred.adapters.portal.browser.tab import Sight, Tab
from ssrcred.adapters.portal.browser.window import Patience
from ssrcred.adapters.portal.html.control import Control, own_text
from ssrcred.adapters.portal.html.form import Form
from ssrcred.adapters.portal.html.inline_script import LEADS, on_choice
from ssrcred.adapters.portal.html.page import Button, Page
from ssrcred.adapters.portal.html.tree import Node
from ssrcred.adapters.portal.html.wording import same, says
from ssrcred.adapters.portal.visit.session import Account, Session
from ssrcred.credential import SecretKey
from ssrcred.errors import PageNotUnderstood
from ssrcred.portal.map import PortalMap
from ssrcred.portal.setting import Setting, anew, save_request
from ssrcred.portal.visit import VisitedPortal
from ssrcred.web import Answer, AnswerUnfit, Limits

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def silent(message: str) -> None:
    """Say nothing."""


class BrowserPortal(VisitedPortal):
    """One LEA's portal in a browser.

    `base_url`, `username`, `password`, `words`, `probes`, `limits` and `clock` are those of FormPortal. `browser` is a
    channel such as chrome, or a path; None takes what is there. `show` lets the window be seen, and `say` tells the
    person what to do in it. `launch` gives a browser that somebody else started and will end. Nothing is started or
    sent before the first call of a method. Raises UsageWrong then if Playwright or a browser is missing.
    """

    def __init__(
        self,
        base_url: str,
        username: str,
        password: SecretKey,
        words: PortalMap,
        *,
        probes: Mapping[str, tuple[str, SecretKey]] | None = None,
        limits: Limits | None = None,
        clock: Callable[[], datetime],
        browser: str | None = None,
        show: bool = False,
        say: Callable[[str], None] = silent,
        patience: Patience | None = None,
        launch: Callable[[], Browser] | None = None,
    ) -> None:
        bounds = limits or Limits()
        self._engine = Engine(browser, show=show)
        self._gate = Gate(Courier(base_url, limits=bounds), bounds)
        self._launch, self._shut = launch or self._engine.launch, False

        def visit(account: Account) -> BrowserVisit:
            sees = account.sees_students
            tab = Tab(base_url, self._guarded, self._gate, bounds, patience or Patience(), sees_students=sees)
            return BrowserVisit(tab, base_url, account, words, self._gate, say if show else None, bounds)

        super().__init__(visit, Account(username, password), words, probes, clock)

    def close(self) -> None:
        """Close every window and end the browser; profile, cookies and cache go with it."""
        super().close()
        self._gate.open()
        self._shut = False
        self._engine.close()

    def _guarded(self) -> Browser:
        """The browser, behind the gate."""
        found = self._launch()
        if not self._shut:
            self._gate.shut(found)
            self._shut = True
        return found


class BrowserVisit(Session):
    """A visit of one account in a window. `say` speaks to the person who sees it, and is None if nobody does."""

    def __init__(
        self,
        tab: Tab,
        base: str,
        account: Account,
        words: PortalMap,
        gate: Gate,
        say: Callable[[str], None] | None,
        limits: Limits | None = None,
    ) -> None:
        super().__init__(tab, base, account, words, limits)
        self._tab, self._gate, self._say = tab, gate, say
        gate.learn(secret=account.password.reveal(), name=account.username)

    def fetch(self, url: str, page: Page) -> Answer:
        """What clicking the link to an address shows."""
        return self._tab.follow(url)

    def press(self, page: Page, form: Form, button: Control | None, filled: Mapping[Node, str] | None = None) -> Answer:
        """What the window shows after the texts were typed and the button was clicked."""
        self._stays(page, form, button)
        chosen = next(iter(filled or ()), None)
        if chosen is not None and len(filled or ()) == 1 and on_choice(chosen):
            return self._tab.choose(chosen.attributes[AT], (filled or {})[chosen])
        typed = {node: text for node, text in (filled or {}).items() if AT in node.attributes}
        if typed:
            self._tab.fill(page, typed)
        at = button.node.attributes.get("formaction", "") if button is not None else ""
        return self._tab.submit(at, next(reversed(typed), None))

    def submit(self, page: Page, form: Form, button: Button | None, choice: tuple[Node, str]) -> Page:
        """The page that a form answers once a list's choice was made in it; a page that was left is gone back to."""
        if not self._tab.shows(page):
            called = button if button is not None and button.control.node is not choice[0] else None
            page, form, button, choice = self._found_again(page, form, called, choice)
        return super().submit(page, form, button, choice)

    def _found_again(
        self, page: Page, form: Form, button: Button | None, choice: tuple[Node, str]
    ) -> tuple[Page, Form, Button | None, tuple[Node, str]]:
        """The same list, form and button on the page as it is now."""
        now = self.open(page.url, page)
        name = next(item.name for item in form.controls if item.node is choice[0])
        lists = [item for item in now.fields() if item.control.name == name and item.control.kind == "select"]
        if len(lists) != 1 or _options(lists[0].control.node) != _options(choice[0]):
            raise self.lost(now, "offers other schools to choose from than before")
        found = lists[0]
        called = [item for item in now.buttons() if button is not None and same(item.words, (button.words,))]
        own = [item for item in called if item.form is found.form and item.control.submits]
        if button is not None and len(own) != 1:
            raise self.lost(now, f"has no one button called {button.words} beside the list any more")
        return now, found.form, own[0] if own else None, (found.control.node, choice[1])

    def checked(self, answer: Answer) -> Page:
        """The page in an answer. Raises Unreachable if the portal says that it is not at work."""
        if not isinstance(answer, Sight):
            return super().checked(answer)
        page = self._bounded(answer.page)
        self._at_work(page, answer)
        return page

    def save(self, setting: Setting, username: str, key: str) -> Answer:
        """What the window shows after the two texts were typed into a place and save was pressed once."""
        page = setting.page
        left = not self._tab.shows(page)
        now = anew(setting, self._words, (lambda: self.open(page.url, page)) if left else None)
        request = save_request(now, self._words, username, key)
        controls = (item.control for item in now.page.buttons())
        pressed = next((item for item in controls if item.node.attributes.get("formaction") == request.url), None)
        self._stays(now.page, now.form, pressed)
        self._gate.learn(secret=key, name=username)
        self._tab.fill(now.page, {now.username.control.node: username, now.key.control.node: key})
        return self._tab.submit(request.url)

    def _stays(self, page: Page, form: Form, button: Control | None) -> None:
        """Raise PageNotUnderstood, before anything is typed, if a form would be sent to another site."""
        own = button.node.attributes.get(LEADS, "") if button is not None else ""
        aim = own or form.node.attributes.get(LEADS, "")
        # A mailto: would hand what is typed to a mail program, in the arguments that it is started with.
        if aim and not aim.startswith(("javascript:", "about:")) and not self.covers(aim):
            raise self.lost(page, "has a form that leads to another site")

    def _log_in(self) -> Page:
        if self._say is None:
            return super()._log_in()
        try:
            return super()._log_in()
        except (AnswerUnfit, PageNotUnderstood) as error:
            if self._log_ins and not isinstance(error, AnswerUnfit):
                raise
            stopped, self._final = error, None
        return self._by_person(stopped)

    def _accepted(self, page: Page) -> Page:
        if self._say is None:
            return super()._accepted(page)
        refused = self._log_in_form(page) is not None or self._is_door(page)
        if not refused and not self._is_through(page):
            found = self._wait("asks for a further step")
            page = found if found is not None else page
        return super()._accepted(page)

    def _by_person(self, stopped: PageNotUnderstood) -> Page:
        """The page after a person logged in, when the log-in is not one that this program knows."""
        found = self._wait("has a log-in that needs you", self._base)
        if found is None:
            raise self._ended(stopped)
        self._log_ins += 1
        return super()._accepted(found)

    def _wait(self, what: str, address: str = "") -> Page | None:
        say = self._say or silent
        name = self._words.name
        say(f"{name} {what}. Do it in the browser window now; this program goes on by itself afterwards.")
        answer = self._tab.wait(self._is_through, address)
        late = "The window was closed before that." if self._tab.is_closed else "That took too long."
        say("Thank you, that was it." if answer is not None else late)
        return self.checked(answer) if answer is not None else None

    def _is_through(self, page: Page) -> bool:
        """Whether a page is behind the log-in: nothing on it asks for a password or a code."""
        asks = any(item.control.kind == "password" for item in page.fields())
        code = bool(page.fields()) and any(says(block, self._words.login.code) for block in page.blocks())
        return not asks and not code and self.covers(page.url)


def _options(select: Node) -> list[tuple[str, str]]:
    """What a list offers: each choice's value and words."""
    nodes = [node for node in select.walk() if node.tag == "option"]
    return [(node.attributes.get("value", ""), own_text(node)) for node in nodes]

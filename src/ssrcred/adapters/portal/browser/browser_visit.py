"""A visit in a real browser's window, where every choice is a click, for pages that scripts build or save.

In a visible window a person can do what this program does not: a code, a captcha, another site's sign-in. Only then
may the window show pages of other sites.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ssrcred.adapters.portal.browser.engine import Engine
from ssrcred.adapters.portal.browser.gate import Gate
from ssrcred.adapters.portal.browser.tab import FORMACTION, Patience, Sight, Tab
from ssrcred.adapters.portal.html.form import Form
from ssrcred.adapters.portal.html.label import names_of
from ssrcred.adapters.portal.html.page import LEADS, LIVE, TAG, Button, Link, Page, script_effect
from ssrcred.adapters.portal.html.text_comparison import same
from ssrcred.adapters.portal.html.tree import Node
from ssrcred.adapters.portal.map import PortalMap
from ssrcred.adapters.portal.visit.navigator import Account, Session, asks_password, told_on
from ssrcred.adapters.portal.visit.page_links import Step, choices_of, lists_on
from ssrcred.adapters.portal.visit.setting_form import LEAVE, Filling
from ssrcred.adapters.web.answer import Answer
from ssrcred.adapters.web.bound import Limits
from ssrcred.adapters.web.trouble import AnswerLost, AnswerUnfit
from ssrcred.domain.errors import PageNotUnderstood, Unreachable

if TYPE_CHECKING:
    from playwright.sync_api import Browser


class BrowserVisit(Session):
    """A visit of one account in a window of a portal's browser."""

    def __init__(self, browser: PortalBrowser, account: Account) -> None:
        self.gate, self._browser, self._say = browser.gate, browser, browser.say
        self.tab = Tab(browser.base, browser.open, self.gate, browser.limits, browser.patience)
        self.tab.sees_students = account.sees_students
        super().__init__(self.tab, browser.base, account, browser.words, browser.limits)
        self.gate.learn(secret=account.password.reveal(), name=account.username)

    def fetch(self, url: str, page: Page) -> Answer:
        """Click the link to an address, and return what the window shows."""
        return self.tab.follow(url)

    def press(self, page: Page, form: Form, button: Button | None, typed: Mapping[Node, str] | None = None) -> Answer:
        """Type the texts, click the button, and return what the window shows."""
        self._stays(page, form, button)
        typed, chosen = dict(typed or {}), button.chooses_in if button is not None else None
        if button is not None and chosen is not None:
            typed, effect = {chosen: button.sets[chosen]}, script_effect(chosen)
            if effect and not isinstance(effect, str):  # a list that sends its form by itself
                return self.tab.choose(chosen.attributes[LIVE], typed[chosen])
        if typed:
            self.tab.fill(page, typed, saves=False)
        at = button.submitter.node.attributes.get(FORMACTION, "") if button is not None and button.submitter else ""
        return self.tab.submit(at, next(reversed(typed), None))

    def take(self, page: Page, step: Step) -> Page:
        """Return the page that a step leads to; for a choice in a list, go back to its page first."""
        own = step.chooses_in if isinstance(step, Button) else None
        if isinstance(step, Link) or own is None or self.tab.shows(page):
            return super().take(page, step)
        now = self.open(page.url, page)
        lists = [item for item in lists_on(now) if item.control.name == own.attributes.get("name", "")]
        same_ones = [one for item in lists for one in choices_of(now, item, self._words.schools.go)]
        same_ones = [one for one in same_ones if one.words == step.words and step.sets[own] in one.sets.values()]
        if len(lists) != 1 or len(same_ones) != 1:
            raise self.lost(now, "offers other schools to choose from than before")
        return super().take(now, same_ones[0])

    def checked(self, answer: Answer) -> Page:
        """Return the page in an answer. Raises Unreachable if the portal says that it is down."""
        if not isinstance(answer, Sight):
            return super().checked(answer)
        return self._usable(answer.page, answer)

    def save(self, filling: Filling, username: str, key: str) -> Answer:
        """Type the two texts, check the boxes, press save once, and return what the window shows."""
        # Raises PageNotUnderstood while nothing was sent; then only Unreachable, AnswerLost or AnswerUnfit.
        self._stays(filling.page, filling.form, filling.button)
        self.gate.learn(secret=key, name=username)
        # A user name that the field holds already goes with whatever the page sends by itself.
        self.gate.hold({key, username} - {filling.username.value}, filling.confirmed.early)
        try:
            at, last = self.enter(filling, username, key)
            return self.tab.submit(at, last, "Tab", filling.confirmed.then, filling.confirmed.asks)
        except (PageNotUnderstood, Unreachable) as error:
            if isinstance(error, AnswerUnfit) or not self.gate.left:  # nothing of it left early
                raise
            lost = error
        raise AnswerLost(
            lost.message,
            state="The new values may be stored: the page sends them by itself, as it did in the test save. "
            "Save was not pressed, or the page did not answer.",
            hint="Check whether it was saved before you try again.",
        )

    def enter(self, filling: Filling, username: str, key: str) -> tuple[str, Node]:
        """Check the boxes, type the two texts, and return what saves ("": leaving the field) and the last field."""
        what, stays, values = filling.save.what, filling.save.kind == LEAVE, filling.values(username, key)
        node = what.control.node if isinstance(what, Button) else what.node if what is not None else Node("")
        at = node.attributes.get(FORMACTION) or node.attributes.get(LIVE, "")
        if not at and not stays:
            raise self.lost(filling.page, f"has nothing called {filling.save.label} that could be pressed")
        self.tab.fill(filling.page, values, filling.ticked, saves=True, stays=stays)
        return at, next(reversed(values))

    def reveal(self, page: Page, label: str) -> Page | None:
        """Click the text called `label`, and return the page with the field that it becomes, if there is one."""
        nodes = (button.control.node for button in page.buttons)
        texts = (node for node in nodes if node.attributes.get(TAG, "a") not in ("a", "button", "input"))
        node = next((node for node in texts if same(label, names_of(node, page.labels))), None)
        if node is None:
            return None
        self.gate.reads_only = True  # a click that only shows a field sends nothing
        try:
            return self.checked(self.tab.press(node.attributes[FORMACTION]))
        finally:
            self.gate.reads_only = False

    def close(self) -> None:
        """Close the window; after a test save, kill the whole browser."""
        if self.gate.is_closed:
            self._browser.kill()
        super().close()

    def _stays(self, page: Page, form: Form, button: Button | None) -> None:
        """Raise PageNotUnderstood, before anything is typed, if a form would be sent to another site."""
        own = button.control.node.attributes.get(LEADS, "") if button is not None else ""
        aim = own or form.node.attributes.get(LEADS, "")
        # A mailto: would hand what is typed to a mail program, in the arguments that it is started with.
        if aim and not aim.startswith(("javascript:", "about:")) and not self.covers(aim):
            raise self.lost(page, "has a form that leads to another site")

    def _sign_in(self) -> Page:
        try:
            return super()._sign_in()
        except (AnswerUnfit, PageNotUnderstood) as error:
            if self._say is None or (self._sign_ins and not isinstance(error, AnswerUnfit)):
                raise
            stopped, self._final = error, None
        page = self._wait("needs you to sign in", self._base)
        if page is None:
            raise self._ended(stopped)
        self._sign_ins += 1
        return super()._accepted(page)

    def _accepted(self, page: Page) -> Page:
        refused = self._say is None or self._sign_in_form(page) is not None or self._asks_sign_in(page)
        if not refused and not self._is_through(page):
            page = self._wait("asks for another sign-in step") or page
        return super()._accepted(page)

    def _wait(self, what: str, address: str = "") -> Page | None:
        """Let a person do what the portal asks, and return the page after that; None if nobody did."""
        if self._say is None:
            return None
        self._say(f"{self._words.name} {what}. Do it in the browser window now. ssrcred continues by itself.")
        answer = self.tab.wait(self._is_through, address)
        self.by_person = self.by_person or answer is not None
        late = "The window was closed before you were signed in." if self.tab.is_closed else "That took too long."
        self._say("Thank you, you are signed in." if answer is not None else late)
        return self.checked(answer) if answer is not None else None

    def _is_through(self, page: Page) -> bool:
        """Return whether a page is behind the sign-in: nothing on it asks for a password or a code."""
        asks_code = page.fields and told_on(page, self._words.login.code)
        return not (asks_code or asks_password(page)) and self.covers(page.url)


class PortalBrowser:
    """Opens visits of one portal, each with a window and cookies of its own; starts nothing before one needs it."""

    def __init__(
        self,
        base_url: str,
        words: PortalMap,
        limits: Limits | None = None,
        patience: Patience | None = None,
        browser: str | None = None,  # a channel such as chrome, or a path; None takes what is there
        *,
        show: bool = False,  # lets the window be seen
        say: Callable[[str], None] | None = None,  # tells the person what to do in it
        launch: Callable[[], Browser] | None = None,  # gives a browser that somebody else started
    ) -> None:
        self.base, self.words = base_url, words
        self.limits, self.patience = limits or Limits(), patience or Patience()
        self.say = say if show else None
        self.gate = Gate(base_url, self.limits)
        self._engine = Engine(browser, show=show)
        self._launch = launch or self._engine.launch
        self._guarded: Browser | None = None

    def visit(self, account: Account) -> BrowserVisit:
        """Return a visit of an account; its first page starts the browser."""
        return BrowserVisit(self, account)

    def open(self) -> Browser:
        """Start the browser behind the gate, once."""
        if self._guarded is None:
            self._guarded = self._launch()
            self.gate.shut(self._guarded)
        return self._guarded

    def close(self) -> None:
        """End the browser; profile, cookies and cache go with it. After a test save it is killed."""
        if self.gate.is_closed:
            self.kill()
        self.gate.open()
        self._guarded = None
        self._engine.close()

    def kill(self) -> None:
        """Kill the browser while the gate is still closed; the next visit starts another."""
        if self._guarded is not None:
            self._engine.kill(self._guarded)
        self._guarded = None
        self.gate.open()

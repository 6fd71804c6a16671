"""One LEA's portal in a real browser that is installed already: started when it is first needed, behind a gate."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ssrcred.adapters.portal.browser.browser_visit import BrowserVisit
from ssrcred.adapters.portal.browser.engine import Engine
from ssrcred.adapters.portal.browser.gate import Gate
from ssrcred.adapters.portal.browser.request_sender import RequestSender
from ssrcred.adapters.portal.browser.tab import Tab
from ssrcred.adapters.portal.browser.window import Patience
from ssrcred.adapters.portal.map import PortalMap
from ssrcred.adapters.portal.visit.session import Account
from ssrcred.web import Limits

if TYPE_CHECKING:
    from playwright.sync_api import Browser


class PortalBrowser:
    """Opens visits of one portal, each in a window of its own, with cookies of its own.

    `browser` is a channel such as chrome, or a path; None takes what is there. `show` lets the window be seen, and
    `say` tells the person what to do in it. `launch` gives a browser that somebody else started. Nothing is started or
    sent before a visit needs it; then BrowserMissing is raised if Playwright or a browser is missing.
    """

    def __init__(
        self,
        base_url: str,
        words: PortalMap,
        limits: Limits | None = None,
        patience: Patience | None = None,
        browser: str | None = None,
        *,
        show: bool = False,
        say: Callable[[str], None] | None = None,
        launch: Callable[[], Browser] | None = None,
    ) -> None:
        self._base, self._words = base_url, words
        self._limits, self._patience = limits or Limits(), patience or Patience()
        self._say = say if show else None
        self._engine = Engine(browser, show=show)
        self._gate = Gate(RequestSender(base_url, limits=self._limits), self._limits)
        self._launch = launch or self._engine.launch
        self._guarded: Browser | None = None

    def visit(self, account: Account) -> BrowserVisit:
        """A visit of an account; the browser is started when its first page is asked for."""
        sees = account.sees_students
        tab = Tab(self._base, self._open, self._gate, self._limits, self._patience, sees_students=sees)
        return BrowserVisit(tab, self._base, account, self._words, self._gate, self._say, self._limits, self.kill)

    def close(self) -> None:
        """End the browser; profile, cookies and cache go with it. After a test save it is killed."""
        if self._gate.is_closed:
            self.kill()
        self._gate.open()
        self._guarded = None
        self._engine.close()

    def kill(self) -> None:
        """End the browser as it stands, the gate before it to the last; the next visit starts another."""
        if self._guarded is not None:
            self._engine.kill(self._guarded)
        self._guarded = None
        self._gate.open()

    def _open(self) -> Browser:
        """The browser, behind the gate."""
        if self._guarded is None:
            self._guarded = self._launch()
            self._gate.shut(self._guarded)
        return self._guarded

"""A SIS portal worked in a real browser that is installed already, for pages that JavaScript builds.

The way is that of every driver (visit.py); here each page is what a window shows, and each choice is a click.
With `show` the window can be seen, and a person passes what this program does not: a code, a captcha, another site's
log-in. Only then, and only while the person is asked to, pages of other sites may be shown in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from ssrcred.adapters.portal.browser.browser_visit import BrowserVisit, silent
from ssrcred.adapters.portal.browser.engine import Engine
from ssrcred.adapters.portal.browser.gate import Gate
from ssrcred.adapters.portal.browser.request_sender import Courier
from ssrcred.adapters.portal.browser.tab import Tab
from ssrcred.adapters.portal.browser.window import Patience
from ssrcred.adapters.portal.visit.session import Account
from ssrcred.credential import SecretKey
from ssrcred.portal.map import PortalMap
from ssrcred.portal.setting import Setting, anew, save_request
from ssrcred.portal.visit import VisitedPortal
from ssrcred.web import Answer, Limits

if TYPE_CHECKING:
    from playwright.sync_api import Browser


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

        def visit(account: Account) -> SettingVisit:
            sees = account.sees_students
            tab = Tab(base_url, self._guarded, self._gate, bounds, patience or Patience(), sees_students=sees)
            return SettingVisit(tab, base_url, account, words, self._gate, say if show else None, bounds)

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


class SettingVisit(BrowserVisit):
    """A visit that writes what the words of a map find."""

    def save(self, setting: Setting, username: str, key: str) -> Answer:  # type: ignore[override]
        """What the window shows after the two texts were typed into a place and save was pressed once."""
        page = setting.page
        left = not self.tab.shows(page)
        now = anew(setting, self._words, (lambda: self.open(page.url, page)) if left else None)
        request = save_request(now, self._words, username, key)
        controls = (item.control for item in now.page.buttons())
        pressed = next((item for item in controls if item.node.attributes.get("formaction") == request.url), None)
        self._stays(now.page, now.form, pressed)
        self.gate.learn(secret=key, name=username)
        self.tab.fill(now.page, {now.username.control.node: username, now.key.control.node: key})
        return self.tab.submit(request.url)

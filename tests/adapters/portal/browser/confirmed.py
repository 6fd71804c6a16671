"""What a person would confirm of each drawn page, and a browser to work it in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser

from adapters.portal.pages.page_server import DISTRICT, OFFICE, PASSWORD, SettingsPage, serving
from ssrcred.adapters.portal.browser.browser_visit import BrowserVisit, PortalBrowser
from ssrcred.adapters.portal.browser.tab import Patience
from ssrcred.adapters.portal.html.page import Page
from ssrcred.adapters.portal.html.text_comparison import alike
from ssrcred.adapters.portal.map import load_map
from ssrcred.adapters.portal.route.page_comparison import Setting, filled_in, labeled
from ssrcred.adapters.portal.route.route import FieldLook, Fields, SaveControl
from ssrcred.adapters.portal.visit.navigator import Account
from ssrcred.adapters.portal.visit.setting_form import Filling
from ssrcred.domain.credential import SecretKey

BRISK = Patience(settle_seconds=3, still_seconds=0.05, late_seconds=0.15, click_seconds=10)
WORDS = load_map("schoolwise")


@dataclass
class Worked:
    """A drawn page in a browser, and what was confirmed of it."""

    drawn: SettingsPage
    browser: PortalBrowser
    visit: BrowserVisit

    @property
    def fields(self) -> Fields:
        drawn = self.drawn
        save = SaveControl(drawn.save.kind, drawn.save.label, drawn.save.second_press, drawn.save.dialog)
        user, key = FieldLook(drawn.username_label, drawn.username_kind), FieldLook(drawn.key_label, drawn.key_kind)
        return Fields(user, key, save, drawn.repeat, drawn.boxes)

    def arrive(self) -> Page:
        """The settings page, with texts opened that are fields only when they are clicked."""
        page = self.visit.follow_way(self.drawn.way)
        for label in (self.drawn.username_label, self.drawn.key_label):
            page = self.visit.reveal(page, label) or page
        return page

    def filling_on(self, page: Page) -> Filling | None:
        """The district's fields on a page; where two are alike they are the last ones."""
        kinds = (self.fields.username.kind, self.fields.key.kind)
        found = [item for item in labeled(page, self.fields, WORDS) if item.kinds == kinds]
        named = [item for item in found if item.username.control.name == self.drawn.controls(DISTRICT)[0]]
        told = [item for item in named if any(alike(name, self.drawn.heading) for name in item.names)]
        fitted = filled_in((told or named or found)[-1], DISTRICT, self.fields) if found else ()
        return fitted.filling if isinstance(fitted, Setting) else None


@contextmanager
def working(drawn: SettingsPage, browser: Browser, base: str) -> Iterator[Worked]:
    """A drawn page at `base`, for as long as the `with` lasts."""
    portal = PortalBrowser(base, WORDS, patience=BRISK, launch=lambda: browser)
    visit = portal.visit(Account(OFFICE, SecretKey(PASSWORD)))
    try:
        yield Worked(drawn, portal, visit)
    finally:
        visit.close()
        portal.close()


__all__ = ["serving", "working"]

"""Before new credentials are asked for, the save is tested once more: it has to be as it was confirmed.

The page is drawn as an SIS vendor would build it; every name, user name and key is made up.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from adapters.portal.browser.confirmed import BRISK
from adapters.portal.browser.served import launched
from adapters.portal.pages.page_server import BISHOP, DISTRICT, OFFICE, PASSWORD, PINE, Request, SettingsPage, serving
from adapters.portal.pages.reach_plain import ButtonsAndRowForms
from adapters.portal.test_confirmed_portal import NOW, WORDS, confirmed
from ssrcred.adapters.portal.browser.browser_visit import PortalBrowser
from ssrcred.adapters.portal.route.route import Route
from ssrcred.adapters.portal.route_follower import ConfirmedPortal
from ssrcred.adapters.portal.visit.navigator import Account
from ssrcred.domain.credential import SecretKey
from ssrcred.domain.errors import PageChanged
from ssrcred.domain.place import What

pytestmark = [pytest.mark.real("chromium"), pytest.mark.filterwarnings("ignore::ResourceWarning")]

BY_SCRIPT = """<script>addEventListener("submit", (event) => {
  for (const one of event.target.elements) if (one.name === "contact") one.value = "set.by@script.example";
});</script>"""


class OneForm(SettingsPage):
    """A plain form. `more` stands in the key's field, `head` in the page's head."""

    name = "One plain form."
    more = head = ""

    def settings_page(self, request: Request) -> str:
        form = f"{self.hidden(request)}{self.two_fields(DISTRICT, self.more)}{self.setting_rows()}"
        form += f"<button>{self.save.label}</button>"
        main = f'<h1>Options</h1><h2>{self.heading}</h2><form method="post" action="{self.action}">{form}</form>'
        return self.document("Options", main, self.head)


@contextmanager
def in_browser(base: str, route: Route) -> Iterator[ConfirmedPortal]:
    with sync_playwright() as playwright:
        portal = ConfirmedPortal(
            PortalBrowser(base, WORDS, patience=BRISK, launch=lambda: launched(playwright)),
            Account(OFFICE, SecretKey(PASSWORD)),
            WORDS,
            route,
            clock=lambda: NOW,
            pin=lambda learned: None,
        )
        try:
            yield portal
        finally:
            portal.close()


def test_the_district_and_the_first_school_that_would_be_written_are_tested_and_nothing_is_sent(tmp_path: Path) -> None:
    page = ButtonsAndRowForms()
    with serving(page) as base:
        route = confirmed(page, base, tmp_path)
        before = page.snapshot()
        with in_browser(base, route) as portal:
            found = portal.rehearse_again((DISTRICT, BISHOP, PINE))
            assert list(found) == [DISTRICT, BISHOP]
            assert {(one.outcome.value, one.changed) for one in found.values()} == {("same", 2)}
            assert portal.places()[0].place == DISTRICT  # by another sign-in
    assert page.snapshot() == before and page.writes == []
    assert page.log_ins == [OFFICE] * 3


@pytest.mark.parametrize(
    ("added", "what", "told"),
    [
        (' maxlength="16"', What.FIELD, "at most 16 characters"),
        (' pattern="[A-Z]{5}"', What.SAVE, "does not take what was typed"),
        (BY_SCRIPT, What.SAVE, "A script changes what the form sends"),
        ("""<script>addEventListener("submit", () => confirm("Sure?"))</script>""", What.SAVE, "Sure?"),
    ],
    ids=["shorter", "pattern", "script", "question"],
)
def test_a_save_that_is_not_as_it_was_confirmed_stops(added: str, what: What, told: str, tmp_path: Path) -> None:
    page = OneForm()
    with serving(page) as base:
        route = confirmed(page, base, tmp_path)
        setattr(page, "head" if added.startswith("<") else "more", added)
        with in_browser(base, route) as portal, pytest.raises(PageChanged) as stopped:
            portal.rehearse_again((DISTRICT,))
    (item,) = stopped.value.differences
    assert (item.place, item.what) == (DISTRICT, what) and told in item.is_now
    assert page.writes == [] and page.strange == []


def test_what_only_a_browser_can_send_is_no_obstacle_to_a_route_for_a_browser(tmp_path: Path) -> None:
    page = OneForm()
    with serving(page) as base:
        route = replace(confirmed(page, base, tmp_path), driver="browser")
        page.head = BY_SCRIPT
        with in_browser(base, route) as portal:
            assert portal.rehearse_again((DISTRICT,))[DISTRICT].outcome == "browser_only"

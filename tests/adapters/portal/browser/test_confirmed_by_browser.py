"""Find, confirm, test the save, save and read back in a real browser, on pages drawn from the contract alone.

Every name, user name and key is made up.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright

from adapters.portal.browser.confirmed import BRISK
from adapters.portal.browser.served import launched
from adapters.portal.pages.catalogue import PAGES
from adapters.portal.pages.page_server import DISTRICT, OFFICE, PASSWORD, SettingsPage, serving
from adapters.portal.pages.reach_plain import FramesAndTitles, WebFormsTabs
from adapters.portal.pages.reach_scripted import (
    BoxEnablesKey,
    DrawnLate,
    SavesOnLeaving,
    SecondPress,
    ShadowFields,
)
from adapters.portal.pages.refused import (
    GridOfSchools,
    SinglePageApplication,
    TextUntilClicked,
)
from adapters.portal.pages.wrong import ChangePasswordBox, RenamedOnFocus, SaysItDidNotSave
from adapters.portal.test_confirmed_portal import FRESH, NOW, WORDS, number, the_districts, variables
from ssrcred.adapters.portal.browser.browser_visit import PortalBrowser
from ssrcred.adapters.portal.browser.tab import Patience
from ssrcred.adapters.portal.route.route import Rehearsed, Route, read_route, write_route
from ssrcred.adapters.portal.route_follower import ConfirmedPortal
from ssrcred.adapters.portal.visit.navigator import Account
from ssrcred.app.portal_summary import as_json
from ssrcred.app.route_builder import Decisions, as_route, drafts
from ssrcred.domain.credential import SecretKey
from ssrcred.domain.place import Took

pytestmark = [pytest.mark.real("chromium"), pytest.mark.ci, pytest.mark.filterwarnings("ignore::ResourceWarning")]


@contextmanager
def opened(base: str, browser: Browser, route: Route | None, patience: Patience) -> Iterator[ConfirmedPortal]:
    """A portal in a browser."""
    kept: list[Route] = []
    visits = PortalBrowser(base, WORDS, patience=patience, launch=lambda: browser)
    portal = ConfirmedPortal(
        visits, Account(OFFICE, SecretKey(PASSWORD)), WORDS, route, clock=lambda: NOW, pin=kept.append
    )
    with closing(portal):
        yield portal


def go(page: SettingsPage) -> tuple[str, ...]:
    """The way, and the texts that become fields when they are clicked."""
    clicked = (page.username_label, page.key_label) if page.key_shown == "clear" and page.scripts else ()
    return (*page.way, *(clicked if page.pairs[DISTRICT][0] else ()))


TELLING = (
    *(GridOfSchools, SinglePageApplication, TextUntilClicked, RenamedOnFocus, ChangePasswordBox, SaysItDidNotSave),
    *(WebFormsTabs, FramesAndTitles, SavesOnLeaving, ShadowFields, BoxEnablesKey, SecondPress),
)
"""One of each kind that no other test in a browser has; `make test-pages` goes all."""
TRIED = [pytest.param(page, marks=() if page in TELLING else pytest.mark.pages, id=page.__name__) for page in PAGES]


@pytest.mark.parametrize("drawn", TRIED)
def test_the_district_is_found_confirmed_tested_saved_and_read_back(
    drawn: type[SettingsPage], playwright: Playwright, chromium: Browser, tmp_path: Path
) -> None:
    page = drawn()
    # A page that draws half a second late is waited for as long as in use.
    patience = replace(BRISK, late_seconds=Patience().late_seconds) if drawn is DrawnLate else BRISK
    with serving(page) as base:
        with closing(launched(playwright)) as killed, opened(base, killed, None, patience) as portal:
            found, stopped = portal.search(go(page), every_field=True)
            told = str(as_json(found, stopped))
            assert not any(secret in told for secret in page.secrets())
            assert stopped is None
            own = the_districts(page, found)
            assert own.id is not None
            then = (page.save.second_press,) if page.save.second_press else ()
            decisions = Decisions(
                {own.id: "district"},
                repeat={own.id: page.repeat} if page.repeat else {},
                boxes={own.id: page.boxes} if page.boxes else {},
                save_with={own.id: (number(page, own), *then)},
                watch={own.id: tuple(choice.label for choice in page.watch)} if page.watch else {},
            )
            made = drafts(found, decisions, WORDS, variables(page))
            before = page.snapshot()
            (rehearsal,) = portal.rehearse(made)
        assert page.snapshot() == before and page.saves == []
        assert not any(secret in repr(rehearsal) for secret in page.secrets())
        if page.test_save:
            assert rehearsal.outcome == page.test_save
            return
        assert rehearsal.outcome is (Rehearsed.SAME if page.reproducible else Rehearsed.BROWSER_ONLY), rehearsal.why
        route = as_route([made[0].after(rehearsal)], None, "browser", rehearsal.outcome.value, "dana", NOW, "")
        write_route(tmp_path / "made-up.toml", route, variables(page))
        assert read_route(tmp_path / "made-up.toml", variables(page)) == route
        with opened(base, chromium, route, patience) as portal:
            portal.places()
            saved = portal.write(DISTRICT, FRESH)
    if page.save.second_page:
        assert saved.took is not Took.TOOK and page.pairs[DISTRICT] == before["pairs"][DISTRICT]
    elif page.stores == "as typed":
        assert page.pairs[DISTRICT] == (FRESH.username, FRESH.secret.reveal())
    else:
        assert saved.took is not Took.TOOK
    after = page.snapshot()
    for held in (before, after):
        del held["pairs"][DISTRICT]
    assert after == before and page.strange == []

"""A save in a browser: each kind of control that saves, and what is stopped before it."""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import replace

import pytest
from playwright.sync_api import Browser

from adapters.portal.browser.confirmed import BRISK, serving, working
from adapters.portal.pages.page_server import DISTRICT, OFFICE, PASSWORD, Reply, Request, SettingsPage
from adapters.portal.pages.reach_plain import AsksFirst
from adapters.portal.pages.reach_scripted import (
    BoxEnablesKey,
    OpensSocket,
    SavesOnBlur,
    SavesOnInput,
    SavesOnPageHide,
)
from adapters.portal.pages.refused import TextUntilClicked
from ssrcred.adapters.portal.browser.browser_visit import PortalBrowser
from ssrcred.adapters.portal.map import load_map
from ssrcred.adapters.portal.visit.navigator import Account
from ssrcred.adapters.portal.visit.setting_form import Filling
from ssrcred.adapters.web.bound import Limits
from ssrcred.adapters.web.trouble import AnswerLost
from ssrcred.domain.credential import SecretKey
from ssrcred.domain.errors import BrowserMissing, PageNotUnderstood, Unreachable

pytestmark = [pytest.mark.real("chromium"), pytest.mark.filterwarnings("ignore::ResourceWarning")]

NEW = ("typed-user-0917", "N*w&7<k\"Q'x)>m;2~Zc^")


def saved(drawn: SettingsPage, chromium: Browser, *, ticks: bool = True, **changed: object) -> None:
    """Save the new credentials on a drawn page, with something of how it is saved `changed`; no box if not `ticks`."""
    with serving(drawn) as base, working(drawn, chromium, base) as worked:
        filling = worked.filling_on(worked.arrive())
        assert isinstance(filling, Filling)
        confirmed = replace(filling.confirmed, **changed)  # type: ignore[arg-type]
        worked.visit.save(replace(filling, confirmed=confirmed, boxes=filling.boxes if ticks else ()), *NEW)


def test_a_missing_browser_is_said_with_which_to_get() -> None:
    # Before `chromium` is there: of Playwright there is only one at a time.
    portal = PortalBrowser("http://127.0.0.1:9", load_map("schoolwise"), browser="/nowhere/made-up")
    with pytest.raises(BrowserMissing) as caught:
        portal.visit(Account(OFFICE, SecretKey("made-up"))).start()
    portal.close()
    assert caught.value.exit_code == 3 and "Chromium" in caught.value.hint


def test_a_question_is_agreed_to_only_word_for_word(chromium: Browser) -> None:
    page = AsksFirst()
    before = page.snapshot()
    with pytest.raises(PageNotUnderstood, match="asked a question before"):
        saved(page, chromium, asks=page.save.dialog + " Really?")
    assert page.snapshot() == before and page.writes == []


def test_a_field_that_no_box_switches_on_is_left_alone(chromium: Browser) -> None:
    page = BoxEnablesKey()
    with pytest.raises(PageNotUnderstood, match="does not let this account change"):
        saved(page, chromium, ticks=False)
    assert page.writes == []


def test_a_page_with_an_open_socket_is_not_typed_into(chromium: Browser) -> None:
    page = OpensSocket()
    with pytest.raises(PageNotUnderstood, match="web socket"):
        saved(page, chromium)
    assert not any(NEW[0].encode() in frame.content for frame in page.frames) and page.saves == []


@pytest.mark.parametrize("drawn", [SavesOnInput, SavesOnBlur], ids=lambda drawn: drawn.__name__)
def test_what_leaves_earlier_than_in_the_test_save_is_stopped(drawn: type[SettingsPage], chromium: Browser) -> None:
    page = drawn()
    with pytest.raises(PageNotUnderstood, match="unlike in the test save"):
        saved(page, chromium)
    assert page.writes == []


@pytest.mark.parametrize("drawn", [SavesOnInput, SavesOnBlur], ids=lambda drawn: drawn.__name__)
def test_what_the_test_save_saw_leave_early_leaves_early(drawn: type[SettingsPage], chromium: Browser) -> None:
    page = drawn()
    saved(page, chromium, early=("POST /autosave",))
    assert page.pairs == {DISTRICT: NEW}
    assert [request.path for request in page.requests if request in page.writes][-1] == page.action


def test_what_may_be_stored_is_said_when_save_could_not_be_pressed(chromium: Browser) -> None:
    page = SavesOnInput()
    page.trigger += """form.addEventListener("input", () => form.querySelector("button").remove());"""
    with pytest.raises(AnswerLost) as caught:
        saved(page, chromium, early=("POST /autosave",))
    assert "may be stored" in caught.value.state


def test_a_page_that_is_given_up_stores_nothing_when_it_is_left(chromium: Browser) -> None:
    page = SavesOnPageHide()
    page.trigger += """form.addEventListener("submit", (event) => event.preventDefault());"""
    before = page.snapshot()
    with serving(page) as base, working(page, chromium, base) as worked:
        filling = worked.filling_on(worked.arrive())
        assert filling is not None
        with pytest.raises(PageNotUnderstood):
            worked.visit.save(replace(filling, confirmed=replace(filling.confirmed, then="No such button")), *NEW)
        worked.visit.follow_way(page.way)
    assert page.snapshot() == before and page.writes == []


def test_texts_become_fields_when_they_are_clicked(chromium: Browser) -> None:
    page = TextUntilClicked()
    page.pairs[DISTRICT] = ("jvusd-ssr-0415", "made-up old key 0001")
    with serving(page) as base, working(page, chromium, base) as worked:
        shown = worked.visit.follow_way(page.way)
        assert worked.filling_on(shown) is None
        assert worked.visit.reveal(shown, "No such words") is None
        filling = worked.filling_on(worked.arrive())
        assert filling is not None and filling.username.value == "jvusd-ssr-0415"
    assert page.writes == []


class NeverAnswers(AsksFirst):
    """One address of the portal is never answered, until it is `over`."""

    over: threading.Event

    def page(self, request: Request) -> Reply | str | None:
        if request.path == "/never":
            self.over.wait()
            return Reply(drop=True)
        return super().page(request)


def test_the_second_page_that_is_late_ends_the_visit(chromium: Browser) -> None:
    drawn = NeverAnswers()
    drawn.over = threading.Event()
    with serving(drawn) as base:
        portal = PortalBrowser(base, load_map("schoolwise"), Limits(total_seconds=8), BRISK, launch=lambda: chromium)
        with closing(portal.visit(Account(OFFICE, SecretKey(PASSWORD)))) as visit:
            first = visit.start()
            for _ in range(2):
                with pytest.raises(Unreachable, match="in time"):
                    visit.open("/never", first)
            asked = len(drawn.requests)
            with pytest.raises(Unreachable, match="in time"):
                visit.open("/home", first)
            assert len(drawn.requests) == asked
        drawn.over.set()

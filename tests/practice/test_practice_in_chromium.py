"""The whole yearly job on the practice pages, by a real Chromium with JavaScript switched off."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from practice.current_pair import current_pair

if TYPE_CHECKING:
    from ssrcred.practice import Account, Practice

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture
def page() -> Iterator[Page]:
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=QUIET)
        context = browser.new_context(java_script_enabled=False)
        context.set_default_timeout(5000)
        yield context.new_page()
        browser.close()


def press(page: Page, button: str) -> None:
    page.get_by_role("button", name=button, exact=True).click()


def follow(page: Page, *links: str) -> None:
    for link in links:
        page.get_by_role("main").or_(page.get_by_role("banner")).get_by_role("link", name=link).first.click()


def make_a_pair(page: Page, district: Practice) -> tuple[str, str]:
    page.goto(district.toms_url)
    page.get_by_label("User name").fill(district.accounts.coordinator.username)
    page.get_by_label("Password").fill(district.accounts.coordinator.password)
    press(page, "Log On")
    mailbox = page.context.new_page()
    mailbox.goto(f"{district.control_url}/mailbox")
    page.get_by_label("Code").fill(mailbox.locator("dd code").first.inner_text())
    mailbox.close()
    press(page, "Submit")
    page.get_by_label("CAASPP Coordinator").check()
    press(page, "Continue")
    follow(page, "Credentialing")
    expect(page.get_by_role("button", name="Regenerate Credentials")).to_be_hidden()
    page.get_by_role("checkbox").check()
    press(page, "Regenerate Credentials")
    expect(page.get_by_role("dialog", name="Proceed with generating credentials?")).to_be_visible()
    press(page, "Yes, Generate Credentials")
    press(page, "SHOW SECRET KEY")
    return page.locator("#user-name").inner_text(), page.locator("#secret-key").inner_text()


def log_in(page: Page, url: str, account: Account) -> None:
    page.goto(url)
    page.get_by_label("User Name").fill(account.username)
    page.get_by_label("Password").fill(account.password)
    press(page, "Log In")


@pytest.mark.real("chromium")
def test_a_person_can_do_the_yearly_job_by_hand(started: Practice, page: Page) -> None:
    before = started.settings
    username, secret = make_a_pair(page, started)
    assert (username, secret) == (current_pair(started).username, current_pair(started).secret)
    log_in(page, started.schoolwise_url, started.accounts.office)
    follow(page, "School Office Menu", "Set District Options", "CAASPP Credentials")
    page.get_by_label("CALPADS API Username", exact=True).fill(username)
    page.get_by_label("CALPADS API Password", exact=True).fill(secret)
    press(page, "Save Changes")
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    school = started.schools[1]
    page.get_by_label(f"CALPADS API Username for {school}").fill("")
    press(page, f"Save Changes for {school}")
    expect(page.get_by_role("status")).to_contain_text(school)
    assert started.stored("district") == started.pair and started.stored(school) is None
    assert started.settings == before
    follow(page, "Manage Web Users", "Parents")
    page.locator("summary").first.click()
    follow(page, "Display User Credentials")
    expect(page.get_by_role("main")).to_contain_text(started.accounts.parent.password)
    press(page, "Log Out")
    log_in(page, started.schoolwise_url, started.accounts.parent)
    press(page, "View CAASPP/ELPAC")
    expect(page.get_by_role("link", name="Score report (PDF)")).to_have_count(9)
    follow(page, "web page")
    expect(page.get_by_role("heading", name="PRACTICE Student Score Report")).to_be_visible()


@pytest.mark.real("chromium")
@pytest.mark.parametrize("tab", ["General", "CALPADS Extracts", "CAASPP Credentials", "Email", "Parent Portal"])
def test_a_browser_sends_every_tab_back_as_it_was(started: Practice, page: Page, tab: str) -> None:
    before, pair = started.settings, started.stored("district")
    log_in(page, started.schoolwise_url, started.accounts.office)
    follow(page, "School Office Menu", "Set District Options", tab)
    press(page, "Save Changes")
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    assert started.settings == before and started.stored("district") == pair

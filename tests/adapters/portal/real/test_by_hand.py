"""A person with a plain browser: what such a save changes is what the dumps tell, so any other difference is ours."""

from __future__ import annotations

import os

import pytest

from adapters.portal.browser.served import program
from adapters.portal.real.application import OLD_KEY, OLD_USERNAME, Application, differences

KEY = "made-up by hand %'\"#+$&"


@pytest.mark.real("chromium")
def test_a_plain_browsers_save_changes_the_two_values(application: Application) -> None:
    from playwright.sync_api import sync_playwright

    before = application.dump()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), chromium_sandbox=os.geteuid() != 0)
        application.by_hand.save_both(browser.new_page(), application.base_url, "BY-HAND", KEY)
        browser.close()
    after = application.dump()
    changed = differences(before, after)
    assert changed.keys() == {application.username_cell, application.key_cell}
    assert changed[application.username_cell] == (OLD_USERNAME, "BY-HAND")
    keys = changed[application.key_cell]
    assert [application.stored_key(stored) for stored in keys if stored] == [OLD_KEY, KEY]

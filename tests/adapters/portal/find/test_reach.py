"""Finding over HTTP on pages that were drawn from the contract alone: a person leads, and the fields are there.

What scripts build has to wait for the browser: those pages are named here, so that none is left out unseen.
"""

from __future__ import annotations

import pytest

from adapters.portal.pages.catalogue import PAGES
from adapters.portal.pages.page_server import DISTRICT, OFFICE, PASSWORD, SettingsPage, serving
from adapters.portal.test_confirmed_portal import WORDS
from ssrcred.adapters.portal.find.search import FieldSearch
from ssrcred.adapters.portal.visit.navigator import Account, Session
from ssrcred.adapters.web.site import Site
from ssrcred.app.portal_summary import as_json
from ssrcred.domain.credential import SecretKey

BUILT_BY_SCRIPTS = {
    *("BoxEnablesKey", "ClickToEdit", "ClosesToSave", "DrawnLate", "ShadowFields", "SinglePageApplication"),
    "TextUntilClicked",
}
BY_PLAIN_HTML = [page for page in PAGES if page.__name__ not in BUILT_BY_SCRIPTS]


@pytest.mark.parametrize("drawn", BY_PLAIN_HTML, ids=lambda drawn: drawn.__name__)
def test_a_person_who_leads_finds_the_districts_fields_and_nothing_is_saved(drawn: type[SettingsPage]) -> None:
    page, words = drawn(), WORDS
    with serving(page) as base:
        visit = Session(Site(base), base, Account(OFFICE, SecretKey(PASSWORD)), words)
        found, stopped = FieldSearch(visit, words, every_field=True).run(page.way)
        visit.close()
    assert stopped is None
    username, key = page.pairs[DISTRICT]
    own = [item for item in found if item.candidate.username.control.value == username and item.id is not None]
    assert any(item.candidate.key.control.kind == page.key_kind for item in own)
    assert own[0].candidate.names[0] == page.heading
    assert page.saves == [] and page.log_ins == [OFFICE]
    told = str(as_json(found, stopped))
    assert key not in told and not any(key[at : at + 8] in told for at in range(len(key) - 7))


def test_every_page_is_tried_or_named_as_one_for_the_browser() -> None:
    assert {page.__name__ for page in PAGES} >= BUILT_BY_SCRIPTS
    assert all(page.scripts for page in PAGES if page.__name__ in BUILT_BY_SCRIPTS)

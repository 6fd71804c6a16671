"""Which schools a reading covers: two of one name are not read or saved, and a part is not taken for all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.portal.pages.page_server import BISHOP, DISTRICT, NEW_SCHOOL, PINE, Request, SettingsPage, serving
from adapters.portal.pages.reach_plain import PagedSchools
from adapters.portal.pages.refused import GridOfSchools, SchoolsAsLinks, SessionSchoolChooser
from adapters.portal.test_confirmed_portal import FRESH, confirmed, opened
from ssrcred.domain.errors import PageNotUnderstood


class TwoOfOneName(GridOfSchools):
    """The grid, on which one school is renamed to the name that another one has, in other letters."""

    def settings_page(self, request: Request) -> str:
        page = super().settings_page(request)
        return page.replace(PINE, BISHOP.upper()) if self.fault == "renamed" else page


def test_two_schools_of_one_name_are_named_and_neither_is_read_or_saved(tmp_path: Path) -> None:
    page = TwoOfOneName()
    with serving(page) as base:
        route = confirmed(page, base, tmp_path)
        page.fault = "renamed"
        before = page.snapshot()
        with opened(base, route) as portal:
            read = [reading.place for reading in portal.places()]
            assert read == [DISTRICT, page.schools[0]]
            assert (portal.extent.complete, portal.extent.twins) == (False, (BISHOP,))
            for name in (BISHOP, BISHOP.upper()):
                with pytest.raises(PageNotUnderstood, match="There is no setting called"):
                    portal.write(name, FRESH)
            portal.write(DISTRICT, FRESH)
            assert portal.extent.twins == (BISHOP,)
    after = page.snapshot()
    assert after["pairs"].pop(DISTRICT) == (FRESH.username, FRESH.secret.reveal())
    del before["pairs"][DISTRICT]
    assert after == before


@pytest.mark.parametrize("drawn", [GridOfSchools, SchoolsAsLinks, SessionSchoolChooser], ids=lambda one: one.__name__)
def test_a_school_that_came_after_the_confirmation_is_new(drawn: type[SettingsPage], tmp_path: Path) -> None:
    page = drawn()
    with serving(page) as base:
        route = confirmed(page, base, tmp_path)
        with opened(base, route) as portal:
            portal.places()
            assert (portal.extent.complete, portal.extent.new) == (True, ())
        page.next_year()
        with opened(base, route) as portal:
            portal.places()
            assert (portal.extent.complete, portal.extent.new) == (True, (NEW_SCHOOL,))
        with opened(base, route) as portal:
            assert portal.pinned([]) == set()


def test_a_pager_shows_only_a_part_of_the_schools(tmp_path: Path) -> None:
    page = PagedSchools()
    with serving(page) as base:
        route = confirmed(page, base, tmp_path)
        with opened(base, route) as portal:
            portal.places()
            assert (portal.extent.complete, portal.extent.twins) == (False, ())


@pytest.mark.parametrize("drawn", [GridOfSchools, SchoolsAsLinks, SessionSchoolChooser], ids=lambda one: one.__name__)
def test_what_is_found_again_is_what_was_confirmed(drawn: type[SettingsPage], tmp_path: Path) -> None:
    page = drawn()
    with serving(page) as base:
        route = confirmed(page, base, tmp_path)
        page.next_year()
        with opened(base, route) as portal:
            found, _ = portal.search(page.way, every_field=True)
            pinned = portal.pinned(found)
        held = {item.candidate.username.control.value for item in found if item in pinned and item.group is None}
        own = (
            {page.pairs[DISTRICT][0]} if not any(item.group for item in found) else set(map(first, page.pairs.values()))
        )
        assert held == own
        groups = [item for item in found if item.group is not None]
        assert all(item in pinned for item in groups)


def first(pair: tuple[str, str]) -> str:
    return pair[0]

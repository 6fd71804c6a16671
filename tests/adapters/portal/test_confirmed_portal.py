"""Follows what was confirmed, over HTTP, on pages that were drawn from the contract alone: find, confirm, write, read.

Every name, user name and key is made up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from leak_judge import Canary, files, finds

from adapters.portal.pages.catalogue import PAGES
from adapters.portal.pages.page_server import DISTRICT, NEW_SCHOOL, OFFICE, PASSWORD, SettingsPage, serving
from ssrcred.adapters.portal.find.search import Found
from ssrcred.adapters.portal.map import load_map
from ssrcred.adapters.portal.route.route import Route, Variables, read_route, write_route
from ssrcred.adapters.portal.route_follower import ConfirmedPortal
from ssrcred.adapters.portal.visit.navigator import Account, FormVisits
from ssrcred.app.route_builder import Decisions, as_route, drafts
from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.errors import NotConfirmed, PageChanged
from ssrcred.domain.place import Took

NOW = datetime(2026, 11, 30, 18, 4, tzinfo=UTC)
FRESH = Credential("jvusd-ssr-new", SecretKey("New`q<7&\"x9T)fB2'mZ!"), NOW)
"""Made up, with all that pages get wrong."""
USUAL = load_map("schoolwise")
NAMED = (*USUAL.fields.district, SettingsPage.lea_name)
WORDS = replace(USUAL, fields=replace(USUAL.fields, district=NAMED))
FOLLOWED = [page for page in PAGES if page.reproducible and not page.test_save]


@contextmanager
def opened(base: str, route: Route | None, kept: list[Route] | None = None) -> Iterator[ConfirmedPortal]:
    pinned = kept if kept is not None else []
    portal = ConfirmedPortal(
        FormVisits(base, WORDS),
        Account(OFFICE, SecretKey(PASSWORD)),
        WORDS,
        route,
        clock=lambda: NOW,
        pin=pinned.append,
    )
    try:
        yield portal
    finally:
        portal.close()


def variables(page: SettingsPage) -> Variables:
    return Variables(page.lea_name, page.cds, "127.0.0.1")


def the_districts(page: SettingsPage, found: Sequence[Found]) -> Found:
    """What a person would click who knows the district's user name."""
    own = [
        item
        for item in found
        if item.group is None and item.id and item.candidate.username.control.value == page.pairs[DISTRICT][0]
    ]
    called = [item for item in own if item.candidate.labels[1] == page.key_label] or own
    return called[0]


def confirmed(page: SettingsPage, base: str, folder: Path) -> Route:
    """The route that a person confirms, as it is read from its file."""
    with opened(base, None) as portal:
        found, stopped = portal.search(page.way, every_field=True)
    assert stopped is None
    own = the_districts(page, found)
    assert own.id is not None
    decisions = Decisions(
        {own.id: "district"},
        repeat={own.id: page.repeat} if page.repeat else {},
        boxes={own.id: page.boxes} if page.boxes else {},
        save_with={own.id: (number(page, own),)},
        watch={own.id: tuple(choice.label for choice in page.watch)} if page.watch else {},
    )
    route = as_route(drafts(found, decisions, WORDS, variables(page)), None, "http", "same", "dana", NOW, "")
    if page.group is not None:
        route = with_schools(page, base, found, route)
    write_route(folder / "made-up.toml", route, variables(page))
    assert read_route(folder / "made-up.toml", variables(page)) == route
    return route


def number(page: SettingsPage, found: Found) -> str:
    return next(str(save.number) for save in found.candidate.saves if save.label == page.save.label)


def with_schools(page: SettingsPage, base: str, found: Sequence[Found], route: Route) -> Route:
    """The route with the group of schools; a list of choices is found once a person went by one of them."""
    groups = [item for item in found if item.group is not None]
    if not groups:
        with opened(base, None) as portal:
            found, _ = portal.search((*page.way, page.schools[-1]), every_field=True)
        groups = [item for item in found if item.group is not None]
    group = groups[0]
    assert group.id is not None
    decisions = Decisions({group.id: "schools"}, save_with={group.id: (number(page, group),)}, watch={group.id: ("",)})
    return as_route(drafts(found, decisions, WORDS, variables(page)), route, "http", "same", "dana", NOW, "")


@pytest.mark.parametrize("drawn", FOLLOWED, ids=lambda drawn: drawn.__name__)
def test_the_district_is_found_confirmed_saved_and_read_back_and_nothing_else_changes(
    drawn: type[SettingsPage], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(1)
    page = drawn()
    with serving(page) as base:
        route = confirmed(page, base, tmp_path)
        before = page.snapshot()
        assert page.saves == []
        with opened(base, route) as portal:
            readings = portal.places()
            assert [reading.username for reading in readings if reading.place == DISTRICT] == [page.pairs[DISTRICT][0]]
            saved = portal.write(DISTRICT, FRESH)
    stored = page.pairs[DISTRICT]
    if page.save.second_page:
        assert saved.took is Took.DID_NOT_TAKE and stored == before["pairs"][DISTRICT]
    elif page.stores == "as typed":
        assert stored == (FRESH.username, FRESH.secret.reveal())
        assert saved.took in (Took.TOOK, Took.CANNOT_BE_SEEN)
    else:
        assert saved.took is not Took.TOOK
    after = page.snapshot()
    for held in (before, after):
        del held["pairs"][DISTRICT]
    assert after == before
    assert page.strange == []
    told = {"what is told": repr((readings, saved)).encode(), "the log": caplog.text.encode(), **dict(files(tmp_path))}
    # A part of the key is a find; of what has plain words in it, the whole.
    secrets = [Canary("secret", one, len(one)) for one in page.secrets()]
    keys = [Canary("key", one) for one in (FRESH.secret.reveal(), drawn.pairs_at_start[DISTRICT][1])]
    assert finds(told, [*secrets, *keys]) == []


@pytest.mark.parametrize("drawn", FOLLOWED, ids=lambda drawn: drawn.__name__)
def test_a_year_later_the_same_settings_are_saved(drawn: type[SettingsPage], tmp_path: Path) -> None:
    page = drawn()
    with serving(page) as base:
        route = confirmed(page, base, tmp_path)
        page.next_year()
        before = page.snapshot()
        with opened(base, route) as portal:
            portal.places()
            saved = portal.write(DISTRICT, FRESH)
    if page.stores == "as typed" and not page.save.second_page:
        assert page.pairs[DISTRICT] == (FRESH.username, FRESH.secret.reveal())
    assert saved.took is not Took.TOOK or page.pairs[DISTRICT][0] == FRESH.username
    after = page.snapshot()
    assert (after["settings"], after["decoys"]) == (before["settings"], before["decoys"])
    assert page.strange == []


SCHOOLS = [page for page in FOLLOWED if page.group is not None and page.group.complete]


@pytest.mark.parametrize("drawn", SCHOOLS, ids=lambda drawn: drawn.__name__)
def test_every_school_is_read_and_saved_by_its_name_also_one_that_is_new(
    drawn: type[SettingsPage], tmp_path: Path
) -> None:
    page = drawn()
    with serving(page) as base:
        route = confirmed(page, base, tmp_path)
        assert [set(group.members) for group in route.groups] == [set(page.schools)]
        page.next_year()
        for school in (page.schools[-1], NEW_SCHOOL):
            before = page.snapshot()
            with opened(base, route) as portal:
                readings = {reading.place: reading.username for reading in portal.places()}
                assert readings == {place: pair[0] for place, pair in page.pairs.items()}
                assert portal.extent.complete
                portal.write(school, FRESH)
            assert page.pairs.pop(school) == (FRESH.username, FRESH.secret.reveal())
            del before["pairs"][school]
            assert page.snapshot() == before
            page.pairs[school] = (FRESH.username, FRESH.secret.reveal())
    assert page.strange == []


DIFFERENT = [(page, kind) for page in FOLLOWED for kind in page().differences()]


@pytest.mark.parametrize(("drawn", "kind"), DIFFERENT, ids=lambda one: getattr(one, "__name__", one))
def test_every_difference_stops_before_anything_is_sent_and_is_named(
    drawn: type[SettingsPage], kind: str, tmp_path: Path
) -> None:
    page = drawn()
    with serving(page) as base:
        route = confirmed(page, base, tmp_path)
        page.differences()[kind]()
        with opened(base, route) as portal, pytest.raises(PageChanged) as stopped:
            portal.places()
    assert kind in {item.what.value for item in stopped.value.differences}
    assert page.saves == [] and page.strange == []
    error = stopped.value
    told = " ".join((error.message, error.state, error.hint, *(item.was + item.is_now for item in error.differences)))
    assert not any(secret in told for secret in page.secrets())


def test_without_a_route_nothing_is_read_or_written() -> None:
    page = FOLLOWED[0]()
    with serving(page) as base, opened(base, None) as portal, pytest.raises(NotConfirmed) as stopped:
        portal.places()
    assert page.requests == [] and "ssrcred portal confirm" in stopped.value.hint

"""Finding: every place of every pretend portal is among what is found, reading only, and no value is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from adapters.portal.contract.old_styles import PagePerSchool
from adapters.portal.contract.pretend_portal import (
    DISTRICT,
    NORTH,
    OFFICE,
    OLD_KEY,
    PASSWORD,
    SOUTH,
    PretendPortal,
    running,
)
from adapters.portal.contract.style import STYLES
from adapters.portal.contract.unseen_styles import EditPerRow
from ssrcred.adapters.portal.find.search import FieldSearch, Found, Stopped
from ssrcred.adapters.portal.visit.navigator import Account, Session
from ssrcred.adapters.web.site import Site
from ssrcred.app.portal_summary import as_json, found_lines
from ssrcred.domain.credential import SecretKey


@contextmanager
def search(server: PretendPortal) -> Iterator[FieldSearch]:
    with running(PretendPortal()) as elsewhere, running(server) as base:
        server.elsewhere = elsewhere
        visit = Session(Site(base), base, Account(OFFICE, SecretKey(PASSWORD)), server.map())
        yield FieldSearch(visit, server.map())
        visit.close()


def found_on(style: type[PretendPortal], *go: str) -> tuple[PretendPortal, list[Found], Stopped | None]:
    server = style()
    with search(server) as looking:
        found, stopped = looking.run(go)
    return server, found, stopped


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.style)
def test_every_place_is_among_what_is_found_and_nothing_is_saved(style: type[PretendPortal]) -> None:
    server, found, stopped = found_on(style)
    assert stopped is None
    assert server.saves == [] and server.log_ins == [OFFICE]
    proposed = {item.proposed for item in found}
    assert {"district", NORTH, SOUTH} <= proposed
    alone = {item.proposed: item for item in found if item.group is None}
    for place, name in (("district", DISTRICT), (NORTH, NORTH), (SOUTH, SOUTH)):
        assert alone[place].candidate.username.control.value == server.pairs[name][0]
    told = json.dumps(as_json(found, stopped)) + "\n".join(found_lines(found))
    assert OLD_KEY not in told and server.other_values["mail_pass"] not in told


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.style)
def test_the_schools_are_one_group_too(style: type[PretendPortal]) -> None:
    _, found, _ = found_on(style)
    (group,) = [item.group for item in found if item.group is not None]
    assert {NORTH, SOUTH} <= {member.name for member in group.members}
    assert group.complete


def test_the_same_page_gives_the_same_ids_again() -> None:
    first, again = (found_on(EditPerRow)[1] for _ in range(2))
    assert [item.id for item in first] == [item.id for item in again]
    assert all(item.id and len(item.id) == 12 for item in first)


def test_a_person_leads_where_no_words_of_the_map_do() -> None:
    _, found, _ = found_on(PagePerSchool, SOUTH)
    names = {member.name for item in found if item.group for member in item.group.members}
    assert names == {NORTH, SOUTH}
    assert found[0].candidate.way == (SOUTH,)


def test_a_step_that_is_not_there_says_what_can_be_chosen() -> None:
    _, found, stopped = found_on(EditPerRow, "School Office Menu", "No such thing")
    assert found == []
    assert stopped is not None and stopped.at == "No such thing"
    assert "Set District Options" in stopped.controls

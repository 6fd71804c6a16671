"""The driver hand where something was confirmed: the person is told that way, those labels and what saves.

All credentials are made up.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from adapters.portal.hand.test_hand import NOW, PAIR, SAVED, SCHOOL, SITE, STILL, Board, Scripted, hidden, looked
from ssrcred.adapters.portal.hand_portal import HandPortal
from ssrcred.adapters.portal.map import load_map
from ssrcred.adapters.portal.route.route import FieldLook, Fields, GroupRoute, PlaceRoute, Route, SaveControl
from ssrcred.adapters.terminal.clipboard_output import clearing
from ssrcred.domain.place import DISTRICT

WAY = ("Setup", "State Testing", "Vendor Keys")
DISTRICTS = Fields(
    FieldLook("TOMS User Name", "text"),
    FieldLook("TOMS Secret Key", "password"),
    SaveControl("button", "Update", then="Yes, update", asks="Update the vendor key?"),
    repeat="TOMS Secret Key, again",
    boxes=("Change password",),
    watch={"Environment": "Production"},
    way=WAY,
)
SCHOOLS = Fields(
    FieldLook("User", "text"), FieldLook("Key", "password"), SaveControl("button", "Save {school}"), way=(*WAY, "Sites")
)
ROUTE = Route(
    "browser",
    "dana",
    datetime(2026, 11, 30, tzinfo=UTC),
    "browser_only",
    {DISTRICT: PlaceRoute(("Vendor Keys",), DISTRICTS)},
    (GroupRoute("rows", "Sites with their own", SCHOOLS, members=(SCHOOL,)),),
)


def at_hand(person: Scripted, route: Route = ROUTE, opened: list[str] | None = None) -> HandPortal:
    pages: list[str] = [] if opened is None else opened

    def open_page(url: str) -> bool:
        pages.append(url)
        return True

    return HandPortal(
        SITE,
        load_map("schoolwise"),
        person=person,
        copying=partial(clearing, Board()),
        schools=(SCHOOL,),
        route=route,
        open_page=open_page,
        clock=lambda: NOW,
    )


def test_the_district_is_saved_by_the_confirmed_way_and_labels() -> None:
    person = Scripted([*looked(), STILL, ("What did SchoolWise say?", SAVED)])
    portal = at_hand(person)
    portal.places()
    assert "Choose Setup, then State Testing, then Vendor Keys.\n" in person.told
    assert "Do you see TOMS User Name and TOMS Secret Key?" in person.told
    person.lines.clear()
    portal.write(DISTRICT, PAIR)
    said = person.told
    for line in (
        "in SchoolWise under Vendor Keys.",
        "Look at Environment: it must be Production. If it is not, stop.",
        "Check the box Change password.",
        "Select everything in TOMS User Name and paste over it.",
        "Select everything in TOMS Secret Key and paste over it. Do not type it.",
        "Paste it into TOMS Secret Key, again as well.",
        "Click once: Update.",
        "If the page asks “Update the vendor key?”, choose OK.",
        "Then click once: Yes, update.",
    ):
        assert line in said
    assert "CALPADS" not in said and "Save Changes" not in said
    hidden(said)


def test_a_school_is_found_in_the_confirmed_list_and_saved_with_its_own_button() -> None:
    person = Scripted([*looked(schools={SCHOOL: "made_up_own"}), STILL, ("What did SchoolWise say?", SAVED)])
    portal = at_hand(person)
    portal.places()
    assert f"User of {SCHOOL} (" in person.told
    person.lines.clear()
    portal.write(SCHOOL, PAIR)
    for line in (
        "Choose Setup, then State Testing, then Vendor Keys, then Sites.",
        f"Find the row of {SCHOOL}, under Sites with their own.",
        "Select everything in Key and paste over it.",
        f"Click once: Save {SCHOOL}.",
    ):
        assert line in person.told


def test_fields_that_save_when_they_are_left_are_told_so_and_the_way_begins_where_it_was_confirmed() -> None:
    left = replace(DISTRICTS, save=SaveControl("leave"))
    route = replace(ROUTE, places={DISTRICT: PlaceRoute((), left)}, groups=(), address="office/keys")
    opened: list[str] = []
    person = Scripted([*looked(), STILL, ("What did SchoolWise say?", SAVED)])
    portal = at_hand(person, route, opened)
    portal.places()
    portal.write(DISTRICT, PAIR)
    assert opened == [f"{SITE}/office/keys"]
    assert "Press the Tab key to leave the field. That saves it." in person.told
    assert "Press once" not in person.told

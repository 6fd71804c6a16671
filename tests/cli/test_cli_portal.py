"""The portal commands: whether what was confirmed still fits, the map in force, and which schools were read."""

from __future__ import annotations

import pytest

from cli.desk import LEA, Desk
from ssrcred.practice import Pair

WAS = '{ label = "CALPADS API Password", kind = "password" }'


def edit(desk: Desk, was: str, now: str) -> None:
    """Change what was confirmed, so that the page is another than it was then."""
    route = desk.home / "portals" / f"{LEA}.toml"
    text = route.read_text("utf-8")
    assert was in text
    route.write_text(text.replace(was, now), "utf-8")


def use_words(desk: Desk, map_text: str) -> None:
    """Have a portal map of the LEA's own."""
    (desk.home / "own.toml").write_text(f'based_on = "schoolwise"\n{map_text}', "utf-8")
    config = desk.home / "config.toml"
    text = config.read_text("utf-8")
    config.write_text(text.replace("[lea.lincoln.schoolwise]", '[lea.lincoln.schoolwise]\nmap = "own.toml"'), "utf-8")


def test_portal_test_reads_and_says_that_the_settings_are_as_they_were_confirmed(ready: Desk) -> None:
    before = ready.district.settings
    ran = ready.run("portal", "test")
    assert ran.code == 0, ran.err
    assert "not looked at" not in ran.err
    assert "The district: found by the labels CALPADS API Username and CALPADS API Password" in ran.out
    assert "The settings are as confirmed." in ran.out
    assert "Nothing was changed." in ran.err
    assert ready.district.settings == before
    assert len(ready.district.log_ins) == 1


def test_portal_test_is_one_document_for_a_script(ready: Desk) -> None:
    document = ready.run("portal", "test", "--json").document
    assert document["schema"] == "ssrcred.portal test/1"
    assert document["complete"] is True
    assert document["places"][0]["found_by"] == ["CALPADS API Username", "CALPADS API Password"]


def test_portal_test_tells_each_difference_as_what_was_and_what_is_now(ready: Desk) -> None:
    before = ready.district.settings
    edit(ready, WAS, '{ label = "Vendor key", kind = "password" }')
    ran = ready.run("portal", "test")
    assert ran.code == 6
    line = "Not as confirmed: the district: the label of a field was Vendor key, is now CALPADS API Password\n"
    assert line in ran.out
    document = ready.run("portal", "test", "--json").document
    assert (document["error"]["code"], document["error"]["exit"]) == ("page_changed", 6)
    assert {"place": "district", "what": "label", "was": "Vendor key", "is": "CALPADS API Password"} in (
        document["differences"]
    )
    assert ready.district.settings == before


def test_portal_test_without_a_route_says_what_confirming_would_do(ready: Desk) -> None:
    (ready.home / "portals" / f"{LEA}.toml").unlink()
    ran = ready.run("portal", "test")
    assert ran.code == 6
    assert "Fields found: CALPADS API Username and CALPADS API Password" in ran.out
    assert ran.error["hint"].startswith("Next: ssrcred portal confirm. It asks whose the fields above are")
    document = ready.run("portal", "test", "--json").document
    assert document["error"]["code"] == "not_confirmed"
    assert "district" in [item["proposed"] for item in document["candidates"]]


def test_portal_show_says_where_each_line_comes_from_and_what_was_confirmed(ready: Desk) -> None:
    edit(ready, 'save = { kind = "button", label = "Save Changes" }', 'save = { kind = "leave" }\nwatch = { X = "Y" }')
    edit(ready, WAS, '{ label = "CALPADS API Password", kind = "password", filled = "stars" }')
    ran = ready.run("portal", "show")
    assert ran.code == 0, ran.err
    assert "settings.steps: School Office Menu" in ran.out
    said = [line.strip() for line in ran.out.splitlines()]
    for line in (
        "Confirmed by dana on Saturday, November 21, 2026, 8:00 PM UTC",
        "Tested: test save in a browser; plain requests save the same",
        "Where: School Office Menu > Set District Options > CAASPP Credentials",
        "User name: CALPADS API Username, a field for text",
        "Secret key: CALPADS API Password, a field for a password; shown as stars once it is stored",
        "Saved with: leaving the field",
        "Stops unless X is: Y",
        "Schools, each row is a school:",
        "List: Individual schools",
        "Saved with: Save Changes for {school} (button)",
    ):
        assert line in said
    assert ready.district.log_ins == []


def test_portal_show_is_one_document_for_a_script(ready: Desk) -> None:
    document = ready.run("portal", "show", "--json", "--no-input").document
    assert document["map"] == "schoolwise"
    assert document["route"]["confirmed_at"] == "2026-11-21T20:00:00Z"
    assert document["route"]["place"]["district"]["key"]["label"] == "CALPADS API Password"
    (ready.home / "portals" / f"{LEA}.toml").unlink()
    assert ready.run("portal", "show", "--json").document["route"] is None


def test_portal_show_says_that_nothing_is_confirmed_yet(ready: Desk) -> None:
    (ready.home / "portals" / f"{LEA}.toml").unlink()
    assert (
        ready.run("portal", "show")
        .out.rstrip()
        .endswith("Nothing is confirmed yet. To confirm which fields hold the credentials: ssrcred portal confirm")
    )


def test_portal_find_says_which_fields_are_confirmed(ready: Desk) -> None:
    found = ready.run("portal", "find", "--json").document["candidates"]
    assert {item["proposed"]: item["pinned"] for item in found} == dict.fromkeys(
        ("district", "schools", *ready.district.schools), True
    )
    said = ready.run("portal", "find").out
    assert said.count("Fields found") == said.count("Confirmed: ssrcred reads these fields and saves in them.") == 2
    edit(ready, 'names = ["District", ', 'names = ["Another district", ')
    found = ready.run("portal", "find", "--json").document["candidates"]
    assert {item["proposed"]: item["pinned"] for item in found}["district"] is False
    edit(ready, 'heading = "Individual schools"', 'heading = "Other schools"')
    found = ready.run("portal", "find", "--json").document["candidates"]
    assert not any(item["pinned"] for item in found)


def test_schools_says_that_none_is_missing_and_which_are_new(ready: Desk) -> None:
    edit(ready, '"Franklin Middle School", ', "")
    document = ready.run("schools", "--json").document
    assert (document["complete"], document["twins"]) == (True, [])
    assert [item["place"] for item in document["places"] if item["new"]] == ["Franklin Middle School"]
    assert "new since the settings were confirmed" in ready.run("schools").out


def test_a_new_school_is_saved_only_where_it_holds_our_former_credentials(rotated: Desk) -> None:
    _, ours, other, _ = rotated.district.schools
    foreign = Pair("made-up-others", "Foreign+key&012345678")
    rotated.secret("foreign key", foreign.secret)
    rotated.district.put(other, foreign)
    for name in (other, ours):
        edit(rotated, f'    "{name}",\n', "")
    new = [item["place"] for item in rotated.run("schools", "--json").document["places"] if item["new"]]
    assert new == [ours, other]
    pair = rotated.rotated()
    assert rotated.district.stored(ours) == pair
    assert rotated.district.stored(other) == foreign
    assert rotated.run("schools", "--set", other).code == 0
    assert rotated.district.stored(other) == pair


def test_a_page_that_leads_to_more_schools_is_not_taken_for_all_of_them(ready: Desk) -> None:
    assert "schools that this page shows" not in ready.run("schools").err
    use_words(ready, '[schools]\nmore = ["School Office Menu"]\n')
    ran = ready.run("schools", "--json")
    assert ran.code == 0 and ran.document["complete"] is False
    assert "This result is about the schools that the page shows." in ran.err


@pytest.mark.parametrize(
    "command", [("portal", "test"), ("portal", "show"), ("upload",), ("schools",), ("schools", "--clear", "Elm")]
)
def test_without_a_portal_there_is_nothing_to_do(desk: Desk, command: tuple[str, ...]) -> None:
    desk.home.mkdir()
    (desk.home / "config.toml").write_text('[lea.lincoln]\nname = "Made-up"\ncds = "19647330000000"\n', "utf-8")
    ran = desk.run(*command)
    assert ran.code == 3
    assert "No portal is set up for lincoln." in ran.error["error"]

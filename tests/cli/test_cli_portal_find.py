"""`portal find`: fields found, nothing changed, no value told; and how a person leads it on."""

from __future__ import annotations

from cli.desk import LEA, Desk


def test_it_lists_the_settings_of_the_practice_district_and_changes_nothing(ready: Desk) -> None:
    before = ready.district.settings
    ran = ready.run("portal", "find", "--json")
    assert ran.code == 0, ran.err
    assert ran.document["schema"] == "ssrcred.portal find/1"
    assert ran.document["stopped"] is None
    district = next(item for item in ran.document["candidates"] if item["proposed"] == "district")
    assert district["way"] == ["School Office Menu", "Set District Options", "CAASPP Credentials"]
    names = {item["proposed"] for item in ran.document["candidates"]}
    assert {"district", "schools", "Lincoln High School"} <= names
    assert district["username"]["label"] == "CALPADS API Username"
    assert district["key"]["label"] == "CALPADS API Password"
    assert [save["kind"] for save in district["saves"]][-1] == "leave"
    assert len(district["id"]) == 12 and district["pinned"] is True
    assert ready.district.settings == before
    assert len(ready.district.log_ins) == 1


def test_it_tells_a_person_in_plain_words(ready: Desk) -> None:
    ran = ready.sit("portal", "find")
    assert ran.code == 0
    assert "Fields found: CALPADS API Username and CALPADS API Password" in ran.screen
    assert "Where: School Office Menu > Set District Options > CAASPP Credentials" in ran.screen
    assert ran.screen.rstrip().endswith("Nothing was changed.")


def test_a_way_that_ends_names_what_can_be_chosen(ready: Desk) -> None:
    ran = ready.run("portal", "find", "--go", "School Office Menu", "--go", "No such thing", "--json")
    assert ran.code == 6
    assert ran.document["error"]["code"] == "page_not_understood"
    stopped = ran.document["stopped"]
    assert (stopped["at"], stopped["looked_for"]) == ("No such thing", ["No such thing"])
    assert {"number": 1, "label": stopped["controls"][0]["label"]} == stopped["controls"][0]
    assert "Set District Options" in [control["label"] for control in stopped["controls"]]


def test_at_a_terminal_a_person_leads_on_by_number(ready: Desk) -> None:
    shown = ready.run("portal", "find", "--go", "School Office Menu", "--go", "x", "--json").document["stopped"]
    number = next(item["number"] for item in shown["controls"] if item["label"] == "Set District Options")
    ran = ready.sit("portal", "find", "--go", "School Office Menu", script=[("Number", str(number)), ("Number", "")])
    assert "What would you click next?" in ran.screen
    assert "Set District Options" in ran.screen


def test_a_driver_without_pages_cannot_look(ready: Desk) -> None:
    ran = ready.run("portal", "find", "--driver", "hand")
    assert ran.code == 2
    assert "http and browser" in ran.error["error"]


def test_a_password_that_was_rejected_before_is_not_sent_again(ready: Desk) -> None:
    ready.run("secret", "set", "schoolwise", "--stdin", given="made-up wrong password\n")
    assert ready.run("portal", "find").code == 6
    tried = len(ready.district.log_ins)
    ran = ready.run("portal", "find", "--lea", LEA)
    assert (ran.code, len(ready.district.log_ins)) == (6, tried)

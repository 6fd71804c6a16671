"""`verify` where settings could not be compared: it says so, and the verdict rests on the rest."""

from __future__ import annotations

from cli.desk import Desk, Ran
from cli.test_cli_portal import edit

GROUP = 'heading = "Individual schools"'


def entry(ran: Ran) -> dict[str, object]:
    found: dict[str, object] = ran.document["leas"][0]
    return found


def test_settings_that_were_compared_are_told_as_such(rotated: Desk) -> None:
    found = entry(rotated.run("verify", "--json"))
    assert (found["unconfirmed"], found["differences"], found["places_unread"]) == (False, [], None)
    assert found["headline"] == "The credentials work."


def test_settings_whose_page_changed_are_told_and_the_others_are_compared(rotated: Desk) -> None:
    edit(rotated, GROUP, 'heading = "Schools of old"')
    ran = rotated.run("verify", "--json")
    found = entry(ran)
    assert (ran.code, found["verdict"]) == (0, "working")
    assert found["headline"] == "The credentials work. The settings in SchoolWise were not all compared."
    assert found["unconfirmed"] is False
    assert [item["what"] for item in found["differences"]] == ["group"]  # type: ignore[attr-defined]
    assert [item["place"] for item in found["places"]] == ["district"]  # type: ignore[attr-defined]
    said = rotated.run("verify").out
    assert "The others were not compared: the settings in SchoolWise are not as they were confirmed." in said
    assert "the page, group: was Schools of old; " in said

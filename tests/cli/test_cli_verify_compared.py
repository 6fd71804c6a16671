"""`verify` where settings could not be compared: it says so, and the verdict rests on the rest."""

from __future__ import annotations

from cli.desk import LEA, Desk, Ran
from cli.test_cli_portal import edit

GROUP = 'heading = "Individual schools"'


def entry(ran: Ran) -> dict[str, object]:
    found: dict[str, object] = ran.document["leas"][0]
    return found


def test_settings_that_were_compared_are_told_as_such(rotated: Desk) -> None:
    found = entry(rotated.run("verify", "--json"))
    assert (found["unconfirmed"], found["differences"], found["places_unread"]) == (False, [], None)
    assert found["headline"] == "The credentials work."


def test_settings_that_nobody_confirmed_are_named_and_the_verdict_rests_on_the_rest(rotated: Desk) -> None:
    (rotated.home / "portals" / f"{LEA}.toml").unlink()
    ran = rotated.run("verify", "--json")
    found = entry(ran)
    assert (ran.code, found["verdict"], found["blocked"]) == (0, "working", None)
    assert found["headline"] == "The credentials work. The settings in SchoolWise were not compared."
    assert str(found["sentence"]) == (
        f"{found['headline']} Nobody has confirmed yet which fields there hold the credentials."
    )
    assert (found["unconfirmed"], found["differences"], found["places"]) == (True, [], [])
    assert found["command"] == "ssrcred portal confirm"
    assert found["next"] == "Before the next rotation, confirm the fields: ssrcred portal confirm."
    assert "settings in SchoolWise were not compared" in rotated.run("verify").out


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
    assert "the list of schools was Schools of old; " in said


def test_credentials_that_are_rejected_stay_the_first_thing_said(rotated: Desk) -> None:
    (rotated.home / "portals" / f"{LEA}.toml").unlink()
    rotated.click()
    found = entry(rotated.run("verify", "--json"))
    assert found["verdict"] == "superseded"
    assert str(found["headline"]).startswith("The credentials were probably regenerated in TOMS.")
    assert str(found["headline"]).endswith("The settings in SchoolWise were not compared.")
    assert found["command"] != "ssrcred portal confirm"

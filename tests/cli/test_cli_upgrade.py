"""Coordinators whose settings nobody has confirmed yet, because they began before confirming was needed."""

from __future__ import annotations

import pytest

from cli.desk import LEA, Desk
from cli.test_cli_crisis import stopped_after_the_click

CONFIRM = "ssrcred portal confirm"


def before_the_upgrade(desk: Desk) -> None:
    (desk.home / "portals" / f"{LEA}.toml").unlink()


def outcomes(document: dict[str, object]) -> list[tuple[str, str]]:
    events = document["events"]
    assert isinstance(events, list)
    return [(event["step"], event["outcome"]) for event in events]


def test_a_rotation_that_had_begun_stores_its_key_before_anything_else(rotated: Desk) -> None:
    pair = stopped_after_the_click(rotated, None)
    before_the_upgrade(rotated)
    ran = rotated.run("resume", "--stdin", "--json", given=f"{pair.username}\n{pair.secret}\n")
    assert ran.code == 10
    told = outcomes(ran.document)
    assert told.index(("store", "stored")) < told.index(("write", "not_confirmed"))
    assert rotated.vault.holds("pair-0002") and rotated.district.stored("district") != pair
    rotated.confirm()
    assert rotated.run("resume").code == 0
    assert rotated.district.stored("district") == pair


def test_verify_needs_nothing_confirmed(rotated: Desk) -> None:
    before_the_upgrade(rotated)
    ran = rotated.run("verify", "--json")
    assert ran.code == 0
    probes = {(one["probe"], one["outcome"]) for one in ran.document["leas"][0]["probes"]}
    assert ("toms", "proved") in probes
    assert {outcome for probe, outcome in probes if probe == "portal"} <= {"proved", "accepted"}


@pytest.mark.parametrize("command", [("rotate", "--plan"), ("schools",), ("upload",)])
def test_everything_that_opens_the_settings_names_the_command(rotated: Desk, command: tuple[str, ...]) -> None:
    before_the_upgrade(rotated)
    settings = rotated.district.settings
    ran = rotated.run(*command)
    assert ran.code in (6, 10)
    assert CONFIRM in ran.err + ran.out
    assert rotated.district.settings == settings


def test_a_rotation_does_not_begin_before_the_settings_are_confirmed(ready: Desk) -> None:
    before_the_upgrade(ready)
    ran = ready.run("rotate", "--stdin", "--json", given=ready.pair_lines)
    assert ran.code == 6
    assert ran.document["error"]["code"] == "not_confirmed"
    assert ready.run("status", "--json").document["leas"][0]["unfinished"] in (None, False)

"""After an upgrade: a home that version 0.1.0 left goes on, and one of a newer version is left alone.

Its settings nobody has confirmed yet, because it began before confirming was needed.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.desk import LEA, Desk, LeftDesk
from cli.test_cli_crisis import stopped_after_the_click

FORMER_HOME = Path(__file__).parent / "former_home"
"""What the demo of 0.1.0 left, as it was on November 22, 2026: all of it is made up, the key file, too."""

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


@pytest.fixture
def former(desk: Desk) -> Desk:
    """A desk with the home that 0.1.0 left, beside a district that has come equally far."""
    pair = desk.click()
    addresses = ("http://127.0.0.1:33749", "http://127.0.0.1:37975/api/v1", "http://127.0.0.1:43289")
    places = ("district", desk.district.schools[1])
    desk.take_over(LeftDesk(FORMER_HOME, {}, addresses, pair, places))
    desk.at = datetime(2026, 12, 1, 20, 0, tzinfo=UTC)
    (desk.home / "vault/key-file.txt").write_text(str(desk.home / "vault.key"), "utf-8")
    for path in desk.home.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)  # git keeps no modes
    return desk


def test_a_home_of_the_version_before_opens_and_goes_through_a_rotation(former: Desk) -> None:
    [lea] = former.run("status", "--json").document["leas"]
    assert (lea["state"], lea["days_left"], len(lea["places"])) == ("fine", 364, 2)
    assert len(former.run("history", "--json").document["events"]) == 20
    ran = former.run("verify", "--json")
    assert (ran.code, ran.document["leas"][0]["verdict"]) == (0, "working"), ran.out
    ran = former.run("rotate", "--plan")
    assert ran.code == 6 and CONFIRM in ran.err
    former.confirm()
    former.without_browser()
    ran = former.run("rotate", "--stdin", "--force", given=former.pair_lines)
    assert ran.code == 0, ran.err
    assert former.district.stored("district") == former.district.pair


def test_a_home_of_a_newer_version_is_refused_and_left_as_it_is(former: Desk) -> None:
    with closing(sqlite3.connect(former.home / "ledger.sqlite")) as connection:
        connection.execute("PRAGMA user_version = 2")
    before = {path: path.read_bytes() for path in former.home.rglob("*") if path.is_file()}
    for command in ("status", "history", "verify", "rotate"):
        ran = former.run(command)
        assert ran.code == (3 if command == "status" else 9)
        assert "newer version" in ran.err
    assert {path: path.read_bytes() for path in before} == before

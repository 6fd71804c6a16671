"""The command calendar: the dates of the stored pairs as a file, and what it says where there is none."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import tomli_w
from icalendar import Calendar

from cli.desk import LEA, Desk


def days(path: Path) -> dict[str, date]:
    found = Calendar.from_ical(path.read_bytes()).walk("VEVENT")
    return {str(event["uid"]): event.decoded("dtstart") for event in found}


def configure(desk: Desk, **more: Any) -> None:
    """Add settings of reminders, and a second LEA without a pair."""
    path = desk.home / "config.toml"
    tables = tomllib.loads(path.read_text("utf-8"))
    tables["lea"][LEA]["remind"] = more
    tables["lea"]["adams"] = {"name": "Adams Elementary", "cds": "19647330000001"}
    path.write_text(tomli_w.dumps(tables), "utf-8")


def test_the_last_day_and_a_quiet_day_are_written(rotated: Desk, tmp_path: Path) -> None:
    path = tmp_path / "ssr.ics"
    ran = rotated.run("calendar", str(path))
    assert ran.code == 0, ran.err
    assert ran.out == (
        "Lincoln Unified School District: expires on Sunday, November 21, 2027; "
        "suggested day for the rotation: Thursday, November 4, 2027\n"
    )
    assert sorted(days(path).values()) == [date(2027, 11, 4), date(2027, 11, 21)]


def test_busy_weeks_of_the_settings_are_kept_out_of(rotated: Desk, tmp_path: Path) -> None:
    configure(rotated, testing=["2027-10-25/2027-11-05"], release=["10-11/10-21"], days=[30])
    path = tmp_path / "ssr.ics"
    ran = rotated.run("calendar", str(path), "--lea", LEA, "--json")
    assert ran.document == {
        "schema": "ssrcred.calendar/1",
        "file": str(path),
        "leas": [
            {"lea": LEA, "expires_on": "2027-11-21", "rotate_on": "2027-10-07", "alarms": ["2027-10-22"]},
        ],
        "unknown": [],
    }


def test_the_next_year_moves_the_same_events(rotated: Desk, tmp_path: Path) -> None:
    path = tmp_path / "ssr.ics"
    rotated.run("calendar", str(path))
    before = days(path)
    rotated.at += timedelta(days=348)
    rotated.rotated()
    assert rotated.run("calendar", str(path)).code == 0
    assert days(path).keys() == before.keys()
    assert days(path)["ssrcred-expiry-" + rotated.district.cds] == date(2028, 11, 3)


def test_with_all_an_lea_without_a_pair_is_named_and_holds_nobody_up(rotated: Desk, tmp_path: Path) -> None:
    configure(rotated, testing=["01-01/12-31"])
    ran = rotated.run("calendar", str(tmp_path / "ssr.ics"), "--all")
    assert ran.code == 0 and "adams: no credentials are stored yet, so it has no date." in ran.err
    assert "suggested day for the rotation: none, no quiet day is left" in ran.out
    document = rotated.run("calendar", str(tmp_path / "ssr.ics"), "--all", "--json").document
    assert document["unknown"] == ["adams"] and document["leas"][0]["rotate_on"] is None


def test_without_any_pair_no_file_is_written(ready: Desk, tmp_path: Path) -> None:
    ran = ready.run("calendar", str(tmp_path / "ssr.ics"))
    assert ran.code == 5 and ran.error["state"] == "No file was written."
    assert not (tmp_path / "ssr.ics").exists()


def test_one_lea_and_all_at_once_is_no_order(rotated: Desk, tmp_path: Path) -> None:
    for command in (("calendar", str(tmp_path / "x.ics")), ("remind",)):
        assert rotated.run(*command, "--all", "--lea", LEA).code == 2

"""The calendar's file: valid to a validator of another make, the same dates every year, and written whole or not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from libical import faults
from ssrcred.output.calendar import Dates, written

NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
LINCOLN = Dates(
    "lincoln",
    "Núñez, Made-Up & Daughters Unified School District; a very long name that has to be folded somewhere",
    "19647330000000",
    date(2027, 11, 21),
    date(2027, 11, 4),
    (60, 30, 14, 7, 3, 1),
)
ADAMS = replace(LINCOLN, lea="adams", name="Adams", cds="19647330000001", rotation_day=None, alarms=())


def events(content: bytes) -> dict[str, Any]:
    return {str(event["uid"]): event for event in Calendar.from_ical(content).walk("VEVENT")}


@pytest.mark.real("libical")
@pytest.mark.parametrize("found", [[LINCOLN], [LINCOLN, ADAMS], [ADAMS]])
def test_a_validator_of_another_make_finds_nothing_wrong(found: list[Dates]) -> None:
    assert faults(written(found, NOW)) == []


@pytest.mark.real("libical")
@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (b"UID:ssrcred-expiry-19647330000001\r\n", b""),
        (b"DTSTAMP:20261121T200000Z", b"DTSTAMP:yesterday"),
        (b"VERSION:2.0\r\n", b""),
        (b"SUMMARY:", b"SUMMARY:twice\r\nSUMMARY:"),
    ],
)
def test_that_validator_can_find_something(good: bytes, bad: bytes) -> None:
    content = written([ADAMS], NOW)
    assert good in content
    assert faults(content.replace(good, bad)) != []


def test_the_last_day_is_a_whole_day_with_an_alarm_at_nine_for_each_threshold() -> None:
    event = events(written([LINCOLN], NOW))["ssrcred-expiry-19647330000000"]
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (date(2027, 11, 21), date(2027, 11, 22))
    assert event["summary"] == f"SSR credentials of {LINCOLN.name} expire"
    assert "ssrcred rotate --lea lincoln" in event["description"] and event["transp"] == "TRANSPARENT"
    midnight = datetime(2027, 11, 21)
    rings = [midnight + alarm["trigger"].dt for alarm in event.walk("VALARM")]
    assert rings == [datetime(2027, 11, 21, 9) - timedelta(days=days) for days in LINCOLN.alarms]
    assert {alarm["action"] for alarm in event.walk("VALARM")} == {"DISPLAY"}


def test_the_proposed_day_has_one_alarm_on_its_morning_and_is_left_out_where_there_is_none() -> None:
    found = events(written([LINCOLN, ADAMS], NOW))
    event = found["ssrcred-rotation-19647330000000"]
    assert event.decoded("dtstart") == date(2027, 11, 4)
    assert [alarm["trigger"].dt for alarm in event.walk("VALARM")] == [timedelta(hours=9)]
    assert "ssrcred-rotation-19647330000001" not in found and len(found) == 3


def test_a_new_year_replaces_the_old_one() -> None:
    before = events(written([LINCOLN], NOW))
    later = replace(LINCOLN, last_day=date(2028, 11, 3), rotation_day=date(2028, 10, 19))
    after = events(written([later], NOW + timedelta(days=348)))
    assert before.keys() == after.keys()
    assert all(after[uid]["sequence"] > before[uid]["sequence"] for uid in before)


def test_a_clock_before_its_time_makes_no_sequence_that_is_not_allowed() -> None:
    event = events(written([ADAMS], datetime(1999, 1, 1, tzinfo=UTC)))["ssrcred-expiry-19647330000001"]
    assert event["sequence"] == 0


def test_lines_are_short_and_end_as_the_format_says() -> None:
    lines = written([LINCOLN], NOW).split(b"\r\n")
    assert all(len(line) <= 75 and b"\n" not in line for line in lines)

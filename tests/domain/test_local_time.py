"""Days and times as a person reads them, in the LEA's own time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from ssrcred.domain.local_time import day_in_words, local_day, local_moment


@pytest.mark.parametrize(
    ("at", "timezone", "words"),
    [
        (datetime(2027, 11, 29, 22, 5, tzinfo=UTC), "America/Los_Angeles", "Monday, November 29, 2027, 2:05 PM PST"),
        (datetime(2027, 7, 5, 7, 0, tzinfo=UTC), "America/Los_Angeles", "Monday, July 5, 2027, 12:00 AM PDT"),
        (datetime(2027, 7, 5, 19, 30, tzinfo=UTC), "America/Los_Angeles", "Monday, July 5, 2027, 12:30 PM PDT"),
        (datetime(2027, 7, 5, 0, 59, tzinfo=UTC), "UTC", "Monday, July 5, 2027, 12:59 AM UTC"),
    ],
)
def test_a_moment_has_its_day_its_hour_and_its_zone(at: datetime, timezone: str, words: str) -> None:
    assert local_moment(at, timezone) == words


def test_a_day_is_the_leas_own_and_short_in_columns() -> None:
    late = datetime(2027, 11, 30, 5, 0, tzinfo=UTC)  # the evening before in California
    assert local_day(late, "America/Los_Angeles") == "Monday, November 29, 2027"
    assert local_day(late, "America/Los_Angeles", short=True) == "Nov 29, 2027"
    assert day_in_words(date(2027, 1, 2)) == "Saturday, January 2, 2027"

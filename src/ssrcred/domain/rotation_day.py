"""Proposes a day for the next rotation outside the weeks in which nobody should rotate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

# Days between the proposed day and the last: TOMS's own first mail comes then, and a delay of a week does no harm.
MARGIN_DAYS: Final = 14
# The proposed day is at most this long before the last day, to leave a quiet week.
EARLIEST_DAYS: Final = 180
THURSDAY: Final = 3


@dataclass(frozen=True)
class Span:
    """From `first` to `last`, both days in it: `2027-04-12` for one year, `04-12` for every year.

    One of every year may go over New Year: from 12-18 to 01-08.
    """

    first: str
    last: str

    def covers(self, day: date) -> bool:
        """Whether the day is in it."""
        text = day.isoformat()[-len(self.first) :]
        if self.first <= self.last:
            return self.first <= text <= self.last
        return text >= self.first or text <= self.last


def rotation_day(last_day: date, today: date, busy: Iterable[Span]) -> date | None:
    """Return a good day for the next rotation, by the LEA's calendar; None if every day until `last_day` is busy.

    The latest Monday to Thursday outside of `busy` that leaves MARGIN_DAYS before `last_day`, because then
    people are at work the day after; else the first such day after that, and in the last days any day.
    """
    spans = tuple(busy)
    aim = last_day - timedelta(days=MARGIN_DAYS)
    before = (aim - timedelta(days=back) for back in range(EARLIEST_DAYS - MARGIN_DAYS + 1))
    start = max(today, aim)
    after = [start + timedelta(days=on) for on in range((last_day - start).days)]
    quiet = [day for day in (*before, *after) if day >= today and not any(span.covers(day) for span in spans)]
    good = (day for day in quiet if day.weekday() <= THURSDAY)
    return next(good, None) or next((day for day in quiet if day >= start), None)

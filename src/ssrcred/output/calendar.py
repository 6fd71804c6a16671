"""Writes the dates of credentials as an iCalendar file (RFC 5545) that any calendar takes, year after year.

Each date keeps its UID, and its SEQUENCE rises with every file (RFC 5545, 3.8.7.4), so a calendar that imports
the new file moves last year's event, or a suggestion that has passed, and adds none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from ssrcred.domain.local_time import day_in_words

if TYPE_CHECKING:
    from icalendar import Event

# When an alarm rings, by the local clock: all-day events begin at midnight.
MORNING: Final = timedelta(hours=9)
YEAR_ZERO: Final = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Dates:
    """One LEA's dates, by its own calendar: the last day of its credentials, and what goes before it.

    `rotation_day` is the suggested day for the next rotation, None where every day is busy;
    `alarms` are days before the end.
    """

    lea: str
    name: str
    cds: str
    last_day: date
    rotation_day: date | None
    alarms: tuple[int, ...]


def written(found: Iterable[Dates], now: datetime) -> bytes:
    """The file's content. Raises ImportError when the library for it is not installed."""
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//ssrcred//ssrcred//EN")
    for one in found:
        title = f"SSR credentials of {one.name} expire"
        text = (
            "From this day on, parents cannot open score reports with the current credentials. Before that, an LEA "
            f"coordinator who can log on to TOMS generates new ones with: ssrcred rotate --lea {one.lea}"
        )
        alarms = {days: f"{title} in {days} day{'s' if days != 1 else ''}" for days in one.alarms}
        calendar.add_component(_event(one, "expiry", one.last_day, title, text, alarms, now))
        if one.rotation_day is not None:
            title = f"Suggested: rotate the SSR credentials of {one.name}"
            text = (
                "A quiet day to generate new credentials, before the current ones expire on "
                f"{day_in_words(one.last_day)}. Type: ssrcred rotate --lea {one.lea}"
            )
            calendar.add_component(_event(one, "rotation", one.rotation_day, title, text, {0: title}, now))
    content: bytes = calendar.to_ical()
    return content


def _event(
    dates: Dates, kind: str, day: date, title: str, text: str, alarms: Mapping[int, str], now: datetime
) -> Event:
    """An event of a whole day, with what its alarms say by the days that they ring before it."""
    from icalendar import Alarm, Event

    event = Event()
    event.add("uid", f"ssrcred-{kind}-{dates.cds}")
    # Minutes: nothing has to be remembered between two files, and 32 bits last for centuries.
    event.add("sequence", max(0, int((now - YEAR_ZERO).total_seconds() // 60)))
    event.add("dtstamp", now.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))  # exclusive (RFC 5545, 3.6.1)
    event.add("summary", title)
    event.add("description", text)
    event.add("transp", "TRANSPARENT")  # the day stays free for appointments
    for days, said in alarms.items():
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("trigger", MORNING - timedelta(days=days))
        alarm.add("description", said)
        event.add_component(alarm)
    return event

"""Days and times as a person in the LEA's time zone reads them. For machines there is ISO 8601 in UTC."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import date, datetime


def day_in_words(day: date, *, short: bool = False) -> str:
    """Return "Monday, November 29, 2027", or the `short` "Nov 29, 2027" for columns."""
    return f"{day:%b} {day.day}, {day.year}" if short else f"{day:%A, %B} {day.day}, {day.year}"


def local_day(at: datetime, timezone: str, *, short: bool = False) -> str:
    """Return the day of a moment (aware) in a time zone, as `day_in_words` has it."""
    from zoneinfo import ZoneInfo  # here, because every start of the program reads this file

    return day_in_words(at.astimezone(ZoneInfo(timezone)), short=short)


def local_moment(at: datetime, timezone: str, *, short: bool = False) -> str:
    """Return "Monday, November 29, 2027, 2:05 PM PST"; `short` shortens the day."""
    from zoneinfo import ZoneInfo

    local = at.astimezone(ZoneInfo(timezone))
    # %-I, an hour without a leading zero, is not on every system.
    return f"{day_in_words(local, short=short)}, {local.hour % 12 or 12}:{local:%M %p %Z}"

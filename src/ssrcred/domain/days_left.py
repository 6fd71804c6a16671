"""How many days credentials have left, counted in one place, as the countdown in TOMS is.

This file and the others that `check_ssrcred` loads import neither dataclasses nor typing: either takes longer than the
whole check (benchmarks/startup.py).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

# Days from generation, not from upload (domain.md; 90 until about 2020, so it is a setting).
LIFETIME_DAYS: Final = 365
# From this many days left on, every command at a terminal begins with a line about it (a setting).
# MyTOMS Home shows it since then too (domain.md).
TERMINAL_DAYS: Final = 14


def expires_at(generated_at: datetime, lifetime_days: int, timezone: str) -> datetime:
    """Return the moment (aware UTC) of expiry: the same time of day, `lifetime_days` local days later."""
    zone = ZoneInfo(timezone)
    return (generated_at.astimezone(zone) + timedelta(days=lifetime_days)).astimezone(UTC)


def days_left(now: datetime, generated_at: datetime, lifetime_days: int, timezone: str) -> int:
    """Return whole days by the LEA's calendar: 365 on the day of generation, 0 on the last day, then negative.

    Counts calendar days, not 24-hour spans: the count changes at local midnight, as a printed countdown does, and a day
    of 23 or 25 hours changes nothing. How TOMS itself rounds is not published.
    """
    zone = ZoneInfo(timezone)
    last_day = generated_at.astimezone(zone).date() + timedelta(days=lifetime_days)
    return (last_day - now.astimezone(zone).date()).days


def moment_of_generation(day: date, now: datetime, timezone: str) -> datetime:
    """Return the moment (aware UTC) to record for credentials generated on a local `day`: now, or that day's start.

    The start of the day is the earliest possible moment, so the credentials are never believed to last longer.
    """
    zone = ZoneInfo(timezone)
    if day == now.astimezone(zone).date():
        return now.astimezone(UTC)
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)

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


def life(now: datetime, generated_at: datetime, lifetime_days: int, timezone: str) -> tuple[int, datetime]:
    """Return the whole days left by the LEA's calendar, and the moment of expiry (aware UTC).

    That is the same time of day, `lifetime_days` local days after generation. The days are 365 on the day of
    generation, 0 on the last day, then negative: calendar days and not spans of 24 hours, so the count changes at local
    midnight, as a printed countdown does, and a day of 23 or 25 hours changes nothing. How TOMS itself rounds is not
    published.
    """
    zone = ZoneInfo(timezone)
    end = generated_at.astimezone(zone) + timedelta(days=lifetime_days)
    return end.toordinal() - now.astimezone(zone).toordinal(), end.astimezone(UTC)


def moment_of_generation(day: date, now: datetime, timezone: str) -> datetime:
    """Return the moment (aware UTC) to record for credentials generated on a local `day`: now, or that day's start.

    The start of the day is the earliest possible moment, so the credentials are never believed to last longer.
    """
    zone = ZoneInfo(timezone)
    if day == now.astimezone(zone).date():
        return now.astimezone(UTC)
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)

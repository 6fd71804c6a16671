"""The pair that TOMS shows once, and how many days it has left; nothing here can print the secret key."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, NoReturn
from zoneinfo import ZoneInfo

LIFETIME_DAYS: Final = 365
"""Days from generation, not from upload (domain.md; 90 until about 2020, so it is a setting)."""


class SecretKey:
    """A text that cannot be printed, formatted, pickled, hashed or compared by accident.

    Only doors call `reveal()`; tests/test_map.py holds the list of them.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the door that has to send or save it."""
        return self._text

    def matches(self, other: SecretKey) -> bool:
        """Whether both hold the same text; takes the same time wherever they differ."""
        return hmac.compare_digest(
            self._text.encode("utf-8", "surrogatepass"), other._text.encode("utf-8", "surrogatepass")
        )

    def __len__(self) -> int:
        return len(self._text)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __repr__(self) -> str:
        return f"<secret key, {len(self._text)} characters>"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> NoReturn:
        raise TypeError("compare secret keys with .matches()")

    __hash__ = None  # type: ignore[assignment]  # a set or a dict of keys would compare them

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a secret key cannot be pickled or copied")


@dataclass(frozen=True, eq=False)
class Credential:
    """One pair as TOMS issued it: user name, secret key, and the moment of its generation (aware UTC)."""

    username: str
    secret: SecretKey
    generated_at: datetime

    def matches(self, other: Credential) -> bool:
        """Whether both halves are the same; the moment does not count."""
        return self.username == other.username and self.secret.matches(other.secret)


def expires_at(generated_at: datetime, lifetime_days: int, timezone: str) -> datetime:
    """The moment (aware UTC) at which a pair lapses: the same time of day, `lifetime_days` local days later."""
    zone = ZoneInfo(timezone)
    return (generated_at.astimezone(zone) + timedelta(days=lifetime_days)).astimezone(UTC)


def days_left(now: datetime, generated_at: datetime, lifetime_days: int, timezone: str) -> int:
    """Whole days by the LEA's local calendar: 365 on the day of generation, 0 on the last day, then negative.

    Calendar days and not 24-hour spans, so that the count changes at local midnight as a printed countdown does,
    and a day of 23 or 25 hours changes nothing. How TOMS itself rounds is not published.
    """
    zone = ZoneInfo(timezone)
    last_day = generated_at.astimezone(zone).date() + timedelta(days=lifetime_days)
    return (last_day - now.astimezone(zone).date()).days


def moment_of_generation(day: date, now: datetime, timezone: str) -> datetime:
    """The moment (aware UTC) to record for a pair generated on a local `day`: now for today, else that day's start.

    The start of the day is the earliest it can have been, so a pair is never believed to live longer than it does.
    """
    zone = ZoneInfo(timezone)
    if day == now.astimezone(zone).date():
        return now.astimezone(UTC)
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)

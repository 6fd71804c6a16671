"""What somebody has to be told about an LEA today, and what they were told already.

Nothing here sends: the front asks what is due for a recipient, sends it, and keeps what `after` gives. So a reminder
that could not be sent is still due at the next run, and one that was sent is not due again. What was said belongs to
one pair: with a new pair every threshold is open again, without anybody having to reset anything.

A concern that does not exist yet is one more word in `Concern`, one line in `concerns` and one paragraph in
output/letter.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from ssrcred.domain.state import Condition

PATIENCE: Final = timedelta(hours=1)
"""A rotation that was begun less long ago is somebody at work, and no reason for a mail."""


class Concern(StrEnum):
    """What can be wrong with an LEA, the worst first."""

    REFUSED = "refused"  # the last proof of some way was refused
    UNFINISHED = "unfinished"  # a rotation has begun and not ended
    EXPIRED = "expired"
    EXPIRING = "expiring"  # a threshold is reached
    SIGN_IN = "sign_in"  # the portal rejected a password, so the next rotation would fail
    HANDOVER = "handover"  # a vendor waits for the new pair since yesterday or longer
    NOTHING_STORED = "nothing_stored"  # so no reminder could ever come


DAILY: Final = frozenset({Concern.REFUSED, Concern.UNFINISHED, Concern.EXPIRED})
"""Said every day until it is mended: parents cannot see score reports, or may not be able to."""

WEEK: Final = timedelta(days=7)
"""Between two words about the same open hand-over, or rejected password: whoever acts on it may take days."""
WEEKLY: Final = frozenset({Concern.HANDOVER, Concern.SIGN_IN})


@dataclass(frozen=True)
class Unreached:
    """Since when (aware UTC) nothing has reached a recipient, and the `reason` in words."""

    since: datetime
    reason: str


@dataclass(frozen=True)
class Told:
    """What one recipient was told about one LEA.

    `threshold` is the last one that was said of the pair `pair`; `days` has the local day (ISO 8601) on which each
    other concern was last said.
    """

    pair: str = ""
    threshold: int | None = None
    days: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain values for the ledger; `from_json` reads them."""
        return {"pair": self.pair, "threshold": self.threshold, "days": dict(self.days)}

    @classmethod
    def from_json(cls, record: Mapping[str, Any] | None) -> Told:
        """What a ledger's record says; nothing was told where there is none, or one that cannot be read.

        Better one message twice than none.
        """
        if record is None:
            return cls()
        pair, threshold, days = record.get("pair"), record.get("threshold"), record.get("days")
        sound = isinstance(pair, str) and isinstance(threshold, int | None) and isinstance(days, Mapping)
        return cls(str(pair), threshold, dict(days or {})) if sound else cls()


def concerns(condition: Condition, days: Sequence[int], now: datetime) -> tuple[Concern, ...]:
    """All that is wrong with an LEA at `now`, the worst first; `days` are the thresholds of its reminders."""
    rotation, left = condition.standing.rotation, condition.days_left
    wrong = {
        Concern.REFUSED: bool(condition.standing.refused),
        Concern.UNFINISHED: rotation is not None and now - rotation.started_at >= PATIENCE,
        Concern.EXPIRED: left is not None and left < 0,
        Concern.EXPIRING: left is not None and left >= 0 and reached(left, days) is not None,
        Concern.SIGN_IN: bool(condition.rejected),
        Concern.HANDOVER: bool(waiting(condition, now)),
        Concern.NOTHING_STORED: left is None and rotation is None,
    }
    return tuple(concern for concern in Concern if wrong[concern])


def waiting(condition: Condition, now: datetime) -> tuple[str, ...]:
    """The vendors that wait for the new pair since an earlier day by the LEA's calendar."""
    today = _today(condition, now)
    opened = condition.standing.handovers.items()
    return tuple(vendor for vendor, one in opened if _today(condition, one.since) < today)


def reached(days_left: int, days: Sequence[int]) -> int | None:
    """The newest threshold that `days_left` has reached; None before the first."""
    return min((one for one in days if days_left <= one), default=None)


def due(condition: Condition, days: Sequence[int], told: Told, now: datetime) -> tuple[Concern, ...]:
    """The concerns that have to be said now to somebody who was `told` this much.

    A threshold is said once, a missed one is made up by the newest that is reached, and what is daily once a day by the
    LEA's calendar.
    """
    same, today = told.pair == _pair(condition), _today(condition, now)

    def is_due(concern: Concern) -> bool:
        told_on = told.days.get(concern, "")
        if concern is Concern.EXPIRING and condition.days_left is not None:
            newest = reached(condition.days_left, days)
            return newest is not None and (not same or told.threshold is None or newest < told.threshold)
        if concern in DAILY:
            # Not "later than": a clock that was wrong for a day must not silence it for as long.
            return told_on != today.isoformat()
        if concern in WEEKLY:
            anew = concern is Concern.HANDOVER and not same
            # A day that is yet to come is one of a clock that was wrong.
            return anew or not (today - WEEK).isoformat() < told_on <= today.isoformat()
        return not told_on

    return tuple(concern for concern in concerns(condition, days, now) if is_due(concern))


def after(condition: Condition, days: Sequence[int], told: Told, now: datetime) -> Told:
    """What the recipient was told once a message about this LEA, with all its concerns, has been sent."""
    found, pair, said = concerns(condition, days, now), _pair(condition), dict(told.days)
    threshold = told.threshold if told.pair == pair else None
    if told.pair != pair:
        said.pop(Concern.HANDOVER, None)  # what was said of the hand-overs of another pair
    said |= {one.value: _today(condition, now).isoformat() for one in found if one is not Concern.EXPIRING}
    if Concern.EXPIRING in found and condition.days_left is not None:
        threshold = reached(condition.days_left, days)
    return Told(pair, threshold, said)


def _pair(condition: Condition) -> str:
    """Which pair the days are counted for: its slot and its generation, for the same slot may be dated anew."""
    generated = condition.generated_at
    return f"{condition.standing.newest_slot or ''} {generated.isoformat() if generated else ''}".strip()


def _today(condition: Condition, now: datetime) -> date:
    return now.astimezone(ZoneInfo(condition.timezone)).date()

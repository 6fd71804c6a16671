"""What somebody must be told about an LEA today, and what they were told already.

Nothing here sends: the app asks what is due for a recipient, sends it, and stores what `after` returns. A reminder that
could not be sent is therefore due again at the next run, and one that was sent is not. New credentials reset every
threshold.

A new concern is one more word in `Concern`, one line in `concerns` and one paragraph in output/reminder_text.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from ssrcred.domain.lea_status import CRITICAL_DAYS, WARN_DAYS, Condition, State

# A rotation that began less than this ago is somebody at work, and no reason for a mail.
PATIENCE: Final = timedelta(hours=1)


class Concern(StrEnum):
    """What can be wrong with an LEA, the worst first."""

    REFUSED = "refused"  # the last test of some way was rejected
    UNFINISHED = "unfinished"  # a rotation has begun and not ended
    EXPIRED = "expired"
    EXPIRING = "expiring"  # a threshold is reached
    SIGN_IN = "sign_in"  # the portal rejected a password, so the next rotation would fail
    HANDOVER = "handover"  # a system has been pending since yesterday or longer
    NOTHING_STORED = "nothing_stored"  # so no reminder could ever come


# Sent every day until it is fixed: parents cannot see score reports, or may not be able to.
DAILY: Final = frozenset({Concern.REFUSED, Concern.UNFINISHED, Concern.EXPIRED})

# Between two reminders of the same pending system or rejected password: whoever acts on it may take days.
WEEK: Final = timedelta(days=7)
WEEKLY: Final = frozenset({Concern.HANDOVER, Concern.SIGN_IN})


@dataclass(frozen=True)
class Unreached:
    """Since when (aware UTC) nothing has reached a recipient, and the `reason` in words."""

    since: datetime
    reason: str


@dataclass(frozen=True)
class Told:
    """What one recipient was told about one LEA.

    `threshold` is the last one that was sent for the credentials `pair`; `days` has the local day (ISO 8601) on which
    each other concern was last sent.
    """

    pair: str = ""
    threshold: int | None = None
    days: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain values for the ledger; `from_json` reads them."""
        return {"pair": self.pair, "threshold": self.threshold, "days": dict(self.days)}

    @classmethod
    def from_json(cls, record: Mapping[str, Any] | None) -> Told:
        """Read a ledger's record; without one, or if it cannot be read, nothing was told: better twice than never."""
        if record is None:
            return cls()
        pair, threshold, days = record.get("pair"), record.get("threshold"), record.get("days")
        sound = isinstance(pair, str) and isinstance(threshold, int | None) and isinstance(days, Mapping)
        return cls(str(pair), threshold, dict(days or {})) if sound else cls()


def concerns(
    condition: Condition, days: Sequence[int], now: datetime, patience: timedelta = PATIENCE
) -> tuple[Concern, ...]:
    """Return everything that is wrong with an LEA at `now`, the worst first; `days` are its reminder thresholds.

    A rotation is unfinished once it has lasted as long as the `patience`.
    """
    rotation, left = condition.standing.rotation, condition.days_left
    wrong = {
        Concern.REFUSED: bool(condition.standing.refused),
        Concern.UNFINISHED: rotation is not None and now - rotation.started_at >= patience,
        Concern.EXPIRED: left is not None and left < 0,
        Concern.EXPIRING: left is not None and left >= 0 and reached(left, days) is not None,
        Concern.SIGN_IN: bool(condition.rejected),
        Concern.HANDOVER: bool(waiting(condition, now)),
        Concern.NOTHING_STORED: left is None and rotation is None,
    }
    return tuple(concern for concern in Concern if wrong[concern])


def in_state_since(condition: Condition) -> datetime | None:
    """Return since when (aware UTC) an LEA has been in its state; None where that is not known or does not matter.

    Of a rejection only the last check is remembered. Days are those of the usual limits.
    """
    standing, expires_at = condition.standing, condition.expires_at
    match condition.state:
        case State.REFUSED:
            return max(standing.tried[way].at for way in standing.refused)
        case State.UNFINISHED if standing.rotation is not None:
            return standing.rotation.started_at
        case State.DUE if condition.why:  # days are left, but another system still needs the credentials
            return min(one.since for one in standing.handovers.values())
        case State.EXPIRED | State.CRITICAL | State.DUE if expires_at is not None:
            before = {State.CRITICAL: CRITICAL_DAYS, State.DUE: WARN_DAYS}.get(condition.state, 0)
            return expires_at - timedelta(days=before)
    return None


def waiting(condition: Condition, now: datetime) -> tuple[str, ...]:
    """Return the systems that have been pending since an earlier day by the LEA's calendar."""
    today = _today(condition, now)
    opened = condition.standing.handovers.items()
    return tuple(vendor for vendor, one in opened if _today(condition, one.since) < today)


def reached(days_left: int, days: Sequence[int]) -> int | None:
    """Return the newest threshold that `days_left` has reached; None before the first."""
    return min((one for one in days if days_left <= one), default=None)


def due(condition: Condition, days: Sequence[int], told: Told, now: datetime) -> tuple[Concern, ...]:
    """Return the concerns to send now to somebody who was `told` this much.

    A threshold is sent once (the newest one reached stands for those that were missed), daily concerns once a day by
    the LEA's calendar.
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
            # A day in the future comes from a clock that was wrong.
            return anew or not (today - WEEK).isoformat() < told_on <= today.isoformat()
        return not told_on

    return tuple(concern for concern in concerns(condition, days, now) if is_due(concern))


def after(condition: Condition, days: Sequence[int], told: Told, now: datetime) -> Told:
    """Return what the recipient was told once a message with all concerns of this LEA has been sent."""
    found, pair, said = concerns(condition, days, now), _pair(condition), dict(told.days)
    threshold = told.threshold if told.pair == pair else None
    if told.pair != pair:
        said.pop(Concern.HANDOVER, None)  # it was about other credentials
    said |= {one.value: _today(condition, now).isoformat() for one in found if one is not Concern.EXPIRING}
    if Concern.EXPIRING in found and condition.days_left is not None:
        threshold = reached(condition.days_left, days)
    return Told(pair, threshold, said)


def _pair(condition: Condition) -> str:
    """Identify the credentials that the days are counted for: slot and generation, as a slot may get a new date."""
    generated = condition.generated_at
    return f"{condition.standing.newest_slot or ''} {generated.isoformat() if generated else ''}".strip()


def _today(condition: Condition, now: datetime) -> date:
    return now.astimezone(ZoneInfo(condition.timezone)).date()

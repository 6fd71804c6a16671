"""What one LEA's standing amounts to today: one word, the days behind it, and the exit code of `status`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from ssrcred.credential import days_left, expires_at
from ssrcred.standing import Standing

WARN_DAYS: Final = 60
CRITICAL_DAYS: Final = 21


class State(StrEnum):
    """From best to worst, but that *unknown* is between *due* and *critical*, as monitoring ranks it."""

    FINE = "fine"
    DUE = "due"
    UNKNOWN = "unknown"
    CRITICAL = "critical"
    EXPIRED = "expired"
    UNFINISHED = "unfinished"
    REFUSED = "refused"


EXIT_CODES: Final = {
    State.FINE: 0,
    State.DUE: 1,
    State.CRITICAL: 2,
    State.EXPIRED: 2,
    State.UNFINISHED: 2,
    State.REFUSED: 2,
    State.UNKNOWN: 3,
}
"""The monitoring plugins' convention: OK, WARNING, CRITICAL, UNKNOWN (design.md, *Commands*)."""


@dataclass(frozen=True)
class Condition:
    """One LEA today. `days_left` is None while no pair is stored; `expires_at` is aware UTC."""

    lea: str
    name: str
    timezone: str
    state: State
    days_left: int | None
    generated_at: datetime | None
    expires_at: datetime | None
    standing: Standing


def condition(lea: str, name: str, lifetime_days: int, timezone: str, standing: Standing, now: datetime) -> Condition:
    """The LEA's condition at `now`, from memory alone. The days are those of the newest pair that is stored."""
    generated_at = standing.newest_generated_at
    days = expiry = None
    if generated_at is not None:
        days = days_left(now, generated_at, lifetime_days, timezone)
        expiry = expires_at(generated_at, lifetime_days, timezone)
    state = _state(standing, days)
    return Condition(lea, name, timezone, state, days, generated_at, expiry, standing)


def _state(standing: Standing, days: int | None) -> State:
    if standing.refused:
        return State.REFUSED
    if standing.rotation is not None:
        return State.UNFINISHED
    if days is None:
        return State.UNKNOWN
    if days < 0:
        return State.EXPIRED
    if days <= CRITICAL_DAYS:
        return State.CRITICAL
    return State.DUE if days <= WARN_DAYS else State.FINE


def worst(states: tuple[State, ...]) -> State:
    """The worst of all; unknown when there is none."""
    ranks = list(State)
    return max(states, key=ranks.index, default=State.UNKNOWN)

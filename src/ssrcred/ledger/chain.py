"""Ties each recorded event to the one before it, so that a past that was edited does not hold."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from ssrcred.event import Done, Event, Step
from ssrcred.ledger.row import Broken, Newer, dated, digest, fields

if TYPE_CHECKING:
    from ssrcred.ledger.row import Row

__all__ = ["ORIGIN", "Broken", "Link", "Newer", "Recorded", "canonical", "digest", "forge", "read", "walk"]

ORIGIN: Final = "0" * 64
"""What stands for the hash of the event before the first."""


@dataclass(frozen=True)
class Recorded:
    """One event as it was recorded: its `number` (from 1, over all LEAs), whose it is, and who ran the program."""

    number: int
    lea: str
    event: Event
    actor: str


@dataclass(frozen=True)
class Link:
    """The fields of one row; `before` is the hash of the row before it, `standing` that of what was folded from it."""

    number: int
    before: str
    lea: str
    actor: str
    step: str
    outcome: str
    at: str
    place: str
    detail: Mapping[str, str]
    standing: str

    def recorded(self) -> Recorded:
        """The event itself; raises Newer when its words are not known here."""
        try:
            event = Event(Step(self.step), Done(self.outcome), datetime.fromisoformat(self.at), self.place, self.detail)
        except ValueError:
            raise Newer(
                f"Event {self.number} of {self.at} speaks of something that this version does not know."
            ) from None
        return Recorded(self.number, self.lea, event, self.actor)


def canonical(value: object) -> str:
    """JSON in ASCII, the same for the same value, whatever text is in it; ValueError or TypeError if it is none."""
    return json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False)


def forge(number: int, before: str, lea: str, actor: str, event: Event, standing: str) -> Row:
    """The row of the event after the one whose hash is `before`; `standing` is the canonical text that goes with it.

    Raises ValueError for a moment that is not aware.
    """
    if event.at.tzinfo is None:
        raise ValueError("an event's moment must be aware")
    at = event.at.astimezone(UTC).isoformat()
    detail = dict(event.detail)
    link = Link(number, before, lea, actor, event.step, event.outcome, at, event.place, detail, digest(standing))
    text = canonical(vars(link))
    return number, lea, text, digest(text)


def read(row: Row) -> Link:
    """What a row says, once its hash, number and LEA are found to fit; raises Broken."""
    try:
        return Link(**fields(row))
    except TypeError:
        raise Broken(f"Event {row[0]}{dated(row[2])} is not what was recorded.") from None


def walk(rows: Iterable[Row], ends_at: int, ends_with: str) -> None:
    """Follow the chain to its last row, whose number and hash are known already; raises Broken at the first fault."""
    count, last, since = 0, ORIGIN, "right at its beginning"
    for row in rows:
        count += 1
        if row[0] != count:
            raise Broken(f"Event {count} is missing from the ledger, {since}.")
        link = read(row)
        if link.before != last:
            raise Broken(f"Event {count} of {link.at} does not follow from the one before it.")
        last, since = row[3], f"after the one of {link.at}"
    if count < ends_at:
        raise Broken(f"Event {count + 1} is missing from the ledger's end, {since}.")
    if (count, last) != (ends_at, ends_with):
        raise Broken(f"The ledger should end with event {ends_at} and ends with event {count}, {since}.")

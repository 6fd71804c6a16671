"""Ties each recorded event to the one before it, so that a past that was edited does not hold."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from ssrcred.event import Done, Event, Step

ORIGIN: Final = "0" * 64
"""What stands for the hash of the event before the first."""

Row = tuple[Any, Any, Any, Any]
"""One row as it was read, trusted in nothing: number, LEA, text, hash."""


class Broken(Exception):
    """The chain does not hold; the text says where, in a sentence for people, and quotes nothing that was recorded."""


class Newer(Broken):
    """The chain holds, and speaks of something that this version does not know."""


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


def digest(text: object) -> str:
    """The SHA-256 of a text, in hex; what is no text has none and gives "", which no row holds."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest() if isinstance(text, str) else ""


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
    number, lea, text, recorded_hash = row
    if digest(text) != recorded_hash:
        raise Broken(f"Event {number}{_dated(text)} is not what was recorded.")
    try:
        link = Link(**json.loads(text))
    except (ValueError, TypeError, RecursionError):
        raise Broken(f"Event {number}{_dated(text)} is not what was recorded.") from None
    if (link.number, link.lea) != (number, lea):
        raise Broken(f"Event {number}{_dated(text)} is not where it was recorded.")
    return link


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


def _dated(text: object) -> str:
    """The moment that a row claims, as far as one can be seen in it."""
    found = re.search(r'"at":"([0-9T:.+-]{19,40})"', str(text))
    return f" of {found[1]}" if found else ""

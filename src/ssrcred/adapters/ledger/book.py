"""The history: events are recorded one after the other, and a hash chain shows whether one was changed.

One SQLite file. Each event's row holds the hash of the row before it, and `head` holds the last number and hash, so
`check` finds a row that was changed, put in or taken out, the last ones included. It cannot find the work of somebody
who may write the file and takes the trouble to compute every hash anew, nor an older copy of the whole file put back,
nor a file that was taken away: for these, keep copies elsewhere.

Beside the events stands each LEA's *standing*, the digest that the workflow folds from them, so that `status` replays
nothing. Its hash is in the row of the event that it was written with.

Why a rollback journal and not a write-ahead log: "WAL does not work over a network filesystem", and school homes are
often network homes (sqlite.org/wal.html); two writers a minute need no more. Why `synchronous=EXTRA`: FULL plus a sync
of the folder after the journal is unlinked, without which a power cut can bring the journal back and undo an event that
was reported as recorded (sqlite.org/pragma.html#pragma_synchronous).
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from ssrcred.adapters.ledger import Broken, Newer
from ssrcred.adapters.ledger.reader import (
    ORIGIN,
    PATIENCE_S,
    TABLES,
    dated,
    digest,
    fields,
    in_memory,
    leas_known,
    opened,
    pages_fit,
    standings,
)
from ssrcred.adapters.ledger.trouble import translated
from ssrcred.domain.event import Event, Outcome, Recorded, Step

if TYPE_CHECKING:
    from ssrcred.adapters.ledger.reader import Row

BATCH: Final = 500
# SQLite lets those who wait for the file try again by chance: of dozens of threads on a slow disk, one may lose until
# its patience ends. Within this process they queue here; SQLite's own patience is for other processes.
PROCESS_LOCK: Final = threading.RLock()
# What a row holds: `before` is the hash of the row before it, `standing` that of what was folded from it.
FIELDS: Final = {"number", "before", "lea", "actor", "step", "outcome", "at", "place", "detail", "standing"}


class Ledger:
    """One open history file; a context manager. Created with its folder (0700, the file 0600) where there is none.

    `actor` goes into every event: the name of the person's or the job's account. `patience_s` is how long to wait, in
    seconds, for another process that is writing. `connect` opens the file; tests pass one that runs out of room.
    A file that is not whole is refused, unless this run has tested it before and says that it is `sound`.
    Every method raises LedgerDamaged when the file cannot be read, written or trusted.
    """

    def __init__(
        self,
        path: Path,
        *,
        actor: str,
        patience_s: float = PATIENCE_S,
        connect: Callable[..., sqlite3.Connection] = sqlite3.connect,
        sound: bool = False,
    ) -> None:
        self._path = path
        self._actor = actor
        make(path, patience_s, connect)
        with translated(path):
            self._connection = opened(path, patience_s, connect=connect, tested=not sound)

    @classmethod
    def readonly(cls, path: Path) -> Self:
        """The history for reading: `append` is refused; a missing file is not created and reads as empty."""
        ledger = cls.__new__(cls)  # without __init__, which would create the file
        ledger._path = path
        ledger._actor = ""
        with translated(path):
            there = os.path.lexists(path)
            ledger._connection = opened(path) if there else in_memory()
            ledger._connection.execute("PRAGMA query_only = ON")
        return ledger

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file. Safe to repeat."""
        self._connection.close()

    def append(self, lea: str, event: Event, standing: Mapping[str, object]) -> None:
        """Record `event` of the LEA `lea` and put `standing` (JSON values) in place of its former one: both or neither.

        Returns when both are on the disk. Neither may hold a secret key, an SSID or a link.
        """
        text = canonical(standing)
        with self._transaction("IMMEDIATE"):
            number, before, leas = leas_known(self._connection)
            row = forge(number + 1, before, lea, self._actor, event, text)
            # `head` counts the LEAs, so a standing that was taken out is noticed.
            known = self._connection.execute("SELECT 1 FROM standings WHERE lea = ?", (lea,)).fetchone()
            self._connection.execute("INSERT INTO events VALUES (?, ?, ?, ?)", row)
            self._connection.execute("INSERT OR REPLACE INTO standings VALUES (?, ?, ?)", (lea, row[0], text))
            head = (row[0], row[3], leas if known else leas + 1)
            self._connection.execute("UPDATE head SET number = ?, hash = ?, leas = ?", head)

    def standing(self, lea: str) -> Mapping[str, Any] | None:
        """What `lea` stands at, as it was last appended; None when nothing ever happened there."""
        with self._transaction("DEFERRED"):
            return {name: standing for name, standing, _ in standings(self._connection, lea)}.get(lea)

    def standings(self) -> dict[str, Mapping[str, Any]]:
        """What every LEA stands at, by LEA: each held against the hash in its event, all counted against the head."""
        with self._transaction("DEFERRED"):
            return {lea: standing for lea, standing, _ in standings(self._connection, None)}

    def events(
        self, lea: str | None = None, limit: int | None = None, *, newest_first: bool = False
    ) -> Iterator[Recorded]:
        """The events of `lea`, or of all, oldest first; `limit` counts from where the order begins.

        Each is held against its own hash; that none is missing, only `check` can tell. The file is not kept busy
        between two batches, so an event that is recorded meanwhile may be among them.
        """
        order, beyond = ("DESC", "<") if newest_first else ("ASC", ">")
        # Only words of this function are put into the text; what comes from outside goes in as parameters.
        query = (
            f"SELECT number, lea, record, hash FROM events WHERE number {beyond} ? AND (? IS NULL OR lea = ?)"  # noqa: S608
            f" ORDER BY number {order} LIMIT ?"
        )
        last, left = (2**63 - 1 if newest_first else 0), sys.maxsize if limit is None else limit
        while left > 0:
            with self._transaction("DEFERRED"):
                rows = self._connection.execute(query, (last, lea, lea, min(left, BATCH))).fetchall()
                batch = [recorded(row) for row in rows]
            if not batch:
                return
            yield from batch
            last, left = batch[-1].number, left - len(batch)

    def check(self) -> None:
        """Walk the whole chain; LedgerDamaged names the number and moment (UTC) of the first event that does not hold.

        What the chain cannot show stands at the top of this file.
        """
        with self._transaction("DEFERRED"):
            number, last, _ = leas_known(self._connection)
            # The chain first: it can name an event, SQLite only a page.
            walk(self._connection.execute("SELECT number, lea, record, hash FROM events ORDER BY number"), number, last)
            if not pages_fit(self._connection):
                raise Broken("The history file is damaged, although every event in it is intact.")
        self.standings()  # checks each of them against its event

    @contextmanager
    def _transaction(self, kind: str) -> Iterator[None]:
        with PROCESS_LOCK, translated(self._path):
            self._connection.execute(f"BEGIN {kind}")
            try:
                yield
                self._connection.execute("COMMIT")
            finally:
                # After some errors SQLite itself has rolled back, and would refuse to do so twice.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")


def make(path: Path, patience_s: float, connect: Callable[..., sqlite3.Connection] = sqlite3.connect) -> None:
    """Create the file where there is none, whole or not at all: so a file that is empty was emptied."""
    if os.path.lexists(path):
        return
    import filelock

    with translated(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with filelock.FileLock(f"{path}.lock", mode=0o600, timeout=patience_s, thread_local=False):
            if os.path.lexists(path):
                return
            unborn = path.with_name(f"{path.name}.new")
            # What a killed run left; nobody else is here while the lock is held.
            for leftover in (unborn, path.with_name(f"{unborn.name}-journal")):
                leftover.unlink(missing_ok=True)
            os.close(os.open(unborn, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            opened(unborn, patience_s, connect=connect, tables=TABLES).close()
            unborn.rename(path)  # whole: a reader sees no file or a complete one


def canonical(value: object) -> str:
    """JSON in ASCII, the same for the same value, whatever text is in it; ValueError or TypeError if it is none."""
    return json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False)


def forge(number: int, before: str, lea: str, actor: str, event: Event, standing: str) -> Row:
    """The row of the event after the one whose hash is `before`; `standing` is the canonical text that goes with it.

    Raises ValueError for a moment that is not aware.
    """
    if event.at.tzinfo is None:
        raise ValueError("an event's moment must be aware")
    record = {"number": number, "before": before, "lea": lea, "actor": actor, "step": event.step}
    record |= {"outcome": event.outcome, "at": event.at.astimezone(UTC).isoformat(), "place": event.place}
    text = canonical(record | {"detail": dict(event.detail), "standing": digest(standing)})
    return number, lea, text, digest(text)


def read(row: Row) -> dict[str, Any]:
    """What a row says, once its hash, number and LEA are found to fit; raises Broken."""
    record = fields(row)
    if record.keys() != FIELDS:
        raise Broken(f"Event {row[0]}{dated(row[2])} is not what was recorded.")
    return record


def recorded(row: Row) -> Recorded:
    """The event that a row tells of; raises Broken, and Newer when its words are not known here."""
    record = read(row)
    try:
        step, outcome, at = Step(record["step"]), Outcome(record["outcome"]), datetime.fromisoformat(record["at"])
    except ValueError:
        words = f"Event {row[0]} of {record['at']} has something that this version does not know."
        raise Newer(words) from None
    event = Event(step, outcome, at, record["place"], record["detail"])
    return Recorded(row[0], row[1], event, record["actor"])


def walk(rows: Iterable[Row], ends_at: int, ends_with: str) -> None:
    """Follow the chain to its last row, whose number and hash are known already; raises Broken at the first fault."""
    count, last, since = 0, ORIGIN, "at its beginning"
    for row in rows:
        count += 1
        if row[0] != count:
            raise Broken(f"Event {count} is missing from the history, {since}.")
        record = read(row)
        if record["before"] != last:
            raise Broken(f"Event {count} of {record['at']} does not follow from the one before it.")
        last, since = row[3], f"after the one of {record['at']}"
    if count < ends_at:
        raise Broken(f"Event {count + 1} is missing from the end of the history, {since}.")
    if (count, last) != (ends_at, ends_with):
        raise Broken(f"The history should end with event {ends_at}, but ends with event {count}, {since}.")

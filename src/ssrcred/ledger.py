"""Remembers what happened, by whom and in which order, so that a kill loses nothing and an edited past shows.

One SQLite file. Each event's row holds the hash of the row before it, and `head` holds the last number and hash, so
`check` finds a row that was changed, put in or taken out, the last ones included. It cannot find the work of somebody
who may write the file and takes the trouble to compute every hash anew, nor an older copy of the whole file put back,
nor a file that was taken away: for these, keep copies elsewhere.

Beside the events stands each LEA's *standing*, the digest that the story folds from them, so that `status` replays
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
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from ssrcred.chain import ORIGIN, Broken, Newer, Recorded, canonical, digest, forge, read, walk
from ssrcred.errors import LedgerDamaged, LockHeld
from ssrcred.event import Event

SCHEMA: Final = 1
PATIENCE_S: Final = 10.0
BATCH: Final = 500
UNTOUCHED: Final = "The pairs in the keyring are untouched."

# Built from constants of this file only.
_TABLES: Final = f"""
CREATE TABLE events (number INTEGER PRIMARY KEY, lea TEXT NOT NULL, record TEXT NOT NULL, hash TEXT NOT NULL);
CREATE INDEX events_by_lea ON events (lea, number);
CREATE TABLE standings (lea TEXT PRIMARY KEY, number INTEGER NOT NULL, standing TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE head (
    only INTEGER PRIMARY KEY CHECK (only = 1), number INTEGER NOT NULL, hash TEXT NOT NULL, leas INTEGER NOT NULL
);
INSERT INTO head VALUES (1, 0, '{ORIGIN}', 0);
CREATE TRIGGER events_stay BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are only added'); END;
CREATE TRIGGER events_hold BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are only added'); END;
PRAGMA user_version = {SCHEMA};
"""  # noqa: S608


class Ledger:
    """One open ledger; a context manager. Made with its folder (0700) and file (0600) where there is none yet.

    `actor` goes into every event: the name of the person's or the job's account. `patience_s` is how long to wait, in
    seconds, for another process that is writing. `connect` opens the file; tests pass one that runs out of room.
    Every method raises LedgerDamaged when the file cannot be read, written or trusted.
    """

    def __init__(
        self,
        path: Path,
        *,
        actor: str,
        patience_s: float = PATIENCE_S,
        connect: Callable[..., sqlite3.Connection] = sqlite3.connect,
    ) -> None:
        self._path = path
        self._actor = actor
        _make(path, patience_s, connect)
        self._connection = _open(path, f"{path.absolute().as_uri()}?mode=rw", patience_s, connect)

    @classmethod
    def readonly(cls, path: Path, *, patience_s: float = PATIENCE_S) -> Self:
        """The ledger for somebody who only looks: `append` is refused; a missing file is not made and reads as empty.

        Opened for writing all the same where the file allows it: what a killed run left half-written can only be undone
        by one who may write (sqlite.org/rescode.html#readonly_rollback).
        """
        ledger = cls.__new__(cls)
        ledger._path = path
        ledger._actor = ""
        with _translated(path):
            missing = not os.path.lexists(path)
            address = "file::memory:" if missing else f"{path.absolute().as_uri()}?mode=rw"
            ledger._connection = _open(path, address, patience_s, sqlite3.connect, fill=missing)
            ledger._connection.execute("PRAGMA query_only = ON")
        return ledger

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
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
            number, before, leas = self._head()
            row = forge(number + 1, before, lea, self._actor, event, text)
            known = self._connection.execute("SELECT 1 FROM standings WHERE lea = ?", (lea,)).fetchone()
            self._connection.execute("INSERT INTO events VALUES (?, ?, ?, ?)", row)
            self._connection.execute("INSERT OR REPLACE INTO standings VALUES (?, ?, ?)", (lea, row[0], text))
            head = (row[0], row[3], leas if known else leas + 1)
            self._connection.execute("UPDATE head SET number = ?, hash = ?, leas = ?", head)

    def standing(self, lea: str) -> Mapping[str, Any] | None:
        """What `lea` stands at, as it was last appended; None when nothing ever happened there."""
        return self.standings().get(lea)

    def standings(self) -> dict[str, Mapping[str, Any]]:
        """What every LEA stands at, by LEA: each held against the hash in its event, all counted against the head."""
        with self._transaction("DEFERRED"):
            _, _, leas = self._head()
            found = {}
            for lea, text, *row in self._connection.execute(
                "SELECT s.lea, s.standing, s.number, e.lea, e.record, e.hash"
                " FROM standings s LEFT JOIN events e ON e.number = s.number ORDER BY s.lea"
            ):
                link = read((row[0], row[1], row[2], row[3]))
                if link.lea != lea or digest(text) != link.standing:
                    raise Broken(f"What the ledger keeps of event {link.number} of {link.at} was changed since.")
                found[lea] = json.loads(text)
            if len(found) != leas:
                raise Broken(f"The ledger should know of {leas} LEAs and knows of {len(found)}.")
        return found

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
                batch = [read(row).recorded() for row in rows]
            if not batch:
                return
            yield from batch
            last, left = batch[-1].number, left - len(batch)

    def check(self) -> None:
        """Walk the whole chain; LedgerDamaged names the number and moment (UTC) of the first event that does not hold.

        What the chain cannot show stands at the top of this file.
        """
        with self._transaction("DEFERRED"):
            number, last, _ = self._head()
            # The chain first: it can name an event, SQLite only a page.
            walk(self._connection.execute("SELECT number, lea, record, hash FROM events ORDER BY number"), number, last)
            if self._connection.execute("PRAGMA integrity_check(1)").fetchall() != [("ok",)]:
                raise Broken("The ledger's file is damaged, though every event in it holds.")
        self.standings()

    def _head(self) -> tuple[int, str, int]:
        """The number and the hash of the last event, and how many LEAs have a standing."""
        rows = self._connection.execute("SELECT number, hash, leas FROM head").fetchall()
        if [[type(value) for value in row] for row in rows] != [[int, str, int]]:
            raise Broken("The ledger does not know where it ends.")
        number, last, leas = rows[0]
        return number, last, leas

    @contextmanager
    def _transaction(self, kind: str) -> Iterator[None]:
        with _translated(self._path):
            self._connection.execute(f"BEGIN {kind}")
            try:
                yield
                self._connection.execute("COMMIT")
            finally:
                # After some errors SQLite itself has rolled back, and would refuse to do so twice.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")


@contextmanager
def lock(folder: Path, lea: str) -> Iterator[None]:
    """Keep other runs away from `lea` while the block lasts; the lock is the system's own and dies with its process.

    Raises LockHeld at once when another run holds it, LedgerDamaged when the lock cannot be made in `folder`.
    """
    # Five times the start of an empty Python (headless.md), and only commands that write need it.
    import filelock

    # The prefix keeps a LEA named "con" or "nul" from being a device on Windows.
    held = filelock.FileLock(folder / f"lea-{lea}.lock", mode=0o600, thread_local=False)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        held.acquire(blocking=False)
    except filelock.Timeout:
        raise LockHeld(
            f"Another run of ssrcred is at work on {lea}.",
            state="This run has done nothing; the other one goes on.",
            hint="Let the other run end, in its window or its job. To see how far it is, type: ssrcred status",
        ) from None
    except (OSError, NotImplementedError) as error:
        raise LedgerDamaged(
            f"The lock that keeps two runs apart cannot be made in {folder}{_reason(error)}.",
            state=f"Nothing was done. {UNTOUCHED}",
            hint="Make that folder writable for this account, or set SSRCRED_HOME to one that is, and run it again.",
        ) from None
    try:
        yield
    finally:
        held.release()


def _make(path: Path, patience_s: float, connect: Callable[..., sqlite3.Connection]) -> None:
    """Make the ledger where there is none, whole or not at all: so a file that is empty was emptied."""
    if os.path.lexists(path):
        return
    import filelock

    with _translated(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with filelock.FileLock(f"{path}.lock", mode=0o600, timeout=patience_s, thread_local=False):
            if os.path.lexists(path):
                return
            unborn = path.with_name(f"{path.name}.new")
            # What a killed run left; nobody else is here while the lock is held.
            for leftover in (unborn, path.with_name(f"{unborn.name}-journal")):
                leftover.unlink(missing_ok=True)
            os.close(os.open(unborn, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            _open(path, f"{unborn.absolute().as_uri()}?mode=rw", patience_s, connect, fill=True).close()
            unborn.rename(path)


def _open(
    path: Path,
    address: str,
    patience_s: float,
    connect: Callable[..., sqlite3.Connection],
    *,
    fill: bool = False,
) -> sqlite3.Connection:
    with _translated(path):
        connection = connect(address, uri=True, timeout=patience_s, isolation_level=None)
        try:
            connection.execute("PRAGMA synchronous = EXTRA")
            if fill:
                connection.executescript(f"BEGIN; {_TABLES} COMMIT;")
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version > SCHEMA:
                raise Newer
            if version < SCHEMA:
                raise Broken("The ledger's file is empty, or is no ledger.")
        except BaseException:
            connection.close()
            raise
        return connection


_WORDS: Final = {
    sqlite3.SQLITE_FULL: (
        "The disk is full: the ledger could not be written.",
        "Make room on the disk that holds {path}, and run it again.",
    ),
    sqlite3.SQLITE_IOERR: (
        "The ledger's file could not be read or written: the disk or the network drive gave an error.",
        "See that {path} can be reached and that its disk has room, and run it again.",
    ),
    sqlite3.SQLITE_READONLY: (
        "The ledger may not be written.",
        "Let this account write {path} and its folder, or run as the account that made it.",
    ),
    sqlite3.SQLITE_BUSY: (
        "Another program keeps the ledger busy.",
        "Close what has {path} open, a backup or a database viewer perhaps, and run it again.",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "The ledger cannot be opened.",
        "Let this account read and write {path} and its folder, or run as the account that made it.",
    ),
}


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """Say what failed in our own words: SQLite's could quote what is in the file."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise  # a wrong use of sqlite3 is a bug of ours and no damage
    except Newer:
        raise _newer(path) from None
    except Broken as broken:
        raise _damaged(path, str(broken)) from None
    except UnicodeDecodeError:
        # SQLite quotes damaged names in its own words, and Python cannot read them.
        raise _damaged(path, "The ledger's file is damaged.") from None
    except sqlite3.Error as error:
        # The low byte is the kind, the rest refines it (sqlite.org/rescode.html).
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
        if code not in _WORDS:
            raise _damaged(path, "The ledger's file is damaged.") from None
        message, hint = _WORDS[code]
        raise LedgerDamaged(
            message, state=f"Nothing more was recorded. {UNTOUCHED}", hint=hint.format(path=path)
        ) from None
    except OSError as error:
        raise LedgerDamaged(
            f"The ledger cannot be made or opened{_reason(error)}.",
            state=f"Nothing was recorded. {UNTOUCHED}",
            hint=f"Let this account write {path.parent}, or set SSRCRED_HOME to a folder that it may write.",
        ) from None


def _damaged(path: Path, message: str) -> LedgerDamaged:
    return LedgerDamaged(
        message,
        state=f"The ledger was left as it is. {UNTOUCHED}",
        hint=f"Put back a copy of {path} if there is one; else move that file away and keep it for IT. "
        "Then type: ssrcred resume, which finds the pairs in the keyring by their slots.",
    )


def _newer(path: Path) -> LedgerDamaged:
    return LedgerDamaged(
        "The ledger was written by a newer version of ssrcred.",
        state=f"The ledger was left as it is. {UNTOUCHED}",
        hint=f"Install the newest ssrcred on this machine, or set SSRCRED_HOME to another folder than {path.parent}.",
    )


def _reason(error: Exception) -> str:
    text = error.strerror if isinstance(error, OSError) else None
    return f": {text[:1].lower()}{text[1:]}" if text else ""

"""Remembers which reminder reached whom, so that nobody hears twice, whom none has reached, and when the last run was.

Tables of their own beside the events: what was sent is no part of what happened to a pair, is not in the chain, and
losing it costs one message twice. They are made by the first run.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Container, Iterable, Mapping
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from ssrcred.errors import LockHeld
from ssrcred.ledger.chain import canonical
from ssrcred.ledger.file import connected, make
from ssrcred.ledger.row import Broken
from ssrcred.ledger.trouble import translated
from ssrcred.ledger.turn import turn

PATIENCE_S: Final = 10.0

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS reminders (
    recipient TEXT NOT NULL, lea TEXT NOT NULL, told TEXT NOT NULL, PRIMARY KEY (recipient, lea)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS unreached (recipient TEXT PRIMARY KEY, since TEXT NOT NULL, reason TEXT NOT NULL)
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS remind_runs (lea TEXT PRIMARY KEY, ended TEXT NOT NULL, code INTEGER NOT NULL)
    WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Unreached:
    """Since when (aware UTC) nothing has reached a recipient, and the `reason` in words."""

    since: datetime
    reason: str


@dataclass(frozen=True)
class RemindRun:
    """When a run of the reminders ended (aware UTC), and with which exit code."""

    ended_at: datetime
    exit_code: int


class Reminders:
    """The memory of reminders in the ledger's file; a context manager. Every method may raise LedgerDamaged.

    A recipient is named as the caller likes; no name or reason may hold a secret.
    """

    def __init__(self, path: Path, *, patience_s: float = PATIENCE_S) -> None:
        self._path = path
        make(path, patience_s, sqlite3.connect)
        with translated(path):
            self._connection = connected(path, f"{path.absolute().as_uri()}?mode=rw", patience_s, sqlite3.connect)
            self._connection.executescript(_TABLES)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def told(self, recipient: str) -> dict[str, Mapping[str, Any]]:
        """By LEA, what the recipient was told, as it was last recorded."""
        with translated(self._path):
            query = "SELECT lea, told FROM reminders WHERE recipient = ?"
            rows = self._connection.execute(query, (recipient,)).fetchall()
        return {lea: record for lea, text in rows if isinstance(record := _read(text), Mapping)}

    def reached(self, recipient: str, told: Mapping[str, Mapping[str, object]]) -> None:
        """Record that a message reached the recipient, and by LEA what it told: all or nothing, on disk at return.

        A test message tells of no LEA, and says all the same that the recipient can be reached.
        """
        rows = [(recipient, lea, canonical(record)) for lea, record in told.items()]
        with translated(self._path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._connection.executemany("INSERT OR REPLACE INTO reminders VALUES (?, ?, ?)", rows)
                self._connection.execute("DELETE FROM unreached WHERE recipient = ?", (recipient,))
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def failed(self, recipient: str, at: datetime, why: str) -> None:
        """Record that a message did not reach the recipient at `at` (aware UTC); the first time since one did stays."""
        query = "INSERT INTO unreached VALUES (?, ?, ?) ON CONFLICT (recipient) DO UPDATE SET reason = excluded.reason"
        with translated(self._path):
            self._connection.execute(query, (recipient, at.isoformat(), why))

    def unreached(self) -> dict[str, Unreached]:
        """By recipient, whom the last message did not reach."""
        with translated(self._path):
            rows = self._connection.execute("SELECT recipient, since, reason FROM unreached").fetchall()
        return {recipient: Unreached(datetime.fromisoformat(since), why) for recipient, since, why in rows}

    def forget_others(self, recipients: Container[str]) -> None:
        """Forget of everybody but these that nothing has reached them: nobody is to hear there any more."""
        gone = [(one,) for one in self.unreached() if one not in recipients]
        with translated(self._path):
            self._connection.executemany("DELETE FROM unreached WHERE recipient = ?", gone)

    def ended(self, leas: Iterable[str], at: datetime, exit_code: int) -> None:
        """Record that a run over these LEAs ended at `at` (aware UTC) with this exit code; on disk at return."""
        with translated(self._path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                rows = [(lea, at.isoformat(), exit_code) for lea in leas]
                self._connection.executemany("INSERT OR REPLACE INTO remind_runs VALUES (?, ?, ?)", rows)
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")


def last_runs(path: Path, *, patience_s: float = PATIENCE_S) -> dict[str, RemindRun]:
    """By LEA, how the last run of its reminders ended, by the ledger at `path`; one that never ran is not in it.

    Makes and changes nothing: a ledger that is not there, or is of a version that did not record this, knows of none.
    Raises LedgerDamaged.
    """
    if not os.path.lexists(path):
        return {}
    address = f"{path.absolute().as_uri()}?mode=rw"
    with closing(connected(path, address, patience_s, sqlite3.connect)) as connection, translated(path):
        there = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'remind_runs'"
        if connection.execute(there).fetchone() is None:
            return {}
        rows = connection.execute("SELECT lea, ended, code FROM remind_runs").fetchall()
        return {lea: _run(ended, code) for lea, ended, code in rows}


def _run(ended: object, code: object) -> RemindRun:
    try:
        at = datetime.fromisoformat(str(ended))
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not isinstance(code, int):
        raise Broken("What the ledger remembers of a run of the reminders is damaged.")
    return RemindRun(at, code)


def reminding(folder: Path) -> AbstractContextManager[None]:
    """Keep other runs from sending while the block lasts; the lock is the system's own and dies with its process.

    Raises LockHeld at once when another run is sending, LedgerDamaged when the lock cannot be made in `folder`.
    """
    taken = LockHeld(
        "Another run of ssrcred is sending reminders.",
        state="This run has sent nothing; the other one goes on.",
        hint="Nothing has to be done: what the other run cannot send is sent at the next one.",
    )
    return turn(folder, "remind.lock", taken, "Nothing was sent.")


def _read(text: object) -> object:
    try:
        return json.loads(str(text))
    except ValueError:
        return None

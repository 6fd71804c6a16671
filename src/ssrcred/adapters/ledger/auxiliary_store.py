"""Stores what is not part of the history of credentials: reminders and whom they reached, rejected sign-ins.

These tables are not in the chain of events: each is created when there is first something to store. Losing them
costs one message sent twice.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from ssrcred.adapters.ledger import Broken
from ssrcred.adapters.ledger.book import PROCESS_LOCK, canonical, make
from ssrcred.adapters.ledger.reader import PATIENCE_S, in_memory, opened
from ssrcred.adapters.ledger.trouble import translated
from ssrcred.domain.reminder import Unreached

_REMINDERS: Final = {
    "reminders": "recipient TEXT NOT NULL, lea TEXT NOT NULL, told TEXT NOT NULL, PRIMARY KEY (recipient, lea)",
    "unreached": "recipient TEXT PRIMARY KEY, since TEXT NOT NULL, reason TEXT NOT NULL",
    "remind_runs": "lea TEXT PRIMARY KEY, ended TEXT NOT NULL, code INTEGER NOT NULL",
}
_REFUSALS: Final = {
    "refusals": "lea TEXT NOT NULL, account TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (lea, account)"
}


@dataclass(frozen=True)
class RemindRun:
    """When a run of the reminders ended (aware UTC), and with which exit code."""

    ended_at: datetime
    exit_code: int


class _Memory:
    """Some tables in the ledger's file, which is open for the length of a call; for any thread.

    Every method raises LedgerDamaged when the file cannot be read, written or understood.
    """

    tables: Mapping[str, str]

    def __init__(self, path: Path, *, patience_s: float = PATIENCE_S) -> None:
        self._path, self._patience_s = path, patience_s
        self._sound = False  # once it was tested for damaged pages, it is not tested again

    @contextmanager
    def _open(self, *, to_add: bool = False, to_delete: bool = False) -> Iterator[sqlite3.Connection]:
        """The file in a transaction, which is on the disk at the end or undone.

        What is missing is made on the disk only `to_add` something; else it is made, and empty, in memory alone.
        """
        if to_add:
            make(self._path, self._patience_s)
        tested = (to_add or to_delete) and not self._sound
        with translated(self._path):
            there = os.path.lexists(self._path)
            file = opened(self._path, self._patience_s, tested=tested) if there else in_memory()
        self._sound = self._sound or tested
        with PROCESS_LOCK, translated(self._path), closing(file) as connection:
            # IMMEDIATE waits for another writer; a read lock that is upgraded later fails at once instead.
            connection.execute("BEGIN IMMEDIATE" if to_add else "BEGIN")
            known = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            for name in [name for name in self.tables if name not in known]:
                # Somebody who only reads may have no right to write.
                kind = "TABLE" if to_add else "TEMPORARY TABLE"
                connection.execute(f"CREATE {kind} {name} ({self.tables[name]}) WITHOUT ROWID")
            yield connection
            connection.execute("COMMIT")


class Reminders(_Memory):
    """What was sent to whom. A recipient is named as the caller likes; no name or reason may hold a secret."""

    tables = _REMINDERS

    def told(self, recipient: str) -> dict[str, Mapping[str, Any]]:
        """By LEA, what the recipient was told, as it was last recorded."""
        with self._open() as connection:
            query = "SELECT lea, told FROM reminders WHERE recipient = ?"
            rows = connection.execute(query, (recipient,)).fetchall()
        return {lea: record for lea, text in rows if isinstance(record := _read(text), Mapping)}

    def reached(self, recipient: str, told: Mapping[str, Mapping[str, object]]) -> None:
        """Record that a message reached the recipient, and by LEA what it told: all or nothing, on disk at return.

        A test message tells of no LEA, and says all the same that the recipient can be reached.
        """
        rows = [(recipient, lea, canonical(record)) for lea, record in told.items()]
        with self._open(to_add=True) as connection:
            connection.executemany("INSERT OR REPLACE INTO reminders VALUES (?, ?, ?)", rows)
            connection.execute("DELETE FROM unreached WHERE recipient = ?", (recipient,))

    def failed(self, recipient: str, at: datetime, why: str) -> None:
        """Record that a message did not reach the recipient at `at` (aware UTC); the first failure stays."""
        query = "INSERT INTO unreached VALUES (?, ?, ?) ON CONFLICT (recipient) DO UPDATE SET reason = excluded.reason"
        with self._open(to_add=True) as connection:
            connection.execute(query, (recipient, at.isoformat(), why))

    def unreached(self) -> dict[str, Unreached]:
        """By recipient, whom the last message did not reach."""
        with self._open() as connection:
            rows = connection.execute("SELECT recipient, since, reason FROM unreached").fetchall()
            return {recipient: Unreached(_moment(since, "a reminder"), why) for recipient, since, why in rows}

    def forget_others(self, recipients: Container[str]) -> None:
        """Forget the failures of everybody but these recipients: the others are no longer named in config.toml."""
        gone = [(one,) for one in self.unreached() if one not in recipients]
        with self._open(to_delete=True) as connection:
            connection.executemany("DELETE FROM unreached WHERE recipient = ?", gone)

    def ended(self, leas: Iterable[str], at: datetime, exit_code: int) -> None:
        """Record that a run over these LEAs ended at `at` (aware UTC) with this exit code; on disk at return."""
        rows = [(lea, at.isoformat(), exit_code) for lea in leas]
        with self._open(to_add=True) as connection:
            connection.executemany("INSERT OR REPLACE INTO remind_runs VALUES (?, ?, ?)", rows)

    def last_runs(self) -> dict[str, RemindRun]:
        """By LEA, how the last run of its reminders ended; one that never ran is not in it."""
        what = "a run of the reminders"
        with self._open() as connection:
            rows = connection.execute("SELECT lea, ended, code FROM remind_runs").fetchall()
            if not all(isinstance(code, int) for _, _, code in rows):
                raise Broken(f"What is stored about {what} is damaged.")
            return {lea: RemindRun(_moment(ended, what), code) for lea, ended, code in rows}


class Refusals(_Memory):
    """Sign-ins that a portal rejected: no run sends one again before its password is stored again.

    An `account` is named by the secret that holds its password: schoolwise, parent, parent:NAME.
    """

    tables = _REFUSALS

    def refused_at(self, lea: str, account: str) -> datetime | None:
        """When the account's sign-in was last rejected (aware UTC); None if never, or stored anew since."""
        query = "SELECT at FROM refusals WHERE lea = ? AND account = ?"
        with self._open() as connection:
            row = connection.execute(query, (lea, account)).fetchone()
            return None if row is None else _moment(row[0], "a rejected sign-in")

    def of(self, lea: str, accounts: Iterable[str]) -> tuple[str, ...]:
        """Those of the accounts whose sign-in was rejected and whose password was not stored since."""
        return tuple(account for account in accounts if self.refused_at(lea, account) is not None)

    def remember(self, lea: str, account: str, at: datetime) -> None:
        """Record that the account's sign-in was rejected at `at` (aware UTC); on the disk at return."""
        with self._open(to_add=True) as connection:
            connection.execute("INSERT OR REPLACE INTO refusals VALUES (?, ?, ?)", (lea, account, at.isoformat()))

    def forget(self, lea: str, account: str) -> None:
        """Let the account sign in again: its password was stored again. Safe to repeat."""
        with self._open(to_delete=True) as connection:
            connection.execute("DELETE FROM refusals WHERE lea = ? AND account = ?", (lea, account))


class LeaRecords(_Memory):
    """What all of these tables hold of one LEA, for when its short name changes."""

    tables = _REMINDERS | _REFUSALS

    def copy(self, lea: str, name: str) -> None:
        """Store what is stored of `lea` under another name as well: all or nothing, on disk at return."""
        with self._open(to_add=True) as connection:
            for table, columns in self._tables_of_leas(connection):
                # Only words of this file are put into the text; what comes from outside goes in as parameters.
                values = ", ".join("?" if column == "lea" else column for column in columns)
                query = f"INSERT OR REPLACE INTO {table} SELECT {values} FROM {table} WHERE lea = ?"  # noqa: S608
                connection.execute(query, (name, lea))

    def forget(self, lea: str) -> None:
        """Delete what is stored of an LEA. Safe to repeat."""
        with self._open(to_delete=True) as connection:
            for table, _ in self._tables_of_leas(connection):
                connection.execute(f"DELETE FROM {table} WHERE lea = ?", (lea,))  # noqa: S608

    def _tables_of_leas(self, connection: sqlite3.Connection) -> Iterator[tuple[str, list[str]]]:
        for table in self.tables:
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            if "lea" in columns:
                yield table, columns


def _moment(text: object, what: str) -> datetime:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Broken(f"What is stored about {what} is damaged.")
    return at


def _read(text: object) -> object:
    try:
        return json.loads(str(text))
    except ValueError:
        return None

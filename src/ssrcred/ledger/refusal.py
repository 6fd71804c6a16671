"""Remembers which log-in a portal refused, so that no later run sends it again before its password is set anew.

A table of its own beside the events, as the one of reminders: what is forgotten again is no part of what happened to a
pair, and is not in the chain. It is made when the first log-in is refused. Of a password it knows the secret's name.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from ssrcred.ledger.file import connected, make
from ssrcred.ledger.row import Broken
from ssrcred.ledger.trouble import translated

PATIENCE_S: Final = 10.0

_TABLE: Final = """
CREATE TABLE IF NOT EXISTS refusals (
    lea TEXT NOT NULL, account TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (lea, account)
) WITHOUT ROWID
"""


class Refusals:
    """The memory of refused log-ins in the ledger's file, which is open for the length of a call; for any thread.

    An `account` is named by the secret that holds its password: schoolwise, parent, parent:NAME. Every method raises
    LedgerDamaged when the file cannot be read, written or understood.
    """

    def __init__(self, path: Path, *, patience_s: float = PATIENCE_S) -> None:
        self._path, self._patience_s = path, patience_s

    def refused_at(self, lea: str, account: str) -> datetime | None:
        """When the account's log-in was last refused (aware UTC); None if its password was set since, or never was."""
        if not os.path.lexists(self._path):
            return None
        with self._open() as connection:
            if not _is_there(connection):
                return None
            query = "SELECT at FROM refusals WHERE lea = ? AND account = ?"
            row = connection.execute(query, (lea, account)).fetchone()
            return None if row is None else _moment(row[0])

    def of(self, lea: str, accounts: Iterable[str]) -> tuple[str, ...]:
        """Those of the accounts whose log-in was refused and whose password was not set since."""
        return tuple(account for account in accounts if self.refused_at(lea, account) is not None)

    def remember(self, lea: str, account: str, at: datetime) -> None:
        """Record that the account's log-in was refused at `at` (aware UTC); on the disk at return."""
        make(self._path, self._patience_s, sqlite3.connect)
        with self._open() as connection:
            connection.execute(_TABLE)
            connection.execute("INSERT OR REPLACE INTO refusals VALUES (?, ?, ?)", (lea, account, at.isoformat()))

    def forget(self, lea: str, account: str) -> None:
        """Let the account log in again: its password was set anew. Safe to repeat."""
        if not os.path.lexists(self._path):
            return
        with self._open() as connection:
            if _is_there(connection):
                connection.execute("DELETE FROM refusals WHERE lea = ? AND account = ?", (lea, account))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        address = f"{self._path.absolute().as_uri()}?mode=rw"
        with (
            closing(connected(self._path, address, self._patience_s, sqlite3.connect)) as connection,
            translated(self._path),
        ):
            yield connection


def _is_there(connection: sqlite3.Connection) -> bool:
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'refusals'"
    return connection.execute(query).fetchone() is not None


def _moment(text: object) -> datetime:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Broken("What the ledger remembers of a refused log-in is damaged.")
    return at

"""Makes and opens the ledger's file: one SQLite database, whole or not there at all."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final

from ssrcred.ledger.chain import ORIGIN
from ssrcred.ledger.drive import has_locks
from ssrcred.ledger.row import SCHEMA, Broken, Newer
from ssrcred.ledger.trouble import translated

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


def make(path: Path, patience_s: float, connect: Callable[..., sqlite3.Connection]) -> None:
    """Make the ledger where there is none, whole or not at all: so a file that is empty was emptied."""
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
            connected(path, f"{unborn.absolute().as_uri()}?mode=rw", patience_s, connect, fill=True).close()
            unborn.rename(path)


def _locked_once(connection: sqlite3.Connection, path: Path) -> None:
    """Take a lock for a moment; where somebody else has it, or the drive has none, say which."""
    try:
        connection.execute("PRAGMA user_version").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or not has_locks(path.parent):
            raise


def connected(
    path: Path,
    address: str,
    patience_s: float,
    connect: Callable[..., sqlite3.Connection],
    *,
    fill: bool = False,
) -> sqlite3.Connection:
    with translated(path):
        # Without patience first: on a drive without locks it would be in vain.
        connection = connect(address, uri=True, timeout=0.0, isolation_level=None)
        try:
            if not fill:
                _locked_once(connection, path)
            connection.execute(f"PRAGMA busy_timeout = {patience_s * 1000:.0f}")
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

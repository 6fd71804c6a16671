"""Reads what LEAs stand at and nothing else, without what the rest of the ledger takes to import."""

from __future__ import annotations

import os
import sqlite3

from ssrcred.ledger.row import SCHEMA, Broken, Newer, standings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Final

PATIENCE_S: Final = 10.0


class Glance:
    """One LEA's `standing` as it is kept (standing.py reads it), and `last_at`, its last event (ISO 8601, UTC)."""

    __slots__ = ("last_at", "standing")

    def __init__(self, standing: Mapping[str, Any], last_at: str) -> None:
        self.standing = standing
        self.last_at = last_at


def glance(path: str, lea: str | None = None, *, patience_s: float = PATIENCE_S) -> dict[str, Glance] | None:
    """What `lea`, or every LEA, stands at, by LEA; None where there is no ledger. Raises LedgerDamaged.

    `patience_s` is how long to wait, in seconds, for another process that is writing.
    """
    if not os.path.lexists(path):
        return None
    try:
        # Without patience first: on a drive without locks it would be in vain.
        connection = sqlite3.connect(_address(path), uri=True, timeout=0.0, isolation_level=None)
        try:
            connection.execute("PRAGMA query_only = ON")
            connection.execute("BEGIN")
            try:
                (version,) = connection.execute("PRAGMA user_version").fetchone()
            except sqlite3.OperationalError as busy:
                _be_patient(connection, path, busy, patience_s)
                (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version > SCHEMA:
                raise Newer
            if version < SCHEMA:
                raise Broken("The ledger's file is empty, or is no ledger.")
            return {name: Glance(standing, last_at) for name, standing, last_at in standings(connection, lea)}
        finally:
            connection.close()
    except (Broken, UnicodeDecodeError, sqlite3.Error, OSError) as error:
        # Only a ledger that cannot be read is worth the words for it.
        from pathlib import Path

        from ssrcred.ledger.trouble import said

        raise said(Path(path), error) from None


def _be_patient(connection: sqlite3.Connection, path: str, busy: sqlite3.OperationalError, patience_s: float) -> None:
    """Wait for another process from here on. Raises `busy` where nobody else has the file."""
    from pathlib import Path

    from ssrcred.ledger.drive import has_locks

    if busy.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or not has_locks(Path(path).parent):
        raise busy
    connection.execute(f"PRAGMA busy_timeout = {patience_s * 1000:.0f}")


def _address(path: str) -> str:
    """The file's address for SQLite; read-only where the system says so (sqlite.org/uri.html).

    Opened for writing where the file allows it: what a killed run left half-written can only be undone by one who may
    write (sqlite.org/rescode.html#readonly_rollback).
    """
    whole = os.path.abspath(path)
    if os.name == "nt":
        whole = "/" + whole.replace("\\", "/")
    return "file:" + whole.replace("%", "%25").replace("?", "%3f").replace("#", "%23") + "?mode=rw"

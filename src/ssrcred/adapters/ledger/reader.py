"""Opens the history file and reads the state of each LEA, checked by its hashes; light enough for monitoring."""

from __future__ import annotations

import json
import os
import sqlite3

# hashlib loads OpenSSL; the standard library's own `random` takes its hash the same way.
try:
    from _sha2 import sha256  # type: ignore[import-not-found, unused-ignore]  # Python 3.12 and later
except ImportError:
    try:
        from _sha256 import sha256  # type: ignore[import-not-found, unused-ignore]  # Python 3.11
    except ImportError:
        from hashlib import sha256

from ssrcred.adapters.ledger import Broken, Newer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Any, Final

    # One row as it was read, trusted in nothing: number, LEA, text, hash.
    Row = tuple[Any, Any, Any, Any]

SCHEMA: Final = 1
# The hash "before" the first event.
ORIGIN: Final = "0" * 64
PATIENCE_S: Final = 10.0
# Half the time of json.loads is spent on what a text that this program wrote never is.
_decoded: Final = json.JSONDecoder().raw_decode
# Built from constants of this file only.
TABLES: Final = f"""
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


def glance(
    path: str, leas: Sequence[str], *, patience_s: float = PATIENCE_S
) -> Iterator[tuple[Mapping[str, Any] | None, str | None]]:
    """For each of `leas`, which are sorted: its standing (read by standing.py), and when its last event was (ISO 8601).

    None and None where there is no such LEA, or no history file. Only the end proves that no LEA is missing: answer
    nothing before it. `patience_s` is how long to wait, in seconds, for another process that is writing. Raises
    LedgerDamaged.
    """
    if not os.path.lexists(path):
        yield from ((None, None) for _ in leas)
        return
    try:
        connection = opened(path, patience_s)
        try:
            connection.execute("PRAGMA query_only = ON")
            connection.execute("BEGIN")
            rest = standings(connection, leas[0] if len(leas) == 1 else None)
            known = next(rest, None)
            for lea in leas:
                while known is not None and known[0] < lea:
                    known = next(rest, None)
                yield known[1:] if known is not None and known[0] == lea else (None, None)
            for _ in rest:
                pass
        finally:
            connection.close()
    except (Broken, UnicodeDecodeError, sqlite3.Error, OSError) as error:
        # Imported only when it is needed, to keep a good check fast.
        from pathlib import Path

        from ssrcred.adapters.ledger.trouble import said

        raise said(Path(path), error) from None


def opened(
    path: str | Path,
    patience_s: float = PATIENCE_S,
    *,
    connect: Callable[..., sqlite3.Connection] = sqlite3.connect,
    address: str = "",
    tables: str = "",
    tested: bool = False,
) -> sqlite3.Connection:
    """The database at `path`, or at an `address` of SQLite's, with `tables` made in it, or `tested` for damage.

    Opened for writing where the file allows it, also by those who only look: what a killed run left half-written can
    only be undone by one who may write (sqlite.org/rescode.html#readonly_rollback). Raises Broken, and SQLite's own.
    """
    # Without patience first: on a drive without locks it would be in vain.
    connection = connect(
        address or f"{uri(os.path.abspath(path))}?mode=rw", uri=True, timeout=0.0, isolation_level=None
    )
    try:
        try:
            connection.execute("PRAGMA user_version").fetchone()
        except sqlite3.OperationalError as error:
            from ssrcred.adapters.ledger.run_lock import has_locks

            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or not has_locks(
                os.path.dirname(os.path.abspath(path))
            ):
                raise
        connection.execute(f"PRAGMA busy_timeout = {patience_s * 1000:.0f}")
        connection.execute("PRAGMA synchronous = EXTRA")
        if tables:
            connection.executescript(f"BEGIN; {tables} COMMIT;")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA:
            raise Newer
        if version < SCHEMA:
            raise Broken("The history file is empty, or is not a history file.")
        if tested and not (pages_fit(connection) and end_fits(connection)):
            raise Broken("The history file is damaged.")
    except BaseException:
        connection.close()
        raise
    return connection


def pages_fit(connection: sqlite3.Connection) -> bool:
    """Whether all pages of the file fit together; a millisecond for a thousand events.

    A row that is written into a page whose list of rows is damaged overwrites others, which nobody could read later.
    """
    return connection.execute("PRAGMA integrity_check(1)").fetchall() == [("ok",)]


def uri(path: str, windows: bool = os.name == "nt") -> str:
    r"""The address by which SQLite opens the file at an absolute path: of a drive, or of a share as `\\server\share`.

    Two slashes begin the name of a host, which SQLite refuses, so a share has four (sqlite.org/uri.html, 3.1 and 3.2).
    """
    if windows:
        path = path.replace("\\", "/")
        path = f"//{path}" if path.startswith("//") else f"/{path}"
    return "file:" + path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def end_fits(connection: sqlite3.Connection) -> bool:
    """Whether the last event and the number of LEAs are those that were recorded last.

    One query, so that no other run records something between its parts.
    """
    query = (
        "SELECT head.number = coalesce(last.number, 0) AND head.hash = coalesce(last.hash, ?)"
        " AND head.leas = (SELECT count(*) FROM standings)"
        " FROM head LEFT JOIN events AS last ON last.number = (SELECT max(number) FROM events)"
    )
    return connection.execute(query, (ORIGIN,)).fetchall() == [(1,)]


def in_memory() -> sqlite3.Connection:
    """An empty history that is on no disk."""
    return opened("", address="file::memory:", tables=TABLES)


def digest(text: object) -> str:
    """The SHA-256 of a text, in hex; what is no text has none and gives "", which no row holds."""
    return str(sha256(text.encode("utf-8", "replace")).hexdigest()) if isinstance(text, str) else ""


def fields(row: Row) -> dict[str, Any]:
    """The fields of a row, once its hash, number and LEA are found to fit; raises Broken."""
    number, lea, text, recorded_hash = row
    if digest(text) != recorded_hash:
        raise Broken(f"Event {number}{dated(text)} is not what was recorded.")
    try:
        found = _decoded(text)[0]
        fits = (found["number"], found["lea"]) == (number, lea)
    except (ValueError, TypeError, KeyError, RecursionError):
        raise Broken(f"Event {number}{dated(text)} is not what was recorded.") from None
    if not fits:
        raise Broken(f"Event {number}{dated(text)} is not where it was recorded.")
    assert isinstance(found, dict)  # noqa: S101  only a dict has text for keys
    return found


def dated(text: object) -> str:
    """The moment that a row claims, as far as one can be seen in it."""
    import re

    found = re.search(r'"at":"([0-9T:.+-]{19,40})"', str(text))
    return f" of {found[1]}" if found else ""


def leas_known(connection: sqlite3.Connection) -> tuple[int, str, int]:
    """The number and the hash of the last event, and how many LEAs have a standing."""
    rows = connection.execute("SELECT number, hash, leas FROM head").fetchall()
    if [[type(value) for value in row] for row in rows] != [[int, str, int]]:
        raise Broken("The history has no record of its last event.")
    number, last, leas = rows[0]
    return number, last, leas


def standings(connection: sqlite3.Connection, lea: str | None) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    """What `lea`, or every LEA, stands at: its name, its standing, and the moment (ISO 8601, UTC) of its last event.

    Two look-ups by key for one LEA, however long its past is; each standing is held against the hash in its event.
    Runs within the caller's transaction. Raises Broken.
    """
    # Only words of this function are put into the text; what comes from outside goes in as parameters.
    query = (
        f"SELECT s.lea, s.standing, s.number, e.lea, e.record, e.hash FROM standings s"  # noqa: S608
        f" LEFT JOIN events e ON e.number = s.number {'WHERE s.lea = ?' if lea is not None else ''} ORDER BY s.lea"
    )
    count = 0
    for name, text, *row in connection.execute(query, () if lea is None else (lea,)):
        found = fields((row[0], row[1], row[2], row[3]))
        if found["lea"] != name or digest(text) != found.get("standing"):
            raise Broken(f"What is stored about event {row[0]} of {found.get('at')} was changed.")
        count += 1
        yield name, _decoded(text)[0], found["at"]
    if lea is None:
        _, _, leas = leas_known(connection)
        if count != leas:
            raise Broken(f"The history should have {leas} LEAs, but has {count}.")
    elif not count and connection.execute("SELECT 1 FROM events WHERE lea = ?", (lea,)).fetchone():
        raise Broken(f"The history has events of {lea}, but not the current state of that LEA.")

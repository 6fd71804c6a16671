"""What a row of the ledger says, once its hash is found to fit; light enough for a check that runs every minute."""

from __future__ import annotations

import json

# hashlib loads OpenSSL; the standard library's own `random` takes its hash the same way.
try:
    from _sha2 import sha256  # type: ignore[import-not-found, unused-ignore]  # Python 3.12 and later
except ImportError:
    try:
        from _sha256 import sha256  # type: ignore[import-not-found, unused-ignore]  # Python 3.11
    except ImportError:
        from hashlib import sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping
    from typing import Any, Final

    Row = tuple[Any, Any, Any, Any]
    """One row as it was read, trusted in nothing: number, LEA, text, hash."""

SCHEMA: Final = 1


class Broken(Exception):
    """The chain does not hold; the text says where, in a sentence for people, and quotes nothing that was recorded."""


class Newer(Broken):
    """The chain holds, and speaks of something that this version does not know."""


def digest(text: object) -> str:
    """The SHA-256 of a text, in hex; what is no text has none and gives "", which no row holds."""
    return str(sha256(text.encode("utf-8", "replace")).hexdigest()) if isinstance(text, str) else ""


def fields(row: Row) -> dict[str, Any]:
    """The fields of a row, once its hash, number and LEA are found to fit; raises Broken."""
    number, lea, text, recorded_hash = row
    if digest(text) != recorded_hash:
        raise Broken(f"Event {number}{dated(text)} is not what was recorded.")
    try:
        found = json.loads(text)
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
        raise Broken("The ledger does not know where it ends.")
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
            raise Broken(f"What the ledger keeps of event {row[0]} of {found.get('at')} was changed since.")
        count += 1
        yield name, json.loads(text), found["at"]
    if lea is None:
        _, _, leas = leas_known(connection)
        if count != leas:
            raise Broken(f"The ledger should know of {leas} LEAs and knows of {count}.")
    elif not count and connection.execute("SELECT 1 FROM events WHERE lea = ?", (lea,)).fetchone():
        raise Broken(f"The ledger has events of {lea}, and not what they amount to.")

"""Judges what a killed and resumed rotation left, by the servers' and the vault's own files.

It imports nothing of the program: it opens the encrypted files with pyrage, the history with sqlite3, and computes the
hash chain by itself.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyrage  # type: ignore[import-untyped]

SLOT: Final = "=3apair-"
WORKS: Final = ("proved", "accepted", "no_report")
ORIGIN: Final = "0" * 64


@dataclass(frozen=True, repr=False)
class Servers:
    """What the servers have: the last generated credentials, what each place holds, the other settings before and now,
    the requests since generation (service, method, path), and whether each sign-in was accepted.
    """

    last: tuple[str, str]
    holds: dict[str, tuple[str, str] | None]
    own: tuple[str, ...]  # the places that had credentials before
    settings: tuple[object, object]
    requests: list[tuple[str, str, str]]
    sign_ins: list[bool]


def stored(home: Path, key_file: Path) -> dict[str, tuple[str, str]]:
    """Return the credentials in the vault, by slot; a file that does not open is ("", "")."""
    identity = pyrage.x25519.Identity.from_str(key_file.read_text("utf-8").split()[-1])
    slots = {}
    for path in (home / "vault").glob(f"*{SLOT}*.age"):
        try:
            fields = json.loads(pyrage.decrypt(path.read_bytes(), [identity]))
            slots[path.stem.rpartition("=3a")[2]] = (fields["username"], fields["secret"])
        except (pyrage.DecryptError, ValueError, KeyError):
            slots[path.stem.rpartition("=3a")[2]] = ("", "")
    return slots


def faults(home: Path, key_file: Path, servers: Servers) -> list[str]:
    """Return what is not as it has to be after a rotation that ended; nothing if all is well."""
    return [*_vault(home, key_file, servers), *_servers(servers), *_history(home), *_files(home, servers)]


def _vault(home: Path, key_file: Path, servers: Servers) -> Iterator[str]:
    slots = stored(home, key_file)
    if list(slots.values()) != [servers.last]:
        yield f"{len(slots)} slots, and {list(slots.values()).count(servers.last)} with the last credentials"
    if list((home / "vault").glob("*=3acanary*")):
        yield "a test entry was left in the vault"


def _servers(servers: Servers) -> Iterator[str]:
    for place, held in servers.holds.items():
        if held != (servers.last if place in servers.own else None):
            yield f"{place} does not hold what it should"
    # Each place's form has an address of its own, and a second save of one would be a second request to it.
    saves = Counter(path for _, method, path in servers.requests if method == "POST" and "/options/" in path)
    for path, times in saves.items():
        if times > 1:
            yield f"{times} saves of {path}"
    if servers.settings[0] != servers.settings[1]:
        yield "another setting was changed"
    if not all(servers.sign_ins):
        yield "a sign-in was rejected"


def _history(home: Path) -> Iterator[str]:
    connection = sqlite3.connect(f"file:{home / 'ledger.sqlite'}?mode=rw", uri=True)
    try:
        if connection.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            yield "SQLite finds the history damaged"
        before, number, record = ORIGIN, 0, {}
        for number, text, digest in connection.execute("SELECT number, record, hash FROM events ORDER BY number"):
            record = json.loads(text)
            if record["before"] != before or hashlib.sha256(text.encode()).hexdigest() != digest:
                yield f"the chain breaks at event {number}"
            before = digest
        if connection.execute("SELECT number, hash FROM head").fetchall() != [(number, before)]:
            yield "the history's head is not its last event"
        if record.get("outcome") != "finished":
            yield f"the last event is {record.get('outcome')}"
        (standing,) = (json.loads(text) for (text,) in connection.execute("SELECT standing FROM standings"))
        if standing["rotation"] is not None or standing["preparing"] or standing["leftover"]:
            yield "the rotation is not finished"
        tests = {place: one["outcome"] for place, one in standing["tried"].items()}
        if not set(standing["places"]) | {"toms"} <= set(tests) or not set(tests.values()) <= set(WORKS):
            yield "not everything was tested"
    finally:
        connection.close()


def _files(home: Path, servers: Servers) -> Iterator[str]:
    key = servers.last[1].encode()
    for path in home.rglob("*"):
        if path.is_file() and key in path.read_bytes():
            yield f"the key is in {path.name} in the clear"
        if path.stat().st_mode & 0o077:
            yield f"{path.name} can be read by others"

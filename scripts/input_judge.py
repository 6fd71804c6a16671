"""Judges what a command said to an input and what it left stored.

It imports nothing of the program: it reads config.toml with tomllib and the history with sqlite3.
"""

from __future__ import annotations

import json
import re
import sqlite3
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

PUBLISHED: Final = frozenset({0, *range(2, 11)})  # docs/reference/exit-codes.md, without a bug and Ctrl-C
MONITORING: Final = frozenset({0, 1, 2, 3})  # `status`
# The commands whose exit code is a part of their answer, so that no error need be told.
ANSWERING: Final = ("status", "verify", "doctor")
LABELS: Final = ("error", "state", "hint")
STYLES: Final = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Ended:
    """How a run ended: `out` and `err` are what it wrote; at a terminal of `columns` both are one text, `out`."""

    words: tuple[str, ...]
    code: int
    out: str
    err: str = ""
    columns: int = 0
    seconds: float = 0
    escaped: str = ""  # the exception that left the program


@dataclass(frozen=True, repr=False)
class Stored:
    """What was stored at a moment: the vault's items, config.toml, and the history's rows; None if it is no history."""

    items: Mapping[str, str]
    config: bytes
    rows: list[tuple[Any, ...]] | None = field(default=None)


def stored(home: Path, items: Mapping[str, str]) -> Stored:
    """Return what is stored in a home, beside the vault's items."""
    config, rows = b"", None
    with suppress(OSError):
        config = (home / "config.toml").read_bytes()
    with suppress(sqlite3.Error, ValueError), closing(sqlite3.connect(home / "ledger.sqlite")) as connection:
        connection.text_factory = bytes
        rows = connection.execute("SELECT number, lea, record, hash FROM events ORDER BY number").fetchall()
    return Stored(dict(items), config, rows)


def faults(ended: Ended, longest_s: float) -> list[str]:
    """Return what is wrong with how a run ended."""
    return list(_ended(ended, longest_s))


def _ended(ended: Ended, longest_s: float) -> Iterator[str]:
    command = next((word for word in ended.words if not word.startswith("-")), "")
    said = STYLES.sub("", ended.out) + STYLES.sub("", ended.err)
    if ended.escaped:
        yield f"an exception left the program: {ended.escaped}"
        return
    if ended.seconds > longest_s:
        yield f"it took {ended.seconds:.0f} seconds"
    # A command line that is wrong is 2 for every command; 2 is also one of the four.
    if ended.code not in (MONITORING if command == "status" else PUBLISHED):
        yield f"the exit code {ended.code} is not published for {command or 'no command'}"
    if "Traceback" in said or "This is a bug" in said or "went on after a bug" in said:
        yield f"a bug is told: {[line for line in said.splitlines() if 'bug' in line or 'Traceback' in line][:1]}"
    if "[lea]" in said.replace('"[lea]"', ""):
        yield "a command is told without its LEA"
    allowed = "\n\t\r" if ended.columns else "\n\t"
    foreign = {char for char in said if unicodedata.category(char) == "Cc" and char not in allowed}
    if foreign:
        yield f"control characters are shown: {sorted(foreign)}"
    if "--json" in ended.words and "--nagios" not in ended.words:
        yield from _document(ended)
    elif ended.code == 2 and "Usage:" in said:
        return  # a command without its words shows what it takes
    elif ended.code and ended.columns:
        # A narrow terminal breaks words, so that only their order is left.
        if command not in ANSWERING and not re.search("error:.+state:.+hint:", re.sub(r"\s", "", said)):
            yield "the three lines are missing"
    elif ended.code and (command not in ANSWERING or "error:" in ended.err):
        lines = [line.partition(": ") for line in ended.err.splitlines()[-3:]]
        if tuple(line[0] for line in lines) != LABELS or not all(line[2].strip() for line in lines):
            yield f"the three lines are missing: {ended.err.splitlines()[-3:]}"
    elif ended.code and not ended.out.strip():
        yield "nothing is told"


def _document(ended: Ended) -> Iterator[str]:
    if "--help" in ended.words or "--version" in ended.words:
        return
    try:
        document = json.loads(ended.out)
    except ValueError:
        yield f"no single JSON document: {ended.out[:80]!r}"
        return
    if not str(document.get("schema")).startswith("ssrcred."):
        yield "the document has no schema"
    error = document.get("error")
    if error is not None:
        # `status` has the codes of monitoring, whatever the error's own is.
        if ended.words[0] != "status" and error.get("exit") != ended.code:
            yield f"the document says exit {error.get('exit')}, and it was {ended.code}"
        if not all(error.get(name) for name in ("code", "message", "state", "hint")):
            yield "the document's error is not whole"
    elif ended.code and ended.words[0] not in ANSWERING:
        yield "the document has no error"


def losses(before: Stored, after: Stored, *, config_given: bool = False, history_given: bool = False) -> list[str]:
    """Return what a run lost; what was itself the input need not have been valid before."""
    return list(_lost(before, after, config_given, history_given))


def _lost(before: Stored, after: Stored, config_given: bool, history_given: bool) -> Iterator[str]:
    # A renamed LEA's items have other names, so their texts are looked for.
    texts = list(after.items.values())
    if not all(text in texts for text in before.items.values()):
        yield "something is no longer in the vault"
    if before.config != after.config:
        sections = _sections(before.config)
        now = _sections(after.config)
        if now is None:
            yield "config.toml was changed, and is not valid"
        elif not config_given and not all(one in now.values() for one in (sections or {}).values()):
            yield "an LEA's section is no longer in config.toml"
    if before.rows is not None and (after.rows is None or after.rows[: len(before.rows)] != before.rows):
        yield "events are no longer in the history"
    if before.rows is None and not history_given and not after.rows:
        yield "the history cannot be read"


def _sections(config: bytes) -> dict[str, Any] | None:
    try:
        sections = tomllib.loads(config.decode("utf-8-sig")).get("lea", {})
    except (ValueError, RecursionError):
        return None
    return dict(sections) if isinstance(sections, dict) else {}

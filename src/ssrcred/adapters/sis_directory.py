"""Reads the directory of student information systems: the one in data/sis.toml, and what an LEA's own file changes."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Final

from ssrcred.adapters.toml_file import Reader, invalid, read_toml
from ssrcred.domain.sis import Directory, Fact, System

SHIPPED: Final = Path(__file__).parent.parent / "data" / "sis.toml"
FACTS: Final = frozenset(one.name for one in fields(System) if isinstance(one.default, Fact))


def read_directory(own: Path) -> Directory:
    """The directory, with every key that the file `own` has in place of ours; there need not be such a file.

    Raises ConfigInvalid with every problem of `own` at once.
    """
    tables: dict[str, Any] = tomllib.loads(SHIPPED.read_text("utf-8"))
    state, hint = "Nothing was done.", f"Fix {own} in a text editor, and run it again."
    with suppress(FileNotFoundError):
        _lay_over(tables, read_toml(own, called=own.name, state=state, hint=hint))
    # A password in it would be shown on the next line that somebody prints.
    reader = Reader(no_secrets=True)
    directory = reader.section(Directory, tables)
    if reader.problems:
        raise invalid(own.name, reader.problems, state=state, hint=hint)
    return replace(directory, system={key: replace(one, key=key) for key, one in directory.system.items()})


def _lay_over(tables: dict[str, Any], own: Mapping[str, Any]) -> None:
    """Put an LEA's tables over ours: systems and sources by their key, each fact as a whole or as one text."""
    for section, entries in own.items():
        if section not in tables or not isinstance(entries, Mapping):
            tables[section] = entries  # the reader says what is wrong with it
            continue
        for key, entry in entries.items():
            if isinstance(entry, Mapping):
                said = {
                    name: {"says": value} for name, value in entry.items() if name in FACTS and isinstance(value, str)
                }
                entry = {**tables[section].get(key, {}), **entry, **said}
            tables[section][key] = entry

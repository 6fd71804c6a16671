"""A portal map: the visible words, and where words do not suffice the address, by which a portal's pages are found.

A map is TOML; docs/reference/portal-map.md explains every key. It may say only what differs from the map that comes
with ssrcred which it is `based_on`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, is_dataclass, replace
from pathlib import Path
from typing import Any, Final, get_type_hints

from ssrcred.adapters.toml_file import Reader, Some, Word, invalid, meant, read_toml
from ssrcred.adapters.toml_file import Words as Words
from ssrcred.domain.errors import ConfigInvalid

DATA: Final = Path(__file__).parents[2] / "data"
SHIPPED: Final = ("schoolwise", "generic", "aeries", "powerschool", "illuminate", "school-pathways", "siras")
# Keys, dotted, that maps of earlier versions have: they are ignored, and `ssrcred doctor` names them.
GONE: Final = frozenset({"recording", "words", "save.wider"})
STATE: Final = "Nothing was read from the portal or written to it."
HINT: Final = 'Correct the map, or set map = "schoolwise" in config.toml to use the one that comes with ssrcred.'


def _usual(section: str, key: str) -> Words:
    """Words of SchoolWise's map, which every map has that does not say its own."""
    return tuple(_shipped("schoolwise")[section][key])


@dataclass(frozen=True)
class LoginWords:
    username: Some
    password: Some
    open: Words = ()
    button: Words = ()
    refused: Words = ()
    locked: Words = ()
    code: Words = ()
    new_password: Words = field(default_factory=lambda: _usual("login", "new_password"))


@dataclass(frozen=True)
class SettingsWords:
    address: str = ""
    steps: tuple[Some, ...] = ()


@dataclass(frozen=True)
class SchoolsWords:
    list: Words = ()
    open: Words = ()
    choice: Words = field(default_factory=lambda: _usual("schools", "choice"))
    go: Words = ()
    more: Words = field(default_factory=lambda: _usual("schools", "more"))
    part: Words = field(default_factory=lambda: _usual("schools", "part"))


@dataclass(frozen=True)
class FieldWords:
    username: Some
    key: Some
    district: Words = ()
    kept: Words = ()
    missing: Words = ()


@dataclass(frozen=True)
class SaveWords:
    button: Some
    saved: Words = ()
    failed: Words = ()


@dataclass(frozen=True)
class ProofWords:
    button: Some
    steps: tuple[Some, ...] = ()
    report: Words = ()
    refused: Words = ()
    no_report: Words = ()
    unavailable: Words = ()


@dataclass(frozen=True)
class PageWords:
    maintenance: Words = ()


@dataclass(frozen=True, kw_only=True)
class PortalMap:
    """A whole map. `based_on` is a map that comes with ssrcred, or ""; `gone` are keys in the file that are ignored."""

    login: LoginWords
    settings: SettingsWords = SettingsWords()
    schools: SchoolsWords = field(default_factory=SchoolsWords)
    fields: FieldWords
    save: SaveWords
    proof: ProofWords
    page: PageWords = PageWords()
    name: Word = "the portal"
    based_on: str = ""
    gone: Words = field(default=(), metadata={"key": None})


SECTIONS: Final = {name: kind for name, kind in get_type_hints(PortalMap).items() if is_dataclass(kind)}


def load_map(name: str) -> PortalMap:
    """The map called `name` that comes with ssrcred, or in the file `name` if that ends in .toml."""
    if not name.endswith(".toml") and name not in SHIPPED:
        raise _invalid(name, [f"there is no map of that name; {meant(name, SHIPPED)}"])
    path = Path(name).expanduser() if name.endswith(".toml") else DATA / f"{name}.toml"
    try:
        return parse_map(read_toml(path, called=f"The portal map {name}", state=STATE, hint=HINT), name)
    except FileNotFoundError:
        raise _invalid(name, ["there is no such file"]) from None


def parse_map(table: dict[str, Any], name: str = "the map") -> PortalMap:
    """The map in a table that was read from TOML; `name` is for messages. Raises ConfigInvalid."""
    reader = Reader(gone=GONE)
    # A map with a recording had the words of SchoolWise's map for all that it did not say itself.
    based_on = str(table.get("based_on", "schoolwise" if "recording" in table else ""))
    if based_on in SHIPPED:
        table = _over(based_on, table)
    elif "based_on" in table:
        reader.problems.append(f"based_on: there is no map of that name; {meant(based_on, SHIPPED)}")
    found = reader.section(PortalMap, table)
    if reader.problems:
        raise _invalid(name, reader.problems)
    return replace(found, based_on=based_on, gone=tuple(reader.ignored))


def _shipped(name: str) -> dict[str, Any]:
    return tomllib.loads((DATA / f"{name}.toml").read_text("utf-8"))


def _over(base: str, table: dict[str, Any]) -> dict[str, Any]:
    """A table, with every key that it does not have from the map `base` that comes with ssrcred."""
    # A list takes the place of the base's: words that are taken out would come back otherwise.
    whole = _shipped(base)
    if "based_on" in whole:
        whole = _over(whole["based_on"], whole)
    for key, value in table.items():
        below = whole.get(key)
        whole[key] = {**below, **value} if isinstance(below, dict) and isinstance(value, dict) else value
    return whole


def _invalid(name: str, problems: Sequence[str]) -> ConfigInvalid:
    return invalid(f"The portal map {name}", problems, state=STATE, hint=HINT)

"""A portal map: the visible words, and where words do not suffice the address, by which a portal's pages are found.

A map is TOML; docs/reference/portal-map.md explains every key. It may say only what differs from the map that comes
with ssrcred which it is `based_on`.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final, TypeVar, cast

from ssrcred.errors import ConfigInvalid

DATA: Final = Path(__file__).parents[2] / "data"
SHIPPED: Final = ("schoolwise", "generic")
GONE: Final = frozenset({"recording", "words", "save.wider"})
"""Keys, dotted, that maps of earlier versions have: they are ignored, and `ssrcred doctor` names them."""
Words = tuple[str, ...]
NEW_PASSWORD: Final = (
    *("password … expired", "expired password", "must change … password", "need to change … password"),
    *(
        "change … password … continue",
        "choose a new password",
        "set a new password",
        "new password",
        "reset your password",
    ),
)
CHOICE: Final = ("School", "Choose a School", "Select a School", "Select School", "Site")
"""For maps that say nothing of it: a school's pair that a list has chosen is not to pass for the district's."""


@dataclass(frozen=True)
class LoginWords:
    """Words of the log-in page."""

    username: Words
    password: Words
    open: Words = ()
    button: Words = ()
    refused: Words = ()
    locked: Words = ()
    code: Words = ()
    new_password: Words = NEW_PASSWORD


@dataclass(frozen=True)
class SettingsWords:
    """The way to the page with the pairs."""

    address: str = ""
    steps: tuple[Words, ...] = ()


@dataclass(frozen=True)
class SchoolsWords:
    """The way to one school's pair, where each has a page of its own."""

    list: Words = ()
    open: Words = ()
    choice: Words = CHOICE
    go: Words = ()
    more: Words = ("Next", "Next Page", "Next >", "»", "Load More", "Show More", "More", "Older")
    part: Words = ("showing … of", "page … of", "rows … of", "entries … of")


@dataclass(frozen=True)
class FieldWords:
    """Words around the pairs."""

    username: Words
    key: Words
    district: Words = ()
    kept: Words = ()
    missing: Words = ()


@dataclass(frozen=True)
class SaveWords:
    """Words of saving."""

    button: Words
    saved: Words = ()
    failed: Words = ()


@dataclass(frozen=True)
class ProofWords:
    """Words a parent or student sees."""

    button: Words
    steps: tuple[Words, ...] = ()
    report: Words = ()
    refused: Words = ()
    no_report: Words = ()
    unavailable: Words = ()


@dataclass(frozen=True)
class PageWords:
    """Words of any page."""

    maintenance: Words = ()


@dataclass(frozen=True)
class PortalMap:
    """A whole map. `based_on` is a map that comes with ssrcred, or ""; `gone` are keys in the file that are ignored."""

    login: LoginWords
    fields: FieldWords
    save: SaveWords
    proof: ProofWords
    settings: SettingsWords = SettingsWords()
    schools: SchoolsWords = SchoolsWords()
    page: PageWords = PageWords()
    name: str = "the portal"
    based_on: str = ""
    gone: Words = ()


SECTIONS: Final = {
    "login": LoginWords,
    "settings": SettingsWords,
    "schools": SchoolsWords,
    "fields": FieldWords,
    "save": SaveWords,
    "proof": ProofWords,
    "page": PageWords,
}
TOP: Final = (*SECTIONS, "name", "based_on")
STEPS: Final = "steps"
TEXTS: Final = frozenset({"address"})
Section = TypeVar("Section")


def load(name: str) -> PortalMap:
    """The map called `name` in the package's own data, or in the file `name` if that ends in .toml.

    Raises ConfigInvalid with every problem at once, each with its dotted key.
    """
    path = Path(name).expanduser() if name.endswith(".toml") else DATA / f"{name}.toml"
    if not name.endswith(".toml") and name not in SHIPPED:
        raise _invalid(name, (f"there is no map of that name{_suggest(name, SHIPPED)}",))
    try:
        text = path.read_text("utf-8")
        table = tomllib.loads(text)
    except OSError as error:
        raise _invalid(name, (f"the file cannot be read: {error.strerror}",)) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        place = f": {error}" if isinstance(error, tomllib.TOMLDecodeError) else " and not UTF-8"
        raise _invalid(name, (f"the file is not TOML{place}",)) from None
    return parse(table, name)


def parse(table: dict[str, object], name: str = "the map") -> PortalMap:
    """The map in a table that was read from TOML; `name` is for messages. Raises ConfigInvalid."""
    problems, gone = list[str](), list[str]()
    for key in table:
        if key not in TOP:
            _stray(key, TOP, problems, gone)
    # A map with a recording had the words of SchoolWise's map for all that it did not say itself.
    based_on = str(table.get("based_on", "schoolwise" if "recording" in table else ""))
    if based_on in SHIPPED:
        table = _over(based_on, table)
    elif "based_on" in table:
        problems.append(f"based_on: there is no map of that name{_suggest(based_on, SHIPPED)}")
    parts = {key: _section(key, kind, table.get(key, {}), problems, gone) for key, kind in SECTIONS.items()}
    title = table.get("name", "the portal")
    if not isinstance(title, str) or not title.strip():
        problems.append("name: a text is needed")
    if problems:
        raise _invalid(name, tuple(problems))
    return PortalMap(name=cast(str, title), based_on=based_on, gone=tuple(gone), **parts)  # type: ignore[arg-type]  # checked


def _over(base: str, table: dict[str, object]) -> dict[str, object]:
    """A table, with every key that it does not have from the map `base` that comes with ssrcred."""
    whole: dict[str, object] = tomllib.loads((DATA / f"{base}.toml").read_text("utf-8"))
    if "based_on" in whole:
        whole = _over(cast(str, whole["based_on"]), whole)
    for key, value in table.items():
        below = whole.get(key)
        whole[key] = {**below, **value} if isinstance(below, dict) and isinstance(value, dict) else value
    return whole


def _stray(key: str, known: Iterable[str], problems: list[str], gone: list[str]) -> None:
    """Take note of a key that no map has (any more)."""
    if key in GONE:
        gone.append(key)
    else:
        problems.append(f"{key}: not a known key{_suggest(key.rpartition('.')[2], known)}")


def _section(key: str, kind: type[object], found: object, problems: list[str], gone: list[str]) -> object:
    """One section, checked; what is wrong with it is added to `problems`, keys that are ignored to `gone`."""
    if not isinstance(found, dict):
        problems.append(f"{key}: a section [{key}] is needed")
        return None
    known = {item.name: item for item in fields(kind)}  # type: ignore[arg-type]  # every section is a dataclass
    values: dict[str, object] = {}
    before = len(problems)
    for name, value in found.items():
        if name not in known:
            _stray(f"{key}.{name}", known, problems, gone)
        elif (problem := _problem(name, value)) is not None:
            problems.append(f"{key}.{name}: {problem}")
        else:
            values[name] = _frozen(name, value)
    for name, item in known.items():
        needed = item.default is not None and not isinstance(item.default, str | tuple)
        if needed and not found.get(name):
            problems.append(f"{key}.{name}: words are needed here")
    return kind(**values) if len(problems) == before else None


def _problem(name: str, value: object) -> str | None:
    if name in TEXTS:
        return None if isinstance(value, str) else "a text is needed"
    if name == STEPS:
        good = isinstance(value, list) and all(_is_words(step) and step for step in value)
        return None if good else "a list of lists of words is needed"
    return None if _is_words(value) else "a list of words is needed"


def _is_words(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) and item.strip() for item in value)


def _frozen(name: str, value: object) -> object:
    if isinstance(value, str):
        return value
    items = cast("list[list[str]]", value)
    return tuple(tuple(step) for step in items) if name == STEPS else tuple(items)


def _suggest(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]}?" if close else f"; known: {', '.join(known)}"


def _invalid(name: str, problems: tuple[str, ...]) -> ConfigInvalid:
    return ConfigInvalid(
        f"The portal map {name} cannot be used: {'; '.join(problems)}.",
        state="Nothing was read from the portal or written to it.",
        hint='Correct the map, or set map = "schoolwise" in config.toml to use the one that comes with ssrcred.',
        problems=problems,
    )

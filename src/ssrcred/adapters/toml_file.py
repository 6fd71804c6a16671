"""Reads every TOML file of ssrcred: config.toml, API profiles, portal maps and confirmed routes.

A dataclass is the table of what the file may say: a field's name is the key, its annotation the type and the checks
(`Annotated[str, one_of("http", "browser")]`), its default what holds where the key is missing. All problems are named
at once, each with its dotted key. No value is quoted, because any may be a secret in the wrong line.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Final, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from ssrcred.domain.errors import ConfigInvalid, nearest, system_reason

T = TypeVar("T")
S = TypeVar("S", bound=Sequence[object])

# Problems that the message names; `ConfigInvalid.problems` has all.
SHOWN: Final = 20
TYPES: Final = {
    str: "text between quotation marks",
    bool: "true or false",
    int: "a whole number",
    datetime: "a date and time such as 2026-11-30T18:04:00Z",
    date: "a date such as 2026-11-30",
}
KEEP_ELSEWHERE: Final = (
    "secrets are not allowed here; remove it, and store it with: "
    "ssrcred secret set NAME (schoolwise, parent or test-ssid)"
)
# Names under which secrets stand, in a file of any kind.
SECRET_NAME: Final = re.compile(
    r"passw|passphrase|secret|token|credential|ssid|(?:key|pwd|pass|pw|pin)$", re.IGNORECASE
)


class Unfit(ValueError):
    """Why a value cannot be taken: a clause that follows the key's name, and quotes no value that may be a secret."""


class Reader:
    """Makes dataclasses of the tables of one file, and collects its `problems`.

    `gone` are dotted keys of earlier versions: those that are there are noted in `ignored`. With `no_secrets`, an
    unknown key that looks like a secret's is answered with where secrets belong.
    """

    def __init__(self, *, gone: Container[str] = (), no_secrets: bool = False) -> None:
        self._gone, self._no_secrets = gone, no_secrets
        self.problems: list[str] = []
        self.ignored: list[str] = []

    def section(self, kind: type[T], table: object, at: str = "") -> T:
        """The dataclass that a table says; it is whole only if no problem was added.

        A field stands under its own name, or under what its metadata has as `key`: "" for the same table, None for what
        no file says. A method `contradictions` may yield problems that show once each value is sound by itself.
        """
        if not isinstance(table, Mapping):
            secret = self._no_secrets and SECRET_NAME.search(at.rpartition(".")[2])
            self.problems.append(f"{at}: {KEEP_ELSEWHERE if secret else f'must be a section of its own, [{at}]'}")
            return cast("T", None)
        before, known = len(self.problems), list[str]()
        made = self._made(kind, table, at, known)
        for key, value in table.items():
            where = dotted(at, key)
            if key in known:
                continue
            if where in self._gone:
                self.ignored.append(where)
                continue
            if self._no_secrets and SECRET_NAME.search(key):
                self.problems.append(f"{where}: {KEEP_ELSEWHERE}")
                continue
            self.problems.append(f"{where}: is not known; {meant(key, known)}")
            # A password below a misspelled section would otherwise wait for the next run to be found.
            if self._no_secrets and isinstance(value, Mapping):
                self.problems += [f"{dotted(where, one)}: {KEEP_ELSEWHERE}" for one in value if SECRET_NAME.search(one)]
        if len(self.problems) == before:
            # Only values that are sound by themselves can be compared.
            found: Iterable[str] = getattr(made, "contradictions", tuple)()
            self.problems += [f"{at}.{problem}" if at else problem for problem in found]
        return made

    def _made(self, kind: type[T], table: Mapping[str, Any], at: str, known: list[str]) -> T:
        values, hints = dict[str, object](), _hints(cast("Any", kind))
        for item in fields(cast("Any", kind)):
            key, hint = item.metadata.get("key", item.name), hints[item.name]
            needed = item.default is MISSING and item.default_factory is MISSING
            if needed:
                values[item.name] = None
            if key is None:
                continue
            if key == "":
                values[item.name] = self._made(hint, table, at, known)
                continue
            known.append(key)
            where = dotted(at, key)
            if key in table:
                if (value := self._taken(hint, table[key], where)) is not None:
                    values[item.name] = value
            elif needed:
                before = len(self.problems)
                # What a missing section needs is named in the same run.
                if is_dataclass(hint):
                    self.section(cast("type[object]", hint), {}, where)
                if len(self.problems) == before:
                    self.problems.append(f"{where}: is missing")
        return kind(**values)

    def _taken(self, hint: Any, value: object, at: str) -> Any:
        """A value as its annotation wants it; None once its problem is noted."""
        try:
            return self._fit(hint, value, at)
        except Unfit as reason:
            self.problems.append(f"{at}: {reason}")
            return None

    def _fit(self, hint: Any, value: Any, at: str) -> object:
        kind, checks = _kind_and_checks(hint)
        origin, below = get_origin(kind), get_args(kind)
        if is_dataclass(kind) and not checks:
            return self.section(cast("type[object]", kind), value, at)
        if origin is Mapping:
            if not isinstance(value, Mapping):
                raise Unfit(f"must be a section of its own, [{at}]")
            taken = {}
            for key, item in value.items():
                self._taken(below[0], key, dotted(at, key))
                taken[key] = self._taken(below[1], item, dotted(at, key))
            value = taken
        elif origin is tuple and is_dataclass(below[0]):
            if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
                raise Unfit(f"must be sections, each under [[{at}]]")
            value = tuple(self._fit(below[0], item, f"{at}.{number}") for number, item in enumerate(value, 1))
        elif origin is tuple:
            if not isinstance(value, (list, tuple)):
                raise Unfit(f"must be a list in square brackets, not {_described(value)}")
            value = tuple(self._element(below[0], number, item, at) for number, item in enumerate(value, 1))
        elif isinstance(kind, type) and issubclass(kind, StrEnum):
            value = kind(one_of(*kind)(cast("str", self._fit(str, value, at))))
        # TOML's true is also an int to Python, and its date and time a date; what is to be written may be an enum.
        elif kind in TYPES and type(value) is not kind and not (kind is str and isinstance(value, str)):
            raise Unfit(f"must be {TYPES[kind]}, not {_described(value)}")
        for check in checks:
            value = check(value)
        return value

    def _element(self, hint: Any, number: int, item: object, at: str) -> object:
        try:
            return self._fit(hint, item, at)
        except Unfit as reason:
            raise Unfit(f"number {number} {reason}") from None


# A county's config.toml has the same sections a thousand times.
@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


@cache
def _kind_and_checks(hint: Any) -> tuple[Any, tuple[Callable[[Any], object], ...]]:
    if get_origin(hint) in {Union, UnionType}:  # `X | None`: TOML has no null, so a value is an X
        hint = next(one for one in get_args(hint) if one is not NoneType)
    return (get_args(hint)[0], get_args(hint)[1:]) if get_origin(hint) is Annotated else (hint, ())


def dotted(at: str, key: str) -> str:
    """The name of a key in the section `at` as TOML writes it, cut where it is long."""
    bare = re.fullmatch(r"[A-Za-z0-9_-]{1,40}", key)
    name = key if bare else json.dumps(key if len(key) <= 40 else f"{key[:40]}…", ensure_ascii=False)
    return f"{at}.{name}" if at else name


def _described(value: object) -> str:
    """What a value is, in words, without showing it."""
    words = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list", tuple: "a list"}
    return words.get(type(value), "a section" if isinstance(value, Mapping) else "something else")


def meant(word: str, words: Collection[str]) -> str:
    """The end of a sentence that offers the nearest of `words`, or all where none is near."""
    near = nearest(word, words)
    return f"did you mean {near}?" if near else f"possible: {', '.join(filter(None, words))}"


# Checks, to stand in annotations: each returns the value as it is used, or raises Unfit.


def one_of(*words: str) -> Callable[[str], str]:
    """A check for one of these words."""

    def check(word: str) -> str:
        if word not in words:
            raise Unfit(f"is not known; {meant(word, words)}")
        return word

    return check


def matching(pattern: str, problem: str) -> Callable[[str], str]:
    """A check for a text of which `pattern` matches the whole; `problem` says what it must be."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise Unfit(problem)
        return value

    return check


def whole(low: int, high: int) -> Callable[[int], int]:
    """A check for a number from `low` to `high`."""

    def check(value: int) -> int:
        if not low <= value <= high:
            raise Unfit(f"must be from {low} to {high}")
        return value

    return check


def line(value: str) -> str:
    """Check a line of text as a person types it."""
    if not value:
        raise Unfit("is empty")
    if len(value) > 500:  # no name, account or address of a school comes near
        raise Unfit("is longer than 500 characters")
    if not value.isprintable():
        raise Unfit("has a character in it that cannot be printed")
    if value != value.strip():
        raise Unfit("has a space in front of it or behind it")
    return value


def _not_blank(value: S) -> S:
    if not (value.strip() if isinstance(value, str) else value):
        raise Unfit("is empty")
    return value


def different(values: S) -> S:
    """Check that no element stands twice in a list, capitals not counting."""
    if len({one.casefold() if isinstance(one, str) else one for one in values}) < len(values):
        raise Unfit("lists something twice")
    return values


Line = Annotated[str, line]
Lines = Annotated[tuple[Line, ...], different]
Word = Annotated[str, _not_blank]
Words = tuple[Word, ...]
# At least one alternative.
Some = Annotated[Words, _not_blank]


# Files.


def read_toml(path: Path, *, called: str, state: str, hint: str) -> dict[str, Any]:
    """The tables of a file, `called` so in messages. Raises ConfigInvalid, and FileNotFoundError if there is none."""
    return read_toml_and_bytes(path, called=called, state=state, hint=hint)[0]


def read_toml_and_bytes(path: Path, *, called: str, state: str, hint: str) -> tuple[dict[str, Any], bytes]:
    """Like `read_toml`, and the file as it is, by one reading: between two it could change, or the disk fail."""
    try:
        content = path.read_bytes()
        # Windows editors put a mark in front that TOML does not know.
        return tomllib.loads(content.decode("utf-8-sig")), content
    except FileNotFoundError:
        raise
    except OSError as error:
        problem, hint = f"cannot be read ({system_reason(error)})", f"Let this account read {path}, and run it again."
    except UnicodeDecodeError as error:
        problem = f"byte {error.start + 1} is not UTF-8 text"
        hint = f"Save {path} with the encoding UTF-8, and run it again."
    except RecursionError:
        problem = "brackets are nested too deeply"
    except ValueError as error:
        # Only where: the parser's own words can quote the file.
        found = re.search(r"\(at (line \d+, column \d+|end of document)\)", str(error))
        problem = f"{found[1] if found else 'a number in it'} is not valid TOML"
    raise invalid(called, [problem], state=state, hint=hint)


def write_toml(path: Path, content: bytes, *, state: str, hint: str) -> None:
    """Write a file whole, for its owner only (0600): a kill leaves the old one or the new one. Raises ConfigInvalid."""
    from ssrcred.adapters.atomic_file import replace_file  # dear, and most commands only read

    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(path, content)
    except OSError as error:
        raise invalid(path.name, [f"cannot be written ({system_reason(error)})"], state=state, hint=hint) from None


def invalid(called: str, problems: Sequence[str], *, state: str, hint: str) -> ConfigInvalid:
    """The error for a file with these problems."""
    if len(problems) == 1:
        message = f"{called} has a problem: {problems[0]}"
    else:
        more = [f"and {len(problems) - SHOWN} more"] if len(problems) > SHOWN else []
        numbered = (f"({number}) {problem}" for number, problem in enumerate([*problems[:SHOWN], *more], 1))
        message = f"{called} has {len(problems)} problems: {'; '.join(numbered)}"
    message += "" if message.endswith("?") else "."
    return ConfigInvalid(message, state=state, hint=hint, problems=tuple(problems))

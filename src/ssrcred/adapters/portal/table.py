"""Makes dataclasses of the tables of a TOML file, and names every problem at once, each by its dotted key."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Collection, Container, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar, cast, get_args, get_origin, get_type_hints

from ssrcred.domain.errors import ConfigInvalid
from ssrcred.domain.suggestion import nearest

T = TypeVar("T")
NEEDED: Final = {str: "a text", bool: "true or false", datetime: "a date and time, such as 2026-11-30T18:04:00Z,"}
MOST_BYTES: Final = 1_000_000


@dataclass(frozen=True)
class Rule:
    """What a value has to be beside its type: `Annotated[str, Rule(…)]`."""

    needed: str
    holds: Callable[[Any], object]


def one_of(*allowed: str) -> Rule:
    """The rule that a text is one of some."""
    return Rule(f"one of {', '.join(filter(None, allowed))}", allowed.__contains__)


Word = Annotated[str, Rule("a word", str.strip)]
Words = tuple[Word, ...]
Some = Annotated[Words, Rule("a list of words", bool)]
"""At least one alternative."""


class Reader:
    """Reads one file, `called` so in messages; `gone` are keys of earlier versions, which are ignored and noted.

    A field of a dataclass stands under its own name, or what its metadata has as `key`: "" for the same table, None for
    what no file says.
    """

    def __init__(self, called: str, hint: str, gone: Container[str] = ()) -> None:
        self._called, self._hint, self._gone = called, hint, gone
        self.problems: list[str] = []
        self.ignored: list[str] = []

    def table(self, path: Path) -> dict[str, Any] | None:
        """The table of a whole file, None if there is no such file. Raises ConfigInvalid."""
        try:
            content = path.read_bytes()
            if len(content) > MOST_BYTES:
                raise self.invalid("the file is too large")
            return tomllib.loads(content.decode("utf-8"))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self.invalid(f"the file cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise self.invalid("the file is not TOML and not UTF-8") from None
        except tomllib.TOMLDecodeError as error:
            raise self.invalid(f"the file is not TOML: {error}") from None

    def made(self, kind: type[T], table: object, at: str = "") -> T:
        """The dataclass that a table says; it is whole only if no problem was added to `problems`."""
        if not isinstance(table, dict):
            self.problems.append(f"{at}: a section [{at}] is needed")
            return cast("T", None)
        known: list[str] = []
        found = self._made(kind, table, at, known)
        for key in table:
            if key not in known and (where := _dotted(at, key)) in self._gone:
                self.ignored.append(where)
            elif key not in known:
                self.problems.append(f"{where}: not a known key{suggested(key, known)}")
        return found

    def _made(self, kind: type[T], table: Mapping[str, Any], at: str, known: list[str]) -> T:
        values, hints = dict[str, object](), get_type_hints(kind, include_extras=True)
        for item in fields(cast("Any", kind)):
            key, hint = item.metadata.get("key", item.name), hints[item.name]
            if key == "":
                values[item.name] = self._made(hint, table, at, known)
            elif key is not None:
                known.append(key)
                if key in table or (item.default is MISSING and item.default_factory is MISSING):
                    value = table.get(key, {} if is_dataclass(hint) else None)
                    values[item.name] = self._value(hint, value, _dotted(at, key))
        return kind(**values)

    def _value(self, hint: Any, value: object, at: str) -> object:
        kind, rule = get_args(hint) if get_origin(hint) is Annotated else (hint, None)
        found: object = None
        if is_dataclass(kind):
            return self.made(cast("type[object]", kind), value, at)
        if get_origin(kind) is tuple and isinstance(value, list):
            found = tuple(self._value(get_args(kind)[0], item, f"{at}[{number}]") for number, item in enumerate(value))
        elif get_origin(kind) is Mapping and isinstance(value, dict):
            found = {key: self._value(get_args(kind)[1], item, _dotted(at, key)) for key, item in value.items()}
        elif isinstance(kind, type) and isinstance(value, kind):
            found = value
        if found is None or (rule is not None and not rule.holds(found)):
            needed = rule.needed if rule is not None else NEEDED.get(kind, "a list")
            self.problems.append(f"{at}: {needed} is needed")
        return found

    def invalid(self, *problems: str) -> ConfigInvalid:
        """The error for a file with these problems."""
        return ConfigInvalid(
            f"{self._called} cannot be used: {'; '.join(problems)}.",
            state="Nothing was read from the portal or written to it.",
            hint=self._hint,
            problems=problems,
        )


def suggested(word: str, known: Collection[str]) -> str:
    """The end of a problem: the nearest of some words, or all where none is near."""
    near = nearest(word, known)
    return f"; did you mean {near}?" if near else f"; known: {', '.join(known)}"


def _dotted(at: str, key: str) -> str:
    return f"{at}.{key}" if at else key

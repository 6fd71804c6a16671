"""Takes a table of settings apart key by key, and names everything that is wrong with it instead of the first thing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from typing import Final, TypeVar

from ssrcred.domain.suggestion import nearest

T = TypeVar("T")
Fit = Callable[[object], object]
"""Returns a value of config.toml as it may be used, or raises Unfit."""

LONGEST: Final = 500
"""Characters that a text may have; no name, account or address of a school comes near."""

_SECRET = re.compile(r"passw|passphrase|secret|token|credential|ssid|(?:key|pwd|pass|pw|pin)$", re.IGNORECASE)
_BARE = re.compile(r"[A-Za-z0-9_-]{1,40}")


class Unfit(ValueError):
    """Why a value cannot be taken: a clause that follows the key's name, and quotes no value that may be a secret."""


class Section:
    """One table, `where` it stands (dotted), and the list to which its `problems` are added.

    It is not `sound` when something else stands in its place; then it is read as an empty one.
    """

    def __init__(self, where: str, table: object, problems: list[str]) -> None:
        self._where = where
        self._problems = problems
        self._legal: list[str] = []
        self.sound = isinstance(table, Mapping)
        self.table: Mapping[str, object] = table if isinstance(table, Mapping) else {}
        if not self.sound:
            secret = smells_of_secret(where.rpartition(".")[2])
            problems.append(f"{where}: {KEEP_ELSEWHERE if secret else f'must be a section of its own, [{where}]'}")

    def take(self, key: str, fit: Callable[[object], T], default: T, *, needed: bool = False) -> T:
        """The value of `key` as `fit` returns it; `default` where there is none or `fit` raises Unfit."""
        self._legal.append(key)
        if key not in self.table:
            if needed:
                self.wrong(key, "is missing")
            return default
        try:
            return fit(self.table[key])
        except Unfit as reason:
            self.wrong(key, str(reason))
            return default

    def sub(self, key: str, read: Callable[[Section], T], default: T) -> T:
        """What `read` makes of the section of that name in this one; `default` where there is none."""
        self._legal.append(key)
        if key not in self.table:
            return default
        return read(Section(dotted(self._where, key), self.table[key], self._problems))

    def read(
        self,
        make: Callable[..., T],
        fits: Mapping[str, Fit],
        sections: Mapping[str, Callable[[Section], object]] | None = None,
        *,
        needed: Collection[str] = (),
        **more: object,
    ) -> T:
        """What `make` makes of `more` and of all other keys and `sections` that may be here.

        One that is missing or wrong is left to the default of `make`; a key that is `needed` is empty then.
        """
        taken = {key: self.take(key, fit, None, needed=self.sound and key in needed) for key, fit in fits.items()}
        taken |= {key: self.sub(key, read, None) for key, read in (sections or {}).items()}
        self.finish()
        given = {key: value for key, value in taken.items() if value is not None}
        return make(**dict.fromkeys(needed, "") | given | more)

    def wrong(self, key: str, reason: str) -> None:
        """Add a problem with `key`."""
        self._problems.append(f"{dotted(self._where, key)}: {reason}")

    def finish(self) -> None:
        """Name the keys that nobody has taken."""
        for key, value in self.table.items():
            if key in self._legal:
                continue
            if smells_of_secret(key):
                self.wrong(key, KEEP_ELSEWHERE)
                continue
            self.wrong(key, f"is not known; {meant(key, self._legal)}")
            for below in filter(smells_of_secret, value if isinstance(value, Mapping) else ()):
                self._problems.append(f"{dotted(dotted(self._where, key), below)}: {KEEP_ELSEWHERE}")


KEEP_ELSEWHERE: Final = (
    "no secret is a legal key here; take it out, and keep it in the keyring with: "
    "ssrcred secret set NAME (schoolwise, parent or test-ssid)"
)


def smells_of_secret(key: str) -> bool:
    """Whether somebody who writes this key is likely to put a password, a key, a token or an SSID after it."""
    return _SECRET.search(key) is not None


def dotted(where: str, key: str) -> str:
    """The name of `key` in `where` as TOML writes it, cut where it is long."""
    name = key if _BARE.fullmatch(key) else json.dumps(key if len(key) <= 40 else f"{key[:40]}…", ensure_ascii=False)
    return f"{where}.{name}" if where else name


def text(value: object) -> str:
    """A line of text; raises Unfit."""
    if not isinstance(value, str):
        raise Unfit(f"must be text between quotation marks, not {kind(value)}")
    if not value:
        raise Unfit("is empty")
    if len(value) > LONGEST:
        raise Unfit(f"is longer than {LONGEST} characters")
    if not value.isprintable():
        raise Unfit("has a character in it that cannot be printed")
    if value != value.strip():
        raise Unfit("has a space in front of it or behind it")
    return value


def texts(value: object) -> tuple[str, ...]:
    """A list of different lines of text, capitals not counting; raises Unfit."""
    if not isinstance(value, (list, tuple)):
        raise Unfit(f"must be a list in square brackets, not {kind(value)}")
    found = tuple(text(one) for one in value)
    if len({one.casefold() for one in found}) < len(found):
        raise Unfit("names something twice")
    return found


def one_of(words: Collection[str]) -> Callable[[object], str]:
    """A fit for one of these words."""

    def fit(value: object) -> str:
        if (word := text(value)) not in words:
            raise Unfit(f"is not known; {meant(word, words)}")
        return word

    return fit


def flag(value: object) -> bool:
    """True or false; raises Unfit."""
    if not isinstance(value, bool):
        raise Unfit(f"must be true or false, not {kind(value)}")
    return value


def whole(low: int, high: int) -> Callable[[object], int]:
    """A fit for a whole number from `low` to `high`."""

    def fit(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise Unfit(f"must be a whole number, not {kind(value)}")
        if not low <= value <= high:
            raise Unfit(f"must be from {low} to {high}")
        return value

    return fit


def kind(value: object) -> str:
    """What a value is, in words, without showing it."""
    words = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list", tuple: "a list"}
    return words.get(type(value), "a section" if isinstance(value, Mapping) else "something else")


def meant(word: str, words: Collection[str]) -> str:
    """The end of a sentence that offers the nearest of `words`, or all where none is near."""
    near = nearest(word, words)
    return f"did you mean {near}?" if near else f"known here: {', '.join(words)}"

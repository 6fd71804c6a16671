"""Cached list of LEAs, invalidated when config.toml changes.

Reading a thousand LEAs from config.toml and checking every key takes ten times as long as all the rest of `status`. The
copy counts only as long as that file has the same size, inode and both moments of change; and it is only made of a file
that is sound, and unchanged for two seconds (a file system's clock may be that coarse). It is JSON with one LEA a line,
so that only the lines of those asked for are read.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from zlib import crc32

from ssrcred.domain.days_left import TERMINAL_DAYS
from ssrcred.domain.errors import ConfigInvalid, UsageWrong

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from typing import Final

    from ssrcred.domain.lea_status import Filter

NAME: Final = "roll.json"
EDITION: Final = 5
SETTLED_S: Final = 2.0
DECODER: Final = json.JSONDecoder()


class Entry:
    """One LEA: its key and name in config.toml, the lifetime of its credentials in days, its IANA time zone.

    From `terminal_days` left a terminal tells of it; `needs_route`: its settings in SchoolWise have to be confirmed.
    `groups` are its own group and its county.
    With something `wrong` in its section the rest means nothing.
    """

    __slots__ = ("groups", "key", "lifetime_days", "name", "needs_route", "terminal_days", "timezone", "wrong")

    def __init__(
        self,
        key: str,
        name: str,
        lifetime_days: int,
        timezone: str,
        wrong: ConfigInvalid | None = None,
        terminal_days: int = TERMINAL_DAYS,
        needs_route: bool = False,
        groups: Iterable[str] = (),
    ) -> None:
        self.key = key
        self.name = name
        self.lifetime_days = lifetime_days
        self.timezone = timezone
        self.wrong = wrong
        self.needs_route = needs_route
        self.terminal_days = terminal_days
        self.groups = tuple(groups)


class _Copy(Mapping[str, Entry]):
    """The LEAs of the copy, from its `text`: a line each, in order of the keys, read when that LEA is asked for."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._last = 0

    def __getitem__(self, key: str) -> Entry:
        begins = f"\n[{json.dumps(key)}, "
        # From the last one on: whoever asks for all of them asks in order.
        at = self._text.find(begins, self._last)
        at = self._text.find(begins) if at < 0 else at
        if at < 0:
            raise KeyError(key)
        self._last = at
        (_, name, life, zone, days, needs, groups), _ = DECODER.raw_decode(self._text, at + 1)
        return Entry(key, name, life, zone, None, days, needs, groups)

    def __iter__(self) -> Iterator[str]:
        # A key has nothing that JSON writes in another way (config/value.py, lea_key).
        return (line[: line.index('"')] for line in self._text.split('\n["')[1:])

    def __len__(self) -> int:
        return self._text.count("\n[")


def check_groups(only: Filter, known: Mapping[str, Entry]) -> None:
    """Raise UsageWrong where a group that is asked for is that of no LEA in the list."""
    groups = (name for entry in known.values() for name in entry.groups)
    only.check_groups(groups, (key for key, entry in known.items() if entry.wrong is not None))


def picked(
    known: Collection[str], environ: Mapping[str, str], wanted: str | None = None, *, all_of_them: bool = False
) -> list[str]:
    """The keys of the LEAs that are meant: all in order, or the one by option, by SSRCRED_LEA, or the only one.

    Raises UsageWrong, and ConfigInvalid where there is none at all.
    """
    # The variable is for a shell in which one works on one LEA; what is typed counts more.
    name = wanted or environ.get("SSRCRED_LEA") or ""
    if name in known and not all_of_them:
        return [name]
    keys = sorted(known)
    if not keys:
        raise ConfigInvalid(
            "There is no LEA in config.toml yet.", state="Nothing was done.", hint="To set one up, type: ssrcred setup"
        )
    if all_of_them or (not name and len(keys) == 1):
        return keys
    raise UsageWrong(
        f"There is no LEA '{name}' in config.toml." if name else "There are several LEAs in config.toml.",
        state="Nothing was done.",
        hint=f"Say which one with --lea NAME. There are: {', '.join(keys)}.",
    )


def files(environ: Mapping[str, str], platform: str = sys.platform) -> tuple[str, str] | None:
    """Where config.toml and the ledger are; the same as config.home says, which takes longer to import.

    `platform` is as in sys.platform. None where only config.home can say it: elsewhere than on Linux.
    """
    from os.path import abspath, expanduser, join

    root = environ.get("SSRCRED_HOME", "")
    if root:
        config = data = abspath(expanduser(root))
    elif platform == "linux":
        config = join(_xdg(environ, "XDG_CONFIG_HOME", "~/.config"), "ssrcred")
        data = join(_xdg(environ, "XDG_DATA_HOME", "~/.local/share"), "ssrcred")
        if config.startswith("~") or data.startswith("~"):
            return None  # an account without a home folder
    else:
        return None
    return join(config, "config.toml"), join(data, "ledger.sqlite")


def _xdg(environ: Mapping[str, str], variable: str, otherwise: str) -> str:
    # A relative folder is no folder there (specifications.freedesktop.org/basedir-spec).
    named = environ.get(variable, "")
    return named if os.path.isabs(named) else os.path.expanduser(otherwise)


def confirmed(config: str, keys: Collection[str]) -> Collection[str]:
    """LEAs whose settings in SchoolWise were confirmed, those of `keys` among them: each has the file of its route."""
    folder = os.path.join(os.path.dirname(config), "portals")
    # The folder is read once for all: to look for thousands of files takes as long as to read the history.
    if len(keys) > 1:
        try:
            return {name.removesuffix(".toml") for name in os.listdir(folder)}
        except FileNotFoundError:
            return ()
        except OSError:  # one may be allowed to look for a file, and not to list them
            pass
    return [key for key in keys if os.path.exists(os.path.join(folder, f"{key}.toml"))]


def read(config: str, copy: str, load: Callable[[str], Iterable[Entry]], now: float) -> Mapping[str, Entry]:
    """Every LEA in config.toml, by its key and in order: from the copy where that holds, else by `load`.

    `load` reads the file at `config` and raises ConfigInvalid; `now` is in seconds since 1970, as the file system's
    clock counts. Writes the copy, or leaves it where the disk refuses.
    """
    stamp = _stamp(config)
    with suppress(OSError, ValueError):  # a copy that cannot be read is none
        with open(copy, encoding="utf-8") as file:
            content = file.read()
        end = content.index("\n")
        if stamp and content[:end] == _head(stamp, text := content[end:]):
            return _Copy(text)
    found = {one.key: one for one in sorted(load(config), key=lambda one: one.key)}
    sound = bool(found) and all(one.wrong is None for one in found.values())
    if sound and stamp and stamp == _stamp(config) and now - max(stamp[0], stamp[1]) / 1e9 > SETTLED_S:
        from ssrcred.adapters.atomic_file import replace_file

        lines = (
            [one.key, one.name, one.lifetime_days, one.timezone, one.terminal_days, one.needs_route, one.groups]
            for one in found.values()
        )
        text = "\n{}\n]}}\n".format(",\n".join(map(json.dumps, lines)))
        with suppress(OSError):
            replace_file(copy, f"{_head(stamp, text)}{text}".encode())
    return found


def _head(stamp: list[int], text: str) -> str:
    """The copy's first line: what it is a copy of, and the check sum of its other lines, `text`."""
    return f'{{"edition": {EDITION}, "of": {stamp}, "crc32": {crc32(text.encode())}, "leas": ['


def _stamp(path: str) -> list[int] | None:
    try:
        seen = os.stat(path)
    except OSError:
        return None
    return [seen.st_mtime_ns, seen.st_ctime_ns, seen.st_size, seen.st_ino, seen.st_dev]

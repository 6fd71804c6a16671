"""Says in few words which LEAs there are, from a copy that is checked against config.toml's own stamps.

Reading a thousand LEAs from config.toml and checking every key takes ten times as long as all the rest of `status`. The
copy counts only as long as that file has the same size, inode and both moments of change; and it is only made of a file
that is sound, and unchanged for two seconds (a file system's clock may be that coarse).
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress

from ssrcred.domain.days_left import TERMINAL_DAYS
from ssrcred.domain.errors import ConfigInvalid, UsageWrong

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Final

NAME: Final = "roll.json"
EDITION: Final = 4
SETTLED_S: Final = 2.0


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


def picked(
    known: Iterable[str], environ: Mapping[str, str], wanted: str | None = None, *, all_of_them: bool = False
) -> list[str]:
    """The keys of the LEAs that are meant: all in order, or the one by option, by SSRCRED_LEA, or the only one.

    Raises UsageWrong, and ConfigInvalid where there is none at all.
    """
    keys = sorted(known)
    if not keys:
        raise ConfigInvalid(
            "There is no LEA in config.toml yet.", state="Nothing was done.", hint="To set one up, type: ssrcred setup"
        )
    # The variable is for a shell in which one works on one LEA; what is typed counts more.
    name = wanted or environ.get("SSRCRED_LEA") or ""
    if all_of_them or (not name and len(keys) == 1):
        return keys
    if name in keys:
        return [name]
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


def unconfirmed(config: str, key: str) -> bool:
    """Whether nothing was confirmed yet of an LEA's settings in SchoolWise: its route has no file."""
    return not os.path.exists(os.path.join(os.path.dirname(config), "portals", f"{key}.toml"))


def read(config: str, copy: str, load: Callable[[str], Iterable[Entry]], now: float) -> dict[str, Entry]:
    """Every LEA in config.toml, by its key: from the copy where that holds, else by `load`.

    `load` reads the file at `config` and raises ConfigInvalid; `now` is in seconds since 1970, as the file system's
    clock counts. Writes the copy, or leaves it where the disk refuses.
    """
    stamp = _stamp(config)
    with suppress(OSError, ValueError, KeyError, TypeError):  # a copy that cannot be read is none
        with open(copy, encoding="utf-8") as file:
            kept = json.load(file)
        if stamp and kept["edition"] == EDITION and kept["of"] == stamp:
            return {
                key: Entry(key, str(name), int(life), str(zone), None, int(days), bool(needs), groups)
                for key, name, life, zone, days, needs, groups in kept["leas"]
            }
    found = {one.key: one for one in load(config)}
    sound = all(one.wrong is None for one in found.values())
    if sound and stamp and stamp == _stamp(config) and now - max(stamp[0], stamp[1]) / 1e9 > SETTLED_S:
        from ssrcred.adapters.atomic_file import replace_file

        leas = [
            [one.key, one.name, one.lifetime_days, one.timezone, one.terminal_days, one.needs_route, one.groups]
            for one in found.values()
        ]
        with suppress(OSError):
            replace_file(copy, json.dumps({"edition": EDITION, "of": stamp, "leas": leas}).encode())
    return found


def _stamp(path: str) -> list[int] | None:
    try:
        seen = os.stat(path)
    except OSError:
        return None
    return [seen.st_mtime_ns, seen.st_ctime_ns, seen.st_size, seen.st_ino, seen.st_dev]

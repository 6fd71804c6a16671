"""One run of the program, which LEA is meant, what is told of a bug; light enough for `status` without a session."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from ssrcred.errors import ConfigInvalid, UsageWrong

if TYPE_CHECKING:
    from ssrcred.cli.machine import Machine
    from ssrcred.cli.session import Session


class Run:
    """One run: its machine, and the session of its command once there is one."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.session: Session | None = None


def meant(wanted: str | None, environ: Mapping[str, str], known: Iterable[str]) -> str:
    """The key of the LEA that is meant: by option, by SSRCRED_LEA, or the only one.

    Raises UsageWrong, and ConfigInvalid where there is none at all.
    """
    keys = sorted(known)
    name = wanted or environ.get("SSRCRED_LEA") or ""
    if not name and len(keys) == 1:
        return keys[0]
    if name in keys:
        return name
    every(keys)
    raise UsageWrong(
        f"There is no LEA '{name}' in config.toml." if name else "There are several LEAs in config.toml.",
        state="Nothing was done.",
        hint=f"Say which one with --lea NAME. There are: {', '.join(keys)}.",
    )


def every(known: Iterable[str]) -> list[str]:
    """The keys of all LEAs, in order. Raises ConfigInvalid where there is none."""
    if not (keys := sorted(known)):
        raise ConfigInvalid(
            "There is no LEA in config.toml yet.", state="Nothing was done.", hint="To set one up, type: ssrcred setup"
        )
    return keys


def picked(known: Iterable[str], environ: Mapping[str, str], wanted: str | None, *, all_of_them: bool) -> list[str]:
    """The keys that a command is about: every one, or the one that is meant. Raises as these two do."""
    return every(known) if all_of_them else [meant(wanted, environ, known)]


def told_of_bug(error: BaseException) -> str:
    """The kind of an exception that nobody foresaw and its place in our code; no value, which might be a secret."""
    import traceback
    from pathlib import Path

    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "ssrcred" in frame.filename]
    where = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"

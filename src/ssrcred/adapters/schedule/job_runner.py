"""Runs a command for a scheduler that saves no output: writes a log, and prints only failures.

    python -m ssrcred.schedule.logged --log FILE [--fine 8,10] [--set NAME=VALUE] -- COMMAND…
    python -m ssrcred.schedule.logged --into FOLDER [--set NAME=VALUE] -- COMMAND…

With `--log` both outputs are added to FILE between a line with the time and a line with the exit code. An exit code
that is `--fine` becomes 0; any other is passed on, and what was said is said again, so that cron mails it. With
`--into` the outputs go to FOLDER/out and FOLDER/err, and the exit code to FOLDER/exit when all is over.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ssrcred.domain.errors import system_reason

# Bytes after which a log becomes FILE.1, in place of the one before.
LONGEST: Final = 1_000_000
# How much of a failed run's output is said again.
LAST_BYTES: Final = 4_000


def main(words: Sequence[str]) -> int:
    """Run what the words say and give the exit code for the scheduler."""
    parser = argparse.ArgumentParser(prog="ssrcred.schedule.logged", allow_abbrev=False)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--log", type=Path)
    where.add_argument("--into", type=Path)
    parser.add_argument("--fine", default="")
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("command", nargs="+")
    given = parser.parse_args(words)
    # A scheduler's own encoding is often one that lacks the names of schools.
    environ = {**os.environ, "PYTHONIOENCODING": "utf-8", **dict(pair.split("=", 1) for pair in given.set)}
    if given.into is not None:
        with (given.into / "out").open("wb") as out, (given.into / "err").open("wb") as err:
            code = _run(given.command, environ, out.fileno(), err.fileno())
        (given.into / "exit.part").write_text(str(code), "ascii")
        (given.into / "exit.part").replace(given.into / "exit")
        return code
    return _log(given.log, given.command, environ, {int(code) for code in given.fine.split(",") if code})


def _log(log: Path, command: Sequence[str], environ: dict[str, str], fine: set[int]) -> int:
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LONGEST:
        log.replace(log.with_name(f"{log.name}.1"))
    with open(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab", buffering=0) as file:
        _note(file.fileno(), f"--- {_now()} {' '.join(command[1:])}")
        before = os.fstat(file.fileno()).st_size
        code = _run(command, environ, file.fileno(), file.fileno())
        with log.open("rb") as written:
            written.seek(max(before, log.stat().st_size - LAST_BYTES))
            said = written.read().decode("utf-8", "replace").rstrip("\n")
        _note(file.fileno(), f"--- {_now()} exit {code}")
    if code == 0 or code in fine:
        return 0
    # Without a console there is no standard error, and print says nothing then.
    print(f"{said}\nExit code {code}. Full log: {log}", file=sys.stderr)  # noqa: T201
    return code


def _run(command: Sequence[str], environ: dict[str, str], out: int, err: int) -> int:
    try:
        done = subprocess.run(
            list(command),
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env=environ,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        _note(err, f"{command[0]}: {system_reason(error)}")
        return 127
    return 128 - done.returncode if done.returncode < 0 else done.returncode


def _note(file: int, line: str) -> None:
    os.write(file, f"{line}\n".encode("utf-8", "replace"))


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

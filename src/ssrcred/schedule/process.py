"""Runs another program for a while and no longer, without a terminal, and says what came of it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

TIMED_OUT: Final = 124
"""The exit code of what was stopped because it took too long, as the program timeout(1) gives it."""
NOT_STARTED: Final = 127
"""The exit code where the program is not there, as sh(1) gives it."""
GRACE_SECONDS: Final = 1.0
QUICK_SECONDS: Final = 60.0
"""Longer than any scheduler's own tool takes to answer."""


@dataclass(frozen=True)
class RunResult:
    """What came of one run: its exit code, both outputs as text, and `how` it was run, as words for a person."""

    exit_code: int
    stdout: str
    stderr: str
    how: str = ""
    raw: bytes = field(default=b"", repr=False, compare=False)
    """Standard output as it came."""


Call = Callable[..., RunResult]
"""Runs a program as `call` below does; a test puts a scheduler that this machine does not have in its place."""


def call(
    argv: Sequence[str],
    environ: Mapping[str, str],
    limit_seconds: float,
    *,
    folder: Path | None = None,
    given: bytes | None = None,
) -> RunResult:
    """Run `argv` in `folder` with this environment and `given` on standard input; never raises for what it does.

    It is in a session of its own, so that nothing in it finds a terminal, and all of it ends with the limit.
    """
    try:
        process = subprocess.Popen(
            list(argv),
            stdin=subprocess.DEVNULL if given is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(environ),
            cwd=folder,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        return RunResult(NOT_STARTED, "", f"{argv[0]}: {error.strerror}\n")
    try:
        out, err = process.communicate(given, timeout=limit_seconds)
        code = process.returncode
    except subprocess.TimeoutExpired:
        out, err = _stopped(process)
        code = TIMED_OUT
        err += f"Stopped, because it had not ended after {limit_seconds:g} seconds.\n".encode()
    # A signal is told as sh(1) tells it.
    return RunResult(128 - code if code < 0 else code, _text(out), _text(err), raw=out)


def _stopped(process: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    """Stop it with its children, one of which would hold the pipes open, and give what it said."""
    if os.name == "nt":
        process.kill()
    else:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    try:
        return process.communicate(timeout=GRACE_SECONDS)
    except subprocess.TimeoutExpired as held:
        # A child that went into a session of its own is out of reach, and is not waited for.
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
        process.wait(GRACE_SECONDS)
        return held.stdout or b"", held.stderr or b""


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace").replace("\r\n", "\n")

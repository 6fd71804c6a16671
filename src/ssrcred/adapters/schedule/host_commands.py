"""The machine as a scheduler sees it: its user, folders and programs; runs a program with a time limit."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import sleep
from typing import Final, NoReturn, Self, TypeVar

from ssrcred.adapters.atomic_file import READABLE, replace_file
from ssrcred.domain.errors import ConfigInvalid, UsageWrong, system_reason

# The exit code of what was stopped because it took too long, as the program timeout(1) gives it.
TIMED_OUT: Final = 124
# The exit code where the program is not there, as sh(1) gives it.
NOT_STARTED: Final = 127
GRACE_SECONDS: Final = 1.0
LOOK_SECONDS: Final = 0.25
# Longer than any scheduler's own tool takes to answer.
QUICK_SECONDS: Final = 60.0
UNTOUCHED: Final = "Nothing was changed."
UNSURE: Final = "The jobs may not be set up, or only some of them."
T = TypeVar("T")


@dataclass(frozen=True)
class RunResult:
    """What came of one run: its exit code, both outputs as text, and `how` it was run, as words for a person."""

    exit_code: int
    stdout: str
    stderr: str
    how: str = ""
    # Standard output as it came.
    raw: bytes = field(default=b"", repr=False, compare=False)


# Runs a program as `call` below does; a test puts a scheduler that this machine does not have in its place.
Call = Callable[..., RunResult]


def call(
    argv: Sequence[str],
    environ: Mapping[str, str],
    limit_seconds: float,
    *,
    folder: Path | None = None,
    given: bytes | None = None,
) -> RunResult:
    """Run `argv` in `folder` with this environment and `given` on standard input; never raises for what it does."""
    # In a session of its own: nothing in it finds a terminal, and all of it can be stopped at the limit.
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
        return RunResult(NOT_STARTED, "", f"{argv[0]}: {system_reason(error)}\n")
    try:
        out, err = process.communicate(given, timeout=limit_seconds)
        code = process.returncode
    except subprocess.TimeoutExpired:
        out, err = _stopped(process)
        code = TIMED_OUT
        err += f"Stopped after {limit_seconds:g} seconds.\n".encode()
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


def user_name() -> str:
    """The account's name."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no entry in the password file, as in some containers
        return "unknown"


def user_home() -> Path:
    """The account's own home folder."""
    # cron and launchd take it from the user's entry, not from the variable HOME.
    if sys.platform != "win32":
        import pwd

        with suppress(KeyError):
            return Path(pwd.getpwuid(os.getuid()).pw_dir)
    try:
        return Path.home()
    except RuntimeError:  # neither HOME nor an entry in the password file, as in some containers
        return Path("/")


@dataclass(frozen=True)
class Host:
    """What the schedulers need to know. `environ` is the caller's; `logs` is our folder for what jobs say.

    `root` stands before the system's own paths, for tests; `pause` waits between two looks at a job that runs.
    """

    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    logs: Path = field(default_factory=lambda: Path(tempfile.gettempdir()))
    user: str = field(default_factory=user_name)
    uid: int = field(default_factory=lambda: os.getuid() if hasattr(os, "getuid") else 0)
    user_home: Path = field(default_factory=user_home)
    platform: str = sys.platform
    root: Path = Path("/")
    call: Call = call
    pause: Callable[[float], None] = sleep

    def ask(self, *argv: str, given: bytes | None = None) -> RunResult:
        """Run one of the scheduler's own programs in our environment, with a limit."""
        found = shutil.which(argv[0], path=self.environ.get("PATH", os.defpath))
        # LC_ALL: the few answers that are read are read in English.
        return self.call((found or argv[0], *argv[1:]), {**self.environ, "LC_ALL": "C"}, QUICK_SECONDS, given=given)

    def tell(self, *argv: str, given: bytes | None = None) -> None:
        """Run one of the scheduler's own programs that has to succeed. Raises UsageWrong or ConfigInvalid."""
        refuse(argv, self.ask(*argv, given=given))

    def watch(self, limit_seconds: float, look: Callable[[], T | None]) -> T | None:
        """What `look` sees as soon as it sees something; None when it did not within the limit."""
        for _ in range(max(1, int(limit_seconds / LOOK_SECONDS))):
            if (seen := look()) is not None:
                return seen
            self.pause(LOOK_SECONDS)
        return None


def refuse(argv: Sequence[str], done: RunResult) -> None:
    """Raise UsageWrong where a scheduler's program is not there, ConfigInvalid with what it said where it failed."""
    if done.exit_code == 0:
        return
    if done.exit_code == NOT_STARTED:
        raise UsageWrong(
            f"The program {argv[0]} is not installed on this machine.",
            state=UNTOUCHED,
            hint="Use another scheduler: ssrcred schedule --with NAME. For the names: ssrcred schedule --help",
        )
    said = " ".join((done.stderr or done.stdout).split())[:300]
    raise ConfigInvalid(
        f"The scheduler failed ({' '.join(argv[:3])}): {said or 'no reason given'}",
        state=UNSURE,
        hint="To see what is set up: ssrcred schedule. When the cause is fixed, run the same command again.",
    )


class ResultFolder:
    """A private folder into which a job that somebody else started puts its outcome (see job_runner.py, `--into`)."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._kept = tempfile.TemporaryDirectory(prefix="ssrcred-once-", ignore_cleanup_errors=True)
        self.folder = Path(self._kept.name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._kept.cleanup()

    def wait(self, limit_seconds: float, how: str) -> RunResult:
        """What came of the job, or TIMED_OUT when nothing did in time."""
        ended = self.folder / "exit"
        code = self._host.watch(limit_seconds, lambda: int(ended.read_text("ascii")) if ended.exists() else None)
        stdout, stderr = (_text(read(self.folder / name) or b"") for name in ("out", "err"))
        if code is None:
            return RunResult(TIMED_OUT, stdout, f"{stderr}It did not end within {limit_seconds:g} seconds.\n", how)
        return RunResult(code, stdout, stderr, how)


def save(path: Path, content: bytes) -> None:
    """Write a whole file in place of the one before it, or nothing. Raises ConfigInvalid."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, content, mode=READABLE)
    except OSError as error:
        raise unwritable(path, error) from None


def read(path: Path) -> bytes | None:
    """What is in a file, or None where there is none. Raises ConfigInvalid."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise unwritable(path, error) from None


def unwritable(path: Path, error: OSError) -> ConfigInvalid:
    """The error of a file that cannot be read, written or deleted."""
    return ConfigInvalid(
        f"{path}: {system_reason(error)}.",
        state=UNSURE,
        hint="Run it as the user who owns that file (root for the system's timers).",
    )


def refuse_to_replace(what: str, where: str = "") -> NoReturn:
    """Raise ConfigInvalid for something in the place of ours that is not ours."""
    raise ConfigInvalid(
        f"{what} exists already, and ssrcred did not create it.",
        state=UNTOUCHED,
        hint=f"Check it{where}, and move it away if nobody needs it. Then run the same command again.",
    )

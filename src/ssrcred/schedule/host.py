"""The machine as a scheduler sees it: whose job it is, where files go, which programs there are."""

from __future__ import annotations

import getpass
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import sleep
from typing import TypeVar

from ssrcred.atomic_file import replace_file
from ssrcred.errors import ConfigInvalid, UsageWrong
from ssrcred.schedule.process import NOT_STARTED, QUICK_SECONDS, Call, RunResult, call

UNTOUCHED = "Nothing was changed."


LOOK_SECONDS = 0.25
T = TypeVar("T")


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
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
    user: str = field(default_factory=_user)
    uid: int = field(default_factory=lambda: os.getuid() if hasattr(os, "getuid") else 0)
    user_home: Path = field(default_factory=user_home)
    platform: str = sys.platform
    root: Path = Path("/")
    call: Call = call
    pause: Callable[[float], None] = sleep

    def has(self, program: str) -> bool:
        """Whether a program is on this machine."""
        return self._program(program) is not None

    def _program(self, name: str) -> str | None:
        return shutil.which(name, path=self.environ.get("PATH", os.defpath))

    def ask(self, *argv: str, given: bytes | None = None) -> RunResult:
        """Run one of the scheduler's own programs in our environment, with a limit."""
        found = self._program(argv[0])
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
            f"The program {argv[0]} is not on this machine.",
            state=UNTOUCHED,
            hint="Choose another scheduler: ssrcred schedule --with NAME. The names are in: ssrcred schedule --help",
        )
    said = " ".join((done.stderr or done.stdout).split())[:300]
    raise ConfigInvalid(
        f"The scheduler refused ({' '.join(argv[:3])}): {said or 'it gave no reason'}",
        state="The jobs are perhaps not set up, or only some of them.",
        hint="To see what is set up: ssrcred schedule. The same command can be run again when the reason is gone.",
    )


def save(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Write a whole file in place of the one before it, or nothing. Raises ConfigInvalid."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, content, mode=mode)
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
        f"{path}: {error.strerror}.",
        state="The jobs are perhaps not set up, or only some of them.",
        hint="Run it as the user whose file that is; for the whole system's timers that is root.",
    )

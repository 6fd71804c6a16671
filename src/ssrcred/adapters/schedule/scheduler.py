"""A job that a scheduler starts, and the interface of all schedulers."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from ssrcred.adapters.schedule.host_commands import UNTOUCHED, RunResult, user_home
from ssrcred.domain.errors import UsageWrong

HOME: Final = "SSRCRED_HOME"
REMIND: Final = "remind"
VERIFY: Final = "verify"
# In the order in which they run: what a verify finds is in the reminder an hour later.
NAMES: Final = (VERIFY, REMIND)
# The jitter: a thousand machines do not call the portal in the same minute.
SPREAD_MINUTES: Final = 30
# Longer than a county office's thousand LEAs take; a job that is still running then hangs.
LIMIT_SECONDS: Final = 4 * 3600
MONDAY: Final = 0

TITLES: Final = {REMIND: "Remind the people who renew TOMS credentials", VERIFY: "Check that TOMS credentials work"}

# The exit codes beside 0 after which a job counts as run well: it did its work and has something to say.
#
# 8 is "try again later", which the next run does, and 10 is a rotation that a person has to go on with. 7 (the pair is
# refused) is a failure that somebody has to see today. 1 is a warning of `status` only; here it is a bug, so a failure.
WARNINGS: Final[Mapping[str, tuple[int, ...]]] = {REMIND: (), VERIFY: (8, 10)}


@dataclass(frozen=True)
class Job:
    """One command to be run every day, or every week on `weekday` (Monday is 0), at a local time of day.

    `argv` begins with an absolute path; `environ` is what the job needs beside what the scheduler gives it.
    """

    name: str
    argv: tuple[str, ...]
    hour: int
    minute: int
    weekday: int | None = None
    environ: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for text in (*self.argv, *self.environ.values()):
            refuse_control(text)

    def logged(self, folder: Path, *more: str) -> tuple[str, ...]:
        """The command line that runs it and keeps what it says in `folder`; `more` words are job_runner.py's."""
        fine = ("--fine", ",".join(map(str, self.warnings))) if self.warnings else ()
        return logged("--log", str(folder / f"{self.name}.log"), *fine, *more, "--", *self.argv)

    @property
    def title(self) -> str:
        """What it does, as a short line for people."""
        return TITLES[self.name]

    @property
    def warnings(self) -> tuple[int, ...]:
        """The exit codes beside 0 that are no failure."""
        return WARNINGS[self.name]

    def ended_well(self, exit_code: int) -> bool:
        """Whether a run with this exit code counts as run well."""
        return exit_code == 0 or exit_code in self.warnings

    @property
    def when(self) -> str:
        """When it runs, in words."""
        days = "every day" if self.weekday is None else "every Monday"
        last = self.minute + SPREAD_MINUTES
        return f"{days} between {self.hour:02}:{self.minute:02} and {self.hour:02}:{last:02}"


@dataclass(frozen=True)
class Piece:
    """One text that a scheduler keeps: `where` it is, the `text` that is wanted, and what is `present` of ours now."""

    where: str
    text: str
    present: str | None

    @property
    def same(self) -> bool:
        """Whether what is there is what is wanted."""
        return self.text == self.present


class Scheduler(Protocol):
    """Starts jobs. Every method may raise UsageWrong (not on this machine) or ConfigInvalid (it refused)."""

    @property
    def kind(self) -> str:
        """Its name on the command line: cron, systemd-user, …"""

    def present(self) -> bool:
        """Whether anything of ours is set up here. A scheduler that is not on this machine has nothing."""

    def pieces(self, jobs: Sequence[Job]) -> tuple[Piece, ...]:
        """What it would install for these jobs, beside what is there."""

    def install(self, jobs: Sequence[Job]) -> None:
        """Set up these jobs and no other of ours; doing it again changes nothing. Others' lines stay as they are."""

    def remove(self) -> bool:
        """Take away what is ours and nothing else; says whether there was anything."""

    def run(self, job: Job, limit_seconds: float) -> RunResult:
        """Start an installed job now, the way the scheduler does, wait for it, and say what came of it."""

    def try_out(self, argv: Sequence[str], limit_seconds: float) -> RunResult:
        """Run any command once in the environment that the scheduler gives its jobs; installs nothing that stays."""

    def notes(self) -> tuple[str, ...]:
        """What a person has to know about jobs here: where the output goes, and what keeps them from running."""


def program(*words: str) -> tuple[str, ...]:
    """The command line of this very ssrcred, which does not depend on PATH or on the folder that it is run in."""
    # Not its real path: a virtual environment is known by the link. -P keeps the working folder's files out.
    return (os.path.abspath(sys.executable), "-P", "-m", "ssrcred", *words)


def logged(*words: str) -> tuple[str, ...]:
    """The command line that runs another for a scheduler that keeps no output (see job_runner.py for its words)."""
    for word in words:  # the log's own folder is among them, and a line break in it would begin a line of its own
        refuse_control(word)
    return (os.path.abspath(sys.executable), "-P", "-m", "ssrcred.schedule.logged", *words)


def jobs(
    names: Iterable[str],
    *,
    hour: int,
    weekly_verify: bool,
    environ: Mapping[str, str],
    verify_words: Sequence[str] = (),
) -> tuple[Job, ...]:
    """The jobs of these names: verify, with `verify_words`, in the `hour` (local, 0 to 23), remind in the next."""
    plan = {VERIFY: (hour, MONDAY if weekly_verify else None, verify_words), REMIND: ((hour + 1) % 24, None, ())}
    wanted = set(names)
    return tuple(
        Job(name, program(name, "--all", "--no-input", *words), at, 0, day, environ)
        for name, (at, day, words) in plan.items()
        if name in wanted
    )


def minute_of(*seeds: str) -> int:
    """A minute within the spread that is always the same for these words, for schedulers without a jitter."""
    digest = hashlib.sha256("\n".join(seeds).encode("utf-8", "surrogateescape")).digest()
    return int.from_bytes(digest[:8]) % SPREAD_MINUTES


def carried(
    environ: Mapping[str, str], account_home: Path | None = None, platform: str = sys.platform
) -> dict[str, str]:
    """Return what a job needs of this environment: where its files are, and which certificates it trusts; no secret.

    `account_home` is the home that schedulers give a job: the account's own, whatever HOME says here.
    """
    # Not a proxy: its address may hold a password, and other users of this machine can read these values.
    found = {} if environ.get(HOME) else _elsewhere(environ, account_home or user_home(), platform)
    for name in (HOME, "SSL_CERT_FILE", "SSL_CERT_DIR"):
        places = environ.get(name, "")
        # SSL_CERT_DIR may name several.
        parts = places.split(os.pathsep) if name == "SSL_CERT_DIR" else [places]
        if whole := [str(Path(os.path.expanduser(part)).absolute()) for part in parts if part]:
            found[name] = os.pathsep.join(whole)
    return found


def _elsewhere(environ: Mapping[str, str], account_home: Path, platform: str) -> dict[str, str]:
    """The variables by which a job finds files that are not where it would look by itself; {} where they are there."""
    if platform == "win32":
        return {}
    home = Path(environ.get("HOME") or account_home)
    if platform == "darwin":
        below = "Library/Application Support/ssrcred"
        return {} if home == account_home else {HOME: str(home / below)}
    found = {}
    for name, below in (("XDG_CONFIG_HOME", ".config"), ("XDG_DATA_HOME", ".local/share")):
        named = environ.get(name, "")
        folder = Path(named) if os.path.isabs(named) else home / below
        if folder != account_home / below:
            found[name] = str(folder)
    return found


def refuse_control(text: str) -> None:
    """Raise UsageWrong for a character that no scheduler's file can carry."""
    if any(ord(one) < 32 or ord(one) == 127 or 0xD800 <= ord(one) <= 0xDFFF for one in text):
        raise UsageWrong(
            "A path contains a control character or one that is not text, which no scheduler accepts.",
            state=UNTOUCHED,
            hint="Install ssrcred, or move its files (SSRCRED_HOME), to a folder with an ordinary name.",
        )

"""What every scheduler can do, and what it would install, so that it can be shown before it is."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Protocol, Self

from ssrcred.adapters.schedule.host import TIMED_OUT, UNTOUCHED, Host, RunResult, read
from ssrcred.adapters.schedule.job import Job
from ssrcred.domain.errors import ConfigInvalid


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


class Mailbox:
    """A private folder into which a job that somebody else started puts what came of it (see logged.py, `--into`)."""

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
        out, err = (read(self.folder / name) or b"" for name in ("out", "err"))
        stdout, stderr = (one.decode("utf-8", "replace").replace("\r\n", "\n") for one in (out, err))
        if code is None:
            return RunResult(TIMED_OUT, stdout, f"{stderr}It had not ended after {limit_seconds:g} seconds.\n", how)
        return RunResult(code, stdout, stderr, how)


def refuse_to_replace(what: str, where: str = "") -> NoReturn:
    """Raise ConfigInvalid for something in the place of ours that is not ours."""
    raise ConfigInvalid(
        f"{what} is there already, and was not made by ssrcred.",
        state=UNTOUCHED,
        hint=f"Look at it{where}, and move it away if nobody needs it. Then run the same command again.",
    )

"""What every scheduler can do, and what it would install, so that it can be shown before it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ssrcred.schedule.job import Job
from ssrcred.schedule.process import RunResult


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

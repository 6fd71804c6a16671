"""A folder into which a job that somebody else started puts what came of it (see logged.py, `--into`)."""

from __future__ import annotations

import tempfile
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from ssrcred.schedule.host import Host
from ssrcred.schedule.process import TIMED_OUT, RunResult

LOOK_SECONDS: Final = 0.25


class Mailbox:
    """A private folder that is deleted on leaving; `wait` looks into it until the job has ended."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._kept = tempfile.TemporaryDirectory(prefix="ssrcred-once-", ignore_cleanup_errors=True)
        self.folder = Path(self._kept.name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._kept.cleanup()

    def wait(self, limit_seconds: float, how: str) -> RunResult:
        """What came of the job, or TIMED_OUT when nothing did in time."""
        looks = max(1, int(limit_seconds / LOOK_SECONDS))
        for _ in range(looks):
            if (self.folder / "exit").exists():
                code = int((self.folder / "exit").read_text("ascii"))
                return RunResult(code, self._text("out"), self._text("err"), how)
            self._host.pause(LOOK_SECONDS)
        told = f"{self._text('err')}It had not ended after {limit_seconds:g} seconds.\n"
        return RunResult(TIMED_OUT, self._text("out"), told, how)

    def _text(self, name: str) -> str:
        path = self.folder / name
        return path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n") if path.exists() else ""

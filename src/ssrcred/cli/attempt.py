"""Runs checks beside each other, each in a thread and bounded in time, so that none hides or delays another."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final

from ssrcred import finding
from ssrcred.errors import SsrcredError, Unreachable
from ssrcred.finding import Finding

LIMIT_S: Final = 20.0
"""Seconds that one check may take; the keyring's own limit (10) and a site's (10) are below it."""
AT_ONCE: Final = 32
ALL_S: Final = 240.0
"""Seconds for one lot of checks together: a county whose network is down would wait for each of its portals."""

Look = Callable[[], list[Finding]]


@dataclass(frozen=True)
class Check:
    """One check: its name in the document, what looks, and of which kind the problem is when that takes too long.

    It may raise what a door raises.
    """

    name: str
    look: Look
    late: type[SsrcredError] = Unreachable


@dataclass
class _Attempt:
    """A check under way. Its thread is left behind when the time is up, and ends with the program."""

    check: Check
    found: list[Finding] = field(default_factory=list)
    error: BaseException | None = None

    def start(self) -> threading.Thread:
        thread = threading.Thread(target=self._run, name=f"ssrcred-doctor-{self.check.name}", daemon=True)
        thread.start()
        return thread

    def result(self, *, late: bool) -> list[Finding]:
        name = self.check.name
        if late:
            words = "This check did not come to an end in time, and was given up."
            return [finding.problem(name, self.check.late, words, "ssrcred doctor")]
        if isinstance(self.error, SsrcredError):
            return [finding.stopped_by(name, self.error)]
        if self.error is not None:
            words = f"This check met something that nobody foresaw: {type(self.error).__name__}."
            return [finding.problem(name, SsrcredError, words, "Report this line to the makers of ssrcred.")]
        return self.found

    def _run(self) -> None:
        with self:
            self.found = self.check.look()

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        # All of it, whatever it is: one check that breaks must not hide the others, nor print what it held.
        self.error = error
        return True


def gather(
    checks: Sequence[Check], *, limit_s: float = LIMIT_S, at_once: int = AT_ONCE, all_s: float = ALL_S
) -> list[list[Finding]]:
    """What each check found, in their order, `at_once` of them beside each other. One that is late is a problem.

    Once `all_s` seconds have gone by no more is begun, and what is left was not tried.
    """
    found: list[list[Finding]] = []
    end = time.monotonic() + all_s
    for start in range(0, len(checks), at_once):
        if time.monotonic() > end:
            words = "There was no time left: too many checks before this one were not answered."
            found += [[finding.not_tried(check.name, words, "ssrcred doctor --lea NAME")] for check in checks[start:]]
            break
        attempts = [_Attempt(check) for check in checks[start : start + at_once]]
        deadline = time.monotonic() + limit_s
        threads = [attempt.start() for attempt in attempts]
        for attempt, thread in zip(attempts, threads, strict=True):
            thread.join(max(0.0, deadline - time.monotonic()))
            found.append(attempt.result(late=thread.is_alive()))
    return found

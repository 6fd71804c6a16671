"""Runs checks beside each other, each in a thread and bounded in time, so that none hides or delays another."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import Final

from ssrcred.domain import finding
from ssrcred.domain.errors import SsrcredError, Unreachable
from ssrcred.domain.finding import Finding
from ssrcred.domain.time_limit import Task

LIMIT_S: Final = 20.0
"""Seconds that one check may take; the keyring's own limit (10) and a site's (10) are below it."""
AT_ONCE: Final = 32
ALL_S: Final = 240.0
"""Seconds for one lot of checks together: a county whose network is down would wait for each of its portals."""


@dataclass(frozen=True)
class Check:
    """One check: its name in the document, what looks, and of which kind the problem is when that takes too long.

    It may raise what a door raises.
    """

    name: str
    look: Callable[[], list[Finding]]
    late: type[SsrcredError] = Unreachable


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
        begun = [(check, Task(check.look, f"ssrcred-doctor-{check.name}")) for check in checks[start : start + at_once]]
        wait([future for _, future in begun], limit_s)
        found += [_found(check, future) for check, future in begun]
    return found


def _found(check: Check, future: Future[list[Finding]]) -> list[Finding]:
    if not future.done():
        words = "This check did not come to an end in time, and was given up."
        return [finding.problem(check.name, check.late, words, "ssrcred doctor")]
    error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, SsrcredError):
        return [finding.stopped_by(check.name, error)]
    # Its kind only: one check that breaks must not hide the others, nor print what it held.
    words = f"This check met something that nobody foresaw: {type(error).__name__}."
    return [finding.problem(check.name, SsrcredError, words, "Report this line to the makers of ssrcred.")]

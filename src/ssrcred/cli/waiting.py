"""Waits, visibly, for a portal that remembers its settings for some minutes: tries again what is only read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from ssrcred.cli.session import Session

T = TypeVar("T")

FIRST_S: Final = 10
GROWTH: Final = 1.5
LONGEST_S: Final = 120


def pauses(minutes: int) -> Iterator[int]:
    """Seconds between two tries, growing, that together are `minutes`."""
    left, pause = minutes * 60, FIRST_S
    while left > 0:
        # What would be left over is waited for in one go: a try a second after another is of no use.
        chosen = left if left < pause + FIRST_S else pause
        yield chosen
        left -= chosen
        pause = min(LONGEST_S, int(pause * GROWTH))


def wait(session: Session, minutes: int, first: T, hopeful: Callable[[T], bool], retry: Callable[[T], T]) -> T:
    """`first`, or what came of trying again while there is hope and time. Ctrl-C ends it with what is known."""
    last, left = first, minutes * 60
    try:
        for pause in pauses(minutes):
            if not hopeful(last):
                break
            _count_down(session, pause, left)
            left -= pause
            last = retry(last)
    except KeyboardInterrupt:
        session.say("You ended the waiting. This is what is known:")
    return last


def _count_down(session: Session, seconds: int, left: int) -> None:
    sleep, stderr = session.machine.sleep, session.machine.stderr
    if not session.terminal or session.json:
        sleep(seconds)
        return
    shown = 0
    try:
        for second in range(seconds, 0, -1):
            line = f"  Not yet. The next try is in {second} s; {_span(left - seconds + second)} left. Ctrl-C ends it."
            stderr.write(f"\r{line.ljust(shown)}")
            stderr.flush()
            shown = len(line)
            sleep(1)
    finally:
        stderr.write(f"\r{' ' * shown}\r")
        stderr.flush()


def _span(seconds: int) -> str:
    return f"{seconds // 60} min {seconds % 60:02} s"

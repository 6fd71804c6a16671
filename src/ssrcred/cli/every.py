"""Does one thing for every LEA side by side: none holds up another, and what is done when somebody stops it is kept."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from ssrcred.cli.run import told_of_bug
from ssrcred.cli.turnstile import Turnstile
from ssrcred.errors import SsrcredError, Unreachable

T = TypeVar("T")

PER_WORKER: Final = 4
"""LEAs under way for each that may ask one host: most of them wait for their turn, or for a slow portal."""
PATIENCE_S: Final = 300.0
"""Seconds of work after which an LEA is given up. A portal's bounds allow a visit longer than anybody waits here."""
LOOK_S: Final = 0.2
"""Seconds between two looks; on Windows a wait without end cannot be stopped with Ctrl-C."""


@dataclass(frozen=True)
class Ended(Generic[T]):
    """How it ended for one LEA, by its key: what came of it, or what stood in the way."""

    lea: str
    outcome: T | SsrcredError


def side_by_side(
    leas: Sequence[str], deed: Callable[[str], T], turnstile: Turnstile, *, patience: float = PATIENCE_S
) -> Iterator[Ended[T]]:
    """Do `deed` for each LEA, by its key, and give each end as it comes.

    A deed raises SsrcredError; anything else is a bug, which ends that LEA with exit code 1 and hides no other. One
    that is at work for longer than `patience` seconds, waiting for its turns left aside, ends as Unreachable; its
    turns go to others, and its thread is left behind and dies with the program. Stopped in between (Ctrl-C, or by
    closing the iterator), no other LEA is begun.
    """
    work = _Work(leas, deed, turnstile)
    for number in range(min(turnstile.per_host * PER_WORKER, len(leas))):
        # Threads of our own: a pool's are waited for when the program ends, however long theirs takes.
        threading.Thread(target=work.run, name=f"ssrcred-lea-{number}", daemon=True).start()
    waited_for = set(leas)
    try:
        while waited_for:
            for lea in work.overdue(patience) & waited_for:
                # Somebody has to take the place of the thread that may never come back.
                threading.Thread(target=work.run, name="ssrcred-lea-more", daemon=True).start()
                waited_for.discard(lea)
                yield Ended(lea, _too_late(lea, patience))
            try:
                ended = work.ends.get(timeout=LOOK_S)
            except queue.Empty:
                continue
            if ended.lea in waited_for:
                waited_for.discard(ended.lea)
                yield ended
    finally:
        work.stop()


class _Work(Generic[T]):
    """The LEAs that wait, those under way since when, and the ends."""

    def __init__(self, leas: Sequence[str], deed: Callable[[str], T], turnstile: Turnstile) -> None:
        self.ends: queue.SimpleQueue[Ended[T]] = queue.SimpleQueue()
        self._deed = deed
        self._turnstile = turnstile
        self._lock = threading.Lock()
        self._waiting = list(reversed(leas))
        self._since: dict[str, float] = {}

    def run(self) -> None:
        while (lea := self._next()) is not None:
            with _Told(self.ends, lea) as told:
                told.end = Ended(lea, self._deed(lea))
            with self._lock:
                overdue = self._since.pop(lea, None) is None
            if overdue:
                return  # another thread has taken this one's place

    def _next(self) -> str | None:
        with self._lock:
            if not self._waiting:
                return None
            lea = self._waiting.pop()
            self._since[lea] = self._turnstile.clock()
            return lea

    def overdue(self, patience: float) -> set[str]:
        """Those at work for longer than that; they are no longer under way, and wait for no turn."""
        with self._lock:
            now = self._turnstile.clock()
            late = {lea for lea, since in self._since.items() if now - since - self._turnstile.waited(lea) > patience}
            for lea in late:
                del self._since[lea]
                self._turnstile.leave(lea)
            return late

    def stop(self) -> None:
        with self._lock:
            self._waiting.clear()


class _Told(Generic[T]):
    """Puts the end of one deed among the ends, whatever it is: a thread has nobody to raise to."""

    def __init__(self, ends: queue.SimpleQueue[Ended[T]], lea: str) -> None:
        self._ends = ends
        self._lea = lea
        self.end: Ended[T] | None = None

    def __enter__(self) -> _Told[T]:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if isinstance(error, SsrcredError):
            self._ends.put(Ended(self._lea, error))
        elif error is not None:
            self._ends.put(Ended(self._lea, _unforeseen(self._lea, error)))
        elif self.end is not None:
            self._ends.put(self.end)
        return True


def _too_late(lea: str, patience: float) -> Unreachable:
    return Unreachable(
        f"This took longer than {patience:g} seconds and was given up.",
        state="What was recorded of this LEA until then stays; more is not known. No other LEA was held up.",
        hint=f"Do the same for this LEA alone: --lea {lea} in place of --all.",
    )


def _unforeseen(lea: str, error: BaseException) -> SsrcredError:
    return SsrcredError(
        f"ssrcred met something that nobody foresaw: {told_of_bug(error)}.",
        state="What was recorded of this LEA until then stays; more is not known. No other LEA was held up.",
        hint=f"To see where it stands: ssrcred status --lea {lea}. Please report this line to the makers of ssrcred.",
    )


SEVERITY: Final[Mapping[int, int]] = {code: rank for rank, code in enumerate((0, 8, 6, 2, 10, 9, 3, 5, 1, 7))}
"""Exit codes from best to worst when many LEAs end differently: a pair that is refused is before everything else."""


def severity(code: int) -> int:
    """The rank of an exit code among those of all LEAs; the highest is the worst."""
    return SEVERITY.get(code, SEVERITY[1])

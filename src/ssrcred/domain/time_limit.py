"""Work that may take too long: in a thread of its own, which the program neither waits for nor outlives."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, wait
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


class Task(Future[T]):
    """The future of `work`, which has begun in a thread of that name. What is given up goes on unheard."""

    def __init__(self, work: Callable[[], T], name: str) -> None:
        super().__init__()
        # Not a pool: at the program's end it would wait for its threads, however long they take.
        Thread(target=self._run, args=(work,), name=name, daemon=True).start()

    def _run(self, work: Callable[[], T]) -> None:
        try:
            self.set_result(work())
        except BaseException as error:  # noqa: BLE001  # the future raises it, where somebody sees it
            self.set_exception(error)

    def done_within(self, seconds: float) -> bool:
        """Whether it ends, well or badly, before the seconds are over."""
        return bool(wait([self], seconds).done)

"""Work in a thread that ends with the program: at its end a pool would wait for its threads, however long they take."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def begin(work: Callable[[], T], name: str) -> Future[T]:
    """Begin `work` in a thread of that name; what it gives or raises is the future's."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001  # the future raises it, where somebody sees it
            future.set_exception(error)

    Thread(target=run, name=name, daemon=True).start()
    return future

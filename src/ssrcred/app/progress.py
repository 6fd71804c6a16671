"""Shows at a terminal what is being waited for, and for how long: a slow portal takes minutes."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TextIO

from ssrcred.app.refused_sign_in import CarefulPortal
from ssrcred.domain.place import DISTRICT

if TYPE_CHECKING:
    from datetime import datetime

    from ssrcred.domain.credential import Credential, SecretKey
    from ssrcred.domain.evidence import Proof
    from ssrcred.workflows.workflow import Ports, Reports

# What takes no longer is not told.
DELAY_S: Final = 1.0
TICK_S: Final = 0.5
TEST_SAVE: Final = "a test save in the browser"
# Where the terminal does not say how wide it is.
COLUMNS: Final = 80


class Progress:
    """A line on `stream` that names all that is waited for, from any thread, and goes away again.

    It is shown once something has taken a second by the clock `now`, and drawn anew every `tick_s`.
    """

    def __init__(self, stream: TextIO, now: Callable[[], datetime], *, tick_s: float = TICK_S) -> None:
        self._stream, self._now, self._tick_s = stream, now, tick_s
        self._lock = threading.RLock()
        self._since: dict[str, datetime] = {}
        self._drawn = 0
        self._ticking = False

    @contextmanager
    def waiting_for(self, words: str) -> Iterator[None]:
        """Tell that `words` is waited for as long as the block lasts."""
        with self._lock:
            self._since[words] = self._now()
            if not self._ticking:
                self._ticking = True
                threading.Thread(target=self._tick, name="ssrcred-progress", daemon=True).start()
        try:
            yield
        finally:
            with self._lock:
                self._since.pop(words, None)
                self._erase()

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """Take the line away while something else is written."""
        with self._lock:
            self._erase()
            yield

    def _tick(self) -> None:
        while True:
            time.sleep(self._tick_s)
            with self._lock:
                if not self._since:
                    self._ticking = False
                    return
                self._draw((self._now() - min(self._since.values())).total_seconds())

    def _draw(self, seconds: float) -> None:
        if seconds < DELAY_S:
            return
        line = f"  Waiting for {' and '.join(self._since)}: {int(seconds)} s. Ctrl-C stops."
        width = COLUMNS
        with suppress(OSError, ValueError):
            width = os.get_terminal_size(self._stream.fileno()).columns or COLUMNS
        line = line[: width - 1]  # one that wraps could not be taken away
        self._stream.write(f"\r{line.ljust(self._drawn)}")
        self._stream.flush()
        self._drawn = len(line)

    def _erase(self) -> None:
        if self._drawn:
            self._stream.write(f"\r{' ' * self._drawn}\r")
            self._stream.flush()
            self._drawn = 0


def watched(progress: Progress, ports: Ports) -> Ports:
    """An LEA's ports, which tell `progress` what they wait for."""
    reports, rehearse = ports.reports, ports.rehearse
    # Not one more wrapper: commands need the portal itself, for what only it can tell.
    if isinstance(ports.portal, CarefulPortal):
        ports.portal.within = lambda what, place: progress.waiting_for(
            what.format("the district" if place == DISTRICT else place)
        )

    def rehearse_watched(places: Sequence[str], length: int | None) -> Mapping[str, tuple[int, int]]:
        with progress.waiting_for(TEST_SAVE):
            return rehearse(places, length) if rehearse is not None else {}

    return replace(
        ports,
        reports=reports and ReportsWithin(reports, lambda: progress.waiting_for("the state's service")),
        rehearse=rehearse and rehearse_watched,
    )


class ReportsWithin:
    """The state's service, each of its calls within a context that `within` gives."""

    def __init__(self, whole: Reports, within: Callable[[], AbstractContextManager[None]]) -> None:
        self._whole, self._within = whole, within

    def reach(self) -> None:
        """As the service itself."""
        with self._within():
            self._whole.reach()

    def prove(self, credential: Credential, ssid: SecretKey | None) -> Proof:
        """As the service itself."""
        with self._within():
            return self._whole.prove(credential, ssid)

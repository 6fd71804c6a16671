"""Bounds what one site may take of our time and memory, and how often it is asked again."""

from __future__ import annotations

import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, cast

import httpx

from ssrcred.adapters.web.answer import Answer
from ssrcred.adapters.web.trouble import NotConnected

if TYPE_CHECKING:
    from tenacity import Future, RetryCallState

# The compression that is requested, by its names. Nested compression can turn a few bytes into gigabytes.
GZIP: Final = frozenset({"gzip", "x-gzip"})


# Requests of a visit that may time out; after them the visit is over.
MOST_LATE: Final = 2


@dataclass(frozen=True)
class Limits:
    """How long (seconds) and how much (bytes after decompression) one site may take.

    `visit_seconds` bounds the time spent waiting for answers over the life of a `Site`, not the time between requests.
    The visit also ends with the second request that takes longer than `total_seconds`.
    """

    connect_seconds: float = 10.0
    read_seconds: float = 30.0
    total_seconds: float = 30.0
    max_bytes: int = 16 * 1024 * 1024
    max_hops: int = 5
    visit_seconds: float = 600.0


class Fuse:
    """Cuts the connection of one request when its time is up.

    httpx limits each read, so a site that sends one byte at a time would be waited for without end; a shut socket ends
    the read that is under way.
    """

    def __init__(self, seconds: float) -> None:
        self.blown = False
        self._sockets: list[socket.socket] = []
        self._timer = threading.Timer(max(seconds, 0), self._blow)
        self._timer.daemon = True  # a timer that still runs must not keep the program alive

    def __enter__(self) -> Fuse:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def watch(self, event: str, info: Mapping[str, object]) -> None:
        """httpcore's trace hook (its *Request extensions*): remember each socket as it is opened or wrapped."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._sockets.append(info["return_value"].get_extra_info("socket"))  # type: ignore[attr-defined]
            if self.blown:  # it was opened when the time was up already, and would be read from without end
                self._blow()

    def _blow(self) -> None:
        self.blown = True
        for opened in self._sockets:
            try:
                socket.socket.shutdown(opened, socket.SHUT_RDWR)  # not SSLSocket's own, which forgets its TLS first
            except OSError:
                continue


def unpacked(response: httpx.Response, coding: str, most: int) -> Iterator[bytes]:
    """An answer's content in parts of `most` bytes at most; httpx would unpack all that came at a time."""
    if response.is_stream_consumed:  # a transport that has the whole answer has unpacked it too
        yield from response.iter_bytes()
    elif coding not in GZIP:
        yield from response.iter_raw()
    else:
        unpacking = zlib.decompressobj(16 + zlib.MAX_WBITS)
        try:
            for packed in response.iter_raw():
                yield unpacking.decompress(packed, most)
        except zlib.error:
            raise httpx.DecodingError("") from None


CLOSED_FOR_NOW: Final = frozenset({429, 503})
PASSING: Final = frozenset({408, 429, 502, 503, 504})


@dataclass(frozen=True)
class Patience:
    """How often, and how many seconds in all over the life of a `Site`, it is waited to ask again.

    `sleep` waits that many seconds; `clock` gives aware UTC, for a Retry-After that is a date.
    """

    attempts: int = 3
    total_seconds: float = 20.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


class Waiting:
    """Asks again as a Patience allows; what was slept counts over the life of a site."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._left = patience.total_seconds

    def ask(self, once: Callable[[], Answer], *, reads: bool) -> Answer:
        """The first answer that is worth having, or the last one. Raises what `once` raised last."""
        import tenacity

        # Random, so that many computers that were sent away together do not come back together.
        pause = tenacity.wait_random_exponential(multiplier=1, max=5)
        jitter = tenacity.wait_random(0, 1)

        def wait(state: RetryCallState) -> float:
            future = cast("Future", state.outcome)
            wanted = None if future.failed else self._wanted(future.result())
            return pause(state) if wanted is None else wanted + jitter(state)

        def worth_asking_again(answer: Answer) -> bool:
            if reads:
                return answer.status in PASSING
            # A save is repeated only when the service itself says that it took nothing, and when to come back.
            return answer.status in CLOSED_FOR_NOW and self._wanted(answer) is not None

        retrying = tenacity.Retrying(
            sleep=self._sleep,
            wait=wait,
            stop=self._stops,
            retry=tenacity.retry_if_result(worth_asking_again) | tenacity.retry_if_exception_type(NotConnected),
            # The last answer, or its error as it was, without the library's own around it.
            retry_error_callback=lambda state: cast("Future", state.outcome).result(),
        )
        return retrying(once)

    def _wanted(self, answer: Answer) -> float | None:
        return answer.retry_after(self._patience.clock())

    def _stops(self, state: RetryCallState) -> bool:
        return state.attempt_number >= self._patience.attempts or state.upcoming_sleep > self._left

    def _sleep(self, seconds: float) -> None:
        self._left -= seconds
        self._patience.sleep(seconds)

"""Bounds what one site may take of our time and memory, where httpx itself would wait or unpack without end."""

from __future__ import annotations

import socket
import threading
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import httpx

GZIP: Final = frozenset({"gzip", "x-gzip"})
"""The packing that is asked for, by its names; one within another can turn a few bytes into a memory full of them."""


MOST_LATE: Final = 2
"""Requests of a visit that may run out of time; after them nothing is asked any more."""


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
        self._timer.daemon = True

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

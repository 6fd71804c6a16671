"""What is made to go wrong on request, per service, and how it looks to whoever calls.

| kind | what happens |
|---|---|
| down | every answer is 503, a page that says so |
| maintenance | every answer is 200, a page that says maintenance |
| refusing | nobody listens: connections are refused (done by the site itself) |
| resetting | the request is worked on; the connection breaks in the middle of the answer |
| slow | every answer waits first, until the fault is cleared |
| saves_nothing | SchoolWise says Saved, and keeps what it had |
| save_500 | SchoolWise saves, and answers 500 |
| save_lost | SchoolWise saves, and the connection breaks before the answer |
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import threading
import time
from collections.abc import Mapping
from contextlib import suppress

from aiohttp import web
from aiohttp.typedefs import Middleware

from ssrcred.practice.website import Handler, Pages

SERVICES = ("toms", "schoolwise", "service")
ANYWHERE = ("down", "maintenance", "refusing", "resetting", "slow")
SAVING = ("saves_nothing", "save_500", "save_lost")


def kinds(service: str) -> tuple[str, ...]:
    """The kinds of fault that a service can have."""
    return ANYWHERE + SAVING if service == "schoolwise" else ANYWHERE


HOST = "127.0.0.1"
# Turns of the loop in which whoever was accepted last becomes a connection that is known and can be closed.
ACCEPTING = 5


class Site:
    """One web application on one port, which it keeps even while it refuses connections."""

    def __init__(self, app: web.Application, listener: socket.socket) -> None:
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        self._listener = listener
        self._address = listener.getsockname()
        self._site: web.SockSite | None = None

    async def open(self) -> None:
        """Get ready, and listen."""
        await self._runner.setup()
        await self.admit()

    async def admit(self) -> None:
        """Accept connections."""
        if self._site is None:
            self._site = web.SockSite(self._runner, self._listener)
            await self._site.start()

    async def refuse(self) -> None:
        """Drop everybody and accept nobody; the port stays ours, as a bound socket that doesn't listen."""
        if self._site is not None:
            await self._site.stop()
            self._site = None
            self._listener = bound(self._address[1])
            for connection in self._runner.server.connections if self._runner.server else ():
                if connection.transport is not None:
                    connection.transport.abort()

    async def close(self) -> None:
        """Stop for good."""
        # asyncio loses a connection that it has accepted, but not yet given to a server, when that server closes.
        with suppress(NotImplementedError):  # Windows accepts in another way
            asyncio.get_running_loop().remove_reader(self._listener)
        for _ in range(ACCEPTING):
            await asyncio.sleep(0)
        await self._runner.cleanup()
        self._listener.close()


def bound(port: int) -> socket.socket:
    """A socket that has a port of 127.0.0.1, and doesn't listen yet."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name != "nt":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
    except OSError:
        listener.close()
        raise
    return listener


class Faults:
    """The faults in force, and every request that reached a service whole, in order; safe to use from any thread."""

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self.sites: Mapping[str, Site] = {}
        self._now: dict[tuple[str, str], float] = {}
        self.requests: list[tuple[str, str, str]] = []

    async def set(self, service: str, kind: str, seconds: float) -> None:
        """Put a fault in force."""
        if service not in SERVICES or kind not in kinds(service):
            raise ValueError(f"{service!r} can't have the fault {kind!r}")
        self._now[service, kind] = seconds
        if kind == "refusing":
            await self.sites[service].refuse()

    async def clear(self) -> None:
        """Let everything work again."""
        self._now.clear()
        for site in self.sites.values():
            await site.admit()

    def has(self, service: str, kind: str) -> bool:
        """Whether a fault is in force."""
        return (service, kind) in self._now

    def listed(self) -> list[tuple[str, str, float]]:
        """All faults in force: service, kind, seconds."""
        with self._lock:
            return [(service, kind, seconds) for (service, kind), seconds in sorted(self._now.items())]

    def middleware(self, service: str, pages: Pages) -> Middleware:
        """What stands before a service, notes each request and applies the faults."""

        @web.middleware
        async def apply(request: web.Request, handler: Handler) -> web.StreamResponse:
            try:
                await request.post()  # noted when it is whole: of a form that breaks off nothing is done
                with self._lock:
                    self.requests.append((service, request.method, request.path))
                    end = time.monotonic() + self._now.get((service, "slow"), 0.0)
                while self.has(service, "slow") and time.monotonic() < end:
                    await asyncio.sleep(0.01)
                if self.has(service, "down"):
                    return pages.sorry(503)
                if self.has(service, "maintenance"):
                    return pages.sorry(200)
                if self.has(service, "resetting"):
                    return await _half(request, handler)
                return await handler(request)
            except ConnectionResetError:  # who asked has gone, as a window does that is closed; nobody needs to know
                return cut(request)

        return apply


async def _half(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let the request be worked on, send the beginning of an answer, and break off."""
    with suppress(web.HTTPException):
        await handler(request)
    answer = web.StreamResponse(headers={"Content-Type": "text/html", "Content-Length": "4096"})
    await answer.prepare(request)
    await answer.write(b"<!DOCTYPE html>\n<title>PRACTICE</title>\n")
    cut(request)
    return answer


def cut(request: web.Request) -> web.Response:
    """Break the connection off with a reset, so that no answer arrives."""
    if request.transport is not None:
        raw = request.transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh" if os.name == "nt" else "ii", 1, 0))
        request.transport.abort()
    return web.Response()

"""One practice site on one port, which it keeps even while it refuses connections."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Sequence
from contextlib import suppress

from aiohttp import web
from aiohttp.typedefs import Middleware

HOST = "127.0.0.1"
ACCEPTING = 5
"""Turns of the loop in which whoever was accepted last becomes a connection that is known and can be closed."""


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


def application(routes: Sequence[web.RouteDef], *middlewares: Middleware) -> web.Application:
    """An application with these addresses, behind these middlewares (the first is the outermost)."""
    app = web.Application(middlewares=middlewares)
    app.add_routes(routes)
    return app

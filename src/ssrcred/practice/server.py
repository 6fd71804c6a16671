"""Runs the practice district: four sites on four ports of 127.0.0.1, in a thread of their own.

A site keeps its port even while it refuses connections.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta

from aiohttp import web
from aiohttp.typedefs import Middleware

from ssrcred.practice import people
from ssrcred.practice.control import Control
from ssrcred.practice.district import Clock, District, Pair
from ssrcred.practice.fault import SERVICES, Faults
from ssrcred.practice.options import DISTRICT_PLACE, Options
from ssrcred.practice.page import Pages
from ssrcred.practice.schoolwise import SchoolWise, WebUsers
from ssrcred.practice.service import BASE, Service
from ssrcred.practice.toms import Toms

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


NAMES = ("toms", "schoolwise", "service", "control")
TITLES = ("TOMS", "SchoolWise", "SSR service", "Practice district")
COLORS = ("#1b4f72", "#1e6b3a", "#5b3a8c", "#7a3e00")
STARTED_DAYS_AGO = 350
PATIENCE = 10.0
Ports = tuple[int, int, int, int]


class Practice:
    """The practice district as tests and programs see it; every method may be called from any thread.

    `generate` is what the click on *Yes, Generate Credentials* does, `stored` and `put` what SchoolWise holds at
    "district" or at a school, without its pages; `advance` moves the clock, and `unlock` lets locked accounts in again.
    """

    def __init__(
        self, district: District, listeners: Sequence[socket.socket], idle: timedelta, lock_after: int
    ) -> None:
        urls = {name: f"http://{HOST}:{one.getsockname()[1]}" for name, one in zip(NAMES, listeners, strict=True)}
        self.toms_url = urls["toms"]
        self.schoolwise_url = urls["schoolwise"]
        self.service_url = urls["service"] + BASE
        self.control_url = urls["control"]
        self.accounts = people.accounts()
        self.test_ssid = people.STUDENTS[0].ssid
        self.ssid_without_report = next(one.ssid for one in people.STUDENTS if not one.reports)
        self.ssid_elsewhere = next(one.ssid for one in people.STUDENTS if not one.ours)
        self.district_name = people.DISTRICT
        self.cds = people.CDS
        self.schools = tuple(school.name for school in people.SCHOOLS)
        self.lock_after = lock_after
        self._district = district
        self._options = Options(district.lock)
        self._users = WebUsers(district.lock, district.now, lock_after)
        self._faults = Faults(district.lock)
        self.generate = district.generate
        self.advance = district.advance
        self.stored, self.put = self._options.stored, self._options.put
        self.unlock = self._users.unlock
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        apps = self._applications(urls, idle)
        self._sites = {name: Site(apps[name], one) for name, one in zip(NAMES, listeners, strict=True)}

    @property
    def pair(self) -> Pair | None:
        """The pair that the state would accept (unless it expired)."""
        return self._district.pair

    @property
    def settings(self) -> dict[str, tuple[str, ...]]:
        """Every other setting of SchoolWise, as posted, by tab and name."""
        return self._options.snapshot()

    @property
    def log_ins(self) -> list[tuple[str, bool]]:
        """Who tried to log in to SchoolWise, and whether it was accepted."""
        return [(one.username, one.accepted) for one in self._users.log_ins]

    @property
    def requests(self) -> list[tuple[str, str, str]]:
        """Every request that reached a service: service, method, path."""
        return list(self._faults.requests)

    def fault(self, service: str, kind: str, seconds: float = 0.0) -> None:
        """Make something go wrong from now on; see `fault.py` for the kinds."""
        self._wait(self._set_fault(service, kind, seconds))

    def clear_faults(self) -> None:
        """Let everything work again."""
        self._wait(self._clear_faults())

    async def _set_fault(self, service: str, kind: str, seconds: float) -> None:
        self._faults.set(service, kind, seconds)
        if kind == "refusing":
            await self._sites[service].refuse()

    async def _clear_faults(self) -> None:
        self._faults.clear()
        for site in self._sites.values():
            await site.admit()

    def _wait(self, work: Coroutine[None, None, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    def _applications(self, urls: dict[str, str], idle: timedelta) -> dict[str, web.Application]:
        now, faults = self._district.now, self._faults
        sites = zip(NAMES, TITLES, COLORS, strict=True)
        pages = {name: Pages(title, color, now) for name, title, color in sites}
        apply = {name: faults.middleware(name, pages[name]) for name in SERVICES}
        toms = Toms(self._district, pages["toms"])
        schoolwise = SchoolWise(self._users, self._options, faults, pages["schoolwise"], self.service_url, now, idle)
        service = Service(self._district, pages["service"])
        control = Control(
            self._district,
            self._options,
            self._users,
            faults,
            pages["control"],
            self._set_fault,
            self._clear_faults,
            urls,
        )
        return {
            "toms": application(toms.routes(), apply["toms"], pages["toms"].middleware, toms.middleware),
            "schoolwise": application(schoolwise.routes(), apply["schoolwise"], pages["schoolwise"].middleware),
            "service": application(service.routes(), apply["service"], service.middleware),
            "control": application(control.routes(), pages["control"].middleware),
        }

    def _run(self, ready: Future[None]) -> None:
        """The whole life of the sites, in their own thread."""
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve(ready))

    async def _serve(self, ready: Future[None]) -> None:
        try:
            for site in self._sites.values():
                await site.open()
            ready.set_result(None)
            await self._stop.wait()
        finally:
            for site in self._sites.values():
                await site.close()

    @contextmanager
    def _open(self) -> Iterator[None]:
        ready: Future[None] = Future()
        thread = threading.Thread(target=self._run, args=(ready,), name="practice district", daemon=True)
        thread.start()
        ready.result(PATIENCE)
        try:
            yield
        finally:
            self._loop.call_soon_threadsafe(self._stop.set)
            thread.join(PATIENCE)


@contextmanager
def running(
    seed: int = 7,
    clock: Clock | None = None,
    ports: Ports = (0, 0, 0, 0),
    lifetime_days: int = 365,
    new_username_each_time: bool = False,
    *,
    started: bool = False,
    idle_minutes: float = 20,
    lock_after: int = 3,
) -> Iterator[Practice]:
    """A practice district for as long as the `with` lasts; a port of 0 takes a free one.

    `started` begins with a pair that was generated 350 days ago and is stored at the district and at the second school,
    so that the yearly job is due soon.
    """
    district = District(
        seed=seed, clock=clock, lifetime_days=lifetime_days, new_username_each_time=new_username_each_time
    )
    with ExitStack() as until_taken:
        listeners = [until_taken.enter_context(bound(port)) for port in ports]
        practice = Practice(district, listeners, timedelta(minutes=idle_minutes), lock_after)
        if started:
            pair = district.generate(days_ago=STARTED_DAYS_AGO)
            for place in (DISTRICT_PLACE, practice.schools[1]):
                practice.put(place, pair)
        until_taken.pop_all()
    with practice._open():
        yield practice


def serve(
    ports: Ports = (8601, 8602, 8603, 8604),
    *,
    started: bool = True,
    on_ready: Callable[[Practice], None] = lambda _: None,
) -> None:
    """Run a practice district in the foreground until Ctrl-C, with keys that nobody has seen before."""
    with running(seed=secrets.randbits(64), ports=ports, started=started) as practice:
        try:
            on_ready(practice)
            while True:
                threading.Event().wait(1)
        except KeyboardInterrupt:
            return

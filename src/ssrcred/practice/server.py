"""Runs the practice district: four sites on four ports of 127.0.0.1, in a thread of their own.

A site keeps its port even while it refuses connections.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from datetime import timedelta

from aiohttp import web
from aiohttp.typedefs import Middleware

from ssrcred.practice import sample_data
from ssrcred.practice.control_page import Control
from ssrcred.practice.district import Clock, District, Pair
from ssrcred.practice.fault import HOST, SERVICES, Faults, Site, bound
from ssrcred.practice.schoolwise import DISTRICT_PLACE, Options, SchoolWise, WebUsers
from ssrcred.practice.ssr_service import BASE, Service
from ssrcred.practice.toms import Toms
from ssrcred.practice.website import Pages

# By name, what its pages are headed with and their color. The order is that of the ports.
SITES = {
    "toms": ("TOMS", "#1b4f72"),
    "schoolwise": ("SchoolWise", "#1e6b3a"),
    "service": ("SSR service", "#5b3a8c"),
    "control": ("Practice district", "#7a3e00"),
}
PATIENCE = 10.0
Ports = tuple[int, int, int, int]


class Practice:
    """The practice district as tests and programs see it; every method may be called from any thread.

    `generate` is what the click on *Yes, Generate Credentials* does, `stored` and `put` what SchoolWise holds at
    "district" or at a school, without its pages; `advance` moves the clock, and `unlock` unlocks accounts.
    """

    def __init__(
        self,
        district: District,
        listeners: Sequence[socket.socket],
        idle: timedelta,
        lock_after: int,
        *,
        measures: bool,
    ) -> None:
        urls = {name: f"http://{HOST}:{one.getsockname()[1]}" for name, one in zip(SITES, listeners, strict=True)}
        self.toms_url = urls["toms"]
        self.schoolwise_url = urls["schoolwise"]
        self.service_url = urls["service"] + BASE
        self.control_url = urls["control"]
        self.accounts = sample_data.Accounts()
        self.test_ssid = sample_data.STUDENTS[0].ssid
        self.ssid_without_report = next(one.ssid for one in sample_data.STUDENTS if not one.reports)
        self.ssid_elsewhere = next(one.ssid for one in sample_data.STUDENTS if not one.ours)
        self.district_name = sample_data.DISTRICT
        self.cds = sample_data.CDS
        self.schools = tuple(school.name for school in sample_data.SCHOOLS)
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
        apps = self._applications(urls, idle, measures)
        self._sites = {name: Site(apps[name], one) for name, one in zip(SITES, listeners, strict=True)}
        self._faults.sites = self._sites  # "refusing" closes one of them

    @property
    def pair(self) -> Pair | None:
        """The credentials that the state would accept (unless expired)."""
        return self._district.pair

    @property
    def settings(self) -> dict[str, tuple[str, ...]]:
        """Every other setting of SchoolWise, as posted, by tab and name."""
        return self._options.snapshot()

    @property
    def log_ins(self) -> list[tuple[str, bool]]:
        """Who tried to sign in to SchoolWise, and whether it was accepted."""
        return [(one.username, one.accepted) for one in self._users.log_ins]

    @property
    def requests(self) -> list[tuple[str, str, str]]:
        """Every request that reached a service: service, method, path."""
        return list(self._faults.requests)

    def fault(self, service: str, kind: str, seconds: float = 0.0) -> None:
        """Make something go wrong from now on; see `fault.py` for the kinds."""
        self._wait(self._faults.set(service, kind, seconds))

    def clear_faults(self) -> None:
        """Let everything work again."""
        self._wait(self._faults.clear())

    def _wait(self, work: Coroutine[None, None, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    def _applications(self, urls: dict[str, str], idle: timedelta, measures: bool) -> dict[str, web.Application]:
        now, faults = self._district.now, self._faults
        pages = {name: Pages(title, color, now) for name, (title, color) in SITES.items()}
        toms = Toms(self._district, pages["toms"])
        schoolwise = SchoolWise(self._users, self._options, faults, pages["schoolwise"], self.service_url, now, idle)
        service = Service(self._district, pages["service"], measures=measures)
        control = Control(self._district, self._options, self._users, faults, pages["control"], urls)
        behind: dict[str, tuple[Toms | SchoolWise | Service | Control, list[Middleware]]] = {
            "toms": (toms, [pages["toms"].middleware, toms.middleware]),
            "schoolwise": (schoolwise, [pages["schoolwise"].middleware]),
            "service": (service, [service.middleware]),
            "control": (control, [pages["control"].middleware]),
        }
        apps = {}
        for name, (site, middlewares) in behind.items():
            # The first is the outermost: a fault comes before anything else that a service does.
            fault = [faults.middleware(name, pages[name])] if name in SERVICES else []
            apps[name] = web.Application(middlewares=[*fault, *middlewares])
            apps[name].add_routes(site.routes())
        return apps

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

        def run() -> None:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                runner.run(self._serve(ready))

        thread = threading.Thread(target=run, name="practice district", daemon=True)
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
    measures: bool = False,
) -> Iterator[Practice]:
    """A practice district for as long as the `with` lasts; a port of 0 takes a free one.

    `started` begins with credentials generated 350 days ago, stored for the district and for the second school,
    so that the yearly job is due soon. With `measures` the service also has Lexile/Quantile Measures Reports.
    """
    district = District(
        seed=seed, clock=clock, lifetime_days=lifetime_days, new_username_each_time=new_username_each_time
    )
    with ExitStack() as until_taken:
        listeners = [until_taken.enter_context(bound(port)) for port in ports]
        practice = Practice(district, listeners, timedelta(minutes=idle_minutes), lock_after, measures=measures)
        if started:
            pair = district.generate(days_ago=350)
            for place in (DISTRICT_PLACE, practice.schools[1]):
                practice.put(place, pair)
        # From here on the sites close their ports themselves.
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
    with running(seed=secrets.randbits(64), ports=ports, started=started, measures=True) as practice:
        try:
            on_ready(practice)
            while True:
                threading.Event().wait(1)
        except KeyboardInterrupt:
            return

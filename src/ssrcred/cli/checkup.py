"""The doctor's visit: every check of this computer and of each LEA, and nobody asked, logged in or sent a pair."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from ssrcred import diagnosis, finding, roll
from ssrcred.cli.attempt import Check, gather
from ssrcred.cli.channel import SHARED
from ssrcred.cli.driver import accounts, route_of
from ssrcred.cli.journey import Journey, Site, proxies
from ssrcred.cli.opening import Opening
from ssrcred.cli.refusal import WAITS
from ssrcred.cli.session import Session, remembered
from ssrcred.config import Config, Lea, load
from ssrcred.errors import BrowserMissing, ConfigInvalid, LedgerDamaged, SsrcredError
from ssrcred.event import Done, Step
from ssrcred.finding import Chart, Finding, LeaChart
from ssrcred.installation import how_to_install

if TYPE_CHECKING:
    from ssrcred.ledger import Ledger

LOOK_BACK: Final = 2000
"""Events of an LEA that are looked through for its last runs."""


class Checkup:
    """One visit: `wanted` is the LEA to look at, None for all; `scheduled` when a scheduler has started it."""

    def __init__(self, session: Session, wanted: str | None, *, practice: bool, scheduled: bool) -> None:
        self._session = session
        self._wanted = wanted or session.machine.environ.get("SSRCRED_LEA") or None
        self._practice = practice
        self._scheduled = scheduled

    def run(self) -> Chart:
        """Everything that can be found out. Raises UsageWrong for an LEA that is not in config.toml."""
        config, sound = self._config()
        leas = self._leas(config)
        journeys = {site: Journey(site, self._session.machine.now) for lea in leas for site in _sites(lea)}
        by_site = self._travel(journeys)
        opening, kept = Opening(self._session, scheduled=self._scheduled).look(config, leas)
        inner = [check for lea in leas for check in self._lea_checks(lea)]
        remembered_by = iter(gather(inner))
        charts = []
        for lea in leas:
            own = [one for _ in self._lea_checks(lea) for one in next(remembered_by)]
            ways = [one for role in ("portal", "service") for one in _way(lea, role, by_site)]
            charts.append(LeaChart(lea.key, lea.name, (*kept.get(lea.key, []), *ways, *own)))
        ahead = [(journey.ahead, site.name) for site, journey in journeys.items() if journey.ahead is not None]
        here = self._computer(config, leas, list(journeys), ahead)
        return Chart((sound, opening, *kept.get(SHARED, []), *here, *self._rehearse()), tuple(charts))

    def _config(self) -> tuple[Config | None, Finding]:
        try:
            config = load(self._session.home.config)
        except ConfigInvalid as error:
            try:
                part = self._session.config()
            except ConfigInvalid:
                return None, diagnosis.unsound(error)
            return part if part.leas else None, diagnosis.unsound(error)
        return config, diagnosis.config(len(config.leas))

    def _leas(self, config: Config | None) -> list[Lea]:
        if config is None:
            return []
        if self._wanted is not None:
            return [] if self._wanted in config.wrong else [self._session.lea(self._wanted, config)]
        return [config.leas[key] for key in sorted(config.leas)]

    # The network.

    def _travel(self, journeys: dict[Site, Journey]) -> dict[Site, list[Finding]]:
        checks = [(site, check) for site, journey in journeys.items() for check in journey.checks()]
        found: dict[Site, list[Finding]] = {site: [] for site in journeys}
        for (site, _), findings in zip(checks, gather([check for _, check in checks]), strict=True):
            found[site] += findings
        return found

    # Memory and settings of one LEA.

    def _ledger(self) -> Ledger:
        from ssrcred.ledger import Ledger

        return Ledger.readonly(self._session.home.ledger)

    def _lea_checks(self, lea: Lea) -> list[Check]:
        return [
            Check("profile", lambda: [_profile(lea)]),
            Check("map", lambda: [_map(lea)]),
            Check("route", lambda: [self._route(lea)]),
            Check("log_ins", lambda: [self._log_ins(lea)]),
            Check("last_runs", lambda: self._last_runs(lea)),
        ]

    def _route(self, lea: Lea) -> Finding:
        driver = None if lea.schoolwise is None else lea.schoolwise.driver
        return diagnosis.route(lea.key, driver, confirmed=route_of(self._session, lea) is not None)

    def _log_ins(self, lea: Lea) -> Finding:
        from ssrcred.ledger.memory import Refusals

        if lea.schoolwise is None:
            return finding.not_tried("log_ins", "No portal is set up for this LEA.")
        memory = Refusals(self._session.home.ledger)
        names = dict.fromkeys((diagnosis.OFFICE, *(secret for _, secret in accounts(lea).values())))
        refused = {name: at for name in names if (at := memory.refused_at(lea.key, name)) is not None}
        waits = {name: at for name in names if (at := memory.refused_at(lea.key, WAITS + name)) is not None}
        return diagnosis.log_ins(lea.key, refused, waits)

    def _last_runs(self, lea: Lea) -> list[Finding]:
        verified: datetime | None = None
        finished: datetime | None = None
        with self._ledger() as ledger:
            for recorded in ledger.events(lea.key, LOOK_BACK, newest_first=True):
                event = recorded.event
                if verified is None and event.step is Step.PROVE:
                    verified = event.at
                if finished is None and event.outcome is Done.FINISHED:
                    finished = event.at
                if verified and finished:
                    break
            return diagnosis.last_runs(lea.key, remembered(ledger, lea.key), verified, finished)

    # This computer.

    def _computer(
        self, config: Config | None, leas: list[Lea], sites: list[Site], ahead: list[tuple[timedelta, str]]
    ) -> Iterator[Finding]:
        checks = [
            Check("permissions", lambda: [self._permissions()]),
            Check("disk", lambda: [self._disk()], LedgerDamaged),
            Check("clock", lambda: [self._clock(ahead)]),
            Check("time_zone", lambda: [_time_zone({lea.timezone for lea in leas} or {Lea.timezone})]),
            Check("extras", lambda: _missing_extras(config, leas)),
            Check("browser", lambda: self._browser(leas), BrowserMissing),
            Check("proxy", lambda: proxies(sites)),
            Check("ledger", lambda: [self._chain()]),
            Check("schedule", lambda: [self._jobs()]),
            Check("reminders", lambda: [self._reminders(config, leas)]),
        ]
        for found in gather(checks):
            yield from found

    def _browser(self, leas: list[Lea]) -> list[Finding]:
        """Whether the browsers start that confirmed settings need; nothing where none does. Raises BrowserMissing."""
        needed: set[str | None] = set()
        for lea in leas:
            with suppress(ConfigInvalid):  # which the check of its settings tells
                route = route_of(self._session, lea)
                if lea.schoolwise is not None and lea.needs_route and route is not None and route.driver == "browser":
                    needed.add(lea.schoolwise.browser)
        if not needed:
            return []
        from ssrcred.adapters.portal.browser.engine import Engine

        for name in needed:
            with closing(Engine(name)) as engine:
                engine.launch()
        return [finding.fine("browser", "The browser that SchoolWise's settings were confirmed for starts.")]

    def _permissions(self) -> Finding:
        from ssrcred.machine import permission

        if not permission.SUPPORTED:
            return diagnosis.permissions([], supported=False)
        home = self._session.home
        beside = [home.config.with_name(f"{home.config.name}.old"), home.ledger.with_name(f"{home.ledger.name}.lock")]
        beside += [home.ledger.with_name(roll.NAME), home.ledger.with_name("log")]  # docs/reference/files.md
        ours = (home.config, home.ledger, *beside, home.locks, home.vault, home.held)
        found = permission.loose(ours, around=(home.config.parent, home.ledger.parent))
        return diagnosis.permissions([(str(one.path), one.wanted, one.ours) for one in found], supported=True)

    def _disk(self) -> Finding:
        from ssrcred.machine import disk

        room = disk.room(self._session.home.ledger.parent)
        return diagnosis.disk(str(room.folder), room.free_bytes, room.refusal)

    def _clock(self, ahead: list[tuple[timedelta, str]]) -> Finding:
        # The site that agrees most: one site's own clock may be wrong, and this computer's is what is asked about.
        nearest, site = min(ahead, key=lambda one: abs(one[0]), default=(None, ""))
        return diagnosis.clock(self._session.machine.now(), nearest, site)

    def _chain(self) -> Finding:
        path = self._session.home.ledger
        if not os.path.lexists(path):
            return finding.not_tried("ledger", "Nothing is recorded here yet.")
        with self._ledger() as ledger:
            ledger.check()
        return finding.fine("ledger", "The ledger is whole: no event was edited since it was recorded.")

    def _reminders(self, config: Config | None, leas: list[Lea]) -> Finding:
        from ssrcred.ledger.memory import Reminders

        if config is None:
            return finding.not_tried("reminders", "Who is reminded is said in config.toml: mend that first.")
        everyone = config.everyone
        named = bool(everyone.mail or everyone.channels)
        named = named or any(lea.remind.mail or lea.remind.channels for lea in leas)
        path = self._session.home.ledger
        now = self._session.machine.now()
        if not named or not os.path.lexists(path):  # opening would make it, and this visit changes nothing
            return diagnosis.reminders(named=named, unreached=(), ran=(), now=now)
        wanted = {lea.key for lea in leas}
        memory = Reminders(path)
        ran = [(run.ended_at, run.exit_code) for key, run in memory.last_runs().items() if key in wanted]
        unreached = [one.since for one in memory.unreached().values()]
        return diagnosis.reminders(named=named, unreached=unreached, ran=ran, now=now)

    def _jobs(self) -> Finding:
        from ssrcred.cli.scheduled import jobs

        return jobs(self._session)

    def _rehearse(self) -> list[Finding]:
        if not self._practice:
            return [finding.not_tried("practice", "It was not asked for.", "ssrcred doctor")]
        from ssrcred.cli.rehearsal import LIMIT_S, rehearse

        [found] = gather(
            [Check("practice", lambda: [rehearse(self._session.machine.now)], SsrcredError)], limit_s=LIMIT_S
        )
        return found


def _sites(lea: Lea) -> list[Site]:
    portal = [Site("portal", lea.schoolwise.url)] if lea.schoolwise else []
    return portal + ([Site("service", lea.toms.api)] if lea.toms.enabled else [])


def _way(lea: Lea, role: str, found: dict[Site, list[Finding]]) -> list[Finding]:
    for site in _sites(lea):
        if site.role == role:
            return found[site]
    words = {"portal": "No portal is set up for this LEA.", "service": "The direct check is switched off."}
    return [finding.not_tried(role, words[role])]


def _profile(lea: Lea) -> Finding:
    if not lea.toms.enabled:
        return finding.not_tried("profile", "The direct check is switched off.")
    from ssrcred.reports import load_profile

    load_profile(lea.toms.profile)
    return finding.fine("profile", "The API profile is sound. Whether the service is talked to so, only a check tells.")


def _map(lea: Lea) -> Finding:
    if lea.schoolwise is None:
        return finding.not_tried("map", "No portal is set up for this LEA.")
    from ssrcred.adapters.portal.map import load

    return diagnosis.portal_map(lea.key, lea.schoolwise.map, load(lea.schoolwise.map).gone)


def _missing_extras(config: Config | None, leas: list[Lea]) -> list[Finding]:
    """The extras that config.toml needs and that are not installed; nothing is said where there are none."""
    from importlib.util import find_spec

    driven = any(lea.schoolwise is not None and lea.schoolwise.driver == "browser" for lea in leas)
    chats = bool(config and config.everyone.channels) or any(lea.remind.channels for lea in leas)
    needs = {"browser": ("playwright", 'driver = "browser"', driven), "notify": ("apprise", "chats", chats)}
    missing = {extra: what for extra, (part, what, needed) in needs.items() if needed and find_spec(part) is None}
    return [diagnosis.extras(missing, how_to_install(",".join(missing)))] if missing else []


def _time_zone(names: set[str]) -> Finding:
    unknown = set()
    for name in names:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            unknown.add(name)
    return diagnosis.time_zone(names - unknown, unknown)

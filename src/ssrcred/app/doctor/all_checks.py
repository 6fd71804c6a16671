"""Runs every check of this computer and of each LEA, here or as the scheduler runs a job.

It asks nothing, signs in nowhere, sends no credentials and changes nothing.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import wait
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib.util import find_spec
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from ssrcred.adapters.config import Config, Lea, load
from ssrcred.adapters.config.folder import STORE
from ssrcred.adapters.config.value import RESERVED
from ssrcred.adapters.installation import how_to_install
from ssrcred.adapters.ledger.auxiliary_store import Refusals, Reminders
from ssrcred.adapters.ledger.book import Ledger
from ssrcred.adapters.machine import disk
from ssrcred.adapters.machine.proxy_script import proxy_script
from ssrcred.adapters.schedule import run_once
from ssrcred.adapters.schedule.host_commands import RunResult
from ssrcred.adapters.schedule.scheduler import program
from ssrcred.adapters.vault import Backend, Vault
from ssrcred.app import lea_cache
from ssrcred.app.doctor import explanation
from ssrcred.app.doctor.site_checks import Site, SiteChecks, proxies
from ssrcred.app.portal import accounts, route_of
from ssrcred.app.refused_sign_in import WAITS
from ssrcred.app.schedule import scheduler_in_use
from ssrcred.app.session import SHARED, SHORT_LIMIT_S, Session, optional_secret, remembered
from ssrcred.domain import finding
from ssrcred.domain.errors import (
    SCHOOLWISE,
    BrowserMissing,
    ConfigInvalid,
    KeyringFailed,
    LedgerDamaged,
    SsrcredError,
    Unreachable,
    addressed,
)
from ssrcred.domain.event import Outcome, Step
from ssrcred.domain.finding import Chart, Finding, LeaChart, Result
from ssrcred.domain.time_limit import Task

T = TypeVar("T")

NO_PORTAL: Final = "This LEA has no portal in config.toml."
NO_DIRECT_CHECK: Final = "The direct check is off."
# The hidden option of a doctor that a scheduler has started.
SCHEDULED: Final = "--scheduled-run"
# Seconds for the scheduler's run, beyond what all of its own limits amount to for a county of a thousand LEAs.
SCHEDULED_RUN_S: Final = 1200.0
REHEARSAL_S: Final = 60.0
# Events of an LEA that are looked through for its last runs.
LOOK_BACK: Final = 2000
# Seconds for all that is asked of the keyring, and more for each LEA; the first of its calls that is late ends it.
KEYRING_S: Final = 60.0
KEYRING_LEA_S: Final = 0.25

# Seconds that one check may take; the keyring's own limit (10) and a site's (10) are below it.
LIMIT_S: Final = 20.0
AT_ONCE: Final = 32
# Seconds for one lot of checks together: a county whose network is down would wait for each of its portals.
ALL_S: Final = 240.0

# By LEA (or SHARED), what was found of its secrets.
Kept = dict[str, list[Finding]]


@dataclass(frozen=True)
class Check:
    """One check: its name in the document, what looks, and of which kind the problem is when that takes too long.

    It may raise what an adapter raises.
    """

    name: str
    look: Callable[[], list[Finding]]
    late: type[SsrcredError] = Unreachable


def gather(
    checks: Sequence[Check], *, limit_s: float = LIMIT_S, at_once: int = AT_ONCE, all_s: float = ALL_S
) -> list[list[Finding]]:
    """What each check found, in their order, `at_once` of them beside each other. One that is late is a problem.

    Once `all_s` seconds have gone by no more is begun, and what is left was not tried.
    """
    found: list[list[Finding]] = []
    end = time.monotonic() + all_s
    for start in range(0, len(checks), at_once):
        if time.monotonic() > end:
            words = "No time was left, because too many checks before this one got no answer."
            found += [[finding.not_tried(check.name, words, "ssrcred doctor --lea NAME")] for check in checks[start:]]
            break
        begun = [(check, Task(check.look, f"ssrcred-doctor-{check.name}")) for check in checks[start : start + at_once]]
        wait([future for _, future in begun], limit_s)
        for check, future in begun:
            if not future.done():
                words = "This check took too long and was stopped."
                found.append([finding.problem(check.name, check.late, words, "ssrcred doctor")])
            elif (error := future.exception()) is None:
                found.append(future.result())
            elif isinstance(error, SsrcredError):
                found.append([finding.stopped_by(check.name, error)])
            else:
                # Its kind only: one check that breaks must not hide the others, nor print what it held.
                words = f"This check failed with an unexpected error: {type(error).__name__}."
                fix = "Report this line to the authors of ssrcred."
                found.append([finding.problem(check.name, SsrcredError, words, fix)])
    return found


def check_as_scheduled(session: Session, lea: str | None, *, practice: bool) -> Chart:
    """Return the chart of a doctor that the scheduler of this machine ran; a run without one is itself a problem.

    The scheduler is the one that our jobs are set up with, else the one that `ssrcred schedule` would use.
    Raises UsageWrong or ConfigInvalid where that scheduler cannot be asked.
    """
    environ = session.environment.environ
    lea = lea or environ.get("SSRCRED_LEA")  # which no scheduler hands on
    words = ["doctor", "--json", "--no-input", SCHEDULED, *(["--lea", lea] if lea else [])]
    words += [] if practice else ["--no-practice"]
    kind, _ = scheduler_in_use(session.environment)
    done = run_once(kind, program(*words), environ=environ, limit_seconds=SCHEDULED_RUN_S)
    manner = f"This is what a scheduled job sees. It ran once with {kind}, {done.how}."
    try:
        chart = Chart.from_json(json.loads(done.stdout))
    except (ValueError, KeyError, TypeError):
        return Chart((nothing_came(done),), manner=manner)
    return Chart(chart.computer, chart.leas, manner)


def nothing_came(done: RunResult) -> Finding:
    """Return the finding for a run without a chart: its own error message where it has one."""
    try:
        error = json.loads(done.stdout)["error"]
        words, fix, code = str(error["message"]), str(error["hint"]), int(error["exit"])
    except (ValueError, KeyError, TypeError):
        first = next((line.strip() for line in done.stderr.splitlines() if line.strip()), "no output")
        words = f"The scheduled run returned no findings (exit {done.exit_code}): {first[:200]}"
        fix, code = "ssrcred doctor --as-scheduled", SsrcredError.exit_code
    return Finding("schedule", Result.PROBLEM, words, fix, code, {"run_exit": str(done.exit_code)})


class AllChecks:
    """One run of all checks: `wanted` is the LEA to check, None for all; `scheduled` when a scheduler has started it.

    `rehearse` does the yearly job with the practice district; None leaves that out.
    """

    def __init__(
        self, session: Session, wanted: str | None, *, rehearse: Callable[[], Finding] | None, scheduled: bool
    ) -> None:
        self._session = session
        self._environment, self._home = session.environment, session.environment.home
        self._wanted = wanted or self._environment.environ.get("SSRCRED_LEA") or None
        self._rehearse = rehearse
        self._scheduled = scheduled

    def run(self) -> Chart:
        """Return all findings. Raises UsageWrong for an LEA that is not in config.toml."""
        config, sound = self._config()
        if config is None or self._wanted in config.wrong:
            leas = []
        elif self._wanted is not None:
            leas = [self._session.lea(self._wanted, config)]
        else:
            leas = [config.leas[key] for key in sorted(config.leas)]
        # Many LEAs share a site, the state's at least: each is asked once.
        sites = {site: SiteChecks(site, self._environment.now) for lea in leas for site in _sites(lea)}
        by_site = _found_by(
            {site: [Check(name, look) for name, look in one.checks().items()] for site, one in sites.items()}
        )
        vault, kept = self._secrets(config, leas)
        by_lea = _found_by({lea.key: self._lea_checks(lea) for lea in leas})
        charts = []
        for lea in leas:
            ways = {site.role: by_site[site] for site in _sites(lea)}
            portal = ways.get("portal") or [finding.not_tried("portal", NO_PORTAL)]
            service = ways.get("service") or [finding.not_tried("service", NO_DIRECT_CHECK)]
            findings = (*kept[lea.key], *portal, *service, *by_lea[lea.key])
            told = tuple(replace(one, words=addressed(one.words, sis=lea.other_sis)) for one in findings)
            charts.append(LeaChart(lea.key, lea.name, told, lea.other_sis or SCHOOLWISE))
        ahead = [(one.ahead, site.name) for site, one in sites.items() if one.ahead is not None]
        reached = all(one.result is not Result.PROBLEM for found in by_site.values() for one in found)
        checks = self._computer_checks(config, leas, list(sites), ahead, reached=reached)
        here = [one for each in gather(checks) for one in each]
        practice = [finding.not_tried("practice", "Not requested.", "ssrcred doctor")]
        if (rehearse := self._rehearse) is not None:
            [practice] = gather([Check("practice", lambda: [rehearse()], SsrcredError)], limit_s=REHEARSAL_S)
        return Chart((sound, vault, *kept.get(SHARED, []), *here, *practice), tuple(charts))

    def _config(self) -> tuple[Config | None, Finding]:
        try:
            config = load(self._home.config)
            return config, explanation.config(len(config.leas))
        except ConfigInvalid as error:
            with suppress(ConfigInvalid):
                part = self._session.config()  # the LEAs whose sections are sound
                return part if part.leas else None, explanation.unsound(error)
            return None, explanation.unsound(error)

    # The keyring: whether it opens without a prompt, and whether what is needed is there. It is read in one thread, one
    # item after the other: one that hangs is read once, and not once for each LEA.

    def _secrets(self, config: Config | None, leas: list[Lea]) -> tuple[Finding, Kept]:
        """Return what was found of the keyring, and of what is stored in it. Nothing in it is shown or changed."""
        if config is None:
            words = "config.toml says where credentials are stored: fix it first."
            return finding.not_tried("vault", words), {}
        kept: Kept = {}
        check = Check("vault", lambda: [self._opened(config, leas, kept)], KeyringFailed)
        [[opened]] = gather([check], limit_s=KEYRING_S + KEYRING_LEA_S * len(leas))
        for lea in leas:
            words = "The keyring did not open."
            kept.setdefault(lea.key, [finding.not_tried("secrets", words), finding.not_tried("pair", words)])
        return opened, kept

    def _opened(self, config: Config, leas: list[Lea], kept: Kept) -> Finding:
        file = config.backend == "file"
        if file:
            from ssrcred.adapters.vault.agefile import open_age_vault

            backend: Backend = open_age_vault(self._home.vault, environ=self._environment.environ, ask=None)
        else:
            backend = self._environment.os_keyring(SHORT_LIMIT_S, None)
        # Any item will do: whoever may look for one may open the keyring.
        Vault(backend, "doctor").holds("pair-0001")
        channels = set(config.everyone.channels).union(*(lea.remind.channels for lea in leas))
        mail = [RESERVED] if config.smtp is not None and config.smtp.username else []
        if shared := [f"notify:{name}" for name in (*mail, *sorted(channels))]:
            kept[SHARED] = [explanation.shared_secrets(_missing(Vault(backend, SHARED), shared), len(shared))]
        for lea in leas:
            # The secrets without which the LEA's commands stop (app/portal.py): the test SSID is not one of them.
            office = ["schoolwise"] if lea.schoolwise is not None and lea.schoolwise.driver != "hand" else []
            names = office + sorted(secret for _, secret in accounts(lea).values())
            vault = Vault(backend, lea.key)
            kept[lea.key] = [explanation.secrets(lea.key, _missing(vault, names), len(names)), self._pair(vault, lea)]
        return explanation.vault(backend.description, file=file, scheduled=self._scheduled)

    def _pair(self, vault: Vault, lea: Lea) -> Finding:
        try:
            with self._ledger() as ledger:
                slot = remembered(ledger, lea.key).newest_slot
        except LedgerDamaged:
            words = "The history does not say which credentials are current."
            return finding.not_tried("pair", words, "ssrcred history")
        return explanation.pair(lea.key, slot=slot, there=slot is not None and vault.holds(slot))

    # History and settings of one LEA.

    def _ledger(self) -> Ledger:
        return Ledger.readonly(self._home.ledger)

    def _lea_checks(self, lea: Lea) -> list[Check]:
        driver = None if lea.schoolwise is None else lea.schoolwise.driver
        return [
            Check("profile", lambda: [_profile(lea)]),
            Check("map", lambda: [_map(lea)]),
            Check(
                "route",
                lambda: [explanation.route(lea.key, driver, confirmed=route_of(self._environment, lea) is not None)],
            ),
            Check("log_ins", lambda: [self._log_ins(lea)]),
            Check("last_runs", lambda: self._last_runs(lea)),
        ]

    def _log_ins(self, lea: Lea) -> Finding:
        if lea.schoolwise is None:
            return finding.not_tried("log_ins", NO_PORTAL)
        memory = Refusals(self._home.ledger)
        names = dict.fromkeys((explanation.OFFICE, *(secret for _, secret in accounts(lea).values())))
        refused = {name: at for name in names if (at := memory.refused_at(lea.key, name)) is not None}
        waits = {name: at for name in names if (at := memory.refused_at(lea.key, WAITS + name)) is not None}
        return explanation.log_ins(lea.key, refused, waits)

    def _last_runs(self, lea: Lea) -> list[Finding]:
        with self._ledger() as ledger:
            events = [one.event for one in ledger.events(lea.key, LOOK_BACK, newest_first=True)]
            verified = next((event.at for event in events if event.step is Step.PROVE), None)
            finished = next((event.at for event in events if event.outcome is Outcome.FINISHED), None)
            return explanation.last_runs(lea.key, remembered(ledger, lea.key), verified, finished)

    # This computer.

    def _computer_checks(
        self,
        config: Config | None,
        leas: list[Lea],
        sites: list[Site],
        ahead: list[tuple[timedelta, str]],
        *,
        reached: bool,
    ) -> list[Check]:
        # The site that agrees most: one site's own clock may be wrong, and this computer's is what is asked about.
        platform, folder = self._environment.platform, self._home.config.parent
        nearest, site = min(ahead, key=lambda one: abs(one[0]), default=(None, ""))
        return [
            Check("permissions", lambda: [self._permissions()]),
            Check("folder", lambda: [explanation.folder(folder)] if STORE in str(folder) else []),
            Check("disk", lambda: [explanation.disk(disk.room(self._home.ledger.parent))], LedgerDamaged),
            Check("clock", lambda: [explanation.clock(self._environment.now(), nearest, site)]),
            Check("time_zone", lambda: [_time_zone({lea.timezone for lea in leas} or {Lea.timezone})]),
            Check("extras", lambda: _missing_extras(config, leas)),
            Check("browser", lambda: self._browser(leas), BrowserMissing),
            Check("proxy", lambda: proxies(sites, proxy_script(platform), reached=reached)),
            Check("ledger", lambda: [self._chain()]),
            Check("schedule", lambda: [self._jobs()]),
            Check("reminders", lambda: [self._reminders(config, leas)]),
        ]

    def _browser(self, leas: list[Lea]) -> list[Finding]:
        """Whether the browsers that confirmed settings need start; nothing where none does. Raises BrowserMissing."""
        needed: set[str | None] = set()
        for lea in leas:
            with suppress(ConfigInvalid):  # which the check of its settings tells
                route = route_of(self._environment, lea)
                if lea.schoolwise is not None and lea.needs_route and route is not None and route.driver == "browser":
                    needed.add(lea.schoolwise.browser)
        if not needed:
            return []
        from ssrcred.adapters.portal.browser.engine import Engine

        for name in needed:
            with closing(Engine(name)) as engine:
                engine.launch()
        return [finding.fine("browser", "The browser that the SchoolWise settings were confirmed with starts.")]

    def _permissions(self) -> Finding:
        home = self._home
        beside = [home.config.with_name(f"{home.config.name}.old"), home.ledger.with_name(f"{home.ledger.name}.lock")]
        beside += [home.ledger.with_name(lea_cache.NAME), home.ledger.with_name("log")]  # docs/reference/files.md
        ours = (home.config, home.ledger, *beside, home.locks, home.vault, home.held)
        loose = disk.loose(ours, around=(home.config.parent, home.ledger.parent)) if disk.SUPPORTED else ()
        allowed = () if disk.SUPPORTED else disk.access_list(home.config.parent)
        return explanation.permissions(loose, supported=disk.SUPPORTED, allowed=allowed)

    def _chain(self) -> Finding:
        if not os.path.lexists(self._home.ledger):
            return finding.not_tried("ledger", "Nothing is recorded yet.")
        with self._ledger() as ledger:
            ledger.check()
        return finding.fine("ledger", "The history is intact: no event was changed since it was recorded.")

    def _reminders(self, config: Config | None, leas: list[Lea]) -> Finding:
        if config is None:
            return finding.not_tried("reminders", "config.toml says who is reminded: fix it first.")
        named = bool(config.everyone.mail or config.everyone.channels)
        named = named or any(lea.remind.mail or lea.remind.channels for lea in leas)
        path, now = self._home.ledger, self._environment.now()
        if not named or not os.path.lexists(path):  # opening would make it, and the doctor changes nothing
            return explanation.reminders(named=named, unreached=(), ran=(), now=now)
        wanted = {lea.key for lea in leas}
        memory = Reminders(path)
        ran = [(run.ended_at, run.exit_code) for key, run in memory.last_runs().items() if key in wanted]
        unreached = [one.since for one in memory.unreached().values()]
        return explanation.reminders(named=named, unreached=unreached, ran=ran, now=now)

    def _jobs(self) -> Finding:
        """Whether jobs run by themselves here."""
        kind, present = scheduler_in_use(self._environment)
        if not present:
            words = "This account has no scheduled jobs of ssrcred."
            return finding.not_tried("schedule", words, "ssrcred schedule --install", scheduler=kind)
        return finding.fine("schedule", f"Jobs of ssrcred are scheduled with {kind}.", scheduler=kind)


def _sites(lea: Lea) -> list[Site]:
    portal = [Site("portal", lea.schoolwise.url)] if lea.schoolwise else []
    return portal + ([Site("service", lea.toms.api)] if lea.toms.enabled else [])


def _found_by(checks: Mapping[T, list[Check]]) -> dict[T, list[Finding]]:
    """What was found for each, in the order of its checks, all of them beside each other."""
    findings = iter(gather([check for own in checks.values() for check in own]))
    return {key: [one for _ in own for one in next(findings)] for key, own in checks.items()}


def _missing(vault: Vault, names: list[str]) -> list[str]:
    """The names of the secrets that are not stored."""
    return [name for name in names if optional_secret(vault, name) is None]


def _profile(lea: Lea) -> Finding:
    if not lea.toms.enabled:
        return finding.not_tried("profile", NO_DIRECT_CHECK)
    from ssrcred.adapters.reports import load_profile

    load_profile(lea.toms.profile)
    words = f"The API profile has no errors. To test it against the service: ssrcred verify --lea {lea.key}"
    return finding.fine("profile", words)


def _map(lea: Lea) -> Finding:
    if lea.schoolwise is None:
        return finding.not_tried("map", NO_PORTAL)
    from ssrcred.adapters.portal.map import load_map

    return explanation.portal_map(lea.key, lea.schoolwise.map, load_map(lea.schoolwise.map).gone)


def _missing_extras(config: Config | None, leas: list[Lea]) -> list[Finding]:
    """The extras that config.toml needs and that are not installed; nothing where none is missing."""
    driven = any(lea.schoolwise is not None and lea.schoolwise.driver == "browser" for lea in leas)
    chats = bool(config and config.everyone.channels) or any(lea.remind.channels for lea in leas)
    needs = {"browser": ("playwright", 'driver = "browser"', driven), "notify": ("apprise", "chats", chats)}
    missing = {extra: what for extra, (part, what, needed) in needs.items() if needed and find_spec(part) is None}
    if not missing:
        return []
    named = "; ".join(f"{extra} ({what})" for extra, what in missing.items())
    words, extras = f"config.toml needs extras that are not installed: {named}.", ",".join(missing)
    return [finding.problem("extras", ConfigInvalid, words, how_to_install(extras), extras=extras)]


def _time_zone(names: set[str]) -> Finding:
    unknown = set()
    for name in names:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            unknown.add(name)
    return explanation.time_zone(names - unknown, unknown)

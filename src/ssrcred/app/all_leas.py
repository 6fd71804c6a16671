"""Runs a command over every LEA in config.toml: side by side, none holds up another, and worst first."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeVar
from urllib.parse import urlsplit

from ssrcred.adapters.config import Config
from ssrcred.app.progress import PortalWithin, ReportsWithin
from ssrcred.app.result import Result
from ssrcred.app.run import picked, told_of_bug
from ssrcred.app.session import addressee, shared_vault
from ssrcred.app.terminal import Terminal
from ssrcred.domain.background import begin
from ssrcred.domain.errors import Cause, Interrupted, SsrcredError, Unreachable
from ssrcred.domain.event import Outcome
from ssrcred.domain.evidence import Probe, Proof
from ssrcred.output import person
from ssrcred.output.addressee import address

if TYPE_CHECKING:
    from datetime import datetime

    from ssrcred.adapters.config import Lea
    from ssrcred.app.session import Session, Work
    from ssrcred.domain.credential import Credential, SecretKey
    from ssrcred.workflows.workflow import Reports


class LeaOutcome(Protocol):
    """What came of an LEA: its name, and what the command would exit with for this LEA alone."""

    @property
    def name(self) -> str: ...
    @property
    def exit_code(self) -> int: ...


T = TypeVar("T")
OutcomeT = TypeVar("OutcomeT", bound=LeaOutcome)

PER_HOST_SHARE: Final = 4
"""LEAs under way for each that may ask one host: most of them wait for their turn, or for a slow portal."""
PATIENCE_S: Final = 300.0
"""Seconds of work after which an LEA is given up. A portal's bounds allow a visit longer than anybody waits here."""
LOOK_S: Final = 0.2
"""Seconds between two looks; on Windows a wait without end cannot be stopped with Ctrl-C."""
SEVERITY: Final[Mapping[int, int]] = {code: rank for rank, code in enumerate((0, 8, 6, 2, 10, 9, 3, 5, 1, 7))}
"""Exit codes from best to worst when many LEAs end differently: a pair that is refused is before everything else."""
STAYS: Final = "What was recorded of this LEA until then stays; more is not known. No other LEA was held up."


def severity(code: int) -> int:
    """The rank of an exit code among those of all LEAs; the highest is the worst."""
    return SEVERITY.get(code, SEVERITY[1])


@dataclass(frozen=True)
class Ended(Generic[T]):
    """How it ended for one LEA, by its key: what came of it, or what stood in the way."""

    lea: str
    outcome: T | SsrcredError


@dataclass(frozen=True)
class County(Generic[OutcomeT]):
    """What came of a run over all LEAs: the ends so far, worst first, and the keys of those that nobody came to."""

    config: Config
    ends: Sequence[Ended[OutcomeT]]
    left: Sequence[str]
    stopped: bool

    def name(self, lea: str) -> str:
        """How an LEA is called on a screen; one whose section cannot be read has its key only."""
        return f"{self.config.leas[lea].name} ({lea})" if lea in self.config.leas else f"An LEA in config.toml ({lea})"

    def show(self, terminal: Terminal, undone: str, fine: str, tell: Callable[[str, OutcomeT], None]) -> None:
        """Show each LEA for which it could not be done, by `tell` each that ended badly, and how many are `fine`."""
        console, good = terminal.console(answer=True), []
        for end in self.ends:
            if isinstance(end.outcome, SsrcredError):
                person.undone(console, self.name(end.lea), undone, end.outcome)
            elif end.outcome.exit_code != 0:
                tell(self.name(end.lea), end.outcome)
            else:
                good.append(end.outcome.name)
        person.fine(console, good, len(self.ends), fine)

    def answer(self, result: Result, body: dict[str, Any]) -> int:
        """Answer with the one document, if it was asked for; gives the worst exit code.

        Raises Interrupted after Ctrl-C, with the document of what is done in the error's own.
        """
        if self.stopped:
            result.partial = {**body, "not_done": list(self.left)}
            raise Interrupted(
                f"You stopped the program; {len(self.ends)} of {len(self.ends) + len(self.left)} LEAs are done.",
                state="What was done and found is recorded. Of the other LEAs nothing new is known.",
                hint=f"To do all of them: ssrcred {result.command} --all. "
                f"One alone: ssrcred {result.command} --lea NAME.",
            )
        result.answer(body)
        return max((end.outcome.exit_code for end in self.ends), key=severity, default=0)


def over_all(
    session: Session,
    lea: str | None,
    deed: Callable[[Work], OutcomeT],
    rank: Callable[[OutcomeT], int] = lambda outcome: 0,
    *,
    forgiving: bool = True,
) -> County[OutcomeT]:
    """Do `deed` with every LEA, side by side, a bar on a terminal counting the bad ends. Ctrl-C ends it early.

    `rank` orders those that end with the same code. Raises UsageWrong beside an LEA's name, ConfigInvalid (also without
    any LEA) or KeyringFailed for what concerns all.
    """
    config = session.config()
    leas = session.leas(lea, config, every=True)
    picked(config.keys, {}, all_of_them=True)  # one at least
    session.say_aside(config)
    if config.leas:
        # A keyring that is locked or missing is one problem and not a thousand; any item will do to find it out.
        shared_vault(session, config).holds("pair-0001")
    session.terminal.no_input = True  # nobody can answer for several LEAs at once
    limit = HostLimit(config.per_host)

    def deal(key: str) -> OutcomeT:
        try:
            with session.opened(config, config.leas[key], forgiving=forgiving) as work:
                limit.guard(work)
                return deed(work)
        except SsrcredError as problem:
            address(problem, addressee(key, config))
            raise

    ends: list[Ended[OutcomeT]] = [Ended(key, problem) for key, problem in config.wrong.items()]
    bad, stopped = 0, False
    try:
        with person.bar(session.terminal.console(), len(config.leas), shown=session.terminal.is_watched) as advance:
            for end in side_by_side([one.key for one in leas], deal, limit):
                ends.append(end)
                bad += end.outcome.exit_code != 0
                advance(f"{bad} with a problem" if bad else "no problem so far")
    except KeyboardInterrupt:
        stopped = True

    def order(end: Ended[OutcomeT]) -> tuple[int, int, str]:
        place = -1 if isinstance(end.outcome, SsrcredError) else rank(end.outcome)
        return -severity(end.outcome.exit_code), place, end.lea

    left = sorted({*config.keys} - {end.lea for end in ends})
    return County(config, sorted(ends, key=order), left, stopped)


def side_by_side(
    leas: Sequence[str], deed: Callable[[str], T], limit: HostLimit, *, patience: float = PATIENCE_S
) -> Iterator[Ended[T]]:
    """Do `deed` for each LEA, by its key, and give each end as it comes.

    A deed raises SsrcredError; anything else is a bug, which ends that LEA with exit code 1 and hides no other. One
    that is at work for longer than `patience` seconds, waiting for its turns left aside, ends as Unreachable; its
    turns go to others, and its thread is left behind and dies with the program. Stopped in between (Ctrl-C, or by
    closing the iterator), no other LEA is begun.
    """
    waiting = list(reversed(leas))
    running: dict[Future[T], tuple[str, float]] = {}
    while waiting or running:
        while waiting and len(running) < limit.per_host * PER_HOST_SHARE:
            lea = waiting.pop()
            running[begin(partial(deed, lea), f"ssrcred-lea-{lea}")] = lea, limit.clock()
        wait(running, LOOK_S, FIRST_COMPLETED)
        for future, (lea, since) in list(running.items()):
            if future.done():
                end = _ended(lea, future)
            elif limit.clock() - since - limit.waited(lea) > patience:
                limit.leave(lea)
                late = Unreachable(
                    f"This took longer than {patience:g} seconds and was given up.",
                    state=STAYS,
                    hint=f"Do the same for this LEA alone: --lea {lea} in place of --all.",
                )
                end = Ended(lea, late)
            else:
                continue
            del running[future]
            yield end


def _ended(lea: str, future: Future[T]) -> Ended[T]:
    error = future.exception()
    if error is None:
        return Ended(lea, future.result())
    if isinstance(error, SsrcredError):
        return Ended(lea, error)
    bug = SsrcredError(
        f"ssrcred met something that nobody foresaw: {told_of_bug(error)}.",
        state=STAYS,
        hint=f"To see where it stands: ssrcred status --lea {lea}. Please report this line to the makers of ssrcred.",
    )
    return Ended(lea, bug)


SILENT_WAVES: Final = 2
"""A host is left alone for the rest of a run when it was unreachable or closed for so many times `per_host` LEAs."""


class HostLimit:
    """Turns at hosts: `per_host` at a time for each; `clock` gives seconds.

    An LEA that waits for a turn, and has none, is not at work: `waited` says for how long that was so.
    """

    def __init__(self, per_host: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_host, self.clock = per_host, clock
        self._change = threading.Condition()
        self._within: Counter[str] = Counter()
        self._silent: Counter[str] = Counter()
        self._leas: defaultdict[str, _Turns] = defaultdict(_Turns)

    @contextmanager
    def at(self, url: str, lea: str) -> Iterator[None]:
        """A turn at the host of an address, for as long as the block lasts. Raises Unreachable once `lea` has left."""
        host = host_of(url)
        with self._change:
            turns = self._leas[lea]
            turns.move(self.clock(), queued=+1)
            self._change.wait_for(lambda: self._within[host] < self.per_host)
            self._within[host] += 1
            turns.held.append(host)
            turns.move(self.clock(), queued=-1)
        try:
            if turns.left:
                raise Unreachable(
                    "This was given up before its turn came.",
                    state="Nothing was sent.",
                    hint="Do the same for this LEA alone: --lea NAME in place of --all.",
                )
            yield
        finally:
            with self._change:
                if host in turns.held:
                    self._give_back(turns, host)

    def waited(self, lea: str) -> float:
        """The seconds that an LEA has waited for a turn so far while it had none."""
        with self._change:
            return self._leas[lea].waited(self.clock())

    def leave(self, lea: str) -> None:
        """Give an LEA's turns to others: it was given up, and whoever it waits for may never answer."""
        with self._change:
            turns = self._leas[lea]
            turns.left = True
            for host in tuple(turns.held):
                self._silent[host] += 1
                self._give_back(turns, host)

    def heard(self, url: str, *, opened: bool) -> None:
        """Remember whether the host of an address answered, and was not closed."""
        with self._change:
            self._silent[host_of(url)] = 0 if opened else self._silent[host_of(url)] + 1

    def silence(self, url: str) -> int:
        """For how many in a row the host of an address was not open, when that is enough to ask no more; else 0."""
        with self._change:
            count = self._silent[host_of(url)]
            return count if count >= SILENT_WAVES * self.per_host else 0

    def guard(self, work: Work) -> None:
        """Have both of an LEA's ways wait for their turn."""
        ports, lea = work.workflow.ports, work.lea
        reports, portal = ports.reports, ports.portal
        if reports is not None:
            reports = _GuardedReports(reports, self, lea, ports.now)
        if portal is not None and (sis := lea.schoolwise) is not None:
            portal = PortalWithin(portal, lambda what, place: self.at(sis.url, lea.key))
        work.workflow.ports = replace(ports, reports=reports, portal=portal)

    def _give_back(self, turns: _Turns, host: str) -> None:
        turns.held.remove(host)
        turns.move(self.clock())
        self._within[host] -= 1
        self._change.notify_all()


@dataclass
class _Turns:
    """One LEA's turns, and its time without any; both its ways may be in a queue at once."""

    held: list[str] = field(default_factory=list)
    left: bool = False
    queued: int = 0
    idle: float = 0.0
    idle_since: float | None = None

    def move(self, now: float, *, queued: int = 0) -> None:
        """Count what was idle until now, after a turn was taken or given back, or with one more or less in a queue."""
        self.idle = self.waited(now)
        self.queued += queued
        self.idle_since = now if self.queued and not self.held else None

    def waited(self, now: float) -> float:
        return self.idle + (0.0 if self.idle_since is None else now - self.idle_since)


class _GuardedReports(ReportsWithin):
    """The state's service, which waits for its turn, and is not asked while its host is closed or silent."""

    def __init__(self, whole: Reports, limit: HostLimit, lea: Lea, now: Callable[[], datetime]) -> None:
        super().__init__(whole, lambda: limit.at(lea.toms.api, lea.key))
        self._limit, self._api, self._now = limit, lea.toms.api, now

    def prove(self, credential: Credential, ssid: SecretKey | None) -> Proof:
        with self._within():
            if count := self._limit.silence(self._api):
                words = (
                    f"{host_of(self._api)} was closed or did not answer for the {count} LEAs before this one, so it "
                    "was not asked"
                )
                return Proof(Probe.TOMS, Outcome.UNREACHABLE, self._now(), detail=words, cause=Cause.SILENT)
            proof = self._whole.prove(credential, ssid)
            if proof.asked:
                self._limit.heard(self._api, opened=proof.taken or proof.outcome is not Outcome.UNREACHABLE)
            return proof


def host_of(url: str) -> str:
    """The host of an address, with its port if it names one."""
    return urlsplit(url).netloc.lower()

"""Per-host concurrency limit and circuit breaker for a run over many LEAs, which mostly ask the same few hosts."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from ssrcred.app.progress import ReportsWithin
from ssrcred.app.refused_sign_in import CarefulPortal
from ssrcred.domain.errors import Cause, Unreachable
from ssrcred.domain.event import Outcome
from ssrcred.domain.evidence import Probe, Proof

if TYPE_CHECKING:
    from datetime import datetime

    from ssrcred.adapters.config import Lea
    from ssrcred.domain.credential import Credential, SecretKey
    from ssrcred.workflows.workflow import Ports, Reports

# The circuit of a host opens when it was unreachable or closed for so many times `per_host` LEAs in a row.
FAILED_WAVES: Final = 2


class CircuitBreaker:
    """Stops requests to a host for the rest of a run, once it failed `threshold` times in a row."""

    def __init__(self, threshold: int) -> None:
        self._threshold = threshold
        self._lock = threading.Lock()
        self._failures: Counter[str] = Counter()

    def record(self, host: str, *, answered: bool) -> None:
        """Remember whether a host answered, and was not closed."""
        with self._lock:
            self._failures[host] = 0 if answered else self._failures[host] + 1

    def failures(self, host: str) -> int:
        """How often in a row a host failed, once that is enough to ask it no more; 0 until then."""
        with self._lock:
            return count if (count := self._failures[host]) >= self._threshold else 0


@dataclass
class _LeaTime:
    """The hosts that one LEA occupies, and its time without any; both its portal and its reports may wait at once."""

    hosts: list[str] = field(default_factory=list)
    given_up: bool = False
    queued: int = 0
    idle: float = 0.0
    idle_since: float | None = None

    def update(self, now: float, *, queued: int = 0) -> None:
        """Count what was idle until now, after a host was entered or left, or with one more or less in a queue."""
        self.idle = self.idle_until(now)
        self.queued += queued
        self.idle_since = now if self.queued and not self.hosts else None

    def idle_until(self, now: float) -> float:
        return self.idle + (0.0 if self.idle_since is None else now - self.idle_since)


class HostLimit:
    """Lets `per_host` LEAs at a time ask one host; `clock` gives seconds.

    An LEA that waits for a host, and occupies none, is not at work: `waited` says for how long that was so.
    """

    def __init__(self, per_host: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_host, self.clock = per_host, clock
        self.breaker = CircuitBreaker(FAILED_WAVES * per_host)
        self._change = threading.Condition()
        self._occupied: Counter[str] = Counter()
        self._leas: defaultdict[str, _LeaTime] = defaultdict(_LeaTime)

    @contextmanager
    def at(self, url: str, lea: str) -> Iterator[None]:
        """Occupy the host of an address while the block lasts. Raises Unreachable once `lea` was given up."""
        host = host_of(url)
        with self._change:
            mine = self._leas[lea]
            mine.update(self.clock(), queued=+1)
            self._change.wait_for(lambda: self._occupied[host] < self.per_host)
            self._occupied[host] += 1
            mine.hosts.append(host)
            mine.update(self.clock(), queued=-1)
        try:
            if mine.given_up:
                raise Unreachable(
                    "This LEA was skipped, because it took too long before its first request.",
                    state="Nothing was sent.",
                    hint="Run it for this LEA alone: --lea NAME instead of --all.",
                )
            yield
        finally:
            with self._change:
                if host in mine.hosts:  # else `give_up` has left it already
                    self._leave(mine, host)

    def waited(self, lea: str) -> float:
        """The seconds that an LEA has waited for a host so far while it occupied none."""
        with self._change:
            return self._leas[lea].idle_until(self.clock())

    def give_up(self, lea: str) -> None:
        """Leave the hosts of an LEA that took too long to others: whoever it waits for may never answer."""
        with self._change:
            mine = self._leas[lea]
            mine.given_up = True
            for host in tuple(mine.hosts):
                self.breaker.record(host, answered=False)
                self._leave(mine, host)

    def _leave(self, mine: _LeaTime, host: str) -> None:
        mine.hosts.remove(host)
        mine.update(self.clock())
        self._occupied[host] -= 1
        self._change.notify_all()

    def guarded(self, ports: Ports, lea: Lea) -> Ports:
        """An LEA's ports, which wait here before each request."""
        if isinstance(ports.portal, CarefulPortal) and (sis := lea.schoolwise) is not None:
            ports.portal.within = lambda what, place: self.at(sis.url, lea.key)
        reports = ports.reports
        return replace(ports, reports=reports and _LimitedReports(reports, self, lea, ports.now))


class _LimitedReports(ReportsWithin):
    """The state's service behind the limit and the circuit breaker: all LEAs ask the same host."""

    def __init__(self, whole: Reports, limit: HostLimit, lea: Lea, now: Callable[[], datetime]) -> None:
        super().__init__(whole, lambda: limit.at(lea.toms.api, lea.key))
        self._breaker, self._host, self._now = limit.breaker, host_of(lea.toms.api), now

    def prove(self, credential: Credential, ssid: SecretKey | None) -> Proof:
        with self._within():
            if count := self._breaker.failures(self._host):
                words = f"{self._host} was closed or did not answer for the {count} LEAs before this one, so it "
                words += "was not asked"
                return Proof(Probe.TOMS, Outcome.UNREACHABLE, self._now(), detail=words, cause=Cause.SILENT)
            proof = self._whole.prove(credential, ssid)
            if proof.asked:
                answered = proof.taken or proof.outcome is not Outcome.UNREACHABLE
                self._breaker.record(self._host, answered=answered)
            return proof


def host_of(url: str) -> str:
    """The host of an address, with its port if it names one."""
    return urlsplit(url).netloc.lower()

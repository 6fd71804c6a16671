"""Lets only so many LEAs through to one host at a time, and asks no host on and on that is closed or says nothing."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from ssrcred.errors import Cause, Unreachable
from ssrcred.evidence import Outcome, Probe, Proof

if TYPE_CHECKING:
    from datetime import datetime

    from ssrcred.cli.session import Work
    from ssrcred.credential import Credential, SecretKey
    from ssrcred.place import Reading, Saved
    from ssrcred.story import Portal, Reports

SILENT_WAVES: Final = 2
"""A host is left alone for the rest of a run when it was unreachable or closed for so many times `per_host` LEAs."""


class Turnstile:
    """Turns at hosts: `per_host` at a time for each; `clock` gives seconds.

    An LEA that waits for a turn, and has none, is not at work: `waited` says for how long that was so.
    """

    def __init__(self, per_host: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_host = per_host
        self.clock = clock
        self._change = threading.Condition()
        self._within: Counter[str] = Counter()
        self._silent: Counter[str] = Counter()
        self._leas: dict[str, _Turns] = {}

    @contextmanager
    def at(self, url: str, lea: str) -> Iterator[None]:
        """A turn at the host of an address, for as long as the block lasts. Raises Unreachable once `lea` has left."""
        host = host_of(url)
        with self._change:
            turns = self._leas.setdefault(lea, _Turns())
            turns.queue(self.clock())
            while self._within[host] >= self.per_host:
                self._change.wait()
            self._within[host] += 1
            turns.enter(host, self.clock())
        try:
            if turns.left:
                raise _left()
            yield
        finally:
            with self._change:
                if turns.leave(host, self.clock()):
                    self._free(host)

    def waited(self, lea: str) -> float:
        """The seconds that an LEA has waited for a turn so far while it had none."""
        with self._change:
            return self._leas[lea].waited(self.clock()) if lea in self._leas else 0.0

    def leave(self, lea: str) -> None:
        """Give an LEA's turns to others: it was given up, and whoever it waits for may never answer."""
        with self._change:
            turns = self._leas.setdefault(lea, _Turns())
            turns.left = True
            while turns.held:
                host = turns.held.pop()
                self._silent[host] += 1
                self._free(host)

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
        doors, lea = work.story.doors, work.lea
        reports, portal = doors.reports, doors.portal
        if reports is not None:
            reports = _ReportsInTurn(reports, self, lea.toms.api, lea.key, doors.now)
        if portal is not None and lea.schoolwise is not None:
            portal = _PortalInTurn(portal, self, lea.schoolwise.url, lea.key)
        work.story.doors = replace(doors, reports=reports, portal=portal)

    def _free(self, host: str) -> None:
        self._within[host] -= 1
        self._change.notify_all()


@dataclass
class _Turns:
    """One LEA's turns, and its time without any; both its ways may be in a queue at once."""

    held: list[str] = field(default_factory=list)
    left: bool = False
    _queued: int = 0
    _idle: float = 0.0
    _idle_since: float | None = None

    def queue(self, now: float) -> None:
        self._queued += 1
        self._tell(now)

    def enter(self, host: str, now: float) -> None:
        self._queued -= 1
        self.held.append(host)
        self._tell(now)

    def leave(self, host: str, now: float) -> bool:
        """Whether there was still a turn to give back."""
        if host not in self.held:
            return False
        self.held.remove(host)
        self._tell(now)
        return True

    def waited(self, now: float) -> float:
        return self._idle + (0.0 if self._idle_since is None else now - self._idle_since)

    def _tell(self, now: float) -> None:
        self._idle = self.waited(now)
        self._idle_since = now if self._queued and not self.held else None


class _ReportsInTurn:
    def __init__(self, reports: Reports, turnstile: Turnstile, api: str, lea: str, now: Callable[[], datetime]) -> None:
        self._reports = reports
        self._turnstile = turnstile
        self._api = api
        self._lea = lea
        self._now = now

    def reach(self) -> None:
        with self._turnstile.at(self._api, self._lea):
            self._reports.reach()

    def prove(self, credential: Credential, ssid: SecretKey | None) -> Proof:
        with self._turnstile.at(self._api, self._lea):
            if count := self._turnstile.silence(self._api):
                words = _not_asked(self._api, count)
                return Proof(Probe.TOMS, Outcome.UNREACHABLE, self._now(), detail=words, cause=Cause.SILENT)
            proof = self._reports.prove(credential, ssid)
            if proof.asked:
                self._turnstile.heard(self._api, opened=proof.taken or proof.outcome is not Outcome.UNREACHABLE)
            return proof


class _PortalInTurn:
    def __init__(self, portal: Portal, turnstile: Turnstile, url: str, lea: str) -> None:
        self._portal = portal
        self._turnstile = turnstile
        self._url = url
        self._lea = lea

    def places(self) -> tuple[Reading, ...]:
        with self._turnstile.at(self._url, self._lea):
            return self._portal.places()

    def write(self, place: str, credential: Credential | None) -> Saved:
        with self._turnstile.at(self._url, self._lea):
            return self._portal.write(place, credential)

    def prove(self, place: str) -> Proof:
        with self._turnstile.at(self._url, self._lea):
            return self._portal.prove(place)


def host_of(url: str) -> str:
    """The host of an address, with its port if it names one."""
    return urlsplit(url).netloc.lower()


def _not_asked(url: str, count: int) -> str:
    return f"{host_of(url)} was closed or did not answer for the {count} LEAs before this one, so it was not asked"


def _left() -> Unreachable:
    return Unreachable(
        "This was given up before its turn came.",
        state="Nothing was sent.",
        hint="Do the same for this LEA alone: --lea NAME in place of --all.",
    )

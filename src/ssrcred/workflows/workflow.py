"""What every workflow uses: its ports to the outside, the LEA's standing, and the events it yields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.errors import CredentialMissing, addressed
from ssrcred.domain.event import Event, Outcome, Step
from ssrcred.domain.evidence import Proof
from ssrcred.domain.place import Holds, Kind, Reading, Saved, drifted, holds
from ssrcred.domain.standing import Standing


class Vault(Protocol):
    """Stores credentials, one write-once slot each."""

    def canary(self) -> None: ...
    def store(self, slot: str, credential: Credential) -> None: ...
    def read(self, slot: str) -> Credential: ...
    def holds(self, slot: str) -> bool: ...
    def delete(self, slot: str) -> None: ...


class Portal(Protocol):
    """A SIS portal: the settings (places) that hold credentials, and a test through it."""

    def places(self) -> tuple[Reading, ...]: ...
    def write(self, place: str, credential: Credential | None) -> Saved: ...
    def prove(self, place: str) -> Proof: ...


class Reports(Protocol):
    """The state's SSR service."""

    def reach(self) -> None: ...
    def prove(self, credential: Credential, ssid: SecretKey | None) -> Proof: ...


@dataclass(frozen=True)
class Ports:
    """What a workflow may use. `portal` and `reports` are None where the LEA has none.

    `separate_schools` have credentials of their own, `provable` are the places that a parent account can test,
    `vendors` the other systems that use the credentials; `now` returns the moment (aware UTC). `toms` raises
    Unreachable if its start page does not answer. `direct`: the direct check is on, even if `reports` is not opened.
    `rehearse` tests saving a key of some length in some places, sends nothing, and returns by place how many of how
    many fields would change.
    """

    vault: Vault
    portal: Portal | None
    reports: Reports | None
    now: Callable[[], datetime]
    ssid: SecretKey | None = None
    separate_schools: frozenset[str] = frozenset()
    provable: frozenset[str] = frozenset()
    vendors: tuple[str, ...] = ()
    toms: Callable[[], None] | None = None
    direct: bool = True
    rehearse: Callable[[Sequence[str], int | None], Mapping[str, tuple[int, int]]] | None = None


class Workflow:
    """One LEA's ports and standing. The driver of a workflow records each event before asking for the next.

    `lea` is the key of the LEA where a command has to name it, because there are several; `sis` is the name of its
    system if that is not SchoolWise.
    """

    def __init__(self, ports: Ports, standing: Standing, lea: str = "", sis: str = "") -> None:
        self.ports = ports
        self.standing = standing
        self._lea, self._sis = lea, sis

    def tell(self, step: Step, outcome: Outcome, place: str = "", **detail: str) -> Event:
        """Return an event that happens now, and update the standing with it."""
        for text in ("what", "reason"):  # recorded and shown as they are, so the LEA is named from the start
            if text in detail:
                detail[text] = addressed(detail[text], self._lea, self._sis)
        event = Event(step, outcome, self.ports.now(), place, detail)
        self.standing = self.standing.after(event)
        return event

    def newest(self) -> tuple[str, Credential]:
        """Return slot and credentials that every place should hold. Raises CredentialMissing before the first."""
        slot = self.standing.newest_slot
        if slot is None:
            raise CredentialMissing(
                "No credentials are stored yet.",
                state="Nothing was changed.",
                hint="To generate new ones, step by step: ssrcred rotate[lea]. To store those that you have: "
                "ssrcred store[lea]",
            )
        return slot, self.ports.vault.read(slot)

    def former(self) -> Credential | None:
        """Return the current credentials while newer ones are under way; None otherwise, or if the vault lost them."""
        current = self.standing.current
        if current is None or current == self.standing.newest_slot:
            return None
        return self._readable(current)

    def spent(self) -> tuple[Credential, ...]:
        """Return the credentials whose key cannot be the new one: the current ones, if the vault still has them."""
        current = self._readable(self.standing.current) if self.standing.current is not None else None
        return () if current is None else (current,)

    def refused_before(self, credential: Credential) -> bool:
        """Whether the state's service has rejected these same credentials before."""
        stored = (self._readable(slot) for slot in self.standing.bad)
        return any(one is not None and one.matches(credential) for one in stored)

    def _readable(self, slot: str) -> Credential | None:
        try:
            return self.ports.vault.read(slot)
        except CredentialMissing:
            return None

    def held(self, readings: tuple[Reading, ...]) -> tuple[tuple[Reading, Holds], ...]:
        """Return every reading with whose credentials its place holds."""
        slot = self.standing.newest_slot
        ours = self._readable(slot) if slot is not None else None
        former = self.former()
        written = self.standing.written()
        # A school with the district's user name has credentials of the same LEA: TOMS issues one user name (domain.md).
        district = frozenset(reading.username for reading in readings if reading.kind is Kind.DISTRICT)
        return tuple(
            (reading, holds(reading, ours, slot, former, district, written.get(reading.place))) for reading in readings
        )

    def drifted(self, readings: tuple[Reading, ...]) -> tuple[str, ...]:
        """Return the places that we wrote and that hold other credentials now."""
        written = self.standing.written()
        standing = self.standing
        slots = {last.slot for last in written.values()} | {standing.current, standing.newest_slot, *standing.leftover}
        ours = {slot: one for slot in slots if slot and (one := self._readable(slot)) is not None}
        return drifted(readings, written, ours)

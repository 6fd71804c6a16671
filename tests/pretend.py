"""Ports that live in memory: an honest vault, a portal that hides keys, a service that knows one pair.

All pairs here are made up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.errors import Cause, CredentialMissing, KeyringDenied, LoginRefused, Unreachable
from ssrcred.domain.event import Event, Outcome
from ssrcred.domain.evidence import Probe, Proof
from ssrcred.domain.place import DISTRICT, KeySeen, Kind, Reading, Saved, Took
from ssrcred.domain.standing import Standing
from ssrcred.workflows.workflow import Ports, Workflow

START = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
SCHOOL = "Made-Up High School"
BLANK_SCHOOL = "Made-Up Elementary School"


def made_up(name: str, *, username: str = "madeup-user", at: datetime = START) -> Credential:
    """A made-up pair that is different for each name; its key has the usual length."""
    return Credential(username, SecretKey(f"made-up`{name}'<&%+#$()>*"[:20].ljust(20, "~")), at)


class Clock:
    """Gives a later moment at each look."""

    def __init__(self, start: datetime = START) -> None:
        self.at = start

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


class MemoryVault:
    """Slots in memory; `refuse` lists how many of the next stores are refused."""

    def __init__(self) -> None:
        self.slots: dict[str, Credential] = {}
        self.refuse = 0
        self.keeps_deleted = False

    def canary(self) -> None:
        """Always sings."""

    def store(self, slot: str, credential: Credential) -> None:
        """Save, unless it is to refuse."""
        if self.refuse:
            self.refuse -= 1
            raise KeyringDenied("The keyring said no.", state="Nothing was stored.", hint="Unlock it.")
        assert slot not in self.slots or self.slots[slot].matches(credential), "a slot is never overwritten"
        self.slots[slot] = credential

    def read(self, slot: str) -> Credential:
        """What is in the slot."""
        if slot not in self.slots:
            raise CredentialMissing("No such slot.", state="Nothing was changed.", hint="Store it.")
        return self.slots[slot]

    def holds(self, slot: str) -> bool:
        """Whether something is."""
        return slot in self.slots

    def delete(self, slot: str) -> None:
        """Delete it."""
        if self.keeps_deleted:
            raise KeyringDenied("The keyring keeps it.", state="It is still there.", hint="Delete it by hand.")
        self.slots.pop(slot, None)


class Service:
    """The state's service: `valid` is the only pair that works; `answer` overrules what it says."""

    def __init__(self, valid: Credential | None) -> None:
        self.valid = valid
        self.answer: Outcome | None = None
        self.asked: list[Credential] = []
        self.down = False

    def reach(self) -> None:
        """Whether it answers at all."""
        if self.down:
            raise Unreachable("It does not answer.", state="Nothing was changed.", hint="Try again later.")

    def outcome(self, pair: Credential | None) -> Outcome:
        """What it says to a pair."""
        if self.answer is not None:
            return self.answer
        return Outcome.PROVED if pair and self.valid and pair.matches(self.valid) else Outcome.REFUSED

    def prove(self, credential: Credential, ssid: SecretKey | None) -> Proof:
        """Ask it directly."""
        self.asked.append(credential)
        return Proof(Probe.TOMS, self.outcome(credential), START, detail="a PDF")


class MemoryPortal:
    """A portal whose places hold pairs; keys are hidden unless `shows_keys`. `saves` counts what was sent to it."""

    def __init__(self, service: Service, district: Credential | None, school: Credential | None = None) -> None:
        self.service = service
        self.held: dict[str, Credential | None] = {DISTRICT: district, SCHOOL: school, BLANK_SCHOOL: None}
        self.shows_keys = False
        self.saves: list[str] = []
        self.visits = 0
        self.broken: dict[str, Exception] = {}
        self.fate: dict[str, tuple[Took, bool]] = {}
        self.portal_outcome: Outcome | None = None
        # The account is signed in; who gives no answer then is the state's service.
        self.portal_cause = Cause.STATE_SERVICE

    def places(self) -> tuple[Reading, ...]:
        """Read all places."""
        if "log-in" in self.broken:
            raise self.broken["log-in"]
        self.visits += 1
        return tuple(self._reading(name) for name in self.held)

    def _reading(self, name: str) -> Reading:
        pair = self.held[name]
        kind = Kind.DISTRICT if name == DISTRICT else Kind.SCHOOL
        if pair is None:
            return Reading(name, kind, "", KeySeen.BLANK)
        if self.shows_keys:
            return Reading(name, kind, pair.username, KeySeen.CLEAR, pair.secret)
        return Reading(name, kind, pair.username, KeySeen.HIDDEN)

    def write(self, place: str, credential: Credential | None) -> Saved:
        """Save one place."""
        if place in self.broken:
            raise self.broken[place]
        self.saves.append(place)
        seen = Took.TOOK if self.shows_keys or credential is None else Took.CANNOT_BE_SEEN
        took, answered = self.fate.get(place, (seen, True))
        if took is not Took.DID_NOT_TAKE:
            self.held[place] = credential
        return Saved(self._reading(place), took, answered)

    def prove(self, place: str) -> Proof:
        """Press the button as a parent."""
        if f"prove {place}" in self.broken:
            raise self.broken[f"prove {place}"]
        outcome = self.portal_outcome or self.service.outcome(self.held[place] or self.held[DISTRICT])
        cause = self.portal_cause if outcome is Outcome.UNREACHABLE else Cause.UNKNOWN
        return Proof(Probe.PORTAL, outcome, START, place, asked="the button", cause=cause)


class World:
    """One LEA in memory: the old pair is in the district and one school, the new one is what TOMS has just made."""

    def __init__(self) -> None:
        self.old = made_up("old")
        self.new = made_up("new")
        self.vault = MemoryVault()
        self.service = Service(self.new)
        self.portal = MemoryPortal(self.service, self.old, self.old)
        self.clock = Clock()
        self.standing = Standing()
        self.told: list[Event] = []
        self.provable = frozenset({DISTRICT, SCHOOL})
        self.separate_schools: frozenset[str] = frozenset()
        self.vendors: tuple[str, ...] = ()
        self.captures = 0
        self.direct = True
        self.toms: Callable[[], None] | None = None
        self.rehearse: Callable[[Sequence[str], int | None], Mapping[str, tuple[int, int]]] | None = None

    def workflow(self) -> Workflow:
        """A fresh run of the program: ports anew, the standing from the memory."""
        ports = Ports(
            vault=self.vault,
            portal=self.portal,
            reports=self.service if self.direct else None,
            now=self.clock,
            separate_schools=self.separate_schools,
            provable=self.provable,
            vendors=self.vendors,
            toms=self.toms,
            direct=self.direct,
            rehearse=self.rehearse,
        )
        return Workflow(ports, Standing.from_json(self.standing.to_json()))

    def capture(self, spent: tuple[Credential, ...]) -> Credential:
        """The person gives the new pair."""
        self.captures += 1
        return self.new

    def hold(self, credential: Credential, slot: str, refusal: Exception) -> bool:
        """The person says: try again."""
        return True

    def follow(self, workflow: Workflow, happening: Iterable[Event], stop_after: int | None = None) -> list[Event]:
        """Drive a workflow as the program does; `stop_after` n recorded events the power goes."""
        followed: list[Event] = []
        for event in happening:
            # What is recorded is shown later as it is: no place for an LEA's name may be left open in it.
            assert not any("[lea]" in value for value in event.detail.values()), event
            self.standing = workflow.standing
            self.told.append(event)
            followed.append(event)
            if len(followed) == stop_after:
                break
        return followed


def login_refused() -> LoginRefused:
    """What a portal says to a wrong password."""
    return LoginRefused("SchoolWise rejected the sign-in.", state="Nothing was changed.", hint="Mend the password.")

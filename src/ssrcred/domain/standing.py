"""What is remembered of one LEA: all its events reduced to the few facts that decide what comes next."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from typing import Any, Final, TypeVar

from ssrcred.domain.announcement import OVER, Announced, News
from ssrcred.domain.event import WORKS, Event, Outcome, Step
from ssrcred.domain.place import DISTRICT, Holds, PlaceStanding, Took

T = TypeVar("T")
# Stands among the names of places for the direct way to the state's service.
TOMS: Final = "toms"


@dataclass(frozen=True)
class Rotation:
    """A rotation under way: its slot, how far it came, and when its credentials were generated (None before *store*).

    `undated`: the day of generation was not asked yet; `generated_at` is the moment of storing then. `unusual`: nobody
    has confirmed the length of the key, so it is written nowhere before the state's service accepts it.
    """

    slot: str
    reached: Outcome
    started_at: datetime
    generated_at: datetime | None = None
    undated: bool = False
    unusual: bool = False

    @property
    def stored(self) -> bool:
        """Whether its credentials are in the vault."""
        return self.generated_at is not None


@dataclass(frozen=True)
class Tried:
    """How the last test of one way ended."""

    outcome: Outcome
    at: datetime


@dataclass(frozen=True)
class Handover:
    """A vendor that is pending since `since` for the credentials of `slot`; they were last encrypted at `sealed_at`."""

    since: datetime
    slot: str
    sealed_at: datetime | None = None


@dataclass(frozen=True)
class Standing:
    """The sum of one LEA's events; moments are aware UTC.

    `current` is the slot of the credentials in use (None before the first rotation), generated at `generated_at`; they
    last worked at `worked_at`. `tried` maps a place, or TOMS, to its last test with the newest credentials, which last
    worked at `proved_at`. `given_up_at` is when a newer rotation was canceled, None once the current ones worked
    since. `preparing`: a rotation has begun and nobody was sent to TOMS yet. `bad` are slots whose credentials the
    state's service rejected, `leftover` slots to delete, `slots_used` the highest number used. `handovers` are the
    pending vendors by name, `updated` those that have the current credentials. `recipients` are vendors'
    public keys, as they were last encrypted for.
    `announced` is what the coordinators were told last; None if nothing more has to follow.
    """

    current: str | None = None
    generated_at: datetime | None = None
    unverified: bool = False
    preparing: bool = False
    rotation: Rotation | None = None
    places: Mapping[str, PlaceStanding] = field(default_factory=dict)
    tried: Mapping[str, Tried] = field(default_factory=dict)
    proved_at: datetime | None = None
    worked_at: datetime | None = None
    given_up_at: datetime | None = None
    slots_used: int = 0
    leftover: tuple[str, ...] = ()
    bad: tuple[str, ...] = ()
    handovers: Mapping[str, Handover] = field(default_factory=dict)
    updated: tuple[str, ...] = ()
    announced: Announced | None = None
    recipients: Mapping[str, str] = field(default_factory=dict)

    def after(self, event: Event) -> Standing:
        """Return the standing after `event`."""
        return _FOLDS[event.step](self, event)

    def written(self) -> dict[str, PlaceStanding]:
        """Return what we last wrote at each place."""
        return {name: place for name, place in self.places.items() if place.slot}

    def holds_newest(self, name: str) -> bool:
        """Whether the newest credentials were seen at a place or worked through it, and nothing contradicts that."""
        return self.given_newest(name) and self.places[name].confirmed

    def given_newest(self, name: str) -> bool:
        """Whether the newest credentials were saved at a place, seen or not, and nothing contradicts that."""
        place = self.places.get(name)
        if place is None or place.unsure or place.outcome is Outcome.LEFT:
            return False
        return bool(place.slot) and place.slot == self.newest_slot

    @property
    def refused(self) -> tuple[str, ...]:
        """The ways whose last test was rejected."""
        return tuple(name for name, last in self.tried.items() if last.outcome is Outcome.REFUSED)

    @property
    def waiting(self) -> bool:
        """Whether a rotation is under way whose credentials are not stored yet; they may exist already."""
        return self.rotation is not None and not self.rotation.stored

    @property
    def newest_slot(self) -> str | None:
        """The slot that every place should hold: the one under way once it is stored, else the current one."""
        if self.rotation is not None and self.rotation.stored:
            return self.rotation.slot
        return self.current

    @property
    def works_for_parents(self) -> bool:
        """Whether the last test as some parent worked."""
        return any(last.outcome in WORKS for way, last in self.tried.items() if way != TOMS)

    def to_json(self) -> dict[str, Any]:
        """Plain values for the ledger; `from_json` reads them."""
        return dict(json.loads(json.dumps(asdict(self), default=datetime.isoformat)))

    @classmethod
    def from_json(cls, record: Mapping[str, Any] | None) -> Standing:
        """The standing of a ledger's record; the empty one for None. Raises KeyError or ValueError on a foreign one."""
        if record is None:
            return cls()
        rotation = record["rotation"]
        return _made(
            cls,
            record,
            rotation=rotation and _made(Rotation, rotation),
            places={name: _place(place, record) for name, place in record["places"].items()},
            tried={name: _made(Tried, last) for name, last in record["tried"].items()},
            handovers={vendor: _made(Handover, one) for vendor, one in record.get("handovers", {}).items()},
            announced=(announced := record.get("announced")) and _made(Announced, announced),
        )


# Fields that older records do not have.
LATER: Final = frozenset(
    {"worked_at", "given_up_at", "undated", "unusual", "unsure", "confirmed", "updated", "recipients"}
)


def _made(make: Callable[..., T], record: Mapping[str, Any], **more: object) -> T:
    """Return a dataclass of `more` and of what its `record` has of the other fields."""
    types = {one.name: str(one.type) for one in fields(make) if one.name not in more}  # type: ignore[arg-type]
    for name in LATER - record.keys():
        types.pop(name, None)
    plain = {name: READ[kind](record[name]) if kind in READ else record[name] for name, kind in types.items()}
    return make(**more, **plain)


def _place(place: Mapping[str, Any], record: Mapping[str, Any]) -> PlaceStanding:
    if not place["slot"] and place["outcome"] in (Outcome.WRITTEN, Outcome.SKIPPED, Outcome.UNCONFIRMED):
        # A record from before `unsure` existed: the slot was dropped in doubt; it can only have been the newest.
        slot = record["current"] or (record["rotation"] or {}).get("slot", "")
        return _made(PlaceStanding, place, slot=slot, unsure=True)
    return _made(PlaceStanding, place)


# How a value of each type is read from JSON, if it is not the same there.
READ: Final[Mapping[str, Callable[[Any], object]]] = {
    "Outcome": Outcome,
    "News": News,
    "datetime": datetime.fromisoformat,
    "datetime | None": lambda text: text and datetime.fromisoformat(text),
    "tuple[str, ...]": tuple,
}


def slot_name(number: int) -> str:
    """Return the name of the nth slot. Counted, not random: credentials can be found again after the ledger is lost."""
    return f"pair-{number:04d}"


def slot_number(slot: str) -> int:
    """The number that `slot_name` made `slot` from."""
    return int(slot.removeprefix("pair-"))


def _prepare(standing: Standing, event: Event) -> Standing:
    if event.outcome is not Outcome.PREPARED:
        standing = replace(standing, preparing=standing.rotation is None)
        # A person agreed that what somebody else wrote there is replaced: it is no longer drift.
        return _clear(standing, event) if event.detail.get("replace") else standing
    slot = event.detail["slot"]
    return replace(
        standing,
        preparing=False,
        rotation=Rotation(slot, Outcome.PREPARED, event.at),
        slots_used=max(standing.slots_used, slot_number(slot)),
    )


def _reach(standing: Standing, event: Event) -> Standing:
    if standing.rotation is None:
        return standing
    return replace(standing, rotation=replace(standing.rotation, reached=event.outcome))


def _store(standing: Standing, event: Event) -> Standing:
    if event.outcome is not Outcome.STORED:
        return _reach(standing, event)
    slot, before = event.detail["slot"], standing.rotation
    generated_at = datetime.fromisoformat(event.detail["generated_at"])
    rotation = Rotation(
        slot,
        Outcome.STORED,
        before.started_at if before else event.at,
        generated_at,
        undated="undated" in event.detail,
        unusual="length" in event.detail,
    )
    leftover = standing.leftover
    if "dated" in event.detail and before is not None:  # the same credentials, now with their day
        rotation = replace(before, slot=slot, generated_at=generated_at, undated=False)
        leftover = leftover if slot == before.slot else (*leftover, before.slot)
    return replace(
        standing,
        rotation=rotation,
        slots_used=max(standing.slots_used, slot_number(slot)),
        leftover=leftover,
        tried={},
        proved_at=None,
    )


def _write(standing: Standing, event: Event) -> Standing:
    before = standing.places.get(event.place)
    if event.outcome is Outcome.LEFT and (before is None or event.detail.get("holds") != Holds.OTHER):
        return _clear(standing, event)  # it has credentials of its own, which are not ours to manage
    if event.outcome in (Outcome.WRITTEN, Outcome.SKIPPED, Outcome.UNCONFIRMED):
        unsure = event.outcome is Outcome.UNCONFIRMED
        confirmed = not unsure and event.detail.get("seen") != Took.CANNOT_BE_SEEN
        slot, username = event.detail["slot"], event.detail["username"]
        place = PlaceStanding(event.outcome, event.at, slot, username, unsure, confirmed)
    else:
        place = replace(before or PlaceStanding(event.outcome, event.at, "", ""), outcome=event.outcome, at=event.at)
    return _reach(replace(standing, places={**standing.places, event.place: place}), event)


def _prove(standing: Standing, event: Event) -> Standing:
    outcome, way = event.outcome, event.place or TOMS
    if outcome is Outcome.SKIPPED:  # no longer tested this way, so the last result no longer counts
        return replace(standing, tried={name: last for name, last in standing.tried.items() if name != way})
    standing = replace(standing, tried={**standing.tried, way: Tried(outcome, event.at)})
    place = standing.places.get(event.place)
    if outcome in WORKS and (
        way == TOMS or place is None or (place.slot in ("", standing.newest_slot) and place.outcome is not Outcome.LEFT)
    ):
        # A place with older credentials tests those; a place that we never wrote is all there is to judge by.
        proved = replace(standing, proved_at=event.at)
        if place is not None and place.slot and place.outcome is not Outcome.FAILED and TOMS not in standing.refused:
            outcome_there = Outcome.WRITTEN if place.outcome is Outcome.UNCONFIRMED else place.outcome
            there = replace(place, outcome=outcome_there, unsure=False, confirmed=True)
            proved = replace(proved, places={**standing.places, event.place: there})
        current = standing.newest_slot == standing.current
        return replace(proved, worked_at=event.at, given_up_at=None) if current else proved
    if outcome is Outcome.REFUSED and (source := _source(standing, event.place)) in standing.places:
        # Whatever the page showed, it does not have our credentials as TOMS issued them: write them again.
        unsure = replace(standing.places[source], unsure=True, confirmed=False)
        return replace(standing, places={**standing.places, source: unsure})
    return standing


def _source(standing: Standing, place: str) -> str:
    """Return the place whose credentials a parent of `place` uses: a school that we never wrote uses the district's."""
    district = standing.tried.get(DISTRICT)
    works = district is not None and district.outcome in WORKS
    return place if not place or place in standing.places or works else DISTRICT


def _finish(standing: Standing, event: Event) -> Standing:
    if event.outcome is Outcome.FINISHED:
        return replace(standing, rotation=None)
    slot = event.detail["slot"]
    if event.outcome is Outcome.OPENED:
        opened = {event.detail["vendor"]: Handover(event.at, slot)}
        # In the order in which the ledger returns them.
        return replace(standing, handovers=dict(sorted({**standing.handovers, **opened}.items())))
    if event.outcome is Outcome.RETIRED:
        return replace(
            standing,
            leftover=tuple(name for name in standing.leftover if name != slot),
            bad=tuple(name for name in standing.bad if name != slot),
        )
    former = (standing.current,) if standing.current not in (None, slot) else ()
    pointed = replace(
        standing,
        current=slot,
        generated_at=standing.rotation.generated_at if standing.rotation else standing.generated_at,
        unverified=event.detail["proved"] == "no",
        worked_at=standing.proved_at,
        given_up_at=None,
        leftover=(*standing.leftover, *former),
        updated=() if former else standing.updated,
    )
    return _reach(pointed, event)


def _abandon(standing: Standing, event: Event) -> Standing:
    if standing.rotation is None:
        return replace(standing, preparing=False)
    slot = standing.rotation.slot
    if not standing.rotation.stored:
        # Once the person was sent to TOMS, new credentials may exist and end these, unless the person denies it.
        clicked = standing.rotation.reached is not Outcome.PREPARED and event.detail.get("generated") != "no"
        given_up_at = event.at if clicked and standing.current is not None else standing.given_up_at
        return replace(standing, rotation=None, given_up_at=given_up_at)
    if slot == standing.current:
        return replace(standing, rotation=None)
    return replace(
        standing,
        rotation=None,
        # Not deleted until later ones work: those of a canceled rotation may be the only valid ones.
        leftover=(*standing.leftover, slot),
        bad=(*standing.bad, slot) if TOMS in standing.refused else standing.bad,
        # It is about the current ones again, which probably stopped working when the others were generated.
        proved_at=standing.worked_at,
        given_up_at=event.at if standing.current is not None else None,
    )


def _clear(standing: Standing, event: Event) -> Standing:
    return replace(standing, places={name: place for name, place in standing.places.items() if name != event.place})


def _handover(standing: Standing, event: Event) -> Standing:
    vendor = event.detail["vendor"]
    others = {name: one for name, one in standing.handovers.items() if name != vendor}
    if event.outcome is Outcome.CLOSED:
        return replace(standing, handovers=others, updated=tuple(sorted({*standing.updated, vendor})))
    if recipient := event.detail.get("recipient"):
        standing = replace(standing, recipients={**standing.recipients, vendor: recipient})
    if vendor not in standing.handovers:
        return standing
    sealed = replace(standing.handovers[vendor], sealed_at=event.at)
    return replace(standing, handovers={**standing.handovers, vendor: sealed})


def _lea(standing: Standing, event: Event) -> Standing:
    # Under its former name, and once its credentials are deleted, nothing is left but the slots that were used: an LEA
    # that gets this name later never takes one of them for its own.
    gone = "to" in event.detail or event.detail.get("credentials") == "deleted"
    return Standing(slots_used=standing.slots_used) if gone else standing


def _tell(standing: Standing, event: Event) -> Standing:
    news, digits = News(event.detail["news"]), event.detail.get("digits", "")
    if news in OVER:
        return replace(standing, announced=None)
    # The digits told at the beginning are those of the credentials that end.
    return replace(standing, announced=Announced(event.detail["slot"], news, digits if news is News.OPEN else ""))


_FOLDS: Final[Mapping[Step, Callable[[Standing, Event], Standing]]] = {
    Step.PREPARE: _prepare,
    Step.MINT: _reach,
    Step.STORE: _store,
    Step.WRITE: _write,
    Step.PROVE: _prove,
    Step.FINISH: _finish,
    Step.ABANDON: _abandon,
    Step.CLEAR: _clear,
    Step.HANDOVER: _handover,
    Step.LEA: _lea,
    Step.TELL: _tell,
}

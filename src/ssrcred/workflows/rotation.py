"""One rotation: prepare, mint, store, write, prove, finish; after a kill between any two, resume.

The old pair dies at the click in TOMS, so there is no way back: all that can fail is tried before the person is told to
click, a fresh key is saved before anything else is done with it, and a pair is current only once it is proved.
Names of the steps follow AWS Secrets Manager and Vault (design.md, *Rotation protocol*).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from dataclasses import replace as replaced
from datetime import datetime
from typing import Final, Protocol

from ssrcred.domain import errors
from ssrcred.domain.credential import Credential
from ssrcred.domain.event import WORKS, Event, Outcome, Step
from ssrcred.domain.paste_check import usual_length
from ssrcred.domain.place import DISTRICT
from ssrcred.domain.standing import TOMS, slot_name
from ssrcred.workflows.handover import open_handovers
from ssrcred.workflows.upload import NOT_WRITTEN, REFUSED, to_write, write
from ssrcred.workflows.verification import probe
from ssrcred.workflows.workflow import Portal, Workflow

Capture = Callable[[tuple[Credential, ...]], Credential]
"""Leads the person through TOMS and gives the new pair; takes the spent ones, so that a second copy of one shows."""


RECOVERABLE_SLOTS: Final = 100
"""How many slots after the last one known are looked through: many years of one or two pairs a year."""

Day = Callable[[], datetime]
"""Asks on which day a pair was generated that is stored already, and gives the moment to record for it."""


class Hold(Protocol):
    """Holds credentials, meant for a slot, that the keyring refused.

    Gives True to try the keyring again, False once they are saved elsewhere. Raises only when the person gave them up.
    """

    def __call__(self, credential: Credential, slot: str, refusal: errors.KeyringFailed) -> bool: ...


@dataclass(frozen=True)
class Taken:
    """How a new pair is taken and passed on.

    `day` asks for the day of its generation once it is safe (None: it brings it along). `length_seen`: somebody is
    asked about an unusual length. `any_length` and `unverified` are a person's word for a whole key and for a missing
    proof.
    """

    day: Day | None = None
    length_seen: bool = False
    any_length: bool = False
    unverified: bool = False


AS_USUAL: Final = Taken()


def rotate(
    workflow: Workflow, capture: Capture, hold: Hold, *, replace: bool = False, taken: Taken = AS_USUAL
) -> Iterator[Event]:
    """The whole way. Raises Unfinished when a rotation is under way already, and what the steps raise."""
    refuse_second(workflow)
    yield from prepare(workflow, replace=replace)
    yield from mint(workflow, capture, hold, taken)
    yield from carry_out(workflow, taken)


def resume(
    workflow: Workflow, capture: Capture, hold: Hold, *, replace: bool = False, taken: Taken = AS_USUAL
) -> Iterator[Event]:
    """The rest of the way, from wherever a rotation stopped; nothing at all when the last one is finished.

    A pair of which the ledger knows nothing is found by its slot. Raises UsageWrong when none was ever begun.
    """
    standing = workflow.standing
    if (slot := lost_slot(workflow) if standing.rotation is None else unheard_of(workflow)) is not None:
        yield stored(workflow, slot)
    elif standing.waiting or (standing.rotation is None and standing.preparing):
        yield from prepare(workflow, replace=replace, command="resume")
        yield from mint(workflow, capture, hold, taken)
    elif standing.rotation is None and standing.current is None:
        raise _nothing_to("resume")
    yield from _date(workflow, taken)
    yield from carry_out(workflow, taken)


def store(workflow: Workflow, capture: Capture, hold: Hold, taken: Taken = AS_USUAL) -> Iterator[Event]:
    """Save a pair that was generated already, opening nothing but the vault; `resume` goes on with it.

    It opens a rotation, or is what one under way waits for. Raises Unfinished when that one's pair is stored already.
    """
    if not workflow.standing.waiting:
        refuse_second(workflow)
    if (slot := unheard_of(workflow)) is not None:
        yield stored(workflow, slot)
        return
    workflow.ports.vault.canary()
    yield from mint(workflow, capture, hold, taken)


# Credentials that the vault holds and the ledger has not heard of: after a kill, a loss, or from an older copy.


def stored(workflow: Workflow, slot: str, *, undated: bool = False, any_length: bool = False) -> Event:
    """The event that the pair in `slot` is stored, as the keyring tells it.

    `undated`: the day of its generation is still to be asked for. `any_length`: the length of its key is as it may be.
    """
    pair = workflow.ports.vault.read(slot)
    detail = {"slot": slot, "generated_at": pair.generated_at.isoformat(), "username": pair.username}
    if undated:
        detail["undated"] = "yes"
    if not any_length and len(pair.secret) != usual_length(workflow.spent()):
        detail["length"] = str(len(pair.secret))
    return workflow.tell(Step.STORE, Outcome.STORED, **detail)


def lost_slot(workflow: Workflow, most: int = RECOVERABLE_SLOTS) -> str | None:
    """The newest slot that holds a pair of which the ledger knows nothing; None where none of the next `most` does.

    There is one where the ledger was lost, or an older copy of it was put back.
    """
    known = workflow.standing.slots_used  # a slot is recorded before anything is put into it
    names = (slot_name(number) for number in range(known + most, known, -1))
    return next((name for name in names if workflow.ports.vault.holds(name)), None)


def unheard_of(workflow: Workflow) -> str | None:
    """The slot under way, where a kill kept the ledger from hearing that it holds the pair; else None."""
    rotation = workflow.standing.rotation
    if rotation is None or rotation.stored:
        return None
    return rotation.slot if workflow.ports.vault.holds(rotation.slot) else None


def refuse_second(workflow: Workflow) -> None:
    """Raise Unfinished when a rotation is under way."""
    if workflow.standing.rotation is None:
        return
    stored = workflow.standing.rotation.stored
    raise errors.Unfinished(
        "A rotation is under way already.",
        state="Its new pair is safe in the keyring." if stored else "Its new pair has not been stored yet.",
        hint="To go on with it: ssrcred resume. To leave it: ssrcred abandon.",
    )


def prepare(workflow: Workflow, *, replace: bool, command: str = "rotate") -> Iterator[Event]:
    """Try all that can fail; reads only, but for a canary in the keyring. Any failure means: do not click yet.

    Raises PlaceDrifted when a place that we wrote holds another pair, unless `replace`, an option of `command`.
    """
    workflow.ports.vault.canary()
    yield workflow.tell(Step.PREPARE, Outcome.CHECKED, what="the keyring keeps, gives back and deletes")
    if workflow.ports.reports is not None:
        workflow.ports.reports.reach()
        yield workflow.tell(Step.PREPARE, Outcome.CHECKED, what="the state's service can be reached")
    if workflow.ports.toms is not None:
        # A warning only, as the person's own browser may get there.
        try:
            workflow.ports.toms()
        except errors.Unreachable as problem:
            what = "the start page of TOMS does not answer from here; your browser may still get there"
            yield workflow.tell(Step.PREPARE, Outcome.WARNED, what=what, reason=problem.message)
        else:
            yield workflow.tell(Step.PREPARE, Outcome.CHECKED, what="the start page of TOMS answers")
    if workflow.ports.portal is not None:
        yield from _compare(workflow, workflow.ports.portal, replace=replace, command=command)
    if workflow.ports.vendors:
        yield workflow.tell(Step.PREPARE, Outcome.WARNED, vendors=", ".join(workflow.ports.vendors))


def _compare(workflow: Workflow, portal: Portal, *, replace: bool, command: str) -> Iterator[Event]:
    readings = portal.places()
    yield workflow.tell(Step.PREPARE, Outcome.CHECKED, what="the portal lets us in and its settings are understood")
    changed = workflow.drifted(readings)
    for reading in readings:
        if reading.inherits:
            continue
        if reading.place in changed:
            detail = {"replace": "yes"} if replace else {}
            yield workflow.tell(Step.PREPARE, Outcome.DRIFTED, reading.place, username=reading.shown, **detail)
        else:
            yield workflow.tell(Step.PREPARE, Outcome.COMPARED, reading.place, username=reading.shown)
    if changed and not replace:
        raise errors.PlaceDrifted(
            f"Somebody else has changed the pair since ssrcred wrote it: {', '.join(changed)}.",
            state="Nothing was changed. Do not click Regenerate Credentials yet: it would kill the other pair.",
            hint="Ask the other coordinator who generated it. To replace it all the same: "
            f"ssrcred {command} --replace.",
        )
    if workflow.ports.rehearse is not None:
        length = next((len(pair.secret) for pair in workflow.spent()), None)
        for place, (fields, of) in workflow.ports.rehearse(to_write(workflow, readings), length).items():
            what = f"a test save would change {fields} of {of} fields; nothing was sent"
            yield workflow.tell(Step.PREPARE, Outcome.CHECKED, place, what=what, test_save="yes")
    for place in sorted(workflow.ports.provable, key=lambda place: (place != DISTRICT, place)):
        portal.prove(place)  # what the old pair answers does not matter here: that the account gets in does
        yield workflow.tell(Step.PREPARE, Outcome.CHECKED, place, what="the parent account gets in")


def mint(workflow: Workflow, capture: Capture, hold: Hold, taken: Taken = AS_USUAL) -> Iterator[Event]:
    """Ask the person for the new pair and save it before anything else; hold on to it while the keyring refuses.

    Raises what `capture` raises, and Unfinished when the pair had to be saved outside the keyring.
    """
    rotation = workflow.standing.rotation
    slot = _free_slot(workflow) if rotation is None else rotation.slot
    if rotation is None:
        yield workflow.tell(Step.PREPARE, Outcome.PREPARED, slot=slot)
    yield workflow.tell(Step.MINT, Outcome.ASKED, slot=slot)
    credential = capture(workflow.spent())
    if workflow.ports.direct and workflow.refused_before(credential):
        raise errors.InputRefused(
            "The state's service has refused this very pair before, so it is not sent again.",
            state="Nothing was stored. The rotation waits for a pair.",
            hint="Copy both halves again if TOMS still shows them; if not, regenerate in TOMS. Then: ssrcred resume.",
        )
    while (refusal := _refusal(workflow, slot, credential)) is not None:
        yield workflow.tell(Step.STORE, Outcome.HELD, slot=slot, reason=refusal.message)
        if not hold(credential, slot, refusal):
            raise errors.Unfinished(
                "The keyring does not take the new pair, so it was saved in an encrypted file.",
                state="The new pair is safe. It is not in the portal yet, so parents cannot see score reports.",
                hint="When the keyring works again: ssrcred resume. It asks for the passphrase of the file.",
            )
    yield stored(workflow, slot, undated=taken.day is not None, any_length=taken.length_seen or taken.any_length)
    yield from _date(workflow, taken)


def _date(workflow: Workflow, taken: Taken) -> Iterator[Event]:
    """Ask for the day of generation of a pair that was stored without it.

    Another day than that of the storing goes into a slot of its own: no slot is written twice, and the ledger may be
    lost.
    """
    rotation = workflow.standing.rotation
    if taken.day is None or rotation is None or not rotation.undated:
        return
    generated_at, slot = taken.day(), rotation.slot
    pair = workflow.ports.vault.read(slot)
    if generated_at != pair.generated_at:
        dated = replaced(pair, generated_at=generated_at)
        free = _free_slot(workflow)
        slot = slot if _refusal(workflow, free, dated) else free  # the ledger's day alone is better than none
    day = {"slot": slot, "generated_at": generated_at.isoformat(), "username": pair.username}
    yield workflow.tell(Step.STORE, Outcome.STORED, dated="yes", **day)


def _free_slot(workflow: Workflow) -> str:
    number = workflow.standing.slots_used + 1
    while workflow.ports.vault.holds(slot_name(number)):  # a lost ledger counts from 1 again; the vault remembers
        number += 1
    return slot_name(number)


def _refusal(workflow: Workflow, slot: str, credential: Credential) -> errors.KeyringFailed | None:
    try:
        workflow.ports.vault.store(slot, credential)
    except errors.KeyringFailed as refusal:
        return refusal
    return None


def _nothing_to(command: str) -> errors.UsageWrong:
    return errors.UsageWrong(
        f"No rotation is under way, so there is nothing to {command}.",
        state="Nothing was changed.",
        hint="To see where things stand: ssrcred status. To begin: ssrcred rotate.",
    )


def carry_out(workflow: Workflow, taken: Taken = AS_USUAL) -> Iterator[Event]:
    """All that follows once the pair is stored: check, write, prove, finish. Each part is safe to repeat."""
    if workflow.standing.rotation is not None and workflow.standing.rotation.reached is not Outcome.POINTED:
        answered = False
        try:
            for event in write(workflow, any_length=taken.any_length):
                answered = answered or event.outcome.value in WORKS
                yield event
        except (errors.PortalFailed, errors.Unreachable) as problem:
            # What stops all of it leaves a pair that waits in the keyring, so the way on is `resume`.
            kind = errors.Unfinished if isinstance(problem, errors.Unreachable) else type(problem)
            raise kind(
                problem.message,
                state=f"The new pair is safe in the keyring. {problem.state}",
                hint=f"{problem.hint} To go on then: ssrcred resume.",
            ) from None
        yield from probe(workflow, direct=not answered)
        yield from close_if_refused(workflow)
    yield from finish(workflow, unverified=taken.unverified)


def close_if_refused(workflow: Workflow) -> Iterator[Event]:
    """Close the rotation of a pair that the state's service refuses and no parent can use. Raises PairRefused then."""
    standing = workflow.standing
    # While a rotation waits for its pair, what was tried is the one before it.
    if standing.rotation is None or standing.waiting or standing.works_for_parents or TOMS not in standing.refused:
        return
    yield workflow.tell(Step.ABANDON, Outcome.ABANDONED, reason=REFUSED)
    raise errors.PairRefused(
        "The state's service refuses the new pair. Its answer does not say why: most often a key was not copied whole.",
        state="Its rotation is closed. The pair stays in the keyring until another one works, and is not sent again.",
        hint="First press View CAASPP/ELPAC as a parent: if a report opens, only this check is wrong. If not, and TOMS "
        "still shows the pair, copy both halves again: ssrcred store. Else regenerate in TOMS: ssrcred rotate.",
    )


def finish(workflow: Workflow, *, unverified: bool) -> Iterator[Event]:
    """Make the proved pair the current one and delete the slots before it.

    `unverified` is the person's word for a proof that cannot be had; it does not overrule a refusal. Raises Unfinished
    while something is open, KeyringFailed when an old slot does not go.
    """
    rotation = workflow.standing.rotation
    if rotation is None or not rotation.stored:
        return
    ends = open_ends(workflow, unverified=unverified)
    if ends and rotation.reached is not Outcome.POINTED:
        raise errors.Unfinished(
            f"Not everything is done: {'; '.join(ends)}.",
            state="The new pair is safe in the keyring. What is done stays done.",
            hint="Mend what is named above, then: ssrcred resume. It does only what is not done yet.",
        )
    if rotation.reached is not Outcome.POINTED:
        proved = "no" if workflow.standing.proved_at is None else "yes"
        yield workflow.tell(Step.FINISH, Outcome.POINTED, slot=rotation.slot, proved=proved)
    yield from open_handovers(workflow)
    for slot in workflow.standing.leftover:
        workflow.ports.vault.delete(slot)
        yield workflow.tell(Step.FINISH, Outcome.RETIRED, slot=slot)
    yield workflow.tell(Step.FINISH, Outcome.FINISHED, slot=rotation.slot)


def open_ends(workflow: Workflow, *, unverified: bool) -> tuple[str, ...]:
    """What keeps the rotation under way from being finished, in words; () when nothing does."""
    standing, ends = workflow.standing, []
    names = {*standing.places, *standing.tried} - {TOMS}  # the tried ones may use the district's pair, or another
    for name in sorted(names, key=lambda name: (name != DISTRICT, name)):
        tried, place = standing.tried.get(name), standing.places.get(name)
        outcome, last = tried.outcome if tried else None, place.outcome if place else None
        older = place is not None and last is not Outcome.LEFT and place.slot not in ("", standing.newest_slot)
        if last in NOT_WRITTEN:
            end = "{} was not written"
        elif outcome is Outcome.REFUSED:
            end = "{} is refused, so it does not hold the new pair as TOMS made it"
        elif older:
            end = "{} does not hold the new pair yet"
        elif unverified or outcome in WORKS:
            continue
        elif last is Outcome.UNCONFIRMED:
            end = "it cannot be seen whether {} took the pair"
        elif outcome is not None:
            end = f"{{}} could not be proved ({outcome.value.replace('_', ' ')})"
        else:
            continue
        ends.append(end.format("the district" if name == DISTRICT else name))
    if workflow.ports.portal is not None and DISTRICT not in standing.places:
        ends.append("the district does not hold the new pair yet")
    if TOMS in standing.refused:
        ends.append(
            "the state's service refuses the pair directly, though a parent can use it (is the API profile right?)"
        )
    if standing.proved_at is None and not unverified:
        ends.append("no check has shown yet that the pair works (if none can: ssrcred resume --unverified)")
    return tuple(ends)


def abandon(workflow: Workflow, *, before_click: bool = False) -> Iterator[Event]:
    """Close the rotation under way without making its pair the current one; nothing is deleted.

    `before_click` is the person's word that no new pair was generated in it.
    """
    if workflow.standing.rotation is None and not workflow.standing.preparing:
        raise _nothing_to("abandon")
    slot = None
    with suppress(errors.KeyringFailed):  # a keyring that refuses is a reason to abandon, and none to be kept from it
        slot = unheard_of(workflow)
    if slot is not None:
        yield stored(workflow, slot)
    yield from open_handovers(workflow)  # its pair may be the current one already
    generated = {"generated": "no"} if before_click else {}
    yield workflow.tell(Step.ABANDON, Outcome.ABANDONED, reason="by the person at the keyboard", **generated)

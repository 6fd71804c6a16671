"""One rotation: prepare, mint, store, write, prove, finish; after a kill between any two steps, resume.

The old credentials stop working when a person generates new ones in TOMS, and there is no rollback. Everything that can
fail is therefore tried first, a new key is saved before anything else is done with it, and credentials become the
current ones only after a test. The names of the steps follow AWS Secrets Manager and Vault (design.md, *Rotation
protocol*).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from dataclasses import replace as replaced
from datetime import datetime
from typing import Final

from ssrcred.domain import errors
from ssrcred.domain.credential import Credential
from ssrcred.domain.errors import Cause
from ssrcred.domain.event import WORKS, Event, Outcome, Step
from ssrcred.domain.evidence import Probe
from ssrcred.domain.paste_check import usual_length
from ssrcred.domain.place import DISTRICT
from ssrcred.domain.standing import TOMS, slot_name
from ssrcred.workflows.pending_systems import open_handovers
from ssrcred.workflows.upload import NOT_WRITTEN, REFUSED, to_write, write
from ssrcred.workflows.verification import probe
from ssrcred.workflows.workflow import Portal, Workflow

# Leads the person through TOMS and returns the new credentials; takes the replaced ones, to recognize their key.
Capture = Callable[[tuple[Credential, ...]], Credential]


# How many slots after the last known one are searched: enough for many years of one or two rotations a year.
RECOVERABLE_SLOTS: Final = 100

# Asks on which day stored credentials were generated, and returns the moment to record.
Day = Callable[[], datetime]


# Holds credentials, meant for a slot, that the keyring refused so. Returns True to try the keyring again, False once
# they are saved elsewhere. Raises only if the person gives up.
Hold = Callable[[Credential, str, errors.KeyringFailed], bool]


@dataclass(frozen=True)
class Taken:
    """How new credentials are captured.

    `day` asks for the day of generation once they are stored (None: it is known). `length_seen`: a person was asked
    about an unusual length. `any_length` and `unverified`: a person vouched for the key, or for a test that is missing.
    """

    day: Day | None = None
    length_seen: bool = False
    any_length: bool = False
    unverified: bool = False


AS_USUAL: Final = Taken()


def rotate(
    workflow: Workflow, capture: Capture, hold: Hold, *, replace: bool = False, taken: Taken = AS_USUAL
) -> Iterator[Event]:
    """Run a whole rotation. Raises Unfinished when one is under way already, and what the steps raise."""
    refuse_second(workflow)
    yield from prepare(workflow, replace=replace)
    yield from mint(workflow, capture, hold, taken)
    yield from carry_out(workflow, taken, replace=replace)


def resume(
    workflow: Workflow, capture: Capture, hold: Hold, *, replace: bool = False, taken: Taken = AS_USUAL
) -> Iterator[Event]:
    """Finish a rotation from wherever it stopped; does nothing when the last one is finished.

    Credentials that the ledger does not know are found by their slot. Raises UsageWrong when none was ever begun.
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
    under_way = workflow.standing.rotation
    if under_way is not None and under_way.reached is not Outcome.POINTED and not workflow.ports.direct:
        # Days may have passed since they were stored, and nothing else would notice that they were replaced.
        reason = "the direct check is off, so nothing shows whether another coordinator has regenerated since"
        yield workflow.tell(Step.PROVE, Outcome.SKIPPED, probe=Probe.TOMS, reason=reason, first="yes")
    yield from carry_out(workflow, taken, replace=replace)


def store(workflow: Workflow, capture: Capture, hold: Hold, taken: Taken = AS_USUAL) -> Iterator[Event]:
    """Save credentials that were generated already, opening only the vault; `resume` continues with them.

    Opens a rotation, or is what one under way waits for. Raises Unfinished when that one's are stored already.
    """
    if not workflow.standing.waiting:
        refuse_second(workflow)
    if (slot := unheard_of(workflow)) is not None:
        yield stored(workflow, slot)
        return
    workflow.ports.vault.canary()
    yield from mint(workflow, capture, hold, taken)


# Credentials that the vault holds and the ledger has not heard of: after a kill, a loss, or from an older copy.


def stored(workflow: Workflow, slot: str) -> Event:
    """Return the event that the credentials in `slot` are stored, as read from the vault."""
    return _told_stored(workflow, slot, workflow.ports.vault.read(slot), usual_length(workflow.spent()))


def _told_stored(
    workflow: Workflow, slot: str, credential: Credential, usual: int | None, *, undated: bool = False
) -> Event:
    """Return the event that `credential` is stored, without asking the vault; `usual` is how long a key usually is."""
    detail = {"slot": slot, "generated_at": credential.generated_at.isoformat(), "username": credential.username}
    detail["digits"] = credential.check_digits()
    if undated:
        detail["undated"] = "yes"
    if usual is not None and len(credential.secret) != usual:
        detail["length"] = str(len(credential.secret))
    return workflow.tell(Step.STORE, Outcome.STORED, **detail)


def lost_slot(workflow: Workflow, most: int = RECOVERABLE_SLOTS) -> str | None:
    """Return the newest slot with credentials that the ledger does not know, searching the next `most`; None if none.

    There is one after the ledger was lost, or an older copy of it was restored.
    """
    known = workflow.standing.slots_used  # a slot is recorded before anything is put into it
    names = (slot_name(number) for number in range(known + most, known, -1))
    return next((name for name in names if workflow.ports.vault.holds(name)), None)


def unheard_of(workflow: Workflow) -> str | None:
    """Return the slot under way if it holds credentials and a kill kept the ledger from recording it; else None."""
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
        state=f"Its new credentials {'are stored' if stored else 'have not been stored yet'}.",
        hint="To continue it: ssrcred resume[lea]. To cancel it: ssrcred abandon[lea].",
    )


def prepare(workflow: Workflow, *, replace: bool, command: str = "rotate") -> Iterator[Event]:
    """Try everything that can fail before anybody goes to TOMS; reads only, except for a test entry in the vault.

    Raises PlaceDrifted when a setting that we wrote holds other credentials, unless `replace`, an option of `command`.
    """
    workflow.ports.vault.canary()
    yield workflow.tell(
        Step.PREPARE, Outcome.CHECKED, what="credential storage works (saved, read and deleted a test entry)"
    )
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
    yield workflow.tell(
        Step.PREPARE, Outcome.CHECKED, what="signed in to SchoolWise; the settings page matches what you confirmed"
    )
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
            f"Somebody else has changed the credentials since ssrcred saved them: {', '.join(changed)}.",
            state="Nothing was changed. Do not regenerate in TOMS yet: the other credentials would stop working.",
            hint=f"Ask the other coordinator who generated them. To replace them anyway: ssrcred {command}[lea] "
            "--replace",
        )
    if workflow.ports.rehearse is not None:
        length = next((len(credential.secret) for credential in workflow.spent()), None)
        for place, (fields, of) in workflow.ports.rehearse(to_write(workflow, readings), length).items():
            what = f"a test save would change {fields} of {of} fields; nothing was sent"
            yield workflow.tell(Step.PREPARE, Outcome.CHECKED, place, what=what, test_save="yes")
    for place in sorted(workflow.ports.provable, key=lambda place: (place != DISTRICT, place)):
        # Only whether the account can sign in matters here, not what the old credentials open.
        proof = portal.prove(place)
        if proof.outcome is Outcome.UNREACHABLE and proof.cause is not Cause.STATE_SERVICE:
            raise errors.Unreachable(
                f"It could not be tested whether the parent account can sign in: {proof.detail.rstrip('.')}.",
                state="Nothing was changed. Do not regenerate in TOMS yet: the new credentials could not be saved.",
                hint=f"Try again later: ssrcred {command}[lea]",
                cause=proof.cause,
            )
        if proof.outcome is Outcome.NOT_UNDERSTOOD and not proof.asked:
            what = "it could not be tested whether the parent account can sign in"
            yield workflow.tell(Step.PREPARE, Outcome.WARNED, place, what=what, reason=proof.detail)
        else:
            yield workflow.tell(Step.PREPARE, Outcome.CHECKED, place, what="the parent account can sign in")


def mint(workflow: Workflow, capture: Capture, hold: Hold, taken: Taken = AS_USUAL) -> Iterator[Event]:
    """Ask for the new credentials and save them before anything else; hold on to them while the keyring fails.

    Raises what `capture` raises, and Unfinished when they had to be saved outside the keyring.
    """
    rotation = workflow.standing.rotation
    slot = _free_slot(workflow) if rotation is None else rotation.slot
    if rotation is None:
        yield workflow.tell(Step.PREPARE, Outcome.PREPARED, slot=slot)
    yield workflow.tell(Step.MINT, Outcome.ASKED, slot=slot)
    spent = workflow.spent()
    credential = capture(spent)
    # The clipboard may still hold rejected ones, and each rejection brings a lock nearer.
    if workflow.ports.direct and workflow.refused_before(credential):
        raise errors.InputRefused(
            "The state's service has rejected these same credentials before, so they are not sent again.",
            state="Nothing was stored. The rotation still waits for new credentials.",
            hint="If TOMS still shows the new ones, copy user name and secret key again. If not, regenerate in TOMS. "
            "Then: ssrcred resume[lea]",
        )
    # Never given up by itself: TOMS shows the key once, and this process may have the only copy.
    while (refusal := _refusal(workflow, slot, credential)) is not None:
        yield workflow.tell(Step.STORE, Outcome.HELD, slot=slot, reason=refusal.message)
        if not hold(credential, slot, refusal):
            raise errors.Unfinished(
                "The keyring could not save the new credentials, so they were saved in an encrypted file.",
                state="They are safe, but not in SchoolWise yet, so parents cannot see score reports.",
                hint="When the keyring works again: ssrcred resume[lea]. It asks for the passphrase of the file.",
            )
    usual = None if taken.length_seen or taken.any_length else usual_length(spent)
    # Not read again: a keyring that fails now would end the run as if nothing had been stored.
    yield _told_stored(workflow, slot, credential, usual, undated=taken.day is not None)
    yield from _date(workflow, taken)


def _date(workflow: Workflow, taken: Taken) -> Iterator[Event]:
    """Ask for the day of generation of credentials that were stored without it.

    If it is another day, they are stored again in a new slot: no slot is written twice, and the ledger may be lost.
    """
    rotation = workflow.standing.rotation
    if taken.day is None or rotation is None or not rotation.undated:
        return
    generated_at, slot = taken.day(), rotation.slot
    credential = workflow.ports.vault.read(slot)
    if generated_at != credential.generated_at:
        dated = replaced(credential, generated_at=generated_at)
        free = _free_slot(workflow)
        slot = slot if _refusal(workflow, free, dated) else free  # the ledger's day alone is better than none
    day = {"slot": slot, "generated_at": generated_at.isoformat(), "username": credential.username}
    yield workflow.tell(Step.STORE, Outcome.STORED, dated="yes", **day)


def _free_slot(workflow: Workflow) -> str:
    number = workflow.standing.slots_used + 1
    while workflow.ports.vault.holds(slot_name(number)):  # after a lost ledger the count begins at 1 again
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
        hint="To see the current state: ssrcred status[lea]. To start a rotation: ssrcred rotate[lea]",
    )


def carry_out(workflow: Workflow, taken: Taken = AS_USUAL, *, replace: bool = False) -> Iterator[Event]:
    """Do everything after the credentials are stored: check, write, test, finish. Each part is safe to repeat."""
    if workflow.standing.rotation is not None and workflow.standing.rotation.reached is not Outcome.POINTED:
        answered, saved = False, list[str]()
        try:
            for event in write(workflow, any_length=taken.any_length, replace=replace):
                answered = answered or event.outcome in WORKS
                saved += [event.place] if event.outcome is Outcome.WRITTEN else []
                yield event
        except (errors.PortalFailed, errors.Unreachable) as problem:
            # The credentials are stored by now, so whatever stops the rest is continued with `resume`.
            kind = errors.Unfinished if isinstance(problem, errors.Unreachable) else type(problem)
            # Its state is that of one visit: after a save, "Nothing was written" would not be true.
            names = ", ".join("the district" if place == DISTRICT else place for place in saved)
            state = f"They are saved for {names}, and not for the others." if saved else problem.state
            raise kind(
                problem.message,
                state=f"The new credentials are stored. {state}",
                hint=f"{problem.hint.rstrip('.')}. Then continue: ssrcred resume[lea]",
            ) from None
        yield from probe(workflow, direct=not answered)
        yield from close_if_refused(workflow)
    yield from finish(workflow, unverified=taken.unverified)


def close_if_refused(workflow: Workflow) -> Iterator[Event]:
    """Close a rotation whose credentials are rejected and no parent can use; then raise CredentialRefused."""
    standing = workflow.standing
    # While a rotation waits for its credentials, those that were tested are the ones before.
    if standing.rotation is None or standing.waiting or standing.works_for_parents or TOMS not in standing.refused:
        return
    yield workflow.tell(Step.ABANDON, Outcome.ABANDONED, reason=REFUSED)
    raise errors.CredentialRefused(
        "The state's service rejected the new credentials. It does not say why: most often, a key was copied in part.",
        state="Their rotation is closed. They stay stored until others work, and are not sent again.",
        hint="First click View CAASPP/ELPAC as a parent: if a report opens, only this check is wrong. If not, and TOMS "
        "still shows them, copy user name and secret key again: ssrcred store[lea]. Otherwise regenerate in TOMS: "
        "ssrcred rotate[lea]",
    )


def finish(workflow: Workflow, *, unverified: bool) -> Iterator[Event]:
    """Make the tested credentials the current ones and delete the slots before them.

    `unverified`: a person vouches for them because no test is possible; it does not overrule a rejection. Raises
    Unfinished while something is not done, KeyringFailed when an old slot cannot be deleted.
    """
    rotation = workflow.standing.rotation
    if rotation is None or not rotation.stored:
        return
    ends = open_ends(workflow, unverified=unverified)
    if ends and rotation.reached is not Outcome.POINTED:
        raise errors.Unfinished(
            f"The rotation is not finished: {'; '.join(ends)}.",
            state="The new credentials are stored. Finished steps will not be repeated.",
            hint="Fix the problem above, then: ssrcred resume[lea]. It continues where it stopped.",
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
    """Return what still prevents the rotation under way from finishing, in words; () if nothing does."""
    standing, ends = workflow.standing, []
    names = {*standing.places, *standing.tried} - {TOMS}  # a school that was tested may use the district's
    for name in sorted(names, key=lambda name: (name != DISTRICT, name)):
        tried, place = standing.tried.get(name), standing.places.get(name)
        outcome, last = tried.outcome if tried else None, place.outcome if place else None
        older = place is not None and last is not Outcome.LEFT and place.slot not in ("", standing.newest_slot)
        if last in NOT_WRITTEN:
            end = "{} was not saved"
        elif outcome is Outcome.REFUSED:
            end = "{} is rejected, so it does not have the new credentials as TOMS showed them"
        elif older:
            end = "{} does not have the new credentials yet"
        elif unverified or outcome in WORKS:
            continue
        elif last is Outcome.UNCONFIRMED:
            end = "SchoolWise does not show whether {} was saved"
        elif outcome is not None:
            end = f"{{}} could not be tested ({outcome.value.replace('_', ' ')})"
        else:
            continue
        ends.append(end.format("the district" if name == DISTRICT else name))
    if workflow.ports.portal is not None and DISTRICT not in standing.places:
        ends.append("the district does not have the new credentials yet")
    if TOMS in standing.refused:
        ends.append(
            "the state's service rejects the credentials, but a parent can use them (is the API profile right?)"
        )
    if standing.proved_at is None and not unverified:
        ends.append(
            "no test has shown yet that the credentials work (if none is possible: ssrcred resume[lea] --unverified)"
        )
    return tuple(ends)


def abandon(workflow: Workflow, *, before_click: bool = False) -> Iterator[Event]:
    """Cancel the rotation under way; its credentials do not become the current ones, and nothing is deleted.

    `before_click`: a person says that no new credentials were generated in it.
    """
    if workflow.standing.rotation is None and not workflow.standing.preparing:
        raise _nothing_to("abandon")
    slot = None
    with suppress(errors.KeyringFailed):  # a keyring that fails is a reason to cancel, and must not prevent it
        slot = unheard_of(workflow)
    if slot is not None:
        yield stored(workflow, slot)
    yield from open_handovers(workflow)  # its credentials may be the current ones already
    generated = {"generated": "no"} if before_click else {}
    yield workflow.tell(Step.ABANDON, Outcome.ABANDONED, reason="by hand", **generated)

"""The settings of a portal: what each holds, and saving the newest credentials there or clearing it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ssrcred.domain import errors
from ssrcred.domain.credential import Credential
from ssrcred.domain.event import WORKS, Event, Outcome, Step
from ssrcred.domain.place import DISTRICT, Holds, Kind, Reading, Took
from ssrcred.domain.standing import TOMS
from ssrcred.workflows.verification import ask_first
from ssrcred.workflows.workflow import Portal, Workflow

# Outcomes of a save that did not happen.
NOT_WRITTEN: Final = frozenset({Outcome.FAILED, Outcome.NOT_CONFIRMED, Outcome.PAGE_CHANGED})
# The recorded reason of a rotation that was closed because its credentials do not work.
REFUSED: Final = "the state's service rejects the credentials"


def survey(workflow: Workflow) -> tuple[tuple[Reading, Holds], ...]:
    """Return every setting and whose credentials it holds, by one visit to the portal; () without a portal."""
    if workflow.ports.portal is None:
        return ()
    return workflow.held(workflow.ports.portal.places())


def write(
    workflow: Workflow, only: frozenset[str] | None = None, *, any_length: bool = False, replace: bool = False
) -> Iterator[Event]:
    """Save the newest credentials in every setting that should hold them, or in those named by `only`.

    Credentials that the state's service rejects are saved nowhere; those with a key of unusual length only if it
    accepts them, or with `any_length`; and over somebody else's only if it accepts them, or with `replace`. One
    setting that fails does not stop the others. Raises LoginRefused, which stops all, InputRefused for a setting that
    does not exist, CredentialRefused, PlaceDrifted, Unfinished, CredentialMissing, and what reading raises.
    """
    portal = workflow.ports.portal
    if portal is None:
        return
    slot, ours = workflow.newest()
    try:
        surveyed = survey(workflow)
    except (errors.NotConfirmed, errors.PageChanged) as stop:
        if workflow.standing.rotation is None:
            raise
        # The key was generated already: write what can be written; the rotation stays open for the rest.
        if isinstance(stop, errors.NotConfirmed):
            surveyed = ()
            yield workflow.tell(Step.WRITE, Outcome.NOT_CONFIRMED, DISTRICT, slot=slot, reason=stop.message)
        else:
            surveyed = workflow.held(stop.readings)
            for place in dict.fromkeys(item.place or DISTRICT for item in stop.differences):
                told = "; ".join(item.change for item in stop.differences if (item.place or DISTRICT) == place)
                yield workflow.tell(Step.WRITE, Outcome.PAGE_CHANGED, place, slot=slot, reason=told)
        only = only and frozenset(reading.place for reading, _ in surveyed) & only
    if only is not None:
        surveyed = tuple(_named(surveyed, name) for name in sorted(only))
    else:
        # Forget settings that we once wrote and that are gone now, or no longer hold anything of their own.
        here = {reading.place for reading, _ in surveyed if not reading.inherits}
        for place in [name for name in workflow.standing.places if name not in here]:
            yield workflow.tell(Step.CLEAR, Outcome.CLEARED, place)
    changed = () if replace or only is not None else workflow.drifted(tuple(reading for reading, _ in surveyed))
    asked = False
    for reading, holding in surveyed:
        reason = None if only is not None else _reason_to_leave(workflow, reading, holding)
        if reason is not None:
            detail = {} if reading.place in workflow.ports.separate_schools else {"holds": holding.value}
            yield workflow.tell(Step.WRITE, Outcome.LEFT, reading.place, reason=reason, **detail)
        elif only is None and reading.inherits:
            continue  # it uses the district's credentials: nothing to do and nothing to say
        elif holding is Holds.OURS and (only is None or reading.key is not None):
            # Where the page hides the key, only our memory says so: not enough for a setting that was named.
            yield workflow.tell(Step.WRITE, Outcome.SKIPPED, reading.place, slot=slot, username=ours.username)
        elif holding is Holds.HIDDEN and only is None and _saved_before(workflow, reading.place, ours):
            seen = {"seen": Took.CANNOT_BE_SEEN.value}  # it needs a test, not a second save
            yield workflow.tell(Step.WRITE, Outcome.SKIPPED, reading.place, slot=slot, username=ours.username, **seen)
        else:
            if not asked:
                yield from _ask_first(workflow, changed, any_length=any_length)
                asked = True
            yield _write_one(workflow, portal, reading.place, slot, ours)


def to_write(workflow: Workflow, readings: tuple[Reading, ...]) -> tuple[str, ...]:
    """Return the settings that new credentials would be saved in, in the order of their page."""
    return tuple(
        reading.place
        for reading, holding in workflow.held(readings)
        if not reading.inherits and _reason_to_leave(workflow, reading, holding) is None
    )


def _ask_first(workflow: Workflow, changed: tuple[str, ...], *, any_length: bool) -> Iterator[Event]:
    """Raise an error for credentials that may be saved nowhere; close the rotation of those that are rejected.

    `changed` are the settings that we saved before and that hold somebody else's credentials now.
    """
    last = workflow.standing.tried.get(TOMS)
    worked_before, works = last is not None and last.outcome in WORKS, False
    for event in ask_first(workflow):
        works = event.outcome in WORKS
        yield event
    standing = workflow.standing
    under_way = standing.rotation is not None and not standing.waiting
    # A parent who can use them outweighs what we make of an answer. But a service that accepted these credentials and
    # rejects them now, or a setting with somebody else's, means that another coordinator has regenerated since: what
    # the parent opened was before that, or is opened with those others.
    if under_way and standing.works_for_parents and not (worked_before and TOMS in standing.refused) and not changed:
        return
    if workflow.ports.reports is not None and TOMS in standing.refused:
        if under_way:
            yield workflow.tell(Step.ABANDON, Outcome.ABANDONED, reason=REFUSED)
            raise errors.CredentialRefused(
                "The state's service rejected the new credentials. It does not say why: most often the key was not "
                "copied whole.",
                state="Nothing was written to SchoolWise. Their rotation is closed; they stay stored until others "
                "work, and are not sent again.",
                hint="If TOMS still shows them, copy both again: ssrcred store[lea]. If not, regenerate in TOMS: "
                "ssrcred rotate[lea]. If those are rejected too, this check may be wrong: ssrcred doctor "
                "--find-api[lea].",
            )
        raise errors.CredentialRefused(
            "The state's service rejected the stored credentials, so they were not saved.",
            state="Nothing was written to SchoolWise.",
            hint="To find out what is the matter: ssrcred verify[lea].",
        )
    if changed and not works:
        unknown = "did not say" if workflow.ports.direct else "is not asked (the direct check is off), so nothing shows"
        command = "resume[lea] --replace" if under_way else f"schools[lea] --set '{changed[0]}'"
        raise errors.PlaceDrifted(
            f"Somebody else has changed the credentials since ssrcred saved them: {', '.join(changed)}. "
            f"The state's service {unknown} whether yours still work.",
            state="Nothing was written to SchoolWise, because the other credentials may be the ones that work.",
            hint="Ask the other coordinator who generated last. If you did: ssrcred "
            f"{command}. If the other coordinator did: ssrcred store[lea], with the credentials that you get.",
        )
    unusual = standing.rotation is not None and standing.rotation.unusual
    if unusual and standing.proved_at is None and not any_length:
        raise errors.Unfinished(
            "The secret key has an unusual length, and the state's service has not accepted it yet.",
            state="The new credentials are stored. Nothing was written to SchoolWise.",
            hint="Compare the key with TOMS: ssrcred store[lea] --spell. If it is whole: ssrcred resume[lea] "
            "--any-length. If not: ssrcred abandon[lea], then: ssrcred store[lea].",
        )


def _reason_to_leave(workflow: Workflow, reading: Reading, holding: Holds) -> str | None:
    if reading.kind is Kind.DISTRICT:
        return None
    if reading.place in workflow.ports.separate_schools:
        return "it has credentials of its own"
    if holding is Holds.OTHER:
        command = f"ssrcred schools[lea] --set '{reading.place}'"
        return f"it has credentials that are not known here; to replace them: {command}"
    return None


def _saved_before(workflow: Workflow, place: str, ours: Credential) -> bool:
    """Return whether a setting that shows our user name, but no key, was saved already; False if in doubt."""
    if workflow.standing.given_newest(place):
        return True
    # A run that was killed between its save and its record: the new user name cannot have come there in another way.
    # Only where a parent's test follows: it decides, and after a rejection the setting is saved again.
    last, former = workflow.standing.places.get(place), workflow.former()
    renamed = former is not None and former.username != ours.username
    if not renamed or last is None or place not in workflow.ports.provable:
        return False
    # A save that could not be read back is in doubt until now; one whose test was rejected stays so.
    return not last.unsure or (last.outcome is Outcome.UNCONFIRMED and not workflow.standing.refused)


def _write_one(workflow: Workflow, portal: Portal, place: str, slot: str, ours: Credential) -> Event:
    try:
        saved = portal.write(place, ours)
    except errors.LoginRefused:
        raise
    except (errors.PortalFailed, errors.Unreachable) as problem:
        return workflow.tell(Step.WRITE, Outcome.FAILED, place, slot=slot, reason=problem.message)
    detail = {"slot": slot, "username": ours.username} | ({"reason": saved.detail} if saved.detail else {})
    former, shown, hidden = workflow.former(), saved.reading.key, saved.took is Took.CANNOT_BE_SEEN
    if hidden and former is not None and shown is not None and shown.matches(former.secret):
        detail["reason"] = "it still shows the key from before"  # so the text in its field is a key
        return workflow.tell(Step.WRITE, Outcome.FAILED, place, **detail)
    if saved.took is Took.DID_NOT_TAKE:
        return workflow.tell(Step.WRITE, Outcome.FAILED, place, **detail)
    if hidden and not saved.answered:
        return workflow.tell(Step.WRITE, Outcome.UNCONFIRMED, place, **detail)
    return workflow.tell(Step.WRITE, Outcome.WRITTEN, place, seen=saved.took.value, **detail)


def clear(workflow: Workflow, school: str) -> Iterator[Event]:
    """Blank a school's own credentials; the school then uses the district's (domain.md).

    Raises InputRefused for the district or a name that the portal does not have, and what the portal raises.
    """
    portal = workflow.ports.portal
    if portal is None:
        return
    reading, _ = _named(survey(workflow), school)
    if reading.kind is Kind.DISTRICT:
        raise errors.InputRefused(
            "The district's credentials cannot be cleared: every school without credentials of its own uses them.",
            state="Nothing was changed.",
            hint="To replace them with the stored ones: ssrcred upload[lea]",
        )
    if not reading.blank:
        saved = portal.write(reading.place, None)
        if saved.took is not Took.TOOK:
            reason = saved.detail or "the page does not show it as blank after the save"
            yield workflow.tell(Step.CLEAR, Outcome.FAILED, reading.place, reason=reason)
            return
    yield workflow.tell(Step.CLEAR, Outcome.CLEARED, reading.place)


def _named(surveyed: tuple[tuple[Reading, Holds], ...], name: str) -> tuple[Reading, Holds]:
    for reading, holding in surveyed:
        if reading.place.casefold() == name.strip().casefold():
            return reading, holding
    names = ", ".join(reading.place for reading, _ in surveyed)
    raise errors.InputRefused(
        f"SchoolWise has no setting named '{name}'. It has: {names}.",
        state="Nothing was changed.",
        hint="Write the name as SchoolWise does. To see all settings: ssrcred schools[lea]",
    )

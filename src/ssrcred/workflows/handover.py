"""The other systems that use the pair: each waits for the new one until a person says that it has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ssrcred.domain.credential import Credential
from ssrcred.domain.errors import Unfinished, UsageWrong
from ssrcred.domain.event import Event, Outcome, Step
from ssrcred.workflows.workflow import Workflow

Seal = Callable[[Credential], None]
"""Writes the pair where only the vendor can read it; raises what its door does."""


def open_handovers(workflow: Workflow) -> Iterator[Event]:
    """Open a hand-over for every vendor, once the pointer is at the pair under way; safe to repeat."""
    standing = workflow.standing
    if standing.rotation is None or standing.rotation.slot != standing.current:
        return
    for vendor in workflow.ports.vendors:
        before = standing.handovers.get(vendor)
        if before is None or before.slot != standing.current:
            yield workflow.tell(Step.FINISH, Outcome.OPENED, vendor=vendor, slot=standing.rotation.slot)


def close(workflow: Workflow, name: str) -> Iterator[Event]:
    """Record that a vendor has the new pair. Raises UsageWrong when it does not wait for one, and Unfinished."""
    _refuse_unfinished(workflow)
    vendor = _meant(name, tuple(workflow.standing.handovers))
    if vendor is None:
        waiting = ", ".join(workflow.standing.handovers) or "none"
        raise UsageWrong(
            f"No hand-over to '{name}' is open.", state="Nothing was changed.", hint=f"Open hand-overs: {waiting}."
        )
    yield workflow.tell(Step.HANDOVER, Outcome.CLOSED, vendor=vendor, slot=workflow.standing.handovers[vendor].slot)


def seal(workflow: Workflow, name: str, recipient: str, write: Seal) -> Iterator[Event]:
    """Have the current pair written for a vendor's key, `recipient`, and record that; the hand-over stays open.

    Raises UsageWrong for a vendor that nobody has named, Unfinished, CredentialMissing, and what `write` raises.
    """
    _refuse_unfinished(workflow)
    known = tuple(dict.fromkeys((*workflow.ports.vendors, *workflow.standing.handovers)))
    vendor = _meant(name, known)
    if vendor is None:
        raise UsageWrong(
            f"Nobody has said that '{name}' uses the pair.",
            state="Nothing was written.",
            hint=f"Known: {', '.join(known)}." if known else f'Add to config.toml, in the LEA: vendors = ["{name}"]',
        )
    slot, pair = workflow.newest()
    write(pair)
    yield workflow.tell(Step.HANDOVER, Outcome.SEALED, vendor=vendor, slot=slot, recipient=recipient)


def _refuse_unfinished(workflow: Workflow) -> None:
    """Raise Unfinished while a rotation is under way: then no pair is both valid and known to work."""
    if workflow.standing.rotation is not None:
        raise Unfinished(
            "A rotation is under way, so there is no pair yet that is known to work.",
            state="Nothing was changed. When the rotation is finished, every hand-over is opened anew.",
            hint="To go on with it: ssrcred resume.",
        )


def _meant(name: str, known: tuple[str, ...]) -> str | None:
    return next((one for one in known if one.casefold() == name.strip().casefold()), None)

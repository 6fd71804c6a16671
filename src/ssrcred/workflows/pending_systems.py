"""The other systems that use the credentials: each is pending until a person says that it has the new ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ssrcred.domain.credential import Credential
from ssrcred.domain.errors import Unfinished, UsageWrong
from ssrcred.domain.event import Event, Outcome, Step
from ssrcred.workflows.workflow import Workflow

# Writes the credentials where only the vendor can read them; raises what its adapter raises.
Seal = Callable[[Credential], None]


def open_handovers(workflow: Workflow) -> Iterator[Event]:
    """List every vendor as pending, once the credentials under way are the current ones; safe to repeat."""
    standing = workflow.standing
    if standing.rotation is None or standing.rotation.slot != standing.current:
        return
    for vendor in workflow.ports.vendors:
        before = standing.handovers.get(vendor)
        if before is None or before.slot != standing.current:
            yield workflow.tell(Step.FINISH, Outcome.OPENED, vendor=vendor, slot=standing.rotation.slot)


def close(workflow: Workflow, name: str) -> Iterator[Event]:
    """Record that a vendor has the new credentials. Raises UsageWrong when it is not pending, and Unfinished."""
    _refuse_unfinished(workflow)
    vendor = _meant(name, tuple(workflow.standing.handovers))
    if vendor is None:
        waiting = ", ".join(workflow.standing.handovers) or "none"
        raise UsageWrong(
            f"'{name}' is not waiting for the credentials.",
            state="Nothing was changed.",
            hint=f"Pending systems: {waiting}.",
        )
    yield workflow.tell(Step.HANDOVER, Outcome.CLOSED, vendor=vendor, slot=workflow.standing.handovers[vendor].slot)


def known_system(workflow: Workflow, name: str) -> str:
    """Return a system's name as it is known here, whatever the capitals of `name`. Raises UsageWrong and Unfinished."""
    _refuse_unfinished(workflow)
    known = tuple(dict.fromkeys((*workflow.ports.vendors, *workflow.standing.handovers)))
    vendor = _meant(name, known)
    if vendor is None:
        raise UsageWrong(
            f"'{name}' is not known as a system that uses the credentials.",
            state="Nothing was written.",
            hint=f"Known systems: {', '.join(known)}."
            if known
            else f'Add to the LEA in config.toml: vendors = ["{name}"]',
        )
    return vendor


def seal(workflow: Workflow, vendor: str, recipient: str, write: Seal) -> Iterator[Event]:
    """Encrypt the current credentials to a vendor's key, `recipient` ("": a passphrase), and record that.

    The vendor stays pending. Raises CredentialMissing, and what `write` raises.
    """
    slot, credential = workflow.newest()
    # First written, then recorded: a record of a file that is not there would keep somebody waiting for it.
    write(credential)
    opened_by = {"recipient": recipient} if recipient else {"opened_by": "a passphrase"}
    yield workflow.tell(Step.HANDOVER, Outcome.SEALED, vendor=vendor, slot=slot, **opened_by)


def _refuse_unfinished(workflow: Workflow) -> None:
    """Raise Unfinished while a rotation is under way: then no credentials are both valid and tested."""
    if workflow.standing.rotation is not None:
        raise Unfinished(
            "A rotation is under way, so no credentials are known to work yet.",
            state="Nothing was changed. When the rotation is finished, every system is pending again.",
            hint="To continue it: ssrcred resume[lea]",
        )


def _meant(name: str, known: tuple[str, ...]) -> str | None:
    return next((one for one in known if one.casefold() == name.strip().casefold()), None)

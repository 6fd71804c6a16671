"""Pairs that the keyring holds and the ledger has not heard of: after a kill, a loss, an older copy."""

from __future__ import annotations

from typing import Final

from ssrcred.domain.event import Event, Outcome, Step
from ssrcred.domain.paste_check import usual_length
from ssrcred.domain.standing import slot_name
from ssrcred.workflows.workflow import Workflow

RECOVERABLE_SLOTS: Final = 100
"""How many slots after the last one known are looked through: many years of one or two pairs a year."""


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

"""The command resume: goes on with a rotation that was interrupted."""

from __future__ import annotations

from ssrcred.app.capture import Mint, Source
from ssrcred.app.rotation import to_the_end
from ssrcred.app.session import Session
from ssrcred.cli.command import WITH_PORTAL, command
from ssrcred.cli.option import LeaName, Replace, Unverified
from ssrcred.workflows import rotation


@command(*WITH_PORTAL)
def resume(
    session: Session, source: Source, lea: LeaName = None, replace: Replace = False, unverified: Unverified = False
) -> None:
    """Go on with a rotation that was interrupted, from wherever it stopped."""
    # A key that is on the screen is stored first, opening nothing but the vault: what else is wrong can wait.
    with session.open(lea, portal=False, reports=False) as work, Mint(session, work, source, walk=True) as mint:
        pressed = False
        if work.workflow.standing.waiting:
            if mint.at_hand():
                mint.follow(rotation.store(work.workflow, mint.capture, mint.emergency.hold, mint.taken()))
            pressed = mint.pressed
    with session.open(lea) as work, Mint(session, work, source, walk=True) as mint:
        mint.pressed = pressed
        happening = rotation.resume(
            work.workflow, mint.capture, mint.emergency.hold, replace=replace, taken=mint.taken(unverified=unverified)
        )
        to_the_end(session, work, mint, happening)

"""The command abandon: closes a rotation that was interrupted."""

from __future__ import annotations

from ssrcred.app.announcement import outcome_told
from ssrcred.app.session import Session
from ssrcred.cli.option import LeaName, command
from ssrcred.domain.event import Outcome
from ssrcred.workflows import rotation


@command()
def abandon(session: Session, lea: LeaName = None) -> None:
    """Cancel a rotation that was interrupted. Its credentials do not become the current ones; nothing is deleted."""
    with session.open(lea, portal=False, reports=False) as work:
        before = work.workflow.standing.rotation
        with outcome_told(session, work):
            work.follow(rotation.abandon(work.workflow))
        if before is not None and not before.stored and before.reached is not Outcome.PREPARED:
            session.terminal.say(
                "If Yes, Generate Credentials was pressed in TOMS, the old credentials stopped working then, and "
                "parents may be locked out already. To test them: ssrcred verify[lea]."
            )
        session.terminal.say("To see the status: ssrcred status[lea].")
        session.result.answer_events(finished=True)

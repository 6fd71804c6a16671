"""The command rotate: new credentials, step by step, from TOMS to everywhere."""

from __future__ import annotations

from typing import Annotated

import typer

from ssrcred.app.capture import Mint, Source
from ssrcred.app.rotation import to_the_end
from ssrcred.app.session import Session, Work
from ssrcred.app.toms_guide import who_breaks
from ssrcred.cli.command import WITH_PORTAL, command
from ssrcred.cli.option import LeaName, Replace, Unverified
from ssrcred.domain import errors
from ssrcred.workflows import rotation


@command(*WITH_PORTAL)
def rotate(
    session: Session,
    source: Source,
    lea: LeaName = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Try all that can fail and stop there; nothing is written.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Generate new ones although these are not due yet.")] = False,
    replace: Replace = False,
    unverified: Unverified = False,
) -> None:
    """Make a new pair in TOMS and bring it everywhere: the yearly job, step by step."""
    taken = (replace, unverified)
    try:
        _rotate(session, lea, source, *taken, plan=plan, force=force)
    except (errors.NotConfirmed, errors.PageChanged) as stop:  # nothing was begun yet
        from ssrcred.app.confirmation import confirm_again

        confirm_again(session, lea, stop)
        _rotate(session, lea, source, *taken, plan=plan, force=True)


def _rotate(
    session: Session, lea: str | None, source: Source, replace: bool, unverified: bool, *, plan: bool, force: bool
) -> None:
    with session.open(lea) as work:
        rotation.refuse_second(work.workflow)
        if plan:
            _plan(session, work, replace=replace)
            return
        source.needs_somebody(session.terminal)  # before anything is begun that would have to be resumed
        if not force:
            _ask_if_young(session, work)
        with Mint(session, work, source, walk=True) as mint:
            happening = rotation.rotate(
                work.workflow,
                mint.capture,
                mint.emergency.hold,
                replace=replace,
                taken=mint.taken(unverified=unverified),
            )
            to_the_end(session, work, mint, happening)


def _plan(session: Session, work: Work, *, replace: bool) -> None:
    narrator = session.terminal.narrator()
    for event in rotation.prepare(work.workflow, replace=replace):
        session.result.events.append(event)
        narrator.tell(event)
    if work.workflow.ports.rehearse is not None and not any(
        "test_save" in event.detail for event in session.result.events
    ):
        session.terminal.say("The test save was left out: no browser is installed here.")
    session.terminal.say("")
    for line in who_breaks(work.lea):
        session.terminal.say(line)
    if session.condition(work.lea, work.workflow.standing).young:
        session.terminal.say("New credentials are not due yet: ssrcred rotate would ask before it replaces these.")
    session.terminal.say("This was a plan only: nothing was written and nothing has to be resumed.")
    session.result.answer_events(finished=False)


def _ask_if_young(session: Session, work: Work) -> None:
    """Ask before young credentials are replaced. Raises NotDue where nobody can be asked, Interrupted for a no."""
    lea = work.lea
    today = session.condition(lea, work.workflow.standing)
    if not today.young or today.days_left is None:
        return
    age = lea.lifetime_days - today.days_left
    told = f"These credentials are {age} day{'' if age == 1 else 's'} old and good for {today.days_left} more."
    if session.terminal.no_input:
        raise errors.NotDue(
            f"{told} New ones are not due yet.",
            state="Nothing was changed.",
            hint="To replace them all the same: ssrcred rotate --force.",
        )
    session.terminal.say(told)
    for line in who_breaks(lea):
        session.terminal.say(line)
    if not session.terminal.ask_yes_no("Generate new ones all the same?", default=False):
        raise errors.Interrupted(
            "You stopped before anything was done: new credentials are not due yet.",
            state="Nothing was changed.",
            hint="To see whether these work: ssrcred verify.",
        )

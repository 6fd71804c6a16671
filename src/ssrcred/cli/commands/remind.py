"""The command remind: sends the reminders that are due, or sets up who gets them."""

from __future__ import annotations

from typing import Annotated

import typer

from ssrcred.app.reminders.interview import set_up
from ssrcred.app.reminders.reminder_run import ReminderRun, run_reminders
from ssrcred.app.session import Session
from ssrcred.cli.option import All, DueWithin, Group, LeaName, OnlyState, command, filter_of


@command()
def remind(
    session: Session,
    lea: LeaName = None,
    every: All = False,
    states: OnlyState = None,
    due_within: DueWithin = None,
    group: Group = None,
    heartbeat: Annotated[
        str | None, typer.Option("--heartbeat", metavar="URL", help="Call this address after each successful run.")
    ] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Show what would be sent now; send nothing.")] = False,
    test: Annotated[
        str | None, typer.Option("--test", metavar="WHO", help="Send a test message: an address, a channel, or all.")
    ] = None,
    setup: Annotated[bool, typer.Option("--setup", help="Ask who gets reminders, by mail or chat.")] = False,
) -> None:
    """Send the reminders that are due: 60, 30, 14, 7, 3 and 1 days before the expiration, and daily after it."""
    session.only = filter_of(states, due_within, group, every=every)
    if setup:
        set_up(session, lea)
    else:
        _show(session, run_reminders(session, lea, every=every, heartbeat=heartbeat, plan=plan, test=test))


def _show(session: Session, run: ReminderRun) -> None:
    """Show the result, and raise the one error for all problems. In a scheduled job, nothing due prints nothing."""
    if not session.result.json:
        console = session.terminal.console(answer=True)
        for one in run.letters:
            if run.plan:
                console.print(f"To {one.recipient.shown}: {one.message.title}\n\n{one.message.text}", soft_wrap=True)
            elif one.problem is None:
                console.print(f"Sent to {one.recipient.shown}: {one.message.title}", soft_wrap=True)
        if not run.letters and (run.plan or (not run.problems and session.environment.stdout.isatty())):
            console.print("No reminders are due today.")
    if run.error is None:
        return session.result.answer(run.document())
    session.result.partial = run.document()
    if (others := len(run.problems) - 1) > 0:
        unsent = [one for one in run.letters if one.problem is not None]
        for one in unsent:
            why = one.problem.message if one.problem else ""
            session.terminal.say(f"Not sent to {one.recipient.shown}. {why}", warns=True)
        for problem in run.problems:
            if not any(problem is one.problem for one in unsent):
                session.terminal.say(problem.message, warns=True)
        run.error.message += f" There {'are' if others > 1 else 'is'} {others} more, listed above."
    raise run.error

"""The command remind: sends what is due to everybody who should hear it."""

from __future__ import annotations

from typing import Annotated

import typer

from ssrcred.app.reminders.interview import set_up
from ssrcred.app.reminders.reminder_run import ReminderRun, run_reminders
from ssrcred.app.session import Session
from ssrcred.cli.command import USUAL, command
from ssrcred.cli.option import All, LeaName


@command(*USUAL)
def remind(
    session: Session,
    lea: LeaName = None,
    every: All = False,
    heartbeat: Annotated[
        str | None, typer.Option("--heartbeat", metavar="URL", help="Call this address after each good run.")
    ] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Show what would be sent now; send nothing.")] = False,
    test: Annotated[
        str | None, typer.Option("--test", metavar="WHO", help="Send a test message: an address, a channel, or all.")
    ] = None,
    setup: Annotated[bool, typer.Option("--setup", help="Ask who is to be reminded, and by which way.")] = False,
) -> None:
    """Send the reminders that are due: 60, 30, 14, 7, 3 and 1 days before the end, and daily after it. For cron."""
    if setup:
        set_up(session, lea)
    else:
        _show(session, run_reminders(session, lea, every=every, heartbeat=heartbeat, plan=plan, test=test))


def _show(session: Session, run: ReminderRun) -> None:
    """The answer, and the error that stands for all problems; without a person, nothing due is nothing said."""
    if not session.result.json:
        console = session.terminal.console(answer=True)
        for one in run.letters:
            if run.plan:
                console.print(f"To {one.recipient.shown}: {one.message.title}\n\n{one.message.text}", soft_wrap=True)
            elif one.problem is None:
                console.print(f"Sent to {one.recipient.shown}: {one.message.title}", soft_wrap=True)
        if not run.letters and (run.plan or (not run.problems and session.environment.stdout.isatty())):
            console.print("Nothing is due today.")
    if run.error is None:
        return session.result.answer(run.document())
    session.result.partial = run.document()
    if (others := len(run.problems) - 1) > 0:
        unsent = [one for one in run.letters if one.problem is not None]
        for one in unsent:
            session.terminal.say(f"Not sent to {one.recipient.shown}. {one.problem.message if one.problem else ''}")
        for problem in run.problems:
            if not any(problem is one.problem for one in unsent):
                session.terminal.say(problem.message)
        run.error.message += f" There {'are' if others > 1 else 'is'} {others} more, named above."
    raise run.error

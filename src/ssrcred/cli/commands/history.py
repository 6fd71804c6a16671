"""The command history: shows what happened, when and by whom."""

from __future__ import annotations

from typing import Annotated

import typer

from ssrcred.app.session import Session, checked_history
from ssrcred.cli.option import SomeLea, command
from ssrcred.output import document, person


@command()
def history(
    session: Session,
    lea: SomeLea = None,
    last: Annotated[int | None, typer.Option("--last", min=1, metavar="N", help="Only the newest N events.")] = None,
) -> None:
    """Show what happened, when and by whom, and check that nobody has changed it."""
    happened = checked_history(session.environment, lea, last)
    if session.result.json:
        session.result.answer(document.history(happened))
    elif not happened:
        session.terminal.say("Nothing is recorded yet.")
    else:
        person.history(session.terminal.console(answer=True), happened, session.systems())
        count = "1 event" if len(happened) == 1 else f"{len(happened)} events"
        session.terminal.say(f"{count}. The history is intact: no event was changed since it was recorded.")

"""The commands for when something is wrong: history."""

from __future__ import annotations

from typing import Annotated

import typer

from ssrcred.cli.option import Json
from ssrcred.cli.session import Session


def history(
    context: typer.Context,
    lea: Annotated[str | None, typer.Option("--lea", metavar="NAME", help="Only this LEA; otherwise all.")] = None,
    last: Annotated[int | None, typer.Option("--last", min=1, metavar="N", help="Only the newest N events.")] = None,
    json: Json = False,
) -> None:
    """Show what happened, when and by whom, and check that nobody has edited it."""
    from ssrcred.ledger import Ledger
    from ssrcred.output import document, person

    session = Session.of(context, json=json, no_input=True)
    with Ledger.readonly(session.home.ledger) as ledger:
        ledger.check()
        happened = list(ledger.events(lea, limit=last, newest_first=True))
    happened.reverse()
    if session.json:
        session.answer(document.history(happened))
    elif not happened:
        session.say("Nothing is recorded yet.")
    else:
        person.history(session.console(answer=True), happened)
        count = "1 event" if len(happened) == 1 else f"{len(happened)} events"
        session.say(f"{count}. The chain holds: no event was edited since it was recorded.")

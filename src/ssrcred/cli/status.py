"""The command status: the days left, from memory alone."""

from __future__ import annotations

import typer

from ssrcred.cli.option import All, Json, LeaName
from ssrcred.cli.session import Session, remembered
from ssrcred.state import EXIT_CODES, worst


def status(
    context: typer.Context,
    lea: LeaName = None,
    every: All = False,
    json: Json = False,
) -> None:
    """Say how many days are left, from memory: no keyring, no network. Exits 0 fine, 1 due, 2 critical, 3 unknown."""
    from ssrcred.ledger import Ledger

    session = Session.of(context, json=json, no_input=True)
    config = session.config()
    chosen = [config.leas[name] for name in sorted(config.leas)] if every else [session.lea(lea, config)]
    with Ledger.readonly(session.home.ledger) as ledger:
        conditions = [session.condition(one, remembered(ledger, one.key)) for one in chosen]
    overall = worst(tuple(one.state for one in conditions))
    if json:
        from ssrcred.output import document

        session.answer(document.status(conditions, overall))
    else:
        from ssrcred.output import person

        person.status(
            session.console(answer=True),
            conditions,
            session.machine.now(),
            {one.key: one.lifetime_days for one in chosen},
        )
    raise typer.Exit(EXIT_CODES[overall])

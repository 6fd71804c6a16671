"""The command doctor: what is wrong with this computer or the set-up, and the command that mends each thing."""

from __future__ import annotations

from typing import Annotated

import typer

from ssrcred.cli.option import Json, NoInput
from ssrcred.cli.session import Session
from ssrcred.errors import UsageWrong
from ssrcred.finding import Chart, worst

SCHEDULED = "--scheduled-run"


def doctor(
    context: typer.Context,
    lea: Annotated[str | None, typer.Option("--lea", metavar="NAME", help="Only this LEA; otherwise all.")] = None,
    as_scheduled: Annotated[
        bool, typer.Option("--as-scheduled", help="Look with the eyes of the scheduler that runs the jobs.")
    ] = False,
    no_practice: Annotated[
        bool, typer.Option("--no-practice", help="Leave out the rehearsal with the practice district.")
    ] = False,
    find_api: Annotated[
        bool, typer.Option("--find-api", help="Find out how the state's service is talked to; asks first.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --find-api: the answer to its question.")] = False,
    scheduled_run: Annotated[bool, typer.Option(SCHEDULED, hidden=True)] = False,
    json: Json = False,
    no_input: NoInput = False,
) -> None:
    """Look at everything that the yearly job needs, change nothing, and say what mends each problem."""
    session = Session.of(context, json=json, no_input=no_input)
    if find_api:
        _alone(as_scheduled or no_practice)
        from ssrcred.cli import find

        session.command = "doctor find-api"  # another document than the chart's
        find.find_api(session, lea, yes=yes)
        return
    if yes:
        raise UsageWrong(
            "--yes answers the question of --find-api, and that is not here.",
            state="Nothing was done.",
            hint="ssrcred doctor asks nothing: leave --yes out.",
        )
    if session.machine.stderr.isatty() and not json:
        session.say("Looking at this computer, its network and what is remembered; this takes a few seconds.")
    if as_scheduled:
        from ssrcred.cli.scheduled import visit

        chart = visit(session, lea, practice=not no_practice)
    else:
        from ssrcred.cli.checkup import Checkup

        chart = Checkup(session, lea, practice=not no_practice, scheduled=scheduled_run).run()
    tell(session, chart)
    raise typer.Exit(worst(chart.all()))


def _alone(others: bool) -> None:
    if others:
        raise UsageWrong(
            "--find-api is a job of its own.",
            state="Nothing was done.",
            hint="Run it without --as-scheduled and --no-practice: ssrcred doctor --find-api",
        )


def tell(session: Session, chart: Chart) -> None:
    """Show a chart to the person, or as the one document."""
    if session.json:
        session.answer(chart.to_json())
        return
    from ssrcred.output import findings

    findings.show(session.console(answer=True), chart)

"""The command doctor: what is wrong with this computer or the set-up, and the command that mends each thing."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from ssrcred.app.doctor.all_checks import SCHEDULED, AllChecks, check_as_scheduled
from ssrcred.app.session import Session
from ssrcred.cli.command import USUAL, command
from ssrcred.cli.option import SomeLea
from ssrcred.domain.errors import UsageWrong
from ssrcred.domain.finding import worst


@command(*USUAL)
def doctor(
    session: Session,
    lea: SomeLea = None,
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
) -> None:
    """Look at everything that the yearly job needs, change nothing, and say what mends each problem."""
    if find_api:
        if as_scheduled or no_practice:
            raise UsageWrong(
                "--find-api is a job of its own.",
                state="Nothing was done.",
                hint="Run it without --as-scheduled and --no-practice: ssrcred doctor --find-api[lea]",
            )
        from ssrcred.app.doctor.api_search import search_api

        session.result.command = "doctor find-api"  # another document than the chart's
        search_api(session, lea, yes=yes)
        return
    if yes:
        raise UsageWrong(
            "--yes answers the question of --find-api, and that is not here.",
            state="Nothing was done.",
            hint="ssrcred doctor asks nothing: leave --yes out.",
        )
    if session.environment.stderr.isatty() and not session.result.json:
        session.terminal.say("Looking at this computer, its network and what is remembered; this takes a few seconds.")
    if as_scheduled:
        chart = check_as_scheduled(session, lea, practice=not no_practice)
    else:
        from ssrcred.app.practice import rehearse
        from ssrcred.cli.main import main

        rehearsal = None if no_practice else partial(rehearse, main, session.environment.now)
        chart = AllChecks(session, lea, rehearse=rehearsal, scheduled=scheduled_run).run()
    if session.result.json:
        session.result.answer(chart.to_json())
    else:
        from ssrcred.output import findings

        findings.show(session.terminal.console(answer=True), chart)
    raise typer.Exit(worst(chart.all()))

"""The command doctor: finds problems of this computer and the setup, and says how to fix each."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from ssrcred.app.session import Session
from ssrcred.cli.option import SomeLea, command
from ssrcred.domain.errors import UsageWrong
from ssrcred.domain.finding import worst


@command()
def doctor(
    session: Session,
    lea: SomeLea = None,
    as_scheduled: Annotated[bool, typer.Option("--as-scheduled", help="Run the checks as a scheduled job.")] = False,
    no_practice: Annotated[
        bool, typer.Option("--no-practice", help="Skip the test rotation in the practice district.")
    ] = False,
    find_api: Annotated[
        bool, typer.Option("--find-api", help="Find out how to call the state's service; asks first.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --find-api: start without asking.")] = False,
    scheduled_run: Annotated[bool, typer.Option("--scheduled-run", hidden=True)] = False,
) -> None:
    """Check everything that the yearly rotation needs, change nothing, and say how to fix each problem."""
    if find_api:
        if as_scheduled or no_practice:
            raise UsageWrong(
                "--find-api cannot be used with --as-scheduled or --no-practice.",
                state="Nothing was done.",
                hint="Run it alone: ssrcred doctor --find-api[lea]",
            )
        from ssrcred.app.doctor.api_search import search_api

        session.result.command = "doctor find-api"  # another document than that of the checks
        search_api(session, lea, yes=yes)
        return
    if yes:
        raise UsageWrong(
            "--yes works only with --find-api.",
            state="Nothing was done.",
            hint="ssrcred doctor asks nothing. Run it without --yes.",
        )
    if session.environment.stderr.isatty() and not session.result.json:
        session.terminal.say("Checking this computer, its network and the history. This takes a few seconds.")
    from ssrcred.app.doctor.all_checks import AllChecks, check_as_scheduled  # brings the network's library

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

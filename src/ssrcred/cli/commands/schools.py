"""The command schools: what each school's settings hold, and how to clear or set them."""

from __future__ import annotations

from typing import Annotated

import typer

from ssrcred.app.session import Session
from ssrcred.app.upload import check_written
from ssrcred.cli.option import WITH_PORTAL, LeaName, command
from ssrcred.domain import errors
from ssrcred.domain.event import WORKS
from ssrcred.domain.local_time import local_day
from ssrcred.output import document, person
from ssrcred.workflows import upload as places


@command(*WITH_PORTAL)
def schools(
    session: Session,
    lea: LeaName = None,
    clear: Annotated[
        str | None,
        typer.Option("--clear", metavar="SCHOOL", help="Clear its own credentials; it then uses the district's."),
    ] = None,
    give: Annotated[
        str | None, typer.Option("--set", metavar="SCHOOL", help="Save the stored credentials there, whatever it has.")
    ] = None,
) -> None:
    """Show every setting that can hold credentials, and whose it holds; clear or set a school's own."""
    if clear is not None and give is not None:
        raise errors.UsageWrong(
            "--clear and --set exclude each other.", state="Nothing was changed.", hint="Do one after the other."
        )
    with session.open(lea, reports=give is not None) as work:
        portal = work.portal
        if clear is not None:
            check_written(work.follow(places.clear(work.workflow, clear)))
        if give is not None:
            check_written(work.follow(places.write(work.workflow, frozenset({give}))))
            session.terminal.say("Next: ssrcred verify[lea].")
        surveyed, extent = places.survey(work.workflow), portal.extent
        if session.result.json:
            session.result.answer(document.places(surveyed, extent=extent))
        else:
            tried, zone = work.workflow.standing.tried.items(), work.lea.timezone
            # By place, the day on which the last check there worked, by the LEA's calendar.
            worked = {name: local_day(last.at, zone, short=True) for name, last in tried if last.outcome in WORKS}
            person.places(session.terminal.console(answer=True), surveyed, worked, extent)

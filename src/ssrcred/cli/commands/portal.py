"""The commands for the portal itself: what is found and by which words, and the map."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ssrcred.app.confirmation import Pinned, bring, called, given, led, not_found
from ssrcred.app.confirmation import confirm as confirm_fields
from ssrcred.app.portal import portal_of, route_of, variables
from ssrcred.app.refused_sign_in import CarefulPortal, careful
from ssrcred.app.session import Session, Work
from ssrcred.cli.command import USUAL, WITH_PORTAL, command
from ssrcred.cli.option import LeaName, file_path
from ssrcred.domain.errors import InputRefused, NotConfirmed, PageChanged, SsrcredError, UsageWrong
from ssrcred.output import document, person
from ssrcred.output.document import moment

portal = typer.Typer(help="See how the portal is found.", no_args_is_help=True)

Go = Annotated[
    list[str] | None,
    typer.Option("--go", metavar="TEXT", help="A link, tab or button to choose on the way; repeat it."),
]
EveryField = Annotated[bool, typer.Option("--every-field", help="Any two fields that a person could type into.")]


@portal.command("test")
@command(*WITH_PORTAL)
def test(session: Session, lea: LeaName = None) -> None:
    """Sign in and read, nothing else: whether the settings are as they were confirmed."""
    with session.open(lea, reports=False) as work:
        portal_of(work.lea)
        sis, console = careful(work.workflow.ports.portal), session.terminal.console(answer=True)
        if (
            work.lea.needs_route
            and session.portals.driver != "hand"
            and route_of(session.environment, work.lea) is None
        ):
            raise _not_confirmed(session, sis)
        try:
            surveyed = work.workflow.held(sis.places())
        except PageChanged as change:
            for item in () if session.result.json else change.differences:
                console.print(f"Not as confirmed: {item}")
            raise
        found = {} if sis.confirmed is None else sis.confirmed.found()
        if session.result.json:
            session.result.answer(document.places(surveyed, found, sis.extent))
        else:
            person.places(console, surveyed, extent=sis.extent)
            person.found(console, found)
            if found:
                console.print("The settings are as they were confirmed.")
    session.terminal.say("Nothing was written.")


def _not_confirmed(session: Session, sis: CarefulPortal) -> SsrcredError:
    """The error for settings that nobody has confirmed; shows the fields that `portal confirm` would ask about."""
    from ssrcred.adapters.portal import description

    found, stopped = sis.search([], every_field=False)
    if stopped is not None:
        return not_found(session.result, stopped)
    session.result.partial = description.as_json(found, None)
    if not session.result.json:
        console = session.terminal.console(answer=True)
        for line in description.lines(found):
            console.print(line)
    return NotConfirmed(
        "Nobody has confirmed yet which fields of SchoolWise hold the credentials.",
        state="Nothing was changed.",
        hint="ssrcred portal confirm shows the fields above, asks whose they are and what saves them, tests the save "
        "without sending anything, and reads them once more.",
    )


@portal.command("find")
@command(*WITH_PORTAL)
def find(session: Session, lea: LeaName = None, go: Go = None, every_field: EveryField = False) -> None:
    """Sign in once and list the fields that can hold the credentials. Nothing is changed."""
    from ssrcred.adapters.portal import description

    with session.open(lea, reports=False) as work:
        portal_of(work.lea)
        sis = careful(work.workflow.ports.portal)
        found = led(session, sis.search, go or (), every_field=every_field)
        pinned = sis.confirmed.pinned(found) if sis.confirmed is not None else set()
    if session.result.json:
        session.result.answer(description.as_json(found, None, pinned))
    else:
        console = session.terminal.console(answer=True)
        for line in description.lines(found, pinned=pinned):
            console.print(line)
    session.terminal.say("Nothing was changed.")


@portal.command("confirm")
@command(*WITH_PORTAL)
def confirm(
    session: Session,
    lea: LeaName = None,
    go: Go = None,
    every_field: EveryField = False,
    accept: Annotated[
        list[str] | None,
        typer.Option("--accept", metavar="ID=WHOSE", help="district, school:NAME, schools or ignore; repeat it."),
    ] = None,
    repeat: Annotated[
        list[str] | None, typer.Option("--repeat", metavar="ID=FIELD", help="A second field that wants the key.")
    ] = None,
    box: Annotated[list[str] | None, typer.Option("--box", metavar="ID=FIELD", help="A box that has to be on.")] = None,
    save_with: Annotated[
        list[str] | None, typer.Option("--save-with", metavar="ID=N", help="What saves, by its number.")
    ] = None,
    watch: Annotated[
        list[str] | None,
        typer.Option("--watch", metavar="ID=FIELD", help="A choice that says whose settings these are."),
    ] = None,
    source: Annotated[
        str | None, typer.Option("--from", metavar="LEA", help="Use what was confirmed for another LEA.")
    ] = None,
    all_leas: Annotated[bool, typer.Option("--all", help="With --from: every other LEA with SchoolWise.")] = False,
    bring_file: Annotated[
        Path | None,
        typer.Option("--import", parser=file_path, metavar="FILE", help="What was confirmed on another computer."),
    ] = None,
) -> None:
    """Confirm once which fields hold the credentials; the save is tested, and nothing is sent."""
    if all_leas:
        _confirm_all(session, source)
        return
    with session.open(lea, portal=False, reports=False) as work:
        answers = given(accept or (), repeat or (), box or (), save_with or (), watch or ())
        pinned = _confirmed(session, work, source, bring_file) or confirm_fields(
            session, work, answers, go or (), every_field=every_field
        )
    session.result.answer({"pinned": [one.as_json() for one in pinned]})
    for one in pinned:
        session.terminal.say(f"Confirmed: {called(one.place)}.", style="green")
    session.terminal.say("Nothing was saved in SchoolWise.")


def _confirmed(session: Session, work: Work, source: str | None, path: Path | None) -> list[Pinned]:
    """What a route from elsewhere confirmed; [] where none is named."""
    from ssrcred.adapters.portal.route.route import read_route, route_path

    if source is not None:
        path = route_path(session.environment.home.config.parent, source)
    if path is None:
        return []
    route = read_route(path, variables(work.lea))
    if route is None:
        raise InputRefused(
            f"There is no confirmed route in {path}.",
            state="Nothing was confirmed and nothing was changed.",
            hint="Name an LEA whose settings were confirmed, or a file from portals/ of another computer.",
        )
    return bring(session, work, route, same_lea=source is None)


def _confirm_all(session: Session, source: str | None) -> None:
    """Confirm one LEA's route for all others. Raises PageChanged if any did not fit."""
    if source is None:
        raise UsageWrong(
            "--all needs --from LEA.", state="Nothing was done.", hint="ssrcred portal confirm --from LEA --all"
        )
    config = session.config()
    told: list[dict[str, Any]] = []
    for key, one in config.leas.items():
        if key == source or one.schoolwise is None:
            continue
        differences: list[dict[str, str]] = []
        pinned: list[Pinned] = []
        try:
            with session.opened(config, one, portal=False, reports=False) as work:
                pinned = _confirmed(session, work, source, None)
        except SsrcredError as error:
            differences = [item.as_json() for item in error.differences] if isinstance(error, PageChanged) else []
            session.terminal.say(f"{key}: {error.message}", style="yellow")
        told.append({"lea": key, "pinned": [one.as_json() for one in pinned], "differences": differences})
    if any(not one["pinned"] for one in told):
        session.result.partial = {"leas": told}
        lost = ", ".join(one["lea"] for one in told if not one["pinned"])
        raise PageChanged(
            f"What was confirmed for {source} does not fit {lost}.",
            state="The others are confirmed. Nothing was saved in SchoolWise.",
            hint="Confirm these one by one: ssrcred portal confirm --lea NAME",
        )
    session.result.answer({"leas": told})
    session.terminal.say("Nothing was saved in SchoolWise.")


@portal.command("show")
@command(*USUAL)
def show(session: Session, lea: LeaName = None) -> None:
    """Show the map in force, where each of its lines comes from, and what was confirmed."""
    from ssrcred.adapters.portal.description import describe_map, describe_route
    from ssrcred.adapters.portal.map import load
    from ssrcred.adapters.portal.route.route import as_table

    console = session.terminal.console(answer=True)
    one = session.lea(lea, session.config())
    route = route_of(session.environment, one)
    if session.result.json:
        kept = None if route is None else as_table(route, variables(one))
        told = None if kept is None or route is None else kept | {"confirmed_at": moment(route.confirmed_at)}
        session.result.answer({"map": portal_of(one).map, "route": told})
        return
    for line in describe_map(load(portal_of(one).map)):
        console.print(line)
    console.print("")
    for line in () if route is None else describe_route(route):
        console.print(line)
    if route is None:
        console.print("Nothing is confirmed yet. To confirm which fields hold the credentials: ssrcred portal confirm")

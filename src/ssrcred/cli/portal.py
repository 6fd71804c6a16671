"""The commands for the portal itself: what is found and by which words, and the map."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ssrcred.cli.confirm import Pinned, Wanted, bring, led, not_found
from ssrcred.cli.confirm import confirm as confirm_fields
from ssrcred.cli.driver import portal_of, variables
from ssrcred.cli.option import Driver, Json, LeaName, NoInput, ShowBrowser, file_path
from ssrcred.cli.progress import WatchedPortal
from ssrcred.cli.refusal import CarefulPortal
from ssrcred.cli.session import Session, Work
from ssrcred.errors import InputRefused, PageChanged, SsrcredError, UsageWrong

portal = typer.Typer(help="See how the portal is found.", no_args_is_help=True)

Go = Annotated[
    list[str] | None,
    typer.Option("--go", metavar="TEXT", help="A link, tab or button to choose on the way; repeat it."),
]
EveryField = Annotated[bool, typer.Option("--every-field", help="Any two fields that a person could type into.")]


@portal.command("test")
def test(
    context: typer.Context,
    lea: LeaName = None,
    driver: Driver = None,
    show_browser: ShowBrowser = False,
    json: Json = False,
    no_input: NoInput = False,
) -> None:
    """Log in and read, nothing else: which places were found, and by which words."""
    from ssrcred.output import document, person

    session = Session.of(context, json=json, no_input=no_input, driver=driver, show_browser=show_browser)
    with session.open(lea, reports=False) as work:
        portal_of(work.lea)
        sis = work.story.doors.portal
        surveyed = work.story.held(sis.places()) if sis is not None else ()
        found = _careful(work).found()
        if json:
            session.answer(document.places(surveyed, found))
        else:
            person.places(session.console(answer=True), surveyed)
            person.found(session.console(answer=True), found)
    session.say("Nothing was written.")


@portal.command("find")
def find(
    context: typer.Context,
    lea: LeaName = None,
    go: Go = None,
    every_field: EveryField = False,
    driver: Driver = None,
    show_browser: ShowBrowser = False,
    json: Json = False,
    no_input: NoInput = False,
) -> None:
    """Sign in once and list the fields that can hold the credentials. Nothing is changed."""
    from ssrcred.adapters.portal.find import listing

    session = Session.of(context, json=json, no_input=no_input, driver=driver, show_browser=show_browser)
    with session.open(lea, reports=False) as work:
        portal_of(work.lea)
        found, stopped = led(session, _careful(work).search, list(go or ()), every_field=every_field)
        if stopped is not None:
            raise not_found(session, stopped)
    if json:
        session.answer(listing.as_json(found, None))
    else:
        console = session.console(answer=True)
        for line in listing.lines(found):
            console.print(line)
    session.say("Nothing was changed.")


@portal.command("confirm")
def confirm(
    context: typer.Context,
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
    driver: Driver = None,
    show_browser: ShowBrowser = False,
    json: Json = False,
    no_input: NoInput = False,
) -> None:
    """Confirm once which fields hold the credentials; the save is tested, and nothing is sent."""
    session = Session.of(context, json=json, no_input=no_input, driver=driver, show_browser=show_browser)
    if all_leas:
        _confirm_all(session, source)
        return
    with session.open(lea, portal=False, reports=False) as work:
        pinned = _confirmed(session, work, source, bring_file) or confirm_fields(
            session,
            work,
            Wanted(
                *(tuple(go or ()), every_field),
                *(tuple(given or ()) for given in (accept, repeat, box, save_with, watch)),
            ),
        )
    session.answer({"pinned": [one.as_json() for one in pinned]})
    for one in pinned:
        session.say(f"Confirmed: {one.place}.", style="green")
    session.say("Nothing was saved in SchoolWise.")


def _confirmed(session: Session, work: Work, source: str | None, path: Path | None) -> list[Pinned]:
    """What a route from elsewhere confirmed; [] where none is named."""
    from ssrcred.adapters.portal.route import file

    if source is not None:
        path = file.path_of(session.home.config.parent, source)
    if path is None:
        return []
    route = file.read(path, variables(work.lea))
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
            session.say(f"{key}: {error.message}", style="yellow")
        told.append({"lea": key, "pinned": [one.as_json() for one in pinned], "differences": differences})
    if any(not one["pinned"] for one in told):
        session.partial = {"leas": told}
        lost = ", ".join(one["lea"] for one in told if not one["pinned"])
        raise PageChanged(
            f"What was confirmed for {source} does not fit {lost}.",
            state="The others are confirmed. Nothing was saved in SchoolWise.",
            hint="Confirm these one by one: ssrcred portal confirm --lea NAME",
        )
    session.answer({"leas": told})
    session.say("Nothing was saved in SchoolWise.")


def _careful(work: Work) -> CarefulPortal:
    """The portal of an LEA that has one, without the lines that tell what is waited for."""
    sis = work.story.doors.portal
    whole = sis.whole if isinstance(sis, WatchedPortal) else sis
    if not isinstance(whole, CarefulPortal):
        raise TypeError(f"{type(whole).__name__} is built around no portal that remembers sign-ins")
    return whole


@portal.command("show")
def show(context: typer.Context, lea: LeaName = None) -> None:
    """Show the map in force, and where each of its lines comes from."""
    from ssrcred.portal.description import describe
    from ssrcred.portal.map import load

    session = Session.of(context, no_input=True)
    console = session.console(answer=True)
    for line in describe(load(portal_of(session.lea(lea, session.config())).map)):
        console.print(line)

"""The commands for the portal itself: what is found and by which words, and the map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from ssrcred.cli.option import Driver, Json, LeaName, NoInput, ShowBrowser
from ssrcred.cli.progress import WatchedPortal
from ssrcred.cli.refusal import CarefulPortal
from ssrcred.cli.session import Session, Work
from ssrcred.config import Lea, Schoolwise
from ssrcred.errors import ConfigInvalid, PageNotUnderstood

if TYPE_CHECKING:
    from ssrcred.adapters.portal.find.search import Found, Stopped

portal = typer.Typer(help="See how the portal is found.", no_args_is_help=True)


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
        _portal_of(work.lea)
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
    go: Annotated[
        list[str] | None,
        typer.Option("--go", metavar="TEXT", help="A link, tab or button to choose on the way; repeat it."),
    ] = None,
    every_field: Annotated[
        bool, typer.Option("--every-field", help="Any two fields that a person could type into.")
    ] = False,
    driver: Driver = None,
    show_browser: ShowBrowser = False,
    json: Json = False,
    no_input: NoInput = False,
) -> None:
    """Sign in once and list the fields that can hold the credentials. Nothing is changed."""
    from ssrcred.adapters.portal.find import listing

    session = Session.of(context, json=json, no_input=no_input, driver=driver, show_browser=show_browser)
    with session.open(lea, reports=False) as work:
        found, stopped = _searched(session, work, list(go or ()), every_field=every_field)
    if stopped is None:
        console = session.console(answer=True)
        if json:
            session.answer(listing.as_json(found, None))
        else:
            for line in listing.lines(found):
                console.print(line)
        session.say("Nothing was changed.")
        return
    session.partial = listing.as_json((), stopped)
    wanted = " and ".join(stopped.looked_for)
    shown = ", ".join(stopped.controls[:MOST_TOLD]) or "no links and no buttons"
    raise PageNotUnderstood(
        f"Nothing called {wanted} was found.",
        state=f"Nothing was changed. The last page shows: {shown}.",
        hint="Lead the way by the words of the links: ssrcred portal find --go TEXT --go TEXT",
    )


MOST_TOLD = 12


def _searched(session: Session, work: Work, way: list[str], *, every_field: bool) -> tuple[list[Found], Stopped | None]:
    """What is found by `way`, or by the map's words; at a terminal the person leads on from where it stopped."""
    _portal_of(work.lea)
    found, stopped = _careful(work).search(way, every_field=every_field)
    while stopped is not None and not session.asker.no_input and (more := _led(session, stopped.controls)):
        way.append(more)
        found, stopped = _careful(work).search(way, every_field=every_field)
    return found, stopped


def _careful(work: Work) -> CarefulPortal:
    """The portal of an LEA that has one, without the lines that tell what is waited for."""
    sis = work.story.doors.portal
    whole = sis.whole if isinstance(sis, WatchedPortal) else sis
    if not isinstance(whole, CarefulPortal):
        raise TypeError(f"{type(whole).__name__} is built around no portal that remembers sign-ins")
    return whole


def _led(session: Session, controls: Sequence[str]) -> str:
    """The link or button that the person chooses by its number; "" to stop."""
    session.say("No fields for the credentials here. What would you click next?")
    for number, label in enumerate(controls, 1):
        session.say(f"  {number}  {label}")
    numbers = {str(number): label for number, label in enumerate(controls, 1)}

    def objection(answer: str) -> str | None:
        return None if not answer or answer in numbers else f"Type a number from 1 to {len(controls)}, or press Enter."

    return numbers.get(session.asker.until_good("Number (Enter: stop)", objection), "")


@portal.command("show")
def show(context: typer.Context, lea: LeaName = None) -> None:
    """Show the map in force, and where each of its lines comes from."""
    from ssrcred.portal import load
    from ssrcred.portal.description import describe

    session = Session.of(context, no_input=True)
    console = session.console(answer=True)
    for line in describe(load(_portal_of(session.lea(lea, session.config())).map)):
        console.print(line)


def _portal_of(lea: Lea) -> Schoolwise:
    if lea.schoolwise is None:
        raise ConfigInvalid(
            f"No portal is set up for {lea.key}.",
            state="Nothing was done.",
            hint=f"Add [lea.{lea.key}.schoolwise] to config.toml, or run: ssrcred setup.",
        )
    return lea.schoolwise

"""The commands for the portal itself: what is found and by which words, the map, and a map learned from a recording."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ssrcred.cli.option import Driver, Json, LeaName, NoInput, ShowBrowser, file_path
from ssrcred.cli.progress import WatchedPortal
from ssrcred.cli.refusal import CarefulPortal
from ssrcred.cli.session import Session, Work
from ssrcred.config import Lea, Schoolwise
from ssrcred.credential import SecretKey
from ssrcred.errors import ConfigInvalid, CredentialMissing, InputRefused, PageNotUnderstood

if TYPE_CHECKING:
    from ssrcred.adapters.portal.find.search import Found, Stopped

portal = typer.Typer(help="See how the portal is found, and teach ssrcred a new one.", no_args_is_help=True)


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


@portal.command("learn")
def learn(
    context: typer.Context,
    recording: Annotated[
        Path, typer.Argument(parser=file_path, metavar="FILE.har", help="One recorded save of the marker values.")
    ],
    lea: LeaName = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", parser=file_path, metavar="PATH", help="Keep the map there without asking."),
    ] = None,
    no_input: NoInput = False,
) -> None:
    """Make a portal map from one recorded save of made-up values. Nothing of the recording is kept."""
    from ssrcred.portal.learn import learn as learn_from

    session = Session.of(context, no_input=no_input)
    with session.open(lea, portal=False, reports=False) as work:
        sis = _portal_of(work.lea)
        learned = learn_from(_read(recording), sis.url, sis.username, is_ours=_ours(work))
        kept_in = output or session.home.config.parent / f"{work.lea.key}-portal.toml"
    session.say("The map does this, and nothing else:")
    for line in learned.summary:
        session.say(f"  {line}")
    for line in learned.warnings:
        session.say(f"  ! {line}", style="yellow")
    if output is None and not session.asker.yes("Keep this map?", default=False, option="--output PATH"):
        session.say("Nothing was kept. Delete the recording: it holds your session and your password.")
        return
    _keep(kept_in, learned.map_toml)
    session.say(f"Kept: {kept_in}")
    session.say(f'To use it, write under [lea.{work.lea.key}.schoolwise] in config.toml:  map = "{kept_in.as_posix()}"')
    session.say("Then: ssrcred portal test. Delete the recording now: it holds your session and your password.")


def _portal_of(lea: Lea) -> Schoolwise:
    if lea.schoolwise is None:
        raise ConfigInvalid(
            f"No portal is set up for {lea.key}.",
            state="Nothing was done.",
            hint=f"Add [lea.{lea.key}.schoolwise] to config.toml, or run: ssrcred setup.",
        )
    return lea.schoolwise


def _ours(work: Work) -> Callable[[str], bool]:
    """Tells whether a text is a secret key that is kept here; the vault is asked once."""
    pairs = list(work.story.spent())
    with suppress(CredentialMissing):
        pairs.append(work.story.newest()[1])
    return lambda text: any(SecretKey(text).matches(pair.secret) for pair in pairs)


def _read(recording: Path) -> bytes:
    from ssrcred.portal.har import MOST_BYTES

    try:
        with recording.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise InputRefused(
            f"{recording} cannot be read ({os.strerror(error.errno or 0)}).",
            state="Nothing was done.",
            hint="Give the path of the HAR file that the browser saved.",
        ) from None


def _keep(path: Path, text: str) -> None:
    try:
        file = path.open("x", encoding="utf-8")
        try:
            with file:
                file.write(text)
        except OSError:
            path.unlink(missing_ok=True)  # half a map; what was there before was not opened
            raise
    except OSError as error:
        raise InputRefused(
            f"The map cannot be written to {path} ({os.strerror(error.errno or 0)}).",
            state="No map was kept, and a file that was there is as it was.",
            hint="Give another path: --output PATH.",
        ) from None

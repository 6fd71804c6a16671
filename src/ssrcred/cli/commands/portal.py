"""The commands portal test, find, confirm and show."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ssrcred.app import portal_confirmation, portal_inspection
from ssrcred.app.session import Session
from ssrcred.cli.option import WITH_PORTAL, LeaName, command, file_path

portal = typer.Typer(help="Find, confirm and test the portal's settings.", no_args_is_help=True)

Go = Annotated[
    list[str] | None,
    typer.Option("--go", metavar="TEXT", help="A link, tab or button to click on the way; repeatable."),
]
EveryField = Annotated[bool, typer.Option("--every-field", help="List any two fields that a person could type into.")]


@portal.command("test")
@command(*WITH_PORTAL)
def test(session: Session, lea: LeaName = None) -> None:
    """Sign in and check that the settings are as confirmed. Nothing is changed."""
    portal_inspection.test(session, lea)


@portal.command("find")
@command(*WITH_PORTAL)
def find(session: Session, lea: LeaName = None, go: Go = None, every_field: EveryField = False) -> None:
    """Sign in once and list the fields that can hold the credentials. Nothing is changed."""
    portal_inspection.find(session, lea, go or (), every_field=every_field)


@portal.command("confirm")
@command(*WITH_PORTAL)
def confirm(
    session: Session,
    lea: LeaName = None,
    go: Go = None,
    every_field: EveryField = False,
    accept: Annotated[
        list[str] | None,
        typer.Option("--accept", metavar="ID=WHOSE", help="district, school:NAME, schools or ignore; repeatable."),
    ] = None,
    repeat: Annotated[
        list[str] | None, typer.Option("--repeat", metavar="ID=FIELD", help="A second field for the secret key.")
    ] = None,
    box: Annotated[list[str] | None, typer.Option("--box", metavar="ID=FIELD", help="A box that must be on.")] = None,
    save_with: Annotated[
        list[str] | None, typer.Option("--save-with", metavar="ID=N", help="What saves, by number.")
    ] = None,
    watch: Annotated[
        list[str] | None,
        typer.Option("--watch", metavar="ID=FIELD", help="A choice that shows whose settings these are."),
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
        portal_confirmation.confirm_all(session, source)
        return
    answers = portal_confirmation.given(accept or (), repeat or (), box or (), save_with or (), watch or ())
    portal_confirmation.confirm_one(
        session, lea, answers, go or (), every_field=every_field, source=source, path=bring_file
    )


@portal.command("show")
@command()
def show(session: Session, lea: LeaName = None) -> None:
    """Show the portal map, where each line comes from, and what was confirmed."""
    portal_inspection.show_in_force(session, lea)

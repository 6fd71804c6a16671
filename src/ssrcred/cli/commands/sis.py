"""The commands sis and sis show: the student information systems, and what is published of each."""

from __future__ import annotations

from typing import Annotated

import typer

from ssrcred.app.session import Session
from ssrcred.app.sis import sis_directory, sis_named
from ssrcred.cli.option import command
from ssrcred.output import document
from ssrcred.output.sis import system_card, systems

sis = typer.Typer(help="Show which systems take the credentials, and how each gets rosters into CERS.")


@sis.callback(invoke_without_command=True)
@command()
def every(session: Session) -> None:
    """Show which systems take the credentials, where, and which are integrated with CERS."""
    directory = sis_directory(session.environment)
    if session.result.json:
        session.result.answer(document.sis(directory, directory.system.values()))
    else:
        systems(session.terminal.console(answer=True), directory)
        session.terminal.say("For one system, with the source of each fact and what to do next: ssrcred sis show NAME")


@sis.command("show")
@command()
def show(
    session: Session,
    name: Annotated[list[str], typer.Argument(metavar="NAME", help="The system, by any of its names.")],
) -> None:
    """Show one system: what is published of it and by whom, and what to do next."""
    session.result.command = "sis"  # both commands answer with the same document
    directory = sis_directory(session.environment)
    system = sis_named(directory, " ".join(name))
    if session.result.json:
        session.result.answer(document.sis(directory, [system]))
    else:
        system_card(session.terminal.console(answer=True), directory, system)

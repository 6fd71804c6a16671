"""The command report: writes a page about all LEAs, for a county office."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ssrcred.app.report import write_report
from ssrcred.app.session import Session
from ssrcred.cli.option import DueWithin, Group, OnlyState, command, file_path, filter_of


@command()
def report(
    session: Session,
    file: Annotated[
        Path, typer.Argument(parser=file_path, metavar="FILE.html", help="The file; an earlier page is replaced.")
    ],
    states: OnlyState = None,
    due_within: DueWithin = None,
    group: Group = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE even if it is not an earlier page.")] = False,
) -> None:
    """Write a page about every LEA: who is open, since when, what to do next, when credentials expire."""
    write_report(session, file, filter_of(states, due_within, group, every=True), force=force)

"""The command support: writes a bundle for a vendor's ticket, after showing it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ssrcred.app.session import Session
from ssrcred.app.support import bundle, free_path, save
from ssrcred.cli.option import SomeLea, command, file_path
from ssrcred.domain.errors import UsageWrong


@command()
def support(
    session: Session,
    file: Annotated[
        Path | None,
        typer.Argument(parser=file_path, metavar="FILE", help="The file to write (default: a name with the date)."),
    ] = None,
    lea: SomeLea = None,
    yes: Annotated[bool, typer.Option("--yes", help="Write it without asking.")] = False,
) -> None:
    """Write a text for a vendor's ticket: versions, settings, findings, last events. No secrets, names or students."""
    # Rejected here, not after the minute that the checks take.
    target = free_path(session, file)
    if not yes and session.terminal.no_input:
        raise UsageWrong(
            "Somebody has to read and approve what is written, and this is not a terminal.",
            state="Nothing was written.",
            hint="Run it in a terminal, or approve it in advance: ssrcred support --yes",
        )
    text = bundle(session, lea).text()
    if not session.result.json:
        # On stderr: whoever redirects stdout has to see it too before it is written.
        session.environment.stderr.write(f"{text}\n")
    if not yes and not session.terminal.ask_yes_no(f"Write this to {target}?", default=False, option="--yes"):
        session.terminal.say("Nothing was written.")
        return
    save(target, text)
    session.terminal.say("Saved; only this account can read it. Read it again before you send it.")
    if session.result.json:
        session.result.answer({"file": str(target), "text": text})
    else:
        session.environment.stdout.write(f"{target}\n")

"""The command support: a bundle for a vendor's ticket that is shown before it is written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ssrcred.app.session import Session
from ssrcred.app.support import bundle, free_path, save
from ssrcred.cli.command import USUAL, command
from ssrcred.cli.option import SomeLea, file_path
from ssrcred.domain.errors import UsageWrong


@command(*USUAL)
def support(
    session: Session,
    file: Annotated[
        Path | None, typer.Argument(parser=file_path, metavar="FILE", help="Where it goes; a name with the date.")
    ] = None,
    lea: SomeLea = None,
    yes: Annotated[bool, typer.Option("--yes", help="Write it without asking.")] = False,
) -> None:
    """Write a text for a vendor's ticket: versions, settings, findings, last events. No secret, no name, no student."""
    # What would come to nothing after a minute of looking is refused before it.
    target = free_path(session, file)
    if not yes and session.terminal.no_input:
        raise UsageWrong(
            "What is written has to be seen and agreed to, and nobody is here to do so.",
            state="Nothing was written.",
            hint="Run it in a terminal, or agree beforehand: ssrcred support --yes",
        )
    text = bundle(session, lea).text()
    if not session.result.json:
        # On stderr, because whoever redirects stdout has to see it too before it is written.
        session.environment.stderr.write(f"{text}\n")
    if not yes and not session.terminal.ask_yes_no(f"Write this to {target}?", default=False, option="--yes"):
        session.terminal.say("Nothing was written.")
        return
    save(target, text)
    session.terminal.say("Written, for this account only. Read it once more before you send it to somebody.")
    if session.result.json:
        session.result.answer({"file": str(target), "text": text})
    else:
        session.environment.stdout.write(f"{target}\n")

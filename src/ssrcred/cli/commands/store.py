"""The command store: saves credentials that exist already, or reads the stored ones back."""

from __future__ import annotations

from typing import Annotated

import typer

from ssrcred.app import rotation
from ssrcred.app.capture import Source
from ssrcred.app.credential_display import read_back
from ssrcred.app.session import Session
from ssrcred.cli.option import LeaName, command
from ssrcred.domain import errors


@command()
def store(
    session: Session,
    source: Source,
    lea: LeaName = None,
    announced: Annotated[
        str | None,
        typer.Option(
            "--announced", metavar="DIGITS", help="The check digits that somebody told you: others are not stored."
        ),
    ] = None,
    spell: Annotated[
        bool, typer.Option("--spell", help="Store nothing: show the stored credentials, then erase the screen.")
    ] = False,
) -> None:
    """Store credentials that were generated already; upload and verify go on from there."""
    if spell:
        if source != Source() or announced is not None:
            raise errors.UsageWrong(
                "--spell shows the stored credentials, so it takes no others.",
                state="Nothing was shown and nothing was stored.",
                hint="Use it alone: ssrcred store[lea] --spell.",
            )
        read_back(session, lea)
        return
    rotation.store(session, lea, source, announced)
    session.terminal.say("Next: ssrcred upload[lea], then: ssrcred verify[lea].")
    session.result.answer_events(finished=False)

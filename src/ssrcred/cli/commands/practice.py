"""The command practice: starts the practice district (simulated), and says how to use it."""

from __future__ import annotations

from typing import Annotated

import typer

from ssrcred.app.practice import PORTS, start
from ssrcred.app.session import Session
from ssrcred.cli.option import command


@command()
def practice(
    session: Session,
    first_port: Annotated[
        int, typer.Option("--first-port", min=1024, max=65532, metavar="N", help="The first of its four ports.")
    ] = PORTS[0],
) -> None:
    """Start a practice district (simulated) on this computer: TOMS, SchoolWise and the SSR service."""
    start(session, first_port)

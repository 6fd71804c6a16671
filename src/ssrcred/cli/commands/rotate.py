"""The command rotate: new credentials, step by step, from TOMS to everywhere."""

from __future__ import annotations

from typing import Annotated

import typer

from ssrcred.app import rotation
from ssrcred.app.capture import Source
from ssrcred.app.session import Session
from ssrcred.cli.option import WITH_PORTAL, LeaName, Replace, Unverified, command
from ssrcred.domain import errors


@command(*WITH_PORTAL)
def rotate(
    session: Session,
    source: Source,
    lea: LeaName = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Test everything that can fail, then stop; nothing is written.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Generate new ones although these are not due yet.")] = False,
    replace: Replace = False,
    unverified: Unverified = False,
) -> None:
    """Generate new credentials in TOMS and save them everywhere: the yearly job, step by step."""

    def run(*, force: bool) -> None:
        if plan:
            rotation.plan(session, lea, replace=replace)
        else:
            rotation.rotate(session, lea, source, force=force, replace=replace, unverified=unverified)

    try:
        run(force=force)
    except (errors.NotConfirmed, errors.PageChanged) as stop:  # nothing was begun yet
        from ssrcred.app.portal_confirmation import confirm_again

        confirm_again(session, lea, stop)
        run(force=True)  # whether new ones are due was asked before the page was read

"""The command calendar: writes the expiration date, its alarms and a good day for the rotation for any calendar."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from ssrcred.app.session import Session
from ssrcred.app.status_files import calendar_dates, export_calendar
from ssrcred.cli.option import All, LeaName, command, file_path
from ssrcred.domain.errors import CredentialMissing
from ssrcred.domain.local_time import day_in_words


@command()
def calendar(
    session: Session,
    file: Annotated[
        Path,
        typer.Argument(parser=file_path, metavar="FILE.ics", help="The file to write; an existing one is replaced."),
    ],
    lea: LeaName = None,
    every: All = False,
) -> None:
    """Write the expiration date with alarms, and a good day for the rotation, as a file for any calendar."""
    config = session.config()
    chosen = session.leas(lea, config, every=every, state="No file was written.")
    session.say_aside(config)
    dates = calendar_dates(session, chosen)
    unknown = sorted({one.key for one in chosen} - {one.lea for one in dates})
    if not dates:
        raise CredentialMissing(
            "No credentials are stored yet, so there is no date to write.",
            state="No file was written.",
            hint="To generate credentials: ssrcred rotate[lea]. To store credentials that you have: ssrcred store[lea]",
        )
    export_calendar(file, dates, session.environment.now())
    leas = [
        {
            "lea": one.lea,
            "expires_on": one.last_day.isoformat(),
            "rotate_on": None if one.rotation_day is None else one.rotation_day.isoformat(),
            "alarms": [(one.last_day - timedelta(days=days)).isoformat() for days in one.alarms],
        }
        for one in dates
    ]
    session.result.answer({"file": str(file), "leas": leas, "unknown": unknown})
    if not session.result.json:
        console = session.terminal.console(answer=True)
        for one in dates:
            good = "none, no quiet day is left" if one.rotation_day is None else day_in_words(one.rotation_day)
            line = f"{one.name}: expires on {day_in_words(one.last_day)}; suggested day for the rotation: {good}"
            console.print(line, soft_wrap=True)
    for name in unknown:
        session.terminal.say(f"{name}: no credentials are stored yet, so it has no date.")
    session.terminal.say(f"Saved: {file}")

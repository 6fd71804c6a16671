"""The command calendar: the last day of each pair, and a good day for the next one, for people's calendars."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from ssrcred.cli.option import All, LeaName, file_path
from ssrcred.cli.session import Session, command, remembered
from ssrcred.errors import CredentialMissing
from ssrcred.ledger import Ledger
from ssrcred.output import calendar as ics
from ssrcred.season import rotation_day


@command("json")
def calendar(
    session: Session,
    file: Annotated[
        Path, typer.Argument(parser=file_path, metavar="FILE.ics", help="The file to write; replaced if it is there.")
    ],
    lea: LeaName = None,
    every: All = False,
) -> None:
    """Write the last day with its alarms, and a quiet day for the rotation, as a file that any calendar imports."""
    config = session.config()
    chosen = session.leas(lea, config, every=every, state="No file was written.")
    session.say_aside(config)
    with Ledger.readonly(session.home.ledger) as ledger:
        known = [(one, session.condition(one, remembered(ledger, one.key)).days_left) for one in chosen]
    found = []
    for mine, days_left in known:
        if days_left is not None:
            today = session.machine.now().astimezone(ZoneInfo(mine.timezone)).date()
            last_day = today + timedelta(days=days_left)
            good_day = rotation_day(last_day, today, (*mine.remind.testing, *mine.remind.release))
            found.append(ics.Dates(mine.key, mine.name, mine.cds, last_day, good_day, mine.remind.days))
    unknown = sorted({one.key for one in chosen} - {dates.lea for dates in found})
    if not found:
        raise CredentialMissing(
            "No pair is stored here yet, so there is no date to write.",
            state="No file was written.",
            hint="Make a pair with ssrcred rotate, or put in one that was generated already: ssrcred store",
        )
    ics.save(file, ics.written(found, session.machine.now()))
    leas = [
        {
            "lea": one.lea,
            "expires_on": one.last_day.isoformat(),
            "rotate_on": None if one.rotation_day is None else one.rotation_day.isoformat(),
            "alarms": ics.days_of(one.alarms, one.last_day),
        }
        for one in found
    ]
    session.answer({"file": str(file), "leas": leas, "unknown": unknown})
    if not session.json:
        console = session.console(answer=True)
        for one in found:
            good = "none is quiet before that" if one.rotation_day is None else f"{one.rotation_day:%Y-%m-%d}"
            line = f"{one.name}: expires on {one.last_day:%Y-%m-%d}; proposed day for the rotation: {good}"
            console.print(line, soft_wrap=True)
    for name in unknown:
        session.say(f"{name}: no pair is stored here yet, so it has no date.")
    session.say(f"Written: {file}")

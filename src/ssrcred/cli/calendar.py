"""The command calendar: the last day of each pair, and a good day for the next one, for people's calendars."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from ssrcred.cli.option import All, Json, LeaName, file_path
from ssrcred.cli.session import Session, remembered
from ssrcred.config import Lea
from ssrcred.errors import CredentialMissing, UsageWrong
from ssrcred.output import calendar as ics
from ssrcred.season import rotation_day
from ssrcred.state import Condition


def calendar(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(parser=file_path, metavar="FILE.ics", help="The file to write; replaced if it is there."),
    ],
    lea: LeaName = None,
    every: All = False,
    json: Json = False,
) -> None:
    """Write the last day with its alarms, and a quiet day for the rotation, as a file that any calendar imports."""
    from ssrcred.ledger import Ledger

    session = Session.of(context, json=json, no_input=True)
    if every and lea is not None:
        raise UsageWrong(
            "--all and --lea exclude each other.", state="No file was written.", hint="Leave one of the two out."
        )
    config = session.config()
    chosen = [config.leas[key] for key in sorted(config.leas)] if every else [session.lea(lea, config)]
    session.say_aside(config)
    with Ledger.readonly(session.home.ledger) as ledger:
        known = [(one, session.condition(one, remembered(ledger, one.key))) for one in chosen]
    found = [dates for one, condition in known if (dates := _dates(session, one, condition)) is not None]
    unknown = sorted({one.key for one in chosen} - {dates.lea for dates in found})
    if not found:
        raise CredentialMissing(
            "No pair is stored here yet, so there is no date to write.",
            state="No file was written.",
            hint="Make a pair with ssrcred rotate, or put in one that was generated already: ssrcred store",
        )
    ics.save(file, ics.written(found, session.machine.now()))
    _show(session, file, found, unknown)


def _dates(session: Session, lea: Lea, condition: Condition) -> ics.Dates | None:
    """The LEA's dates; None while no pair is stored."""
    if condition.days_left is None:
        return None
    today = session.machine.now().astimezone(ZoneInfo(lea.timezone)).date()
    last_day = today + timedelta(days=condition.days_left)
    good = rotation_day(last_day, today, (*lea.remind.testing, *lea.remind.release))
    return ics.Dates(lea.key, lea.name, lea.cds, last_day, good, lea.remind.days)


def _show(session: Session, file: Path, found: Sequence[ics.Dates], unknown: Sequence[str]) -> None:
    session.answer(
        {
            "file": str(file),
            "leas": [
                {
                    "lea": one.lea,
                    "expires_on": one.last_day.isoformat(),
                    "rotate_on": None if one.rotation_day is None else one.rotation_day.isoformat(),
                    "alarms": ics.days_of(one.alarms, one.last_day),
                }
                for one in found
            ],
            "unknown": list(unknown),
        }
    )
    if not session.json:
        console = session.console(answer=True)
        for one in found:
            good = "none is quiet before that" if one.rotation_day is None else f"{one.rotation_day:%Y-%m-%d}"
            line = f"{one.name}: expires on {one.last_day:%Y-%m-%d}; proposed day for the rotation: {good}"
            console.print(line, soft_wrap=True)
    for name in unknown:
        session.say(f"{name}: no pair is stored here yet, so it has no date.")
    session.say(f"Written: {file}")

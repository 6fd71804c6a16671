"""Writes files that others read: dates for a calendar, a county's page, figures for Prometheus, a help desk's check.

Each is written whole or not at all. A link stays one, where a web folder may serve the file by it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from ssrcred.adapters.atomic_file import READABLE, replace_file
from ssrcred.adapters.config import Lea
from ssrcred.adapters.installation import how_to_install
from ssrcred.app.session import Session
from ssrcred.domain.errors import InputRefused, UsageWrong, system_reason
from ssrcred.domain.lea_status import Condition
from ssrcred.domain.rotation_day import rotation_day
from ssrcred.output import calendar, prometheus

# In which the head of a page says who wrote it.
HEAD_BYTES: Final = 1000


def calendar_dates(session: Session, leas: Iterable[Lea]) -> list[calendar.Dates]:
    """The dates of each of these LEAs whose last day is known, by its own calendar."""
    leas, dates = list(leas), []
    conditions = session.conditions(leas)
    for lea in leas:
        if (days_left := conditions[lea.key].days_left) is not None:
            today = session.environment.now().astimezone(ZoneInfo(lea.timezone)).date()
            last_day = today + timedelta(days=days_left)
            good_day = rotation_day(last_day, today, (*lea.remind.testing, *lea.remind.release))
            dates.append(calendar.Dates(lea.key, lea.name, lea.cds, last_day, good_day, lea.remind.days))
    return dates


def export_calendar(path: Path, found: Iterable[calendar.Dates], now: datetime) -> None:
    """Write these dates to `path`; the file keeps who may read it.

    Raises UsageWrong without the library for it, and InputRefused when the folder does not take the file.
    """
    try:
        content = calendar.written(found, now)
    except ImportError:
        raise UsageWrong(
            "Writing a calendar needs a part that is not installed.",
            state="No file was written.",
            hint=how_to_install("calendar"),
        ) from None
    try:
        replace_file(os.path.realpath(path), content, mode=READABLE, keep_mode=True)
    except OSError as error:
        raise _unwritten(path, error) from None


def _unwritten(path: Path, error: OSError) -> InputRefused:
    return InputRefused(
        f"The file {path} cannot be written ({system_reason(error)}).",
        state="What was there is as it was.",
        hint="Name a file in a folder that this account may write to.",
    )


def export_page(path: Path, content: bytes, generator: str, *, force: bool = False) -> None:
    """Write an HTML page to `path`, for this account alone; an earlier one by this `generator` keeps who may read it.

    Raises UsageWrong for any other file there, unless `force`, and InputRefused when the folder does not take it.
    """
    ours = False
    try:
        if path.is_file():
            with path.open("rb") as former:
                ours = f'<meta name="generator" content="{generator}">'.encode() in former.read(HEAD_BYTES)
        if path.exists() and not ours and not force:
            raise UsageWrong(
                f"{path} exists already, and ssrcred did not write it.",
                state="It is unchanged, and nothing was written.",
                hint=f"Use another name, or replace it: {generator} FILE --force",
            )
        # 0600 although it has no secret in it: where parents cannot open reports is nobody else's business.
        replace_file(os.path.realpath(path), content, keep_mode=ours)
    except OSError as error:
        raise _unwritten(path, error) from None


def export_figures(path: Path, conditions: Sequence[Condition] | None, now: datetime) -> None:
    """Write the figures of `conditions` (None: the ledger cannot be read) to `path`. Raises UsageWrong."""
    try:
        content = prometheus.figures(conditions, now)
    except ImportError:
        raise UsageWrong(
            "The library for Prometheus is not installed.",
            state="Nothing was written.",
            hint=how_to_install("prometheus"),
        ) from None
    try:
        # 0644 always: the collector runs under an account of its own.
        replace_file(os.path.realpath(path), content, mode=READABLE)
    except OSError as error:
        raise UsageWrong(
            f"The figures cannot be written to {path}: {system_reason(error)}.",
            state="What was there is as it was.",
            hint="Say another file with --prometheus FILE, or let this account write into that folder.",
        ) from None


def export_checks(path: Path, text: str, json: str, group: int | None) -> Path:
    """Write what checks came to: the text to `path` and the JSON beside it; gives the JSON's path.

    With `group` its members may read both; else whoever may read what was there, or the owner alone. Raises UsageWrong.
    """
    beside = path.with_name(f"{path.name}.json")
    mode = 0o600 if group is None else 0o640
    try:
        for one, content in ((path, text), (beside, json)):
            replace_file(os.path.realpath(one), content.encode(), mode=mode, group=group, keep_mode=group is None)
    except OSError as error:
        # The same error has two causes: the group, or the file itself.
        group_refused = isinstance(error, PermissionError) and group is not None and os.access(path.parent, os.W_OK)
        raise UsageWrong(
            f"What the help desk reads could not be written to {path}: {system_reason(error)}.",
            state="The check was made and recorded. What was published before is as it was.",
            hint="Only a member of a group may give it a file: have this account added to the group, or name another."
            if group_refused
            else "Name a file in a folder that this account may write to.",
        ) from None
    return beside


def group_number(name: str) -> int:
    """The number of the group with this name. Raises UsageWrong where there is none, or no groups at all."""
    try:
        import grp

        return grp.getgrnam(name).gr_gid
    except ImportError:  # Windows
        why, hint = "This system has no such groups.", "Leave it out, and let the folder's own rights say who may read."
    except KeyError:
        why, hint = f"There is no group '{name}' on this computer.", "See the groups of this account: id"
    raise UsageWrong(why, state="Nothing was checked.", hint=hint)

"""What a help desk may read without access to the credentials: the last verdict and the status, as text and as JSON.

Only what is listed here gets in: no secret, no account, no user name, no free words of a probe.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from ssrcred.adapters.atomic_file import replace_file
from ssrcred.domain.errors import SsrcredError, UsageWrong
from ssrcred.domain.evidence import Verdict, VerdictName, Who
from ssrcred.domain.state import Condition
from ssrcred.output import document
from ssrcred.output.fold import harmless
from ssrcred.output.person import STATES, WHO

HEAD: Final = (
    "Score reports (CAASPP/ELPAC): what ssrcred found at its last check\n"
    "Look at when each was checked: it says nothing about what has happened since."
)
GROUP_READS: Final = 0o640
OWNER_READS: Final = 0o600
CONDITION: Final = ("lea", "name", "state", "days_left", "expires_at", "last_proof")
VERDICT: Final = ("verdict", "blocked", "headline", "sentence", "caller", "next", "command", "who")
"""The members of the two documents that may be published."""


@dataclass(frozen=True)
class Published:
    """One LEA: its condition, what the check came to, and when (aware UTC). A check that could not run has an error."""

    condition: Condition
    found: Verdict | SsrcredError
    checked_at: datetime


def group_number(name: str) -> int:
    """The number of the group with this name. Raises UsageWrong where there is none, or no groups at all."""
    try:
        import grp

        return grp.getgrnam(name).gr_gid
    except ImportError:
        why, hint = "This system has no such groups.", "Leave it out, and let the folder's own rights say who may read."
    except KeyError:
        why, hint = f"There is no group '{name}' on this computer.", "See the groups of this account: id"
    raise UsageWrong(why, state="Nothing was checked.", hint=hint)


def publish(path: Path, entries: Sequence[Published], group: int | None) -> Path:
    """Write the text to `path` and the JSON beside it, each whole or not at all; gives the JSON's path.

    With `group` its members may read both; else whoever may read what was there, or the owner alone. Raises UsageWrong.
    """
    beside = path.with_name(f"{path.name}.json")
    body = {"schema": "ssrcred.published/1", "leas": [_entry(one) for one in entries]}
    lines = [HEAD, *(harmless(line) for one in entries for line in ("", *_lines(one)))]
    texts = {path: "".join(f"{line}\n" for line in lines), beside: f"{json.dumps(body, indent=2)}\n"}
    mode = OWNER_READS if group is None else GROUP_READS
    try:
        for one, text in texts.items():  # a link stays one: a web folder may serve the file by it
            replace_file(os.path.realpath(one), text.encode(), mode=mode, group=group, keep_mode=group is None)
    except OSError as error:
        group_refused = isinstance(error, PermissionError) and group is not None and os.access(path.parent, os.W_OK)
        why = (error.strerror or "no reason given").lower()
        raise UsageWrong(
            f"What the help desk reads could not be written to {path}: {why}.",
            state="The check was made and recorded. What was published before is as it was.",
            hint="Only a member of a group may give it a file: have this account added to the group, or name another."
            if group_refused
            else "Name a file in a folder that this account may write to.",
        ) from None
    return beside


def _entry(one: Published) -> dict[str, Any]:
    condition, found = document.condition(one.condition), one.found
    body = {key: condition[key] for key in CONDITION}
    body["checked_at"] = document.moment(one.checked_at)
    if isinstance(found, Verdict):
        verdict = document.verdict(one.condition.lea, found, ())
        return {**body, **{key: verdict[key] for key in VERDICT}}
    return {**body, "verdict": VerdictName.UNKNOWN.value, "headline": _undone(found), "error": found.code}


def _undone(problem: SsrcredError) -> str:
    # Its own words may name an account.
    return f"The check could not run ({problem.code.replace('_', ' ')})."


def _lines(one: Published) -> Iterator[str]:
    condition, found = one.condition, one.found
    if isinstance(found, Verdict):
        yield f"{condition.name}: {found.headline or found.sentence}"
        yield f"  Checked: {_day_and_time(one.checked_at, condition.timezone)}"
        yield f"  {found.name.value.replace('_', ' ')}"
        if found.details:
            yield f"  {found.details}"
        yield f"  Say to the caller: {found.caller}"
        yield f"  Next: {found.next}"
        if found.who is not Who.NOBODY:
            yield f"  Who: {WHO[found.who]}."
        if found.command:
            yield f"  Type: {found.command}"
    else:
        yield f"{condition.name}: {_undone(found)}"
        yield f"  Tried: {_day_and_time(one.checked_at, condition.timezone)}"
        yield "  Next: IT runs ssrcred verify under the account that keeps the credentials, and reads what it says."
    yield f"  Status: {STATES[condition.state][1]}"
    if condition.days_left is not None and condition.expires_at is not None:
        day = _day(condition.expires_at, condition.timezone)
        yield f"  Days left: {condition.days_left}, until {day}" if condition.days_left >= 0 else f"  Expired on {day}"
    if condition.proved_at is not None:
        yield f"  Last seen to work: {_day_and_time(condition.proved_at, condition.timezone)}"


def _day(at: datetime, timezone: str) -> str:
    local = at.astimezone(ZoneInfo(timezone))
    return f"{local:%A, %B} {local.day}, {local.year}"


def _day_and_time(at: datetime, timezone: str) -> str:
    local = at.astimezone(ZoneInfo(timezone))
    return f"{_day(at, timezone)}, {local:%I:%M %p} ({local:%Z})"

"""What a help desk may read without access to the credentials: the last verdict and the status, as text and as JSON.

Only what is listed here gets in: no secret, no account, no user name, no free words of a probe.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ssrcred.domain.errors import SsrcredError
from ssrcred.domain.evidence import Verdict, VerdictName, Who
from ssrcred.domain.local_time import local_day, local_moment
from ssrcred.domain.state import Condition
from ssrcred.output import document
from ssrcred.output.fold import harmless
from ssrcred.output.person import STATES, WHO

HEAD: Final = (
    "Score reports (CAASPP/ELPAC): what ssrcred found at its last check\n"
    "Look at when each was checked: it says nothing about what has happened since."
)
CONDITION: Final = ("lea", "name", "state", "days_left", "expires_at", "last_proof")
VERDICT: Final = ("verdict", "blocked", "headline", "sentence", "caller", "next", "command", "who")
"""The members of the two documents that may be published."""


@dataclass(frozen=True)
class Published:
    """One LEA: its condition, what the check came to, and when (aware UTC). A check that could not run has an error."""

    condition: Condition
    found: Verdict | SsrcredError
    checked_at: datetime


def published(entries: Sequence[Published]) -> tuple[str, str]:
    """The text, and the same as JSON."""
    body = {"schema": "ssrcred.published/1", "leas": [_entry(one) for one in entries]}
    lines = [HEAD, *(harmless(line) for one in entries for line in ("", *_lines(one)))]
    return "".join(f"{line}\n" for line in lines), f"{json.dumps(body, indent=2)}\n"


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
        yield f"  Checked: {local_moment(one.checked_at, condition.timezone)}"
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
        yield f"  Tried: {local_moment(one.checked_at, condition.timezone)}"
        yield "  Next: IT runs ssrcred verify under the account that keeps the credentials, and reads what it says."
    yield f"  Status: {STATES[condition.state][1]}"
    if condition.days_left is not None and condition.expires_at is not None:
        day = local_day(condition.expires_at, condition.timezone)
        yield f"  Days left: {condition.days_left}, until {day}" if condition.days_left >= 0 else f"  Expired on {day}"
    if condition.proved_at is not None:
        yield f"  Last seen to work: {local_moment(condition.proved_at, condition.timezone)}"

"""Writes the message that a reminder is: plain words, the worst first, each with the next command, and no secret."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ssrcred.domain.local_time import local_day
from ssrcred.domain.place import DISTRICT
from ssrcred.domain.reminder import Concern, Unreached, waiting
from ssrcred.domain.standing import TOMS
from ssrcred.domain.state import Condition
from ssrcred.output.fold import harmless

COLUMNS: Final = 72
FOOT: Final = (
    "ssrcred sends this by itself, before the last day of a credential and every day after it, until a new one is in "
    "use. It holds no password and nothing about a student. Please do not answer it."
)
ROTATE: Final = "ssrcred rotate"
UNCONFIRMED: Final = (
    "First, IT confirms which fields of SchoolWise hold the credentials; until then a rotation stops before anything "
    "is generated. It takes a few minutes and changes nothing:"
)
# What a title says, for each concern but the days that are left.
SHORT: Final = {
    Concern.REFUSED: "a check was refused",
    Concern.UNFINISHED: "a rotation is not finished",
    Concern.EXPIRED: "has expired",
    Concern.SIGN_IN: "the next rotation will fail",
    Concern.HANDOVER: "another system waits for the new one",
    Concern.NOTHING_STORED: "none is stored",
}
TEST_TITLE: Final = "ssrcred: a test message, nothing has to be done"
TEST: Final = (
    "This is a test. From now on ssrcred can tell you here when the credential that lets parents open score reports "
    "(SSR) is about to expire, and what to do then."
)


@dataclass(frozen=True)
class Subject:
    """One LEA that a message is about, and what is wrong with it, the worst first."""

    condition: Condition
    concerns: tuple[Concern, ...]


def digest(
    subjects: Sequence[Subject], now: datetime, unreached: Mapping[str, Unreached] | None = None
) -> tuple[str, str]:
    """The title and the text about these LEAs; `unreached` are others whom the reminders do not reach."""
    ranks = list(Concern)
    ordered = sorted(
        subjects, key=lambda one: (ranks.index(one.concerns[0]), one.condition.days_left or 0, one.condition.name)
    )
    first = ordered[0]
    short = SHORT.get(first.concerns[0]) or f"expires {_in_days(first.condition.days_left or 0)}"
    title = f"SSR credential of {first.condition.name}: {short}"
    if len(ordered) > 1:
        title += f" (and {len(ordered) - 1} more)"
    parts = [_about(one, now) for one in ordered]
    for who, failure in (unreached or {}).items():
        parts.append(
            _paragraph(f"Reminders have not reached {who} since {local_day(failure.since, 'UTC')}. Please tell IT.")
        )
    parts.append("-- \n" + _paragraph(FOOT))
    return title, "\n\n".join(parts) + "\n"


def test() -> tuple[str, str]:
    """The title and the text of a test message."""
    return TEST_TITLE, _paragraph(TEST) + "\n"


def _about(subject: Subject, now: datetime) -> str:
    condition = subject.condition
    lines = [f"{condition.name} ({condition.lea})"]
    for concern in subject.concerns:
        said, command = _said(concern, condition, now)
        if condition.unconfirmed and command == ROTATE:
            lines += ["", _paragraph(UNCONFIRMED), "", f"    ssrcred portal confirm --lea {condition.lea}"]
        lines += ["", _paragraph(said), "", f"    {command} --lea {condition.lea}"]
    return "\n".join(lines)


def _said(concern: Concern, condition: Condition, now: datetime) -> tuple[str, str]:
    """What is wrong and who does what, up to the command; and the command."""
    anew = "An LEA coordinator who can log on to TOMS makes a new one with:"
    match concern:
        case Concern.REFUSED:
            ways = ", ".join(_way(name) for name in condition.standing.refused)
            said = f"The last check was refused by {ways}, so parents may not be able to open score reports."
            return f"{said} To see what is wrong, and who has to act, type:", "ssrcred verify"
        case Concern.SIGN_IN:
            secret = condition.rejected[0]
            # Of a parent's account not its name, which is a person's; of several, doctor names the one.
            parent = secret.startswith("parent")
            whose = "of a parent account that is used for checks" if parent else "of the office account"
            said = f"SchoolWise rejected the password {whose}, so the next rotation will fail. Sign in by hand in a "
            said += "browser to see why. Then store the password, even if it is unchanged, with:"
            return said, f"ssrcred secret set {secret}" if ":" not in secret else "ssrcred doctor"
        case Concern.HANDOVER:
            names = waiting(condition, now)
            since = _day(min(condition.standing.handovers[name].since for name in names), condition)
            verb = "has" if len(names) == 1 else "have"
            said = f"Nobody has said yet that {' and '.join(names)} {verb} got the new credential, which is in use "
            said += f"since {since}. The old one does not work there any more. To see how it is handed over, or to say "
            return f"{said}that it was, type:", "ssrcred handover"
        case Concern.UNFINISHED:
            rotation = condition.standing.rotation
            if rotation is None:
                raise ValueError("an LEA whose rotation is unfinished has one")
            kept = "If the new pair was generated in TOMS, the old one has not worked since."
            if rotation.stored:
                kept = "The new pair is stored, but not yet in use everywhere."
            since = _day(rotation.started_at, condition)
            said = f"A rotation was begun on {since} and is not finished. {kept} Whoever began it goes on with:"
            return said, "ssrcred resume"
        case Concern.NOTHING_STORED:
            said = "No credential is stored here for this LEA, so nobody can be told when it expires."
        case Concern.EXPIRED:
            day = _day(condition.expires_at, condition)
            said = f"The credential expired on {day}. Parents cannot open score reports."
        case _:
            said = f"The credential expires {_in_days(condition.days_left or 0)}, on "
            said += f"{_day(condition.expires_at, condition)}. From then on parents cannot open score reports."
    return f"{said} {anew}", ROTATE


def _way(name: str) -> str:
    if name == TOMS:
        return "the state's service"
    return "SchoolWise (the district)" if name == DISTRICT else f"SchoolWise ({harmless(name)})"


def _in_days(days: int) -> str:
    return {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")


def _day(at: datetime | None, condition: Condition) -> str:
    return "a day that is not known" if at is None else local_day(at, condition.timezone)


def _paragraph(text: str) -> str:
    return textwrap.fill(text, COLUMNS, break_long_words=False, break_on_hyphens=False)

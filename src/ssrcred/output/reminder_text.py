"""The text of a reminder: what is wrong, the worst first, each with the next command, and no secret."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ssrcred.domain.errors import addressed
from ssrcred.domain.lea_status import Condition, systems_updated
from ssrcred.domain.local_time import local_day
from ssrcred.domain.place import DISTRICT
from ssrcred.domain.reminder import Concern, Unreached, waiting
from ssrcred.domain.standing import TOMS
from ssrcred.output.fold import harmless

COLUMNS: Final = 72
FOOT: Final = (
    "ssrcred sends this message automatically before the credentials expire, and every day after that until new ones "
    "are in use. It contains no password and nothing about a student. Please do not reply."
)
ROTATE: Final = "ssrcred rotate"
UNCONFIRMED: Final = (
    "First, IT confirms which fields of SchoolWise hold the credentials. Until then, a rotation stops before anything "
    "is generated. It takes a few minutes and changes nothing:"
)
# What a title says, for each concern but the days that are left.
SHORT: Final = {
    Concern.REFUSED: "a check was rejected",
    Concern.UNFINISHED: "a rotation is not finished",
    Concern.EXPIRED: "have expired",
    Concern.SIGN_IN: "the next rotation will fail",
    Concern.HANDOVER: "another system needs the new ones",
    Concern.NOTHING_STORED: "none are stored",
}
TEST_TITLE: Final = "ssrcred: test message, no action needed"
TEST: Final = (
    "This is a test. ssrcred can now send you a reminder before the credentials that let parents open score reports "
    "(SSR) expire, and tell you what to do."
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
    ranks = list(Concern)  # the enum is ordered, the worst first
    ordered = sorted(
        subjects, key=lambda one: (ranks.index(one.concerns[0]), one.condition.days_left or 0, one.condition.name)
    )
    short = [
        f"{one.condition.name}: {SHORT.get(one.concerns[0]) or f'expire {_in_days(one.condition.days_left or 0)}'}"
        for one in ordered
    ]
    title = f"SSR credentials of {short[0]}"
    parts = [_about(one, now) for one in ordered]
    if len(ordered) > 1:
        title += f" (and {len(ordered) - 1} more)"
        # A county may have dozens: what each one's paragraph says at length is first seen in a line.
        listed = "\n".join(f"    {line}" for line in short)
        parts.insert(0, f"{len(ordered)} LEAs need somebody, the worst first:\n\n{listed}")
    for who, failure in (unreached or {}).items():
        parts.append(
            paragraph(f"Reminders have not reached {who} since {local_day(failure.since, 'UTC')}. Please tell IT.")
        )
    parts.append("-- \n" + paragraph(FOOT))
    return title, "\n\n".join(parts) + "\n"


def test() -> tuple[str, str]:
    """The title and the text of a test message."""
    return TEST_TITLE, paragraph(TEST) + "\n"


def _about(subject: Subject, now: datetime) -> str:
    lines = [f"{subject.condition.name} ({subject.condition.lea})"]
    for said, command in advice(subject, now):
        lines += ["", paragraph(said), "", f"    {command}"]
    return "\n".join(lines)


def advice(subject: Subject, now: datetime) -> list[tuple[str, str]]:
    """Return what is wrong with an LEA and who does what, the worst first: sentences, and the command that follows."""
    condition, found = subject.condition, []
    for concern in subject.concerns:
        said, command = _said(concern, condition, now)
        if condition.unconfirmed and command == ROTATE:
            found.append((UNCONFIRMED, "ssrcred portal confirm"))
        found.append((said, command))
    return [(addressed(said, sis=condition.sis), f"{command} --lea {condition.lea}") for said, command in found]


def _said(concern: Concern, condition: Condition, now: datetime) -> tuple[str, str]:
    """What is wrong and who does what, up to the command; and the command."""
    anew = "An LEA coordinator who can log on to TOMS generates new ones with:"
    match concern:
        case Concern.REFUSED:
            ways = ", ".join(_way(name) for name in condition.standing.refused)
            said = f"The last check was rejected by {ways}, so parents may not be able to open score reports."
            return f"{said} To see what is wrong and who can fix it, type:", "ssrcred verify"
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
            need = "needs" if len(names) == 1 else "need"
            said = (
                f"{' and '.join(names)} still {need} the new credentials, in use since {since}. The old ones no longer "
            )
            said += f"work there ({systems_updated(condition.record)}). To see how to send the new ones, or to record "
            said += "that you "
            return f"{said}did, type:", "ssrcred handover"
        case Concern.UNFINISHED:
            rotation = condition.standing.rotation
            if rotation is None:
                raise ValueError("an LEA whose rotation is unfinished has one")
            kept = "If new credentials were generated in TOMS, the old ones have not worked since."
            if rotation.stored:
                kept = "The new credentials are stored, but not yet in use everywhere."
            since = _day(rotation.started_at, condition)
            said = f"A rotation was started on {since} and is not finished. {kept} Whoever started it continues with:"
            return said, "ssrcred resume"
        case Concern.NOTHING_STORED:
            said = "No credentials are stored here for this LEA, so no reminder can be sent before they expire."
        case Concern.EXPIRED:
            day = _day(condition.expires_at, condition)
            said = f"The credentials expired on {day}. Parents cannot open score reports."
        case _:
            said = f"The credentials expire {_in_days(condition.days_left or 0)}, on "
            said += f"{_day(condition.expires_at, condition)}. After that, parents cannot open score reports."
    return f"{said} {anew}", ROTATE


def _way(name: str) -> str:
    if name == TOMS:
        return "the state's service"
    return "SchoolWise (district)" if name == DISTRICT else f"SchoolWise ({harmless(name)})"


def _in_days(days: int) -> str:
    return {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")


def _day(at: datetime | None, condition: Condition) -> str:
    return "an unknown day" if at is None else local_day(at, condition.timezone)


def paragraph(text: str) -> str:
    """Return a text in lines of at most COLUMNS characters; an address or a command in it stays whole."""
    return textwrap.fill(text, COLUMNS, break_long_words=False, break_on_hyphens=False)

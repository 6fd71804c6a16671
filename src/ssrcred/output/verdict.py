"""A verdict in words: on the screen, as a ticket, and as what a help desk reads without access to the credentials.

A ticket and a published file contain only what is listed here: the words of the verdict, names of the LEA and of
schools, times, and the kind of answer. The free words of a test stay out, because the readers are not known.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from ssrcred.domain.errors import Cause, SsrcredError, addressed
from ssrcred.domain.event import Outcome
from ssrcred.domain.evidence import Known, Look, Probe, Proof, Shows, Sure, Verdict, VerdictName, Who
from ssrcred.domain.lea_status import Condition
from ssrcred.domain.local_time import local_day, local_moment
from ssrcred.domain.outage import TROUBLES
from ssrcred.domain.place import DISTRICT
from ssrcred.domain.report_kind import ReportKind
from ssrcred.output import document
from ssrcred.output.event_text import ended, named, way
from ssrcred.output.fold import harmless, show

if TYPE_CHECKING:
    from rich.console import Console

SURE: Final = {Sure.SURE: "sure", Sure.INFERRED: "an inference", Sure.OPEN: "not known"}
WHO: Final = {
    Who.NOBODY: "nobody",
    Who.COORDINATOR: "an LEA coordinator (CAASPP or ELPAC)",
    Who.IT: "IT, or somebody with office rights in SchoolWise",
    Who.VENDOR: "SchoolWise support",
    Who.CALTAC: "CalTAC, asked by an LEA coordinator",
}
SHOWS: Final = {
    Shows.OURS: "the current credentials",
    Shows.SAME_USERNAME: "the right user name; the key is hidden",
    Shows.OTHER: "other credentials",
    Shows.BLANK: "no credentials",
}
REPORTS: Final = {
    ReportKind.SSR: "score reports",
    ReportKind.LEXILE_QUANTILE: "Lexile/Quantile Measures Reports",
    ReportKind.UNKNOWN: "reports that do not say of which kind they are",
}


def show_verdict(
    console: Console, name: str, reached: Verdict, tried: Iterable[Proof], looked: Look | None = None, sis: str = ""
) -> None:
    """Show a verdict as a help desk can read it out; `looked` is what the portal's page showed, if anybody looked.

    `sis` is the name of the LEA's system if that is not SchoolWise.
    """
    from rich.text import Text

    from ssrcred.output.person import BAD, GOOD, NOTE

    good = reached.name in (VerdictName.WORKING, VerdictName.NO_REPORT)
    style = GOOD if good else NOTE if reached.name in (VerdictName.UNREACHABLE, VerdictName.UNKNOWN) else BAD
    if good and reached.blocked:
        style = NOTE  # it works today, but the next rotation would fail
    show(console, Text(f"{name}: {reached.headline or reached.sentence}", style="bold"))
    show(console, Text(f"  Finding: {_name(reached)}", style=f"bold {style}"))
    lines = [f"  {reached.details}"] if reached.details else []
    lines += [f"  How sure: {SURE[reached.sure]}; {reached.because}.", *_advice(reached)]
    if reached.blocked and not good:
        lines.append("  Also: SchoolWise rejected a sign-in, so the next rotation will fail.")
    lines.append("  What was tested:")
    for proof in tried:
        lines.append(f"  - {way(proof.probe, proof.place)}: {ended(proof.outcome, proof.detail, proof.cause)}.")
        for listed in proof.reports:
            years = f" of {', '.join(listed.years)}" if listed.years else ""
            lines.append(f"    Listed: {REPORTS[listed.kind]}{years}{'; one was opened' if listed.opened else ''}.")
    if looked is not None:
        lines.append("  What SchoolWise shows:")
        lines += [f"  - {named(sight.place)}: {SHOWS[sight.shows]}." for sight in looked.sights]
        if looked.reason:
            what = "The others were not compared" if looked.sights else "Not looked at"
            lines.append(f"  - {what}: {looked.reason}.")
        lines += [f"    {item}" for item in looked.differences]
    for line in lines:
        show(console, Text(addressed(line, sis=sis)))


def _name(reached: Verdict) -> str:
    return reached.name.value.replace("_", " ")


def _advice(reached: Verdict) -> Iterator[str]:
    yield f"  Tell the caller: {reached.caller}"
    yield f"  Next: {reached.next}"
    if reached.who is not Who.NOBODY:
        yield f"  Who: {WHO[reached.who]}."
    if reached.command:
        yield f"  Type: {reached.command}"


def ticket(name: str, reached: Verdict, tried: Iterable[Proof], known: Known, version: str) -> str:
    """Return plain words that can be copied into a ticket, lines ended by line feeds; `name` is the LEA's."""
    lines = [
        f"Score reports (CAASPP/ELPAC) for {name}",
        "",
        f"Finding: {_name(reached)}. {reached.sentence}",
    ]
    if reached.blocked:
        lines.append("Before the next rotation: SchoolWise rejected a sign-in, so the rotation would fail.")
    lines += [f"How sure: {SURE[reached.sure]}; {reached.because}.", f"Next step: {reached.next}"]
    if reached.who is not Who.NOBODY:
        lines.append(f"Who can take it: {WHO[reached.who]}")
    if known.days_left is not None:
        lines.append(f"Days left of the credentials: {max(known.days_left, 0)}")
    lines += ["", "What was tested with the TOMS vendor credentials:"]
    for proof in tried:
        where = "directly with the state's score report service"
        if proof.probe is not Probe.TOMS:
            where = f"View CAASPP/ELPAC in SchoolWise, as a parent ({_setting(proof.place)})"
        status = f" ({proof.status})" if proof.status else ""
        outcome = f"{ended(proof.outcome, _reason(proof), proof.cause)}{status}{_answer(proof)}"
        # A vendor's log is in UTC, and the person who was on the phone remembers the time on the wall.
        at = f"{local_moment(proof.at, known.timezone, short=True)} ({proof.at.astimezone(UTC):%H:%M} UTC)"
        lines.append(f"- {at}, {where}: {outcome}")
    if known.look.sights:
        lines.append("What the settings in SchoolWise show:")
    lines += [f"- {_setting(sight.place)}: {SHOWS[sight.shows]}" for sight in known.look.sights]
    held = "This text holds no student data, no account and no part of the credentials."
    lines += ["", f"Checked with ssrcred {version}. {held}"]
    return "".join(f"{line}\n" for line in lines)


def _setting(place: str) -> str:
    return "the district" if place == DISTRICT else place or "a setting without a name"


def _reason(proof: Proof) -> str:
    if proof.cause is Cause.LOGIN_REFUSED:
        return "SchoolWise rejected the sign-in"
    if proof.cause is Cause.NOT_ENROLLED:
        return "the test student is enrolled in another LEA"
    down = proof.outcome is Outcome.UNREACHABLE and proof.cause in TROUBLES
    return TROUBLES[proof.cause].clause if down else ""


def _answer(proof: Proof) -> str:
    pdf = {None: "", True: "looks like a PDF", False: "does not look like a PDF"}[proof.looks_like_pdf]
    size = "" if proof.size is None else f"{proof.size:,} bytes"
    told = ", ".join(part for part in (proof.content_type, size, pdf, proof.type, proof.year) if part)
    return f" ({told})" if told else ""


# For a help desk without access to the credentials.

HEAD: Final = (
    "Score reports (CAASPP/ELPAC): what ssrcred found at its last check\n"
    "Look at when each was checked: it says nothing about what has happened since."
)
CONDITION: Final = ("lea", "name", "state", "days_left", "expires_at", "last_proof")
# The members of the two documents that may be published.
VERDICT: Final = ("verdict", "blocked", "headline", "sentence", "caller", "next", "command", "who")


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
    checked = local_moment(one.checked_at, condition.timezone)
    if isinstance(found, Verdict):
        yield f"{condition.name}: {found.headline or found.sentence}"
        yield f"  Checked: {checked}"
        yield f"  {_name(found)}"
        if found.details:
            yield f"  {found.details}"
        yield from _advice(found)
    else:
        yield f"{condition.name}: {_undone(found)}"
        yield f"  Tried: {checked}"
        yield "  Next: IT runs ssrcred verify under the account that stores the credentials, and reads the result."
    from ssrcred.output.person import STATES  # brings rich, which only whoever is shown something needs

    yield f"  Status: {addressed(STATES[condition.state][1])}"
    if condition.days_left is not None and condition.expires_at is not None:
        day = local_day(condition.expires_at, condition.timezone)
        yield f"  Days left: {condition.days_left}, until {day}" if condition.days_left >= 0 else f"  Expired on {day}"
    if condition.proved_at is not None:
        yield f"  Last worked: {local_moment(condition.proved_at, condition.timezone)}"

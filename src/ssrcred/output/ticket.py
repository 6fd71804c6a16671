"""A check as plain words that can be copied into a ticket: no student, no parent, no account, no user name, no secret.

Only what is listed here gets in: the words of the verdict, names of the LEA and of schools, times, and what class of
answer came. The free words of a proof stay out, because whoever reads a ticket is not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from ssrcred.domain.errors import Cause
from ssrcred.domain.event import Outcome
from ssrcred.domain.evidence import Look, Probe, Proof, Shows, Sure, Verdict, Who
from ssrcred.domain.local_time import local_moment
from ssrcred.domain.outage import TROUBLES
from ssrcred.domain.place import DISTRICT

OUTCOMES: Final = {
    Outcome.PROVED: "a score report was fetched",
    Outcome.ACCEPTED: "the credential is accepted",
    Outcome.NO_REPORT: "the credential is accepted; no score report for the student who was asked for",
    Outcome.REFUSED: "the credential is refused",
    Outcome.UNREACHABLE: "could not be reached",
    Outcome.NOT_UNDERSTOOD: "the answer is not understood",
    Outcome.SKIPPED: "not tried",
}
SURE: Final = {Sure.SURE: "sure", Sure.INFERRED: "an inference", Sure.OPEN: "not known"}
WHO: Final = {Who.COORDINATOR: "an LEA coordinator (CAASPP or ELPAC)", Who.VENDOR: "the help desk of SchoolWise"}
SHOWS: Final = {
    Shows.OURS: "the LEA's current credential",
    Shows.SAME_USERNAME: "the right User Name; the key is hidden",
    Shows.OTHER: "another credential",
    Shows.BLANK: "no credential",
}


def ticket(
    name: str, reached: Verdict, tried: Iterable[Proof], looked: Look, days_left: int | None, version: str
) -> str:
    """The text, lines ended by line feeds. `name` is the LEA's; times are in UTC."""
    return "".join(f"{line}\n" for line in _lines(name, reached, tried, looked, days_left, version))


def _lines(
    name: str, reached: Verdict, tried: Iterable[Proof], looked: Look, days_left: int | None, version: str
) -> Iterator[str]:
    yield f"Score reports (CAASPP/ELPAC) for {name}"
    yield ""
    yield f"Finding: {reached.name.value.replace('_', ' ')}. {reached.sentence}"
    if reached.blocked:
        yield "Before the next rotation: SchoolWise rejected a sign-in, so the rotation would fail."
    yield f"How sure: {SURE[reached.sure]}; {reached.because}."
    yield f"Next step: {reached.next}"
    if reached.who is not Who.NOBODY:
        yield f"Who can take it: {WHO.get(reached.who, reached.who.value)}"
    if days_left is not None:
        yield f"Days left of the credential: {max(days_left, 0)}"
    yield ""
    yield "What was tried with the TOMS vendor credential:"
    for proof in tried:
        way = f"View CAASPP/ELPAC in SchoolWise, as a parent ({_named(proof.place)})"
        if proof.probe is Probe.TOMS:
            way = "the state's score report service, asked directly"
        yield f"- {local_moment(proof.at, 'UTC', short=True)}, {way}: {_ended(proof)}{_seen(proof)}"
    if looked.sights:
        yield "What the settings in SchoolWise show:"
    for sight in looked.sights:
        yield f"- {_named(sight.place)}: {SHOWS[sight.shows]}"
    yield ""
    yield f"Checked with ssrcred {version}. This text holds no student data, no account and no part of the credential."


def _ended(proof: Proof) -> str:
    if proof.rejected_sign_in:
        return "could not be tried, because SchoolWise rejected the sign-in"
    if proof.cause is Cause.NOT_ENROLLED:
        return "the credential is accepted; the student who was asked for is enrolled in another LEA"
    words = OUTCOMES[proof.outcome]
    if proof.outcome is Outcome.UNREACHABLE and proof.cause is not Cause.UNKNOWN:
        words += f": {TROUBLES[proof.cause].clause}"
    return f"{words} ({proof.status})" if proof.status else words


def _seen(proof: Proof) -> str:
    parts = [proof.content_type]
    parts.append("" if proof.size is None else f"{proof.size:,} bytes")
    parts.append({None: "", True: "looks like a PDF", False: "does not look like a PDF"}[proof.looks_like_pdf])
    parts += [proof.type, proof.year]
    told = ", ".join(part for part in parts if part)
    return f" ({told})" if told else ""


def _named(place: str) -> str:
    return "the district" if place == DISTRICT else place or "a place without a name"

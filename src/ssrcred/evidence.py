"""What one probe saw, and what all probes together mean for the person who asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Probe(StrEnum):
    """Which way a pair was tried."""

    TOMS = "toms"  # the state's SSR service, directly
    PORTAL = "portal"  # the button a parent presses


class Outcome(StrEnum):
    """How one try ended."""

    PROVED = "proved"  # the report itself was fetched and looks like one
    ACCEPTED = "accepted"  # a token only: there is no test SSID
    REFUSED = "refused"
    NO_REPORT = "no_report"  # the pair is accepted; this student has no report
    UNREACHABLE = "unreachable"
    NOT_UNDERSTOOD = "not_understood"
    SKIPPED = "skipped"


WORKS = frozenset({Outcome.PROVED, Outcome.ACCEPTED, Outcome.NO_REPORT})
"""Outcomes that show that the service took the pair."""


@dataclass(frozen=True)
class Proof:
    """What one probe saw at one moment (aware UTC). Never a student's name, SSID, link or report."""

    probe: Probe
    outcome: Outcome
    at: datetime
    place: str = ""  # for the portal: the place whose pair the account's school uses
    detail: str = ""  # plain words: "a PDF of 14,211 bytes"; "HTTP status 401"
    asked: str = ""  # what was asked, in plain words: "a token, then the list of one student's reports"
    content_type: str = ""  # of the last answer: "application/pdf"
    size: int | None = None  # bytes of the last answer
    looks_like_pdf: bool | None = None  # None: nothing that could have been a report came
    year: str = ""  # of the report: "2025-26"
    type: str = ""  # of the report, in words that the API profile allows


class VerdictName(StrEnum):
    """What all probes together mean."""

    WORKING = "working"
    REFUSED = "refused"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    PORTAL_DIFFERS = "portal_differs"
    SCHOOL_DIFFERS = "school_differs"
    NO_REPORT = "no_report"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Verdict:
    """One answer: its name, a sentence that can be read to a caller, the next step, and whether it is an inference."""

    name: VerdictName
    sentence: str
    next: str
    inferred: bool = False


@dataclass(frozen=True)
class Known:
    """What is known of the pair beside the probes: days left (None if unknown), and when it was last proved."""

    days_left: int | None
    last_proved_at: datetime | None = None


REGENERATE = (
    "An LEA coordinator regenerates the pair in TOMS and runs: ssrcred rotate. "
    "If it is still refused then: CalTAC, caltac@ets.org, 800-955-2954."
)
PRESS_FIRST = (
    "First press View CAASPP/ELPAC as a parent: if a report opens, the pair is good and this check is wrong. If not:"
)
UPLOAD = "Somebody with office rights in SchoolWise runs: ssrcred upload, then: ssrcred verify."


def judge(proofs: Sequence[Proof], known: Known) -> Verdict:
    """The verdict of all `proofs`, skipped ones not counting; the official ladder gives the next step (domain.md).

    Errors of the service do not tell expired from wrong (domain.md, reported), so why a pair is refused is inferred.
    """
    direct = [proof for proof in proofs if proof.probe is Probe.TOMS and proof.outcome is not Outcome.SKIPPED]
    through = [proof for proof in proofs if proof.probe is Probe.PORTAL and proof.outcome is not Outcome.SKIPPED]
    outcomes = {proof.outcome for proof in (*direct, *through)}
    if Outcome.REFUSED in outcomes:
        if any(proof.outcome is Outcome.REFUSED for proof in direct):
            if any(proof.outcome in WORKS for proof in through):
                return _refused_only_directly(known)
            return _refused(known)
        return _refused_through_portal(direct, through, known)
    if outcomes & WORKS:
        return _accepted(direct, through, outcomes)
    if Outcome.UNREACHABLE in outcomes:
        return Verdict(
            VerdictName.UNREACHABLE,
            "The check could not reach the service, so nothing is known about the pair.",
            "Try again later: ssrcred verify. If it lasts, IT looks at the network and the proxy.",
        )
    return Verdict(
        VerdictName.UNKNOWN,
        "No check gave an answer that is understood, so nothing is known about the pair.",
        "Press the button View CAASPP/ELPAC as a parent and see whether a score report opens.",
    )


def _accepted(direct: list[Proof], through: list[Proof], outcomes: set[Outcome]) -> Verdict:
    unanswered = [proof for proof in (*direct, *through) if proof.outcome not in WORKS]
    if through and all(proof in unanswered for proof in through):
        return Verdict(
            VerdictName.UNREACHABLE if through[0].outcome is Outcome.UNREACHABLE else VerdictName.UNKNOWN,
            "The state's service accepts the pair. Whether parents see their reports could not be checked.",
            "Try again later: ssrcred verify.",
        )
    if Outcome.PROVED not in outcomes and Outcome.NO_REPORT in outcomes:
        return Verdict(
            VerdictName.NO_REPORT,
            "The pair is accepted. The student who was asked for has no score report, so none could be fetched.",
            "Nothing is wrong with the pair. To see a report fetched, set another test student: "
            "ssrcred secret set test-ssid.",
        )
    if unanswered:
        return Verdict(
            VerdictName.WORKING,
            "The pair works: a check succeeded. Another check gave no answer.",
            "Nothing has to be done. To see both checks answer: ssrcred verify, later.",
            inferred=True,
        )
    return Verdict(VerdictName.WORKING, "The pair works.", "Nothing has to be done.")


def _refused(known: Known) -> Verdict:
    if known.days_left is not None and known.days_left <= 0:
        return Verdict(
            VerdictName.EXPIRED,
            "The state's service refuses the pair, and its last day has come or gone: it has expired.",
            REGENERATE,
            inferred=True,
        )
    if known.last_proved_at is not None:
        return Verdict(
            VerdictName.SUPERSEDED,
            f"The state's service refuses the pair, though it worked on {known.last_proved_at:%Y-%m-%d} (UTC) and has "
            "days left. Probably somebody has regenerated it in TOMS since.",
            "Ask the CAASPP coordinator and the ELPAC coordinator who regenerated. Whoever has the new pair runs: "
            "ssrcred store, then: ssrcred upload. If nobody has it: ssrcred rotate.",
            inferred=True,
        )
    return Verdict(
        VerdictName.REFUSED,
        "The state's service refuses the pair. It was never seen to work: probably it is not as TOMS showed it.",
        f"{PRESS_FIRST} {REGENERATE}",
        inferred=True,
    )


def _refused_only_directly(known: Known) -> Verdict:
    if known.last_proved_at is not None:
        return Verdict(
            VerdictName.SUPERSEDED,
            "Parents can open score reports, but the pair that is kept here is refused. Probably somebody has "
            "regenerated it in TOMS and put the new pair into SchoolWise.",
            "Ask the CAASPP coordinator and the ELPAC coordinator for the new pair, then: ssrcred store.",
            inferred=True,
        )
    return Verdict(
        VerdictName.REFUSED,
        "Parents can open score reports, but the state's service refuses the pair when it is asked directly. Either "
        "SchoolWise holds another pair, or the direct check does not speak to the service as it should.",
        "Do not regenerate. IT compares the API profile with the state's specification, or switches the direct check "
        "off (toms.enabled = false in config.toml).",
        inferred=True,
    )


def _refused_through_portal(direct: list[Proof], through: list[Proof], known: Known) -> Verdict:
    refused = [proof for proof in through if proof.outcome is Outcome.REFUSED]
    working = [proof for proof in through if proof.outcome in WORKS]
    if working:
        names = ", ".join(proof.place or "a place without a name" for proof in refused)
        return Verdict(
            VerdictName.SCHOOL_DIFFERS,
            f"The pair works, but not everywhere: {names} is refused and probably holds another pair.",
            "See which school keeps a pair of its own: ssrcred schools. "
            "Then: ssrcred schools --set NAME, or --clear NAME.",
            inferred=True,
        )
    if any(proof.outcome in WORKS for proof in direct):
        return Verdict(
            VerdictName.PORTAL_DIFFERS,
            "The pair works, but SchoolWise is refused: it probably holds another pair, "
            "or changed the key when it was saved.",
            UPLOAD,
            inferred=True,
        )
    if known.days_left is not None and known.days_left <= 0:
        return _refused(known)
    return Verdict(
        VerdictName.REFUSED,
        "SchoolWise's credentials are refused. Either it holds another pair than ours, or ours no longer works.",
        f"First: ssrcred upload, then: ssrcred verify. If it is still refused: {REGENERATE}",
        inferred=True,
    )


EXIT_CODES = {
    VerdictName.WORKING: 0,
    VerdictName.NO_REPORT: 0,
    VerdictName.REFUSED: 7,
    VerdictName.EXPIRED: 7,
    VerdictName.SUPERSEDED: 7,
    VerdictName.PORTAL_DIFFERS: 7,
    VerdictName.SCHOOL_DIFFERS: 7,
    VerdictName.UNREACHABLE: 8,
    VerdictName.UNKNOWN: 6,
}
"""What `verify` exits with (design.md, *Edges, decided*)."""

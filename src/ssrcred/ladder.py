"""The verdict of all that was seen, and the next step of the official trouble-shooting ladder (domain.md).

The ladder: compare the pair in the portal with the current one and write it there; regenerate in TOMS; ask CalTAC.
Errors of the service do not tell expired from wrong (domain.md, reported), so why a pair is refused is always inferred.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from ssrcred.difference import (
    BOTH,
    NO_REASON,
    NOT_GIVEN,
    NOT_KNOWN,
    OPENS,
    hidden,
    nowhere_yet,
    override,
    portal_differs,
    refused_but_parents_fine,
    school_differs,
    schools,
    shown_to_differ,
)
from ssrcred.evidence import (
    LOG_IN_REFUSED,
    WORKS,
    Evidence,
    Known,
    Outcome,
    Proof,
    Sure,
    Verdict,
    VerdictName,
    Who,
)
from ssrcred.place import DISTRICT

CALTAC: Final = "CalTAC, caltac@ets.org, 800-955-2954"
CLOSED: Final = (
    "Score reports cannot be shown at the moment, because the district's access to them has to be renewed. "
    "Nothing is wrong with your account."
)


def judge(proofs: Sequence[Proof], known: Known) -> Verdict:
    """The verdict of all `proofs` and of what is `known`; skipped proofs do not count."""
    seen = Evidence(proofs, known)
    refused = Outcome.REFUSED in seen.direct or (bool(seen.refused) and not seen.accepted_directly)
    if known.waiting_since is not None and refused and not seen.working:
        return _waits_for_its_key(known.waiting_since.astimezone(ZoneInfo(known.timezone)))
    if Outcome.REFUSED in seen.direct:
        return refused_but_parents_fine(seen) if seen.working else _ours_refused(seen)
    if seen.refused:
        return _refused_through_portal(seen)
    if (shown := shown_to_differ(seen)) is not None:
        return shown
    if seen.outcomes & WORKS:
        return _accepted(seen)
    return _nothing_known(seen)


def _waits_for_its_key(since: datetime) -> Verdict:
    day = f"{since:%B} {since.day}, {since.year}"
    return Verdict(
        VerdictName.SUPERSEDED,
        f"Your rotation of {day} stopped before the new key was stored; you probably generated it yourself.",
        CLOSED,
        f"Type: ssrcred resume. If nobody here pressed Yes, Generate Credentials: ask {BOTH} who regenerated them.",
        "ssrcred resume",
        Who.COORDINATOR,
        Sure.INFERRED,
        NO_REASON,
    )


def _ours_refused(seen: Evidence) -> Verdict:
    if seen.over:
        return _expired("The state's service refuses the pair, and its")
    if seen.proved_on:
        worked = f"The state's service refuses the pair, though it worked on {seen.proved_on}{seen.has_days}."
        sentence = f"{worked} Probably somebody has regenerated it in TOMS since."
        ask = f"Ask {BOTH} who regenerated it. Whoever has the new pair stores it; then: ssrcred upload."
        if seen.known.newer_refused:
            sentence = (
                f"{worked} A newer one was stored here and is refused as well: probably it is not as TOMS showed it."
            )
            ask = (
                "If TOMS still shows the newer pair, copy both halves again: ssrcred store. If not, ask "
                f"{BOTH} whether one of them has it."
            )
        return Verdict(
            VerdictName.SUPERSEDED,
            sentence,
            CLOSED,
            f"{ask} If nobody has it, regenerate: ssrcred rotate.",
            "ssrcred store",
            Who.COORDINATOR,
            Sure.INFERRED,
            NO_REASON,
        )
    return _never_worked(seen)


def _never_worked(seen: Evidence) -> Verdict:
    sentence = "The state's service refuses the pair. It was never seen to work: probably it is not as TOMS showed it."
    if seen.known.refused_again:
        return Verdict(
            VerdictName.REFUSED,
            f"{sentence} The pair before it was refused as well.",
            CLOSED,
            f"Regenerating has not helped, so ask the state: {CALTAC}, or the LEA Success Agent.",
            "ssrcred support",
            Who.CALTAC,
            Sure.INFERRED,
            NO_REASON,
        )
    return Verdict(
        VerdictName.REFUSED,
        sentence,
        CLOSED,
        "First press View CAASPP/ELPAC as a parent: if a report opens, the pair is good and this check is wrong. If "
        "not, and TOMS still shows the pair, copy both halves again: ssrcred store. Else regenerate it. If it is still "
        f"refused then: {CALTAC}.",
        "ssrcred store",
        Who.COORDINATOR,
        Sure.INFERRED,
        NO_REASON,
    )


def _refused_through_portal(seen: Evidence) -> Verdict:
    if seen.working:
        return school_differs(seen)
    differing = seen.differing(seen.refused)
    if differing == seen.refused and DISTRICT not in differing and not seen.differing([DISTRICT]):
        return override(seen, differing)
    if differing or seen.accepted_directly:
        return portal_differs(seen, differing)
    if seen.over:
        return _expired("SchoolWise's pair is refused, and its")
    if seen.proved_on:
        return Verdict(
            VerdictName.SUPERSEDED,
            f"SchoolWise's pair is refused, though it worked on {seen.proved_on}{seen.has_days}. Probably "
            f"somebody has regenerated it in TOMS since.{_may_differ(seen)}",
            CLOSED,
            f"{_write_first(seen, 'ask')} {BOTH} who regenerated it. Whoever has the new pair stores it: ssrcred "
            "store. If nobody has it, regenerate: ssrcred rotate.",
            "ssrcred store" if seen.all_ours else "ssrcred upload",
            Who.COORDINATOR,
            Sure.INFERRED,
            NO_REASON,
        )
    return Verdict(
        VerdictName.REFUSED,
        "SchoolWise's pair is refused. It was never seen to work: probably it is not as TOMS showed it."
        f"{_may_differ(seen)}",
        CLOSED,
        f"{_write_first(seen, 'regenerate')} the pair in TOMS: ssrcred rotate. If it is still refused then: {CALTAC}.",
        "ssrcred rotate" if seen.all_ours else "ssrcred upload",
        Who.COORDINATOR if seen.all_ours else Who.IT,
        Sure.INFERRED,
        NO_REASON,
    )


def _shut_out(seen: Evidence, known: str) -> Verdict:
    """No parent's account that was tried got in where it counts: a matter of a password, and not of the pair."""
    places = [proof.place for proof in seen.unanswered if proof.detail == LOG_IN_REFUSED]
    return Verdict(
        VerdictName.UNKNOWN,
        f"{known} SchoolWise refused the log-in of the parent account for {schools(places)}.",
        NOT_KNOWN,
        "Find out the right password before anything is run again, since portals lock accounts, and store it: ssrcred "
        "secret set parent, or parent:NAME for the account of a school.",
        "ssrcred secret set parent" if DISTRICT in places else "ssrcred secret set parent:NAME",
        Who.IT,
        Sure.OPEN,
        "a log-in was refused, which says nothing about the pair",
    )


def _accepted(seen: Evidence) -> Verdict:
    if seen.shut_out:
        return _shut_out(seen, "The pair works where it could be tried.")
    if seen.unanswered:
        kind = Outcome.UNREACHABLE in {proof.outcome for proof in seen.unanswered}
        where = (
            "The state's service accepts the pair" if not seen.working else f"The pair works at {schools(seen.working)}"
        )
        open_places = schools([proof.place for proof in seen.unanswered])
        return Verdict(
            VerdictName.UNREACHABLE if kind else VerdictName.UNKNOWN,
            f"{where}. Whether parents see their reports could not be checked at {open_places}.",
            NOT_KNOWN,
            "Check again later. If it lasts, ask the help desk of SchoolWise."
            if kind
            else "Press View CAASPP/ELPAC as a parent there, and see whether one opens.",
            "ssrcred verify",
            Who.IT,
            Sure.OPEN,
            "a check gave no answer" if kind else "a check gave an answer that is not understood",
        )
    if seen.only_directly and seen.known.unwritten:
        return nowhere_yet()
    if Outcome.PROVED not in seen.outcomes and Outcome.NO_REPORT in seen.outcomes:
        return Verdict(
            VerdictName.NO_REPORT,
            "The pair is accepted. The student who was asked for has no score report, so none could be fetched.",
            "Score reports can be opened. If yours is missing, your student may have none for that year: please ask "
            "the school.",
            "Nothing is wrong with the pair. To see a report fetched, set another test student.",
            "ssrcred secret set test-ssid",
            Who.IT,
            Sure.SURE,
            "the pair was accepted",
        )
    return _working(seen)


def _working(seen: Evidence) -> Verdict:
    unanswered = [outcome for outcome in seen.direct if outcome not in WORKS]
    because = "a score report was fetched" if Outcome.PROVED in seen.outcomes else "the pair was accepted"
    if seen.only_directly:
        because += " directly; whether parents see theirs in SchoolWise was not tried"
        unanswered = unanswered or [Outcome.SKIPPED]
    elif seen.known.unwritten and not seen.accepted_directly:
        because += f" as a parent; {NOT_GIVEN}"
        unanswered = unanswered or [Outcome.SKIPPED]
    elif seen.differing(seen.working):
        because += "; the page in SchoolWise shows another pair all the same"
        unanswered = unanswered or [Outcome.NOT_UNDERSTOOD]
    elif unanswered:
        lost = Outcome.UNREACHABLE in unanswered
        because += " as a parent; the state's service, asked directly, gave "
        because += "no answer" if lost else "an answer that is not understood"
    return Verdict(
        VerdictName.WORKING,
        "The pair works.",
        OPENS,
        "Nothing has to be done.",
        "",
        Who.NOBODY,
        Sure.INFERRED if unanswered else Sure.SURE,
        because,
    )


def _nothing_known(seen: Evidence) -> Verdict:
    if Outcome.UNREACHABLE in seen.outcomes:
        return Verdict(
            VerdictName.UNREACHABLE,
            "The check could not reach the service, so nothing is known about the pair.",
            NOT_KNOWN,
            "Check again later. If it lasts, IT looks at the network and the proxy.",
            "ssrcred verify",
            Who.IT,
            Sure.OPEN,
            "no check reached its service",
        )
    if seen.shut_out:
        return _shut_out(seen, "Nothing is known about the pair.")
    press = "Press the button View CAASPP/ELPAC as a parent, and see whether a score report opens."
    if not seen.outcomes:
        return Verdict(
            VerdictName.UNKNOWN,
            "The pair was not tried in any way, so nothing is known about it.",
            NOT_KNOWN,
            f"{press} To have it tried from here: a parent account or the direct check, in ssrcred setup.",
            "ssrcred setup",
            Who.IT,
            Sure.OPEN,
            "no check could be made",
        )
    strange = Outcome.NOT_UNDERSTOOD in seen.direct
    return Verdict(
        VerdictName.UNKNOWN,
        "No check gave an answer that is understood, so nothing is known about the pair.",
        NOT_KNOWN,
        f"{press} IT finds out how the state's service wants to be asked: ssrcred doctor --find-api."
        if strange
        else press,
        "ssrcred doctor --find-api" if strange else "",
        Who.IT,
        Sure.OPEN,
        "no check gave an answer that is understood",
    )


def _expired(refused: str) -> Verdict:
    return Verdict(
        VerdictName.EXPIRED,
        f"{refused} last day has come or gone: it has expired.",
        CLOSED,
        f"Regenerate the pair in TOMS; ssrcred brings it everywhere. If it is still refused then: {CALTAC}.",
        "ssrcred rotate",
        Who.COORDINATOR,
        Sure.INFERRED,
        NO_REASON,
    )


def _may_differ(seen: Evidence) -> str:
    """What else may be the matter with a pair that was only tried through the portal."""
    if seen.all_ours:
        return ""
    return f" Or SchoolWise does not hold it as it was given.{hidden(seen)}"


def _write_first(seen: Evidence, verb: str) -> str:
    """The beginning of a sentence that goes on with what `verb` is done to; the ladder's first step before it."""
    if seen.all_ours:
        return verb.capitalize()
    return f"First write the pair there once more and check again: ssrcred upload. If that does not help, {verb}"

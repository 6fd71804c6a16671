"""The verdict of all that was seen, and the next step of the official trouble-shooting ladder (domain.md).

The ladder: compare the credentials in the portal with the current ones and save those there; regenerate in TOMS; ask
CalTAC.
Errors of the service do not tell expired from wrong (domain.md, reported), so why a pair is refused is always inferred.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from ssrcred.difference import (
    BOTH,
    NO_REASON,
    NOT_GIVEN,
    NOT_KNOWN,
    OPENS,
    REGENERATED,
    hidden,
    nowhere_yet,
    override,
    portal_differs,
    refused_but_parents_fine,
    schools,
    shown_to_differ,
    some_differ,
)
from ssrcred.errors import Cause
from ssrcred.evidence import (
    EXIT_CODES,
    WORKS,
    Evidence,
    Known,
    Outcome,
    Probe,
    Proof,
    Sure,
    Verdict,
    VerdictName,
    Who,
)
from ssrcred.outage import CALTAC, NO_LOOK, unreached
from ssrcred.place import DISTRICT

CLOSED: Final = (
    "Score reports cannot be shown at the moment, because the district's access to them has to be renewed. "
    "Nothing is wrong with your account."
)


def judge(proofs: Sequence[Proof], known: Known) -> Verdict:
    """The verdict of all `proofs` and of what is `known`; skipped proofs do not count."""
    seen = Evidence(proofs, known)
    found, look = _found(seen), known.look
    if look.unconfirmed or look.differences:
        found = _not_compared(found, unconfirmed=look.unconfirmed)
    return found if seen.blocked is None else _blocked(seen, replace(found, blocked=seen.blocked))


def _found(seen: Evidence) -> Verdict:
    known = seen.known
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
    headline = f"Your rotation of {day} stopped before the new key was stored; you probably generated it yourself."
    return Verdict(
        VerdictName.SUPERSEDED,
        headline,
        CLOSED,
        f"Type: ssrcred resume. If nobody here pressed Yes, Generate Credentials: ask {BOTH} who regenerated them.",
        "ssrcred resume",
        Who.COORDINATOR,
        Sure.INFERRED,
        NO_REASON,
        headline,
    )


def _not_compared(found: Verdict, *, unconfirmed: bool) -> Verdict:
    """A verdict that rests on the rest, because settings were not compared; the next rotation stops before them too."""
    compared = "The settings in SchoolWise were not all compared."
    why = "The page there is not as it was confirmed."
    if unconfirmed:
        compared = "The settings in SchoolWise were not compared."
        why = "Nobody has confirmed yet which fields there hold the credentials."
    headline = f"{found.headline or found.sentence} {compared}"
    told = replace(found, headline=headline, sentence=f"{headline} {why} {found.details}".rstrip())
    if EXIT_CODES[found.name] != 0:
        return told  # it has a next step of its own, which comes first
    next_step = "Before the next rotation, confirm the fields: ssrcred portal confirm"
    kept = "" if found.who is Who.NOBODY else f" {found.next}"
    return replace(told, next=f"{next_step}.{kept}", command="ssrcred portal confirm", who=Who.IT)


def _blocked(seen: Evidence, found: Verdict) -> Verdict:
    """A verdict beside a sign-in that is rejected, which the next rotation would stop at before anything is done."""
    if EXIT_CODES[found.name] != 0:
        return found  # it has a next step of its own, which comes first
    headline = "Access to score reports works, but the next rotation will fail."
    return replace(
        found,
        sentence=f"{headline} SchoolWise rejected the password of the office account. {found.sentence}",
        next="Sign in by hand in a browser to see why. Then store the password, even if it is unchanged: ssrcred "
        "secret set schoolwise. Run nothing that signs in before: SchoolWise locks accounts.",
        command="ssrcred secret set schoolwise",
        who=Who.IT,
        headline=headline,
    )


def _ours_refused(seen: Evidence) -> Verdict:
    if seen.over:
        return _expired("The state's service rejects them")
    if seen.proved_on:
        worked = f"{REGENERATED} The state's service rejects them. They worked on {seen.proved_on}{seen.has_days}."
        ask = f"Ask {BOTH} who regenerated them. Whoever has the new ones stores them; then: ssrcred upload."
        if seen.known.newer_refused:
            worked += " Newer ones were stored here and are rejected too: they are probably not as TOMS showed them."
            ask = (
                "If TOMS still shows the newer ones, copy user name and secret key again: ssrcred store. If not, ask "
                f"{BOTH} whether one of them has them."
            )
        return Verdict(
            VerdictName.SUPERSEDED,
            worked,
            CLOSED,
            f"{ask} If nobody has them, regenerate: ssrcred rotate.",
            "ssrcred store",
            Who.COORDINATOR,
            Sure.INFERRED,
            NO_REASON,
            REGENERATED,
        )
    return _never_worked(seen)


def _never_worked(seen: Evidence) -> Verdict:
    headline = "The credentials are rejected, and never worked."
    sentence = f"{headline} They are probably not as TOMS showed them."
    if seen.known.refused_again:
        return Verdict(
            VerdictName.REFUSED,
            f"{sentence} Those before them were rejected as well.",
            CLOSED,
            f"Regenerating has not helped, so ask the state: {CALTAC}, or the LEA Success Agent.",
            "ssrcred support",
            Who.CALTAC,
            Sure.INFERRED,
            NO_REASON,
            headline,
        )
    return Verdict(
        VerdictName.REFUSED,
        sentence,
        CLOSED,
        "First press View CAASPP/ELPAC as a parent: if a report opens, the credentials are good and this check is "
        "wrong. If not, and TOMS still shows them, copy user name and secret key again: ssrcred store. Otherwise "
        f"regenerate them. If they are still rejected then: {CALTAC}.",
        "ssrcred store",
        Who.COORDINATOR,
        Sure.INFERRED,
        NO_REASON,
        headline,
    )


def _refused_through_portal(seen: Evidence) -> Verdict:
    if seen.working:
        return some_differ(seen)
    differing = seen.differing(seen.refused)
    if differing == seen.refused and DISTRICT not in differing and not seen.differing([DISTRICT]):
        return override(seen, differing)
    if differing or seen.accepted_directly:
        return portal_differs(seen, differing)
    if seen.over:
        return _expired("Parents are rejected in SchoolWise")
    if seen.proved_on:
        return Verdict(
            VerdictName.SUPERSEDED,
            f"{REGENERATED} Parents are rejected in SchoolWise, though the credentials worked on "
            f"{seen.proved_on}{seen.has_days}.{_may_differ(seen)}",
            CLOSED,
            f"{_write_first(seen, 'ask')} {BOTH} who regenerated them. Whoever has the new ones stores them: ssrcred "
            "store. If nobody has them, regenerate: ssrcred rotate.",
            "ssrcred store" if seen.all_ours else "ssrcred upload",
            Who.COORDINATOR,
            Sure.INFERRED,
            NO_REASON,
            REGENERATED,
        )
    headline = "The credentials are rejected in SchoolWise, and never worked."
    return Verdict(
        VerdictName.REFUSED,
        f"{headline} They are probably not as TOMS showed them.{_may_differ(seen)}",
        CLOSED,
        f"{_write_first(seen, 'regenerate')} the credentials in TOMS: ssrcred rotate. If they are still rejected then: "
        f"{CALTAC}.",
        "ssrcred rotate" if seen.all_ours else "ssrcred upload",
        Who.COORDINATOR if seen.all_ours else Who.IT,
        Sure.INFERRED,
        NO_REASON,
        headline,
    )


def _shut_out(seen: Evidence, known: str) -> Verdict:
    """No parent's account that was tried got in where it counts: a matter of a password, not of the credentials."""
    places = [proof.place for proof in seen.unanswered if proof.rejected_sign_in]
    headline = "SchoolWise rejected the password of a parent account that is used for this check."
    return Verdict(
        VerdictName.UNKNOWN,
        f"{headline} It is the one for {schools(places)}. {known}",
        NOT_KNOWN,
        "Find out the right password before anything is run again, since SchoolWise locks accounts, and store it: "
        "ssrcred secret set parent, or parent:NAME for the account of a school.",
        "ssrcred secret set parent" if DISTRICT in places else "ssrcred secret set parent:NAME",
        Who.IT,
        Sure.OPEN,
        "a sign-in was rejected, which says nothing about the credentials",
        headline,
    )


def _accepted(seen: Evidence) -> Verdict:
    if seen.shut_out:
        return _shut_out(seen, "The credentials work where they could be tried.")
    lost = any(proof.outcome is Outcome.UNREACHABLE for proof in seen.unanswered)
    if lost or (not seen.through and seen.known.look.cause in NO_LOOK):
        return unreached(seen)
    if seen.unanswered:
        works = "The credentials work" if not seen.working else f"Score reports open at {schools(seen.working)}"
        headline = f"{works}, but not everything could be checked."
        return Verdict(
            VerdictName.UNKNOWN,
            f"{headline} It is not known whether parents see their reports at "
            f"{schools([proof.place for proof in seen.unanswered])}.",
            NOT_KNOWN,
            "Press View CAASPP/ELPAC as a parent there, and see whether one opens.",
            "ssrcred verify",
            Who.IT,
            Sure.OPEN,
            "a check gave an answer that is not understood",
            headline,
        )
    if seen.only_directly and seen.known.unwritten:
        return nowhere_yet()
    if Outcome.PROVED not in seen.outcomes and Outcome.NO_REPORT in seen.outcomes:
        return _no_report(seen)
    return _working(seen)


def _no_report(seen: Evidence) -> Verdict:
    elsewhere = any(proof.cause is Cause.NOT_ENROLLED for proof in seen.tried)
    headline = "The credentials work. " + (
        "The test student is probably enrolled in another LEA."
        if elsewhere
        else "The test student has no score report."
    )
    why = "The state's service gives no access to that student" if elsewhere else "The state's service has none"
    return Verdict(
        VerdictName.NO_REPORT,
        f"{headline} {why}, so none could be opened.",
        "Score reports can be opened. If yours is missing: reports follow your student's enrollment, which may be in "
        "another district. Please ask the school."
        if elsewhere
        else "Score reports can be opened. If yours is missing, your student may have none for that year. Please ask "
        "the school.",
        "Nothing is wrong with the credentials. To test with a report, set another test student"
        + (", one who is enrolled here." if elsewhere else "."),
        "ssrcred secret set test-ssid",
        Who.IT,
        Sure.SURE,
        "the credentials were accepted",
        headline,
    )


def _working(seen: Evidence) -> Verdict:
    unanswered = [outcome for outcome in seen.direct if outcome not in WORKS]
    because = "a score report was fetched" if Outcome.PROVED in seen.outcomes else "the credentials were accepted"
    if seen.only_directly:
        because += " directly; whether parents see theirs in SchoolWise was not tried"
        unanswered = unanswered or [Outcome.SKIPPED]
    elif seen.known.unwritten and not seen.accepted_directly:
        because += f" as a parent; {NOT_GIVEN}"
        unanswered = unanswered or [Outcome.SKIPPED]
    elif seen.differing(seen.working):
        because += "; the page in SchoolWise shows other credentials all the same"
        unanswered = unanswered or [Outcome.NOT_UNDERSTOOD]
    elif unanswered:
        lost = Outcome.UNREACHABLE in unanswered
        because += " as a parent; the state's service, asked directly, gave "
        because += "no answer" if lost else "an answer that is not understood"
    headline = "The credentials work."
    return Verdict(
        VerdictName.WORKING,
        headline,
        OPENS,
        "Nothing has to be done.",
        "",
        Who.NOBODY,
        Sure.INFERRED if unanswered else Sure.SURE,
        because,
        headline,
    )


def _nothing_known(seen: Evidence) -> Verdict:
    if Outcome.UNREACHABLE in seen.outcomes or (not seen.through and seen.known.look.cause in NO_LOOK):
        return unreached(seen)
    if seen.shut_out:
        return _shut_out(seen, "So it is not known whether the credentials work.")
    press = "Press the button View CAASPP/ELPAC as a parent, and see whether a score report opens."
    headline = "It is not known whether the credentials work."
    if not seen.outcomes:
        return Verdict(
            VerdictName.UNKNOWN,
            f"{headline} They were not tried in any way.",
            NOT_KNOWN,
            f"{press} To have them tried from here: a parent account or the direct check, in ssrcred setup.",
            "ssrcred setup",
            Who.IT,
            Sure.OPEN,
            "no check could be made",
            headline,
        )
    strange = any(proof.probe is Probe.TOMS and proof.outcome is Outcome.NOT_UNDERSTOOD for proof in seen.tried)
    return Verdict(
        VerdictName.UNKNOWN,
        f"{headline} No check gave an answer that is understood.",
        NOT_KNOWN,
        f"{press} IT finds out how the state's service wants to be asked: ssrcred doctor --find-api."
        if strange
        else press,
        "ssrcred doctor --find-api" if strange else "",
        Who.IT,
        Sure.OPEN,
        "no check gave an answer that is understood",
        headline,
    )


def _expired(rejected: str) -> Verdict:
    headline = "The credentials have expired."
    return Verdict(
        VerdictName.EXPIRED,
        f"{headline} {rejected}, and their last day has come.",
        CLOSED,
        "Regenerate the credentials in TOMS: ssrcred rotate. It saves them everywhere. If they are still rejected "
        f"then: {CALTAC}.",
        "ssrcred rotate",
        Who.COORDINATOR,
        Sure.INFERRED,
        NO_REASON,
        headline,
    )


def _may_differ(seen: Evidence) -> str:
    """What else may be the matter with credentials that were only tried through the portal."""
    if seen.all_ours:
        return ""
    return f" Or SchoolWise does not have them as they were given.{hidden(seen)}"


def _write_first(seen: Evidence, verb: str) -> str:
    """The beginning of a sentence that goes on with what `verb` is done to; the ladder's first step before it."""
    if seen.all_ours:
        return verb.capitalize()
    return f"First save them there once more and check again: ssrcred upload. If that does not help, {verb}"

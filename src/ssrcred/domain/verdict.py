"""The verdict of all that was seen, and the next step of the official trouble-shooting ladder (domain.md).

The ladder: compare the credentials in the portal with the current ones and save those there; regenerate in TOMS; ask
CalTAC.
Errors of the service do not tell expired from wrong (domain.md, reported), so why a pair is refused is always inferred.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ssrcred.domain.errors import Cause
from ssrcred.domain.event import WORKS, Outcome
from ssrcred.domain.evidence import (
    NO_REASON,
    Evidence,
    Known,
    Probe,
    Proof,
    Shows,
    Sure,
    Verdict,
    VerdictName,
    Who,
    listed,
    schools,
    undecided,
)
from ssrcred.domain.local_time import local_day
from ssrcred.domain.outage import CALTAC, NO_LOOK, unreached
from ssrcred.domain.place import DISTRICT

OPENS: Final = "Score reports open at the moment. Please try again, and call again if yours does not open."
SETTING: Final = "It is a setting of the school system; nothing is wrong with your account."
CLOSED_HERE: Final = f"Score reports cannot be shown at the moment. {SETTING}"
KEEP_OR_CLEAR: Final = (
    "Find out which school keeps credentials of its own. For a school that needs none: ssrcred schools --clear NAME. "
    "For one that does: ssrcred schools --set NAME."
)
SHOWN: Final = "the page in SchoolWise shows it"
BOTH: Final = "the CAASPP coordinator and the ELPAC coordinator"
REGENERATED: Final = "The credentials were probably regenerated in TOMS."
ASK_FOR_THEM: Final = f"Do not regenerate. Ask {BOTH} for the credentials that are in SchoolWise, and store them."


def judge(proofs: Sequence[Proof], known: Known) -> Verdict:
    """The verdict of all `proofs` and of what is `known`; skipped proofs do not count."""
    seen = Evidence(proofs, known)
    found, look = _found(seen), known.look
    if look.unconfirmed or look.differences:
        found = _not_compared(found, unconfirmed=look.unconfirmed)
    return found if seen.blocked is None else _blocked(replace(found, blocked=seen.blocked))


def _found(seen: Evidence) -> Verdict:
    known = seen.known
    refused = Outcome.REFUSED in seen.direct or (bool(seen.refused) and not seen.accepted_directly)
    if known.waiting_since is not None and refused and not seen.working:
        since = local_day(known.waiting_since, known.timezone)
        return Verdict(
            VerdictName.SUPERSEDED,
            f"Your rotation of {since} stopped before the new key was stored; you probably generated it yourself.",
            "",
            f"Type: ssrcred resume. If nobody here pressed Yes, Generate Credentials: ask {BOTH} who regenerated them.",
            "ssrcred resume",
            Who.COORDINATOR,
        )
    if Outcome.REFUSED in seen.direct:
        return _refused_but_parents_fine(seen) if seen.working else _ours_refused(seen)
    if seen.refused:
        return _refused_through_portal(seen)
    if (shown := _shown_to_differ(seen)) is not None:
        return shown
    if seen.outcomes & WORKS:
        return _accepted(seen)
    return _nothing_known(seen)


def _not_compared(found: Verdict, *, unconfirmed: bool) -> Verdict:
    """A verdict that rests on the rest, because settings were not compared; the next rotation stops before them too."""
    compared = "The settings in SchoolWise were not all compared."
    why = "The page there is not as it was confirmed."
    if unconfirmed:
        compared = "The settings in SchoolWise were not compared."
        why = "Nobody has confirmed yet which fields there hold the credentials."
    told = replace(found, headline=f"{found.headline} {compared}", details=f"{why} {found.details}".rstrip())
    if found.exit_code != 0:
        return told  # it has a next step of its own, which comes first
    next_step = "Before the next rotation, confirm the fields: ssrcred portal confirm"
    kept = "" if found.who is Who.NOBODY else f" {found.next}"
    return replace(told, next=f"{next_step}.{kept}", command="ssrcred portal confirm", who=Who.IT)


def _blocked(found: Verdict) -> Verdict:
    """A verdict beside a sign-in that is rejected, which the next rotation would stop at before anything is done."""
    if replace(found, blocked=None).exit_code != 0:
        return found  # it has a next step of its own, which comes first
    return replace(
        found,
        headline="Access to score reports works, but the next rotation will fail.",
        details=f"SchoolWise rejected the password of the office account. {found.sentence}",
        next="Sign in by hand in a browser to see why. Then store the password, even if it is unchanged: ssrcred "
        "secret set schoolwise. Run nothing that signs in before: SchoolWise locks accounts.",
        command="ssrcred secret set schoolwise",
        who=Who.IT,
    )


def _ours_refused(seen: Evidence) -> Verdict:
    if seen.over:
        return _expired("The state's service rejects them")
    if seen.proved_on:
        details = f"The state's service rejects them. They worked on {seen.proved_on}{seen.has_days}."
        ask = f"Ask {BOTH} who regenerated them. Whoever has the new ones stores them; then: ssrcred upload."
        if seen.known.newer_refused:
            details += " Newer ones were stored here and are rejected too: they are probably not as TOMS showed them."
            ask = (
                "If TOMS still shows the newer ones, copy user name and secret key again: ssrcred store. If not, ask "
                f"{BOTH} whether one of them has them."
            )
        next_step = f"{ask} If nobody has them, regenerate: ssrcred rotate."
        return Verdict(VerdictName.SUPERSEDED, REGENERATED, details, next_step, "ssrcred store", Who.COORDINATOR)
    details, command, who = "They are probably not as TOMS showed them.", "ssrcred store", Who.COORDINATOR
    next_step = (
        "First press View CAASPP/ELPAC as a parent: if a report opens, the credentials are good and this check is "
        "wrong. If not, and TOMS still shows them, copy user name and secret key again: ssrcred store. Otherwise "
        f"regenerate them. If they are still rejected then: {CALTAC}."
    )
    if seen.known.refused_again:
        details, command, who = f"{details} Those before them were rejected as well.", "ssrcred support", Who.CALTAC
        next_step = f"Regenerating has not helped, so ask the state: {CALTAC}, or the LEA Success Agent."
    headline = "The credentials are rejected, and never worked."
    return Verdict(VerdictName.REFUSED, headline, details, next_step, command, who)


def _refused_through_portal(seen: Evidence) -> Verdict:
    if seen.working:
        return _some_differ(seen)
    differing = seen.differing(seen.refused)
    if differing == seen.refused and DISTRICT not in differing and not seen.differing([DISTRICT]):
        return _override(seen, differing)
    if differing or seen.accepted_directly:
        return _portal_differs(seen, differing)
    if seen.over:
        return _expired("Parents are rejected in SchoolWise")
    # They were tried through the portal only; the ladder's first step comes before another verb.
    may_differ = "" if seen.all_ours else f" Or SchoolWise does not have them as they were given.{_hidden(seen)}"
    first = "First save them there once more and check again: ssrcred upload. If that does not help, "
    if seen.proved_on:
        return Verdict(
            VerdictName.SUPERSEDED,
            REGENERATED,
            f"Parents are rejected in SchoolWise, though the credentials worked on {seen.proved_on}{seen.has_days}."
            f"{may_differ}",
            f"{'Ask' if seen.all_ours else f'{first}ask'} {BOTH} who regenerated them. Whoever has the new ones stores "
            "them: ssrcred store. If nobody has them, regenerate: ssrcred rotate.",
            "ssrcred store" if seen.all_ours else "ssrcred upload",
            Who.COORDINATOR,
        )
    return Verdict(
        VerdictName.REFUSED,
        "The credentials are rejected in SchoolWise, and never worked.",
        f"They are probably not as TOMS showed them.{may_differ}",
        f"{'Regenerate' if seen.all_ours else f'{first}regenerate'} the credentials in TOMS: ssrcred rotate. If they "
        f"are still rejected then: {CALTAC}.",
        "ssrcred rotate" if seen.all_ours else "ssrcred upload",
        Who.COORDINATOR if seen.all_ours else Who.IT,
    )


def _shut_out(seen: Evidence, known: str) -> Verdict:
    """No parent's account that was tried got in where it counts: a matter of a password, not of the credentials."""
    places = [proof.place for proof in seen.unanswered if proof.rejected_sign_in]
    return undecided(
        "SchoolWise rejected the password of a parent account that is used for this check.",
        f"It is the one for {schools(places)}. {known}",
        "Find out the right password before anything is run again, since SchoolWise locks accounts, and store it: "
        "ssrcred secret set parent, or parent:NAME for the account of a school.",
        "ssrcred secret set parent" if DISTRICT in places else "ssrcred secret set parent:NAME",
        "a sign-in was rejected, which says nothing about the credentials",
    )


def _accepted(seen: Evidence) -> Verdict:
    if seen.shut_out:
        return _shut_out(seen, "The credentials work where they could be tried.")
    lost = any(proof.outcome is Outcome.UNREACHABLE for proof in seen.unanswered)
    if lost or (not seen.through and seen.known.look.cause in NO_LOOK):
        return unreached(seen)
    if seen.unanswered:
        works = "The credentials work" if not seen.working else f"Score reports open at {schools(seen.working)}"
        places = schools([proof.place for proof in seen.unanswered])
        return undecided(
            f"{works}, but not everything could be checked.",
            f"It is not known whether parents see their reports at {places}.",
            "Press View CAASPP/ELPAC as a parent there, and see whether one opens.",
            "ssrcred verify",
            "a check gave an answer that is not understood",
        )
    if seen.only_directly and seen.known.unwritten:
        # Nothing shows that SchoolWise has them: the user name stays the same from year to year.
        return undecided(
            "The credentials work, but SchoolWise may not have them.",
            "They were not saved there from here.",
            "Save them there: ssrcred upload. Then press View CAASPP/ELPAC as a parent, and see whether a report "
            "opens.",
            "ssrcred upload",
            "it was not tried as a parent, and the page in SchoolWise was not seen to show the key",
        )
    if Outcome.PROVED not in seen.outcomes and Outcome.NO_REPORT in seen.outcomes:
        return _no_report(seen)
    return _working(seen)


def _no_report(seen: Evidence) -> Verdict:
    student, why = "The test student has no score report.", "The state's service has none"
    missing, other = ", your student may have none for that year. Please ask the school.", "."
    if any(proof.cause is Cause.NOT_ENROLLED for proof in seen.tried):
        student = "The test student is probably enrolled in another LEA."
        why = "The state's service gives no access to that student"
        missing = ": reports follow your student's enrollment, which may be in another district. Please ask the school."
        other = ", one who is enrolled here."
    return Verdict(
        VerdictName.NO_REPORT,
        f"The credentials work. {student}",
        f"{why}, so none could be opened.",
        f"Nothing is wrong with the credentials. To test with a report, set another test student{other}",
        "ssrcred secret set test-ssid",
        Who.IT,
        f"Score reports can be opened. If yours is missing{missing}",
        Sure.SURE,
        "the credentials were accepted",
    )


def _working(seen: Evidence) -> Verdict:
    unanswered = [outcome for outcome in seen.direct if outcome not in WORKS]
    because = "a score report was fetched" if Outcome.PROVED in seen.outcomes else "the credentials were accepted"
    sure = Sure.INFERRED
    if seen.only_directly:
        because += " directly; whether parents see theirs in SchoolWise was not tried"
    elif seen.known.unwritten and not seen.accepted_directly:
        because += " as a parent; the stored credentials were not saved in SchoolWise from here, so it may have others"
    elif seen.differing(seen.working):
        because += "; the page in SchoolWise shows other credentials all the same"
    elif unanswered:
        lost = "no answer" if Outcome.UNREACHABLE in unanswered else "an answer that is not understood"
        because += f" as a parent; the state's service, asked directly, gave {lost}"
    else:
        sure = Sure.SURE
    headline, nothing = "The credentials work.", "Nothing has to be done."
    return Verdict(VerdictName.WORKING, headline, "", nothing, "", Who.NOBODY, OPENS, sure, because)


def _nothing_known(seen: Evidence) -> Verdict:
    if Outcome.UNREACHABLE in seen.outcomes or (not seen.through and seen.known.look.cause in NO_LOOK):
        return unreached(seen)
    if seen.shut_out:
        return _shut_out(seen, "So it is not known whether the credentials work.")
    press = "Press the button View CAASPP/ELPAC as a parent, and see whether a score report opens."
    details, command, because = "They were not tried in any way.", "ssrcred setup", "no check could be made"
    if not seen.outcomes:
        press += " To have them tried from here: a parent account or the direct check, in ssrcred setup."
    else:
        because = "no check gave an answer that is understood"
        details, command = f"{because.capitalize()}.", ""
        if any(proof.probe is Probe.TOMS and proof.outcome is Outcome.NOT_UNDERSTOOD for proof in seen.tried):
            command = "ssrcred doctor --find-api"
            press += f" IT finds out how the state's service wants to be asked: {command}."
    return undecided("It is not known whether the credentials work.", details, press, command, because)


def _expired(rejected: str) -> Verdict:
    return Verdict(
        VerdictName.EXPIRED,
        "The credentials have expired.",
        f"{rejected}, and their last day has come.",
        "Regenerate the credentials in TOMS: ssrcred rotate. It saves them everywhere. If they are still rejected "
        f"then: {CALTAC}.",
        "ssrcred rotate",
        Who.COORDINATOR,
    )


# Credentials that work, and a portal, or schools of it, with other ones: seen or inferred.


def _refused_but_parents_fine(seen: Evidence) -> Verdict:
    """Ours are rejected when the state's service is asked directly, and parents open reports all the same."""
    also = f" Rejected as well: {_names(seen.refused)}." if seen.refused else ""
    caller = _closed_at(seen) if seen.refused else OPENS
    if seen.over or seen.proved_on:
        name = VerdictName.EXPIRED if seen.over else VerdictName.SUPERSEDED
        headline = "The credentials stored here have expired." if seen.over else REGENERATED
        since = "" if seen.over else f" They worked on {seen.proved_on}."
        details = (
            "Parents can open score reports, but the state's service rejects the credentials that are stored here."
            f"{since} Somebody has probably saved newer ones in SchoolWise.{also}"
        )
        return Verdict(name, headline, details, ASK_FOR_THEM, "ssrcred store", Who.COORDINATOR, caller)
    name = VerdictName.REFUSED
    headline = "Parents can open score reports, but the credentials stored here are rejected."
    if seen.differing(seen.working):
        details = f"SchoolWise shows other credentials.{also}"
        return Verdict(name, headline, details, ASK_FOR_THEM, "ssrcred store", Who.COORDINATOR, caller)
    # SchoolWise may have the same ones, so that the direct check itself may be what is wrong.
    wrongly = f"the direct check does not ask the state's service as it should.{also}"
    off = "or turns the direct check off (toms.enabled = false in config.toml)."
    if all(seen.shows(place) is Shows.OURS for place in seen.working):
        details, command = f"SchoolWise shows the same ones, so {wrongly}", "ssrcred doctor --find-api"
        next_step = f"Do not regenerate. IT finds out how the service wants to be asked, {off}"
        because = "the same credentials work as a parent"
    else:
        details, command = f"Either SchoolWise has others, or {wrongly}", "ssrcred schools"
        next_step = f"Do not regenerate. IT compares the API profile with the state's specification, {off}"
        because = NO_REASON
    return Verdict(name, headline, details, next_step, command, Who.IT, caller, because=because)


def _some_differ(seen: Evidence) -> Verdict:
    """Rejected at some places, while others work: named after the part that more schools belong to."""
    differing = seen.differing(seen.refused)
    name, headline = VerdictName.SCHOOL_DIFFERS, f"Score reports do not open at {schools(seen.refused)}."
    where = f"They open at {schools(seen.working)}. "
    if seen.mostly_refused:
        name, where = VerdictName.PORTAL_DIFFERS, ""
        headline = f"Score reports do not open, except at {schools(seen.working)}."
    if differing:
        details = f"{where}SchoolWise shows other credentials, or none, at {_names(differing)}."
    else:
        details = f"{where}SchoolWise probably has other credentials at {_names(seen.refused)}.{_hidden(seen)}"
    next_step, command = KEEP_OR_CLEAR, "ssrcred schools"
    if DISTRICT in seen.refused and seen.accepted_directly:
        next_step, command = _upload(seen), "ssrcred upload"
    elif DISTRICT in seen.refused:
        next_step = (
            "See what each setting has. If the district's are the same as those stored here, ask "
            f"{BOTH} for the credentials that work at {schools(seen.working)}, and store them: ssrcred store. If not: "
            "ssrcred upload."
        )
    return _seen(bool(differing), name, headline, details, next_step, command, _closed_at(seen))


def _seen(
    shown: bool, name: VerdictName, headline: str, details: str, next_step: str, command: str, caller: str
) -> Verdict:
    """A verdict that is sure if the page in SchoolWise has `shown` it."""
    sure, because = (Sure.SURE, SHOWN) if shown else (Sure.INFERRED, NO_REASON)
    return Verdict(name, headline, details, next_step, command, Who.IT, caller, sure, because)


def _portal_differs(seen: Evidence, differing: Sequence[str]) -> Verdict:
    """Rejected through the portal alone; `differing` are the places that were seen to have other credentials."""
    name = VerdictName.PORTAL_DIFFERS
    if not differing and seen.all_ours:
        return Verdict(
            name,
            "SchoolWise may still use the credentials from before.",
            f"{_good(seen)}, and SchoolWise shows them, but parents are rejected.",
            "Wait some minutes and check again. If it lasts, ask the help desk of SchoolWise, with the text of: "
            "ssrcred verify --ticket.",
            "ssrcred verify --wait 10",
            Who.VENDOR,
            CLOSED_HERE,
        )
    headline = "SchoolWise has other credentials." if differing else "SchoolWise probably has other credentials."
    holds = f" It shows others, or none, at {_names(differing)}." if differing else _hidden(seen)
    details = f"{_good(seen)}, but parents are rejected.{holds}"
    return _seen(bool(differing), name, headline, details, _upload(seen), "ssrcred upload", CLOSED_HERE)


def _shown_to_differ(seen: Evidence) -> Verdict | None:
    """What the portal's page gives away although nothing was rejected; None if nothing."""
    elsewhere = seen.differing(seen.working)
    if elsewhere and not seen.accepted_directly:
        return Verdict(
            VerdictName.SUPERSEDED,
            REGENERATED,
            f"Score reports open, but with other credentials than those stored here: {_names(elsewhere)}. Only those "
            "that were generated last work.",
            ASK_FOR_THEM,
            "ssrcred store",
            Who.COORDINATOR,
            OPENS,
            because="the page in SchoolWise shows other credentials; ours were not tried",
        )
    differing = seen.differing([sight.place for sight in seen.known.look.sights if sight.place not in seen.working])
    if not differing:
        return None
    if DISTRICT not in differing:
        return _override(seen, differing)
    name, headline = VerdictName.PORTAL_DIFFERS, "SchoolWise has other credentials."
    details = f"{_good(seen)}, but SchoolWise shows others, or none, at {_names(differing)}."
    return _seen(True, name, headline, details, _upload(seen), "ssrcred upload", CLOSED_HERE)


def _override(seen: Evidence, differing: Sequence[str]) -> Verdict:
    """Schools that were seen to have other credentials, while the district's setting was not."""
    name, headline = VerdictName.SCHOOL_DIFFERS, f"Score reports do not open at {schools(differing)}."
    details = f"{_good(seen)}, but SchoolWise shows others at {_names(differing)}, which override the district's."
    caller = f"Score reports cannot be shown at {schools(differing)} at the moment. {SETTING}"
    if seen.working or seen.accepted_directly:
        caller += " At other schools they open."
    return _seen(True, name, headline, details, KEEP_OR_CLEAR, "ssrcred schools", caller)


def _good(seen: Evidence) -> str:
    return "The credentials work" if seen.accepted_directly else "It is not known whether the credentials work"


def _closed_at(seen: Evidence) -> str:
    """What a caller is told where some schools are shut out and others are not: which, so that it fits every caller."""
    own = "schools without a setting of their own"  # in words that a parent understands
    working = listed(seen.working, own)
    if seen.mostly_refused:
        return f"Score reports cannot be shown at the moment, except at {working}. {SETTING}"
    others = "At other schools they open."
    if DISTRICT not in seen.working or seen.unanswered:
        others = f"They open at {working}."
    return f"Score reports cannot be shown at {listed(seen.refused, own)} at the moment. {SETTING} {others}"


def _hidden(seen: Evidence) -> str:
    """The sentence on a key that the portal may have changed, with a space before it; "" if it was seen whole."""
    if seen.all_ours:
        return ""
    if all(seen.shows(place) is not None for place in seen.refused):
        return " SchoolWise hides the key, so it may also have changed it when it was saved."
    return " SchoolWise may also have changed the key when it was saved."


def _upload(seen: Evidence) -> str:
    again = "Somebody with office rights in SchoolWise saves the credentials there; then: ssrcred verify --wait 10."
    return again if seen.accepted_directly else f"{again} If they are rejected then, regenerate: ssrcred rotate."


def _names(places: Sequence[str]) -> str:
    """The places in words."""
    return listed(places, "the district")

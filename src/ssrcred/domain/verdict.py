"""The verdict: a table of everything a check can find, and one decision that picks a row.

Each row names the next step of the official trouble-shooting ladder (domain.md): compare the credentials in the portal
with the current ones and save those there; regenerate in TOMS; ask CalTAC.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from ssrcred.domain.errors import Cause
from ssrcred.domain.event import WORKS, Outcome
from ssrcred.domain.evidence import NOT_KNOWN, Evidence, Known, Probe, Proof, Shows, Sure, Verdict, VerdictName, Who
from ssrcred.domain.local_time import local_day
from ssrcred.domain.outage import DOWN, HERE, NO_LOOK, TROUBLES, headline, lost
from ssrcred.domain.place import DISTRICT

CALTAC: Final = "CalTAC, caltac@ets.org, 800-955-2954"
BOTH: Final = "the CAASPP coordinator and the ELPAC coordinator"
OPENS: Final = "Score reports open right now. Please try again, and call us back if yours does not open."
SETTING: Final = "It is a setting of the school system; nothing is wrong with your account."
CLOSED_HERE: Final = "Score reports are not available right now. {setting}"
SHOWN: Final = "the page in SchoolWise shows it"

# The table. Words in braces are facts of this case (`_say`); one that is empty leaves no gap.

WAITING = Verdict(
    VerdictName.SUPERSEDED,
    "Your rotation of {since} stopped before the new key was stored; you probably generated it yourself.",
    "",
    "Type: ssrcred resume[lea]. If nobody here clicked Yes, Generate Credentials: ask {both} who regenerated them.",
    "ssrcred resume[lea]",
    Who.COORDINATOR,
)
EXPIRED = Verdict(
    VerdictName.EXPIRED,
    "The credentials have expired.",
    "{rejected}, and their last day has come.",
    "Regenerate the credentials in TOMS: ssrcred rotate[lea]. It saves them everywhere. If they are still rejected "
    "then: {caltac}.",
    "ssrcred rotate[lea]",
    Who.COORDINATOR,
)
REGENERATED = Verdict(
    VerdictName.SUPERSEDED,
    "The credentials were probably regenerated in TOMS.",
    "The state's service rejects them. They worked on {proved_on}{has_days}.",
    "Ask {both} who regenerated them. Whoever has the new ones stores them; then: ssrcred upload[lea]. If nobody has "
    "them, regenerate: ssrcred rotate[lea].",
    "ssrcred store[lea]",
    Who.COORDINATOR,
)
NEWER_REJECTED = replace(
    REGENERATED,
    details=f"{REGENERATED.details} Newer ones were stored here and are rejected too: they are probably not as TOMS "
    "showed them.",
    next="If TOMS still shows the newer ones, copy user name and secret key again: ssrcred store[lea]. If not, ask "
    "{both} whether one of them has them. If nobody has them, regenerate: ssrcred rotate[lea].",
)
REGENERATED_FOR_PARENTS = replace(
    REGENERATED,
    details="Parents are rejected in SchoolWise, though the credentials worked on {proved_on}{has_days}. {may_differ}",
    next="Ask {both} who regenerated them. Whoever has the new ones stores them: ssrcred store[lea]. If nobody has "
    "them, regenerate: ssrcred rotate[lea].",
)
NEVER_WORKED = Verdict(
    VerdictName.REFUSED,
    "The credentials are rejected, and never worked.",
    "They are probably not as TOMS showed them.",
    "First click View CAASPP/ELPAC as a parent: if a report opens, the credentials are good and this check is wrong. "
    "If not, and TOMS still shows them, copy user name and secret key again: ssrcred store[lea]. Otherwise regenerate "
    "them. If they are still rejected then: {caltac}.",
    "ssrcred store[lea]",
    Who.COORDINATOR,
)
NEVER_WORKED_AGAIN = replace(
    NEVER_WORKED,
    details=f"{NEVER_WORKED.details} Those before them were rejected as well.",
    next="Regenerating has not helped, so ask the state: {caltac}, or the LEA Success Agent.",
    command="ssrcred support",
    who=Who.CALTAC,
)
NEVER_WORKED_FOR_PARENTS = replace(
    NEVER_WORKED,
    headline="The credentials are rejected in SchoolWise, and never worked.",
    details="They are probably not as TOMS showed them. {may_differ}",
    next="Regenerate the credentials in TOMS: ssrcred rotate[lea]. If they are still rejected then: {caltac}.",
    command="ssrcred rotate[lea]",
)

# Credentials that work, and a portal, or schools of it, with other ones: seen or inferred.

ASK_FOR_THEM: Final = "Do not regenerate. Ask {both} for the credentials that are in SchoolWise, and store them."
OLD_HERE = Verdict(
    VerdictName.SUPERSEDED,
    REGENERATED.headline,
    "Parents can open score reports, but the state's service rejects the credentials that are stored here. {worked_on} "
    "Somebody has probably saved newer ones in SchoolWise. {also}",
    ASK_FOR_THEM,
    "ssrcred store[lea]",
    Who.COORDINATOR,
    "{closed_or_open}",
)
EXPIRED_HERE = replace(
    OLD_HERE,
    name=VerdictName.EXPIRED,
    headline="The credentials stored here have expired.",
)
REJECTED_HERE = replace(
    OLD_HERE,
    name=VerdictName.REFUSED,
    headline="Parents can open score reports, but the credentials stored here are rejected.",
    details="SchoolWise shows other credentials. {also}",
)
# SchoolWise may have the same ones: then the direct check itself is wrong.
CHECK_WRONG = replace(
    REJECTED_HERE,
    details="SchoolWise shows the same ones, so the direct check does not ask the state's service as it should. {also}",
    next="Do not regenerate. IT finds out how the service wants to be asked, or turns the direct check off "
    "(toms.enabled = false in config.toml).",
    command="ssrcred doctor --find-api[lea]",
    who=Who.IT,
    because="the same credentials work as a parent",
)
CHECK_OR_OTHERS = replace(
    REJECTED_HERE,
    details="Either SchoolWise has others, or the direct check does not ask the state's service as it should. {also}",
    next="Do not regenerate. IT compares the API profile with the state's specification, or turns the direct check off "
    "(toms.enabled = false in config.toml).",
    command="ssrcred schools[lea]",
    who=Who.IT,
)
OTHERS_WORK = replace(
    OLD_HERE,
    details="Score reports open, but with other credentials than those stored here: {names}. Only those that were "
    "generated last work.",
    caller=OPENS,
    because="the page in SchoolWise shows other credentials; ours were not tested",
)
SOME_SCHOOLS = Verdict(
    VerdictName.SCHOOL_DIFFERS,
    "Score reports do not open at {refused}.",
    "They open at {working}. SchoolWise probably has other credentials at {refused_names}. {hidden}",
    "Find out which school keeps credentials of its own. For a school that needs none: ssrcred schools[lea] --clear "
    "NAME. For one that does: ssrcred schools[lea] --set NAME.",
    "ssrcred schools[lea]",
    Who.IT,
    "{closed}",
)
SOME_SCHOOLS_SHOWN = replace(
    SOME_SCHOOLS,
    details="They open at {working}. SchoolWise shows other credentials, or none, at {names}.",
    sure=Sure.SURE,
    because=SHOWN,
)
OVERRIDE = replace(
    SOME_SCHOOLS_SHOWN,
    headline="Score reports do not open at {differing}.",
    details="{good}, but SchoolWise shows others at {names}, which override the district's.",
    caller="Score reports at {differing} are not available right now. {setting} {others_open}",
)
COMPARE = (
    "See what each setting has. If the district's are the same as those stored here, ask {both} for the credentials "
    "that work at {working}, and store them: ssrcred store[lea]. If not: ssrcred upload[lea]."
)
PORTAL_OTHERS = Verdict(
    VerdictName.PORTAL_DIFFERS,
    "SchoolWise probably has other credentials.",
    "{good}, but parents are rejected. {hidden}",
    "{upload}",
    "ssrcred upload[lea]",
    Who.IT,
    CLOSED_HERE,
)
PORTAL_OTHERS_SHOWN = replace(
    PORTAL_OTHERS,
    headline="SchoolWise has other credentials.",
    details="{good}, but parents are rejected. It shows others, or none, at {names}.",
    sure=Sure.SURE,
    because=SHOWN,
)
PORTAL_SHOWS_OTHERS = replace(PORTAL_OTHERS_SHOWN, details="{good}, but SchoolWise shows others, or none, at {names}.")
PORTAL_LATE = Verdict(
    VerdictName.PORTAL_DIFFERS,
    "SchoolWise may still use the credentials from before.",
    "{good}, and SchoolWise shows them, but parents are rejected.",
    "Wait some minutes and check again. If it lasts, ask SchoolWise support, with the text of: "
    "ssrcred verify[lea] --ticket.",
    "ssrcred verify[lea] --wait 10",
    Who.VENDOR,
    CLOSED_HERE,
)

# Credentials that work.

WORKING = Verdict(
    VerdictName.WORKING,
    "The credentials work.",
    "",
    "There is nothing to do.",
    "",
    Who.NOBODY,
    OPENS,
    Sure.INFERRED,
    "{worked_because}",
)
NO_REPORT = Verdict(
    VerdictName.NO_REPORT,
    "The credentials work. The test student has no score report.",
    "The state's service has none, so none could be opened.",
    "Nothing is wrong with the credentials. To test with a report, set another test student.",
    "ssrcred secret set test-ssid[lea]",
    Who.IT,
    "Score reports can be opened. If yours is missing, your student may have none for that year. Please ask the "
    "school.",
    Sure.SURE,
    "the credentials were accepted",
)
NOT_ENROLLED = replace(
    NO_REPORT,
    headline="The credentials work. The test student is probably enrolled in another LEA.",
    details="The state's service gives no access to that student, so none could be opened.",
    next="Nothing is wrong with the credentials. To test with a report, set another test student, one who is enrolled "
    "here.",
    caller="Score reports can be opened. If yours is missing: reports follow your student's enrollment, which may be "
    "in another district. Please ask the school.",
)

# Not known.

NOT_TRIED = Verdict(
    VerdictName.UNKNOWN,
    "It is not known whether the credentials work.",
    "They were not tested.",
    "Click the button View CAASPP/ELPAC as a parent, and see whether a score report opens. To have them tried from "
    "here: a parent account or the direct check, in ssrcred setup.",
    "ssrcred setup",
    Who.IT,
    NOT_KNOWN,
    Sure.OPEN,
    "no check could be made",
)
NOT_UNDERSTOOD = replace(
    NOT_TRIED,
    details="No check gave an answer that is understood.",
    next="Click the button View CAASPP/ELPAC as a parent, and see whether a score report opens.",
    command="",
    because="no check gave an answer that is understood",
)
API_NOT_UNDERSTOOD = replace(
    NOT_UNDERSTOOD,
    next=f"{NOT_UNDERSTOOD.next} IT finds out how the state's service wants to be asked: ssrcred doctor "
    "--find-api[lea].",
    command="ssrcred doctor --find-api[lea]",
)
NOT_ALL_CHECKED = replace(
    NOT_TRIED,
    headline="{works}, but not everything could be checked.",
    details="It is not known whether parents see their reports at {unanswered}.",
    next="Click View CAASPP/ELPAC as a parent there, and see whether one opens.",
    command="ssrcred verify[lea]",
    because="a check gave an answer that is not understood",
)
NEVER_SAVED = replace(
    # Nothing shows that SchoolWise has them: the user name stays the same from year to year.
    NOT_TRIED,
    headline="The credentials work, but SchoolWise may not have them.",
    details="They were not saved there from here.",
    next="Save them there: ssrcred upload[lea]. Then click View CAASPP/ELPAC as a parent, and see whether a report "
    "opens.",
    command="ssrcred upload[lea]",
    because="it was not tested as a parent, and SchoolWise does not show the key",
)
SHUT_OUT = replace(
    # No parent's account that was tried got in where it counts: a matter of a password, not of the credentials.
    NOT_TRIED,
    headline="SchoolWise rejected the password of a parent account that is used for this check.",
    details="It is the one for {shut_out}. {where_tried}",
    next="Find out the right password before anything is run again, since SchoolWise locks accounts, and store it: "
    "ssrcred secret set parent[lea], or parent:NAME for the account of a school.",
    command="{set_parent}",
    because="a sign-in was rejected, which says nothing about the credentials",
)

# Not reached.

UNREACHED = Verdict(
    VerdictName.UNREACHABLE,
    "{lost}",
    "{others_lost} {of_the_credentials}",
    "{fix} Waiting does not help.",
    "ssrcred doctor",
    Who.IT,
    NOT_KNOWN,
    Sure.OPEN,
    "whether score reports open could not be checked",
)
NEITHER_REACHED = replace(
    UNREACHED,
    headline="This computer reaches neither SchoolWise nor the state's score report service.",
    details="{of_the_credentials}",
    next="Check whether this computer has a network connection, and check again later: ssrcred verify[lea]. If it "
    "lasts, IT checks the network, the firewall and the proxy.",
)
STATE_DOWN = replace(
    UNREACHED,
    next="There is nothing to do here. Wait, and check again later: ssrcred verify[lea]. If it lasts: {caltac}.",
    command="ssrcred verify[lea]",
    who=Who.CALTAC,
    caller="The state's score report service is down right now, so score reports cannot be shown. Nothing is wrong "
    "with your account. Please try again tomorrow.",
)
STATE_SILENT = replace(
    UNREACHED,
    next="Check again later: ssrcred verify[lea]. If it lasts, IT checks whether a firewall or a proxy blocks it; if "
    "not: {caltac}.",
    command="ssrcred verify[lea]",
)
PORTAL_DOWN = replace(
    UNREACHED,
    next="There is nothing to do here or in TOMS. Wait until SchoolWise works again. Then check again: "
    "ssrcred verify[lea]. If it lasts, ask SchoolWise support.",
    command="ssrcred verify[lea]",
    who=Who.VENDOR,
    caller="SchoolWise is down right now, so score reports cannot be shown. Nothing is wrong with your account. "
    "Please try again later.",
)
PORTAL_SILENT = replace(
    UNREACHED,
    next="Open SchoolWise in a browser. If it does not open, it is down: wait, and check again later: "
    "ssrcred verify[lea]. If it opens, IT checks whether a firewall or a proxy blocks this computer.",
    command="ssrcred verify[lea]",
)


def judge(proofs: Sequence[Proof], known: Known) -> Verdict:
    """The verdict of all `proofs` and of what is `known`; skipped proofs do not count."""
    seen = Evidence(proofs, known)
    found, look = _decide(seen), known.look
    if look.unconfirmed or look.differences:
        # The verdict rests on the rest, because settings were not compared; the next rotation stops before them too.
        compared, why = (
            "The settings in SchoolWise were not all compared.",
            "The page there is not as it was confirmed.",
        )
        if look.unconfirmed:
            compared = "The settings in SchoolWise were not compared."
            why = "Nobody has confirmed yet which fields there hold the credentials."
        found = replace(found, headline=f"{found.headline} {compared}", details=f"{why} {found.details}".rstrip())
        if found.exit_code == 0:  # else it has a next step of its own, which comes first
            kept = "" if found.who is Who.NOBODY else f" {found.next}"
            confirm = "Before the next rotation, confirm the fields: ssrcred portal confirm."
            found = replace(found, next=f"{confirm}{kept}", command="ssrcred portal confirm", who=Who.IT)
    if seen.blocked and found.exit_code == 0:  # else, again, its own next step comes first
        found = replace(
            found,
            headline="Access to score reports works, but the next rotation will fail.",
            details=f"SchoolWise rejected the password of the office account. {found.sentence}",
            next="Sign in by hand in a browser to see why. Then store the password, even if it is unchanged: "
            "ssrcred secret set schoolwise[lea]. Until then, run no other ssrcred command that signs in: SchoolWise "
            "can lock the account.",
            command="ssrcred secret set schoolwise[lea]",
            who=Who.IT,
        )
    return replace(found, blocked=seen.blocked)


def _decide(seen: Evidence) -> Verdict:
    known, differing = seen.known, seen.differing(seen.refused)
    refused_directly = Outcome.REFUSED in seen.direct
    refused = refused_directly or (bool(seen.refused) and not seen.accepted_directly)
    if known.waiting_since is not None and refused and not seen.working:
        return _say(WAITING, seen)
    if refused_directly and seen.working:
        if seen.over or known.last_proved_at:
            return _say(EXPIRED_HERE if seen.over else OLD_HERE, seen)
        if seen.differing(seen.working):
            return _say(REJECTED_HERE, seen)
        same = all(seen.shows(place) is Shows.OURS for place in seen.working)
        return _say(CHECK_WRONG if same else CHECK_OR_OTHERS, seen)
    if refused_directly:
        if seen.over:
            return _say(EXPIRED, seen)
        if known.last_proved_at:
            return _say(NEWER_REJECTED if known.newer_refused else REGENERATED, seen)
        return _say(NEVER_WORKED_AGAIN if known.refused_again else NEVER_WORKED, seen)
    if seen.refused and seen.working:
        return _some_refused(seen, differing)
    if seen.refused:
        if differing == seen.refused and DISTRICT not in differing and not seen.differing([DISTRICT]):
            return _say(OVERRIDE, seen, differing)
        if differing or seen.accepted_directly:
            late = not differing and seen.all_ours
            row = PORTAL_LATE if late else PORTAL_OTHERS_SHOWN if differing else PORTAL_OTHERS
            return _say(row, seen, differing)
        if seen.over:
            return _say(EXPIRED, seen)
        row = REGENERATED_FOR_PARENTS if known.last_proved_at else NEVER_WORKED_FOR_PARENTS
        if not seen.all_ours:  # the ladder's first step comes before another verb
            first = "First save them there once more and check again: ssrcred upload[lea]. If that does not help, "
            who = row.who if known.last_proved_at else Who.IT
            row = replace(
                row, next=f"{first}{row.next[:1].lower()}{row.next[1:]}", command="ssrcred upload[lea]", who=who
            )
        return _say(row, seen)
    # Nothing was rejected; what the portal's page gives away comes first.
    elsewhere = seen.differing(seen.working)
    if elsewhere and not seen.accepted_directly:
        return _say(OTHERS_WORK, seen, elsewhere)
    if differing := seen.differing([sight.place for sight in known.look.sights if sight.place not in seen.working]):
        return _say(PORTAL_SHOWS_OTHERS if DISTRICT in differing else OVERRIDE, seen, differing)
    if not seen.outcomes & WORKS:
        return _nothing_known(seen)
    if seen.shut_out:
        return _say(SHUT_OUT, seen)
    if _portal_lost(seen) or any(proof.outcome is Outcome.UNREACHABLE for proof in seen.unanswered):
        return _unreached(seen)
    if seen.unanswered:
        return _say(NOT_ALL_CHECKED, seen)
    if seen.only_directly and known.unwritten:
        return _say(NEVER_SAVED, seen)
    if Outcome.PROVED not in seen.outcomes and Outcome.NO_REPORT in seen.outcomes:
        enrolled = all(proof.cause is not Cause.NOT_ENROLLED for proof in seen.tried)
        return _say(NO_REPORT if enrolled else NOT_ENROLLED, seen)
    return _working(seen)


def _some_refused(seen: Evidence, differing: Sequence[str]) -> Verdict:
    """Rejected at some places, while others work: named after the part that more schools belong to."""
    row = SOME_SCHOOLS_SHOWN if differing else SOME_SCHOOLS
    if seen.mostly_refused:
        row = replace(
            row,
            name=VerdictName.PORTAL_DIFFERS,
            headline="Score reports do not open, except at {working}.",
            details=row.details.removeprefix("They open at {working}. "),
        )
    if DISTRICT in seen.refused:
        direct = seen.accepted_directly
        row = replace(row, next="{upload}", command="ssrcred upload[lea]") if direct else replace(row, next=COMPARE)
    return _say(row, seen, differing)


def _working(seen: Evidence) -> Verdict:
    unanswered = [outcome for outcome in seen.direct if outcome not in WORKS]
    because = "a score report was fetched" if Outcome.PROVED in seen.outcomes else "the credentials were accepted"
    if seen.only_directly:
        because += " directly; whether parents see theirs in SchoolWise was not tested"
    elif seen.known.unwritten and not seen.accepted_directly:
        because += " as a parent; the stored credentials were not saved in SchoolWise from here, so it may have others"
    elif seen.differing(seen.working):
        because += "; the page in SchoolWise shows other credentials all the same"
    elif unanswered:
        silent = "no answer" if Outcome.UNREACHABLE in unanswered else "an answer that is not understood"
        because += f" as a parent; the state's service, asked directly, gave {silent}"
    else:
        return replace(WORKING, sure=Sure.SURE, because=because)
    return replace(WORKING, because=because)


def _nothing_known(seen: Evidence) -> Verdict:
    if Outcome.UNREACHABLE in seen.outcomes or _portal_lost(seen):
        return _unreached(seen)
    if seen.shut_out:
        return _say(SHUT_OUT, seen)
    if not seen.outcomes:
        return NOT_TRIED
    direct = any(proof.probe is Probe.TOMS and proof.outcome is Outcome.NOT_UNDERSTOOD for proof in seen.tried)
    return API_NOT_UNDERSTOOD if direct else NOT_UNDERSTOOD


def _portal_lost(seen: Evidence) -> bool:
    return not seen.through and seen.known.look.cause in NO_LOOK


def _unreached(seen: Evidence) -> Verdict:
    """What could not be reached, and kept it from being known whether parents see their reports."""
    causes = lost(seen)
    if len(causes) == 2 and not set(causes.values()) & (HERE | DOWN):
        return _say(NEITHER_REACHED, seen)
    # What somebody can fix stands first; else the portal, which is nearer to the parents.
    first = min(reversed(causes), key=lambda way: 0 if causes[way] in HERE else 1)
    others = [headline(seen, way, cause) for way, cause in causes.items() if way is not first]
    portal_answered = bool(seen.known.look.sights) or any(
        proof.outcome is not Outcome.UNREACHABLE or proof.cause is Cause.STATE_SERVICE for proof in seen.through
    )
    if Probe.TOMS in causes and Probe.PORTAL not in causes and portal_answered:
        others.append("SchoolWise works.")
    down = causes[first] in DOWN
    if causes[first] in HERE:
        row = UNREACHED
    elif first is Probe.TOMS:
        row = STATE_DOWN if down else STATE_SILENT
    else:
        row = PORTAL_DOWN if down else PORTAL_SILENT
    about = {"lost": headline(seen, first, causes[first]), "fix": TROUBLES[causes[first]].fix}
    return _say(row, seen, others_lost=" ".join(others), **about)


def _say(row: Verdict, seen: Evidence, differing: Sequence[str] = (), **more: str) -> Verdict:
    """Return the row with its facts filled in; `differing` are the places that show other credentials."""
    facts = {**_facts(seen, differing), **more}
    return row.with_texts(lambda text: " ".join(text.format_map(facts).split()))


def _facts(seen: Evidence, differing: Sequence[str]) -> Mapping[str, str]:
    known, directly = seen.known, Outcome.REFUSED in seen.direct

    moments = (known.waiting_since, known.last_proved_at)
    since, proved_on = ("" if at is None else local_day(at, known.timezone) for at in moments)
    refused_names = _listed(seen.refused, "the district")
    rejected_at = [proof.place for proof in seen.unanswered if proof.rejected_sign_in]
    # If only some schools are affected, the caller hears which ones: the sentence fits every caller.
    open_at, closed_at = (
        _listed(places, "schools without a setting of their own") for places in (seen.working, seen.refused)
    )
    closed = f"Score reports at {closed_at} are not available right now. {SETTING}"
    if seen.mostly_refused:
        closed = f"Score reports are not available right now, except at {open_at}. {SETTING}"
    elif DISTRICT not in seen.working or seen.unanswered:
        closed += f" They open at {open_at}."
    else:
        closed += " At other schools they open."
    hidden = ""
    if not seen.all_ours:
        hides = all(seen.shows(place) is not None for place in seen.refused)
        hidden = "SchoolWise hides the key, so it may also have changed it when it was saved."
        hidden = hidden if hides else "SchoolWise may also have changed the key when it was saved."
    works, unanswered = "The credentials work", _schools([proof.place for proof in seen.unanswered])
    not_known = "So it is not known whether the credentials work."
    of_the_credentials = f"{works}: the state's service accepts them." if seen.accepted_directly else not_known
    if seen.working:
        of_the_credentials = f"Score reports open at {_schools(seen.working)}; at {unanswered} it could not be checked."
    upload = (
        "Somebody with office rights in SchoolWise saves the credentials there; then: ssrcred verify[lea] --wait 10."
    )
    return {
        "both": BOTH,
        "caltac": CALTAC,
        "setting": SETTING,
        "since": since,
        "proved_on": proved_on,
        "worked_on": "" if seen.over else f"They worked on {proved_on}.",
        "has_days": "" if known.days_left is None else " and still have days left",
        "rejected": "The state's service rejects them" if directly else "Parents are rejected in SchoolWise",
        "working": _schools(seen.working),
        "refused": _schools(seen.refused),
        "refused_names": refused_names,
        "also": f"Rejected as well: {refused_names}." if seen.refused else "",
        "differing": _schools(differing),
        "names": _listed(differing, "the district"),
        "unanswered": unanswered,
        "works": f"Score reports open at {_schools(seen.working)}" if seen.working else works,
        "good": works if seen.accepted_directly else "It is not known whether the credentials work",
        "closed": closed,
        "closed_or_open": closed if seen.refused else OPENS,
        "others_open": "At other schools they open." if seen.working or seen.accepted_directly else "",
        "hidden": hidden,
        "may_differ": "" if seen.all_ours else f"Or SchoolWise does not have them as they were given. {hidden}",
        "upload": upload
        if seen.accepted_directly
        else f"{upload} If they are rejected then, regenerate: ssrcred rotate[lea].",
        "of_the_credentials": of_the_credentials,
        "shut_out": _schools(rejected_at),
        "where_tried": f"{works} where they could be tested." if seen.outcomes & WORKS else not_known,
        "set_parent": "ssrcred secret set parent[lea]"
        if DISTRICT in rejected_at
        else "ssrcred secret set parent:NAME[lea]",
    }


def _schools(places: Sequence[str]) -> str:
    """Where parents see what a place holds, in words."""
    return _listed(places, "schools that use the district's setting")


def _listed(places: Sequence[str], district: str) -> str:
    return ", ".join(district if place == DISTRICT else place or "a setting without a name" for place in places)

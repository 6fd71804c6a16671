"""Credentials that work and a portal, or schools of it, with other ones: the verdicts, seen or inferred."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ssrcred.evidence import NO_REASON, Evidence, Shows, Sure, Verdict, VerdictName, Who
from ssrcred.place import DISTRICT

OPENS: Final = "Score reports open at the moment. Please try again, and call again if yours does not open."
SETTING: Final = "It is a setting of the school system; nothing is wrong with your account."
CLOSED_HERE: Final = f"Score reports cannot be shown at the moment. {SETTING}"
NOT_KNOWN: Final = (
    "We cannot tell yet why your score report does not open. We are looking into it and will call you back."
)
KEEP_OR_CLEAR: Final = (
    "Find out which school keeps credentials of its own. For a school that needs none: ssrcred schools --clear NAME. "
    "For one that does: ssrcred schools --set NAME."
)
SHOWN: Final = "the page in SchoolWise shows it"
BOTH: Final = "the CAASPP coordinator and the ELPAC coordinator"
REGENERATED: Final = "The credentials were probably regenerated in TOMS."
ASK_FOR_THEM: Final = f"Do not regenerate. Ask {BOTH} for the credentials that are in SchoolWise, and store them."


def undecided(headline: str, details: str, next_step: str, command: str, because: str, who: Who = Who.IT) -> Verdict:
    """The verdict that it is not known whether parents see their reports."""
    return Verdict(VerdictName.UNKNOWN, headline, details, next_step, command, who, NOT_KNOWN, Sure.OPEN, because)


def refused_but_parents_fine(seen: Evidence) -> Verdict:
    """Ours are rejected when the state's service is asked directly, and parents open reports all the same."""
    also = f" Rejected as well: {names(seen.refused)}." if seen.refused else ""
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


def some_differ(seen: Evidence) -> Verdict:
    """Rejected at some places, while others work: named after the part that more schools belong to."""
    differing = seen.differing(seen.refused)
    name, headline = VerdictName.SCHOOL_DIFFERS, f"Score reports do not open at {schools(seen.refused)}."
    where = f"They open at {schools(seen.working)}. "
    if seen.mostly_refused:
        name, where = VerdictName.PORTAL_DIFFERS, ""
        headline = f"Score reports do not open, except at {schools(seen.working)}."
    if differing:
        details = f"{where}SchoolWise shows other credentials, or none, at {names(differing)}."
    else:
        details = f"{where}SchoolWise probably has other credentials at {names(seen.refused)}.{hidden(seen)}"
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


def portal_differs(seen: Evidence, differing: Sequence[str]) -> Verdict:
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
    holds = f" It shows others, or none, at {names(differing)}." if differing else hidden(seen)
    details = f"{_good(seen)}, but parents are rejected.{holds}"
    return _seen(bool(differing), name, headline, details, _upload(seen), "ssrcred upload", CLOSED_HERE)


def shown_to_differ(seen: Evidence) -> Verdict | None:
    """What the portal's page gives away although nothing was rejected; None if nothing."""
    elsewhere = seen.differing(seen.working)
    if elsewhere and not seen.accepted_directly:
        return Verdict(
            VerdictName.SUPERSEDED,
            REGENERATED,
            f"Score reports open, but with other credentials than those stored here: {names(elsewhere)}. Only those "
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
        return override(seen, differing)
    name, headline = VerdictName.PORTAL_DIFFERS, "SchoolWise has other credentials."
    details = f"{_good(seen)}, but SchoolWise shows others, or none, at {names(differing)}."
    return _seen(True, name, headline, details, _upload(seen), "ssrcred upload", CLOSED_HERE)


def override(seen: Evidence, differing: Sequence[str]) -> Verdict:
    """Schools that were seen to have other credentials, while the district's setting was not."""
    name, headline = VerdictName.SCHOOL_DIFFERS, f"Score reports do not open at {schools(differing)}."
    details = f"{_good(seen)}, but SchoolWise shows others at {names(differing)}, which override the district's."
    caller = f"Score reports cannot be shown at {schools(differing)} at the moment. {SETTING}"
    if seen.working or seen.accepted_directly:
        caller += " At other schools they open."
    return _seen(True, name, headline, details, KEEP_OR_CLEAR, "ssrcred schools", caller)


def _good(seen: Evidence) -> str:
    return "The credentials work" if seen.accepted_directly else "It is not known whether the credentials work"


def _closed_at(seen: Evidence) -> str:
    """What a caller is told where some schools are shut out and others are not: which, so that it fits every caller."""
    own = "schools without a setting of their own"  # in words that a parent understands
    working = _listed(seen.working, own)
    if seen.mostly_refused:
        return f"Score reports cannot be shown at the moment, except at {working}. {SETTING}"
    others = "At other schools they open."
    if DISTRICT not in seen.working or seen.unanswered:
        others = f"They open at {working}."
    return f"Score reports cannot be shown at {_listed(seen.refused, own)} at the moment. {SETTING} {others}"


def hidden(seen: Evidence) -> str:
    """The sentence on a key that the portal may have changed, with a space before it; "" if it was seen whole."""
    if seen.all_ours:
        return ""
    if all(seen.shows(place) is not None for place in seen.refused):
        return " SchoolWise hides the key, so it may also have changed it when it was saved."
    return " SchoolWise may also have changed the key when it was saved."


def _upload(seen: Evidence) -> str:
    again = "Somebody with office rights in SchoolWise saves the credentials there; then: ssrcred verify --wait 10."
    return again if seen.accepted_directly else f"{again} If they are rejected then, regenerate: ssrcred rotate."


def schools(places: Sequence[str]) -> str:
    """Where parents see what a place holds, in words."""
    return _listed(places, "schools that use the district's setting")


def names(places: Sequence[str]) -> str:
    """The places in words."""
    return _listed(places, "the district")


def _listed(places: Sequence[str], district: str) -> str:
    return ", ".join(district if place == DISTRICT else place or "a setting without a name" for place in places)

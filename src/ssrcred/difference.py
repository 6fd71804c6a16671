"""Credentials that work and a portal, or schools of it, with other ones: the verdicts, seen or inferred."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ssrcred.evidence import Evidence, Shows, Sure, Verdict, VerdictName, Who
from ssrcred.place import DISTRICT

NO_REASON: Final = "the service does not say why it rejects them"
OPENS: Final = "Score reports open at the moment. Please try again, and call again if yours does not open."
SETTING: Final = "It is a setting of the school system; nothing is wrong with your account."
CLOSED_HERE: Final = f"Score reports cannot be shown at the moment. {SETTING}"
NOT_KNOWN: Final = (
    "We cannot tell yet why your score report does not open. We are looking into it and will call you back."
)
NOT_GIVEN: Final = "the stored credentials were not saved in SchoolWise from here, so it may have others"
KEEP_OR_CLEAR: Final = (
    "Find out which school keeps credentials of its own. For a school that needs none: ssrcred schools --clear NAME. "
    "For one that does: ssrcred schools --set NAME."
)
SHOWN: Final = "the page in SchoolWise shows it"
BOTH: Final = "the CAASPP coordinator and the ELPAC coordinator"
REGENERATED: Final = "The credentials were probably regenerated in TOMS."
ASK_FOR_THEM: Final = f"Do not regenerate. Ask {BOTH} for the credentials that are in SchoolWise, and store them."
MAY_HAVE_CHANGED: Final = "SchoolWise hides the key, so it may also have changed it when it was saved."


def refused_but_parents_fine(seen: Evidence) -> Verdict:
    """Ours are rejected when the state's service is asked directly, and parents open reports all the same."""
    also = f" Rejected as well: {names(seen.refused)}." if seen.refused else ""
    caller = _closed_at(seen) if seen.refused else OPENS
    if seen.over or seen.proved_on:
        name = VerdictName.EXPIRED if seen.over else VerdictName.SUPERSEDED
        headline = "The credentials stored here have expired." if seen.over else REGENERATED
        since = "" if seen.over else f" They worked on {seen.proved_on}."
        sentence = (
            f"{headline} Parents can open score reports, but the state's service rejects the credentials that are "
            f"stored here.{since} Somebody has probably saved newer ones in SchoolWise.{also}"
        )
        return _reading(name, headline, sentence, caller, ASK_FOR_THEM, "ssrcred store", Who.COORDINATOR)
    headline = "Parents can open score reports, but the credentials stored here are rejected."
    if seen.differing(seen.working):
        sentence = f"{headline} SchoolWise shows other credentials.{also}"
        return _reading(VerdictName.REFUSED, headline, sentence, caller, ASK_FOR_THEM, "ssrcred store", Who.COORDINATOR)
    return _asked_wrongly(seen, headline, also, caller)


def _asked_wrongly(seen: Evidence, headline: str, also: str, caller: str) -> Verdict:
    """The same with credentials that SchoolWise may have too, so that the direct check itself may be what is wrong."""
    off = "or turns the direct check off (toms.enabled = false in config.toml)."
    if all(seen.shows(place) is Shows.OURS for place in seen.working):
        return Verdict(
            VerdictName.REFUSED,
            f"{headline} SchoolWise shows the same ones, so the direct check does not ask the state's service as it "
            f"should.{also}",
            caller,
            f"Do not regenerate. IT finds out how the service wants to be asked, {off}",
            "ssrcred doctor --find-api",
            Who.IT,
            Sure.INFERRED,
            "the same credentials work as a parent",
            headline,
        )
    sentence = (
        f"{headline} Either SchoolWise has others, or the direct check does not ask the state's service as it "
        f"should.{also}"
    )
    next_step = f"Do not regenerate. IT compares the API profile with the state's specification, {off}"
    return _reading(VerdictName.REFUSED, headline, sentence, caller, next_step, "ssrcred schools", Who.IT)


def _reading(
    name: VerdictName, headline: str, sentence: str, caller: str, next_step: str, command: str, who: Who
) -> Verdict:
    """A verdict that is inferred because the service does not say why it rejects the credentials."""
    return Verdict(name, sentence, caller, next_step, command, who, Sure.INFERRED, NO_REASON, headline)


def some_differ(seen: Evidence) -> Verdict:
    """Rejected at some places, while others work: named after the part that more schools belong to."""
    shown = bool(seen.differing(seen.refused))
    headline = (
        f"Score reports do not open, except at {schools(seen.working)}."
        if seen.mostly_refused
        else f"Score reports do not open at {schools(seen.refused)}."
    )
    where = "" if seen.mostly_refused else f" They open at {schools(seen.working)}."
    whose = names(seen.refused)
    holds = (
        f" SchoolWise shows other credentials, or none, at {names(seen.differing(seen.refused))}."
        if shown
        else f" SchoolWise probably has other credentials at {whose}.{hidden(seen)}"
    )
    return Verdict(
        VerdictName.PORTAL_DIFFERS if seen.mostly_refused else VerdictName.SCHOOL_DIFFERS,
        f"{headline}{where}{holds}",
        _closed_at(seen),
        _even_out(seen),
        "ssrcred upload" if DISTRICT in seen.refused and seen.accepted_directly else "ssrcred schools",
        Who.IT,
        Sure.SURE if shown else Sure.INFERRED,
        SHOWN if shown else NO_REASON,
        headline,
    )


def portal_differs(seen: Evidence, differing: Sequence[str]) -> Verdict:
    """Rejected through the portal alone; `differing` are the places that were seen to have other credentials."""
    good = _good(seen)
    if not differing and seen.all_ours:
        headline = "SchoolWise may still use the credentials from before."
        return _reading(
            VerdictName.PORTAL_DIFFERS,
            headline,
            f"{headline} {good}, and SchoolWise shows them, but parents are rejected.",
            CLOSED_HERE,
            "Wait some minutes and check again. If it lasts, ask the help desk of SchoolWise, with the text of: "
            "ssrcred verify --ticket.",
            "ssrcred verify --wait 10",
            Who.VENDOR,
        )
    headline = "SchoolWise has other credentials." if differing else "SchoolWise probably has other credentials."
    holds = f"It shows others, or none, at {names(differing)}." if differing else hidden(seen).strip()
    return Verdict(
        VerdictName.PORTAL_DIFFERS,
        f"{headline} {good}, but parents are rejected. {holds}",
        CLOSED_HERE,
        _upload(seen),
        "ssrcred upload",
        Who.IT,
        Sure.SURE if differing else Sure.INFERRED,
        SHOWN if differing else NO_REASON,
        headline,
    )


def shown_to_differ(seen: Evidence) -> Verdict | None:
    """What the portal's page gives away although nothing was rejected; None if nothing."""
    elsewhere = seen.differing(seen.working)
    if elsewhere and not seen.accepted_directly:
        return Verdict(
            VerdictName.SUPERSEDED,
            f"{REGENERATED} Score reports open, but with other credentials than those stored here: "
            f"{names(elsewhere)}. Only those that were generated last work.",
            OPENS,
            ASK_FOR_THEM,
            "ssrcred store",
            Who.COORDINATOR,
            Sure.INFERRED,
            "the page in SchoolWise shows other credentials; ours were not tried",
            REGENERATED,
        )
    unproved = [sight.place for sight in seen.known.look.sights if sight.place not in seen.working]
    differing = seen.differing(unproved)
    if not differing:
        return None
    if DISTRICT not in differing:
        return override(seen, differing)
    headline = "SchoolWise has other credentials."
    return Verdict(
        VerdictName.PORTAL_DIFFERS,
        f"{headline} {_good(seen)}, but SchoolWise shows others, or none, at {names(differing)}.",
        CLOSED_HERE,
        _upload(seen),
        "ssrcred upload",
        Who.IT,
        Sure.SURE,
        SHOWN,
        headline,
    )


def override(seen: Evidence, differing: Sequence[str]) -> Verdict:
    """Schools that were seen to have other credentials, while the district's setting was not."""
    headline = f"Score reports do not open at {schools(differing)}."
    return Verdict(
        VerdictName.SCHOOL_DIFFERS,
        f"{headline} {_good(seen)}, but SchoolWise shows others at {names(differing)}, which override the district's.",
        f"Score reports cannot be shown at {schools(differing)} at the moment. {SETTING} At other schools they open."
        if seen.working or seen.accepted_directly
        else f"Score reports cannot be shown at {schools(differing)} at the moment. {SETTING}",
        KEEP_OR_CLEAR,
        "ssrcred schools",
        Who.IT,
        Sure.SURE,
        SHOWN,
        headline,
    )


def nowhere_yet() -> Verdict:
    """Good credentials, and nothing shows that SchoolWise has them: the user name stays the same from year to year."""
    headline = "The credentials work, but SchoolWise may not have them."
    return Verdict(
        VerdictName.UNKNOWN,
        f"{headline} They were not saved there from here.",
        NOT_KNOWN,
        "Save them there: ssrcred upload. Then press View CAASPP/ELPAC as a parent, and see whether a report opens.",
        "ssrcred upload",
        Who.IT,
        Sure.OPEN,
        "it was not tried as a parent, and the page in SchoolWise was not seen to show the key",
        headline,
    )


def _good(seen: Evidence) -> str:
    return "The credentials work" if seen.accepted_directly else "It is not known whether the credentials work"


def _closed_at(seen: Evidence) -> str:
    """What a caller is told where some schools are shut out and others are not: which, so that it fits every caller."""
    if seen.mostly_refused:
        return f"Score reports cannot be shown at the moment, except at {_for_caller(seen.working)}. {SETTING}"
    if DISTRICT in seen.working and not seen.unanswered:
        others = "At other schools they open."
    else:
        others = f"They open at {_for_caller(seen.working)}."
    return f"Score reports cannot be shown at {_for_caller(seen.refused)} at the moment. {SETTING} {others}"


def _for_caller(places: Sequence[str]) -> str:
    """The places in words that a parent understands."""
    return _listed(["schools without a setting of their own" if place == DISTRICT else place for place in places])


def _even_out(seen: Evidence) -> str:
    if DISTRICT not in seen.refused:
        return KEEP_OR_CLEAR
    if seen.accepted_directly:
        return _upload(seen)
    return (
        "See what each setting has. If the district's are the same as those stored here, ask "
        f"{BOTH} for the credentials that work at {schools(seen.working)}, and store them: ssrcred store. If not: "
        "ssrcred upload."
    )


def hidden(seen: Evidence) -> str:
    """The sentence on a key that the portal may have changed, with a space before it; "" if it was seen whole."""
    if seen.all_ours:
        return ""
    looked = all(seen.shows(place) is not None for place in seen.refused)
    return f" {MAY_HAVE_CHANGED}" if looked else " SchoolWise may also have changed the key when it was saved."


def _upload(seen: Evidence) -> str:
    again = "Somebody with office rights in SchoolWise saves the credentials there; then: ssrcred verify --wait 10."
    return again if seen.accepted_directly else f"{again} If they are rejected then, regenerate: ssrcred rotate."


def schools(places: Sequence[str]) -> str:
    """Where parents see what a place holds, in words."""
    return _listed(["schools that use the district's setting" if place == DISTRICT else place for place in places])


def names(places: Sequence[str]) -> str:
    """The places in words."""
    return _listed(["the district" if place == DISTRICT else place for place in places])


def _listed(words: Sequence[str]) -> str:
    return ", ".join(word or "a setting without a name" for word in words)

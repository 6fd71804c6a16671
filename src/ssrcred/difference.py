"""A pair that works and a portal, or one of its schools, that holds another: the verdicts, seen or inferred."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ssrcred.evidence import Evidence, Shows, Sure, Verdict, VerdictName, Who
from ssrcred.place import DISTRICT

NO_REASON: Final = "the service does not say why it refuses"
OPENS: Final = "Score reports open at the moment. Please try again, and call again if yours does not open."
CLOSED_THERE: Final = (
    "Score reports cannot be shown at your school at the moment. It is a setting of the school system; "
    "nothing is wrong with your account."
)
CLOSED_HERE: Final = (
    "Score reports cannot be shown at the moment. It is a setting of the school system; nothing is wrong with your "
    "account."
)
NOT_KNOWN: Final = (
    "We cannot tell yet why your score report does not open. We are looking into it and will call you back."
)
NOT_GIVEN: Final = "SchoolWise was not given the stored pair from here, so it may have been another one"
KEEP_OR_CLEAR: Final = (
    "See which school keeps a pair of its own. A school that needs none gets the district's: ssrcred schools "
    "--clear NAME. One that does gets this one: ssrcred schools --set NAME."
)
SHOWN: Final = "the page in SchoolWise shows it"
BOTH: Final = "the CAASPP coordinator and the ELPAC coordinator"
PARENTS_FINE: Final = "Parents can open score reports, but the pair that is kept here is refused"
ASK_FOR_IT: Final = f"Do not regenerate. Ask {BOTH} for the pair that is in SchoolWise, and store it."
MAY_HAVE_CHANGED: Final = "SchoolWise hides the key, so it may also have changed it when it was saved."


def refused_but_parents_fine(seen: Evidence) -> Verdict:
    """Our pair is refused when the state's service is asked directly, and parents open reports all the same."""
    also = f" Refused as well: {names(seen.refused)}." if seen.refused else ""
    caller = OPENS if not seen.refused else CLOSED_THERE
    if seen.over or seen.proved_on:
        name = VerdictName.EXPIRED if seen.over else VerdictName.SUPERSEDED
        since = "its last day has come or gone" if seen.over else f"though it worked on {seen.proved_on}"
        sentence = f"{PARENTS_FINE}, {'and ' if seen.over else ''}{since}. Probably somebody has regenerated it in TOMS"
        sentence += f" and put the new pair into SchoolWise.{also}"
        return Verdict(name, sentence, caller, ASK_FOR_IT, "ssrcred store", Who.COORDINATOR, Sure.INFERRED, NO_REASON)
    if seen.differing(seen.working):
        return Verdict(
            VerdictName.REFUSED,
            f"{PARENTS_FINE}. SchoolWise shows another pair.{also}",
            caller,
            ASK_FOR_IT,
            "ssrcred store",
            Who.COORDINATOR,
            Sure.INFERRED,
            NO_REASON,
        )
    return _asked_wrongly(seen, also, caller)


def _asked_wrongly(seen: Evidence, also: str, caller: str) -> Verdict:
    """The same with a pair that SchoolWise may hold too, so that the direct check itself may be what is wrong."""
    if all(seen.shows(place) is Shows.OURS for place in seen.working):
        return Verdict(
            VerdictName.REFUSED,
            f"{PARENTS_FINE} when the state's service is asked directly. SchoolWise shows the same pair, so the direct "
            f"check does not speak to the service as it should.{also}",
            caller,
            "Do not regenerate. IT finds out how the service wants to be asked, or switches the direct check off "
            "(toms.enabled = false in config.toml).",
            "ssrcred doctor --find-api",
            Who.IT,
            Sure.INFERRED,
            "the same pair works as a parent",
        )
    return Verdict(
        VerdictName.REFUSED,
        f"{PARENTS_FINE} when the state's service is asked directly. Either SchoolWise holds another pair, or the "
        f"direct check does not speak to the service as it should.{also}",
        caller,
        "Do not regenerate. IT compares the API profile with the state's specification, or switches the direct check "
        "off (toms.enabled = false in config.toml).",
        "ssrcred schools",
        Who.IT,
        Sure.INFERRED,
        NO_REASON,
    )


def school_differs(seen: Evidence) -> Verdict:
    """Refused at one place, while another works."""
    shown = bool(seen.differing(seen.refused))
    holds = "and it shows another pair" if shown else f"and it probably holds another pair.{hidden(seen)}"
    return Verdict(
        VerdictName.SCHOOL_DIFFERS,
        f"Score reports open at {schools(seen.working)}, but not at {schools(seen.refused)}: refused there, "
        f"{holds.removesuffix('.')}.",
        CLOSED_THERE,
        _even_out(seen),
        "ssrcred upload" if DISTRICT in seen.refused and seen.accepted_directly else "ssrcred schools",
        Who.IT,
        Sure.SURE if shown else Sure.INFERRED,
        SHOWN if shown else NO_REASON,
    )


def portal_differs(seen: Evidence, differing: Sequence[str]) -> Verdict:
    """Refused through the portal alone; `differing` are the refused places that were seen to hold another pair."""
    good = _good(seen)
    if not differing and seen.all_ours:
        return Verdict(
            VerdictName.PORTAL_DIFFERS,
            f"{good}, and SchoolWise shows it, but SchoolWise is refused. It may still use the pair from before.",
            CLOSED_HERE,
            "Wait some minutes and check again. If it lasts, ask the help desk of SchoolWise, with the text of: "
            "ssrcred verify --ticket.",
            "ssrcred verify --wait 10",
            Who.VENDOR,
            Sure.INFERRED,
            NO_REASON,
        )
    holds = (
        f"it shows another pair, or none, at {names(differing)}."
        if differing
        else f"it probably holds another pair.{hidden(seen)}"
    )
    return Verdict(
        VerdictName.PORTAL_DIFFERS,
        f"{good}, but SchoolWise is refused: {holds}",
        CLOSED_HERE,
        _upload(seen),
        "ssrcred upload",
        Who.IT,
        Sure.SURE if differing else Sure.INFERRED,
        SHOWN if differing else NO_REASON,
    )


def shown_to_differ(seen: Evidence) -> Verdict | None:
    """What the portal's page gives away although nothing was refused; None if nothing."""
    elsewhere = seen.differing(seen.working)
    if elsewhere and not seen.accepted_directly:
        return Verdict(
            VerdictName.SUPERSEDED,
            f"Score reports open, but with another pair than the one that is kept here ({names(elsewhere)}). As only "
            "the pair that was generated last is valid, somebody has probably regenerated it in TOMS.",
            OPENS,
            f"Do not regenerate. Ask {BOTH} for the pair that is in SchoolWise, and store it.",
            "ssrcred store",
            Who.COORDINATOR,
            Sure.INFERRED,
            "the page in SchoolWise shows another pair; ours was not tried",
        )
    unproved = [sight.place for sight in seen.known.look.sights if sight.place not in seen.working]
    differing = seen.differing(unproved)
    if not differing:
        return None
    if DISTRICT not in differing:
        return override(seen, differing)
    return Verdict(
        VerdictName.PORTAL_DIFFERS,
        f"{_good(seen)}, but SchoolWise shows another pair, or none, at {names(differing)}.",
        CLOSED_HERE,
        _upload(seen),
        "ssrcred upload",
        Who.IT,
        Sure.SURE,
        SHOWN,
    )


def override(seen: Evidence, differing: Sequence[str]) -> Verdict:
    """Schools that were seen to hold another pair, while the district's setting was not."""
    return Verdict(
        VerdictName.SCHOOL_DIFFERS,
        f"{_good(seen)}, but SchoolWise shows another pair at {names(differing)}, where it overrides the district's.",
        CLOSED_THERE,
        KEEP_OR_CLEAR,
        "ssrcred schools",
        Who.IT,
        Sure.SURE,
        SHOWN,
    )


def nowhere_yet() -> Verdict:
    """The pair is good and nothing shows that SchoolWise has it: the user name stays the same from year to year."""
    return Verdict(
        VerdictName.UNKNOWN,
        "The pair works. Whether SchoolWise has it is not known: it was not written there from here.",
        NOT_KNOWN,
        "Write it there: ssrcred upload. Then press View CAASPP/ELPAC as a parent, and see whether a report opens.",
        "ssrcred upload",
        Who.IT,
        Sure.OPEN,
        "it was not tried as a parent, and the page in SchoolWise was not seen to show the key",
    )


def _good(seen: Evidence) -> str:
    return "The pair works" if seen.accepted_directly else "Whether the pair that is kept here works is not known"


def _even_out(seen: Evidence) -> str:
    if DISTRICT not in seen.refused:
        return KEEP_OR_CLEAR
    if seen.accepted_directly:
        return _upload(seen)
    return (
        "See what each place holds. If the district and the pair that is kept here are the same, ask "
        f"{BOTH} for the pair that works at {schools(seen.working)}, and store it: ssrcred store. If not: "
        "ssrcred upload."
    )


def hidden(seen: Evidence) -> str:
    """The sentence on a key that the portal may have changed, with a space before it; "" if it was seen whole."""
    if seen.all_ours:
        return ""
    looked = all(seen.shows(place) is not None for place in seen.refused)
    return f" {MAY_HAVE_CHANGED}" if looked else " SchoolWise may also have changed the key when it was saved."


def _upload(seen: Evidence) -> str:
    again = "Somebody with office rights in SchoolWise writes the pair there; then: ssrcred verify --wait 10."
    return again if seen.accepted_directly else f"{again} If it is refused then, regenerate: ssrcred rotate."


def schools(places: Sequence[str]) -> str:
    """Where parents see what a place holds, in words."""
    named = ["schools that use the district's pair" if place == DISTRICT else place for place in places]
    return names(named)


def names(places: Sequence[str]) -> str:
    """The places in words."""
    return ", ".join("the district" if place == DISTRICT else place or "a place without a name" for place in places)

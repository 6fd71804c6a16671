"""The verdict of all that was seen, and the next step of the official trouble-shooting ladder (domain.md).

The ladder: compare the pair in the portal with the current one and write it there; regenerate in TOMS; ask CalTAC.
Errors of the service do not tell expired from wrong (domain.md, reported), so why a pair is refused is always inferred.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

from ssrcred.evidence import WORKS, Known, Outcome, Probe, Proof, Shows, Sure, Verdict, VerdictName, Who
from ssrcred.place import DISTRICT

CALTAC: Final = "CalTAC, caltac@ets.org, 800-955-2954"
NO_REASON: Final = "the service does not say why it refuses"
OPENS: Final = "Score reports open at the moment. Please try again, and call again if yours does not open."
CLOSED: Final = (
    "Score reports cannot be shown at the moment, because the district's access to them has to be renewed. "
    "Nothing is wrong with your account."
)
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
BOTH: Final = "the CAASPP coordinator and the ELPAC coordinator"
MAY_HAVE_CHANGED: Final = "SchoolWise hides the key, so it may also have changed it when it was saved."


class _Seen:
    """The proofs sorted by what they say, skipped ones left out."""

    def __init__(self, proofs: Sequence[Proof], known: Known) -> None:
        tried = [proof for proof in proofs if proof.outcome is not Outcome.SKIPPED]
        self.known = known
        self.direct = [proof.outcome for proof in tried if proof.probe is Probe.TOMS]
        self.through = [proof for proof in tried if proof.probe is Probe.PORTAL]
        self.refused = [proof.place for proof in self.through if proof.outcome is Outcome.REFUSED]
        self.working = [proof.place for proof in self.through if proof.outcome in WORKS]
        self.unanswered = [
            proof for proof in self.through if proof.outcome not in WORKS and proof.outcome is not Outcome.REFUSED
        ]
        self.outcomes = {proof.outcome for proof in tried}

    @property
    def accepted_directly(self) -> bool:
        return any(outcome in WORKS for outcome in self.direct)

    @property
    def over(self) -> bool:
        return self.known.days_left is not None and self.known.days_left <= 0

    @property
    def proved_on(self) -> str:
        """The day on which the pair was last seen to work, "" if it never was."""
        at = self.known.last_proved_at
        return "" if at is None else f"{at.astimezone(ZoneInfo(self.known.timezone)):%Y-%m-%d}"

    def shows(self, place: str) -> Shows | None:
        """What the place shows, or the district's whose pair it uses; None if nobody looked."""
        own = self.known.look.at(place)
        return own if own is not None else self.known.look.at(DISTRICT)

    def differing(self, places: Sequence[str]) -> list[str]:
        """Those of the places that show another pair than ours, or none."""
        return [place for place in places if self.shows(place) in (Shows.OTHER, Shows.BLANK)]


def judge(proofs: Sequence[Proof], known: Known) -> Verdict:
    """The verdict of all `proofs` and of what is `known`; skipped proofs do not count."""
    seen = _Seen(proofs, known)
    if Outcome.REFUSED in seen.direct:
        return _ours_refused_but_parents_fine(seen) if seen.working else _ours_refused(seen)
    if seen.refused:
        return _refused_through_portal(seen)
    if (shown := _shown_to_differ(seen)) is not None:
        return shown
    if seen.outcomes & WORKS:
        return _accepted(seen)
    return _nothing_known(seen)


def _ours_refused(seen: _Seen) -> Verdict:
    if seen.over:
        return _expired("The state's service refuses the pair, and its")
    if seen.proved_on:
        return Verdict(
            VerdictName.SUPERSEDED,
            f"The state's service refuses the pair, though it worked on {seen.proved_on}{_has_days(seen)}. Probably "
            "somebody has regenerated it in TOMS since.",
            CLOSED,
            f"Ask {BOTH} who regenerated it. Whoever has the new pair stores it; then: ssrcred upload. If nobody has "
            "it, regenerate: ssrcred rotate.",
            "ssrcred store",
            Who.COORDINATOR,
            Sure.INFERRED,
            NO_REASON,
        )
    return _never_worked(seen)


def _never_worked(seen: _Seen) -> Verdict:
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
        "ssrcred rotate",
        Who.COORDINATOR,
        Sure.INFERRED,
        NO_REASON,
    )


def _ours_refused_but_parents_fine(seen: _Seen) -> Verdict:
    fine = "Parents can open score reports, but the pair that is kept here is refused"
    also = f" Refused as well: {_names(seen.refused)}." if seen.refused else ""
    ask = f"Do not regenerate. Ask {BOTH} for the pair that is in SchoolWise, and store it."
    caller = OPENS if not seen.refused else CLOSED_THERE
    if seen.over or seen.proved_on:
        name = VerdictName.EXPIRED if seen.over else VerdictName.SUPERSEDED
        since = "its last day has come or gone" if seen.over else f"though it worked on {seen.proved_on}"
        sentence = f"{fine}, {'and ' if seen.over else ''}{since}. Probably somebody has regenerated it in TOMS and put"
        sentence += f" the new pair into SchoolWise.{also}"
        return Verdict(name, sentence, caller, ask, "ssrcred store", Who.COORDINATOR, Sure.INFERRED, NO_REASON)
    if seen.differing(seen.working):
        return Verdict(
            VerdictName.REFUSED,
            f"{fine}. SchoolWise shows another pair than it.{also}",
            caller,
            ask,
            "ssrcred store",
            Who.COORDINATOR,
            Sure.INFERRED,
            NO_REASON,
        )
    return Verdict(
        VerdictName.REFUSED,
        f"{fine} when the state's service is asked directly. Either SchoolWise holds another pair, or the direct check "
        f"does not speak to the service as it should.{also}",
        caller,
        "Do not regenerate. IT compares the API profile with the state's specification, or switches the direct check "
        "off (toms.enabled = false in config.toml).",
        "ssrcred schools",
        Who.IT,
        Sure.INFERRED,
        NO_REASON,
    )


def _refused_through_portal(seen: _Seen) -> Verdict:
    if seen.working:
        return _school_differs(seen)
    differing = seen.differing(seen.refused)
    if differing or seen.accepted_directly:
        return _portal_differs(seen, differing)
    if seen.over:
        return _expired("SchoolWise's credentials are refused, and the pair's")
    if seen.proved_on:
        return Verdict(
            VerdictName.SUPERSEDED,
            f"SchoolWise's credentials are refused, though they worked on {seen.proved_on}{_has_days(seen)}. Probably "
            f"somebody has regenerated the pair in TOMS since.{_may_differ(seen)}",
            CLOSED,
            f"{_write_first(seen)}Ask {BOTH} who regenerated it. Whoever has the new pair stores it: ssrcred store. "
            "If nobody has it, regenerate: ssrcred rotate.",
            "ssrcred upload" if _write_first(seen) else "ssrcred store",
            Who.COORDINATOR,
            Sure.INFERRED,
            NO_REASON,
        )
    return Verdict(
        VerdictName.REFUSED,
        "SchoolWise's credentials are refused. The pair was never seen to work: probably it is not as TOMS showed it."
        f"{_may_differ(seen)}",
        CLOSED,
        f"{_write_first(seen)}Regenerate the pair in TOMS: ssrcred rotate. If it is still refused then: {CALTAC}.",
        "ssrcred upload" if _write_first(seen) else "ssrcred rotate",
        Who.COORDINATOR,
        Sure.INFERRED,
        NO_REASON,
    )


def _school_differs(seen: _Seen) -> Verdict:
    shown = bool(seen.differing(seen.refused))
    holds = "and it shows another pair" if shown else f"and it probably holds another pair.{_hidden(seen)}"
    return Verdict(
        VerdictName.SCHOOL_DIFFERS,
        f"Score reports open at {_schools(seen.working)}, but not at {_schools(seen.refused)}: refused there, "
        f"{holds.removesuffix('.')}.",
        CLOSED_THERE,
        "See which school keeps a pair of its own. A school that needs none gets the district's: ssrcred schools "
        "--clear NAME. One that does gets this one: ssrcred schools --set NAME.",
        "ssrcred schools",
        Who.IT,
        Sure.SURE if shown else Sure.INFERRED,
        "the page in SchoolWise shows it" if shown else NO_REASON,
    )


def _portal_differs(seen: _Seen, differing: Sequence[str]) -> Verdict:
    good = "The pair works" if seen.accepted_directly else "Whether the pair that is kept here works is not known"
    if not differing and all(seen.shows(place) is Shows.OURS for place in seen.refused):
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
        f"it shows another pair, or none, at {_names(differing)}."
        if differing
        else f"it probably holds another pair.{_hidden(seen)}"
    )
    return Verdict(
        VerdictName.PORTAL_DIFFERS,
        f"{good}, but SchoolWise is refused: {holds}",
        CLOSED_HERE,
        _upload(seen),
        "ssrcred upload",
        Who.IT,
        Sure.SURE if differing else Sure.INFERRED,
        "the page in SchoolWise shows it" if differing else NO_REASON,
    )


def _shown_to_differ(seen: _Seen) -> Verdict | None:
    """What the portal's page gives away although nothing was refused; None if nothing."""
    elsewhere = seen.differing(seen.working)
    if elsewhere and not seen.accepted_directly:
        return Verdict(
            VerdictName.SUPERSEDED,
            f"Score reports open, but with another pair than the one that is kept here ({_names(elsewhere)}). As only "
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
    only_schools = DISTRICT not in differing
    good = "The pair works" if seen.accepted_directly else "Whether the pair that is kept here works is not known"
    return Verdict(
        VerdictName.SCHOOL_DIFFERS if only_schools else VerdictName.PORTAL_DIFFERS,
        f"{good}, but SchoolWise shows another pair, or none, at {_names(differing)}.",
        CLOSED_THERE if only_schools else CLOSED_HERE,
        "See which school keeps a pair of its own, and clear it or give it this one: ssrcred schools --clear NAME, or "
        "--set NAME."
        if only_schools
        else _upload(seen),
        "ssrcred schools" if only_schools else "ssrcred upload",
        Who.IT,
        Sure.SURE,
        "the page in SchoolWise shows it",
    )


def _accepted(seen: _Seen) -> Verdict:
    if seen.unanswered:
        kind = Outcome.UNREACHABLE in {proof.outcome for proof in seen.unanswered}
        where = "The state's service accepts the pair" if not seen.working else f"It works at {_schools(seen.working)}"
        open_places = _schools([proof.place for proof in seen.unanswered])
        return Verdict(
            VerdictName.UNREACHABLE if kind else VerdictName.UNKNOWN,
            f"{where}. Whether parents see their reports could not be checked at {open_places}.",
            NOT_KNOWN,
            "Check again later." if kind else "Press View CAASPP/ELPAC as a parent there, and see whether one opens.",
            "ssrcred verify",
            Who.IT,
            Sure.OPEN,
            "a check gave no answer" if kind else "a check gave an answer that is not understood",
        )
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


def _working(seen: _Seen) -> Verdict:
    unanswered = [outcome for outcome in seen.direct if outcome not in WORKS]
    because = "a score report was fetched" if Outcome.PROVED in seen.outcomes else "the pair was accepted"
    if seen.differing(seen.working):
        because += "; the page in SchoolWise shows another pair all the same"
        unanswered = unanswered or [Outcome.NOT_UNDERSTOOD]
    elif unanswered:
        because += " as a parent; the state's service gave no answer when asked directly"
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


def _nothing_known(seen: _Seen) -> Verdict:
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
    return Verdict(
        VerdictName.UNKNOWN,
        "No check gave an answer that is understood, so nothing is known about the pair.",
        NOT_KNOWN,
        press,
        "",
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


def _has_days(seen: _Seen) -> str:
    return " and has days left" if seen.known.days_left is not None else ""


def _may_differ(seen: _Seen) -> str:
    """What else may be the matter with a pair that was only tried through the portal."""
    if _all_ours(seen):
        return ""
    return f" Or SchoolWise does not hold it as it was given.{_hidden(seen)}"


def _hidden(seen: _Seen) -> str:
    if _all_ours(seen):
        return ""
    looked = all(seen.shows(place) is not None for place in seen.refused)
    return f" {MAY_HAVE_CHANGED}" if looked else " It may also have changed the key when it was saved."


def _all_ours(seen: _Seen) -> bool:
    return all(seen.shows(place) is Shows.OURS for place in seen.refused)


def _write_first(seen: _Seen) -> str:
    again = "Write the pair there once more and check again: ssrcred upload. If that is no help: "
    return "" if _all_ours(seen) else again


def _upload(seen: _Seen) -> str:
    again = "Somebody with office rights in SchoolWise writes the pair there; then: ssrcred verify --wait 10."
    return again if seen.accepted_directly else f"{again} If it is refused then, regenerate: ssrcred rotate."


def _schools(places: Sequence[str]) -> str:
    named = ["schools that use the district's pair" if place == DISTRICT else place for place in places]
    return _names(named)


def _names(places: Sequence[str]) -> str:
    return ", ".join("the district" if place == DISTRICT else place or "a place without a name" for place in places)

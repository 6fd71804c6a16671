"""The story of a check: try the newest pair every way that is set up, and reach one verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ssrcred.errors import PortalFailed, Unreachable
from ssrcred.event import Done, Event, Step
from ssrcred.evidence import Known, Outcome, Probe, Proof, Verdict, judge
from ssrcred.place import DISTRICT
from ssrcred.story import Portal, Story


def probe(story: Story) -> Iterator[Event]:
    """Ask the state's service, then the portal for every place; one PROVE event each.

    The portal is asked even when the service refused: nobody outside knows the service's real form (domain.md), so a
    parent who can open a report outweighs our own reading of an answer. Raises CredentialMissing without a pair.
    """
    _, ours = story.newest()
    if story.doors.reports is None:
        yield _told(story, Proof(Probe.TOMS, Outcome.SKIPPED, story.doors.now(), detail="the direct check is off"))
    else:
        yield _told(story, story.doors.reports.prove(ours, story.doors.ssid))
    for place in _places(story):
        if story.doors.portal is None or place not in story.doors.provable:
            reason = "no parent account is set up for it"
            yield _told(story, Proof(Probe.PORTAL, Outcome.SKIPPED, story.doors.now(), place, reason))
        else:
            yield _told(story, _through_portal(story, story.doors.portal, place))


def _places(story: Story) -> list[str]:
    slot = story.standing.newest_slot
    written = {name for name, place in story.standing.places.items() if place.slot == slot or not place.slot}
    return sorted((written | story.doors.provable) - story.doors.own_pair, key=lambda place: (place != DISTRICT, place))


def _through_portal(story: Story, portal: Portal, place: str) -> Proof:
    try:
        return portal.prove(place)
    except Unreachable as problem:
        return Proof(Probe.PORTAL, Outcome.UNREACHABLE, story.doors.now(), place, problem.message)
    except PortalFailed as problem:
        return Proof(Probe.PORTAL, Outcome.NOT_UNDERSTOOD, story.doors.now(), place, problem.message)


def _told(story: Story, proof: Proof) -> Event:
    seen = {
        "asked": proof.asked,
        "content_type": proof.content_type,
        "size": "" if proof.size is None else str(proof.size),
        "looks_like_pdf": "" if proof.looks_like_pdf is None else "yes" if proof.looks_like_pdf else "no",
        "year": proof.year,
        "type": proof.type,
    }
    told = {name: value for name, value in seen.items() if value}
    return story.tell(
        Step.PROVE, Done(proof.outcome.value), proof.place, probe=proof.probe.value, reason=proof.detail, **told
    )


def proofs(events: Iterable[Event]) -> tuple[Proof, ...]:
    """The proofs that a run's events tell of."""
    return tuple(_proof(event) for event in events if event.step is Step.PROVE)


def _proof(event: Event) -> Proof:
    detail = event.detail
    return Proof(
        Probe(detail["probe"]),
        Outcome(event.outcome.value),
        event.at,
        event.place,
        detail["reason"],
        detail.get("asked", ""),
        detail.get("content_type", ""),
        int(detail["size"]) if "size" in detail else None,
        detail["looks_like_pdf"] == "yes" if "looks_like_pdf" in detail else None,
        detail.get("year", ""),
        detail.get("type", ""),
    )


def verdict(events: Iterable[Event], known: Known) -> Verdict:
    """What a run's events mean, given what was known before it."""
    return judge(proofs(events), known)

"""A check: test the newest credentials every way that is set up, and read every setting."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from ssrcred.domain import errors
from ssrcred.domain.credential import Credential
from ssrcred.domain.errors import Cause
from ssrcred.domain.event import WORKS, Event, Outcome, Step
from ssrcred.domain.evidence import LOG_IN_REFUSED, Look, Probe, Proof, Shows, Sight
from ssrcred.domain.outage import HERE
from ssrcred.domain.place import DISTRICT, Difference, KeySeen, Reading
from ssrcred.domain.report_kind import recorded
from ssrcred.domain.standing import TOMS
from ssrcred.domain.time_limit import Task
from ssrcred.workflows.workflow import Workflow

# Outcomes through the portal that may change by themselves: portals cache settings for some minutes (domain.md).
MAY_CHANGE: Final = frozenset({Outcome.REFUSED, Outcome.UNREACHABLE, Outcome.NOT_UNDERSTOOD})
# Seconds of one wait for the other thread: on Windows, Ctrl-C is only noticed between two waits.
PATIENCE_S: Final = 0.2


def probe(workflow: Workflow, *, direct: bool = True) -> Iterator[Event]:
    """Test with the state's service and, at the same time, through the portal; one PROVE event each, in this order.

    The portal is asked even when the service rejected: a parent who can open a report outweighs our reading of an
    answer. Without `direct` the service is left out, because it has just answered. Raises CredentialMissing.
    """
    slot, ours = workflow.newest()
    written = {
        name
        for name, place in workflow.standing.places.items()
        if place.outcome is not Outcome.LEFT and (place.unsure or place.slot in ("", slot))
    }
    once = set(workflow.standing.tried) - {TOMS}  # reported as skipped: what was seen then no longer counts
    wanted = (written | workflow.ports.provable) - workflow.ports.separate_schools
    places = sorted(wanted | once, key=lambda place: (place != DISTRICT, place))
    yield from _side_by_side(workflow, ours, direct=direct, places=places)


def ask_first(workflow: Workflow) -> Iterator[Event]:
    """Test the newest credentials with the state's service before saving them, if the direct check is on."""
    if workflow.ports.reports is not None:
        _, ours = workflow.newest()
        yield _told(workflow, _direct(workflow, ours)(), first="yes")


def again(workflow: Workflow, tried: Sequence[Proof]) -> Iterator[Event]:
    """Repeat the tests of `tried` that `may_change`. One PROVE event each."""
    _, ours = workflow.newest()
    changing = may_change(tried)
    places = [proof.place for proof in changing if proof.probe is Probe.PORTAL]
    yield from _side_by_side(workflow, ours, direct=len(places) < len(changing), places=places)


def may_change(tried: Sequence[Proof]) -> tuple[Proof, ...]:
    """Return the proofs of `tried` that may end otherwise in a while; () when waiting does not help.

    Never a sign-in or credentials that were rejected, which are not sent again, nor what somebody has to fix first.
    """
    if any(proof.probe is Probe.TOMS and proof.outcome is Outcome.REFUSED for proof in tried):
        return ()
    passing = [proof for proof in tried if proof.cause not in HERE]
    through = (proof for proof in passing if proof.probe is Probe.PORTAL and proof.outcome in MAY_CHANGE)
    direct = (proof for proof in passing if proof.probe is Probe.TOMS and proof.outcome is Outcome.UNREACHABLE)
    return (*direct, *(proof for proof in through if not proof.rejected_sign_in))


def merged(before: Sequence[Proof], later: Sequence[Proof]) -> tuple[Proof, ...]:
    """Return `before` with each proof replaced by the later one of the same way, if any."""
    newest = {(proof.probe, proof.place): proof for proof in later}
    return tuple(newest.get((proof.probe, proof.place), proof) for proof in before)


def look(workflow: Workflow, tried: Sequence[Proof]) -> Look:
    """Compare what every setting shows with our credentials; reads only, with one sign-in at most.

    Never raises because of the portal: the reason says why there was no look. There is none after a sign-in was
    rejected in this run.
    """
    portal = workflow.ports.portal
    if portal is None:
        return Look(reason="no portal is set up", no_portal=True)
    if any(proof.rejected_sign_in for proof in tried):
        return Look(reason="a sign-in was rejected, so no other was tried")
    through = [proof for proof in tried if proof.probe is Probe.PORTAL and proof.outcome is not Outcome.SKIPPED]
    # Where a parent could not even reach the portal, the office cannot either.
    lost = [one for one in through if one.outcome is Outcome.UNREACHABLE and one.cause is not Cause.STATE_SERVICE]
    if through and lost == through:
        return Look(reason="SchoolWise cannot be reached", cause=through[0].cause)
    _, ours = workflow.newest()
    differences: tuple[Difference, ...] = ()
    reason = ""
    try:
        try:
            readings = portal.places()
        except errors.PageChanged as change:
            readings, differences, reason = change.readings, change.differences, _in_words(change)
        inheriting = tuple(reading.place for reading in readings if reading.inherits)
        # Neither schools that are not ours to judge, nor those that use the district's credentials.
        judged = [one for one in readings if one.place not in {*workflow.ports.separate_schools, *inheriting}]
        sights = tuple(Sight(one.place, _shows(one, ours)) for one in judged)
        return Look(sights, reason, inheriting=inheriting, differences=differences)
    except errors.NotConfirmed as stop:
        return Look(reason=_in_words(stop), unconfirmed=True)
    except errors.LoginRefused:
        return Look(reason="SchoolWise rejected the password of the office account", cause=Cause.LOGIN_REFUSED)
    except (errors.CredentialMissing, errors.PortalFailed, errors.Unreachable, errors.UsageWrong) as problem:
        cause = problem.cause if isinstance(problem, errors.Unreachable) else Cause.UNKNOWN
        return Look(reason=_in_words(problem), cause=cause)


def _in_words(problem: errors.SsrcredError) -> str:
    """Return an error's message as a clause."""
    return problem.message[:1].lower() + problem.message[1:].rstrip(".")


def recognized(workflow: Workflow, tried: Sequence[Proof], looked: Look) -> Iterator[Event]:
    """Record each setting that holds the newest credentials although we did not save them: somebody typed them in.

    The page shows user name and key, or our user name while the credentials work there: an LEA has only one valid set.
    Also records each school that somebody blanked while a rotation waits for it.
    """
    direct = any(proof.probe is Probe.TOMS and proof.outcome in WORKS for proof in tried)
    works = {proof.place for proof in tried if proof.probe is Probe.PORTAL and proof.outcome in WORKS}
    shown = {sight.place for sight in looked.sights}
    inheriting = {place for place in works - shown if not looked.changed(place)}
    works |= {DISTRICT} if inheriting else set()  # a school without credentials of its own uses the district's
    for sight in looked.sights:
        by_proof = sight.shows is Shows.SAME_USERNAME and direct and sight.place in works
        if (sight.shows is Shows.OURS or by_proof) and not workflow.standing.holds_newest(sight.place):
            slot, ours = workflow.newest()
            yield workflow.tell(Step.WRITE, Outcome.SKIPPED, sight.place, slot=slot, username=ours.username)
    for school in looked.inheriting if workflow.standing.rotation is not None and not workflow.standing.waiting else ():
        if school in workflow.standing.places:
            yield workflow.tell(Step.CLEAR, Outcome.CLEARED, school)


def _shows(reading: Reading, ours: Credential) -> Shows:
    if reading.blank:
        # A key without a user name may be there; that is not ours either.
        return Shows.BLANK
    if reading.username != ours.username or reading.key_seen is KeySeen.BLANK:
        return Shows.OTHER
    if reading.key is None:
        return Shows.SAME_USERNAME
    return Shows.OURS if reading.key.matches(ours.secret) else Shows.OTHER


def _side_by_side(workflow: Workflow, ours: Credential, *, direct: bool, places: Sequence[str]) -> Iterator[Event]:
    """Ask the service in another thread: a browser, and a person, stay in the thread that they began in."""
    ask = _direct(workflow, ours) if direct else None
    if ask is not None and workflow.ports.reports is not None and places:
        # A daemon thread: Ctrl-C does not wait for it.
        future = Task(ask, "ssrcred-direct-check")

        def ask() -> Proof:
            while not future.done_within(PATIENCE_S):
                pass
            return future.result()

    seen: list[Proof] = []
    stopped: errors.SsrcredError | None = None
    try:
        seen.extend(_through(workflow, place) for place in places)
    except errors.SsrcredError as problem:
        stopped = problem  # the answer of the service is reported anyway
    if ask is not None:
        yield _told(workflow, ask())
    for proof in seen:
        yield _told(workflow, proof)
    if stopped is not None:
        raise stopped


def _direct(workflow: Workflow, ours: Credential) -> Callable[[], Proof]:
    reports, ssid = workflow.ports.reports, workflow.ports.ssid
    if reports is None:
        return lambda: Proof(Probe.TOMS, Outcome.SKIPPED, workflow.ports.now(), detail="the direct check is off")
    return lambda: reports.prove(ours, ssid)


def _through(workflow: Workflow, place: str) -> Proof:
    portal = workflow.ports.portal

    def without(outcome: Outcome, detail: str, cause: Cause = Cause.UNKNOWN, asked: str = "") -> Proof:
        return Proof(Probe.PORTAL, outcome, workflow.ports.now(), place, detail, asked, cause=cause)

    if place in workflow.ports.separate_schools:
        return without(Outcome.SKIPPED, "it has credentials of its own")
    if portal is None or place not in workflow.ports.provable:
        return without(Outcome.SKIPPED, "no parent account is set up for it")
    try:
        return portal.prove(place)
    # The account is in trouble and not the credentials, so it is no rejection of these.
    except errors.LoginRefused:
        return without(Outcome.NOT_UNDERSTOOD, LOG_IN_REFUSED, Cause.LOGIN_REFUSED, "a sign-in")
    except errors.Unreachable as problem:
        return without(Outcome.UNREACHABLE, problem.message, problem.cause)
    except errors.PortalFailed as problem:
        skipped = isinstance(problem, errors.PersonNeeded) and not problem.asked
        return without(Outcome.SKIPPED if skipped else Outcome.NOT_UNDERSTOOD, problem.message)


def _told(workflow: Workflow, proof: Proof, **more: str) -> Event:
    seen = {
        "asked": proof.asked,
        "content_type": proof.content_type,
        "size": "" if proof.size is None else str(proof.size),
        "looks_like_pdf": "" if proof.looks_like_pdf is None else "yes" if proof.looks_like_pdf else "no",
        "year": proof.year,
        "type": proof.type,
        "taken": "yes" if proof.taken else "",
        "cause": proof.cause.value,
        "status": "" if proof.status is None else str(proof.status),
        "reports": "; ".join(map(str, proof.reports)),
    }
    told = {name: value for name, value in seen.items() if value} | more
    return workflow.tell(Step.PROVE, proof.outcome, proof.place, probe=proof.probe.value, reason=proof.detail, **told)


def proofs(events: Iterable[Event]) -> tuple[Proof, ...]:
    """Return the proofs that events tell of."""
    return tuple(
        Proof(
            Probe(event.detail["probe"]),
            event.outcome,
            event.at,
            event.place,
            event.detail["reason"],
            event.detail.get("asked", ""),
            event.detail.get("content_type", ""),
            int(event.detail["size"]) if "size" in event.detail else None,
            event.detail["looks_like_pdf"] == "yes" if "looks_like_pdf" in event.detail else None,
            event.detail.get("year", ""),
            event.detail.get("type", ""),
            taken="taken" in event.detail,
            cause=Cause(event.detail.get("cause", "")),
            status=int(event.detail["status"]) if "status" in event.detail else None,
            reports=recorded(event.detail.get("reports", "")),
        )
        for event in events
        if event.step is Step.PROVE
    )

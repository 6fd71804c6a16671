"""The workflow of a check: side by side, in one order, with one look at the places, and nothing sent twice in vain."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from pretend import BLANK_SCHOOL, SCHOOL, START, MemoryPortal, Service, World, login_refused, made_up
from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.errors import (
    Cause,
    CredentialMissing,
    NotConfirmed,
    PageChanged,
    PageNotUnderstood,
    Unreachable,
    UsageWrong,
)
from ssrcred.domain.event import Event, Outcome
from ssrcred.domain.evidence import LOG_IN_REFUSED, Evidence, Known, Look, Probe, Proof, Shows, VerdictName
from ssrcred.domain.place import DISTRICT, Difference, KeySeen, Kind, PlaceStanding, Reading, What
from ssrcred.domain.standing import Standing
from ssrcred.domain.verdict import judge
from ssrcred.workflows import verification
from ssrcred.workflows.workflow import Workflow
from waiting import HUNG_S

O = Outcome  # noqa: E741  # shorter tables


@pytest.fixture
def world() -> World:
    """The pair is stored and current, and every place holds it."""
    world = World()
    world.vault.slots["pair-0001"] = world.new
    world.standing = Standing(current="pair-0001", generated_at=START)
    world.portal = MemoryPortal(world.service, world.new, world.new)
    return world


def probed(world: World) -> tuple[Workflow, list[Event]]:
    workflow = world.workflow()
    return workflow, world.follow(workflow, verification.probe(workflow))


def outcomes(happened: list[Event]) -> list[tuple[str, str]]:
    return [(event.place, event.outcome.value) for event in happened]


def test_the_service_is_told_first_and_then_each_place(world: World) -> None:
    _, happened = probed(world)
    assert outcomes(happened) == [("", "proved"), (DISTRICT, "proved"), (SCHOOL, "proved")]


class Meeting(Service):
    """A service that answers only once the portal is asked too; who waits in vain fails the test."""

    def __init__(self, valid: Credential, barrier: threading.Barrier) -> None:
        super().__init__(valid)
        self.barrier = barrier

    def prove(self, credential: Credential, ssid: SecretKey | None) -> Proof:
        self.barrier.wait(timeout=HUNG_S)
        return super().prove(credential, ssid)


class MeetingPortal(MemoryPortal):
    """The portal of that meeting; `threads` are those in which it was asked."""

    def __init__(self, service: Service, pair: Credential, barrier: threading.Barrier) -> None:
        super().__init__(service, pair)
        self.barrier = barrier
        self.threads: set[int] = set()

    def prove(self, place: str) -> Proof:
        self.threads.add(threading.get_ident())
        if place == DISTRICT:
            self.barrier.wait(timeout=HUNG_S)
        return super().prove(place)


def test_the_service_and_the_portal_are_asked_side_by_side_and_the_portal_in_the_callers_thread(world: World) -> None:
    barrier = threading.Barrier(2)
    world.service = Meeting(world.new, barrier)
    world.portal = portal = MeetingPortal(world.service, world.new, barrier)
    _, happened = probed(world)
    assert outcomes(happened) == [("", "proved"), (DISTRICT, "proved"), (SCHOOL, "proved")]
    assert portal.threads == {threading.get_ident()}


def test_without_a_portal_no_thread_is_begun(world: World) -> None:
    world.provable = frozenset()
    asked: list[int] = []
    world.service.prove = lambda credential, ssid: (  # type: ignore[method-assign]
        asked.append(threading.get_ident()) or Proof(Probe.TOMS, O.PROVED, START)  # type: ignore[func-returns-value]
    )
    _, happened = probed(world)
    assert outcomes(happened) == [("", "proved")] and asked == [threading.get_ident()]


def test_what_stops_the_portal_does_not_hide_what_the_service_said(world: World) -> None:
    world.portal.broken[f"prove {SCHOOL}"] = UsageWrong("No browser is here.", state="s", hint="h")
    workflow = world.workflow()
    happened: list[Event] = []
    with pytest.raises(UsageWrong, match="No browser"):
        for event in verification.probe(workflow):
            happened.append(event)
    assert outcomes(happened) == [("", "proved"), (DISTRICT, "proved")]


def test_a_bug_in_the_other_thread_comes_out_of_it(world: World) -> None:
    class Broken(Service):
        def prove(self, credential: Credential, ssid: SecretKey | None) -> Proof:
            raise ZeroDivisionError

    world.service = Broken(world.new)
    with pytest.raises(ZeroDivisionError):
        probed(world)


def test_ctrl_c_at_the_portal_does_not_wait_for_the_service(world: World) -> None:
    release, waited_for = threading.Event(), threading.Event()

    class Slow(Service):
        def prove(self, credential: Credential, ssid: SecretKey | None) -> Proof:
            if not release.wait(60):
                waited_for.set()  # whoever waits for this answer comes back only now
            return super().prove(credential, ssid)

    class Stopped(MemoryPortal):
        def prove(self, place: str) -> Proof:
            raise KeyboardInterrupt

    world.service = Slow(world.new)
    world.portal = Stopped(world.service, world.new)
    with pytest.raises(KeyboardInterrupt):
        probed(world)
    assert not waited_for.is_set()
    release.set()


def test_a_refused_log_in_names_nobody(world: World) -> None:
    world.portal.broken[f"prove {DISTRICT}"] = login_refused()
    _, happened = probed(world)
    proof = verification.proofs(happened)[1]
    assert (proof.outcome, proof.detail, proof.cause) == (O.NOT_UNDERSTOOD, LOG_IN_REFUSED, Cause.LOGIN_REFUSED)


def test_other_trouble_of_the_portal_is_an_outcome(world: World) -> None:
    world.portal.broken[f"prove {DISTRICT}"] = PageNotUnderstood("No such button.", state="s", hint="h")
    lost = Unreachable("It does not answer.", state="s", hint="h", cause=Cause.CERTIFICATE)
    world.portal.broken[f"prove {SCHOOL}"] = lost
    _, happened = probed(world)
    assert outcomes(happened)[1:] == [(DISTRICT, "not_understood"), (SCHOOL, "unreachable")]
    assert [one.cause for one in verification.proofs(happened)] == [Cause.UNKNOWN, Cause.UNKNOWN, Cause.CERTIFICATE]


def test_what_was_seen_goes_through_the_event_whole() -> None:
    world = World()
    workflow = world.workflow()
    for pdf in (True, False, None):
        said = ("d", "the button", "application/pdf", 9, pdf, "2024-25", "ELPAC", bool(pdf), Cause.BUSY, 429)
        seen = Proof(Probe.PORTAL, O.PROVED, START, DISTRICT, *said)
        [told] = verification.proofs([verification._told(workflow, seen)])
        assert replace(told, at=START) == seen


# Trying again.


def proof(outcome: Outcome, place: str = DISTRICT, probe: Probe = Probe.PORTAL, cause: Cause = Cause.UNKNOWN) -> Proof:
    return Proof(probe, outcome, START, place, cause=cause)


@pytest.mark.parametrize(
    ("tried", "expected"),
    [
        ([proof(O.PROVED)], 0),
        ([proof(O.REFUSED)], 1),
        ([proof(O.UNREACHABLE), proof(O.NOT_UNDERSTOOD, SCHOOL)], 2),
        ([proof(O.SKIPPED), proof(O.NO_REPORT, SCHOOL)], 0),
        ([proof(O.NOT_UNDERSTOOD, cause=Cause.LOGIN_REFUSED)], 0),
        ([proof(O.UNREACHABLE, cause=Cause.DOWN), proof(O.UNREACHABLE, "", Probe.TOMS, Cause.SILENT)], 2),
        ([proof(O.UNREACHABLE, cause=Cause.NAME), proof(O.UNREACHABLE, "", Probe.TOMS, Cause.CERTIFICATE)], 0),
        ([proof(O.UNREACHABLE, "", Probe.TOMS), proof(O.REFUSED)], 2),
        ([proof(O.NOT_UNDERSTOOD, "", Probe.TOMS)], 0),
        ([proof(O.REFUSED, "", Probe.TOMS), proof(O.REFUSED)], 0),
    ],
)
def test_only_what_may_end_otherwise_and_locks_nothing_is_tried_again(tried: list[Proof], expected: int) -> None:
    assert len(verification.may_change(tried)) == expected


def test_again_asks_the_places_that_refused_and_nothing_else(world: World) -> None:
    world.portal.held[DISTRICT] = made_up("another")
    workflow, happened = probed(world)
    before = verification.proofs(happened)
    assert [one.outcome for one in before] == [O.PROVED, O.REFUSED, O.PROVED]
    world.portal.held[DISTRICT] = world.new
    later = verification.proofs(world.follow(workflow, verification.again(workflow, before)))
    assert [(one.probe, one.place, one.outcome) for one in later] == [(Probe.PORTAL, DISTRICT, O.PROVED)]
    assert len(world.service.asked) == 1
    merged = verification.merged(before, later)
    assert [one.outcome for one in merged] == [O.PROVED] * 3 and merged[1].at > before[1].at


def test_again_asks_a_service_that_was_not_reached(world: World) -> None:
    workflow = world.workflow()
    before = (proof(O.UNREACHABLE, "", Probe.TOMS), proof(O.PROVED))
    assert outcomes(world.follow(workflow, verification.again(workflow, before))) == [("", "proved")]


# The look.


def looked(world: World) -> Look:
    workflow, happened = probed(world)
    return verification.look(workflow, verification.proofs(happened))


def test_a_look_holds_every_place_against_our_pair(world: World) -> None:
    look = looked(world)
    assert (look.at(DISTRICT), look.at(SCHOOL)) == (Shows.SAME_USERNAME, Shows.SAME_USERNAME)
    assert look.inheriting == (BLANK_SCHOOL,)
    assert look.at(BLANK_SCHOOL) is None, "it uses the district's pair"
    world.portal.shows_keys = True
    world.portal.held[SCHOOL] = world.old
    look = looked(world)
    assert (look.at(DISTRICT), look.at(SCHOOL)) == (Shows.OURS, Shows.OTHER)
    world.portal.held |= {DISTRICT: None, SCHOOL: made_up("theirs", username="somebody")}
    look = looked(world)
    assert (look.at(DISTRICT), look.at(SCHOOL)) == (Shows.BLANK, Shows.OTHER)
    assert world.portal.saves == [], "a look reads only"


def test_what_a_parent_saw_no_longer_counts_once_that_account_is_taken_away(world: World) -> None:
    world.provable = frozenset({BLANK_SCHOOL})
    world.portal.portal_outcome = O.REFUSED
    probed(world)
    assert world.standing.refused == (BLANK_SCHOOL,)
    world.provable = frozenset()
    _, happened = probed(world)
    assert (BLANK_SCHOOL, "skipped") in outcomes(happened) and not world.standing.tried.get(BLANK_SCHOOL)
    _, happened = probed(world)
    assert outcomes(happened) == [("", "proved")], "told once"


def test_a_user_name_without_a_key_is_not_our_pair(world: World) -> None:
    class Half(MemoryPortal):
        def places(self) -> tuple[Reading, ...]:
            return (Reading(DISTRICT, Kind.DISTRICT, "madeup-user", KeySeen.BLANK),)

    world.portal = Half(world.service, world.new)
    assert looked(world).at(DISTRICT) is Shows.OTHER


def test_a_school_with_a_pair_of_its_own_is_not_looked_at(world: World) -> None:
    world.separate_schools = frozenset({SCHOOL})
    assert looked(world).at(SCHOOL) is None


def test_after_a_refused_log_in_there_is_no_look(world: World) -> None:
    world.portal.broken[f"prove {SCHOOL}"] = login_refused()
    assert "rejected" in looked(world).reason and world.portal.visits == 0


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (login_refused(), "SchoolWise rejected the password of the office account"),
        (CredentialMissing("No password is stored.", state="s", hint="h"), "no password is stored"),
        (Unreachable("It does not answer.", state="s", hint="h"), "it does not answer"),
        (PageNotUnderstood("A page is new.", state="s", hint="h"), "a page is new"),
        (UsageWrong("No browser could be started.", state="s", hint="h"), "no browser could be started"),
    ],
)
def test_a_look_that_cannot_be_had_says_why(world: World, trouble: Exception, reason: str) -> None:
    world.portal.broken["log-in"] = trouble
    look = looked(world)
    assert look.reason == reason and not look.sights


def test_a_portal_that_reaches_no_service_is_looked_at_all_the_same(world: World) -> None:
    workflow = world.workflow()
    behind = (proof(O.UNREACHABLE, cause=Cause.STATE_SERVICE),)
    assert verification.look(workflow, behind).sights
    assert verification.look(workflow, (proof(O.UNREACHABLE, cause=Cause.DOWN),)).cause is Cause.DOWN


def test_why_the_office_could_not_look_is_kept_apart_from_its_words(world: World) -> None:
    for trouble, cause in (
        (login_refused(), Cause.LOGIN_REFUSED),
        (Unreachable("It does not answer.", state="s", hint="h", cause=Cause.NAME), Cause.NAME),
        (PageNotUnderstood("A page is new.", state="s", hint="h"), Cause.UNKNOWN),
    ):
        world.portal.broken["log-in"] = trouble
        assert looked(world).cause is cause


def test_a_portal_that_no_parent_could_reach_is_not_asked_again(world: World) -> None:
    world.portal.portal_outcome, world.portal.portal_cause = O.UNREACHABLE, Cause.SILENT
    assert looked(world).reason == "SchoolWise cannot be reached" and world.portal.visits == 0


def test_settings_that_nobody_confirmed_are_told_and_the_verdict_rests_on_the_rest(world: World) -> None:
    world.portal.broken["log-in"] = NotConfirmed("Nobody has confirmed it yet.", state="s", hint="h")
    found = looked(world)
    assert (found.unconfirmed, found.reason, found.sights) == (True, "nobody has confirmed it yet", ())
    good = judge([proof(Outcome.PROVED, "", Probe.TOMS)], Known(300, look=found))
    assert (good.name, good.exit_code, good.blocked) == (VerdictName.WORKING, 0, False)
    assert good.headline == "The credentials work. The settings in SchoolWise were not compared."
    assert good.sentence == f"{good.headline} Nobody has confirmed yet which fields there hold the credentials."
    assert good.next == "Before the next rotation, confirm the fields: ssrcred portal confirm."
    bad = judge([proof(Outcome.REFUSED, "", Probe.TOMS)], Known(-1, look=found))
    assert (bad.name, bad.command) == (VerdictName.EXPIRED, "ssrcred rotate[lea]")
    assert bad.headline == "The credentials have expired. The settings in SchoolWise were not compared."


def test_a_school_whose_page_changed_is_not_taken_for_one_that_uses_the_districts_setting(world: World) -> None:
    reading = Reading(DISTRICT, Kind.DISTRICT, "made_up_other", KeySeen.HIDDEN)
    change = (Difference(SCHOOL, What.LABEL, "Key", "Code"),)
    world.portal.broken["log-in"] = PageChanged(
        "It changed.", state="s", hint="h", differences=change, readings=(reading,)
    )
    found = looked(world)
    assert [sight.place for sight in found.sights] == [DISTRICT]
    assert (found.differences, found.unconfirmed, found.reason) == (change, False, "it changed")
    seen = Evidence([], Known(300, look=found))
    assert (seen.shows(DISTRICT), seen.shows(SCHOOL), seen.shows(BLANK_SCHOOL)) == (Shows.OTHER, None, Shows.OTHER)


def test_without_a_portal_there_is_no_look(world: World) -> None:
    workflow = world.workflow()
    workflow.ports = replace(workflow.ports, portal=None)
    assert verification.look(workflow, ()).reason == "no portal is set up"


def test_what_is_not_set_up_is_skipped_with_its_reason(world: World) -> None:
    world.direct, world.provable = False, frozenset({SCHOOL})
    world.standing = replace(
        world.standing, places={DISTRICT: PlaceStanding(Outcome.WRITTEN, START, "pair-0001", "madeup-user")}
    )
    _, happened = probed(world)
    assert outcomes(happened) == [("", "skipped"), (DISTRICT, "skipped"), (SCHOOL, "proved")]
    assert [one.detail for one in verification.proofs(happened)][:2] == [
        "the direct check is off",
        "no parent account is set up for it",
    ]

"""What a standing amounts to on a day, and how standings survive being written down."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pretend import START, World
from ssrcred.domain.event import Event, Outcome, Step
from ssrcred.domain.lea_status import EXIT_CODES, Condition, State, condition, refused, worst, worst_first
from ssrcred.domain.standing import Rotation, Standing, Tried, slot_name, slot_number
from ssrcred.workflows import rotation

ZONE = "America/Los_Angeles"
HELD = Standing(current="pair-0001", generated_at=START)


def state_after(days: int, standing: Standing = HELD) -> State:
    return condition("lincoln", "Made-up LEA", 365, ZONE, standing, START + timedelta(days=days)).state


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (0, State.FINE),
        (304, State.FINE),
        (305, State.DUE),
        (343, State.DUE),
        (344, State.CRITICAL),
        (365, State.CRITICAL),
        (366, State.EXPIRED),
    ],
)
def test_the_state_follows_the_days(age: int, expected: State) -> None:
    assert state_after(age) is expected


def test_refused_and_unfinished_come_before_the_days() -> None:
    refused = replace(HELD, tried={"toms": Tried(Outcome.REFUSED, START)})
    assert state_after(0, refused) is State.REFUSED
    unfinished = replace(HELD, rotation=Rotation("pair-0002", Outcome.ASKED, START))
    assert state_after(0, unfinished) is State.UNFINISHED


def test_nothing_stored_is_unknown() -> None:
    before = condition("lincoln", "Made-up LEA", 365, ZONE, Standing(), START)
    assert before.state is State.UNKNOWN
    assert before.days_left is None and before.expires_at is None


def test_the_exit_codes_follow_the_monitoring_convention() -> None:
    assert [EXIT_CODES[state] for state in State] == [0, 1, 3, 2, 2, 2, 2]


def test_the_worst_of_many_is_the_last_in_the_list() -> None:
    assert worst((State.FINE, State.REFUSED, State.DUE)) is State.REFUSED
    assert worst((State.UNKNOWN, State.DUE)) is State.UNKNOWN
    assert worst((State.UNKNOWN, State.CRITICAL)) is State.CRITICAL
    assert worst(()) is State.UNKNOWN


def test_the_first_of_many_is_what_to_do_first() -> None:
    def lea(key: str, state: State, days_left: int | None) -> Condition:
        one = Condition(key, key, 365, ZONE)
        one.state, one.days_left = state, days_left
        return one

    ordered = [
        lea("a", State.REFUSED, 300),
        lea("b", State.EXPIRED, -9),
        lea("c", State.EXPIRED, -1),
        lea("d", State.UNKNOWN, 0),
        lea("e", State.UNKNOWN, None),
        lea("f", State.FINE, 200),
        lea("g", State.FINE, 200),
    ]
    assert worst_first(reversed(ordered)) == ordered


def test_a_standing_survives_being_written_down_after_every_event() -> None:
    world = World()
    world.vault.refuse = 1
    workflow = world.workflow()
    happening = rotation.rotate(workflow, world.capture, world.hold)
    for _ in happening:
        assert Standing.from_json(workflow.standing.to_json()) == workflow.standing
        assert agrees(workflow.standing)
    assert Standing.from_json(None) == Standing()


def agrees(standing: Standing) -> bool:
    """Whether a condition, which reads the record as it is kept, says what the standing says."""
    one = condition("lincoln", "Made-up LEA", 365, ZONE, standing, START)
    stored = standing.rotation is not None and standing.rotation.stored
    newest = standing.rotation if stored and standing.rotation is not None else standing
    return (one.generated_at, one.proved_at, refused(standing.to_json()), one.standing) == (
        newest.generated_at,
        standing.proved_at,
        standing.refused,
        standing,
    )


def test_a_condition_reads_a_record_as_the_standing_does() -> None:
    later = START + timedelta(days=1)
    tries = {"toms": Tried(Outcome.REFUSED, START), "district": Tried(Outcome.REFUSED, START)}
    for rotation_under_way in (
        None,
        Rotation("pair-0002", Outcome.ASKED, START),
        Rotation("pair-0002", Outcome.STORED, START, later),
    ):
        for standing in (Standing(), HELD, replace(HELD, tried=tries, proved_at=later)):
            assert agrees(replace(standing, rotation=rotation_under_way))


def after_another_was_given_up() -> Standing:
    world = World()
    world.standing = replace(HELD, worked_at=START, proved_at=START, slots_used=1)
    workflow = world.workflow()
    world.follow(workflow, rotation.store(workflow, world.capture, world.hold))
    assert workflow.standing.proved_at is None, "of the new pair"
    workflow = world.workflow()
    world.follow(workflow, rotation.abandon(workflow))
    return world.standing


def test_what_was_known_of_a_pair_comes_back_when_a_newer_one_is_given_up() -> None:
    standing = after_another_was_given_up()
    assert (standing.current, standing.proved_at) == ("pair-0001", START)
    assert Standing.from_json(standing.to_json()) == standing
    assert state_after(0, standing) is State.UNKNOWN and state_after(344, standing) is State.CRITICAL
    proved = standing.after(Event(Step.PROVE, Outcome.PROVED, START + timedelta(days=1), detail={"probe": "toms"}))
    assert state_after(1, proved) is State.FINE


def test_a_first_pair_that_is_given_up_leaves_none() -> None:
    world = World()
    workflow = world.workflow()
    world.follow(workflow, rotation.store(workflow, world.capture, world.hold))
    workflow = world.workflow()
    world.follow(workflow, rotation.abandon(workflow))
    assert world.standing.given_up_at is None and world.standing.proved_at is None
    found = condition("lincoln", "Made-up LEA", 365, ZONE, world.standing, START)
    assert found.why == "no credentials are stored here yet"


def test_a_memory_of_before_this_was_kept_is_read() -> None:
    record = after_another_was_given_up().to_json()
    del record["worked_at"], record["given_up_at"]
    assert Standing.from_json(record).current == "pair-0001"
    assert refused(record) == ()


def test_slots_are_counted() -> None:
    assert slot_name(7) == "pair-0007"
    assert slot_number(slot_name(12345)) == 12345


def test_events_that_do_not_fit_change_nothing() -> None:
    at = START
    for event in (
        Event(Step.MINT, Outcome.ASKED, at),
        Event(Step.STORE, Outcome.HELD, at),
        Event(Step.ABANDON, Outcome.ABANDONED, at),
        Event(Step.PROVE, Outcome.SKIPPED, at),
        Event(Step.WRITE, Outcome.LEFT, at, "a school"),
    ):
        assert HELD.after(event) == HELD


def test_a_pair_proved_later_is_known_to_work_since() -> None:
    proved = HELD.after(Event(Step.PROVE, Outcome.PROVED, START + timedelta(days=1), detail={"probe": "toms"}))
    assert proved.proved_at == START + timedelta(days=1)
    refused = proved.after(Event(Step.PROVE, Outcome.REFUSED, START + timedelta(days=2), detail={"probe": "toms"}))
    assert refused.proved_at == START + timedelta(days=1)
    assert refused.refused == ("toms",)

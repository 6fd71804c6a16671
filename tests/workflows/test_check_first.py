"""Before anything is written the state's service is asked: a key that it refuses replaces none that works."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pretend import SCHOOL, World, made_up
from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.errors import CredentialRefused, Unfinished, Unreachable
from ssrcred.domain.event import Event, Outcome
from ssrcred.domain.place import DISTRICT
from ssrcred.workflows import rotation, upload, verification

ACCEPTED = (Outcome.PROVED, Outcome.ACCEPTED, Outcome.NO_REPORT)
NO_ANSWER = (Outcome.UNREACHABLE, Outcome.NOT_UNDERSTOOD, Outcome.SKIPPED)


@pytest.fixture
def world() -> World:
    return World()


def half(world: World) -> Credential:
    """The new pair with half of its key."""
    return replace(world.new, secret=SecretKey(world.new.secret.reveal()[:10]))


def rotate(world: World, **how: bool) -> list[Event]:
    workflow = world.workflow()
    taken = rotation.Taken(**how)  # type: ignore[arg-type]
    return world.follow(workflow, rotation.rotate(workflow, world.capture, world.hold, taken=taken))


def store(world: World, **how: bool) -> None:
    workflow = world.workflow()
    world.follow(workflow, rotation.store(workflow, world.capture, world.hold, rotation.Taken(**how)))  # type: ignore[arg-type]


def resume(world: World, **how: bool) -> list[Event]:
    workflow = world.workflow()
    taken = rotation.Taken(**how)  # type: ignore[arg-type]
    return world.follow(workflow, rotation.resume(workflow, world.capture, world.hold, taken=taken))


def write(world: World, *only: str, any_length: bool = False) -> list[Event]:
    workflow = world.workflow()
    return world.follow(workflow, upload.write(workflow, frozenset(only) or None, any_length=any_length))


@pytest.mark.parametrize("way", [rotate, resume, write])
def test_a_refused_pair_is_written_nowhere_and_its_rotation_is_closed(world: World, way: object) -> None:
    world.new = made_up("mistyped")
    if way is not rotate:
        store(world)
    with pytest.raises(CredentialRefused) as caught:
        way(world)  # type: ignore[operator]
    assert world.portal.saves == [] and world.standing.rotation is None and world.standing.bad == ("pair-0001",)
    assert "Nothing was written" in caught.value.state and "ssrcred store" in caught.value.hint
    assert len(world.service.asked) == 1, "it is not sent again"


@pytest.mark.parametrize("outcome", ACCEPTED)
def test_an_accepted_pair_is_asked_about_once(world: World, outcome: Outcome) -> None:
    world.service.answer = outcome
    rotate(world)
    assert len(world.service.asked) == 1 and world.standing.rotation is None


@pytest.mark.parametrize("outcome", NO_ANSWER)
def test_no_answer_goes_on_and_is_asked_for_again_at_the_end(world: World, outcome: Outcome) -> None:
    world.service.answer = outcome
    world.portal.portal_outcome = Outcome.PROVED
    rotate(world)
    assert world.portal.saves == [DISTRICT, SCHOOL] and world.standing.rotation is None
    assert len(world.service.asked) == 2


def test_where_nothing_has_to_be_written_nothing_is_asked_first(world: World) -> None:
    rotate(world)
    asked = len(world.service.asked)
    assert [event.outcome for event in write(world)] == [Outcome.SKIPPED, Outcome.SKIPPED]
    assert len(world.service.asked) == asked


@pytest.mark.parametrize("only", [(), (SCHOOL,)])
def test_a_current_pair_that_is_dead_replaces_none(world: World, only: tuple[str, ...]) -> None:
    rotate(world)
    world.portal.saves.clear()
    theirs = made_up("theirs", username="somebody-else")
    world.portal.held |= {DISTRICT: theirs, SCHOOL: theirs}
    world.service.valid = theirs
    with pytest.raises(CredentialRefused, match="so they were not saved"):
        write(world, *only)
    assert world.portal.saves == [] and world.standing.current == "pair-0001" and world.standing.bad == ()


def test_while_a_rotation_waits_for_its_key_the_dead_pair_is_not_written(world: World) -> None:
    rotate(world)
    world.portal.saves.clear()
    world.service.valid = world.new = made_up("newer")
    world.portal.held[SCHOOL] = world.old
    workflow = world.workflow()
    for event in rotation.rotate(workflow, world.capture, world.hold):
        world.standing = workflow.standing
        if event.outcome is Outcome.ASKED:
            break
    with pytest.raises(CredentialRefused):
        write(world, SCHOOL)
    assert world.portal.saves == [] and world.standing.waiting


def test_a_refusal_from_before_the_check_was_switched_off_does_not_count(world: World) -> None:
    world.provable = frozenset({DISTRICT})
    rotate(world)
    world.service.valid = None
    workflow = world.workflow()

    world.follow(workflow, verification.probe(workflow))
    world.direct = False
    world.portal.held[SCHOOL] = world.old
    assert [event.outcome for event in write(world, SCHOOL)] == [Outcome.WRITTEN]


# Half a key


def test_a_key_of_another_length_waits_for_the_state_where_nobody_looked_at_it(world: World) -> None:
    world.new = half(world)
    world.direct = False
    with pytest.raises(Unfinished, match="unusual length"):
        rotate(world)
    for way in (resume, write):
        with pytest.raises(Unfinished, match="unusual length") as caught:
            way(world)
        assert "--any-length" in caught.value.hint
    assert world.portal.saves == [] and world.vault.holds("pair-0001")
    assert [event.outcome for event in write(world, any_length=True)] == [Outcome.WRITTEN, Outcome.WRITTEN]


@pytest.mark.parametrize("outcome", [Outcome.UNREACHABLE, Outcome.NOT_UNDERSTOOD])
def test_no_answer_does_not_let_it_through(world: World, outcome: Outcome) -> None:
    world.service.answer = outcome
    world.new = half(world)
    with pytest.raises(Unfinished, match="unusual length"):
        rotate(world)
    assert world.portal.saves == []
    world.portal.portal_outcome = Outcome.PROVED
    resume(world, any_length=True)
    assert world.standing.rotation is None


def test_once_it_is_accepted_it_is_written(world: World) -> None:
    world.service.valid = world.new = half(world)
    rotate(world)
    assert world.standing.rotation is None
    world.service.valid = world.new = replace(made_up("newer"), secret=SecretKey("0123456789"))
    world.direct = False
    world.portal.portal_outcome = Outcome.PROVED
    rotate(world, unverified=True)
    assert world.standing.current == "pair-0002", "it has the length of the last one"


@pytest.mark.parametrize("word", ["length_seen", "any_length"])
def test_a_persons_word_when_it_is_stored_counts_for_later_runs(world: World, word: str) -> None:
    world.new = half(world)
    world.direct = False
    store(world, **{word: True})
    assert [event.outcome for event in write(world)] == [Outcome.WRITTEN, Outcome.WRITTEN]


def test_a_pair_that_a_kill_kept_from_the_ledger_is_looked_at_as_strictly(world: World) -> None:
    world.new = half(world)
    world.direct = False
    workflow = world.workflow()
    for event in rotation.rotate(workflow, world.capture, world.hold, taken=rotation.Taken(length_seen=True)):
        if event.outcome is Outcome.STORED:
            break
        world.standing = workflow.standing
    with pytest.raises(Unfinished, match="unusual length"):
        resume(world)


def test_a_portal_that_is_down_is_told_after_the_check_as_before(world: World) -> None:
    world.portal.broken[DISTRICT] = Unreachable("Down.", state="s", hint="h")
    with pytest.raises(Unfinished, match="district was not saved"):
        rotate(world)

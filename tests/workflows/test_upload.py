"""The workflow of the places: which are written, which are left, what clearing does."""

from __future__ import annotations

import pytest

from pretend import BLANK_SCHOOL, SCHOOL, MemoryPortal, World, made_up
from ssrcred.domain.credential import Credential
from ssrcred.domain.errors import CredentialMissing, InputRefused, Unfinished
from ssrcred.domain.event import Event, Outcome, Step
from ssrcred.domain.place import DISTRICT, Holds, Saved, Took, told_by
from ssrcred.workflows import rotation, upload, verification


@pytest.fixture
def world() -> World:
    world = World()
    workflow = world.workflow()
    world.follow(workflow, rotation.rotate(workflow, world.capture, world.hold))
    world.portal.saves.clear()
    return world


def write(world: World, *names: str) -> list[Event]:
    workflow = world.workflow()
    told = world.follow(workflow, upload.write(workflow, frozenset(names) if names else None))
    return [event for event in told if event.step is Step.WRITE]


def test_what_holds_the_pair_already_is_not_written_again(world: World) -> None:
    assert [event.outcome for event in write(world)] == [Outcome.SKIPPED, Outcome.SKIPPED]
    assert world.portal.saves == []


def test_a_hidden_key_that_was_saved_and_not_tested_is_neither_ours_nor_saved_again() -> None:
    world = World()
    world.provable = frozenset({DISTRICT})
    workflow = world.workflow()
    world.follow(workflow, rotation.rotate(workflow, world.capture, world.hold))
    assert [holding for _, holding in upload.survey(world.workflow())] == [Holds.OURS, Holds.HIDDEN, Holds.BLANK]
    world.portal.saves.clear()
    again = write(world)
    assert [(event.outcome, event.detail.get("seen")) for event in again] == [
        (Outcome.SKIPPED, None),
        (Outcome.SKIPPED, "cannot_be_seen"),
    ]
    assert world.portal.saves == []
    assert not world.standing.holds_newest(SCHOOL)
    world.provable = frozenset({DISTRICT, SCHOOL})
    workflow = world.workflow()
    world.follow(workflow, verification.probe(workflow))
    assert [holding for _, holding in upload.survey(world.workflow())] == [Holds.OURS, Holds.OURS, Holds.BLANK]


def test_a_test_that_works_with_credentials_the_service_refuses_confirms_no_place() -> None:
    world = World()
    world.provable = frozenset({DISTRICT})
    workflow = world.workflow()
    world.follow(workflow, rotation.rotate(workflow, world.capture, world.hold))
    world.service.answer = Outcome.REFUSED  # somebody regenerated, and saved theirs under the same user name
    world.portal.portal_outcome = Outcome.PROVED
    world.provable = frozenset({DISTRICT, SCHOOL})
    workflow = world.workflow()
    world.follow(workflow, verification.probe(workflow))
    assert [holding for _, holding in upload.survey(world.workflow())][1] is Holds.HIDDEN


class StillOld(MemoryPortal):
    """Answers a save, keeps nothing, and shows its keys: what stood there before stands there still."""

    def write(self, place: str, credential: Credential | None) -> Saved:
        """Save nothing."""
        self.saves.append(place)
        [before] = (reading for reading in self.places() if reading.place == place)
        return Saved(before, *told_by(before, before, credential)[:1])


def test_a_text_that_is_the_former_key_is_no_hidden_key(world: World) -> None:
    former = world.new
    world.new = made_up("newer")
    world.service.valid = world.new
    world.portal = StillOld(world.service, former, former)
    world.portal.shows_keys = True
    workflow = world.workflow()
    told: list[Event] = []
    with pytest.raises(Unfinished, match="was not saved"):
        for event in rotation.rotate(workflow, world.capture, world.hold):
            told.append(event)
    written = [event for event in told if event.step is Step.WRITE]
    assert [event.outcome for event in written] == [Outcome.FAILED, Outcome.FAILED]
    assert written[0].detail["reason"] == "it still shows the key from before"


def test_a_named_place_is_written_whatever_it_holds(world: World) -> None:
    world.portal.held[SCHOOL] = made_up("foreign", username="somebody-else")
    assert [event.outcome for event in write(world)] == [Outcome.SKIPPED, Outcome.LEFT]
    assert [event.outcome for event in write(world, SCHOOL.upper(), BLANK_SCHOOL)] == [Outcome.WRITTEN, Outcome.WRITTEN]
    assert sorted(world.portal.saves) == sorted([BLANK_SCHOOL, SCHOOL])


def test_a_named_place_whose_key_is_hidden_is_written_whatever_we_remember(world: World) -> None:
    world.portal.held[SCHOOL] = made_up("of another machine")  # under the same user name, as TOMS gives only one
    assert [event.outcome for event in write(world, SCHOOL)] == [Outcome.WRITTEN]
    assert world.portal.saves == [SCHOOL]
    world.portal.shows_keys = True
    assert [event.outcome for event in write(world, SCHOOL)] == [Outcome.SKIPPED]
    assert world.portal.saves == [SCHOOL]


def test_a_name_that_the_portal_does_not_have_is_refused_with_those_it_has(world: World) -> None:
    with pytest.raises(InputRefused, match=f"It has: district, {SCHOOL}"):
        write(world, "Nowhere School")
    assert world.portal.saves == []


def test_nothing_is_written_before_there_is_a_pair() -> None:
    with pytest.raises(CredentialMissing, match="No credentials are stored yet"):
        write(World())


def test_a_cleared_school_uses_the_districts_pair(world: World) -> None:
    workflow = world.workflow()
    assert [event.outcome for event in world.follow(workflow, upload.clear(workflow, SCHOOL))] == [Outcome.CLEARED]
    assert world.portal.held[SCHOOL] is None
    assert SCHOOL not in world.standing.places
    world.portal.saves.clear()
    workflow = world.workflow()
    assert [event.outcome for event in world.follow(workflow, upload.clear(workflow, SCHOOL))] == [Outcome.CLEARED]
    assert world.portal.saves == []


def test_a_school_that_does_not_go_blank_is_said_to_have_failed(world: World) -> None:
    world.portal.fate[SCHOOL] = (Took.DID_NOT_TAKE, True)
    workflow = world.workflow()
    assert [event.outcome for event in world.follow(workflow, upload.clear(workflow, SCHOOL))] == [Outcome.FAILED]


def test_the_district_is_never_cleared(world: World) -> None:
    workflow = world.workflow()
    with pytest.raises(InputRefused, match="cannot be cleared"):
        world.follow(workflow, upload.clear(workflow, DISTRICT))
    assert world.portal.saves == []


def test_a_survey_says_whose_pair_each_place_holds(world: World) -> None:
    assert [holding for _, holding in upload.survey(world.workflow())] == [Holds.OURS, Holds.OURS, Holds.BLANK]
    world.portal.held[SCHOOL] = made_up("foreign", username="somebody-else")
    assert [holding for _, holding in upload.survey(world.workflow())] == [Holds.OURS, Holds.OTHER, Holds.BLANK]


def test_without_a_portal_there_are_no_places(world: World) -> None:
    workflow = world.workflow()
    bare = type(workflow)(type(workflow.ports)(world.vault, None, None, world.clock), workflow.standing)
    assert upload.survey(bare) == ()
    assert list(upload.write(bare)) == []
    assert list(upload.clear(bare, SCHOOL)) == []

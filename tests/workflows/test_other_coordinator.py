"""Another coordinator regenerates while a rotation is open: what stopped working is never saved over what works."""

from __future__ import annotations

import pytest

from pretend import SCHOOL, World, made_up
from ssrcred.domain.errors import CredentialRefused, PlaceDrifted, SsrcredError, Unreachable
from ssrcred.domain.event import Event, Outcome
from ssrcred.domain.place import DISTRICT
from ssrcred.workflows import rotation, upload

THEIRS = made_up("of the other coordinator")


@pytest.fixture
def world() -> World:
    """A rotation that came as far as the district; the school could not be saved, so it is open."""
    world = World()
    world.portal.broken[SCHOOL] = Unreachable("Down.", state="s", hint="h")
    workflow = world.workflow()
    with pytest.raises(SsrcredError):
        world.follow(workflow, rotation.rotate(workflow, world.capture, world.hold))
    assert world.portal.saves == [DISTRICT] and world.standing.works_for_parents
    del world.portal.broken[SCHOOL]
    return world


def regenerate(world: World) -> None:
    """The other coordinator generates new credentials and saves them in SchoolWise."""
    world.service.valid = THEIRS
    world.portal.held |= {DISTRICT: THEIRS, SCHOOL: THEIRS}


def resume(world: World, *, replace: bool = False) -> list[Event]:
    workflow = world.workflow()
    return world.follow(workflow, rotation.resume(workflow, world.capture, world.hold, replace=replace))


def theirs_are_untouched(world: World) -> bool:
    held = world.portal.held
    return all((one := held[place]) is not None and one.matches(THEIRS) for place in (DISTRICT, SCHOOL))


@pytest.mark.parametrize("shows_keys", [True, False])
def test_resume_saves_nothing_that_the_service_rejects_although_a_parent_could_use_it_before(
    world: World, shows_keys: bool
) -> None:
    regenerate(world)
    world.portal.shows_keys = shows_keys
    with pytest.raises(CredentialRefused) as caught:
        resume(world)
    assert "Nothing was written" in caught.value.state and theirs_are_untouched(world)
    assert world.portal.saves == [DISTRICT] and world.standing.rotation is None


@pytest.mark.parametrize("silence", [Outcome.UNREACHABLE, Outcome.NOT_UNDERSTOOD, None])
def test_resume_stops_where_a_setting_has_other_credentials_and_the_service_does_not_say_whose_work(
    world: World, silence: Outcome | None
) -> None:
    regenerate(world)
    world.portal.shows_keys = True
    world.service.answer, world.direct = silence, silence is not None
    for _ in range(2):  # nor does it give way the second time
        with pytest.raises(PlaceDrifted) as caught:
            resume(world)
        assert DISTRICT in caught.value.message and "ssrcred resume[lea] --replace" in caught.value.hint
        assert ("direct check is off" in caught.value.message) == (silence is None)
    assert theirs_are_untouched(world) and world.standing.rotation is not None
    with pytest.raises(SsrcredError):  # theirs are the ones that work, so nothing proves ours
        resume(world, replace=True)
    assert world.portal.saves[:2] == [DISTRICT, DISTRICT]


def test_resume_replaces_other_credentials_that_the_service_shows_to_be_the_older_ones(world: World) -> None:
    world.portal.shows_keys = True
    # Typed into SchoolWise late, from a note, while the school was made to use the district's.
    world.portal.held |= {DISTRICT: THEIRS, SCHOOL: None}
    resume(world)
    held = world.portal.held[DISTRICT]
    assert held is not None and held.matches(world.new) and world.standing.rotation is None


def test_without_the_direct_check_resume_says_that_nothing_would_notice_another_rotation(world: World) -> None:
    world.direct = False
    first = resume(world)[0]
    assert first.outcome is Outcome.SKIPPED and "another coordinator has regenerated" in first.detail["reason"]


def test_upload_names_its_own_way_to_replace_the_other_credentials(world: World) -> None:
    resume(world)
    regenerate(world)
    world.portal.shows_keys, world.service.answer = True, Outcome.UNREACHABLE
    workflow = world.workflow()
    with pytest.raises(PlaceDrifted, match="Somebody else") as caught:
        world.follow(workflow, upload.write(workflow))
    assert f"ssrcred schools[lea] --set '{DISTRICT}'" in caught.value.hint and theirs_are_untouched(world)

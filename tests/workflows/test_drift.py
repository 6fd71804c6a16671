"""What `rotate` calls drift: whatever happened since we wrote a place, somebody else's pair there is not forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import takewhile

import pytest

from pretend import BLANK_SCHOOL, SCHOOL, MemoryPortal, World, made_up
from ssrcred.domain.errors import PlaceDrifted, SsrcredError, Unfinished, Unreachable
from ssrcred.domain.event import Event, Outcome, Step
from ssrcred.domain.place import DISTRICT, KeySeen, Reading, Took
from ssrcred.domain.standing import Standing
from ssrcred.workflows import rotation, upload, verification
from ssrcred.workflows.workflow import Workflow

FOREIGN = made_up("foreign", username="somebody-else")
SAME_NAME = made_up("foreign")  # TOMS gives an LEA one user name, so a page that hides keys shows no difference


class Page(MemoryPortal):
    """A portal whose page shows keys, hides them, or is blank in both fields whatever is stored (`shows_nothing`)."""

    shows_nothing = False

    def _reading(self, name: str) -> Reading:
        seen = super()._reading(name)
        return replace(seen, username="", key_seen=KeySeen.HIDDEN, key=None) if self.shows_nothing else seen


def rotated(kind: str) -> World:
    """An LEA that has rotated to the end, with a portal of this kind."""
    world = World()
    world.portal = page = Page(world.service, world.old, world.old)
    rotate(world)
    assert world.standing.rotation is None
    world.portal.shows_keys = kind == "shown"
    page.shows_nothing = kind == "blank"
    return world


def follow(world: World, steps: Callable[[Workflow], Iterable[Event]]) -> list[Event]:
    workflow = world.workflow()
    return world.follow(workflow, steps(workflow))


def rotate(world: World, *, replace: bool = False) -> list[Event]:
    return follow(world, lambda workflow: rotation.rotate(workflow, world.capture, world.hold, replace=replace))


def drift(world: World) -> set[str]:
    """The places that `rotate` calls drifted."""
    workflow = world.workflow()
    found = set()
    try:
        for event in rotation.prepare(workflow, replace=False):
            if event.outcome is Outcome.DRIFTED:
                found.add(event.place)
    except PlaceDrifted as stopped:
        assert all(place in stopped.message for place in found)
    return found


# What may happen between our write and the next `rotate`.


def nothing(world: World) -> None:
    pass


def check_refused(world: World) -> None:
    """Our pair works directly; parents are refused."""
    world.portal.portal_outcome = Outcome.REFUSED
    follow(world, verification.probe)
    assert DISTRICT in world.standing.refused
    world.portal.portal_outcome = None


def checks_refused_everywhere(world: World) -> None:
    world.service.answer = Outcome.REFUSED
    follow(world, verification.probe)
    world.service.answer = None


def check_accepted(world: World) -> None:
    """The pair in the portal works, whosever it is."""
    world.portal.portal_outcome = Outcome.PROVED
    follow(world, verification.probe)
    world.portal.portal_outcome = None


def refused_and_accepted_again(world: World) -> None:
    check_refused(world)
    check_accepted(world)


def abandoned_rotation(world: World) -> None:
    """A newer pair was stored, and given up before anything was written."""
    world.new, before = made_up("given up"), world.new
    follow(world, lambda workflow: rotation.store(workflow, world.capture, world.hold))
    follow(world, rotation.abandon)
    world.new = before


def schools_listed(world: World) -> None:
    upload.survey(world.workflow())


def uploaded_beside_it(world: World) -> None:
    """`upload` leaves a school alone that holds a pair which nobody here knows."""
    world.portal.saves.clear()
    held = dict(world.portal.held)
    workflow = world.workflow()
    world.follow(workflow, upload.write(workflow))
    assert SCHOOL not in world.portal.saves
    world.portal.held = held  # the district's is looked at apart


def portal_down_at_the_check(world: World) -> None:
    world.portal.broken[f"prove {DISTRICT}"] = Unreachable("Down.", state="s", hint="h")
    follow(world, verification.probe)
    del world.portal.broken[f"prove {DISTRICT}"]


def ledger_of_an_older_version(world: World) -> None:
    """Before, a check that was refused emptied what had been written, and nothing told of doubt."""
    check_refused(world)
    record = world.standing.to_json()
    for place in record["places"].values():
        del place["unsure"]
        place["slot"] = place["username"] = ""
    world.standing = Standing.from_json(record)


EVENTS = [
    nothing,
    check_refused,
    checks_refused_everywhere,
    check_accepted,
    refused_and_accepted_again,
    abandoned_rotation,
    schools_listed,
    portal_down_at_the_check,
    ledger_of_an_older_version,
]
KINDS = ["shown", "hidden", "blank"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("place", [DISTRICT, SCHOOL])
def test_somebody_elses_pair_stays_drift_whatever_a_check_saw(
    place: str, event: Callable[[World], None], kind: str
) -> None:
    world = rotated(kind)
    world.portal.held[place] = FOREIGN
    event(world)
    assert drift(world) == (set() if kind == "blank" else {place})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("event", EVENTS)
def test_another_key_under_our_user_name_is_drift_where_the_page_shows_it(
    event: Callable[[World], None], kind: str
) -> None:
    world = rotated(kind)
    world.portal.held[DISTRICT] = SAME_NAME
    event(world)
    assert drift(world) == ({DISTRICT} if kind == "shown" else set())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("event", EVENTS)
def test_our_own_pair_and_a_blank_place_are_never_drift(event: Callable[[World], None], kind: str) -> None:
    world = rotated(kind)
    world.portal.held[SCHOOL] = None
    event(world)
    assert drift(world) == set()


@pytest.mark.parametrize("event", EVENTS)
def test_a_place_that_shows_our_pair_again_is_no_drift_any_more(event: Callable[[World], None]) -> None:
    world = rotated("hidden")
    world.portal.held[DISTRICT] = FOREIGN
    event(world)
    world.portal.held[DISTRICT] = world.new
    assert drift(world) == set()


@pytest.mark.parametrize("kind", KINDS[:2])
def test_a_school_that_upload_left_alone_is_still_drift(kind: str) -> None:
    world = rotated(kind)
    world.portal.held[SCHOOL] = FOREIGN
    uploaded_beside_it(world)
    assert drift(world) == {SCHOOL}


@pytest.mark.parametrize("kind", KINDS[:2])
@pytest.mark.parametrize("event", EVENTS)
def test_rotate_stops_at_drift_and_writes_nothing(event: Callable[[World], None], kind: str) -> None:
    world = rotated(kind)
    world.portal.held[DISTRICT] = FOREIGN
    event(world)
    saves, captures = list(world.portal.saves), world.captures
    for _ in range(2):  # nor does it give way the second time
        with pytest.raises(PlaceDrifted, match=DISTRICT):
            rotate(world)
        workflow = world.workflow()
        world.follow(workflow, rotation.abandon(workflow))
    assert world.portal.saves == saves and world.captures == captures
    held = world.portal.held[DISTRICT]
    assert held is not None and held.matches(FOREIGN)


@pytest.mark.parametrize("kind", KINDS[:2])
def test_drift_ends_by_a_word_and_with_our_write(kind: str) -> None:
    world = rotated(kind)
    third = made_up("third", username="yet-somebody-else")  # a school under the district's user name would be written
    world.portal.held |= {DISTRICT: FOREIGN, SCHOOL: third}
    check_refused(world)
    assert drift(world) == {DISTRICT, SCHOOL}
    world.provable = frozenset({DISTRICT})
    world.new = made_up("newer")
    world.service.valid = world.new
    told = rotate(world, replace=True)
    assert [event.place for event in told if event.outcome is Outcome.WRITTEN] == [DISTRICT]
    assert [event.place for event in told if event.outcome is Outcome.LEFT] == [SCHOOL]
    assert world.standing.rotation is None and drift(world) == set()
    workflow = world.workflow()
    world.follow(workflow, upload.write(workflow, frozenset({SCHOOL})))
    world.portal.held[SCHOOL] = third
    assert drift(world) == {SCHOOL}


def test_an_older_pair_of_ours_is_not_somebody_elses() -> None:
    world = rotated("shown")
    before, world.new = world.new, made_up("newer")
    world.service.valid = world.new
    world.portal.broken[SCHOOL] = Unreachable("Down.", state="s", hint="h")
    with pytest.raises(SsrcredError):
        rotate(world)
    follow(world, rotation.abandon)
    assert drift(world) == set()
    world.portal.held[DISTRICT] = before
    assert drift(world) == set()


def test_a_save_that_nobody_saw_take_is_remembered_for_what_was_sent() -> None:
    world = rotated("hidden")
    world.new = made_up("newer")
    world.service.valid = world.new
    world.provable = frozenset({BLANK_SCHOOL})
    world.portal.fate[DISTRICT] = (Took.CANNOT_BE_SEEN, False)
    with pytest.raises(SsrcredError):
        rotate(world)
    follow(world, rotation.abandon)
    assert drift(world) == set()
    world.portal.held[DISTRICT] = FOREIGN
    assert drift(world) == {DISTRICT}


def after_a_save_that_was_not_recorded() -> World:
    """A rotation that was killed right after its save of the district, with a new user name; the page hides keys."""
    world = rotated("hidden")
    world.new = made_up("newer", username="newer-user")
    world.service.valid = world.new
    workflow = world.workflow()
    steps = rotation.rotate(workflow, world.capture, world.hold)
    world.follow(workflow, takewhile(lambda event: event.step is not Step.PROVE, steps))
    world.portal.saves.clear()
    world.portal.held[DISTRICT] = world.new
    return world


def resume(world: World) -> list[Event]:
    return follow(world, lambda workflow: rotation.resume(workflow, world.capture, world.hold))


def test_a_save_that_a_killed_run_could_not_record_is_tested_and_not_repeated() -> None:
    world = after_a_save_that_was_not_recorded()
    told = resume(world)
    assert world.portal.saves == [SCHOOL] and world.standing.rotation is None
    assert [event.place for event in told if event.outcome is Outcome.SKIPPED and event.place] == [DISTRICT]


def test_a_save_that_was_not_recorded_is_repeated_where_no_parent_can_test_it() -> None:
    world = after_a_save_that_was_not_recorded()
    world.provable = frozenset({SCHOOL})
    resume(world)
    assert world.portal.saves == [DISTRICT, SCHOOL]


@pytest.mark.parametrize(("tested", "again"), [(Outcome.UNREACHABLE, []), (Outcome.REFUSED, [DISTRICT])])
def test_a_save_that_could_not_be_read_back_is_repeated_only_if_its_test_was_rejected(
    tested: Outcome, again: list[str]
) -> None:
    world = rotated("hidden")
    world.new = made_up("newer", username="newer-user")
    world.service.valid = world.new
    world.portal.fate[DISTRICT] = (Took.CANNOT_BE_SEEN, False)
    world.portal.portal_outcome, world.provable = tested, frozenset({DISTRICT})
    with pytest.raises(Unfinished):
        rotate(world)
    world.portal.saves.clear()
    world.portal.portal_outcome = None
    world.portal.fate.clear()
    resume(world)
    assert world.portal.saves == again and world.standing.rotation is None


def test_an_older_ledger_is_read_as_it_stands() -> None:
    world = rotated("hidden")
    record = world.standing.to_json()
    for place in record["places"].values():
        del place["unsure"]
    assert Standing.from_json(record) == world.standing

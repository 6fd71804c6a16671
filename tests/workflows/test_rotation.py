"""The rotation as a workflow: what comes before what, and what each thing that goes wrong leaves behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import pytest

from pretend import BLANK_SCHOOL, SCHOOL, START, MemoryVault, World, login_refused, made_up
from ssrcred.domain.credential import Credential
from ssrcred.domain.errors import (
    Cause,
    CredentialMissing,
    CredentialRefused,
    InputRefused,
    KeyringDenied,
    LoginRefused,
    PageChanged,
    PageNotUnderstood,
    PlaceDrifted,
    Unfinished,
    Unreachable,
    UsageWrong,
)
from ssrcred.domain.event import Event, Outcome, Step
from ssrcred.domain.evidence import Probe, Proof
from ssrcred.domain.place import DISTRICT, Took
from ssrcred.domain.standing import Standing
from ssrcred.workflows import pending_systems, rotation, verification
from ssrcred.workflows.workflow import Workflow


@pytest.fixture
def world() -> World:
    return World()


def rotate(world: World, workflow: Workflow | None = None, *, replace: bool = False, **taken: bool) -> list[Event]:
    workflow = workflow or world.workflow()
    how = rotation.Taken(**taken)  # type: ignore[arg-type]
    return world.follow(workflow, rotation.rotate(workflow, world.capture, world.hold, replace=replace, taken=how))


def resume(world: World, *, unverified: bool = False) -> list[Event]:
    workflow = world.workflow()
    how = rotation.Taken(unverified=unverified)
    return world.follow(workflow, rotation.resume(workflow, world.capture, world.hold, taken=how))


def words(events: list[Event]) -> list[str]:
    return [f"{event.step}/{event.outcome}" + (f" {event.place}" if event.place else "") for event in events]


def test_brings_one_pair_from_the_person_to_every_place(world: World) -> None:
    told = words(rotate(world))
    assert told == [
        "prepare/checked",
        "prepare/checked",
        "prepare/checked",
        f"prepare/compared {DISTRICT}",
        f"prepare/compared {SCHOOL}",
        f"prepare/checked {DISTRICT}",
        f"prepare/checked {SCHOOL}",
        "prepare/prepared",
        "mint/asked",
        "store/stored",
        "prove/proved",  # directly, and nothing is written before
        f"write/written {DISTRICT}",
        f"write/written {SCHOOL}",
        f"prove/proved {DISTRICT}",
        f"prove/proved {SCHOOL}",
        "finish/pointed",
        "finish/finished",
    ]
    assert list(world.vault.slots) == ["pair-0001"]
    assert world.standing.rotation is None
    assert world.standing.current == "pair-0001"
    assert world.portal.held[BLANK_SCHOOL] is None


def test_saving_is_tested_again_where_it_would_be_written_before_a_pair_is_asked_for(world: World) -> None:
    rotate(world)
    world.new = made_up("newer")
    world.service.valid = world.new
    asked: list[tuple[tuple[str, ...], int | None]] = []

    def test_save(places: Sequence[str], length: int | None) -> Mapping[str, tuple[int, int]]:
        asked.append((tuple(places), length))
        return {DISTRICT: (2, 41), SCHOOL: (3, 7)}

    world.rehearse = test_save
    told = rotate(world)
    assert asked == [((DISTRICT, SCHOOL), 20)]  # the school without a pair of its own is left out
    tests = [event for event in told if "test_save" in event.detail]
    assert [(event.step, event.place, event.detail["what"]) for event in tests] == [
        (Step.PREPARE, DISTRICT, "a test save would change 2 of 41 fields; nothing was sent"),
        (Step.PREPARE, SCHOOL, "a test save would change 3 of 7 fields; nothing was sent"),
    ]
    assert told.index(tests[0]) < words(told).index("mint/asked")


def test_a_test_save_that_differs_stops_before_a_pair_is_asked_for(world: World) -> None:
    def test_save(places: Sequence[str], length: int | None) -> Mapping[str, tuple[int, int]]:
        assert length is None  # no key is known yet
        raise PageChanged("Not as it was confirmed.", state="Nothing was written.", hint="Confirm it again.")

    world.rehearse = test_save
    with pytest.raises(PageChanged):
        rotate(world)
    assert world.captures == 0 and world.portal.saves == []


def test_deletes_the_old_slot_only_once_the_new_pair_is_proved(world: World) -> None:
    rotate(world)
    world.old, world.new = world.new, made_up("newer")
    world.service.valid = world.new
    told = words(rotate(world))
    assert told[-3:] == ["finish/pointed", "finish/retired", "finish/finished"]
    assert told.index("prove/proved") < told.index("finish/retired")
    assert list(world.vault.slots) == ["pair-0002"]


def test_a_kill_after_any_event_leaves_what_resume_finishes() -> None:
    events_in_all = len(_second_rotation(World(), None))
    for number in range(1, events_in_all + 1):
        world = World()
        _second_rotation(world, number)
        resume(world)
        assert list(world.vault.slots) == ["pair-0002"], f"killed after event {number}"
        assert world.standing.rotation is None
        for place in (DISTRICT, SCHOOL):
            held = world.portal.held[place]
            assert held is not None and held.matches(world.new)
            assert world.standing.tried[place].outcome is Outcome.PROVED


def _second_rotation(world: World, stop_after: int | None) -> list[Event]:
    rotate(world)
    world.old, world.new = world.new, made_up("newer")
    world.service.valid = world.new
    workflow = world.workflow()
    happening = rotation.rotate(workflow, world.capture, world.hold)
    return world.follow(workflow, happening, stop_after)


def test_a_kill_between_the_keyring_and_the_ledger_loses_nothing(world: World) -> None:
    workflow = world.workflow()
    happening = rotation.rotate(workflow, world.capture, world.hold)
    for event in happening:
        if event.outcome is Outcome.STORED:
            break  # the keyring has it, and the ledger never heard of it
        world.standing = workflow.standing
    assert world.standing.rotation is not None and not world.standing.rotation.stored
    resume(world)
    assert world.captures == 1
    assert world.standing.current == "pair-0001"


def test_a_pair_that_the_ledger_never_heard_of_is_not_forgotten_when_its_rotation_is_abandoned(world: World) -> None:
    workflow = world.workflow()
    for event in rotation.rotate(workflow, world.capture, world.hold):
        if event.outcome is Outcome.STORED:
            break
        world.standing = workflow.standing
    workflow = world.workflow()
    assert words(world.follow(workflow, rotation.abandon(workflow))) == ["store/stored", "abandon/abandoned"]
    assert world.standing.leftover == ("pair-0001",)
    world.new = made_up("newer")
    world.service.valid = world.new
    rotate(world)
    assert list(world.vault.slots) == ["pair-0002"], "and it is cleared away in the end"


def test_a_keyring_that_refuses_keeps_nobody_from_abandoning(world: World) -> None:
    class Locked(MemoryVault):
        def holds(self, slot: str) -> bool:
            raise KeyringDenied("It is locked.", state="s", hint="h")

    workflow = world.workflow()
    for event in rotation.rotate(workflow, world.capture, world.hold):
        world.standing = workflow.standing
        if event.outcome is Outcome.ASKED:
            break
    world.vault = Locked()
    workflow = world.workflow()
    assert words(world.follow(workflow, rotation.abandon(workflow))) == ["abandon/abandoned"]


def test_a_lost_ledger_is_made_up_for_by_the_slots(world: World) -> None:
    rotate(world)
    world.standing = World().standing
    told = words(resume(world))
    assert told[0] == "store/stored"
    assert world.standing.current == "pair-0001"
    assert world.captures == 1


def test_an_older_copy_of_the_ledger_is_made_up_for_by_the_slots(world: World) -> None:
    rotate(world)
    copy = world.standing
    world.old, world.new = world.new, made_up("newer")
    world.service.valid = world.new
    rotate(world)
    world.standing = copy
    told = words(resume(world))
    assert told[0] == "store/stored" and world.captures == 2, "nobody has to click again"
    assert world.standing.current == "pair-0002" and world.standing.rotation is None
    assert list(world.vault.slots) == ["pair-0002"]
    assert world.service.asked[-1].matches(world.new)
    assert resume(world) == []


def test_an_older_copy_from_the_midst_of_a_rotation_goes_on_with_the_newest_pair(world: World) -> None:
    whole = len(_second_rotation(world, None))
    for stop in range(1, whole):
        world = World()
        _second_rotation(world, stop)
        copy = world.standing
        resume(world)
        world.standing, captures = copy, world.captures
        resume(world)
        assert (world.standing.current, list(world.vault.slots)) == ("pair-0002", ["pair-0002"]), stop
        assert world.captures == captures and world.standing.rotation is None, stop


def test_a_new_rotation_after_a_lost_ledger_takes_a_free_slot(world: World) -> None:
    rotate(world)
    world.standing = World().standing
    world.new = made_up("newer")
    world.service.valid = world.new
    rotate(world)
    assert world.standing.current == "pair-0002"


@pytest.mark.parametrize(
    "break_it",
    [
        lambda world: setattr(world.service, "down", True),
        lambda world: world.portal.broken.update({"log-in": login_refused()}),
        lambda world: world.portal.broken.update({f"prove {SCHOOL}": login_refused()}),
    ],
)
def test_what_fails_in_prepare_stops_before_the_person_is_asked(
    world: World, break_it: Callable[[World], None]
) -> None:
    break_it(world)
    with pytest.raises((Unreachable, LoginRefused)):
        rotate(world)
    assert world.captures == 0
    assert world.portal.saves == []
    assert world.standing.rotation is None


@pytest.mark.parametrize(
    ("proof", "told"),
    [
        (Proof(Probe.PORTAL, Outcome.UNREACHABLE, START, detail="No answer.", cause=Cause.SILENT), None),
        (Proof(Probe.PORTAL, Outcome.UNREACHABLE, START, asked="the button", cause=Cause.STATE_SERVICE), "checked"),
        (Proof(Probe.PORTAL, Outcome.NOT_UNDERSTOOD, START, asked="the button"), "checked"),
        (Proof(Probe.PORTAL, Outcome.NOT_UNDERSTOOD, START, detail="no field for a password"), "warned"),
    ],
)
def test_a_parent_account_is_said_to_sign_in_only_if_it_did(world: World, proof: Proof, told: str | None) -> None:
    world.provable = frozenset({DISTRICT})
    world.portal.prove = lambda place: proof  # type: ignore[method-assign]
    workflow = world.workflow()
    prepared = rotation.prepare(workflow, replace=False)
    if told is None:
        with pytest.raises(Unreachable, match="whether the parent account can sign in: No answer"):
            world.follow(workflow, prepared)
    else:
        assert words(world.follow(workflow, prepared))[-1] == f"prepare/{told} {DISTRICT}"


def test_somebody_elses_pair_stops_the_rotation(world: World) -> None:
    rotate(world)
    world.portal.held[DISTRICT] = made_up("foreign", username="somebody-else")
    with pytest.raises(PlaceDrifted, match="district"):
        rotate(world)
    assert world.captures == 1


def test_a_changed_key_is_drift_where_keys_can_be_seen(world: World) -> None:
    rotate(world)
    world.portal.shows_keys = True
    world.portal.held[SCHOOL] = made_up("foreign")
    with pytest.raises(PlaceDrifted, match=SCHOOL):
        rotate(world)


def test_drift_is_written_over_on_request(world: World) -> None:
    rotate(world)
    world.portal.held[DISTRICT] = made_up("foreign", username="somebody-else")
    world.new = made_up("newer")
    world.service.valid = world.new
    told = words(rotate(world, replace=True))
    assert f"prepare/drifted {DISTRICT}" in told
    assert f"write/written {DISTRICT}" in told


def test_a_second_rotation_is_refused_while_one_is_under_way(world: World) -> None:
    world.portal.broken[DISTRICT] = Unreachable("Down.", state="s", hint="h")
    with pytest.raises(Unfinished):
        rotate(world)
    with pytest.raises(Unfinished, match="under way"):
        rotate(world)


def test_the_pair_is_held_while_the_keyring_refuses(world: World) -> None:
    world.vault.refuse = 3
    told = words(rotate(world))
    assert told.count("store/held") == 3
    assert told.count("store/stored") == 1
    assert world.captures == 1


def test_a_pair_that_is_stored_is_told_of_whatever_the_keyring_does_next(world: World) -> None:
    class LockedAfterwards(MemoryVault):
        def read(self, slot: str) -> Credential:
            if "pair-0001" in self.slots:
                raise KeyringDenied("The keyring is locked.", state="Nothing was changed.", hint="Unlock it.")
            return super().read(slot)

    world.vault = LockedAfterwards()
    workflow = world.workflow()
    with pytest.raises(KeyringDenied):
        world.follow(workflow, rotation.rotate(workflow, world.capture, world.hold))
    assert world.told[-1].outcome is Outcome.STORED


def test_a_pair_saved_elsewhere_waits_for_resume(world: World) -> None:
    world.vault.refuse = 1
    workflow = world.workflow()
    with pytest.raises(Unfinished, match="encrypted file"):
        world.follow(workflow, rotation.rotate(workflow, world.capture, lambda *_: False))
    assert world.standing.rotation is not None and world.standing.rotation.reached is Outcome.HELD
    assert world.portal.saves == []
    resume(world)
    assert world.standing.current == "pair-0001"


def test_giving_the_pair_up_is_the_keyrings_error(world: World) -> None:
    def give_up(credential: Credential, slot: str, refusal: Exception) -> bool:
        raise refusal

    world.vault.refuse = 1
    workflow = world.workflow()
    with pytest.raises(KeyringDenied):
        world.follow(workflow, rotation.rotate(workflow, world.capture, give_up))


def test_a_proof_of_an_older_pair_does_not_count_for_the_new_one(world: World) -> None:
    rotate(world)
    world.direct = False
    world.new = made_up("mistyped")
    workflow = world.workflow()
    world.follow(workflow, rotation.store(workflow, world.capture, world.hold))
    workflow = world.workflow()
    world.follow(workflow, verification.probe(workflow))
    assert world.standing.proved_at is None
    with pytest.raises(Unfinished, match="district does not have the new credentials yet"):
        world.follow(workflow, rotation.finish(workflow, unverified=False))


def test_a_pair_that_was_uploaded_nowhere_is_not_finished_by_the_direct_check(world: World) -> None:
    workflow = world.workflow()
    world.follow(workflow, rotation.store(workflow, world.capture, world.hold))
    workflow = world.workflow()
    world.follow(workflow, verification.probe(workflow))
    assert world.standing.proved_at is not None
    with pytest.raises(Unfinished, match="district does not have the new credentials yet"):
        world.follow(workflow, rotation.finish(workflow, unverified=True))


def test_a_school_that_uses_the_districts_pair_and_is_refused_keeps_the_rotation_open(world: World) -> None:
    world.provable = frozenset({BLANK_SCHOOL})
    world.portal.portal_outcome = Outcome.REFUSED  # the portal changed the key when it was saved
    with pytest.raises(Unfinished, match=f"{BLANK_SCHOOL} is rejected"):
        rotate(world)
    world.portal.portal_outcome = None
    told = words(resume(world))
    assert f"write/written {DISTRICT}" in told, "its pair is the district's"
    assert f"write/skipped {SCHOOL}" in told
    assert world.standing.current == "pair-0001"


def test_a_school_alone_that_is_refused_is_no_reason_to_write_the_district_again(world: World) -> None:
    world.provable = frozenset({DISTRICT, BLANK_SCHOOL})
    world.portal.held[BLANK_SCHOOL] = made_up("of its own", username="somebody-else")
    with pytest.raises(Unfinished, match=f"{BLANK_SCHOOL} is rejected"):
        rotate(world)
    told = words(world.told)
    assert f"write/left {BLANK_SCHOOL}" in told and f"prove/proved {DISTRICT}" in told
    world.separate_schools = frozenset({BLANK_SCHOOL})
    told = words(resume(world))
    assert f"write/skipped {DISTRICT}" in told and f"prove/skipped {BLANK_SCHOOL}" in told
    assert world.standing.current == "pair-0001" and world.standing.refused == ()


def test_a_place_whose_proof_was_refused_is_written_again(world: World) -> None:
    world.portal.portal_outcome = Outcome.REFUSED
    with pytest.raises(Unfinished):
        rotate(world)
    world.portal.portal_outcome = None
    told = words(resume(world))
    assert f"write/written {DISTRICT}" in told and f"write/written {SCHOOL}" in told
    assert world.standing.current == "pair-0001"


def test_a_school_that_somebody_blanked_is_forgotten(world: World) -> None:
    rotate(world)
    world.portal.held[SCHOOL] = None
    world.provable = frozenset({DISTRICT})
    world.new = made_up("newer")
    world.service.valid = world.new
    told = words(rotate(world))
    assert f"clear/cleared {SCHOOL}" in told
    assert world.standing.places.keys() == {DISTRICT}


def test_a_portal_that_is_down_at_the_write_leaves_the_rotation_to_resume(world: World) -> None:
    def capture(spent: tuple[Credential, ...]) -> Credential:
        world.portal.broken["log-in"] = Unreachable("Down.", state="Nothing was written.", hint="Try again later.")
        return world.new

    workflow = world.workflow()
    with pytest.raises(Unfinished, match="Down") as caught:
        world.follow(workflow, rotation.rotate(workflow, capture, world.hold))
    assert "are stored" in caught.value.state and "ssrcred resume" in caught.value.hint
    del world.portal.broken["log-in"]
    resume(world)
    assert world.standing.current == "pair-0001"


def test_one_place_that_fails_does_not_stop_the_others(world: World) -> None:
    world.portal.broken[DISTRICT] = PageNotUnderstood("Strange page.", state="Nothing was written.", hint="Look.")
    with pytest.raises(Unfinished, match="district was not saved"):
        rotate(world)
    assert world.portal.saves == [SCHOOL]
    del world.portal.broken[DISTRICT]
    told = words(resume(world))
    assert f"write/skipped {SCHOOL}" in told
    assert f"write/written {DISTRICT}" in told
    assert world.portal.saves == [SCHOOL, DISTRICT]


def test_a_refused_log_in_stops_all(world: World) -> None:
    world.portal.broken[DISTRICT] = login_refused()
    with pytest.raises(LoginRefused):
        rotate(world)
    assert world.portal.saves == []


def test_a_refused_log_in_after_a_save_does_not_say_that_nothing_was_written(world: World) -> None:
    world.portal.broken[SCHOOL] = login_refused()
    with pytest.raises(LoginRefused) as caught:
        rotate(world)
    assert world.portal.saves == [DISTRICT]
    assert "saved for the district, and not for the others" in caught.value.state
    assert "Nothing" not in caught.value.state


def test_a_pair_that_the_service_refuses_closes_its_rotation_and_is_not_sent_again(world: World) -> None:
    world.new = made_up("mistyped")
    world.service.valid = made_up("something else")
    with pytest.raises(CredentialRefused):
        rotate(world)
    assert world.standing.rotation is None
    assert world.standing.bad == ("pair-0001",)
    with pytest.raises(InputRefused, match="these same credentials"):
        rotate(world)
    assert list(world.vault.slots) == ["pair-0001"]
    mistyped, world.new = world.new, made_up("mistyped", username="as-it-should-be")
    assert world.new.secret.matches(mistyped.secret)  # only the user name was wrong
    world.service.valid = world.new
    resume(world)
    assert list(world.vault.slots) == ["pair-0002"]
    assert len(world.service.asked) == 2


def test_a_parent_who_can_use_the_pair_outweighs_a_refusal_of_the_direct_check(world: World) -> None:
    world.portal.portal_outcome = Outcome.PROVED
    world.service.answer = Outcome.UNREACHABLE
    world.portal.broken[SCHOOL] = Unreachable("Down.", state="s", hint="h")
    with pytest.raises(Unfinished):
        rotate(world)
    world.service.answer = Outcome.REFUSED
    del world.portal.broken[SCHOOL]
    with pytest.raises(Unfinished, match="but a parent can use them"):
        resume(world)
    assert world.standing.bad == () and world.portal.saves == [DISTRICT, SCHOOL]
    world.direct = False
    resume(world)
    assert world.standing.current == "pair-0001"
    assert world.standing.refused == ()


def test_where_the_check_itself_is_wrong_the_same_pair_is_taken_once_it_is_off(world: World) -> None:
    world.service.answer = Outcome.REFUSED
    with pytest.raises(CredentialRefused):
        rotate(world)
    with pytest.raises(InputRefused):
        rotate(world)
    workflow = world.workflow()
    world.follow(workflow, rotation.abandon(workflow))
    world.direct = False
    world.portal.portal_outcome = Outcome.PROVED
    rotate(world)
    assert world.standing.rotation is None and world.portal.saves == [DISTRICT, SCHOOL]


@pytest.mark.parametrize(
    ("took", "answered", "outcome"),
    [
        (Took.DID_NOT_TAKE, True, Outcome.FAILED),
        (Took.DID_NOT_TAKE, False, Outcome.FAILED),
        (Took.CANNOT_BE_SEEN, False, Outcome.UNCONFIRMED),
        (Took.CANNOT_BE_SEEN, True, Outcome.WRITTEN),
        (Took.TOOK, False, Outcome.WRITTEN),
    ],
)
def test_a_save_is_decided_by_reading(world: World, took: Took, answered: bool, outcome: Outcome) -> None:
    world.portal.fate[DISTRICT] = (took, answered)
    workflow = world.workflow()
    happening = rotation.rotate(workflow, world.capture, world.hold)
    told = []
    try:
        for event in happening:
            told.append(event)
    except Unfinished:
        pass
    assert [event.outcome for event in told if event.step is Step.WRITE and event.place == DISTRICT] == [outcome]


def test_what_cannot_be_seen_is_unfinished_until_it_is_proved(world: World) -> None:
    world.portal.fate[DISTRICT] = (Took.CANNOT_BE_SEEN, False)
    world.provable = frozenset()
    with pytest.raises(Unfinished, match="does not show whether the district"):
        rotate(world)
    assert not world.standing.holds_newest(DISTRICT)
    world.provable = frozenset({DISTRICT})
    resume(world)
    assert world.standing.current == "pair-0001"
    assert world.standing.holds_newest(DISTRICT)
    assert world.standing.places[DISTRICT].outcome is Outcome.WRITTEN


def test_a_hidden_key_after_an_answered_save_waits_for_the_proof_and_is_not_saved_again(world: World) -> None:
    world.direct = False
    world.portal.portal_outcome = Outcome.UNREACHABLE
    with pytest.raises(Unfinished, match="could not be tested"):
        rotate(world)
    assert world.portal.saves == [DISTRICT, SCHOOL]
    with pytest.raises(Unfinished):
        resume(world)
    assert world.portal.saves == [DISTRICT, SCHOOL]
    world.portal.portal_outcome = None
    resume(world)
    assert world.portal.saves == [DISTRICT, SCHOOL]
    assert world.standing.newest_slot == "pair-0001" and world.standing.rotation is None


def test_a_place_that_is_refused_keeps_the_rotation_open(world: World) -> None:
    world.portal.portal_outcome = Outcome.REFUSED
    with pytest.raises(Unfinished, match="district is rejected"):
        rotate(world, unverified=True)
    assert world.standing.rotation is not None


def test_a_place_that_could_not_be_proved_keeps_the_rotation_open_unless_told(world: World) -> None:
    world.portal.portal_outcome = Outcome.NOT_UNDERSTOOD
    with pytest.raises(Unfinished, match=r"could not be tested \(not understood\)"):
        rotate(world)
    resume(world, unverified=True)
    assert world.standing.current == "pair-0001"
    assert not world.standing.unverified  # the state's service did prove it


def test_no_pair_is_current_without_a_proof_but_by_a_recorded_word(world: World) -> None:
    world.direct = False
    world.provable = frozenset()
    with pytest.raises(Unfinished, match="no test has shown yet"):
        rotate(world)
    assert world.standing.current is None
    resume(world, unverified=True)
    assert world.standing.current == "pair-0001"
    assert world.standing.unverified


def test_schools_with_a_pair_of_their_own_are_left_alone(world: World) -> None:
    world.separate_schools = frozenset({SCHOOL})
    told = words(rotate(world))
    assert f"write/left {SCHOOL}" in told
    assert world.portal.saves == [DISTRICT]


def test_a_school_with_a_pair_that_nobody_knows_is_left_alone(world: World) -> None:
    world.portal.held[SCHOOL] = made_up("foreign", username="somebody-else")
    world.provable = frozenset({DISTRICT})
    events = rotate(world)
    assert f"write/left {SCHOOL}" in words(events)
    assert world.portal.saves == [DISTRICT]
    [left] = [event for event in events if event.outcome is Outcome.LEFT]
    assert left.detail["reason"].endswith(f"to replace them: ssrcred schools --set '{SCHOOL}'")
    there = Workflow(world.workflow().ports, world.standing, "lincoln")
    assert there.tell(left.step, left.outcome, reason="ssrcred schools[lea]").detail["reason"].endswith("--lea lincoln")


def test_an_old_slot_that_does_not_go_is_tried_again_by_resume(world: World) -> None:
    rotate(world)
    world.new = made_up("newer")
    world.service.valid = world.new
    world.vault.keeps_deleted = True
    with pytest.raises(KeyringDenied):
        rotate(world)
    assert world.standing.current == "pair-0002"
    world.vault.keeps_deleted = False
    assert words(resume(world)) == ["finish/retired", "finish/finished"]
    assert list(world.vault.slots) == ["pair-0002"]


def test_abandon_deletes_nothing_and_the_next_rotation_cleans_up(world: World) -> None:
    world.portal.broken[DISTRICT] = Unreachable("Down.", state="s", hint="h")
    with pytest.raises(Unfinished):
        rotate(world)
    workflow = world.workflow()
    world.follow(workflow, rotation.abandon(workflow))
    assert list(world.vault.slots) == ["pair-0001"]
    assert world.standing.rotation is None
    del world.portal.broken[DISTRICT]
    world.new = made_up("newer")
    world.service.valid = world.new
    rotate(world)
    assert list(world.vault.slots) == ["pair-0002"]


def test_abandon_without_a_rotation_says_so(world: World) -> None:
    workflow = world.workflow()
    with pytest.raises(UsageWrong, match="nothing to abandon"):
        world.follow(workflow, rotation.abandon(workflow))


def test_store_opens_a_rotation_that_resume_finishes(world: World) -> None:
    workflow = world.workflow()
    told = words(world.follow(workflow, rotation.store(workflow, world.capture, world.hold)))
    assert told == ["prepare/prepared", "mint/asked", "store/stored"]
    assert world.portal.visits == 0
    resume(world)
    assert world.standing.current == "pair-0001"


def test_store_is_refused_while_another_pair_is_under_way(world: World) -> None:
    for _ in range(2):
        workflow = world.workflow()
        happening: Iterator[Event] = rotation.store(workflow, world.capture, world.hold)
        if world.captures:
            with pytest.raises(Unfinished, match="under way"):
                world.follow(workflow, happening)
        else:
            world.follow(workflow, happening)
    assert world.captures == 1


def test_resume_has_nothing_to_do_once_all_is_finished(world: World) -> None:
    rotate(world)
    assert resume(world) == []


def test_resume_begins_again_where_nothing_was_clicked_yet(world: World) -> None:
    world.service.down = True
    with pytest.raises(Unreachable):
        rotate(world)
    assert not world.standing.refused and world.standing.preparing
    world.service.down = False
    resume(world)
    assert world.standing.current == "pair-0001"


def test_what_was_begun_and_not_clicked_can_be_abandoned(world: World) -> None:
    world.service.down = True
    with pytest.raises(Unreachable):
        rotate(world)
    workflow = world.workflow()
    world.follow(workflow, rotation.abandon(workflow))
    assert world.standing == World().standing


def test_resume_asks_for_the_pair_when_none_was_stored(world: World) -> None:
    workflow = world.workflow()
    for event in rotation.rotate(workflow, world.capture, world.hold):
        world.standing = workflow.standing
        if event.outcome is Outcome.ASKED:
            break
    resume(world)
    assert world.standing.current == "pair-0001"


def test_a_pair_that_the_vault_lost_is_said_to_be_missing(world: World) -> None:
    rotate(world)
    world.vault.slots.clear()
    with pytest.raises(CredentialMissing):
        world.workflow().newest()


def test_no_event_holds_a_secret_key(world: World) -> None:
    world.vault.refuse = 1
    rotate(world)
    for event in world.told:
        assert "made-up`" not in repr(event)
    assert "made-up`" not in str(world.standing.to_json())


# Other systems that use the pair


def vendors_of(events: list[Event], outcome: Outcome) -> list[str]:
    return [event.detail["vendor"] for event in events if event.outcome is outcome]


def test_names_the_vendors_before_the_person_is_asked_and_opens_their_hand_overs_once_it_points(world: World) -> None:
    world.vendors = ("SIRAS", "CERS")
    told = words(rotate(world))
    assert told.index("prepare/warned") < told.index("mint/asked")
    assert told[-4:] == ["finish/pointed", "finish/opened", "finish/opened", "finish/finished"]
    assert {name: one.slot for name, one in world.standing.handovers.items()} == {
        "SIRAS": "pair-0001",
        "CERS": "pair-0001",
    }


def test_a_hand_over_is_opened_once_wherever_the_power_goes(world: World) -> None:
    world.vendors = ("SIRAS", "CERS")
    whole = len(rotate(world))
    for stop in range(1, whole):
        world = World()
        world.vendors = ("SIRAS", "CERS")
        workflow = world.workflow()
        happening = rotation.rotate(workflow, world.capture, world.hold)
        world.follow(workflow, happening, stop)
        resume(world)
        assert vendors_of(world.told, Outcome.OPENED) == ["SIRAS", "CERS"], stop
        assert set(world.standing.handovers) == {"SIRAS", "CERS"} and world.standing.rotation is None


def test_abandoning_a_rotation_whose_pair_is_current_already_opens_the_hand_overs(world: World) -> None:
    world.vendors = ("SIRAS",)
    workflow = world.workflow()
    for event in rotation.rotate(workflow, world.capture, world.hold):
        world.standing = workflow.standing
        if event.outcome is Outcome.POINTED:
            break
    workflow = world.workflow()
    assert words(world.follow(workflow, rotation.abandon(workflow))) == ["finish/opened", "abandon/abandoned"]
    assert list(world.standing.handovers) == ["SIRAS"]


def test_abandoning_one_whose_pair_is_not_current_opens_none(world: World) -> None:
    world.vendors = ("SIRAS",)
    workflow = world.workflow()
    world.follow(workflow, rotation.store(workflow, world.capture, world.hold))
    assert words(world.follow(workflow, rotation.abandon(workflow))) == ["abandon/abandoned"]


def test_a_new_pair_opens_every_hand_over_again(world: World) -> None:
    world.vendors = ("SIRAS", "CERS")
    rotate(world)
    workflow = world.workflow()
    world.follow(workflow, pending_systems.close(workflow, "siras"))
    assert list(world.standing.handovers) == ["CERS"]
    world.new = made_up("newer")
    world.service.valid = world.new
    assert vendors_of(rotate(world), Outcome.OPENED) == ["SIRAS", "CERS"]
    assert {one.slot for one in world.standing.handovers.values()} == {"pair-0002"}


def test_a_vendor_that_was_taken_out_of_the_settings_can_still_be_closed(world: World) -> None:
    world.vendors = ("SIRAS",)
    rotate(world)
    world.vendors = ()
    workflow = world.workflow()
    assert words(world.follow(workflow, pending_systems.close(workflow, " SIRAS "))) == ["handover/closed"]
    assert not world.standing.handovers


def test_the_current_pair_is_sealed_for_a_vendor_whether_or_not_it_waits(world: World) -> None:
    world.vendors = ("SIRAS",)
    rotate(world)
    world.vendors = ("SIRAS", "SEIS")
    sealed: list[Credential] = []
    for name in ("siras", "SEIS"):
        workflow = world.workflow()
        vendor = pending_systems.known_system(workflow, name)
        world.follow(workflow, pending_systems.seal(workflow, vendor, "age1madeup", sealed.append))
    assert all(pair.matches(world.new) for pair in sealed) and len(sealed) == 2
    assert list(world.standing.handovers) == ["SIRAS"]
    assert world.standing.handovers["SIRAS"].sealed_at is not None


def test_before_the_first_pair_there_is_nothing_to_seal(world: World) -> None:
    world.vendors = ("SIRAS",)
    workflow = world.workflow()
    with pytest.raises(CredentialMissing):
        world.follow(workflow, pending_systems.seal(workflow, "SIRAS", "age1madeup", lambda pair: None))
    assert not world.told


def test_a_memory_of_before_there_were_hand_overs_is_read(world: World) -> None:
    rotate(world)
    record = world.standing.to_json()
    del record["handovers"]
    assert Standing.from_json(record) == world.standing


# A check of the credentials before, while a rotation waits for its key


def stopped_at_the_click(world: World) -> None:
    """A second rotation that ended between the click and the moment when the key would have been stored."""
    rotate(world)
    world.old, world.new = world.new, made_up("newer")
    workflow = world.workflow()
    for event in rotation.rotate(workflow, world.capture, world.hold):
        world.standing = workflow.standing
        if event.outcome is Outcome.ASKED:
            break


def check(world: World) -> list[Event]:
    """What `verify` does with a workflow."""
    told = []
    for steps in (verification.probe, rotation.close_if_refused, partial(rotation.finish, unverified=False)):
        workflow = world.workflow()
        told += world.follow(workflow, steps(workflow))
    return told


@pytest.mark.parametrize("clicked", [True, False])
def test_a_check_never_ends_a_rotation_that_waits_for_its_key(world: World, clicked: bool) -> None:
    stopped_at_the_click(world)
    if clicked:
        world.service.valid = world.new
    told = words(check(world))
    assert told[0] == ("prove/refused" if clicked else "prove/proved")
    assert not any(word.startswith(("abandon", "finish")) for word in told)
    assert world.standing.waiting and world.standing.current == "pair-0001" and world.standing.bad == ()
    world.service.valid = world.new
    resume(world)
    assert world.standing.current == "pair-0002" and world.standing.rotation is None


# Credentials that a person typed into the portal


def typed_in_by_hand(world: World, *places: str) -> None:
    """Store the new pair; a person gives it to these places of the portal."""
    world.portal.held[SCHOOL] = None
    world.provable = frozenset({DISTRICT})
    workflow = world.workflow()
    world.follow(workflow, rotation.store(workflow, world.capture, world.hold))
    world.portal.held |= dict.fromkeys(places, world.new)


def verify(world: World) -> None:
    """What `verify` does, up to the end of the rotation or to what is still open."""
    workflow = world.workflow()
    tried = verification.proofs(world.follow(workflow, verification.probe(workflow)))
    looked = verification.look(workflow, tried)
    world.follow(workflow, verification.recognized(workflow, tried, looked))
    world.follow(workflow, rotation.finish(workflow, unverified=False))


def test_a_pair_that_was_placed_by_hand_is_finished_by_the_check_that_sees_it_work(world: World) -> None:
    typed_in_by_hand(world, DISTRICT)
    verify(world)
    assert world.standing.rotation is None and world.standing.current == "pair-0001"
    assert world.portal.saves == []
    world.portal.held[DISTRICT] = made_up("foreign", username="somebody-else")
    with pytest.raises(PlaceDrifted):
        rotate(world)


def test_a_parent_of_a_school_that_uses_the_districts_pair_shows_it_as_well(world: World) -> None:
    typed_in_by_hand(world, DISTRICT)
    world.provable = frozenset({BLANK_SCHOOL})
    verify(world)
    assert world.standing.rotation is None


def test_a_key_that_the_page_shows_needs_no_parent(world: World) -> None:
    typed_in_by_hand(world, DISTRICT)
    world.provable, world.portal.shows_keys = frozenset(), True
    verify(world)
    assert world.standing.rotation is None


@pytest.mark.parametrize("what", ["no direct check", "no parent", "refused at the school", "another user name"])
def test_less_than_that_leaves_it_open(world: World, what: str) -> None:
    typed_in_by_hand(world, DISTRICT)
    if what == "no direct check":
        world.direct = False  # the key may be right there and mistyped here
    elif what == "no parent":
        world.provable = frozenset()
    elif what == "refused at the school":
        world.portal.held[SCHOOL] = world.old
        world.provable = frozenset({DISTRICT, SCHOOL})
    else:
        world.portal.held[DISTRICT] = made_up("new", username="somebody-else")
        world.portal.portal_outcome = Outcome.PROVED
    with pytest.raises(Unfinished):
        verify(world)
    assert world.standing.rotation is not None


def test_what_is_remembered_of_a_place_is_not_told_again(world: World) -> None:
    rotate(world)
    workflow = world.workflow()
    tried = verification.proofs(world.follow(workflow, verification.probe(workflow)))
    assert list(verification.recognized(workflow, tried, verification.look(workflow, tried))) == []

"""A real process is killed at every moment of a rotation, and `resume` brings one pair to every place."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from session.rehearsal import Rehearsal, power_cut, two_lines
from ssrcred.domain.event import WORKS, Event, Outcome, Step
from ssrcred.domain.standing import TOMS
from ssrcred.practice import Pair

PROGRAM: Final = (sys.executable, str(Path(__file__).with_name("killed.py")))
LOOKS: Final = 31
CHANGES: Final = (
    "delete canary",  # one that a killed run may have left
    "write canary",
    "delete canary",
    "write pair-0002",
    "delete pair-0001",
)
Second = tuple[Rehearsal, Pair, Pair]


@pytest.fixture
def second(rotated_once: tuple[Rehearsal, Pair], tmp_path: Path) -> Second:
    """An LEA before its second rotation, the pair that its places hold, and the one that TOMS has just made."""
    rehearsal, old = rotated_once
    mine = rehearsal.copied(tmp_path)
    return mine, old, mine.new_pair(old)


def rotate(second: Second, kind: str, number: int) -> tuple[int, Mapping[str, list[str]]]:
    """The second rotation with a power cut; the exit code, and the moments if it came to its end."""
    rehearsal, _, new = second
    report = rehearsal.folder / "moments.json"
    words = (str(report), "SIGKILL", kind, str(number), "--", "rotate", "--stdin", "--force")
    with power_cut(rehearsal):
        done = rehearsal.run(*words, given=two_lines(new), expect=None, program=PROGRAM)
    return done.returncode, json.loads(report.read_text("utf-8")) if report.exists() else {}


def resume(second: Second) -> None:
    """What a person does next. The pair is given again only where it was never stored."""
    rehearsal, _, new = second
    if "pair-0002" in rehearsal.slots() or rehearsal.standing().current == "pair-0002":
        rehearsal.run("resume", "--no-input")
    elif rehearsal.standing().preparing or rehearsal.standing().rotation is not None:
        rehearsal.run("resume", "--stdin", given=two_lines(new))
    else:  # killed before the first event: nothing was begun
        rehearsal.run("rotate", "--stdin", "--force", given=two_lines(new))


def check_all_done(second: Second) -> None:
    rehearsal, _, new = second
    assert rehearsal.slots() == ["pair-0002"]
    assert rehearsal.holds("pair-0002", new)
    for place in rehearsal.places:
        assert rehearsal.district.stored(place) == new
    for school in set(rehearsal.district.schools) - {rehearsal.school}:
        assert rehearsal.district.stored(school) is None
    standing = rehearsal.standing()
    assert standing.rotation is None and standing.current == "pair-0002" and not standing.leftover
    assert {TOMS, *rehearsal.places} <= set(standing.tried)
    assert {last.outcome for last in standing.tried.values()} <= WORKS
    assert [event.outcome for event in rehearsal.events()][-1] is Outcome.FINISHED
    assert all(accepted for _, accepted in rehearsal.district.log_ins)


def test_every_event_has_a_moment_after_it(second: Second) -> None:
    before = len(second[0].events())
    code, moments = rotate(second, "look", 0)
    assert code == 0
    happened = second[0].events()
    # A new look or change belongs into LOOKS or CHANGES, so that a kill is tried there too.
    assert len(moments["looks"]) == LOOKS
    assert {int(count) for count in moments["looks"]} == set(range(before, len(happened) + 1))
    assert [_short(change) for change in moments["changes"]] == list(CHANGES)
    told = [(event.step, event.outcome) for event in happened[before:]]
    assert told[0] == (Step.PREPARE, Outcome.CHECKED)
    assert told[-2:] == [(Step.FINISH, Outcome.RETIRED), (Step.FINISH, Outcome.FINISHED)]
    check_all_done(second)


def _short(change: str) -> str:
    deed, _, name = change.partition(" ")
    return f"{deed} {'canary' if 'canary' in name else name.rpartition(':')[2]}"


# Of these, too, only some wait for daily work: the power cuts of test_crash.py come at more moments.
@pytest.mark.parametrize(
    "look", [pytest.param(one, marks=[] if one % 6 == 0 else pytest.mark.ci) for one in range(1, LOOKS + 1)]
)
def test_a_kill_after_any_event_leaves_what_resume_finishes(second: Second, look: int) -> None:
    before = second[0].events()
    code, _ = rotate(second, "look", look)
    assert code == -signal.SIGKILL
    _check_nothing_is_lost(second, second[0].events()[len(before) :])
    resume(second)
    check_all_done(second)


@pytest.mark.parametrize("change", range(1, len(CHANGES) + 1))
@pytest.mark.parametrize("side", ["before", "after"])
def test_a_kill_around_any_change_of_the_vault_leaves_what_resume_finishes(
    second: Second, side: str, change: int
) -> None:
    code, _ = rotate(second, side, change)
    assert code == -signal.SIGKILL
    resume(second)
    check_all_done(second)


def _check_nothing_is_lost(second: Second, happened: list[Event]) -> None:
    """Between the kill and `resume`: a recorded pair is in its slot, and the old one stays until the new one counts."""
    rehearsal, old, new = second
    told = [event.outcome for event in happened]
    if Outcome.STORED in told:
        assert rehearsal.holds("pair-0002", new)
    if Outcome.POINTED not in told:
        assert rehearsal.holds("pair-0001", old)


def test_a_rotation_that_was_killed_is_not_begun_again_over_it(second: Second) -> None:
    rehearsal, _, new = second
    code, _ = rotate(second, "after", CHANGES.index("write pair-0002") + 1)
    assert code == -signal.SIGKILL
    refused = rehearsal.run("rotate", "--stdin", "--force", given=two_lines(new), expect=10)
    assert refused.stderr.splitlines()[0] == "error: A rotation is under way already."
    assert "ssrcred resume" in refused.stderr
    status = rehearsal.run("status", "--json", expect=2)
    assert json.loads(status.stdout)["leas"][0]["state"] == "unfinished"
    resume(second)
    check_all_done(second)

"""Waiting for a portal that remembers its settings: visible, growing, bounded, and never a second refused log-in."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from cli.desk import Desk
from ssrcred.app.verification import FIRST_S, LONGEST_S, pauses
from ssrcred.domain.credential import SecretKey
from ssrcred.practice import Pair

FOREIGN = Pair("lincoln_usd_1964733", "made-up key that the state never gave")


class Slept(list[float]):
    """The pauses, none of which is waited for; `deed` is done at the one that makes `after` seconds."""

    def __init__(self, after: float = 0, deed: Callable[[], None] | None = None) -> None:
        super().__init__()
        self._after, self._deed = after, deed

    def append(self, seconds: float) -> None:
        super().append(seconds)
        if self._deed is not None and sum(self) >= self._after:
            deed, self._deed = self._deed, None
            deed()


def remembering(desk: Desk) -> None:
    """The portal still asks with another pair, as right after an upload."""
    for place in ("district", desk.district.schools[1]):
        desk.district.put(place, FOREIGN)


def caught_up(desk: Desk) -> Callable[[], None]:
    def deed() -> None:
        for place in ("district", desk.district.schools[1]):
            desk.district.put(place, desk.district.pair)

    return deed


@pytest.mark.parametrize("minutes", [1, 2, 10, 120])
def test_the_pauses_grow_and_are_together_what_was_asked_for(minutes: int) -> None:
    found = list(pauses(minutes))
    assert sum(found) == minutes * 60 and found[0] == FIRST_S
    assert found[:-1] == sorted(found[:-1]) and max(found) <= LONGEST_S + FIRST_S and min(found) >= FIRST_S


def test_it_stops_as_soon_as_parents_can_open_reports(rotated: Desk) -> None:
    remembering(rotated)
    rotated.slept = Slept(40, caught_up(rotated))
    before, asked = len(rotated.district.log_ins), len(rotated.district.requests)
    ran = rotated.run("verify", "--wait", "10", "--json")
    (entry,) = ran.document["leas"]
    assert (ran.code, entry["verdict"]) == (0, "working")
    assert rotated.slept == [10, 15, 22], "whole pauses, and none after it worked"
    assert rotated.district.log_ins[before:] == [("parent1", True), ("parent2", True), ("itstaff", True)]
    reports = [path for _, _, path in rotated.district.requests[asked:] if "/reports/" in path]
    assert len(reports) == 1, "only the direct check opens a report, and what worked is not asked again"
    assert "next test" not in ran.err


def test_settings_that_were_mended_while_it_waited_are_looked_at_again(rotated: Desk) -> None:
    for place in ("district", rotated.district.schools[1]):
        rotated.district.put(place, Pair("somebody_else", FOREIGN.secret))
    before = len(rotated.district.log_ins)
    rotated.slept = Slept(10, caught_up(rotated))
    ran = rotated.run("verify", "--wait", "10", "--json")
    (entry,) = ran.document["leas"]
    assert (ran.code, entry["verdict"], entry["sure"]) == (0, "working", "sure")
    assert {place["shows"] for place in entry["places"]} == {"same_username"}
    assert rotated.district.log_ins[before:] == [("parent1", True), ("parent2", True), ("itstaff", True)]


def test_on_a_terminal_the_time_is_counted_down(rotated: Desk) -> None:
    remembering(rotated)
    rotated.slept = Slept(12, caught_up(rotated))
    ran = rotated.sit("verify", "--wait", "1")
    assert ran.code == 0 and set(rotated.slept) == {1} and len(rotated.slept) == 25
    lines = [line for line in ran.err.split("\r") if "next test" in line]
    assert lines[0].strip() == "Not yet. The next test is in 10 s; 1 min 00 s left. Ctrl-C ends it."
    assert lines[24].strip() == "Not yet. The next test is in 1 s; 0 min 36 s left. Ctrl-C ends it."
    assert all(len(line) < 80 for line in lines)
    assert re.search(r"\r +\r", ran.err), "the line is erased"


def test_it_ends_when_the_time_is_over(rotated: Desk) -> None:
    remembering(rotated)
    ran = rotated.run("verify", "--wait", "1")
    assert ran.code == 7 and "portal differs" in ran.out
    assert rotated.slept == [10, 15, 22, 13]


def stops() -> None:
    raise KeyboardInterrupt


def test_ctrl_c_ends_it_with_what_is_known(rotated: Desk) -> None:
    remembering(rotated)
    rotated.slept = Slept(3, stops)
    ran = rotated.sit("verify", "--wait", "10")
    assert ran.code == 7 and len(rotated.slept) == 3
    assert "You stopped the waiting." in ran.screen and "portal differs" in ran.screen


def test_what_waiting_cannot_mend_is_not_waited_for(rotated: Desk) -> None:
    rotated.click()  # the pair is superseded: the state's service refuses it, and it is not sent again
    ran = rotated.run("verify", "--wait", "10")
    assert ran.code == 7 and "Waiting would not change the result, so there is none." in ran.err
    assert rotated.slept == []


def test_a_pair_that_works_is_not_waited_for(rotated: Desk) -> None:
    ran = rotated.run("verify", "--wait", "10")
    assert ran.code == 0 and "no waiting" not in ran.err
    assert rotated.slept == []


def test_a_refused_log_in_is_not_tried_again(rotated: Desk) -> None:
    remembering(rotated)
    rotated.vault.keep_secret("parent", SecretKey("a made-up wrong password"))
    rotated.slept = Slept()
    before = len(rotated.district.log_ins)
    ran = rotated.run("verify", "--wait", "1")
    assert ran.code == 7 and sum(rotated.slept) == 60, "the other parent is worth waiting for"
    assert rotated.district.log_ins[before:] == [("parent1", False), ("parent2", True)]


def test_by_hand_nobody_is_made_to_press_again_and_again(rotated: Desk) -> None:
    ran = rotated.run("verify", "--wait", "10", "--driver", "hand")
    assert "With --driver hand there is no waiting" in ran.err and rotated.slept == []


@pytest.mark.parametrize(
    "options", [("--all", "--wait", "5"), ("--all", "--ticket"), ("--ticket", "--json"), ("--wait", "0")]
)
def test_options_that_contradict_each_other_are_refused(ready: Desk, options: tuple[str, ...]) -> None:
    assert ready.run("verify", *options).code == 2

"""A help desk at a real terminal: a pair that is read back leaves nothing there, and waiting ends at Ctrl-C."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from session.rehearsal import Rehearsal
from session.terminal import CTRL_C, terminal
from ssrcred.practice import Pair, running
from waiting import HUNG_S, until

FOREIGN = Pair("lincoln_usd_1964733", "made-up key that the state never gave")
SPELLED = re.compile(r"^ *\d+: \S  \w", re.MULTILINE)


@pytest.fixture
def lea(set_up: Rehearsal, tmp_path: Path) -> Iterator[Rehearsal]:
    """An LEA that has just rotated, in a practice district of its own."""
    with running(started=True) as district:
        copy = set_up.copied(tmp_path, district)
        pair = district.generate()
        copy.run("rotate", "--stdin", given=f"{pair.username}\n{pair.secret}\n")
        yield copy


@pytest.mark.parametrize("end", ["Enter", "Ctrl-C"])
def test_a_pair_that_was_read_back_is_nowhere_on_the_terminal(lea: Rehearsal, end: str) -> None:
    # This terminal has no alternate screen: what is shown there is shown over everything, and has to be erased.
    with terminal(lea.environment, "store", "--spell") as shown:
        pair = lea.district.pair
        assert pair is not None
        for _ in range(math.ceil(len(pair.username) / 20)):
            shown.expect("Press Enter for the next page")
            assert SPELLED.search(shown.everything)
            shown.type("")
        shown.expect("Press Enter to erase it")
        assert len(SPELLED.findall(shown.everything)) == 20, "the whole key is on one screen, and nothing else"
        assert shown.everything.count("\n") <= 24, "nothing has scrolled away"
        if end == "Enter":
            shown.type("")
        else:
            shown.press(CTRL_C)
        assert shown.end() == (0 if end == "Enter" else 130)
        assert not SPELLED.search(shown.everything), shown.everything
        assert "characters" not in shown.everything


def test_waiting_counts_down_on_one_line_and_ends_at_ctrl_c(lea: Rehearsal) -> None:
    for place in lea.places:
        lea.district.put(place, FOREIGN)
    with terminal(lea.environment, "verify", "--wait", "5") as shown:
        shown.expect("The next test is in 9 s")
        assert shown.everything.count("next test") == 1
        shown.press(CTRL_C)
        assert shown.end() == 7
        assert "next test" not in shown.everything
        assert "You stopped the waiting." in shown.everything and "portal differs" in shown.everything


def test_ctrl_c_does_not_wait_for_a_service_that_is_slow(lea: Rehearsal) -> None:
    lea.district.fault("service", "slow", 10 * HUNG_S)
    before = len(lea.district.requests)
    with terminal(lea.environment, "verify") as shown:
        until(lambda: any(service == "service" for service, _, _ in lea.district.requests[before:]), "the request")
        shown.press(CTRL_C)
        assert shown.end() == 130
    lea.district.clear_faults()

"""What somebody at a terminal sees of a slow site: what is waited for, and then nothing more of it."""

from __future__ import annotations

import re
import threading
import time

import pytest

from cli.desk import Desk, Screen
from ssrcred.cli.progress import Progress


def until(screen: Screen, words: str) -> None:
    """Wait until something was written."""
    end = time.monotonic() + 30
    while words not in screen.said:
        assert time.monotonic() < end, screen.said
        time.sleep(0.01)


def left(screen: Screen) -> str:
    """What a terminal shows in the end: what stands before a carriage return is overwritten."""
    return re.sub(r"[^\n\r]*\r", "", screen.said)


def test_what_is_waited_for_is_named_and_goes_away_again() -> None:
    screen = Screen()
    progress = Progress(screen, delay_s=0.02, tick_s=0.01)
    with progress.waiting_for("the state's service"):
        until(screen, "Waiting for the state's service: 0 s.")
        with progress.waiting_for("SchoolWise"):
            until(screen, "Waiting for the state's service and SchoolWise: ")
        with progress.hidden():
            screen.write("said in between\n")
    assert left(screen) == "said in between\n"
    with progress.waiting_for("SchoolWise"):  # a second time, after the first line has ended
        until(screen, "Waiting for SchoolWise: 0 s.")
    assert left(screen) == "said in between\n"


def test_what_is_quick_shows_nothing() -> None:
    screen = Screen()
    for _ in range(3):
        with Progress(screen).waiting_for("SchoolWise"):
            pass
    assert screen.said == ""


def test_an_error_takes_the_line_away() -> None:
    screen = Screen()
    progress = Progress(screen, delay_s=0.0, tick_s=0.01)
    with pytest.raises(KeyboardInterrupt), progress.waiting_for("SchoolWise"):
        until(screen, "Waiting for SchoolWise")
        raise KeyboardInterrupt
    assert left(screen) == ""


def test_a_line_that_is_too_long_is_cut_since_a_wrapped_one_would_stay() -> None:
    screen = Screen()
    progress = Progress(screen, delay_s=0.0, tick_s=0.01)
    with progress.waiting_for("a made-up school " * 20):
        until(screen, "Waiting for a made-up")
    assert max(len(part) for part in re.split(r"[\r\n]", screen.said)) < 80


def test_no_thread_is_left_behind() -> None:
    progress = Progress(Screen(), delay_s=0.0, tick_s=0.01)
    with progress.waiting_for("SchoolWise"):
        assert [one.name for one in threading.enumerate()].count("ssrcred-progress") >= 1
    end = time.monotonic() + 30
    while progress._ticking and time.monotonic() < end:
        time.sleep(0.01)
    assert not progress._ticking


@pytest.mark.parametrize("command", ["verify", "upload"])
def test_a_slow_portal_is_told_at_a_terminal_and_nowhere_else(rotated: Desk, command: str) -> None:
    rotated.district.fault("schoolwise", "slow", 0.7)
    ran = rotated.sit(command)
    assert ran.code == 0 and "Waiting for SchoolWise to " in ran.err
    assert "Waiting for" not in ran.screen, "it is gone once the answer is there"
    if command == "verify":
        assert "Waiting for" not in rotated.run(command).err, "nobody is there"

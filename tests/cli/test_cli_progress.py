"""What somebody at a terminal sees of a slow site: what is waited for, and then nothing more of it."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from cli.desk import TODAY, Desk, Screen
from ssrcred.app.progress import Progress
from waiting import HUNG_S, until


@dataclass
class Clock:
    """A time that stands still until a test moves it."""

    at: datetime = TODAY
    looks: int = 0

    def __call__(self) -> datetime:
        self.looks += 1
        return self.at


def shown(screen: Screen, words: str) -> None:
    """Wait until something was written."""
    until(lambda: words in screen.said, words)


def left(screen: Screen) -> str:
    """What a terminal shows in the end: what stands before a carriage return is overwritten."""
    return re.sub(r"[^\n\r]*\r", "", screen.said)


def asked(desk: Desk) -> int:
    """How often the portal was asked for something."""
    return [service for service, _, _ in desk.district.requests].count("schoolwise")


def ticking() -> bool:
    """Whether a line is being drawn anew."""
    return "ssrcred-progress" in {thread.name for thread in threading.enumerate()}


def test_what_is_waited_for_is_named_and_goes_away_again() -> None:
    screen, clock = Screen(), Clock()
    progress = Progress(screen, clock, tick_s=0.01)
    with progress.waiting_for("the state's service"):
        clock.at += timedelta(seconds=1.5)
        shown(screen, "Waiting for the state's service: 1 s.")
        with progress.waiting_for("SchoolWise"):
            clock.at += timedelta(seconds=1)
            shown(screen, "Waiting for the state's service and SchoolWise: 2 s.")
        with progress.hidden():
            screen.write("said in between\n")
    assert left(screen) == "said in between\n"
    with progress.waiting_for("SchoolWise"):  # a second time, after the first line has ended
        clock.at += timedelta(seconds=60)
        shown(screen, "Waiting for SchoolWise: 60 s.")
    assert left(screen) == "said in between\n"


def test_what_is_quick_shows_nothing() -> None:
    screen, clock = Screen(), Clock()
    with Progress(screen, clock, tick_s=0.01).waiting_for("SchoolWise"):
        clock.at += timedelta(seconds=0.9)
        until(lambda: clock.looks > 3, "a tick")
    assert screen.said == ""


def test_an_error_takes_the_line_away() -> None:
    screen, clock = Screen(), Clock()
    progress = Progress(screen, clock, tick_s=0.01)
    with pytest.raises(KeyboardInterrupt), progress.waiting_for("SchoolWise"):
        clock.at += timedelta(seconds=1)
        shown(screen, "Waiting for SchoolWise")
        raise KeyboardInterrupt
    assert left(screen) == ""


def test_a_line_that_is_too_long_is_cut_since_a_wrapped_one_would_stay() -> None:
    screen, clock = Screen(), Clock()
    progress = Progress(screen, clock, tick_s=0.01)
    with progress.waiting_for("a made-up school " * 20):
        clock.at += timedelta(seconds=1)
        shown(screen, "Waiting for a made-up")
    assert max(len(part) for part in re.split(r"[\r\n]", screen.said)) < 80


def test_no_thread_is_left_behind() -> None:
    with Progress(Screen(), Clock(), tick_s=0.01).waiting_for("SchoolWise"):
        assert ticking()
    until(lambda: not ticking(), "the thread's end")


@pytest.mark.parametrize("command", ["verify", "upload", "schools", "portal find", "rotate --plan"])
def test_a_slow_portal_is_told_at_a_terminal(rotated: Desk, command: str) -> None:
    screen, before = Screen(), asked(rotated)

    def answer_once_told() -> None:
        until(lambda: asked(rotated) > before, "a request")
        rotated.at += timedelta(seconds=1)
        shown(screen, "Waiting for SchoolWise to ")
        rotated.district.clear_faults()

    rotated.district.fault("schoolwise", "slow", HUNG_S)
    with ThreadPoolExecutor() as pool:
        told = pool.submit(answer_once_told)
        ran = rotated.sit(*command.split(), screen=screen)
        told.result()
    assert ran.code == 0
    assert "Waiting for" not in ran.screen, "it is gone once the answer is there"


def test_nothing_is_told_where_nobody_sees_it(rotated: Desk) -> None:
    until(lambda: not ticking(), "the end of other tests' threads")
    before = asked(rotated)

    def answer_once_asked() -> bool:
        until(lambda: asked(rotated) > before, "a request")
        told = ticking()
        rotated.district.clear_faults()
        return told

    rotated.district.fault("schoolwise", "slow", HUNG_S)
    with ThreadPoolExecutor() as pool:
        told = pool.submit(answer_once_asked)
        ran = rotated.run("verify")
        assert not told.result()
    assert ran.code == 0 and "Waiting for" not in ran.err

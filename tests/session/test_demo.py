"""`make demo` on a machine that has nothing: the yearly job to its end, with no traces and no secrets."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from session.rehearsal import surroundings
from session.terminal import Terminal, terminal
from ssrcred.practice import sample_data
from waiting import HUNG_S

DEMO: Final = (sys.executable, str(Path(__file__).parents[2] / "scripts" / "demo.py"))
TITLES: Final = ("Prepare:", "Store the new", "Update the settings", "Test the credentials", "Finish")
NOWHERE: Final = "/nonexistent/made-up-folder"


@pytest.fixture
def nothing(tmp_path: Path) -> dict[str, str]:
    """A home with nothing in it, and a folder for what is temporary."""
    home = tmp_path / "home"
    for folder in (home, tmp_path / "tmp"):
        folder.mkdir()
    environment = surroundings(home, TMPDIR=str(tmp_path / "tmp"), PATH=NOWHERE)
    del environment["SSRCRED_HOME"]
    return environment


def check_no_traces(environment: dict[str, str]) -> None:
    for folder in (environment["HOME"], environment["TMPDIR"]):
        assert list(Path(folder).rglob("*")) == []


def check_no_secrets(said: str) -> None:
    """Fail when a password or an SSID was shown; the key is the district's own and dies with it."""
    accounts = (*sample_data.TOMS_ACCOUNTS, *sample_data.WEB_USERS)
    for secret in (*(account.password for account in accounts), *(student.ssid for student in sample_data.STUDENTS)):
        assert secret not in said


def demo(environment: dict[str, str]) -> str:
    """What the whole demo prints."""
    done = subprocess.run(
        DEMO, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment, timeout=3 * HUNG_S
    )
    assert (done.returncode, done.stderr) == (0, "")
    check_no_secrets(done.stdout)
    return done.stdout


def test_goes_from_nothing_to_status_and_leaves_no_traces(nothing: dict[str, str]) -> None:
    said = demo(nothing)
    places = [said.index(f"\n{title}") for title in TITLES]
    assert places == sorted(places)
    confirmed = said[: places[0]].partition("\n$ ssrcred portal confirm")[2]
    assert "est save for the district" in confirmed  # or why there is none; Chrome is found without PATH too
    assert "Confirmed: the schools." in confirmed
    assert "\n$ ssrcred status" in said[places[-1] :]
    last = said.rpartition("$ ssrcred ")[2]
    assert last.startswith("status\n") and "fine" in last and "365" in last
    assert "\x1b" not in said
    check_no_traces(nothing)


@pytest.mark.real("chromium")
def test_tests_the_save_in_a_browser_and_sends_nothing(nothing: dict[str, str]) -> None:
    said = demo(nothing | {"PATH": os.environ["PATH"]})
    assert "Test save for the district, nothing was sent: 2 of 9 fields would change" in said
    check_no_traces(nothing)


@pytest.mark.ci
def test_has_colours_on_a_terminal_and_reads_the_same(nothing: dict[str, str]) -> None:
    with terminal(nothing, program=DEMO, columns=100, lines=40) as shown:
        assert shown.end() == 0
        assert b"\x1b[" in shown.raw
        check_no_secrets(shown.text)
        for title in TITLES:
            assert f"\n{title}" in shown.text
    check_no_traces(nothing)


def test_keeps_to_no_color(nothing: dict[str, str]) -> None:
    with Stopped(nothing | {"NO_COLOR": "1"}) as shown:
        shown.expect("$ ssrcred status")
        assert b"\x1b[3" not in shown.raw


class Stopped(Terminal):
    """The demo on a terminal, stopped with Ctrl-C."""

    def __init__(self, environment: dict[str, str]) -> None:
        super().__init__(environment, program=DEMO)

    def __enter__(self) -> Stopped:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

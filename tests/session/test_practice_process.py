"""`ssrcred practice` as a person runs it: a page of addresses, four sites, Ctrl-C."""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import pytest
from coordinator import regenerate

from session.rehearsal import Rehearsal, surroundings
from session.terminal import CTRL_C, terminal
from ssrcred.app.practice import instructions
from ssrcred.practice import CONFIRMED
from ssrcred.practice.sample_data import Accounts
from waiting import HUNG_S


@pytest.fixture
def ports() -> range:
    """Four ports in a row that nobody uses; the usual ones are left to whoever rehearses on this machine."""
    # Another run of the tests begins its search elsewhere, so that neither takes what the other has just found free.
    for first in range(20001 + os.getpid() % 500 * 14, 30001, 7):
        found = range(first, first + 4)
        with ExitStack() as held, suppress(OSError):
            for port in found:
                held.enter_context(socket.create_server(("127.0.0.1", port)))
            return found
    raise AssertionError("no four free ports in a row")


def test_a_rehearsal_as_its_page_says(tmp_path: Path, ports: range) -> None:
    """The page's own commands, word for word, in a second terminal."""
    environment = surroundings(tmp_path)
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    del environment["SSRCRED_HOME"]
    with terminal(environment, "practice", "--first-port", str(ports[0])) as first:
        first.expect("Ctrl-C.")
        with httpx.Client(trust_env=False, verify=False, timeout=HUNG_S) as somebody:
            for port in (ports[0], ports[1], ports[3]):
                assert "PRACTICE" in somebody.get(f"http://127.0.0.1:{port}/", follow_redirects=True).text
        commands = re.findall(r"(?m)^  ((?:export|ssrcred) (?:.*\\\n)*.*)$", first.everything)
        assert [command.split()[:2][-1] for command in commands[1:]] == ["vault", "setup", "rotate"]
        _second_terminal(commands, environment, tmp_path, ports)
        first.press(CTRL_C)
        assert first.end() == 0
        assert first.text.rstrip().endswith("^C")


def _second_terminal(commands: list[str], environment: dict[str, str], folder: Path, ports: range) -> None:
    home, vault, setup, rotate = commands
    script = f'{home} && {vault} && printf %s "$SSRCRED_HOME"'
    done = subprocess.run(["sh", "-c", script], env=environment, capture_output=True, text=True, timeout=HUNG_S)
    assert done.returncode == 0, done.stderr
    assert done.stdout == str(folder / "ssrcred-rehearsal")
    environment = {**environment, "SSRCRED_HOME": done.stdout}
    with terminal(environment, *shlex.split(setup.replace("\\\n", ""))[1:], columns=100) as second:
        office, parents = Accounts().office, Accounts().parents
        for _ in ("other systems", "the CAASPP coordinator", "the ELPAC coordinator"):
            second.expect("(Enter: none): ")
            second.type("")
        for account in (office, Accounts().parent, parents["Franklin Middle School"]):
            second.expect(f"{account.username}{' in SchoolWise' if account is office else ''}: ")
            second.type(account.password)
            second.expect("stored\r\n")
        second.expect("report): ")
        second.type("9000000001")
        second.expect("(Y/n): ")
        second.type("n")  # confirming has transcripts of its own
        second.expect("(Y/n): ")
        second.type("")
        assert second.end() == 0
        assert " ".join(second.words).count(": fine") == 5, second.text
        assert "ssrcred rotate" in second.text.splitlines()[-2]  # the last line is about reminders
    confirm = ("ssrcred", "portal", "confirm", "--import", str(CONFIRMED))
    done = subprocess.run(confirm, env=environment, capture_output=True, text=True, timeout=HUNG_S)
    assert done.returncode == 0, done.stderr
    pair = regenerate(f"http://127.0.0.1:{ports[0]}", f"http://127.0.0.1:{ports[3]}", Accounts().coordinator)
    words = [*shlex.split(rotate), "--stdin"]
    given = f"{pair.username}\n{pair.secret}\n"
    finished = subprocess.run(words, input=given, env=environment, capture_output=True, text=True, timeout=HUNG_S)
    assert finished.returncode == 0, finished.stderr


def test_a_second_one_is_told_of_the_first(tmp_path: Path, ports: range) -> None:
    environment = surroundings(tmp_path)
    with terminal(environment, "practice", "--first-port", str(ports[0])) as first:
        first.expect("Ctrl-C.")
        with terminal(environment, "practice", "--first-port", str(ports[0])) as second:
            assert second.end() == 2
            error, state, hint = second.last_lines
            assert f"{ports[0]} to {ports[-1]}" in error and "Nothing was started." in state
            assert "running already" in hint and "--first-port" in hint
        first.press(CTRL_C)
        assert first.end() == 0


def test_the_page_speaks_powershell_too(set_up: Rehearsal) -> None:
    lines = instructions(set_up.district, powershell=True)
    assert '  $env:SSRCRED_HOME = "$HOME/ssrcred-rehearsal"' in lines
    assert all(not line.endswith("\\") for line in lines) and any(line.endswith(" `") for line in lines)

"""`ssrcred practice` as a person runs it: a page of addresses, four sites, Ctrl-C."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from session.rehearsal import Rehearsal, surroundings
from session.terminal import CTRL_C, terminal
from ssrcred.cli.practice import PORTS, rehearsal
from ssrcred.practice.coordinator import regenerate
from ssrcred.practice.people import accounts

pytestmark = pytest.mark.xdist_group("the ports of ssrcred practice")


def test_a_rehearsal_as_its_page_says(tmp_path: Path) -> None:
    """The page's own commands, word for word, in a second terminal."""
    environment = surroundings(tmp_path)
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    del environment["SSRCRED_HOME"]
    with terminal(environment, "practice") as first:
        first.expect("Ctrl-C.")
        with httpx.Client(trust_env=False, verify=False, timeout=5) as somebody:
            for port in (PORTS[0], PORTS[1], PORTS[3]):
                assert "PRACTICE" in somebody.get(f"http://127.0.0.1:{port}/", follow_redirects=True).text
        commands = re.findall(r"(?m)^  ((?:export|ssrcred) (?:.*\\\n)*.*)$", first.text)
        assert [command.split()[:2][-1] for command in commands[1:]] == ["vault", "setup", "rotate"]
        _second_terminal(commands, environment, tmp_path)
        first.press(CTRL_C)
        assert first.end() == 0
        assert first.text.rstrip().endswith("^C")


def _second_terminal(commands: list[str], environment: dict[str, str], folder: Path) -> None:
    home, vault, setup, rotate = commands
    script = f'{home} && {vault} && printf %s "$SSRCRED_HOME"'
    done = subprocess.run(["sh", "-c", script], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout == str(folder / "ssrcred-rehearsal")
    environment = {**environment, "SSRCRED_HOME": done.stdout}
    with terminal(environment, *shlex.split(setup.replace("\\\n", ""))[1:], columns=100) as second:
        office, parents = accounts().office, accounts().parents
        for account in (office, accounts().parent, parents["Franklin Middle School"]):
            second.expect(f"{account.username}{' in SchoolWise' if account is office else ''}: ")
            second.type(account.password)
            second.expect("kept\r\n")
        second.expect("report): ")
        second.type("9000000001")
        second.expect("(Y/n): ")
        second.type("")
        assert second.end() == 0
        assert second.text.count(": fine") == 5
        assert "ssrcred rotate" in second.text.splitlines()[-1]
    pair = regenerate(f"http://127.0.0.1:{PORTS[0]}", f"http://127.0.0.1:{PORTS[3]}", accounts().coordinator)
    words = [*shlex.split(rotate), "--stdin"]
    given = f"{pair.username}\n{pair.secret}\n"
    finished = subprocess.run(words, input=given, env=environment, capture_output=True, text=True, timeout=60)
    assert finished.returncode == 0, finished.stderr


def test_a_second_one_is_told_of_the_first(tmp_path: Path) -> None:
    environment = surroundings(tmp_path)
    with terminal(environment, "practice") as first:
        first.expect("Ctrl-C.")
        with terminal(environment, "practice") as second:
            assert second.end() == 2
            error, state, hint = second.last_lines
            assert f"{PORTS[0]} to {PORTS[-1]}" in error and "Nothing was started." in state
            assert "running already" in hint
        first.press(CTRL_C)
        assert first.end() == 0


def test_the_page_speaks_powershell_too(set_up: Rehearsal) -> None:
    lines = rehearsal(set_up.district, powershell=True)
    assert '  $env:SSRCRED_HOME = "$HOME/ssrcred-rehearsal"' in lines
    assert all(not line.endswith("\\") for line in lines) and any(line.endswith(" `") for line in lines)

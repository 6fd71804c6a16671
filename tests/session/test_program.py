"""The program as the system starts and stops it: a bug, a closed window, closed streams."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from waiting import HUNG_S

PROGRAM = [sys.executable, "-m", "ssrcred"]


def test_a_bug_ends_in_three_lines_that_quote_no_value() -> None:
    script = """
import sys
from ssrcred.cli.main import program
sys.argv = ["ssrcred", "--version"]
program()
{}["made-up-secret"]
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["error", "state", "hint"]
    assert "KeyError" in lines[0]
    assert "made-up-secret" not in done.stderr and "Traceback" not in done.stderr


def test_a_bug_is_one_document_where_json_was_asked_for() -> None:
    script = """
import sys
from ssrcred.cli.main import program
sys.argv = ["ssrcred", "--version", "--json"]
program()
{}["made-up-secret"]
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert '"code": "unexpected"' in done.stdout
    assert "made-up-secret" not in done.stdout + done.stderr


def test_a_closed_window_is_like_ctrl_c(tmp_path: Path) -> None:
    environment = {"SSRCRED_HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    script = """
import signal, sys
from ssrcred.cli.main import program
signal.SIGBREAK = signal.SIGUSR1  # what only Windows has, for Ctrl-Break
sys.argv = ["ssrcred", "--version"]
program()
print("ready", flush=True)
input()
"""
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):
        with subprocess.Popen(
            [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("ssrcred ")
            assert process.stdout.readline() == "ready\n"
            process.send_signal(number)
            assert process.wait(timeout=HUNG_S) in (-signal.SIGINT, 1)  # KeyboardInterrupt, outside of the program here


def test_ctrl_c_is_not_lost_where_python_drops_exceptions(tmp_path: Path) -> None:
    script = """
import signal, sys, time
from ssrcred.cli.main import program
sys.argv = ["ssrcred", "--version"]
program()

class Ending:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)

for _ in range(3):
    try:
        Ending()
        time.sleep(60)
    except KeyboardInterrupt:
        print("stopped", flush=True)
"""
    environment = {"SSRCRED_HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=HUNG_S
    )
    assert done.stdout.splitlines()[1:] == ["stopped"] * 3
    assert done.stderr == "" and done.returncode == 0


def test_a_bug_where_python_drops_exceptions_is_one_line_without_a_value(tmp_path: Path) -> None:
    script = """
import sys
from ssrcred.cli.main import program
sys.argv = ["ssrcred", "--version"]
program()

class Ending:
    def __del__(self):
        {}["made-up-secret"]

Ending()
"""
    environment = {"SSRCRED_HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=HUNG_S
    )
    assert done.returncode == 0
    assert done.stderr.splitlines() == ["ssrcred went on after a bug: KeyError."]


def test_closed_streams_end_in_an_exit_code(tmp_path: Path) -> None:
    environment = {"SSRCRED_HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    for closed in ("<&-", "<&- >&-", "<&- >&- 2>&-"):
        command = ["bash", "-c", f'exec "$0" -m ssrcred status {closed}', sys.executable]
        assert subprocess.run(command, env=environment).returncode == 3  # there is no config.toml yet

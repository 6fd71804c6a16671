"""What a job says goes into a log; cron, which mails whatever it hears, hears only of failures."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.schedule.stage import ODD, python
from ssrcred.adapters.schedule.job_runner import LAST_BYTES, LONGEST, main
from ssrcred.adapters.schedule.scheduler import logged

SAYS = python("import sys; print('plain ü'); print('worse', file=sys.stderr); sys.exit(int(sys.argv[1]))")
LINES = re.compile(r"--- \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ .*")


@pytest.mark.parametrize("code", [0, 8])
def test_a_run_that_is_fine_is_quiet(tmp_path: Path, capfd: pytest.CaptureFixture[str], code: int) -> None:
    log = tmp_path / ODD / "verify.log"
    assert main(["--log", str(log), "--fine", "8,10", "--", *SAYS, str(code)]) == 0
    assert capfd.readouterr() == ("", "")
    lines = log.read_text("utf-8").splitlines()
    assert sorted(lines[1:3]) == ["plain ü", "worse"] and lines[-1].endswith(f" exit {code}")
    assert LINES.fullmatch(lines[0]) and LINES.fullmatch(lines[-1])
    assert log.stat().st_mode & 0o077 == 0 and log.parent.stat().st_mode & 0o077 == 0


def test_a_run_that_failed_says_it_again_and_passes_the_code_on(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "log"
    assert main(["--log", str(log), "--fine", "8", "--", *SAYS, "7"]) == 7
    out, err = capfd.readouterr()
    assert out == "" and "plain ü" in err and "worse" in err and f"Exit code 7. Full log: {log}" in err


def test_only_the_end_of_a_long_output_is_said_again(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log"
    assert main(["--log", str(log), "--", *python("print('x' * 9999); raise SystemExit(1)")]) == 1
    assert len(capfd.readouterr().err) < LAST_BYTES + 200
    assert "x" * 9999 in log.read_text()


def test_runs_are_added_until_the_log_is_long(tmp_path: Path) -> None:
    log = tmp_path / "log"
    for _ in range(2):
        main(["--log", str(log), "--", *SAYS, "0"])
    assert log.read_text("utf-8").count(" exit 0") == 2
    log.write_bytes(b"x" * (LONGEST + 1))
    main(["--log", str(log), "--", *SAYS, "0"])
    assert (tmp_path / "log.1").stat().st_size == LONGEST + 1 and log.stat().st_size < 1000


def test_what_cannot_be_started_or_is_killed_is_told_as_a_shell_does(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "log"
    assert main(["--log", str(log), "--", "/nowhere/made-up"]) == 127
    assert "/nowhere/made-up: no such file" in capfd.readouterr().err
    assert main(["--log", str(log), "--", "/bin/sh", "-c", "kill -9 $$"]) == 137


def test_both_outputs_and_the_code_go_into_a_folder(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["--into", str(tmp_path), "--", *SAYS, "8"]) == 8
    assert capfd.readouterr() == ("", "")
    assert {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()} == {
        "out": "plain ü\n",
        "err": "worse\n",
        "exit": "8",
    }


def test_variables_reach_the_command_and_nothing_waits_for_an_answer(tmp_path: Path) -> None:
    code = python("import os; print(os.environ['A'], repr(os.sys.stdin.read()))")
    main(["--into", str(tmp_path), "--set", f"A=b={ODD}", "--", *code])
    assert (tmp_path / "out").read_text("utf-8") == f"b={ODD} ''\n"


def test_its_command_line_works_from_a_folder_with_a_file_in_the_way(tmp_path: Path) -> None:
    """cron runs jobs in the home folder, where a file may have a module's name."""
    (tmp_path / "ssrcred.py").write_text("raise SystemExit(99)")
    words = logged("--log", str(tmp_path / "log"), "--", *SAYS, "0")
    assert words[0] == os.path.abspath(sys.executable)
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, env={})
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

"""The program where the machine has little to give: a full disk for what it says, no columns, no home folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from session.rehearsal import LEA, PROGRAM, Rehearsal, surroundings, two_lines
from ssrcred.practice import Pair, Practice
from waiting import HUNG_S

FULL = Path("/dev/full")
full = pytest.mark.skipif(not FULL.exists(), reason="this system has no device that is always full")


def to_a_full_disk(rehearsal: Rehearsal, *words: str, **more: str) -> tuple[int, str]:
    """The exit code of a process whose standard output takes nothing, and what it says on standard error."""
    with FULL.open("w") as disk:
        done = subprocess.run(
            words, stdout=disk, stderr=subprocess.PIPE, text=True, env=rehearsal.environment | more, timeout=HUNG_S
        )
    return done.returncode, done.stderr


@full
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("status",), 3),
        (("status", "--json"), 3),
        (("status", "--nagios"), 3),
        (("status", "--lea", "nobody", "--json"), 3),
        (("verify", "--json"), 1),
        (("verify", "--json", "--lea", "nobody"), 1),
        (("history",), 1),
        (("doctor", "--no-practice"), 1),
        (("--help",), 1),
        (("--version",), 1),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else str(value),
)
def test_an_answer_that_a_full_disk_does_not_take_is_told_in_one_line(
    rotated_once: tuple[Rehearsal, Pair], tmp_path: Path, words: tuple[str, ...], code: int, unbuffered: str
) -> None:
    ended, said = to_a_full_disk(rotated_once[0].copied(tmp_path), *PROGRAM, *words, PYTHONUNBUFFERED=unbuffered)
    last = said.splitlines()[-1]
    assert (ended, "Traceback" in said) == (code, False), said
    assert last.startswith("error: The answer could not be written to standard output: no space left on device.")
    assert said.count("error:") == 1


@full
@pytest.mark.parametrize("words", [(), ("--help",), ("--nonsense",)], ids=str)
def test_the_plugin_is_unknown_in_one_line_where_its_answer_is_not_taken(
    rotated_once: tuple[Rehearsal, Pair], tmp_path: Path, words: tuple[str, ...]
) -> None:
    script = "from ssrcred.check import program; program()"
    ended, said = to_a_full_disk(rotated_once[0].copied(tmp_path), sys.executable, "-c", script, *words)
    assert (ended, said.count("\n")) == (3, 1)
    assert said.startswith("check_ssrcred: the answer could not be written")


@pytest.mark.parametrize("reader", [pytest.param("full disk", marks=full), "gone"])
def test_nobody_who_takes_what_is_told_stops_no_rotation(
    set_up: Rehearsal, district: Practice, tmp_path: Path, reader: str
) -> None:
    rehearsal = set_up.copied(tmp_path)
    pair = rehearsal.new_pair(None)
    read, write = os.pipe() if reader == "gone" else (os.open(FULL, os.O_RDONLY), os.open(FULL, os.O_WRONLY))
    os.close(read)
    with os.fdopen(write, "w") as told:
        words, given = (*PROGRAM, "rotate", "--stdin"), two_lines(pair)
        done = subprocess.run(words, input=given, stderr=told, text=True, env=rehearsal.environment, timeout=HUNG_S)
    assert done.returncode == 0
    assert district.stored("district") == pair
    assert rehearsal.standing().rotation is None


@pytest.mark.parametrize("words", [("status",), ("--help",), ("history",)], ids=" ".join)
def test_a_terminal_without_a_size_is_printed_on(
    rotated_once: tuple[Rehearsal, Pair], tmp_path: Path, words: tuple[str, ...]
) -> None:
    rehearsal = rotated_once[0].copied(tmp_path)
    sizes = {"COLUMNS": "0", "LINES": "0", "TERMINAL_WIDTH": "made up"}
    done = subprocess.run((*PROGRAM, *words), capture_output=True, text=True, env=rehearsal.environment | sizes)
    assert done.returncode == 0 and len(done.stdout.strip()) > 50


def homeless(tmp_path: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """A process of an account that the password file does not know, and whose environment names no home."""
    tmp_path.chmod(0o777)
    may_read = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")  # Python may be in root's folder
    account = ("setpriv", "--reuid", "54321", "--regid", "54321", "--clear-groups", *may_read)
    return subprocess.run(
        (*account, *PROGRAM, *words),
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"]} | environ,
        cwd=tmp_path,
        timeout=HUNG_S,
    )


root_only = pytest.mark.skipif(
    not shutil.which("setpriv") or not hasattr(os, "geteuid") or os.geteuid() != 0,
    reason="only root can become an account that nobody knows",
)


@root_only
@pytest.mark.parametrize(
    "words",
    [
        ("status",),
        ("schedule",),
        ("schedule", "--install"),
        ("setup", "--lea", LEA),
        ("vault", "init"),
        ("doctor",),
    ],
    ids=" ".join,
)
def test_an_account_without_a_home_folder_is_told_how_to_name_one(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = homeless(tmp_path, *words)
    assert "foresaw" not in done.stdout + done.stderr and "Traceback" not in done.stderr
    assert "SSRCRED_HOME=" in done.stdout + done.stderr
    assert os.listdir(tmp_path) == []


@root_only
def test_with_a_folder_of_its_own_such_an_account_can_do_everything(tmp_path: Path, district: Practice) -> None:
    tmp_path.chmod(0o777)
    environ = {"SSRCRED_HOME": str(tmp_path / "home")}
    assert homeless(tmp_path, "vault", "init", "--key-file", str(tmp_path / "key"), **environ).returncode == 0
    set_up = Rehearsal(tmp_path, district, surroundings(tmp_path)).setup
    assert homeless(tmp_path, *set_up, **environ).returncode == 0
    assert homeless(tmp_path, "doctor", "--no-practice", **environ).stdout.count("foresaw") == 0
    refused = homeless(tmp_path, "schedule", "--install", "--with", "cron", **environ)
    assert refused.returncode in (2, 3) and "foresaw" not in refused.stderr, refused.stderr

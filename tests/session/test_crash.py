"""The power cuts and their judge: that a cut comes where it was asked for, and that the judge finds what is wrong."""

from __future__ import annotations

import json
import platform
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from crash_judge import Servers, faults

from session.rehearsal import Rehearsal
from session.sample import SCRIPTS, sample_of
from ssrcred.practice import Pair
from waiting import HUNG_S

pytestmark = pytest.mark.skipif(
    (platform.system(), platform.machine()) != ("Linux", "x86_64"), reason="ptrace as Linux has it on x86-64"
)
THREADS: Final = """
import os, threading
def work():
    open("made", "w").write("made up")
    os.rename("made", "renamed")
thread = threading.Thread(target=work)
thread.start()
thread.join()
os.unlink("renamed")
"""


@pytest.mark.parametrize(
    ("number", "left", "code"), [(0, [], 0), (2, ["made"], -9), (3, ["made"], -9), (4, ["renamed"], -9)]
)
def test_a_run_ends_before_the_call_that_was_asked_for(tmp_path: Path, number: int, left: list[str], code: int) -> None:
    report = tmp_path / "report.json"
    (tmp_path / "here").mkdir()
    words = (sys.executable, SCRIPTS / "power_cut.py", report, str(number), "--", sys.executable, "-c", THREADS)
    subprocess.run(words, check=True, timeout=HUNG_S, cwd=tmp_path / "here")
    told = json.loads(report.read_text("utf-8"))
    assert told["code"] == code
    assert told["calls"] == ["openat", "write", "rename", "unlink"][: number or None]
    assert [path.name for path in (tmp_path / "here").iterdir()] == left


@pytest.fixture
def ended(rotated_once: tuple[Rehearsal, Pair], tmp_path: Path) -> tuple[Rehearsal, Path, Servers]:
    """An LEA after a rotation, its vault's key, and what the servers would have then."""
    lea, pair = rotated_once
    copy, last = lea.copied(tmp_path), (pair.username, pair.secret)
    holds = {place: last if place in copy.places else None for place in ("district", *copy.district.schools)}
    key_file = Path((copy.home / "vault" / "key-file.txt").read_text("utf-8").strip())
    save = ("schoolwise", "POST", "/office/options/caaspp")
    return copy, key_file, Servers(last, holds, copy.places, ((), ()), [save], [True])


def test_the_judge_finds_nothing_wrong_where_nothing_is(ended: tuple[Rehearsal, Path, Servers]) -> None:
    lea, key_file, servers = ended
    assert faults(lea.home, key_file, servers) == []


WRONG_SERVERS: Final[dict[str, Callable[[Servers], Servers]]] = {
    "district does not hold": lambda one: replace(one, holds=one.holds | {"district": ("old", "made up")}),
    "2 saves": lambda one: replace(one, requests=one.requests * 2),
    "another setting": lambda one: replace(one, settings=((), ("changed",))),
    "sign-in": lambda one: replace(one, sign_ins=[True, False]),
    "0 with the last": lambda one: replace(one, last=("new", "made up"), holds={}),
}


@pytest.mark.parametrize("words", WRONG_SERVERS)
def test_the_judge_finds_what_is_wrong_at_the_servers(ended: tuple[Rehearsal, Path, Servers], words: str) -> None:
    lea, key_file, servers = ended
    assert any(words in fault for fault in faults(lea.home, key_file, WRONG_SERVERS[words](servers)))


def _changed_event(home: Path) -> None:
    connection = sqlite3.connect(home / "ledger.sqlite")
    connection.execute("DROP TRIGGER events_hold")
    connection.execute("UPDATE events SET record = replace(record, 'prepare', 'PREPARE') WHERE number = 1")
    connection.commit()
    connection.close()


def _second_slot(home: Path) -> None:
    (slot,) = (home / "vault").glob("*=3apair-*.age")
    (home / "vault" / slot.name.replace("pair-0001", "pair-0002")).write_bytes(slot.read_bytes())


WRONG_FILES: Final[dict[str, Callable[[Path], None]]] = {
    "the chain breaks at event 1": _changed_event,
    "2 slots": _second_slot,
    "test entry": lambda home: (home / "vault" / "ssrcred=3alincoln=3acanary.age").touch(0o600),
    "can be read by others": lambda home: (home / "config.toml").chmod(0o644),
}


@pytest.mark.parametrize("words", WRONG_FILES)
def test_the_judge_finds_what_is_wrong_in_the_files(ended: tuple[Rehearsal, Path, Servers], words: str) -> None:
    lea, key_file, servers = ended
    WRONG_FILES[words](lea.home)
    assert any(words in fault for fault in faults(lea.home, key_file, servers))


@pytest.mark.ci
def test_a_sample_of_power_cuts_loses_nothing() -> None:
    told = sample_of("crash.py", "--sample", "4", limit_s=3 * HUNG_S)
    assert told.count("| 4 |") == 2, told

"""The judge of bad input finds what is wrong, the inputs are what they are called, and a sample of them ends well."""

from __future__ import annotations

import re
import sqlite3
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from input_judge import Ended, faults, losses, stored
from input_kind import KINDS
from input_text import Edit, edited

from session.sample import sample_of
from waiting import HUNG_S

THREE: Final = "Checking.\nerror: It went wrong.\nstate: Nothing was changed.\nhint: Run it again.\n"
DOCUMENT: Final = (
    '{"schema": "ssrcred.lea/1", "error": {"code": "usage", "exit": 2, "message": "m", "state": "s", "hint": "h"}}'
)
GOOD: Final = {
    "done": Ended(("lea", "list"), 0, "lincoln\n"),
    "three lines": Ended(("lea", "list"), 3, "", THREE),
    "an answer": Ended(("verify",), 7, "Finding: refused\n"),
    "monitoring": Ended(("status",), 1, "due\n"),
    "a document": Ended(("lea", "list", "--json"), 2, DOCUMENT),
    "a narrow terminal": Ended(("store",), 4, "error:\n\x1b[31m It\x1b[0m\nsta\nte: x\nhint:\ny", columns=4),
}
BAD: Final = {
    "an exception left": replace(GOOD["done"], escaped="KeyError"),
    "seconds": replace(GOOD["done"], seconds=61),
    "the exit code 1 ": Ended(("verify",), 1, "", THREE),
    "the exit code 5 ": Ended(("status",), 5, "", THREE),
    "a bug is told": Ended(("lea", "list"), 3, "", THREE.replace("It went", "This is a bug in ssrcred: it went")),
    "without its LEA": Ended(("lea", "list"), 3, "", THREE.replace("it again", "ssrcred resume[lea]")),
    "control characters": Ended(("lea", "list"), 0, "lincoln\x1b]0;title\x07\n"),
    "the three lines": Ended(
        ("lea", "list"), 3, "", THREE.replace("wrong", "wrong\nin two lines").replace("state: ", "")
    ),
    "nothing is told": Ended(("verify",), 7, ""),
    "no single JSON document": Ended(("lea", "list", "--json"), 2, DOCUMENT * 2),
    "no schema": Ended(("lea", "list", "--json"), 0, "{}"),
    "says exit 2": Ended(("lea", "list", "--json"), 3, DOCUMENT),
    "not whole": Ended(("lea", "list", "--json"), 2, DOCUMENT.replace('"h"', '""')),
    "has no error": Ended(("lea", "list", "--json"), 2, '{"schema": "ssrcred.lea/1"}'),
}


@pytest.mark.parametrize("name", GOOD)
def test_the_judge_finds_nothing_wrong_where_nothing_is(name: str) -> None:
    assert faults(GOOD[name], 60) == []


@pytest.mark.parametrize("words", BAD)
def test_the_judge_finds_what_is_wrong_with_an_end(words: str) -> None:
    assert any(words in fault for fault in faults(BAD[words], 60))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with one LEA and one event."""
    (tmp_path / "config.toml").write_text('[lea.lincoln]\nname = "Lincoln"\n', "utf-8")
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as connection:
        connection.execute("CREATE TABLE events (number INTEGER PRIMARY KEY, lea, record, hash)")
        connection.execute("INSERT INTO events VALUES (1, 'lincoln', '{}', '')")
        connection.commit()
    return tmp_path


def test_the_judge_finds_what_is_lost(home: Path) -> None:
    before = stored(home, {"pair-0001": "made up"})
    assert losses(before, stored(home, {"renamed": "made up", "pair-0002": "another"})) == []
    assert losses(before, stored(home, {})) == ["something is no longer in the vault"]
    config = home / "config.toml"
    config.write_text('[lea.other]\nname = "Lincoln"\n', "utf-8")
    assert losses(before, stored(home, before.items)) == []  # renamed
    config.write_text('[lea.lincoln]\nname = "Another"\n', "utf-8")
    assert losses(before, stored(home, before.items)) == ["an LEA's section is no longer in config.toml"]
    assert losses(before, stored(home, before.items), config_given=True) == []
    config.write_text("[lea.lincoln\n", "utf-8")
    assert losses(before, stored(home, before.items)) == ["config.toml was changed, and is not valid"]
    config.write_bytes(before.config)
    with closing(sqlite3.connect(home / "ledger.sqlite")) as connection:
        connection.execute("UPDATE events SET lea = 'other'")
        connection.commit()
    assert losses(before, stored(home, before.items)) == ["events are no longer in the history"]
    (home / "ledger.sqlite").write_bytes(b"no history")
    assert losses(before, stored(home, before.items)) == ["events are no longer in the history"]


@pytest.mark.parametrize(
    ("how", "changed"),
    [
        ("insert", b"a = 1X\nb = 2\n"),
        ("replace", b"a = 1X"),
        ("double", b"a = 1\nb = 2\n\nb = 2\n"),
        ("drop", b"a = 1"),
        ("cut", b"a = 1\nb = 2\n"),
        ("value", b"a = X\nb = 2\n"),
        ("line", b"X\na = 1\nb = 2\n"),
        ("whole", b"X"),
        ("coded", b"\xef\xbb\xbfa = 1\nb = 2\n"),
    ],
)
def test_an_edit_is_what_it_is_called(how: str, changed: bytes) -> None:
    start = 499 if how == "coded" else 450
    assert edited(b"a = 1\nb = 2\n", (Edit(how, start, 1000, b"X"),)) == changed


def test_there_are_ten_thousand_inputs() -> None:
    assert sum(kind.share for kind in KINDS.values()) >= 10_000


@pytest.mark.ci
@pytest.mark.skipif(sys.platform != "linux", reason="the modes of files count for root only by Linux's capabilities")
def test_a_sample_of_bad_inputs_ends_as_published_and_loses_nothing() -> None:
    told = sample_of("inputs.py", "--sample", "4", limit_s=3 * HUNG_S)
    assert len(re.findall(r"^\| [^|]+ \| 4 \|", told, re.MULTILINE)) == len(KINDS), told

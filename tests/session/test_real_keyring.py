"""The yearly job with a real gnome-keyring, and what each of its moods is told in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Literal

import pytest
import secretstorage

from secret_service import connect, lock, secret_service
from session.rehearsal import Rehearsal, two_lines
from ssrcred.practice import Pair, Practice

pytestmark = pytest.mark.real("secret-service")


@pytest.fixture
def attended(district: Practice, tmp_path: Path) -> Iterator[Rehearsal]:
    """An LEA whose secrets are in an unlocked keyring."""
    with secret_service(tmp_path / "session") as environment:
        rehearsal = Rehearsal(tmp_path / "lea", district, environment)
        rehearsal.set_up(key_file=None)
        yield rehearsal


def pair_items(environment: Mapping[str, str]) -> list[str]:
    """The names of the items that hold a pair."""
    with closing(connect(environment)) as connection:
        found = [item.get_attributes() for item in secretstorage.Collection(connection).get_all_items()]
    return sorted(name for attributes in found if "pair-" in (name := attributes.get("service", "")))


def check_three_lines(stderr: str, *, message: str, hint: str) -> None:
    error, state, last = stderr.splitlines()
    assert error.startswith("error: ") and message in error
    assert state.startswith("state: ")
    assert last.startswith("hint: ") and hint in last


def check_not_in_clear(folder: Path, pair: Pair) -> None:
    """Fail when the key is in any file under `folder`, as it is or as JSON or a shell would write it."""
    forms = {pair.secret.encode(), json.dumps(pair.secret)[1:-1].encode()}
    for path in folder.rglob("*"):
        if path.is_file() and any(form in path.read_bytes() for form in forms):
            raise AssertionError(f"the key is in clear in {path.name}")


def test_rotates_year_after_year_and_keeps_one_pair(attended: Rehearsal, tmp_path: Path) -> None:
    pair = attended.district.pair
    for year in (1, 2):
        pair = attended.new_pair(pair)
        done = attended.run("rotate", "--stdin", "--json", "--force", given=two_lines(pair))
        assert json.loads(done.stdout)["finished"] is True
        assert pair_items(attended.environment) == [f"ssrcred:lincoln:pair-{year:04d}"]
        assert [attended.district.stored(place) for place in attended.places] == [pair, pair]
        check_not_in_clear(tmp_path, pair)
        if pair.secret in done.stdout + done.stderr:
            raise AssertionError("the key was shown")
    assert json.loads(attended.run("verify", "--json").stdout)["leas"][0]["verdict"] == "working"
    assert json.loads(attended.run("status", "--json").stdout)["leas"][0]["state"] == "fine"


def test_a_locked_keyring_stops_the_job_before_the_click(attended: Rehearsal) -> None:
    before = attended.district.pair
    lock(attended.environment)
    refused = attended.run("rotate", "--stdin", given="never\nread\n", expect=5)
    check_three_lines(refused.stderr, message="locked", hint="nlock")
    assert attended.events() == []
    assert attended.district.pair == before
    document = json.loads(attended.run("verify", "--json", expect=5).stdout)
    assert document["error"]["code"] == "keyring_locked"
    # Memory needs no keyring.
    assert json.loads(attended.run("status", "--json", expect=3).stdout)["leas"][0]["state"] == "unknown"


@pytest.mark.parametrize("mood", ["never set up", "none"])
def test_a_keyring_that_is_not_there_is_said_with_a_way_out(
    district: Practice, tmp_path: Path, mood: Literal["never set up", "none"]
) -> None:
    with secret_service(tmp_path / "session", mood) as environment:
        rehearsal = Rehearsal(tmp_path / "lea", district, environment)
        rehearsal.run(*rehearsal.setup)
        for words in (("secret", "set", "schoolwise", "--stdin"), ("rotate", "--stdin")):
            refused = rehearsal.run(*words, given="made up\n", expect=5)
            check_three_lines(refused.stderr, message="", hint="ssrcred vault init")
        document = json.loads(rehearsal.run("rotate", "--json", expect=5).stdout)
        assert document["error"]["code"] == "keyring_missing"


def test_a_machine_without_dbus_is_told_so(district: Practice, tmp_path: Path) -> None:
    rehearsal = Rehearsal(tmp_path, district)
    rehearsal.run(*rehearsal.setup)
    refused = rehearsal.run("rotate", "--stdin", given="made up\n", expect=5)
    check_three_lines(refused.stderr, message="D-Bus", hint="ssrcred vault init")

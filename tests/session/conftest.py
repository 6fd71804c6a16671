"""A practice district for all sessions, and an LEA that has rotated once already."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from session.rehearsal import Rehearsal, two_lines
from ssrcred.practice import Pair, Practice, running


@pytest.fixture(scope="session")
def sites() -> Iterator[Practice]:
    """One district for all tests that put it right before they use it."""
    with running(started=True) as district:
        yield district


@pytest.fixture
def district(sites: Practice) -> Practice:
    """The district as a test may use it: nothing is out of order."""
    sites.clear_faults()
    sites.unlock()
    return sites


@pytest.fixture(scope="session")
def set_up(sites: Practice, tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    """An LEA that is set up in an encrypted file vault and has never rotated. To be copied, not used."""
    folder = tmp_path_factory.mktemp("set-up")
    rehearsal = Rehearsal(folder, sites)
    rehearsal.set_up(key_file=tmp_path_factory.mktemp("key") / "vault.key")
    return rehearsal


@pytest.fixture(scope="session")
def rotated_once(set_up: Rehearsal, tmp_path_factory: pytest.TempPathFactory) -> tuple[Rehearsal, Pair]:
    """An LEA with one rotation behind it, and the pair of that rotation. To be copied, not used."""
    rehearsal = set_up.copied(tmp_path_factory.mktemp("rotated-once"))
    pair = rehearsal.new_pair(rehearsal.district.pair)
    rehearsal.run("rotate", "--stdin", given=two_lines(pair))
    return rehearsal, pair

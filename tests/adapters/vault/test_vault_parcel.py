"""A pair on its way to a vendor: in a new file, for one key, and in the clear nowhere. All pairs are made up."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pretend import made_up
from ssrcred.adapters.vault import age, sealed_file
from ssrcred.domain.errors import InputRefused, UsageWrong

PAIR = made_up("vendor")
IDENTITY = age.new_identity()
RECIPIENT = age.recipient_of(IDENTITY)


@contextmanager
def full_disk() -> Iterator[None]:
    """No file may have more than a hundred bytes, which is less than any age file has."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_only_the_owner_of_the_key_opens_it(tmp_path: Path) -> None:
    path = tmp_path / "pair.age"
    sealed_file.send(path, PAIR, RECIPIENT)
    assert age.unseal(path.read_bytes(), IDENTITY) == f"User Name: madeup-user\nSecret Key: {PAIR.secret.reveal()}\n"
    with pytest.raises(age.WrongKey):
        age.unseal(path.read_bytes(), age.new_identity())
    assert [one.name for one in tmp_path.iterdir()] == ["pair.age"]


def test_a_file_that_came_there_meanwhile_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "pair.age"
    sealed_file.check_sendable(path, RECIPIENT)
    path.write_text("made-up text")
    with pytest.raises(UsageWrong, match="already"):
        sealed_file.send(path, PAIR, RECIPIENT)
    assert path.read_text() == "made-up text"


@pytest.mark.parametrize("there", ["folder", "empty", "broken link"])
def test_nothing_at_all_may_be_there(tmp_path: Path, there: str) -> None:
    path = tmp_path / "pair.age"
    if there == "folder":
        path.mkdir()
    elif there == "empty":
        path.touch()
    else:
        path.symlink_to(tmp_path / "none")
    with pytest.raises(UsageWrong, match="already"):
        sealed_file.check_sendable(path, RECIPIENT)


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    with full_disk(), pytest.raises(InputRefused, match="cannot be written") as raised:
        sealed_file.send(tmp_path / "pair.age", PAIR, RECIPIENT)
    assert PAIR.secret.reveal() not in str(vars(raised.value))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "wrong",
    ["", "age1", RECIPIENT[:-1], f"{RECIPIENT} {RECIPIENT}", IDENTITY.reveal().lower()],
    ids=["nothing", "a beginning", "cut", "two", "the secret half"],  # keys are made anew in every process
)
def test_what_is_no_public_key_gets_nothing_and_is_not_repeated(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(InputRefused) as raised:
        sealed_file.send(tmp_path / "pair.age", PAIR, wrong)
    said = f"{raised.value.message} {raised.value.state} {raised.value.hint}"
    assert len(wrong) < 6 or wrong not in said
    assert not list(tmp_path.iterdir())

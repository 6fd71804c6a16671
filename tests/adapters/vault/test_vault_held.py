"""The emergency hold keeps one pair behind a passphrase until the keyring takes it."""

from __future__ import annotations

import re
import resource
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pexpect
import pytest

from adapters.vault.three_lines import MADE_UP_KEY, MADE_UP_USER, check, each
from ssrcred.adapters.vault import age
from ssrcred.adapters.vault.sealed_file import drop, held, hold, is_held
from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.errors import (
    CredentialMissing,
    InputRefused,
    KeyringDenied,
    KeyringFailed,
    KeyringSilent,
    KeyringUnfaithful,
)
from waiting import HUNG_S

PASSPHRASE = SecretKey("made-up passphrase of the tests")
WRONG = "a wrong made-up passphrase"
PAIR = Credential(MADE_UP_USER, SecretKey(MADE_UP_KEY), datetime(2026, 7, 1, 17, 30, tzinfo=UTC))


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Held once for all tests, because sealing takes seconds; the folder did not exist before."""
    path = tmp_path_factory.mktemp("held") / "folder" / "pair.age"
    hold(path, PAIR, PASSPHRASE)
    return path


@pytest.fixture
def path(once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy2(once, tmp_path))


def test_gives_the_pair_back(path: Path) -> None:
    back = held(path, PASSPHRASE)
    assert back.matches(PAIR)
    assert back.generated_at == PAIR.generated_at


def test_is_this_users_alone_and_shows_nothing(once: Path) -> None:
    assert once.stat().st_mode & 0o777 == 0o600
    assert once.parent.stat().st_mode & 0o777 == 0o700
    assert [each.name for each in once.parent.iterdir()] == ["pair.age"]
    assert MADE_UP_KEY.encode() not in once.read_bytes()
    assert MADE_UP_USER.encode() not in once.read_bytes()


def test_what_cannot_be_looked_at_is_not_taken_for_nothing(path: Path) -> None:
    assert is_held(path)
    assert not is_held(path.with_name("another.age"))
    assert not is_held(path / "below a file")
    with pytest.raises(KeyringFailed) as failed:  # too long a name also stops root, whom no permission keeps out
        is_held(path.parent / ("x" * 300) / "pair.age")
    assert "New credentials may be saved there." in failed.value.state


def test_never_overwrites(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(KeyringDenied, match="file already at") as caught:
        hold(path, PAIR, PASSPHRASE)
    check(caught.value, PASSPHRASE.reveal())
    assert path.read_bytes() == before


def test_a_wrong_passphrase_is_said_to_be_wrong(path: Path) -> None:
    with pytest.raises(KeyringDenied, match="This passphrase does not open") as caught:
        held(path, SecretKey(WRONG))
    check(caught.value, PASSPHRASE.reveal(), WRONG)
    assert "still in it" in caught.value.state


def test_a_passphrase_that_cannot_be_one_is_refused(tmp_path: Path) -> None:
    for poor in ("", "short", "half a character \ud800"):
        with pytest.raises(InputRefused) as caught:
            hold(tmp_path / "pair.age", PAIR, SecretKey(poor))
        check(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_pair_that_no_vault_takes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused) as caught:
        hold(tmp_path / "pair.age", Credential("u", SecretKey("ma\0de"), PAIR.generated_at), PASSPHRASE)
    check(caught.value)
    assert list(tmp_path.iterdir()) == []


def dearer(sealed: bytes) -> bytes:
    """The file as one that a far faster computer has sealed: to try its passphrase takes a year."""
    changed = re.sub(rb"(?m)^(-> scrypt \S+) \d+$", rb"\1 40", sealed)
    assert changed != sealed
    return changed


def test_a_file_that_this_computer_is_too_busy_for_is_tried_again_before_that_is_said(path: Path) -> None:
    """The library guesses how long it would take, and guesses wrong while another program has the processor."""
    waits: list[float] = []
    with pytest.raises(age.TooMuchWork) as caught:
        age.unseal_with_passphrase(dearer(path.read_bytes()), PASSPHRASE, pause=waits.append)
    assert len(waits) == age.TRIES and 0.5 <= sum(waits) <= 5
    assert caught.value.__context__ is None


def test_a_file_that_takes_too_much_work_is_not_called_damaged(path: Path) -> None:
    path.write_bytes(dearer(path.read_bytes()))
    with pytest.raises(KeyringSilent, match="too busy for it now") as caught:
        held(path, PASSPHRASE)
    check(caught.value, PASSPHRASE.reveal())
    assert caught.value.state == "The file is as it was." and "rotate" not in caught.value.hint


def test_a_damaged_file_is_said_to_be_damaged_and_is_left(path: Path) -> None:
    whole = path.read_bytes()
    for damaged in (b"", whole[:40], whole[:-1], age.seal("made up", age.new_identity())):
        path.write_bytes(damaged)
        with pytest.raises((KeyringUnfaithful, KeyringDenied)) as caught:
            held(path, PASSPHRASE)
        check(caught.value)
        assert path.read_bytes() == damaged


def test_something_else_behind_the_passphrase_is_no_pair(tmp_path: Path) -> None:
    (tmp_path / "pair.age").write_bytes(age.seal_with_passphrase(f"no pair {MADE_UP_KEY}", PASSPHRASE))
    with pytest.raises(KeyringUnfaithful, match="holds no credentials") as caught:
        held(tmp_path / "pair.age", PASSPHRASE)
    check(caught.value)


def test_nothing_held_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(CredentialMissing) as caught:
        held(tmp_path / "pair.age", PASSPHRASE)
    check(caught.value)


def test_dropped_is_gone_and_dropping_nothing_is_fine(path: Path) -> None:
    drop(path)
    assert not path.exists()
    drop(path)
    drop(path.parent / "no such folder" / "pair.age")


def test_a_disk_that_takes_no_more_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20, hard))
    try:
        with pytest.raises(KeyringFailed, match="file too large") as caught:
            hold(tmp_path / "pair.age", PAIR, PASSPHRASE)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    check(caught.value, PASSPHRASE.reveal())
    assert "not saved there" in caught.value.state
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_is_no_place_for_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    for deed in each(
        lambda: hold(tmp_path / "file" / "pair.age", PAIR, PASSPHRASE),
        lambda: held(tmp_path / "folder", PASSPHRASE),
        lambda: drop(tmp_path / "folder"),
    ):
        with pytest.raises(KeyringFailed, match="cannot be used") as caught:
            deed()
        check(caught.value)


@pytest.mark.real("age")
def test_the_age_tool_opens_it(path: Path) -> None:
    terminal = pexpect.spawn("age", ["-d", str(path)], encoding="utf-8", timeout=HUNG_S)
    terminal.expect("passphrase")
    terminal.sendline(PASSPHRASE.reveal())
    terminal.expect('"username":"made-up-user-7"')
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0

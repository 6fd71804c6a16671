"""The encrypted file vault: its set-up, whose key opens it, and that no kill and no second writer loses an item."""

from __future__ import annotations

import os
import random
import re
import resource
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pexpect
import pytest

from adapters.vault.three_lines import MADE_UP_KEY, MADE_UP_USER, check, each
from ssrcred.adapters.atomic_file import create_file, replace_file
from ssrcred.adapters.vault import Vault, age
from ssrcred.adapters.vault.agefile import AgeFileBackend, file_name, init, initialised, open_age_vault, unlock
from ssrcred.domain import errors
from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.errors import (
    InputRefused,
    KeyringDenied,
    KeyringFailed,
    KeyringMissing,
    KeyringUnfaithful,
    UsageWrong,
)
from waiting import HUNG_S

PASSPHRASE = SecretKey("made-up passphrase of the tests")
WRONG = "a wrong made-up passphrase"
PAIR = Credential(MADE_UP_USER, SecretKey(MADE_UP_KEY), datetime(2026, 7, 1, tzinfo=UTC))

WRITER = """
import sys
from pathlib import Path
from ssrcred.adapters.vault.agefile import open_age_vault
vault = open_age_vault(Path(sys.argv[1]), environ={})
for number in range(int(sys.argv[3])):
    name = f"{sys.argv[2]}-{number}"
    vault.write(name, f"made-up text of {name}")
    print(name, flush=True)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A vault with a key file beside it."""
    init(tmp_path / "vault", key_file=tmp_path / "keys" / "vault.key")
    return tmp_path / "vault"


@pytest.fixture
def key_file(folder: Path) -> Path:
    return folder.parent / "keys" / "vault.key"


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vault behind a passphrase; made once, because it takes a second."""
    made = tmp_path_factory.mktemp("sealed") / "vault"
    init(made, passphrase=PASSPHRASE)
    return made


def opened(folder: Path) -> AgeFileBackend:
    return open_age_vault(folder, environ={})


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# Set-up


def test_the_folder_and_every_file_are_this_users_alone(folder: Path, key_file: Path) -> None:
    opened(folder).write("item", "made up")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert names(folder) == {"recipient.txt", "key-file.txt", "item.age"}
    for path in (*folder.iterdir(), key_file):
        assert path.stat().st_mode & 0o777 == 0o600


def test_init_tells_the_recipient_and_is_seen_to_be_done(tmp_path: Path) -> None:
    assert not initialised(tmp_path / "vault")
    recipient = init(tmp_path / "vault", key_file=tmp_path / "vault.key")
    assert recipient.startswith("age1")
    assert (tmp_path / "vault" / "recipient.txt").read_text() == f"{recipient}\n"
    assert initialised(tmp_path / "vault")


def test_a_second_init_is_refused_and_changes_nothing(folder: Path, key_file: Path) -> None:
    opened(folder).write("item", "made up")
    before = {path: path.read_bytes() for path in (*folder.iterdir(), key_file)}
    with pytest.raises(KeyringDenied, match="already set up") as caught:
        init(folder, key_file=folder.parent / "another.key")
    check(caught.value)
    (folder / "recipient.txt").unlink()
    with pytest.raises(KeyringDenied, match="already set up"):
        init(folder, passphrase=PASSPHRASE)
    del before[folder / "recipient.txt"]
    assert {path: path.read_bytes() for path in (*folder.iterdir(), key_file)} == before


def test_init_never_overwrites_a_file_in_the_key_files_place(tmp_path: Path) -> None:
    (tmp_path / "vault.key").write_text("somebody's own file")
    with pytest.raises(KeyringDenied, match="file already at") as caught:
        init(tmp_path / "vault", key_file=tmp_path / "vault.key")
    check(caught.value)
    assert (tmp_path / "vault.key").read_text() == "somebody's own file"
    assert not initialised(tmp_path / "vault")


def test_an_init_that_was_killed_half_way_can_be_run_again(tmp_path: Path) -> None:
    folder = tmp_path / "vault"
    folder.mkdir()
    (folder / "identity.age").write_bytes(b"cut")
    (folder / "key-file.txt").write_text("/the/key/file/of/the/killed/one\n")
    init(folder, key_file=tmp_path / "vault.key")
    opened(folder).write("item", "made up")
    assert opened(folder).read("item") == "made up"
    assert not (folder / "identity.age").exists()


def test_a_passphrase_is_the_only_way_in_after_a_killed_init_with_a_key_file(tmp_path: Path) -> None:
    (tmp_path / "key-file.txt").write_text("/the/key/file/of/the/killed/one\n")
    init(tmp_path, passphrase=PASSPHRASE)
    assert names(tmp_path) == {"recipient.txt", "identity.age"}


def test_init_wants_one_way_to_open_it(tmp_path: Path) -> None:
    for passphrase, key_file in ((None, None), (PASSPHRASE, tmp_path / "vault.key")):
        with pytest.raises(UsageWrong) as caught:
            init(tmp_path / "vault", passphrase=passphrase, key_file=key_file)
        check(caught.value)
    assert names(tmp_path) == set()


@pytest.mark.parametrize("poor", ["", "tiny one", "two lines of a\npassphrase", "half a character \ud800"])
def test_a_poor_passphrase_is_refused(tmp_path: Path, poor: str) -> None:
    with pytest.raises(InputRefused) as caught:
        init(tmp_path / "vault", passphrase=SecretKey(poor))
    check(caught.value, *([poor] if poor else []))
    assert not initialised(tmp_path / "vault")


def test_init_where_no_folder_can_be_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KeyringFailed, match="not a directory") as caught:
        init(tmp_path / "file" / "vault", key_file=tmp_path / "vault.key")
    check(caught.value)


# Who opens it


def test_systemds_credential_comes_first(folder: Path, key_file: Path, tmp_path: Path) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    environ = {"CREDENTIALS_DIRECTORY": str(credentials)}
    assert unlock(folder, environ=environ).matches(unlock(folder, environ={}))
    os.rename(key_file, credentials / "ssrcred.key")
    (credentials / "ssrcred.key").chmod(0o440)
    vault = Vault(open_age_vault(folder, environ=environ), "lincoln")
    vault.store("slot-1", PAIR)
    assert vault.read("slot-1").matches(PAIR)
    with pytest.raises(KeyringMissing, match="could not be read: no such file") as caught:
        opened(folder)
    check(caught.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
def test_a_key_file_that_others_may_read_is_refused(folder: Path, key_file: Path, mode: int) -> None:
    key_file.chmod(mode)
    with pytest.raises(KeyringDenied, match="read by others") as caught:
        opened(folder)
    check(caught.value, "AGE-SECRET-KEY-")
    assert caught.value.hint == f"Make it yours alone: chmod 600 {shlex.quote(str(key_file))}"
    assert unlock(folder, environ={}, check_mode=False)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_key_file_of_another_user_is_refused(folder: Path, key_file: Path) -> None:
    os.chown(key_file, 12345, -1)
    with pytest.raises(KeyringDenied, match="read by others") as caught:
        opened(folder)
    assert f'sudo chown "$(id -un)" {key_file}' in caught.value.hint


@pytest.mark.parametrize("text", ["", "# a comment\n", "AGE-SECRET-KEY-1MADEUP\n", "two\nlines\n", "\x80\xff\n"])
def test_what_is_not_this_vaults_key_is_refused(folder: Path, key_file: Path, text: str) -> None:
    key_file.write_text(text)
    with pytest.raises(KeyringDenied, match="does not belong to the vault") as caught:
        opened(folder)
    check(caught.value, "AGE-SECRET-KEY-")


def test_another_vaults_key_is_refused(folder: Path, key_file: Path) -> None:
    key_file.write_text(age.new_identity().reveal())
    with pytest.raises(KeyringDenied, match="does not belong to the vault") as caught:
        opened(folder)
    check(caught.value, "AGE-SECRET-KEY-")


def test_without_init_there_is_no_vault(tmp_path: Path) -> None:
    with pytest.raises(KeyringMissing, match="No encrypted file vault") as caught:
        opened(tmp_path)
    check(caught.value)
    assert "ssrcred vault init" in caught.value.hint
    assert names(tmp_path) == set()


def test_the_passphrase_is_asked_for_once_and_a_wrong_one_is_said_to_be_wrong(sealed: Path) -> None:
    asked: list[int] = []

    def ask() -> SecretKey:
        asked.append(1)
        return SecretKey(WRONG)

    with pytest.raises(KeyringDenied, match="This passphrase does not open") as caught:
        open_age_vault(sealed, environ={}, ask=ask)
    check(caught.value, WRONG)
    assert len(asked) == 1


def test_a_vault_that_this_computer_is_too_busy_for_is_not_called_damaged(sealed: Path, tmp_path: Path) -> None:
    vault = Path(shutil.copytree(sealed, tmp_path / "vault"))
    whole = (vault / "identity.age").read_bytes()
    dear = re.sub(rb"(?m)^(-> scrypt \S+) \d+$", rb"\1 40", whole)  # as if sealed by a far faster computer
    (vault / "identity.age").write_bytes(dear)
    with pytest.raises(errors.KeyringSilent, match="too busy for it now") as caught:
        unlock(vault, environ={}, ask=lambda: PASSPHRASE)
    check(caught.value, PASSPHRASE.reveal())
    assert (vault / "identity.age").read_bytes() == dear != whole


def test_a_vault_behind_a_passphrase_is_locked_when_nobody_is_there(sealed: Path) -> None:
    with pytest.raises(errors.KeyringLocked, match="nobody is there") as caught:
        open_age_vault(sealed, environ={})
    check(caught.value)
    with pytest.raises(InputRefused, match="The passphrase is empty"):
        open_age_vault(sealed, environ={}, ask=lambda: SecretKey(""))


def test_a_damaged_or_missing_identity_is_said_to_be_damaged(tmp_path: Path) -> None:
    (tmp_path / "recipient.txt").write_text("age1madeup\n")
    for damage in (None, b"", b"age-encryption.org/v1\nnot really"):
        if damage is not None:
            (tmp_path / "identity.age").write_bytes(damage)
        with pytest.raises(KeyringUnfaithful, match="damaged or missing") as caught:
            open_age_vault(tmp_path, environ={}, ask=lambda: PASSPHRASE)
        check(caught.value)


def test_a_folder_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    (tmp_path / "recipient.txt").mkdir()
    with pytest.raises(KeyringFailed, match="is a directory") as caught:
        opened(tmp_path)
    check(caught.value)


# Items


def test_a_file_shows_nothing_but_the_items_name(folder: Path) -> None:
    Vault(opened(folder), "Lincoln").store("2026-07-01", PAIR)
    assert "ssrcred=3a=4cincoln=3a2026-07-01.age" in names(folder)
    for path in folder.iterdir():
        assert MADE_UP_KEY.encode() not in path.read_bytes()
        assert MADE_UP_USER.encode() not in path.read_bytes()


def test_a_damaged_file_is_said_to_be_damaged_and_the_others_are_read(folder: Path) -> None:
    vault = opened(folder)
    vault.write("one", MADE_UP_KEY)
    vault.write("other", "made up")
    path = folder / file_name("one")
    whole = path.read_bytes()
    for damaged in (b"", whole[:100], whole[:-1], whole[:-1] + bytes([whole[-1] ^ 1]), b"\xff" * 300):
        path.write_bytes(damaged)
        with pytest.raises(KeyringUnfaithful, match=r"one\.age is damaged") as caught:
            vault.read("one")
        check(caught.value)
        assert path.read_bytes() == damaged
    assert vault.read("other") == "made up"


def test_a_file_for_another_key_is_said_to_be_so(folder: Path) -> None:
    (folder / file_name("one")).write_bytes(age.seal(MADE_UP_KEY, age.new_identity()))
    with pytest.raises(KeyringDenied, match="another key") as caught:
        opened(folder).read("one")
    check(caught.value)


def test_sealed_bytes_that_are_no_text_are_damaged(folder: Path) -> None:
    latin = f"{MADE_UP_KEY} é".encode("latin-1")
    sealed = subprocess.run(
        [sys.executable, "-c", "import pyrage, sys; "
         "r = pyrage.x25519.Recipient.from_str(sys.argv[1]); "
         "sys.stdout.buffer.write(pyrage.encrypt(sys.stdin.buffer.read(), [r]))",
         (folder / "recipient.txt").read_text().strip()],
        input=latin, capture_output=True, check=True,
    ).stdout  # fmt: skip
    (folder / file_name("one")).write_bytes(sealed)
    with pytest.raises(KeyringUnfaithful, match="damaged") as caught:
        opened(folder).read("one")
    check(caught.value)


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """A disk that takes no more: a write past `size` bytes fails."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_takes_no_more_leaves_the_old_item_and_no_pieces(folder: Path) -> None:
    vault = opened(folder)
    vault.write("item", "the made-up text before")
    before = names(folder)
    with pytest.raises(KeyringFailed, match="could not be written to: file too large") as caught, files_of_at_most(20):
        vault.write("item", MADE_UP_KEY)
    check(caught.value)
    with pytest.raises(KeyringFailed), files_of_at_most(20):
        Vault(vault, "lincoln").store("slot-1", PAIR)
    assert vault.read("item") == "the made-up text before"
    assert names(folder) == before


def test_a_new_file_on_a_full_disk_leaves_not_even_its_name(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="File too large"), files_of_at_most(2):
        create_file(tmp_path / "new", b"made up")
    assert names(tmp_path) == set()


def test_a_new_file_takes_over_an_empty_one_that_a_killed_run_left(tmp_path: Path) -> None:
    (tmp_path / "new").write_bytes(b"")
    create_file(tmp_path / "new", b"made up")
    with pytest.raises(FileExistsError):
        create_file(tmp_path / "new", b"another")
    (tmp_path / "folder").mkdir()
    with pytest.raises(FileExistsError):
        create_file(tmp_path / "folder", b"another")
    assert (tmp_path / "new").read_bytes() == b"made up"


def test_what_stands_in_an_items_place_is_said_and_left(folder: Path) -> None:
    vault = opened(folder)
    (folder / "item.age").mkdir()
    for deed in each(
        lambda: vault.read("item"), lambda: vault.write("item", MADE_UP_KEY), lambda: vault.delete("item")
    ):
        with pytest.raises(KeyringFailed, match="encrypted file vault in") as caught:
            deed()
        check(caught.value)
    assert not [name for name in names(folder) if name.endswith(".part")]


@pytest.mark.skipif(os.name != "posix", reason="Windows lets only administrators make links")
def test_a_link_in_an_items_place_is_replaced_and_not_followed(folder: Path, tmp_path: Path) -> None:
    (folder / "item.age").symlink_to(tmp_path / "elsewhere")
    vault = opened(folder)
    vault.write("item", MADE_UP_KEY)
    assert vault.read("item") == MADE_UP_KEY
    assert not (folder / "item.age").is_symlink() and not (tmp_path / "elsewhere").exists()


def test_a_name_too_long_for_the_disk_is_said_to_be_so(folder: Path) -> None:
    with pytest.raises(KeyringFailed, match="file name too long") as caught:
        opened(folder).write("A" * 100, MADE_UP_KEY)
    check(caught.value)


def test_pieces_of_killed_runs_are_swept_and_those_of_running_ones_left(folder: Path) -> None:
    stale, fresh = folder / ".ssrcred-stale.part", folder / ".ssrcred-fresh.part"
    stale.write_bytes(b"cut")
    os.utime(stale, (0, 0))
    fresh.write_bytes(b"at work")
    opened(folder).write("item", "made up")
    assert not stale.exists()
    assert fresh.exists()


def test_a_stale_piece_that_cannot_be_swept_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / ".ssrcred-stale.part").mkdir()
    os.utime(tmp_path / ".ssrcred-stale.part", (0, 0))
    replace_file(tmp_path / "file", b"made up")
    assert (tmp_path / "file").read_bytes() == b"made up"


# Kills and second writers


def writer(folder: Path, prefix: str, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), prefix, str(count)], stdout=subprocess.PIPE, text=True
    )


def test_kill_9_in_the_middle_of_writes_loses_nothing_that_was_stored(folder: Path) -> None:
    pick = random.Random(9)
    opened(folder).write("before", "made up")
    stored: set[str] = set()
    for _ in range(10):
        with writer(folder, "item", 10_000) as process:
            assert process.stdout is not None
            said = [process.stdout.readline() for _ in range(pick.randint(1, 12))]
            process.send_signal(signal.SIGKILL)
            said += process.stdout.readlines()
            stored |= {line.rstrip("\n") for line in said if line.endswith("\n")}
    vault = opened(folder)
    assert vault.read("before") == "made up"
    # What was said to be stored is there; what was not yet said is there whole, or not at all.
    assert stored and stored <= {path.name.removesuffix(".age") for path in folder.glob("item-*.age")}
    for path in folder.glob("item-*.age"):
        name = path.name.removesuffix(".age")
        assert vault.read(name) == f"made-up text of {name}"


def test_two_writers_at_once_lose_nothing(folder: Path) -> None:
    with writer(folder, "one", 40) as one, writer(folder, "other", 40) as other:
        assert one.wait(60) == other.wait(60) == 0
    vault = opened(folder)
    for prefix in ("one", "other"):
        for number in range(40):
            assert vault.read(f"{prefix}-{number}") == f"made-up text of {prefix}-{number}"
    assert not [name for name in names(folder) if name.endswith(".part")]


# The standard tool


@pytest.mark.real("age")
def test_the_age_tool_opens_an_item_with_the_key_file(folder: Path, key_file: Path) -> None:
    opened(folder).write("item", "made-up text for age")
    age_tool = subprocess.run(
        ["age", "-d", "-i", key_file, folder / "item.age"], capture_output=True, text=True, check=True
    )
    assert age_tool.stdout == "made-up text for age"


@pytest.mark.real("age")
def test_the_age_tool_opens_an_item_with_the_passphrase(sealed: Path) -> None:
    open_age_vault(sealed, environ={}, ask=lambda: PASSPHRASE).write("item", "made-up text for age")
    terminal = pexpect.spawn(
        "age", ["-d", "-i", str(sealed / "identity.age"), str(sealed / "item.age")], encoding="utf-8", timeout=HUNG_S
    )
    terminal.expect("passphrase")
    terminal.sendline(PASSPHRASE.reveal())
    terminal.expect("made-up text for age")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0


@pytest.mark.real("age")
def test_a_key_of_age_keygen_and_an_item_of_the_age_tool_are_read(tmp_path: Path) -> None:
    key = tmp_path / "key"
    subprocess.run(["age-keygen", "-o", key], check=True, capture_output=True)
    recipient = subprocess.run(["age-keygen", "-y", key], check=True, capture_output=True, text=True).stdout.strip()
    (tmp_path / "recipient.txt").write_text(f"{recipient}\n")
    (tmp_path / "key-file.txt").write_text(f"{key}\n")
    subprocess.run(["age", "-r", recipient, "-o", tmp_path / "item.age"], input="made up", text=True, check=True)
    assert opened(tmp_path).read("item") == "made up"

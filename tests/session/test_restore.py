"""A back-up is restored for another account on another computer: with its key, with systemd's, and without any."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from session.rehearsal import Rehearsal, two_lines
from ssrcred.practice import Pair

Restored = tuple[Rehearsal, Path, Pair]


@pytest.fixture(scope="module")
def saved(rotated_once: tuple[Rehearsal, Pair], tmp_path_factory: pytest.TempPathFactory) -> Restored:
    """An LEA that works, the archive of its folder, and the pair that nobody generates over in these tests."""
    mine = rotated_once[0].copied(tmp_path_factory.mktemp("old-host"))
    pair = mine.new_pair(rotated_once[1])
    mine.run("rotate", "--stdin", "--force", given=two_lines(pair))
    return mine, Path(shutil.make_archive(str(tmp_path_factory.mktemp("backup") / "ssrcred"), "tar", mine.home)), pair


@pytest.fixture
def restored(saved: Restored, tmp_path: Path) -> Restored:
    """The LEA as the archive brings it to another HOME, the copy of its key that was kept apart, and its pair."""
    mine, archive, pair = saved
    mine.district.clear_faults()
    key = shutil.copy((mine.home / "vault" / "key-file.txt").read_text("utf-8").strip(), tmp_path / "copy-of-vault.key")
    rehearsal = Rehearsal(tmp_path / "other-account", mine.district)
    shutil.unpack_archive(archive, rehearsal.home)
    # The key was at a path that this computer does not have.
    (rehearsal.home / "vault" / "key-file.txt").write_text(f"{tmp_path}/etc/ssrcred/vault.key\n", "utf-8")
    return rehearsal, Path(key), pair


def verdict(rehearsal: Rehearsal, expect: int) -> str:
    """What `verify` comes to."""
    done = json.loads(rehearsal.run("verify", "--json", expect=expect).stdout)
    return str(done["leas"][0]["verdict"])


def test_a_restored_folder_works_once_its_key_is_back(restored: Restored) -> None:
    rehearsal, key, _ = restored
    before = [event.step for event in rehearsal.events()]
    assert "days left" in rehearsal.run("status").stdout, "which needs no key"
    locked = rehearsal.run("verify", expect=5).stderr
    assert "The key file" in locked and "Put the key file back from where it is kept safe" in locked
    back = rehearsal.folder.parent / "etc" / "ssrcred" / "vault.key"
    back.parent.mkdir(parents=True)
    shutil.copy(key, back)
    back.chmod(0o600)
    assert verdict(rehearsal, 0) == "working"
    assert "The history is intact" in rehearsal.run("history").stderr
    assert [event.step for event in rehearsal.events()][: len(before)] == before


def test_a_key_that_systemd_sealed_on_the_old_host_is_sealed_anew_from_the_copy(restored: Restored) -> None:
    rehearsal, key, _ = restored
    # What systemd has opened for a unit, as tests/adapters/vault/test_vault_systemd.py does it with a real one.
    opened = rehearsal.folder / "credentials"
    opened.mkdir()
    shutil.copy(key, opened / "ssrcred.key")
    rehearsal.environment["CREDENTIALS_DIRECTORY"] = str(opened)
    assert verdict(rehearsal, 0) == "working"


@pytest.mark.ci
def test_without_any_copy_of_the_key_everything_in_it_is_stored_anew(restored: Restored) -> None:
    rehearsal, _, pair = restored
    rehearsal.run("verify", expect=5)
    (rehearsal.home / "vault").rename(rehearsal.home / "vault.unreadable")
    rehearsal.run("vault", "init", "--key-file", str(rehearsal.folder / "new.key"))
    for name, value in rehearsal.secrets.items():
        rehearsal.run("secret", "set", name, "--stdin", given=f"{value}\n")
    assert "Store the credentials again: ssrcred store" in rehearsal.run("verify", expect=5).stderr
    rehearsal.run("store", "--stdin", "--days-left", "365", given=two_lines(pair))
    rehearsal.run("upload")
    assert verdict(rehearsal, 0) == "working"

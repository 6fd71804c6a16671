"""The vault commands: the encrypted file is set up once, and not by halves."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from cli.desk import Desk


def config(desk: Desk) -> dict[str, Any]:
    return tomllib.loads((desk.home / "config.toml").read_text("utf-8"))


def test_the_encrypted_file_is_set_up_once_and_used_from_then_on(desk: Desk, tmp_path: Path) -> None:
    key = tmp_path / "vault.key"
    ran = desk.run("vault", "init", "--key-file", str(key))
    assert ran.code == 0 and "An administrator of" in ran.err
    assert config(desk) == {"vault": {"backend": "file"}}
    desk.set_up(secrets=False)
    for name, value in desk.named_secrets().items():
        assert desk.run("secret", "set", name, "--stdin", given=f"{value}\n").code == 0
    desk.rotated()
    assert not desk.ring.items and not desk.keyring_limits
    assert [path.suffix for path in (desk.home / "vault").glob("*.age")]
    again = desk.run("vault", "init", "--key-file", str(tmp_path / "second.key"))
    assert again.code == 5 and not (tmp_path / "second.key").exists()


def test_the_encrypted_file_may_have_a_passphrase(desk: Desk) -> None:
    phrase = "a made-up passphrase of eleven words for this one test"
    desk.secret("passphrase", phrase)
    ran = desk.sit("vault", "init", script=[("A passphrase", phrase), ("The same again", phrase)])
    assert ran.code == 0 and "under" not in ran.screen
    desk.set_up(secrets=False)
    script = [("Passphrase of the encrypted file", phrase), ("Secret schoolwise", "made-up&1")]
    assert desk.sit("secret", "set", "schoolwise", script=script).code == 0
    ran = desk.run("verify")
    assert ran.code == 5 and "is locked, and nobody is there to type its passphrase" in ran.error["error"]


@pytest.mark.parametrize("second", ["another made-up passphrase", ""])
def test_a_passphrase_that_is_not_typed_twice_sets_nothing_up(bare: Desk, second: str) -> None:
    first = "a made-up passphrase" if second else ""
    script = [("A passphrase", first)] + ([("The same again", second)] if first else [])
    ran = bare.sit("vault", "init", script=script)
    assert ran.code == 4 and ran.error["state"] == "Nothing was set up."
    assert not bare.home.exists()


def test_without_a_person_the_vault_needs_a_key_file(bare: Desk) -> None:
    ran = bare.run("vault", "init", "--no-input")
    assert ran.code == 2 and ran.error["hint"] == "Give it as --key-file PATH."


def test_no_vault_is_made_that_a_broken_config_cannot_name(desk: Desk, tmp_path: Path) -> None:
    desk.set_up(secrets=False)
    with (desk.home / "config.toml").open("a", encoding="utf-8") as file:
        file.write("[nonsense]\n")
    assert desk.run("vault", "init", "--key-file", str(tmp_path / "vault.key")).code == 3
    assert not (tmp_path / "vault.key").exists() and not (desk.home / "vault").exists()

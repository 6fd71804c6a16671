"""The vault commands: the encrypted file is set up once, and what is moved is lost nowhere."""

from __future__ import annotations

import _thread
import io
import resource
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli.desk import LEA, Desk, Paper
from keyring_moods import HoardingKeyring, HonestKeyring
from ssrcred.adapters.ledger.run_lock import lock
from ssrcred.adapters.vault import Backend
from ssrcred.adapters.vault.oskeyring import KeyringBackend
from ssrcred.cli.main import main


def config(desk: Desk) -> dict[str, Any]:
    return tomllib.loads((desk.home / "config.toml").read_text("utf-8"))


def test_the_encrypted_file_is_set_up_once_and_used_from_then_on(desk: Desk, tmp_path: Path) -> None:
    key = tmp_path / "vault.key"
    ran = desk.run("vault", "init", "--key-file", str(key))
    assert ran.code == 0 and "An administrator of this computer" in ran.err
    assert config(desk) == {"vault": {"backend": "file"}}
    desk.set_up(secrets=False)
    for name, value in desk.named_secrets().items():
        assert desk.run("secret", "set", name, "--stdin", given=f"{value}\n").code == 0
    desk.rotated()
    assert not desk.ring.items and not desk.keyring_limits
    assert [path.suffix for path in (desk.home / "vault").glob("*.age")]
    again = desk.run("vault", "init", "--key-file", str(tmp_path / "second.key"))
    assert again.code == 5 and not (tmp_path / "second.key").exists()


def test_nobody_who_uses_encrypted_files_is_told_of_a_keyring(desk: Desk, tmp_path: Path) -> None:
    assert desk.run("vault", "init", "--key-file", str(tmp_path / "vault.key")).code == 0
    desk.set_up(secrets=False)
    ran = desk.run("upload")
    assert ran.error["error"].startswith(f"The encrypted file vault in {desk.home / 'vault'} has no secret ")
    said = [ran.err, desk.run("secret", "drop", "parent").err]
    with (desk.home / "config.toml").open("a", encoding="utf-8") as file:
        file.write('[smtp]\nhost = "127.0.0.1"\nfrom = "a@b.example"\nusername = "dana"\n')
        file.write('[remind]\nmail = ["dana@lincoln.example"]\n')
    ran = desk.run("remind")
    assert f"is not stored in the encrypted file vault in {desk.home / 'vault'}." in ran.error["error"]
    for name, value in desk.named_secrets().items():
        desk.run("secret", "set", name, "--stdin", given=f"{value}\n")
    said += [ran.err, desk.run(*desk.setup_options(), "--replace", "--try", "--no-input").err]
    assert f"  encrypted file vault in {desk.home / 'vault'}: fine\n" in said[-1]
    assert not [text for text in said if "keyring" in text.lower()]


def test_the_encrypted_file_may_have_a_passphrase(desk: Desk) -> None:
    phrase = "a made-up passphrase of eleven words for this one test"
    desk.secret("passphrase", phrase)
    ran = desk.sit("vault", "init", script=[("A passphrase", phrase), ("The same passphrase again", phrase)])
    assert ran.code == 0 and "under" not in ran.screen
    assert ran.screen.index("Nobody can open them without it") < ran.screen.index("A passphrase:")
    desk.set_up(secrets=False)
    script = [("Passphrase of the encrypted file", phrase), ("Secret schoolwise", "made-up&1")]
    assert desk.sit("secret", "set", "schoolwise", script=script).code == 0
    ran = desk.run("verify")
    assert ran.code == 5 and "is locked, and nobody is there to type its passphrase" in ran.error["error"]


@pytest.mark.parametrize("second", ["another made-up passphrase", ""])
def test_a_passphrase_that_is_not_typed_twice_sets_nothing_up(bare: Desk, second: str) -> None:
    first = "a made-up passphrase" if second else ""
    script = [("A passphrase", first)] + ([("The same passphrase again", second)] if first else [])
    ran = bare.sit("vault", "init", script=script)
    assert ran.code == 4 and ran.error["state"] == "Nothing was set up."
    assert not bare.home.exists()


def test_without_a_person_the_vault_needs_a_key_file(bare: Desk) -> None:
    ran = bare.run("vault", "init", "--no-input")
    assert ran.code == 2 and ran.error["hint"] == "Use --key-file PATH."


def test_no_vault_is_made_that_a_broken_config_cannot_name(desk: Desk, tmp_path: Path) -> None:
    desk.set_up(secrets=False)
    with (desk.home / "config.toml").open("a", encoding="utf-8") as file:
        file.write("[nonsense]\n")
    assert desk.run("vault", "init", "--key-file", str(tmp_path / "vault.key")).code == 3
    assert not (tmp_path / "vault.key").exists() and not (desk.home / "vault").exists()


# move


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return tmp_path / "vault.key"


def test_everything_is_moved_to_the_encrypted_file_and_back(rotated: Desk, key: Path) -> None:
    desk = rotated
    assert desk.run("secret", "set", "notify:smtp", "--stdin", given="made-up\n").code in (0, 2, 3)
    before = dict(desk.ring.items)
    ran = desk.run("vault", "move", "file", "--key-file", str(key))
    assert ran.code == 0, ran.err
    assert config(desk)["vault"] == {"backend": "file"} and not desk.ring.items
    lines = ran.err.splitlines()
    switch = lines.index("config.toml names the file from here on")
    for name, _ in before:
        assert lines.index(f"copied: {name}") < switch < lines.index(f"deleted at the source: {name}")
    assert lines[-1].startswith("Everything is in the encrypted file vault in ")
    desk.keyring_limits.clear()
    assert desk.run("verify").code == 0 and not desk.keyring_limits

    ran = desk.run("vault", "move", "keyring")
    assert ran.code == 0 and desk.ring.items == before
    assert config(desk)["vault"] == {"backend": "keyring"}
    assert not list((desk.home / "vault").glob("ssrcred*.age"))
    assert desk.run("verify").code == 0


def test_a_dry_run_lists_names_and_changes_nothing(rotated: Desk, key: Path) -> None:
    before, settings = dict(rotated.ring.items), (rotated.home / "config.toml").read_bytes()
    ran = rotated.run("vault", "move", "file", "--dry-run", "--key-file", str(key))
    assert ran.code == 0
    lines = [line for line in ran.err.splitlines() if line.startswith("to be moved: ")]
    assert {line.removeprefix("to be moved: ") for line in lines} == {name for name, _ in before}
    assert ran.err.splitlines()[-1] == f"Items: {len(before)}. Nothing was changed."
    assert rotated.ring.items == before and (rotated.home / "config.toml").read_bytes() == settings
    assert not key.exists() and not (rotated.home / "vault").exists()
    document = rotated.run("vault", "move", "file", "--dry-run", "--json").document
    assert document["schema"] == "ssrcred.vault move/1"
    assert (document["dry_run"], document["switched"], document["finished"]) == (True, False, False)
    assert {item["name"] for item in document["items"]} == {name for name, _ in before}


def test_the_document_of_a_move_says_what_was_done_with_each_item(rotated: Desk, key: Path) -> None:
    names = {name for name, _ in rotated.ring.items}
    document = rotated.run("vault", "move", "file", "--key-file", str(key), "--json").document
    assert (document["to"], document["switched"], document["finished"]) == ("file", True, True)
    assert {item["name"]: item["done"] for item in document["items"]} == {name: ["copied", "deleted"] for name in names}


def test_a_move_that_failed_says_how_far_it_came_and_goes_on(rotated: Desk, key: Path) -> None:
    names = {name for name, _ in rotated.ring.items}
    honest, rotated.ring = rotated.ring, rotated.ring.hand_over(HoardingKeyring())
    ran = rotated.run("vault", "move", "file", "--key-file", str(key), "--json")
    assert ran.code == 5
    document = ran.document
    assert document["error"]["code"] == "keyring_unfaithful"
    assert "Nothing is lost: config.toml names the encrypted file vault" in document["error"]["state"]
    assert document["switched"] and not document["finished"] and len(document["items"]) == len(names)
    assert rotated.run("verify").code == 0  # the work goes on meanwhile
    rotated.ring = honest
    ran = rotated.run("vault", "move", "file", "--key-file", str(key), "--json")
    assert ran.code == 0 and not honest.items
    assert {tuple(item["done"]) for item in ran.document["items"]} == {("there", "deleted")}


class StoppedKeyring(HonestKeyring):
    """Somebody presses Ctrl-C when the first item goes."""

    def delete_password(self, service: str, username: str) -> None:
        _thread.interrupt_main()
        super().delete_password(service, username)


def test_ctrl_c_in_the_middle_of_a_move_says_what_is_done(rotated: Desk, key: Path) -> None:
    honest, rotated.ring = rotated.ring, rotated.ring.hand_over(StoppedKeyring())
    ran = rotated.run("vault", "move", "file", "--key-file", str(key), "--json")
    assert ran.code == 130 and ran.document["error"]["state"] == "What is listed above is done."
    assert ran.document["switched"] and all("copied" in item["done"] for item in ran.document["items"])
    rotated.ring = honest
    assert rotated.run("vault", "move", "file", "--key-file", str(key)).code == 0 and not honest.items


def test_after_vault_init_what_the_keyring_held_is_brought_over(rotated: Desk, key: Path) -> None:
    ran = rotated.run("vault", "init", "--key-file", str(key))
    assert "To move it: ssrcred vault move file" in ran.err
    assert rotated.run("verify").code == 5
    assert rotated.run("vault", "move", "file").code == 0
    assert rotated.run("verify").code == 0 and not rotated.ring.items


def test_an_encrypted_file_with_a_passphrase_is_set_up_and_asked_for_once(ready: Desk) -> None:
    phrase = "a made-up passphrase of eleven words for this one test"
    ready.secret("passphrase", phrase)
    ran = ready.sit("vault", "move", "file", script=[("A passphrase", phrase), ("The same passphrase again", phrase)])
    assert ran.code == 0 and not ready.ring.items
    ran = ready.run("vault", "move", "keyring")
    assert ran.code == 5 and "nobody is there to type its passphrase" in ran.error["error"]


def test_nothing_to_move_is_said(desk: Desk, key: Path) -> None:
    desk.set_up(secrets=False)
    ran = desk.run("vault", "move", "keyring", "--json")
    assert ran.code == 0 and "There is nothing to move." in ran.err and ran.document["finished"] is True
    assert desk.run("vault", "move", "file", "--key-file", str(key)).code == 0
    assert config(desk)["vault"] == {"backend": "file"}


@pytest.mark.parametrize("deed", [("init",), ("move", "file")])
@pytest.mark.parametrize("busy", [LEA, "_shared"])
def test_no_other_vault_while_another_run_is_at_work(ready: Desk, key: Path, deed: tuple[str, ...], busy: str) -> None:
    before = dict(ready.ring.items)
    with lock(ready.home / "locks", busy):
        ran = ready.run("vault", *deed, "--key-file", str(key))
    assert ran.code == 9 and ready.ring.items == before and not key.exists() and "vault" not in config(ready)


def test_pairs_are_found_without_the_ledger_and_without_their_lea(rotated: Desk, key: Path) -> None:
    (rotated.home / "ledger.sqlite").unlink()
    assert rotated.run("vault", "move", "file", "--key-file", str(key)).code == 0
    assert rotated.run("resume", "--unverified").code == 0  # which finds the pair in the encrypted file
    (rotated.home / "config.toml").write_text(
        (rotated.home / "config.toml").read_text("utf-8").replace(f"lea.{LEA}", "lea.renamed"), "utf-8"
    )
    assert rotated.run("vault", "move", "keyring").code == 0
    assert (f"ssrcred:{LEA}:pair-0001", "ssrcred") in rotated.ring.items
    ran = rotated.run("vault", "move", "file", "--dry-run")
    assert f"to be moved: ssrcred:{LEA}:pair-0001" in ran.err.splitlines()


def test_a_pair_is_found_that_an_older_copy_of_the_ledger_does_not_know(rotated: Desk, key: Path) -> None:
    older = (rotated.home / "ledger.sqlite").read_bytes()
    for _ in range(2):
        rotated.rotated()
    for left in rotated.home.glob("ledger.sqlite-*"):
        left.unlink()
    (rotated.home / "ledger.sqlite").write_bytes(older)
    ran = rotated.run("vault", "move", "file", "--key-file", str(key))
    assert ran.code == 0 and f"ssrcred:{LEA}:pair-0003" in ran.err, ran.err
    assert not [name for name, _ in rotated.ring.items if ":pair-" in name]


def test_without_a_person_the_encrypted_file_needs_a_key_file(ready: Desk) -> None:
    ran = ready.run("vault", "move", "file")
    assert ran.code == 2 and ran.error["hint"] == "Use --key-file PATH." and ready.ring.items
    assert ready.run("vault", "move", "cloud").code == 2


def test_a_county_of_eleven_hundred_can_be_locked_at_once(bare: Desk, key: Path) -> None:
    leas = "".join(
        f'[lea.district-{number}]\nname = "Made-Up {number}"\ncds = "19{number:05d}0000000"\n' for number in range(1100)
    )
    bare.home.mkdir()
    assert bare.run("vault", "init", "--key-file", str(key)).code == 0
    with (bare.home / "config.toml").open("a", encoding="utf-8") as file:
        file.write(leas)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 512), hard))
    try:
        ran = bare.run("vault", "move", "keyring")
        assert ran.code == 0, ran.err
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_from_a_keyring_that_lists_only_what_is_of_known_leas_is_moved(ready: Desk, key: Path) -> None:
    """Another home of the same user may keep its items in the same keyring."""
    known = {name for name, _ in ready.ring.items}
    foreign = {"ssrcred:elsewhere:pair-0001", "another program", f"ssrcred:{LEA}:canary"}
    forgotten = f"ssrcred:{LEA}:secret:parent:no longer in config.toml"
    for name in (*foreign, forgotten):
        ready.ring.items[name, "ssrcred"] = "made-up"

    def listing(limit: float, waiting: Callable[[str], None] | None) -> Backend:
        names = [name for name, _ in ready.ring.items]
        return KeyringBackend(ready.ring, 20, trusted=frozenset({type(ready.ring)}), listed=lambda: names)

    out, err = Paper(), Paper()
    environment = replace(ready.environment(io.StringIO(), out, err), os_keyring=listing)
    assert main(["vault", "move", "file", "--key-file", str(key)], environment) == 0, err.said
    assert {name for name, _ in ready.ring.items} == foreign
    copied = {line.removeprefix("copied: ") for line in err.said.splitlines() if line.startswith("copied: ")}
    assert copied == {*known, forgotten}

"""A set-up on a machine without a keyring, one that goes on where it stopped, and a password that is tried at once."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import keyring.errors
import pytest

import ssrcred
from cli.desk import LEA, Desk
from cli.test_cli_setup import interview
from keyring_moods import HonestKeyring, LockedKeyring
from ssrcred.adapters.vault import Vault
from ssrcred.adapters.vault.agefile import open_age_vault

OFFICE = "itstaff"


class NoKeyring(HonestKeyring):
    """A machine on which nothing keeps passwords."""

    def get_password(self, service: str, username: str) -> str | None:
        raise keyring.errors.NoKeyringError("made up")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise keyring.errors.NoKeyringError("made up")

    def delete_password(self, service: str, username: str) -> None:
        raise keyring.errors.NoKeyringError("made up")


def test_without_a_keyring_encrypted_files_are_offered_before_any_other_question(desk: Desk, tmp_path: Path) -> None:
    desk.ring = NoKeyring()
    key = tmp_path / "vault.key"
    questions = interview(desk)
    ran = desk.sit(
        "setup",
        *("--lea", LEA, "--toms-api", desk.district.service_url),
        script=[("Set up encrypted files now?", "y"), ("A file for the key", str(key)), *questions[1:]],
    )
    assert ran.code == 0, ran.screen
    assert ran.screen.index("Keep a copy of that file away from this computer") < ran.screen.index("full name")
    assert tomllib.loads((desk.home / "config.toml").read_text())["vault"] == {"backend": "file"}
    kept = Vault(open_age_vault(desk.home / "vault", environ={}), LEA)
    assert len(kept.secret("schoolwise")) == len(desk.named_secrets()["schoolwise"])
    assert "SchoolWise, office account: fine" in ran.screen


def test_without_a_keyring_and_without_files_nothing_is_asked_or_written(desk: Desk) -> None:
    desk.ring = NoKeyring()
    ran = desk.sit("setup", "--lea", LEA, script=[("Set up encrypted files now?", "n")])
    assert ran.code == 5 and ran.error["state"] == "Nothing was written."
    assert "vault init" in ran.error["hint"]
    assert not (desk.home / "config.toml").exists()


def test_a_locked_keyring_is_told_before_any_question(desk: Desk) -> None:
    desk.ring = LockedKeyring()
    ran = desk.sit("setup", "--lea", LEA)
    assert ran.code == 5 and not (desk.home / "config.toml").exists()


def test_a_set_up_that_stopped_goes_on_with_what_is_missing(desk: Desk) -> None:
    desk.set_up(secrets=False)
    told = desk.named_secrets()
    ran = desk.run("secret", "set", "schoolwise", "--stdin", given=f"{told['schoolwise']}\n")
    assert ran.code == 0
    before = (desk.home / "config.toml").read_bytes()
    ran = desk.sit(
        "setup",
        *("--lea", LEA),
        script=[
            ("Password of the parent account parent1", told["parent"]),
            ("Password of the parent account parent2", told["parent:parent2"]),
            ("SSID", told["test-ssid"]),
            ("Test the connections", "y"),
        ],
    )
    assert ran.code == 0 and "Continuing with what is missing." in ran.screen
    assert (desk.home / "config.toml").read_bytes() == before
    for name, value in told.items():
        assert len(desk.vault.secret(name)) == len(value)
    again = desk.sit("setup", "--lea", LEA)  # nothing is missing, and nothing is asked
    assert again.code == 3 and again.error["error"].endswith("is already in config.toml.")


def test_a_script_that_sets_up_twice_is_told_what_is_missing(desk: Desk) -> None:
    desk.set_up(secrets=False)
    ran = desk.run(*desk.setup_options(), "--no-input")
    assert ran.code == 0 and f"ssrcred secret set schoolwise --lea {LEA} --stdin" in ran.err
    other = desk.run("setup", "--lea", LEA, "--name", "Another name", "--no-input")
    assert other.code == 3, "what is asked for is not what is there"


def test_where_there_are_several_leas_the_next_commands_name_the_one(ready: Desk) -> None:
    words = ("--name", "Alder", "--cds", "01000000000001", "--url", "https://alder.schoolwise.com", "--username", "x")
    ran = ready.run("setup", "--lea", "alder", *words, "--no-input")
    assert "ssrcred rotate --plan --lea alder" in ran.err or "ssrcred rotate --lea alder --plan" in ran.err
    assert "ssrcred remind --setup --lea alder" in ran.err


@pytest.mark.parametrize("there", [False, True])
def test_vault_init_ends_with_the_next_step_and_the_word_on_a_copy(desk: Desk, tmp_path: Path, there: bool) -> None:
    if there:
        desk.set_up(secrets=False)
    ran = desk.run("vault", "init", "--key-file", str(tmp_path / "key"))
    assert "Keep a copy of that file" in ran.err
    assert ran.err.splitlines()[-1].endswith("ssrcred vault move file" if there else "Next: ssrcred setup")


@pytest.mark.parametrize(
    ("name", "user"), [("schoolwise", OFFICE), ("parent", "parent1"), ("parent:parent2", "parent2")]
)
def test_a_password_that_is_typed_is_tried_by_one_sign_in(ready: Desk, name: str, user: str) -> None:
    right = ready.named_secrets()[name]
    before = len(ready.district.log_ins)
    ran = ready.sit("secret", "set", name, script=[(f"Secret {name}", right)])
    assert ran.code == 0 and "SchoolWise accepted it." in ran.screen
    assert ready.district.log_ins[before:] == [(user, True)]


def test_a_mistyped_password_is_said_at_once_and_not_sent_again(ready: Desk) -> None:
    before = len(ready.district.log_ins)
    ready.secret("the mistyped one", "made-up and mistyped")
    ran = ready.sit("secret", "set", "schoolwise", script=[("Secret schoolwise", "made-up and mistyped")])
    assert ran.code == 0 and "SchoolWise rejected the password of schoolwise." in ran.screen
    assert f"ssrcred secret set schoolwise --lea {LEA}" in " ".join(ran.screen.split())
    assert ready.run("schools").code == 6
    assert ready.district.log_ins[before:] == [(OFFICE, False)]


def test_a_pipe_tries_only_when_asked_and_then_tells_by_its_exit_code(ready: Desk) -> None:
    right = ready.named_secrets()["schoolwise"]
    before = len(ready.district.log_ins)
    assert ready.run("secret", "set", "schoolwise", "--stdin", given=f"{right}\n").code == 0
    assert ready.sit("secret", "set", "schoolwise", "--no-try", script=[("Secret schoolwise", right)]).code == 0
    assert ready.district.log_ins[before:] == []
    assert ready.run("secret", "set", "schoolwise", "--stdin", "--try", given=f"{right}\n").code == 0
    ran = ready.run("secret", "set", "schoolwise", "--stdin", "--try", given="made-up and wrong \n")
    assert ran.code == 6 and "It ends with a space" in ran.err
    assert ready.district.log_ins[before:] == [(OFFICE, True), (OFFICE, False)]


def test_a_portal_that_does_not_answer_leaves_the_password_stored(ready: Desk) -> None:
    ready.district.fault("schoolwise", "down")
    right = ready.named_secrets()["schoolwise"]
    ran = ready.sit("secret", "set", "schoolwise", script=[("Secret schoolwise", right)])
    assert ran.code == 0 and "It could not be tested: " in ran.screen


def test_what_is_no_password_of_the_portal_is_not_tried(ready: Desk) -> None:
    before = len(ready.district.log_ins)
    assert ready.sit("secret", "set", "test-ssid", script=[("Secret test-ssid", ready.district.test_ssid)]).code == 0
    assert ready.district.log_ins[before:] == []


def test_every_command_to_set_a_secret_is_whole() -> None:
    part = re.compile(r"ssrcred secret (?:set|drop)(?! (?:\{|schoolwise|parent|test-ssid|notify:|NAME))")
    root = Path(ssrcred.__file__).parent
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            # The text of an f-string with its holes, and of strings that stand side by side.
            if isinstance(node, ast.JoinedStr):
                text = "".join(str(one.value) if isinstance(one, ast.Constant) else "{" for one in node.values)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = node.value if not node.value.endswith("secret set ") else ""
            else:
                continue
            if "(?:" not in text:  # a pattern that looks for such commands
                assert not part.search(text), f"{path.relative_to(root)}, line {node.lineno}: {text}"

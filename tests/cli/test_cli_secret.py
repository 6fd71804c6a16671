"""A secret from a file or a pipe: what Windows PowerShell may have changed is stored, told, and not tested."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from adapters.notify.mailbox import mailbox
from cli.desk import Desk
from cli.test_cli_remind import configure, with_log_in
from ssrcred.app.session import SHARED

CHANGED = "made-up p?ssword"
"""What PowerShell 5.1 makes of `made-up pässword`."""


def saved(folder: Path, text: str, mode: int = 0o600) -> str:
    path = folder / "password.txt"
    path.write_text(f"{text}\n", "utf-8")
    path.chmod(mode)
    return str(path)


def test_a_secret_in_a_file_is_stored_and_the_file_is_told_of(ready: Desk, tmp_path: Path) -> None:
    where = saved(tmp_path, "made-up pässwörd")
    ran = ready.run("secret", "set", "schoolwise", "--file", where)
    assert ran.code == 0, ran.err
    assert "made-up pässwörd" in str(ready.ring.items)
    assert f"{where} still has the secret: delete that file." in ran.err and "0600" not in ran.err


@pytest.mark.skipif(os.name == "nt", reason="a mode says nothing on Windows")
def test_a_file_that_others_can_read_is_told_of(ready: Desk, tmp_path: Path) -> None:
    ran = ready.run("secret", "set", "schoolwise", "--quiet", "--file", saved(tmp_path, "made-up", 0o644))
    assert ran.code == 0
    assert "Other accounts on this computer can read it, or could: it should have had mode 0600." in ran.err


def test_where_a_mode_says_nothing_the_command_that_shows_the_readers_is_named(ready: Desk, tmp_path: Path) -> None:
    ready.platform = "win32"
    where = saved(tmp_path, CHANGED)
    ran = ready.run("secret", "set", "schoolwise", "--file", where)
    assert f'To see who can read it: icacls "{where}"' in ran.err and "question mark" not in ran.err


def test_a_file_that_is_not_there_and_two_sources_are_refused(ready: Desk, tmp_path: Path) -> None:
    gone = ready.run("secret", "set", "schoolwise", "--file", str(tmp_path / "gone.txt"))
    assert gone.code == 4 and "gone.txt (no such file or directory)" in gone.error["error"].lower()
    both = ready.run("secret", "set", "schoolwise", "--stdin", "--file", saved(tmp_path, "made-up"))
    assert both.code == 2 and both.error["error"] == "--stdin and --file exclude each other."


def test_a_password_that_powershell_may_have_changed_is_stored_and_not_sent(ready: Desk) -> None:
    ready.platform = "win32"
    told = ready.run("secret", "set", "schoolwise", "--stdin", "--try", "--json", given=f"{CHANGED}\n")
    assert (told.code, told.document["test"]) == (0, "not_tested")
    assert "question mark" in told.err and "--file FILE" in told.err and CHANGED in str(ready.ring.items)
    ready.platform = "linux"
    sent = ready.run("secret", "set", "schoolwise", "--stdin", "--try", given=f"{CHANGED}\n")
    assert sent.code == 6 and "question mark" not in sent.err


def test_the_mail_servers_password_is_not_sent_either_where_powershell_may_have_changed_it(ready: Desk) -> None:
    ready.platform = "win32"
    with mailbox() as box:
        configure(ready, box)
        with_log_in(ready)
        ran = ready.run("secret", "set", "notify:smtp", "--stdin", "--json", given=f"{CHANGED}\n")
        assert (ran.code, ran.document["test"], box.heard) == (0, "not_tested", []), ran.err
    assert "question mark" in ran.err
    assert SHARED in str(ready.ring.items) and CHANGED in str(ready.ring.items)

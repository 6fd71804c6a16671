"""What a help desk may read of a check without access to the account that keeps the credentials."""

from __future__ import annotations

import grp
import json
import os
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.desk import Desk
from cli.test_cli_verify import FOREIGN
from json_schema import problems
from keyring_moods import LockedKeyring
from ssrcred.domain.credential import SecretKey


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    folder = tmp_path / "helpdesk"
    folder.mkdir()
    return folder / "ssr.txt"


def read(shelf: Path) -> tuple[str, dict[str, Any]]:
    """The text, and the one LEA of the JSON."""
    document = json.loads(shelf.with_name("ssr.txt.json").read_text("utf-8"))
    assert document["schema"] == "ssrcred.published/1" and problems(document) == []
    (entry,) = document["leas"]
    assert isinstance(entry, dict)
    return shelf.read_text("utf-8"), entry


def test_the_verdict_and_the_status_are_left_in_the_same_words(rotated: Desk, shelf: Path) -> None:
    rotated.district.put(rotated.district.schools[1], FOREIGN)
    seen = rotated.run("verify", "--json", "--publish", str(shelf))
    (told,) = seen.document["leas"]
    text, entry = read(shelf)
    assert seen.code == 7
    for key in ("verdict", "blocked", "headline", "sentence", "caller", "next", "command", "who"):
        assert entry[key] == told[key], key
    (status,) = rotated.run("status", "--json").document["leas"]
    assert {key: entry[key] for key in ("state", "days_left", "expires_at", "last_proof")} == {
        key: status[key] for key in ("state", "days_left", "expires_at", "last_proof")
    }
    assert f"Tell the caller: {told['caller']}" in text and told["headline"] in text and told["next"] in text
    assert "Checked: Saturday, November 21, 2026, 12:00 PM PST" in text
    assert entry["checked_at"] == "2026-11-21T20:00:00Z"


def test_it_holds_no_account_no_user_name_and_no_secret(rotated: Desk, shelf: Path) -> None:
    rotated.vault.keep_secret("schoolwise", SecretKey("a made-up wrong password"))
    rotated.vault.drop_secret("parent:parent2")
    assert rotated.run("verify", "--publish", str(shelf)).code == 6
    whole = shelf.read_bytes() + shelf.with_name("ssr.txt.json").read_bytes()
    accounts = rotated.district.accounts
    for word in (accounts.office.username, "parent1", "parent2", "lincoln_usd", rotated.district.test_ssid):
        assert word.encode() not in whole, word
    rotated._search("what is published", whole)
    assert read(shelf)[1]["blocked"] == "login_refused"


def test_only_the_named_group_and_the_owner_may_read_it(rotated: Desk, shelf: Path) -> None:
    assert rotated.run("verify", "--publish", str(shelf)).code == 0
    assert stat.S_IMODE(shelf.stat().st_mode) == 0o600
    group = grp.getgrgid(os.getgid()).gr_name
    assert rotated.run("verify", "--publish", str(shelf), "--publish-group", group).code == 0
    for path in (shelf, shelf.with_name("ssr.txt.json")):
        assert (stat.S_IMODE(path.stat().st_mode), path.stat().st_gid) == (0o640, os.getgid())
    assert rotated.run("verify", "--publish", str(shelf)).code == 0
    assert stat.S_IMODE(shelf.stat().st_mode) == 0o640, "who may read it stays"
    assert sorted(one.name for one in shelf.parent.iterdir()) == ["ssr.txt", "ssr.txt.json"]


def test_what_cannot_be_published_is_said_before_anything_is_tried(rotated: Desk, shelf: Path) -> None:
    asked = len(rotated.district.requests)
    for words in (
        ("--publish", str(shelf), "--publish-group", "no-such-group"),
        ("--publish", str(shelf.parent / "nowhere" / "ssr.txt")),
        ("--publish-group", "root"),
    ):
        ran = rotated.run("verify", *words)
        assert ran.code == 2 and ran.error["state"] == "Nothing was checked."
    assert len(rotated.district.requests) == asked
    shelf.mkdir()
    ran = rotated.run("verify", "--publish", str(shelf), "--json")
    assert ran.code == 2 and "could not be written" in ran.document["error"]["message"]


def test_a_check_that_could_not_run_is_published_as_that(rotated: Desk, shelf: Path) -> None:
    assert rotated.run("verify", "--publish", str(shelf)).code == 0
    rotated.at += timedelta(days=2)
    rotated.ring = rotated.ring.hand_over(LockedKeyring())
    assert rotated.run("verify", "--publish", str(shelf)).code == 5
    text, entry = read(shelf)
    assert (entry["verdict"], entry["error"]) == ("unknown", "keyring_locked")
    assert "The check could not run (keyring locked)." in text and "The credentials work" not in text
    assert "November 23, 2026" in text and "Days left: 363" in text


def test_all_leas_are_in_one_file(rotated: Desk, shelf: Path) -> None:
    assert rotated.run("verify", "--all", "--publish", str(shelf), "--json").code == 0
    text, entry = read(shelf)
    assert (entry["verdict"], entry["lea"]) == ("working", "lincoln") and "The credentials work." in text


def test_the_scheduled_check_can_publish(rotated: Desk, shelf: Path) -> None:
    group = grp.getgrgid(os.getgid()).gr_name
    ran = rotated.run("schedule", "--json", "--with", "cron", "--publish", str(shelf), "--publish-group", group)
    verify, remind = ran.document["jobs"]
    assert verify["command"][-6:] == ["--all", "--no-input", "--publish", str(shelf), "--publish-group", group]
    assert "--publish" not in remind["command"]
    assert rotated.run(*verify["command"][4:]).code == 0 and read(shelf)[1]["verdict"] == "working"
    ran = rotated.run("schedule", "--publish", str(shelf), "--publish-group", "no-such-group")
    assert ran.code == 2

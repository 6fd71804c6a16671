"""The bundle for a vendor: shown, agreed to, written once for this account alone, and nothing private in it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.desk import LEA, Desk

PERSON = "Wilhelmina Featherstonehaugh"
"""A made-up person whose name stands wherever a name can stand."""
ACCOUNT = "wfeatherstonehaugh"


@pytest.fixture
def named(desk: Desk) -> Desk:
    """A desk where a person's name is everywhere: settings, accounts, places, the ledger, paths, the system's user."""
    desk.at = datetime.now(UTC)
    desk.user = lambda: ACCOUNT
    desk.set_up()
    path = desk.home / "config.toml"
    text = path.read_text("utf-8").replace(desk.district.district_name, f"{PERSON} Unified School District")
    profile = (Path(__file__).parent.parent.parent / "src/ssrcred/data/ets-ssr.toml").read_text("utf-8")
    (desk.home.parent / f"{ACCOUNT}.toml").write_text(profile, "utf-8")
    text = text.replace("[lea.lincoln.toms]", f'[lea.lincoln.toms]\nprofile = "../{ACCOUNT}.toml"')
    text = text.replace("[lea.lincoln.schoolwise]", f'[lea.lincoln.schoolwise]\nschools = ["{PERSON} Charter Academy"]')
    text += f'\n[lea.lincoln.remind]\nmail = ["{ACCOUNT}@lincoln.example"]\n'
    text += f'\n[smtp]\nhost = "mail.lincoln.example"\nport = 587\nfrom = "{ACCOUNT}@lincoln.example"\n'
    path.write_text(text, "utf-8")
    return desk


def private(desk: Desk) -> list[str]:
    """What may not be in a bundle beside the secrets, for which every run is searched anyway."""
    accounts, people = desk.district.accounts, []
    for one in (accounts.office, accounts.parent, *accounts.parents.values(), accounts.student):
        people += [one.username, one.name]
    pair = desk.district.pair
    assert pair is not None
    schools = list(desk.district.schools)
    return [
        PERSON,
        ACCOUNT,
        "Featherstonehaugh",
        desk.district.test_ssid,
        pair.username,
        str(desk.home),
        *people,
        *schools,
    ]


def test_nothing_private_is_in_the_bundle_after_a_whole_year(named: Desk) -> None:
    named.rotated()
    assert named.run("verify").code == 0
    named.district.fault("schoolwise", "down")
    named.run("verify")
    file = named.home / "bundle.md"
    ran = named.sit("support", str(file), script=[("Write this to", "y")])
    assert ran.code == 0, ran.screen
    text = file.read_text("utf-8")
    for one in private(named):
        assert one not in text, one
    for wanted in (
        "ssrcred: ",
        "portal: http://127.0.0.1:",
        "last verdict: ",
        "school 1",
        "prove proved",
        "exit 8",
    ):
        assert wanted in text, wanted
    # It was shown, all of it, before it was written.
    assert named.readable(text) in ran.screen


def test_the_last_verdict_is_of_the_pair_that_was_tried(named: Desk, tmp_path: Path) -> None:
    named.rotated()
    named.click()
    named.run("store", "--stdin", given="lincoln_usd_1964733\nmade-up key that the state never gave\n")
    for verdict in ("refused", "superseded"):  # the new pair, and then the one that is current again
        assert named.run("verify", "--json").document["leas"][0]["verdict"] == verdict
        named.run("support", str(tmp_path / verdict), "--yes")
        assert f"last verdict: {verdict} (inferred)" in (tmp_path / verdict).read_text("utf-8")


def test_it_is_this_accounts_alone_and_takes_nobodys_place(named: Desk) -> None:
    file = named.home / "bundle.md"
    ran = named.run("support", str(file), "--yes")
    assert ran.code == 0 and ran.out == f"{file}\n"
    assert os.name == "nt" or file.stat().st_mode & 0o777 == 0o600
    before = file.read_bytes()
    ran = named.run("support", str(file), "--yes")
    assert ran.code == 2 and "already" in ran.error["error"] and file.read_bytes() == before


def test_whoever_says_no_gets_no_file(named: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(named.home)
    before = sorted(named.home.iterdir())
    ran = named.sit("support", script=[("Write this to", "")])
    assert ran.code == 0 and ran.screen.endswith("Nothing was written.\n")
    assert sorted(named.home.iterdir()) == before


def test_without_a_person_it_is_only_written_when_that_was_agreed_to(named: Desk, tmp_path: Path) -> None:
    ran = named.run("support", str(tmp_path / "a.md"))
    assert ran.code == 2 and "--yes" in ran.error["hint"]
    ran = named.run("support", str(tmp_path / "a.md"), "--json")
    assert ran.code == 2 and not (tmp_path / "a.md").exists()
    ran = named.run("support", str(tmp_path / "a.md"), "--json", "--yes")
    assert ran.code == 0 and ran.document["schema"] == "ssrcred.support/1"
    assert ran.document["text"] == (tmp_path / "a.md").read_text("utf-8")


def test_a_broken_set_up_gives_a_bundle_too(named: Desk, tmp_path: Path) -> None:
    (named.home / "ledger.sqlite").write_bytes(b"made-up garbage" * 400)
    assert named.run("support", str(tmp_path / "ledger.md"), "--yes").code == 0
    assert "History: problem (exit 9); kind ledger_damaged" in (tmp_path / "ledger.md").read_text("utf-8")
    (named.home / "config.toml").write_text(f'[lea.lincoln]\nname = "{PERSON}"\n', "utf-8")
    assert named.run("support", str(tmp_path / "config.md"), "--yes").code == 0
    text = (tmp_path / "config.md").read_text("utf-8")
    assert "Settings: problem (exit 3); kind config_invalid, problems 1" in text and PERSON not in text


def test_a_ticket_is_about_few_leas(named: Desk, tmp_path: Path) -> None:
    with (named.home / "config.toml").open("a", encoding="utf-8") as file:
        for number in range(20):
            file.write(f'[lea.more{number}]\nname = "More"\ncds = "1964734{number:07}"\ntoms.enabled = false\n')
    ran = named.run("support", str(tmp_path / "a.md"), "--yes")
    assert ran.code == 2 and "--lea NAME" in ran.error["hint"]
    assert named.run("support", str(tmp_path / "a.md"), "--yes", "--lea", LEA).code == 0
    assert (tmp_path / "a.md").read_text("utf-8").count("CDS code") == 1

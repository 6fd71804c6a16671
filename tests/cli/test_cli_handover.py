"""The other systems that use the pair: named before the click, waited for after it, handed over only encrypted."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pexpect
import pyrage  # type: ignore[import-untyped]
import pytest

from cli.desk import COLOURS, LEA, Desk, Script
from ssrcred.adapters.vault import age
from ssrcred.domain.credential import SecretKey, fingerprint
from waiting import HUNG_S

NAMED = ("--vendor", "SIRAS", "--vendor", "CERS rosters")


@pytest.fixture
def vendors(desk: Desk) -> Iterator[Desk]:
    """A desk that is set up for an LEA with two systems beside SchoolWise."""
    desk.set_up(*NAMED)
    yield desk
    assert not list(desk.home.parent.rglob("*.part"))


@pytest.fixture
def waiting(vendors: Desk) -> Desk:
    """The same, on which the yearly job was done."""
    vendors.rotated()
    return vendors


@pytest.fixture(scope="module")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vendor's key as age-keygen makes one; made up for the tests."""
    path = tmp_path_factory.mktemp("vendor") / "key.txt"
    path.write_text(f"{pyrage.x25519.Identity.generate()}\n")
    return path


def recipient(key_file: Path) -> str:
    return age.recipient_of(SecretKey(key_file.read_text().strip()))


def test_prepare_names_everybody_who_breaks_before_the_person_is_asked_to_go_on(vendors: Desk) -> None:
    screen = vendors.sit("rotate", script=[("Go on to TOMS now", "n")]).screen
    before, _, _ = screen.partition("Go on to TOMS now")
    prepared, _, listed = before.partition("When you generate new credentials in TOMS")
    said = "These systems stop working until they get the new credentials: SIRAS, CERS rosters."
    assert said in " ".join(prepared.split())
    assert "- SIRAS, until it has the new credentials" in listed and "- CERS rosters, until" in listed
    assert vendors.run("handover").out == "No system is pending.\n"


def test_rotate_ends_with_the_open_hand_overs(vendors: Desk) -> None:
    ran = vendors.run("rotate", "--stdin", given=vendors.pair_lines)
    assert ran.code == 0
    assert "CERS rosters does not work until it gets the new credentials." in ran.err
    closing = ran.err[ran.err.index("The credentials are valid for") :]
    assert "Pending systems: CERS rosters, SIRAS." in closing and "ssrcred handover" in closing
    assert [one for one in vendors.events() if "opened" in one or "warned" in one] == [
        "prepare/warned",
        "finish/opened",
        "finish/opened",
    ]


def test_resume_names_them_too_and_when_it_has_nothing_to_do(vendors: Desk) -> None:
    assert vendors.run("store", "--stdin", given=vendors.pair_lines).code == 0
    for words in ("The credentials are valid for", "Nothing to resume"):
        ran = vendors.run("resume")
        assert ran.code == 0, ran.err
        assert "Pending systems: CERS rosters, SIRAS." in ran.err[ran.err.index(words) :]


def test_verify_that_ends_a_rotation_opens_them(vendors: Desk) -> None:
    assert vendors.run("store", "--stdin", given=vendors.pair_lines).code == 0
    assert vendors.run("upload").code == 0
    ran = vendors.run("verify")
    assert ran.code == 0 and "SIRAS does not work until it gets the new credentials." in ran.err
    assert len(vendors.run("status", "--json").document["leas"][0]["handovers"]) == 2


def test_the_document_of_rotate_has_an_event_for_each(vendors: Desk) -> None:
    events = vendors.run("rotate", "--stdin", "--json", given=vendors.pair_lines).document["events"]
    opened = [one["detail"]["vendor"] for one in events if (one["step"], one["outcome"]) == ("finish", "opened")]
    assert opened == ["SIRAS", "CERS rosters"]


def test_the_list_says_who_waits_since_when_and_how_to_go_on(waiting: Desk) -> None:
    ran = waiting.run("handover")
    assert ran.code == 0
    assert [" ".join(line.split()) for line in ran.out.splitlines()] == [
        "system pending since file written key used before",
        "CERS rosters Nov 21, 2026, 12:00 PM PST no -",
        "SIRAS Nov 21, 2026, 12:00 PM PST no -",
    ]
    assert "ssrcred handover --to NAME --for age1... FILE" in ran.err and "ssrcred store --spell" in ran.err
    listed = waiting.run("handover", "--json").document
    one = {"since": "2026-11-21T20:00:00Z", "sealed_at": None}
    assert listed == {
        "schema": "ssrcred.handover/1",
        "lea": LEA,
        "handovers": [{"vendor": "CERS rosters", **one}, {"vendor": "SIRAS", **one}],
        "systems_updated": [],
        "file": None,
        "done": None,
    }


def test_the_list_needs_no_keyring(waiting: Desk) -> None:
    waiting.keyring_limits.clear()
    assert waiting.run("handover").code == 0
    assert not waiting.keyring_limits


def test_one_that_has_the_pair_is_taken_from_the_list_for_good(waiting: Desk) -> None:
    ran = waiting.run("handover", "--done", "siras", "--json")
    assert ran.code == 0
    assert [one["vendor"] for one in ran.document["handovers"]] == ["CERS rosters"] and ran.document["done"] == "SIRAS"
    assert waiting.events()[-1] == "handover/closed"
    ran = waiting.run("handover", "--done", "SIRAS")
    assert ran.code == 2 and ran.error["hint"] == "Pending systems: CERS rosters."
    assert "Open hand-overs" not in waiting.run("handover", "--done", "CERS rosters").err
    assert waiting.run("handover", "--done", "SIRAS").error["hint"] == "Pending systems: none."


def test_status_shows_them_until_they_are_done(waiting: Desk) -> None:
    waits = "SIRAS has been waiting for the new credentials since Nov 21, 2026: ssrcred handover"
    assert waits in waiting.run("status").out
    assert (
        "Systems still need the new credentials at: lincoln (0 of 2 systems updated)."
        in waiting.run("status", "--all").out
    )
    (lea,) = waiting.run("status", "--json").document["leas"]
    assert lea["handovers"] == waiting.run("handover", "--json").document["handovers"]
    assert lea["state"] == "fine" and lea["systems_updated"] == []
    for name in ("SIRAS", "CERS rosters"):
        assert waiting.run("handover", "--done", name).code == 0
    assert "hand-over" not in waiting.run("status").out.lower()
    assert "Hand-over" not in waiting.run("status", "--all").out
    (lea,) = waiting.run("status", "--json").document["leas"]
    assert lea["handovers"] == [] and lea["systems_updated"] == ["CERS rosters", "SIRAS"]


def test_from_the_seventh_day_a_pending_system_is_a_warning(waiting: Desk) -> None:
    assert waiting.run("handover", "--done", "SIRAS").code == 0
    waiting.at += timedelta(days=6, hours=23)
    assert waiting.run("status").code == 0
    waiting.at += timedelta(hours=1)
    ran = waiting.run("status", "--json")
    (lea,) = ran.document["leas"]
    assert (ran.code, lea["state"], lea["why"]) == (1, "due", "1 of 2 systems updated")
    assert "state                   due: 1 of 2 systems updated" in waiting.run("status").out
    assert "lincoln (1 of 2 systems updated)" in waiting.run("status", "--all").out
    ran = waiting.run("status", "--nagios")
    assert ran.code == 1 and "SSRCRED WARNING: lincoln 358 days left" in ran.out and "1 of 2 systems updated" in ran.out
    assert waiting.run("handover", "--done", "CERS rosters").code == 0
    assert waiting.run("status").code == 0 and "systems updated" not in waiting.run("status").out


def test_with_the_next_credentials_every_system_is_pending_again(waiting: Desk) -> None:
    assert waiting.run("handover", "--done", "SIRAS").code == 0
    waiting.at += timedelta(days=350)
    waiting.rotated()
    (lea,) = waiting.run("status", "--json").document["leas"]
    assert len(lea["handovers"]) == 2 and lea["systems_updated"] == []


@pytest.mark.real("age")
def test_the_age_tool_opens_what_was_written_for_a_vendor(waiting: Desk, key_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "siras.age"
    ran = waiting.run("handover", "--to", "siras", "--for", recipient(key_file), str(path))
    assert ran.code == 0, ran.err
    opened = subprocess.run(["age", "-d", "-i", key_file, path], capture_output=True, text=True, check=True).stdout
    pair = waiting.district.pair
    assert pair is not None
    assert opened == f"User Name: {pair.username}\nSecret Key: {pair.secret}\n"
    # What is in the clear is nowhere: the desk looks for the pair in all that was said and in its files.
    assert pair.secret.encode() not in path.read_bytes()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["home", "siras.age", "siras.age.txt"]
    # The help desk does what its text says.
    note = (tmp_path / "siras.age.txt").read_text("utf-8")
    [command] = [line.split() for line in note.splitlines() if line.strip().startswith("age -d")]
    command = [str(key_file) if word == "KEY-FILE" else word for word in command]
    assert subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path).stdout == opened


@pytest.mark.real("age")
def test_the_age_tool_opens_what_was_written_with_a_passphrase(waiting: Desk, tmp_path: Path) -> None:
    waiting.environ["LINES"] = "40"
    path = tmp_path / "cers.age"
    ran = waiting.sit("handover", "--to", "CERS rosters", "--passphrase", str(path), script=ERASED)
    assert ran.code == 0, ran.screen
    command = pexpect.spawn("age", ["-d", str(path)], timeout=HUNG_S, encoding="utf-8", echo=False)
    command.expect("passphrase")
    command.sendline(phrase_on(ran.err))
    command.expect(pexpect.EOF)
    pair = waiting.district.pair
    assert pair is not None and f"Secret Key: {pair.secret}" in (command.before or "")


ERASED: Script = [("Press Enter to erase it", "")]


def phrase_on(screen: str) -> str:
    """The passphrase that was spelled on a screen."""
    return "".join(re.findall(r"^ *\d+: (\S)  ", COLOURS.sub("", screen), re.MULTILINE))


def test_a_passphrase_is_shown_once_and_stored_nowhere(waiting: Desk, tmp_path: Path) -> None:
    waiting.environ["LINES"] = "40"
    path = tmp_path / "cers.age"
    ran = waiting.sit("handover", "--to", "CERS rosters", "--passphrase", str(path), script=ERASED)
    assert ran.code == 0, ran.screen
    phrase = phrase_on(ran.err)
    assert re.fullmatch(r"([a-z2-9]{4}-){4}[a-z2-9]{4}", phrase)
    assert "Secret Key: " in age.unseal_with_passphrase(path.read_bytes(), SecretKey(phrase))
    waiting.secret("the passphrase", phrase)  # from here on the desk looks for it in every file
    assert phrase not in (tmp_path / "cers.age.txt").read_text("utf-8")
    after = ran.err[ran.err.rindex("\x1b[?1049l") :]
    assert "Send them" in after and "small" not in after
    assert waiting.run("history", "--json").document["events"][-1]["detail"]["opened_by"] == "a passphrase"
    assert "with a passphrase that is not stored" in waiting.run("history").out
    for words in (("--no-input",), ("--json",)):
        refused = waiting.sit(
            "handover", "--to", "SIRAS", "--passphrase", str(tmp_path / "s.age"), *words, redirected=True
        )
        assert refused.code == 2 and not (tmp_path / "s.age").exists()


def test_the_help_desk_is_told_how_to_open_it_and_where_it_goes(waiting: Desk, key_file: Path, tmp_path: Path) -> None:
    assert waiting.run("handover", "--to", "SIRAS", "--for", recipient(key_file), str(tmp_path / "s.age")).code == 0
    note = (tmp_path / "s.age.txt").read_text("utf-8")
    assert "Lincoln" in note and recipient(key_file) in note and "age -d -i KEY-FILE s.age" in note
    assert "In SIRAS: TOMS API Credentials." in " ".join(note.split()) and "Saturday, November 21, 2026" in note
    pair = waiting.district.pair
    assert pair is not None and pair.secret not in note and pair.username not in note
    arguments = ("handover", "--to", "CERS rosters", "--for", recipient(key_file), str(tmp_path / "c.age"))
    assert waiting.run(*arguments).code == 0
    assert "is not published" in (tmp_path / "c.age.txt").read_text("utf-8")


def test_a_key_is_used_again_and_another_one_is_asked_about(waiting: Desk, key_file: Path, tmp_path: Path) -> None:
    first, other = recipient(key_file), age.recipient_of(age.new_identity())
    ran = waiting.run("handover", "--to", "SIRAS", str(tmp_path / "none.age"))
    assert ran.code == 2 and "No age public key of SIRAS is known" in ran.error["error"]
    ran = waiting.run("handover", "--to", "SIRAS", "--for", first, str(tmp_path / "1.age"))
    assert fingerprint(first) in ran.err
    ran = waiting.run("handover", "--to", "siras", str(tmp_path / "2.age"), "--json")
    assert ran.document["fingerprint"] == fingerprint(first)
    assert age.unseal((tmp_path / "2.age").read_bytes(), SecretKey(key_file.read_text().strip()))
    assert fingerprint(first) in waiting.run("handover").out
    arguments = ("handover", "--to", "SIRAS", "--for", other, str(tmp_path / "3.age"))
    ran = waiting.run(*arguments)
    assert ran.code == 2 and fingerprint(first) in ran.error["error"] and "--new-key" in ran.error["hint"]
    assert waiting.sit(*arguments, script=[("Have they read the new key", "n")]).code == 2
    assert not (tmp_path / "3.age").exists()
    assert waiting.sit(*arguments, script=[("Have they read the new key", "y")]).code == 0
    waiting.at += timedelta(days=350)
    waiting.rotated()  # the key outlives the credentials
    ran = waiting.run("handover", "--to", "SIRAS", str(tmp_path / "4.age"), "--json")
    assert ran.document["fingerprint"] == fingerprint(other)


def test_what_was_written_is_recorded_and_still_waited_for(waiting: Desk, key_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "siras.age"
    arguments = ("handover", "--to", "SIRAS", "--for", recipient(key_file), str(path))
    waiting.at = waiting.at.replace(day=23)
    answer = waiting.run(*arguments, "--json").document
    assert answer["file"] == str(path) and answer["done"] is None
    assert answer["handovers"][1] == {
        "vendor": "SIRAS",
        "since": "2026-11-21T20:00:00Z",
        "sealed_at": "2026-11-23T20:00:00Z",
    }
    assert "SIRAS" in waiting.run("handover").out and "Nov 23, 2026, 12:00 PM PST" in waiting.run("handover").out
    history = waiting.run("history", "--json").document["events"][-1]
    assert (history["step"], history["outcome"]) == ("handover", "sealed")
    assert history["detail"] == {"vendor": "SIRAS", "slot": "pair-0001", "recipient": recipient(key_file)}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes; its folders decide")
def test_the_file_is_for_its_owner_only(waiting: Desk, key_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "siras.age"
    before = os.umask(0)
    try:
        assert waiting.run("handover", "--to", "SIRAS", "--for", recipient(key_file), str(path)).code == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_nothing_is_ever_overwritten(waiting: Desk, key_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "siras.age"
    path.write_text("made-up text")
    ran = waiting.run("handover", "--to", "SIRAS", "--for", recipient(key_file), str(path))
    assert ran.code == 2 and "already" in ran.error["error"]
    assert path.read_text() == "made-up text"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("dana@lincoln.k12.ca.us", "This is not an age public key"),
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMadeUpMadeUpMadeUpMadeUpMadeUpMadeUp", "This is not an age public key"),
        ("age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t", "This is not an age public key"),
        ("one character short", "This is not an age public key"),
        ("the secret half", "This is a secret age key"),
    ],
)
def test_only_an_age_public_key_is_written_for(
    waiting: Desk, key_file: Path, tmp_path: Path, wrong: str, words: str
) -> None:
    secret = key_file.read_text().strip()
    waiting.secret("the vendor's own key", secret)
    given = {"one character short": recipient(key_file)[:-1], "the secret half": secret}.get(wrong, wrong)
    waiting.keyring_limits.clear()
    ran = waiting.run("handover", "--to", "SIRAS", "--for", given, str(tmp_path / "siras.age"))
    assert ran.code == 4 and ran.error["error"].startswith(words)
    assert not waiting.keyring_limits and not (tmp_path / "siras.age").exists()


def test_a_folder_that_is_not_there_is_named_and_nothing_is_recorded(
    waiting: Desk, key_file: Path, tmp_path: Path
) -> None:
    before = waiting.events()
    path = tmp_path / "none" / "siras.age"
    ran = waiting.run("handover", "--to", "SIRAS", "--for", recipient(key_file), str(path))
    assert ran.code == 4 and "no such file or directory" in ran.error["error"]
    assert waiting.events() == before


def test_a_system_that_nobody_has_named_gets_nothing(waiting: Desk, key_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "seis.age"
    ran = waiting.run("handover", "--to", "SEIS", "--for", recipient(key_file), str(path))
    assert ran.code == 2 and ran.error["hint"] == "Known systems: SIRAS, CERS rosters."
    assert not path.exists()


def test_an_lea_without_other_systems_is_told_where_to_name_them(rotated: Desk, key_file: Path, tmp_path: Path) -> None:
    ran = rotated.run("handover")
    assert ran.out == "No system is pending.\n" and 'in config.toml, in [lea.lincoln]: vendors = ["SIRAS"]' in ran.err
    ran = rotated.run("handover", "--to", "SEIS", "--for", recipient(key_file), str(tmp_path / "seis.age"))
    assert ran.code == 2 and ran.error["hint"] == 'Add to the LEA in config.toml: vendors = ["SEIS"]'


@pytest.mark.parametrize("deed", ["--done", "--to"])
def test_while_a_rotation_is_under_way_nothing_is_handed_over(
    waiting: Desk, key_file: Path, tmp_path: Path, deed: str
) -> None:
    assert waiting.run("store", "--stdin", given=waiting.pair_lines).code == 0
    path = tmp_path / "siras.age"
    more = ("--for", recipient(key_file), str(path)) if deed == "--to" else ()
    ran = waiting.run("handover", deed, "SIRAS", *more)
    assert ran.code == 10 and ran.error["hint"] == "To continue it: ssrcred resume"
    assert not path.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--to", "SIRAS"),
        ("--to", "SIRAS", "--for", "age1madeup", "--passphrase", "siras.age"),
        ("--to", "SIRAS", "--new-key", "siras.age"),
        ("siras.age",),
        ("--to", "SIRAS", "--for", "age1madeup"),
        ("--done", "SIRAS", "siras.age"),
    ],
)
def test_half_a_command_does_nothing(waiting: Desk, arguments: tuple[str, ...]) -> None:
    ran = waiting.run("handover", *arguments)
    assert ran.code == 2 and ran.error["state"] == "Nothing was done."


def test_the_interview_asks_which_other_systems_there_are(desk: Desk) -> None:
    desk.sit(
        *(*desk.setup_options(), "--direct-check", "--no-try"),
        script=[
            ("CAASPP coordinator", ""),
            ("ELPAC coordinator", ""),
            ("Which other systems use the credentials", "SIRAS, siras"),
            ("Which other systems use the credentials", " SIRAS , CERS rosters,"),
            ("Password of itstaff", ""),
            ("Password of the parent account", ""),
            ("Password of the parent account", ""),
            ("SSID of a test student", ""),
            ("Find the fields", "n"),
        ],
    )
    written = tomllib.loads((desk.home / "config.toml").read_text("utf-8"))
    assert written["lea"][LEA]["vendors"] == ["SIRAS", "CERS rosters"]


def test_a_reminder_names_who_still_waits(waiting: Desk) -> None:
    config = waiting.home / "config.toml"
    remind = '\n[lea.lincoln.remind]\nchannels = ["team"]\n'
    config.write_text(config.read_text("utf-8") + remind, "utf-8")
    assert waiting.run("remind", "--plan").out == "No reminders are due today.\n"
    waiting.at = waiting.at.replace(day=22)
    said = waiting.run("remind", "--plan").out
    assert "another system needs the new ones" in said
    assert "CERS rosters and SIRAS still need the new credentials" in " ".join(said.split())
    assert "    ssrcred handover --lea lincoln\n" in said

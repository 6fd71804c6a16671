"""A slip in config.toml stops the LEA that it concerns and no other: a key that is shown once may be in hand."""

from __future__ import annotations

import pytest

from cli.desk import LEA, Desk

SLIPS = """
[lea.cedar]
name = "Cedar Made-Up Unified"
cds = "12"

[smtp]
hots = "mail.example"
"""
SAID = "config.toml has another problem, which does not stop this command: lea.cedar.cds: must be 14 digits"


@pytest.fixture
def slipped(rotated: Desk) -> Desk:
    """A desk on which somebody has made slips in another LEA's section and in that of the mail server."""
    with (rotated.home / "config.toml").open("a", encoding="utf-8") as file:
        file.write(SLIPS)
    return rotated


@pytest.mark.parametrize(
    "command",
    [
        ("verify",),
        ("upload",),
        ("schools",),
        ("rotate", "--plan"),
        ("portal", "test"),
        ("portal", "show"),
        ("handover", "--done", "SIRAS"),
        ("verify", "--all"),
    ],
    ids=" ".join,
)
def test_every_command_for_another_lea_goes_on_and_says_so_on_one_line(slipped: Desk, command: tuple[str, ...]) -> None:
    words = command if "--all" in command else (*command, "--lea", LEA)
    ran = slipped.run(*words)
    assert ran.code == {"--all": 3, "SIRAS": 2}.get(command[-1], 0), ran.err
    assert [line.startswith(SAID) for line in ran.err.splitlines() if "another problem" in line] == [True]


def test_a_key_in_hand_is_stored_and_its_rotation_gone_on_with(slipped: Desk) -> None:
    ran = slipped.run("store", "--lea", LEA, "--stdin", given=slipped.pair_lines)
    assert ran.code == 0 and SAID in ran.err
    assert slipped.run("resume", "--lea", LEA).code == 0
    right = slipped.named_secrets()["schoolwise"]
    assert slipped.run("secret", "set", "schoolwise", "--lea", LEA, "--stdin", given=f"{right}\n").code == 0


def test_the_lea_with_the_slip_is_stopped_and_told_what_is_wrong(slipped: Desk) -> None:
    ran = slipped.run("verify", "--lea", "cedar")
    assert ran.code == 3 and ran.error["error"].startswith(
        "config.toml has a problem: lea.cedar.cds: must be 14 digits"
    )


def test_a_sound_lea_is_not_taken_for_the_only_one(slipped: Desk) -> None:
    ran = slipped.run("verify")
    assert (ran.code, ran.error["error"]) == (2, "There are several LEAs in config.toml.")


def test_reminders_need_their_own_sections(slipped: Desk) -> None:
    ran = slipped.run("remind", "--lea", LEA, "--plan")
    assert ran.code == 3 and "smtp.hots" in ran.error["error"]


def test_the_doctor_names_every_slip_and_looks_at_the_sound_lea(slipped: Desk) -> None:
    found = slipped.run("doctor", "--no-practice", "--json").document
    [config] = [one for one in found["checks"] if one["check"] == "config"]
    assert "lea.cedar.cds" in config["words"] and "smtp.hots" in config["words"]
    assert [one["lea"] for one in found["leas"]] == [LEA]


def test_a_slip_elsewhere_does_not_stop_a_set_up_and_its_own_is_cured_by_it(slipped: Desk) -> None:
    config = slipped.home / "config.toml"
    config.write_text(config.read_text("utf-8").replace("hots", 'from = "a@mail.example"\nhost'), "utf-8")
    new = ("setup", "--name", "Alder Made-Up Unified", "--url", "https://alder.schoolwise.com", "--username", "office")
    assert slipped.run(*new, "--lea", "alder", "--cds", "01000000000001", "--no-input").code == 0
    assert "lea.cedar.cds" in slipped.run("status", "--lea", "cedar").err
    assert slipped.run(*new, "--lea", "cedar", "--cds", "01000000000002", "--replace", "--no-input").code == 0
    assert slipped.run("status", "--lea", "cedar").code == 3  # nothing is stored there yet

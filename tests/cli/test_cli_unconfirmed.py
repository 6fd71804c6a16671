"""Settings that nobody has confirmed are named by `status`, `remind` and `doctor`, with the command.

Every LEA is made up.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.notify.mailbox import mailbox
from cli.desk import LEA, Desk, Ran
from cli.test_cli_doctor import checks
from cli.test_cli_remind import configure, on
from ssrcred.check import main as check

CONFIRM = "ssrcred portal confirm"


def forget(desk: Desk) -> None:
    """Take away what was confirmed: the desk of somebody who has just updated ssrcred."""
    (desk.home / "portals" / f"{LEA}.toml").unlink()


def set_driver(desk: Desk, driver: str) -> None:
    desk.config.write_text(desk.config.read_text("utf-8").replace('driver = "http"', f'driver = "{driver}"'), "utf-8")


def doctor(desk: Desk) -> Ran:
    return desk.run("doctor", "--no-practice", "--json")


def test_status_names_them_and_what_to_type_and_its_state_stays(rotated: Desk) -> None:
    assert rotated.run("status", "--json").document["leas"][0]["unconfirmed"] is False
    assert "settings" not in rotated.run("status").out
    forget(rotated)
    ran = rotated.run("status", "--json")
    assert (ran.code, ran.document["worst"], ran.document["leas"][0]["state"]) == (0, "fine", "fine")
    assert ran.document["leas"][0]["unconfirmed"] is True
    said = " ".join(rotated.run("status").out.split())
    assert said.endswith(f"settings not confirmed yet; a rotation stops until they are: {CONFIRM}")
    assert "lincoln 365 days left" in rotated.run("status", "--nagios").out
    assert "Z, settings not confirmed |" in rotated.run("status", "--nagios").out
    assert f"Settings of lincoln: not confirmed yet; a rotation stops until they are: {CONFIRM}" in (
        rotated.run("status", "--all").out
    )


def test_status_names_them_from_its_copy_of_the_leas_too(rotated: Desk) -> None:
    rotated.at += timedelta(days=400)  # config.toml is no longer fresh by then, so a copy is kept
    rotated.run("status", "--json")
    assert (rotated.home / "roll.json").exists()
    assert rotated.run("status", "--json").document["leas"][0]["unconfirmed"] is False
    forget(rotated)
    assert rotated.run("status", "--json").document["leas"][0]["unconfirmed"] is True


@pytest.mark.parametrize("readable", [True, False])
def test_of_several_each_is_told_by_itself(rotated: Desk, readable: bool) -> None:
    with rotated.config.open("a", encoding="utf-8") as file:
        file.write('[lea.madera]\nname = "Made-up"\ncds = "20651930000000"\n')
        file.write('[lea.madera.schoolwise]\nurl = "https://madera.schoolwise.com"\nusername = "itstaff"\n')
    folder = rotated.home / "portals"
    folder.chmod(0o700 if readable else 0o300)
    try:
        leas = rotated.run("status", "--all", "--json").document["leas"]
    finally:
        folder.chmod(0o700)
    assert {one["lea"]: one["unconfirmed"] for one in leas} == {"lincoln": False, "madera": True}


def test_the_plugin_says_it(rotated: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("SSRCRED_HOME", str(rotated.home))
    forget(rotated)
    check([])
    assert ", settings not confirmed" in capsys.readouterr().out


def test_by_hand_nothing_has_to_be_confirmed(rotated: Desk) -> None:
    forget(rotated)
    set_driver(rotated, "hand")
    assert rotated.run("status", "--json").document["leas"][0]["unconfirmed"] is False
    found = checks(doctor(rotated))["route"]
    assert found["result"] == "fine" and "no setting needs to be confirmed" in found["words"]


def test_a_mail_about_a_rotation_that_is_near_says_what_comes_first(rotated: Desk) -> None:
    with mailbox() as box:
        configure(rotated, box, mail=["dana@lincoln.example"])
        on(rotated, 60)
        rotated.run("remind")
        assert CONFIRM not in box.text()
        forget(rotated)
        on(rotated, 30)
        rotated.run("remind")
        said = box.text()
        assert said.index(f"    {CONFIRM} --lea lincoln\n") < said.index("    ssrcred rotate --lea lincoln\n")
        assert "First, IT confirms which fields of SchoolWise hold the credentials" in " ".join(said.split())


def test_doctor_warns_and_says_what_to_type(rotated: Desk) -> None:
    assert checks(doctor(rotated))["route"]["result"] == "fine"
    forget(rotated)
    ran = doctor(rotated)
    found = checks(ran)["route"]
    assert (found["result"], found["exit"], found["command"]) == ("warning", 0, f"{CONFIRM} --lea lincoln")
    assert found["words"].startswith("The SchoolWise settings for the credentials are not confirmed yet")


def test_doctor_names_every_problem_of_a_file_that_is_not_sound(rotated: Desk) -> None:
    path = rotated.home / "portals" / f"{LEA}.toml"
    text = path.read_text("utf-8")
    path.write_text(text.replace('driver = "http"', 'driver = "magic"').replace("rehearsed", "rehearsd"), "utf-8")
    found = checks(doctor(rotated))["route"]
    assert (found["result"], found["exit"]) == ("problem", 3)
    assert "driver: is not known; possible: http, browser" in found["words"]
    assert "rehearsd: is not known; did you mean rehearsed?" in found["words"]
    assert found["command"].endswith(CONFIRM)


def test_doctor_says_which_browser_to_get_where_the_settings_need_one(rotated: Desk) -> None:
    assert "browser" not in checks(doctor(rotated))
    path = rotated.home / "portals" / f"{LEA}.toml"
    path.write_text(path.read_text("utf-8").replace('driver = "http"', 'driver = "browser"'), "utf-8")
    set_driver(rotated, "browser")
    found = checks(doctor(rotated))["browser"]
    assert (found["result"], found["exit"], found["facts"]["kind"]) == ("problem", 3, "browser_missing")
    assert "Install Chrome, Edge or Chromium" in found["command"] or "pip install" in found["command"]

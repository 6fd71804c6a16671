"""What a person sees, whole screens of it, against files in transcripts/.

UPDATE_TRANSCRIPTS=1 writes the files anew; then read what changed in them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from cli.desk import Answer, Desk, Script
from keyring_moods import HonestKeyring, LockedKeyring
from ssrcred.practice import Pair

TRANSCRIPTS = Path(__file__).parent / "transcripts"
PASSPHRASE = "a made-up passphrase that nobody uses anywhere"
CONFIRMED: Script = [("the fields", "y"), ("Number", "1"), ("Number", "1"), ("Is that right?", "y")]
"""The person has a look at the fields, and says that they are those of the district and of its schools."""


@pytest.fixture(autouse=True)
def narrow(bare: Desk) -> None:
    """Eighty columns: what a terminal has when nobody has made it wider."""
    bare.environ["COLUMNS"] = "80"


def compare(name: str, screen: str) -> None:
    """Hold a screen against its file."""
    path = TRANSCRIPTS / f"{name}.txt"
    if os.environ.get("UPDATE_TRANSCRIPTS") == "1":
        path.write_text(screen, "utf-8")
    assert screen == path.read_text("utf-8")


def steps(desk: Desk, *, go: Answer = "y") -> list[tuple[str, Answer]]:
    """The person goes through TOMS, step by step, and makes a pair there."""
    enter: list[tuple[str, Answer]] = [("Press Enter when that is done", "") for _ in range(4)]
    return [("Go on to TOMS now?", go), *enter]


class Toms:
    """The TOMS screen after the click: the pair is made when its first half is copied."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._pair: Pair | None = None

    def username(self) -> str:
        """Copy the User Name."""
        self._pair = self._desk.click()
        return self._pair.username

    def key(self) -> str:
        """Copy the key."""
        return self.pair.secret

    @property
    def pair(self) -> Pair:
        """What TOMS shows."""
        assert self._pair is not None
        return self._pair


def whole_job(desk: Desk) -> list[tuple[str, Answer]]:
    """Every answer of a rotation by hidden prompt."""
    toms = Toms(desk)
    return [*steps(desk), ("User Name", toms.username), ("Secret key", toms.key)]


def test_a_first_rotation(ready: Desk) -> None:
    ran = ready.sit("rotate", script=whole_job(ready))
    assert ran.code == 0
    compare("rotate_first", ran.screen)
    assert ready.district.stored("district") == ready.district.stored(ready.district.schools[1]) == ready.district.pair


def test_a_second_rotation_deletes_the_old_pair(rotated: Desk) -> None:
    rotated.at += timedelta(days=350)
    ran = rotated.sit("rotate", script=whole_job(rotated))
    assert ran.code == 0
    compare("rotate_second", ran.screen)
    assert [name for name in rotated.ring.items if "pair" in str(name)] == [
        name for name in rotated.ring.items if "pair-0002" in str(name)
    ]


def test_declined_before_the_click(ready: Desk) -> None:
    ran = ready.sit("rotate", script=[("Go on to TOMS now?", "")])
    assert ran.code == 130
    compare("rotate_declined", ran.screen)
    assert ready.run("status", "--json").document["leas"][0]["unfinished"] is None
    assert ready.district.stored("district") == ready.district.pair


def test_a_plan(ready: Desk) -> None:
    ran = ready.sit("rotate", "--plan")
    assert ran.code == 0
    compare("rotate_plan", ran.screen)
    assert ready.events() == []


def test_a_place_that_somebody_else_changed(rotated: Desk) -> None:
    rotated.at += timedelta(days=300)
    rotated.district.put("district", Pair("somebody_else", "made-up key of somebody else"))
    ran = rotated.sit("rotate")
    assert ran.code == 7
    compare("rotate_drift", ran.screen)
    ran = rotated.sit("rotate", "--replace", script=whole_job(rotated))
    assert ran.code == 0 and rotated.district.stored("district") == rotated.district.pair


def test_a_mistyped_key(ready: Desk) -> None:
    toms = Toms(ready)
    script = [*steps(ready), ("User Name", toms.username), ("Secret key", lambda: toms.key()[:-1] + "x")]
    ran = ready.sit("rotate", script=script)
    assert ran.code == 7
    compare("rotate_mistyped", ran.screen)
    ran = ready.sit("rotate", script=whole_job(ready))
    assert ran.code == 0


def test_halves_that_cannot_be_right_are_asked_for_again(ready: Desk) -> None:
    toms = Toms(ready)
    script: Script = [
        *steps(ready),
        ("User Name", "lincoln\u2019s"),
        ("User Name", toms.username),
        ("Secret key", lambda: "\u2018" + toms.key()[1:]),
        ("Secret key", lambda: f" {toms.key()}"),
        ("Secret key", ""),
        ("Secret key", toms.key),
    ]
    ran = ready.sit("rotate", script=script)
    assert ran.code == 0
    compare("rotate_refused_halves", ran.screen)


class Switch(LockedKeyring):
    """Locked until `unlocked`."""

    def __init__(self) -> None:
        super().__init__()
        self.unlocked = False

    def get_password(self, service: str, username: str) -> str | None:
        return (HonestKeyring if self.unlocked else LockedKeyring).get_password(self, service, username)

    def set_password(self, service: str, username: str, password: str) -> None:
        (HonestKeyring if self.unlocked else LockedKeyring).set_password(self, service, username, password)

    def delete_password(self, service: str, username: str) -> None:
        (HonestKeyring if self.unlocked else LockedKeyring).delete_password(self, service, username)


class Emergency:
    """A rotation whose keyring locks itself while the person is in TOMS."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.ring = Switch()
        self.ring.unlocked = True
        desk.ring = desk.ring.hand_over(self.ring)
        self._toms = Toms(desk)

    def until_the_menu(self) -> list[tuple[str, Answer]]:
        """The answers up to the pasted key."""
        return [*steps(self.desk), ("User Name", self._toms.username), ("Secret key", self._locks)]

    def _locks(self) -> str:
        self.ring.unlocked = False
        return self._toms.key()

    def unlock(self, answer: str) -> Answer:
        """An answer that is given after the keyring was unlocked."""

        def given() -> str:
            self.ring.unlocked = True
            return answer

        return given


def test_a_keyring_that_refuses_is_tried_again(ready: Desk) -> None:
    hold = Emergency(ready)
    script: Script = [*hold.until_the_menu(), ("1, 2 or 3", "9"), ("1, 2 or 3", "1"), ("1, 2 or 3", hold.unlock(""))]
    ran = ready.sit("rotate", script=script)
    assert ran.code == 0
    compare("hold_retry", ran.screen)


def test_a_keyring_that_refuses_leaves_an_encrypted_file(ready: Desk) -> None:
    hold = Emergency(ready)
    ready.secret("passphrase", PASSPHRASE)
    script: Script = [
        *hold.until_the_menu(),
        ("1, 2 or 3", "2"),
        ("A passphrase", PASSPHRASE),
        ("Type it again", "something else"),
        ("1, 2 or 3", "2"),
        ("A passphrase", PASSPHRASE),
        ("Type it again", PASSPHRASE),
    ]
    ran = ready.sit("rotate", script=script)
    assert ran.code == 10
    compare("hold_file", ran.screen)
    held = ready.home / "held" / "lincoln-pair-0001.age"
    assert held.stat().st_mode & 0o777 == 0o600
    hold.ring.unlocked = True
    ran = ready.sit("resume", script=[("Passphrase of that file", PASSPHRASE)])
    assert ran.code == 0
    compare("hold_file_resume", ran.screen)
    assert not held.exists()
    assert ready.district.stored("district") == ready.district.pair


def test_a_pair_is_given_up_only_by_a_word(ready: Desk) -> None:
    hold = Emergency(ready)
    script: Script = [
        *hold.until_the_menu(),
        ("1, 2 or 3", "3"),
        ("Type LOSE", "lose"),
        ("1, 2 or 3", "3"),
        ("Type LOSE", "LOSE"),
    ]
    ran = ready.sit("rotate", script=script)
    assert ran.code == 5
    compare("hold_given_up", ran.screen)


def test_a_portal_that_is_down_at_the_write(ready: Desk) -> None:
    toms = Toms(ready)

    def key() -> str:
        ready.district.fault("schoolwise", "down")
        return toms.key()

    ran = ready.sit("rotate", script=[*steps(ready), ("User Name", toms.username), ("Secret key", key)])
    assert ran.code == 10
    compare("write_down", ran.screen)
    ran = ready.sit("status")
    assert ran.code == 2
    compare("status_unfinished", ran.screen)
    ready.district.clear_faults()
    ran = ready.sit("resume")
    assert ran.code == 0
    compare("write_down_resume", ran.screen)


def test_a_save_that_stores_nothing(ready: Desk) -> None:
    toms = Toms(ready)

    def key() -> str:
        ready.district.fault("schoolwise", "saves_nothing")
        return toms.key()

    ran = ready.sit("rotate", script=[*steps(ready), ("User Name", toms.username), ("Secret key", key)])
    assert ran.code == 10
    compare("write_nothing", ran.screen)
    ran = ready.sit("status")
    assert ran.code == 2
    compare("status_refused", ran.screen)
    ready.district.clear_faults()


def test_status_in_each_state(ready: Desk) -> None:
    screens = [ready.sit("status")]
    ready.rotated()
    for days in (0, 300, 30, 14, 21, 1):
        ready.at += timedelta(days=days)
        screens.append(ready.sit("status"))
    assert [ran.code for ran in screens] == [3, 0, 0, 1, 2, 2, 2]
    compare("status", "\n".join(ran.screen for ran in screens))


def test_schools_listed_set_and_cleared(rotated: Desk) -> None:
    high, middle, elementary, charter = rotated.district.schools
    rotated.district.put(elementary, Pair("somebody_else", "made-up key of somebody else"))
    screens = [
        rotated.sit("schools"),
        rotated.sit("schools", "--clear", middle),
        rotated.sit("schools", "--set", elementary),
    ]
    assert [ran.code for ran in screens] == [0, 0, 0]
    compare("schools", "\n".join(ran.screen for ran in screens))
    assert rotated.district.stored(middle) is None
    assert rotated.district.stored(elementary) == rotated.district.pair
    assert rotated.district.stored(high) is rotated.district.stored(charter) is None


def test_history(rotated: Desk) -> None:
    rotated.environ["COLUMNS"] = "160"
    ran = rotated.sit("history")
    assert ran.code == 0
    compare("history", ran.screen)


def test_handover(desk: Desk) -> None:
    desk.environ["COLUMNS"] = "100"
    desk.set_up("--vendor", "SIRAS", "--vendor", "CERS rosters", "--vendor", "SEIS")
    seen = [desk.sit("rotate", "--plan").screen]
    desk.rotated()
    runs = [("handover",), ("status",), ("handover", "--done", "siras"), ("handover", "--done", "SIRAS")]
    for arguments in (*runs, ("handover", "--done", "CERS rosters"), ("status",)):
        seen.append(desk.sit(*arguments).screen)
    desk.at += timedelta(days=7)
    seen += [desk.sit("status").screen, desk.sit("handover", "--done", "SEIS").screen, desk.sit("status").screen]
    compare("handover", "\n".join(seen))


def test_a_first_setup_without_a_browser(desk: Desk) -> None:
    ran = desk.sit("setup", "--toms-api", desk.district.service_url, script=first_setup(desk, desk.without_browser))
    assert ran.code == 0
    compare("setup", ran.screen)


@pytest.mark.real("chromium")
def test_a_first_setup_with_a_test_save_in_a_browser(desk: Desk) -> None:
    before = desk.district.settings
    ran = desk.sit("setup", "--toms-api", desk.district.service_url, script=first_setup(desk))
    assert ran.code == 0
    compare("setup_with_a_browser", ran.screen)
    assert desk.district.settings == before


def first_setup(desk: Desk, once_written: Callable[[], None] = lambda: None) -> Script:
    """Every answer of a first set-up; `once_written` is done as soon as config.toml is there."""
    accounts = desk.district.accounts

    def password() -> str:
        once_written()
        return accounts.office.password

    return [
        ("short name", "lincoln"),
        ("full name", desk.district.district_name),
        ("CDS code", "196473300"),
        ("CDS code", desk.district.cds),
        ("The student information system", ""),
        ("SchoolWise address", "www.lincoln.schoolwise.com"),
        ("SchoolWise address", desk.district.schoolwise_url),
        ("office account", accounts.office.username),
        ("A parent account", accounts.parent.username),
        ("CAASPP coordinator", "dana@lincoln.example"),
        ("ELPAC coordinator", "eli@lincoln.example"),
        ("Which other systems", ""),
        ("Check the credentials directly", "y"),
        ("Password of itstaff", password),
        ("Password of the parent account", accounts.parent.password),
        ("SSID of a test student", desk.district.test_ssid),
        *CONFIRMED,
        ("Test the connections", "y"),
    ]


def test_a_page_that_is_not_as_it_was_confirmed(rotated: Desk) -> None:
    route = rotated.home / "portals" / "lincoln.toml"
    confirmed_long_ago = route.read_text("utf-8").replace("CALPADS API Password", "State Password")
    route.write_text(confirmed_long_ago, "utf-8")
    rotated.at += timedelta(days=350)
    ran = rotated.sit("rotate", script=[*CONFIRMED, *whole_job(rotated)])
    assert ran.code == 0
    compare("rotate_changed_page", ran.screen)
    assert rotated.district.stored("district") == rotated.district.pair


def test_a_page_that_is_not_as_it_was_confirmed_and_nobody_looks(rotated: Desk) -> None:
    route = rotated.home / "portals" / "lincoln.toml"
    route.write_text(route.read_text("utf-8").replace("Save Changes", "Save All"), "utf-8")
    rotated.at += timedelta(days=350)
    ran = rotated.sit("rotate", script=[("Look at the fields", "n")])
    assert ran.code == 6
    compare("rotate_changed_page_left", ran.screen)

"""Every exit code, each reached by a real situation; what stops a run and what does not."""

from __future__ import annotations

import signal
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing

import pytest

from cli.desk import LEA, Desk, Person, Screen, Script
from keyring_moods import HonestKeyring, LockedKeyring
from ssrcred.adapters.ledger.run_lock import lock
from ssrcred.app.capture import unbreakable
from ssrcred.cli.main import main
from ssrcred.domain.credential import SecretKey
from ssrcred.practice import Pair


def down_at_the_write(desk: Desk) -> str:
    desk.district.fault("schoolwise", "down")
    return desk.pair_lines()


def wrong_password(desk: Desk) -> None:
    desk.vault.keep_secret("schoolwise", SecretKey("not the made-up password"))


def lock_the_keyring(desk: Desk) -> None:
    desk.ring = desk.ring.hand_over(LockedKeyring())


def drift(desk: Desk) -> None:
    desk.rotated()
    desk.district.put("district", Pair("somebody_else", "made-up key of somebody else"))


def edit_the_past(desk: Desk) -> None:
    desk.rotated()
    with closing(sqlite3.connect(desk.home / "ledger.sqlite")) as connection:
        connection.execute("DROP TRIGGER events_hold")
        connection.execute("UPDATE events SET record = replace(record, 'dana', 'sam') WHERE number = 3")
        connection.commit()


def nothing(desk: Desk) -> None:
    """As it is."""


@pytest.mark.parametrize(
    ("code", "situation", "arguments"),
    [
        (0, nothing, ("rotate", "--plan")),
        (2, nothing, ("rotate", "--plan", "--lea", "nobody")),
        (3, lambda desk: (desk.home / "config.toml").write_text("[lea.lincoln]\npassword = 1\n"), ("verify",)),
        (4, nothing, ("store", "--stdin")),
        (5, lock_the_keyring, ("rotate", "--plan")),
        (6, wrong_password, ("rotate", "--plan")),
        (7, drift, ("rotate", "--plan")),
        (8, lambda desk: desk.district.fault("schoolwise", "refusing"), ("schools",)),
        (8, lambda desk: desk.district.fault("service", "refusing"), ("rotate", "--stdin")),
        (9, edit_the_past, ("history",)),
    ],
)
def test_the_exit_codes(
    ready: Desk, code: int, situation: Callable[[Desk], object], arguments: tuple[str, ...]
) -> None:
    situation(ready)
    before = ready.district.settings, ready.district.stored("district")
    ran = ready.run(*arguments)
    assert ran.code == code, ran.err
    if code:
        assert ran.error
    assert (ready.district.settings, ready.district.stored("district")) == before


def test_unfinished_is_ten_until_resume(ready: Desk) -> None:
    ran = ready.run("rotate", "--stdin", given=lambda: down_at_the_write(ready))
    assert ran.code == 10 and "ssrcred resume" in ran.error["hint"]
    ready.district.clear_faults()
    assert ready.run("rotate", "--stdin").code == 10
    assert ready.run("resume").code == 0
    assert ready.run("resume").code in (0, 2, 10)


def test_a_refused_log_in_after_the_store_keeps_its_code_and_names_resume(ready: Desk) -> None:
    ready.run("store", "--stdin", given=ready.pair_lines)
    wrong_password(ready)
    ran = ready.run("resume")
    assert ran.code == 6 and ran.error["state"].startswith("The new credentials are stored.")
    assert ran.error["hint"].endswith("Then continue: ssrcred resume")
    assert ready.district.log_ins.count(("itstaff", False)) == 1


def test_another_run_on_the_same_lea_is_nine(ready: Desk) -> None:
    with lock(ready.home / "locks", LEA):
        ran = ready.run("rotate", "--plan")
        assert ran.code == 9 and "Another run of ssrcred is working on lincoln." in ran.error["error"]
        assert ready.run("status").code == 3
    assert ready.run("rotate", "--plan").code == 0


def test_a_ledger_of_another_version_is_nine_and_unknown_to_status(rotated: Desk) -> None:
    from ssrcred.adapters.ledger.book import Ledger
    from ssrcred.domain.event import Event, Outcome, Step

    with Ledger(rotated.home / "ledger.sqlite", actor="dana") as ledger:
        ledger.append(LEA, Event(Step.CLEAR, Outcome.CLEARED, rotated.at), {"from": "the future"})
    assert rotated.run("rotate", "--plan").code == 9
    ran = rotated.run("status")
    assert ran.code == 3 and ran.error["hint"] == "Update ssrcred to the newest version and try again."


def test_places_that_do_not_take_the_pair(ready: Desk) -> None:
    ready.run("store", "--stdin", given=ready.pair_lines)
    ready.district.put("district", Pair("an_older_name", "made-up older key"))
    ready.district.put(ready.district.schools[1], None)
    ready.district.fault("schoolwise", "saves_nothing")
    ran = ready.run("upload")
    assert ran.code == 6 and ran.error["error"].startswith("Not saved, or not confirmed: district.")
    assert ran.error["state"] == "The credentials are stored."
    ready.district.clear_faults()
    ready.district.put(ready.district.schools[1], Pair("an_older_name", "made-up older key"))
    assert ready.run("upload").code == 0
    ready.district.fault("schoolwise", "saves_nothing")
    ran = ready.run("schools", "--clear", ready.district.schools[1])
    assert ran.code == 6 and "not cleared" in ran.err


def test_a_save_without_an_answer_is_decided_by_the_proof(ready: Desk) -> None:
    ready.run("store", "--stdin", given=ready.pair_lines)
    ready.district.fault("schoolwise", "save_lost")
    ran = ready.run("upload")
    assert ran.code == 6 and "did not confirm the save, so it is tested next" in ran.err
    ready.district.clear_faults()
    assert ready.run("resume").code == 0


def test_unverified_is_a_recorded_word(desk: Desk) -> None:
    desk.set_up("--no-direct-check")
    config = desk.home / "config.toml"
    text = config.read_text("utf-8").replace('parent = "parent1"\n', "")
    config.write_text(text.partition("[lea.lincoln.schoolwise.parents]")[0] + "[lea.lincoln.toms]\nenabled = false\n")
    ran = desk.run("rotate", "--stdin", given=desk.pair_lines)
    assert ran.code == 10 and "no test has shown yet" in ran.error["error"]
    ran = desk.run("resume", "--unverified")
    assert ran.code == 0 and "New credentials in use, not tested" in ran.err
    assert desk.run("status", "--json").document["leas"][0]["unverified"] is True


def test_a_school_with_a_pair_of_its_own_is_left_alone(ready: Desk) -> None:
    own = ready.district.schools[3]
    ready.run(*ready.setup_options(), "--replace", "--own-pair", own)
    ready.without_browser()
    ready.district.put(own, Pair("charter", "made-up key of the charter"))
    ran = ready.run("rotate", "--stdin", given=ready.pair_lines)
    assert ran.code == 0 and f"Setting of {own} in SchoolWise left alone: it has credentials of its own." in ran.err


# Ctrl-C


def ctrl_c() -> str:
    raise KeyboardInterrupt


def test_ctrl_c_at_a_question_before_anything_is_begun(ready: Desk) -> None:
    ran = ready.sit("rotate", script=[("Go on to TOMS now?", ctrl_c)])
    assert ran.code == 130 and ran.error["error"] == "You stopped before you generated new credentials in TOMS."
    assert "unfinished   nothing" in ready.run("status").out, "nobody is reminded of it"
    assert ready.run("setup", "--lea", "x", "--no-input").code == 3


def test_ctrl_c_later_leaves_the_rotation_open_because_the_click_may_have_come(ready: Desk) -> None:
    ran = ready.sit("rotate", script=[("Go on to TOMS now?", "y"), ("Press Enter", ctrl_c)])
    assert ran.code == 130 and "ssrcred resume" in ran.error["hint"]
    ran = ready.sit("resume", script=[("Did you click", "n"), ("Go on to TOMS now?", ctrl_c)])
    assert ran.code == 130 and "the new credentials are not stored yet" in ready.run("status").out


def test_ctrl_c_in_the_set_up_changes_nothing(desk: Desk) -> None:
    ran = desk.sit("setup", script=[("short name", ctrl_c)])
    assert ran.code == 130
    assert ran.error == {"error": "You stopped the program.", "state": "Nothing was changed.", "hint": "Run it again."}
    assert not desk.home.exists()


def test_ctrl_c_at_the_hidden_prompt_leaves_a_rotation_to_resume(ready: Desk) -> None:
    pair = ready.click()
    steps: Script = [("Go on to TOMS now?", "y"), *[("Press Enter", "")] * 4]
    ran = ready.sit("rotate", script=[*steps, ("User Name", pair.username), ("Secret key", ctrl_c)])
    assert ran.code == 130 and "ssrcred resume" in ran.error["hint"]
    assert "store/stored" not in ready.events()
    asked: Script = [("Did you click", "y"), ("Does TOMS still show", "y")]
    ran = ready.sit("resume", script=[*asked, ("User Name", pair.username), ("Secret key", pair.secret)])
    assert ran.code == 0


def test_ctrl_c_does_not_end_the_program_while_the_pair_is_only_in_it(ready: Desk) -> None:
    class Impatient(HonestKeyring):
        """Somebody presses Ctrl-C while the pair is being saved."""

        def set_password(self, service: str, username: str, password: str) -> None:
            if "pair" in service:
                signal.raise_signal(signal.SIGINT)
            super().set_password(service, username, password)

    ready.ring = ready.ring.hand_over(Impatient())
    before = signal.getsignal(signal.SIGINT)
    ran = ready.run("rotate", "--stdin", given=ready.pair_lines)
    assert ran.code == 0 and "Not now: the new credentials are not stored yet." in ran.err
    assert signal.getsignal(signal.SIGINT) is before


def test_without_the_main_thread_there_is_no_ctrl_c_to_hold_off() -> None:
    said: list[str] = []

    def inside() -> None:
        with unbreakable(said.append):
            said.append("inside")

    thread = threading.Thread(target=inside)
    thread.start()
    thread.join()
    assert said == ["inside"]


def test_an_answer_that_is_not_text_is_refused(ready: Desk) -> None:
    class Garbled(Person):
        def _answer(self) -> str:
            raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")

    screen = Screen()
    assert main(["store"], ready.environment(Garbled(screen, ()), screen, screen)) == 4
    assert "What was typed is not valid text in this terminal's encoding." in screen.said

"""The bad quarter of an hour: stopped after the click, a young pair, a key in the wrong place, a service down."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from cli.desk import Answer, Desk, Ran, Script
from cli.test_cli_screens import Toms, compare, steps, whole_job
from cli.test_cli_store import Refusing
from keyring_moods import FailingKeyring, HonestKeyring
from ssrcred.practice import Pair

NOT_STORED = "state: The new key is NOT stored."
GO_ON = "hint: Leave the TOMS page open, and type: ssrcred resume"
PRESSED = "Did you click Yes, Generate Credentials"
SHOWN = "Does TOMS still show the new key"


def stop() -> str:
    """Press Ctrl-C, or close the window."""
    raise KeyboardInterrupt


def stopped_after_the_click(desk: Desk, answer: Answer = stop) -> Pair:
    """A rotation that is stopped at the prompt for the User Name; gives the pair that TOMS shows by then."""
    made: list[Pair] = []

    def click() -> str:
        made.append(desk.click())
        return ""

    script = [*steps(desk)[:3], ("Press Enter", click), ("Press Enter", ""), ("User Name", answer)]
    ran = desk.sit("rotate", "--force", script=script)
    assert ran.code == 130
    assert NOT_STORED in ran.screen and GO_ON in ran.screen
    return made[0]


def halves(pair: Pair) -> list[tuple[str, Answer]]:
    """Both halves, as they are asked for."""
    return [("User Name", pair.username), ("Secret key", pair.secret)]


@pytest.mark.parametrize("answer", [stop, None], ids=["Ctrl-C", "Ctrl-D"])
def test_stopped_after_the_click_it_says_that_the_key_is_not_stored_and_resume_takes_it_at_once(
    rotated: Desk, answer: Answer
) -> None:
    pair = stopped_after_the_click(rotated, answer)
    rotated.district.fault("schoolwise", "down")  # what else is wrong can wait until the key is safe
    ran = rotated.sit("resume", script=[(PRESSED, ""), (PRESSED, "y"), (SHOWN, "y"), *halves(pair)])
    assert ran.code in (8, 10) and rotated.vault.holds("pair-0002")
    assert "1 of 4" not in ran.screen and "Prepare" not in ran.screen
    rotated.district.clear_faults()
    assert rotated.run("resume").code == 0
    assert rotated.district.stored("district") == pair


@pytest.mark.parametrize("at", range(4))
def test_at_every_step_in_toms_the_same_is_said(rotated: Desk, at: int) -> None:
    script = [*steps(rotated)[: 1 + at], ("Press Enter", stop)]
    ran = rotated.sit("rotate", "--force", script=script)
    assert ran.code == 130 and NOT_STORED in ran.screen and GO_ON in ran.screen


@pytest.mark.parametrize("question", [PRESSED, SHOWN])
@pytest.mark.parametrize("answer", [stop, None], ids=["Ctrl-C", "Ctrl-D"])
def test_resume_that_is_stopped_says_it_again(rotated: Desk, question: str, answer: Answer) -> None:
    pair = stopped_after_the_click(rotated)
    before: Script = [] if question == PRESSED else [(PRESSED, "y")]
    ran = rotated.sit("resume", script=[*before, (question, answer)])
    assert ran.code == 130 and NOT_STORED in ran.screen and GO_ON in ran.screen
    assert rotated.sit("resume", script=[(PRESSED, "y"), (SHOWN, "y"), *halves(pair)]).code == 0


def test_where_the_button_was_not_pressed_resume_starts_from_the_beginning(rotated: Desk) -> None:
    ran = rotated.sit("rotate", "--force", script=[*steps(rotated)[:2], ("Press Enter", stop)])
    assert ran.code == 130
    ran = rotated.sit("resume", script=[(PRESSED, "n"), *whole_job(rotated)])
    assert ran.code == 0 and "Prepare" in ran.screen and "1 of 4" in ran.screen
    assert rotated.district.stored("district") == rotated.district.pair


def test_a_key_that_is_gone_from_the_screen_is_generated_again(rotated: Desk) -> None:
    stopped_after_the_click(rotated)
    ran = rotated.sit("resume", script=[(PRESSED, "y"), (SHOWN, "n"), *whole_job(rotated)])
    assert ran.code == 0 and "That key cannot be shown again" in ran.screen
    assert rotated.district.stored("district") == rotated.district.pair


def test_a_no_after_the_click_does_not_close_the_rotation(rotated: Desk) -> None:
    pair = stopped_after_the_click(rotated)
    ran = rotated.sit("resume", script=[(PRESSED, "y"), (SHOWN, "n"), ("Go on to TOMS now?", "n")])
    assert ran.code == 130 and NOT_STORED in ran.screen
    assert rotated.sit("resume", script=[(PRESSED, "y"), (SHOWN, "y"), *halves(pair)]).code == 0


def test_a_pair_from_a_pipe_is_stored_before_anything_is_opened(rotated: Desk) -> None:
    pair = stopped_after_the_click(rotated)
    rotated.district.fault("service", "refusing")
    rotated.district.fault("schoolwise", "refusing")
    ran = rotated.run("resume", "--stdin", given=f"{pair.username}\n{pair.secret}\n")
    assert ran.code in (8, 10) and rotated.vault.holds("pair-0002")
    rotated.district.clear_faults()
    assert rotated.run("resume").code == 0


def test_resume_stops_at_somebody_elses_pair_too_unless_told(rotated: Desk) -> None:
    stopped_after_the_click(rotated)
    theirs = Pair("somebody_else", "made-up key of theirs")
    rotated.district.put("district", theirs)
    ran = rotated.sit("resume", script=[(PRESSED, "y"), (SHOWN, "n")])
    assert ran.code == 7 and "ssrcred resume --replace" in ran.error["hint"]
    ran = rotated.sit("resume", "--replace", script=[(PRESSED, "y"), (SHOWN, "n"), *whole_job(rotated)])
    assert ran.code == 0 and rotated.district.stored("district") == rotated.district.pair


def _rotated_with(desk: Desk, ring: FailingKeyring) -> Ran:
    """A whole rotation without a person, over a keyring that fails at one call."""
    desk.ring = desk.ring.hand_over(ring)
    new = desk.district.generate()
    return desk.run("rotate", "--stdin", "--force", given=f"{new.username}\n{new.secret}\n")


def test_a_keyring_that_fails_once_something_was_saved_is_not_told_as_if_nothing_was_changed(rotated: Desk) -> None:
    ring = FailingKeyring(0)
    assert _rotated_with(rotated, ring).code == 0
    ran = _rotated_with(rotated, FailingKeyring(ring.count - 1))  # the deletion of the old credentials
    assert (ran.code, ran.error["state"]) == (5, "The steps above are done and recorded.")
    assert rotated.district.stored("district") == rotated.district.pair
    rotated.ring = rotated.ring.hand_over(HonestKeyring())
    assert rotated.run("resume").code == 0


def test_a_history_that_fails_once_the_key_is_stored_says_that_this_step_is_done(rotated: Desk) -> None:
    def no_room() -> None:
        with closing(sqlite3.connect(rotated.home / "ledger.sqlite")) as connection:
            connection.execute("ALTER TABLE events RENAME TO gone")

    ran = _rotated_with(rotated, Refusing(0, taken=no_room))
    assert ran.code == 9 and rotated.vault.holds("pair-0002")
    assert ran.error["state"].endswith("The step after them is done, too, but could not be recorded.")


@pytest.mark.parametrize("clicked", [True, False])
def test_after_abandoning_it_is_unknown_whether_the_old_pair_works(rotated: Desk, clicked: bool) -> None:
    old = rotated.district.pair
    if clicked:
        stopped_after_the_click(rotated)
    else:
        ran = rotated.sit("rotate", "--force", script=[*steps(rotated)[:3], ("Press Enter", stop)])
        assert ran.code == 130
    ran = rotated.run("abandon")
    assert ran.code == 0 and "parents may be locked out already" in ran.err and "ssrcred verify" in ran.err
    status = rotated.run("status", "--json")
    assert (status.code, status.document["leas"][0]["state"]) == (3, "unknown")
    assert rotated.run("verify").code == (7 if clicked else 0)
    status = rotated.run("status", "--json")
    assert status.document["leas"][0]["state"] == ("refused" if clicked else "fine")
    assert rotated.district.stored("district") == old


def test_abandoning_the_first_rotation_says_the_same(ready: Desk) -> None:
    stopped_after_the_click(ready)
    ran = ready.run("abandon")
    assert ran.code == 0 and "parents may be locked out already" in ran.err
    assert ready.run("status").code == 3


def test_a_no_before_the_click_leaves_the_old_pair_fine(rotated: Desk) -> None:
    for answer in ("n", stop):
        ran = rotated.sit("rotate", "--force", script=[("Go on to TOMS now?", answer)])
        assert ran.code == 130 and "NOT stored" not in ran.screen
        assert rotated.run("status").code == 0


# A young pair


def test_young_credentials_are_replaced_only_by_a_word(rotated: Desk) -> None:
    rotated.at += timedelta(days=40)
    for answer in ("", "n"):
        ran = rotated.sit("rotate", script=[("Generate new ones anyway?", answer)])
        assert ran.code == 130 and ran.error["state"] == "Nothing was changed."
    assert "40 days old and valid for 325 more" in ran.screen and "- SchoolWise, until" in ran.screen
    assert rotated.run("status", "--json").document["leas"][0]["unfinished"] is None
    assert rotated.sit("rotate", script=[("Generate new ones anyway?", "y"), *whole_job(rotated)]).code == 0


def test_nobody_at_the_terminal_needs_force_for_young_credentials(rotated: Desk) -> None:
    ran = rotated.run("rotate", "--stdin", "--json", given=lambda: pytest.fail("the pair was asked for"))
    assert ran.code == 2 and ran.document["error"]["code"] == "not_due"
    assert "--force" in ran.document["error"]["hint"]
    assert rotated.run("rotate", "--stdin", "--force", given=rotated.pair_lines).code == 0


@pytest.mark.parametrize(("days_left", "asked"), [(92, True), (91, False), (0, False), (-5, False)])
def test_in_the_last_quarter_of_their_life_nothing_is_asked(rotated: Desk, days_left: int, asked: bool) -> None:
    rotated.at += timedelta(days=365 - days_left)
    ran = rotated.run("rotate", "--stdin", given=rotated.pair_lines)
    assert ran.code == (2 if asked else 0)


def test_refused_unknown_or_unfinished_ones_are_no_reason_to_ask(rotated: Desk) -> None:
    rotated.click()  # by somebody else
    assert rotated.run("verify").code == 7
    rotated.run("store", "--stdin", given=rotated.pair_lines)
    assert rotated.run("rotate", "--stdin", given="").code == 10
    rotated.run("abandon")
    assert rotated.run("status").code == 3
    assert rotated.run("rotate", "--stdin", given=rotated.pair_lines).code == 0


def test_a_plan_says_that_they_are_not_due(rotated: Desk) -> None:
    ran = rotated.run("rotate", "--plan")
    assert ran.code == 0 and "not due yet" in ran.err


# TOMS does not answer


@pytest.mark.parametrize("fault", ["down", "refusing", "resetting"])
def test_a_start_page_of_toms_that_does_not_answer_is_a_warning_before_the_click(ready: Desk, fault: str) -> None:
    ready.district.fault("toms", fault)
    ran = ready.sit("rotate", script=[("Go on to TOMS now?", "n")])
    assert ran.code == 130 and "The start page of TOMS does not answer from here" in ran.screen
    assert ran.screen.index("start page of TOMS") < ran.screen.index("Go on to TOMS now?")
    assert ready.run("rotate", "--plan", "--json").document["events"][2]["outcome"] == "warned"


def test_toms_is_asked_for_its_start_page_only(ready: Desk) -> None:
    assert ready.run("rotate", "--plan").code == 0
    assert [one[1:] for one in ready.district.requests if one[0] == "toms"] == [("GET", "/")]


# Half a key


def test_a_person_is_asked_once_about_half_a_key(ready: Desk) -> None:
    toms = Toms(ready)
    script: Script = [
        *steps(ready),
        ("User Name", toms.username),
        ("Secret key", lambda: toms.key()[:10]),
        ("Is that the complete key", ""),
        ("User Name", lambda: toms.pair.username),
        ("Secret key", lambda: toms.key()),
    ]
    ran = ready.sit("rotate", script=script)
    assert ran.code == 0 and "The secret key has 10 characters; keys of 20 have been reported." in ran.screen


def test_a_pipe_stores_half_a_key_says_so_and_nothing_is_written(ready: Desk) -> None:
    ready.district.fault("service", "down")
    pair = ready.click()
    before = ready.district.stored("district")
    ran = ready.run("store", "--stdin", given=f"{pair.username}\n{pair.secret[:10]}\n")
    assert ran.code == 0 and "10 characters; keys of 20 have been reported" in ran.err and "--any-length" in ran.err
    for command in ("upload", "resume"):
        ran = ready.run(command)
        assert ran.code == 10 and ready.district.stored("district") == before
    ready.district.clear_faults()
    ran = ready.run("upload")
    assert ran.code == 7 and "Nothing was written" in ran.error["state"]
    assert ready.district.stored("district") == before


def test_another_length_than_the_last_keys_is_asked_about_too(rotated: Desk) -> None:
    pair = rotated.click()
    script: Script = [
        ("User Name", pair.username),
        ("Secret key", "made-up key of 24 chars."),
        ("Is that the complete key", "y"),
    ]
    ran = rotated.sit("store", "--generated", "2026-11-21", script=script)
    assert ran.code == 0 and "the last key had 20" in ran.screen
    assert rotated.run("upload").code == 7


def test_a_key_at_the_prompt_for_the_user_name_or_for_enter_is_not_shown(ready: Desk) -> None:
    toms = Toms(ready)
    pasted: list[tuple[str, Answer]] = [
        *steps(ready)[:4],
        ("Press Enter", lambda: f"{toms.username()}\n{toms.key()}"),
        ("User Name", lambda: toms.key()),
        ("User Name", lambda: f"{toms.pair.username}\n{toms.key()}\n"),
    ]
    ran = ready.sit("rotate", script=pasted)  # the desk looks for the key in all that was said
    assert ran.code == 0 and "This may be the secret key" in ran.screen
    assert "(both lines were used)" in ran.screen
    assert toms.key() not in ran.screen


def test_a_bad_quarter_of_an_hour(rotated: Desk) -> None:
    """The window is closed after the click; the help desk checks; SchoolWise is down; all is right in the end."""
    rotated.environ["COLUMNS"] = "80"
    rotated.at += timedelta(days=300)
    screens: list[str] = []

    def shown(told: str, screen: str) -> None:
        screens.append(f"({told})\n\n{screen.rstrip()}\n")

    pair: list[Pair] = []

    def click() -> str:
        pair.append(rotated.click())
        return ""

    script = [*steps(rotated)[:3], ("Press Enter", click), ("Press Enter", ""), ("User Name", stop)]
    ran = rotated.sit("rotate", script=script)
    assert ran.code == 130
    shown("The coordinator presses Yes, Generate Credentials; the telephone rings, the window is closed.", ran.screen)
    rotated.at += timedelta(minutes=5)
    ran = rotated.sit("verify")
    assert ran.code == 7
    shown("A parent calls. The help desk: ssrcred verify", ran.screen)
    ran = rotated.sit("status")
    assert ran.code == 2
    shown("ssrcred status", ran.screen)
    rotated.district.fault("schoolwise", "down")
    rotated.at += timedelta(minutes=5)
    ran = rotated.sit("resume", script=[(PRESSED, "y"), (SHOWN, "y"), *halves(pair[0])])
    assert ran.code == 10 and rotated.vault.holds("pair-0002")
    shown("SchoolWise is down. The coordinator, who left the page open: ssrcred resume", ran.screen)
    rotated.at += timedelta(minutes=5)
    ran = rotated.sit("verify")
    shown("The help desk again: ssrcred verify", ran.screen)
    rotated.district.clear_faults()
    ran = rotated.sit("resume")
    assert ran.code == 0
    shown("SchoolWise is back: ssrcred resume", ran.screen)
    ran = rotated.sit("verify")
    assert ran.code == 0
    shown("ssrcred verify", ran.screen)
    compare("a_bad_quarter_of_an_hour", "\n".join(screens))
    own = rotated.district.schools[1]
    assert rotated.district.stored("district") == rotated.district.stored(own) == pair[0]

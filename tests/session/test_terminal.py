"""What a coordinator sees at a real terminal, line by line; a key is never among it, and Ctrl-C never costs one."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from session.rehearsal import Rehearsal, power_cut
from session.terminal import CTRL_C, Terminal, terminal
from ssrcred.practice import Pair, running
from waiting import HUNG_S

TRANSCRIPTS: Final = Path(__file__).with_name("transcripts")
FRAGILE: Final = (sys.executable, str(Path(__file__).with_name("killed.py")))
GO_ON: Final = "Go on to TOMS now? You can still stop here. (y/N): "
ENTER: Final = "Press Enter when that is done: "
USER_NAME: Final = "User Name: "
KEY: Final = "Secret key (it will not be shown): "
PRESSED: Final = "Did you click Yes, Generate Credentials in TOMS? (y/n): "
ON_SCREEN: Final = "Does TOMS still show the new key, or the button SHOW SECRET KEY? (y/n): "
STEPS: Final = 4
COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def lea(set_up: Rehearsal, tmp_path: Path) -> Iterator[Rehearsal]:
    """An LEA in a practice district of its own, whose keys are the same in every run."""
    with running(started=True) as district:
        yield set_up.copied(tmp_path, district)


def walk(shown: Terminal, rehearsal: Rehearsal, *, until: str = "") -> Pair | None:
    """Do what the screen says, up to the prompt `until`, or to the end: then the pair that was pasted."""
    questions = [(GO_ON, "y"), *((ENTER, "") for _ in range(STEPS))]
    for number, (question, answer) in enumerate(questions):
        shown.expect(question)
        if until == f"{number}":
            return None
        shown.type(answer)
    shown.expect(USER_NAME)
    if until == USER_NAME:
        return None
    pair = rehearsal.district.generate()
    shown.type(pair.username)
    shown.expect(KEY)
    if until == KEY:
        return pair
    shown.type(pair.secret)
    return pair


def check_hidden(shown: Terminal, pair: Pair) -> None:
    """Fail when the key is on the screen, or in what came to the terminal, even in part."""
    halves = (pair.secret[:10], pair.secret[10:])
    if any(half.encode() in shown.raw or half in shown.text for half in halves):
        raise AssertionError("the key, or half of it, was shown")


def check_transcript(shown: Terminal, name: str) -> None:
    path = TRANSCRIPTS / f"{name}.txt"
    if os.environ.get("UPDATE_TRANSCRIPTS") == "1":
        path.write_text(shown.text, "utf-8")
    assert shown.text == path.read_text("utf-8"), "if it shall be so: UPDATE_TRANSCRIPTS=1 writes it anew"


@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (100, 40)])
def test_a_rotation_as_a_coordinator_sees_it(lea: Rehearsal, columns: int, lines: int) -> None:
    size = f"{columns}x{lines}"
    with terminal(lea.environment, "rotate", columns=columns, lines=lines) as shown:
        pair = walk(shown, lea)
        assert pair is not None
        assert shown.end() == 0
        check_hidden(shown, pair)
        check_transcript(shown, f"rotate-{size}")
    assert [lea.district.stored(place) for place in lea.places] == [pair, pair]
    for command in ("status", "schools", "verify"):
        with terminal(lea.environment, command, columns=columns, lines=lines) as shown:
            assert shown.end() == 0
            check_transcript(shown, f"{command}-{size}")


def test_a_narrow_window_says_the_same_words(lea: Rehearsal) -> None:
    said = []
    for columns in (100, 40):
        with terminal(lea.environment, "rotate", "--plan", columns=columns) as shown:
            assert shown.end() == 0
            assert max(map(len, shown.text.splitlines())) <= columns
            said.append(shown.words)
    assert said[0] == said[1]


def test_a_window_that_is_made_narrow_meanwhile_is_kept_to(lea: Rehearsal) -> None:
    with terminal(lea.environment, "rotate", columns=100, lines=40) as shown:
        shown.expect(GO_ON)
        before = len(shown.raw)
        shown.resize(50, 40)
        shown.type("y")
        for _ in range(STEPS):
            shown.expect(ENTER)
            shown.type("")
        shown.expect(USER_NAME)
        lines = COLOURS.sub("", shown.raw[before:].decode()).splitlines()
        assert max(map(len, lines)) <= 50
        assert any("browser" in line for line in lines)


def test_a_pasted_mistake_is_named_and_asked_for_again(lea: Rehearsal) -> None:
    with terminal(lea.environment, "rotate") as shown:
        pair = walk(shown, lea, until=KEY)
        assert pair is not None
        mangled = pair.secret[:3] + "\N{RIGHT SINGLE QUOTATION MARK}" + pair.secret[4:]
        shown.type(mangled)
        shown.expect("RIGHT SINGLE QUOTATION MARK")
        shown.expect(KEY)
        shown.type(pair.secret)
        assert shown.end() == 0
        check_hidden(shown, pair)


@pytest.mark.parametrize("prompt", ["1", "2", "3", "4", USER_NAME, KEY])
def test_ctrl_c_at_any_prompt_is_three_lines_and_can_be_resumed(lea: Rehearsal, prompt: str) -> None:
    with terminal(lea.environment, "rotate") as shown:
        pair = walk(shown, lea, until=prompt)
        shown.press(CTRL_C)
        assert shown.end() == 130
        error, state, hint = shown.last_lines
        assert error == "error: You stopped the program."
        assert state == "state: The new key is NOT stored."
        assert hint == "hint: Leave the TOMS page open, and type: ssrcred resume."
    assert lea.slots() == []
    with terminal(lea.environment, "resume") as shown:
        shown.expect(PRESSED)
        shown.type("n")
        pasted = walk(shown, lea)
        assert shown.end() == 0
        assert pasted is not None
        check_hidden(shown, pasted)
        if pair is not None:
            check_hidden(shown, pair)
    assert lea.district.stored("district") == pasted


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("prompt", ["2", KEY])
def test_a_signal_at_a_prompt_leaves_the_terminal_sane_and_says_what_to_type(
    lea: Rehearsal, prompt: str, number: signal.Signals
) -> None:
    with terminal(lea.environment, "rotate") as shown:
        walk(shown, lea, until=prompt)
        assert not shown.echoes
        shown.signal(number)
        assert shown.end() == 130
        assert shown.left_echoing
        assert shown.last_lines[1:] == [
            "state: The new key is NOT stored.",
            "hint: Leave the TOMS page open, and type: ssrcred resume.",
        ]


@pytest.mark.parametrize("end", ["\r", ""])
@pytest.mark.parametrize("prompt", [USER_NAME, KEY])
def test_two_lines_that_are_pasted_together_are_both_halves_and_the_key_is_never_shown(
    lea: Rehearsal, prompt: str, end: str
) -> None:
    with terminal(lea.environment, "rotate") as shown:
        walk(shown, lea, until=USER_NAME)
        pair = lea.district.generate()
        if prompt == KEY:
            shown.type(pair.username)
            shown.expect(KEY)
        shown.press(f"{pair.username}\r{pair.secret}{end}")
        if not end:  # the second line came without its end, so it waits at the next prompt
            if prompt == KEY:
                shown.expect("are the same text")
            shown.expect(KEY)
            shown.press("\r")
        assert shown.end() == 0
        check_hidden(shown, pair)
        assert pair.username in shown.text
    assert [lea.district.stored(place) for place in lea.places] == [pair, pair]


def test_a_key_that_is_pasted_at_the_prompt_for_the_user_name_leaves_no_trace(lea: Rehearsal) -> None:
    with terminal(lea.environment, "rotate") as shown:
        walk(shown, lea, until=USER_NAME)
        pair = lea.district.generate()
        shown.type(pair.secret)
        shown.expect("This may be the secret key")
        shown.expect(USER_NAME)
        shown.type(pair.username)
        shown.expect(KEY)
        shown.type(pair.secret)
        assert shown.end() == 0
        check_hidden(shown, pair)
    assert lea.district.stored("district") == pair


def test_what_habit_pastes_at_the_prompt_for_enter_is_not_shown(lea: Rehearsal) -> None:
    with terminal(lea.environment, "rotate") as shown:
        walk(shown, lea, until="4")
        pair = lea.district.generate()
        shown.press(f"{pair.username}\r{pair.secret}\r")
        shown.expect(USER_NAME)
        shown.type(pair.username)
        shown.expect(KEY)
        shown.type(pair.secret)
        assert shown.end() == 0
        check_hidden(shown, pair)


def test_store_asks_for_the_day_once_the_key_is_safe(lea: Rehearsal) -> None:
    pair = lea.district.generate()
    with terminal(lea.environment, "store") as shown:
        shown.expect(USER_NAME)
        shown.press(f"{pair.username}\r{pair.secret}\r")
        shown.expect("On which day were they generated in TOMS?")
        assert lea.holds("pair-0001", pair)
        shown.type("")
        assert shown.end() == 0
        check_hidden(shown, pair)


def test_a_window_that_is_closed_after_the_click_is_resumed_without_the_way_through_toms(lea: Rehearsal) -> None:
    with terminal(lea.environment, "rotate") as shown:
        walk(shown, lea, until=USER_NAME)
        pair = lea.district.generate()
    with terminal(lea.environment, "resume") as shown:
        shown.expect(PRESSED)
        shown.type("y")
        shown.expect(ON_SCREEN)
        shown.type("y")
        shown.expect(USER_NAME)
        shown.type(pair.username)
        shown.expect(KEY)
        shown.type(pair.secret)
        assert shown.end() == 0
        check_hidden(shown, pair)
    assert [lea.district.stored(place) for place in lea.places] == [pair, pair]


@pytest.mark.parametrize("command", [("store",), ("setup", "--lea", "other"), ("secret", "set", "schoolwise")])
def test_ctrl_c_at_the_first_prompt_of_other_commands_is_three_lines(lea: Rehearsal, command: tuple[str, ...]) -> None:
    with terminal(lea.environment, *command) as shown:
        shown.expect(": ")
        shown.press(CTRL_C)
        assert shown.end() == 130
        assert [line.partition(":")[0] for line in shown.last_lines] == ["error", "state", "hint"]


@pytest.mark.parametrize("side", ["before", "after"])
def test_ctrl_c_right_after_the_key_was_entered_does_not_lose_it(lea: Rehearsal, side: str) -> None:
    # The changes of the vault before it are the canary's: deleted, written, deleted.
    words = (str(lea.folder / "moments.json"), "SIGINT", side, "4", "--", "rotate")
    with power_cut(lea), terminal(lea.environment, *words, program=FRAGILE) as shown:
        pair = walk(shown, lea)
        assert pair is not None
        assert shown.end() == 0
        assert "Not now: the new credentials are not stored yet." in shown.text
        check_hidden(shown, pair)
    assert lea.slots() == ["pair-0001"]
    assert lea.holds("pair-0001", pair)
    assert [lea.district.stored(place) for place in lea.places] == [pair, pair]


def test_ctrl_c_once_the_pair_is_stored_leaves_the_rest_to_resume(lea: Rehearsal) -> None:
    with terminal(lea.environment, "rotate") as shown:
        pair = walk(shown, lea, until=KEY)
        assert pair is not None
        lea.district.fault("service", "slow", 10 * HUNG_S)
        shown.type(pair.secret)
        shown.expect("New credentials stored")
        shown.press(CTRL_C)
        assert shown.end() == 130
        assert "ssrcred resume" in shown.last_lines[2]
        check_hidden(shown, pair)
    assert lea.holds("pair-0001", pair)
    lea.district.clear_faults()
    lea.run("resume", "--no-input")
    assert lea.standing().current == "pair-0001"


def test_an_error_is_folded_at_words(lea: Rehearsal) -> None:
    with terminal(lea.environment, "upload", columns=60) as shown:
        assert shown.end() == 5
        check_transcript(shown, "error-60x24")


def test_a_ticket_is_folded_at_words_to_be_read_here(lea: Rehearsal) -> None:
    with terminal(lea.environment, "rotate") as shown:
        walk(shown, lea)
        assert shown.end() == 0
    with terminal(lea.environment, "verify", "--ticket", columns=70) as shown:
        assert shown.end() == 0
        lines = COLOURS.sub("", shown.raw.decode()).splitlines()
    assert 60 < max(map(len, lines)) <= 70 and "Finding: working. The credentials work." in lines


@pytest.mark.parametrize("answer", ["n", CTRL_C])
def test_leaving_before_the_click_leaves_nothing_behind(lea: Rehearsal, answer: str) -> None:
    with terminal(lea.environment, "rotate") as shown:
        shown.expect(GO_ON)
        (shown.press if answer == CTRL_C else shown.type)(answer)
        assert shown.end() == 130
        assert "The old credentials still work." in " ".join(shown.last_lines)
    assert lea.standing().rotation is None

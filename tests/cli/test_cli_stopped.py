"""Ctrl-C at every question of every command: three lines that are so, and a stored key is on no clipboard."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from adapters.notify.mailbox import Mailbox, mailbox
from cli.desk import CopiedTexts, Desk, Ran, Script
from cli.test_cli_remind_ways import mail_answers
from cli.test_cli_screens import CONFIRMED, PASSPHRASE, Emergency
from cli.test_cli_setup import interview


def ctrl_c() -> str:
    """Press it, as the system tells the program."""
    signal.raise_signal(signal.SIGINT)
    return ""


def left(desk: Desk) -> tuple[Any, ...]:
    """What a command may have changed: what is stored, the settings, and the history."""
    texts = [path.read_bytes() if path.exists() else b"" for path in (desk.config, *desk.home.glob("portals/*"))]
    events = desk.events() if (desk.home / "ledger.sqlite").exists() else []
    return dict(desk.ring.items), texts, events, desk.district.settings


def stopped_at_each(desk: Desk, words: str, script: Callable[[], Script]) -> Iterator[tuple[str, Ran]]:
    """Run a command once for each question of a script, and stop there; the desk is put right before the next."""
    home, items, spare = desk.home, dict(desk.ring.items), desk.home.with_name("spare")
    if home.exists():
        shutil.copytree(home, spare)
    for number, (question, _) in enumerate(script()):
        before = left(desk)
        ran = desk.sit(*words.split(), script=[*list(script())[:number], (question, ctrl_c)])
        assert ran.code == 130, (question, ran.screen)
        told = ran.error  # fails where the three lines are not there
        assert "ssrcred " in told["hint"] or told["hint"] == "Run it again.", (question, told)
        if told["state"] == "Nothing was changed.":
            assert left(desk) == before, question
        yield question, ran
        shutil.rmtree(home, ignore_errors=True)
        if spare.exists():
            shutil.copytree(spare, home)
        desk.ring.items.clear()
        desk.ring.items |= items


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mailbox() as found:
        yield found


QUESTIONS: Final[dict[str, Script]] = {
    "lea add elm": [("full name", "Elm"), ("CDS", "01611230000000")],
    "lea remove lincoln --delete-credentials": [("Delete the credentials and passwords", "n")],
    "portal confirm": CONFIRMED[1:],
    "secret set parent": [("Secret parent", "made up")],
    "support bundle.md": [("Write this to", "n")],
    "vault move file": [("A passphrase", PASSPHRASE), ("The same passphrase again", PASSPHRASE)],
    "schools --driver hand": [("Number", "1"), ("", "madeup-user"), ("", "")],
    "rotate": [("Generate new ones anyway?", "y"), ("Go on to TOMS now?", "n")],
    "store": [("User Name", "madeup-user"), ("Secret key", "")],
}
"""What changes nothing until its last question is answered, on a desk after its first rotation."""


@pytest.mark.parametrize("words", QUESTIONS)
def test_at_each_question_nothing_is_lost_and_three_lines_say_what_is_next(
    rotated: Desk, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(rotated.home.parent)
    before = dict(rotated.ring.items)
    for question, _ in stopped_at_each(rotated, words, lambda: QUESTIONS[words]):
        assert rotated.ring.items == before, question
        assert not Path("bundle.md").exists()


def test_at_each_question_of_the_set_up_what_is_said_of_the_files_is_so(desk: Desk) -> None:
    for question, ran in stopped_at_each(desk, "setup", lambda: interview(desk)):
        assert ("config.toml is saved" in ran.error["state"]) == desk.config.exists(), question


def test_at_each_question_about_mail_nothing_is_saved(ready: Desk, box: Mailbox) -> None:
    before = ready.config.read_bytes()
    for question, _ in stopped_at_each(ready, "remind --setup", lambda: mail_answers(box)):
        assert ready.config.read_bytes() == before, question


def test_a_key_that_is_stored_does_not_stay_on_the_clipboard(ready: Desk) -> None:
    pair = ready.click()

    def script() -> Script:
        ready.clipboard = CopiedTexts("", pair.username, pair.secret[:10], "", "", pair.username, pair.secret)
        return [("Is that the complete key", "n"), ("Empty the clipboard", ""), ("On which day", "")]

    for question, ran in stopped_at_each(ready, "store --clipboard", script):
        stored = ready.vault.holds("pair-0001")
        assert stored == (question != "Is that the complete key"), question
        assert not stored or ready.clipboard.holds == "", question
        assert stored or "The new key is NOT stored." in ran.screen


def test_while_keys_are_copied_it_says_that_none_is_stored(ready: Desk) -> None:
    ready.clipboard = CopiedTexts("", ready.click().username, ctrl_c)
    ran = ready.sit("store", "--clipboard")
    assert ran.code == 130 and ran.error["state"] == "The new key is NOT stored."


@pytest.mark.parametrize(
    "at",
    ["1, 2 or 3", *(pytest.param(at, marks=pytest.mark.ci) for at in ("A passphrase", "Type it again", "Type LOSE"))],
)
def test_a_key_that_only_the_program_has_outlives_it(ready: Desk, at: str) -> None:
    hold = Emergency(ready)
    before: Script = {
        "1, 2 or 3": [],
        "A passphrase": [("1, 2 or 3", "2")],
        "Type it again": [("1, 2 or 3", "2"), ("A passphrase", PASSPHRASE)],
        "Type LOSE": [("1, 2 or 3", "3")],
    }[at]
    script = [*hold.until_the_menu(), *before, (at, ctrl_c), ("1, 2 or 3", hold.unlock("1"))]
    ran = ready.sit("rotate", script=script)
    assert ran.code == 0 and "Not now: the new credentials are not stored yet." in ran.screen
    assert ready.district.stored("district") == ready.district.pair

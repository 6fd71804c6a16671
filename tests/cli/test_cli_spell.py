"""Reading a pair back: character by character, at a terminal only, on request only, and erased however it ends."""

from __future__ import annotations

import pytest

from cli.desk import Answer, Desk, Script
from ssrcred.adapters.terminal.spell import spelled
from ssrcred.domain.credential import SecretKey
from ssrcred.practice import Pair

PAIR = Pair("madeup_user", "`made'UP\"0Ol1|~^_ -.,\\\xe9")
OPENED, LEFT, ERASED = "\x1b[?1049h", "\x1b[?1049l", "\x1b[2J"
TWO_PAGES: Script = [("Press Enter for the next page", ""), ("Press Enter to erase it", "")]


def test_every_character_is_named_with_its_place() -> None:
    lines = spelled(SecretKey(PAIR.secret))
    assert lines[:9] == (
        " 1: `  backtick, the key under Esc",
        " 2: m  small m, mike",
        " 3: a  small a, alfa",
        " 4: d  small d, delta",
        " 5: e  small e, echo",
        " 6: '  apostrophe, the key left of Enter",
        " 7: U  capital U, UNIFORM",
        " 8: P  capital P, PAPA",
        ' 9: "  straight double quotation mark',
    )
    assert lines[9:12] == ("10: 0  digit zero", "11: O  capital O, OSCAR", "12: l  small l, lima")
    assert lines[-1].endswith("a character that an American keyboard does not have")


def test_every_printable_character_has_a_name_of_its_own() -> None:
    names = [line[6:] for line in spelled(SecretKey("".join(map(chr, range(0x20, 0x7F)))))]
    assert len(set(names)) == 95 and not [name for name in names if "does not have" in name]


@pytest.fixture
def stored(bare: Desk) -> Desk:
    """A desk with a stored pair, and no district beside it: reading back needs none."""
    setup = ("setup", "--lea", "lincoln", "--name", "Made-Up LEA", "--cds", "19647330000000", "--no-input")
    assert bare.run(*setup, "--url", "https://made-up.schoolwise.com", "--username", "itstaff").code == 0
    key = PAIR.secret.replace("\xe9", "#").replace(" ", "+")
    assert bare.run("store", "--stdin", given=f"{PAIR.username}\n{key}\n").code == 0
    bare.secret("key", key)
    bare.keyring_limits.clear()
    return bare


def test_the_pair_is_shown_page_by_page_and_erased(stored: Desk) -> None:
    ran = stored.sit("store", "--spell", script=[TWO_PAGES[0], *TWO_PAGES])
    assert ran.code == 0
    shown = ran.err
    assert " 1: m  small m, mike" in shown and " 1: `  backtick, the key under Esc" in shown
    last = shown.index("23: #")
    assert shown.index(OPENED) < shown.index(" 1: m") and last < shown.rindex(ERASED) < shown.rindex(LEFT)
    after = shown[shown.rindex(LEFT) :]
    assert "Nothing was changed" in after and ": #" not in after
    between = shown[shown.index(OPENED) : shown.rindex(LEFT)]
    assert all(page.count("\n") < 25 for page in between.split(ERASED)), "a page that scrolls would leave lines behind"


def stops() -> str:
    raise KeyboardInterrupt


@pytest.mark.parametrize("answer", [stops, None])
def test_it_is_erased_too_when_it_is_stopped(stored: Desk, answer: Answer) -> None:
    ran = stored.sit("store", "--spell", script=[("Press Enter for the next page", answer)])
    assert ran.code == 130
    after = ran.err[ran.err.rindex(LEFT) :]
    assert ran.err.rindex(": r  small r") < ran.err.rindex(ERASED) < ran.err.rindex(LEFT)
    assert ":" in after and "small" not in after


def test_it_is_refused_without_a_person_at_a_screen_that_can_be_erased(stored: Desk) -> None:
    stored.environ["TERM"] = "dumb"
    ran = stored.sit("store", "--spell")
    assert ran.code == 2 and "erased" in ran.error["error"]
    stored.environ["TERM"] = "xterm"
    for ran in (
        stored.run("store", "--spell"),
        stored.sit("store", "--spell", redirected=True),
        stored.sit("store", "--spell", "--json", redirected=True),
        stored.sit("store", "--spell", "--no-input"),
    ):
        assert ran.code == 2 and "small" not in ran.out + ran.err
    assert not stored.keyring_limits, "the keyring was opened for nothing"


def test_it_takes_no_pair(stored: Desk) -> None:
    ran = stored.sit("store", "--spell", "--stdin")
    assert ran.code == 2 and "alone" in ran.error["hint"]


def test_a_pair_that_was_refused_while_new_is_the_one_that_is_read_back(ready: Desk) -> None:
    ready.rotated()
    ready.click()
    ready.run("store", "--stdin", given="madeup_user\nmade-up`wrong'key\n")
    ready.run("verify")
    ran = ready.sit("store", "--spell", script=TWO_PAGES)
    assert ran.code == 0 and "The credentials that the state's service rejected (lincoln)" in ran.err
    assert "17: y  small y, yankee" in ran.err


def test_without_any_pair_it_says_how_to_get_one(ready: Desk) -> None:
    ran = ready.sit("store", "--spell")
    assert ran.code == 5 and "ssrcred rotate" in ran.error["hint"]

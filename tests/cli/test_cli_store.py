"""Storing a pair that was generated already: every way to give it, and every input that is refused."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta

import pytest

from cli.desk import TODAY, CopiedTexts, Desk, Script
from keyring_moods import FailingKeyring, HonestKeyring
from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.practice import Pair


def untouched(desk: Desk, keyring: dict[tuple[str, str], str]) -> None:
    """Nothing was stored: the keyring is as it was, and the ledger knows of no stored pair."""
    assert desk.ring.items == keyring
    assert not [event for event in desk.events() if event.startswith(("store/", "write/"))]
    assert desk.district.requests == []


def test_a_pair_is_stored_from_a_pipe_and_finished_by_upload_and_verify(ready: Desk) -> None:
    ran = ready.run("store", "--stdin", given=ready.pair_lines)
    assert ran.code == 0 and ran.err.endswith("Next: ssrcred upload, then: ssrcred verify.\n")
    assert ready.run("status").code == 2
    ran = ready.run("upload", "--json")
    assert ran.code == 0 and ran.document["finished"] is False
    ran = ready.run("verify")
    assert ran.code == 0 and "Finish" in ran.err
    assert ready.run("status").code == 0
    assert ready.run("upload", "--json").document["finished"] is True


def test_a_pair_is_stored_from_a_hidden_prompt_with_its_day(ready: Desk) -> None:
    pair = ready.click()
    script: Script = [
        ("User Name", pair.username),
        ("Secret key", pair.secret),
        ("On which day were they generated", "yesterday"),
        ("On which day were they generated", "2026-11-22"),
        ("On which day were they generated", "2024-11-22"),
        ("On which day were they generated", "2026-11-01"),
    ]
    ran = ready.sit("store", script=script)
    assert ran.code == 0
    for words in ("is not in the form year-month-day", "is in the future", "those credentials have expired"):
        assert words in ran.screen
    assert "If you typed the key instead of pasting it" in ran.screen
    assert ready.run("status", "--json").document["leas"][0]["days_left"] == 345
    (ready.home / "ledger.sqlite").unlink()
    assert ready.run("resume").code == 0
    assert ready.run("status", "--json").document["leas"][0]["days_left"] == 345, "the keyring knows the day too"
    assert not ready.vault.holds("pair-0001") or ready.vault.holds("pair-0002")


def test_the_day_is_asked_for_once_the_pair_is_safe_and_again_by_resume_if_nobody_answers(ready: Desk) -> None:
    pair = ready.click()

    def stop() -> str:
        assert ready.events()[-1] == "store/stored" and ready.vault.holds("pair-0001")
        raise KeyboardInterrupt

    asked: Script = [("User Name", pair.username), ("Secret key", pair.secret), ("On which day", stop)]
    ran = ready.sit("store", script=asked)
    assert ran.code == 130 and "NOT stored" not in ran.screen and "ssrcred resume" in ran.error["hint"]
    ready.at += timedelta(days=2)
    ran = ready.sit("resume", script=[("[2026-11-21]", "2026-11-20")])
    assert ran.code == 0, ran.screen
    assert ready.run("status", "--json").document["leas"][0]["days_left"] == 362
    assert [name for name in ("pair-0001", "pair-0002") if ready.vault.holds(name)] == ["pair-0002"]


def test_the_day_is_today_unless_said_otherwise(ready: Desk) -> None:
    pair = ready.click()
    ran = ready.sit("store", script=[("User Name", pair.username), ("Secret key", pair.secret), ("On which day", "")])
    assert ran.code == 0
    assert ready.run("status", "--json").document["leas"][0]["days_left"] == 365


def digits_of(pair: Pair) -> str:
    return Credential(pair.username, SecretKey(pair.secret), TODAY).check_digits()


def test_store_says_whether_a_pair_is_the_announced_one_before_it_stores_anything(ready: Desk) -> None:
    pair = ready.click()
    given, digits, before = f"{pair.username}\n{pair.secret}\n", digits_of(pair), dict(ready.ring.items)
    ran = ready.run("store", "--stdin", "--announced", "00000000", given=given)
    assert ran.code == 4 and digits in ran.error["error"] and "not 00000000" in ran.error["error"]
    untouched(ready, before)
    assert ready.run("status", "--json").document["leas"][0]["unfinished"] is None, "nothing was begun"
    ran = ready.run("store", "--stdin", "--announced", f"{digits[:4]} {digits[4:]}".upper(), given=given)
    assert ran.code == 0 and f"These are the announced credentials: check digits {digits}." in ran.err
    assert ready.run("history", "--json").document["events"][-1]["detail"]["digits"] == digits


def test_a_rotation_that_waits_for_its_key_still_waits_after_one_that_was_not_announced(ready: Desk) -> None:
    assert ready.run("store", "--stdin", given="").code != 0
    assert ready.run("store", "--stdin", "--announced", "00000000", given=ready.pair_lines).code == 4
    assert ready.run("status", "--json").document["leas"][0]["unfinished"]["stored"] is False


def test_without_announced_digits_store_shows_its_own_to_be_compared(ready: Desk) -> None:
    pair = ready.click()
    ran = ready.run("store", "--stdin", given=f"{pair.username}\n{pair.secret}\n")
    assert f"Check digits: {digits_of(pair)}." in ran.err


@pytest.mark.parametrize("digits", ["", "ab12cd3", "zz12cd34"])
def test_digits_that_cannot_be_are_refused_before_a_pair_is_asked_for(ready: Desk, digits: str) -> None:
    before = dict(ready.ring.items)
    ran = ready.run("store", "--stdin", "--announced", digits)
    assert ran.code == 2 and "eight characters" in ran.error["error"]
    untouched(ready, before)


@pytest.mark.parametrize(
    ("options", "days"), [(("--days-left", "200"), 200), (("--generated", "2026-06-09"), 200), ((), 365)]
)
def test_the_day_may_be_an_option(ready: Desk, options: tuple[str, ...], days: int) -> None:
    assert ready.run("store", "--stdin", *options, given=ready.pair_lines).code == 0
    assert ready.run("status", "--json").document["leas"][0]["days_left"] == days


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--days-left", "366"), 4, "credentials have between 0 and 365"),
        (("--days-left", "-1"), 4, "credentials have between 0 and 365"),
        (("--generated", "2026-11-22"), 4, "is in the future"),
        (("--generated", "21.11.2026"), 4, "is not in the form year-month-day"),
        (("--generated", "2026-02-30"), 4, "is not in the calendar"),
        (("--generated", "2025-11-20"), 4, "those credentials have expired"),
        (("--generated", "2026-11-21", "--days-left", "365"), 2, "exclude each other"),
        (("--clipboard",), 2, "exclude each other"),
    ],
)
@pytest.mark.parametrize("command", ["store", "rotate"])
def test_options_that_cannot_be_are_refused_before_a_pair_is_asked_for(
    ready: Desk, command: str, options: tuple[str, ...], code: int, words: str
) -> None:
    def nobody() -> str:
        raise AssertionError("the pair was asked for")

    before = dict(ready.ring.items)
    ran = ready.run(command, "--stdin", *options, given=nobody)
    assert ran.code == code and words in ran.error["error"]
    untouched(ready, before)
    assert ready.events() == []


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("made-up-user\nmade-up\u2019key\n", "Character 8 of the secret key is a RIGHT SINGLE QUOTATION MARK"),
        ("made\u2013up\nmade-up key\n", "Character 5 of the User Name is an EN DASH; TOMS uses the hyphen"),
        ("made-up-user\nmade-up\x00key\n", "Character 8 of the secret key is a NUL"),
        ("made-up-user\nmade\nup\n", "The input has 3 lines"),
        ("made-up-user\n\n", "The secret key is empty"),
        ("made-up-user\n", "The input has 1 line; the credentials have two"),
        ("made-up-user", "The input has 1 line; the credentials have two"),
        ("", "The input has 1 line; the credentials have two"),
        ("made-up-user\n made-up-key\n", "The secret key begins with a space"),
        ("made-up-user\nmade-up-key \n", "The secret key ends with a space"),
        ("made-up-user\nmade-up-user\n", "are the same text"),
        ("made`up'<&%+#$key!?12\nmade-up-user\n", "seem to be swapped"),
        ("made-up-user\n\x1b[200~made-up-key\n", "bracketed paste"),
        (b"made-up-user\n\xff\xfe\n", "Byte 14 of the input is not UTF-8 text"),
        (b"\xff\xfem\x00a\x00", "The input is UTF-16 text"),
        ("x" * 9000, "longer than 8,192 bytes"),
        ("made-up-user\n\uff4dade-up-key\n", "FULLWIDTH LATIN SMALL LETTER M"),
    ],
)
def test_what_cannot_be_the_pair_is_refused_and_nothing_is_stored(ready: Desk, given: str | bytes, words: str) -> None:
    before = dict(ready.ring.items)
    ran = ready.run("store", "--stdin", given=given)
    assert ran.code == 4 and words in ran.error["error"]
    assert ran.error["state"].startswith("Nothing was stored")
    untouched(ready, before)
    assert ready.run("store", "--stdin", given=ready.pair_lines).code == 0


def test_a_bom_and_one_line_end_are_not_the_keys(ready: Desk) -> None:
    pair = ready.click()
    assert ready.run("store", "--stdin", given=f"\ufeff{pair.username}\r\n{pair.secret}\r\n").code == 0
    assert ready.run("upload").code == 0 and ready.run("verify").code == 0


def test_the_pair_that_is_stored_already_is_not_a_new_one(rotated: Desk) -> None:
    pair = rotated.district.pair
    assert pair is not None
    before = dict(rotated.ring.items)
    ran = rotated.run("store", "--stdin", given=f"{pair.username}\n{pair.secret}\n")
    assert ran.code == 4 and "This secret key is stored already" in ran.error["error"]
    assert rotated.ring.items == before


def test_a_second_store_is_refused_while_one_is_under_way(ready: Desk) -> None:
    ready.run("store", "--stdin", given=ready.pair_lines)
    ran = ready.run("store", "--stdin", given=ready.pair_lines)
    assert ran.code == 10 and ran.error["hint"] == "To continue it: ssrcred resume. To cancel it: ssrcred abandon."
    ran = ready.run("abandon")
    assert ran.code == 0 and ran.err.endswith("To see the status: ssrcred status.\n")
    ran = ready.run("abandon")
    assert ran.code == 2 and "nothing to abandon" in ran.error["error"]


def test_too_many_tries_end_the_prompt(ready: Desk) -> None:
    before = dict(ready.ring.items)
    ran = ready.sit("store", script=[("User Name", "")] * 5)
    assert ran.code == 4
    untouched(ready, before)


@pytest.mark.parametrize(
    "script",
    [
        [("User Name", None)],
        [("User Name", "made-up-user"), ("Secret key", None)],
    ],
)
def test_the_end_of_the_input_stores_nothing(ready: Desk, script: Script) -> None:
    before = dict(ready.ring.items)
    ran = ready.sit("store", script=script)
    assert ran.code == 130 and ran.error["state"]
    untouched(ready, before)


@pytest.mark.parametrize("command", ["store", "rotate"])
@pytest.mark.parametrize("options", [(), ("--clipboard",), ("--no-input",), ("--json",)])
def test_without_a_person_nothing_is_waited_for_and_nothing_begun(
    ready: Desk, command: str, options: tuple[str, ...]
) -> None:
    ran = ready.run(command, *options) if options != ("--no-input",) else ready.sit(command, *options)
    assert ran.code == 2
    error = ran.document["error"]["hint"] if "--json" in options else ran.error["hint"]
    assert error == "Run it in a terminal, or give user name and secret key as two lines: --stdin."
    assert ready.events() == []


# clipboard


def clipboard_script(*, clear: str = "") -> Script:
    return [("Empty the clipboard", clear), ("On which day", "")]


def test_the_clipboard_gives_both_halves_and_is_emptied(ready: Desk) -> None:
    pair = ready.click()
    ready.clipboard = CopiedTexts("left from before", "left from before", pair.username, "not\u2019a key", pair.secret)
    ran = ready.sit("store", "--clipboard", script=clipboard_script())
    assert ran.code == 0
    assert "What was copied before now does not count" in ran.screen
    assert f"Saw {len(pair.username)} characters." in ran.screen and f"Saw {len(pair.secret)} characters." in ran.screen
    assert "Saw 9 characters. Character 4 of the secret key is a RIGHT SINGLE QUOTATION MARK" in ran.screen
    assert "The clipboard is empty now." in ran.screen and ready.clipboard.holds == ""
    assert pair.username not in ran.screen
    assert ready.slept and set(ready.slept) == {0.25}


def test_half_a_key_on_the_clipboard_is_asked_about_and_copied_again(ready: Desk) -> None:
    pair = ready.click()
    ready.clipboard = CopiedTexts("", pair.username, pair.secret[:10], "", "", pair.username, pair.secret)
    ran = ready.sit("store", "--clipboard", script=[("Is that the complete key", "n"), *clipboard_script()])
    assert ran.code == 0 and "The secret key has 10 characters" in ran.screen
    assert ready.run("upload").code == 0 and ready.run("verify").code == 0


def test_what_was_copied_since_is_left_on_the_clipboard(ready: Desk) -> None:
    pair = ready.click()
    ready.clipboard = CopiedTexts("", pair.username, pair.secret, "a shopping list")
    ran = ready.sit("store", "--clipboard", script=clipboard_script(clear="y"))
    assert ran.code == 0 and "holds something else and was left alone" in ran.screen
    assert ready.clipboard.holds == "a shopping list"


def test_the_key_stays_on_the_clipboard_on_request(ready: Desk) -> None:
    pair = ready.click()
    ready.clipboard = CopiedTexts("", pair.username, pair.secret)
    assert ready.sit("store", "--clipboard", script=clipboard_script(clear="n")).code == 0
    assert len(ready.clipboard.holds) == len(pair.secret)


def test_a_clipboard_that_breaks_afterwards_stops_nothing(ready: Desk) -> None:
    pair = ready.click()
    ready.clipboard = CopiedTexts("", pair.username, pair.secret)

    def breaks() -> str:
        ready.clipboard.broken = True
        return "y"

    ran = ready.sit("store", "--clipboard", script=[("Empty the clipboard", breaks), ("On which day", "")])
    assert ran.code == 0 and "The clipboard cannot be read" in ran.screen


def test_a_clipboard_that_cannot_be_read_is_said(ready: Desk) -> None:
    ready.clipboard.broken = True
    before = dict(ready.ring.items)
    assert ready.sit("store", "--clipboard").code == 4
    untouched(ready, before)


# the hold without a person


def test_a_keyring_that_mends_itself_is_waited_for(ready: Desk) -> None:
    ready.ring = ready.ring.hand_over(Refusing(3))
    ran = ready.run("store", "--stdin", given=ready.pair_lines)
    assert ran.code == 0 and ready.slept == [1.0, 1.0, 2.0]
    assert ready.events().count("store/held") == 3 and ready.events()[-1] == "store/stored"
    assert ran.err.count("Trying again in 1 s.") == 2


def test_a_keyring_that_stays_broken_is_given_up_after_five_minutes(ready: Desk) -> None:
    ready.ring = ready.ring.hand_over(Refusing(10**6))
    ran = ready.run("store", "--stdin", given=ready.pair_lines)
    assert ran.code == 5 and ran.error["state"].startswith("The new credentials are not stored anywhere.")
    assert "ssrcred resume" in ran.error["hint"]
    assert sum(ready.slept) <= 300 and ready.slept[:6] == [1.0, 1.0, 2.0, 4.0, 8.0, 16.0] and max(ready.slept) == 60.0


def test_a_window_that_closes_during_the_hold_is_waited_in(ready: Desk) -> None:
    pair = ready.click()
    ready.ring = ready.ring.hand_over(Refusing(3))
    script: Script = [
        ("User Name", pair.username),
        ("Secret key", pair.secret),
        ("1, 2 or 3", None),
        ("1, 2 or 3", "2"),
        ("A passphrase", None),
        ("1, 2 or 3", "2"),
        ("A passphrase", "short"),
        ("Type it again", "short"),
        ("1, 2 or 3", "1"),
        ("1, 2 or 3", "1"),
        ("On which day", ""),
    ]
    ran = ready.sit("store", script=script)
    assert ran.code == 0 and ready.slept == [1.0]
    assert "The input ended before the secret was entered." in ran.screen


def test_stopped_before_there_is_a_pair_it_says_that_one_is_to_come_and_how_to_leave_it(ready: Desk) -> None:
    def stop() -> str:
        raise KeyboardInterrupt

    ran = ready.sit("store", script=[("User Name", stop)])
    assert ran.code == 130 and ran.error == {
        "error": "You stopped the program.",
        "state": "The new key is NOT stored.",
        "hint": "Leave the TOMS page open, and type: ssrcred store. If there are no new credentials after all: ssrcred "
        "abandon.",
    }
    assert ready.run("abandon").code == 0
    assert "unfinished   nothing" in ready.run("status").out


def test_a_rotation_that_is_resumed_on_a_later_day_asks_for_the_day_of_the_click(ready: Desk) -> None:
    led: Script = [("Go on to TOMS now?", "y"), *[("Press Enter when that is done", "")] * 4]
    ran = ready.sit("rotate", script=[*led, ("User Name", None)])
    assert ran.code != 0, "the window was closed, and TOMS still shows the pair"
    pair = ready.click()
    ready.at += timedelta(days=1)
    asked: Script = [("User Name", pair.username), ("Secret key", pair.secret), ("On which day", "2026-11-21")]
    ran = ready.sit("resume", script=[("Did you click", "y"), ("Does TOMS still show", "y"), *asked])
    assert ran.code == 0, ran.screen
    (entry,) = ready.run("status", "--json").document["leas"]
    assert entry["days_left"] == 364, "not a day longer than it lives"


def test_a_full_disk_does_not_end_the_hold(ready: Desk) -> None:
    def rename(one: str, other: str) -> None:
        with closing(sqlite3.connect(ready.home / "ledger.sqlite")) as connection:
            connection.execute(f"ALTER TABLE {one} RENAME TO {other}")

    # A ledger that takes nothing for a while stands in for the full disk.
    ring = Refusing(1, refused=lambda: rename("events", "gone"), taken=lambda: rename("gone", "events"))
    ready.ring = ready.ring.hand_over(ring)
    ran = ready.run("store", "--stdin", given=ready.pair_lines)
    assert ran.code == 0 and "The history file is damaged." in ran.err
    assert "store/held" not in ready.events() and ready.events()[-1] == "store/stored"
    ready.ring = ready.ring.hand_over(HonestKeyring())
    assert ready.run("resume").code == 0


def test_a_damaged_history_takes_no_event_and_once_it_is_moved_away_the_key_can_be_stored(rotated: Desk) -> None:
    path, given = rotated.home / "ledger.sqlite", rotated.pair_lines()
    damaged = bytearray(path.read_bytes())
    # One changed number: the page of the events says that there is room where they are. All of them can be read.
    damaged[4096 + 5 : 4096 + 7] = (4000).to_bytes(2, "big")
    path.write_bytes(damaged)
    before = dict(rotated.ring.items)
    ran = rotated.run("store", "--stdin", given=given)
    assert ran.code == 9 and ran.error["error"] == "The history file is damaged."
    assert "move that file away" in ran.error["hint"] and "ssrcred resume" in ran.error["hint"]
    assert rotated.ring.items == before and path.read_bytes() == damaged
    path.rename(path.with_name("for-it.sqlite"))
    assert rotated.run("resume").code == 7, "it finds the old credentials, which TOMS has replaced"
    assert rotated.run("store", "--stdin", given=given).code == 0
    assert rotated.run("upload").code == 0 and rotated.run("verify").code == 0


class Refusing(FailingKeyring):
    """An honest keyring that refuses the next `times` pairs; does `refused` then, and `taken` at the first it takes."""

    def __init__(
        self, times: int, refused: Callable[[], None] = lambda: None, taken: Callable[[], None] = lambda: None
    ) -> None:
        super().__init__(fail_at=0)
        self._left = times
        self._refused = refused
        self._taken = taken

    def set_password(self, service: str, username: str, password: str) -> None:
        if "pair" in service and self._left:
            self._left -= 1
            self._refused()
            raise self.error("cannot do it")
        if "pair" in service:
            self._taken()
        HonestKeyring.set_password(self, service, username, password)


def test_the_old_pair_stays_until_the_new_one_is_proved(rotated: Desk) -> None:
    rotated.at += timedelta(days=10)
    assert rotated.run("store", "--stdin", given="made-up-user\nmade-up`key'<&%+#$!\n").code == 0
    assert rotated.district.stored("district") == rotated.district.pair
    ran = rotated.run("verify")
    assert ran.code == 7
    assert rotated.district.stored("district") == rotated.district.pair
    assert isinstance(rotated.district.pair, Pair)

"""The portal worked by a person: what they are told, what their answers mean, and what is left on their clipboard.

All pairs and passwords are made up. UPDATE_TRANSCRIPTS=1 writes transcripts/hand-*.txt anew; then read what changed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import webbrowser
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.portal.confirming import practice_route
from pretend import Clock, MemoryVault
from ssrcred.adapters.portal.hand_portal import (
    AS_BEFORE,
    CAME,
    CHANGED,
    EMPTIED,
    NO_FIELDS,
    NO_LOG_IN,
    NO_LONGER,
    NO_PORTAL,
    REFUSED_LOG_IN,
    SAID,
    UNTOLD,
    YES,
    HandPortal,
    Person,
)
from ssrcred.adapters.portal.map import PortalMap, SettingsWords, load_map
from ssrcred.adapters.portal.route_follower import ConfirmedPortal
from ssrcred.adapters.portal.visit.navigator import Account, FormVisits
from ssrcred.adapters.terminal.clipboard_output import LEFT, clearing
from ssrcred.app.environment import open_page
from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.errors import (
    InputRefused,
    LoginRefused,
    PageNotUnderstood,
    PortalFailed,
    SsrcredError,
    Unreachable,
    UsageWrong,
)
from ssrcred.domain.event import TEST_OUTCOMES, Event, Outcome
from ssrcred.domain.evidence import Proof
from ssrcred.domain.place import DISTRICT, KeySeen, Kind, Reading, Saved, Took
from ssrcred.domain.standing import Standing
from ssrcred.practice import Pair, Practice, running
from ssrcred.workflows.rotation import rotate
from ssrcred.workflows.upload import clear, write
from ssrcred.workflows.workflow import Portal, Ports, Workflow

NOW: Final = datetime(2026, 1, 2, tzinfo=UTC)
KEY: Final = "made-up`'\"\\<&%+#$012"
PASSWORD: Final = "made-up+parent&1"
PAIR: Final = Credential("made_up_new", SecretKey(KEY), NOW)
SITE: Final = "https://made-up.schoolwise.com"
SCHOOL: Final = "Made-Up High School"
OTHER: Final = "Made-Up Charter Academy"
TRANSCRIPTS: Final = Path(__file__).with_name("transcripts")
SAVED, FAILED, NOT_PRESSED, UNSURE = SAID
STILL: Final = ("Is it still true that", YES)
EMPTY, NOT_EMPTY, CANNOT_TELL = EMPTIED

Answer = str | BaseException | Callable[[], str]
Script = Sequence[tuple[str, Answer]]


class Board:
    """A clipboard: `copied` is all that was ever put on it; the flags say what it does wrong."""

    def __init__(self, text: str = "") -> None:
        self.text = text
        self.copied: list[str] = []
        self.mute = self.stuck = self.full = False
        self.added = ""

    def copy(self, text: str) -> bool:
        """Put a text on it, for no history."""
        if self.full:
            raise self._broken()
        self.copied.append(text)
        self.text = text + self.added
        return True

    def read(self) -> str:
        """What is on it."""
        if self.mute:
            raise self._broken()
        return self.text

    def clear(self) -> None:
        """Empty it."""
        if not self.stuck:
            self.text = ""

    @staticmethod
    def _broken() -> InputRefused:
        return InputRefused("The clipboard cannot be used.", state="Nothing was changed.", hint="Use another.")


class Scripted:
    """Somebody who answers by a script: words that the question holds, and the answer, or what happens instead.

    A wait that is not in the script is one pressed Enter. `told` is all that was said and asked, as a transcript.
    """

    def __init__(self, script: Script = ()) -> None:
        self.script = list(script)
        self.lines: list[str] = []

    @property
    def told(self) -> str:
        """The transcript so far."""
        return "".join(f"{line}\n" for line in self.lines)

    def say(self, text: str) -> None:
        """Read a line."""
        self.lines.append(text)

    def ask(self, question: str) -> str:
        """Type a line."""
        self.lines.append(f"{question}:")
        return self._answer(question)

    def choose(self, question: str, options: Sequence[str]) -> str:
        """Choose."""
        self.lines += [question, *(f"  {number} {option}" for number, option in enumerate(options, 1))]
        answer = self._answer(question)
        assert answer in options, f"{answer!r} was not offered: {question}"
        return answer

    def wait(self, text: str) -> None:
        """Press Enter."""
        self.lines.append(f"{text} ⏎")
        if self.script and self.script[0][0] in text:
            self._answer(text)

    def _answer(self, question: str) -> str:
        assert self.script, f"nobody expected: {question}"
        words, answer = self.script.pop(0)
        assert words in question, f"expected {words!r}: {question}"
        if isinstance(answer, BaseException):
            raise answer
        given = answer() if callable(answer) else answer
        self.lines.append(f"> {given}")
        return given


def at_hand(
    person: Person | None,
    board: Board | None = None,
    *,
    words: PortalMap | None = None,
    schools: Sequence[str] = (SCHOOL,),
    probes: Mapping[str, tuple[str, SecretKey]] | None = None,
    opened: list[str] | None = None,
    opens: bool = True,
    url: str = SITE,
) -> HandPortal:
    """A portal for a person; `opened` gets the addresses that their browser was given."""
    pages: list[str] = [] if opened is None else opened

    def open_page(address: str) -> bool:
        pages.append(address)
        return opens

    return HandPortal(
        url,
        words or load_map("schoolwise"),
        person=person,
        copying=partial(clearing, board or Board()),
        schools=schools,
        probes={DISTRICT: ("parent1", SecretKey(PASSWORD))} if probes is None else probes,
        open_page=open_page,
        clock=lambda: NOW,
    )


def looked(district: str = "made_up_old", schools: Mapping[str, str] | None = None) -> list[tuple[str, Answer]]:
    """The first look at the page: what the district shows, and the schools with a pair of their own."""
    schools = schools or {}
    return [
        ("Do you see", YES),
        ("of the district", district),
        ("Which schools have", ", ".join(schools)),
        *((f"of {name} (", username) for name, username in schools.items()),
    ]


def compare(name: str, told: str) -> None:
    """Hold a transcript against its file; no transcript may hold a secret."""
    hidden(told)
    path = TRANSCRIPTS / f"{name}.txt"
    told = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", told)
    if os.environ.get("UPDATE_TRANSCRIPTS") == "1":
        path.parent.mkdir(exist_ok=True)
        path.write_text(told, "utf-8")
    assert told == path.read_text("utf-8")


def hidden(told: str, *secrets: str) -> None:
    """Fail when a secret, or half of one, was told, without quoting it."""
    for secret in (KEY, PASSWORD, *secrets):
        middle = len(secret) // 2
        if secret[:middle] in told or secret[middle:] in told:
            raise AssertionError("a secret, or half of it, was told")


# What a person is told


def test_the_page_is_opened_once_and_the_person_is_led_to_it_in_the_portals_words() -> None:
    person, opened = Scripted([*looked(), ("Do you see", YES), ("Have the user names changed", AS_BEFORE)]), list[str]()
    portal = at_hand(person, opened=opened)
    first = portal.places()
    second = portal.places()
    portal.close()
    assert opened == [f"{SITE}/"]
    assert second == first
    compare("hand-places", person.told)


def test_a_save_is_led_step_by_step() -> None:
    person, board = (
        Scripted([*looked(schools={SCHOOL: "made_up_own"}), STILL, ("What did SchoolWise say?", SAVED)]),
        Board(),
    )
    portal = at_hand(person, board)
    portal.places()
    person.lines.clear()
    portal.write(DISTRICT, PAIR)
    assert len(board.copied) == 2
    assert board.copied[0] == PAIR.username
    assert SecretKey(board.copied[1]).matches(PAIR.secret)
    compare("hand-write", person.told)


def test_blanking_a_school_is_led_step_by_step() -> None:
    person, board = (
        Scripted([*looked(schools={SCHOOL: "made_up_own"}), STILL, ("What do the two fields", EMPTY)]),
        Board(),
    )
    portal = at_hand(person, board)
    portal.places()
    person.lines.clear()
    saved = portal.write(SCHOOL, None)
    assert not board.copied
    assert saved.took is Took.TOOK
    assert saved.reading.blank
    compare("hand-clear", person.told)


def test_a_proof_is_led_step_by_step() -> None:
    person, board, opened = Scripted([("What is the result?", next(iter(CAME)))]), Board(), list[str]()
    portal = at_hand(person, board, opened=opened)
    proof = portal.prove(DISTRICT)
    portal.close()
    seen, asked = "the person saw a score report open", "the button View CAASPP/ELPAC, pressed by a person"
    assert proof == Proof(proof.probe, Outcome.PROVED, NOW, DISTRICT, seen, asked)
    assert len(board.copied) == 1
    assert not opened, "a parent logs in beside the office account, not in its window"
    compare("hand-prove", person.told)


def test_an_address_in_the_map_is_opened_instead_of_the_way_there() -> None:
    opened, person = list[str](), Scripted(looked())
    words = replace(load_map("schoolwise"), settings=SettingsWords("office/caaspp"))
    at_hand(person, words=words, opened=opened, url=f"{SITE}/", opens=False).places()
    assert opened == [f"{SITE}/office/caaspp"]
    assert f"Open this in your browser: {SITE}/office/caaspp" in person.told
    assert "Choose" not in person.told


def test_a_map_without_a_way_says_so_and_one_with_a_way_for_families_tells_it() -> None:
    words = load_map("schoolwise")
    words = replace(
        words, settings=SettingsWords(), proof=replace(words.proof, steps=(("Tests",), ("Scores", "Results")))
    )
    words = replace(words, save=replace(words.save, button=("Save",)))
    person = Scripted([*looked(), STILL, ("What did", SAVED), ("What is the result?", next(iter(CAME)))])
    portal = at_hand(person, words=words)
    portal.write(DISTRICT, PAIR)
    portal.prove(DISTRICT)
    assert "Go to the page with the credentials." in person.told
    assert "Click once: Save.\n" in person.told
    assert "Choose Tests, then Scores." in person.told


def test_nobody_is_sent_to_another_site() -> None:
    opened = list[str]()
    words = replace(load_map("schoolwise"), settings=SettingsWords("https://elsewhere.example/"))
    with pytest.raises(PageNotUnderstood, match="another site"):
        at_hand(Scripted(), words=words, opened=opened).places()
    assert not opened


# What the answers mean


def test_the_person_reads_every_place() -> None:
    person = Scripted(
        [
            ("Do you see", YES),
            ("of the district", " made_up_old "),
            ("Which schools have", f" {SCHOOL.upper()},, {OTHER},{OTHER.lower()}, District"),
            (f"of {SCHOOL} (", UNTOLD),
            (f"of {OTHER} (", ""),
        ]
    )
    third = "Made-Up Middle School"
    found = at_hand(person, schools=(SCHOOL, third), probes={DISTRICT: ("parent1", SecretKey(PASSWORD))}).places()
    assert [(item.place, item.kind, item.username, item.key_seen) for item in found] == [
        (DISTRICT, Kind.DISTRICT, "made_up_old", KeySeen.HIDDEN),
        (SCHOOL, Kind.SCHOOL, UNTOLD, KeySeen.HIDDEN),
        (OTHER, Kind.SCHOOL, "", KeySeen.BLANK),
        (third, Kind.SCHOOL, "", KeySeen.BLANK),
    ]


@pytest.mark.parametrize(("answer", "key_seen"), [("", KeySeen.BLANK), (UNTOLD, KeySeen.HIDDEN)])
def test_a_district_that_is_empty_or_cannot_be_read_has_no_user_name(answer: str, key_seen: KeySeen) -> None:
    question = "Username is empty?" if answer == "" else "Do you see its CALPADS API Username"
    person = Scripted([*looked(answer), (question, YES), ("What did", SAVED)])
    portal = at_hand(person, schools=(), probes={})
    (reading,) = portal.places()
    assert (reading.username, reading.key_seen) == ("", key_seen)
    portal.write(DISTRICT, PAIR)
    assert not person.script


def test_what_changed_between_two_looks_is_asked_for_again() -> None:
    again = looked("made_up_new", {SCHOOL: "made_up_own"})
    person = Scripted([*looked(UNTOLD), ("Do you see", YES), ("Have the user names changed", CHANGED), *again[1:]])
    portal = at_hand(person)
    portal.places()
    assert [item.username for item in portal.places()] == ["made_up_new", "made_up_own"]
    assert "the district could not be read" in person.told


@pytest.mark.parametrize(
    ("answer", "error"), [(NO_FIELDS, PageNotUnderstood), (NO_PORTAL, Unreachable), (NO_LOG_IN, LoginRefused)]
)
def test_what_stands_in_the_way_of_the_page_is_an_error_and_nothing_is_copied(
    answer: str, error: type[SsrcredError]
) -> None:
    board, opened = Board(), list[str]()
    portal = at_hand(Scripted([("Do you see", answer)]), board, opened=opened)
    with pytest.raises(error) as caught:
        portal.write(DISTRICT, PAIR)
    assert caught.value.state.endswith((".",))
    assert not board.copied
    assert len(opened) == 1


def test_a_log_in_that_was_refused_is_not_asked_for_again() -> None:
    person, opened = Scripted([("Do you see", NO_LOG_IN)]), list[str]()
    portal = at_hand(person, opened=opened)
    for _ in range(3):
        with pytest.raises(LoginRefused):
            portal.places()
    assert len(opened) == 1


def test_after_an_outage_the_page_is_opened_again() -> None:
    person, opened = Scripted([("Do you see", NO_PORTAL), *looked()]), list[str]()
    portal = at_hand(person, opened=opened)
    with pytest.raises(Unreachable):
        portal.places()
    assert portal.places()
    assert len(opened) == 2


@pytest.mark.parametrize(
    ("answer", "took", "answered", "username"),
    [
        (SAVED, Took.CANNOT_BE_SEEN, True, PAIR.username),
        (FAILED, Took.DID_NOT_TAKE, True, "made_up_old"),
        (NOT_PRESSED, Took.DID_NOT_TAKE, True, "made_up_old"),
        (UNSURE, Took.CANNOT_BE_SEEN, False, "made_up_old"),
    ],
)
def test_what_the_portal_said_to_a_save_is_no_proof(answer: str, took: Took, answered: bool, username: str) -> None:
    saved = at_hand(Scripted([*looked(), STILL, ("What did", answer)])).write(DISTRICT, PAIR)
    assert (saved.took, saved.answered) == (took, answered)
    assert (saved.reading.username, saved.reading.key_seen) == (username, KeySeen.HIDDEN)
    assert "the person" in saved.detail


@pytest.mark.parametrize(
    ("answer", "took", "username"),
    [
        (EMPTY, Took.TOOK, ""),
        (NOT_EMPTY, Took.DID_NOT_TAKE, "made_up_own"),
        (CANNOT_TELL, Took.CANNOT_BE_SEEN, "made_up_own"),
    ],
)
def test_whether_a_school_was_blanked_is_seen(answer: str, took: Took, username: str) -> None:
    person = Scripted([*looked(schools={SCHOOL: "made_up_own"}), STILL, ("What do the two fields", answer)])
    saved = at_hand(person).write(SCHOOL, None)
    assert (saved.took, saved.reading.username) == (took, username)


@pytest.mark.parametrize(("place", "credential"), [("Nowhere School", PAIR), (DISTRICT, None)])
def test_a_place_that_nobody_saw_and_a_blank_district_are_refused(place: str, credential: Credential | None) -> None:
    board = Board()
    with pytest.raises(PageNotUnderstood) as caught:
        at_hand(Scripted(looked()), board).write(place, credential)
    assert caught.value.state == "Nothing was written."
    assert not board.copied


@pytest.mark.parametrize("came", CAME)
def test_what_came_behind_the_button_is_the_persons_evidence(came: str) -> None:
    proof = at_hand(Scripted([("What is the result?", came)])).prove(DISTRICT)
    assert (proof.outcome, proof.detail) == CAME[came]
    assert (proof.place, proof.at) == (DISTRICT, NOW)


def test_every_outcome_that_a_parent_can_see_can_be_told() -> None:
    assert {outcome for outcome, _ in CAME.values()} == set(TEST_OUTCOMES) - {Outcome.SKIPPED}


def test_a_parent_whose_log_in_was_refused_is_not_tried_again() -> None:
    person, board = Scripted([("What is the result?", REFUSED_LOG_IN)]), Board()
    portal = at_hand(person, board)
    for _ in range(3):
        with pytest.raises(LoginRefused, match="parent1"):
            portal.prove(DISTRICT)
    assert len(board.copied) == 1


def test_a_place_without_an_account_is_not_proved() -> None:
    proof = at_hand(Scripted()).prove(SCHOOL)
    assert (proof.outcome, proof.detail) == (Outcome.SKIPPED, "no parent or student account is set up for it")


def test_a_school_with_a_parents_account_is_known() -> None:
    probes = {SCHOOL: ("parent2", SecretKey(PASSWORD))}
    assert [item.place for item in at_hand(Scripted(looked()), schools=(), probes=probes).places()] == [
        DISTRICT,
        SCHOOL,
    ]


@given(st.text(), st.lists(st.text(), max_size=3), st.text())
def test_whatever_is_typed_gives_one_district_and_schools_with_different_names(
    district: str, names: list[str], username: str
) -> None:
    class Typist(Scripted):
        def ask(self, question: str) -> str:
            if "of the district" in question:
                return district
            return ",".join(names) if "Which schools have" in question else username

    found = at_hand(Typist([("Do you see", YES)])).places()
    assert [item.kind for item in found].count(Kind.DISTRICT) == 1
    assert found[0].place == DISTRICT
    assert len({item.place.casefold() for item in found}) == len(found)
    for item in found:
        assert item.place and item.place.isprintable() and item.username.isprintable()
        assert item.key is None


# Without a person, without a clipboard


def test_without_a_person_nothing_is_asked_and_the_error_says_what_to_use() -> None:
    board, opened = Board(), list[str]()
    portal = at_hand(None, board, opened=opened)
    for job in (portal.places, lambda: portal.write(DISTRICT, PAIR)):
        with pytest.raises(UsageWrong, match="needs a person") as caught:
            job()
        assert 'driver = "http"' in caught.value.hint
    proof = portal.prove(DISTRICT)
    portal.close()
    assert (proof.outcome, proof.detail) == (Outcome.SKIPPED, "the hand driver needs a person at a terminal")
    assert not board.copied
    assert not opened


def test_a_machine_without_a_clipboard_is_found_out_before_anybody_is_asked() -> None:
    board, opened = Board(), list[str]()
    board.mute = True
    with pytest.raises(UsageWrong, match="clipboard") as caught:
        at_hand(Scripted(), board, opened=opened).places()
    assert 'driver = "http"' in caught.value.hint
    assert not opened


@pytest.mark.parametrize("fault", ["added", "full"])
def test_a_clipboard_that_changes_or_refuses_a_text_stops_the_save(fault: str) -> None:
    person, board = Scripted([*looked(), STILL]), Board()
    portal = at_hand(person, board)
    portal.places()
    board.added, board.full = ("!", False) if fault == "added" else ("", True)
    with pytest.raises(PortalFailed, match="did not keep") as caught:
        portal.write(DISTRICT, PAIR)
    assert "without saving" in caught.value.state
    assert len(board.copied) <= 1, "the key was not offered to such a clipboard"


# What is left on the clipboard

WAITS = (
    "Press Enter to copy the user name",
    "Press Enter to copy the secret key",
    "Press Enter when SchoolWise has answered",
)


@pytest.mark.parametrize("answer", SAID)
def test_after_a_save_the_clipboard_is_empty_whatever_was_said(answer: str) -> None:
    person, board = Scripted([*looked(), STILL, ("What did", answer)]), Board()
    at_hand(person, board).write(DISTRICT, PAIR)
    assert board.text == ""
    assert "The clipboard was cleared." in person.told
    assert person.told.index("was cleared") < person.told.index("What did SchoolWise say?")


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), RuntimeError("made up")])
@pytest.mark.parametrize("wait", WAITS)
def test_a_stop_in_the_middle_leaves_nothing_on_the_clipboard(wait: str, stop: BaseException) -> None:
    person, board = Scripted([*looked(), STILL, (wait, stop)]), Board()
    with pytest.raises(type(stop)):
        at_hand(person, board).write(DISTRICT, PAIR)
    assert board.text == ""
    assert ("The clipboard was cleared." in person.told) == bool(board.copied)


def test_a_stop_while_the_key_is_being_copied_leaves_nothing_either() -> None:
    class Slow(Board):
        def copy(self, text: str) -> bool:
            marked = super().copy(text)
            if len(self.copied) == 2:
                raise KeyboardInterrupt
            return marked

    board = Slow()
    with pytest.raises(KeyboardInterrupt):
        at_hand(Scripted([*looked(), STILL]), board).write(DISTRICT, PAIR)
    assert board.text == ""


@pytest.mark.parametrize("first", [KeyboardInterrupt(), ""])
@pytest.mark.parametrize("deed", ["read", "clear"])
def test_ctrl_c_while_the_clipboard_is_being_emptied_does_not_leave_the_key_there(first: Answer, deed: str) -> None:
    class Pressed(Board):
        armed = False

        def read(self) -> str:
            self.press("read")
            return super().read()

        def clear(self) -> None:
            self.press("clear")
            super().clear()

        def press(self, now: str) -> None:
            if self.armed and now == deed:
                self.armed = False
                raise KeyboardInterrupt

    def ends() -> str:
        board.armed = True
        if isinstance(first, BaseException):
            raise first
        return ""

    board = Pressed()
    person = Scripted([*looked(), STILL, (WAITS[2], ends)])
    with pytest.raises(KeyboardInterrupt):
        at_hand(person, board).write(DISTRICT, PAIR)
    assert (board.text, board.armed) == ("", False)
    assert "The clipboard was cleared." in person.told


@pytest.mark.parametrize("end", [KeyboardInterrupt(), ""])
def test_a_password_is_taken_back_too(end: Answer) -> None:
    script: list[tuple[str, Answer]] = [("when you see the result", end), ("What is the result?", REFUSED_LOG_IN)]
    person, board = Scripted(script), Board()
    with pytest.raises((KeyboardInterrupt, LoginRefused)):
        at_hand(person, board).prove(DISTRICT)
    assert len(board.copied) == 1
    assert board.text == ""


def test_what_the_person_copied_meanwhile_is_left_alone() -> None:
    board = Board()

    def copies_something() -> str:
        board.text = "a made-up shopping list"
        return ""

    person = Scripted([*looked(), STILL, (WAITS[2], copies_something), ("What did", SAVED)])
    at_hand(person, board).write(DISTRICT, PAIR)
    assert board.text == "a made-up shopping list"
    assert "was left alone" in person.told


def test_a_user_name_that_is_still_there_is_taken_back_and_a_line_end_does_not_hide_it() -> None:
    board = Board()
    board.added = "\n"  # as Klipper adds one
    person = Scripted([*looked(), STILL, (WAITS[1], KeyboardInterrupt())])
    with pytest.raises(KeyboardInterrupt):
        at_hand(person, board).write(DISTRICT, PAIR)
    assert board.text == ""


@pytest.mark.parametrize("fault", ["mute", "stuck"])
def test_a_clipboard_that_cannot_be_emptied_is_said_and_does_not_undo_the_save(fault: str) -> None:
    board = Board()

    def breaks() -> str:
        board.mute, board.stuck = fault == "mute", fault == "stuck"
        return ""

    person = Scripted([*looked(), STILL, (WAITS[2], breaks), ("What did", SAVED)])
    saved = at_hand(person, board).write(DISTRICT, PAIR)
    assert saved.answered
    assert LEFT in person.told


# The person's own browser


@pytest.mark.parametrize("error", [webbrowser.Error("made up"), OSError("made up"), ValueError("made up")])
def test_a_browser_that_cannot_be_opened_is_no_error(error: Exception) -> None:
    def fails(url: str) -> bool:
        raise error

    assert not open_page(SITE, fails)
    assert open_page(SITE, lambda url: url == SITE)


@pytest.mark.skipif(os.name == "nt", reason="the browser that stands in is a shell script")
def test_the_browser_that_the_person_has_chosen_gets_the_address(tmp_path: Path) -> None:
    browser, got = tmp_path / "browser", tmp_path / "got"
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" > "{got}"\n', "utf-8")
    browser.chmod(0o700)
    program = f"from ssrcred.app.environment import open_page\nassert open_page({SITE!r})"
    subprocess.run([sys.executable, "-c", program], env=os.environ | {"BROWSER": f"{browser} %s"}, check=True)
    assert got.read_text("utf-8") == SITE


# The practice district, worked by somebody who does what they are told


class Diligent(Scripted):
    """Somebody who works the practice SchoolWise exactly as told: what is pasted is what the clipboard holds."""

    def __init__(self, practice: Practice, board: Board, *, office_password: str = "") -> None:
        super().__init__()
        self._practice, self._board = practice, board
        account = practice.accounts.office
        self._office = self._browser(account.username, office_password or account.password)
        self._fields: dict[str, str] = {}
        self._place = self._family = ""
        self._shown: dict[str, Reading] = {}
        self._saved: Saved | None = None
        self._came = ""

    def _browser(
        self, username: str, password: str, probes: dict[str, tuple[str, SecretKey]] | None = None
    ) -> ConfirmedPortal:
        words = load_map("schoolwise")
        return ConfirmedPortal(
            FormVisits(self._practice.schoolwise_url, words),
            Account(username, SecretKey(password)),
            words,
            practice_route(),
            probes=probes,
            clock=lambda: NOW,
            pin=lambda _: None,
        )

    def close(self) -> None:
        """Close the browser."""
        self._office.close()

    def say(self, text: str) -> None:
        """Do what is said."""
        super().say(text)
        if found := re.match(r"Now the credentials of (.+), in SchoolWise under CAASPP Credentials\.", text):
            self._place = DISTRICT if found[1] == "the district" else found[1]
            self._fields = {}
        elif found := re.match(r"Copied\. Select everything in (.+) and paste over it\.", text):
            self._fields[found[1]] = self._board.text
        elif text.startswith("Empty both fields of"):
            self._fields = {"CALPADS API Username": "", "CALPADS API Password": ""}
        elif found := re.match(r"  User Name: (.+)", text):
            self._family = found[1]
        elif text.startswith("Copied. Paste it into Password"):
            self._came = self._pressed(self._board.text)

    def wait(self, text: str) -> None:
        """Press Enter; before that, where it is said, the portal's button."""
        super().wait(text)
        if text == "Press Enter when SchoolWise has answered":
            username, key = self._fields["CALPADS API Username"], self._fields["CALPADS API Password"]
            self._look()
            typed = Credential(username, SecretKey(key), NOW) if username or key else None
            self._saved = self._office.write(self._place, typed)

    def ask(self, question: str) -> str:
        """Type what the page shows."""
        self.lines.append(f"{question}:")
        own = [item for item in self._shown.values() if item.username and item.kind is Kind.SCHOOL]
        if "Which schools have" in question:
            answer = ", ".join(item.place for item in own)
        elif "of the district" in question:
            answer = self._shown[DISTRICT].username
        else:
            answer = next(item.username for item in own if f"of {item.place} (" in question)
        self.lines.append(f"> {answer}")
        return answer

    def choose(self, question: str, options: Sequence[str]) -> str:
        """Tell what came."""
        before = self._shown
        if question.startswith("Do you see"):
            answer = self._sees()
        elif found := re.match(r"Is it still true that CALPADS API Username (?:shows (.*)|is empty)\?", question):
            answer = YES if self._look()[self._place].username == (found[1] or "") else NO_LONGER
        elif question.startswith("Have the user names changed"):
            now = {name: item.username for name, item in self._look().items()}
            answer = AS_BEFORE if now == {name: item.username for name, item in before.items()} else CHANGED
        elif question.startswith("What is the result"):
            answer = self._came
        elif question.startswith("What did SchoolWise say"):
            assert self._saved is not None
            said = {"the portal says that it saved": SAVED, "the portal says that it did not save": FAILED}
            answer = next((meant for words, meant in said.items() if words in self._saved.detail), UNSURE)
        else:
            answer = EMPTY if self._look()[self._place].blank else NOT_EMPTY
        self.script.append((question, answer))
        return super().choose(question, options)

    def _look(self) -> dict[str, Reading]:
        self._shown = {item.place: item for item in self._office.places()}
        return self._shown

    def _sees(self) -> str:
        try:
            self._look()
        except LoginRefused:
            return NO_LOG_IN
        except PageNotUnderstood:
            return NO_FIELDS
        except Unreachable:
            return NO_PORTAL
        return YES

    def _pressed(self, password: str) -> str:
        with closing(self._browser("nobody", "", {DISTRICT: (self._family, SecretKey(password))})) as window:
            try:
                outcome = window.prove(DISTRICT).outcome
            except LoginRefused:
                return REFUSED_LOG_IN
        return next(words for words, (meant, _) in CAME.items() if meant is outcome)


@pytest.fixture
def district() -> Iterator[Practice]:
    with running(seed=7, started=True) as found:
        yield found


def worked(district: Practice, person: Diligent, board: Board) -> HandPortal:
    """The practice SchoolWise, worked by hand."""
    parents = {DISTRICT: district.accounts.parent, **district.accounts.parents}
    probes = {place: (one.username, SecretKey(one.password)) for place, one in parents.items()}
    return at_hand(person, board, schools=district.schools, probes=probes, url=district.schoolwise_url)


def test_a_person_reads_the_practice_schoolwise(district: Practice) -> None:
    board = Board()
    with closing(Diligent(district, board)) as person:
        readings = worked(district, person, board).places()
    assert {item.place for item in readings} == {DISTRICT, *district.schools}
    for item in readings:
        stored = district.stored(item.place)
        assert item.username == (stored.username if stored else "")
        assert item.blank == (stored is None)
    assert len(district.log_ins) == 1


@pytest.mark.parametrize("place", [DISTRICT, "Lincoln High School"])
def test_what_is_pasted_is_stored_byte_for_byte_and_nothing_else_changes(district: Practice, place: str) -> None:
    before, others = district.settings, {name: district.stored(name) for name in (DISTRICT, *district.schools)}
    board = Board()
    with closing(Diligent(district, board)) as person:
        saved = worked(district, person, board).write(place, PAIR)
    stored = district.stored(place)
    assert stored is not None
    assert stored.username == PAIR.username
    assert SecretKey(stored.secret).matches(PAIR.secret)
    assert (saved.took, saved.answered) == (Took.CANNOT_BE_SEEN, True)
    assert district.settings == before
    assert all(district.stored(name) == kept for name, kept in others.items() if name != place)
    assert board.text == ""
    hidden(person.told)


def test_a_practice_school_is_blanked(district: Practice) -> None:
    school, board = district.schools[1], Board()
    with closing(Diligent(district, board)) as person:
        assert worked(district, person, board).write(school, None).took is Took.TOOK
    assert district.stored(school) is None


def test_a_wrong_password_is_tried_once(district: Practice) -> None:
    board = Board()
    with closing(Diligent(district, board, office_password="made-up and wrong")) as person:
        portal = worked(district, person, board)
        for _ in range(3):
            with pytest.raises(LoginRefused):
                portal.places()
    assert len(district.log_ins) == 1


def test_a_place_that_somebody_changed_meanwhile_is_not_written(district: Practice) -> None:
    board = Board()
    with closing(Diligent(district, board)) as person:
        portal = worked(district, person, board)
        portal.places()
        district.put(DISTRICT, Pair("somebody_else", "made up by somebody"))
        with pytest.raises(PageNotUnderstood, match="has changed"):
            portal.write(DISTRICT, PAIR)
    stored = district.stored(DISTRICT)
    assert stored is not None
    assert stored.username == "somebody_else"
    assert not board.copied


def test_a_save_that_stores_nothing_is_left_to_the_proof(district: Practice) -> None:
    board = Board()
    with closing(Diligent(district, board)) as person:
        portal = worked(district, person, board)
        district.generate()
        portal.places()
        district.fault("schoolwise", "saves_nothing")
        assert portal.write(DISTRICT, PAIR).took is not Took.TOOK
        assert portal.prove(DISTRICT).outcome is Outcome.REFUSED


def test_a_parent_proves_a_good_pair_and_refuses_a_bad_one(district: Practice) -> None:
    board = Board()
    with closing(Diligent(district, board)) as person:
        portal = worked(district, person, board)
        good = portal.prove(DISTRICT)
        portal.write(DISTRICT, PAIR)
        bad = portal.prove(DISTRICT)
    assert good.outcome in (Outcome.PROVED, Outcome.ACCEPTED)
    assert bad.outcome is Outcome.REFUSED
    hidden(person.told, district.accounts.parent.password)
    assert district.accounts.parent.name not in person.told


def test_a_whole_rotation_by_hand_ends_with_every_place_proved(district: Practice) -> None:
    board, vault = Board(), MemoryVault()
    made: list[Credential] = []

    def capture(spent: tuple[Credential, ...]) -> Credential:
        pair = district.generate()
        made.append(Credential(pair.username, SecretKey(pair.secret), NOW))
        return made[0]

    own = district.schools[1]
    with closing(Diligent(district, board)) as person:
        portal: Portal = worked(district, person, board)
        workflow = Workflow(Ports(vault, portal, None, Clock(), provable=frozenset({DISTRICT, own})), Standing())
        events = [f"{one.step}/{one.outcome} {one.place}".strip() for one in _rotation(workflow, capture)]
        cleared = [f"{one.step}/{one.outcome} {one.place}" for one in clear(workflow, own)]
        skipped = [f"{one.step}/{one.outcome} {one.place}" for one in write(workflow)]
    assert [line for line in events if line.startswith("write/")] == ["write/written district", f"write/written {own}"]
    proved = {line.split()[1] for line in events if line.startswith(("prove/proved", "prove/accepted"))}
    assert proved == {DISTRICT, own.split()[0]}
    assert events[-1] == "finish/finished"
    assert cleared == [f"clear/cleared {own}"]
    assert skipped == ["write/skipped district"]
    assert district.stored(own) is None
    secrets = [made[0].secret.reveal(), *(one.password for one in district.accounts.parents.values())]
    hidden(person.told, *secrets)
    assert board.text == ""
    compare("hand-rotation", person.told)


def _rotation(workflow: Workflow, capture: Callable[[tuple[Credential, ...]], Credential]) -> Iterator[Event]:
    yield from rotate(workflow, capture, lambda pair, slot, refusal: False)

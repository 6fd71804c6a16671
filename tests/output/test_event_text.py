"""What a person is told of an event says no more than was seen."""

from __future__ import annotations

import io
import itertools
import re
from datetime import UTC, datetime

import pytest
from rich.console import Console

from ssrcred.domain.errors import Cause
from ssrcred.domain.event import TEST_OUTCOMES, Event, Outcome, Recorded, Step
from ssrcred.domain.evidence import LOG_IN_REFUSED, Known, Probe, Proof
from ssrcred.domain.lea_status import Condition, condition
from ssrcred.domain.place import DISTRICT, Holds, KeySeen, Kind, PlaceStanding, Reading
from ssrcred.domain.standing import Standing, Tried
from ssrcred.domain.verdict import judge
from ssrcred.output import person
from ssrcred.output.event_text import OUTCOMES, TITLES, Tone, entry, in_todays_words, sentence, way
from ssrcred.output.verdict import show_verdict, ticket

NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
SCHOOL = "Made-Up School"


def said(step: Step, outcome: Outcome, place: str = DISTRICT, **detail: str) -> str:
    return sentence(Event(step, outcome, NOW, place, detail))[1]


def test_a_key_that_the_page_hides_is_not_said_to_have_been_read_back() -> None:
    hidden = said(Step.WRITE, Outcome.WRITTEN, seen="cannot_be_seen")
    assert hidden == "District setting in SchoolWise saved. SchoolWise hides the key, so it is tested next"
    again = said(Step.WRITE, Outcome.SKIPPED, seen="cannot_be_seen")
    assert again == "District setting in SchoolWise was saved before. SchoolWise hides the key, so it is tested next"
    assert said(Step.WRITE, Outcome.SKIPPED) == "District setting in SchoolWise has the new credentials already"
    taken = said(Step.WRITE, Outcome.WRITTEN, SCHOOL, seen="took")
    assert taken == "Setting of Made-Up School in SchoolWise saved and read back"


def test_credentials_in_use_without_a_test_are_said_to_be_untested() -> None:
    assert "not tested" in said(Step.FINISH, Outcome.POINTED, slot="pair-0001", proved="no")
    assert "not tested" not in said(Step.FINISH, Outcome.POINTED, slot="pair-0001", proved="yes")


@pytest.mark.parametrize("outcome", TEST_OUTCOMES)
def test_every_end_of_a_try_has_words(outcome: Outcome) -> None:
    assert OUTCOMES[outcome][1] in said(Step.PROVE, outcome, "", probe="toms", reason="a reason.")
    assert said(Step.PROVE, outcome, "", probe="toms", reason="a reason.").endswith("; a reason")
    assert said(Step.PROVE, outcome, SCHOOL, probe="portal").startswith(way(Probe.PORTAL, SCHOOL))


def test_a_log_in_that_was_refused_is_not_called_an_answer() -> None:
    told = said(Step.PROVE, Outcome.NOT_UNDERSTOOD, probe="portal", reason=LOG_IN_REFUSED, cause="login_refused")
    assert told == f"Through SchoolWise (district): could not be tested; {in_todays_words(LOG_IN_REFUSED)}"
    proof = Proof(Probe.PORTAL, Outcome.NOT_UNDERSTOOD, NOW, DISTRICT, LOG_IN_REFUSED, cause=Cause.LOGIN_REFUSED)
    reached = judge([proof], Known(365))
    file = io.StringIO()
    show_verdict(Console(file=file, width=200), "Made-up LEA", reached, [proof])
    assert "could not be tested" in file.getvalue() and "not understood" not in file.getvalue()
    text = ticket("Made-up LEA", reached, [proof], Known(365), "0")
    assert "could not be tested; SchoolWise rejected the sign-in" in text and "not understood" not in text


def test_whatever_is_told_is_a_sentence_under_a_title() -> None:
    for step, outcome, place in itertools.product(Step, Outcome, (DISTRICT, SCHOOL)):
        if step is Step.PROVE and outcome not in TEST_OUTCOMES:
            continue
        detail = {"reason": "a reason", "vendor": "SIRAS", "vendors": "SIRAS", "what": "something is tried"}
        tone, words = sentence(Event(step, outcome, NOW, place, detail))
        if tone is not Tone.UNTOLD:
            assert words[0].isupper() and step in TITLES, (step, outcome)


def entered(step: Step, outcome: Outcome, place: str = "", **detail: str) -> str:
    return entry(Event(step, outcome, NOW, place, detail))


def test_the_history_has_every_fact_in_plain_words() -> None:
    assert entered(
        Step.STORE, Outcome.STORED, slot="pair-0001", generated_at="2026-11-21T12:00:00-08:00", username="x"
    ) == (
        "New credentials stored and read back · credentials no. 1 · generated on Nov 21, 2026, 8:00 PM UTC"
        " · user name x"
    )
    assert entered(Step.WRITE, Outcome.WRITTEN, DISTRICT, seen="took", slot="pair-0012") == (
        "District setting in SchoolWise saved and read back · credentials no. 12"
    )
    hidden = entered(
        Step.WRITE, Outcome.WRITTEN, SCHOOL, seen="cannot_be_seen", reason="the portal says that it saved."
    )
    assert hidden == f"Setting of {SCHOOL} in SchoolWise saved. SchoolWise hides the key, so it is tested next"
    again = entered(Step.WRITE, Outcome.SKIPPED, SCHOOL, seen="cannot_be_seen")
    assert again.startswith(f"Setting of {SCHOOL} in SchoolWise was saved before. SchoolWise hides the key")
    assert entered(Step.FINISH, Outcome.POINTED, proved="no") == "New credentials in use, not tested"


def test_what_another_version_recorded_is_shown_with_all_that_it_says() -> None:
    told = entered(Step.WRITE, Outcome.NOT_UNDERSTOOD, SCHOOL, reason="a reason", something_new="of a later version")
    assert told == f"write: not understood ({SCHOOL}): a reason · something new of a later version"


def test_old_rows_are_shown_in_todays_words() -> None:
    rows = {
        entered(Step.PREPARE, Outcome.CHECKED, what="the keyring keeps, gives back and deletes"): "Credential storage",
        entered(Step.PREPARE, Outcome.CHECKED, DISTRICT, what="the parent account gets in"): "The parent account can",
        entered(Step.ABANDON, Outcome.ABANDONED, reason="by the person at the keyboard"): "Rotation canceled: by hand",
        entered(Step.ABANDON, Outcome.ABANDONED, reason="the state's service refuses the pair"): (
            "Rotation canceled: the state's service rejects the credentials"
        ),
        entered(Step.WRITE, Outcome.LEFT, SCHOOL, reason="it keeps a pair of its own"): (
            f"Setting of {SCHOOL} in SchoolWise left alone: it keeps credentials of its own"
        ),
    }
    for shown, begins in rows.items():
        assert shown.startswith(begins)


def test_the_history_has_words_for_every_event_and_uses_none_of_the_inner_ones() -> None:
    wanted = "a pair, a log-in and a mint"
    for step, outcome, place in itertools.product(Step, Outcome, ("", DISTRICT, SCHOOL)):
        shown = entered(
            step, outcome, place, what=wanted, vendor="SIRAS", vendors="SIRAS", probe="toms", slot="pair-0001"
        )
        if not shown.startswith(f"{step.value}: "):  # of no event that this version makes
            assert shown[0].isupper()
            assert not re.search(r"\bpair|mint:|log-in|prove", shown), shown


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_no_fact_is_cut_short_however_narrow_the_window(columns: int) -> None:
    file = io.StringIO()
    console = Console(file=file, width=columns)
    username = "a-made-up-user-name-of-some-length"
    event = Event(Step.WRITE, Outcome.WRITTEN, NOW, SCHOOL, {"username": username, "slot": "pair-0001"})
    person.history(console, [Recorded(12345, "lincoln", event, "dana")], {})
    person.places(console, [(Reading(SCHOOL, Kind.SCHOOL, username, KeySeen.HIDDEN), Holds.OTHER)])
    assert "…" not in file.getvalue()
    if columns > 80:
        assert file.getvalue().count(username) == 2
    assert all(len(line) <= columns for line in file.getvalue().splitlines())


def condition_of(standing: Standing) -> Condition:
    return condition("lincoln", "Made-up LEA", 365, "America/Los_Angeles", standing, NOW)


@pytest.mark.parametrize("columns", [60, 80])
def test_a_date_stays_whole_and_the_bar_gives_way(columns: int) -> None:
    file = io.StringIO()
    blank = condition_of(Standing())
    person.overview(Console(file=file, width=columns), [condition_of(Standing("pair-0001", NOW)), blank], NOW)
    assert "365 " in file.getvalue() and "Nov 21, 2027" in file.getvalue()


@pytest.mark.parametrize(
    ("outcome", "confirmed", "refused", "words"),
    [
        (Outcome.WRITTEN, True, False, "written Nov 21, 2026\n"),
        (Outcome.WRITTEN, True, True, "written Nov 21, 2026; rejected Nov 21, 2026\n"),
        (Outcome.WRITTEN, False, False, "saved Nov 21, 2026; the key is hidden and not tested yet\n"),
        (Outcome.WRITTEN, False, True, "saved Nov 21, 2026; rejected Nov 21, 2026\n"),
        (Outcome.SKIPPED, True, False, "already there Nov 21, 2026\n"),
        (Outcome.SKIPPED, False, False, "saved Nov 21, 2026; the key is hidden and not tested yet\n"),
        (Outcome.FAILED, False, False, "not saved Nov 21, 2026\n"),
        (Outcome.UNCONFIRMED, False, False, "save not confirmed Nov 21, 2026\n"),
    ],
)
def test_a_place_is_told_by_its_last_save_and_by_what_was_seen_since(
    outcome: Outcome, confirmed: bool, refused: bool, words: str
) -> None:
    file = io.StringIO()
    standing = Standing(
        "pair-0001",
        NOW,
        places={DISTRICT: PlaceStanding(outcome, NOW, "pair-0001", "made-up-user", confirmed=confirmed)},
        tried={DISTRICT: Tried(Outcome.REFUSED if refused else Outcome.ACCEPTED, NOW)},
    )
    person.status(Console(file=file, width=80), [condition_of(standing)], NOW)
    assert words in "".join(f"{line.rstrip()}\n" for line in file.getvalue().splitlines())

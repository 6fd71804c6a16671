"""What a person is told of an event says no more than was seen."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import pytest

from ssrcred.event import Done, Event, Step
from ssrcred.evidence import Outcome, Probe
from ssrcred.output.sentence import OUTCOMES, TITLES, sentence, way
from ssrcred.place import DISTRICT

NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
SCHOOL = "Made-Up School"


def said(step: Step, outcome: Done, place: str = DISTRICT, **detail: str) -> str:
    found = sentence(Event(step, outcome, NOW, place, detail))
    assert found is not None
    return found[1]


def test_a_key_that_the_page_hides_is_not_said_to_have_been_read_back() -> None:
    hidden = said(Step.WRITE, Done.WRITTEN, seen="cannot_be_seen")
    assert hidden == "The district: written. The page does not show the key, so the proof decides."
    assert said(Step.WRITE, Done.WRITTEN, SCHOOL, seen="took") == "Made-Up School: written and read back."


def test_a_pair_that_was_pointed_to_without_a_proof_is_said_to_be_unverified() -> None:
    assert "unverified" in said(Step.FINISH, Done.POINTED, slot="pair-0001", proved="no")
    assert "unverified" not in said(Step.FINISH, Done.POINTED, slot="pair-0001", proved="yes")


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_end_of_a_try_has_words(outcome: Outcome) -> None:
    assert OUTCOMES[outcome][1] in said(Step.PROVE, Done(outcome.value), "", probe="toms", reason="a reason.")
    assert said(Step.PROVE, Done(outcome.value), "", probe="toms", reason="a reason.").endswith("; a reason.")
    assert said(Step.PROVE, Done(outcome.value), SCHOOL, probe="portal").startswith(way(Probe.PORTAL, SCHOOL))


def test_whatever_is_told_is_a_sentence_under_a_title() -> None:
    for step, outcome, place in itertools.product(Step, Done, (DISTRICT, SCHOOL)):
        if step is Step.PROVE and outcome.value not in list(Outcome):
            continue
        detail = {"reason": "a reason", "vendor": "SIRAS", "vendors": "SIRAS", "what": "something is tried"}
        found = sentence(Event(step, outcome, NOW, place, detail))
        if found is not None:
            assert found[1][0].isupper() and step in TITLES, (step, outcome)

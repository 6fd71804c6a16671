"""The verdict over every combination of what the probes saw."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest

from pretend import SCHOOL, START
from ssrcred.evidence import EXIT_CODES, WORKS, Known, Outcome, Probe, Proof, Verdict, VerdictName, judge
from ssrcred.place import DISTRICT

YOUNG = Known(days_left=200, last_proved_at=START - timedelta(days=30))
NEVER = Known(days_left=200)
OVER = Known(days_left=0, last_proved_at=START - timedelta(days=30))
O = Outcome  # noqa: E741  # the table below is read more easily so
V = VerdictName


def verdict(toms: Outcome, district: Outcome, school: Outcome = O.SKIPPED, known: Known = YOUNG) -> Verdict:
    return judge(
        (
            Proof(Probe.TOMS, toms, START),
            Proof(Probe.PORTAL, district, START, DISTRICT),
            Proof(Probe.PORTAL, school, START, SCHOOL),
        ),
        known,
    )


@pytest.mark.parametrize(
    ("toms", "district", "school", "known", "expected"),
    [
        (O.PROVED, O.PROVED, O.PROVED, YOUNG, V.WORKING),
        (O.PROVED, O.ACCEPTED, O.SKIPPED, YOUNG, V.WORKING),
        (O.ACCEPTED, O.SKIPPED, O.SKIPPED, YOUNG, V.WORKING),
        (O.SKIPPED, O.PROVED, O.SKIPPED, YOUNG, V.WORKING),
        (O.UNREACHABLE, O.PROVED, O.SKIPPED, YOUNG, V.WORKING),
        (O.NO_REPORT, O.NO_REPORT, O.SKIPPED, YOUNG, V.NO_REPORT),
        (O.NO_REPORT, O.SKIPPED, O.SKIPPED, YOUNG, V.NO_REPORT),
        (O.NO_REPORT, O.PROVED, O.SKIPPED, YOUNG, V.WORKING),
        (O.REFUSED, O.SKIPPED, O.SKIPPED, YOUNG, V.SUPERSEDED),
        (O.REFUSED, O.SKIPPED, O.SKIPPED, NEVER, V.REFUSED),
        (O.REFUSED, O.SKIPPED, O.SKIPPED, OVER, V.EXPIRED),
        (O.REFUSED, O.PROVED, O.SKIPPED, YOUNG, V.SUPERSEDED),
        (O.REFUSED, O.PROVED, O.SKIPPED, NEVER, V.REFUSED),
        (O.REFUSED, O.REFUSED, O.SKIPPED, YOUNG, V.SUPERSEDED),
        (O.PROVED, O.REFUSED, O.SKIPPED, YOUNG, V.PORTAL_DIFFERS),
        (O.PROVED, O.REFUSED, O.REFUSED, YOUNG, V.PORTAL_DIFFERS),
        (O.PROVED, O.PROVED, O.REFUSED, YOUNG, V.SCHOOL_DIFFERS),
        (O.SKIPPED, O.PROVED, O.REFUSED, YOUNG, V.SCHOOL_DIFFERS),
        (O.SKIPPED, O.REFUSED, O.SKIPPED, YOUNG, V.REFUSED),
        (O.SKIPPED, O.REFUSED, O.SKIPPED, OVER, V.EXPIRED),
        (O.UNREACHABLE, O.REFUSED, O.SKIPPED, YOUNG, V.REFUSED),
        (O.PROVED, O.UNREACHABLE, O.SKIPPED, YOUNG, V.UNREACHABLE),
        (O.PROVED, O.NOT_UNDERSTOOD, O.SKIPPED, YOUNG, V.UNKNOWN),
        (O.UNREACHABLE, O.UNREACHABLE, O.SKIPPED, YOUNG, V.UNREACHABLE),
        (O.UNREACHABLE, O.NOT_UNDERSTOOD, O.SKIPPED, YOUNG, V.UNREACHABLE),
        (O.NOT_UNDERSTOOD, O.NOT_UNDERSTOOD, O.SKIPPED, YOUNG, V.UNKNOWN),
        (O.SKIPPED, O.SKIPPED, O.SKIPPED, YOUNG, V.UNKNOWN),
    ],
)
def test_the_probes_together_mean(
    toms: Outcome, district: Outcome, school: Outcome, known: Known, expected: VerdictName
) -> None:
    assert verdict(toms, district, school, known).name is expected


def test_every_combination_has_a_verdict_that_does_not_contradict_it() -> None:
    for toms, district, school in product(O, O, O):
        for known in (YOUNG, NEVER, OVER, Known(None)):
            reached = verdict(toms, district, school, known)
            seen = {toms, district, school}
            assert reached.sentence.endswith(".") and reached.next.endswith(".")
            if O.REFUSED in seen:
                assert EXIT_CODES[reached.name] == 7, "a refusal is never green"
            else:
                assert EXIT_CODES[reached.name] != 7, "nothing is called refused that was not refused"
            if reached.name in (V.WORKING, V.NO_REPORT):
                assert seen & WORKS, "nothing is called working that was not seen to work"
            if reached.name in (V.EXPIRED, V.SUPERSEDED, V.REFUSED):
                assert reached.inferred, "the service does not tell expired from wrong"


def test_no_probe_at_all_is_unknown() -> None:
    assert judge((), YOUNG).name is V.UNKNOWN


def test_superseded_says_when_it_last_worked_and_names_both_coordinators() -> None:
    reached = verdict(O.REFUSED, O.SKIPPED)
    assert "2026-10-22" in reached.sentence
    assert "CAASPP coordinator" in reached.next and "ELPAC coordinator" in reached.next

"""What a finding says, what all findings make the doctor exit with, and that a chart survives the way through JSON."""

from __future__ import annotations

import json

import pytest

from ssrcred.domain import errors
from ssrcred.domain.finding import (
    FIX_FIRST,
    Chart,
    Finding,
    LeaChart,
    Result,
    fine,
    kinds,
    not_tried,
    problem,
    stopped_by,
    worst,
)


def test_nothing_wrong_is_zero_even_when_not_everything_was_tried() -> None:
    assert worst([]) == 0
    assert worst([fine("disk", "Fine."), not_tried("practice", "Not installed.")]) == 0


@pytest.mark.parametrize("better", range(1, len(FIX_FIRST)))
def test_what_is_mended_first_is_what_the_doctor_exits_with(better: int) -> None:
    findings = [Finding("a", Result.PROBLEM, "w", "c", code) for code in FIX_FIRST[better - 1 :]]
    assert worst(reversed(findings)) == FIX_FIRST[better - 1]


def test_a_code_of_no_known_kind_counts_least() -> None:
    strange = Finding("practice", Result.PROBLEM, "w", "c", 99)
    assert worst([strange]) == 99
    assert worst([strange, problem("x", errors.SsrcredError, "w", "c")]) == 1


def test_an_error_of_a_door_becomes_a_finding_with_its_words_and_its_hint() -> None:
    error = errors.KeyringLocked("It is locked.", state="s", hint="Unlock it.")
    found = stopped_by("vault", error, calls="2")
    assert found == Finding(
        "vault", Result.PROBLEM, "It is locked.", "Unlock it.", 5, {"kind": "keyring_locked", "calls": "2"}
    )


def test_every_kind_of_error_has_its_word() -> None:
    assert {"unexpected", "config_invalid", "credential_missing", "unreachable"} <= set(kinds())


def test_a_chart_reads_as_it_was_written() -> None:
    chart = Chart(
        (fine("disk", "Fine.", free="1 MB"), not_tried("practice", "No.", "pipx install x")),
        (LeaChart("lincoln", "Lincoln", (problem("portal", errors.Unreachable, "Gone.", "Try again."),)),),
        "Run once by cron.",
    )
    body = json.loads(json.dumps(chart.to_json()))
    assert Chart.from_json(body) == chart
    assert body["exit"] == 8
    assert body["leas"][0]["checks"][0]["result"] == "problem"


@pytest.mark.parametrize("body", [{}, {"checks": [{}], "leas": []}, {"checks": [{"check": "x", "result": "odd"}]}, []])
def test_a_foreign_document_is_no_chart(body: object) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Chart.from_json(body)  # type: ignore[arg-type]

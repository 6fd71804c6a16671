"""Verify says which kinds of reports and which years the credentials opened for the test student."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cli.desk import Desk, LeftDesk
from cli.test_cli_screens import compare

YEARS = ["2024-25", "2023-24", "2022-23"]


@pytest.fixture
def measured(bare: Desk, rotated_once: LeftDesk) -> Iterator[Desk]:
    """A desk after the yearly job, beside a district whose service has Lexile/Quantile Measures Reports as well."""
    with bare.beside(measures=True):
        bare.take_over(rotated_once)
        yield bare


def test_a_person_reads_both_kinds_with_their_years(measured: Desk) -> None:
    measured.environ["COLUMNS"] = "80"
    ran = measured.sit("verify")
    assert ran.code == 0
    compare("verify_both_kinds", ran.screen)


def test_a_script_reads_them_by_probe(measured: Desk) -> None:
    [lea] = measured.run("verify", "--json").document["leas"]
    direct, *through = lea["probes"]
    assert direct["reports"] == [
        {"kind": "ssr", "years": YEARS, "opened": True},
        {"kind": "lexile_quantile", "years": YEARS, "opened": True},
    ]
    assert [probe["reports"] for probe in through] == [[] for _ in through]
    assert [kind["kind"] for kind in _recorded(measured)] == ["ssr", "lexile_quantile"]


def _recorded(desk: Desk) -> list[dict[str, str]]:
    """What the history has of the last direct test."""
    events = desk.run("history", "--json").document["events"]
    last = [event for event in events if event["detail"].get("probe") == "toms"][-1]
    return [{"kind": entry.split()[0]} for entry in last["detail"]["reports"].split(";")]


def test_schoolwise_shows_families_score_reports_only_as_its_guide_says(measured: Desk) -> None:
    assert measured.run("verify").code == 0
    assert "Lexile" not in measured.run("history").out

"""The figures for Prometheus are right. Every LEA is made up."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from pretend import START
from ssrcred.domain.event import Outcome
from ssrcred.domain.lea_status import USUAL, Condition, judged
from ssrcred.domain.place import PlaceStanding
from ssrcred.domain.standing import Standing, Tried
from ssrcred.output import prometheus

HOUR = timedelta(hours=1)
HELD = Standing(
    current="pair-0002",
    generated_at=START,
    proved_at=START + HOUR,
    places={
        "district": PlaceStanding(Outcome.WRITTEN, START, "pair-0002", "made_up", confirmed=True),
        "Hidden and untested": PlaceStanding(Outcome.WRITTEN, START, "pair-0002", "made_up"),
        'A "quoted" school': PlaceStanding(Outcome.FAILED, START, "pair-0001", "made_up"),
    },
    tried={
        "toms": Tried(Outcome.PROVED, START + HOUR),
        "district": Tried(Outcome.UNREACHABLE, START + 2 * HOUR),
    },
)


def at(standing: Standing, lea: str = "lincoln") -> Condition:
    one = Condition(lea, "Made-up LEA", 365, "America/Los_Angeles")
    return judged(one, standing.to_json(), (START + HOUR).isoformat(), START + 3 * HOUR, USUAL)


def samples(path: Path) -> Iterator[tuple[str, dict[str, str], float]]:
    for family in text_string_to_metric_families(path.read_text("utf-8")):
        for sample in family.samples:
            yield sample.name.removeprefix("ssrcred_"), sample.labels, sample.value


def figures(path: Path) -> dict[tuple[str, ...], float]:
    """Each figure by its name and the values of its labels."""
    return {(name, *labels.values()): value for name, labels, value in samples(path)}


def test_each_lea_and_place_has_its_series(tmp_path: Path) -> None:
    path = tmp_path / "ssrcred.prom"
    path.write_bytes(prometheus.figures([at(HELD), at(Standing(), "empty")], START + 3 * HOUR))
    found = figures(path)
    start, hour = START.timestamp(), HOUR.total_seconds()
    lapses = start + 365 * 24 * hour
    school = 'A "quoted" school'
    assert {key: value for key, value in found.items() if key[0] != "state"} == {
        ("status_timestamp_seconds",): start + 3 * hour,
        ("ledger_readable",): 1,
        ("lea_last_proof_timestamp_seconds", "lincoln"): start + hour,
        ("lea_last_run_timestamp_seconds", "lincoln"): start + hour,
        ("lea_last_run_timestamp_seconds", "empty"): start + hour,
        ("expiry_timestamp_seconds", "lincoln", "district"): lapses,
        ("expiry_timestamp_seconds", "lincoln", school): lapses,
        ("expiry_timestamp_seconds", "lincoln", "Hidden and untested"): lapses,
        ("place_current", "lincoln", "district"): 1,
        ("place_current", "lincoln", school): 0,
        ("place_current", "lincoln", "Hidden and untested"): 0,
        ("last_proof_timestamp_seconds", "lincoln", "toms"): start + hour,
        ("last_try_worked", "lincoln", "toms"): 1,
        ("last_try_worked", "lincoln", "district"): 0,
        ("last_run_timestamp_seconds", "lincoln", "district"): start + 2 * hour,
        ("last_run_timestamp_seconds", "lincoln", school): start,
        ("last_run_timestamp_seconds", "lincoln", "Hidden and untested"): start,
        ("last_run_timestamp_seconds", "lincoln", "toms"): start + hour,
    }
    assert [key[1:] for key, value in found.items() if key[0] == "state" and value] == [
        ("lincoln", "fine"),
        ("empty", "unknown"),
    ]


def test_a_ledger_that_cannot_be_read_is_a_figure_too(tmp_path: Path) -> None:
    path = tmp_path / "ssrcred.prom"
    path.write_bytes(prometheus.figures(None, START))
    assert figures(path) == {("status_timestamp_seconds",): START.timestamp(), ("ledger_readable",): 0}


@pytest.mark.real("promtool")
def test_promtool_finds_nothing_wrong(tmp_path: Path) -> None:
    path = tmp_path / "ssrcred.prom"
    refused = replace(HELD, tried={"district": Tried(Outcome.REFUSED, START)})
    for conditions in ([at(HELD), at(refused, "refused"), at(Standing(), "empty")], [], None):
        path.write_bytes(prometheus.figures(conditions, START))
        with path.open("rb") as file:
            done = subprocess.run(["promtool", "check", "metrics"], stdin=file, capture_output=True, text=True)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.real("promtool")
def test_the_rules_in_the_guide_are_rules(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[2] / "docs/how-to/monitoring.md").read_text("utf-8")
    [rules] = re.findall(r"^```yaml\n(.*?)^```", guide, re.MULTILINE | re.DOTALL)
    (tmp_path / "rules.yml").write_text(rules, "utf-8")
    done = subprocess.run(["promtool", "check", "rules", str(tmp_path / "rules.yml")], capture_output=True, text=True)
    assert done.returncode == 0 and "4 rules found" in done.stdout, done.stderr
    path = tmp_path / "ssrcred.prom"
    path.write_bytes(prometheus.figures([at(HELD)], START))
    shown = {f"ssrcred_{name}" for name, _, _ in samples(path)}
    named = set(re.findall(r"ssrcred_[a-z_]+_seconds|ssrcred_[a-z]+_readable|ssrcred_state(?=\{)", rules))
    assert named and named <= shown
    assert shown == set(re.findall(r"^\| `(ssrcred_\w+)`", guide, re.MULTILINE))

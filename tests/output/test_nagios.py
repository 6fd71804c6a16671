"""The line is what monitoring reads: held against the monitoring plugins' own library. Every LEA is made up."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pretend import START
from ssrcred.domain.event import Outcome
from ssrcred.domain.lea_status import USUAL, Condition, Limits, Range, State, condition, or_less
from ssrcred.domain.standing import Rotation, Standing, Tried
from ssrcred.output.nagios import LONGEST, each, line, plain, unknown

ZONE = "America/Los_Angeles"
HELD = Standing(current="pair-0001", generated_at=START, proved_at=START)
WORDS = ["OK", "WARNING", "CRITICAL", "UNKNOWN"]

READER = """
use strict; use warnings; use JSON::PP;
use Monitoring::Plugin::Performance; use Monitoring::Plugin::Range; use Monitoring::Plugin::Threshold;
local $SIG{__WARN__} = sub {};
my $asked = decode_json(do { local $/; <STDIN> });
my @perfs = map { [map { my $p = $_; +{map { $_ => defined $p->$_ ? "" . $p->$_ : "" }
    qw(label value uom warning critical min max)} } Monitoring::Plugin::Performance->parse_perfstring($_)] }
    @{$asked->{perfs}};
my @ranges = map { my $r = Monitoring::Plugin::Range->parse_range_string($_);
    defined $r ? [map { $r->check_range($_) ? JSON::PP::true : JSON::PP::false } @{$asked->{values}}] : undef }
    @{$asked->{ranges}};
my @codes = map { Monitoring::Plugin::Threshold->set_thresholds(warning => $_->[0], critical => $_->[1])
    ->get_status($_->[2]) } @{$asked->{thresholds}};
print encode_json({perfs => \\@perfs, ranges => \\@ranges, codes => \\@codes});
"""


def read(**asked: object) -> dict[str, Any]:
    """What the library of the monitoring plugins makes of performance data, ranges and thresholds."""
    words = {"perfs": [], "ranges": [], "values": [], "thresholds": []} | asked
    done = subprocess.run(["perl", "-e", READER], input=json.dumps(words), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def at(age: float, standing: Standing = HELD, limits: Limits = USUAL, lea: str = "lincoln") -> Condition:
    return condition(lea, "Made-up | LEA", 365, ZONE, standing, START + timedelta(days=age), limits)


def said(*conditions: Condition, age: float = 0, limits: Limits = USUAL) -> tuple[str, int]:
    return line(conditions, limits, START + timedelta(days=age))


def strictly_read(text: str, code: int) -> tuple[str, str]:
    """The text and the performance data of a line that keeps to the guidelines."""
    assert "\n" not in text and text.isascii() and text.count("|") <= 1 and len(text) <= 8192
    first, _, perf = text.partition(" | ")
    service, status, rest = first.split(" ", 2)
    assert (service, status) == ("SSRCRED", f"{WORDS[code]}:") and rest
    return rest, perf


@pytest.mark.parametrize(
    ("age", "code", "words"),
    [
        (0, 0, "lincoln 365 days left"),
        (304, 0, "lincoln 61 days left"),
        (305, 1, "lincoln 60 days left"),
        (344, 2, "lincoln 21 days left"),
        (364, 2, "lincoln 1 day left"),
        (366, 2, "lincoln expired 1 day ago"),
    ],
)
def test_the_line_names_the_state_and_the_days(age: int, code: int, words: str) -> None:
    text, exits = said(at(age), age=age)
    assert exits == code
    rest, perf = strictly_read(text, code)
    assert rest.startswith(words)
    assert perf == f"'lincoln_days'={365 - age};61:;22:;;365 'lincoln_proof_age'={age * 86400}s;;;0"


def test_what_is_worse_than_the_days_comes_first() -> None:
    refused = replace(HELD, tried={"toms": Tried(Outcome.REFUSED, START)})
    assert "lincoln rejected at the last check, 365 days left" in said(at(0, refused))[0]
    unfinished = replace(Standing(), rotation=Rotation("pair-0001", Outcome.ASKED, START))
    assert said(at(0, unfinished)) == (
        "SSRCRED CRITICAL: lincoln rotation unfinished, no credentials stored",
        2,
    )
    assert said(at(0, Standing()))[0] == "SSRCRED UNKNOWN: lincoln: no credentials are stored here yet"


def test_of_many_the_worst_are_named_and_the_rest_counted() -> None:
    ages = {"a": 0, "b": 10, "c": 310, "d": 20, "e": 350, "f": 366, "g": 30}
    many = [at(age, lea=lea) for lea, age in ages.items()]
    text, code = said(*many)
    rest, perf = strictly_read(text, code)
    assert code == 2
    assert [part.split()[0] for part in rest.split("; ")[:5]] == ["f", "e", "c", "g", "d"]
    assert rest.endswith("; and 2 more: 2 OK")
    assert perf.count("_days'=") == len(many)
    assert "more" not in line(many, USUAL, START, all_named=True)[0]
    assert each(many[:1])[0].startswith("a (Made-up / LEA): OK, a 365 days left, expires ")


def test_of_very_many_the_figures_are_summed_up() -> None:
    many = [at(number % 400, lea=f"a-rather-long-made-up-name-{number}") for number in range(1000)]
    text, code = said(*many, age=400)
    _, perf = strictly_read(text, code)
    assert len(text) < LONGEST
    assert perf.startswith("'fewest_days'=-34;61:;22: 'ok'=")
    assert perf.endswith("'unknown'=0;;;0;1000")


def test_of_very_many_without_a_pair_there_are_only_counts() -> None:
    many = [at(0, Standing(), lea=f"made-up-{number}") for number in range(200)]
    assert " | " not in said(*many)[0]
    much = [at(0, lea=f"made-up-{number}") for number in range(200)]
    assert said(*many, *much)[0].count("'fewest_days'=365;") == 1


def test_no_lea_at_all_is_unknown() -> None:
    assert said() == ("SSRCRED UNKNOWN: config.toml names no LEA", 3)


def test_nothing_ends_the_line_or_starts_the_figures_early() -> None:
    assert plain("a | b\nc\td") == "a / b c d"
    assert unknown("a|b\n") == "SSRCRED UNKNOWN: a/b"


@pytest.mark.real("monitoring-plugin")
def test_the_monitoring_plugins_read_the_figures_as_they_are_meant() -> None:
    limits = Limits(or_less(90), or_less(7), timedelta(days=1.5))
    ages = {"lincoln": 0.0, "a-b": 366.0, "nothing": 0.0}
    conditions = [at(age, Standing() if lea == "nothing" else HELD, limits, lea) for lea, age in ages.items()]
    _, perf = strictly_read(*said(*conditions, limits=limits))
    assert [(one["label"], one["value"], one["uom"]) for one in read(perfs=[perf])["perfs"][0]] == [
        ("lincoln_days", "365", ""),
        ("lincoln_proof_age", "0", "s"),
        ("a-b_days", "-1", ""),
        ("a-b_proof_age", "0", "s"),
    ]
    lincoln, age = read(perfs=[perf])["perfs"][0][:2]
    assert (lincoln["warning"], lincoln["critical"], lincoln["min"], lincoln["max"]) == ("91:", "8:", "", "365")
    assert (age["warning"], age["critical"], age["min"], age["max"]) == ("129600", "", "0", "")
    many = [at(0, lea=f"made-up-{number}") for number in range(500)]
    summed = read(perfs=[strictly_read(*said(*many))[1]])["perfs"][0]
    assert [(one["label"], one["value"]) for one in summed] == [
        ("fewest_days", "365"),
        ("ok", "500"),
        ("warning", "0"),
        ("critical", "0"),
        ("unknown", "0"),
    ]


RANGES = ["10", "10:", "~:10", "10:20", "@10:20", "@10", "@~:10", "0:", "~:", ":10", "10.5:", "-5:5", "@0:0", "-5:"]
NO_RANGES = ["", ":", "~", "@", "x", "10:5", "1:2:3", "10-20", "1..2", "10:~", "--1:", "@@1", "1e"]
VALUES = [-6, -5, -1, 0, 1, 4, 5, 6, 9, 10, 10.5, 11, 15, 20, 21, 365]


@pytest.mark.real("monitoring-plugin")
def test_ranges_alert_where_the_monitoring_plugins_say_so() -> None:
    theirs = read(ranges=RANGES, values=VALUES)["ranges"]
    assert theirs == [[Range.parse(text).alerts(value) for value in VALUES] for text in RANGES]
    again = read(ranges=[str(Range.parse(text)) for text in RANGES], values=VALUES)["ranges"]
    assert again == theirs


@pytest.mark.parametrize("text", NO_RANGES)
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Range.parse(text)


@pytest.mark.real("monitoring-plugin")
def test_the_days_are_judged_as_the_monitoring_plugins_would() -> None:
    pairs = [("61:", "22:"), ("~:300", "~:350"), ("@0:60", "@0:21"), ("10", "400")]
    ages = (0, 14, 16, 64, 66, 304, 305, 343, 344, 364, 365)
    asked = [(warn, critical, 365 - age) for warn, critical in pairs for age in ages]
    ours = [
        line([at(age, limits=limits)], limits, START)[1]
        for warn, critical in pairs
        for age in ages
        if (limits := Limits(Range.parse(warn), Range.parse(critical)))
    ]
    assert ours == read(thresholds=asked)["codes"]


def states(conditions: Iterable[Condition]) -> list[State]:
    return [one.state for one in conditions]


def test_an_old_proof_is_unknown_unless_it_is_worse_already() -> None:
    limits = Limits(or_less(60), or_less(21), timedelta(days=2.5))
    never = replace(HELD, proved_at=None)
    assert states([at(2.5, HELD, limits), at(2.6, HELD, limits), at(350, HELD, limits), at(0, never, limits)]) == [
        State.FINE,
        State.UNKNOWN,
        State.CRITICAL,
        State.UNKNOWN,
    ]
    assert at(2.6, HELD, limits).why == "the last successful test is too old"
    assert at(0, never, limits).why == "the credentials were never tested successfully"


def test_fractions_of_days_count_whole_days() -> None:
    half = Limits(or_less(60.5), or_less(0.5))
    assert [str(half.warn), str(half.critical)] == ["61:", "1:"]
    assert states([at(304, limits=half), at(305, limits=half), at(364, limits=half), at(365, limits=half)]) == [
        State.FINE,
        State.DUE,
        State.DUE,
        State.CRITICAL,
    ]


def test_a_ledger_from_the_future_is_unknown_whatever_it_says() -> None:
    from ssrcred.domain.lea_status import judged

    later = (START + timedelta(minutes=5)).isoformat()
    refused = replace(HELD, tried={"toms": Tried(Outcome.REFUSED, START)})
    for standing in (HELD, refused):
        one = judged(Condition("lincoln", "Made-up", 365, ZONE), standing.to_json(), later, START)
        assert one.state is State.UNKNOWN and "in the future" in one.why
    soon = (START + timedelta(seconds=50)).isoformat()
    assert judged(Condition("l", "M", 365, ZONE), HELD.to_json(), soon, START).state is State.FINE
    assert isinstance(one.last_at, datetime)


@pytest.mark.real("icinga2")
def test_icinga_reads_the_figures() -> None:
    limits = Limits(or_less(60), or_less(21), timedelta(days=2))
    few = said(
        at(0, limits=limits), at(366, lea="a-b", limits=limits), at(0, Standing(), limits, "empty"), limits=limits
    )
    many = said(*(at(0, lea=f"made-up-{number}") for number in range(500)))
    figures = [figure for text, _ in (few, many) for figure in text.partition(" | ")[2].split(" ")]
    asked = f"{json.dumps(figures)}.map(x => parse_performance_data(x))"
    done = subprocess.run(["icinga2", "console", "--eval", asked], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert [(one["label"], one["value"], one["unit"], one["max"]) for one in json.loads(done.stdout)] == [
        ("lincoln_days", 365, "", 365),
        ("lincoln_proof_age", 0, "seconds", None),
        ("a-b_days", -1, "", 365),
        ("a-b_proof_age", 0, "seconds", None),
        ("fewest_days", 365, "", None),
        ("ok", 500, "", 500),
        ("warning", 0, "", 500),
        ("critical", 0, "", 500),
        ("unknown", 0, "", 500),
    ]


@pytest.mark.real("icinga2")
def test_icinga_takes_the_definition_in_the_guide() -> None:
    guide = (Path(__file__).parents[2] / "docs/how-to/monitoring.md").read_text("utf-8")
    [definition] = re.findall(r"^object CheckCommand .*?^}\n", guide, re.MULTILINE | re.DOTALL)
    host = 'object Host "made-up" { check_command = "ssrcred"\nvars.ssrcred_lea = ["lincoln"] }\n'
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made-up.conf"
        path.write_text(definition + host, "utf-8")
        path.parent.chmod(0o755)  # Icinga gives root's rights away before it reads
        done = subprocess.run(["icinga2", "daemon", "-C", "-c", str(path)], capture_output=True, text=True)
    assert done.returncode == 0 and "Instantiated 1 CheckCommand." in done.stdout, done.stdout

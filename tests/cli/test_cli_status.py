"""`status` for people and for machines: a table, one document, one line, one file. Every LEA is made up."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.desk import Desk
from cli.test_cli_main import HEAVY, python
from cli.test_cli_screens import compare
from ssrcred.adapters.ledger.book import Ledger
from ssrcred.check import main as check
from ssrcred.domain.event import Event, Outcome, Step
from ssrcred.domain.place import PlaceStanding
from ssrcred.domain.standing import Rotation, Standing, Tried

PAIR = "pair-0001"


def held(at: datetime, proved_at: datetime | None = None) -> Standing:
    places = {"district": PlaceStanding(Outcome.WRITTEN, at, PAIR, "made_up", confirmed=True)}
    return Standing(current=PAIR, generated_at=at, proved_at=proved_at or at, places=places)


def county(desk: Desk) -> None:
    """Six LEAs, one in each state and one of which nothing is known."""
    now, day = desk.at, timedelta(days=1)
    refused = Standing(current=PAIR, generated_at=now, proved_at=now, tried={"toms": Tried(Outcome.REFUSED, now)})
    unfinished = Standing(rotation=Rotation(PAIR, Outcome.STORED, now, now))
    standings = {
        "alder": held(now - 10 * day),
        "birch": held(now - 310 * day, now - 2 * day),
        "cedar": held(now - 350 * day),
        "dogwood": held(now - 367 * day),
        "elm": refused,
        "fir": unfinished,
    }
    desk.home.mkdir()
    sections = [
        f'[lea.{key}]\nname = "Made-up {key}"\ncds = "{19_00000_0000000 + number}"\n'
        for number, key in enumerate([*standings, "grove"])
    ]
    sections[0] += 'group = "North"\n'
    sections[1] = sections[1].replace('"19', '"15') + 'group = "North"\n'
    (desk.home / "config.toml").write_text("".join(sections), "utf-8")
    with Ledger(desk.home / "ledger.sqlite", actor="made-up") as ledger:
        for key, standing in standings.items():
            ledger.append(key, Event(Step.FINISH, Outcome.FINISHED, now - 2 * day), standing.to_json())


@pytest.fixture
def many(bare: Desk) -> Desk:
    county(bare)
    return bare


@pytest.mark.parametrize(
    ("words", "keys", "code"),
    [
        (("--state", "fine"), ["alder"], 0),
        (("--state", "due", "--state", "unfinished"), ["birch", "fir"], 2),
        (("--due-within", "60"), ["birch", "cedar", "dogwood"], 2),
        (("--due-within", "60", "--state", "due"), ["birch"], 1),
        (("--state", "unknown"), ["grove"], 3),
        (("--state", "fine", "--due-within", "10"), [], 0),
        (("--group", "north"), ["alder", "birch"], 1),
        (("--group", "Kern", "--group", "NORTH"), ["alder", "birch"], 1),
        (("--group", "los angeles", "--due-within", "60"), ["cedar", "dogwood"], 2),
    ],
)
def test_only_those_that_fit_are_shown_and_counted(
    many: Desk, words: tuple[str, ...], keys: list[str], code: int
) -> None:
    ran = many.run("status", "--all", *words, "--json")
    assert ([one["lea"] for one in ran.document["leas"]], ran.code) == (keys, code)
    ran = many.run("status", "--all", *words)
    assert ran.code == code and (
        f"{len(keys)} LEA" in ran.out or ran.out == "No LEA fits --state, --due-within and --group.\n"
    )


def test_a_filter_is_for_all_of_them_and_not_for_monitoring(many: Desk) -> None:
    for words in (("--state", "fine"), ("--all", "--state", "well")):
        assert many.run("status", *words).code == 2
    ran = many.run("status", "--all", "--nagios", "--due-within", "9")
    assert ran.code == 3 and ran.out.startswith("SSRCRED UNKNOWN: --state, --due-within and --group exclude")


def test_a_group_that_nobody_is_in_is_an_error_and_no_good_news(many: Desk) -> None:
    assert many.run("status", "--group", "north").code == 2
    for command in ("status", "verify"):
        ran = many.run(command, "--all", "--group", "nort")
        assert (ran.code, ran.error["error"]) == (2, "No LEA is in a group 'nort'; did you mean North?")
        assert "There are: Kern, Los Angeles, North." in ran.error["hint"]


def test_a_group_whose_only_lea_has_a_wrong_section_is_told_with_that_section(many: Desk) -> None:
    with many.config.open("a", encoding="utf-8") as file:
        file.write('[lea.holly]\nname = "Made-up holly"\ncds = "12"\ngroup = "South"\n')
    commands = (("status",), ("verify",), ("report", str(many.home / "page.html")))
    for ran in (
        many.run(*words, *(() if words[0] == "report" else ("--all",)), "--group", "south") for words in commands
    ):
        assert ran.code == 2 and "No LEA is in a group 'south'" in ran.error["error"]
        assert "config.toml has a problem in lea.holly, whose group is not known" in ran.error["error"]
        assert ran.error["hint"].startswith("To see every problem, type: ssrcred doctor.")
    config = many.config.read_text("utf-8")
    many.config.write_text(config[config.index("[lea.holly]") :], "utf-8")
    ran = many.run("verify", "--all", "--group", "south")
    assert ran.code == 2 and "lea.holly" in ran.error["error"] and "There are" not in ran.error["hint"]


def test_an_lea_whose_section_is_wrong_may_be_in_any_group(many: Desk) -> None:
    with many.config.open("a", encoding="utf-8") as file:
        file.write('[lea.holly]\nname = "Made-up holly"\ncds = "12"\n')
    for _ in range(2):
        ran = many.run("status", "--all", "--group", "north", "--json")
        assert [one["lea"] for one in ran.document["leas"]] == ["alder", "birch", "holly"]


def test_a_table_of_many_has_a_bar_for_each_and_the_worst_first(many: Desk) -> None:
    ran = many.sit("status", "--all")
    assert ran.code == 2
    compare("status_all", ran.screen)
    plain = many.run("status", "--all")
    assert [one.split()[0] for one in plain.out.splitlines()[1:]][:2] == ["elm", "fir"]


def test_one_document_of_many(many: Desk) -> None:
    ran = many.run("status", "--all", "--json")
    assert ran.code == 2 and ran.document["worst"] == "refused"
    by_key = {one["lea"]: one for one in ran.document["leas"]}
    assert {key: one["state"] for key, one in by_key.items()} == {
        "alder": "fine",
        "birch": "due",
        "cedar": "critical",
        "dogwood": "expired",
        "elm": "refused",
        "fir": "unfinished",
        "grove": "unknown",
    }
    assert by_key["elm"]["refused"] == ["toms"]
    assert by_key["fir"]["unfinished"] == {"reached": "stored", "stored": True, "since": "2026-11-21T20:00:00Z"}
    assert by_key["grove"]["why"] == "no credentials are stored here yet" and by_key["alder"]["why"] is None
    assert by_key["birch"]["last_proof"] == by_key["birch"]["last_run"] == "2026-11-19T20:00:00Z"


def test_one_line_for_monitoring(many: Desk) -> None:
    for key, code in {"alder": 0, "birch": 1, "cedar": 2, "dogwood": 2, "elm": 2, "fir": 2, "grove": 3}.items():
        ran = many.run("status", "--nagios", "--lea", key)
        assert (ran.code, ran.err, ran.out.count("\n")) == (code, "", 1)
        assert re.match(rf"SSRCRED (OK|WARNING|CRITICAL|UNKNOWN): {key}\b.+", ran.out)
        assert (f" | '{key}_days'=" in ran.out) == (key != "grove")
    assert many.run("status", "--nagios", "--all").code == 2


def test_the_line_is_the_plugins_own(
    many: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    many.at = datetime.now(UTC)
    monkeypatch.setenv("SSRCRED_HOME", str(many.home))
    ours = many.run("status", "--nagios", "--all", "--warn", "90", "--crit", "7").out
    check(["-w", "91:", "-c", "8:"])
    ages = re.compile(r"_age'=\d+s")  # a second may have passed between the two
    assert ages.sub("", capsys.readouterr().out) == ages.sub("", ours)


def test_warnings_come_when_they_are_asked_for(many: Desk) -> None:
    def code(*words: str) -> int:
        return many.run("status", "--lea", "birch", *words).code

    assert code("--warn", "54.5") == 0
    assert code("--warn", "55") == 1
    assert code("--warn", "100", "--crit", "55.9") == 2
    assert code("--max-age", "2.5") == 1
    assert code("--max-age", "1.5") == 3


@pytest.mark.parametrize(
    "words",
    [
        ("--warn", "21"),
        ("--warn", "30", "--crit", "30"),
        ("--crit", "60"),
        ("--crit", "-1"),
        ("--warn", "nan"),
        ("--warn", "inf"),
        ("--max-age", "0"),
        ("--max-age", "nan"),
        ("--warn", "soon"),
        ("--lea", "nobody"),
        ("--bogus",),
    ],
)
def test_what_makes_no_sense_is_two_and_for_monitoring_unknown(many: Desk, words: tuple[str, ...]) -> None:
    ran = many.run("status", "--all", *words) if words[0] != "--lea" else many.run("status", *words)
    assert ran.code == 2 and ran.out == "" and ran.error["error"]
    for line in (many.run("status", "--nagios", *words), many.run("status", *words, "--nagios")):
        assert line.code == 3 and line.err == ""
        assert line.out.startswith("SSRCRED UNKNOWN: ") and line.out.count("\n") == 1


def test_a_line_and_a_document_are_not_asked_for_at_once(many: Desk) -> None:
    assert many.run("status", "--all", "--nagios", "--json").code == 3


Spoil = Callable[[Path], object]


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda path: path.write_bytes(b""), "The history file is empty, or is not a history file."),
        (lambda path: path.write_bytes(path.read_bytes()[:5000]), "The history file is damaged."),
    ],
)
def test_a_ledger_that_cannot_be_read_is_unknown_in_every_form(many: Desk, spoil: Spoil, why: str) -> None:
    spoil(many.home / "ledger.sqlite")
    ran = many.run("status", "--all")
    assert ran.code == 3 and ran.error["error"] == why
    document = many.run("status", "--all", "--json")
    assert document.code == 3 and document.document["error"]["code"] == "ledger_damaged"
    assert document.document["error"]["exit"] == 3
    line = many.run("status", "--all", "--nagios")
    assert line.code == 3 and line.out.startswith(f"SSRCRED UNKNOWN: {why}") and line.out.count("\n") == 1
    file = many.home / "ssrcred.prom"
    assert many.run("status", "--all", "--prometheus", str(file)).code == 3
    assert "\nssrcred_ledger_readable 0.0\n" in file.read_text()


def test_a_ledger_that_is_missing_or_from_the_future_is_unknown(many: Desk) -> None:
    many.at -= timedelta(days=3)
    ran = many.run("status", "--lea", "alder", "--nagios")
    assert ran.code == 3 and "alder: the history ends in the future" in ran.out
    many.at += timedelta(days=3)
    (many.home / "ledger.sqlite").unlink()
    ran = many.run("status", "--lea", "alder", "--json")
    assert ran.code == 3 and ran.document["leas"][0]["why"] == "no credentials are stored yet"
    assert not (many.home / "ledger.sqlite").exists()


def test_no_config_is_unknown_to_monitoring(bare: Desk) -> None:
    ran = bare.run("status", "--nagios")
    assert ran.code == 3 and ran.out.startswith("SSRCRED UNKNOWN: There is no config.toml yet.")


def test_figures_are_written_quietly_and_beside_another_form(many: Desk) -> None:
    file = many.home / "ssrcred.prom"
    ran = many.run("status", "--all", "--prometheus", str(file))
    assert (ran.code, ran.out, ran.err) == (2, "", "")
    assert 'ssrcred_expiry_timestamp_seconds{lea="alder",place="district"}' in file.read_text()
    ran = many.run("status", "--lea", "alder", "--prometheus", str(file), "--json")
    assert ran.code == 0 and ran.document["worst"] == "fine"
    ran = many.run("status", "--all", "--prometheus", str(many.home / "nowhere" / "x.prom"))
    assert ran.code == 2 and ran.error["state"] == "What was there is as it was."


LIGHT = (
    *HEAVY,
    "asyncio",
    "dataclasses_json",
    "logging",
    "ssrcred.domain.standing",
    "ssrcred.workflows.workflow",
    "ssrcred.adapters.vault",
    "tomllib",
)


@pytest.mark.parametrize("form", ["--json", "--nagios"])
def test_for_machines_next_to_nothing_is_imported(many: Desk, form: str) -> None:
    code = (
        f"import sys; before = set(sys.modules); from ssrcred.cli.main import main; "
        f"code = main(['status', '--all', {form!r}]); "
        f"print(code, sorted(set({LIGHT!r}) & set(sys.modules) - before), file=sys.stderr)"
    )
    config = many.home / "config.toml"
    from ssrcred.app import lea_cache, lea_conditions

    lea_cache.read(str(config), str(many.home / lea_cache.NAME), lea_conditions._load, config.stat().st_ctime + 10)
    done = python(code, SSRCRED_HOME=str(many.home))
    assert done.stderr == "2 []\n"
    assert done.stdout.count("\n") == 1 or json.loads(done.stdout)["worst"]


def test_figures_need_no_keyring_and_none_of_our_own_network(many: Desk) -> None:
    file = str(many.home / "ssrcred.prom")
    code = (
        f"import sys; from ssrcred.cli.main import main; code = main(['status', '--all', '--prometheus', {file!r}]); "
        "print(code, sorted({'keyring', 'httpx', 'rich', 'aiohttp', 'pyrage'} & set(sys.modules)), file=sys.stderr)"
    )
    assert python(code, SSRCRED_HOME=str(many.home)).stderr == "2 []\n"


def test_a_bug_is_unknown_to_monitoring(many: Desk) -> None:
    code = (
        "import sys; sys.argv[1:] = ['status', '--all', '--nagios']\n"
        "from ssrcred.cli.main import program\n"
        "import ssrcred.app.lea_conditions; ssrcred.app.lea_conditions.glance = None\n"
        "sys.exit(program())"
    )
    done = python(code, SSRCRED_HOME=str(many.home))
    assert done.returncode == 3 and done.stdout.startswith("SSRCRED UNKNOWN: This is a bug in ssrcred")


def test_a_mistake_in_one_section_hides_no_other(many: Desk) -> None:
    with (many.home / "config.toml").open("a") as config:
        config.write('[lea.hazel]\nname = "Made-up hazel"\n')
    by_key = {one["lea"]: one for one in many.run("status", "--all", "--json").document["leas"]}
    assert by_key["hazel"]["state"] == "unknown"
    assert by_key["hazel"]["why"] == "config.toml has a problem: lea.hazel.cds: is missing"
    assert by_key["alder"]["state"] == "fine"
    assert many.run("status", "--lea", "alder").code == 0
    ran = many.run("status", "--lea", "hazel")
    assert ran.code == 3 and ran.error["error"] == "config.toml has a problem: lea.hazel.cds: is missing."
    assert not (many.home / "roll.json").exists()

"""The plugin keeps to the monitoring plugins' conventions, reads little and starts fast. Every LEA is made up."""

from __future__ import annotations

import io
import json
import os
import re
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ssrcred import __version__, check
from ssrcred.adapters.config import home
from ssrcred.adapters.ledger.book import Ledger
from ssrcred.adapters.ledger.reader import glance
from ssrcred.app import lea_cache, lea_conditions
from ssrcred.cli.quick_status import brief
from ssrcred.domain.errors import ConfigInvalid, LedgerDamaged
from ssrcred.domain.event import Event, Outcome, Step
from ssrcred.domain.lea_status import State
from ssrcred.domain.standing import Standing

ZONE = "America/Los_Angeles"
Check = Callable[..., tuple[int, str]]


def write_config(folder: Path, *keys: str) -> None:
    text = "".join(
        f'[lea.{key}]\nname = "Made-up {key}"\ncds = "{19_00000_0000000 + number}"\n' for number, key in enumerate(keys)
    )
    (folder / "config.toml").write_text(text, "utf-8")


def remember(folder: Path, key: str, age: timedelta, *, at: datetime | None = None) -> None:
    """Put a finished rotation into the ledger: a pair generated and proved `age` ago."""
    moment = datetime.now(UTC) - age
    standing = Standing(current="pair-0001", generated_at=moment, proved_at=moment)
    with Ledger(folder / "ledger.sqlite", actor="made-up") as ledger:
        ledger.append(key, Event(Step.FINISH, Outcome.FINISHED, at or moment), standing.to_json())


@pytest.fixture
def checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Check]:
    """Run the check in a home with two LEAs, one fine and one due; gives its exit code and output."""
    write_config(tmp_path, "lincoln", "washington")
    remember(tmp_path, "lincoln", timedelta(days=10))
    remember(tmp_path, "washington", timedelta(days=310))
    monkeypatch.setenv("SSRCRED_HOME", str(tmp_path))

    def run(*words: str) -> tuple[int, str]:
        code = check.main(words)
        said = capsys.readouterr()
        assert said.err == "" and said.out.endswith("\n")
        return code, said.out[:-1]

    yield run


def test_every_lea_is_checked_unless_some_are_named(checked: Check) -> None:
    code, said = checked()
    assert code == 1 and said.startswith("SSRCRED WARNING: washington 55 days left, expires ")
    assert "; lincoln 355 days left" in said and "\n" not in said
    assert checked("--lea", "lincoln")[0] == 0
    code, said = checked("--lea=lincoln", "--lea=washington")
    assert code == 1 and said.count("_days'=") == 2


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("-w", "56:", "-c", "22:"), 1),
        (("-w", "55:", "-c", "22:"), 0),
        (("--warning=56:", "--critical=10:"), 1),
        (("-w61:", "-c56:"), 2),
        (("-c", "~:300", "-w", "~:400"), 2),
        (("-w", "@0:60", "-c", "@0:10"), 1),
        (("-w", "365"), 0),
        (("--max-age", "11"), 3),
        (("--max-age", "310.5"), 1),
    ],
)
def test_ranges_and_the_age_of_the_proof_decide(checked: Check, words: tuple[str, ...], code: int) -> None:
    assert checked(*words)[0] == code


def test_each_v_says_more(checked: Check) -> None:
    assert "\n" not in checked("-v")[1]
    first, *rest = checked("-vv")[1].splitlines()
    assert first.startswith("SSRCRED WARNING: ") and [one.split()[0] for one in rest] == ["lincoln", "washington"]
    assert checked("-v", "-v", "--verbose")[1].splitlines()[-1].endswith("ledger.sqlite")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--bogus",), "Option --bogus not recognized."),
        (("-w",), "Option -w requires argument."),
        (("-w", "x"), "-w x: is no range."),
        (("-c", "5:1"), "-c 5:1: is no range."),
        (("-w", "5:", "-c", "5:"), "-w 5: can never apply: -c 5: comes first."),
        (("-t", "0"), "-t 0: must be a number above 0."),
        (("--max-age", "nan"), "--max-age nan: must be a number above 0."),
        (("--max-age", "x"), "--max-age x: must be a number above 0."),
        (("lincoln",), "lincoln is no option."),
        (("--lea", "nobody"), "There is no LEA 'nobody' in config.toml. There are: lincoln, washington."),
    ],
)
def test_a_wrong_word_is_unknown_in_one_line(checked: Check, words: tuple[str, ...], why: str) -> None:
    code, said = checked(*words)
    assert code == 3 and said.startswith(f"SSRCRED UNKNOWN: {why}") and "\n" not in said


def test_help_and_version_are_unknown_too(checked: Check) -> None:
    assert checked("-V") == checked("--version") == (3, f"check_ssrcred v{__version__} (ssrcred {__version__})")
    code, said = checked("-h")
    assert code == 3 and checked("--help")[1] == said
    for option in ("-h", "-V", "-w", "-c", "-t", "-v", "--lea", "--max-age"):
        assert re.search(rf"^ +{option}\b", said, re.M) or f" {option}=" in said, option
    assert max(len(one) for one in said.splitlines()) <= 120 and said.isascii()


def unknown(ran: tuple[int, str], why: str) -> None:
    code, said = ran
    assert code == 3 and said.startswith("SSRCRED UNKNOWN: ") and why in said and "\n" not in said


def test_what_cannot_be_read_is_unknown(checked: Check, tmp_path: Path) -> None:
    ledger, config = tmp_path / "ledger.sqlite", tmp_path / "config.toml"
    whole = ledger.read_bytes()
    ledger.unlink()
    unknown(checked(), "no credentials are stored yet")
    assert not ledger.exists()
    ledger.write_bytes(b"")
    unknown(checked(), "The history file is empty, or is not a history file.")
    ledger.write_bytes(whole[: len(whole) // 2])
    unknown(checked(), "The history file is damaged.")
    ledger.write_bytes(whole)
    with sqlite3.connect(ledger) as connection:
        connection.execute("PRAGMA user_version = 99")
    unknown(checked(), "written by a newer version of ssrcred")
    ledger.unlink()
    ledger.mkdir()
    unknown(checked(), "The history file cannot be opened.")
    ledger.rmdir()
    config.write_text("[lea.lincoln]\nname = 1\n", "utf-8")
    unknown(checked(), "config.toml has")
    config.unlink()
    unknown(checked(), "There is no config.toml yet.")


def test_a_ledger_from_the_future_is_unknown(checked: Check, tmp_path: Path) -> None:
    remember(tmp_path, "lincoln", timedelta(0), at=datetime.now(UTC) + timedelta(hours=1))
    unknown(checked("--lea", "lincoln"), "the history ends in the future")


def test_a_record_of_another_version_is_unknown(checked: Check, tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.sqlite", actor="made-up") as ledger:
        ledger.append("lincoln", Event(Step.FINISH, Outcome.FINISHED, datetime.now(UTC)), {"from": "another version"})
    unknown(checked(), "cannot be read by this version of ssrcred")


def program(folder: Path, *words: str, before: str = "pass") -> subprocess.CompletedProcess[str]:
    """The check as a monitoring system starts it."""
    code = f"import sys; sys.argv[1:] = {list(words)!r}; {before}; from ssrcred.check import program; program()"
    environ = {**os.environ, "SSRCRED_HOME": str(folder)}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environ)


def test_the_program_imports_nothing_that_is_dear(checked: Check, tmp_path: Path) -> None:
    time_of_change = (tmp_path / "config.toml").stat().st_mtime
    entries = lea_cache.read(
        str(tmp_path / "config.toml"), str(tmp_path / lea_cache.NAME), lea_conditions._load, time_of_change + 10
    )  # makes the copy, as the first check after two seconds would
    assert list(entries) == ["lincoln", "washington"]
    dear = {"typer", "click", "argparse", "dataclasses", "typing", "pathlib", "inspect", "tomllib", "logging", "ssl"}
    dear |= {"keyring", "httpx", "rich", "platformdirs", "filelock", "hashlib", "socket", "subprocess", "shutil"}
    before = f"import atexit; atexit.register(lambda: print(sorted({dear!r} & set(sys.modules))))"
    # -S: what this environment's own .pth files import is no doing of ours.
    code = f"import sys; sys.path[1:1] = {sys.path[1:]!r}; {before}; from ssrcred.check import program; program()"
    environ = {"SSRCRED_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, env=environ)
    assert done.returncode == 1 and done.stderr == ""
    assert done.stdout.splitlines()[1:] == ["[]"]


def test_a_bug_is_unknown_in_one_line(checked: Check, tmp_path: Path) -> None:
    broken = "import ssrcred.app.lea_conditions; ssrcred.app.lea_conditions.glance = None"
    done = program(tmp_path, before=broken)
    assert done.returncode == 3 and done.stdout == "SSRCRED UNKNOWN: A bug in ssrcred: TypeError.\n"
    assert done.stderr == ""


def test_it_gives_up_in_time(checked: Check, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        done = program(tmp_path, "-t", "0.2")
        writer.execute("ROLLBACK")
    assert done.returncode == 3 and done.stdout.count("\n") == 1
    assert "within 0.2 seconds" in done.stdout or "Another program is using the history file." in done.stdout


def test_the_deadline_says_nothing_once_the_answer_is_there(checked: Check) -> None:
    saying = threading.Lock()
    with saying:
        check._deadline(0.0, saying)  # else it would have ended this process


# The lea_list.


def counted(entries: list[lea_cache.Entry]) -> tuple[Callable[[str], list[lea_cache.Entry]], list[str]]:
    calls: list[str] = []

    def load(path: str) -> list[lea_cache.Entry]:
        calls.append(path)
        return entries

    return load, calls


def test_the_copy_is_used_until_config_changes(tmp_path: Path) -> None:
    config, copy = tmp_path / "config.toml", tmp_path / lea_cache.NAME
    config.write_text("made-up", "utf-8")
    entry = lea_cache.Entry("lincoln", "Lincoln é", 90, ZONE, groups=("north", "Kern"))
    load, calls = counted([entry])
    now = config.stat().st_ctime + 1
    assert list(lea_cache.read(str(config), str(copy), load, now)) == ["lincoln"]
    assert not copy.exists()  # changed too lately
    for _ in range(3):
        found = lea_cache.read(str(config), str(copy), load, now + 10)["lincoln"]
        assert (found.name, found.lifetime_days, found.timezone) == ("Lincoln é", 90, ZONE)
        assert found.groups == ("north", "Kern")
    assert len(calls) == 2
    if os.name == "posix":
        assert copy.stat().st_mode & 0o777 == 0o600
    was = config.stat()
    config.write_text("up-made", "utf-8")
    os.utime(config, ns=(was.st_atime_ns, was.st_mtime_ns))
    lea_cache.read(str(config), str(copy), load, now + 10)
    assert len(calls) == 3  # same size and time of change, and yet another file


@pytest.mark.parametrize("text", ["", "{", "[]", '{"edition": 1}', '{"edition": 2, "of": [], "leas": []}', "null"])
def test_a_copy_that_does_not_hold_is_left_alone(tmp_path: Path, text: str) -> None:
    config, copy = tmp_path / "config.toml", tmp_path / lea_cache.NAME
    config.write_text("made-up", "utf-8")
    copy.write_text(text, "utf-8")
    load, calls = counted([lea_cache.Entry("lincoln", "Lincoln", 365, ZONE)])
    assert list(lea_cache.read(str(config), str(copy), load, 0.0)) == ["lincoln"] and calls


def made_copy(folder: Path) -> tuple[list[lea_cache.Entry], Path, Callable[[], Mapping[str, lea_cache.Entry]]]:
    """Three LEAs, the copy that is made of them, and how it is read: what it does not give is not there at all."""
    config, copy = folder / "config.toml", folder / lea_cache.NAME
    config.write_text("made-up", "utf-8")
    entries = [
        lea_cache.Entry("b", 'A "quoted", name\n["c", ', 90, ZONE, groups=("north", "Kern")),
        lea_cache.Entry("b-1", "Cañada", 365, ZONE, terminal_days=3, needs_route=True),
        lea_cache.Entry("a", "", 365, ZONE),
    ]
    now = config.stat().st_ctime + 10
    lea_cache.read(str(config), str(copy), counted(entries)[0], now)
    return entries, copy, lambda: lea_cache.read(str(config), str(copy), counted([])[0], now)


def test_the_copy_gives_each_lea_as_it_was_in_any_order(tmp_path: Path) -> None:
    entries, copy, read = made_copy(tmp_path)
    found = read()
    assert list(found) == ["a", "b", "b-1"] and len(found) == 3 and json.loads(copy.read_text("utf-8"))["leas"]
    for entry in [*entries, *reversed(entries)]:
        assert all(getattr(found[entry.key], name) == getattr(entry, name) for name in lea_cache.Entry.__slots__)
    for strange in ("", "c", "b-", '"b"', 'b", "A', "ñ", "\n"):
        assert strange not in found


def test_a_copy_with_any_part_damaged_or_cut_off_is_none(tmp_path: Path) -> None:
    _, copy, read = made_copy(tmp_path)
    whole = copy.read_bytes()
    for at in range(len(whole)):
        for damaged in (whole[:at], whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]):
            copy.write_bytes(damaged)
            assert read() == {}


def test_one_lea_of_the_copy_is_found_without_reading_the_others(tmp_path: Path) -> None:
    _, _, read = made_copy(tmp_path)
    found, seen = read(), []

    class Watched(Mapping[str, lea_cache.Entry]):
        def __getitem__(self, key: str) -> lea_cache.Entry:
            seen.append(key)
            return found[key]

        def __iter__(self) -> Iterator[str]:
            raise AssertionError("all of them were listed")

        def __len__(self) -> int:
            raise AssertionError("all of them were counted")

    assert lea_cache.picked(Watched(), {}, "b") == lea_cache.picked(Watched(), {"SSRCRED_LEA": "b"}) == ["b"]
    assert set(seen) == {"b"}


def test_where_no_copy_can_be_kept_none_is(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("made-up", "utf-8")
    load, calls = counted([lea_cache.Entry("lincoln", "Lincoln", 365, ZONE)])
    for copy in (tmp_path / "nowhere" / lea_cache.NAME, tmp_path / "folder"):
        (tmp_path / "folder").mkdir(exist_ok=True)
        assert list(lea_cache.read(str(config), str(copy), load, config.stat().st_ctime + 10)) == ["lincoln"]
    assert len(calls) == 2
    assert sorted(one.name for one in tmp_path.iterdir()) == ["config.toml", "folder"]


def test_a_config_that_is_not_sound_is_not_copied(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[lea.x]\n", "utf-8")
    environ = {"SSRCRED_HOME": str(tmp_path)}
    with pytest.raises(ConfigInvalid):
        list(lea_conditions.survey(environ, list, datetime(2060, 1, 1, tzinfo=UTC)))
    assert not (tmp_path / lea_cache.NAME).exists()


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"XDG_CONFIG_HOME": "/made/up/config", "XDG_DATA_HOME": "/made/up/data"},
        {"XDG_CONFIG_HOME": "relative", "XDG_DATA_HOME": ""},
        {"SSRCRED_HOME": "/made/up"},
        {"SSRCRED_HOME": "~/made-up"},
        {"SSRCRED_HOME": "made-up"},
    ],
)
def test_the_files_are_where_the_rest_of_the_program_has_them(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    theirs = home(os.environ)
    assert lea_conditions.files(os.environ) == (str(theirs.config), str(theirs.ledger))
    assert lea_cache.files({}, "darwin") is None


# The glance.


def test_a_glance_sees_what_the_ledger_says(tmp_path: Path) -> None:
    path = tmp_path / "a%20?#b" / "ledger.sqlite"
    assert list(glance(str(path), ["a", "b"])) == [(None, None), (None, None)]
    path.parent.mkdir()
    for key in ("b", "d", "a"):
        remember(path.parent, key, timedelta(days=1))
    with Ledger.readonly(path) as ledger:
        known = {
            key: (standing, next(iter(ledger.events(key))).event.at.isoformat())
            for key, standing in ledger.standings().items()
        }
    for leas in (["a", "b", "d"], ["b"], ["nobody"], [], ["0", "a", "c", "d", "e"], ["b", "c"]):
        assert list(glance(str(path), leas)) == [known.get(lea, (None, None)) for lea in leas]


def test_a_glance_notices_what_was_edited(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    for key in ("lincoln", "madera", "napa"):
        remember(tmp_path, key, timedelta(days=1))
    with sqlite3.connect(path) as connection:
        connection.execute(
            "UPDATE standings SET standing = replace(standing, 'pair-0001', 'pair-0002') WHERE lea = 'madera'"
        )
    for leas in (["madera"], ["lincoln", "madera"], ["lincoln", "madera", "napa"], ["napa", "oakland"], ["a", "b"]):
        with pytest.raises(LedgerDamaged, match="was changed"):
            list(glance(str(path), leas))
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM standings WHERE lea <> 'lincoln'")
    for leas in (["madera"], ["lincoln", "madera"], ["a", "b"], []):
        with pytest.raises(LedgerDamaged):
            list(glance(str(path), leas))


def test_what_is_found_missing_at_the_end_leaves_no_half_an_answer(checked: Check, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "ledger.sqlite") as connection:
        connection.execute("DELETE FROM standings WHERE lea = 'washington'")
    out = io.StringIO()
    assert brief(["--all", "--json"], {"SSRCRED_HOME": str(tmp_path)}, datetime.now(UTC), out) is None
    assert out.getvalue() == ""


def test_a_glance_reads_no_more_of_a_long_past(tmp_path: Path) -> None:
    remember(tmp_path, "lincoln", timedelta(days=1))
    with sqlite3.connect(tmp_path / "ledger.sqlite") as connection:
        plans = [
            row[3]
            for query in (
                "SELECT s.lea, e.hash FROM standings s LEFT JOIN events e ON e.number = s.number WHERE s.lea = ?",
                "SELECT 1 FROM events WHERE lea = ?",
            )
            for row in connection.execute(f"EXPLAIN QUERY PLAN {query}", ("lincoln",))
        ]
    assert plans and all(plan.startswith("SEARCH") for plan in plans)


def test_a_survey_agrees_with_the_whole_program(checked: Check, tmp_path: Path) -> None:
    from ssrcred.adapters.config import load
    from ssrcred.domain.lea_status import condition

    environ, now = {"SSRCRED_HOME": str(tmp_path)}, datetime.now(UTC)
    light = list(lea_conditions.survey(environ, sorted, now))
    config = load(tmp_path / "config.toml")
    with Ledger.readonly(tmp_path / "ledger.sqlite") as ledger:
        for one in light:
            lea, standing = config.leas[one.lea], Standing.from_json(ledger.standing(one.lea))
            whole = condition(lea.key, lea.name, lea.lifetime_days, lea.timezone, standing, now)
            assert (one.state, one.days_left, one.expires_at) == (whole.state, whole.days_left, whole.expires_at)
            assert one.standing == standing
    assert [one.state for one in light] == [State.FINE, State.DUE]

"""The memory of reminders: kept beside the events, all or nothing, and two runs are kept apart."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ssrcred.adapters.ledger.auxiliary_store import Reminders, RemindRun
from ssrcred.adapters.ledger.book import Ledger
from ssrcred.adapters.ledger.run_lock import REMINDERS, lock
from ssrcred.domain.errors import LedgerDamaged, LockHeld
from ssrcred.domain.reminder import Unreached

NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
DANA = "mail:dana@lincoln.example"
TOLD = {"pair": "pair-0001", "threshold": 60, "days": {}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "ledger.sqlite"


def test_what_was_told_is_found_again_by_whom_and_about_what(path: Path) -> None:
    memory = Reminders(path)
    assert memory.told(DANA) == {}
    memory.reached(DANA, {"lincoln": TOLD, "adams": {**TOLD, "threshold": 30}})
    memory.reached(DANA, {"adams": {**TOLD, "threshold": 7}})
    memory = Reminders(path)
    assert memory.told(DANA) == {"lincoln": TOLD, "adams": {**TOLD, "threshold": 7}}
    assert memory.told("mail:somebody@lincoln.example") == {}


def test_a_ledger_from_before_reminders_is_taken_and_stays_sound(path: Path) -> None:
    Ledger(path, actor="dana").close()
    memory = Reminders(path)
    memory.reached(DANA, {"lincoln": TOLD})
    with Ledger.readonly(path) as ledger:
        ledger.check()
    assert path.stat().st_mode & 0o777 == 0o600


def test_whom_nothing_reaches_is_known_since_the_first_time_until_something_does(path: Path) -> None:
    memory = Reminders(path)
    memory.failed(DANA, NOW, "The mail server did not answer.")
    memory.failed(DANA, NOW + timedelta(days=1), "The mail server refused it.")
    assert memory.unreached() == {DANA: Unreached(NOW, "The mail server refused it.")}
    memory.reached(DANA, {"lincoln": TOLD})
    assert memory.unreached() == {}


def test_a_record_that_was_damaged_counts_as_nothing_told(path: Path) -> None:
    memory = Reminders(path)
    memory.reached(DANA, {"lincoln": TOLD, "adams": TOLD, "bare": TOLD})
    database = sqlite3.connect(path)
    with database:
        database.execute("UPDATE reminders SET told = '{' WHERE lea = 'adams'")
        database.execute("UPDATE reminders SET told = '[]' WHERE lea = 'bare'")
    database.close()
    memory = Reminders(path)
    assert memory.told(DANA) == {"lincoln": TOLD}


def test_a_file_that_is_no_ledger_is_refused(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"made up, and no database at all")
    with pytest.raises(LedgerDamaged):
        Reminders(path).told(DANA)


def test_a_ledger_that_another_program_keeps_busy_loses_nothing(path: Path) -> None:
    Ledger(path, actor="dana").close()
    memory = Reminders(path, patience_s=0.05)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(LedgerDamaged, match="is using the history"):
        memory.reached(DANA, {"lincoln": TOLD})
    other.execute("ROLLBACK")
    other.close()
    assert memory.told(DANA) == {}


def test_only_one_run_sends_at_a_time(tmp_path: Path) -> None:
    locks = tmp_path / "locks"
    with lock(locks, kind=REMINDERS), pytest.raises(LockHeld, match="is sending reminders"):
        lock(locks, kind=REMINDERS).__enter__()
    with lock(tmp_path / "locks", kind=REMINDERS):
        pass


def test_a_lock_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "locks").write_text("a file in its place")
    with pytest.raises(LedgerDamaged, match="cannot be created"), lock(tmp_path / "locks", kind=REMINDERS):
        pass


def test_how_the_last_run_ended_is_known_by_lea(path: Path) -> None:
    memory = Reminders(path)
    memory.ended(["adams", "lincoln"], NOW, 0)
    memory.ended(["lincoln"], NOW + timedelta(days=1), 3)
    assert Reminders(path).last_runs() == {"adams": RemindRun(NOW, 0), "lincoln": RemindRun(NOW + timedelta(days=1), 3)}


def test_who_asks_for_the_last_run_makes_and_changes_nothing(path: Path) -> None:
    assert Reminders(path).last_runs() == {} and not path.parent.exists()
    Ledger(path, actor="dana").close()
    before = path.read_bytes()
    assert Reminders(path).last_runs() == {} and path.read_bytes() == before


def test_a_ledger_of_a_version_that_recorded_no_runs_goes_on(path: Path) -> None:
    memory = Reminders(path)
    memory.reached(DANA, {"lincoln": TOLD})
    database = sqlite3.connect(path)
    with database:
        database.execute("DROP TABLE remind_runs")
    database.close()
    assert Reminders(path).last_runs() == {}
    memory = Reminders(path)
    assert memory.told(DANA) == {"lincoln": TOLD}
    memory.ended(["lincoln"], NOW, 0)
    assert Reminders(path).last_runs() == {"lincoln": RemindRun(NOW, 0)}
    with Ledger.readonly(path) as ledger:
        ledger.check()


@pytest.mark.parametrize("wrong", ["ended = 'not a moment'", "ended = '2026-11-21T20:00:00'", "code = 'fine'"])
def test_a_damaged_record_of_a_run_is_said(path: Path, wrong: str) -> None:
    memory = Reminders(path)
    memory.ended(["lincoln"], NOW, 0)
    database = sqlite3.connect(path)
    with database:
        database.execute(f"UPDATE remind_runs SET {wrong}")  # one of the list above
    database.close()
    with pytest.raises(LedgerDamaged, match="a run of the reminders is damaged"):
        Reminders(path).last_runs()

"""The memory of refused log-ins: kept beside the events, by LEA and account, and never a crash when it is damaged."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ssrcred.adapters.ledger.auxiliary_store import Refusals, Reminders
from ssrcred.adapters.ledger.book import Ledger
from ssrcred.domain.errors import LedgerDamaged

NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "ledger.sqlite"


def edit(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(statement)


def test_a_refusal_is_found_again_by_lea_and_account(path: Path) -> None:
    memory = Refusals(path)
    memory.remember("lincoln", "schoolwise", NOW)
    memory.remember("lincoln", "parent:parent2", NOW + timedelta(days=1))
    again = Refusals(path)
    assert again.refused_at("lincoln", "schoolwise") == NOW
    assert again.refused_at("lincoln", "parent:parent2") == NOW + timedelta(days=1)
    assert again.refused_at("lincoln", "parent") is None
    assert again.refused_at("adams", "schoolwise") is None


def test_the_last_refusal_is_the_one_that_is_known(path: Path) -> None:
    memory = Refusals(path)
    memory.remember("lincoln", "schoolwise", NOW)
    memory.remember("lincoln", "schoolwise", NOW + timedelta(hours=1))
    assert memory.refused_at("lincoln", "schoolwise") == NOW + timedelta(hours=1)


def test_only_the_account_whose_password_was_set_is_forgotten(path: Path) -> None:
    memory = Refusals(path)
    for lea in ("lincoln", "adams"):
        for account in ("schoolwise", "parent"):
            memory.remember(lea, account, NOW)
    memory.forget("lincoln", "schoolwise")
    memory.forget("lincoln", "schoolwise")
    assert memory.refused_at("lincoln", "schoolwise") is None
    assert memory.refused_at("lincoln", "parent") == NOW
    assert memory.refused_at("adams", "schoolwise") == NOW


def test_who_only_asks_or_forgets_makes_no_ledger_and_no_table(path: Path) -> None:
    memory = Refusals(path)
    assert memory.refused_at("lincoln", "schoolwise") is None
    memory.forget("lincoln", "schoolwise")
    assert not path.parent.exists()
    Ledger(path, actor="dana").close()
    before = path.read_bytes()
    assert memory.refused_at("lincoln", "schoolwise") is None
    memory.forget("lincoln", "schoolwise")
    assert path.read_bytes() == before


def test_a_ledger_from_before_is_taken_and_stays_sound(path: Path) -> None:
    Ledger(path, actor="dana").close()
    reminders = Reminders(path)
    reminders.failed("mail:dana@lincoln.example", NOW, "The mail server did not answer.")
    Refusals(path).remember("lincoln", "schoolwise", NOW)
    with Ledger.readonly(path) as ledger:
        ledger.check()
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("moment", ["'not a moment'", "'2026-11-21T20:00:00'", "17", "''", "X'FF'"])
def test_a_damaged_moment_is_said_and_never_read_as_not_refused(path: Path, moment: str) -> None:
    memory = Refusals(path)
    memory.remember("lincoln", "schoolwise", NOW)
    edit(path, f"UPDATE refusals SET at = {moment}")  # one of the list above
    with pytest.raises(LedgerDamaged, match=r"rejected sign-in is damaged"):
        memory.refused_at("lincoln", "schoolwise")
    memory.remember("lincoln", "schoolwise", NOW)
    assert memory.refused_at("lincoln", "schoolwise") == NOW


def test_a_file_with_a_damaged_page_is_not_written_to(path: Path) -> None:
    Refusals(path).remember("lincoln", "schoolwise", NOW)
    damaged = bytearray(path.read_bytes())
    damaged[-4096 + 5 : -4096 + 7] = (4090).to_bytes(2, "big")  # where the page's rows begin
    path.write_bytes(damaged)
    memory = Refusals(path)
    assert memory.refused_at("lincoln", "schoolwise") == NOW
    with pytest.raises(LedgerDamaged, match="damaged"):
        memory.remember("adams", "schoolwise", NOW)
    with pytest.raises(LedgerDamaged, match="damaged"):
        memory.forget("lincoln", "schoolwise")
    assert path.read_bytes() == damaged


def test_another_table_of_that_name_is_damage(path: Path) -> None:
    Ledger(path, actor="dana").close()
    edit(path, "CREATE TABLE refusals (something TEXT)")
    memory = Refusals(path)
    with pytest.raises(LedgerDamaged, match="damaged"):
        memory.refused_at("lincoln", "schoolwise")
    with pytest.raises(LedgerDamaged, match="damaged"):
        memory.remember("lincoln", "schoolwise", NOW)
    with pytest.raises(LedgerDamaged, match="damaged"):
        memory.forget("lincoln", "schoolwise")


def test_a_file_that_is_no_ledger_is_refused(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"made up, and no database at all")
    memory = Refusals(path)
    with pytest.raises(LedgerDamaged):
        memory.refused_at("lincoln", "schoolwise")
    with pytest.raises(LedgerDamaged):
        memory.remember("lincoln", "schoolwise", NOW)
    assert path.read_bytes() == b"made up, and no database at all"

"""The ledger loses nothing to a kill, a crowd or a full disk, and shows every change to its past."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import textwrap
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ssrcred.adapters.ledger import Broken, Newer
from ssrcred.adapters.ledger.book import BATCH, Ledger, forge, read, recorded
from ssrcred.adapters.ledger.reader import digest
from ssrcred.adapters.ledger.run_lock import lock
from ssrcred.domain.errors import LedgerDamaged, LockHeld
from ssrcred.domain.event import Event, Outcome, Step
from waiting import until

NOON = datetime(2026, 8, 3, 19, 0, tzinfo=UTC)
STORED = Event(Step.STORE, Outcome.STORED, NOON, detail={"slot": "lincoln-1"})
WRITTEN = Event(
    Step.WRITE, Outcome.WRITTEN, NOON + timedelta(minutes=1), place="district", detail={"slot": "lincoln-1"}
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "ledger.sqlite"


def filled(path: Path, leas: tuple[str, ...] = ("lincoln", "madera")) -> None:
    """A ledger with three events for each LEA, whose standing counts them."""
    with Ledger(path, actor="pat") as ledger:
        for lea in leas:
            ledger.append(lea, STORED, {"count": 1})
            ledger.append(lea, WRITTEN, {"count": 2})
            ledger.append(lea, Event(Step.PROVE, Outcome.PROVED, NOON + timedelta(minutes=2)), {"count": 3})


def tampered(path: Path, *statements: str) -> None:
    """What somebody with a database viewer does: past the triggers, which they drop first."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER events_stay")
        connection.execute("DROP TRIGGER events_hold")
        for statement in statements:
            connection.execute(statement)


def refusal(work: Callable[[], object]) -> LedgerDamaged:
    with pytest.raises(LedgerDamaged) as caught:
        work()
    return caught.value


def check(path: Path) -> None:
    with Ledger.readonly(path) as ledger:
        ledger.check()


def python(program: str, *arguments: object) -> subprocess.Popen[str]:
    """Another process, running `program`, which starts with what it needs of ours."""
    head = """
        import sys
        from datetime import UTC, datetime
        from pathlib import Path
        from ssrcred.domain.event import Outcome, Event, Step
        from ssrcred.adapters.ledger.book import Ledger
        from ssrcred.adapters.ledger.run_lock import lock
        def event(**detail): return Event(Step.WRITE, Outcome.WRITTEN, datetime.now(UTC), "district", detail)
    """
    text = textwrap.dedent(head) + textwrap.dedent(program)
    command = [sys.executable, "-W", "error", "-c", text, *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


# Remembering


def test_remembers_what_happened_by_whom_and_in_which_order(path: Path) -> None:
    filled(path, ("lincoln",))
    with Ledger(path, actor="sam") as ledger:
        ledger.append("lincoln", WRITTEN, {"count": 4})
    with Ledger.readonly(path) as ledger:
        found = list(ledger.events())
        ledger.check()
    assert [(one.number, one.actor) for one in found] == [(1, "pat"), (2, "pat"), (3, "pat"), (4, "sam")]
    assert [one.event for one in found[:2]] == [STORED, WRITTEN]
    assert {one.lea for one in found} == {"lincoln"}


def test_keeps_one_standing_for_each_lea(path: Path) -> None:
    filled(path)
    with Ledger.readonly(path) as ledger:
        assert ledger.standings() == {"lincoln": {"count": 3}, "madera": {"count": 3}}
        assert ledger.standing("madera") == {"count": 3}
        assert ledger.standing("fresno") is None


def test_tells_the_newest_first_and_only_of_one_lea_when_asked(path: Path) -> None:
    filled(path)
    with Ledger.readonly(path) as ledger:
        assert [one.number for one in ledger.events("madera", newest_first=True)] == [6, 5, 4]
        assert [one.number for one in ledger.events("madera", 2)] == [4, 5]
        assert [one.number for one in ledger.events(None, 2, newest_first=True)] == [6, 5]
        assert list(ledger.events(limit=0)) == []
        assert list(ledger.events("fresno")) == []


def test_tells_more_events_than_one_batch_holds(path: Path) -> None:
    with Ledger(path, actor="pat", connect=_hasty) as ledger:
        for count in range(BATCH + 2):
            ledger.append("lincoln", STORED, {"count": count})
        assert [one.number for one in ledger.events()] == list(range(1, BATCH + 3))
        assert len(list(ledger.events(limit=BATCH + 1, newest_first=True))) == BATCH + 1


def test_an_event_recorded_between_two_looks_disturbs_neither(path: Path) -> None:
    filled(path, ("lincoln",))
    with Ledger.readonly(path) as reader, Ledger(path, actor="pat", patience_s=0.1) as writer:
        looking = reader.events()
        next(looking)
        writer.append("lincoln", WRITTEN, {"count": 4})
        assert len(list(looking)) >= 2


def test_moments_are_recorded_in_utc(path: Path) -> None:
    local = NOON.astimezone(timezone(timedelta(hours=-7)))
    with Ledger(path, actor="pat") as ledger:
        ledger.append("lincoln", Event(Step.STORE, Outcome.STORED, local), {})
        (found,) = ledger.events()
    assert found.event.at == NOON
    assert found.event.at.utcoffset() == timedelta(0)


def test_refuses_a_moment_without_a_zone_and_records_nothing(path: Path) -> None:
    with Ledger(path, actor="pat") as ledger:
        with pytest.raises(ValueError, match="aware"):
            ledger.append("lincoln", Event(Step.STORE, Outcome.STORED, NOON.replace(tzinfo=None)), {})
        assert list(ledger.events()) == []


def test_refuses_a_standing_that_is_not_json_and_records_nothing(path: Path) -> None:
    with Ledger(path, actor="pat") as ledger:
        with pytest.raises(TypeError):
            ledger.append("lincoln", STORED, {"at": NOON})
        assert list(ledger.events()) == []


ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=ANY_TEXT, actor=ANY_TEXT, detail=st.dictionaries(ANY_TEXT, ANY_TEXT, max_size=4))
def test_any_text_comes_back_as_it_went_in(
    tmp_path_factory: pytest.TempPathFactory, place: str, actor: str, detail: dict[str, str]
) -> None:
    path = tmp_path_factory.mktemp("any") / "ledger.sqlite"
    event = Event(Step.WRITE, Outcome.WRITTEN, NOON, place, detail)
    with Ledger(path, actor=actor, connect=_hasty) as ledger:
        ledger.append("lincoln", event, {place: detail})
        (found,) = ledger.events()
        assert (found.event, found.actor) == (event, actor)
        assert ledger.standing("lincoln") == {place: detail}
        ledger.check()


# Files and folders


def test_folder_and_file_are_the_owners_only(path: Path) -> None:
    old = os.umask(0)
    try:
        filled(path)
        with lock(path.parent / "locks", "lincoln"):
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.rglob("*")}
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    files = ("ledger.sqlite", "ledger.sqlite.lock", "lea-lincoln.lock", "lea-lincoln.lock.holder")
    assert modes == {"locks": 0o700} | dict.fromkeys(files, 0o600)


def test_looking_makes_no_file(path: Path) -> None:
    with Ledger.readonly(path) as ledger:
        assert ledger.standings() == {}
        assert list(ledger.events()) == []
        ledger.check()
    assert not path.parent.exists()


def test_looking_records_nothing(path: Path) -> None:
    filled(path)
    with Ledger.readonly(path) as ledger:
        error = refusal(lambda: ledger.append("lincoln", STORED, {}))
    assert error.message == "This account may not write the history file."
    check(path)


def test_a_start_that_was_killed_is_begun_anew(path: Path) -> None:
    path.parent.mkdir()
    path.with_name("ledger.sqlite.new").write_bytes(b"half a ledger")
    filled(path)
    check(path)
    assert not path.with_name("ledger.sqlite.new").exists()


def test_a_ledger_that_another_run_has_just_made_is_taken_as_it_is(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite"
    filled(other)
    path.parent.mkdir()

    def count() -> int:
        with Ledger(path, actor="pat") as ledger:
            return len(list(ledger.events()))

    with ThreadPoolExecutor() as pool:
        with FileLock(f"{path}.lock"):
            counted = pool.submit(count)
            until(_asks_for_a_lock, "the other run at the lock")
            other.rename(path)
        assert counted.result() == 6


def _asks_for_a_lock() -> bool:
    """Whether another thread is in the code of filelock."""
    frames = [frame for thread, frame in sys._current_frames().items() if thread != threading.get_ident()]
    return any("filelock" in frame.f_code.co_filename for top in frames for frame, _ in traceback.walk_stack(top))


def test_a_wrong_use_of_sqlite_is_no_damage(path: Path) -> None:
    ledger = Ledger(path, actor="pat")
    ledger.close()
    ledger.close()
    with pytest.raises(sqlite3.ProgrammingError):
        ledger.check()


# An edited past


def test_rows_can_only_be_added(path: Path) -> None:
    filled(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in ("DELETE FROM events WHERE number = 2", "UPDATE events SET lea = 'madera' WHERE number = 2"):
            with pytest.raises(sqlite3.IntegrityError, match="only added"):
                connection.execute(statement)
    check(path)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "UPDATE events SET record = replace(record, 'stored', 'proved') WHERE number = 4",
            "Event 4 of 2026-08-03T19:00:00+00:00 is not what was recorded.",
        ),
        ("UPDATE events SET record = x'00' WHERE number = 4", "Event 4 is not what was recorded."),
        ("UPDATE events SET lea = 'lincoln' WHERE number = 4", "Event 4 of 2026-08-03T19:00:00+00:00 is not where"),
        (
            "DELETE FROM events WHERE number = 2",
            "Event 2 is missing from the history, after the one of 2026-08-03T19:00",
        ),
        ("DELETE FROM events WHERE number = 1", "Event 1 is missing from the history, at its beginning."),
        (
            "DELETE FROM events WHERE number > 5",
            "Event 6 is missing from the end of the history, after the one of 2026-08-03",
        ),
        ("DELETE FROM events", "Event 1 is missing from the end of the history, at its beginning."),
        ("UPDATE head SET number = 5", "The history should end with event 5, but ends with event 6, after the one of"),
        ("DELETE FROM head", "The history has no record of its last event."),
        ("UPDATE head SET number = 'six'", "The history has no record of its last event."),
        ("UPDATE standings SET standing = '{}' WHERE lea = 'madera'", "What is stored about event 6 of 2026-08-03"),
        ("DELETE FROM standings WHERE lea = 'madera'", "The history should have 2 LEAs, but has 1."),
        (
            "UPDATE events SET number = 9 WHERE number = 6",
            "Event 6 is missing from the history, after the one of 2026-08",
        ),
        ("DROP TABLE standings", "The history file is damaged."),
    ],
)
def test_an_edited_past_shows(path: Path, statement: str, said: str) -> None:
    filled(path)
    tampered(path, statement)
    error = refusal(lambda: check(path))
    assert error.message.startswith(said)
    assert error.state == "The history file was not changed. The credentials in the keyring were not changed."
    assert "ssrcred resume" in error.hint


def test_an_edited_row_whose_own_hash_was_made_anew_shows_at_the_next(path: Path) -> None:
    filled(path, ("lincoln",))
    _, _, text, anew = forge(2, "0" * 64, "lincoln", "nobody", WRITTEN, '{"count":2}')
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER events_hold")
        connection.execute("UPDATE events SET record = ?, hash = ? WHERE number = 2", (text, anew))
    error = refusal(lambda: check(path))
    assert error.message == "Event 2 of 2026-08-03T19:01:00+00:00 does not follow from the one before it."


def test_an_index_that_lost_a_row_shows(path: Path) -> None:
    filled(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        text = "CREATE INDEX events_by_lea ON events (number, lea)"
        connection.execute("UPDATE sqlite_schema SET sql = ? WHERE name = 'events_by_lea'", (text,))
    assert "every event in it is intact" in refusal(lambda: check(path)).message


def test_a_standing_that_was_taken_out_shows_to_one_who_asks_for_it_alone(path: Path) -> None:
    filled(path)
    tampered(path, "DELETE FROM standings WHERE lea = 'madera'")
    with Ledger.readonly(path) as ledger:
        assert ledger.standing("lincoln") == {"count": 3}
        assert refusal(lambda: ledger.standing("madera")).message.startswith("The history has events of madera")


def test_history_does_not_tell_an_edited_event(path: Path) -> None:
    filled(path)
    tampered(path, "UPDATE events SET record = replace(record, 'pat', 'sam') WHERE number = 2")
    with Ledger.readonly(path) as ledger:
        assert refusal(lambda: list(ledger.events())).message.startswith("Event 2 of ")


@pytest.mark.parametrize("change", ["number = 2", "number = 9", f"hash = '{'0' * 64}'", "leas = 3"])
def test_nothing_is_added_to_a_ledger_that_does_not_know_its_end(path: Path, change: str) -> None:
    filled(path)
    tampered(path, f"UPDATE head SET {change}")
    assert refusal(lambda: Ledger(path, actor="pat")).message == "The history file is damaged."
    with Ledger.readonly(path) as ledger:
        assert len(list(ledger.events())) == 6


def test_a_row_that_is_no_event_does_not_hold() -> None:
    number, lea, _, _ = forge(1, "0" * 64, "lincoln", "pat", STORED, "{}")
    for text in ("[]", "{}", "[" * 100_000, "not json"):
        with pytest.raises(Broken):
            read((number, lea, text, digest(text)))


def test_an_event_of_a_newer_version_is_no_damage(path: Path) -> None:
    _, _, text, _ = forge(1, "0" * 64, "lincoln", "pat", STORED, "{}")
    newer = text.replace('"store"', '"teleport"')
    with pytest.raises(Newer):
        recorded((1, "lincoln", newer, digest(newer)))
    filled(path, ("lincoln",))
    tampered(path, "DELETE FROM events")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("INSERT INTO events VALUES (1, 'lincoln', ?, ?)", (newer, digest(newer)))
    with Ledger.readonly(path) as ledger:
        assert "newer version" in refusal(lambda: list(ledger.events())).message


def test_a_ledger_of_a_newer_version_is_left_alone(path: Path) -> None:
    filled(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 2")
    before = path.read_bytes()
    for work in (lambda: Ledger(path, actor="pat"), lambda: Ledger.readonly(path)):
        error = refusal(work)
        assert error.message == "The history was written by a newer version of ssrcred."
        assert "Install the newest ssrcred" in error.hint
    assert path.read_bytes() == before


# A torn file


def told(path: Path) -> dict[str, Any]:
    """Everything that a ledger tells."""
    with Ledger.readonly(path) as ledger:
        standings = ledger.standings()
        ledger.check()
        return {"standings": standings, "events": list(ledger.events()), "madera": list(ledger.events("madera"))}


def truth_or_refusal(path: Path, truth: dict[str, Any]) -> None:
    """The file is recovered or refused, by whichever way it is asked; it never tells something else."""
    with suppress(LedgerDamaged), Ledger.readonly(path) as ledger:
        assert ledger.standings() == truth["standings"]
    with suppress(LedgerDamaged), Ledger.readonly(path) as ledger:
        assert ledger.standing("lincoln") == {"count": 3}
    with suppress(LedgerDamaged):
        assert told(path) == truth


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A filled ledger, to be copied and left as it is."""
    path = tmp_path_factory.mktemp("whole") / "ledger.sqlite"
    filled(path)
    return path


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_flipped_bytes_never_give_a_wrong_answer(tmp_path: Path, whole: Path, data: st.DataObject) -> None:
    path = tmp_path / "ledger.sqlite"
    truth = told(whole)
    bytes_ = bytearray(whole.read_bytes())
    # Where something stands, not in the empty middle of pages.
    written = [at for at, byte in enumerate(bytes_) if byte]
    for at in data.draw(st.lists(st.sampled_from(written), min_size=1, max_size=3)):
        bytes_[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(bytes_)
    truth_or_refusal(path, truth)


def torn(path: Path) -> None:
    """Have the page of the events say that there is room where they are: one number, and all of them can be read."""
    bytes_ = bytearray(path.read_bytes())
    bytes_[4096 + 5 : 4096 + 7] = (4000).to_bytes(2, "big")
    path.write_bytes(bytes_)


def rows(path: Path) -> list[Any] | None:
    """The events as SQLite gives them, None where it cannot."""
    # Python cannot read SQLite's words where they quote a damaged name.
    with suppress(sqlite3.Error, UnicodeDecodeError), closing(sqlite3.connect(path)) as connection:
        connection.text_factory = bytes
        return connection.execute("SELECT number, lea, record, hash FROM events").fetchall()
    return None


def test_a_file_with_a_damaged_page_can_be_read_and_is_not_written_to(path: Path) -> None:
    filled(path)
    torn(path)
    damaged = path.read_bytes()
    error = refusal(lambda: Ledger(path, actor="pat"))
    assert error.message == "The history file is damaged." and "move that file away" in error.hint
    assert error.state == "The history file was not changed. The credentials in the keyring were not changed."
    with Ledger.readonly(path) as ledger:
        assert len(list(ledger.events())) == 6
    assert path.read_bytes() == damaged


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_byte_was_changed_recording_loses_no_event(tmp_path: Path, whole: Path, data: st.DataObject) -> None:
    path = tmp_path / "ledger.sqlite"
    bytes_ = bytearray(whole.read_bytes())
    # The lists at the head of each page, where a changed byte loses most, as often as all that is written.
    pages = [at for page in range(0, len(bytes_), 4096) for at in range(page, page + 24)]
    for at in data.draw(st.lists(st.sampled_from(pages) | st.integers(0, len(bytes_) - 1), min_size=1, max_size=2)):
        bytes_[at] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes_)
    before = rows(path)
    try:
        with Ledger(path, actor="pat", connect=_hasty) as ledger:
            ledger.append("lincoln", STORED, {"filler": "x" * 3000})
    except LedgerDamaged:
        assert rows(path) == before
    else:
        assert before is not None and (rows(path) or [])[: len(before)] == before


def test_a_file_that_is_cut_at_any_byte_is_refused_and_not_written_to(tmp_path: Path, whole: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(whole.read_bytes())
    for size in range(path.stat().st_size - 1, -1, -1):
        os.truncate(path, size)
        with pytest.raises(LedgerDamaged):
            Ledger(path, actor="pat").close()
        assert path.stat().st_size == size


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0", b"a letter to the district\n" * 400])
def test_what_is_no_ledger_is_refused_and_left_as_it_is(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    for work in (lambda: Ledger(path, actor="pat"), lambda: Ledger.readonly(path)):
        error = refusal(work)
        assert error.message in {"The history file is damaged.", "The history file is empty, or is not a history file."}
    assert path.read_bytes() == content


# Kills and crowds


def test_two_processes_at_once_lose_nothing(path: Path) -> None:
    program = """
        with Ledger(Path(sys.argv[1]), actor=sys.argv[2]) as ledger:
            for count in range(40):
                ledger.append(sys.argv[2], event(count=str(count)), {"count": count})
    """
    # The file is not there yet: both also race to make it.
    crowd = [python(program, path, name) for name in ("lincoln", "madera", "fresno")]
    assert [one.wait() for one in crowd] == [0, 0, 0]
    for one in crowd:
        one.communicate()
    with Ledger.readonly(path) as ledger:
        ledger.check()
        for name in ("lincoln", "madera", "fresno"):
            assert [found.event.detail["count"] for found in ledger.events(name)] == [str(n) for n in range(40)]
            assert ledger.standing(name) == {"count": 39}


def test_a_kill_in_the_midst_of_recording_loses_nothing_that_was_reported(path: Path) -> None:
    program = """
        ledger = Ledger(Path(sys.argv[1]), actor="pat")
        while True:
            for found in ledger.events(limit=1, newest_first=True):
                print(found.number, flush=True)
            ledger.append("lincoln", event(filler="x" * 3000), {"filler": "y" * 9000})
    """
    reported = 0
    for lines in (1, 2, 3, 5, 8):
        with python(program, path) as victim:
            assert victim.stdout is not None
            for _ in range(lines):
                reported = int(victim.stdout.readline())
            victim.send_signal(signal.SIGKILL)
        with Ledger.readonly(path) as ledger:
            ledger.check()
            assert len(list(ledger.events())) >= reported
            assert ledger.standing("lincoln") == {"filler": "y" * 9000}
    with Ledger(path, actor="pat") as ledger:
        ledger.append("lincoln", STORED, {"count": 1})
        ledger.check()


def test_what_a_killed_run_left_half_written_is_undone_even_by_one_who_only_looks(path: Path) -> None:
    program = """
        import os, signal, sqlite3
        connection = sqlite3.connect(sys.argv[1], isolation_level=None)
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("PRAGMA cache_spill = 1")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE standings SET standing = '{}'")
        connection.execute("UPDATE head SET number = 99")
        for number in range(100, 140):
            connection.execute("INSERT INTO events VALUES (?, 'lincoln', ?, '')", (number, "z" * 4000))
        os.kill(os.getpid(), signal.SIGKILL)
    """
    filled(path)
    truth, clean = told(path), path.read_bytes()
    with python(program, path) as victim:
        victim.wait()
    assert path.with_name("ledger.sqlite-journal").exists()
    assert path.read_bytes() != clean
    assert told(path) == truth


def test_every_record_is_synced_with_its_folder_and_no_write_ahead_log_is_used(path: Path) -> None:
    opened: list[sqlite3.Connection] = []

    def connect(address: str, **options: Any) -> sqlite3.Connection:
        opened.append(sqlite3.connect(address, **options))
        return opened[-1]

    with Ledger(path, actor="dana", connect=connect):
        (extra,) = opened[-1].execute("PRAGMA synchronous").fetchone()
        assert (extra, *opened[-1].execute("PRAGMA journal_mode").fetchone()) == (3, "delete")


def _hasty(address: str, **options: Any) -> sqlite3.Connection:
    """For tests that do not look at power cuts: no waiting for the disk."""

    class Hasty(sqlite3.Connection):
        def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
            return super().execute(sql.replace("synchronous = EXTRA", "synchronous = OFF"), *values)

    connection: sqlite3.Connection = sqlite3.connect(address, factory=Hasty, **options)
    return connection


def _cramped(address: str, **options: Any) -> sqlite3.Connection:
    """A disk that has room for the ledger as it is, and for hardly more."""
    connection: sqlite3.Connection = sqlite3.connect(address, **options)
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages + 1}")
    return connection


def test_a_full_disk_is_said_and_the_past_holds(path: Path) -> None:
    filled(path)
    with Ledger(path, actor="pat", connect=_cramped) as ledger:
        big = Event(Step.WRITE, Outcome.WRITTEN, NOON, detail={"filler": "x" * 50_000})
        error = refusal(lambda: ledger.append("lincoln", big, {"count": 4}))
        assert error.message == "The disk is full: the history could not be saved."
        assert error.state == "Nothing more was recorded. The credentials in the keyring were not changed."
        assert ledger.standing("lincoln") == {"count": 3}
        ledger.append("lincoln", STORED, {"count": 4})
        ledger.check()


def test_a_full_disk_at_the_start_leaves_no_half_ledger(path: Path) -> None:
    error = refusal(lambda: Ledger(path, actor="pat", connect=_cramped))
    assert "disk is full" in error.message
    assert not path.exists()
    filled(path)
    check(path)


def test_a_limit_on_the_size_of_files_is_said_and_the_past_holds(path: Path) -> None:
    program = """
        import resource
        from ssrcred.domain.errors import LedgerDamaged
        path = Path(sys.argv[1])
        ledger = Ledger(path, actor="pat")
        size = path.stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        try:
            ledger.append("lincoln", event(filler="x" * 50_000), {"count": 4})
        except LedgerDamaged as error:
            print(error.message)
        ledger.close()
    """
    filled(path)
    truth = told(path)
    with python(program, path) as other:
        said, _ = other.communicate()
    assert said.startswith("The history file could not be read or written")
    assert told(path) == truth


def test_a_file_that_may_not_be_written_is_said(path: Path) -> None:
    filled(path)

    def looking(address: str, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = sqlite3.connect(address.replace("mode=rw", "mode=ro"), **options)
        return connection

    with Ledger(path, actor="pat", connect=looking) as ledger:
        error = refusal(lambda: ledger.append("lincoln", STORED, {}))
    assert error.message == "This account may not write the history file."
    assert str(path) in error.hint


def test_a_ledger_that_is_kept_busy_is_said(path: Path) -> None:
    filled(path)
    with (
        closing(sqlite3.connect(path, isolation_level=None)) as other,
        Ledger(path, actor="pat", patience_s=0) as ledger,
    ):
        other.execute("BEGIN IMMEDIATE")
        assert ledger.standing("lincoln") == {"count": 3}
        error = refusal(lambda: ledger.append("lincoln", STORED, {}))
        other.execute("ROLLBACK")
        assert error.message == "Another program is using the history file."
        ledger.append("lincoln", STORED, {"count": 4})


def test_a_folder_in_the_ledgers_place_is_said(path: Path) -> None:
    path.mkdir(parents=True)
    for work in (lambda: Ledger(path, actor="pat"), lambda: Ledger.readonly(path)):
        assert refusal(work).message == "The history file cannot be opened."


def test_a_file_in_the_folders_place_is_said(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    path = tmp_path / "home" / "ledger.sqlite"
    error = refusal(lambda: Ledger(path, actor="pat"))
    assert error.message.startswith("The history file cannot be created or opened: ")
    assert "SSRCRED_HOME" in error.hint
    with Ledger.readonly(path) as ledger:
        assert ledger.standings() == {}


# Locks


def test_a_second_run_on_the_same_lea_is_sent_away_and_on_another_is_not(tmp_path: Path) -> None:
    with lock(tmp_path / "locks", "lincoln", "alice (as ssrcred) at 2026-11-21 20:00 (UTC)"):
        with pytest.raises(LockHeld) as caught, lock(tmp_path / "locks", "lincoln", "bo"):
            pass
        with lock(tmp_path / "locks", "madera"):
            pass
    told = ", started by alice (as ssrcred) at 2026-11-21 20:00 (UTC)."
    assert caught.value.message == f"Another run of ssrcred is working on lincoln{told}"
    assert "ssrcred status" in caught.value.hint
    assert not list(tmp_path.rglob("*.holder"))
    with lock(tmp_path / "locks", "lincoln"):
        pass


def test_a_lock_is_let_go_when_the_work_fails(tmp_path: Path) -> None:
    with pytest.raises(KeyError), lock(tmp_path, "lincoln"):
        raise KeyError
    with lock(tmp_path, "lincoln"):
        pass


def test_a_lock_dies_with_its_process(tmp_path: Path) -> None:
    program = """
        with lock(Path(sys.argv[1]), "lincoln", "pat"):
            print("held", flush=True)
            sys.stdin.read()
    """
    with python(program, tmp_path) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(LockHeld, match=r"working on lincoln, started by pat\.$"), lock(tmp_path, "lincoln"):
            pass
        other.kill()
    # What the killed run left names nobody any more, once another one has the lock.
    with (
        lock(tmp_path, "lincoln", "sam"),
        pytest.raises(LockHeld, match=r"started by sam\.$"),
        lock(tmp_path, "lincoln"),
    ):
        pass


def test_a_lock_whose_holder_cannot_be_read_is_held_all_the_same(tmp_path: Path) -> None:
    with lock(tmp_path, "lincoln", "pat"):
        (tmp_path / "lea-lincoln.lock.holder").unlink()
        with pytest.raises(LockHeld, match=r"working on lincoln\.$"), lock(tmp_path, "lincoln"):
            pass


def test_a_lock_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "locks").write_text("a file")

    def work() -> None:
        with lock(tmp_path / "locks", "lincoln"):
            pass

    error = refusal(work)
    assert error.message.startswith("The lock that prevents two runs at once cannot be created in ")
    assert error.state == "Nothing was done. The credentials in the keyring were not changed."

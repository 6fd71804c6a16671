"""Files that others read are whole at every moment, and their errors say what to do. Every LEA is made up."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ssrcred.app.status_files import export_calendar, export_figures
from ssrcred.domain.errors import InputRefused, UsageWrong
from ssrcred.output.calendar import Dates

NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
ADAMS = Dates("adams", "Adams", "19647330000001", date(2027, 11, 21), None, ())


def test_the_calendar_is_replaced_in_one_move_and_keeps_who_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "ssr.ics"
    export_calendar(path, [], NOW)
    assert b"VEVENT" not in path.read_bytes() and path.stat().st_mode & 0o777 == 0o644
    path.chmod(0o640)
    export_calendar(path, [ADAMS], NOW)
    assert b"VEVENT" in path.read_bytes() and path.stat().st_mode & 0o777 == 0o640
    assert os.listdir(tmp_path) == ["ssr.ics"]


def test_a_folder_that_does_not_take_it_keeps_what_was_there(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="no such file or directory"):
        export_calendar(tmp_path / "missing" / "ssr.ics", [], NOW)
    (tmp_path / "ssr.ics").mkdir()
    with pytest.raises(InputRefused, match="is a directory"):
        export_calendar(tmp_path / "ssr.ics", [], NOW)
    assert os.listdir(tmp_path) == ["ssr.ics"]


def test_without_the_extra_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "icalendar", None)
    with pytest.raises(UsageWrong) as caught:
        export_calendar(tmp_path / "ssr.ics", [], NOW)
    assert ".[calendar]" in caught.value.hint


def test_the_figures_are_replaced_as_a_whole_and_may_be_read_by_all(tmp_path: Path) -> None:
    path = tmp_path / "ssrcred.prom"
    path.write_text("what was there")
    with path.open() as reader:
        export_figures(path, [], NOW)
        assert reader.read() == "what was there"
    assert [one.name for one in tmp_path.iterdir()] == ["ssrcred.prom"]
    if os.name == "posix":
        assert path.stat().st_mode & 0o044 == 0o044


@pytest.mark.skipif(os.name != "posix", reason="no umask and no links for everybody on Windows")
def test_a_strangers_link_in_that_folder_leads_nowhere_and_the_umask_hides_nothing(tmp_path: Path) -> None:
    path, precious = tmp_path / "ssrcred.prom", tmp_path / "precious"
    precious.write_text("somebody's file")
    (tmp_path / f"ssrcred.prom.{os.getpid()}").symlink_to(precious)
    before = os.umask(0o077)
    try:
        export_figures(path, [], NOW)
    finally:
        os.umask(before)
    assert precious.read_text() == "somebody's file" and not path.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o644


def test_what_was_there_stays_where_it_cannot_be_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "folder.prom"
    (folder / "full").mkdir(parents=True)
    for path in (folder, tmp_path / "nowhere" / "ssrcred.prom"):
        with pytest.raises(UsageWrong, match="The figures cannot be written to"):
            export_figures(path, [], NOW)
    assert [one.name for one in tmp_path.iterdir()] == ["folder.prom"]


def test_without_the_library_the_way_to_it_is_named(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['prometheus_client'] = None\n"
        "from datetime import UTC, datetime\n"
        "from ssrcred.domain.errors import UsageWrong\n"
        "from pathlib import Path\nfrom ssrcred.app.status_files import export_figures\n"
        "try: export_figures(Path(sys.argv[1]), [], datetime.now(UTC))\n"
        "except UsageWrong as wrong: print(wrong.hint)"
    )
    path = tmp_path / "ssrcred.prom"
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True)
    assert f"{sys.executable} -m pip install '.[prometheus]'" in done.stdout, done.stderr
    assert not path.exists()

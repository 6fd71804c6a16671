"""After a full run with a recognisable student, nothing of the student, the family or a link is anywhere."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from cli.desk import Desk
from ssrcred.domain.credential import SecretKey
from ssrcred.practice import sample_data

EVERYTHING = (
    ("verify",),
    ("verify", "--json"),
    ("verify", "--ticket"),
    ("verify", "--wait", "1"),
    ("verify", "--all", "--json"),
    ("verify", "--all"),
    ("schools",),
    ("schools", "--json"),
    ("history",),
    ("history", "--json"),
    ("status",),
    ("status", "--json"),
)


@pytest.fixture
def watched(ready: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk that fails its test when a student, or a link to a report, comes up in an output or a file."""
    for student in sample_data.STUDENTS:
        ready.secret(f"name of {student.ssid}", student.name)
        ready.secret(f"SSID of {student.ssid}", student.ssid)
    ready.secret("link to a report", "/api/v1/reports/")
    ready.secret("address of a student", "/scorereports/")
    folder = ready.home / "temporary"
    folder.mkdir(parents=True)
    monkeypatch.setenv("TMPDIR", str(folder))  # a file left there is searched too
    monkeypatch.setattr(tempfile, "tempdir", None)
    return ready


def asked_for_students(desk: Desk) -> bool:
    return any("/scorereports/9000000001" in path for _, _, path in desk.district.requests)


def test_a_run_that_works_leaves_no_student(watched: Desk) -> None:
    pair = watched.click()
    assert watched.run("rotate", "--stdin", "--json", given=f"{pair.username}\n{pair.secret}\n").code == 0
    for command in EVERYTHING:
        assert watched.run(*command).code == watched.sit(*command).code == 0, command
    assert asked_for_students(watched), "nothing is shown by a run that saw no student"
    watched.search_files()


@pytest.mark.parametrize("trouble", ["superseded", "down", "maintenance", "resetting", "wrong parent"])
def test_a_run_that_fails_leaves_no_student(watched: Desk, trouble: str) -> None:
    watched.rotated()
    assert asked_for_students(watched)
    if trouble == "superseded":
        watched.click()
    elif trouble == "wrong parent":
        watched.vault.keep_secret("parent", SecretKey("a made-up wrong password"))
    else:
        for service in ("service", "schoolwise"):
            watched.district.fault(service, trouble)
    parents = {user for student in sample_data.STUDENTS for user in student.family}
    for command in (("verify",), ("verify", "--json"), ("verify", "--ticket"), ("history", "--json"), ("history",)):
        ran = watched.run(*command)
        assert not [name for name in parents if name in ran.out + ran.err], command
    watched.search_files()


def test_the_names_are_looked_for_at_all(watched: Desk) -> None:
    (watched.home / "left.txt").write_text(sample_data.STUDENTS[0].name, "utf-8")
    with pytest.raises(pytest.fail.Exception, match="name of 9000000001"):
        watched.search_files()
    (watched.home / "left.txt").unlink()

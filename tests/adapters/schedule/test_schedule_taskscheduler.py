"""Windows Task Scheduler: the XML fits the schema, and a made-up schtasks takes it, runs it and forgets it.

Nothing here is run on Windows. The made-up schtasks takes command lines apart as Windows documents it.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import xmlschema

from adapters.schedule.pretend_windows import windows_words
from adapters.schedule.stage import ODD, Stage, job, python
from ssrcred.adapters.schedule.task_scheduler import TaskScheduler, _windowless
from ssrcred.domain.errors import ConfigInvalid, UsageWrong

SCHEMA = Path(__file__).with_name("task.xsd")
WHO = {"USERDOMAIN": "LINCOLN", "USERNAME": "Zoë & <co>"}


@pytest.fixture(scope="module")
def schema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(SCHEMA)


@pytest.fixture
def tasks(stage: Stage) -> TaskScheduler:
    stage.put("schtasks")
    return TaskScheduler(stage.host("win32", **WHO))


def kept(stage: Stage) -> list[str]:
    return sorted(path.name for path in stage.state.glob("task *"))


def test_the_tasks_fit_the_schema(stage: Stage, schema: xmlschema.XMLSchema) -> None:
    tasks = TaskScheduler(stage.host("win32", **WHO))
    verify, remind = (piece.text for piece in tasks.pieces([job("verify", "pass", ODD, SSRCRED_HOME=ODD), job()]))
    for text in (verify, remind):
        schema.validate(text.encode("utf-16"))
    assert "<Monday />" in verify and "<DaysInterval>1</DaysInterval>" in remind
    for text in (verify, remind):
        assert "<RandomDelay>PT30M</RandomDelay>" in text and "<StartWhenAvailable>true</StartWhenAvailable>" in text
        assert "<UserId>LINCOLN\\Zoë &amp; &lt;co&gt;</UserId>" in text


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("<Monday />", "<Noneday />"),
        ("InteractiveToken<", "Anybody<"),
        ("PT30M", "half an hour"),
        ('Context="Author"', 'Context="Nobody"'),
    ],
)
def test_the_schema_finds_a_mistake(stage: Stage, schema: xmlschema.XMLSchema, right: str, wrong: str) -> None:
    [piece] = TaskScheduler(stage.host("win32")).pieces([job("verify")])
    assert right in piece.text
    assert not schema.is_valid(piece.text.replace(right, wrong).encode("utf-16"))


def test_installing_creates_once_and_a_job_less_goes(stage: Stage, tasks: TaskScheduler) -> None:
    both = [job("verify"), job()]
    assert not tasks.present()
    tasks.install(both)
    assert kept(stage) == ["task !ssrcred!remind", "task !ssrcred!verify"]
    assert tasks.present() and all(piece.same for piece in tasks.pieces(both))
    assert stage.calls
    tasks.install(both)
    assert not [call for call in stage.calls if "/create" in call]
    tasks.install([job("remind", "other")])
    assert [call for call in stage.calls if "/create" in call] and kept(stage) == ["task !ssrcred!remind"]
    assert tasks.remove() and kept(stage) == [] and not tasks.remove()


def test_a_task_that_somebody_else_made_is_left_alone(stage: Stage, tasks: TaskScheduler) -> None:
    tasks.install([job()])
    [path] = stage.state.glob("task *")
    path.write_bytes(path.read_bytes().decode("utf-16").replace("ssrcred schedule ", "").encode("utf-16"))
    before = path.read_bytes()
    assert not tasks.present() and not tasks.remove()
    with pytest.raises(ConfigInvalid, match="ssrcred did not create it"):
        tasks.install([job()])
    assert path.read_bytes() == before


def test_a_run_tells_what_the_log_says(stage: Stage, tasks: TaskScheduler) -> None:
    code = "import os, sys; print(sys.argv[1:], os.environ['SSRCRED_HOME']); sys.exit(8)"
    odd = job("verify", code, ODD + '\\"', "a\\\\", "", SSRCRED_HOME=ODD)
    tasks.install([odd])
    for _ in range(2):
        ran = tasks.run(odd, 5)
        assert ran.exit_code == 8 and "schtasks /run" in ran.how
        assert f"{[ODD + chr(92) + chr(34), 'a' + chr(92) * 2, '']!r} {ODD}\n" in ran.stdout
        assert ran.stdout.count(" exit ") == 1


def test_a_task_that_does_not_end_is_told_of(stage: Stage, tasks: TaskScheduler) -> None:
    tasks.install([job()])
    (stage.state / "hang").touch()
    assert tasks.run(job(), 1).exit_code == 124
    assert tasks.try_out(python("pass"), 1).exit_code == 124
    assert kept(stage) == ["task !ssrcred!remind"]


def test_any_command_can_be_tried_out_and_nothing_stays(stage: Stage) -> None:
    stage.put("schtasks")
    tasks = TaskScheduler(stage.host("win32", SSRCRED_HOME=str(stage.folder / ODD)))
    code = "import os, sys; print(os.environ['SSRCRED_HOME']); print('no', file=sys.stderr); sys.exit(7)"
    ran = tasks.try_out(python(code), 20)
    assert (ran.exit_code, ran.stdout, ran.stderr) == (7, f"{stage.folder / ODD}\n", "no\n")
    assert kept(stage) == [] and "Task Scheduler" in ran.how


def test_a_machine_without_it_has_nothing_set_up(stage: Stage) -> None:
    tasks = TaskScheduler(stage.host("win32"))
    assert not tasks.present() and not tasks.remove()
    assert tasks.pieces([job()])[0].present is None
    with pytest.raises(UsageWrong, match="schtasks is not installed on this machine"):
        tasks.install([job()])


def test_the_interpreter_without_a_window_is_taken_where_there_is_one(tmp_path: Path) -> None:
    assert _windowless(sys.executable) == sys.executable
    assert _windowless("C:\\Python\\python.exe") == "C:\\Python\\python.exe"


def test_notes_say_that_somebody_has_to_be_logged_in(tasks: TaskScheduler) -> None:
    assert "signed in" in " ".join(tasks.notes())


def test_the_made_up_windows_takes_lines_apart_as_documented() -> None:
    """The examples of the documentation of CommandLineToArgvW."""
    assert windows_words(r'"a b c" d e') == ["a b c", "d", "e"]
    assert windows_words(r'"ab\"c" "\\" d') == ['ab"c', "\\", "d"]
    assert windows_words(r'a\\\b d"e f"g h') == [r"a\\\b", "de fg", "h"]
    assert windows_words(r"a\\\"b c d") == [r"a\"b", "c", "d"]
    assert windows_words(r'a\\\\"b c" d e') == [r"a\\b c", "d", "e"]
    assert windows_words(subprocess.list2cmdline(["", ODD, "\\"])) == ["", ODD, "\\"]

"""`status` for machines is answered without Typer, and word for word as with it. Every LEA is made up."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.desk import Desk
from cli.test_cli_main import HEAVY, python
from cli.test_cli_status import county
from ssrcred.cli.quick_status import brief

ANSWERED = [
    ("--all", "--json"),
    ("--all", "--nagios"),
    ("--nagios", "--lea", "alder"),
    ("--lea=birch", "--json"),
    ("--json", "--lea", "cedar", "--lea=grove"),
    ("--all", "--nagios", "--warn", "400", "--crit=350.5"),
    ("--all", "--json", "--max-age", "1"),
    ("--no-input", "--all", "--json"),
    ("--all", "--nagios", "--max-age=0.5", "--warn=1e2"),
]
LEFT = [
    (),
    ("--all",),
    ("--all", "--json", "--nagios"),
    ("--nagios", "--le", "alder"),
    ("--nagios", "--lea"),
    ("--nagios", "--lea", "--all"),
    ("--nagios", "--lea", "zelkova"),
    ("--nagios",),
    ("--nagios", "--all", "--warn", "soon"),
    ("--nagios", "--all", "--warn", "nan"),
    ("--nagios", "--all", "--warn", "10", "--crit", "20"),
    ("--json", "--all", "--max-age", "0"),
    ("--json", "--all", "--max-age", "-1"),
    ("--json", "--all", "--prometheus", "file"),
    ("--json", "--help"),
    ("--json", "alder"),
    ("--json=yes", "--all"),
]
WORDS = ["--all", "--json", "--nagios", "--lea", "--lea=elm", "fir", "--warn", "--crit=5", "90", "--max-age=3", "-h"]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk(tmp_path_factory.mktemp("many"))
    county(desk)
    return desk


def answer(desk: Desk, *words: str) -> tuple[int | None, str]:
    out = io.StringIO()
    return brief(words, desk.environ, desk.at, out), out.getvalue()


@pytest.mark.parametrize("words", ANSWERED)
def test_the_answer_is_that_of_the_whole_program(many: Desk, words: tuple[str, ...]) -> None:
    ran = many.run("status", *words)
    assert answer(many, *words) == (ran.code, ran.out) and ran.out


@pytest.mark.parametrize("words", LEFT)
def test_what_is_not_understood_or_goes_wrong_is_left_to_the_whole_program(many: Desk, words: tuple[str, ...]) -> None:
    assert answer(many, *words) == (None, "")


def test_the_lea_of_the_environment_counts(many: Desk) -> None:
    environ = {**many.environ, "SSRCRED_LEA": "dogwood"}
    out = io.StringIO()
    assert brief(["--nagios"], environ, many.at, out) == 2
    assert "dogwood" in out.getvalue()


@given(words=st.lists(st.sampled_from(WORDS), max_size=6))
def test_any_words_are_answered_as_by_the_whole_program_or_left_to_it(many: Desk, words: list[str]) -> None:
    code, said = answer(many, *words)
    if code is None:
        assert said == ""
    else:
        ran = many.run("status", *words)
        assert (code, said) == (ran.code, ran.out)


@pytest.mark.parametrize("form", ["--json", "--nagios"])
def test_the_program_answers_without_the_library_for_command_lines(many: Desk, form: str) -> None:
    code = (
        f"import sys; sys.argv[1:] = ['status', '--all', {form!r}]; from ssrcred.cli.start import program; "
        f"print(program(), sorted({{*{HEAVY!r}, 'typer', 'argparse'}} & set(sys.modules)), file=sys.stderr)"
    )
    done = python(code, SSRCRED_HOME=str(many.home))
    assert done.stderr == "2 []\n" and done.stdout


def test_what_is_left_is_answered_by_the_whole_program(many: Desk) -> None:
    code = "import sys; sys.argv[1:] = {!r}; from ssrcred.cli.start import program; sys.exit(program())"
    home = str(many.home)
    assert python(code.format(["status", "--all"]), SSRCRED_HOME=home).stdout.splitlines()[0].split()[0] == "LEA"
    wrong = python(code.format(["status", "--nagios", "--lea", "zelkova"]), SSRCRED_HOME=home)
    assert wrong.returncode == 3 and wrong.stdout.startswith("SSRCRED UNKNOWN: There is no LEA")
    assert python(code.format(["--version"]), SSRCRED_HOME=home).returncode == 0


def test_a_bug_is_unknown_to_monitoring(many: Desk) -> None:
    code = (
        "import sys; sys.argv[1:] = ['status', '--all', '--nagios']\n"
        "from ssrcred.cli.start import program\n"
        "import ssrcred.app.lea_conditions; ssrcred.app.lea_conditions.glance = None\n"
        "sys.exit(program())"
    )
    done = python(code, SSRCRED_HOME=str(many.home))
    assert done.returncode == 3 and done.stdout.startswith("SSRCRED UNKNOWN: This is a bug in ssrcred")
    assert done.stderr == ""


def test_ctrl_c_is_three_lines(many: Desk) -> None:
    code = (
        "import signal, sys; sys.argv[1:] = ['status', '--all', '--json']\n"
        "from ssrcred.cli.start import program\n"
        "import ssrcred.app.lea_conditions as l; l.glance = lambda *_, **__: signal.raise_signal(signal.SIGINT)\n"
        "sys.exit(program())"
    )
    done = python(code, SSRCRED_HOME=str(many.home))
    assert done.returncode == 130 and '"interrupted"' in done.stdout
    assert "Traceback" not in done.stderr


def test_a_reader_that_has_gone_is_no_success_and_no_traceback(many: Desk) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as gone:
        done = subprocess.run(
            [sys.executable, "-m", "ssrcred", "status", "--all", "--json"],
            env={**os.environ, "SSRCRED_HOME": str(many.home)},
            stdout=gone,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 1 and done.stderr == ""


def test_a_name_that_the_encoding_does_not_have_stops_nothing(bare: Desk) -> None:
    bare.home.mkdir()
    (bare.home / "config.toml").write_text('[lea.a]\nname = "Cañada"\ncds = "19000000000001"\n', "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "ssrcred", "status", "--nagios"],
        env={**os.environ, "SSRCRED_HOME": str(bare.home), "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"},
        capture_output=True,
    )
    assert done.returncode == 3 and done.stdout.startswith(b"SSRCRED UNKNOWN") and done.stderr == b""

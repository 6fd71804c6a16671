"""The program around its commands: help, version, usage errors, encodings, pipes, and what is not imported."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from cli.desk import LEA, Desk, Paper, Person, Pipe, Screen
from ssrcred import __version__
from ssrcred.app.environment import Environment
from ssrcred.cli.main import main
from waiting import HUNG_S

COMMANDS = {
    "Every year": ("rotate", "resume", "abandon", "handover"),
    "Any day": ("store", "upload", "verify", "status", "schools"),
    "Unattended": ("remind", "calendar", "report", "schedule", "schema"),
    "When something is wrong": ("help", "doctor", "support", "history"),
    "Set-up": ("setup", "practice", "secret", "vault", "portal", "lea", "sis"),
}


def python(code: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a piece of Python in a process of its own, from another folder than this one."""
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1", **environ},
        cwd=Path(sys.executable).parent,
    )


@pytest.mark.parametrize("asked", [("--help",), ("-h",), ()])
def test_help_names_every_command_in_its_group(
    bare: Desk, capsys: pytest.CaptureFixture[str], asked: tuple[str, ...]
) -> None:
    ran = bare.run(*asked)
    assert ran.code == (0 if asked else 2)
    assert ran.err == ""
    shown = capsys.readouterr().out
    groups = re.split(r"[╭+][─-]+ (.+?) [─-]+[╮+]", shown)[1:]
    by_title = dict(zip(groups[::2], groups[1::2], strict=True))
    for title, commands in COMMANDS.items():
        assert tuple(re.findall(r"^[│|] (\w+) ", by_title[title], re.MULTILINE)) == commands


@pytest.mark.parametrize("command", [name for names in COMMANDS.values() for name in names])
def test_every_command_explains_itself(bare: Desk, capsys: pytest.CaptureFixture[str], command: str) -> None:
    for word in ("-h", "--help"):
        assert bare.run(command, word).code == 0
        assert f"Usage: ssrcred {command}" in capsys.readouterr().out


@pytest.mark.parametrize("group", ["secret", "vault"])
def test_a_group_without_a_command_shows_its_help(bare: Desk, capsys: pytest.CaptureFixture[str], group: str) -> None:
    assert bare.run(group).code == 2
    assert f"Usage: ssrcred {group}" in capsys.readouterr().out


def test_version_is_said_and_nothing_else(bare: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert bare.run("--version").code == 0
    assert capsys.readouterr().out == f"ssrcred {__version__}\n"
    assert not bare.home.exists()


def test_python_m_ssrcred_does_the_same() -> None:
    done = subprocess.run([sys.executable, "-m", "ssrcred", "--version"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, f"ssrcred {__version__}\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("rotat",), "rotat"),
        (("verify", "--bogus"), "--bogus"),
        (("rotate", "--days-left", "many"), "many"),
        (("secret", "set"), "NAME"),
        (("status", "left-over"), "left-over"),
        (("history", "--last", "0"), "0"),
    ],
)
def test_a_command_line_that_makes_no_sense_is_a_usage_error(
    bare: Desk, arguments: tuple[str, ...], words: str
) -> None:
    ran = bare.run(*arguments)
    assert ran.code == 2
    assert words in ran.error["error"]
    known = "" if arguments == ("rotat",) else f"{arguments[0]} "
    assert ran.error["hint"] == f"For usage: ssrcred {known}--help"
    assert not bare.home.exists()


def test_a_usage_error_is_a_document_when_one_was_asked_for(bare: Desk) -> None:
    ran = bare.run("--nonsense", "verify", "--json")
    assert ran.document["schema"] == "ssrcred.verify/1"
    assert ran.document["error"]["code"] == "usage" and ran.document["error"]["exit"] == ran.code == 2
    assert bare.run("--json").document["schema"] == "ssrcred.ssrcred/1"
    assert ran.err == ""


def test_several_leas_need_a_name(ready: Desk) -> None:
    ready.run(
        *("setup", "--lea", "other", "--name", "Other", "--cds", "19647340000000", "--no-input"),
        *("--url", "https://other.schoolwise.com", "--username", "office"),
    )
    ran = ready.run("verify")
    assert ran.code == 2 and ran.error["error"] == "There are several LEAs in config.toml."
    assert ran.error["hint"] == "Say which one with --lea NAME. There are: lincoln, other."
    ran = ready.run("verify", "--lea", "lincon")
    assert ran.code == 2 and ran.error["error"] == "There is no LEA 'lincon' in config.toml."
    ready.environ["SSRCRED_LEA"] = "other"
    assert json.loads(ready.run("status", "--json").out)["leas"][0]["lea"] == "other"
    assert [one["lea"] for one in ready.run("status", "--all", "--json").document["leas"]] == [LEA, "other"]


def test_without_a_config_every_command_says_setup(bare: Desk) -> None:
    for command in ("rotate", "resume", "abandon", "store", "upload", "verify", "status", "schools"):
        ran = bare.run(command, *(("--stdin",) if command in ("rotate", "store") else ()))
        assert ran.code == 3 and ran.error["hint"] == "To make it, type: ssrcred setup"


def test_a_config_without_an_lea_says_setup_too(bare: Desk) -> None:
    bare.home.mkdir()
    (bare.home / "config.toml").write_text("[all]\nper_host = 2\n", "utf-8")
    for command in ("rotate", "resume", "verify", "status", "schools", "upload", "doctor"):
        more = {"rotate": "--stdin", "doctor": "--no-practice"}.get(command)
        ran = bare.run(command, *filter(None, (more,)))
        assert ran.code == 3 and "ssrcred setup" in (ran.out if command == "doctor" else ran.error["hint"]), command
    ran = bare.run("status", "--nagios")
    assert ran.code == 3 and "There is no LEA in config.toml yet." in ran.out
    for command in ("status", "verify", "upload"):
        assert bare.run(command, "--all").code == 3, command


def test_no_color_is_respected_and_a_terminal_gets_colour_otherwise(rotated: Desk) -> None:
    rotated.environ |= {"TERM": "xterm-256color"}
    screen = Screen()
    main(["status"], rotated.environment(Person(screen, ()), screen, screen))
    assert "\x1b[32m" in screen.said
    rotated.environ |= {"NO_COLOR": "1"}
    screen = Screen()
    main(["status"], rotated.environment(Person(screen, ()), screen, screen))
    assert "fine" in screen.said and "\x1b[3" not in screen.said


def test_a_narrow_terminal_is_respected(rotated: Desk) -> None:
    rotated.environ["COLUMNS"] = "50"
    ran = rotated.sit("schools")
    assert ran.code == 0 and max(map(len, ran.screen.splitlines())) <= 50


def test_a_stream_that_has_few_characters_gets_plain_words(ready: Desk) -> None:
    written = [io.BytesIO(), io.BytesIO()]
    out, err = (io.TextIOWrapper(one, encoding="cp1252", errors="strict") for one in written)
    with io.TextIOWrapper(Pipe(ready.pair_lines), encoding="cp1252") as stdin:
        environment = Environment(
            environ=ready.environ,
            stdin=stdin,
            stdout=out,
            stderr=err,
            now=lambda: ready.at,
            os_keyring=ready._keyring,
            user=lambda: "дана",
        )
        assert main(["rotate", "--stdin"], environment) == 0
        assert main(["status"], environment) == 0
        assert main(["history"], environment) == 0
    out.flush()
    err.flush()
    said = written[1].getvalue().decode("cp1252")
    assert "  ok New credentials stored and read back" in said and "✓" not in said
    answered = written[0].getvalue().decode("cp1252")
    assert "365 ---" in answered and "????" in answered  # the bar in plain hyphens; a name that cp1252 does not have
    out.close()
    err.close()


def test_words_from_outside_are_not_read_as_codes_of_ours(ready: Desk) -> None:
    strange = "[bold]:key: [/x]"
    ready.user = lambda: strange
    ready.rotated()
    assert strange in ready.run("history").out
    assert strange in ready.run("schools", "--set", strange).error["error"]


def test_a_reader_that_goes_away_is_not_taken_for_success(ready: Desk) -> None:
    class Gone(Paper):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    with io.TextIOWrapper(Pipe(b""), encoding="utf-8") as stdin:
        assert main(["status", "--json"], ready.environment(stdin, Gone(), Paper())) == 1


def test_a_closed_standard_input_counts_as_nobody_there() -> None:
    code = (
        "import sys; sys.stdin = None\nfrom ssrcred.app.environment import Environment; print(Environment().has_person)"
    )
    assert python(code).stdout == "False\n"


def test_a_system_without_a_user_name_is_recorded_as_unknown(ready: Desk) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 4711")

    def signed_in() -> str:
        raise OSError("there is no terminal")

    ready.user, ready.login = nobody, signed_in
    ready.rotated()
    assert {event["by"] for event in ready.run("history", "--json").document["events"]} == {"unknown"}


HEAVY = (
    "keyring",
    "httpx",
    "httpcore",
    "rich",
    "pyrage",
    "ssl",
    "http.client",
    "urllib.request",
    "aiohttp",
    "filelock",
    "turbohtml",
)


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_status_needs_no_keyring_and_no_network(rotated: Desk, more: tuple[str, ...]) -> None:
    code = (
        f"import sys; from ssrcred.cli.main import main; code = main(['status', *{list(more)!r}]); "
        f"print(code, sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)"
    )
    done = python(code, SSRCRED_HOME=str(rotated.home))
    assert done.stderr == ("0 []\n" if more else "0 ['rich']\n")


def test_no_start_up_imports_what_a_command_may_not_need() -> None:
    code = f"import sys, ssrcred.cli.main; print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    assert python(code).stdout == "[]\n"


def test_the_real_machine_is_made_of_the_real_parts() -> None:
    code = (
        "import sys; from ssrcred.app.environment import Environment; environment = Environment(); "
        "print(environment.now().utcoffset(), environment.stdout is sys.stdout, end=chr(32)); "
        "print(environment.clipboard().__class__.__name__); "
        "print(environment.actor != '', environment.os_keyring(1.0, None).description)"
    )
    done = python(code)
    assert done.stdout.startswith("0:00:00 True SystemClipboard\nTrue Secret Service"), done.stderr
    hidden = "from ssrcred.app.environment import Environment; Environment().hidden('Made-up prompt: ')"
    done = subprocess.run(
        [sys.executable, "-c", hidden], capture_output=True, text=True, input="made-up\n", start_new_session=True
    )
    assert "This terminal cannot hide what is typed" in done.stderr and "made-up\n" not in done.stdout


def test_the_end_of_a_hidden_answer_ends_its_line() -> None:
    code = (
        "from ssrcred.app.environment import Environment\n"
        "try: Environment().hidden('Made-up prompt: ')\n"
        "except EOFError: print('over')"
    )
    with pexpect.spawn(sys.executable, ["-c", code], encoding="utf-8", timeout=HUNG_S) as child:
        child.expect_exact("Made-up prompt: ")
        child.sendeof()
        child.expect_exact("\r\nover\r\n")


def test_an_empty_history_says_so(bare: Desk) -> None:
    ran = bare.run("history")
    assert ran.code == 0 and ran.err == "Nothing is recorded yet.\n" and ran.out == ""


def test_a_district_without_a_pair_is_not_said_to_use_one(ready: Desk) -> None:
    ready.district.put("district", None)
    ran = ready.run("schools")
    district = next(line for line in ran.out.splitlines() if line.startswith("district"))
    assert district.split()[-1] == "none"

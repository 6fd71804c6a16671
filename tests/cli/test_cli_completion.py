"""The Tab key in four shells: commands and values at once, from files alone, and nothing that a shell evaluates."""

from __future__ import annotations

import io
import os
import shlex
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.desk import Desk
from cli.test_cli_main import HEAVY, python
from cli.test_cli_screens import compare
from ssrcred.cli.command_list import COMMANDS
from ssrcred.cli.quick_completion import HARMLESS, complete, typed

PROGRAM = (sys.executable, "-c", "import sys; from ssrcred.cli.start import program; sys.exit(program())")


def asked(shell: str, line: str) -> dict[str, str]:
    """What a shell's script (Typer's) puts into the environment when Tab is pressed behind `line`."""
    words = line.split(" ")
    if shell == "bash":
        # bash takes words apart at = and : (COMP_WORDBREAKS), and its script joins them by line ends.
        apart = [part for word in words for part in word.replace("=", "\n=\n").replace(":", "\n:\n").split("\n")]
        apart = [part for part in apart[:-1] if part] + apart[-1:]
        told = {"COMP_WORDS": "\n".join(apart), "COMP_CWORD": str(len(apart) - 1)}
    elif shell == "zsh":
        told = {"_TYPER_COMPLETE_ARGS": line}
    elif shell == "fish":
        told = {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    else:
        told = {"_TYPER_COMPLETE_ARGS": line.rstrip(), "_TYPER_COMPLETE_WORD_TO_COMPLETE": words[-1]}
    return {"_SSRCRED_COMPLETE": f"complete_{shell}", **told}


def offered(desk: Desk, shell: str, line: str) -> str | None:
    """What the shell gets for a line; None where the whole program answers."""
    out = io.StringIO()
    code = complete({**desk.environ, **asked(shell, line)}, COMMANDS, desk.at, out)
    assert code == 0 or (code is None and not out.getvalue())
    return None if code is None else out.getvalue()


LINES = (
    "ssrcred ro",
    "ssrcred verify --lea l",
    "ssrcred verify --lea=l",
    "ssrcred verify --driver ",
    "ssrcred verify --all --group L",
    "ssrcred schedule --with ",
    "ssrcred secret set ",
    "ssrcred secret drop parent:",
    "ssrcred schools --clear F",
    "ssrcred schools --set nothing",
    "ssrcred verify --all --w",
    "ssrcred verify --",
    "ssrcred lea re",
    "ssrcred lea add --c",
    "ssrcred --v",
)


def test_what_each_shell_is_offered(rotated: Desk) -> None:
    lines = [
        f"{shell}  {line}\n{offered(rotated, shell, line)}"
        for line in LINES
        for shell in ("bash", "zsh", "fish", "powershell")
    ]
    compare("completion", "\n".join(lines))
    assert rotated.keyring_limits == [], "nothing asks the keyring"


@pytest.mark.parametrize("line", ["ssrcred schedule --at ", "ssrcred sis show ", "ssrcred nothing "])
def test_a_value_that_nobody_knows_is_left_to_the_program(rotated: Desk, line: str) -> None:
    assert offered(rotated, "bash", line) is None


@pytest.mark.parametrize("line", ["ssrcred ", "ssrcred verify --lea ", "ssrcred verify --"])
def test_a_completion_and_the_version_import_next_to_nothing(rotated: Desk, line: str) -> None:
    for told in (f"os.environ |= {asked('bash', line)!r}", "sys.argv[1:] = ['--version']"):
        code = (
            f"import os, sys; {told}; from ssrcred.cli.start import program; code = program(); "
            f"print(code, sorted({{'typer', *{HEAVY!r}}} & set(sys.modules)), file=sys.stderr)"
        )
        done = python(code, SSRCRED_HOME=str(rotated.home))
        assert done.stderr == "0 []\n" and done.stdout


def test_a_home_that_is_not_set_up_or_broken_offers_nothing(bare: Desk) -> None:
    assert offered(bare, "bash", "ssrcred verify --lea ") == ""
    bare.home.mkdir()
    bare.config.write_text("this is no TOML", "utf-8")
    assert offered(bare, "fish", "ssrcred secret set p") == "parent\n"
    assert offered(bare, "zsh", "ssrcred verify --lea ") == "_files\n"


def test_fish_is_told_whether_there_is_anything(rotated: Desk) -> None:
    told = {**rotated.environ, **asked("fish", "ssrcred verify --lea x"), "_TYPER_COMPLETE_FISH_ACTION": "is-args"}
    assert complete(told, COMMANDS, rotated.at, io.StringIO()) == 1


def test_the_real_bash_completes_a_place_whose_name_has_spaces(rotated: Desk) -> None:
    # It is for the shell that asks, so a shell has to ask.
    shown = ["bash", "-c", f"{shlex.join(PROGRAM)} --show-completion; exit $?"]
    environ = {**os.environ, **rotated.environ}
    script = subprocess.run(shown, capture_output=True, text=True, env=environ).stdout
    run = f'{shlex.quote(sys.executable)} -c "import sys; from ssrcred.cli.start import program; sys.exit(program())"'
    lines = (
        f"ssrcred() {{ {run}; }}; export -f ssrcred\n"
        + script.replace("$1 )", "bash -c ssrcred )")
        + '\nCOMP_WORDS=(ssrcred schools --clear Fr); COMP_CWORD=3; _ssrcred_completion ssrcred; echo "${COMPREPLY[0]}"'
    )
    done = subprocess.run(["bash", "-c", lines], capture_output=True, text=True, env=environ)
    assert done.stdout == "Franklin\\ Middle\\ School\n", (script, done.stderr)


@given(name=st.text(min_size=1), shell=st.sampled_from(["bash", "zsh", "fish", "powershell"]))
def test_no_name_that_a_shell_would_evaluate_is_offered(name: str, shell: str) -> None:
    assert not (HARMLESS.fullmatch(name) and set(name) & set('$`\\"!;|&<>*?[]{}~\n'))
    out = io.StringIO()
    complete(asked(shell, "ssrcred "), [name], None, out)  # type: ignore[arg-type]  # no source is asked
    assert HARMLESS.fullmatch(name) or name not in out.getvalue() or name in "_files"


@given(line=st.text(), shell=st.sampled_from(["bash", "zsh", "fish", "powershell"]))
def test_no_line_that_is_typed_breaks_it(line: str, shell: str) -> None:
    told = {"COMP_WORDS": line, "COMP_CWORD": "1", "_TYPER_COMPLETE_ARGS": line}
    assert typed({"_SSRCRED_COMPLETE": f"complete_{shell}", **told})[0] == shell

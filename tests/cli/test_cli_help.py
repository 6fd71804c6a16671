"""The command help: every command and page is listed, shown by its name, and paged where somebody reads."""

from __future__ import annotations

import os
import re
import shlex
import sys
from pathlib import Path

import pexpect
import pytest

from cli.desk import Desk
from cli.test_cli_completion import offered
from ssrcred.app.documentation import topics
from ssrcred.cli.command_list import COMMANDS
from waiting import HUNG_S

DOCS = Path(__file__).parents[2] / "docs"


def test_the_list_has_every_command_and_every_page_with_a_line_each(bare: Desk) -> None:
    ran = bare.run("help")
    rows = dict(re.findall(r"^  (\S+) +(\S.*?) *$", ran.out, re.MULTILINE))
    files = {path.stem for path in DOCS.rglob("*.md") if path.stem != "README" and "shared" not in path.parts}
    assert set(COMMANDS) <= rows.keys()
    assert {name.rpartition("/")[2] for name in rows.keys() - set(COMMANDS)} | (files & set(COMMANDS)) == files
    assert rows["network"] == "Make it work in a school's network"
    assert rows["how-to/rotate"] == "Do the yearly rotation" and rows["route"] == "Confirmed settings: portals/LEA.toml"
    assert ran.err == "For one of them: ssrcred help NAME\n"
    document = bare.run("help", "--json").document
    assert {one["name"] for one in document["commands"]} == set(COMMANDS)
    assert rows == {one["name"]: one["title"] for one in document["commands"] + document["topics"]}


def test_every_page_in_the_list_is_shown_as_it_is_in_a_pipe(bare: Desk) -> None:
    for page in topics(COMMANDS):
        if "Bearer " not in page.markdown:  # the desk takes that for a token
            assert bare.run("help", page.name).out == page.path.read_text("utf-8")
    assert bare.run("help", "how-to/network").out == bare.run("help", "network").out


def test_a_command_comes_before_a_page_of_its_name_and_names_it(bare: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    ran = bare.run("help", "rotate")
    assert "Usage: ssrcred rotate" in ran.out and ran.err == "The guide: ssrcred help how-to/rotate\n"
    assert bare.run("rotate", "--help").code == 0
    assert capsys.readouterr().out == ran.out
    assert "Usage: ssrcred portal find" in bare.run("help", "portal", "find").out
    document = bare.run("help", "lea", "add", "--json").document
    assert (document["name"], document["kind"]) == ("lea add", "command")
    assert "Usage: ssrcred lea add" in document["text"]


def test_at_a_terminal_a_page_is_laid_out_and_its_links_are_what_to_type(bare: Desk) -> None:
    bare.environ["COLUMNS"] = "80"
    shown = bare.sit("help", "set-up").screen
    assert "Set it up for your LEA" in shown and "# Set it up" not in shown and "](" not in shown
    assert "how-to/handover" in shown and "first-rotation" in shown
    assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("netwrk",), "To see it: ssrcred help network"),
        (("rotat",), "To see it: ssrcred help rotate"),
        (("zzzz",), "To list all: ssrcred help"),
        (("portal", "fnd"), "To see it: ssrcred help portal find"),
        (("status", "zzzz"), "To see it: ssrcred help status"),
        (("../pyproject",), "To list all: ssrcred help"),
    ],
)
def test_a_name_that_is_unknown_is_answered_with_the_nearest(bare: Desk, words: tuple[str, ...], hint: str) -> None:
    ran = bare.run("help", *words)
    assert ran.code == 2 and ran.error["hint"] == hint
    assert bare.run("help", *words, "--json").document["error"]["code"] == "usage"


def test_the_tab_key_offers_pages_too(bare: Desk) -> None:
    assert offered(bare, "fish", "ssrcred help ne") == "network\n"
    assert (offered(bare, "fish", "ssrcred help ") or "").split()[: len(COMMANDS)] == list(COMMANDS)


@pytest.mark.parametrize("more", [(), ("--no-input",)])
def test_a_page_waits_in_the_pager_unless_nobody_may_be_asked(tmp_path: Path, more: tuple[str, ...]) -> None:
    # What a pager does, without one that waits: it says when it has been given the text.
    pager = f"{shlex.quote(sys.executable)} -c 'import sys; sys.stdin.read(); print(\"the pager has it\")'"
    environ = {**os.environ, "PAGER": pager, "MANPAGER": pager, "SSRCRED_HOME": str(tmp_path)}
    words = ["-m", "ssrcred", "help", "how-to/store", *more]
    with pexpect.spawn(sys.executable, words, env=environ, encoding="utf-8", timeout=HUNG_S) as child:
        child.expect(pexpect.EOF)
        assert child.before is not None and ("the pager has it" in child.before) is not bool(more)
        assert ("Store credentials" in child.before) is bool(more)

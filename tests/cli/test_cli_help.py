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
from cli.test_cli_screens import compare
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


def test_the_list_and_a_command_as_they_are_read(bare: Desk) -> None:
    listed, unknown = bare.run("help"), bare.run("help", "verfy")
    compare("help", f"$ ssrcred help\n{listed.out}{listed.err}\n$ ssrcred help verfy\n{unknown.out}{unknown.err}")


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


def seen_at_a_terminal(*words: str, **environ: str) -> str:
    """All that `ssrcred` shows at a terminal on which nobody presses a key."""
    surroundings = {name: value for name, value in os.environ.items() if name not in ("PAGER", "MANPAGER")} | environ
    with pexpect.spawn(
        sys.executable, ["-m", "ssrcred", *words], env=surroundings, encoding="utf-8", timeout=HUNG_S
    ) as child:
        child.expect(pexpect.EOF)
        assert isinstance(child.before, str)
        return child.before


@pytest.mark.parametrize("more", [(), ("--no-input",)])
def test_a_page_waits_in_the_pager_unless_nobody_may_be_asked(tmp_path: Path, more: tuple[str, ...]) -> None:
    # What a pager does, without one that waits: it says when it has the text, and whether it may open a shell.
    code = "import os, sys; sys.stdin.read(); print('paged, secure', os.environ['LESSSECURE'])"
    pager = shlex.join([sys.executable, "-c", code])
    shown = seen_at_a_terminal("help", "how-to/store", *more, PAGER=pager, SSRCRED_HOME=str(tmp_path))
    assert ("paged, secure 1" in shown) is not bool(more)
    assert ("Store credentials" in shown) is bool(more)


def test_more_which_opens_a_shell_is_not_taken_unless_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "more").write_text("#!/bin/sh\necho this is more\n", "utf-8")
    (tmp_path / "more").chmod(0o755)
    shown = seen_at_a_terminal("help", "how-to/store", PATH=str(tmp_path), SSRCRED_HOME=str(tmp_path / "home"))
    assert "Store credentials" in shown and "this is more" not in shown

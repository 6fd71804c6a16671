"""Paths on the command line: `~` is a home folder whatever the shell has made of it, and a link stays a link."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.desk import LEA, Desk
from ssrcred.adapters.config import load
from ssrcred.cli.command_tree import command_tree
from ssrcred.cli.option import file_path

PATHS = ("FILE", "PATH", "FILE.ics", "FOLDER", "DIR")


def parameters(command: Any, way: str = "") -> Iterator[tuple[str, Any]]:
    """Every parameter of the program's commands, beside the words that lead to it."""
    for parameter in command.params:
        yield f"{way} {parameter.name}", parameter
    for name, inner in getattr(command, "commands", {}).items():
        yield from parameters(inner, f"{way} {name}")


def test_every_parameter_that_is_a_path_is_expanded_in_the_one_place() -> None:
    found = dict(parameters(command_tree()))
    taken = {name for name, one in found.items() if one.metavar in PATHS or "path" in type(one.type).__name__.lower()}
    wrong = [name for name in taken if getattr(found[name].type, "func", None) is not file_path]
    assert len(taken) >= 7 and wrong == []


@pytest.fixture
def own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home folder of one's own, and a working folder that is another."""
    (tmp_path / "dana").mkdir()
    (tmp_path / "here").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "dana"))
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "dana"


def test_a_key_file_in_ones_home_is_made_there_and_told_in_full(own_home: Path, bare: Desk) -> None:
    ran = bare.run("vault", "init", "--key-file=~/vault.key")
    assert ran.code == 0, ran.err
    assert (own_home / "vault.key").exists()
    assert f"{own_home}/vault.key" in ran.err
    assert os.listdir() == []


def test_what_is_written_from_here_is_told_in_full(own_home: Path, rotated: Desk) -> None:
    ran = rotated.run("calendar", "dates.ics")
    assert ran.code == 0 and f"Saved: {Path.cwd()}/dates.ics" in ran.err


def test_a_home_that_is_not_known_makes_no_folder_of_that_name(own_home: Path, bare: Desk) -> None:
    ran = bare.run("vault", "init", "--key-file", "~nobody-of-that-name/vault.key")
    assert ran.code == 2 and "Write the path in full" in ran.error["error"]
    assert os.listdir() == []


def test_paths_in_the_settings_are_expanded_too(own_home: Path, ready: Desk) -> None:
    config = ready.home / "config.toml"
    text = config.read_text("utf-8").replace("[lea.lincoln.toms]", '[lea.lincoln.toms]\nprofile = "~/mine.toml"')
    config.write_text(text.replace("[lea.lincoln.schoolwise]", '[lea.lincoln.schoolwise]\nmap = "~/map.toml"'), "utf-8")
    lea = load(config).leas[LEA]
    assert lea.toms.profile == f"{own_home}/mine.toml"
    assert lea.schoolwise is not None and lea.schoolwise.map == f"{own_home}/map.toml"


@pytest.mark.parametrize("command", [("calendar",), ("status", "--prometheus")], ids=" ".join)
def test_a_file_that_is_served_by_a_link_is_renewed_behind_the_link(
    tmp_path: Path, rotated: Desk, command: tuple[str, ...]
) -> None:
    kept, served = tmp_path / "kept", tmp_path / "served"
    kept.mkdir()
    served.mkdir()
    (kept / "file").write_text("of last year")
    (served / "link").symlink_to(kept / "file")
    assert rotated.run(*command, str(served / "link")).code == 0
    assert (served / "link").is_symlink() and os.listdir(served) == ["link"]
    assert "of last year" not in (kept / "file").read_text() and os.listdir(kept) == ["file"]


@pytest.mark.parametrize(
    "words",
    [
        ("lea", "add", "kern", "--name", "Kern High", "--cds", "15635290000000"),
        ("setup", "--lea", "kern", "--name", "Kern High", "--cds", "15635290000000", "--no-input"),
        ("vault", "init", "--key-file", "vault.key"),
        ("status",),
        ("lea", "list"),
    ],
    ids=" ".join,
)
def test_a_home_that_cannot_be_looked_into_is_told_and_is_no_bug(
    own_home: Path, bare: Desk, words: tuple[str, ...]
) -> None:
    # Too long a name for any system, also for root, whom no permission keeps out.
    bare.environ["SSRCRED_HOME"] = str(own_home / ("x" * 300))
    ran = bare.run(*words)
    assert ran.code == 3
    assert "cannot be read (file name too long)" in ran.error["error"]

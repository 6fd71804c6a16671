"""The scripts of docs/how-to/operators.md, as people who share an account run them through sudo."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from pathlib import Path
from typing import Final

import pytest

from session.rehearsal import Rehearsal
from ssrcred.practice import Pair

PAGE: Final = Path(__file__).parent.parent.parent / "docs" / "how-to" / "operators.md"
# Takes the options that systemd-run knows, passes on what --setenv names and nothing else, and runs the command.
SYSTEMD_RUN: Final = """#!/bin/sh
given=""
while [ "$1" != -- ]; do
  case $1 in
    --setenv=*=*) given="$given ${1#--setenv=}";;
    --setenv=*) name=${1#--setenv=}; eval "given=\\"$given $name=\\$$name\\"";;
    --property=LoadCredentialEncrypted=ssrcred.key:*) given="$given CREDENTIALS_DIRECTORY=$CREDENTIALS";;
    --quiet|--pty|--pipe|--wait|--collect|--uid=ssrcred) ;;
    *) echo "not an option that is meant: $1" >&2; exit 2;;
  esac
  shift
done
shift
exec env -i PATH="$PATH" PYTHONUTF8=1 $given "$@"
"""


@pytest.mark.parametrize("which", [0, 1], ids=["sealed", "key-file"])
def test_the_script_runs_the_program_and_the_history_names_who_called_it(
    rotated_once: tuple[Rehearsal, Pair], tmp_path: Path, which: int
) -> None:
    rehearsal = rotated_once[0].copied(tmp_path)
    script = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)[which]
    program = " ".join(map(shlex.quote, (sys.executable, "-m", "ssrcred")))
    script = script.replace("/opt/ssrcred/bin/ssrcred", program).replace("/var/lib/ssrcred", str(rehearsal.home))
    stand_in = tmp_path / "bin" / "systemd-run"
    stand_in.parent.mkdir()
    stand_in.write_text(SYSTEMD_RUN, "utf-8")
    stand_in.chmod(0o755)
    pointer = rehearsal.home / "vault" / "key-file.txt"
    if which == 0:  # then only systemd has it
        opened = tmp_path / "credentials"
        opened.mkdir()
        (opened / "ssrcred.key").write_bytes(Path(pointer.read_text("utf-8").strip()).read_bytes())
        pointer.write_text("/nowhere/vault.key\n", "utf-8")
        rehearsal.environment["CREDENTIALS"] = str(opened)
    rehearsal.environment |= {"PATH": f"{stand_in.parent}{os.pathsep}{os.environ['PATH']}", "TERM": "xterm"}
    rehearsal.environment |= {"SUDO_USER": "alice"}
    del rehearsal.environment["SSRCRED_HOME"]

    def call(*words: str) -> str:
        return rehearsal.run(*words, "--json", expect=None, program=("sh", "-c", script, "county-ssrcred")).stdout

    assert json.loads(call("verify"))["leas"][0]["verdict"] in ("working", "superseded")
    last = json.loads(call("history"))["events"][-1]
    assert last["step"] == "prove" and last["by"].startswith("alice (as ")

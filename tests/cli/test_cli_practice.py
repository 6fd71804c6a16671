"""The practice command: what it says, and what stands in its way."""

from __future__ import annotations

import io
import json
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack

import pytest

from cli.desk import Desk, Paper
from json_schema import problems
from ssrcred.app.practice import PORTS, instructions
from ssrcred.cli.main import main
from ssrcred.practice import running

pytestmark = pytest.mark.xdist_group("the ports of ssrcred practice")


def free() -> bool:
    """Whether the ports of the practice district are free; somebody may be rehearsing on this machine."""
    with ExitStack() as until_looked_at:
        for port in PORTS:
            try:
                until_looked_at.enter_context(socket.create_server(("127.0.0.1", port)))
            except OSError:
                return False
    return True


def test_it_says_where_the_sites_are_and_stops_on_ctrl_c(bare: Desk) -> None:
    if not free():
        pytest.skip("a practice district is running on this machine")

    class Reader(Paper):
        """Somebody who reads to the end and does what it says there."""

        def write(self, text: str) -> int:
            written = super().write(text)
            if "To stop the practice district: Ctrl-C." in text:
                signal.raise_signal(signal.SIGINT)
            return written

    read, answer = Reader(), Paper()
    with io.TextIOWrapper(io.BytesIO(), encoding="utf-8") as stdin:
        assert main(["practice", "--json"], bare.environment(stdin, answer, read)) == 0
    for port in PORTS:
        assert f"http://127.0.0.1:{port}" in read.said
    told = json.loads(answer.said)
    assert problems(told) == [] and told.pop("schema") == "ssrcred.practice/1"
    paths = {"toms": "", "schoolwise": "", "service": "/api/v1", "control": ""}
    assert told == {site: f"http://127.0.0.1:{port}{paths[site]}" for site, port in zip(paths, PORTS, strict=True)}
    assert not bare.home.exists()


def test_a_port_that_is_in_use_is_said(bare: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:  # not the usual ports, which others may take and leave
        first = taken.getsockname()[1] - 2
        ran = bare.run("practice", "--first-port", str(first))
    assert ran.code == 2 and f"{first} to {first + 3}" in ran.error["error"]


def test_without_the_extra_it_says_how_to_install_it() -> None:
    code = "import sys; sys.modules['aiohttp'] = None; from ssrcred.cli.main import main; sys.exit(main(['practice']))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2 and f"{sys.executable} -m pip install '.[practice]'" in done.stderr


def test_the_rehearsal_is_said_in_the_words_of_either_shell() -> None:
    with running() as district:
        unix = instructions(district, powershell=False)
        windows = instructions(district, powershell=True)
    assert any(line.strip().startswith("export SSRCRED_HOME=") for line in unix)
    assert any(line.strip().startswith("$env:SSRCRED_HOME = ") for line in windows)
    assert any(line.endswith("`") for line in windows)

"""Runs the yearly job once, unattended, on a practice district, and shows what a coordinator would see.

Everything it writes is in a temporary folder: no keyring, home or browser of the person who runs it is touched.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from coordinator import regenerate
from rich.console import Console

from ssrcred.practice import Practice, running

SSRCRED: Final = (sys.executable, "-m", "ssrcred")
READY: Final = "They are read from standard input."


def main() -> int:
    """Run the show to its end; a command that fails ends it."""
    console = Console(highlight=False, soft_wrap=True)
    with tempfile.TemporaryDirectory(prefix="ssrcred-demo-") as folder, running(started=True) as district:
        environment = surroundings(Path(folder), terminal=console.is_terminal, width=console.width)
        show = Show(console, environment)
        console.print("A practice district is running on this computer: TOMS, SchoolWise and the SSR service.")
        console.print("Its credentials are 350 days old. The district and one school have them.")
        prepare(show, district, Path(folder))
        confirm(show)
        show.run("status", expect=(0, 1, 2, 3))
        rotate(show, district)
        show.run("schools")
        show.run("verify")
        show.run("status")
    return 0


def surroundings(folder: Path, *, terminal: bool, width: int) -> dict[str, str]:
    """The environment of every command: a home of its own, and colours only where this runs on a terminal."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "NO_COLOR", "TERM", "LANG") if name in os.environ}
    environment = kept | {"HOME": str(folder), "SSRCRED_HOME": str(folder / "ssrcred"), "PYTHONUTF8": "1"}
    if terminal and "NO_COLOR" not in os.environ:
        environment |= {"FORCE_COLOR": "1", "COLUMNS": str(width)}
    return environment


class Show:
    """Runs commands and prints what they print, each under the line that a person would have typed."""

    def __init__(self, console: Console, environment: Mapping[str, str]) -> None:
        self.console = console
        self._environment = environment

    def run(self, *arguments: str, given: str | None = None, expect: tuple[int, ...] = (0,)) -> str:
        """What one command prints, with `given` on its standard input. Ends the demo on an exit code not expected."""
        self.title(*arguments)
        done = subprocess.run(
            [*SSRCRED, *arguments],
            input=given,
            stdin=subprocess.DEVNULL if given is None else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            env=self._environment,
        )
        self.write(done.stdout)
        self.check(done.returncode, expect)
        return done.stdout

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """A command that goes on while its output is read."""
        self.title(*arguments)
        return subprocess.Popen(
            [*SSRCRED, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            env=self._environment,
        )

    def title(self, *arguments: str) -> None:
        """The line that a person would have typed."""
        line = " ".join(f"'{word}'" if " " in word else word for word in arguments)
        self.console.print(f"\n$ ssrcred {line}", style="bold cyan", markup=False, soft_wrap=True)

    def write(self, text: str) -> None:
        """Pass on what a command printed, as it is."""
        self.console.file.write(text)
        self.console.file.flush()

    def check(self, code: int, expect: tuple[int, ...]) -> None:
        """End the demo with an unexpected exit code."""
        if code not in expect:
            self.console.print(f"The demo stopped: exit code {code}.", style="red")
            raise SystemExit(code or 1)


def prepare(show: Show, district: Practice, folder: Path) -> None:
    """Set up the practice district's LEA as IT staff would: an encrypted file, config.toml, the secrets by pipe."""
    show.run("vault", "init", "--key-file", str(folder / "vault.key"))
    accounts = district.accounts
    own = district.schools[1]
    show.run(
        *("setup", "--lea", "lincoln", "--name", district.district_name, "--cds", district.cds),
        *("--url", district.schoolwise_url, "--username", accounts.office.username),
        *("--parent", accounts.parent.username),
        *("--parent-of", f"{own}={accounts.parents[own].username}"),
        *("--toms-api", district.service_url, "--toms-site", district.toms_url, "--no-input"),
    )
    secrets = {
        "schoolwise": accounts.office.password,
        "parent": accounts.parent.password,
        f"parent:{accounts.parents[own].username}": accounts.parents[own].password,
        "test-ssid": district.test_ssid,
    }
    for name, value in secrets.items():
        show.run("secret", "set", name, "--stdin", given=f"{value}\n")


def confirm(show: Show) -> None:
    """Confirm the fields that were found, by their IDs as a script does; the test save sends nothing.

    Where no browser is installed, the test save is left out, and the command says so.
    """
    answers = []
    for fields in show.run("portal", "find").split("\n\n"):
        if found := re.search(r"ID: (\w+)", fields):
            whose = "district" if "the district" in fields else "schools"
            answers += ["--accept", f"{found[1]}={whose}"]
    show.run("portal", "confirm", *answers)


def rotate(show: Show, district: Practice) -> None:
    """Run `rotate` and, once it says that credentials can be generated, play the coordinator in the practice TOMS."""
    with show.start("rotate", "--stdin") as running_rotate:
        assert running_rotate.stdin is not None and running_rotate.stdout is not None
        told = ""
        for line in running_rotate.stdout:
            show.write(line)
            told = " ".join(f"{told} {line}".split())  # a narrow terminal may break the line anywhere
            if told.endswith(READY):
                told = ""
                show.console.print("    (The coordinator logs on to the practice TOMS, opens Credentialing, presses")
                show.console.print("    Regenerate Credentials, then Yes, Generate Credentials, then SHOW SECRET KEY.)")
                pair = regenerate(district.toms_url, district.control_url, district.accounts.coordinator)
                running_rotate.stdin.write(f"{pair.username}\n{pair.secret}\n")
                running_rotate.stdin.close()
    show.check(running_rotate.returncode, (0,))


if __name__ == "__main__":
    sys.exit(main())

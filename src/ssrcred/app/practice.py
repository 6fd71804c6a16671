"""Starts the practice district, and does a test rotation in it.

The test rotation shows that this installation works here: files, encryption, forms, HTTP. It uses nothing of the real
setup: config, history and an encrypted file in place of the keyring are in a temporary folder.
"""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ssrcred.adapters.installation import how_to_install
from ssrcred.adapters.vault import Backend
from ssrcred.app.environment import Environment
from ssrcred.domain import finding
from ssrcred.domain.errors import SsrcredError, UsageWrong, system_reason
from ssrcred.domain.finding import Finding

if TYPE_CHECKING:
    from ssrcred.app.session import Session
    from ssrcred.practice import Practice

PORTS: Final = (8601, 8602, 8603, 8604)
NOT_INSTALLED: Final = "The practice district is not installed."
# The program: runs a command line in an environment and gives its exit code.
Main = Callable[[Sequence[str], Environment], int]


def start(session: Session, first_port: int) -> None:
    """Run the practice district on four ports until Ctrl-C, and say how to use it. Raises UsageWrong."""
    try:
        # Its libraries are an extra, which few installations have.
        from ssrcred.practice import serve
    except ModuleNotFoundError:
        raise UsageWrong(NOT_INSTALLED, state="Nothing was started.", hint=how_to_install("practice")) from None

    def on_ready(district: Practice) -> None:
        session.result.answer(
            {
                "toms": district.toms_url,
                "schoolwise": district.schoolwise_url,
                "service": district.service_url,
                "control": district.control_url,
            }
        )
        session.environment.stdout.flush()  # a script waits for the addresses while the district runs
        for line in instructions(district, powershell=os.name == "nt"):
            session.terminal.say(line)

    first, second, third, last = range(first_port, first_port + len(PORTS))
    try:
        serve((first, second, third, last), started=True, on_ready=on_ready)
    except OSError:
        raise UsageWrong(
            f"The practice district needs the ports {first} to {last} of this computer, and one of them is in use.",
            state="Nothing was started.",
            hint="A practice district may be running already in another window. "
            f"To use other ports: ssrcred practice --first-port {first + 100}",
        ) from None


def instructions(district: Practice, *, powershell: bool) -> tuple[str, ...]:
    """Return the addresses of the sites and the commands to type, for PowerShell or for any other shell."""
    accounts = district.accounts
    own = district.schools[1]
    set_home, more = ("$env:SSRCRED_HOME = ", "`") if powershell else ("export SSRCRED_HOME=", "\\")
    return (
        "The practice district is running. Nothing in it is real, and it uses nothing outside this computer.",
        "",
        f"  TOMS        {district.toms_url}",
        f"  mailbox     {district.control_url}/mailbox   (the code that TOMS e-mails)",
        f"  SchoolWise  {district.schoolwise_url}",
        f"  control     {district.control_url}   (accounts, passwords, faults, the clock)",
        "",
        "To practice the yearly rotation, open a second terminal and type:",
        "",
        f'  {set_home}"$HOME/ssrcred-rehearsal"',
        '  ssrcred vault init --key-file "$HOME/ssrcred-rehearsal.key"',
        f'  ssrcred setup --lea practice --name "{district.district_name}" {more}',
        f"    --cds {district.cds} --url {district.schoolwise_url} --driver http {more}",
        f"    --username {accounts.office.username} --parent {accounts.parent.username} {more}",
        f'    --parent-of "{own}={accounts.parents[own].username}" {more}',
        f"    --toms-api {district.service_url} --direct-check {more}",
        f"    --toms-site {district.toms_url}",
        "  ssrcred rotate",
        "",
        "The first line keeps the practice files apart from the real ones, the second keeps them out of your keyring.",
        f"The passwords and the SSID that setup asks for are on the control page: {district.control_url}",
        "",
        "To stop the practice district: Ctrl-C.",
    )


def rehearse(main: Main, now: Callable[[], datetime]) -> Finding:
    """Return the result of a test rotation at `now` (UTC). Its secrets are made up by the practice district."""
    try:
        from ssrcred.practice import running
    except ModuleNotFoundError:
        return finding.not_tried("practice", NOT_INSTALLED, how_to_install("practice"))
    try:
        folder = tempfile.TemporaryDirectory(prefix="ssrcred-doctor-")
        with folder, running(clock=now, started=True) as district:
            for words, given in _steps(Path(folder.name), district):
                out, err = io.StringIO(), io.StringIO()
                with io.TextIOWrapper(_LateInput(given), encoding="utf-8") as stdin:
                    environ = {"SSRCRED_HOME": str(Path(folder.name, "home"))}
                    environment = Environment(
                        environ, stdin, out, err, now, os_keyring=_no_keyring, user=lambda: "doctor"
                    )
                    code = main(words, environment)
                if code != 0:
                    return failed(words, code, err.getvalue())
            if district.pair is None or district.stored("district") != district.pair:
                return failed(words, SsrcredError.exit_code, "")
            return finding.fine("practice", "A test rotation in the practice district succeeded.")
    except OSError as error:
        problem = f"The practice district did not start ({system_reason(error)})."
        return finding.not_tried("practice", problem, "ssrcred practice")


def failed(command: Sequence[str], code: int, said: str) -> Finding:
    """Return the finding for a test rotation whose `command` ended with this exit code and this stderr."""
    step = command[0] if len(command) < 2 or command[1].startswith("-") else " ".join(command[:2])
    line = next((line.removeprefix("error: ") for line in said.splitlines() if line.startswith("error: ")), "")
    words = f"The test rotation in the practice district failed at '{step}' (exit {code}). {line}".rstrip()
    fix = "To try it by hand: ssrcred practice"
    # Not the step's own code: nothing is wrong with the real portal or the real pair.
    return finding.problem("practice", SsrcredError, words, fix, step=step, step_exit=str(code))


def _steps(folder: Path, district: Practice) -> list[tuple[tuple[str, ...], Callable[[], str]]]:
    """Return the command lines of the test rotation, and what each reads on standard input."""
    from ssrcred.practice import CONFIRMED

    def click() -> str:
        pair = district.generate()
        return f"{pair.username}\n{pair.secret}\n"

    accounts = district.accounts
    set_up = (
        *("setup", "--no-input", "--lea", "practice", "--name", district.district_name, "--cds", district.cds),
        *("--url", district.schoolwise_url, "--username", accounts.office.username),
        *("--parent", accounts.parent.username),
        *("--toms-api", district.service_url, "--toms-site", district.toms_url),
    )
    kept = {"schoolwise": accounts.office.password, "parent": accounts.parent.password, "test-ssid": district.test_ssid}
    return [
        (("vault", "init", "--key-file", str(folder / "key")), str),
        (set_up, str),
        *((("secret", "set", name, "--stdin"), partial("{}\n".format, value)) for name, value in kept.items()),
        (("portal", "confirm", "--import", str(CONFIRMED)), str),
        (("rotate", "--stdin"), click),
    ]


def _no_keyring(limit: float, waiting: Callable[[str], None] | None) -> Backend:
    raise AssertionError("a test rotation stores its made-up secrets in its own folder")


class _LateInput(io.BytesIO):
    """Standard input that makes its text when it is first read: generating comes after everything was checked."""

    def __init__(self, given: Callable[[], str]) -> None:
        super().__init__()
        self._given: Callable[[], str] | None = given

    def read(self, size: int | None = -1, /) -> bytes:
        """The next bytes of the text."""
        if self._given is not None:
            text, self._given = self._given(), None
            self.write(text.encode())
            self.seek(0)
        return super().read(size)

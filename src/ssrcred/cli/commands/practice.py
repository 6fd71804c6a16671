"""The command that starts the practice district, and the doctor's rehearsal of the yearly job with it.

The rehearsal shows that this installation can do it here: files, encryption, forms, HTTP. Nothing of the real set-up is
touched: config, ledger and the encrypted file that stands in for the keyring are in a temporary folder.
"""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ssrcred.adapters.installation import how_to_install
from ssrcred.adapters.vault import Backend
from ssrcred.app.environment import Environment
from ssrcred.app.session import Session
from ssrcred.cli.command import command
from ssrcred.domain import finding
from ssrcred.domain.errors import SsrcredError, UsageWrong
from ssrcred.domain.finding import Finding

if TYPE_CHECKING:
    from ssrcred.practice import Practice

PORTS: Final = (8601, 8602, 8603, 8604)
LEA: Final = "practice"


@command()
def practice(
    session: Session,
    first_port: Annotated[
        int, typer.Option("--first-port", min=1024, max=65532, metavar="N", help="The first of its four ports.")
    ] = PORTS[0],
) -> None:
    """Start a pretend district on this computer: TOMS, SchoolWise and the SSR service, to rehearse with."""
    try:
        from ssrcred.practice import serve
    except ModuleNotFoundError:
        raise UsageWrong(
            "The practice district is not installed.", state="Nothing was started.", hint=how_to_install("practice")
        ) from None

    def show(district: Practice) -> None:
        for line in (*_sites(district), *rehearsal(district, powershell=os.name == "nt")):
            session.terminal.say(line)

    first, second, third, last = range(first_port, first_port + len(PORTS))
    try:
        serve((first, second, third, last), started=True, on_ready=show)
    except OSError:
        raise UsageWrong(
            f"The practice district needs the ports {first} to {last} of this computer, and one is in use.",
            state="Nothing was started.",
            hint="Probably a practice district is running already: look for its window. "
            f"To take other ports: ssrcred practice --first-port {first + 100}.",
        ) from None


def _sites(district: Practice) -> tuple[str, ...]:
    return (
        "The practice district is running. Nothing in it is real, and nothing outside this computer is asked.",
        "",
        f"  TOMS        {district.toms_url}",
        f"  mailbox     {district.control_url}/mailbox   (the code that TOMS e-mails)",
        f"  SchoolWise  {district.schoolwise_url}",
        f"  control     {district.control_url}   (accounts, passwords, faults, the clock)",
        "",
    )


def rehearsal(district: Practice, *, powershell: bool) -> tuple[str, ...]:
    """The lines that say what to type to rehearse, in the words of PowerShell or of any other shell."""
    accounts = district.accounts
    own = district.schools[1]
    set_home, more = ("$env:SSRCRED_HOME = ", "`") if powershell else ("export SSRCRED_HOME=", "\\")
    return (
        "To rehearse the yearly job, open a second terminal and type there:",
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
        "The first line keeps the rehearsal's files apart from the real ones, the second keeps it out of your keyring.",
        f"The passwords and the SSID that setup asks for are on the control page, {district.control_url}.",
        "",
        "To stop the practice district: Ctrl-C.",
    )


def rehearse(now: Callable[[], datetime]) -> Finding:
    """What came of a rehearsal at `now` (UTC). The secrets in it are made up by the practice district."""
    try:
        from ssrcred.practice import running
    except ModuleNotFoundError:
        return finding.not_tried("practice", "The practice district is not installed.", how_to_install("practice"))
    try:
        folder = tempfile.TemporaryDirectory(prefix="ssrcred-doctor-")
        with folder, running(clock=now, started=True) as district:
            for what, command, given in _steps(Path(folder.name), district):
                code, told = _run(Path(folder.name), now, command, given)
                if code != 0:
                    return _failed(what, code, told)
            if district.pair is None or district.stored("district") != district.pair:
                return _failed("rotate", SsrcredError.exit_code, "")
            return finding.fine("practice", "A rotation with the practice district was done from beginning to end.")
    except OSError as error:
        words = f"The practice district could not be started ({(error.strerror or 'no reason given').lower()})."
        return finding.not_tried("practice", words, "ssrcred practice")


def _failed(what: str, code: int, said: str) -> Finding:
    line = next((line.removeprefix("error: ") for line in said.splitlines() if line.startswith("error: ")), "")
    words = f"The rehearsal with the practice district failed at '{what}' (exit {code}). {line}".rstrip()
    mend = "Try it by hand: ssrcred practice"
    # Not the step's own code: nothing is wrong with the real portal or the real pair.
    return finding.problem("practice", SsrcredError, words, mend, step=what, step_exit=str(code))


def _steps(folder: Path, district: Practice) -> list[tuple[str, tuple[str, ...], Callable[[], str]]]:
    """What is done: its name, the command line, and what is given on standard input when it is asked for."""
    from ssrcred.practice import CONFIRMED

    def click() -> str:
        pair = district.generate()
        return f"{pair.username}\n{pair.secret}\n"

    accounts = district.accounts
    set_up = (
        *("setup", "--no-input", "--lea", LEA, "--name", district.district_name, "--cds", district.cds),
        *("--url", district.schoolwise_url, "--username", accounts.office.username),
        *("--parent", accounts.parent.username),
        *("--toms-api", district.service_url, "--toms-site", district.toms_url),
    )
    kept = {"schoolwise": accounts.office.password, "parent": accounts.parent.password, "test-ssid": district.test_ssid}
    return [
        ("vault init", ("vault", "init", "--key-file", str(folder / "key")), str),
        ("setup", set_up, str),
        *(
            ("secret set", ("secret", "set", name, "--stdin"), partial("{}\n".format, value))
            for name, value in kept.items()
        ),
        ("portal confirm", ("portal", "confirm", "--import", str(CONFIRMED)), str),
        ("rotate", ("rotate", "--stdin"), click),
    ]


def _run(
    folder: Path, now: Callable[[], datetime], words: tuple[str, ...], given: Callable[[], str]
) -> tuple[int, str]:
    """One command on a machine of its own: its exit code, and what it said to the person who is not there."""
    from ssrcred.cli.main import main

    out, err = io.StringIO(), io.StringIO()
    with io.TextIOWrapper(_Pipe(given), encoding="utf-8") as stdin:
        environ = {"SSRCRED_HOME": str(folder / "home")}
        code = main(words, Environment(environ, stdin, out, err, now, os_keyring=_none, user=lambda: "doctor"))
    return code, err.getvalue()


def _none(limit: float, waiting: Callable[[str], None] | None) -> Backend:
    raise AssertionError("a rehearsal keeps its made-up secrets in its own folder")


class _Pipe(io.BytesIO):
    """Standard input that makes its text when it is first read: the click comes after everything was tried."""

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

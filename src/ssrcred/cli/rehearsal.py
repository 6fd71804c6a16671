"""Does the whole yearly job once with the practice district, in a folder of its own that is gone afterwards.

So it is seen that this installation can do it here: files, encryption, forms, HTTP. Nothing of the real set-up is
touched: config, ledger and the encrypted file that stands in for the keyring are in the temporary folder.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ssrcred import finding
from ssrcred.cli.machine import Machine
from ssrcred.errors import SsrcredError
from ssrcred.finding import Finding
from ssrcred.installation import how_to_install

if TYPE_CHECKING:
    from ssrcred.practice import Practice
    from ssrcred.vault import Backend

LIMIT_S: Final = 60.0
LEA: Final = "practice"


def rehearse(now: Callable[[], datetime]) -> Finding:
    """What came of a rehearsal at `now` (UTC). The secrets in it are made up by the practice district."""
    try:
        from ssrcred.practice import running
    except ModuleNotFoundError:
        return finding.not_tried("practice", "The practice district is not installed.", how_to_install("practice"))
    try:
        with (
            tempfile.TemporaryDirectory(prefix="ssrcred-doctor-") as folder,
            running(clock=now, started=True) as district,
        ):
            return _Rehearsal(Path(folder), district, now).whole()
    except OSError as error:
        words = f"The practice district could not be started ({(error.strerror or 'no reason given').lower()})."
        return finding.not_tried("practice", words, "ssrcred practice")


def _failed(what: str, code: int, said: str) -> Finding:
    line = next((line.removeprefix("error: ") for line in said.splitlines() if line.startswith("error: ")), "")
    words = f"The rehearsal with the practice district failed at '{what}' (exit {code}). {line}".rstrip()
    mend = "Try it by hand: ssrcred practice"
    # Not the step's own code: nothing is wrong with the real portal or the real pair.
    return finding.problem("practice", SsrcredError, words, mend, step=what, step_exit=str(code))


@dataclass
class _Rehearsal:
    folder: Path
    district: Practice
    now: Callable[[], datetime]

    def whole(self) -> Finding:
        """What came of all steps, the portal's own page included."""
        for what, words, given in self.steps():
            code, said = self.run(words, given)
            if code != 0:
                return _failed(what, code, said)
        if self.district.pair is None or self.district.stored("district") != self.district.pair:
            return _failed("rotate", SsrcredError.exit_code, "")
        return finding.fine("practice", "A rotation with the practice district was done from beginning to end.")

    def steps(self) -> list[tuple[str, tuple[str, ...], Callable[[], str]]]:
        """What is done: its name, the command line, and what is given on standard input when it is asked for."""
        from ssrcred.practice import CONFIRMED

        practice, accounts = self.district, self.district.accounts
        set_up = (
            *("setup", "--no-input", "--lea", LEA, "--name", practice.district_name, "--cds", practice.cds),
            *("--url", practice.schoolwise_url, "--username", accounts.office.username),
            *("--parent", accounts.parent.username),
            *("--toms-api", practice.service_url, "--toms-site", practice.toms_url),
        )
        kept = {
            "schoolwise": accounts.office.password,
            "parent": accounts.parent.password,
            "test-ssid": practice.test_ssid,
        }
        return [
            ("vault init", ("vault", "init", "--key-file", str(self.folder / "key")), str),
            ("setup", set_up, str),
            *(
                ("secret set", ("secret", "set", name, "--stdin"), partial("{}\n".format, value))
                for name, value in kept.items()
            ),
            ("portal confirm", ("portal", "confirm", "--import", str(CONFIRMED)), str),
            ("rotate", ("rotate", "--stdin"), self._click),
        ]

    def _click(self) -> str:
        pair = self.district.generate()
        return f"{pair.username}\n{pair.secret}\n"

    def run(self, words: tuple[str, ...], given: Callable[[], str]) -> tuple[int, str]:
        """One command on a machine of its own: its exit code, and what it said to the person who is not there."""
        from ssrcred.cli.main import main

        out, err = io.StringIO(), io.StringIO()
        with io.TextIOWrapper(_Pipe(given), encoding="utf-8") as stdin:
            environ = {"SSRCRED_HOME": str(self.folder / "home")}
            machine = Machine(environ, stdin, out, err, self.now, os_keyring=_none, user=lambda: "doctor")
            code = main(words, machine)
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

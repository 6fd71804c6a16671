"""Runs the program on a machine where a call of the keyring, the clock or a signal comes at a chosen moment.

    faulty_machine.py REPORT NUMBER KIND -- ARGUMENTS OF SSRCRED

KIND `keyring …` is what happens at the NUMBERth call of the keyring, whose items are those of the encrypted file vault;
`clock …` and `signal …` happen at the NUMBERth look at the clock: every event takes its time from one. KIND `none`
counts nothing but what REPORT, a file, is told: how many calls and looks there were. Pauses of the program are short.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import keyring.backend
from keyring import errors

from ssrcred.adapters.config import home
from ssrcred.adapters.vault.agefile import open_age_vault
from ssrcred.adapters.vault.oskeyring import KeyringBackend
from ssrcred.app.environment import Environment
from ssrcred.cli.main import main

LIMIT_S: Final = 3.0
LONGEST_PAUSE_S: Final = 0.05
RAISES: Final = {
    "locked": errors.KeyringLocked,
    "error": errors.KeyringError,
    "not saved": errors.PasswordSetError,
    "not deleted": errors.PasswordDeleteError,
    "not set up": errors.InitError,
    "missing": errors.NoKeyringError,
    "foreign error": RuntimeError,
    "system error": OSError,
}
KEYRING: Final = (*RAISES, "error after it was done", "hangs", "late", "lies", "loses")
CLOCK: Final = {"a day later": 1, "a day earlier": -1, "a year later": 366, "a year earlier": -366}
SIGNALS: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGSTOP")


class Moments:
    """Counts calls of the keyring and looks at the clock, and knows which of them goes wrong and how."""

    def __init__(self, kind: str, number: int) -> None:
        self._part, _, self._what = kind.partition(" ")
        self._number = number
        self.calls = self.looks = 0
        self._moved = timedelta()

    def call(self) -> str:
        """Return what happens at this call of the keyring, or ""."""
        self.calls += 1
        return self._what if (self._part, self.calls) == ("keyring", self._number) else ""

    def look(self) -> datetime:
        """Return the time; at the chosen look the clock jumps or the signal comes first."""
        self.looks += 1
        if self.looks == self._number and self._part == "clock":
            self._moved = timedelta(days=CLOCK[self._what])
        elif self.looks == self._number and self._part == "signal":
            os.kill(os.getpid(), signal.Signals[self._what])
            # Whoever stops a process for a day has moved the other clocks before it goes on.
            self._moved = timedelta(days=1) if self._what == "SIGSTOP" else timedelta()
        return datetime.now(UTC) + self._moved


class FaultyKeyring(keyring.backend.KeyringBackend):
    """The items of the encrypted file vault as a keyring, of which one call goes wrong."""

    def __init__(self, moments: Moments) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._vault = open_age_vault(home(os.environ).vault)
        self._moments = moments

    def get_password(self, service: str, username: str) -> str | None:
        mood = self._moments.call()
        text = self._done(mood, lambda: self._vault.read(service))
        if mood == "loses":
            return None
        return text.swapcase() if mood == "lies" and text is not None else text

    def set_password(self, service: str, username: str, password: str) -> None:
        mood = self._moments.call()
        if mood != "loses":
            text = password.swapcase() if mood == "lies" else password
            self._done(mood, lambda: self._vault.write(service, text))

    def delete_password(self, service: str, username: str) -> None:
        mood = self._moments.call()
        if mood not in ("lies", "loses"):
            there = self._vault.read(service) is not None
            self._done(mood, lambda: self._vault.delete(service))
            if not there:
                raise errors.PasswordDeleteError("No such password!")

    def _done(self, mood: str, deed: Callable[[], str | None]) -> str | None:
        if mood in RAISES:
            raise RAISES[mood]("made up")
        if mood == "hangs":
            threading.Event().wait()
        if mood == "late":
            time.sleep(2 * LIMIT_S)
        text = deed()
        if mood == "error after it was done":
            raise errors.KeyringError("made up")
        return text


def run() -> int:
    """Read the arguments and run the program."""
    report, number, kind, dashes, *arguments = sys.argv[1:]
    assert dashes == "--"
    moments = Moments(kind, int(number))
    for name in ("SIGTERM", "SIGHUP"):  # as cli.main.program does
        signal.signal(getattr(signal, name), signal.default_int_handler)

    def ring(limit: float, waiting: Callable[[str], None] | None) -> KeyringBackend:
        return KeyringBackend(FaultyKeyring(moments), LIMIT_S, waiting, trusted=frozenset({FaultyKeyring}))

    def sleep(seconds: float) -> None:
        time.sleep(min(seconds, LONGEST_PAUSE_S))

    os.umask(0o077)
    code = main(arguments, Environment(now=moments.look, os_keyring=ring, sleep=sleep))
    Path(report).write_text(json.dumps({"calls": moments.calls, "looks": moments.looks}), "utf-8")
    return code


if __name__ == "__main__":
    sys.exit(run())

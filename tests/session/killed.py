"""Runs the real program on a machine whose power goes at a chosen moment: a signal by its own hand, at a seam.

    killed.py REPORT SIGNAL KIND NUMBER -- ARGUMENTS OF SSRCRED

SIGNAL is the name of one: SIGKILL for the power, SIGINT for somebody's Ctrl-C.

KIND is `look` (the NUMBERth look at the clock: every event takes its time from one, so this is after the event before
it and before its own is recorded, with everything between the two done), `before` or `after` (the NUMBERth write to or
deletion from the vault). NUMBER 0 is never reached: then REPORT, a file, is told what moments there were.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from ssrcred.adapters.config import home
from ssrcred.adapters.ledger.book import Ledger
from ssrcred.adapters.vault import Backend
from ssrcred.adapters.vault.agefile import open_age_vault
from ssrcred.app.environment import Environment
from ssrcred.cli.main import main


class Power:
    """Counts moments of each kind and goes off at one of them."""

    def __init__(self, signal_number: signal.Signals, kind: str, number: int) -> None:
        self._signal = signal_number
        self._kind = kind
        self._number = number
        self.looks: list[int] = []
        self.changes: list[str] = []

    def look(self) -> datetime:
        """A look at the clock."""
        self.looks.append(_recorded())
        self._go_at("look", len(self.looks))
        return datetime.now(UTC)

    def before(self, change: str) -> None:
        """Something in the vault is about to change."""
        self.changes.append(change)
        self._go_at("before", len(self.changes))

    def after(self) -> None:
        """It has changed."""
        self._go_at("after", len(self.changes))

    def _go_at(self, kind: str, number: int) -> None:
        if (kind, number) == (self._kind, self._number):
            os.kill(os.getpid(), self._signal)


def _recorded() -> int:
    """How many events the ledger holds at this moment."""
    with Ledger.readonly(home(os.environ).ledger) as ledger:
        return sum(1 for _ in ledger.events())


class FragileVault:
    """The encrypted file vault, with a power cut around its changes."""

    def __init__(self, inner: Backend, power: Power) -> None:
        self._inner = inner
        self._power = power
        self.description = inner.description

    def read(self, name: str) -> str | None:
        """As it is."""
        return self._inner.read(name)

    def write(self, name: str, text: str) -> None:
        """A change."""
        self._power.before(f"write {name}")
        self._inner.write(name, text)
        self._power.after()

    def delete(self, name: str) -> None:
        """A change."""
        self._power.before(f"delete {name}")
        self._inner.delete(name)
        self._power.after()


def run() -> int:
    """Read the arguments and run the program on the fragile machine."""
    report, name, kind, number, dashes, *arguments = sys.argv[1:]
    assert dashes == "--"
    power = Power(signal.Signals[name], kind, int(number))
    kept = FragileVault(open_age_vault(home(os.environ).vault), power)
    code = main(arguments, Environment(now=power.look, os_keyring=lambda limit, waiting: kept))
    Path(report).write_text(json.dumps({"looks": power.looks, "changes": power.changes}), "utf-8")
    return code


if __name__ == "__main__":
    sys.exit(run())

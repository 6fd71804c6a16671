"""The machine the program runs on, all in one place that a test can fill, and the questions to the person at it.

Questions come one at a time; without a person each is refused by name and never waits.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from getpass import getuser
from io import BytesIO, TextIOWrapper
from time import sleep
from typing import TYPE_CHECKING, BinaryIO, TextIO, TypeVar

from ssrcred.domain.credential import SecretKey
from ssrcred.domain.errors import InputRefused, Interrupted, UsageWrong
from ssrcred.output.fold import harmless

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from ssrcred.adapters.terminal.clipboard import Clipboard
    from ssrcred.adapters.terminal.unseen import Ask
    from ssrcred.adapters.vault import Backend


def _os_keyring(limit: float, waiting: Callable[[str], None] | None) -> Backend:
    from ssrcred.adapters.vault.oskeyring import open_os_keyring

    return open_os_keyring(limit=limit, waiting=waiting)


def _clipboard() -> Clipboard:
    from ssrcred.adapters.terminal.clipboard import SystemClipboard

    return SystemClipboard()


def _open_page(url: str) -> bool:
    from ssrcred.adapters.portal.hand.portal import open_in_browser

    return open_in_browser(url)


def _nothing() -> TextIO:
    return TextIOWrapper(BytesIO(), encoding="utf-8")


def _hidden(prompt: str) -> str:
    from ssrcred.adapters.terminal.unseen import hidden_line

    try:
        return hidden_line(prompt)
    except EOFError:
        sys.stderr.write("\n")  # what follows does not stand behind the question
        raise


def _unseen() -> AbstractContextManager[Ask]:
    from ssrcred.adapters.terminal.unseen import unseen

    return unseen()


# Nobody compares two machines or prints one, and the code for it is made at every start.
@dataclass(frozen=True, eq=False, repr=False)
class Machine:
    """All that the commands touch outside this package, beside files and the network.

    `os_keyring` takes a time limit in seconds and a callable that is told, in words, what is being waited for.
    """

    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    stdin: TextIO = field(default_factory=lambda: sys.stdin or _nothing())
    stdout: TextIO = field(default_factory=lambda: sys.stdout or _nothing())
    stderr: TextIO = field(default_factory=lambda: sys.stderr or _nothing())
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = sleep
    hidden: Callable[[str], str] = _hidden
    unseen: Callable[[], AbstractContextManager[Ask]] = _unseen
    os_keyring: Callable[[float, Callable[[str], None] | None], Backend] = _os_keyring
    clipboard: Callable[[], Clipboard] = _clipboard
    open_page: Callable[[str], bool] = _open_page
    user: Callable[[], str] = getuser

    @property
    def has_person(self) -> bool:
        """Whether somebody can answer: a terminal for questions and for answers."""
        return self.stdin.isatty() and self.stderr.isatty()

    def actor(self) -> str:
        """Who runs this, for the ledger: the user name that the system knows."""
        try:
            return self.user()
        except (OSError, KeyError, ImportError):  # no passwd entry, as in some containers
            return "unknown"


T = TypeVar("T")


class Asker:
    """Asks on stderr and reads from the terminal. `no_input` makes every question an error that names the option."""

    def __init__(self, machine: Machine, *, no_input: bool) -> None:
        self._machine = machine
        self.no_input = no_input or not machine.has_person

    def line(self, question: str, *, default: str = "", option: str = "") -> str:
        """One line as it was typed; the default when it is empty. `option` is what to use without a person."""
        self._refuse_without_person(question, option)
        shown = f" [{default}]" if default else ""
        self._machine.stderr.write(harmless(f"{question}{shown}: "))
        self._machine.stderr.flush()
        try:
            answer = self._machine.stdin.readline()
        except UnicodeError:
            raise InputRefused(
                "What was typed is not text in this terminal's encoding.",
                state="Nothing was taken from it.",
                hint="Run it again, and paste plain text only.",
            ) from None
        if not answer:
            self._machine.stderr.write("\n")
            raise Interrupted(
                "The input ended before the question was answered.",
                state="Nothing more was done after the last line above.",
                hint="To see where things stand: ssrcred status.",
            )
        return answer.rstrip("\r\n") or default

    def until_good(
        self, question: str, check: Callable[[str], str | None], *, default: str = "", option: str = ""
    ) -> str:
        """Ask until `check` has no objection (it gives a sentence, or None)."""
        while True:
            answer = self.line(question, default=default, option=option).strip()
            objection = check(answer)
            if objection is None:
                return answer
            self._machine.stderr.write(harmless(f"  {objection}\n"))

    def parsed(
        self, question: str, parse: Callable[[str], T], refusal: type[Exception], *, told: str = "{}", default: str = ""
    ) -> T:
        """What `parse` makes of the answer; asked again as long as it raises `refusal`, whose words are `told`."""
        while True:
            answer = self.line(question, default=default).strip()
            try:
                return parse(answer)
            except refusal as problem:
                self._machine.stderr.write(harmless(f"  {told.format(problem)}\n"))

    def yes(self, question: str, *, default: bool | None, option: str = "") -> bool:
        """Yes or no; an empty answer is the default, if there is one: None takes neither for granted."""
        marks = {True: "Y/n", False: "y/N", None: "y/n"}[default]
        while True:
            answer = self.line(f"{question} ({marks})", option=option).strip().lower()
            if not answer and default is not None:
                return default
            if answer in ("y", "yes", "n", "no"):
                return answer[0] == "y"
            self._machine.stderr.write("  Please answer y or n.\n")

    def wait(self, text: str) -> None:
        """Wait for the Enter key."""
        self.line(text)

    def hidden(self, question: str, *, option: str = "") -> SecretKey:
        """One line that is not shown while it is typed or pasted."""
        self._refuse_without_person(question, option)
        try:
            return SecretKey(self._machine.hidden(f"{question}: "))
        except EOFError:
            raise InputRefused(
                "The input ended before the secret was given.", state="Nothing was stored.", hint="Run it again."
            ) from None

    def piped(self) -> BinaryIO:
        """Standard input, for a secret from a file or a pipe. Raises UsageWrong for a terminal, which would show it."""
        if self._machine.stdin.isatty():
            raise UsageWrong(
                "Standard input is this terminal, which would show what is typed.",
                state="Nothing was asked and nothing was changed by this.",
                hint="Leave --stdin out, and you are asked without its being shown. Or give it a file: --stdin < FILE.",
            )
        return self._machine.stdin.buffer

    def _refuse_without_person(self, question: str, option: str) -> None:
        if self.no_input:
            way = f"Give it as {option}." if option else "Run it in a terminal."
            raise UsageWrong(
                f"This needs an answer, and nobody is here to give it: {question}",
                state="Nothing was asked and nothing was changed by this question.",
                hint=way,
            )

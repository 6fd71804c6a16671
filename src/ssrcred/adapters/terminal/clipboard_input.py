"""A person copies the User Name, then the secret key; what was copied is said by its length, never by its text."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Final, Protocol, TypeVar

from ssrcred.adapters.terminal.captured_credentials import Captured
from ssrcred.adapters.terminal.concealed_copy import concealed_copy
from ssrcred.domain import paste_check
from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.errors import InputRefused

T = TypeVar("T")
TICK_SECONDS: Final = 0.25
# Looks at the clipboard before giving up: five minutes of ticks.
TICKS: Final = 1200
BEFORE: Final = (
    "What was copied before now does not count. If it was the User Name, copy a blank space, then the User Name again."
)
# What pyperclip lets escape: its own exceptions are RuntimeErrors; its helpers decode, run programs and assert.
_FOREIGN: Final = (UnicodeError, OSError, RuntimeError, AssertionError, ValueError, subprocess.SubprocessError)


class Clipboard(Protocol):
    """The text that was copied last."""

    def read(self) -> str: ...
    def copy(self, text: str) -> bool: ...  # whether it is marked as not to be kept in a history
    def clear(self) -> None: ...


def from_clipboard(
    clipboard: Clipboard,
    say: Callable[[str], None],
    *,
    wait: Callable[[], None] = lambda: time.sleep(TICK_SECONDS),
    ticks: int = TICKS,
    spent: Sequence[Credential] = (),
) -> Captured:
    """The credentials that a person copies, first the User Name, then the secret key.

    Whatever is on the clipboard at the start is not taken. A copied text that cannot be right is told to `say`, and the
    waiting goes on, up to `ticks` looks with a `wait` between them; then InputRefused. `say` never gets a copied text.
    """
    before = clipboard.read()
    copies = _copies(clipboard, before, wait, ticks)

    def next_that_fits(request: str, check: Callable[[str], None]) -> str:
        say(request)
        for text in copies:
            seen = "1 character" if len(text) == 1 else f"{len(text):,} characters"
            try:
                check(text)
            except InputRefused as error:
                say(f"Saw {seen}. {error.message} {error.hint}")
            else:
                say(f"Saw {seen}.")
                return text
        raise AssertionError  # for who reads types: the copies end with an error

    if before:
        say(BEFORE)
    while True:
        username = next_that_fits("Copy the User Name from the TOMS screen now.", paste_check.check_username)
        secret = next_that_fits("Copy the secret key now.", lambda text: paste_check.check_secret(text, spent))
        try:
            paste_check.check_credential(username, secret, spent)
        except InputRefused as error:
            say(f"{error.message} {error.hint} Copy both again.")
        else:
            return Captured(username, SecretKey(secret), typed=False)


def _copies(clipboard: Clipboard, last: str, wait: Callable[[], None], ticks: int) -> Iterator[str]:
    """The texts, cleaned, that are copied one after another; raises InputRefused when no other comes in time."""
    failure: InputRefused | None = None
    for _ in range(ticks):
        wait()
        try:
            text = clipboard.read()
        except InputRefused as error:
            # Another program can hold the clipboard for a moment: only a failure that lasts is one.
            failure = error
            continue
        failure = None
        if text and text != last:
            last = text
            yield paste_check.clean(text)
    raise failure or paste_check.refused(
        "The credentials were not copied in time.",
        "Run the command again, and copy the User Name and then the secret key when it asks for them.",
    )


def clear_if_still(clipboard: Clipboard, secret: SecretKey) -> bool:
    """Empty the clipboard if it still holds the key, and say whether it did; anything else on it is left alone."""
    if not secret.matches(SecretKey(paste_check.clean(clipboard.read()))):
        return False
    clipboard.clear()
    return True


class SystemClipboard:
    """The desktop's clipboard, by way of pyperclip; `paste` and `copy` stand in for it where there is no desktop.

    `conceal` copies a text with the marks of Windows or macOS.
    """

    def __init__(
        self,
        paste: Callable[[], str] | None = None,
        copy: Callable[[str], None] | None = None,
        conceal: Callable[[str], None] | None = None,
    ) -> None:
        if paste is None or copy is None:
            # Looking for the desktop's clipboard runs programs, so only who uses the clipboard pays for it.
            import pyperclip

            copy, paste = pyperclip.determine_clipboard()
            conceal = concealed_copy(sys.platform)
        self._paste: Callable[[], str] = paste
        self._copy = copy
        self._conceal = conceal

    def read(self) -> str:
        """The text on the clipboard, "" when there is none. Raises InputRefused when it cannot be read."""
        return self._tried("read", self._paste)

    def clear(self) -> None:
        """Empty it. Raises InputRefused when that cannot be done."""
        self._tried("emptied", lambda: self._copy(""))

    def copy(self, text: str) -> bool:
        """Put a text on it, and tell whether it is marked as not to be kept in a history.

        Raises InputRefused when that cannot be done without showing it to other programs.
        """
        if self._conceal is not None:
            with suppress(*_FOREIGN):
                self._conceal(text)
                return True
        if getattr(self._copy, "__name__", "") == "copy_klipper":
            raise InputRefused(
                "The only clipboard here is reached by a program that would show the text in the list of processes.",
                state="Nothing was copied.",
                hint="Install xclip, xsel or wl-clipboard, and run it again.",
            )
        self._tried("written", lambda: self._copy(text))
        return False

    def _tried(self, done: str, what: Callable[[], T]) -> T:
        with suppress(*_FOREIGN):
            return what()
        # Raised from here and not from there: the foreign error may have the text in it.
        raise InputRefused(
            f"The clipboard cannot be {done} from this terminal.",
            state="Nothing was taken from the clipboard, and what it holds is unchanged.",
            hint="Leave --clipboard out and paste at the hidden prompt. On Linux the clipboard needs a desktop session "
            "and one of the programs xclip, xsel or wl-clipboard.",
        )

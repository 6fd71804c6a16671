"""Lines typed or pasted at the terminal that it does not show, several at once where they were pasted together."""

from __future__ import annotations

import getpass
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from ssrcred.domain.errors import InputRefused

Ask = Callable[[str], list[str]]
"""Shows a prompt; gives the line that was entered and those pasted along with it, each with its line end.

Nothing of them is shown, not even a line end. Raises EOFError on Ctrl-D, UnicodeError for what is not text.
"""

TOGETHER_S: Final = 0.15
"""How long after a line another one may come that was pasted with it."""


@contextmanager
def unseen() -> Iterator[Ask]:
    """Have the terminal show nothing of what is entered until the end, not even what was pasted too early or too late.

    Between two prompts nothing is thrown away: of two lines pasted together the second may come without its line end.
    Raises InputRefused when the terminal cannot hide it.
    """
    sys.stderr.flush()
    if os.name == "nt":
        yield _by_keys
        return
    with _terminal() as terminal:
        import termios

        try:
            before = termios.tcgetattr(terminal)
            hiding = termios.tcgetattr(terminal)
            hiding[3] &= ~termios.ECHO
            termios.tcsetattr(terminal, termios.TCSAFLUSH, hiding)
        except termios.error:
            raise _cannot_hide() from None
        try:
            yield lambda prompt: _by_lines(terminal, prompt)
        finally:
            termios.tcsetattr(terminal, termios.TCSAFLUSH, before)  # what is still on its way would be shown


@contextmanager
def _terminal() -> Iterator[int]:
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        terminal = -1
    if terminal == -1:
        try:
            yield sys.stdin.fileno()
        except (AttributeError, ValueError):
            raise _cannot_hide() from None
        return
    try:
        yield terminal
    finally:
        with suppress(OSError):
            os.close(terminal)


def hidden_line(prompt: str, ask: Callable[[str], str] = getpass.getpass) -> str:
    """One line typed at the terminal without being shown. Raises InputRefused when the terminal cannot hide it."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            return ask(prompt)
        except getpass.GetPassWarning:
            pass
    raise _cannot_hide()


def _by_lines(terminal: int, prompt: str) -> list[str]:
    import select

    sys.stderr.write(prompt)
    sys.stderr.flush()
    try:
        lines = [os.read(terminal, 65536)]
        while lines[-1].endswith(b"\n") and select.select([terminal], [], [], TOGETHER_S)[0]:
            lines.append(os.read(terminal, 65536))
    except OSError:
        raise EOFError from None  # the window was closed
    if not lines[0]:
        raise EOFError
    encoding = sys.stdin.encoding or "utf-8"
    return [line.decode(encoding) for line in lines if line]


def _by_keys(prompt: str) -> list[str]:
    """The same on Windows, whose console gives single keys."""
    import msvcrt

    for character in prompt:
        msvcrt.putwch(character)  # type: ignore[attr-defined, unused-ignore]
    lines: list[str] = []
    line = key = ""
    while True:
        before, key = key, str(msvcrt.getwch())  # type: ignore[attr-defined, unused-ignore]
        if key == "\x03":
            raise KeyboardInterrupt
        if key == "\x1a" and not line and not lines:
            raise EOFError
        if key == "\b":
            line = line[:-1]
        elif key not in "\r\n":
            line += key
        else:
            if before + key != "\r\n":  # the second half of one line end is no line
                lines.append(line)
                line = ""
            if not _another_key():
                return lines


def _another_key() -> bool:
    import msvcrt

    until = time.monotonic() + TOGETHER_S
    while time.monotonic() < until:
        if msvcrt.kbhit():  # type: ignore[attr-defined, unused-ignore]
            return True
        time.sleep(0.01)
    return False


def _cannot_hide() -> InputRefused:
    return InputRefused(
        "This terminal cannot hide what is typed, so nothing was asked for.",
        state="Nothing was stored.",
        hint="Use the clipboard instead: --clipboard. Or run the command in another terminal.",
    )

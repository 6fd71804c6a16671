"""Lines that a person pastes or types at the terminal without its showing them: one secret, or new credentials."""

from __future__ import annotations

import getpass
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final

from ssrcred.adapters.terminal.captured_credentials import Captured
from ssrcred.domain import paste_check
from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.errors import InputRefused, Interrupted
from ssrcred.domain.place import UNSHOWN

TRIES: Final = 5
# How long after a line another one may come that was pasted with it.
TOGETHER_S: Final = 0.15

# Shows a prompt; gives the line that was entered and those pasted along with it, each with its line end.
#
# Nothing of them is shown, not even a line end. Raises EOFError on Ctrl-D, UnicodeError for what is not text.
Ask = Callable[[str], list[str]]


def from_prompt(
    ask: Ask,
    show: Callable[[str], None],
    *,
    spent: Sequence[Credential] = (),
    refused: Callable[[InputRefused], None] | None = None,
) -> Captured:
    """The credentials that a person pastes or types, at prompts of which the terminal shows nothing.

    `show` is given the rest of the prompt's line: a User Name once it is seen not to be a key, else nothing. Two lines
    pasted together are both. What may be a key is a User Name only if given once more. `refused` is told what
    cannot be right before it is asked for again; without it that is raised. Raises InputRefused, and Interrupted on
    Ctrl-D.
    """
    doubted = SecretKey("")  # what was taken for a key

    def tell(error: InputRefused, left: int) -> None:
        if refused is None or left == 1:
            raise error
        refused(error)

    def shown(username: str) -> str:
        return UNSHOWN if paste_check.may_be_key(username, spent) else username

    def asked(prompt: str, check: Callable[[str], tuple[str, str]]) -> tuple[str, str]:
        """User name and key where two lines were pasted together, else what `check` makes of the one."""
        for left in range(TRIES, 0, -1):
            try:
                first, *second = _lines(ask, prompt)
                if not second:
                    return check(first)
                paste_check.check_credential(first, second[0], spent)
            except Interrupted:
                show("")
                raise
            except InputRefused as error:
                show("")
                tell(error, left)
            else:
                show(f"{shown(first)}  (both lines were used)")
                return first, second[0]
        raise AssertionError  # for who reads types: the last try returns or raises

    def check_username(text: str) -> tuple[str, str]:
        nonlocal doubted
        paste_check.check_username(text)
        if paste_check.may_be_key(text, spent) and not doubted.matches(SecretKey(text)):
            doubted = SecretKey(text)
            raise paste_check.refused(
                "This may be the secret key, so it was not used as the User Name and not shown.",
                "Copy the User Name first. If this is the User Name, enter it again.",
            )
        show(shown(text))
        return text, ""

    def check_secret(text: str) -> tuple[str, str]:
        paste_check.check_secret(text, spent)
        if text == username:  # perhaps both were pasted, and the second line has not come yet
            paste_check.check_credential(username, text)
        show("")
        return username, text

    for left in range(TRIES, 0, -1):
        username, secret = asked("User Name: ", check_username)
        if not secret:
            username, secret = asked("Secret key (it will not be shown): ", check_secret)
        try:
            paste_check.check_credential(username, secret, spent)
        except InputRefused as error:
            tell(error, left)
        else:
            return Captured(username, SecretKey(secret), typed=True)
    raise AssertionError  # as above


def _lines(ask: Ask, prompt: str) -> list[str]:
    try:
        lines = [paste_check.clean(line) for line in ask(prompt)]
    except EOFError:
        raise Interrupted(
            "The input ended before the credentials were complete.",
            state=paste_check.STATE,
            hint="Run the command again when you have the credentials.",
        ) from None
    except UnicodeError:
        lines = []  # it holds what was typed, so nothing is raised from here
    while len(lines) > 1 and not lines[-1]:
        lines.pop()  # two lines are often copied with the empty one behind them
    if not lines:
        raise paste_check.refused(
            "What was typed is not valid text in this terminal's encoding.",
            "Copy it again from the TOMS screen, or use the clipboard: --clipboard.",
        )
    if len(lines) > 2:
        raise paste_check.refused(
            f"{len(lines)} lines were pasted; the credentials are two: the User Name, then the secret key.",
            "Copy the User Name, then the secret key, each from its own line on the TOMS screen.",
        )
    return lines


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
            if before + key != "\r\n":  # the second character of one line end is no line
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

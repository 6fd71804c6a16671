"""Texts lent to the clipboard one after another, and taken back at the end if the clipboard still holds one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from ssrcred.domain.credential import SecretKey
from ssrcred.domain.errors import PortalFailed, SsrcredError
from ssrcred.domain.paste_check import clean

LEFT = "The clipboard could not be emptied. Copy another text now, so that the last one is gone from it."


class Clipboard(Protocol):
    """The text that was copied last. Each raises an SsrcredError, which quotes nothing, when it cannot be done.

    `copy` may put the text neither into the arguments nor into the environment of another program.
    """

    def copy(self, text: str) -> None: ...
    def read(self) -> str: ...
    def clear(self) -> None: ...


@contextmanager
def lending(clipboard: Clipboard, say: Callable[[str], None]) -> Iterator[Callable[[SecretKey], None]]:
    """Lend texts with what this gives; whatever ends it, Ctrl-C too, none of them stays on the clipboard.

    What somebody copied meanwhile is left alone. `say` is told how it ended, and never gets a text that was lent.
    Lending raises PortalFailed when the clipboard does not hold the text as it was given: whoever pastes then would
    paste something else.
    """
    lent: list[SecretKey] = []

    def holds(text: SecretKey) -> bool:
        return text.matches(SecretKey(clean(clipboard.read())))

    def lend(text: SecretKey) -> None:
        lent.append(text)  # noted first, so that a stop in the middle of copying takes it back too
        try:
            clipboard.copy(text.reveal())
            if holds(text):
                return
        except SsrcredError:
            pass
        raise PortalFailed(
            "The clipboard did not keep what was put on it.",
            state="Nothing was saved here. If a text was pasted already, close the portal's page without saving.",
            hint='Close what watches the clipboard and try again, or set driver = "http" in config.toml.',
        )

    def taken_back() -> str:
        try:
            if not any(map(holds, lent)):
                return "The clipboard holds something else by now, and was left alone."
            clipboard.clear()
            return LEFT if any(map(holds, lent)) else "The clipboard is empty again."
        except SsrcredError:
            return LEFT

    try:
        yield lend
    finally:
        if lent:
            try:
                told = taken_back()
            except KeyboardInterrupt:  # Ctrl-C was pressed again: the clipboard comes first even so
                say(taken_back())
                raise
            say(told)

"""Texts lent to the clipboard one after another, and taken back at the end if the clipboard still holds one of them."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Protocol

from ssrcred.credential import SecretKey
from ssrcred.errors import PortalFailed, SsrcredError, UsageWrong
from ssrcred.hygiene import clean

LEFT = "The clipboard could not be emptied. Copy another text now, so that the last one is gone from it."


class Clipboard(Protocol):
    """The text that was copied last. Each raises an SsrcredError, which quotes nothing, when it cannot be done.

    `copy` may put the text neither into the arguments nor into the environment of another program.
    """

    def copy(self, text: str) -> None: ...
    def read(self) -> str: ...
    def clear(self) -> None: ...


class Loan:
    """A context manager: whatever ends it, Ctrl-C too, nothing that was lent stays on the clipboard.

    What somebody copied meanwhile is left alone. `say` is told how it ended, and never gets a text that was lent.
    """

    def __init__(self, clipboard: Clipboard, say: Callable[[str], None]) -> None:
        self._clipboard = clipboard
        self._say = say
        self._lent: list[SecretKey] = []

    def __enter__(self) -> Loan:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._lent:
            return
        try:
            told = self._take_back()
        except KeyboardInterrupt:  # Ctrl-C was pressed again: the clipboard comes first even so
            self._say(self._take_back())
            raise
        self._say(told)

    def lend(self, text: SecretKey) -> None:
        """Put a text on the clipboard, and see that it is there as it was given.

        Raises PortalFailed when it is not: whoever pastes then would paste something else.
        """
        self._lent.append(text)  # noted first, so that a stop in the middle of copying takes it back too
        try:
            self._clipboard.copy(text.reveal())
            if self._holds(text):
                return
        except SsrcredError:
            pass
        raise PortalFailed(
            "The clipboard did not keep what was put on it.",
            state="Nothing was saved here. If a text was pasted already, close the portal's page without saving.",
            hint='Close what watches the clipboard and try again, or set driver = "http" in config.toml.',
        )

    def _take_back(self) -> str:
        try:
            if not any(self._holds(text) for text in self._lent):
                return "The clipboard holds something else by now, and was left alone."
            self._clipboard.clear()
            gone = not any(self._holds(text) for text in self._lent)
        except SsrcredError:
            gone = False
        return "The clipboard is empty again." if gone else LEFT

    def _holds(self, text: SecretKey) -> bool:
        return text.matches(SecretKey(clean(self._clipboard.read())))


def check_clipboard(clipboard: Clipboard) -> None:
    """Raise UsageWrong when there is no clipboard here. Looks at it and changes nothing."""
    try:
        clipboard.read()
        return
    except SsrcredError:
        pass
    raise UsageWrong(
        "Working the portal by hand needs the clipboard of a desktop, and this terminal has none.",
        state="Nothing was read from the portal or written to it.",
        hint="Run it in a terminal on your own desktop (on Linux with xclip, xsel or wl-clipboard installed), or set "
        'driver = "http" in config.toml.',
    )

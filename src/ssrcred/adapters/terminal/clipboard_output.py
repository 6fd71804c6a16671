"""Copies texts for a person who pastes them elsewhere, and takes them back from the clipboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from ssrcred.adapters.terminal.clipboard_input import Clipboard, clear_if_still
from ssrcred.domain.credential import SecretKey
from ssrcred.domain.errors import PortalFailed, SsrcredError, UsageWrong
from ssrcred.domain.paste_check import clean

RECORDED: Final = "A program that records the clipboard may still have what was copied."
LEFT: Final = "The clipboard could not be cleared. Copy another text now to replace what it holds."


@contextmanager
def clearing(clipboard: Clipboard, say: Callable[[str], None]) -> Iterator[Callable[[SecretKey], None]]:
    """Give a function that copies a text; at the end, Ctrl-C too, none of them stays on the clipboard.

    `say` is told how it ended, and never gets a text that was copied. Raises UsageWrong without a clipboard. Copying
    raises PortalFailed when the clipboard does not hold exactly that text: something else would be pasted.
    """
    copied: list[SecretKey] = []
    recorded = False

    def holds(text: SecretKey) -> bool:
        return text.matches(SecretKey(clean(clipboard.read())))

    def copy(text: SecretKey) -> None:
        nonlocal recorded
        copied.append(text)  # noted first, so that a stop in the middle of copying takes it back too
        with suppress(SsrcredError):
            recorded = not clipboard.copy(text.reveal()) or recorded
            if holds(text):
                return
        raise PortalFailed(
            "The clipboard did not keep what was copied to it.",
            state="Nothing was saved here. If a text was pasted already, close the portal's page without saving.",
            hint='Close the program that watches the clipboard and try again, or set driver = "http" in config.toml.',
        )

    def cleared() -> str:
        with suppress(SsrcredError):
            # What somebody copied meanwhile is theirs.
            if not any(clear_if_still(clipboard, text) for text in copied):
                return "The clipboard holds something else now and was left alone."
            return LEFT if any(map(holds, copied)) else "The clipboard was cleared."
        return LEFT

    try:
        clipboard.read()
    except SsrcredError:
        raise UsageWrong(
            "The hand driver needs the clipboard of a desktop, and this terminal has none.",
            state="Nothing in the portal was read or changed.",
            hint="Run it in a terminal on your own desktop (on Linux with xclip, xsel or wl-clipboard installed), "
            'or set driver = "http" in config.toml.',
        ) from None
    try:
        yield copy
    finally:
        if copied:
            try:
                told = cleared()
            except KeyboardInterrupt:  # Ctrl-C was pressed again: the clipboard comes first even so
                say(cleared())
                raise
            say(f"{told} {RECORDED}" if recorded else told)

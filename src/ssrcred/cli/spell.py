"""Reads the stored pair back to the person at this terminal, character by character, on a screen that is erased."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from ssrcred.credential import Credential, SecretKey
from ssrcred.errors import UsageWrong

if TYPE_CHECKING:
    from rich.console import Console

    from ssrcred.cli.session import Session, Work

BESIDE: Final = 4
"""Lines of a screen that are not characters of the pair: two above, the question below, and where Enter leads."""
FEWEST: Final = 5


def needs_terminal(session: Session) -> None:
    """Raise UsageWrong unless a person sits at a terminal whose screen can be erased."""
    console = session.console(answer=True)
    erasable = console.is_terminal and not console.is_dumb_terminal and not console.legacy_windows
    if not session.asker.no_input and session.machine.stdout.isatty() and erasable:
        return
    raise UsageWrong(
        "A pair is read back only to somebody at a terminal whose screen can be erased afterwards.",
        state="Nothing was shown.",
        hint="Run it yourself in a terminal, without --json, --no-input or a redirection: ssrcred store --spell.",
    )


def spell(session: Session, work: Work) -> None:
    """Show the pair page by page and erase it. Raises UsageWrong without a fit terminal, CredentialMissing."""
    needs_terminal(session)
    words, pair = _chosen(work)
    with _uninterrupted(), _passing_screen(session.console(answer=True)) as console:
        for title, lines, last in _pages(pair, max(FEWEST, console.size.height - BESIDE)):
            console.clear()
            for line in (words, f"{title}. Nobody else should see this screen.", *lines):
                # One line each, however narrow it is: what scrolls away cannot be erased.
                console.print(line, no_wrap=True, overflow="ellipsis", soft_wrap=False)
            session.asker.wait("Press Enter to erase it" if last else "Press Enter for what comes next")
    session.say("The pair was shown and the screen erased. Nothing was changed.")


def _chosen(work: Work) -> tuple[str, Credential]:
    """The pair that is meant: one that was refused while it was new (perhaps mistyped), else the newest."""
    standing = work.story.standing
    if standing.rotation is None and standing.bad:
        return f"The pair that the state's service refused ({work.lea.key})", work.vault.read(standing.bad[-1])
    return f"The newest stored pair ({work.lea.key})", work.story.newest()[1]


def _pages(pair: Credential, height: int) -> Iterator[tuple[str, Sequence[str], bool]]:
    """A title, the lines under it, and whether it is the last page."""
    from ssrcred.capture import spelled

    halves = (("User Name", spelled(SecretKey(pair.username))), ("Secret key", spelled(pair.secret)))
    pages = [
        (f"{half}, {len(lines)} characters", lines[at : at + height])
        for half, lines in halves
        for at in range(0, len(lines), height)
    ]
    for number, (title, lines) in enumerate(pages, 1):
        yield title, lines, number == len(pages)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    r"""Inside, Ctrl-Z does nothing, and Ctrl-\ ends the program as Ctrl-C does: both would leave what is shown."""
    answers: dict[str, Any] = {"SIGTSTP": signal.SIG_IGN, "SIGQUIT": signal.default_int_handler}
    # Windows has neither.
    before = {
        name: signal.signal(getattr(signal, name), answer) for name, answer in answers.items() if hasattr(signal, name)
    }
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


@contextmanager
def _passing_screen(console: Console) -> Iterator[Console]:
    """A screen beside the one with what was said before; it has no memory, and is erased however it is left."""
    console.set_alt_screen(True)
    try:
        yield console
    finally:
        console.clear()
        console.set_alt_screen(False)

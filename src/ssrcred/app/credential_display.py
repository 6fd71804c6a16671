"""Shows stored credentials character by character on a screen that is erased afterwards, to type them elsewhere."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from typing import Final

from ssrcred.adapters.terminal.spell import spelled
from ssrcred.app.capture import answering
from ssrcred.app.session import Session
from ssrcred.domain import errors
from ssrcred.domain.credential import SecretKey

# Lines of a screen that show no character: two above, the question below, and the one that Enter leads to.
OTHER_LINES: Final = 4
LEAST_LINES: Final = 5
# While it is shown, Ctrl-Z does nothing, and Ctrl-\ ends the program as Ctrl-C does: both would leave it there.
ANSWERS: Final = {"SIGTSTP": signal.SIG_IGN, "SIGQUIT": signal.default_int_handler}


def read_back(session: Session, lea: str | None) -> None:
    """Show the credentials page by page and erase them. Raises UsageWrong without a fit terminal, CredentialMissing."""
    check_erasable(session, "Credentials are", "ssrcred store[lea] --spell.")
    with session.open(lea, portal=False, reports=False) as work:
        standing, key = work.workflow.standing, work.lea.key
        if standing.rotation is None and standing.bad:  # refused while it was new: perhaps it was mistyped
            words, credential = (
                f"The credentials that the state's service rejected ({key})",
                work.vault.read(standing.bad[-1]),
            )
        else:
            words, credential = f"The newest stored credentials ({key})", work.workflow.newest()[1]
        show_and_erase(session, words, {"User Name": SecretKey(credential.username), "Secret key": credential.secret})
        session.terminal.say("The credentials were shown and the screen was erased. Nothing was changed.")


def check_erasable(session: Session, what: str, command: str) -> None:
    """Raise UsageWrong where a person has no terminal whose screen can be erased; `what` would be shown there."""
    console = session.terminal.console(answer=True)
    erasable = console.is_terminal and not console.is_dumb_terminal and not console.legacy_windows
    if session.terminal.no_input or not session.environment.stdout.isatty() or not erasable:
        raise errors.UsageWrong(
            f"{what} shown only at a terminal whose screen can be erased afterwards.",
            state="Nothing was shown.",
            hint=f"Run it yourself in a terminal, without --json, --no-input or a redirection: {command}",
        )


def show_and_erase(session: Session, words: str, parts: Mapping[str, SecretKey]) -> None:
    """Show each part character by character, on pages below `words`, and erase them."""
    console = session.terminal.console(answer=True)
    height = max(LEAST_LINES, console.size.height - OTHER_LINES)
    pages = [
        (f"{part}, {len(lines)} characters. Nobody else should see this screen.", *lines[at : at + height])
        for part, lines in ((part, spelled(text)) for part, text in parts.items())
        for at in range(0, len(lines), height)
    ]
    with answering(ANSWERS):
        # The alternate screen has no scroll-back, and is erased however it is left.
        console.set_alt_screen(True)
        try:
            for number, page in enumerate(pages, 1):
                console.clear()
                for line in (words, *page):
                    # One line each, however narrow it is: what scrolls away cannot be erased.
                    console.print(line, no_wrap=True, overflow="ellipsis", soft_wrap=False)
                last = number == len(pages)
                session.terminal.wait_for_enter("Press Enter to erase it" if last else "Press Enter for the next page")
        finally:
            console.clear()
            console.set_alt_screen(False)

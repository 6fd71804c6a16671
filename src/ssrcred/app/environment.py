"""What the program runs in: its streams, clock, keyring and folders, all in one place that a test can fill."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from getpass import getuser
from io import BytesIO, TextIOWrapper
from time import sleep
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from ssrcred.adapters.config import Home
    from ssrcred.adapters.terminal.clipboard_input import Clipboard
    from ssrcred.adapters.terminal.hidden_prompt import Ask
    from ssrcred.adapters.vault import Backend

# Characters of a user name that are kept; Linux itself allows 32, a directory service more.
LONGEST_NAME: Final = 64


def _os_keyring(limit: float, waiting: Callable[[str], None] | None) -> Backend:
    from ssrcred.adapters.vault.oskeyring import open_os_keyring

    return open_os_keyring(limit=limit, waiting=waiting)


def _clipboard() -> Clipboard:
    from ssrcred.adapters.terminal.clipboard_input import SystemClipboard

    return SystemClipboard()


def open_page(url: str, opener: Callable[[str], object] | None = None) -> bool:
    """Open a page in the person's own browser and tell whether one took it. Never raises."""
    import webbrowser

    try:
        return bool((opener or webbrowser.open)(url))
    except (webbrowser.Error, OSError, ValueError):
        return False


def page_through(text: str) -> None:
    """Show a long text a screen at a time, at the terminal that the program was started in."""
    from ssrcred.adapters.terminal import pager

    pager.page_through(text)


def _nothing() -> TextIO:
    return TextIOWrapper(BytesIO(), encoding="utf-8")


def _hidden(prompt: str) -> str:
    from ssrcred.adapters.terminal.hidden_prompt import hidden_line

    try:
        return hidden_line(prompt)
    except EOFError:
        sys.stderr.write("\n")  # what follows does not stand behind the question
        raise


def _one_name(text: str) -> str:
    """A user name as it may stand in one line of a message: whoever sets the variable could write any text there."""
    return "".join(filter(str.isprintable, text)).strip()[:LONGEST_NAME]


def _unseen() -> AbstractContextManager[Ask]:
    from ssrcred.adapters.terminal.hidden_prompt import unseen

    return unseen()


# Nobody compares two environments or prints one, and the code for it is made at every start.
@dataclass(frozen=True, eq=False, repr=False)
class Environment:
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
    open_page: Callable[[str], bool] = open_page
    page_through: Callable[[str], object] = page_through
    user: Callable[[], str] = getuser
    platform: str = sys.platform
    login: Callable[[], str] = os.getlogin

    @property
    def has_person(self) -> bool:
        """Whether somebody can answer: a terminal for questions and for answers."""
        return self.stdin.isatty() and self.stderr.isatty()

    @property
    def home(self) -> Home:
        """Where config, ledger, locks and files are."""
        from ssrcred.adapters.config import home

        return home(self.environ)

    @property
    def account(self) -> str:
        """The account that runs this, by the user name that the system knows."""
        try:
            return _one_name(self.user()) or "unknown"
        except (OSError, KeyError, ImportError):  # no passwd entry, as in some containers
            return "unknown"

    @property
    def person(self) -> str:
        """Who runs this: the person behind an account that several share, as far as the system tells; else the account.

        It helps people's memory and proves nothing, because whoever may run this can set the variable.
        """
        # sudo(8) tells the command who called it. su(1) does not, but the kernel remembers who signed in, whatever
        # account the shell has changed to (pam_loginuid(8), getlogin(3)). A scheduled job has neither.
        names = [self.environ.get("SUDO_USER", "")]
        with suppress(OSError):
            names.append(self.login())
        account = self.account
        return next((name for one in names if (name := _one_name(one)) not in ("", "root", account)), account)

    @property
    def actor(self) -> str:
        """Who runs this, for the history: the person, and the account if that is another."""
        person, account = self.person, self.account
        return account if person == account else f"{person} (as {account})"

    @property
    def run(self) -> str:
        """This run, in words for one that finds an LEA taken by it: who runs it, and since when."""
        return f"{self.actor} at {self.now():%Y-%m-%d %H:%M} (UTC)"

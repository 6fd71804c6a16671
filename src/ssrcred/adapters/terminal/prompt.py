"""A person pastes or types the pair at the terminal: nothing is shown before it is seen to be a User Name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from ssrcred.adapters.terminal.captured import Captured
from ssrcred.adapters.terminal.unseen import Ask
from ssrcred.domain import paste_check
from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.errors import InputRefused, Interrupted
from ssrcred.domain.place import UNSHOWN

TRIES: Final = 5
Refused = Callable[[InputRefused], None]
"""Shows why what was given cannot be right, before it is asked for again."""
USER_NAME: Final = "User Name: "
KEY: Final = "Secret key (it will not be shown): "


def from_prompt(
    ask: Ask,
    show: Callable[[str], None],
    *,
    spent: Sequence[Credential] = (),
    refused: Refused | None = None,
) -> Captured:
    """The pair that a person pastes or types, at prompts of which the terminal shows nothing.

    `show` is given the rest of the prompt's line: a User Name once it is seen not to be a key, else nothing. Two lines
    pasted together are both halves. What may be a key is a User Name only if given once more. `refused` is told what
    cannot be right before it is asked for again; without it that is raised. Raises InputRefused, and Interrupted on
    Ctrl-D.
    """
    dialogue = _Dialogue(ask, show, tuple(spent), refused)

    left = TRIES
    while True:
        username, secret = dialogue.username()
        if not secret:
            username, secret = dialogue.secret(username)
        try:
            paste_check.check_pair(username, secret, spent)
            return Captured(username, SecretKey(secret), typed=True)
        except InputRefused as error:
            left = _told(error, refused, left)


class _Dialogue:
    """The two prompts; remembers what was taken for a key."""

    def __init__(
        self, ask: Ask, show: Callable[[str], None], spent: tuple[Credential, ...], refused: Refused | None
    ) -> None:
        self._ask, self._show, self._spent, self._refused = ask, show, spent, refused
        self._doubted = SecretKey("")

    def username(self) -> tuple[str, str]:
        """The User Name, and the secret key where both were pasted together, else ""."""

        def check(lines: list[str]) -> tuple[str, str]:
            if len(lines) == 2:
                return self._both(lines)
            paste_check.check_username(lines[0])
            given = SecretKey(lines[0])
            if paste_check.may_be_key(lines[0], self._spent) and not given.matches(self._doubted):
                self._doubted = given
                raise paste_check.refused(
                    "This may be the secret key, so it was not taken as the User Name, and not shown.",
                    "Copy the User Name first. If this is the User Name all the same, give it once more.",
                )
            self._show(self._shown(lines[0]))
            return lines[0], ""

        return self._asked(USER_NAME, check)

    def secret(self, username: str) -> tuple[str, str]:
        """The User Name, which may have been pasted once more along with it, and the secret key."""

        def check(lines: list[str]) -> tuple[str, str]:
            if len(lines) == 2:
                return self._both(lines)
            paste_check.check_secret(lines[0], self._spent)
            if lines[0] == username:  # perhaps both were pasted, and the second line has not come yet
                paste_check.check_pair(username, lines[0])
            self._show("")
            return username, lines[0]

        return self._asked(KEY, check)

    def _both(self, lines: list[str]) -> tuple[str, str]:
        paste_check.check_pair(lines[0], lines[1], self._spent)
        self._show(f"{self._shown(lines[0])}  (both lines were taken)")
        return lines[0], lines[1]

    def _shown(self, username: str) -> str:
        return UNSHOWN if paste_check.may_be_key(username, self._spent) else username

    def _asked(self, prompt: str, check: Callable[[list[str]], tuple[str, str]]) -> tuple[str, str]:
        left = TRIES
        while True:
            try:
                return check(_lines(self._ask, prompt))
            except (InputRefused, Interrupted) as stop:
                self._show("")
                left = _told(stop, self._refused, left)


def _told(stop: InputRefused | Interrupted, refused: Refused | None, left: int) -> int:
    """How many tries are left once the person has been told; raises the error when there is no other."""
    if refused is None or left == 1 or isinstance(stop, Interrupted):
        raise stop
    refused(stop)
    return left - 1


def _lines(ask: Ask, prompt: str) -> list[str]:
    try:
        lines = [paste_check.clean(line) for line in ask(prompt)]
    except EOFError:
        raise Interrupted(
            "The input was ended before the pair was complete.",
            state=paste_check.STATE,
            hint="Run the command again when the pair is at hand.",
        ) from None
    except UnicodeError:
        lines = []  # it holds what was typed, so nothing is raised from here
    while len(lines) > 1 and not lines[-1]:
        lines.pop()  # two lines are often copied with the empty one behind them
    if not lines:
        raise paste_check.refused(
            "What was typed is not text in this terminal's encoding.",
            "Copy it again from the TOMS screen, or use the clipboard: --clipboard.",
        )
    if len(lines) > 2:
        raise paste_check.refused(
            f"{len(lines)} lines were pasted; the credentials are two: the User Name, then the secret key.",
            "Copy the User Name, then the secret key, each from its own line on the TOMS screen.",
        )
    return lines

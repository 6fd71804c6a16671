"""A person pastes or types the pair at the terminal: the User Name visibly, the secret key hidden, or not at all."""

from __future__ import annotations

import getpass
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from ssrcred import hygiene
from ssrcred.capture.captured import Captured
from ssrcred.credential import Credential, SecretKey
from ssrcred.errors import InputRefused, Interrupted

TRIES: Final = 5
Refused = Callable[[InputRefused], None]
"""Shows why what was given cannot be right, before it is asked for again."""


def from_prompt(
    ask_line: Callable[[str], str],
    ask_hidden: Callable[[str], str],
    *,
    spent: Sequence[Credential] = (),
    refused: Refused | None = None,
) -> Captured:
    """The pair that a person pastes or types: the User Name visibly, the secret key hidden.

    With `refused`, what cannot be right is told to it and asked for again, a few times; without, it is raised at once.
    Pasted and typed look the same here, so the pair counts as typed. Raises InputRefused, and Interrupted on Ctrl-D.
    """
    check_secret = partial(hygiene.check_secret, spent=spent)
    left = TRIES
    while True:
        username = _asked(ask_line, "User Name: ", hygiene.check_username, refused)
        secret = _asked(ask_hidden, "Secret key (it will not be shown): ", check_secret, refused)
        try:
            hygiene.check_pair(username, secret, spent)
            return Captured(username, SecretKey(secret), typed=True)
        except InputRefused as error:
            left = _told(error, refused, left)


def hidden_line(prompt: str, ask: Callable[[str], str] = getpass.getpass) -> str:
    """One line typed at the terminal without being shown. Raises InputRefused when the terminal cannot hide it."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            return ask(prompt)
        except getpass.GetPassWarning:
            pass
    raise InputRefused(
        "This terminal cannot hide what is typed, so nothing was asked for.",
        state="Nothing was stored.",
        hint="Use the clipboard instead: --clipboard. Or run the command in another terminal.",
    )


def _asked(ask: Callable[[str], str], prompt: str, check: Callable[[str], None], refused: Refused | None) -> str:
    left = TRIES
    while True:
        try:
            text = _line(ask, prompt)
            check(text)
            return text
        except InputRefused as error:
            left = _told(error, refused, left)


def _told(error: InputRefused, refused: Refused | None, left: int) -> int:
    """How many tries are left once the person has been told; raises the error when there is no other."""
    if refused is None or left == 1:
        raise error
    refused(error)
    return left - 1


def _line(ask: Callable[[str], str], prompt: str) -> str:
    try:
        return hygiene.clean(ask(prompt))
    except EOFError:
        raise Interrupted(
            "The input was ended before the pair was complete.",
            state=hygiene.STATE,
            hint="Run the command again when the pair is at hand.",
        ) from None
    except UnicodeError:
        pass  # it holds what was typed, so nothing is raised from here
    raise InputRefused(
        "What was typed is not text in this terminal's encoding.",
        state=hygiene.STATE,
        hint="Copy it again from the TOMS screen, or use the clipboard: --clipboard.",
    )

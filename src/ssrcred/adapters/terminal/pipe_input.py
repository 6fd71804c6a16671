"""Reads credentials, or one secret, from a pipe or a file: strict UTF-8, an exact number of lines, bounded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Final

from ssrcred.adapters.terminal.captured_credentials import Captured
from ssrcred.domain import paste_check
from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.errors import InputRefused, system_reason

# Bytes: several times the longest credentials; a wrong file is not read to its end.
LIMIT: Final = 8192


def from_stream(stream: BinaryIO, *, spent: Sequence[Credential] = (), limit: int = LIMIT) -> Captured:
    """The credentials in a pipe, in UTF-8: the first line is the user name, the second the secret key, the last."""
    lines = _lines(stream, limit)
    if len(lines) != 2:
        raise paste_check.refused(
            f"The input has {_count(lines)}; the credentials have two: the User Name, then the secret key.",
            "Give exactly two lines on standard input, and nothing after them.",
        )
    username, secret = lines
    paste_check.check_credential(username, secret, spent)
    return Captured(username, SecretKey(secret), typed=False)


def one_line(stream: BinaryIO) -> SecretKey:
    """The one line of a pipe, in UTF-8, for a secret that is not TOMS's: any text on one line, without controls."""
    state = "Nothing was stored."
    lines = _lines(stream, LIMIT, state)
    if len(lines) != 1 or not lines[0]:
        count = "no text" if lines == [""] else _count(lines)
        told = f"The input has {count}; one line was expected."
        raise InputRefused(told, state=state, hint="Give exactly one line on standard input.")
    for number, character in enumerate(lines[0], 1):
        if character < " " or character in "\x7f\ufeff":
            told = f"Character {number} of the input is a control character, which no password has."
            raise InputRefused(told, state=state, hint="Type or copy the password again.")
    return SecretKey(lines[0])


def one_line_of(path: Path) -> SecretKey:
    """The one line of a file, as `one_line` takes it. Raises InputRefused also where it cannot be read."""
    try:
        with path.open("rb") as file:
            return one_line(file)
    except OSError as error:
        raise InputRefused(
            f"Cannot read {path} ({system_reason(error)}).",
            state="Nothing was stored.",
            hint="Correct the path, or let this account read the file.",
        ) from None


def question_mark(secret: SecretKey) -> str:
    """A sentence on a question mark in what came through a pipe on Windows, or "" where there is none."""
    # Windows PowerShell 5.1 pipes ASCII to a program and puts a question mark for everything else
    # (learn.microsoft.com, about_Preference_Variables, $OutputEncoding); PowerShell 7 pipes UTF-8.
    if "?" not in secret.reveal():
        return ""
    return (
        "It has a question mark, which Windows PowerShell sends in place of each letter like é or ñ. So it was not "
        "tested: a wrong password can lock the account. If there should be no question mark, save the password in a "
        "file with Notepad and store it again with --file FILE."
    )


def around(secret: SecretKey) -> str:
    """A sentence on spaces before or behind a secret, which are stored too, or "": often they are a slip."""
    text = secret.reveal()
    begins, ends = text != text.lstrip(), text != text.rstrip()
    if not (begins or ends):
        return ""
    where = "begins and ends" if begins and ends else "begins" if begins else "ends"
    return (
        f"It {where} with a space, which is stored too: if that is not meant, the next sign-in will be refused. Some "
        "shells add one (echo in the command prompt of Windows). Then store it again, without the space."
    )


def _lines(stream: BinaryIO, limit: int, state: str = paste_check.STATE) -> list[str]:
    content = b""
    # A pipe may give less at a time than is asked for.
    while len(content) <= limit and (more := stream.read(limit + 1 - len(content))):
        content += more
    if len(content) > limit:
        told = f"The input is longer than {limit:,} bytes: that is a whole file."
        raise InputRefused(told, state=state, hint="Give only what is asked for on standard input.")
    # What Windows PowerShell writes into a file with >.
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputRefused("The input is UTF-16 text.", state=state, hint="Save or send it as UTF-8 text.")
    try:
        return re.split(r"\r\n|\n|\r", paste_check.clean(content.decode("utf-8")))
    except UnicodeDecodeError as error:
        told = f"Byte {error.start + 1} of the input is not UTF-8 text."
    # From here and not from there: the foreign error has the input in it.
    raise InputRefused(told, state=state, hint="Save or send it as UTF-8 text.")


def _count(lines: list[str]) -> str:
    return "1 line" if len(lines) == 1 else f"{len(lines)} lines"

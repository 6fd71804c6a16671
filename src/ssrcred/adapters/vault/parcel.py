"""One pair in a new file that only the owner of an age key can open: how it reaches a vendor, and never in the clear.

`age -d -i KEY-FILE FILE` opens it. It has two lines, with the names that TOMS gives to the two halves.
"""

from __future__ import annotations

import os
from pathlib import Path

from ssrcred.adapters.atomic_file import create_file
from ssrcred.adapters.vault import age
from ssrcred.domain.credential import Credential
from ssrcred.domain.errors import InputRefused, UsageWrong


def check(path: Path, recipient: str) -> None:
    """Raise what `send` would for a recipient that is none, or a path where something is, before a pair is read."""
    _sealed("", recipient)
    if os.path.lexists(path):
        raise _there(path)


def send(path: Path, credential: Credential, recipient: str) -> None:
    """Write the pair, encrypted for `recipient`, into a new file at `path` (0600).

    Raises InputRefused for a recipient that is none or a disk that does not take it, UsageWrong when something is at
    `path` already: it is never overwritten.
    """
    text = f"User Name: {credential.username}\nSecret Key: {credential.secret.reveal()}\n"
    try:
        create_file(path, _sealed(text, recipient))
    except FileExistsError:
        raise _there(path) from None
    except OSError as error:
        raise InputRefused(
            f"The file {path} cannot be written ({(error.strerror or 'no reason given').lower()}).",
            state="No file was made. The pair is in the keyring as before.",
            hint="Choose a path in a folder that is there and yours, on a disk that has room.",
        ) from None


def _sealed(text: str, recipient: str) -> bytes:
    if recipient.strip().upper().startswith("AGE-SECRET-KEY-"):
        raise InputRefused(
            "This is the secret half of an age key, which nobody but its owner may know.",
            state="Nothing was written, and it was not kept.",
            hint="Its owner makes a new key with age-keygen, and gives you the line that begins with age1.",
        )
    try:
        return age.seal_for(text, recipient)
    except age.Damaged:
        raise InputRefused(
            "This is not an age public key: one begins with age1 and has 62 characters.",
            state="Nothing was written.",
            hint="Ask the vendor for the public key that age-keygen shows, and copy and paste it whole.",
        ) from None


def _there(path: Path) -> UsageWrong:
    return UsageWrong(
        f"There is something at {path} already.",
        state="It was left as it is, and nothing was written.",
        hint="Give another file name.",
    )

"""A credential in a file that only one key opens, for two occasions; `age -d` opens either.

The emergency hold saves a new credential behind a passphrase when the keyring refuses it: written whole or not at all,
read back before it counts, and deleted as soon as it is in the vault. And a vendor gets the credential encrypted for an
age key of theirs, or behind a passphrase, as two lines with the names that TOMS uses.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

from ssrcred.adapters.atomic_file import create_file, delete_file, save_new, taken
from ssrcred.adapters.vault import age
from ssrcred.adapters.vault.item import fit_passphrase, pack, unpack
from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.errors import (
    CredentialMissing,
    InputRefused,
    KeyringDenied,
    KeyringFailed,
    KeyringUnfaithful,
    system_reason,
)

# Where a file for a vendor could not be written.
STILL_STORED: Final = "The credentials are still in the keyring."


def hold(path: Path, credential: Credential, passphrase: SecretKey) -> None:
    """Save a credential in a new file at `path`, and read it back.

    Raises InputRefused for a poor passphrase, KeyringDenied when something is at `path` already (it is never
    overwritten), KeyringFailed when the disk does not take it, KeyringUnfaithful when it gives back something else.
    """
    fit_passphrase(passphrase)
    text = pack(credential)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        create_file(path, age.seal_with_passphrase(text, passphrase))
    except OSError as error:
        # mkdir raises FileExistsError, too, for a file in the folder's place.
        if not (isinstance(error, FileExistsError) and str(error.filename) == str(path)):
            raise _disk(path, error, "The credentials are not saved there.") from None
        raise KeyringDenied(
            f"There is a file already at {path}.",
            state="It was left as it is. The credentials are not saved there.",
            hint="Choose another path.",
        ) from None
    if not held(path, passphrase).matches(credential):
        raise _damaged(path)


def is_held(path: Path) -> bool:
    """Whether something is saved at `path`. Raises KeyringFailed when its folder may not be entered.

    Nobody may take that for nothing: the file may hold the only copy of new credentials.
    """
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise _disk(path, error, "New credentials may be saved there. The file was left as it is.") from None
    return True


def held(path: Path, passphrase: SecretKey) -> Credential:
    """The credential in the file at `path`.

    Raises CredentialMissing when there is none, KeyringDenied for a wrong passphrase, KeyringSilent when this computer
    is too busy to try it, KeyringUnfaithful for a damaged file, KeyringFailed when it cannot be read.
    """
    try:
        text = age.typed(
            path.read_bytes(),
            passphrase,
            str(path),
            state="The file is unchanged, and the credentials are still in it.",
            hint="Try again with the passphrase that was typed when the credentials were saved there.",
        )
    except FileNotFoundError:
        raise CredentialMissing(
            f"There are no credentials at {path}.",
            state="Nothing was changed.",
            hint="Check the path that was chosen for it.",
        ) from None
    except OSError as error:
        raise _disk(path, error, "It was left as it is.") from None
    except age.Damaged:
        raise _damaged(path) from None
    credential = unpack(text)
    if credential is None:
        raise _damaged(path)
    return credential


def drop(path: Path) -> None:
    """Delete the file at `path` for good; none there is fine. Raises KeyringFailed."""
    try:
        delete_file(path)
    except OSError as error:
        raise _disk(path, error, "The file may still be there.") from None


def _damaged(path: Path) -> KeyringUnfaithful:
    return KeyringUnfaithful(
        f"The file {path} is damaged, or holds no credentials.",
        state="It was left as it is.",
        hint="Put it back from a copy. If there is none, generate new credentials: ssrcred rotate[lea]",
    )


def _disk(path: Path, error: OSError, state: str) -> KeyringFailed:
    return KeyringFailed(
        f"The file {path} cannot be used: {system_reason(error)}.",
        state=state,
        hint="Choose a path on another disk, or check that the disk has room and the folder is yours.",
    )


# For a vendor.

# Letters and digits that no two of look or sound alike: 20 of them are 98 bits.
PHRASE_SIGNS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
PHRASE_GROUPS: Final = 5


def suggested_passphrase() -> SecretKey:
    """A new passphrase of five groups of four, to be told on the telephone."""
    groups = ("".join(secrets.choice(PHRASE_SIGNS) for _ in range(4)) for _ in range(PHRASE_GROUPS))
    return SecretKey("-".join(groups))


def check_sendable(path: Path, recipient: str = "") -> None:
    """Raise, before a credential is read, what `send` would for a wrong recipient or a path where something is."""
    if recipient:
        _sealed("", recipient)
    # A broken link counts: writing through it would make a file that nobody named.
    if os.path.lexists(path):
        raise taken(path)


def send(path: Path, credential: Credential, opened_by: str | SecretKey) -> None:
    """Write the credential into a new file at `path` (0600) that a public key's owner opens, or a passphrase.

    Raises InputRefused for a recipient that is none or a disk that does not take it, UsageWrong when something is at
    `path` already: it is never overwritten.
    """
    text = f"User Name: {credential.username}\nSecret Key: {credential.secret.reveal()}\n"
    content = (
        age.seal_with_passphrase(text, opened_by) if isinstance(opened_by, SecretKey) else _sealed(text, opened_by)
    )
    save_new(path, content, f"No file was made. {STILL_STORED}")


def _sealed(text: str, recipient: str) -> bytes:
    if recipient.strip().upper().startswith("AGE-SECRET-KEY-"):
        raise InputRefused(
            "This is a secret age key, which only its owner may know.",
            state="Nothing was written, and the key was not stored.",
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

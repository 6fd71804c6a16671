"""The emergency hold: one passphrase-sealed file that keeps a fresh pair when the keyring refuses it.

It is an age file (`age -d FILE` opens it), written whole or not at all, read back before it counts, and dropped as
soon as the pair is in the vault.
"""

from __future__ import annotations

from pathlib import Path

from ssrcred.adapters.atomic_file import create_file, delete_file
from ssrcred.adapters.vault import age
from ssrcred.adapters.vault.item import fit_passphrase, pack, unpack
from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.errors import CredentialMissing, KeyringDenied, KeyringFailed, KeyringUnfaithful


def hold(path: Path, credential: Credential, passphrase: SecretKey) -> None:
    """Save the pair in a new file at `path`, and read it back.

    Raises InputRefused for a poor passphrase, KeyringDenied when something is at `path` already (it is never
    overwritten), KeyringFailed when the disk does not take it, KeyringUnfaithful when it gives back something else.
    """
    fit_passphrase(passphrase)
    text = pack(credential)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        create_file(path, age.seal_with_passphrase(text, passphrase))
    except OSError as error:
        if not (isinstance(error, FileExistsError) and str(error.filename) == str(path)):
            raise _disk(path, error, "The pair is not saved there.") from None
        raise KeyringDenied(
            f"There is a file already at {path}.",
            state="It was left as it is. The pair is not saved there.",
            hint="Choose another path.",
        ) from None
    if not held(path, passphrase).matches(credential):
        raise _damaged(path)


def held(path: Path, passphrase: SecretKey) -> Credential:
    """The pair in the file at `path`.

    Raises CredentialMissing when there is none, KeyringDenied for a wrong passphrase, KeyringSilent when this computer
    is too busy to try it, KeyringUnfaithful for a damaged file, KeyringFailed when it cannot be read.
    """
    try:
        text = age.typed(
            path.read_bytes(),
            passphrase,
            str(path),
            state="The file is as it was, and the pair is still in it.",
            hint="Try again with the passphrase that was typed when the pair was saved there.",
        )
    except FileNotFoundError:
        raise CredentialMissing(
            f"No held pair is at {path}.", state="Nothing was changed.", hint="Check the path that was chosen for it."
        ) from None
    except OSError as error:
        raise _disk(path, error, "It was left as it is.") from None
    except age.Damaged:
        raise _damaged(path) from None
    pair = unpack(text)
    if pair is None:
        raise _damaged(path)
    return pair


def drop(path: Path) -> None:
    """Delete the file at `path` and see that it is gone; none there is fine. Raises KeyringFailed."""
    try:
        delete_file(path)
    except OSError as error:
        raise _disk(path, error, "The file may still be there.") from None


def _damaged(path: Path) -> KeyringUnfaithful:
    return KeyringUnfaithful(
        f"The file {path} is damaged, or does not hold a pair.",
        state="It was left as it is.",
        hint="Put it back from a copy. If there is none, the pair has to be generated anew: ssrcred rotate.",
    )


def _disk(path: Path, error: OSError, state: str) -> KeyringFailed:
    return KeyringFailed(
        f"The file {path} cannot be used: {error.strerror}.",
        state=state,
        hint="Choose a path on another disk, or check that the disk has room and the folder is yours.",
    )

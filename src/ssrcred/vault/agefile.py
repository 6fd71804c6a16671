"""Keeps each item in an age file of its own, for machines without a keyring; set up explicitly, never a fall-back.

It protects what is in the folder from other users of the machine, and from whoever gets hold of a backup or of the
disk without the key. It does **not** protect from root, nor from a program that runs as the same user: with a key file
on the same disk both can read everything, and a backup that includes the key file protects nothing. A key that systemd
binds to a TPM does better; a passphrase does, while nobody types it. Who may *write* in the folder can delete items,
put old ones back or seal new ones, because the recipient is public; they still cannot read any.

Every file opens with the standard tool: `age -d -i KEY-FILE FILE`, or `age -d -i identity.age FILE`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from ssrcred.atomic_file import delete_file, replace_file
from ssrcred.credential import SecretKey
from ssrcred.errors import KeyringDenied, KeyringFailed, KeyringUnfaithful
from ssrcred.vault import age
from ssrcred.vault.identity import init, initialised, unlock

__all__ = ["AgeFileBackend", "init", "initialised", "open_age_vault"]

PLAIN: Final = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-_.")


class AgeFileBackend:
    """Items as files in a folder of this user's own (0700, files 0600), each written whole or not at all."""

    def __init__(self, folder: Path, identity: SecretKey) -> None:
        """`identity` is the vault's own, as `identity.unlock` returns it."""
        self._folder = folder
        self._identity = identity
        self.description = f"encrypted file vault in {folder}"

    def read(self, name: str) -> str | None:
        """The text under a name, or None. Raises KeyringUnfaithful (damaged), KeyringDenied or KeyringFailed."""
        path = self._folder / file_name(name)
        try:
            return age.unseal(path.read_bytes(), self._identity)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._disk("read", error, "Nothing was changed.") from None
        except age.WrongKey:
            raise KeyringDenied(
                f"The file {path.name} was sealed for another key than this vault's.",
                state="It was left as it is.",
                hint=f"Find out how it came into {self._folder}, and move it away.",
            ) from None
        except age.Damaged:
            raise KeyringUnfaithful(
                f"The file {path.name} is damaged.",
                state="It was left as it is. All other items can be read.",
                hint=f"Put it back from a backup of {self._folder}, or move it away and store the value again.",
            ) from None

    def write(self, name: str, text: str) -> None:
        """Seal the text and save it under the name. Raises KeyringFailed; then what was there is as it was."""
        try:
            replace_file(self._folder / file_name(name), age.seal(text, self._identity))
        except OSError as error:
            state = "The item was not saved. What was stored before is as it was."
            raise self._disk("written to", error, state) from None

    def delete(self, name: str) -> None:
        """Delete what is under the name; nothing there is fine. Raises KeyringFailed."""
        try:
            delete_file(self._folder / file_name(name))
        except OSError as error:
            raise self._disk("changed", error, "The item may still be there.") from None

    def names(self) -> list[str]:
        """The names of all items. Raises KeyringFailed."""
        try:
            return sorted(item_name(path.name) for path in self._folder.glob("*=3a*.age"))
        except OSError as error:
            raise self._disk("read", error, "Nothing was changed.") from None

    def _disk(self, deed: str, error: OSError, state: str) -> KeyringFailed:
        return KeyringFailed(
            f"The {self.description} could not be {deed}: {error.strerror}.",
            state=state,
            hint="Check that the disk has room and that the folder belongs to the user who runs this.",
        )


def file_name(name: str) -> str:
    """The item's file name: its name with every byte but a-z, 0-9, - _ . as =xx, and `.age`.

    Capitals too, so that two names never meet on Windows or macOS, where file names ignore case; and no colon, which
    Windows takes for a stream of another file. Nothing is in it but the name.
    """
    return "".join(chr(byte) if byte in PLAIN else f"={byte:02x}" for byte in name.encode()) + ".age"


def item_name(file: str) -> str:
    """The name of the item that `file_name` made `file` from."""
    return unquote(file.removesuffix(".age").replace("%", "").replace("=", "%"))


def open_age_vault(
    folder: Path, *, environ: Mapping[str, str] = os.environ, ask: Callable[[], SecretKey] | None = None
) -> AgeFileBackend:
    """The encrypted file vault in `folder`, its identity found as `identity.unlock` says (and raising what it does).

    `ask` is called at most once, for the passphrase, and only when neither systemd nor a key file gives the identity.
    """
    return AgeFileBackend(folder, unlock(folder, environ=environ, ask=ask))

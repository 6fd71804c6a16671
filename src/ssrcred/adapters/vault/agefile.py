"""Keeps each item in an age file of its own, for machines without a keyring; set up explicitly, never a fall-back.

It protects what is in the folder from other users of the machine, and from anybody who gets hold of a backup or of the
disk without the key. It does **not** protect from root, nor from a program that runs as the same user: with a key file
on the same disk both can read everything, and a backup that includes the key file protects nothing. A key that systemd
binds to a TPM does better; a passphrase does, while nobody types it. Who may *write* in the folder can delete items,
put old ones back or seal new ones, because the recipient is public; they still cannot read any.

Every file opens with the standard tool: `age -d -i KEY-FILE FILE`, or `age -d -i identity.age FILE`.

The vault's own key, its identity, is looked for in this order (headless.md, *Vault*), never in an environment variable:
`$CREDENTIALS_DIRECTORY/ssrcred.key`, which systemd fills from `LoadCredentialEncrypted=`; a key file; a passphrase. The
folder holds `recipient.txt` (the public key) and either `identity.age` (the identity sealed with the passphrase) or
`key-file.txt` (where the key file is).
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from ssrcred.adapters.atomic_file import create_file, delete_file, replace_file
from ssrcred.adapters.vault import age
from ssrcred.adapters.vault.item import fit_passphrase
from ssrcred.domain.credential import SecretKey
from ssrcred.domain.errors import (
    KeyringDenied,
    KeyringFailed,
    KeyringLocked,
    KeyringMissing,
    KeyringUnfaithful,
    UsageWrong,
    system_reason,
)

RECIPIENT: Final = "recipient.txt"
SEALED: Final = "identity.age"
POINTER: Final = "key-file.txt"
SYSTEMD_NAME: Final = "ssrcred.key"
UNTOUCHED: Final = "Nothing was changed."
PLAIN: Final = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-_.")


class AgeFileBackend:
    """Items as files in a folder of this user's own (0700, files 0600), each written whole or not at all."""

    def __init__(self, folder: Path, identity: SecretKey) -> None:
        """`identity` is the vault's own, as `unlock` returns it."""
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
            raise _disk(f"in {self._folder} could not be read", error, UNTOUCHED) from None
        except age.WrongKey:
            raise KeyringDenied(
                f"The file {path.name} was encrypted for another key than this vault's.",
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
            raise _disk(f"in {self._folder} could not be written to", error, state) from None

    def delete(self, name: str) -> None:
        """Delete what is under the name; nothing there is fine. Raises KeyringFailed."""
        try:
            delete_file(self._folder / file_name(name))
        except OSError as error:
            raise _disk(f"in {self._folder} could not be changed", error, "The item may still be there.") from None

    def names(self) -> list[str]:
        """The names of all items. Raises KeyringFailed."""
        try:
            return sorted(item_name(path.name) for path in self._folder.glob("*=3a*.age"))
        except OSError as error:
            raise _disk(f"in {self._folder} could not be read", error, UNTOUCHED) from None


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
    """The encrypted file vault in `folder`, its identity found as `unlock` says (and raising what it does).

    `ask` is called at most once, for the passphrase, and only when neither systemd nor a key file gives the identity.
    """
    return AgeFileBackend(folder, unlock(folder, environ=environ, ask=ask))


# Its own key.


def initialised(folder: Path) -> bool:
    """Whether an encrypted file vault was set up in this folder."""
    return (folder / RECIPIENT).exists()


def init(folder: Path, *, passphrase: SecretKey | None = None, key_file: Path | None = None) -> str:
    """Set up an encrypted file vault: a new identity behind a passphrase or in a key file; returns the recipient.

    `folder` has to be the vault's own: it is made, or closed to everybody else. A passphrase costs a second or two
    here and whenever the vault is opened.
    Raises UsageWrong unless exactly one of the two is given, InputRefused for a poor passphrase, KeyringDenied when a
    vault is there already or a file is in the key file's place, KeyringFailed when the disk does not take it.
    `recipient.txt` is written last: without it there is no vault, and init can be run again.
    """
    if (passphrase is None) is (key_file is None):
        raise UsageWrong(
            "An encrypted file vault needs either a passphrase or a key file.",
            state=UNTOUCHED,
            hint="With a passphrase: ssrcred vault init. For unattended runs: ssrcred vault init --key-file PATH",
        )
    if passphrase is not None:
        fit_passphrase(passphrase)
    items = [path for path in folder.glob("*.age") if path.name != SEALED]
    if initialised(folder) or items:
        raise KeyringDenied(
            f"An encrypted file vault is already set up in {folder}.",
            state=f"It was left as it is, with {len(items)} items.",
            hint="Use it as it is. To start anew, move that folder away first: only its own key opens what is in it.",
        )
    identity = age.new_identity()
    recipient = age.recipient_of(identity)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        # Left by an init that was killed: it would be taken for the way in.
        for leftover in (SEALED, POINTER):
            delete_file(folder / leftover)
        if passphrase is not None:
            replace_file(folder / SEALED, age.seal_with_passphrase(f"{identity.reveal()}\n", passphrase))
        elif key_file is not None:
            key_file = key_file.absolute()
            key_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            text = f"# The key of an ssrcred vault. Keep a copy away from this disk.\n# public key: {recipient}\n"
            try:
                create_file(key_file, f"{text}{identity.reveal()}\n".encode())
            except FileExistsError:
                raise KeyringDenied(
                    f"There is a file already at {key_file}.",
                    state="It was left as it is, and no vault was set up.",
                    hint="Choose another path for the key file, or move that file away if it is no longer needed.",
                ) from None
            replace_file(folder / POINTER, os.fsencode(key_file) + b"\n")
        replace_file(folder / RECIPIENT, f"{recipient}\n".encode())
    except OSError as error:
        raise _disk(f"cannot use {folder}", error) from None
    return recipient


def unlock(
    folder: Path,
    *,
    environ: Mapping[str, str] = os.environ,
    ask: Callable[[], SecretKey] | None = None,
    check_mode: bool = os.name != "nt",
) -> SecretKey:
    """The identity of the vault in `folder`. `ask` returns the passphrase that somebody types; None: nobody is there.

    `check_mode` is off on Windows, where a file's mode does not say who may read it: there the key file has to be
    protected by its folder's permissions. Raises KeyringMissing (no vault, or no key file), KeyringDenied (others may
    read the key file, or the key or passphrase is not this vault's), KeyringLocked (a passphrase is needed and nobody
    is there), KeyringSilent (this computer is too busy to try the passphrase), KeyringUnfaithful (damaged).
    """
    recipient = _bytes(folder / RECIPIENT)
    if recipient is None:
        raise KeyringMissing(
            f"No encrypted file vault is set up in {folder}.", state=UNTOUCHED, hint="Set it up: ssrcred vault init."
        )
    text, source = _key(folder, environ, ask, check_mode)
    # As age-keygen writes it: lines with # are comments.
    lines = [line.strip() for line in text.splitlines()]
    identity = SecretKey("\n".join(line for line in lines if line and not line.startswith("#")))
    try:
        fits = age.recipient_of(identity).encode() == recipient.strip()
    except age.Damaged:
        fits = False
    if not fits:
        raise KeyringDenied(
            f"The key from {source} does not belong to the vault in {folder}.",
            state="Nothing was opened or changed.",
            hint=f"Use the key that the vault was set up with. Its recipient is in {folder / RECIPIENT}.",
        )
    return identity


def _key(
    folder: Path, environ: Mapping[str, str], ask: Callable[[], SecretKey] | None, check_mode: bool
) -> tuple[str, str]:
    """The text of the key, and where it is from."""
    if credentials := environ.get("CREDENTIALS_DIRECTORY"):
        # No look at its mode: systemd gives the service's user access by an ACL, which shows as a group's bits.
        path = Path(credentials) / SYSTEMD_NAME
        key = _bytes(path)
        if key is not None:
            return key.decode("utf-8", "replace"), f"systemd ({path})"
    pointer = _bytes(folder / POINTER)
    if pointer is not None:
        path = Path(os.fsdecode(pointer.removesuffix(b"\n")))
        return _read_key_file(path, check_mode), str(path)
    sealed = _bytes(folder / SEALED)
    damaged = KeyringUnfaithful(
        f"The file {folder / SEALED} is damaged or missing, and without it the vault cannot be opened.",
        state=UNTOUCHED,
        hint="Put the whole folder back from a backup.",
    )
    if sealed is None:
        raise damaged
    if ask is None:
        raise KeyringLocked(
            f"The vault in {folder} is locked, and nobody is there to type its passphrase.",
            state=UNTOUCHED,
            hint="Run it in a terminal. For unattended runs give it a key: ssrcred vault init --key-file PATH, "
            "or systemd's LoadCredentialEncrypted=ssrcred.key.",
        )
    try:
        text = age.typed(
            sealed,
            ask(),
            f"the vault in {folder}",
            state="The vault is as it was.",
            hint="Run the same command again and type the passphrase that was chosen with: ssrcred vault init.",
        )
    except age.Damaged:
        raise damaged from None
    return text, "the passphrase"


def _read_key_file(path: Path, check_mode: bool) -> str:
    try:
        with path.open("rb") as file:
            # Of the file that is open: another one could be put in its place before it is read.
            about = os.fstat(file.fileno())
            data = file.read(65536)
    except OSError as error:
        raise KeyringMissing(
            f"The key file {path} could not be read: {system_reason(error)}.",
            state=UNTOUCHED,
            hint="Put the key file back from where it is kept safe: without it nothing in the vault can be opened. "
            "If systemd holds it, start the command with: "
            "systemd-run --pty -p LoadCredentialEncrypted=ssrcred.key:FILE.",
        ) from None
    if check_mode and (about.st_mode & 0o077 or about.st_uid != os.geteuid()):
        private = f"chmod 600 {shlex.quote(str(path))}"
        foreign = f'An administrator types: sudo chown "$(id -un)" {shlex.quote(str(path))}. Then: {private}'
        raise KeyringDenied(
            f"The key file {path} can be read by others than the user who runs this.",
            state="It was not used. Nothing was changed.",
            hint=foreign if about.st_uid != os.geteuid() else f"Make it yours alone: {private}",
        )
    return data.decode("ascii", "replace")


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _disk(f"cannot use {path}", error) from None


def _disk(what: str, error: OSError, state: str = "What was stored before is as it was.") -> KeyringFailed:
    return KeyringFailed(
        f"The encrypted file vault {what}: {system_reason(error)}.",
        state=state,
        hint="Check that the disk has room and that the folder belongs to the user who runs this.",
    )

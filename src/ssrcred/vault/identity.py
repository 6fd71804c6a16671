"""Finds the identity that opens the encrypted file vault, or makes it once; it is never in an environment variable.

Sources, in this order (headless.md, *Vault*): `$CREDENTIALS_DIRECTORY/ssrcred.key`, which systemd fills from
`LoadCredentialEncrypted=`; a key file; a passphrase. The folder holds `recipient.txt` (the public half) and either
`identity.age` (the identity sealed with the passphrase) or `key-file.txt` (where the key file is).
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from ssrcred.atomic_file import create_file, delete_file, replace_file
from ssrcred.credential import SecretKey
from ssrcred.errors import (
    KeyringDenied,
    KeyringFailed,
    KeyringLocked,
    KeyringMissing,
    KeyringSilent,
    KeyringUnfaithful,
    UsageWrong,
)
from ssrcred.vault import age
from ssrcred.vault.item import fit, fit_passphrase

RECIPIENT: Final = "recipient.txt"
SEALED: Final = "identity.age"
POINTER: Final = "key-file.txt"
SYSTEMD_NAME: Final = "ssrcred.key"
UNTOUCHED: Final = "Nothing was changed."


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
    if passphrase is not None and key_file is None:
        fit_passphrase(passphrase)
        keep = partial(_keep_sealed, folder, passphrase)
    elif key_file is not None and passphrase is None:
        keep = partial(_keep_in_file, folder, key_file.absolute())
    else:
        raise UsageWrong(
            "An encrypted file vault needs either a passphrase or a key file.",
            state=UNTOUCHED,
            hint="With a passphrase: ssrcred vault init. For unattended runs: ssrcred vault init --key-file PATH",
        )
    _refuse_second(folder)
    identity = age.new_identity()
    recipient = age.recipient_of(identity)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        # Left by an init that was killed: it would be taken for the way in.
        for leftover in (SEALED, POINTER):
            delete_file(folder / leftover)
        keep(identity, recipient)
        replace_file(folder / RECIPIENT, f"{recipient}\n".encode())
    except OSError as error:
        raise _disk(folder, error) from None
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
    recipient = _read(folder / RECIPIENT)
    if recipient is None:
        raise KeyringMissing(
            f"No encrypted file vault is set up in {folder}.", state=UNTOUCHED, hint="Set it up: ssrcred vault init."
        )
    identity, source = _find(folder, environ, ask, check_mode)
    try:
        fits = age.recipient_of(identity) == recipient.strip()
    except age.Damaged:
        fits = False
    if not fits:
        raise KeyringDenied(
            f"The key from {source} does not belong to the vault in {folder}.",
            state="Nothing was opened or changed.",
            hint=f"Use the key that the vault was set up with. Its recipient is in {folder / RECIPIENT}.",
        )
    return identity


def _find(
    folder: Path, environ: Mapping[str, str], ask: Callable[[], SecretKey] | None, check_mode: bool
) -> tuple[SecretKey, str]:
    credentials = environ.get("CREDENTIALS_DIRECTORY")
    if credentials:
        # No look at its mode: systemd gives the service's user access by an ACL, which shows as a group's bits.
        path = Path(credentials) / SYSTEMD_NAME
        text = _read(path)
        if text is not None:
            return _key_in(text), f"systemd ({path})"
    pointer = _bytes(folder / POINTER)
    if pointer is not None:
        path = Path(os.fsdecode(pointer.removesuffix(b"\n")))
        return _key_in(_read_key_file(path, check_mode)), str(path)
    return _typed(folder, ask), "the passphrase"


def _typed(folder: Path, ask: Callable[[], SecretKey] | None) -> SecretKey:
    sealed = _bytes(folder / SEALED)
    if sealed is None:
        raise _damaged(folder / SEALED)
    if ask is None:
        raise KeyringLocked(
            f"The vault in {folder} is locked, and nobody is there to type its passphrase.",
            state=UNTOUCHED,
            hint="Run it in a terminal. For unattended runs give it a key: ssrcred vault init --key-file PATH, "
            "or systemd's LoadCredentialEncrypted=ssrcred.key.",
        )
    passphrase = ask()
    fit(passphrase.reveal(), "The passphrase")
    try:
        return _key_in(age.unseal_with_passphrase(sealed, passphrase))
    except age.WrongKey:
        raise KeyringDenied(
            f"This passphrase does not open the vault in {folder}.",
            state="The vault is as it was.",
            hint="Run the same command again and type the passphrase that was chosen with: ssrcred vault init.",
        ) from None
    except age.TooMuchWork:
        raise KeyringSilent(
            f"The vault in {folder} was not opened: this computer is too busy for it now, or far slower than the one "
            "that set it up.",
            state="The vault is as it was.",
            hint="Run the same command again when the computer is less busy.",
        ) from None
    except age.Damaged:
        raise _damaged(folder / SEALED) from None


def _read_key_file(path: Path, check_mode: bool) -> str:
    try:
        with path.open("rb") as file:
            about = os.fstat(file.fileno())
            data = file.read(65536)
    except OSError as error:
        raise KeyringMissing(
            f"The key file {path} could not be read: {error.strerror}.",
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


def _key_in(text: str) -> SecretKey:
    """The identity in a file as age-keygen writes it: lines with # are comments."""
    lines = [line.strip() for line in text.splitlines()]
    return SecretKey("\n".join(line for line in lines if line and not line.startswith("#")))


def _keep_sealed(folder: Path, passphrase: SecretKey, identity: SecretKey, recipient: str) -> None:
    replace_file(folder / SEALED, age.seal_with_passphrase(f"{identity.reveal()}\n", passphrase))


def _keep_in_file(folder: Path, path: Path, identity: SecretKey, recipient: str) -> None:
    text = f"# The key of an ssrcred vault. Keep a copy away from this disk.\n# public key: {recipient}\n"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        create_file(path, f"{text}{identity.reveal()}\n".encode())
    except FileExistsError:
        raise KeyringDenied(
            f"There is a file already at {path}.",
            state="It was left as it is, and no vault was set up.",
            hint="Choose another path for the key file, or move that file away if it is no longer needed.",
        ) from None
    replace_file(folder / POINTER, os.fsencode(path) + b"\n")


def _refuse_second(folder: Path) -> None:
    items = sorted(path.name for path in folder.glob("*.age") if path.name != SEALED)
    if not initialised(folder) and not items:
        return
    raise KeyringDenied(
        f"An encrypted file vault is already set up in {folder}.",
        state=f"It was left as it is, with {len(items)} items.",
        hint="Use it as it is. To start anew, move that folder away first: only its own key opens what is in it.",
    )


def _damaged(path: Path) -> KeyringUnfaithful:
    return KeyringUnfaithful(
        f"The file {path} is damaged or missing, and without it the vault cannot be opened.",
        state="Nothing was changed.",
        hint="Put the whole folder back from a backup.",
    )


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _disk(path, error) from None


def _read(path: Path) -> str | None:
    data = _bytes(path)
    return None if data is None else data.decode("utf-8", "replace")


def _disk(path: Path, error: OSError) -> KeyringFailed:
    return KeyringFailed(
        f"The encrypted file vault cannot use {path}: {error.strerror}.",
        state="What was stored before is as it was.",
        hint="Check that the disk has room and that the folder belongs to the user who runs this.",
    )

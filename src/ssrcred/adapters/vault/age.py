"""Seals text in the age format (age-encryption.org/v1), and tells a wrong key from a damaged file.

The one place that knows pyrage; identities and passphrases come as SecretKey and leave as SecretKey.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import pyrage  # type: ignore[import-untyped]

from ssrcred.adapters.vault.item import fit
from ssrcred.domain.credential import SecretKey
from ssrcred.domain.errors import KeyringDenied, KeyringSilent

# What pyrage says when the file is whole as far as it was read, and the key does not fit it.
WRONG_KEY: Final = frozenset({"No matching keys found", "Decryption failed"})

# What pyrage's words begin with when it expects the passphrase to take much more than a second to try.
#
# It finds that out anew each time, by something that takes 2 ms; where another program had the processor just then, it
# takes a file for too much that it made itself a minute ago.
TOO_MUCH: Final = "Excessive work parameter"
TRIES: Final = 20
PAUSE_S: Final = 0.05


class WrongKey(Exception):
    """The identity or the passphrase does not open this file."""


class TooMuchWork(Exception):
    """This computer is too busy for the file, or it was sealed by one that is far faster."""


class Damaged(Exception):
    """The file is cut, changed, not text, or no age file."""


def new_identity() -> SecretKey:
    """A fresh X25519 identity, in the words of `age-keygen`: AGE-SECRET-KEY-1…"""
    return SecretKey(str(pyrage.x25519.Identity.generate()))


def recipient_of(identity: SecretKey) -> str:
    """The public key, age1…, of an identity. Raises Damaged when it is not an X25519 identity."""
    try:
        return str(pyrage.x25519.Identity.from_str(identity.reveal()).to_public())
    except pyrage.IdentityError:
        raise Damaged("not an X25519 identity") from None


def seal(text: str, identity: SecretKey) -> bytes:
    """The text as an age file that only this identity opens."""
    return bytes(pyrage.encrypt(text.encode(), [pyrage.x25519.Identity.from_str(identity.reveal()).to_public()]))


def seal_for(text: str, recipient: str) -> bytes:
    """The text as an age file for somebody's public key, age1…. Raises Damaged when it is no X25519 recipient."""
    try:
        other = pyrage.x25519.Recipient.from_str(recipient)
    except pyrage.RecipientError:
        raise Damaged("not an X25519 recipient") from None
    return bytes(pyrage.encrypt(text.encode(), [other]))


def unseal(data: bytes, identity: SecretKey) -> str:
    """The text in an age file. Raises WrongKey or Damaged."""
    try:
        opened = pyrage.decrypt(data, [pyrage.x25519.Identity.from_str(identity.reveal())])
    except pyrage.DecryptError as error:
        raise _failed(error) from None
    return _text(opened)


def seal_with_passphrase(text: str, passphrase: SecretKey) -> bytes:
    """The text as an age file that the passphrase opens (scrypt, tuned to take about a second)."""
    return bytes(pyrage.passphrase.encrypt(text.encode(), passphrase.reveal()))


def unseal_with_passphrase(data: bytes, passphrase: SecretKey, *, pause: Callable[[float], None] = time.sleep) -> str:
    """The text in a file that was sealed with a passphrase. Raises WrongKey, TooMuchWork or Damaged."""
    for _ in range(TRIES):
        try:
            opened = pyrage.passphrase.decrypt(data, passphrase.reveal())
        except pyrage.DecryptError as error:
            if not str(error).startswith(TOO_MUCH):
                raise _failed(error) from None
        else:
            return _text(opened)
        pause(PAUSE_S)
    raise TooMuchWork("it would take far longer than a second")


def typed(data: bytes, passphrase: SecretKey, what: str, *, state: str, hint: str) -> str:
    """The text in a file behind a passphrase that somebody typed; `what` names it, for whoever has to type it again.

    Raises InputRefused for what cannot be a passphrase, KeyringDenied for a wrong one, KeyringSilent when this computer
    is too busy to try it, and Damaged.
    """
    fit(passphrase.reveal(), "The passphrase")
    try:
        return unseal_with_passphrase(data, passphrase)
    except WrongKey:
        raise KeyringDenied(f"This passphrase does not open {what}.", state=state, hint=hint) from None
    except TooMuchWork:
        raise KeyringSilent(
            f"This computer is too busy for it now, or far slower than the one that made it: {what} was not opened.",
            state="The file is as it was.",
            hint="Run the same command again when the computer is less busy.",
        ) from None


def _failed(error: Exception) -> Exception:
    return WrongKey("the key does not open it") if str(error) in WRONG_KEY else Damaged("not a whole age file")


def _text(opened: bytes) -> str:
    try:
        return bytes(opened).decode()
    except UnicodeDecodeError:
        failed = Damaged("not text")
    # Raised here, because the decoder's error carries all of the bytes and would be the context of ours.
    raise failed

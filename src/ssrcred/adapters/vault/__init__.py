"""The vault stores each credential in a slot that is written once and read back: a keyring's word is not enough.

Every item is text under a name, in whatever stores such items on this machine: the OS keyring (`oskeyring`) or the
encrypted file (`agefile`). Nothing here imports either: asking for a keyring is dear (headless.md, *Start-up*).
"""

from __future__ import annotations

import secrets
import string
from typing import Protocol

from ssrcred.adapters.vault.item import canary_name, fit, pack, secret_name, slot_name, unpack
from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.errors import CredentialMissing, KeyringFailed, KeyringUnfaithful

__all__ = ["Backend", "Vault"]


class Backend(Protocol):
    """Keeps text items by name; says what went wrong as a KeyringFailed, without the text in it."""

    @property
    def description(self) -> str:
        """What it is, in plain words for people: "macOS Keychain"."""

    def read(self, name: str) -> str | None:
        """The text under a name, or None when there is none."""

    def write(self, name: str, text: str) -> None:
        """Save the text under the name, in place of what was there."""

    def delete(self, name: str) -> None:
        """Delete what is under the name; nothing there is fine."""


class Vault:
    """One LEA's credentials and secrets in one backend. Every method may raise the backend's KeyringFailed."""

    def __init__(self, backend: Backend, lea: str) -> None:
        self._backend = backend
        self._lea = lea

    @property
    def description(self) -> str:
        """What stores the items, in plain words for people."""
        return self._backend.description

    def canary(self) -> None:
        """Write a made-up value, read it back, delete it, and see it gone, before anybody depends on it.

        Raises KeyringUnfaithful when the keyring swallows, changes or keeps it.
        """
        name = canary_name(self._lea)
        # All of what a key may be made of (domain.md): a keyring that changes one of these is found out here.
        made_up = f"canary {secrets.token_hex(8)} {string.punctuation}"
        self._remove(name, "test entry")
        self._save(name, made_up, "test entry")
        self._remove(name, "test entry")

    def store(self, slot: str, credential: Credential) -> None:
        """Save a credential in its own slot, once, and read it back; saving the same one again does nothing.

        Raises InputRefused for one that no keyring keeps unchanged, KeyringUnfaithful when the slot holds another one
        (it is never overwritten) or returns something else than was saved.
        """
        name, text = slot_name(self._lea, slot), pack(credential)
        # After a kill the same ones may be there already. Others are perhaps the only copy that anybody has.
        before = self._backend.read(name)
        if before is not None:
            if self._credential(before, slot).matches(credential):
                return
            raise KeyringUnfaithful(
                f"The slot {slot} already holds other credentials.",
                state="Those are unchanged; the new credentials are not stored.",
                hint=f"To see what happened to the slot: ssrcred history --lea {self._lea}.",
            )
        self._save(name, text, "entry with the credentials")

    def read(self, slot: str) -> Credential:
        """The credential in a slot. Raises CredentialMissing, or KeyringUnfaithful for an item that is damaged."""
        text = self._backend.read(slot_name(self._lea, slot))
        if text is None:
            raise CredentialMissing(
                f"The {self.description} has no credentials in the slot {slot} of {self._lea}.",
                state="Nothing was changed.",
                hint=f"Store the credentials again: ssrcred store --lea {self._lea}. "
                "If nobody has them any more: ssrcred rotate[lea]",
            )
        return self._credential(text, slot)

    def holds(self, slot: str) -> bool:
        """Whether there is an item in the slot, damaged or not."""
        return self._backend.read(slot_name(self._lea, slot)) is not None

    def delete(self, slot: str) -> None:
        """Delete a credential and check that it is gone; an empty slot is fine. Raises KeyringUnfaithful."""
        self._remove(slot_name(self._lea, slot), f"entry in the slot {slot}")

    def keep_secret(self, name: str, secret: SecretKey) -> None:
        """Save a named secret (`schoolwise`, `parent`, `test-ssid`, `notify:NAME`) in place of the one before it.

        The one before is deleted and checked to be gone first: Windows would leave it behind under another name
        (style.md, *Traps*). Raises InputRefused or KeyringUnfaithful.
        """
        item, text = secret_name(self._lea, name), secret.reveal()
        fit(text, f"The secret {name}")
        if self._backend.read(item) == text:
            return
        self._remove(item, f"secret {name}")
        try:
            self._save(item, text, f"secret {name}")
        except KeyringFailed as failed:
            failed.state = f"The secret {name} is not safely stored. The one before it, if there was one, is deleted."
            raise

    def secret(self, name: str) -> SecretKey:
        """A named secret. Raises CredentialMissing."""
        text = self._backend.read(secret_name(self._lea, name))
        if text is None:
            raise CredentialMissing(
                f"The {self.description} has no secret {name} for {self._lea}.",
                state="Nothing was changed.",
                hint=f"To store it: ssrcred secret set {name} --lea {self._lea}",
            )
        return SecretKey(text)

    def drop_secret(self, name: str) -> None:
        """Delete a named secret and check that it is gone; none there is fine. Raises KeyringUnfaithful."""
        self._remove(secret_name(self._lea, name), f"secret {name}")

    def _save(self, name: str, text: str, what: str) -> None:
        self._backend.write(name, text)
        back = self._backend.read(name)
        if back == text:
            return
        did = "saved nothing of" if back is None else "changed"
        raise KeyringUnfaithful(
            f"The {self.description} reported that it saved the {what}, but {did} it.",
            state=f"The {what} is not safely stored.",
            hint="Do not rely on it. To test it again: ssrcred rotate[lea] --plan. "
            "To use encrypted files instead: ssrcred vault init",
        )

    def _remove(self, name: str, what: str) -> None:
        self._backend.delete(name)
        if self._backend.read(name) is None:
            return
        raise KeyringUnfaithful(
            f"The {self.description} reported that it deleted the {what}, but still has it.",
            state=f"The {what} is still there, under the name {name}.",
            hint="Delete it by hand, in the keyring's own program. Then run the same command again.",
        )

    def _credential(self, text: str, slot: str) -> Credential:
        credential = unpack(text)
        if credential is None:
            raise KeyringUnfaithful(
                f"The entry in the slot {slot} of the {self.description} is damaged, or not from ssrcred.",
                state="It was left as it is.",
                hint=f"Store the credentials again: ssrcred store --lea {self._lea}. "
                "If nobody has them any more: ssrcred rotate[lea]",
            )
        return credential

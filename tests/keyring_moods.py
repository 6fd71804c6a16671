"""A keyring in memory, honest or in one of the moods that real keyrings were seen in, for tests of whoever uses one.

The seam is keyring's own: these are backends of the keyring library, to be put under `KeyringBackend` with `under`.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

import keyring.backend
from keyring.errors import KeyringError, KeyringLocked, PasswordDeleteError

from ssrcred.adapters.vault import Vault
from ssrcred.adapters.vault.oskeyring import KeyringBackend

PATIENT = 20.0
"""Seconds that no honest keyring in memory needs, however busy the machine is."""


class HonestKeyring(keyring.backend.KeyringBackend):
    """Keeps what it is given; `items` can be looked at, `calls` names the calls in order."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.items: dict[tuple[str, str], str] = {}
        self.calls: list[str] = []

    def get_password(self, service: str, username: str) -> str | None:
        self.calls.append("get")
        return self.items.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.calls.append("set")
        self.items[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self.calls.append("delete")
        if self.items.pop((service, username), None) is None:
            raise PasswordDeleteError("No such password!")

    def hand_over(self, other: HonestKeyring) -> HonestKeyring:
        """Let another mood look after the same items from now on; returns it."""
        other.items = self.items
        return other


class NullKeyring(HonestKeyring):
    """Takes everything without an error and keeps nothing, as keyring's own null backend does."""

    def set_password(self, service: str, username: str, password: str) -> None:
        self.calls.append("set")


class LyingKeyring(HonestKeyring):
    """Keeps everything, and gives back another text of the same length."""

    def get_password(self, service: str, username: str) -> str | None:
        text = super().get_password(service, username)
        return None if text is None else text.swapcase()


class HoardingKeyring(HonestKeyring):
    """Says that it deletes, and keeps."""

    def delete_password(self, service: str, username: str) -> None:
        self.calls.append("delete")


class LockedKeyring(HonestKeyring):
    """Locked, and its prompt is dismissed. Its error quotes what it was asked to save, as a careless one may."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("Failed to unlock the collection!")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked(f"Failed to unlock the collection for {password}!")

    def delete_password(self, service: str, username: str) -> None:
        raise KeyringLocked("Failed to unlock the collection!")


class SlowKeyring(HonestKeyring):
    """Answers nothing until `answer` is set: a prompt that nobody answers, a daemon that was stopped."""

    def __init__(self) -> None:
        super().__init__()
        self.answer = Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.answer.wait()
        return super().get_password(service, username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self.answer.wait()
        super().set_password(service, username, password)

    def delete_password(self, service: str, username: str) -> None:
        self.answer.wait()
        super().delete_password(service, username)


class FailingKeyring(HonestKeyring):
    """Raises at call number `fail_at` (from 1) and at no other; `after` the deed was done, or instead of it.

    The error is made by `error`, from the text of the item that is being saved, so that it can quote it.
    """

    def __init__(
        self, fail_at: int, *, after: bool = False, error: Callable[[str], BaseException] = KeyringError
    ) -> None:
        super().__init__()
        self.fail_at = fail_at
        self.after = after
        self.error = error
        self.count = 0

    def get_password(self, service: str, username: str) -> str | None:
        with self._turn(self.items.get((service, username), "")):
            return super().get_password(service, username)

    def set_password(self, service: str, username: str, password: str) -> None:
        with self._turn(password):
            super().set_password(service, username, password)

    def delete_password(self, service: str, username: str) -> None:
        with self._turn(self.items.get((service, username), "")):
            super().delete_password(service, username)

    def _turn(self, text: str) -> _Turn:
        self.count += 1
        failure = self.error(f"cannot do it with {text}") if self.count == self.fail_at else None
        if failure is not None and not self.after:
            raise failure
        return _Turn(failure)


class _Turn:
    def __init__(self, failure: BaseException | None) -> None:
        self.failure = failure

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        if self.failure is not None:
            raise self.failure


def under(
    ring: keyring.backend.KeyringBackend,
    limit: float = PATIENT,
    waiting: Callable[[str], None] | None = None,
    *,
    patience: float = 1.0,
) -> KeyringBackend:
    """Our door over a keyring of any class; the class is trusted for this one test."""
    return KeyringBackend(ring, limit, waiting, trusted=frozenset({type(ring)}), patience=patience)


def memory_vault(lea: str = "lincoln", ring: HonestKeyring | None = None) -> Vault:
    """A vault over a keyring in memory, honest unless another mood is given."""
    return Vault(under(ring if ring is not None else HonestKeyring()), lea)

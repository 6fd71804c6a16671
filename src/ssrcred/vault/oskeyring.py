"""Keeps items in the operating system's own keyring, one that is trusted by its class, and never waits for ever.

keyring's discovery is not used: it is slow, and it lets in backends that keep secrets in the clear or not at all
(headless.md, *keyring on Linux*). A call runs in a daemon thread, which is the only thing that breaks every hang.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, MutableMapping
from concurrent.futures import wait
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from ssrcred.background import begin
from ssrcred.errors import KeyringMissing, KeyringSilent
from ssrcred.vault import secretservice
from ssrcred.vault.foreign import INCOMPLETE, UNTOUCHED, Situation, says_absent, situation

if TYPE_CHECKING:
    import keyring.backend

T = TypeVar("T")

ACCOUNT: Final = "ssrcred"
PATIENCE: Final = 1.0
"""Seconds before somebody at a terminal is told what is being waited for."""

WAITING: Final = "Waiting for the keyring: it may be asking for your password in another window."
WRITING: Final = "It is not known whether the item was saved. What was saved before is as it was."
DELETING: Final = "It is not known whether the item was deleted."

DESCRIPTIONS: Final = {
    "keyring.backends.SecretService": "Secret Service keyring (GNOME Keyring, for one)",
    "keyring.backends.macOS": "macOS Keychain",
    "keyring.backends.Windows": "Windows Credential Manager",
}


class KeyringBackend:
    """Items in a keyring: the service is the item's name, the account is always the same.

    `limit` is in seconds and holds for every single call. With `waiting` somebody is at a terminal: it is called once
    with a line of text when a call takes longer than `patience` seconds. `obstacle` is asked before each call, and
    `listed` for the names of all items where the keyring can tell them.
    """

    def __init__(
        self,
        backend: keyring.backend.KeyringBackend,
        limit: float,
        waiting: Callable[[str], None] | None = None,
        *,
        trusted: frozenset[type] | None = None,
        obstacle: Callable[[], Situation | None] = lambda: None,
        listed: Callable[[], list[str]] | None = None,
        description: str | None = None,
        patience: float = PATIENCE,
    ) -> None:
        """Raises KeyringMissing when the backend's class is not exactly one of `trusted` (default: the three)."""
        kind = type(backend)
        if kind not in (trusted if trusted is not None else trusted_classes()):
            raise KeyringMissing(
                f"The keyring {kind.__module__}.{kind.__qualname__} is not one that ssrcred trusts with a secret key.",
                state="Nothing was stored.",
                hint="Use the system's own keyring: Secret Service, macOS Keychain or Windows Credential Manager. "
                "On a server without one, set up an encrypted file: ssrcred vault init.",
            )
        self._backend = backend
        self._limit = limit
        self._waiting = waiting
        self._obstacle = obstacle
        self._listed = listed
        self._patience = min(patience, limit)
        self.description = description or DESCRIPTIONS.get(kind.__module__, kind.__name__)

    def read(self, name: str) -> str | None:
        """The text under a name, or None. Raises KeyringFailed."""
        return self._ask(lambda: self._backend.get_password(name, ACCOUNT), UNTOUCHED)

    def write(self, name: str, text: str) -> None:
        """Save the text under the name. Raises KeyringFailed; after KeyringSilent it may still be saved later."""
        self._ask(lambda: self._backend.set_password(name, ACCOUNT, text), WRITING)

    def delete(self, name: str) -> None:
        """Delete what is under the name; nothing there is fine. Raises KeyringFailed."""
        self._ask(lambda: self._backend.delete_password(name, ACCOUNT), DELETING, absent_is_fine=True)

    def names(self) -> list[str] | None:
        """The names of all items; None on Windows and macOS, which cannot tell. Raises KeyringFailed."""
        return None if self._listed is None else self._ask(self._listed, UNTOUCHED)

    def _ask(self, call: Callable[[], T], state: str, *, absent_is_fine: bool = False) -> T | None:
        asked = begin(lambda: self._obstacle() or call(), "ssrcred-keyring")
        if not wait([asked], self._patience).done and self._waiting is not None:
            self._waiting(WAITING)
        if not wait([asked], self._limit - self._patience).done:
            raise self._silent(state)
        # Raised here and not where it was caught, so that ours does not carry the foreign one as its context.
        if (error := asked.exception()) is not None:
            if absent_is_fine and says_absent(error):
                return None
            raise situation(error).error(state)
        answer = asked.result()
        if isinstance(answer, Situation):
            raise answer.error()
        return answer

    def _silent(self, state: str) -> KeyringSilent:
        if self._waiting is not None:
            hint = "Look for a window that asks for the keyring's password, answer it, and run the same command again."
        else:
            hint = (
                "Log out of the desktop and in again, or restart the keyring's service. "
                "On a server, set up an encrypted file: ssrcred vault init."
            )
        return KeyringSilent(
            f"The {self.description} did not answer within {self._limit:g} seconds.", state=state, hint=hint
        )


def trusted_classes() -> frozenset[type]:
    """The only classes that are trusted; a subclass, a chain or a look-alike is another class."""
    from keyring.backends import SecretService, Windows, macOS

    return frozenset({SecretService.Keyring, macOS.Keyring, Windows.WinVaultKeyring})


def open_os_keyring(
    *,
    limit: float,
    waiting: Callable[[str], None] | None = None,
    platform: str = sys.platform,
    environ: MutableMapping[str, str] = os.environ,
) -> KeyringBackend:
    """This platform's own keyring, its class pinned. Raises KeyringMissing when its library is not installed.

    `limit` is in seconds for each call: short without a terminal, long with one. Without `waiting` nobody is asked
    anything: a locked Secret Service is refused before the call. When the session bus is there and the environment
    does not say so, its address is put into `environ` (see `secretservice.find_bus`) and the description tells.
    """
    if platform == "win32":
        return KeyringBackend(_windows(), limit, waiting)
    if platform == "darwin":
        from keyring.backends import macOS

        return KeyringBackend(macOS.Keyring(), limit, waiting)  # type: ignore[no-untyped-call]
    from keyring.backends import SecretService

    ring = SecretService.Keyring()  # type: ignore[no-untyped-call]
    bus = secretservice.find_bus(environ)
    description = DESCRIPTIONS[SecretService.__name__]
    collection = getattr(ring, "preferred_collection", secretservice.DEFAULT_COLLECTION)
    return KeyringBackend(
        ring,
        limit,
        waiting,
        obstacle=partial(secretservice.obstacle, may_ask=waiting is not None, collection=collection),
        listed=partial(secretservice.names, ACCOUNT, collection=collection),
        description=f"{description} (session bus found at {bus})" if bus else description,
    )


def _windows() -> keyring.backend.KeyringBackend:
    from keyring.backends import Windows

    ring = Windows.WinVaultKeyring()  # type: ignore[no-untyped-call]
    try:
        # keyring's default, ENTERPRISE, roams the item to other machines of the domain.
        ring.persist = "local machine"
    except (NameError, AttributeError):
        pass
    else:
        return ring
    raise INCOMPLETE.error()

"""Keeps items in the operating system's own keyring, one that is trusted by its class, and never waits for ever.

keyring's discovery is not used: it is slow, and it lets in backends that keep secrets in the clear or not at all
(headless.md, *keyring on Linux*). A call runs in a daemon thread, which is the only thing that breaks every hang.

Whether the Secret Service is locked is seen without ever making it ask: that takes about 3 ms, and asking a locked one
for an item can block for ever.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, MutableMapping
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from ssrcred.adapters.session_bus import BUS, bus_address
from ssrcred.adapters.vault import keyring_errors
from ssrcred.adapters.vault.keyring_errors import UNTOUCHED, Situation, says_absent, situation
from ssrcred.domain.errors import KeyringMissing, KeyringSilent
from ssrcred.domain.time_limit import Task

if TYPE_CHECKING:
    import keyring.backend

DEFAULT_COLLECTION: Final = "/org/freedesktop/secrets/aliases/default"


def find_bus(environ: MutableMapping[str, str]) -> Path | None:
    """Set the session bus's address in `environ` when it is unset though the bus is there; the socket, or None.

    So it is in a cron job of a logged-in user. The address has to go into this process's own environment, because
    keyring takes no other; children see it too, as they would in a desktop session. Only a socket that belongs to this
    user is taken.
    """
    bus = Path(environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}") / "bus"
    if environ.get(BUS) or (address := bus_address(bus, os.getuid())) is None:
        return None
    environ[BUS] = address
    return bus


def secret_service_obstacle(*, may_ask: bool, collection: str = DEFAULT_COLLECTION) -> Situation | None:
    """What keeps the Secret Service from answering, or None; `may_ask` says whether somebody can answer its prompt.

    Never prompts: it looks at a collection, and does not fetch the default one, which would create and unlock it.
    """
    import secretstorage  # its import costs more than the check

    try:
        connection = secretstorage.dbus_init()
    except (secretstorage.SecretStorageException, OSError, RuntimeError, ValueError):
        return keyring_errors.NO_SESSION
    with closing(connection):
        if not secretstorage.check_service_availability(connection):
            return keyring_errors.NO_SERVICE
        if may_ask:
            return None
        try:
            locked = secretstorage.Collection(connection, collection).is_locked()
        except secretstorage.ItemNotFoundException:
            return keyring_errors.NEVER_SET_UP
    return keyring_errors.LOCKED if locked else None


def secret_service_names(account: str, *, collection: str = DEFAULT_COLLECTION) -> list[str]:
    """The names of all items under an account, by the attributes that keyring gives them; nothing is unlocked.

    Raises whatever secretstorage raises.
    """
    import secretstorage

    with closing(secretstorage.dbus_init()) as connection:
        items = secretstorage.Collection(connection, collection).search_items({"username": account})
        return sorted({str(item.get_attributes().get("service", "")) for item in items})


T = TypeVar("T")

ACCOUNT: Final = "ssrcred"
# Seconds before somebody at a terminal is told what is being waited for.
PATIENCE: Final = 1.0

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
        # The class itself: a subclass may keep what it is given in the clear.
        if kind not in (trusted if trusted is not None else trusted_classes()):
            raise KeyringMissing(
                f"The keyring {kind.__module__}.{kind.__qualname__} is not one that ssrcred trusts with a secret key.",
                state="Nothing was stored.",
                hint="Use the system's own keyring: Secret Service, macOS Keychain or Windows Credential Manager. "
                "On a server without one, set up encrypted files: ssrcred vault init",
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
        asked = Task(lambda: self._obstacle() or call(), "ssrcred-keyring")
        if not asked.done_within(self._patience) and self._waiting is not None:
            self._waiting(WAITING)
        if not asked.done_within(self._limit - self._patience):
            hint = "Look for a window that asks for the keyring's password, answer it, and run the same command again."
            if self._waiting is None:
                hint = "Sign out of the desktop and in again, or restart the keyring's service. On a server, set up an "
                hint += "encrypted file: ssrcred vault init."
            message = f"The {self.description} did not answer within {self._limit:g} seconds."
            raise KeyringSilent(message, state=state, hint=hint)
        # Raised here and not where it was caught, so that ours does not carry the foreign one as its context.
        if (error := asked.exception()) is not None:
            if absent_is_fine and says_absent(error):
                return None
            raise situation(error).error(state)
        answer = asked.result()
        if isinstance(answer, Situation):
            raise answer.error()
        return answer


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
    does not say so, its address is put into `environ` (see `find_bus`) and the description tells.
    """
    if platform == "win32":
        return KeyringBackend(_windows(), limit, waiting)
    if platform == "darwin":
        from keyring.backends import macOS

        return KeyringBackend(macOS.Keyring(), limit, waiting)  # type: ignore[no-untyped-call]
    from keyring.backends import SecretService

    ring = SecretService.Keyring()  # type: ignore[no-untyped-call]
    bus = find_bus(environ)
    description = DESCRIPTIONS[SecretService.__name__]
    collection = getattr(ring, "preferred_collection", DEFAULT_COLLECTION)
    return KeyringBackend(
        ring,
        limit,
        waiting,
        obstacle=partial(secret_service_obstacle, may_ask=waiting is not None, collection=collection),
        listed=partial(secret_service_names, ACCOUNT, collection=collection),
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
    raise keyring_errors.INCOMPLETE.error()

"""Finds the Secret Service of this user, and sees whether it is locked without ever making it ask.

The check takes about 3 ms; asking a locked keyring for an item can block for ever (headless.md).
"""

from __future__ import annotations

import os
import stat
from collections.abc import MutableMapping
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import quote

from ssrcred.vault.foreign import LOCKED, NEVER_SET_UP, NO_SERVICE, NO_SESSION, Situation

BUS: Final = "DBUS_SESSION_BUS_ADDRESS"
DEFAULT_COLLECTION: Final = "/org/freedesktop/secrets/aliases/default"


def find_bus(environ: MutableMapping[str, str]) -> Path | None:
    """Set the session bus's address in `environ` when it is unset though the bus is there; the socket, or None.

    So it is in a cron job of a logged-in user. The address has to go into this process's own environment, because
    keyring takes no other; children see it too, as they would in a desktop session. Only a socket that belongs to this
    user is taken.
    """
    if environ.get(BUS):
        return None
    bus = Path(environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}") / "bus"
    try:
        found = bus.stat()
    except OSError:
        return None
    if not stat.S_ISSOCK(found.st_mode) or found.st_uid != os.getuid():
        return None
    # D-Bus specification, *Server Addresses*: anything else is escaped as %xx.
    environ[BUS] = f"unix:path={quote(str(bus), safe='/-_.')}"
    return bus


def obstacle(*, may_ask: bool, collection: str = DEFAULT_COLLECTION) -> Situation | None:
    """What keeps the Secret Service from answering, or None; `may_ask` says whether somebody can answer its prompt.

    Never prompts: it looks at a collection, and does not fetch the default one, which would create and unlock it.
    """
    import secretstorage  # its import costs more than the check

    try:
        connection = secretstorage.dbus_init()
    except (secretstorage.SecretStorageException, OSError, RuntimeError, ValueError):
        return NO_SESSION
    with closing(connection):
        if not secretstorage.check_service_availability(connection):
            return NO_SERVICE
        if may_ask:
            return None
        try:
            locked = secretstorage.Collection(connection, collection).is_locked()
        except secretstorage.ItemNotFoundException:
            return NEVER_SET_UP
    return LOCKED if locked else None


def names(account: str, *, collection: str = DEFAULT_COLLECTION) -> list[str]:
    """The names of all items under an account, by the attributes that keyring gives them; nothing is unlocked.

    Raises whatever secretstorage raises.
    """
    import secretstorage

    with closing(secretstorage.dbus_init()) as connection:
        items = secretstorage.Collection(connection, collection).search_items({"username": account})
        return sorted({str(item.get_attributes().get("service", "")) for item in items})

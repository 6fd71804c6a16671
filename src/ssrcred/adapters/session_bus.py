"""The address of a user's session bus: without it a program outside of the desktop session finds no keyring."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Final
from urllib.parse import quote

# The variable that has the address.
BUS: Final = "DBUS_SESSION_BUS_ADDRESS"


def bus_address(bus: Path, uid: int) -> str | None:
    """Return the address of the socket `bus` if it is there and belongs to the user `uid`, else None."""
    try:
        found = bus.stat()
    except OSError:
        return None
    # One of somebody else's would be given what is meant for the keyring.
    if not stat.S_ISSOCK(found.st_mode) or found.st_uid != uid:
        return None
    # D-Bus specification, *Server Addresses*: anything else is escaped as %xx.
    return f"unix:path={quote(str(bus), safe='/-_.')}"

"""Says what this computer makes of a site's name."""

from __future__ import annotations

import socket
from typing import Final

MOST_SHOWN: Final = 4


def addresses(host: str) -> tuple[str, ...]:
    """The addresses that this computer finds under a name, the first few; none where it finds none."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(str(one[4][0]) for one in found))[:MOST_SHOWN]

"""The other process of `chat`: hands one message to Apprise, and says how that ended by its exit code alone."""

from __future__ import annotations

import json
import os
import sys
from enum import IntEnum
from typing import Any, BinaryIO

LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Said(IntEnum):
    """How it ended. A bug or a crash is another number, and counts as not sent."""

    SENT = 0
    NOT_INSTALLED = 3
    NOT_UNDERSTOOD = 4
    UNVERIFIED = 5
    IN_THE_CLEAR = 6
    NOT_TAKEN = 7
    LOGGED_IN_NOT_TAKEN = 8


def main(stdin: BinaryIO | None = None) -> int:
    """Send what standard input asks for: JSON with `address`, `title` and `text`."""
    order = json.load(stdin or sys.stdin.buffer)
    address = order["address"].strip()  # Apprise overlooks a space in front, behind which no scheme would be seen
    try:
        import apprise
        import truststore
    except ImportError:
        return Said.NOT_INSTALLED
    # Its libraries would write the keys of each connection there, and with them the address could be read.
    os.environ.pop("SSLKEYLOGFILE", None)
    # Apprise's libraries know a list of their own only; a school's proxy is trusted by the system's.
    truststore.inject_into_ssl()
    found = apprise.Apprise.instantiate(address, suppress_exceptions=True)
    if not isinstance(found, apprise.NotifyBase):
        return Said.NOT_UNDERSTOOD
    if not found.verify_certificate:
        return Said.UNVERIFIED
    if _in_the_clear(found, address.partition("://")[0].lower()):
        return Said.IN_THE_CLEAR
    # Another host would get what is in the headers, and its page would pass for a message that was taken.
    found.redirects = False
    sender = apprise.Apprise()
    sender.add(found)
    taken = sender.notify(body=order["text"], title=order["title"], body_format=apprise.NotifyFormat.TEXT)
    if taken:
        return Said.SENT
    return Said.LOGGED_IN_NOT_TAKEN if found.password else Said.NOT_TAKEN


def _in_the_clear(found: Any, scheme: str) -> bool:
    """Whether a service that can be spoken to securely is not, and not on this machine either."""
    secure = _schemes(found.secure_protocol)
    if not secure or scheme in secure or getattr(found, "secure_mode", "insecure") != "insecure":
        return False
    return scheme in _schemes(found.protocol) and str(found.host) not in LOOPBACK


def _schemes(said: Any) -> tuple[str, ...]:
    if not said:
        return ()
    return (said,) if isinstance(said, str) else tuple(said)

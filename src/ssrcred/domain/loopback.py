"""Which hosts are this computer itself: what is sent to it crosses no network."""

from __future__ import annotations

import re


def is_loopback(host: str) -> bool:
    """Return whether a host is this computer itself, by its name or number."""
    return re.fullmatch(r"localhost|127(\.[0-9]{1,3}){3}|::1", host) is not None

"""Says what this computer makes of a site's name, and which proxy stands between the two."""

from __future__ import annotations

import socket
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

MOST_SHOWN: Final = 4


@dataclass(frozen=True)
class Proxy:
    """A proxy: the address to show, without a log-in, and what is needed to use it.

    `source` says where it was found. `login` is its user name and password ("" without one), and is never shown.
    """

    shown: str
    scheme: str
    host: str
    port: int
    source: str
    login: str = field(default="", repr=False)


def addresses(host: str) -> tuple[str, ...]:
    """The addresses that this computer finds under a name, the first few; none where it finds none."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(str(one[4][0]) for one in found))[:MOST_SHOWN]


def proxy(
    url: str,
    *,
    environment: Callable[[], Mapping[str, str]] = urllib.request.getproxies_environment,
    everywhere: Callable[[], Mapping[str, str]] = urllib.request.getproxies,
    bypassed: Callable[[str], object] = urllib.request.proxy_bypass,
) -> Proxy | None:
    """The proxy that stands in the way to `url`, or None: from the environment, else from the system's settings.

    The system's are read on Windows and macOS (`urllib.request.getproxies`); a script that chooses a proxy (PAC) is not
    run. Raises ValueError for a setting that is no address.
    """
    parts = urlsplit(url)
    if bypassed(parts.hostname or ""):
        return None
    for source, settings in (("the environment", environment()), ("the system's settings", everywhere())):
        given = settings.get(parts.scheme) or settings.get("all")
        if given:
            return _read(given, source)
    return None


def _read(given: str, source: str) -> Proxy:
    try:
        parts = urlsplit(given if "://" in given else f"http://{given}")
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        login = unquote(f"{parts.username or ''}:{parts.password or ''}") if "@" in parts.netloc else ""
    except ValueError:
        host, port, login = "", 0, ""
    if not host:
        # The parser's own words quote the address, and a password may be in it.
        raise ValueError("the proxy's address is not understood")
    name = f"[{host}]" if ":" in host else host
    return Proxy(f"{parts.scheme}://{name}:{port}", parts.scheme, host, port, source, login)

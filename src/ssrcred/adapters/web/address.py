"""Reads an address as httpx will, and says of which site it is, or that it may not be used at all."""

from __future__ import annotations

from typing import Final

import httpx

from ssrcred.domain.loopback import is_loopback

# Characters of a name in the DNS (RFC 1035, 2.3.4, without the lengths between its parts).
LONGEST_HOST: Final = 253


def site_of(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of an address that may be used at all, else None."""
    try:
        address = httpx.URL(url)  # the reader that will also send, so that the two cannot disagree
        # A name with xn-- in it is taken apart, which may fail, and takes long for one that is longer than names are.
        host = address.host if len(address.raw_host) <= LONGEST_HOST else ""
    except (httpx.InvalidURL, ValueError):
        return None
    if not host or address.userinfo:
        return None  # httpx would turn a user name in an address into an Authorization header
    if address.scheme == "https":
        return "https", host, address.port or 443
    if address.scheme == "http" and is_loopback(host):
        return "http", host, address.port or 80
    return None


def host_of(url: str) -> str:
    """The host ("host", or "host:port" where the port is not the usual one) of an address that is safe, else ""."""
    site = site_of(url)
    if site is None:
        return ""
    return site[1] if site[2] == {"https": 443, "http": 80}[site[0]] else f"{site[1]}:{site[2]}"

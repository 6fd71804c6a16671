"""Keeps of a site's cookies only those that can be sent back: httpx stumbles over any other at the next request."""

from __future__ import annotations

from http.cookiejar import Cookie, CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from urllib.request import Request


class _Sendable(DefaultCookiePolicy):
    def set_ok(self, cookie: Cookie, request: Request) -> bool:
        whole = f"{cookie.name}{cookie.value or ''}{cookie.path}"
        return super().set_ok(cookie, request) and whole.isascii() and whole.isprintable()


def jar() -> CookieJar:
    """An empty jar that takes no cookie with other characters than printable ASCII (RFC 6265, 4.1.1)."""
    return CookieJar(_Sendable())

"""Fetches a browser's pages within bounds, and sends what it posts exactly once.

Chromium takes all that comes, and sends a POST again by itself when a connection breaks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from ssrcred.adapters.portal.browser.caught_request import CaughtRequest
from ssrcred.web import Answer, Site

if TYPE_CHECKING:
    import httpx

ANEW: Final = frozenset({"host", "connection", "content-length", "transfer-encoding", "accept-encoding", "cookie"})
"""Headers of a request that belong to one connection and are made anew."""
UNPACKED: Final = frozenset({"content-length", "content-encoding", "transfer-encoding", "connection"})
"""Headers of an answer that are no longer true once it has come."""


class RequestSender(Site):
    """The portal as `web` reaches it, with the same bounds; every redirect is left for the browser to follow."""

    headers: Sequence[tuple[str, str]] = ()
    """Those of the last answer, for the page."""

    def carry(self, request: CaughtRequest, cookies: Sequence[Mapping[str, Any]]) -> Answer:
        """The answer to a request, with those of a window's cookies (*Storage.getCookies*) that go to its address.

        Raises Unreachable or AnswerLost as `web` does.
        """
        given = {name: value for name, value in request.headers.items() if name not in ANEW}
        if fitting := "; ".join(f"{item['name']}={item['value']}" for item in cookies if _fits(item, request.url)):
            given["Cookie"] = fitting
        return self._exchange(request.method, request.url, request.body, given)

    def _receive(self, response: httpx.Response, fuse: Any) -> Answer:
        self.headers = [item for item in response.headers.multi_items() if item[0].lower() not in UNPACKED]
        for client in self._clients.values():
            client.cookies.clear()  # the browser's are the ones that count
        return super()._receive(response, fuse)


def _fits(cookie: Mapping[str, Any], url: str) -> bool:
    """Whether a cookie goes to an address (RFC 6265, 5.4)."""
    at = urlsplit(url)
    host, path = at.hostname or "", at.path or "/"
    domain, below = str(cookie["domain"]), str(cookie["path"]).rstrip("/")
    here = host == domain or (domain.startswith(".") and f".{host}".endswith(domain))
    near = path == below or path.startswith(f"{below}/")
    return here and near and (at.scheme == "https" or not cookie["secure"] or host == "localhost")

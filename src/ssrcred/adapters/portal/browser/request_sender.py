"""Fetches a browser's pages within bounds, and sends what it posts exactly once.

Chromium takes all that comes, and sends a POST again by itself when a connection breaks.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from ssrcred.web import Answer, Site

if TYPE_CHECKING:
    import httpx

OWN: Final = frozenset({"host", "connection", "content-length", "transfer-encoding", "accept-encoding", "cookie"})
"""Headers that belong to one connection and are made anew."""
ALONE: Final = {"name": "Content-Security-Policy", "value": "connect-src 'self' data: blob:"}
"""What a page is given beside its own headers: then no script of it, no worker and no socket asks another site."""


class Courier(Site):
    """The portal as `web` reaches it, with the same bounds; every redirect is left for the browser to follow."""

    _headers: Sequence[tuple[str, str]] = ()

    def carry(self, event: Mapping[str, Any], cookies: Sequence[Mapping[str, Any]]) -> tuple[Answer, dict[str, Any]]:
        """The answer to a paused request (*Fetch.requestPaused*), and what *Fetch.fulfillRequest* needs of it.

        `cookies` are those of the window (*Storage.getCookies*). Raises Unreachable or AnswerLost as `web` does.
        """
        request = event["request"]
        url = request["url"]
        headers = {name: value for name, value in request["headers"].items() if name.lower() not in OWN}
        if fitting := "; ".join(f"{item['name']}={item['value']}" for item in cookies if _fits(item, url)):
            headers["Cookie"] = fitting
        answer = self._exchange(request["method"], url, body_of(request), headers)
        kept = [
            {"name": name, "value": value}
            for name, value in self._headers
            if name.lower() not in ("content-length", "content-encoding", "transfer-encoding", "connection")
        ]
        return answer, {
            "requestId": event["requestId"],
            "responseCode": answer.status,
            "responseHeaders": kept,
            "body": base64.b64encode(answer.body).decode("ascii"),
        }

    def _receive(self, response: httpx.Response, fuse: Any) -> Answer:
        self._headers = response.headers.multi_items()
        self.forget()
        return super()._receive(response, fuse)

    def forget(self) -> None:
        """Drop the cookies that httpx keeps: the browser's are the ones that count."""
        for client in self._clients.values():
            client.cookies.clear()


def body_of(request: Mapping[str, Any]) -> bytes | None:
    """What a paused request sends, byte for byte; None for nothing."""
    parts = request.get("postDataEntries") or []
    if parts and all("bytes" in part for part in parts):
        return b"".join(base64.b64decode(part["bytes"]) for part in parts)
    posted = request.get("postData")
    return posted.encode("utf-8") if isinstance(posted, str) else None


def _fits(cookie: Mapping[str, Any], url: str) -> bool:
    """Whether a cookie goes to an address (RFC 6265, 5.4)."""
    at = urlsplit(url)
    host, path = at.hostname or "", at.path or "/"
    domain, below = str(cookie["domain"]), str(cookie["path"]).rstrip("/")
    here = host == domain or (domain.startswith(".") and f".{host}".endswith(domain))
    near = path == below or path.startswith(f"{below}/")
    return here and near and (at.scheme == "https" or not cookie["secure"] or host == "localhost")

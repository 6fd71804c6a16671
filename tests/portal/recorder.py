"""A browser's network panel for pretend portals: what was asked and answered, as a browser exports it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin

import httpx

from ssrcred.adapters.portal.html.form import encode, entries
from ssrcred.adapters.portal.html.page import Page, read
from ssrcred.web import Answer

Handler = Callable[[httpx.Request], httpx.Response]
BASE = "https://portal.example"
START = datetime(2026, 1, 2, 9, 0, tzinfo=UTC)


class Recorder:
    """A person at a portal with the network panel open; `entries` is what the panel lists."""

    def __init__(self, handler: Handler) -> None:
        self.client = httpx.Client(transport=httpx.MockTransport(handler), base_url=BASE)
        self.entries: list[dict[str, Any]] = []
        self.url = BASE

    def close(self) -> None:
        self.client.close()

    def ask(
        self,
        method: str,
        address: str,
        *,
        content: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """The answer in the end, every redirect listed."""
        url = urljoin(self.url, address)
        sent, given = content, dict(headers or {})
        while True:
            answer = self._one(method, url, sent, given)
            if not answer.is_redirect:
                break
            method, url, sent = "GET", urljoin(url, answer.headers["location"]), None
            given = {}
        if answer.headers.get("content-type", "").startswith("text/html"):
            self.url = url
        return answer

    def page(self, answer: httpx.Response) -> Page:
        """The page in an answer."""
        return read(Answer(answer.status_code, str(answer.url), dict(answer.headers), answer.content))

    def submit(
        self, answer: httpx.Response, typed: Mapping[str, str], *, button: str | None = None, form: int = 0
    ) -> httpx.Response:
        """Type into a form of a page and send it with the button of this name (or by script without one)."""
        page = self.page(answer)
        found = page.forms[form]
        pressed = next((item for item in found.controls if item.submits and item.name == button), None)
        filled = {item.node: typed[item.name] for item in found.controls if item.name in typed}
        request = encode(found, entries(found, pressed, filled), pressed, base=page.base)
        assert request.content is not None
        return self.ask(
            "POST",
            request.url,
            content=request.content.decode(),
            headers={**request.headers, "Accept": "text/html,*/*", "Referer": self.url},
        )

    def har(self) -> bytes:
        """The file that the network panel exports."""
        return json.dumps({"log": {"version": "1.2", "creator": {"name": "test"}, "entries": self.entries}}).encode()

    def _one(self, method: str, url: str, content: str | None, headers: dict[str, str]) -> httpx.Response:
        request = self.client.build_request(method, url, content=content, headers=headers)
        answer = self.client.send(request)
        entry = {
            "startedDateTime": (START + timedelta(seconds=len(self.entries))).isoformat().replace("+00:00", "Z"),
            "request": {
                "method": method,
                "url": url,
                "headers": [{"name": name, "value": value} for name, value in request.headers.multi_items()],
            },
            "response": {
                "status": answer.status_code,
                "headers": [{"name": name, "value": value} for name, value in answer.headers.multi_items()],
                "content": {"mimeType": answer.headers.get("content-type", ""), "text": answer.text},
                "redirectURL": answer.headers.get("location", ""),
            },
        }
        if content is not None:
            kind = headers.get("Content-Type", "")
            entry["request"]["postData"] = {"mimeType": kind, "text": content}  # type: ignore[index]
        self.entries.append(entry)
        return answer

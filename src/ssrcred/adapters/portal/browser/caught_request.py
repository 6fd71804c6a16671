"""A request that is about to leave the browser, decoded into names and values."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, unquote_plus, urlsplit

from ssrcred.adapters.portal.html.form import MULTIPART, URLENCODED, FormEntry

READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})  # methods that only ask


@dataclass(frozen=True, eq=False, repr=False)
class CaughtRequest:
    """A request that is not sent yet. `kind` is the protocol's resource type; the rest is confidential."""

    method: str
    url: str
    headers: Mapping[str, str]
    kind: str
    body: bytes | None
    unread: bool = False  # it has a body that the browser does not show

    @classmethod
    def paused(cls, event: Mapping[str, Any]) -> CaughtRequest:
        """Return the request of *Fetch.requestPaused*, its body byte for byte where the browser shows it so."""
        request = event["request"]
        posted, parts = request.get("postData"), request.get("postDataEntries") or []
        body = posted.encode("utf-8") if isinstance(posted, str) else None
        if parts and all("bytes" in part for part in parts):  # postData is no good for bytes that are not UTF-8
            body = b"".join(base64.b64decode(part["bytes"]) for part in parts)
        headers = {name.lower(): value for name, value in request["headers"].items()}
        unread = bool(request.get("hasPostData")) and body is None
        return cls(request["method"], request["url"], headers, event["resourceType"], body, unread)

    @property
    def address(self) -> str:
        """Its method, and its address without host and query."""
        return f"{self.method} {urlsplit(self.url).path}"

    @property
    def content(self) -> str:
        return _text(self.body or b"")

    @property
    def text(self) -> str:
        """Everything that it carries, undecoded."""
        return "\n".join((self.url, *self.headers.values(), self.content))

    @property
    def enctype(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @cached_property
    def values(self) -> tuple[FormEntry, ...]:
        if self.enctype == URLENCODED:
            listed = parse_qsl(self.content, keep_blank_values=True, errors="surrogateescape")
        elif self.enctype == MULTIPART:
            listed = list(_parts(self.body or b"", self.headers["content-type"]))
        else:
            listed = [("", self.content)] if self.body else []
        try:
            return tuple(inner for name, value in listed for inner in _opened(name, value))
        except RecursionError:  # JSON in JSON without end: what it says is not looked into
            return tuple(FormEntry(name, value) for name, value in listed)


def holds(text: str, typed: str) -> bool:
    """Return whether a text holds what was typed: plain, as in addresses, forms and JSON, in base 64 or in hex."""
    written = (typed, json.dumps(typed)[1:-1], json.dumps(typed, ensure_ascii=False)[1:-1])
    read = (text, unquote(text), unquote_plus(text), unquote(unquote_plus(text)))  # an address within an address too
    if any(form in seen for form in written for seen in read):
        return True
    if len(typed) < 6:  # it would be found in base 64 by accident
        return False
    plain, content = read[1].replace("-", "+").replace("_", "/"), typed.encode("utf-8", "replace")
    for before, unsure in enumerate((0, 2, 3)):  # what stands before it changes the signs, and those at both ends
        sure = (before + len(content)) * 8 // 6
        if base64.b64encode(bytes(before) + content).decode("ascii")[unsure:sure] in plain:
            return True
    return content.hex() in text.lower()


def _opened(name: str, value: object) -> Iterator[FormEntry]:
    """Yield a value, or those in it where it is JSON, each named by its path."""
    found = value
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        with suppress(ValueError, RecursionError):
            found = json.loads(value)
    if isinstance(found, dict | list):
        for key, inner in found.items() if isinstance(found, dict) else enumerate(found):
            yield from _opened(f"{name}.{key}", inner)
    else:
        yield FormEntry(name, value if isinstance(value, str) else json.dumps(value))


def _parts(body: bytes, content_type: str) -> Iterator[tuple[str, str]]:
    """Yield the names and values of multipart/form-data (RFC 7578)."""
    boundary = content_type.partition("boundary=")[2].partition(";")[0].strip(' "')
    for part in body.split(b"--" + boundary.encode())[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        named = re.search(rb'name="([^"]*)"', head)
        yield _text(named[1]) if named is not None else "", _text(content.removesuffix(b"\r\n"))


def _text(body: bytes) -> str:
    return body.decode("utf-8", "surrogateescape")

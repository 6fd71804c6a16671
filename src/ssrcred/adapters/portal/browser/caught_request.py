"""A request as it was about to leave the browser, read as names and values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from ssrcred.adapters.portal.browser.request_sender import body_of
from ssrcred.adapters.portal.html.form import MULTIPART, URLENCODED

PART_NAME: Final = re.compile(rb'name="([^"]*)"')


class Value(NamedTuple):
    """One name and value of what is sent; a value in JSON is named by its path."""

    name: str
    value: str


@dataclass(frozen=True, eq=False, repr=False)
class CaughtRequest:
    """A request that was not sent. `kind` is the protocol's resource type; the rest is confidential.

    `unread`: it has a body that the browser does not show.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    kind: str
    body: bytes | None
    unread: bool = False

    @classmethod
    def paused(cls, event: Mapping[str, Any]) -> CaughtRequest:
        """The request of *Fetch.requestPaused*."""
        request = event["request"]
        body = body_of(request)
        unread = bool(request.get("hasPostData")) and body is None
        headers = {name.lower(): value for name, value in request["headers"].items()}
        return cls(request["method"], request["url"], headers, event["resourceType"], body, unread)

    @property
    def address(self) -> str:
        """Its method, and its address without host and query."""
        return f"{self.method} {urlsplit(self.url).path}"

    @property
    def text(self) -> str:
        """All that it carries, as it stands there."""
        head = "\n".join((self.url, *self.headers.values()))
        return f"{head}\n{_text(self.body or b'')}"

    @property
    def enctype(self) -> str:
        """How its body is written."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @cached_property
    def values(self) -> tuple[Value, ...]:
        """What its body carries, in order."""
        body = self.body or b""
        if self.enctype == URLENCODED:
            listed = parse_qsl(_text(body), keep_blank_values=True, errors="surrogateescape")
        elif self.enctype == MULTIPART:
            listed = list(_parts(body, self.headers["content-type"]))
        else:
            listed = [("", _text(body))] if body else []
        return tuple(inner for name, value in listed for inner in _opened(name, value))

    @property
    def query(self) -> tuple[Value, ...]:
        """What its address carries, in order."""
        return tuple(Value(*item) for item in parse_qsl(urlsplit(self.url).query, keep_blank_values=True))


def _opened(name: str, value: str) -> Iterator[Value]:
    """A value, or those in it where it is JSON."""
    if value.lstrip()[:1] in ("{", "["):
        try:
            yield from _inside(name, json.loads(value))
        except (ValueError, RecursionError):
            yield Value(name, value)
    else:
        yield Value(name, value)


def _inside(name: str, found: object) -> Iterator[Value]:
    if isinstance(found, dict):
        for key, inner in found.items():
            yield from _inside(f"{name}.{key}", inner)
    elif isinstance(found, list):
        for at, inner in enumerate(found):
            yield from _inside(f"{name}.{at}", inner)
    elif isinstance(found, str):
        yield from _opened(name, found)
    else:
        yield Value(name, json.dumps(found))


def _parts(body: bytes, content_type: str) -> Iterator[tuple[str, str]]:
    """The names and values of multipart/form-data (RFC 7578)."""
    boundary = content_type.partition("boundary=")[2].partition(";")[0].strip(' "')
    for part in body.split(b"--" + boundary.encode())[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        named = PART_NAME.search(head)
        yield _text(named[1]) if named is not None else "", _text(content.removesuffix(b"\r\n"))


def _text(body: bytes) -> str:
    return body.decode("utf-8", "surrogateescape")

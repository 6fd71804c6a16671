"""A browser's recording (a HAR file) as exchanges: bounded, whatever the file holds, and never quoted.

The format is HAR 1.2 (softwareishard.com/blog/har-12-spec), read tolerantly: Chrome, Edge, Firefox, Safari and
Playwright differ in what they leave out (exporter.py). A file holds passwords and cookies in clear, so nothing here
has a repr.
"""

from __future__ import annotations

import base64
import binascii
import json
import string
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote, urldefrag, urljoin, urlsplit, urlunsplit

from ssrcred.errors import InputRefused
from ssrcred.portal import exporter
from ssrcred.web import Answer

MOST_BYTES: Final = 64 * 1024 * 1024
MOST_EXCHANGES: Final = 5000
LARGEST_BODY: Final = 2 * 1024 * 1024
"""Longer answers are scripts, pictures and reports; no settings page is that long."""
MOST_TEXT: Final = 12 * 1024 * 1024
"""What is kept of all answers together."""
NOT_MODIFIED: Final = 304
PORTS: Final = {"http": 80, "https": 443}
IN_PATH: Final = "".join(sign for sign in string.punctuation if sign not in '"<>`{}')
IN_QUERY: Final = "".join(sign for sign in string.punctuation if sign not in "\"<>'")
"""What a browser does not write as %XX in an address (WHATWG URL, 1.3)."""

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, eq=False, repr=False)
class Exchange:
    """One request and its answer.

    `headers` and `answered` are lower-case names and values; `body` is None where nothing was sent, `params` what a
    browser lists instead of a body; `cookies` are those that the answer set; `onward` where it sent the browser on
    ("" for nowhere); `began` is aware UTC or None; `kept` tells whether the file holds the answer's text. `listed` are
    the cookies that were sent, where the file tells them apart from the headers; `merged` tells that `url` may be where
    redirects led, and not where it was sent.
    """

    began: datetime | None
    method: str
    url: str
    headers: Pairs
    body: str | None
    body_type: str
    params: Pairs
    answer: Answer
    answered: Pairs
    cookies: Pairs
    onward: str
    kept: bool
    listed: Pairs = ()
    merged: bool = False

    def header(self, name: str) -> str:
        """The first value of a request's header (lower-case name), or nothing."""
        return next((value for found, value in self.headers if found == name), "")

    def sent_cookies(self) -> Pairs:
        """The cookies that the browser sent."""
        pieces = (part.partition("=") for part in self.header("cookie").split(";"))
        found = tuple((name.strip(), value.strip()) for name, sign, value in pieces if sign and name.strip())
        return found or self.listed


def read(content: bytes) -> tuple[Exchange, ...]:
    """The exchanges of a HAR file in the order in which they began.

    Raises InputRefused for what is no HAR file, or a larger one than a recorded save needs (64 MiB).
    """
    if len(content) > MOST_BYTES:
        raise refused("is larger than 64 MB", "Record again, only from the log-in to the save.")
    failed = False
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        failed = True
    if failed:  # raised outside, so that no traceback carries the text of the file
        raise refused("is not a HAR file", EXPORT)
    log = _table(found, "log")
    entries = log.get("entries")
    if not isinstance(entries, list):
        raise refused("is not a HAR file", EXPORT)
    if len(entries) > MOST_EXCHANGES:
        raise refused("holds more than 5,000 requests", "Record again, only from the log-in to the save.")
    exchanges, room, merged = [], MOST_TEXT, exporter.merges_redirects(log)
    for entry in exporter.without_twins(entries):
        exchange = _exchange(entry, merged=merged)
        if exchange is None:
            continue
        room -= len(exchange.answer.body)
        if room < 0:
            exchange = replace(exchange, answer=_answer(exchange.answer, exchange.url, b""), kept=False)
        exchanges.append(exchange)
    if not exchanges:
        raise refused("holds no request to a web site", EXPORT)
    if all(item.began is not None for item in exchanges):
        exchanges.sort(key=lambda item: item.began or datetime.min.replace(tzinfo=UTC))
    return tuple(exchanges)


def refused(what: str, hint: str) -> InputRefused:
    """The error for a recording that cannot be used; never with a word of the recording's own."""
    return InputRefused(
        f"The recording {what}.",
        state="Nothing of it was kept, and no map was made.",
        hint=hint,
    )


EXPORT: Final = "Export the recording from the browser's network panel as a HAR file, with content."


def _exchange(entry: object, *, merged: bool) -> Exchange | None:
    request, response = _table(entry, "request"), _table(entry, "response")
    method, url = _text(request, "method").upper(), _text(request, "url")
    if not method.isascii() or not method.isalpha() or not _is_web(url):
        return None
    url = urldefrag(url).url
    status = response.get("status")
    status = status if isinstance(status, int) and not isinstance(status, bool) else 0
    posted, answered = _table(request, "postData"), _pairs(response.get("headers"))
    sent = _decoded(posted, "text") if posted else None
    body, told = (None, "") if sent is None else exporter.without_head(sent.decode("utf-8", "replace"))
    content = _table(response, "content")
    text = _decoded(content, "text")
    raw = text if text is not None and len(text) <= LARGEST_BODY else b""
    kind = _kind(content, dict(answered).get("content-type", ""), raw)
    answer = Answer(200 if status == NOT_MODIFIED else status, url, {"content-type": kind}, raw)
    onward = _text(response, "redirectURL") or (dict(answered).get("location", "") if 300 <= status < 400 else "")
    cookies = _set_cookies(answered)
    named = {name for name, _ in cookies}
    return Exchange(
        began=_moment(_text(entry if isinstance(entry, dict) else {}, "startedDateTime")),
        method=method,
        url=url,
        headers=_pairs(request.get("headers")),
        body=body,
        body_type=_text(posted, "mimeType") or dict(_pairs(request.get("headers"))).get("content-type", "") or told,
        params=_pairs(posted.get("params"), lower=False),
        answer=answer,
        answered=answered,
        # Safari joins the headers of several cookies into one; its list still has them all.
        cookies=(*cookies, *(pair for pair in _pairs(response.get("cookies"), lower=False) if pair[0] not in named)),
        onward=_onward(url, onward),
        kept=text is not None and len(text) <= LARGEST_BODY,
        listed=_pairs(request.get("cookies"), lower=False),
        merged=merged,
    )


def _kind(content: dict[str, object], header: str, raw: bytes) -> str:
    """The content type of an answer. A browser has decoded a text already, and Chrome puts some into base 64 then."""
    kind = _text(content, "mimeType") or header
    try:
        decoded = content.get("encoding") != "base64" or (b"\0" not in raw and bool(raw.decode("utf-8")))
    except UnicodeDecodeError:
        decoded = False
    if decoded:
        return f"{kind.partition(';')[0]}; charset=utf-8"
    return header if "charset" in header.lower() and "charset" not in kind.lower() else kind


def _answer(before: Answer, url: str, body: bytes) -> Answer:
    return Answer(before.status, url, {"content-type": before.content_type}, body)


def _table(found: object, key: str) -> dict[str, object]:
    value = found.get(key) if isinstance(found, dict) else None
    return value if isinstance(value, dict) else {}


def _text(found: dict[str, object], key: str) -> str:
    value = found.get(key)
    return value if isinstance(value, str) else ""


def _pairs(found: object, *, lower: bool = True) -> Pairs:
    """Names and values; a value with several lines, as Chrome joins Set-Cookie headers, counts as several."""
    pairs = []
    for item in found if isinstance(found, list) else []:
        if isinstance(item, dict) and isinstance(item.get("name"), str) and isinstance(item.get("value", ""), str):
            name, value = item["name"], item.get("value", "")
            if lower:
                pairs += [(name.lower(), line) for line in value.split("\n")]
            else:
                pairs.append((name, value))
    return tuple(pairs)


def _decoded(found: dict[str, object], key: str) -> bytes | None:
    """The bytes of a text that may stand in base 64; None where there is none, or none that can be read."""
    value = found.get(key)
    if not isinstance(value, str):
        return None
    if found.get("encoding") != "base64" and found.get("_encoding") != "base64":
        return value.encode("utf-8", "replace")
    try:
        return base64.b64decode(value, validate=False)
    except (binascii.Error, ValueError):
        return None


def _set_cookies(answered: Pairs) -> Pairs:
    cookies = []
    for name, value in answered:
        first, sign, _ = value.partition(";")[0].partition("=")
        if name == "set-cookie" and sign and first.strip():
            cookies.append((first.strip(), value.partition(";")[0].partition("=")[2].strip().strip('"')))
    return tuple(cookies)


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _onward(url: str, place: str) -> str:
    if not place:
        return ""
    try:
        parts = urlsplit(urldefrag(urljoin(url, place)).url)
        if parts.scheme not in PORTS or not parts.hostname:
            return ""
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        port = f":{parts.port}" if parts.port not in (None, PORTS[parts.scheme]) else ""
    except ValueError:
        return ""
    # As the next entry has it: a browser writes the same address in one way only.
    path, query = quote(parts.path or "/", safe=IN_PATH), quote(parts.query, safe=IN_QUERY)
    return urlunsplit((parts.scheme, host + port, path, query, ""))


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None

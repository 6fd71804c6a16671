"""What browsers do each in a way of their own when they write down a recording (a HAR file).

Firefox   puts the headers of an upload before what was sent
Chrome    lists a request twice that a service worker of the page passed on; and, since version 130, leaves out cookies
          and log-in headers unless asked for them (learn.py warns)
Safari    keeps one entry for a request and all its redirects, with the address that it ended at
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

SAFARI: Final = "WebKit Web Inspector"
LONGEST_HEAD: Final = 4096
HEAD: Final = re.compile(r"(?:[A-Za-z][A-Za-z0-9-]*:[^\r\n]*\r?\n)+\r?\n")
KIND: Final = re.compile(r"^content-type:[ \t]*([^\r\n]*)", re.IGNORECASE | re.MULTILINE)
SIZE: Final = re.compile(r"^content-length:", re.IGNORECASE | re.MULTILINE)


def merges_redirects(log: dict[str, object]) -> bool:
    """Whether an entry of this file may show where a request led in the end, in place of where it was sent."""
    creator = log.get("creator")
    return isinstance(creator, dict) and creator.get("name") == SAFARI


def without_head(body: str) -> tuple[str, str]:
    """What was sent without an upload's headers before it, and the content type that these tell ("" for none)."""
    found = HEAD.match(body[:LONGEST_HEAD])
    if found is None or not (KIND.search(found[0]) or SIZE.search(found[0])):
        return body, ""
    kind = KIND.search(found[0])
    return body[found.end() :], kind[1].strip() if kind is not None else ""


def without_twins(entries: Sequence[object]) -> list[object]:
    """The entries without those that a service worker answered by sending the same request, which is listed too."""
    sent = Counter(_request(entry) for entry in entries if not _is_by_worker(entry))
    kept = []
    for entry in entries:
        if _is_by_worker(entry) and sent[_request(entry)] > 0:
            sent[_request(entry)] -= 1
        else:
            kept.append(entry)
    return kept


def _is_by_worker(entry: object) -> bool:
    response = entry.get("response") if isinstance(entry, dict) else None
    return isinstance(response, dict) and response.get("_fetchedViaServiceWorker") is True


def _request(entry: object) -> tuple[str, str, str]:
    request = entry.get("request") if isinstance(entry, dict) else None
    request = request if isinstance(request, dict) else {}
    posted = request.get("postData")
    text = posted.get("text") if isinstance(posted, dict) else ""
    return str(request.get("method")), str(request.get("url")), str(text)

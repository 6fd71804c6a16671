"""Searches for a text that must not be there, in whatever way a program may have written it.

It imports nothing of the program. A find is told by where it is and how it was written, never by the text.
"""

from __future__ import annotations

import html
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes

RUN: Final = 8  # so many characters in a row are a find
GROUP: Final = 3  # bytes that base64 takes together: a text may begin at each of them
LARGE: Final = 2**20
CLEAR: Final = "in clear"
ESCAPED: Final = re.compile(rb"\\u00([0-9a-fA-F]{2})|\\x([0-9a-fA-F]{2})|\\([^a-zA-Z0-9])")
FOLDED: Final = re.compile(rb"\x1b\[[0-9;?]*[a-zA-Z]|\s+")
FROM_URL_SAFE: Final = bytes.maketrans(b"-_", b"+/")


class Find(NamedTuple):
    """That a part of a text is somewhere: whose, where, and how it is written."""

    what: str
    where: str
    how: str


@dataclass(frozen=True, repr=False)
class Canary:
    """A made-up text that is searched for, by what it is; printing it does not show it.

    `run` is how many characters in a row are a find; a text that is shorter counts as a whole.
    """

    what: str
    text: str
    run: int = RUN


def _unescaped(content: bytes) -> bytes:
    """Take back the escapes of JSON and of a repr."""

    def plain(found: re.Match[bytes]) -> bytes:
        code = found[1] or found[2]
        return bytes([int(code, 16)]) if code else found[3]

    return ESCAPED.sub(plain, content)


# How a text is read that was written so. An encoding of two bytes for each character has a null in each.
READINGS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "URL-encoded": unquote_to_bytes,
    "HTML-escaped": lambda content: html.unescape(content.decode("latin-1")).encode("latin-1", "replace"),
    "JSON-escaped": _unescaped,
    "UTF-16": lambda content: content.replace(b"\0", b""),
    "folded or colored": lambda content: FOLDED.sub(b"", content),
}


@lru_cache(maxsize=1)  # one content is searched for many texts
def readings(content: bytes) -> Mapping[str, bytes]:
    """Return a content as it is and as each reading, and any two of them, make of it; of a large one, each alone."""
    found = {CLEAR: content}
    for _ in range(2 if len(content) < LARGE else 1):
        for before, text in list(found.items()):
            for how, read in READINGS.items():
                if (after := read(text)) not in found.values():
                    found[how if before == CLEAR else f"{before}, {how}"] = after
    return found


def traces(content: bytes, text: str, run: int = RUN) -> set[str]:
    """Return in which ways so many characters in a row of a text, or all of a shorter one, are in a content."""
    wanted = text.encode()
    run = min(run, len(wanted))
    parts = [wanted[start : start + run] for start in range(len(wanted) - run + 1)]
    # Of a part that begins within a group, the characters that depend on nothing before it and nothing behind it.
    packed = {b64encode(part[at:])[: (run - at) * 8 // 6] for part in parts for at in range(GROUP)}
    found = set()
    for how, reading in readings(content).items():
        if any(part in reading for part in parts):
            found.add(how)
        if any(part[::-1] in reading for part in parts):
            found.add("reversed" if how == CLEAR else f"{how}, reversed")
        even = reading.translate(FROM_URL_SAFE)
        if any(part in even for part in packed):
            found.add("base64" if how == CLEAR else f"{how}, base64")
    lower = content.lower()
    if any(part.hex().encode() in lower for part in parts):
        found.add("hexadecimal")
    return found


def finds(places: Mapping[str, bytes], canaries: Iterable[Canary]) -> list[Find]:
    """Search contents, by what each is, for parts of texts."""
    wanted = list(canaries)
    found = []
    for where, content in places.items():
        for canary in wanted:
            # What is there in clear is there in most readings, too.
            hows = traces(content, canary.text, canary.run)
            found += [Find(canary.what, where, how) for how in ([CLEAR] if CLEAR in hows else sorted(hows))]
    return found


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Return all files below a folder, by path, and for each folder and link its name alone; no link is followed."""
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        yield name, name.encode() + b"\n" + (path.read_bytes() if path.is_file() and not path.is_symlink() else b"")

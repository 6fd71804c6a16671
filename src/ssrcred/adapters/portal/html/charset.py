"""The encoding of a page and of what its forms send (WHATWG, *Encoding Standard*)."""

from __future__ import annotations

import codecs
import re
from typing import Final

import turbohtml

WESTERN: Final = "windows-1252"
GAPS: Final = "\x81\x8d\x8f\x90\x9d"
"""What Python's windows-1252 lacks and the web's has."""
SIGNS: Final = {code: bytes([code]).decode(WESTERN) for code in range(0x80, 0xA0) if chr(code) not in GAPS}


def known(label: str) -> str:
    """The standard's name for the label of an encoding, or nothing; all kinds of Latin 1 are windows-1252."""
    try:
        name = turbohtml.parse(b"", encoding=label).encoding or ""
        return name if codecs.lookup(name) else ""
    except (LookupError, UnicodeError):
        return ""


def decode(body: bytes, label: str) -> tuple[str, str]:
    """The text of a page and its encoding: by a byte order mark, the answer's label, the page's own, else Western."""
    page = turbohtml.parse(body, encoding=known(label) or None)
    name = known(page.encoding or "") if page.encoding_confidence == "certain" else ""
    text = body.decode(name, "replace") if name not in ("", WESTERN) else body.decode("latin-1").translate(SIGNS)
    return text.removeprefix("\ufeff"), name or WESTERN


def encode(text: str, name: str) -> bytes:
    """`text` as a form sends it: lines end in CRLF, and what the encoding lacks becomes a character reference."""
    text = re.sub(r"\r\n?|\n", "\r\n", text)
    if name == "UTF-8":
        return text.encode("utf-8", "replace")
    if name == WESTERN:
        return b"".join(bytes([ord(sign)]) if sign in GAPS else sign.encode(name, "xmlcharrefreplace") for sign in text)
    return text.encode(name, "xmlcharrefreplace")

"""Whether a text looks made by chance or by the clock, so that sending it again another day would be wrong."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

UUID: Final = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
HEX: Final = re.compile(r"[0-9a-f]+|[0-9A-F]+")
RUN: Final = re.compile(r"[A-Za-z0-9+/=_~-]{8,}")
PIECE: Final = re.compile(r"[A-Za-z]+|\d+")
MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2})?")
TELLING: Final = re.compile(
    r"csrf|xsrf|token|nonce|viewstate|verification|authenticity|session|sid$|jwt|ticket|antiforgery|eventvalidation"
    r"|^if-match$|row_?version|concurrency",
    re.IGNORECASE,
)
LONG_NUMBER: Final = 16
"""A CDS code has 14 digits, an SSID 10; longer numbers name no person, school or district."""


def is_told_by(name: str) -> bool:
    """Whether the name of a field, header or key says that its value is fresh each time."""
    return bool(TELLING.search(name))


def looks_random(text: str) -> bool:
    """Whether a text looks drawn by lot: a UUID, a hash, a token, a time stamp. Words, names and codes do not."""
    if MOMENT.match(text) or UUID.search(text):
        return True
    if text.isascii() and text.isdigit():
        return len(text) >= LONG_NUMBER or (len(text) == 13 and text.startswith("1"))
    return any(_is_drawn(run) for run in RUN.findall(text))


def _is_drawn(run: str) -> bool:
    """Whether letters, digits and cases change as often as chance would have it."""
    pieces = PIECE.findall(run)
    changes = len(pieces) - 1
    letters = "".join(part for part in pieces if part.isalpha())
    digits = sum(len(part) for part in pieces if part.isdigit())
    cases = sum(one.isupper() != other.isupper() for one, other in pairwise(letters))
    if len(run) >= 12 and digits and letters and HEX.fullmatch(run):
        return True
    if len(run) < 12:
        return digits >= 2 and changes >= 3 and "-" not in run and "_" not in run
    if digits >= 2 and changes >= max(4, len(run) // 8):
        return True
    if len(run) >= 20 and cases >= len(run) // 3:
        return True
    return any((len(part) >= 20 and _has_no_words(part)) or (len(part) >= 28 and not cases) for part in pieces)


def _has_no_words(letters: str) -> bool:
    """Whether fewer vowels, or more consonants in a row, stand in a text than words have."""
    rows = re.findall(r"[^aeiouy]+", letters.lower())
    return max((len(row) for row in rows), default=0) >= 6

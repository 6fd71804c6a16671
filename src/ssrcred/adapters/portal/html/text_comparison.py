"""Visible words: when two count as the same, and what of them changes by itself from one visit to the next."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

PLAIN: Final = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-"})
SEPARATORS: Final = " \t:*-/|,.>()[]"  # between a label and the name beside it
SCHOOL_YEAR: Final = re.compile(r"(?<!\d)(?:19|20)\d\d\s?[-/\u2013\u2014]\s?(?:(?:19|20)\d\d|\d\d)(?![\d/-])")
MONTH: Final = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
MOMENT: Final = re.compile(
    r"(?<!\d)(?:\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{4}-\d{2}-\d{2})(?!\d)"  # 11/30/2026, 2026-11-30
    rf"|\b{MONTH}\s+\d{{1,2}}(?:,?\s+\d{{4}})?\b|\b\d{{1,2}}\s+{MONTH}\s+\d{{4}}\b"  # November 30, 2026
    r"|(?<!\d)\d{1,2}:\d{2}(?::\d{2})?(?:\s?[AP]\.?M\.?)?(?!\d)",  # 10:32 AM
    re.IGNORECASE,
)
YEAR: Final = re.compile(r"(?<![\d.])20\d\d(?![\d.])")
COUNT: Final = re.compile(r"\s*[(\[]\d[\d,]*(?:\s*(?:/|of)\s*\d+)?[)\]]")


def squeeze(text: str) -> str:
    """`text` with every run of white space as one space, as it is seen on a page."""
    return " ".join(text.replace("\u200b", "").replace("\ufeff", "").split())


def normal(text: str) -> str:
    """What two labels are compared by: case, spaces, typographic quotes and signs at either end do not count."""
    # Brackets stay: *Key (2)* is not *Key 2*.
    words = squeeze(text).translate(PLAIN).casefold().replace(" /", "/").replace("/ ", "/")
    if words[:1].isalnum() and words[-1:].isalnum():
        return words
    return words.strip("".join({sign for sign in words if not sign.isalnum() and sign not in "()[]"}))


def same(text: str, alternatives: Iterable[str]) -> bool:
    """Whether `text` is one of the alternatives."""
    plain = normal(text)
    return bool(plain) and any(plain == normal(alternative) for alternative in alternatives)


def beside(text: str, phrase: str) -> str | None:
    """What `text` has beside a phrase ("… for Lincoln High"), or None if it does not hold it."""

    def trimmed(part: str) -> str:
        words = part.strip(SEPARATORS)
        for link in ("for ", "of ", "at "):
            words = words[len(link) :] if words.casefold().startswith(link) else words
        return words.strip()

    shown, wanted = squeeze(text).translate(PLAIN), re.escape(squeeze(phrase).translate(PLAIN))
    if (found := re.search(rf"(?<![^\W_]){wanted}(?![^\W_])", shown, re.IGNORECASE)) is None:
        return None
    return trimmed(f"{trimmed(shown[: found.start()])} {trimmed(shown[found.end() :])}")


def says(text: str, phrases: Iterable[str]) -> bool:
    """Whether `text` holds one of the phrases, whole words only; `…` in a phrase stands for up to twelve words."""
    spoken = _words(text)
    return any(pattern.search(spoken) is not None for pattern in map(_pattern, phrases) if pattern is not None)


@lru_cache(maxsize=4096)
def _pattern(phrase: str) -> re.Pattern[str] | None:
    """What finds a phrase among words. Kept: a map's phrases are held against every text of every page."""
    parts = [re.escape(words) for part in phrase.split("…") if (words := _words(part))]
    gap = r" (?:\S+ ){0,12}"
    return re.compile(rf"(?<!\S){gap.join(parts)}(?!\S)") if parts else None


def _words(text: str) -> str:
    """The words of a text with one space between them, without case and punctuation."""
    plain = text.translate(PLAIN).casefold()
    return " ".join("".join(sign if sign.isalnum() or sign == "'" else " " for sign in plain).split())


def steady(text: str) -> str:
    """`text` without school years, years, dates, times and counts in brackets."""
    # School years first: they contain a year.
    for pattern in (SCHOOL_YEAR, MOMENT, YEAR, COUNT):
        text = pattern.sub(" ", text)
    return squeeze(text).strip(" -\u2013\u2014,:|()")


def has_moment(text: str) -> bool:
    """Whether a text tells a date or a time: then it tells when, and perhaps who, and names nothing."""
    return MOMENT.search(SCHOOL_YEAR.sub(" ", text)) is not None


def alike(one: str, other: str) -> bool:
    """Whether two texts are the same but for what changes by itself, and for case and spaces."""
    return normal(steady(one)) == normal(steady(other))


def fingerprint(parts: Iterable[str]) -> str:
    """Twelve hexadecimal digits of SHA-256 over texts, each without what changes by itself."""
    return hashlib.sha256("\x1f".join(normal(steady(part)) for part in parts).encode()).hexdigest()[:12]

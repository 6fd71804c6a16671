"""Texts of a page without what changes by itself from one visit to the next: dates, times, school years, counts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Final

from ssrcred.adapters.portal.html.wording import normal, squeeze

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


def steady(text: str) -> str:
    """`text` without school years, years, dates, times and counts in brackets."""
    kept = text
    for pattern in (SCHOOL_YEAR, MOMENT, YEAR, COUNT):
        kept = pattern.sub(" ", kept)
    return squeeze(kept).strip(" -\u2013\u2014,:|()")


def has_moment(text: str) -> bool:
    """Whether a text tells a date or a time: then it tells when, and perhaps who, and names nothing."""
    return MOMENT.search(SCHOOL_YEAR.sub(" ", text)) is not None


def alike(one: str, other: str) -> bool:
    """Whether two texts are the same but for what changes by itself, and for case and spaces."""
    return normal(steady(one)) == normal(steady(other))


def fingerprint(parts: Iterable[str]) -> str:
    """Twelve hexadecimal digits of SHA-256 over texts, each without what changes by itself."""
    return hashlib.sha256("\x1f".join(normal(steady(part)) for part in parts).encode()).hexdigest()[:12]

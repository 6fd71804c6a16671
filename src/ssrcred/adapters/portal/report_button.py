"""What the page behind the button View CAASPP/ELPAC means for the pair. Nothing of it is kept, not even a name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from ssrcred.adapters.portal.html.page import Link, Page, read
from ssrcred.adapters.portal.html.wording import says
from ssrcred.adapters.portal.map import ProofWords
from ssrcred.errors import Cause
from ssrcred.evidence import Outcome
from ssrcred.web import Answer

PDF_START: Final = b"%PDF-"
PDF_END: Final = b"%%EOF"
NEAR: Final = 1024
"""PDF readers look for the first and last mark within so many bytes of either end (ISO 32000-1, annex H)."""


TESTS: Final = ("Smarter Balanced", "ELPAC", "CAST", "CAA", "CSA")
"""The tests of the two programs, by the names on their reports. No other word of a link is kept: it may be a name."""
KINDS: Final = frozenset(
    {
        "application/pdf",
        "application/json",
        "application/octet-stream",
        "application/xhtml+xml",
        "text/html",
        "text/plain",
    }
)
"""Content types that are told; any other is told as that, since a header may hold whatever a site likes."""
_YEAR: Final = re.compile(r"(?<!\d)20\d\d\s?[-/\u2013]\s?(?:20)?\d\d(?!\d)")


@dataclass(frozen=True)
class Seen:
    """What pressing the button came to: the outcome, in plain words, what was asked, and what class of answer came.

    `size` is in bytes (of a page in a browser: of its visible text). `looks_like_pdf` is None when nothing that could
    have been a report came.
    """

    outcome: Outcome
    detail: str
    asked: str = ""
    content_type: str = ""
    size: int | None = None
    looks_like_pdf: bool | None = None
    year: str = ""
    type: str = ""
    cause: Cause = Cause.UNKNOWN


def seen(found: tuple[Outcome, str], asked: str, answer: Answer | None, link: Link | None = None) -> Seen:
    """What was found, with the class of the last `answer` and what the words of the report's `link` say of it."""
    outcome, detail = found
    words = link.words if link is not None else ""
    year = _YEAR.search(words)
    # A page of the portal came, so what cannot be reached from there is the state's service.
    cause = Cause.STATE_SERVICE if outcome is Outcome.UNREACHABLE else Cause.UNKNOWN
    about = {
        "year": year.group().replace(" ", "") if year else "",
        "type": next((name for name in TESTS if re.search(rf"\b{name}\b", words)), ""),
    }
    if answer is None:
        return Seen(outcome, detail, asked, year=about["year"], type=about["type"], cause=cause)
    expected = link is not None or answer.content_type == "application/pdf"
    pdf = PDF_START in answer.body[:NEAR] if expected else None
    kind = answer.content_type if answer.content_type in KINDS else "another type" if answer.content_type else ""
    size = len(answer.body)
    return Seen(outcome, detail, asked, kind, size, pdf, year=about["year"], type=about["type"], cause=cause)


def report_in(answer: Answer, words: ProofWords) -> str | None:
    """Plain words for the score report that an answer holds, or None if it holds none."""
    if answer.status != 200:
        return None
    body = answer.body
    if PDF_START in body[:NEAR] and PDF_END in body[-NEAR:]:
        return f"a PDF of {len(body):,} bytes"
    page = read(answer)
    if answer.content_type == "text/html" and any(says(block, words.report) for block in page.blocks()):
        return f"a web page of {len(body):,} bytes"
    return None


def links_in(before: Page, page: Page, words: ProofWords) -> list[Link]:
    """The links to score reports that were not on the page before the button was pressed."""
    known = {link.url for link in before.links()}
    fresh = [link for link in page.links() if link.url not in known and not link.shows]
    return [link for link in fresh if says(link.words, words.report) or _path(link.url).endswith(".pdf")]


def said_on(before: Page, page: Page, words: ProofWords) -> tuple[Outcome, str] | None:
    """What a page without reports says of the pair; NOT_UNDERSTOOD if it says two things, None if nothing."""
    known = set(before.blocks())
    text = [block for block in page.blocks() if block not in known]
    meanings = (
        (Outcome.REFUSED, words.refused, "the portal says that the credentials are refused"),
        (Outcome.NO_REPORT, words.no_report, "the portal says that there is no score report for this student"),
        (Outcome.UNREACHABLE, words.unavailable, "the portal says that the service cannot be reached"),
    )
    said = [(outcome, detail) for outcome, phrases, detail in meanings if any(says(block, phrases) for block in text)]
    if len(said) > 1:
        return Outcome.NOT_UNDERSTOOD, "the portal says more than one thing about the pair"
    return said[0] if said else None


def _path(url: str) -> str:
    return urlsplit(url).path.lower()

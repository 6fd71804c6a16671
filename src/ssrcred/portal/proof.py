"""What the page behind the button View CAASPP/ELPAC means for the pair. Nothing of it is kept, not even a name."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from ssrcred.evidence import Outcome
from ssrcred.portal.map import ProofWords
from ssrcred.portal.page import Link, Page, read
from ssrcred.portal.words import says
from ssrcred.web import Answer

PDF_START: Final = b"%PDF-"
PDF_END: Final = b"%%EOF"
NEAR: Final = 1024
"""PDF readers look for the first and last mark within so many bytes of either end (ISO 32000-1, annex H)."""


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

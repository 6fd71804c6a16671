"""Tests the credentials through the portal: presses a family's score report button and reports what came.

Nothing of the answer is stored, not even a name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from ssrcred.adapters.portal.html.page import Link, read_page
from ssrcred.adapters.portal.html.text_comparison import says
from ssrcred.adapters.portal.map import PortalMap, ProofWords
from ssrcred.adapters.portal.visit.navigator import FORBIDDEN, SERVER_FAILED, Account, Session, told_on
from ssrcred.adapters.web.answer import Answer
from ssrcred.domain.credential import SecretKey
from ssrcred.domain.errors import Cause, PageNotUnderstood, PersonNeeded, Unreachable
from ssrcred.domain.event import Outcome
from ssrcred.domain.evidence import Probe, Proof

PDF: Final = "application/pdf"
PDF_START: Final = b"%PDF-"
# PDF readers look for the first and last mark within so many bytes of either end (ISO 32000-1, annex H).
NEAR: Final = 1024
# The tests of the two programs, by the names on their reports. No other word of a link is stored: it may be a name.
TESTS: Final = ("Smarter Balanced", "ELPAC", "CAST", "CAA", "CSA")
# Content types that are shown; any other becomes "another type", because a header can contain any text.
KINDS: Final = frozenset(
    {PDF, "application/json", "application/octet-stream", "application/xhtml+xml", "text/html", "text/plain"}
)
SHOWN: Final = "report links are listed"
YEAR: Final = re.compile(r"(?<!\d)20\d\d\s?[-/\u2013]\s?(?:20)?\d\d(?!\d)")


class Parents:
    """The parents' and students' accounts of one portal: each signs in once."""

    def __init__(
        self,
        visit: Callable[[Account], Session],  # opens a visit of an account
        words: PortalMap,
        probes: Mapping[str, tuple[str, SecretKey]],  # by setting: the account that tests it
        clock: Callable[[], datetime],
    ) -> None:
        self._visit, self._words, self._probes, self._clock = visit, words, probes, clock
        self._visits: dict[str, Session] = {}

    def prove(self, place: str) -> Proof:
        """Press View CAASPP/ELPAC with the account for `place`; a rejected sign-in is final."""
        proof = Proof(Probe.PORTAL, Outcome.SKIPPED, self._clock(), place)
        if place not in self._probes:
            return replace(proof, detail="no parent or student account is set up for it")
        username, password = self._probes[place]
        if username not in self._visits:
            self._visits[username] = self._visit(Account(username, password, sees_students=True))

        def nameless(message: str) -> str:  # the user name of a family is a person's
            return re.sub(rf"(?<!\w){re.escape(username)}(?!\w)", "the account", message)

        try:
            return self._pressed(self._visits[username], proof)
        except Unreachable as error:
            detail = nameless(error.message)
            return replace(proof, outcome=Outcome.UNREACHABLE, detail=detail, cause=error.cause)
        except PersonNeeded as error:
            needed = PersonNeeded(nameless(error.message), state=error.state, hint=error.hint)
        except PageNotUnderstood as error:
            return replace(proof, outcome=Outcome.NOT_UNDERSTOOD, detail=nameless(error.message))
        raise needed

    def close(self) -> None:
        for visit in self._visits.values():
            visit.close()

    def _pressed(self, session: Session, proof: Proof) -> Proof:
        """The proof with what came when the button was pressed."""
        words, cause = self._words.proof, Cause.UNKNOWN
        before = session.reach(words.steps)
        proof = replace(proof, asked=f"the button {words.button[0]}", outcome=Outcome.NOT_UNDERSTOOD)
        answer = session.choose(before, words.button)
        if not isinstance(answer, Answer):
            return replace(proof, detail=f"there is no button called {' or '.join(words.button)}")
        if answer.content_type == PDF and (report := report_in(answer, words)) is not None:
            return _told(proof, Outcome.PROVED, report, answer)
        page = session.checked(answer)
        meanings = (
            (Outcome.REFUSED, words.refused, "a message on the page says so"),
            (Outcome.NO_REPORT, words.no_report, "the portal says that there is no score report for this student"),
            (Outcome.UNREACHABLE, words.unavailable, "the portal says that the service did not answer"),
        )
        meant = [(outcome, detail) for outcome, phrases, detail in meanings if told_on(page, phrases, before)]
        # The links to score reports that were not there before: a handbook on every page is no report.
        known = {link.url for link in before.links}
        fresh = (link for link in page.links if link.url not in known and not link.shows)
        links = [
            item for item in fresh if urlsplit(item.url).path.lower().endswith(".pdf") or says(item.words, words.report)
        ]
        near = next((link for link in links if session.covers(link.url)), None)
        outcome, detail = Outcome.NOT_UNDERSTOOD, "the portal shows neither a score report nor a known error"
        # What the page says comes before what a link on it may lead to: an old report may be listed beside an error.
        if meant and links:
            detail = "the portal shows links and an error"
        elif len(meant) > 1:
            detail = "the portal shows more than one message about the credentials"
        elif meant:
            # A page of the portal came, so what cannot be reached from there is the state's service.
            (outcome, detail), cause = meant[0], Cause.STATE_SERVICE
        elif near is not None:
            report_page = session.fetch(near.url, page)
            outcome, detail = Outcome.PROVED, report_in(report_page, words) or ""
            if not detail and report_page.status >= SERVER_FAILED:
                outcome, detail = Outcome.UNREACHABLE, f"{SHOWN}; the one that was tested did not open"
            elif not detail:
                outcome, detail = Outcome.NOT_UNDERSTOOD, f"{SHOWN}; the one that was tested led to no report"
            proof = replace(proof, asked=f"{proof.asked}, then one report", cause=Cause.STATE_SERVICE)
            return _told(proof, outcome, detail, report_page, near)
        elif links:
            far = f"{SHOWN}; they were not opened, which is normal"
            return replace(_told(proof, Outcome.ACCEPTED, far, answer, links[0]), looks_like_pdf=None)
        elif told_on(page, self._words.page.maintenance):
            outcome, detail, cause = Outcome.UNREACHABLE, "the portal is down or under maintenance", Cause.DOWN
        elif page.status == FORBIDDEN:
            detail = "HTTP 403: a filter, or a permission that the account lacks"
        return _told(replace(proof, cause=cause), outcome, detail, answer)


def report_in(answer: Answer, words: ProofWords) -> str | None:
    """Plain words for the score report that an answer holds, or None if it holds none."""
    body = answer.body
    if answer.status != 200:
        return None
    if PDF_START in body[:NEAR] and b"%%EOF" in body[-NEAR:]:
        return f"a PDF of {len(body):,} bytes"
    if answer.content_type == "text/html" and told_on(read_page(answer), words.report):
        return f"a web page of {len(body):,} bytes"
    return None


def _told(proof: Proof, outcome: Outcome, detail: str, answer: Answer, link: Link | None = None) -> Proof:
    """The proof with what was found, the class of the last `answer`, and what the words of a report's `link` say."""
    words, kind = link.words if link is not None else "", answer.content_type
    year = YEAR.search(words)
    return replace(
        proof,
        outcome=outcome,
        detail=detail,
        content_type=kind if kind in KINDS else "another type" if kind else "",
        size=len(answer.body),  # of a page in a browser that of its visible text
        looks_like_pdf=PDF_START in answer.body[:NEAR] if link is not None or kind == PDF else None,
        year=year.group().replace(" ", "") if year else "",
        type=next((name for name in TESTS if re.search(rf"\b{name}\b", words)), ""),
        cause=proof.cause if outcome is Outcome.UNREACHABLE else Cause.UNKNOWN,
    )

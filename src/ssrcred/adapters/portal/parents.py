"""Presses the button that shows a parent or student the score reports, as the account of each setting."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from ssrcred.adapters.portal.html.page import Page
from ssrcred.adapters.portal.html.wording import says
from ssrcred.adapters.portal.map import PortalMap, Words
from ssrcred.adapters.portal.report_button import Seen, links_in, report_in, said_on, seen
from ssrcred.adapters.portal.visit.session import Account
from ssrcred.credential import SecretKey
from ssrcred.errors import Cause, PageNotUnderstood, PersonNeeded, Unreachable
from ssrcred.evidence import Outcome, Probe, Proof
from ssrcred.web import Answer

FORBIDDEN, SERVER_FAILED = 403, 500


class ParentVisit(Protocol):
    """A visit of a parent's account (visit/session.py says what each method promises)."""

    def reach(self, steps: tuple[Words, ...]) -> Page: ...
    def choose(self, page: Page, words: Words) -> Answer | Page | None: ...
    def fetch(self, url: str, page: Page) -> Answer: ...
    def checked(self, answer: Answer) -> Page: ...
    def covers(self, url: str) -> bool: ...
    def close(self) -> None: ...


class Parents:
    """The parents' and students' accounts of one portal: each signs in once.

    `visit` opens a visit of an account, `probes` maps a setting to the account that tests it.
    """

    def __init__(
        self,
        visit: Callable[[Account], ParentVisit],
        words: PortalMap,
        probes: Mapping[str, tuple[str, SecretKey]],
        clock: Callable[[], datetime],
    ) -> None:
        self._visit, self._words, self._clock = visit, words, clock
        self._probes, self._visits = dict(probes), dict[str, ParentVisit]()

    def prove(self, place: str) -> Proof:
        """Press the button View CAASPP/ELPAC as the account that belongs to `place`, and tell what comes.

        Raises LoginRefused and PersonNeeded, at once and without a request if this account met them before. Everything
        else that goes wrong is an outcome. No name, link or report is kept.
        """
        if place not in self._probes:
            return self._proof(place, Outcome.SKIPPED, "no parent or student account is set for this place")
        username, password = self._probes[place]
        if username not in self._visits:
            self._visits[username] = self._visit(Account(username, password, sees_students=True))
        try:
            return self._told_of(place, self._press_view(self._visits[username]))
        except Unreachable as error:
            return replace(
                self._proof(place, Outcome.UNREACHABLE, _nameless(error.message, username)), cause=error.cause
            )
        except PersonNeeded as error:
            needed = PersonNeeded(_nameless(error.message, username), state=error.state, hint=error.hint)
        except PageNotUnderstood as error:
            return self._proof(place, Outcome.NOT_UNDERSTOOD, _nameless(error.message, username))
        raise needed

    def close(self) -> None:
        """Close every connection and forget the cookies."""
        for visit in self._visits.values():
            visit.close()

    def _press_view(self, session: ParentVisit) -> Seen:
        words = self._words.proof
        before = session.reach(words.steps)
        asked = f"the button {words.button[0]}"
        found = session.choose(before, words.button)
        if not isinstance(found, Answer):
            return Seen(Outcome.NOT_UNDERSTOOD, f"there is no button called {' or '.join(words.button)}", asked)
        report = report_in(found, words) if found.content_type == "application/pdf" else None
        if report is not None:
            return seen((Outcome.PROVED, report), asked, found)
        page = session.checked(found)
        links, said = links_in(before, page, words), said_on(before, page, words)
        if said is not None:
            both = (Outcome.NOT_UNDERSTOOD, "the portal shows links and an error")
            return seen(both if links else said, asked, found)
        near = [link for link in links if session.covers(link.url)]
        if near:
            answer = session.fetch(near[0].url, page)
            return seen(self._opened(answer), f"{asked}, then one report", answer, near[0])
        if links:
            far = "links to score reports are shown; not opened because they are on another host"
            first = seen((Outcome.ACCEPTED, far), asked, found, links[0])
            return replace(first, looks_like_pdf=None)
        if any(says(block, self._words.page.maintenance) for block in page.blocks()):
            closed = seen((Outcome.UNREACHABLE, "the portal says that it is not at work now"), asked, found)
            return replace(closed, cause=Cause.DOWN)
        if page.status == FORBIDDEN:
            forbidden = "HTTP 403: a filter, or a right that the account lacks"
            return seen((Outcome.NOT_UNDERSTOOD, forbidden), asked, found)
        nothing = "the portal shows neither a score report nor an error that is known"
        return seen((Outcome.NOT_UNDERSTOOD, nothing), asked, found)

    def _opened(self, answer: Answer) -> tuple[Outcome, str]:
        report = report_in(answer, self._words.proof)
        if report is not None:
            return Outcome.PROVED, report
        if answer.status >= SERVER_FAILED:
            return Outcome.UNREACHABLE, "links to score reports are shown; the one that was tried did not open"
        return Outcome.NOT_UNDERSTOOD, "links to score reports are shown; the one that was tried led to no report"

    def _proof(self, place: str, outcome: Outcome, detail: str) -> Proof:
        return Proof(Probe.PORTAL, outcome, self._clock(), place, detail)

    def _told_of(self, place: str, seen: Seen) -> Proof:
        return replace(
            self._proof(place, seen.outcome, seen.detail),
            asked=seen.asked,
            content_type=seen.content_type,
            size=seen.size,
            looks_like_pdf=seen.looks_like_pdf,
            year=seen.year,
            type=seen.type,
            cause=seen.cause,
        )


def _nameless(message: str, username: str) -> str:
    """An error's text without the user name of a family, which is a person's."""
    return re.sub(rf"(?<!\w){re.escape(username)}(?!\w)", "the account", message)

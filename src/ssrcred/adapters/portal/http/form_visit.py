"""A visit over HTTP: a save is the request that a browser would make of the page's form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssrcred.adapters.portal.http.form_request import listed_entries, objection_to, request_for
from ssrcred.adapters.portal.map import PortalMap
from ssrcred.adapters.portal.visit.filling import Filling
from ssrcred.adapters.portal.visit.session import Account, Session
from ssrcred.adapters.portal.visit.walk import Walk
from ssrcred.web import Answer, Limits, Site

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True)
class FormVisits:
    """Opens visits to the portal at `base_url`; `transport` stands in for the network in tests."""

    base_url: str
    words: PortalMap
    limits: Limits | None = None
    transport: httpx.BaseTransport | None = None

    def visit(self, account: Account) -> FormVisit:
        """A visit of one account; nothing is sent yet."""
        site = Site(self.base_url, limits=self.limits, transport=self.transport)
        return FormVisit(site, self.base_url, account, self.words, self.limits)

    def close(self) -> None:
        """Nothing is shared by the visits."""


class FormVisit(Session):
    """One account's visit, its pages fetched and its forms sent by requests of ours."""

    def save(self, filling: Filling, username: str, key: str) -> Answer:
        """The answer to sending the form once with the two texts in it.

        Raises PageNotUnderstood while nothing was sent; then only Unreachable, AnswerLost or AnswerUnfit.
        """
        sent = listed_entries(filling, username, key)
        request = request_for(filling, username, key)
        if reason := objection_to(filling, request, sent):
            raise Walk.lost(self, filling.page, reason)  # what a box says of a new password is no further step
        return self.send(filling.page, request)

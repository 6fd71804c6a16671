"""A visit over HTTP: a save is the request that a browser without scripts would make of the page's form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssrcred.adapters.portal.html.form import PLAIN, Request, encode, entries
from ssrcred.adapters.portal.map import PortalMap
from ssrcred.adapters.portal.visit.filling import LEAVE, Filling
from ssrcred.adapters.portal.visit.session import Account, Session
from ssrcred.adapters.portal.visit.step import says_delete
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
        request, objection = request_for(filling, username, key)
        if objection:
            raise self._unfit(filling.page, objection)  # what a box says of a new password is no further step
        return self.send(filling.page, request)


def request_for(filling: Filling, username: str, key: str) -> tuple[Request, str]:
    """The request that pressing save makes, the boxes on that have to be, and why it is never sent, or nothing."""
    form, button = filling.form, filling.button
    submitter = button.submitter if button is not None else None
    values = {**(button.sets if button is not None else {}), **filling.values(username, key)}
    sent = entries(form, submitter, values, filling.ticked)
    request = encode(form, sent, submitter, base=filling.page.base)
    own_enctype = button.control.node.attributes.get("formenctype", "").lower() if button is not None else ""
    objection = ""
    if filling.save.kind == LEAVE or not form.method:
        objection = "has no form that could be sent without a script"
    elif request.content is None:
        objection = "would put the key into an address"
    elif PLAIN in (form.enctype, own_enctype):
        objection = "has a form that is sent as plain text, which only a browser does"
    elif says_delete(request.url, filling.save.label) or any(
        item.name == "_method" and item.value.lower() == "delete" for item in sent
    ):
        objection = "has a form that deletes"
    elif not all(control.name for control in (filling.username, filling.key, filling.repeat) if control is not None):
        objection = "has a field without a name, which only a script could send"
    return request, objection

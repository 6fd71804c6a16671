"""The request that a browser without scripts makes when the two fields are filled and the form is sent."""

from __future__ import annotations

from collections.abc import Iterable

from ssrcred.adapters.portal.html.form import PLAIN, Entry, Request, encode, entries
from ssrcred.adapters.portal.html.page import Button
from ssrcred.adapters.portal.visit.filling import LEAVE, Filling
from ssrcred.adapters.portal.visit.step import says_delete


def listed_entries(filling: Filling, username: str, key: str) -> list[Entry]:
    """What is sent, in order, with the two texts in their fields and the boxes on that have to be."""
    button = _button(filling)
    values = {**(button.sets if button is not None else {}), **filling.values(username, key)}
    return entries(filling.form, button.submitter if button is not None else None, values, filling.ticked)


def request_for(filling: Filling, username: str, key: str) -> Request:
    """The request that pressing save makes."""
    button = _button(filling)
    submitter = button.submitter if button is not None else None
    return encode(filling.form, listed_entries(filling, username, key), submitter, base=filling.page.base)


def objection_to(filling: Filling, request: Request, sent: Iterable[Entry]) -> str:
    """Why this request is never sent, confirmed or not, or nothing."""
    if filling.save.kind == LEAVE or not filling.form.method:
        return "has no form that could be sent without a script"
    if request.content is None:
        return "would put the key into an address"
    if PLAIN in (filling.form.enctype, _own_enctype(filling)):
        return "has a form that is sent as plain text, which only a browser does"
    override = any(item.name == "_method" and item.value.lower() == "delete" for item in sent)
    if override or says_delete(request.url, filling.save.label):
        return "has a form that deletes"
    names = (filling.username.name, filling.key.name, *((filling.repeat.name,) if filling.repeat else ()))
    return "" if all(names) else "has a field without a name, which only a script could send"


def _own_enctype(filling: Filling) -> str:
    button = _button(filling)
    return button.control.node.attributes.get("formenctype", "").lower() if button is not None else ""


def _button(filling: Filling) -> Button | None:
    return filling.save.what if isinstance(filling.save.what, Button) else None

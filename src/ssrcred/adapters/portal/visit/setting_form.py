"""The fields of one setting and what saves them: the one act of a visit that changes something."""

from __future__ import annotations

from dataclasses import dataclass, replace
from dataclasses import field as made
from typing import Final

from ssrcred.adapters.portal.html.form import PLAIN, Control, Form, Request, encode, entries
from ssrcred.adapters.portal.html.page import Button, Link, Page
from ssrcred.adapters.portal.html.tree import Node
from ssrcred.adapters.portal.route.route import SaveControl
from ssrcred.adapters.portal.visit.page_links import says_delete

BUTTON: Final = "button"
LINK: Final = "link"
CLOSE: Final = "close"
LEAVE: Final = "leave"


@dataclass(frozen=True)
class Save:
    """One thing that could save."""

    number: int  # for `--save-with`
    label: str
    kind: str  # button, link, close (a tab's or window's close control) or leave (leaving the field)
    what: Button | Link | None = made(default=None, repr=False, compare=False)


@dataclass(frozen=True, eq=False, repr=False)
class Filling:
    """The fields of one setting on one page: where the user name and the key go, and what saves them."""

    page: Page
    username: Control
    key: Control
    form: Form
    save: Save
    confirmed: SaveControl  # with what else is pressed, what the page asks, and what it sends early
    repeat: Control | None = None  # a second field for the key
    boxes: tuple[Control, ...] = ()  # have to be on

    @property
    def button(self) -> Button | None:
        return self.save.what if isinstance(self.save.what, Button) else None

    def values(self, username: str, key: str) -> dict[Node, str]:
        """Return what is typed, by field, in the order in which a person would type."""
        repeat = {} if self.repeat is None else {self.repeat.node: key}
        return {self.username.node: username, self.key.node: key, **repeat}

    @property
    def ticked(self) -> frozenset[Node]:
        """The boxes that must be checked and are not."""
        return frozenset(box.node for box in self.boxes if not box.on)

    def objection(self, username: str, key: str) -> str:
        """Why a person could not type the two texts, or "": a field too short, disabled, or read-only."""
        if says_delete(self.form.action, self.save.label):  # refused always, whatever was confirmed
            return "the button or the address that would save them says that it deletes"
        fields = [(self.username, username, "user name"), (self.key, key, "key"), (self.repeat, key, "second key")]
        for control, text, what in fields:
            if control is None:
                continue
            # A field that is off may be what a box switches on, and is looked at again once the boxes are.
            waits = control.disabled and bool(self.ticked)
            if not (control.writable or (waits and replace(control, disabled=False).writable)):
                return f"the page does not let this account change the field of the {what}"
            limit, length = control.maxlength, len(text.encode("utf-16-le", "replace")) // 2  # as HTML counts
            if limit is not None and length > limit:
                return f"the field of the {what} takes at most {limit} characters, and what goes there has {length}"
        return ""

    def request(self, username: str, key: str) -> tuple[Request, str]:
        """Return the request that a browser without scripts sends to save, and why it must never be sent, or ""."""
        button = self.button
        submitter = button.submitter if button is not None else None
        values = {**(button.sets if button is not None else {}), **self.values(username, key)}
        sent = entries(self.form, submitter, values, self.ticked)
        request = encode(self.form, sent, submitter, base=self.page.base)
        own_enctype = button.control.node.attributes.get("formenctype", "").lower() if button is not None else ""
        # Each of these is what portal.md refuses always, or what plain requests cannot do as a browser would.
        objection = ""
        if self.save.kind == LEAVE or not self.form.method:
            objection = "has no form that can be sent without a script"
        elif request.content is None:
            objection = "would put the key into an address"
        elif PLAIN in (self.form.enctype, own_enctype):
            objection = "has a form that is sent as plain text, and only a browser does that"
        elif says_delete(request.url, self.save.label) or any(
            item.name == "_method" and item.value.lower() == "delete" for item in sent
        ):
            objection = "has a form that deletes"
        elif not all(control.name for control in (self.username, self.key, self.repeat) if control is not None):
            objection = "has a field without a name, and only a script can send that"
        elif any("\ufffd" in text for item in sent for text in item[:2]):
            objection = "has text that cannot be read, and only a browser sends that back as it came"
        return request, objection

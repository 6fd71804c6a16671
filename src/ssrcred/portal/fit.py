"""Which form of a page is the recorded one, and what sending it sends: all as the page has it, but a few fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote, urlsplit

from ssrcred.adapters.portal.html.control import Control
from ssrcred.adapters.portal.html.form import Entry, Form, Request, encode, entries
from ssrcred.adapters.portal.html.page import Page
from ssrcred.adapters.portal.html.wording import normal
from ssrcred.adapters.portal.reading import MASKS, SHORTEST_MASK
from ssrcred.portal.recording import Step

ANY: Final = "*"
"""Stands in a path for a part that is new at each visit."""


def same_path(pattern: str, path: str) -> bool:
    """Whether a path is the recorded one; `*` stands for one part of it."""
    wanted, found = pattern.partition("?")[0].split("/"), path.split("/")
    return len(wanted) == len(found) and all(
        part == ANY or unquote(part) == unquote(other) for part, other in zip(wanted, found, strict=True)
    )


def path_of(url: str) -> str:
    """The path of an address, "/" at least."""
    return urlsplit(url).path or "/"


def button_of(form: Form, button: tuple[str, ...]) -> Control | None:
    """The button of a form with this name and value, or None if none is pressed or it is not there."""
    pressed = [item for item in form.controls if item.submits and (item.name, item.value) == button]
    return pressed[0] if pressed else None


def fitting(page: Page, step: Step) -> list[Form]:
    """The forms of a page that could be the recorded one: sent to the same path, with the same telling fields."""
    found = []
    for form in page.forms:
        button = button_of(form, step.button)
        if form.method != "post" or (step.button and button is None):
            continue
        listed = entries(form, button)
        sent_to = encode(form, [], button, base=page.base).url
        if same_path(step.address, path_of(sent_to)) and all(Entry(*pair) in listed for pair in step.where):
            found.append(form)
    return found


def request(page: Page, form: Form, step: Step, values: Mapping[str, str], typed: Mapping[str, str]) -> Request | str:
    """What sending a form sends with `values` by name set, or why it must not be sent (plain words).

    `typed` are those of the values that a person types; each has to fit into one field that is there.
    """
    controls: dict[str, list[Control]] = {}
    for item in form.controls:
        controls.setdefault(item.name, []).append(item)
    for name, value in typed.items():
        there = controls.get(name, [])
        if len(there) != 1 or not there[0].writable:
            return "has not the one field for each half of what has to be typed"
        limit = there[0].maxlength
        if limit is not None and len(value.encode("utf-16-le", "replace")) // 2 > limit:
            return f"takes at most {limit} characters in a field, and what has to be typed is longer"
    for item in form.controls:
        if item.name not in values and item.kind in ("password", "text") and not item.disabled and masked(item.value):
            return "shows another password as stars, which saving would put in its place"
    if any(said_at(page, form, name) != words for name, words in step.labels):
        return "calls the fields something else than in the recording"
    button = button_of(form, step.button)
    listed = entries(form, button)
    for name, value in values.items():
        places = [at for at, entry in enumerate(listed) if entry.name == name]
        if len(places) > 1:
            return "has several fields of one name"
        if places:
            listed[places[0]] = Entry(name, value)
        else:
            listed.append(Entry(name, value))
    return encode(form, listed, button, base=page.base)


def said_at(page: Page, form: Form, name: str) -> str:
    """The words at a field of a form, in the form in which labels are compared; nothing if it has none."""
    for field in page.fields():
        if field.form is form and field.control.name == name and field.names:
            return normal(field.names[0])
    return ""


def masked(value: str) -> bool:
    """Whether a value stands for another one: stars or dots."""
    return len(value) >= SHORTEST_MASK and set(value) <= MASKS

"""The links, tabs, buttons and list choices of a page that lead to another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import urldefrag, urlsplit

from ssrcred.adapters.portal.html.form import POST_BACK, Control, own_text
from ssrcred.adapters.portal.html.label import row_name, text_in
from ssrcred.adapters.portal.html.page import (
    ARGUMENT,
    LIVE,
    PRESS,
    TARGET,
    Button,
    Field,
    Link,
    Page,
    PostBack,
    script_effect,
)
from ssrcred.adapters.portal.html.text_comparison import same, squeeze
from ssrcred.adapters.portal.html.tree import Node
from ssrcred.adapters.portal.map import SchoolsWords

COUNT: Final = re.compile(r"\s+(?:\d{1,4}\+?|[(\[]\d{1,4}\+?[)\]])$")  # a badge behind the words of a menu


class StepMissing(Exception):
    """Nothing on a `page` is called `text`, or, where there are `several`, not just one thing."""

    def __init__(self, text: str, page: Page, *, several: bool = False) -> None:
        super().__init__(text)
        self.text, self.page, self.several = text, page, several


Step = Link | Button


def steps_on(page: Page, go: Sequence[str] = ()) -> list[Step]:
    """Return all that can be chosen on a page, in order; the same words to the same target count once."""
    found: dict[tuple[str, object], Step] = {}
    for item in _plain(page):
        if item.words:
            found.setdefault((item.words, _target(item)), item)
    return [*found.values(), *(choice for item in lists_on(page) for choice in choices_of(page, item, go))]


def shown_on(page: Page) -> str:
    """Return what can be chosen on a page, as words for a person."""
    return ", ".join([*dict.fromkeys(step.words for step in steps_on(page))][:12]) or "nothing to choose"


def step_called(
    page: Page, text: str, schools: SchoolsWords, *, to_the_letter: bool = False, first: bool = False
) -> Step:
    """Return the one thing to choose that is called `text`. Raises StepMissing.

    `to_the_letter` has large and small letters count: what was confirmed is one of two that differ by nothing else.
    `first` takes the first of several that lead to different places.
    """
    wanted, plain = squeeze(text), _plain(page)
    every: list[Link | Button] = [*page.links, *page.buttons]

    def called(words: str) -> bool:
        return same(words, [text]) and (not to_the_letter or squeeze(words) == wanted)

    ways: tuple[list[Step], ...] = (  # the surest first
        [item for item in plain if squeeze(item.words) == wanted],
        [item for item in plain if called(item.words)],
        [item for item in plain if called(COUNT.sub("", item.words))],
        [item for item in every if _opens_row(item, text, schools.open)],  # "Edit" in the row of that name
        [item for one in lists_on(page) for item in choices_of(page, one, schools.go) if called(item.words)],
    )
    fitting = next(filter(None, ways), None)
    if fitting is None:
        raise StepMissing(text, page)
    if not first and len(set(map(_target, fitting))) > 1:
        raise StepMissing(text, page, several=True)
    return fitting[0]


def opens_in_place(page: Page, text: str) -> bool:
    """Return whether `text` is the head of a part that opens in place (HTML, *details*)."""
    heads = (node for inner in page.whole() for node in inner.root.walk() if node.tag == "summary" and inner.seen(node))
    return any(same(text_in(node), [text]) for node in heads)


def says_delete(url: str, words: str) -> bool:
    """Return whether the address or the words of a link or button say that it deletes."""
    parts = urlsplit(url)
    said = {word.lower() for text in (parts.path, parts.query, words) for word in re.findall("[A-Za-z]+", text)}
    return not said.isdisjoint(("delete", "remove", "destroy", "erase"))


def lists_on(page: Page) -> list[Field]:
    lists = (item for item in page.fields if item.control.kind == "select" and not item.control.disabled)
    return [item for item in lists if "multiple" not in item.control.node.attributes]


def choices_of(page: Page, field: Field, go: Sequence[str]) -> Iterator[Button]:
    """Yield the choices of a list that lead somewhere: by its own script, or by a button called one of `go`."""
    button, own = _sender(page, field, go), field.control.node
    for node in own.walk("option"):
        if button is not None and "disabled" not in node.attributes:
            name = squeeze(own_text(node))
            value = node.attributes.get("value", name)
            if name and value and any(sign.isalnum() for sign in name):
                yield replace(button, words=name, sets={own: value, **button.sets})


def _sender(page: Page, field: Field, go: Sequence[str]) -> Button | None:
    """Return what sends a list once a choice is made, or None if that might save something."""
    node, form = field.control.node, field.form
    # Without a text field nothing typed can be saved; __doPostBack tells the page that only the list was used.
    saves_nothing = not any(item.writable and item.kind != "search" for item in form.controls)
    beside = [item for item in page.buttons if item.form.node is form.node and item.control.submits]
    if called := [item for item in beside if same(item.words, go)]:
        return called[0] if saves_nothing and len({_target(item) for item in called}) == 1 else None
    alone = Button("", Control(node, POST_BACK, "", ""), form, "")
    script, is_live = script_effect(node), LIVE in node.attributes
    if isinstance(script, PostBack):
        hidden = {item.name: item.node for item in form.controls if item.name in (TARGET, ARGUMENT)}
        if not script.target or script.target != field.control.name or not (len(hidden) == 2 or is_live):
            return None
        if len(hidden) < 2:
            return alone  # the window's own script fills them
        return replace(alone, sets={hidden[TARGET]: script.target, hidden[ARGUMENT]: script.argument})
    sends = script is True or (is_live and "onchange" not in node.attributes)
    return alone if sends and saves_nothing else None


def _plain(page: Page) -> list[Link | Button]:
    """The links and buttons of a page, except buttons of a form with a password: those are no steps."""
    # A tab that sends its page back says which tab it is, so that the page it is on is not taken for a save.
    buttons = [
        item
        for item in page.buttons
        if item.submitter is None or all(one.kind != "password" for one in item.form.controls)
    ]
    return [*page.links, *buttons]


def _opens_row(step: Link | Button, text: str, opens: Sequence[str]) -> bool:
    """Whether it is the link or button that opens the row called `text`."""
    row = _node(step).within("tr", "li")
    return row is not None and same(step.words, opens) and same(row_called(row, step.words), [text])


def row_called(row: Node, opener: str) -> str:
    """Return the name of a row or list entry, without the words of the link that opens it."""
    return row_name(row) if row.tag == "tr" else text_in(row).removesuffix(opener).strip(" -:,(")


def _node(step: Step) -> Node:
    return step.node if isinstance(step, Link) else step.control.node


def _target(step: Step) -> object:
    """Return what a step leads to, to compare two."""
    if isinstance(step, Link):
        return step.shows or urldefrag(step.url).url
    control, aim = step.control, step.control.node.attributes.get("formaction", "")
    if aim.startswith(PRESS) and not step.sets:  # in a window what acts by script is both a link and a button
        return aim
    if not control.submits:
        return step.shows or control.node
    return (step.form.node, control.name, control.value, aim, *step.sets.items())

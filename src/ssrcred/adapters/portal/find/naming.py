"""The words of a page that name two fields, the nearest first: a row's head, a legend, a heading, a caption, a title.

A text in a field, or copied from a field, is never one of them (portal.md, *Find*): the words that name a setting have
to be there next year too, and a stored user name or key must not be shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice, pairwise
from typing import Final

from ssrcred.adapters.portal.html.form import WRITABLE
from ssrcred.adapters.portal.html.label import (
    HEADS,
    UNSEEN,
    earlier,
    has_control,
    head_text,
    hides,
    row_name,
    text_in,
    words_in,
)
from ssrcred.adapters.portal.html.page import Page, shows
from ssrcred.adapters.portal.html.tree import CELL, LISTED, TABLE_PART, Node
from ssrcred.adapters.portal.html.wording import has_moment, normal, same, squeeze

MOST: Final = 8
LONGEST: Final = 80
"""Characters. Longer texts explain; they do not name."""
SHORTEST_COPY: Final = 3
PIECE: Final = 8
LANDMARKS: Final = frozenset({"nav", "header", "footer", "aside", "menu"})
TEXT_HOLDERS: Final = frozenset({"li", "div", "p", "td", "section", "form"})
"""In these a text of no element of its own may name what follows."""


class Copies:
    """What stands in the fields of a page that are typed into, so that no copy of it is shown or taken for a name.

    A single word of letters, such as *charter*, is a copy only where nothing else stands: it is a part of names too.
    """

    def __init__(self, page: Page) -> None:
        controls = [item for inner in page.whole() for form in inner.forms for item in form.controls]
        controls += [item.control for item in page.every_field()]  # those of no form too
        values = {(squeeze(item.value), item.kind == "password") for item in controls if item.kind in WRITABLE}
        long = sorted((item for item in values if len(item[0]) >= SHORTEST_COPY), key=lambda item: -len(item[0]))
        self._words = {value for value, secret in long if not secret and value.isalpha()}
        self._whole = {
            value: re.compile(rf"(?<!\w){re.escape(value)}(?!\w)", re.IGNORECASE)
            for value, secret in long
            if secret or not value.isalpha()
        }

    def standing_in(self, texts: Iterable[str]) -> list[str]:
        """What stands in a field and in one of the texts too."""
        every = list(texts)
        return [value for value, whole in self._whole.items() if any(map(whole.search, every))]

    def in_text(self, text: str) -> bool:
        """Whether a text is or holds what stands in a field, as whole words."""
        return squeeze(text) in self._words or bool(self.standing_in([text]))

    def removed(self, text: str) -> str:
        """The text with each copy of what stands in a field, or of eight characters of a key in a row, as `…`."""
        if squeeze(text) in self._words:
            return "…"
        for value, whole in self._whole.items():
            text = whole.sub("…", text)
            for at in range(len(value) - PIECE + 1):
                piece = value[at : at + PIECE]
                signs = sum(not sign.isalnum() and not sign.isspace() for sign in piece)
                if signs >= 2 or (signs == 1 and any(sign.isdigit() for sign in piece)):
                    text = text.replace(piece, "…")
        return text


def naming_words(page: Page, one: Node, other: Node, own: Iterable[str], copies: Copies) -> list[str]:
    """The words that name the two fields `one` and `other`, nearest first; `own` are their own labels.

    The page's title counts where nothing else does: around frames it is another one in a browser.
    """

    def names(texts: Iterable[str]) -> list[str]:
        found: dict[str, str] = {}
        for text in map(squeeze, texts):
            if len(text) > LONGEST or not any(sign.isalnum() for sign in text):
                continue
            if not has_moment(text) and not copies.in_text(text) and not same(text, own):
                found.setdefault(normal(text), text)
        return list(found.values())

    title = map(text_in, page.root.walk("title"))
    return names(_around(page, one, other))[:MOST] or names(title)[:1]


def common_ancestor(one: Node, other: Node) -> Node:
    """The nearest element that holds both."""
    around = set(one.outward())
    return next(node for node in other.outward() if node in around)


def row_of(one: Node, other: Node) -> Node | None:
    """The row of a table that holds both fields, and nothing of another row."""
    row = one.within("tr")
    return row if row is other.within("tr") else None


def _around(page: Page, one: Node, other: Node) -> Iterator[str]:
    """All that may name the two fields, from the inside to the outside."""
    row = row_of(one, other)
    cells = [node.within(*CELL) for node in (one, other)]
    heads = [page.labels.above.get(cell) for cell in cells if cell is not None]
    if row is not None:
        yield row_name(row)
    elif len(heads) == 2 and heads[0] is heads[1] and heads[0] is not None:  # schools side by side in columns
        yield text_in(heads[0])
    top, rank = common_ancestor(one, other), 7
    inside = next(part for part in one.outward() if part.parent is top)
    for below, above in pairwise((inside, *top.outward())):
        beside_them = above is top
        for text, level in () if beside_them and row is not None else _before(below):
            if level is None and not beside_them:
                yield text
            elif level is not None and level < rank:  # one of a lower or the same rank belongs to what stands before
                rank = level
                yield text
        yield from _name_of_part(above, page)


def _name_of_part(node: Node, page: Page) -> Iterator[str]:
    """What a part of the page says that it is called."""
    if _rank(node) is not None:  # an old page's heading that was never closed
        yield " ".join(
            child if isinstance(child, str) else text_in(child)
            for child in node.children
            if isinstance(child, str) or not has_control(child)
        )
    inside = (child for child in node.elements() if child.tag in ("legend", "caption", "summary"))
    yield from (head_text(child) for child in inside if not hides(child))
    attributes, by_id = node.attributes, page.labels.by_id
    yield " ".join(words_in(by_id[id]) for id in attributes.get("aria-labelledby", "").split() if id in by_id)
    if node.tag not in LISTED:
        yield attributes.get("aria-label", "")
    if name := attributes.get("id"):
        yield from islice((text_in(tab) for tab in page.root.walk() if _is_tab_of(tab, name)), 1)


def _is_tab_of(tab: Node, name: str) -> bool:
    """Whether an element is the tab of the part called `name`; a link that only scrolls there is none."""
    if shows(tab) == name:
        return True
    if tab.tag != "a" or tab.attributes.get("href") != f"#{name}":
        return False
    if tab.attributes.get("role", "").lower() == "tab":
        return True
    entry = tab.within("li")
    if entry is None or entry.parent is None or any(part.attributes.get("id") == name for part in tab.ancestors()):
        return False  # one inside the part leads back to its top
    aims = [node for node in entry.parent.walk("a") if node.attributes.get("href", "").startswith("#")]
    return len(aims) > 1  # one alone skips to the content


def _before(below: Node) -> Iterator[tuple[str, int | None]]:
    """What stands before an element in the one around it, nearest first: a short block of words, then headings.

    A short block (level None) counts only right before it; a heading with its rank, however far, unless another group
    of fields stands between the two.
    """

    def explains(text: str) -> bool:  # a sentence; names have no full stop
        return text.rstrip().endswith((".", "!", "?"))

    nearest, holder = True, below.parent
    for part in earlier(below):
        if isinstance(part, str):
            if nearest and holder is not None and holder.tag in TEXT_HOLDERS and part.strip() and not explains(part):
                yield part, None
                nearest = False
            continue
        if hides(part) or part.tag in LANDMARKS | TABLE_PART | UNSEEN:
            continue
        has_fields, text = has_control(part), text_in(part)
        heads = [node for node in part.walk() if _rank(node) is not None and not hides(node)]
        if heads and not has_fields:  # one that was never closed names what is inside it
            head = part if heads[0] is part else heads[-1]
            yield head_text(head), _rank(head)
        elif nearest and text and not has_fields and not explains(text) and len(text) <= LONGEST:
            links = "".join(map(text_in, part.walk("a", "button")))
            if len("".join(links.split())) < len("".join(text.split())):  # else it is a menu
                yield text, None
        nearest = nearest and not (heads or text or has_fields)


def _rank(node: Node) -> int | None:
    """The level of a heading, None for what is none."""
    if node.tag in HEADS:
        return int(node.tag[1])
    if node.attributes.get("role", "").lower() == "heading":
        level = node.attributes.get("aria-level", "2")
        return int(level) if level in "123456" and level else 2
    return None


def group_heading(page: Page, holder: Node) -> str:
    """What a list or table is called: its own words, else the heading, paragraph or term before it."""
    texts = [*_name_of_part(holder, page.holding(holder))]
    for below, above in pairwise(holder.outward()):
        texts += [text for text, _ in _before(below)]
        if above.tag in ("main", "article", "section", "form", "#root"):
            break
    texts += map(text_in, islice(holder.walk("th"), 1))
    return next(filter(None, map(squeeze, texts)), "")

"""Signs on a page that its nameless pair is a school's and not the district's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ssrcred.adapters.portal.html.control import control, own_text
from ssrcred.adapters.portal.html.label import labels_of, names_of, text_in
from ssrcred.adapters.portal.html.page import Field
from ssrcred.adapters.portal.html.tree import LISTED, Node
from ssrcred.adapters.portal.html.wording import beside, normal, same, says, squeeze
from ssrcred.portal.school import CUTS, LONGEST_NAME, SCHOOLS, is_a_district, is_general, is_level, is_school
from ssrcred.portal.scope import chosen_in, is_called_school, options_of, words_after

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssrcred.adapters.portal.html.page import Page
    from ssrcred.portal.map import PortalMap

CURRENT: Final = ("current", "selected", "active", "editing", "showing", "viewing", "working", "school", "site")
"""Words before a colon, after which a page says which school it is at."""
WHOSE: Final = ("current school", "selected school", "active school", "your school", "current site", "selected site")
TOLD: Final = (
    "you are",
    "working",
    "now",
    "currently",
    "showing",
    "editing",
    "viewing",
    "settings for",
    "credentials for",
)
PLACED: Final = re.compile(r"\b(?:in|at|for|as|editing|viewing|showing)\s+((?:[A-Z0-9][\w'.-]*\s+){1,6}[A-Z][a-z]+)")
MOST_LISTED: Final = 400
"""No list or row that a person reads has more parts."""
MARKS: Final = frozenset({"active", "current", "selected"})
EDITED: Final = re.compile(
    r"\b(?:[Ee]diting|[Ss]ettings for|[Cc]redentials for|[Ww]orking (?:in|at|for))\s+((?:[A-Z0-9][\w'.-]*\s*){1,6})$"
)
"""What a line ends in that says whose pair is shown."""
BIDS: Final = re.compile(
    r"(?:change|switch|select|choose|pick|find|search|add)(?: (?:a|an|another|the|my|your))*(?: new)? school"
)
"""What a menu offers to do, in words that end as the names of schools do."""
NO_SCHOOL: Final = ("none", "none selected", "not selected", "no school selected", "n/a")
TOPS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


def stranger(page: Page, key: Field, words: PortalMap, labels: Iterable[str]) -> str:
    """The words on a page which say that its nameless pair is a school's and not the district's; else nothing.

    A choice in a list beside it or at the head of the page, a heading above it, or a line such as "School: …".
    `labels` are the words that name pairs; they say nothing of the others.
    """
    named = {normal(label) for label in labels}
    own = [word for step in words.settings.steps for word in step]
    for item, beside_pair in _lists(page, key):
        if said := _chosen_school(item, words, named, beside_pair=beside_pair):
            return said
    for said in _headings_above(page, key.control.node):
        rest = beside(said, own)
        known = normal(said) in named or same(said, own + list(words.fields.district)) or is_a_district(said)
        if not known and is_school(said if rest is None else rest):
            return said
    if said := _beside_pair(page, key, words):
        return said
    blocks = page.blocks()
    for block in blocks:
        if normal(block) not in named and _tells_a_school(block, words):
            return block
    return _in_two_cells(page, words, named) or _only_school(page, blocks, words, named)


def _tells_a_school(block: str, words: PortalMap) -> bool:
    """Whether a line says which school a page is at, or whose pair it shows."""
    told = [found[1] for found in PLACED.finditer(block)] if says(block, TOLD) else []
    edited = EDITED.search(block)
    if any(is_school(name) for name in told) or (edited and not _is_no_school(edited[1], words)):
        return True
    head, colon, rest = block.partition(":")
    if not colon or _is_no_school(rest, words) or says(rest, words.fields.district):
        return False
    whose = same(head, (*words.schools.choice, *WHOSE)) and len(rest.split()) <= LONGEST_NAME
    return whose or (says(head, CURRENT) and is_school(rest))


def _is_no_school(said: str, words: PortalMap) -> bool:
    """Whether words name a district, or nothing that could be a school's name."""
    return same(said, NO_SCHOOL) or is_general(said, words.fields.district) or is_a_district(said)


def _beside_pair(page: Page, key: Field, words: PortalMap) -> str:
    """The school that a field, or a choice of two or more, in the pair's own form names."""
    own = [item for item in page.fields() if item.form is key.form]
    for item in own:
        value = squeeze(item.control.value)
        if item.control.kind not in ("text", "search") or not value:
            continue
        asked = item.is_called(words.schools.choice) or is_called_school(item.control)
        if is_school(value) or (asked and not _is_no_school(value, words)):
            return value
    radios: dict[str, list[tuple[str, bool]]] = {}
    for item in own:
        if item.control.kind == "radio":
            said = next(filter(None, [*item.names[:1], words_after(item.control.node)]), "")
            asked = is_called_school(item.control) and not _is_no_school(said, words)
            radios.setdefault(item.control.name, []).append((said, item.control.on))
            if item.control.on and asked:
                return said
    for offered in radios.values():
        if any(same(said, words.fields.district) for said, _ in offered):
            strange = (said for said, on in offered if on and not same(said, words.fields.district))
            if said := next(strange, ""):
                return said
    return ""


def _in_two_cells(page: Page, words: PortalMap, named: set[str]) -> str:
    """The school that stands in a cell behind one that says *School*, or as what is told of that term."""
    for inner in page.whole():
        for node in inner.root.walk():
            if node.tag not in ("td", "th", "dt") or node.parent is None or len(node.parent.children) > MOST_LISTED:
                continue
            if not same(text_in(node), (*words.schools.choice, *WHOSE)) or not inner.seen(node):
                continue
            beside_it = [part for part in node.parent.children if isinstance(part, Node)]
            at = next(place for place, part in enumerate(beside_it) if part is node) + 1
            if at == len(beside_it) or (node.tag != "dt" and len(beside_it) != 2):
                continue
            said = text_in(beside_it[at])
            fields = any(part.tag in LISTED for part in beside_it[at].walk())
            if said and not fields and normal(said) not in named and not _is_no_school(said, words):
                return said
    return ""


def _only_school(page: Page, blocks: list[str], words: PortalMap, named: set[str]) -> str:
    """The school that a tab or link marks as the one shown, or the only school that a page names by itself."""
    said = list(blocks)
    for inner in page.whole():
        for node in inner.root.walk():
            if node.tag == "title":
                said.append(own_text(node))
            elif node.tag in ("a", "li", "b", "strong", "span", "button") and inner.seen(node):
                text = text_in(node)
                if _is_marked(node) and (is_school(text) or _is_beside_the_district(node, words)):
                    return text
                said.append(text)
    pieces = {normal(piece): squeeze(piece) for text in said for piece in CUTS.split(squeeze(text)) if is_school(piece)}
    strange = [
        text for piece, text in pieces.items() if not (same(text, words.fields.district) or BIDS.fullmatch(piece))
    ]
    return strange[0] if len(strange) == 1 and normal(strange[0]) not in named else ""


def _is_beside_the_district(node: Node, words: PortalMap) -> bool:
    """Whether an item of a list has the district as another item, and is not the district itself."""
    item = node if node.tag == "li" else node.within("li")
    listed = item.parent if item is not None else None
    if item is None or listed is None or len(listed.children) > MOST_LISTED or _is_no_school(text_in(item), words):
        return False
    others = (part for part in listed.children if isinstance(part, Node) and part is not item)
    return any(same(text_in(part), words.fields.district) for part in others)


def _is_marked(node: Node) -> bool:
    attributes = node.attributes
    current = attributes.get("aria-current", "false").lower() not in ("", "false")
    chosen = attributes.get("aria-selected", "").lower() == "true"
    return current or chosen or bool(MARKS & set(attributes.get("class", "").lower().split()))


def _chosen_school(field: Field, words: PortalMap, named: set[str], *, beside_pair: bool) -> str:
    """The school that a list has chosen. Far from the pair, only a choice that the page itself marks counts.

    A list of schools is told by what it offers, or by what the page calls it for itself (`schoolId`).
    """
    options = list(options_of(field))
    schools = [text_in(node) for node in options if says(text_in(node), SCHOOLS) and not is_level(text_in(node))]
    called = is_called_school(field.control) or field.is_called(words.schools.choice)
    if beside_pair:
        offers = called or bool(schools) or any(same(text_in(node), words.fields.district) for node in options)
        strange = [said for said in chosen_in(field) or [""] if not same(said, words.fields.district)]
        strange = [said for said in strange if schools or not (called and said and is_level(said))]
        return (strange[0] or "no choice") if offers and strange else ""
    for said in (text_in(node) for node in options if "selected" in node.attributes):
        known = normal(said) in named or BIDS.fullmatch(normal(said)) or is_a_district(said) or is_level(said)
        if not known and (is_school(said) or (called and not same(said, NO_SCHOOL))):
            return said
    return ""


def _lists(page: Page, key: Field) -> Iterator[tuple[Field, bool]]:
    """Every list that can be seen, of a form or not, and whether it is sent with the pair."""
    owned = [item for item in page.fields() if item.control.kind == "select"]
    yield from ((item, item.form is key.form) for item in owned)
    known = {item.control.node for item in owned}
    for inner in page.whole():
        labels = labels_of(inner.root)
        for node in inner.root.walk():
            if node.tag == "select" and node not in known and inner.seen(node):
                yield Field(names_of(node, labels), control(node), key.form), False


def _headings_above(page: Page, key: Node) -> Iterator[str]:
    for inner in page.whole():
        for node in inner.root.walk():
            if node is key:
                return
            if node.tag in TOPS and inner.seen(node):
                yield text_in(node)

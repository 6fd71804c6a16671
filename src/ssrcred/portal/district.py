"""Which pair on a page is the district's: by its name, or because the page names no school for it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ssrcred.portal.control import control, own_text
from ssrcred.portal.label import text_in
from ssrcred.portal.page import Field
from ssrcred.portal.pair import unclear
from ssrcred.portal.school import (
    CUTS,
    LONGEST_NAME,
    SCHOOLS,
    is_a_district,
    is_general,
    is_level,
    is_school,
    names_a_district,
)
from ssrcred.portal.scope import AT_WORK, WORD, chosen_in, options_of
from ssrcred.portal.words import beside, normal, same, says, squeeze

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssrcred.portal.control import Control
    from ssrcred.portal.map import PortalMap
    from ssrcred.portal.page import Page
    from ssrcred.portal.pair import Pair
    from ssrcred.portal.tree import Node

MOST_NAMED: Final = 4
IS_THE_DISTRICT: Final = (
    "Open the page in a browser. If those words are the district's own name there (a charter school may be its own"
    " district), add them to `district` under [fields] in a copy of the portal map: see `map` in config.toml."
)
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
MARKS: Final = frozenset({"active", "current", "selected"})
BIDS: Final = re.compile(
    r"(?:change|switch|select|choose|pick|find|search|add)(?: (?:a|an|another|the|my|your))*(?: new)? school"
)
"""What a menu offers to do, in words that end as the names of schools do."""
NO_SCHOOL: Final = ("none", "none selected", "not selected", "no school selected", "n/a")
TOPS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


def the_districts(named: list[Pair], words: PortalMap, page: Page) -> Pair:
    """The one of the pairs on a page that is the district's. Raises PageNotUnderstood if that cannot be told."""
    found = _candidates(named, words)
    if len(found) != 1:
        what = "more than one place" if found else "no place"
        said = (item.label for item in named if item.label)
        names = [f"“{name}”" for name in dict.fromkeys(said)][:MOST_NAMED]
        beside_them = f"; the words beside the pairs are {' and '.join(names)}" if names else ""
        raise unclear(f"shows {what} for the district's pair{beside_them}", page, IS_THE_DISTRICT if names else "")
    check_it_is_the_districts(found[0], named, words, page)
    return found[0]


def check_it_is_the_districts(pair: Pair, named: list[Pair], words: PortalMap, page: Page) -> None:
    """Raise PageNotUnderstood if the page says of a pair that nothing names that it is, or may be, a school's."""
    if same(pair.label, words.fields.district):
        return
    own = replace(page, turns=())
    labels = [*(item.label for item in named if item is not pair), *(turn.name for turn in page.turns)]
    said = stranger(own, pair.key, words, labels)
    if said and any(item.form is pair.key.form and item.control.kind == "select" for item in own.fields()):
        raise unclear("has a list beside the pair that says whose it is, and not the district's", page)
    said = said or ("" if _is_own(pair.label, own_words(words)) else pair.label)
    if said:
        what = f"says “{said}”, so that the pair may be that of a school and not the district's"
        raise unclear(what, page, IS_THE_DISTRICT)
    if said := _like_it(pair, named):
        raise unclear(f"has a pair under “{said}” too, which names no school: either may be the district's", page)


def own_words(words: PortalMap) -> list[str]:
    """What the pages on the way are called, the district, and the portal itself: words that name no school."""
    return [word for step in words.settings.steps for word in step] + list(words.fields.district) + [words.name]


def _candidates(named: list[Pair], words: PortalMap) -> list[Pair]:
    """The pairs of the district's name, else those under no words but the page's own, else the only one there is."""
    own = own_words(words)
    found = [item for item in named if same(item.label, words.fields.district)]
    nameless = [item for item in named if not item.sure and (not item.label or says(item.label, own))]
    found = found or [item for item in nameless if _is_own(item.label, own)] or nameless
    return found or [item for item in named if len(named) == 1 and _is_own(item.label, own)]


def _is_own(said: str, own: list[str]) -> bool:
    """Whether words over a pair hold nothing that could be the name of a school."""
    return is_general(said, own) or names_a_district(said, own)


def _like_it(pair: Pair, named: list[Pair]) -> str:
    """The words of another pair that name no school either, where the district's has none of its own beside them."""
    for item in named:
        above = not pair.label or not pair.over or pair.over[-1] in item.over[:-1]
        if item is pair or item.turn is not None or not item.label or not above:
            continue
        schools = says(item.label, ("school", "schools", "site", "sites"))
        if says(item.label, AT_WORK) or (is_general(item.label) and not schools):
            return item.label
    return ""


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
    for item in page.fields():
        if item.form is key.form and item.control.kind in ("text", "search") and is_school(item.control.value):
            return squeeze(item.control.value)
    blocks = page.blocks()
    for block in blocks:
        told = [found[1] for found in PLACED.finditer(block)] if says(block, TOLD) else []
        if any(is_school(name) for name in told) and normal(block) not in named:
            return block
        head, colon, rest = block.partition(":")
        rest = squeeze(rest)
        if not (colon and rest) or normal(block) in named or says(rest, words.fields.district):
            continue
        if same(rest, NO_SCHOOL):
            continue
        whose = same(head, (*words.schools.choice, *WHOSE)) and len(rest.split()) <= LONGEST_NAME
        if whose or (says(head, CURRENT) and is_school(rest)):
            return block
    return _only_school(page, blocks, words, named)


def _only_school(page: Page, blocks: list[str], words: PortalMap, named: set[str]) -> str:
    """The school that a tab or link marks as the one shown, or the only school that a page names by itself."""
    said = list(blocks)
    for inner in page.whole():
        for node in inner.root.walk():
            if node.tag == "title":
                said.append(own_text(node))
            elif node.tag in ("a", "li", "b", "strong", "span", "button") and inner.seen(node):
                text = text_in(node)
                if _is_marked(node) and is_school(text):
                    return text
                said.append(text)
    pieces = {normal(piece): squeeze(piece) for text in said for piece in CUTS.split(squeeze(text)) if is_school(piece)}
    strange = [
        text for piece, text in pieces.items() if not (same(text, words.fields.district) or BIDS.fullmatch(piece))
    ]
    return strange[0] if len(strange) == 1 and normal(strange[0]) not in named else ""


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
    called = _is_called_school(field.control)
    if beside_pair:
        offers = called or bool(schools) or any(same(text_in(node), words.fields.district) for node in options)
        strange = [said for said in chosen_in(field) or [""] if not same(said, words.fields.district)]
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
        for node in inner.root.walk():
            if node.tag == "select" and node not in known and inner.seen(node):
                yield Field((), control(node), key.form), False


def _is_called_school(control: Control) -> bool:
    """Whether a list is sent under a name, or has an id, that says that it is one of schools."""
    said = f"{control.name} {control.node.attributes.get('id', '')}"
    return bool({word.lower() for word in WORD.findall(said)} & {"school", "site", "campus"})


def _headings_above(page: Page, key: Node) -> Iterator[str]:
    for inner in page.whole():
        for node in inner.root.walk():
            if node is key:
                return
            if node.tag in TOPS and inner.seen(node):
                yield text_in(node)

"""Schools as one group: each row of a page, each link of a list, or each choice of a list is a school."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from ssrcred.adapters.portal.find.candidate import Candidate, address_shape, signature
from ssrcred.adapters.portal.find.naming import group_heading
from ssrcred.adapters.portal.find.steady_text import alike
from ssrcred.adapters.portal.html.inline_script import PRESS
from ssrcred.adapters.portal.html.page import Field, Link, Page
from ssrcred.adapters.portal.html.wording import normal, same, says
from ssrcred.adapters.portal.map import PortalMap
from ssrcred.adapters.portal.visit.step import Choice, Step, choices_of, lists_on, row_called, says_delete, steps_on
from ssrcred.web.address import site_of

ROWS: Final = "rows"
LINKS: Final = "links"
CHOICES: Final = "choices"
MOST_MEMBERS: Final = 2_000


@dataclass(frozen=True, eq=False, repr=False)
class Member:
    """One school of a group: its name on the page, and its two fields."""

    name: str
    candidate: Candidate


@dataclass(frozen=True, eq=False, repr=False)
class Group:
    """`kind` is rows, links or choices; `heading` what the list is called; `complete` that no school can be missing."""

    kind: str
    heading: str
    members: tuple[Member, ...]
    complete: bool


def rows_of_schools(candidates: Sequence[Candidate], words: PortalMap) -> list[Group]:
    """The groups among the candidates of one page: those that differ by their nearest word only."""
    alike: dict[tuple[object, ...], list[Candidate]] = {}
    for candidate in candidates:
        if candidate.names and candidate.likely:
            alike.setdefault(signature(candidate), []).append(candidate)
    groups = []
    for found in alike.values():
        if len(found) < 2 or len({normal(item.names[0]) for item in found}) < 2:
            continue
        members = tuple(Member(item.names[0], item) for item in found)
        heading = found[0].names[1] if len(found[0].names) > 1 else ""
        groups.append(Group(ROWS, heading, members, is_complete(found[0].page, [item.name for item in members], words)))
    return groups


def is_complete(page: Page, names: Iterable[str], words: PortalMap) -> bool:
    """Whether a page shows every school: no two of one name, and nothing that leads to more of them."""
    listed = [normal(name) for name in names]
    return len(set(listed)) == len(listed) and not has_more(page, words)


def has_more(page: Page, words: PortalMap) -> bool:
    """Whether a page shows only a part of a longer list: a pager, *load more*, or *1 to 25 of 130*."""
    for step in steps_on(page):
        if same(step.words, words.schools.more):
            return True
    return any(says(block, words.schools.part) for block in page.blocks() if any(sign.isdigit() for sign in block))


def lists_of_links(page: Page, words: PortalMap, chosen: str = "") -> list[tuple[str, list[tuple[str, Step]]]]:
    """The lists of links of a page that may be schools: by what the list is called, or because the person went by
    `chosen`, one of its links. Each with its heading, and the name and link of every entry.
    """
    found: list[tuple[str, list[tuple[str, Step]]]] = []
    for heading, entries, in_menu in every_list(page, words):
        if in_menu and not chosen:
            continue
        named = {normal(name) for name, _ in entries if name}
        called = bool(heading) and (same(heading, words.schools.list) or says(heading, words.schools.list))
        led = bool(chosen) and any(normal(name) == normal(chosen) for name, _ in entries)
        shapes = {_shape(link) for _, link in entries}
        if (called or led) and len(named) == len(entries) and ((led and len(shapes) == 1) or called):
            found.append((heading, [(name, step) for name, step in entries[:MOST_MEMBERS]]))
    return found


def every_list(page: Page, words: PortalMap) -> list[tuple[str, list[tuple[str, Link]], bool]]:
    """Every list of links of a page: its heading, the name and link of every entry, and whether it is a menu.

    All of them may be followed without a person's word, so only what a browser would fetch with GET is among them: no
    button, nothing that a script does, and nothing that says that it deletes.
    """
    lists: dict[int, tuple[str, list[tuple[str, Link]], bool]] = {}
    for step in steps_on(page):
        if not isinstance(step, Link) or step.url.startswith(PRESS) or says_delete(step.url, step.words):
            continue
        if site_of(step.url) != site_of(page.url):
            continue  # nothing is followed there
        node = step.node
        holder = node.within("ul", "ol", "dl", "table", "menu", "nav", "select", "section", "fieldset", "div", "form")
        if holder is None:
            continue
        row = node.within("tr", "li")
        opens = same(step.words, words.schools.open)
        name = row_called(row, step.words) if opens and row is not None else step.words
        in_menu = node.within("nav", "header", "footer") is not None
        lists.setdefault(id(holder), (group_heading(page, holder), [], in_menu))[1].append((name, step))
    return list(lists.values())


def confirmed_list(
    page: Page, words: PortalMap, kind: str, heading: str, members: Sequence[str]
) -> list[tuple[str, Step]] | None:
    """The entries of the one list that is called as it was confirmed, or, without a heading, holds the schools that
    were there then; None if there is not just one.
    """
    lists: list[tuple[str, list[tuple[str, Step]]]]
    if kind == CHOICES:
        lists = [(item.names[0] if item.names else "", _named(page, item, words)) for item in lists_on(page)]
    else:
        lists = [(said, list(entries)) for said, entries, _ in every_list(page, words)]
    known = {normal(name) for name in members}
    fitting = [
        entries
        for said, entries in lists
        if entries and (alike(said, heading) if heading else any(normal(name) in known for name, _ in entries))
    ]
    return fitting[0][:MOST_MEMBERS] if len(fitting) == 1 else None


def _named(page: Page, item: Field, words: PortalMap) -> list[tuple[str, Step]]:
    return [(choice.words, choice) for choice in choices_of(page, item, words.schools.go)]


def _shape(link: Link) -> str:
    parts = urlsplit(link.url)
    return f"{address_shape(parts.path)}?{address_shape(parts.query)}"


def lists_of_choices(page: Page, words: PortalMap, chosen: str = "") -> list[tuple[str, list[Choice]]]:
    """The lists of a page to choose a school from: by what the list is called, or because the person chose one."""
    found = []
    for item in lists_on(page):
        choices = list(choices_of(page, item, words.schools.go))
        called = item.is_called(words.schools.choice)
        led = bool(chosen) and any(normal(choice.words) == normal(chosen) for choice in choices)
        if choices and (called or led):
            found.append((item.names[0] if item.names else "", choices[:MOST_MEMBERS]))
    return found

"""Schools as one group: each row of a page, each link of a list, or each choice of a list is a school."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final
from urllib.parse import urlsplit

from ssrcred.adapters.portal.find.candidate import Candidate, address_shape
from ssrcred.adapters.portal.find.naming import group_heading
from ssrcred.adapters.portal.html.inline_script import PRESS
from ssrcred.adapters.portal.html.page import Link, Page
from ssrcred.adapters.portal.html.tree import Node
from ssrcred.adapters.portal.html.wording import alike, normal, same, says, steady
from ssrcred.adapters.portal.map import PortalMap
from ssrcred.adapters.portal.visit.step import Step, choices_of, lists_on, row_called, says_delete, steps_on
from ssrcred.adapters.web.address import site_of

ROWS: Final = "rows"
LINKS: Final = "links"
CHOICES: Final = "choices"
MOST_MEMBERS: Final = 2_000
HOLDERS: Final = ("ul", "ol", "dl", "table", "menu", "nav", "select", "section", "fieldset", "div", "form")


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


@dataclass(frozen=True, eq=False, repr=False)
class StepList:
    """A list of a page: its heading, whether that is what the map says of schools, and each entry's name and step."""

    heading: str
    called: bool
    entries: list[tuple[str, Step]]
    in_menu: bool = False


def rows_of_schools(candidates: Sequence[Candidate], words: PortalMap) -> list[Group]:
    """The groups among the candidates of one page: those that differ by their nearest word only."""
    fitting: dict[object, list[Candidate]] = {}
    for one in candidates:
        if one.names and one.likely:
            texts = (*one.labels, *one.names[1:])
            fitting.setdefault((one.way, address_shape(one.form), one.kinds, *map(steady, texts)), []).append(one)
    groups = []
    for found in fitting.values():
        names = [item.names[0] for item in found]
        if len({normal(name) for name in names}) > 1:
            members, heading = tuple(map(Member, names, found)), next(iter(found[0].names[1:]), "")
            groups.append(Group(ROWS, heading, members, is_complete(found[0].page, names, words)))
    return groups


def is_complete(page: Page, names: Iterable[str], words: PortalMap) -> bool:
    """Whether a page shows every school: no two of one name, and nothing that leads to more of them."""
    listed = [normal(name) for name in names]
    return len(set(listed)) == len(listed) and not has_more(page, words)


def has_more(page: Page, words: PortalMap) -> bool:
    """Whether a page shows only a part of a longer list: a pager, *load more*, or *1 to 25 of 130*."""
    if any(same(step.words, words.schools.more) for step in steps_on(page)):
        return True
    return any(says(block, words.schools.part) for block in page.blocks() if any(sign.isdigit() for sign in block))


def every_list(page: Page, words: PortalMap, kind: str) -> list[StepList]:
    """Every list of links, or of choices, of a page.

    All of them may be followed without a person's word, so of links only what a browser would fetch with GET is among
    them: no button, nothing that a script does, and nothing that says that it deletes.
    """
    wanted, found = words.schools, dict[Node, StepList]()
    if kind == CHOICES:
        for item in lists_on(page):
            choices = islice(choices_of(page, item, wanted.go), MOST_MEMBERS)
            if entries := [(choice.words, choice) for choice in choices]:
                heading = next(iter(item.names), "")
                found[item.control.node] = StepList(heading, item.is_called(wanted.choice), list(entries))
        return list(found.values())
    for step in steps_on(page):
        if not isinstance(step, Link) or step.url.startswith(PRESS) or says_delete(step.url, step.words):
            continue
        holder = step.node.within(*HOLDERS)
        if holder is None or site_of(step.url) != site_of(page.url):
            continue  # nothing is followed to another site
        if holder not in found:
            heading, in_menu = group_heading(page, holder), step.node.within("nav", "header", "footer") is not None
            called = same(heading, wanted.list) or says(heading, wanted.list)
            found[holder] = StepList(heading, called, [], in_menu)
        # Of a row with a link *Edit* the row's own words are the name.
        row = step.node.within("tr", "li") if same(step.words, wanted.open) else None
        if len(found[holder].entries) < MOST_MEMBERS:
            found[holder].entries.append((step.words if row is None else row_called(row, step.words), step))
    return list(found.values())


def lists_of_schools(page: Page, words: PortalMap, kind: str, chosen: str = "") -> list[StepList]:
    """The lists of a page that may be schools: by what the list is called, or because the person went by `chosen`, one
    of its entries.
    """
    lists = []
    for item in every_list(page, words, kind):
        names = [name for name, _ in item.entries]
        urls = [urlsplit(step.url) for _, step in item.entries if isinstance(step, Link)]
        # The links of schools differ by a number alone; those of a menu lead to different pages.
        alike_links = len({(address_shape(url.path), address_shape(url.query)) for url in urls}) < 2
        distinct = kind == CHOICES or len({normal(name) for name in names if name}) == len(names)
        led = alike_links and same(chosen, names)
        if (item.called or led) and distinct and (chosen or not item.in_menu):
            lists.append(item)
    return lists


def confirmed_list(
    page: Page, words: PortalMap, kind: str, heading: str, members: Sequence[str]
) -> list[tuple[str, Step]] | None:
    """The entries of the one list that is called as it was confirmed, or, without a heading, holds the schools that
    were there then; None if there is not just one.
    """

    def fits(item: StepList) -> bool:
        return alike(item.heading, heading) if heading else any(same(name, members) for name, _ in item.entries)

    fitting = [item.entries for item in every_list(page, words, kind) if fits(item)]
    return fitting[0] if len(fitting) == 1 else None

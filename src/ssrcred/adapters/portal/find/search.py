"""Finds candidates with one sign-in, reading only: by the map's words or as the person leads; and schools as groups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product, starmap
from typing import Final
from urllib.parse import urlsplit

from ssrcred.adapters.portal.find.candidate import Candidate, address_shape, candidates_on
from ssrcred.adapters.portal.html.label import chosen_text, list_heading
from ssrcred.adapters.portal.html.page import PRESS, Button, Link, Page
from ssrcred.adapters.portal.html.text_comparison import alike, fingerprint, normal, same, says, steady
from ssrcred.adapters.portal.html.tree import Node
from ssrcred.adapters.portal.map import PortalMap
from ssrcred.adapters.portal.visit.navigator import Session
from ssrcred.adapters.portal.visit.page_links import (
    Step,
    StepMissing,
    choices_of,
    lists_on,
    opens_in_place,
    row_called,
    says_delete,
    steps_on,
)
from ssrcred.adapters.web.address import site_of
from ssrcred.domain.errors import PageNotUnderstood
from ssrcred.domain.place import DISTRICT

ROWS: Final = "rows"
LINKS: Final = "links"
CHOICES: Final = "choices"
MOST_MEMBERS: Final = 2_000
HOLDERS: Final = ("ul", "ol", "dl", "table", "menu", "nav", "select", "section", "fieldset", "div", "form")


@dataclass(frozen=True, eq=False, repr=False)
class Group:
    """Schools that are each a row of a page, a link of a list, or a choice of a list."""

    kind: str  # rows, links or choices
    heading: str  # what the list is called
    members: tuple[Candidate, ...]
    complete: bool  # no school can be missing


@dataclass(frozen=True, eq=False, repr=False)
class Found:
    """One line of what was found: a candidate, or a group of schools with its first member as the candidate."""

    candidate: Candidate
    group: Group | None
    proposed: str  # district, a school's name or ""; it decides nothing
    id: str | None  # None where two are alike
    clicked: bool = False  # the fields are text until they are clicked

    @property
    def school(self) -> str:
        """The school of a group whose fields are the candidate; "" for two fields by themselves."""
        return self.group.members[0].name if self.group is not None else ""


@dataclass(frozen=True, eq=False, repr=False)
class Stopped:
    """Where the search ended without a candidate: the last step, what was looked for there, and what can be chosen."""

    at: str
    looked_for: tuple[str, ...]
    controls: tuple[str, ...]
    page: Page


@dataclass(frozen=True, eq=False, repr=False)
class StepList:
    heading: str
    called: bool  # as the map says of schools
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
        names = [item.name for item in found]
        if len({normal(name) for name in names}) > 1:
            heading = next(iter(found[0].names[1:]), "")
            groups.append(Group(ROWS, heading, tuple(found), is_complete(found[0].page, names, words)))
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
    """Every list of links, or of choices, of a page, as far as it may be followed without a person's word."""
    wanted, found = words.schools, dict[Node, StepList]()
    if kind == CHOICES:
        for item in lists_on(page):
            entries: list[tuple[str, Step]] = [(choice.words, choice) for choice in choices_of(page, item, wanted.go)]
            if entries:
                heading, called = next(iter(item.names), ""), item.is_called(wanted.choice)
                found[item.control.node] = StepList(heading, called, entries[:MOST_MEMBERS])
        return list(found.values())
    # Only what a browser would fetch with GET: no button, nothing that a script does, and nothing that says it deletes.
    for step in steps_on(page):
        if not isinstance(step, Link) or step.url.startswith(PRESS) or says_delete(step.url, step.words):
            continue
        holder = step.node.within(*HOLDERS)
        if holder is None or site_of(step.url) != site_of(page.url):
            continue  # nothing is followed to another site
        if holder not in found:
            heading = list_heading(page.holding(holder).labels, holder)
            in_menu = step.node.within("nav", "header", "footer") is not None
            called = same(heading, wanted.list) or says(heading, wanted.list)
            found[holder] = StepList(heading, called, [], in_menu)
        # Of a row with a link *Edit* the row's own words are the name.
        row = step.node.within("tr", "li") if same(step.words, wanted.open) else None
        if len(found[holder].entries) < MOST_MEMBERS:
            found[holder].entries.append((step.words if row is None else row_called(row, step.words), step))
    return list(found.values())


def lists_of_schools(page: Page, words: PortalMap, kind: str, chosen: str = "") -> list[StepList]:
    """The lists of a page that may be schools: called so, or the person went by `chosen`, one of the entries."""
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
    """The entries of the one list with the confirmed heading, or, without one, members; None if not just one is."""

    def fits(item: StepList) -> bool:
        return alike(item.heading, heading) if heading else any(same(name, members) for name, _ in item.entries)

    fitting = [item.entries for item in every_list(page, words, kind) if fits(item)]
    return fitting[0] if len(fitting) == 1 else None


class FieldSearch:
    def __init__(self, visit: Session, words: PortalMap, *, every_field: bool = False) -> None:
        self._visit, self._words, self._clicked = visit, words, False
        self._candidates = partial(candidates_on, words=words, every_field=every_field)

    def run(self, go: Sequence[str] = ()) -> tuple[list[Found], Stopped | None]:
        """Every candidate, or where the search stopped; `go` are the links to follow in place of the map's."""
        looked_for: tuple[str, ...] = (self._words.fields.username[0], self._words.fields.key[0])
        try:
            page, way = self._led(go) if go else self._by_words()
            found, at = self._on(page, way, led=bool(go)), next(reversed(way), "")
        except StepMissing as missing:
            found, page, at, looked_for = [], missing.page, missing.text, (missing.text,)
        if found:
            return found, None
        controls = tuple(dict.fromkeys(step.words for step in steps_on(page, self._words.schools.go)))
        return [], Stopped(at, looked_for, controls[:60], page)

    def _led(self, go: Sequence[str]) -> tuple[Page, list[str]]:
        """The page that a person leads to, and the way there with each word to the letter."""
        page, way = self._visit.start(), list[str]()
        for text in go:
            try:
                step = self._visit.step(page, text)
                page = self._visit.take(page, step)
                way.append(step.words if same(step.words, (text,)) else text)
            except StepMissing:
                if opens_in_place(page, text):
                    way.append(text)  # the entries of a menu are on the page already
                elif (opened := self._opened(page, (text,))) is page:
                    raise
                else:
                    page = opened  # the person clicked what becomes a field; that is no part of the way
        return page, way

    def _by_words(self) -> tuple[Page, list[str]]:
        """The page that the map's steps lead to; a step that is not there is passed over if a later one is."""
        page, way, steps = self._visit.start(), list[str](), self._words.settings.steps
        if self._words.settings.address:
            return self._visit.open(self._words.settings.address, page), way
        # A page that shows the fields already is the end of the way, however many steps the map has.
        while steps and not candidates_on(page, self._words, way):
            for number, words in enumerate(steps, 1):
                if (step := self._visit.find(page, words)) is not None:
                    steps = steps[number:]
                    break
            else:
                raise StepMissing(" or ".join(steps[0]), page)
            page = self._visit.take(page, step)
            way.append(step.words)
        return page, way

    def _opened(self, page: Page, labels: Sequence[str]) -> Page:
        """The page with the texts of these labels clicked that become fields then."""
        for label in labels:
            if (opened := self._visit.reveal(page, label)) is not None:
                page, self._clicked = opened, True
        return page

    def _on(self, page: Page, way: Sequence[str], *, led: bool) -> list[Found]:
        """The candidates of a page that was reached, and of the schools that it leads to; `led` by a person."""
        single = self._candidates(page, way=way)
        if not any(item.likely for item in single):
            page = self._opened(page, (*self._words.fields.username, *self._words.fields.key))
            single = self._candidates(page, way=way)
        rows, elsewhere = rows_of_schools(single, self._words), self._groups(page, way, "")
        if led and way and not elsewhere:  # the list may be the one by which the person came here
            before = self._visit.follow_way(way[:-1], self._words.settings.address if len(way) == 1 else "")
            elsewhere = self._groups(before, way[:-1], way[-1])
        for group in elsewhere:
            if group.kind == CHOICES:  # the page shows the choice that is on: it is one of the members
                names = [member.name for member in group.members]
                single = [
                    item
                    for item in single
                    if same(item.name, names) or not any(starmap(alike, product(_chosen_on(item.page), names)))
                ]
            single += group.members
        return self._listed(single, rows + elsewhere)

    def _groups(self, holder: Page, base: Sequence[str], chosen: str) -> list[Group]:
        """Schools that are links or choices of a list, each with a page of its own."""
        groups = []
        for kind in (LINKS, CHOICES):
            for found in lists_of_schools(holder, self._words, kind, chosen):
                members = self._members(kind, found, holder, base)
                complete = is_complete(holder, [name for name, _ in found.entries], self._words)
                # A menu by which a person went on has one page with credentials, and is no list of schools.
                if len(members) >= (2 if chosen else 1):
                    groups.append(Group(kind, found.heading, tuple(members), complete))
        return groups

    def _members(self, kind: str, found: StepList, holder: Page, base: Sequence[str]) -> list[Candidate]:
        """The schools behind the entries of a list; none if the first two lead to no credentials that they name."""
        members: list[Candidate] = []
        schools = [(name, step) for name, step in found.entries if not same(name, self._words.fields.district)]
        # Two pages without credentials are enough to know a list of something else: a list may be long.
        for number, (name, step) in enumerate(schools):
            page = taken(self._visit, holder, base, name, step)
            likely = [item for item in self._candidates(page, way=(*base, name)) if item.likely]
            if (one := member_on(page, likely, name, kind)) is not None:
                around = (word for word in one.names if normal(word) != normal(name))
                members.append(replace(one, names=(name, *around)))
            elif number >= 1 and not members:
                break
        choose_again(self._visit, holder, base, found.entries)
        return members

    def _listed(self, single: Sequence[Candidate], groups: Sequence[Group]) -> list[Found]:
        """The candidates as they are shown: every candidate of the page by itself, and groups."""
        ids, listed = [item.id for item in single], []
        schools = {member: member.name for group in groups for member in group.members}
        # The only fields that have the map's labels are the district's, where no school has them.
        alone = [item for item in single if item.by_words and item not in schools]
        for candidate, id in zip(single, ids, strict=True):
            districts = same(candidate.name, self._words.fields.district) or alone == [candidate]
            proposed = DISTRICT if districts else schools.get(candidate, "")
            listed.append(Found(candidate, None, proposed, id if ids.count(id) == 1 else None, self._clicked))
        for group in groups:
            one = group.members[0]
            way = one.way if group.kind == ROWS else one.way[:-1]
            called = (group.heading, *one.names[1:], *one.labels, *one.kinds)
            id = fingerprint((group.kind, *way, address_shape(one.form), *called))
            listed.append(Found(one, group, "schools", id, self._clicked))
        return listed


def taken(visit: Session, page: Page, way: Sequence[str], name: str, step: Step) -> Page:
    """The page that an entry of a list leads to. Raises StepMissing if the way does not lead there any more."""
    try:
        return visit.take(page, step)
    except PageNotUnderstood:  # a window cannot always go back to the list's own page
        return visit.follow_way((*way, name))


def choose_again(visit: Session, page: Page, way: Sequence[str], entries: Sequence[tuple[str, Step]]) -> None:
    """Choose what was chosen before the entries of a list were looked at: a list may be for the whole session."""
    on = {item.control.node: chosen_text(item.control.node) for item in lists_on(page)}
    for name, step in entries:
        own = step.chooses_in if isinstance(step, Button) else None
        if own is not None and on.get(own) == name:
            taken(visit, page, way, name, step)


def member_on(page: Page, candidates: Sequence[Candidate], name: str, kind: str) -> Candidate | None:
    """Return the one candidate of a school's page that is named after it, else the only one there is."""
    named = [item for item in candidates if any(says(word, [name]) for word in item.names)]
    if named or len(candidates) != 1:
        return named[0] if len(named) == 1 else None
    # Only if the page says whose it is: as the choice of a list, or for a link in words of its own.
    by_words = kind == LINKS and any(says(block, [name]) for block in page.blocks(links=False))
    return candidates[0] if by_words or any(alike(text, name) for text in _chosen_on(page)) else None


def _chosen_on(page: Page) -> list[str]:
    return [chosen_text(item.control.node) for item in page.fields if item.control.kind == "select"]

"""Finds candidates with one sign-in, reading only: by the map's words, or as the person leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from ssrcred.adapters.portal.find.candidate import Candidate, address_shape, candidates_on
from ssrcred.adapters.portal.find.group import (
    CHOICES,
    LINKS,
    ROWS,
    Group,
    Member,
    is_complete,
    lists_of_choices,
    lists_of_links,
    rows_of_schools,
)
from ssrcred.adapters.portal.find.steady_text import alike, fingerprint
from ssrcred.adapters.portal.html.label import chosen_text
from ssrcred.adapters.portal.html.page import Page
from ssrcred.adapters.portal.html.wording import normal, same, tells
from ssrcred.adapters.portal.map import PortalMap, Words
from ssrcred.adapters.portal.visit.step import Choice, Step, StepMissing, lists_on, steps_on
from ssrcred.errors import PageNotUnderstood
from ssrcred.place import DISTRICT

MOST_CONTROLS: Final = 60


@dataclass(frozen=True, eq=False, repr=False)
class Found:
    """One line of what was found: a candidate, or a group of schools with its first member as the candidate.

    `proposed` is `district`, a school's name or ""; it decides nothing. `id` is None where two are alike. `clicked`
    tells that the fields are text until they are clicked.
    """

    candidate: Candidate
    group: Group | None
    proposed: str
    id: str | None
    clicked: bool = False


@dataclass(frozen=True, eq=False, repr=False)
class Stopped:
    """Where the search ended without a candidate: the last step, what was looked for there, and what can be chosen."""

    at: str
    looked_for: tuple[str, ...]
    controls: tuple[str, ...]
    page: Page


class Visit(Protocol):
    """One account's visit, signed in once (visit/session.py says what each method promises); all of these read only."""

    def start(self) -> Page: ...
    def open(self, address: str, before: Page) -> Page: ...
    def follow_way(self, way: Sequence[str], address: str = "") -> Page: ...
    def go(self, page: Page, text: str) -> Page: ...
    def step(self, page: Page, text: str) -> Step: ...
    def find(self, page: Page, words: Words) -> Step | None: ...
    def take(self, page: Page, step: Step) -> Page: ...

    def reveal(self, page: Page, label: str) -> Page | None:
        """The page after the text called `label` was clicked, where fields are text until then; None without one."""
        ...


class Search:
    """One search in a visit that is signed in once; `go` are the words of links to follow in place of the map's."""

    def __init__(self, visit: Visit, words: PortalMap, *, every_field: bool = False) -> None:
        self._visit, self._words, self._every = visit, words, every_field
        self._clicked = False

    def run(self, go: Sequence[str] = ()) -> tuple[list[Found], Stopped | None]:
        """Every candidate, or where the search stopped. Raises LoginRefused, PageNotUnderstood or Unreachable."""
        try:
            page, way = self._led(go) if go else self._by_words()
            found = self.on(page, way, led=bool(go))
        except StepMissing as missing:
            return [], Stopped(missing.text, (missing.text,), self._controls(missing.page), missing.page)
        if not found:
            wanted = (self._words.fields.username[0], self._words.fields.key[0])
            at = way[-1] if way else ""
            return [], Stopped(at, wanted, self._controls(page), page)
        return found, None

    def on(self, page: Page, way: Sequence[str], *, led: bool = False) -> list[Found]:
        """The candidates of a page that was reached, and of the schools that it leads to; `led` by a person."""
        single = self._candidates(page, way)
        if not any(item.likely for item in single):
            page = self._opened(page, (*self._words.fields.username, *self._words.fields.key))
            single = self._candidates(page, way)
        groups = rows_of_schools(single, self._words)
        groups += self._schools_elsewhere(page, way, led=led)
        for group in groups:
            if group.kind == CHOICES:  # the page shows the choice that is on: it is one of the members
                single = [item for item in single if not shows_a_member(item, group)]
            if group.kind != ROWS:
                single += [member.candidate for member in group.members]
        return [replace(item, clicked=self._clicked) for item in _listed(single, groups, self._words)]

    def _opened(self, page: Page, labels: Sequence[str]) -> Page:
        """The page with the texts of these labels clicked that become fields then."""
        for label in labels:
            if (opened := self._visit.reveal(page, label)) is not None:
                page, self._clicked = opened, True
        return page

    def _candidates(self, page: Page, way: Sequence[str]) -> list[Candidate]:
        return candidates_on(page, self._words, way, every_field=self._every)

    def _led(self, go: Sequence[str]) -> tuple[Page, tuple[str, ...]]:
        page, way = self._visit.start(), list[str]()
        for text in go:
            try:
                page, words = self._gone(page, text)
            except StepMissing:
                if (opened := self._opened(page, (text,))) is page:
                    raise
                page = opened  # the person clicked what becomes a field; that is no part of the way
            else:
                way.append(words)
        return page, tuple(way)

    def _gone(self, page: Page, text: str) -> tuple[Page, str]:
        """The page that choosing what is called `text` leads to, and what it is called to the letter."""
        try:
            step = self._visit.step(page, text)
        except StepMissing:
            return self._visit.go(page, text), text
        return self._visit.take(page, step), step.words if same(step.words, (text,)) else text

    def _by_words(self) -> tuple[Page, tuple[str, ...]]:
        """The page that the map's steps lead to; a step that is not there is passed over if a later one is."""
        page, way = self._visit.start(), list[str]()
        settings = self._words.settings
        if settings.address:
            return self._visit.open(settings.address, page), ()
        at = 0
        while at < len(settings.steps):
            if candidates_on(page, self._words, way):
                return page, tuple(way)
            for ahead in range(at, len(settings.steps)):
                step = self._visit.find(page, settings.steps[ahead])
                if step is not None:
                    break
            else:
                wanted = " or ".join(settings.steps[at])
                raise StepMissing(wanted, page)
            page = self._visit.take(page, step)
            way.append(step.words)
            at = ahead + 1
        return page, tuple(way)

    def _schools_elsewhere(self, page: Page, way: Sequence[str], *, led: bool) -> list[Group]:
        """Schools that are links or choices of a list, each with a page of its own.

        Lists that are called as the map says are looked at on the page itself; where a person led to the page by an
        entry of a list, that list is.
        """
        groups = self._lists(page, way, "")
        if led and way and not groups:
            before = self._visit.follow_way(way[:-1], self._words.settings.address if len(way) == 1 else "")
            groups = self._lists(before, way[:-1], way[-1])
        return groups

    def _lists(self, holder: Page, base: Sequence[str], chosen: str) -> list[Group]:
        found: list[Group | None] = []
        for heading, entries in lists_of_links(holder, self._words, chosen):
            found.append(self._group(LINKS, heading, list(entries), holder, base))
        for heading, choices in lists_of_choices(holder, self._words, chosen):
            found.append(self._group(CHOICES, heading, [(choice.words, choice) for choice in choices], holder, base))
        fewest = 2 if chosen else 1  # a menu by which a person went on has one page with credentials, and is no list
        return [group for group in found if group is not None and len(group.members) >= fewest]

    def _group(
        self, kind: str, heading: str, entries: Sequence[tuple[str, Step]], holder: Page, base: Sequence[str]
    ) -> Group | None:
        """The schools behind the entries of a list; None if the first two lead to no credentials that they name."""
        members: list[Member] = []
        schools = [(name, step) for name, step in entries if not same(name, self._words.fields.district)]
        for number, (name, step) in enumerate(schools):
            page = taken(self._visit, holder, base, name, step)
            likely = [item for item in self._candidates(page, (*base, name)) if item.likely]
            found = member_on(page, likely, name, kind)
            if found is not None:
                members.append(Member(name, replace(found, names=_with(name, found.names))))
            elif number >= 1 and not members:
                break
        choose_again(self._visit, holder, base, entries)
        names = [name for name, _ in entries]
        return Group(kind, heading, tuple(members), is_complete(holder, names, self._words)) if members else None

    def _controls(self, page: Page) -> tuple[str, ...]:
        return tuple(dict.fromkeys(step.words for step in steps_on(page, self._words.schools.go)))[:MOST_CONTROLS]


def taken(visit: Visit, page: Page, way: Sequence[str], name: str, step: Step) -> Page:
    """The page that an entry of a list leads to, from the start where a window cannot go back to the list's own page.

    Raises StepMissing if the way from the start does not lead there.
    """
    try:
        return visit.take(page, step)
    except PageNotUnderstood:
        return visit.follow_way((*way, name))


def choose_again(visit: Visit, page: Page, way: Sequence[str], entries: Sequence[tuple[str, Step]]) -> None:
    """Choose what was chosen before the entries of a list were looked at: a list may be for the whole session."""
    on = {item.control.node: chosen_text(item.control.node) for item in lists_on(page)}
    for name, step in entries:
        if isinstance(step, Choice) and on.get(step.field.control.node) == name:
            taken(visit, page, way, name, step)


def _with(name: str, names: Sequence[str]) -> tuple[str, ...]:
    """The naming words with the school's own name first."""
    return (name, *(word for word in names if normal(word) != normal(name)))


def shows_a_member(candidate: Candidate, group: Group) -> bool:
    """Whether a candidate of the page with the list is what the choice that is on there shows."""
    lists = [item for item in candidate.page.every_field() if item.control.kind == "select"]
    on = [chosen_text(item.control.node) for item in lists]
    return any(alike(text, member.name) for text in on for member in group.members) and not any(
        candidate.called(member.name) for member in group.members
    )


def member_on(page: Page, candidates: Sequence[Candidate], name: str, kind: str) -> Candidate | None:
    """The one candidate of a school's page that its name stands beside; else the only one there, if the page says that
    it is about the school: as the choice of a list, or for a link in words of its own.
    """
    named = [item for item in candidates if any(tells(word, name) for word in item.names)]
    if named or len(candidates) != 1:
        return named[0] if len(named) == 1 else None
    lists = [item for item in page.every_field() if item.control.kind == "select"]
    chosen = any(alike(chosen_text(item.control.node), name) for item in lists)
    said = kind == LINKS and any(tells(block, name) for block in page.words_outside_links())
    return candidates[0] if chosen or said else None


def _listed(single: Sequence[Candidate], groups: Sequence[Group], words: PortalMap) -> list[Found]:
    """The candidates as they are shown: groups, and every candidate of the page by itself."""
    ids = [item.id for item in single]
    grouped = {id(member.candidate): member.name for group in groups for member in group.members}
    alone = [item for item in single if item.by_words and id(item) not in grouped]
    listed = []
    for candidate, found in zip(single, ids, strict=True):
        proposed = ""
        member = grouped.get(id(candidate), "")
        if candidate.names and same(candidate.names[0], words.fields.district):
            proposed = DISTRICT
        elif member:
            proposed = member
        elif len(alone) == 1 and alone[0] is candidate:
            proposed = DISTRICT
        listed.append(Found(candidate, None, proposed, found if ids.count(found) == 1 else None))
    listed += [
        Found(group.members[0].candidate, group, "schools", _group_id(group)) for group in groups if group.members
    ]
    return listed


def _group_id(group: Group) -> str:
    first = group.members[0].candidate
    way = first.way[:-1] if group.kind in (LINKS, CHOICES) else first.way
    labels = (first.username_label, first.key_label, *first.kinds)
    return fingerprint((group.kind, *way, address_shape(first.form), group.heading, *first.names[1:], *labels))

"""Compares a page with what was confirmed: the fields that fit, or every difference.

A school of a group is found by its name, never by its position.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from ssrcred.adapters.portal.find.candidate import Candidate, address_shape, candidates_on, holds_of
from ssrcred.adapters.portal.find.search import ROWS, Found, member_on
from ssrcred.adapters.portal.html.page import Page
from ssrcred.adapters.portal.html.text_comparison import alike, normal
from ssrcred.adapters.portal.html.tree import Node
from ssrcred.adapters.portal.map import PortalMap
from ssrcred.adapters.portal.route.route import THE_SCHOOL, Fields, GroupRoute, Route
from ssrcred.adapters.portal.visit.setting_form import LEAVE, Filling
from ssrcred.domain.place import Difference, Reading, What

# Of fields that differ, those are told of that differ by the least.
ORDER: Final = (What.FORM, What.FIELD, What.LABEL, What.WORDS)
NOTHING: Final = "not there"


@dataclass(frozen=True, eq=False, repr=False)
class Setting:
    """One setting as a page shows it now, which is as it was confirmed: ready to be read and filled."""

    place: str
    fields: Fields  # what was confirmed
    candidate: Candidate
    filling: Filling
    group: int | None = None  # the number of the route's group that a school belongs to

    @cached_property
    def reading(self) -> Reading:
        return self.candidate.reading(self.place, self.fields.key.filled)

    def holds_as(self, before: Setting) -> bool:
        """Whether it shows what it showed `before`."""
        now, then = self.reading, before.reading
        key = now.key is then.key or (now.key is not None and then.key is not None and now.key.matches(then.key))
        return key and now.username == then.username and now.key_seen == then.key_seen


def fit_on(
    page: Page, place: str, names: Sequence[str], fields: Fields, words: PortalMap, control: tuple[str, ...] = ()
) -> Setting | tuple[Difference, ...]:
    """The one pair of fields on a page that is as it was confirmed, or what differs. `names` are the naming words."""
    pairs, wanted = labeled(page, fields, words), (fields.username.label, fields.key.label)
    fitting = [item for item in pairs if not _differs(item, place, names, fields)]
    if len(fitting) > 1:
        # A control's name is never compared; it only tells two apart that are alike in all that is.
        own = [item for item in fitting if item.controls == control]
        fitting = own if any(control) and own else fitting
    if len(fitting) == 1:
        return filled_in(fitting[0], place, fields)
    if fitting:
        once = " / ".join(names) or "the fields"
        return (Difference(place, What.WORDS, f"{once}, once", f"{once}, {len(fitting)} times"),)
    # None fits: tell what differs of those that differ by the least, where one of the two labels is still there.
    every = candidates_on(page, words, fields.way, every_field=True)
    pairs += [item for item in every if _named(item, names) and any(map(alike, item.labels, wanted))]
    if told := list(filter(None, (_differs(item, place, names, fields) for item in pairs))):
        return min(told, key=lambda items: max(ORDER.index(item.what) for item in items))
    called = [item.names for item in page.fields if item.names]
    gone = [label for label in wanted if not any(alike(name, label) for names in called for name in names)]
    shown = ", ".join(names[0] for names in called[:6]) or NOTHING
    apart = Difference(place, What.FORM, f"{', '.join(wanted)} in one form", "in two forms")
    return tuple(Difference(place, What.LABEL, label, shown) for label in gone) or (apart,)


def _differs(candidate: Candidate, place: str, names: Sequence[str], fields: Fields) -> tuple[Difference, ...]:
    """What of two fields is not as it was confirmed: what they are called and their kinds, else the words, the form."""
    looks, differences = (fields.username, fields.key), list[Difference]()
    for label, kind, look in zip(candidate.labels, candidate.kinds, looks, strict=True):
        if not alike(label, look.label):
            differences.append(Difference(place, What.LABEL, look.label, label))
        elif kind != look.kind:
            differences.append(Difference(place, What.FIELD, f"{look.label}: {look.kind}", f"{label}: {kind}"))
    if not differences and not _named(candidate, names):
        shown = "; ".join(candidate.names) or "no words"
        differences.append(Difference(place, What.WORDS, "; ".join(names) or "no words", shown))
    if not differences and _form_differs(candidate, fields):
        differences.append(Difference(place, What.FORM, fields.form, candidate.form))
    return tuple(differences)


def filled_in(candidate: Candidate, place: str, fields: Fields) -> Setting | tuple[Difference, ...]:
    """The candidate with what else the save needs, or what of that differs."""
    differences, wanted = list[Difference](), fields.save
    choices = [item for item in candidate.page.fields if item.control.kind in ("select", "checkbox", "radio")]
    for label, value in fields.watch.items():
        shown = [holds_of(item) for item in choices if any(alike(name, label) for name in item.names)]
        if not any(alike(text, value) for text in shown):
            is_now = f"{label}: {shown[0]}" if shown else NOTHING
            differences.append(Difference(place, What.CHOICE, f"{label}: {value}", is_now))
    called = wanted.label.replace(THE_SCHOOL, place)
    saves = [item for item in candidate.saves if (item.kind == LEAVE) == (wanted.kind == LEAVE)]
    save = next((item for item in saves if item.kind == LEAVE or alike(item.label, called)), None)
    if save is None:
        labels = ", ".join(item.label for item in candidate.saves if item.label) or NOTHING
        differences.append(Difference(place, What.SAVE, called, labels))
    repeat, *boxes = [
        candidate.control_called(label, kinds) if label else None
        for label, kinds in ((fields.repeat, {"password", "text"}), *((box, {"checkbox"}) for box in fields.boxes))
    ]
    for label, other in zip((fields.repeat, *fields.boxes), (repeat, *boxes), strict=True):
        if label and other is None:
            differences.append(Difference(place, What.FIELD, label, NOTHING))
    if differences or save is None:
        return tuple(differences)
    again, *ticked = [other.control.control if other and other.control else None for other in (repeat, *boxes)]
    form, pair = candidate.key.form, (candidate.username.control, candidate.key.control)
    filling = Filling(candidate.page, *pair, form, save, wanted, again, tuple(filter(None, ticked)))
    return Setting(place, fields, candidate, filling)


def labeled(page: Page, fields: Fields, words: PortalMap) -> list[Candidate]:
    """The candidates of a page with the confirmed labels."""
    labels = (fields.username.label, fields.key.label)
    own = replace(words, fields=replace(words.fields, username=labels[:1], key=labels[1:]))
    # A field without a label is found by no words.
    found = candidates_on(page, own, fields.way, every_field=not all(labels))
    return found if all(labels) else [item for item in found if item.labels == labels]


def rows_on(
    page: Page, group: GroupRoute, words: PortalMap, taken: Collection[Node] = ()
) -> tuple[list[Candidate], tuple[Difference, ...]]:
    """The rows of a page that are schools of the group; where there is none, why. `taken` are other settings' keys."""
    around = tuple(filter(None, (group.heading, *group.names)))
    found = [item for item in labeled(page, group.fields, words) if item.key.control.node not in taken and item.names]
    rows = [item for item in found if not _differs(item, "", (item.name, *around), group.fields)]
    if not found:  # tell what differs as of a single setting
        nothing = fit_on(page, "", ("",), group.fields, words)
        return [], () if isinstance(nothing, Setting) else nothing
    told = () if rows else _differs(found[0], "", (found[0].name, *around), group.fields)
    # What names the list is told of the list, without the name of the school that happens to be its first.
    shown = "; ".join(found[0].names[1:]) or "no words"
    whole = Difference("", What.GROUP, "; ".join(around) or group.kind, shown)
    return rows, tuple(whole if item.what is What.WORDS else item for item in told)


def member_fit(page: Page, name: str, group: GroupRoute, words: PortalMap) -> Setting | tuple[Difference, ...]:
    """The fields of one school on its own page, if the page is about that school; else what differs."""
    kinds = (group.fields.username.kind, group.fields.key.kind)
    found = [item for item in labeled(page, group.fields, words) if item.kinds == kinds]
    found = [item for item in found if not _form_differs(item, group.fields)]
    candidate = member_on(page, [item for item in found if _all_among(group.names, item.names)], name, group.kind)
    if candidate is not None:
        return filled_in(candidate, name, group.fields)
    at = fit_on(page, name, (name, *group.names), group.fields, words)
    return (Difference(name, What.WORDS, name, "another name, or none"),) if isinstance(at, Setting) else at


def twice(names: Iterable[str]) -> list[str]:
    seen: dict[str, list[str]] = {}
    for name in names:
        seen.setdefault(normal(name), []).append(name)
    return [found[0] for found in seen.values() if len(found) > 1]


def pinned(found: Sequence[Found], route: Route, words: PortalMap) -> set[Found]:
    """Those of `found` that the route holds, as it would be followed: a setting, a group, each member of a group."""

    def holds(item: Found) -> bool:
        page, group = item.candidate.page, item.group
        if group is None:
            fits = (fit_on(page, name, at.names, at.fields, words, at.control) for name, at in route.places.items())
            return item.candidate.nodes in {at.candidate.nodes for at in fits if isinstance(at, Setting)}
        if group.kind == ROWS:
            rows = (rows_on(page, at, words)[0] for at in route.groups if at.kind == ROWS)
            nodes = {row.nodes for one in rows for row in one}
            return any(member.nodes in nodes for member in group.members)
        lists = [at for at in route.groups if at.kind == group.kind and alike(at.heading, group.heading)]
        pages = ((member.page, member.name) for member in group.members)
        return any(isinstance(member_fit(page, name, at, words), Setting) for page, name in pages for at in lists)

    held = {item for item in found if holds(item)}
    members = {member for item in held if item.group is not None for member in item.group.members}
    return held | {item for item in found if item.group is None and item.candidate in members}


def _form_differs(candidate: Candidate, fields: Fields) -> bool:
    return address_shape(candidate.form) != address_shape(fields.form)


def _named(candidate: Candidate, names: Sequence[str]) -> bool:
    """Whether the nearest word is the one that was confirmed, and all the others stand around it too."""
    if not names or not candidate.names:
        return not names and not candidate.names
    return alike(candidate.names[0], names[0]) and _all_among(names[1:], candidate.names[1:])


def _all_among(wanted: Iterable[str], names: Sequence[str]) -> bool:
    return all(any(alike(name, word) for name in names) for word in wanted)

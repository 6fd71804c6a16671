"""Holds a page against what was confirmed: the one pair of fields that fits, or every difference."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ssrcred.adapters.portal.find.candidate import Candidate, address_shape, candidates_on, holds_of
from ssrcred.adapters.portal.find.steady_text import alike
from ssrcred.adapters.portal.html.page import Field, Page
from ssrcred.adapters.portal.map import FieldWords, PortalMap
from ssrcred.adapters.portal.route.route import THE_SCHOOL, Fields
from ssrcred.adapters.portal.visit.filling import LEAVE, Filling, Save
from ssrcred.page_difference import Difference, What

MOST_TOLD = 6
NOTHING = "not there"


@dataclass(frozen=True, eq=False, repr=False)
class Fit:
    """The fields that fit what was confirmed, ready to be read and filled."""

    candidate: Candidate
    filling: Filling


def fit(
    page: Page, place: str, names: Sequence[str], fields: Fields, words: PortalMap, control: tuple[str, ...] = ()
) -> Fit | tuple[Difference, ...]:
    """The one pair of fields on a page that is as it was confirmed, or what differs. `names` are the naming words."""
    found = labeled(page, fields, words)
    named = [item for item in found if _named(item, names)]
    fitting = [item for item in named if not form_differs(item, fields)]
    if len(fitting) > 1 and any(control):
        # A control's name is never compared; it only tells two apart that are alike in all that is.
        fitting = [
            item for item in fitting if (item.username.control.name, item.key.control.name) == control
        ] or fitting
    if len(fitting) != 1:
        return _why_not(page, place, names, fields, words, found, named, fitting)
    return filled_in(fitting[0], place, fields)


def filled_in(candidate: Candidate, place: str, fields: Fields) -> Fit | tuple[Difference, ...]:
    """The candidate with what else the save needs, or what of that differs."""
    differences = [*watch_differences(candidate.page, place, fields)]
    save = save_of(candidate.saves, fields, place)
    if save is None:
        shown = ", ".join(item.label for item in candidate.saves if item.label) or NOTHING
        differences.append(Difference(place, What.SAVE, fields.save.label.replace(THE_SCHOOL, place), shown))
    repeat = control_called(candidate, fields.repeat, {"password", "text"}) if fields.repeat else None
    if fields.repeat and repeat is None:
        differences.append(Difference(place, What.FIELD, fields.repeat, NOTHING))
    boxes = [control_called(candidate, label, {"checkbox"}) for label in fields.boxes]
    differences += [
        Difference(place, What.FIELD, label, NOTHING)
        for label, box in zip(fields.boxes, boxes, strict=True)
        if box is None
    ]
    if differences or save is None:
        return tuple(differences)
    return Fit(
        candidate,
        Filling(
            candidate.page,
            candidate.username.control,
            candidate.key.control,
            candidate.key.form,
            save,
            repeat.control if repeat is not None else None,
            tuple(box.control for box in boxes if box is not None),
            fields.save.then,
            fields.save.asks,
            fields.save.early,
        ),
    )


def labeled(page: Page, fields: Fields, words: PortalMap) -> list[Candidate]:
    """The candidates of a page with the confirmed labels and kinds of controls."""
    own = replace(words, fields=FieldWords(username=(fields.username.label,), key=(fields.key.label,)))
    kinds = (fields.username.kind, fields.key.kind)
    unnamed = not fields.username.label or not fields.key.label
    found = candidates_on(page, own, fields.way, every_field=unnamed)
    if unnamed:
        labels = (fields.username.label, fields.key.label)
        found = [item for item in found if (item.username_label, item.key_label) == labels]
    return [item for item in found if item.kinds == kinds]


def form_differs(candidate: Candidate, fields: Fields) -> bool:
    """Whether the form is sent elsewhere, or in another way."""
    return address_shape(candidate.form) != address_shape(fields.form) and candidate.form != fields.form


def watch_differences(page: Page, place: str, fields: Fields) -> Iterable[Difference]:
    """The watched choices that are not as they were confirmed."""
    for label, value in fields.watch.items():
        shown = [
            holds_of(item)
            for item in page.every_field()
            if item.control.kind in ("select", "checkbox", "radio") and any(alike(name, label) for name in item.names)
        ]
        if not any(alike(text, value) for text in shown):
            yield Difference(place, What.CHOICE, f"{label}: {value}", f"{label}: {shown[0]}" if shown else NOTHING)


def save_of(saves: Sequence[Save], fields: Fields, place: str) -> Save | None:
    """What was confirmed to save, as the page has it now."""
    wanted = fields.save
    if wanted.kind == LEAVE:
        return next((item for item in saves if item.kind == LEAVE), None)
    label = wanted.label.replace(THE_SCHOOL, place)
    return next((item for item in saves if item.kind != LEAVE and alike(item.label, label)), None)


def control_called(candidate: Candidate, label: str, kinds: set[str]) -> Field | None:
    """The control of the same form that is called `label`, the nearest where there are several."""
    fitting = [
        other
        for other in candidate.others
        if other.control is not None and other.kind in kinds and label in (other.label, other.field)
    ]
    fitting.sort(key=lambda other: not other.near)
    return fitting[0].control if fitting else None


def _named(candidate: Candidate, names: Sequence[str]) -> bool:
    """Whether the nearest word is the one that was confirmed, and all the others stand around it too."""
    if not names or not candidate.names:
        return not names and not candidate.names
    return alike(candidate.names[0], names[0]) and all_among(names[1:], candidate.names[1:])


def all_among(wanted: Iterable[str], names: Sequence[str]) -> bool:
    """Whether each of the wanted words stands among some names."""
    return all(any(alike(name, word) for name in names) for word in wanted)


def _why_not(
    page: Page,
    place: str,
    names: Sequence[str],
    fields: Fields,
    words: PortalMap,
    found: Sequence[Candidate],
    named: Sequence[Candidate],
    fitting: Sequence[Candidate],
) -> tuple[Difference, ...]:
    if len(fitting) > 1:
        twice = " / ".join(names) or "the fields"
        return (Difference(place, What.WORDS, f"{twice}, once", f"{twice}, {len(fitting)} times"),)
    if named:
        return (Difference(place, What.FORM, fields.form, named[0].form),)
    if looks := tuple(_looks_otherwise(page, place, names, fields, words)):
        return looks
    if found:
        shown = ["; ".join(item.names) or "no words" for item in found]
        return (Difference(place, What.WORDS, "; ".join(names) or "no words", " | ".join(shown[:MOST_TOLD])),)
    pair = f"{fields.username.label}, {fields.key.label}"
    every = page.every_field()
    labels = [item.names[0] for item in every if item.names][:MOST_TOLD]
    differences = []
    for look in (fields.username, fields.key):
        called = [item for item in every if any(alike(name, look.label) for name in item.names)]
        if not called:
            differences.append(Difference(place, What.LABEL, look.label, ", ".join(labels) or NOTHING))
        elif all(item.control.kind != look.kind for item in called):
            is_now = f"{look.label}: {called[0].control.kind}"
            differences.append(Difference(place, What.FIELD, f"{look.label}: {look.kind}", is_now))
    return tuple(differences) or (Difference(place, What.FORM, f"{pair} in one form", "in two forms"),)


def _looks_otherwise(
    page: Page, place: str, names: Sequence[str], fields: Fields, words: PortalMap
) -> Iterable[Difference]:
    """What the two fields are called now, or what kind they are, where the words around them are as confirmed."""
    looks = (fields.username, fields.key)

    def one_is_as_before(item: Candidate) -> bool:
        return any(alike(label, look.label) for label, look in zip(_labels(item), looks, strict=True))

    every = candidates_on(page, words, fields.way, every_field=True)
    around = [item for item in every if _named(item, names) and one_is_as_before(item)]
    if not around:
        return
    wanted = (fields.username.label, fields.key.label)
    closest = max(around, key=lambda item: (_labels(item) == wanted, item.likely))
    for label, kind, look in zip(_labels(closest), closest.kinds, looks, strict=True):
        if not alike(label, look.label):
            yield Difference(place, What.LABEL, look.label, label)
        elif kind != look.kind:
            yield Difference(place, What.FIELD, f"{look.label}: {look.kind}", f"{label}: {kind}")


def _labels(candidate: Candidate) -> tuple[str, str]:
    return candidate.username_label, candidate.key_label

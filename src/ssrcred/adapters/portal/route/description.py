"""What was confirmed, in plain lines for a person."""

from __future__ import annotations

from collections.abc import Iterator

from ssrcred.adapters.portal.find.listing import SCHOOLS
from ssrcred.adapters.portal.route.route import Fields, GroupRoute, Route
from ssrcred.adapters.portal.visit.filling import LEAVE
from ssrcred.place import DISTRICT

TESTED = {
    "same": "test save in a browser; plain requests save the same",
    "browser_only": "test save in a browser, which is needed to save",
    "no_browser": "without a test save, because no browser was installed; the page had no scripts",
}
LOOKS = {
    "shown": "shown once it is stored",
    "stars": "shown as stars once it is stored",
    "blank": "left empty once it is stored",
    "same": "shown as the same text whatever is stored",
    "cut": "shown up to a quotation mark once it is stored",
    "text": "text until it is clicked",
}


def describe(route: Route) -> Iterator[str]:
    """The lines of a route: who confirmed it, when and how it was tested, then each setting."""
    yield f"Confirmed by {route.confirmed_by or 'somebody'} on {route.confirmed_at:%Y-%m-%d %H:%M} UTC"
    yield f"Tested: {TESTED[route.rehearsed]}"
    yield f"Followed with: {'a browser' if route.driver == 'browser' else 'plain requests (http)'}"
    if route.attended:
        yield "Sign-in: a person is needed"
    if route.address:
        yield f"The way begins at: {route.address}"
    for name in sorted(route.places, key=lambda name: (name != DISTRICT, name)):
        yield f"{'The district' if name == DISTRICT else name}:"
        place = route.places[name]
        yield from (f"  {line}" for line in _fields(place.fields, "; ".join(place.names)))
    for group in route.groups:
        yield f"Schools, {SCHOOLS[group.kind]}:"
        yield from (f"  {line}" for line in _group(group))


def _group(group: GroupRoute) -> Iterator[str]:
    if group.heading:
        yield f"Their list is called: {group.heading}"
    if group.members:
        yield f"When they were confirmed: {', '.join(group.members)}"
    yield from _fields(group.fields, "; ".join(group.names))


def _fields(fields: Fields, names: str) -> Iterator[str]:
    if fields.way:
        yield f"Where: {' > '.join(fields.way)}"
    if names:
        yield f"Words around the fields: {names}"
    if fields.form:
        yield f"Form: {fields.form}"
    yield f"User name: {_named(fields.username.label)}, a field for {_kind(fields.username.kind)}"
    look = f"; {LOOKS[fields.key.filled]}" if fields.key.filled else ""
    yield f"Secret key: {_named(fields.key.label)}, a field for {_kind(fields.key.kind)}{look}"
    if fields.repeat:
        yield f"The key once more: {fields.repeat}"
    if fields.boxes:
        yield f"Boxes that have to be on: {', '.join(fields.boxes)}"
    yield f"Saves: {'leaving the field' if fields.save.kind == LEAVE else f'{fields.save.label} ({fields.save.kind})'}"
    if fields.save.then:
        yield f"Pressed after that: {fields.save.then}"
    if fields.save.asks:
        yield f"The page asks, and is answered with OK: {fields.save.asks}"
    for label, value in fields.watch.items():
        yield f"Stops unless {label} is: {value}"


def _named(label: str) -> str:
    return label.rstrip(":* ") or "without a label"


def _kind(kind: str) -> str:
    return "a password" if kind == "password" else "text" if kind == "text" else kind

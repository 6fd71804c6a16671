"""What is in force, in plain lines for a person: a portal map's words and where each comes from, and a route."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields

from ssrcred.adapters.portal.find.listing import SCHOOLS
from ssrcred.adapters.portal.map import SECTIONS, PortalMap, load
from ssrcred.adapters.portal.route.route import FieldLook, Fields, Route
from ssrcred.adapters.portal.visit.filling import LEAVE
from ssrcred.domain.place import DISTRICT

TESTED = {
    "same": "test save in a browser; plain requests save the same",
    "browser_only": "test save in a browser, which is needed to save",
    "no_browser": "without a test save, because no browser was installed; the page had no scripts",
}
LOOKS = {
    "": "",
    "shown": "; shown once it is stored",
    "stars": "; shown as stars once it is stored",
    "blank": "; left empty once it is stored",
    "same": "; shown as the same text whatever is stored",
    "cut": "; shown up to a quotation mark once it is stored",
    "text": "; text until it is clicked",
}


def describe_map(portal_map: PortalMap) -> Iterator[str]:
    """The lines of a map, each with the map that it comes from."""
    yield portal_map.name
    base = load(portal_map.based_on) if portal_map.based_on else None
    for section in SECTIONS:
        part = getattr(portal_map, section)
        for item in fields(part):
            value = getattr(part, item.name)
            same = base is not None and value == getattr(getattr(base, section), item.name)
            source = f"from the map {portal_map.based_on} that comes with ssrcred" if same else "from the map itself"
            if value:
                yield f"{section}.{item.name}: {_words(value)}  ({source})"


def _words(value: object) -> str:
    if not isinstance(value, tuple):
        return str(value)
    return (" → " if isinstance(value[0], tuple) else " | ").join(map(_words, value))


def describe_route(route: Route) -> Iterator[str]:
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
        yield from _items(route.places[name].fields, route.places[name].names, {})
    for group in route.groups:
        yield f"Schools, {SCHOOLS[group.kind]}:"
        members = ", ".join(group.members)
        own = {"Their list is called": group.heading, "When they were confirmed": members}
        yield from _items(group.fields, group.names, own)


def _items(fields: Fields, names: Sequence[str], own: dict[str, str]) -> Iterator[str]:
    save = fields.save
    items = own | {
        "Where": " > ".join(fields.way),
        "Words around the fields": "; ".join(names),
        "Form": fields.form,
        "User name": _look(fields.username),
        "Secret key": _look(fields.key) + LOOKS[fields.key.filled],
        "The key once more": fields.repeat,
        "Boxes that have to be on": ", ".join(fields.boxes),
        "Saves": "leaving the field" if save.kind == LEAVE else f"{save.label} ({save.kind})",
        "Pressed after that": save.then,
        "The page asks, and is answered with OK": save.asks,
        **{f"Stops unless {label} is": value for label, value in fields.watch.items()},
    }
    yield from (f"  {what}: {text}" for what, text in items.items() if text)


def _look(look: FieldLook) -> str:
    kind = "a password" if look.kind == "password" else look.kind
    return f"{look.label.rstrip(':* ') or 'without a label'}, a field for {kind}"

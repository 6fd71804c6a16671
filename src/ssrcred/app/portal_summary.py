"""Describes what was found and what is in force: as JSON for a script, as plain lines for a person.

A value of a page is in it only where it may be shown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import fields
from typing import Any

from ssrcred.adapters.portal.find.candidate import BLANK
from ssrcred.adapters.portal.find.search import Found, Stopped
from ssrcred.adapters.portal.map import SECTIONS, PortalMap, load_map
from ssrcred.adapters.portal.route.route import FieldLook, Fields, Route
from ssrcred.adapters.portal.visit.setting_form import LEAVE, Save
from ssrcred.domain.local_time import local_moment
from ssrcred.domain.place import DISTRICT

SCHOOLS = {"rows": "each row is a school", "links": "each link is a school", "choices": "each choice is a school"}
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
    base = load_map(portal_map.based_on) if portal_map.based_on else None
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
    yield f"Confirmed by {route.confirmed_by or 'somebody'} on {local_moment(route.confirmed_at, 'UTC')}"
    yield f"Tested: {TESTED[route.rehearsed]}"
    yield f"Followed with: {'a browser' if route.driver == 'browser' else 'plain requests (http)'}"
    if route.attended:
        yield "Sign-in: by a person"
    if route.address:
        yield f"Starts at: {route.address}"
    for name, place in route.ordered:
        yield f"{'The district' if name == DISTRICT else name}:"
        yield from _items(place.fields, place.names, {})
    for group in route.groups:
        yield f"Schools, {SCHOOLS[group.kind]}:"
        members = ", ".join(group.members)
        own = {"List": group.heading, "Schools when confirmed": members}
        yield from _items(group.fields, group.names, own)


def _items(fields: Fields, names: Sequence[str], own: dict[str, str]) -> Iterator[str]:
    save = fields.save
    items = own | {
        "Where": " > ".join(fields.way),
        "Words around the fields": "; ".join(names),
        "Form": fields.form,
        "User name": _look(fields.username),
        "Secret key": _look(fields.key) + LOOKS[fields.key.filled],
        "Secret key repeated in": fields.repeat,
        "Boxes to check": ", ".join(fields.boxes),
        "Saved with": "leaving the field" if save.kind == LEAVE else f"{save.label} ({save.kind})",
        "Then pressed": save.then,
        "The page asks (answered with OK)": save.asks,
        **{f"Stops unless {label} is": value for label, value in fields.watch.items()},
    }
    yield from (f"  {what}: {text}" for what, text in items.items() if text)


def _look(look: FieldLook) -> str:
    kind = "a password" if look.kind == "password" else look.kind
    return f"{look.label.rstrip(':* ') or 'without a label'}, a field for {kind}"


def as_json(found: Iterable[Found], stopped: Stopped | None, pinned: Collection[Found] = ()) -> dict[str, Any]:
    """The body of `portal find` (portal.md, *JSON*); `pinned` are those that were confirmed."""

    def parts(item: object, *keys: str) -> dict[str, Any]:
        return {key: getattr(item, key) for key in keys}

    candidates = []
    for item in found:
        one, group = item.candidate, None
        if item.group is not None:
            members = [{"name": member.name, "username": member.holds[0]} for member in item.group.members]
            group = {**parts(item.group, "kind", "complete"), "members": members}
        username, key = (
            {"field": field, "label": label, "holds": holds}
            for field, label, holds in zip(one.controls, one.labels, one.holds, strict=True)
        )
        candidates.append(
            {
                "id": item.id,
                "proposed": item.proposed or None,
                "way": list(one.way),
                "names": list(one.names),
                "username": username,
                "key": key,
                "others": [parts(other, "label", "field", "kind", "holds") for other in one.others],
                "saves": [parts(save, "number", "label", "kind") for save in one.saves],
                "group": group,
                "pinned": item in pinned,
            }
        )
    end = None
    if stopped is not None:
        controls = [{"number": number, "label": label} for number, label in enumerate(stopped.controls, 1)]
        end = {"at": stopped.at, "looked_for": list(stopped.looked_for), "controls": controls}
    return {"candidates": candidates, "stopped": end}


def found_lines(found: Sequence[Found], pinned: Collection[Found] = ()) -> Iterator[str]:
    """What was found, for a person who names it by its ID: one block for each; `pinned` are confirmed."""
    for number, item in enumerate(separate(found), 1):
        yield f"{number}  {fields_title(item)}"
        yield from (f"   {line}" for line in about(item))
        saves = (f"{save.number} {save_label(item, save)}" for save in item.candidate.saves)
        yield f"   Ways to save: {', '.join(saves)}"
        if item in pinned:
            yield "   Confirmed: ssrcred reads these fields and saves in them."
        yield f"   ID: {item.id or 'none, because others look exactly like these'}"
        yield ""


def separate(found: Sequence[Found]) -> list[Found]:
    """What a person decides about one by one: the schools of a list are decided about together."""
    schools = {member for item in found if item.group is not None for member in item.group.members}
    return [item for item in found if item.group is not None or item.candidate not in schools]


def fields_title(item: Found) -> str:
    """Return the heading for two fields: what they are called."""
    labels = (label.rstrip(":* ") or "a field without a label" for label in item.candidate.labels)
    return f"Fields found: {' and '.join(labels)}"


def about(item: Found) -> Iterator[str]:
    """Yield where two fields are, the words around them, and their content."""
    candidate = item.candidate
    if candidate.way:
        yield f"Where: {' > '.join(candidate.way)}"
    if item.group is not None:
        held = ((one.name, one.holds[0]) for one in item.group.members)
        members = (name if holds == BLANK else f"{name} (now {holds})" for name, holds in held)
        yield f"Schools ({SCHOOLS[item.group.kind]}): {', '.join(members)}"
        if not item.group.complete:
            yield "There may be more schools than this page shows."
        return
    user, key = candidate.holds
    yield f"Words around them: {'; '.join(candidate.names) or 'none'}"
    yield (
        f"Current content: {'no user name' if user == BLANK else f'user name {user}'}; "
        f"secret key {'not shown' if key == BLANK else f'with {key}'}"
    )
    if item.proposed:
        yield f"Probably for: {'the district' if item.proposed == DISTRICT else item.proposed}"


def save_label(item: Found, save: Save) -> str:
    """What saves, as a person is told; for a list of schools without the name of one."""
    label = save.label.replace(item.school, "\u2026") if item.school else save.label
    return label or "leaving the field"

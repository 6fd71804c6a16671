"""What was found, as a script reads it and in plain lines for a person; a value of a page only where it may be told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from ssrcred.adapters.portal.find.candidate import BLANK
from ssrcred.adapters.portal.find.search import Found, Stopped
from ssrcred.adapters.portal.visit.filling import Save
from ssrcred.domain.place import DISTRICT

SCHOOLS = {"rows": "each row is a school", "links": "each link is a school", "choices": "each choice is a school"}


def as_json(found: Iterable[Found], stopped: Stopped | None, pinned: Collection[Found] = ()) -> dict[str, Any]:
    """The body of `portal find` (portal.md, *JSON*); `pinned` are those that were confirmed."""
    end = None
    if stopped is not None:
        controls = [{"number": number, "label": label} for number, label in enumerate(stopped.controls, 1)]
        end = {"at": stopped.at, "looked_for": list(stopped.looked_for), "controls": controls}
    return {"candidates": [_candidate(item, item in pinned) for item in found], "stopped": end}


def _candidate(item: Found, confirmed: bool) -> dict[str, Any]:
    found, group = item.candidate, None
    if item.group is not None:
        members = [{"name": member.name, "username": member.candidate.holds[0]} for member in item.group.members]
        group = {"kind": item.group.kind, "complete": item.group.complete, "members": members}
    halves = [
        {"field": field.control.name, "label": label, "holds": holds}
        for field, label, holds in zip((found.username, found.key), found.labels, found.holds, strict=True)
    ]
    return {
        "id": item.id,
        "proposed": item.proposed or None,
        "way": list(found.way),
        "names": list(found.names),
        "username": halves[0],
        "key": halves[1],
        "others": [_told(other, "label", "field", "kind", "holds") for other in found.others],
        "saves": [_told(save, "number", "label", "kind") for save in found.saves],
        "group": group,
        "pinned": confirmed,
    }


def _told(item: object, *keys: str) -> dict[str, Any]:
    return {key: getattr(item, key) for key in keys}


def lines(found: Sequence[Found], pinned: Collection[Found] = ()) -> Iterator[str]:
    """What was found, for a person who names it by its ID: one block for each; `pinned` are confirmed."""
    for number, item in enumerate(separate(found), 1):
        yield f"{number}  {title(item)}"
        yield from (f"   {line}" for line in about(item))
        saves = (f"{save.number} {save_label(item, save)}" for save in item.candidate.saves)
        yield f"   What could save: {', '.join(saves)}"
        if item in pinned:
            yield "   Confirmed: ssrcred reads these fields and saves in them."
        yield f"   ID: {item.id or 'none, because others look exactly like these'}"
        yield ""


def separate(found: Sequence[Found]) -> list[Found]:
    """What a person decides about one by one: the schools of a list are decided about together."""
    schools = {member.candidate for item in found if item.group is not None for member in item.group.members}
    return [item for item in found if item.group is not None or item.candidate not in schools]


def title(item: Found) -> str:
    """What two fields are called."""
    labels = (label.rstrip(":* ") or "a field without a label" for label in item.candidate.labels)
    return f"Fields found: {' and '.join(labels)}"


def about(item: Found) -> Iterator[str]:
    """Where two fields are, and what stands around them and in them."""
    candidate = item.candidate
    if candidate.way:
        yield f"Where: {' > '.join(candidate.way)}"
    if item.group is not None:
        held = ((one.name, one.candidate.holds[0]) for one in item.group.members)
        members = (name if holds == BLANK else f"{name} (now {holds})" for name, holds in held)
        yield f"Schools ({SCHOOLS[item.group.kind]}): {', '.join(members)}"
        if not item.group.complete:
            yield "There may be more schools than this page shows."
        return
    user, key = candidate.holds
    yield f"Words around them: {'; '.join(candidate.names) or 'none'}"
    yield (
        f"In them now: {'no user name' if user == BLANK else f'user name {user}'}; "
        f"secret key {'not shown' if key == BLANK else f'with {key}'}"
    )
    if item.proposed:
        yield f"Probably for: {'the district' if item.proposed == DISTRICT else item.proposed}"


def save_label(item: Found, save: Save) -> str:
    """What saves, as a person is told; for a list of schools without the name of one."""
    school = item.group.members[0].name if item.group is not None else "\u2026"
    return save.label.replace(school, "\u2026") or "leaving the field"

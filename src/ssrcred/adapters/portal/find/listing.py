"""What was found, as a script reads it and in plain lines for a person; a value of a page only where it may be told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from ssrcred.adapters.portal.find.candidate import Candidate
from ssrcred.adapters.portal.find.group import Group
from ssrcred.adapters.portal.find.search import Found, Stopped
from ssrcred.place import DISTRICT

SCHOOLS = {"rows": "each row is a school", "links": "each link is a school", "choices": "each choice is a school"}


def as_json(found: Iterable[Found], stopped: Stopped | None, pinned: Collection[Found] = ()) -> dict[str, Any]:
    """The body of `portal find` (portal.md, *JSON*); `pinned` are those that were confirmed."""
    return {
        "candidates": [_candidate(item, item in pinned) for item in found],
        "stopped": None if stopped is None else _stop(stopped),
    }


def _stop(stopped: Stopped) -> dict[str, Any]:
    controls = [{"number": number, "label": label} for number, label in enumerate(stopped.controls, 1)]
    return {"at": stopped.at, "looked_for": list(stopped.looked_for), "controls": controls}


def _candidate(item: Found, confirmed: bool) -> dict[str, Any]:
    found = item.candidate
    username, key = found.username.control, found.key.control
    return {
        "id": item.id,
        "proposed": item.proposed or None,
        "way": list(found.way),
        "names": list(found.names),
        "username": {"field": username.name, "label": found.username_label, "holds": found.username_holds},
        "key": {"field": key.name, "label": found.key_label, "holds": found.key_holds},
        "others": [
            {"label": other.label, "field": other.field, "kind": other.kind, "holds": other.holds}
            for other in found.others
        ],
        "saves": [{"number": save.number, "label": save.label, "kind": save.kind} for save in found.saves],
        "group": None if item.group is None else _group(item.group),
        "pinned": confirmed,
    }


def _group(group: Group) -> dict[str, Any]:
    members = [{"name": member.name, "username": member.candidate.username_holds} for member in group.members]
    return {"kind": group.kind, "complete": group.complete, "members": members}


def lines(found: Iterable[Found], first: int = 1, pinned: Collection[Found] = ()) -> Iterator[str]:
    """What was found, for a person: one block for each candidate, numbered from `first` on; `pinned` are confirmed."""
    for number, item in enumerate(found, first):
        candidate = item.candidate
        yield f"{number}  Fields found: {_called(candidate.username_label)} and {_called(candidate.key_label)}"
        yield from (f"   {line}" for line in _about(item, candidate))
        if item in pinned:
            yield "   Confirmed: these fields are followed."
        yield ""


def _about(item: Found, candidate: Candidate) -> Iterator[str]:
    if candidate.way:
        yield f"Where: {' > '.join(candidate.way)}"
    if item.group is not None:
        names = ", ".join(member.name for member in item.group.members)
        yield f"Schools, {SCHOOLS[item.group.kind]}: {names}"
        if not item.group.complete:
            yield "There may be more schools than this page shows."
    else:
        yield f"Words around them: {'; '.join(candidate.names) or 'none'}"
        yield f"They hold: user name {candidate.username_holds}, secret key {candidate.key_holds}"
    yield f"What could save: {', '.join(save.label for save in candidate.saves if save.label) or 'leaving the field'}"
    if item.proposed and item.group is None:
        yield f"Probably: {'the district' if item.proposed == DISTRICT else item.proposed}"
    yield f"ID: {item.id or 'none, because two are alike'}"


def _called(label: str) -> str:
    return label.rstrip(":* ") or "a field without a label"

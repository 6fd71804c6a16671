"""What was found, as a script reads it and in plain lines for a person; a value of a page only where it may be told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from ssrcred.adapters.portal.find.candidate import BLANK, Candidate
from ssrcred.adapters.portal.find.group import Group, Member
from ssrcred.adapters.portal.find.search import Found, Stopped
from ssrcred.adapters.portal.visit.filling import Save
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
    listed = [member.candidate for item in found if item.group is not None for member in item.group.members]
    return [item for item in found if item.group is not None or all(item.candidate is not one for one in listed)]


def title(item: Found) -> str:
    """What two fields are called."""
    found = item.candidate
    return f"Fields found: {_called(found.username_label)} and {_called(found.key_label)}"


def about(item: Found) -> Iterator[str]:
    """Where two fields are, and what stands around them and in them."""
    candidate = item.candidate
    if candidate.way:
        yield f"Where: {' > '.join(candidate.way)}"
    if item.group is not None:
        yield f"Schools ({SCHOOLS[item.group.kind]}): {', '.join(map(_member, item.group.members))}"
        if not item.group.complete:
            yield "There may be more schools than this page shows."
    else:
        yield f"Words around them: {'; '.join(candidate.names) or 'none'}"
        yield f"In them now: {_user_name(candidate)}; secret key {_key(candidate)}"
    if item.proposed and item.group is None:
        yield f"Probably for: {'the district' if item.proposed == DISTRICT else item.proposed}"


def save_label(item: Found, save: Save) -> str:
    """What saves, as a person is told; for a list of schools without the name of one."""
    school = item.group.members[0].name if item.group is not None else "\u2026"
    return save.label.replace(school, "\u2026") or "leaving the field"


def _member(member: Member) -> str:
    held = member.candidate.username_holds
    return member.name if held == BLANK else f"{member.name} (now {held})"


def _user_name(candidate: Candidate) -> str:
    held = candidate.username_holds
    return "no user name" if held == BLANK else f"user name {held}"


def _key(candidate: Candidate) -> str:
    held = candidate.key_holds
    return "not shown" if held == BLANK else f"with {held}"


def _called(label: str) -> str:
    return label.rstrip(":* ") or "a field without a label"

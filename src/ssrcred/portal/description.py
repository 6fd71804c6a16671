"""A portal map in plain lines: what is done, by which words, and where each line comes from."""

from __future__ import annotations

from dataclasses import fields
from typing import Final

from ssrcred.portal.map import SECTIONS, PortalMap, load
from ssrcred.portal.recording import LOG_IN, OWN_FORM, SAVE, Recording, Step
from ssrcred.portal.spot import Spot
from ssrcred.portal.template import slots

RECORDED: Final = "recorded"
SLOTS: Final = {
    "account.username": "the account's user name",
    "account.password": "the account's password",
    "pair.username": "the pair's user name",
    "pair.key": "the secret key",
    "now.ms": "the time",
    "now.s": "the time",
}
KINDS: Final = {
    "field": "the field",
    "meta": "the meta tag",
    "json": "the value",
    "header": "the header",
    "cookie": "the cookie",
    "cookie-text": "the cookie",
    "script": "the script's value",
    "attribute": "the attribute",
    "link": "the link",
    OWN_FORM: "the form's field",
}


def describe(portal_map: PortalMap) -> tuple[str, ...]:
    """The lines of a map: the recorded way first, if it has one, then its words with the map that they come from."""
    lines = [f"{portal_map.name}"]
    if portal_map.recording is not None:
        lines += [f"{line}  ({RECORDED})" for line in lines_of(portal_map.recording)]
    base = load(portal_map.words) if portal_map.words else None
    for section, kind in SECTIONS.items():
        part = getattr(portal_map, section)
        same = base is not None and part == getattr(base, section)
        source = f"from the map {portal_map.words} that comes with ssrcred" if same else "from the map itself"
        for item in fields(kind):
            value = getattr(part, item.name)
            if value:
                lines.append(f"{section}.{item.name}: {_words(value)}  ({source})")
    return tuple(lines)


def lines_of(found: Recording) -> tuple[str, ...]:
    """What a recording does, one line a step, where each fresh value and the stored pair are found, what it covers."""
    lines = [_step(step) for step in found.steps]
    lines += [f"fresh each time: {item.name} is {_spot(item.spot)}" for item in found.fresh]
    lines += [f"must be as recorded: the names in {item.at or 'the whole'} of {item.on}" for item in found.shapes]
    for half, spot in (("user name", found.username), ("key", found.key)):
        lines.append(f"stored {half}: {_spot(spot)}" if spot is not None else f"stored {half}: not shown")
    lines.append("covers: the district's pair; a school with a pair of its own is neither seen nor written")
    return tuple(lines)


def _step(step: Step) -> str:
    what = {LOG_IN: "log in", SAVE: "save"}.get(step.does, "look at" if step.method == "GET" else "send on the way")
    line = f"{what}: {step.method} {step.address}"
    if step.form:
        line += f", the form of {step.form}"
    said = [f"{name} = {_filler(value)}" for name, value in step.fields]
    if step.json:
        said.append(step.json)
    said += [f"header {name} = {_filler(value)}" for name, value in step.headers if slots(value)]
    return line + (f", with {'; '.join(said)}" if said else "")


def _filler(value: str) -> str:
    found = slots(value)
    if not found:
        return f"always {value!r}"
    return ", ".join(SLOTS.get(name, f"what is fresh ({name.removeprefix('fresh.')})") for name in found)


def _spot(spot: Spot) -> str:
    return f"{KINDS[spot.kind]} {spot.at}" + (f" of {spot.on}" if spot.on else "")


def _words(value: object) -> str:
    if isinstance(value, str):
        return value
    listed = value if isinstance(value, tuple) else ()
    return (
        " → ".join(_words(item) for item in listed) if listed and isinstance(listed[0], tuple) else " | ".join(listed)
    )

"""A portal map in plain lines: its words, and where each line comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from ssrcred.adapters.portal.map import SECTIONS, PortalMap, load


def describe(portal_map: PortalMap) -> Iterator[str]:
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
    if isinstance(value, str):
        return value
    listed = value if isinstance(value, tuple) else ()
    return (
        " → ".join(_words(item) for item in listed) if listed and isinstance(listed[0], tuple) else " | ".join(listed)
    )

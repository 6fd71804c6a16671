"""An answer's JSON, read without an exception and within bounds, whoever sent it."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, Final

Json = object
# Bytes of JSON that are read; three years of one student's reports take a few thousand.
LONGEST_JSON: Final = 1024 * 1024
# Values of an answer that are looked at, and `DEEPEST` how far within one report; past that it is not understood.
MOST_VALUES: Final = 20_000
DEEPEST: Final = 6


def parsed(body: bytes) -> Json:
    """The JSON value of a body, or None: for JSON's null, and for what is not JSON, or too long or too deep to read."""
    try:
        value: Json = json.loads(body) if len(body) <= LONGEST_JSON else None
    except (ValueError, RecursionError):
        return None
    return value


def walk(value: Json, deepest: int | None = None) -> Iterator[tuple[tuple[str, ...], Json]]:
    """Values with the names that lead to them, the outer ones first, one more than MOST_VALUES at most.

    Not recursive, since answers may be hostile; `deepest` leaves out what is further within.
    """
    waiting: deque[tuple[int, tuple[str, ...], Json]] = deque([(0, (), value)])
    seen = 0
    while waiting and seen <= MOST_VALUES:
        depth, path, item = waiting.popleft()
        seen += 1
        yield path, item
        if depth == deepest:
            continue
        # Two names are all that anybody asks for, so a deep answer costs no more than a wide one.
        if isinstance(item, dict):
            waiting.extend((depth + 1, (*path[-1:], name), inner) for name, inner in item.items())
        elif isinstance(item, list):
            waiting.extend((depth + 1, path, inner) for inner in item)


def at(value: Json, dotted: str) -> Json:
    """The value at a dotted name, or None; a name may hold dots of its own, and a number is a place in an array."""
    if not dotted:
        return value
    if isinstance(value, list):
        name, _, rest = dotted.partition(".")
        inside = name.isascii() and name.isdigit() and len(name) < 7 and int(name) < len(value)
        return at(value[int(name)], rest) if inside else None
    if not isinstance(value, dict):
        return None
    if dotted in value:
        return value[dotted]
    name, dot, rest = dotted.partition(".")
    # {"a.b": 1} is as good JSON as {"a": {"b": 1}}, so the name takes in one more part each time.
    while dot:
        if name in value and (found := at(value[name], rest)) is not None:
            return found
        more, dot, rest = rest.partition(".")
        name = f"{name}.{more}"
    return None


def plain(name: str) -> str:
    """A name as it is compared: small letters and digits only."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def nested(fields: Mapping[str, str]) -> dict[str, Any]:
    """The JSON document that has these texts at these dotted names; a number is a place in an array.

    Raises ValueError where one name leads through the text of another.
    """
    document: dict[str, Any] = {}
    for dotted, text in fields.items():
        names = dotted.split(".")
        node: Any = document
        for name, following in zip(names, [*names[1:], None], strict=True):
            value: Any = text if following is None else [] if following.isdecimal() else {}
            node = _put(node, name, value, last=following is None)
    return document


def _put(node: Any, name: str, value: Any, *, last: bool) -> Any:
    if isinstance(node, list):
        if int(name) >= len(node):
            node.append(value)
            return value
        found = node[int(name)]
    else:
        found = node.setdefault(name, value)
    if found is not value and (last or type(found) is not type(value)):
        raise ValueError
    return found

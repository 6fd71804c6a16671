"""Where the values of a recorded request came from: every earlier answer, looked through for each of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple
from urllib.parse import unquote

from ssrcred.portal.chance import looks_random
from ssrcred.portal.recording import Fresh, Shape
from ssrcred.portal.spot import KINDS, Scalar, Sheet, Spot, escaped, json_of, sheet, text_of
from ssrcred.portal.trace import Visited

DULL: Final = frozenset(
    [
        *("date", "server", "content-type", "content-length", "content-encoding", "cache-control", "expires", "vary"),
        *("set-cookie", "connection", "keep-alive", "last-modified", "location", "transfer-encoding", "age"),
        *("pragma", "strict-transport-security", "content-security-policy", "x-frame-options"),
    ]
)
MOST_OBJECTS: Final = 5000
DEEPEST: Final = 64


class Aligned(NamedTuple):
    """An object or list of an earlier answer that a part of a sent JSON was made from."""

    visit: int
    pointer: str
    data: object


class Sources:
    """The answers of a recording by what they show, and the fresh values that were taken from them so far."""

    def __init__(self, visits: list[Visited]) -> None:
        self._visits = visits
        self._known: dict[int, dict[str, Spot]] = {}
        self._sheets: dict[int, Sheet] = {}
        self._data: dict[int, list[tuple[str, object]]] = {}
        self._names: dict[Spot, str] = {}
        self.shapes: dict[tuple[int, str], tuple[str, ...]] = {}
        self.secrets: set[str] = set()

    def of_value(self, text: str, before: int) -> Spot | None:
        """Where the last answer before a visit that holds exactly this text shows it; the `on` is a visit's number."""
        for at in range(before - 1, -1, -1):
            found = self._index(at).get(text)
            if found is not None:
                return found
        return None

    def of_name(self, name: str, value: str, before: int) -> Spot | None:
        """The field or JSON value of the same name and text in the last answer that has one."""
        for at in range(before - 1, -1, -1):
            seen = self._sheet(at)
            if [text_of(one) for one in seen.at("field", name)] == [value]:
                return Spot("field", name, str(at))
            ends = [
                (kind, where)
                for (kind, where), values in seen.values.items()
                if kind == "json" and where.endswith("/" + escaped(name)) and len(values) == 1
            ]
            if len(ends) == 1 and text_of(seen.at(*ends[0])[0]) == value:
                return Spot(*ends[0], str(at))
        return None

    def aligned(self, body: object, pointer: str, before: int) -> list[Aligned]:
        """What a JSON object or list was most likely made from: none, one, or several that fit equally well."""
        for at in range(before - 1, -1, -1):
            best: list[tuple[tuple[int, int, int], Aligned]] = []
            for where, data in self._objects(at):
                score = _score(body, pointer, data, where)
                if score is not None:
                    best.append((score, Aligned(at, where, data)))
            if best:
                top = max(score for score, _ in best)
                return [found for score, found in best if score == top]
        return []

    def use(self, spot: Spot, value: Scalar) -> str:
        """The name under which slots get the value of a spot."""
        if isinstance(value, str) and looks_random(value):
            self.secrets |= {value, unquote(value)}
        if spot not in self._names:
            words = re.sub(r"[^A-Za-z0-9]+", "-", unquote(re.split(r"[/\[]", spot.at.rstrip("/]"))[-1])).strip("-")[:40]
            if spot.kind == "link":
                words = "in-link"
            name, taken, number = words.lower() or "value", set(self._names.values()), 2
            while name in taken:
                name, number = f"{words.lower()}-{number}", number + 1
            self._names[spot] = name
        return self._names[spot]

    def keep_shape(self, found: Aligned) -> None:
        """Remember the names of an object that is sent back whole, and how long the list is that it stands in."""
        above = found.pointer.rpartition("/")[0]
        around = dict(self._objects(found.visit)).get(above) if found.pointer else None
        if isinstance(around, list):
            self.shapes[(found.visit, above)] = tuple(sorted(str(number) for number in range(len(around))))
        names = found.data if isinstance(found.data, Mapping) else range(len(found.data))  # type: ignore[arg-type]
        self.shapes[(found.visit, found.pointer)] = tuple(sorted(str(name) for name in names))

    def used(self, ids: Mapping[int, str]) -> tuple[Fresh, ...]:
        """Every fresh value that was used, with the id of its step for the number of its visit."""
        return tuple(Fresh(name, named(spot, ids)) for spot, name in self._names.items())

    def kept_shapes(self, ids: Mapping[int, str]) -> tuple[Shape, ...]:
        """Every shape that was kept, with the id of its step."""
        return tuple(Shape(ids[at], pointer, names) for (at, pointer), names in self.shapes.items())

    def _sheet(self, at: int) -> Sheet:
        if at not in self._sheets:
            self._sheets[at] = sheet(self._visits[at].answer)
        return self._sheets[at]

    def _index(self, at: int) -> dict[str, Spot]:
        if at in self._known:
            return self._known[at]
        found: dict[str, tuple[int, Spot]] = {}

        def add(kind: str, where: str, value: Scalar) -> None:
            text = text_of(value)
            rank = KINDS.index(kind)
            if text and (text not in found or rank < found[text][0]) and not looks_random(where.replace("{}", "")):
                found[text] = (rank, Spot(kind, where, str(at)))

        visit = self._visits[at]
        for (kind, where), values in self._sheet(at).values.items():
            if len(values) == 1:
                add(kind, where, next(iter(values))[1])
        for name, value in visit.answered:
            if name not in DULL:
                add("header", name, value)
        for name, value in dict(visit.cookies).items():
            add("cookie", name, value)
            if unquote(value) != value:
                add("cookie-text", name, unquote(value))
        self._known[at] = {text: spot for text, (_, spot) in found.items()}
        return self._known[at]

    def _objects(self, at: int) -> list[tuple[str, object]]:
        if at not in self._data:
            data = json_of(self._visits[at].answer)
            self._data[at] = list(objects(data[0])) if data is not None else []
        return self._data[at]


def named(spot: Spot, ids: Mapping[int, str]) -> Spot:
    """A spot on a visit's number as a spot on the id of a step; cookies belong to no step."""
    return spot._replace(on="" if spot.kind.startswith("cookie") else ids.get(int(spot.on), ""))


def objects(data: object) -> Iterator[tuple[str, object]]:
    """Every object and list in JSON data with its pointer."""
    stack: list[tuple[str, object, int]] = [("", data, 0)]
    seen = 0
    while stack and seen < MOST_OBJECTS:
        at, value, depth = stack.pop()
        if isinstance(value, dict | list) and depth < DEEPEST:
            seen += 1
            yield at, value
            inner = value.items() if isinstance(value, dict) else enumerate(value)
            stack += [(f"{at}/{escaped(str(name))}", below, depth + 1) for name, below in inner]


def _score(body: object, pointer: str, data: object, where: str) -> tuple[int, int, int] | None:
    """How well `data` fits as what `body` was made from: shared names, equal values, equal ends of the pointers."""
    ends = _equal_ends(pointer, where)
    if isinstance(body, list):
        return (len(body), len(body), ends) if body == data and ends else None
    if not isinstance(body, dict) or not isinstance(data, dict):
        return None
    shared = body.keys() & data.keys()
    equal = sum(type(body[name]) is type(data[name]) and body[name] == data[name] for name in shared)
    return (len(shared), equal, ends) if shared and equal and 2 * len(shared) >= len(body) else None


def _equal_ends(one: str, other: str) -> int:
    count = 0
    for a, b in zip(reversed(one.split("/")[1:]), reversed(other.split("/")[1:]), strict=False):
        if a != b:
            break
        count += 1
    return count

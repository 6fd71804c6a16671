"""Reads an OpenAPI 3 or Swagger 2 document: which requests a service knows, and which fields each of them has.

Anybody may have written it, so it is read within bounds; it may refer to itself without end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from ssrcred.reports.tree import Json, plain

_MOST_OPERATIONS: Final = 500
_MOST_STEPS: Final = 20_000
_MOST_PARTS: Final = 10
_DEEPEST: Final = 5
_PATH: Final = re.compile(r"/[A-Za-z0-9_.~/{}-]{0,160}")
_OF_EVERY_REQUEST: Final = frozenset({"accept", "content-type"})
_BODIES: Final = {"application/json": "json", "application/x-www-form-urlencoded": "form"}


def bare(name: str) -> str:
    """The last part of a dotted name as it is compared; X-Api-Key is the same as apiKey."""
    last = plain(name.rpartition(".")[2])
    return last.removeprefix("x") if re.match(r"[xX]-", name) else last


@dataclass(frozen=True)
class Field:
    """A field of a request: where it goes (path, query, header, json or form), its dotted name, and its only value."""

    where: str
    name: str
    needed: bool
    value: str = ""


@dataclass(frozen=True)
class Operation:
    """A request: its path under the service's address, its fields, what is said of it, and whether it is HTTP Basic."""

    method: str
    path: str
    fields: tuple[Field, ...]
    words: str
    basic: bool

    def called(self, kind: frozenset[str]) -> list[Field]:
        """Its fields of these names."""
        return [one for one in self.fields if bare(one.name) in kind]


class Document:
    """The JSON of a document; `before` is the path of the service's address, with which its own paths begin.

    `schemes` are the ways to show who asks, by their names in it.
    """

    def __init__(self, value: dict[str, Json], before: str) -> None:
        self._value = value
        self._before = before
        self._steps = 0
        components = _table(value.get("components"))
        schemes = _table(components.get("securitySchemes") or value.get("securityDefinitions"))
        self.schemes = {name: self._real(scheme) for name, scheme in schemes.items()}

    def operations(self) -> Iterator[Operation]:
        """Each request by GET or POST that lies under the service's address."""
        seen = 0
        for path, item in _table(self._value.get("paths")).items():
            here = self._under(path)
            for method in ("get", "post"):
                operation = _table(item).get(method)
                seen += 1
                if here and isinstance(operation, dict) and seen <= _MOST_OPERATIONS:
                    yield self._operation(method.upper(), here, _table(item), operation)

    def _operation(self, method: str, path: str, item: dict[str, Json], operation: dict[str, Json]) -> Operation:
        given = [*_array(item.get("parameters")), *_array(operation.get("parameters"))]
        fields = [field for one in given for field in self._parameter(self._real(one))]
        content = _table(self._real(operation.get("requestBody")).get("content"))
        if kind := next((kind for kind in _BODIES if kind in content), ""):
            schema = self._real(_table(content[kind]).get("schema"))
            fields.extend(self._leaves(_BODIES[kind], "", schema, True, 0))
        said = (operation.get(key) for key in ("operationId", "summary", "description"))
        words = " ".join(text[:500] for text in (path, *said) if isinstance(text, str))
        wants = operation.get("security", self._value.get("security"))
        schemes = [self.schemes.get(name, {}) for one in _array(wants) for name in _table(one)]
        basic = any("basic" in {str(one.get(key)).lower() for key in ("type", "scheme")} for one in schemes)
        return Operation(method, path, tuple(fields), words, basic)

    def _parameter(self, one: dict[str, Json]) -> Iterator[Field]:
        where, name = str(one.get("in")), str(one.get("name"))
        if where == "body":  # Swagger 2
            yield from self._leaves("json", "", self._real(one.get("schema")), one.get("required") is True, 0)
        elif where in {"path", "query", "formData"} or (where == "header" and name.lower() not in _OF_EVERY_REQUEST):
            schema = self._real(one.get("schema")) or one
            yield Field(where.replace("formData", "form"), name, one.get("required") is True, _only(schema))

    def _leaves(self, where: str, name: str, schema: dict[str, Json], needed: bool, depth: int) -> Iterator[Field]:
        self._steps += 1
        if self._steps > _MOST_STEPS or depth > _DEEPEST:
            return
        if schema.get("type") == "array":
            yield from self._leaves(where, f"{name}.0", self._real(schema.get("items")), needed, depth + 1)
            return
        parts = [schema, *(self._real(part) for part in _array(schema.get("allOf"))[:_MOST_PARTS])]
        self._steps += sum(len(_table(part.get("properties"))) + len(_array(part.get("required"))) for part in parts)
        inner = {key: one for part in parts for key, one in _table(part.get("properties")).items()}
        wanted = {key for part in parts for key in _array(part.get("required")) if isinstance(key, str)}
        for key, one in inner.items():
            dotted = f"{name}.{key}" if name else key
            yield from self._leaves(where, dotted, self._real(one), needed and key in wanted, depth + 1)
        if name and not inner:
            yield Field(where, name, needed, _only(schema))

    def _under(self, path: str) -> str:
        """A path as a profile has it, under the service's address; "" where it is elsewhere."""
        servers = _array(self._value.get("servers"))
        server = _table(servers[0]).get("url") if servers else self._value.get("basePath")
        try:
            base = urlsplit(server if isinstance(server, str) else "").path.rstrip("/")
        except ValueError:
            return ""
        whole = f"{base}{path}"
        if self._before and whole.startswith(f"{self._before}/"):
            whole = whole.removeprefix(self._before)
        elif self._before and base:
            return ""
        return whole if _PATH.fullmatch(whole) else ""

    def _real(self, node: Json) -> dict[str, Json]:
        """A part of the description, or what it refers to within the description."""
        for _ in range(8):
            if not isinstance(node, dict):
                return {}
            place = node.get("$ref")
            if not isinstance(place, str):
                return node
            if not place.startswith("#/"):
                return {}
            node = self._value
            for name in place[2:].split("/")[:10]:
                node = _table(node).get(name.replace("~1", "/").replace("~0", "~"))
        return {}


def _only(schema: Mapping[str, Json]) -> str:
    """The one value that a field may have, or has if nothing is said; "" if there is none."""
    choices = schema.get("enum")
    single = choices[0] if isinstance(choices, list) and len(choices) == 1 else None
    value = next((one for one in (schema.get("const"), single, schema.get("default")) if one is not None), "")
    return value if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9_.:/-]{1,80}", value) else ""


def _table(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _array(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []

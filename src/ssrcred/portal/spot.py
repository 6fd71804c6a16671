"""Where a value stands in an answer: found while learning and looked up again at each visit by the same rules.

A spot is a kind and a place of that kind:

field      a control of a page by its name ("#id" if it has none)      meta    a meta element by its name
attribute  an attribute: `tag#id[name]`, a JSON pointer behind it if it holds JSON
script     a text or number given to a name in a script                link    the part of an address in place of `{}`
json       a JSON pointer (RFC 6901) into an answer of data            header  a header of the answer by its name
cookie     a cookie by its name          cookie-text   the same, with %XX decoded as scripts do before echoing it
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from ssrcred.adapters.portal.html.control import control
from ssrcred.adapters.portal.html.page import Page, read
from ssrcred.web import Answer

Scalar = str | int | float | bool | None

KINDS: Final = ("field", "meta", "json", "header", "cookie", "cookie-text", "script", "attribute", "link")
"""Every kind, the surest first."""
JAR: Final = frozenset({"cookie", "cookie-text"})
ADDRESSES: Final = frozenset({"href", "src", "action", "formaction", "data-url", "data-href", "data-action"})
PLAIN: Final = frozenset({"class", "style", "id", "type", "name", "for", "rel", "placeholder", "title", "alt", "role"})
SUCCESS: Final = ("ok", "success")
FAILURE: Final = ("error", "errors")
NOTHING_SAID: Final = frozenset({"", "0", "false", "no", "none", "null", "ok"})
MOST_LEAVES: Final = 50_000
DEEPEST: Final = 64
MOST_PARTS: Final = 24
GUARD: Final = re.compile(r"^(\)\]\}',?|while\s*\(1\);|for\s*\(;;\);)\s*")
"""What some frameworks put before JSON so that it cannot be run as a script."""
GIVEN: Final = re.compile(
    r"""(?<![\w$.-])(?P<name>[A-Za-z_$][\w$.-]{0,80}+)["']?\s{0,8}+[:=]\s{0,8}+"""
    r"""(?:"(?P<double>(?:[^"\\\n]|\\.){0,4096}+)"|'(?P<single>(?:[^'\\\n]|\\.){0,4096}+)'|(?P<number>-?\d{1,20})\b)"""
)


class Spot(NamedTuple):
    """Where a value is found: `kind`, `at`, and the id of the step whose answer holds it ("" for a cookie)."""

    kind: str
    at: str
    on: str = ""


class Sighting(NamedTuple):
    """One value at one place of an answer; a number, true, false or null only out of JSON."""

    kind: str
    at: str
    value: Scalar


@dataclass(frozen=True, eq=False, repr=False)
class Sheet:
    """What was seen in one answer: a place that shows two different values is not one to rely on."""

    values: dict[tuple[str, str], set[tuple[str, Scalar]]]

    def at(self, kind: str, at: str) -> tuple[Scalar, ...]:
        """The different values at one place: one, or the place cannot be used."""
        return tuple(value for _, value in self.values.get((kind, at), ()))


def sheet(answer: Answer) -> Sheet:
    """Everything that an answer's body shows, by kind and place."""
    values: dict[tuple[str, str], set[tuple[str, Scalar]]] = {}
    for kind, at, value in sightings(answer):
        values.setdefault((kind, at), set()).add((type(value).__name__, value))
    return Sheet(values)


def sightings(answer: Answer) -> Iterator[Sighting]:
    """Every value in an answer's body and where it stands."""
    if is_script(answer):
        yield from _in_script(_text(answer))
        return
    data = json_of(answer)
    if data is not None:
        yield from (Sighting("json", at, value) for at, value in leaves(data[0]))
    elif is_page(answer):
        yield from _in_page(read(answer))


def is_page(answer: Answer) -> bool:
    """Whether an answer is a page, or a part of one."""
    return answer.content_type in ("text/html", "application/xhtml+xml")


def is_script(answer: Answer) -> bool:
    """Whether an answer is a script file."""
    return answer.content_type.endswith(("javascript", "ecmascript"))


def json_of(answer: Answer) -> tuple[object] | None:
    """The JSON of an answer in a tuple of one, or None if it holds none."""
    if is_page(answer) or is_script(answer) or not answer.body:
        return None
    return parsed(GUARD.sub("", _text(answer).lstrip(), count=1))


def complains(answer: Answer) -> bool:
    """Whether an answer of data says that something failed, whatever its status: GraphQL, for one, answers so."""
    data = json_of(answer)
    told = data[0] if data is not None else None
    if not isinstance(told, dict):
        return False
    return any(told.get(name) is False for name in SUCCESS) or any(_says(told.get(name)) for name in FAILURE)


def _says(value: object) -> bool:
    if isinstance(value, dict):
        return any(_says(inner) for inner in value.values())
    return bool(value) and str(value).strip().lower() not in NOTHING_SAID


def parsed(text: str) -> tuple[object] | None:
    """A JSON object or array in a tuple of one, or None for any other text."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return (json.loads(text),)
    except (ValueError, RecursionError):
        return None


def leaves(data: object) -> Iterator[tuple[str, Scalar]]:
    """Every JSON pointer that leads to a text, number, true, false or null, with what is there."""
    stack: list[tuple[str, object, int]] = [("", data, 0)]
    seen = 0
    while stack and seen < MOST_LEAVES:
        at, value, depth = stack.pop()
        seen += 1
        if isinstance(value, dict | list):
            if depth < DEEPEST:
                inner = value.items() if isinstance(value, dict) else enumerate(value)
                stack += [(f"{at}/{escaped(str(name))}", below, depth + 1) for name, below in inner]
        elif value is None or isinstance(value, str | int | float):
            yield at, value


def within(data: object, pointer: str) -> object:
    """What a JSON pointer leads to. Raises KeyError if it leads nowhere."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(data, dict) and name in data:
            data = data[name]
        elif isinstance(data, list) and name.isascii() and name.isdigit() and int(name[:6]) < len(data):
            data = data[int(name[:6])]
        else:
            raise KeyError(pointer)
    return data


def escaped(name: str) -> str:
    """A name as a part of a JSON pointer (RFC 6901, section 3)."""
    return name.replace("~", "~0").replace("/", "~1")


def shapes(url: str) -> Iterator[tuple[str, str]]:
    """Every part of an address's path and query, with the address around it: `/students/{}`, `/page?sid={}`."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return
    steps = parts.path.split("/")[:MOST_PARTS]
    query = parts.query.split("&")[:MOST_PARTS] if parts.query else []
    tail = "?" + parts.query if parts.query else ""
    for at, step in enumerate(steps):
        if step:
            yield "/".join([*steps[:at], "{}", *steps[at + 1 :]]) + tail, step
    for at, pair in enumerate(query):
        name, sign, value = pair.partition("=")
        if sign and value:
            yield parts.path + "?" + "&".join([*query[:at], f"{name}={{}}", *query[at + 1 :]]), value


def text_of(value: Scalar) -> str:
    """A value as it would stand in a form or header."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def _in_page(page: Page) -> Iterator[Sighting]:
    for node in page.root.walk():
        attributes = node.attributes
        if node.tag in ("input", "textarea", "select"):
            item = control(node)
            name = item.name or (f"#{attributes['id']}" if attributes.get("id") else "")
            if name and item.kind != "password" and not (item.kind in ("radio", "checkbox") and not item.on):
                yield Sighting("field", name, item.choices[0] if item.choices else item.value)
        if node.tag == "meta" and (name := attributes.get("name") or attributes.get("property") or ""):
            yield Sighting("meta", name, attributes.get("content", ""))
        if node.tag == "script":
            yield from _in_script("".join(child for child in node.children if isinstance(child, str)))
        for name, value in attributes.items():
            if name in ADDRESSES:
                yield from (Sighting("link", shape, part) for shape, part in shapes(value))
            if name not in PLAIN and value and node.tag != "meta":
                yield from _in_attribute(f"{node.tag}#{attributes.get('id', '')}[{name}]", value)


def _in_attribute(at: str, value: str) -> Iterator[Sighting]:
    data = parsed(value)
    if data is None:
        yield Sighting("attribute", at, value)
        return
    yield from (Sighting("attribute", at + pointer, below) for pointer, below in leaves(data[0]))


def _in_script(text: str) -> Iterator[Sighting]:
    for found in GIVEN.finditer(text):
        number = found["number"]
        if number is not None:
            yield Sighting("script", found["name"], int(number))
        else:
            yield Sighting("script", found["name"], _unescaped(found["double"] or found["single"] or ""))


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return text


def _text(answer: Answer) -> str:
    try:
        return answer.body.decode(answer.charset or "utf-8", "replace").removeprefix("\ufeff")
    except LookupError:
        return answer.body.decode("utf-8", "replace")

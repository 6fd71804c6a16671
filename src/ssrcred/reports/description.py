"""Reads how a service describes itself (OpenAPI 3, Swagger 2): how it may be asked for a token, and for reports.

Only what a profile can say is taken over, and nothing that sounds as if it changed something: a description lists that,
too, and an address that makes new keys would be asked by somebody who may do so. It decides nothing: what it says is
tried like any usual shape.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from ssrcred.errors import ConfigInvalid
from ssrcred.reports.hint import KEYS, USERNAMES, bare
from ssrcred.reports.openapi import Document, Field, Operation
from ssrcred.reports.profile import understood
from ssrcred.reports.tree import parsed, plain

Tables = dict[str, Any]
MOST: Final = 4
"""Shapes of one kind that are taken over; a real description has one or two."""
_STUDENTS: Final = frozenset(
    {
        *("ssid", "student", "studentid", "studentssid", "studentidentifier", "statestudentid"),
        *("statestudentidentifier", "statewidestudentid", "statewidestudentidentifier"),
    }
)
_TOKENS: Final = re.compile(r"token|session|api-?key|^authorization$", re.IGNORECASE)
_LOG_IN: Final = re.compile(r"token|log-?[io]n|auth|session|sign-?[io]n", re.IGNORECASE)
_REPORTS: Final = re.compile(r"report|score|\bssr\b", re.IGNORECASE)
_OF_A_STUDENT: Final = re.compile(r"student|\bssid\b", re.IGNORECASE)
_CHANGES: Final = re.compile(
    r"creat|updat|delet|submit|upload|\bsav|regist|setting|\bsend|generat|import|assign|enrol", re.IGNORECASE
)
_NO_LOG_IN: Final = re.compile(
    r"log-?(?:out|off)|revok|refresh|introspect|reset|forgot|\bchang|regist|delet|updat|regenerat|rotat|invalidat|"
    r"\bnew (?:secret|key|pair|credential)",
    re.IGNORECASE,
)
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,60}")
_SHOWN: Final = frozenset({"username", "secret", "body", "header", "query"})
"""What of a shape stands in its words, or in a request's address."""


@dataclass(frozen=True)
class Described:
    """Ways to a token and to reports, and what shows a token, as the tables of ssr-shapes.toml have them.

    `pairs` are whole profiles of requests for reports that carry the pair itself.
    """

    tokens: tuple[Tables, ...] = ()
    reports: tuple[Tables, ...] = ()
    shows: tuple[Tables, ...] = ()
    pairs: tuple[Tables, ...] = ()


def described(body: bytes, api: str) -> Described | None:
    """What a description at the service `api` says; None where the answer is none."""
    value = parsed(body)
    if not isinstance(value, dict) or not isinstance(value.get("paths"), dict):
        return None
    if not ("openapi" in value or "swagger" in value):
        return None
    document = Document(value, urlsplit(api).path.rstrip("/"))
    # What its words are shown for, and its names sent for, has to be harmless there.
    operations = [one for one in document.operations() if all(_NAME.fullmatch(field.name) for field in one.fields)]
    return Described(
        _usable((shape for one in operations for shape in _token(one)), _as_token),
        _usable((shape for one in operations for shape in _report(one)), _as_report),
        _usable(_shows(document, operations), _as_report),
        _usable((shape for one in operations for shape in _pair(one)), dict),
    )


def _shows(document: Document, operations: list[Operation]) -> Iterator[Tables]:
    for scheme in document.schemes.values():
        where, name = scheme.get("in"), scheme.get("name")
        if where == "cookie":
            yield {"says": "the cookie", "header": ""}
        elif where in {"header", "query"} and isinstance(name, str) and bare(name) not in USERNAMES:
            yield _show(str(where), name)
    for one in operations:
        yield from (_show(field.where, field.name) for field in one.fields if _shows_token(field))


def _token(one: Operation) -> Iterator[Tables]:
    user, key = one.called(USERNAMES), one.called(KEYS)
    if not _LOG_IN.search(one.words) or _NO_LOG_IN.search(one.words) or one.called(_STUDENTS) or "{" in one.path:
        return
    if len(user) == len(key) == 1 and user[0].where == key[0].where:
        send = user[0].where.replace("header", "headers")
        extra = _constants(one, (user[0], key[0]))
        if extra is not None and send in {"json", "form", "headers"}:
            says = f"as it describes itself, {send} with {user[0].name} and {key[0].name}, {one.method} {one.path}"
            shape = {"says": says, "path": one.path, "method": one.method, "send": send}
            yield {**shape, "username": user[0].name, "secret": key[0].name, **_if("extra", extra)}
    elif one.basic and not user and not key and (extra := _constants(one, ())) is not None:
        says = f"as it describes itself, HTTP Basic, {one.method} {one.path}"
        yield {"says": says, "path": one.path, "method": one.method, "send": "basic", **_if("extra", extra)}


def _report(one: Operation) -> Iterator[Tables]:
    shape = _asking(one, ())
    if shape is not None and not (one.called(USERNAMES) and one.called(KEYS)):
        yield {"says": f"as it describes itself, {one.method} {shape['path'].replace('{ssid}', 'SSID')}", **shape}


def _pair(one: Operation) -> Iterator[Tables]:
    user, key = one.called(USERNAMES), one.called(KEYS)
    says = f"no token, as it describes itself, {one.method} {one.path}"
    if len(user) == len(key) == 1 and user[0].where == key[0].where in {"json", "form", "header"}:
        shape = _asking(one, (user[0], key[0]))
        names = {"username": user[0].name, "secret": key[0].name}
        token = {"path": "", "send": user[0].where.replace("header", "headers"), **names}
    else:
        shape = _asking(one, ()) if one.basic else None
        token = {"path": "", "send": "basic"}
    if shape is not None:
        yield {"says": says, "token": token, "report": shape}


def _asking(one: Operation, pair: tuple[Field, ...]) -> Tables | None:
    """How a student's reports are asked for, by an operation that does nothing else; None where it is none."""
    if not _REPORTS.search(one.words) or (one.method == "POST" and _CHANGES.search(one.words)):
        return None
    free = [field for field in one.fields if not field.value and field not in pair and not _shows_token(field)]
    student = [field for field in free if bare(field.name) in _STUDENTS]
    if not student and _OF_A_STUDENT.search(one.words):
        needed = [field for field in free if field.needed] or free
        student = needed if len(needed) == 1 else []
    extra = _constants(one, (*pair, *student[:1]))
    if len(student) != 1 or extra is None:
        return None
    (who,) = student
    path = one.path.replace("{" + who.name + "}", "{ssid}") if who.where == "path" else one.path
    if path.replace("{ssid}", "").count("{"):
        return None
    if one.method == "GET" and who.where in {"path", "query"}:
        queries = [*([f"{who.name}={{ssid}}"] if who.where == "query" else []), *(f"{k}={v}" for k, v in extra.items())]
        return {"path": f"{path}?{'&'.join(queries)}" if queries else path}
    if one.method == "POST" and who.where in {"json", "form"}:
        return {"method": "POST", "path": path, "send": who.where, "body": who.name, **_if("extra", extra)}
    return None


def _constants(one: Operation, known: tuple[Field, ...]) -> dict[str, str] | None:
    """The fields that must be sent and have only one value; None where another one must be sent, too."""
    extra = {}
    for field in one.fields:
        if field in known or _shows_token(field) or not field.needed:
            continue
        if not field.value or field.where in {"path", "header"}:
            return None
        extra[field.name] = field.value
    return extra


def _shows_token(field: Field) -> bool:
    return field.where in {"header", "query"} and _TOKENS.search(field.name) is not None


def _show(where: str, name: str) -> Tables:
    if where == "query":
        return {"says": f"the parameter {name}", "query": name}
    return {"says": name, "header": name, "prefix": "Bearer " if plain(name) == "authorization" else ""}


def _usable(shapes: Iterator[Tables], tables: Callable[[Tables], Tables]) -> tuple[Tables, ...]:
    """The first few that differ and that a profile can say."""
    usable: list[Tables] = []
    for shape in shapes:
        if len(usable) == MOST:
            break
        if shape not in usable and sound(tables({key: value for key, value in shape.items() if key != "says"})):
            usable.append(shape)
    return tuple(usable)


def sound(tables: Tables) -> bool:
    """Whether a profile can have these tables, and the names in them may be shown."""
    names = [text for part in tables.values() for key, text in part.items() if key in _SHOWN and text]
    try:
        understood("that was described", tables)
    except ConfigInvalid:
        return False
    return all(_NAME.fullmatch(name) for name in names)


def _as_token(keys: Tables) -> Tables:
    return {"token": keys, "report": {}}


def _as_report(keys: Tables) -> Tables:
    return {"token": {}, "report": keys}


def _if(key: str, value: Mapping[str, str]) -> Tables:
    return {key: dict(value)} if value else {}

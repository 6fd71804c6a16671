"""Reads how a service describes itself (OpenAPI 3, Swagger 2): how it may be asked for a token, and for reports.

Only what a profile can express is used, and nothing that sounds as if it changed something: an address that creates
new keys may be described, too, and we would call it with the right to do so. A description decides nothing: what it
says is tried like any usual shape.

It comes from outside and may refer to itself without end, so it is read within bounds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final
from urllib.parse import urlsplit

from ssrcred.adapters.reports.profile import understood
from ssrcred.adapters.reports.tree import Json, parsed, plain, walk
from ssrcred.domain.errors import ConfigInvalid

_MOST_OPERATIONS: Final = 500
_MOST_STEPS: Final = 20_000
_MOST_PARTS: Final = 10
_DEEPEST: Final = 5
_PATH: Final = re.compile(r"/[A-Za-z0-9_.~/{}-]{0,160}")
_PARAMETERS: Final = frozenset({"path", "query", "header", "formData"})
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
        fields: list[Field] = []
        for one in map(self._real, given):
            where, name, needed = str(one.get("in")), str(one.get("name")), one.get("required") is True
            if where == "body":  # Swagger 2
                fields.extend(self._leaves("json", "", self._real(one.get("schema")), needed, 0))
            elif where in _PARAMETERS and not (where == "header" and name.lower() in _OF_EVERY_REQUEST):
                schema = self._real(one.get("schema")) or one
                fields.append(Field(where.replace("formData", "form"), name, needed, _only(schema)))
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


# What can be tried of it.

Tables = dict[str, Any]
# A name, after how sure it is that it is one (0 is surest).
Found = tuple[int, str]

USERNAMES: Final = frozenset(
    {
        *("username", "user", "userid", "userlogin", "login", "loginname", "loginid", "account", "accountname"),
        *("clientid", "apiuser", "apiusername", "apiuserid", "vendoruser", "vendorusername"),
    }
)
KEYS: Final = frozenset(
    {
        *("password", "passwd", "pass", "passphrase", "secret", "secretkey", "key", "clientsecret", "apisecret"),
        *("apikey", "apipassword", "usersecret", "userkey", "accesskey", "vendorkey", "vendorpassword"),
    }
)
# Shapes of one kind that are taken over; a real description has one or two.
MOST: Final = 4
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
# Names that are plain words too, so they count only where nothing else is meant.
_AMBIGUOUS: Final = frozenset({"user", "login", "account", "pass", "secret", "key", "passphrase"})
_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,59}(?:\.[A-Za-z0-9_-]{1,60}){0,4}")
_QUOTED: Final = re.compile(rf"[\"'`]({_WORD.pattern})[\"'`]")
_WITHIN: Final = frozenset({"body", "form", "header", "headers"})
_MOST_VALUES: Final = 500
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,60}")
# What of a shape stands in its words, or in a request's address.
_SHOWN: Final = frozenset({"username", "secret", "body", "header", "query"})


@dataclass(frozen=True)
class Shapes:
    """Ways to a token and to reports, and ways to show a token, as the tables of ssr-shapes.toml have them; best first.

    `pairs` are whole profiles of requests for reports that carry the credentials themselves.
    """

    tokens: tuple[Tables, ...] = ()
    reports: tuple[Tables, ...] = ()
    shows: tuple[Tables, ...] = ()
    pairs: tuple[Tables, ...] = ()


def keys(shape: Mapping[str, Any]) -> Tables:
    """The keys of an API profile in a shape."""
    return {key: value for key, value in shape.items() if key != "says"}


def described(body: bytes, api: str) -> Shapes | None:
    """What a description at the service `api` says; None where the answer is none."""
    value = parsed(body)
    if not isinstance(value, dict) or not isinstance(value.get("paths"), dict):
        return None
    if not ("openapi" in value or "swagger" in value):
        return None
    document = Document(value, urlsplit(api).path.rstrip("/"))
    # What its words are shown for, and its names sent for, has to be harmless there.
    operations = [one for one in document.operations() if all(_NAME.fullmatch(field.name) for field in one.fields)]
    return Shapes(
        _usable((shape for one in operations for shape in _token(one)), "token"),
        _usable((shape for one in operations for shape in _report(one)), "report"),
        _usable(_shows(document, operations), "report"),
        _usable((shape for one in operations for shape in _pair(one)), ""),
    )


def _usable(shapes: Iterable[Tables], part: str) -> tuple[Tables, ...]:
    """The first few that differ and that this part of a profile can say, or a whole profile."""
    usable: list[Tables] = []
    for shape in shapes:
        if len(usable) == MOST:
            break
        if shape not in usable and sound(**({part: keys(shape)} if part else keys(shape))):
            usable.append(shape)
    return tuple(usable)


def sound(**tables: Tables) -> bool:
    """Whether a profile can have these tables, and the names in them may be shown."""
    names = [text for part in tables.values() for key, text in part.items() if key in _SHOWN and text]
    try:
        understood("that was described", {"token": {}, "report": {}, **tables})
    except ConfigInvalid:
        return False
    return all(_NAME.fullmatch(name) for name in names)


def _shows(document: Document, operations: list[Operation]) -> Iterator[Tables]:
    for scheme in document.schemes.values():
        where, name = scheme.get("in"), scheme.get("name")
        if where == "cookie":
            yield {"says": "the cookie", "header": ""}
        elif where in {"header", "query"} and isinstance(name, str) and bare(name) not in USERNAMES:
            yield _show(str(where), name)
    for one in operations:
        yield from (_show(field.where, field.name) for field in one.fields if _shows_token(field))


def _show(where: str, name: str) -> Tables:
    if where == "query":
        return {"says": f"the parameter {name}", "query": name}
    return {"says": name, "header": name, "prefix": "Bearer " if plain(name) == "authorization" else ""}


def _shows_token(field: Field) -> bool:
    return field.where in {"header", "query"} and _TOKENS.search(field.name) is not None


def _token(one: Operation) -> Iterator[Tables]:
    if not _LOG_IN.search(one.words) or _NO_LOG_IN.search(one.words) or one.called(_STUDENTS) or "{" in one.path:
        return
    login = _login_fields(one)
    if login is None and not (one.basic and not one.called(USERNAMES | KEYS)):
        return
    names = _sent(login) if login else {"send": "basic"}
    extra = _constants(one, login or ())
    if extra is not None and names["send"] in {"basic", "json", "form", "headers"}:
        how = f"{names['send']} with {names['username']} and {names['secret']}" if login else "HTTP Basic"
        says = f"as it describes itself, {how}, {one.method} {one.path}"
        yield {"says": says, "path": one.path, "method": one.method, **names, **extra}


def _report(one: Operation) -> Iterator[Tables]:
    shape = _asking(one, ())
    if shape is not None and not (one.called(USERNAMES) and one.called(KEYS)):
        yield {"says": f"as it describes itself, {one.method} {shape['path'].replace('{ssid}', 'SSID')}", **shape}


def _pair(one: Operation) -> Iterator[Tables]:
    login = _login_fields(one)
    if login and login[0].where in {"json", "form", "header"}:
        shape, token = _asking(one, login), {"path": "", **_sent(login)}
    else:
        shape, token = _asking(one, ()) if one.basic else None, {"path": "", "send": "basic"}
    if shape is not None:
        says = f"no token, as it describes itself, {one.method} {one.path}"
        yield {"says": says, "token": token, "report": shape}


def _login_fields(one: Operation) -> tuple[Field, Field] | None:
    """The fields of the user name and the secret key, where there is one of each in one place."""
    users, secrets = one.called(USERNAMES), one.called(KEYS)
    if len(users) == len(secrets) == 1 and users[0].where == secrets[0].where:
        return users[0], secrets[0]
    return None


def _sent(login: tuple[Field, Field]) -> Tables:
    user, secret = login
    return {"send": user.where.replace("header", "headers"), "username": user.name, "secret": secret.name}


def _asking(one: Operation, login: tuple[Field, ...]) -> Tables | None:
    """How a student's reports are asked for, by an operation that does nothing else; None where it is none."""
    if not _REPORTS.search(one.words) or (one.method == "POST" and _CHANGES.search(one.words)):
        return None
    free = [field for field in one.fields if not field.value and field not in login and not _shows_token(field)]
    student = [field for field in free if bare(field.name) in _STUDENTS]
    # Where the words speak of a student, the one field that is needed may have any name.
    if not student and _OF_A_STUDENT.search(one.words):
        needed = [field for field in free if field.needed] or free
        student = needed if len(needed) == 1 else []
    extra = _constants(one, (*login, *student[:1]))
    if len(student) != 1 or extra is None:
        return None
    (who,) = student
    path = one.path.replace("{" + who.name + "}", "{ssid}") if who.where == "path" else one.path
    if path.replace("{ssid}", "").count("{"):
        return None
    if one.method == "GET" and who.where in {"path", "query"}:
        constants = extra.get("extra", {}).items()
        queries = [f"{who.name}={{ssid}}"] * (who.where == "query") + [f"{name}={value}" for name, value in constants]
        return {"path": f"{path}?{'&'.join(queries)}" if queries else path}
    if one.method == "POST" and who.where in {"json", "form"}:
        return {"method": "POST", "path": path, "send": who.where, "body": who.name, **extra}
    return None


def _constants(one: Operation, known: tuple[Field, ...]) -> Tables | None:
    """As `extra`, the fields that must be sent and have only one value; None where another one must be sent, too."""
    extra = {}
    for field in one.fields:
        if field in known or _shows_token(field) or not field.needed:
            continue
        if not field.value or field.where in {"path", "header"}:
            return None
        extra[field.name] = field.value
    return {"extra": extra} if extra else {}


# What a service says that an empty request lacks.


def wanted(body: bytes) -> tuple[str, str] | None:
    """The names for the user name and the secret key, if the answer has one of each and no more."""
    found = list(_names(body))
    chosen = []
    for kind in (USERNAMES, KEYS):
        ranks = sorted((rank, name) for rank, name in found if bare(name) in kind)
        surest = {name for rank, name in ranks if rank == ranks[0][0]}
        chosen.append(surest.pop() if len(surest) == 1 else "")
    return (chosen[0], chosen[1]) if all(chosen) else None


def asked_for(path: str, kind: str, names: tuple[str, str]) -> Tables:
    """The way to a token at a path that asks for fields of these names (json or form), as ssr-shapes.toml has one."""
    username, key = names
    words = {"json": "JSON", "form": "a form"}[kind]
    says = f"{words} with {username} and {key}, as it asks for, POST {path}"
    grant = "client_credentials" if bare(username) == "clientid" else "password"
    extra = {"extra": {"grant_type": grant}} if kind == "form" else {}
    return {"says": says, "path": path, "send": kind, "username": username, "secret": key, **extra}


def _names(body: bytes) -> Iterator[Found]:
    value = parsed(body)
    if not isinstance(value, dict | list):
        text = value if isinstance(value, str) else body[:500].decode("ascii", "replace")
        yield from _in_text(text) if "<" not in text else ()
        return
    for path, item in islice(walk(value), _MOST_VALUES):
        # How validators say where something is missing: ["body", "auth", "user"].
        where = item if isinstance(item, list) and 1 < len(item) < 7 and all(type(one) is str for one in item) else []
        if where and where[0] in _WITHIN:
            yield 0, ".".join(map(str, where[1:]))
        elif isinstance(item, list | str) and path and _WORD.fullmatch(path[-1]) and bare(path[-1]) not in _AMBIGUOUS:
            yield 1, path[-1]
        if isinstance(item, str):
            yield from _in_text(item[:500])


def _in_text(text: str) -> Iterator[Found]:
    if _WORD.fullmatch(text):
        yield 2, text
    yield from ((2, name) for name in _QUOTED.findall(text))
    yield from ((3, word) for word in _WORD.findall(text) if bare(word) not in _AMBIGUOUS)

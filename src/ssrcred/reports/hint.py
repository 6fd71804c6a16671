"""The names by which a service calls the two halves of a pair, as its complaint about an empty request has them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from ssrcred.reports.tree import Json, parsed, plain, walk

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
_AMBIGUOUS: Final = frozenset({"user", "login", "account", "pass", "secret", "key", "passphrase"})
"""Names that are plain words too, so they count only where nothing else is meant."""
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,59}(?:\.[A-Za-z0-9_-]{1,60}){0,4}")
_QUOTED: Final = re.compile(rf"[\"'`]({_NAME.pattern})[\"'`]")
_WITHIN: Final = frozenset({"body", "form", "header", "headers"})
_MOST_VALUES: Final = 500
Found = tuple[int, str]
"""A name, after how sure it is that it is one (0 is surest)."""


def wanted(body: bytes) -> tuple[str, str] | None:
    """The names for the user name and the secret key, if the answer has one of each and no more."""
    found = list(_names(body))
    username, key = (
        _surest([(rank, name) for rank, name in found if bare(name) in kind]) for kind in (USERNAMES, KEYS)
    )
    return (username, key) if username and key else None


def asked_for(path: str, kind: str, names: tuple[str, str]) -> dict[str, Any]:
    """The way to a token at a path that asks for fields of these names (json or form), as ssr-shapes.toml has one."""
    username, key = names
    words = {"json": "JSON", "form": "a form"}[kind]
    says = f"{words} with {username} and {key}, as it asks for, POST {path}"
    grant = "client_credentials" if bare(username) == "clientid" else "password"
    extra = {"extra": {"grant_type": grant}} if kind == "form" else {}
    return {"says": says, "path": path, "send": kind, "username": username, "secret": key, **extra}


def bare(name: str) -> str:
    """The last part of a dotted name as it is compared; X-Api-Key is the same as apiKey."""
    last = plain(name.rpartition(".")[2])
    return last.removeprefix("x") if re.match(r"[xX]-", name) else last


def _surest(found: list[Found]) -> str:
    names = {name for rank, name in found if rank == min(rank for rank, _ in found)}
    return names.pop() if len(names) == 1 else ""


def _names(body: bytes) -> Iterator[Found]:
    value = parsed(body)
    if not isinstance(value, dict | list):
        text = value if isinstance(value, str) else body[:500].decode("ascii", "replace")
        yield from _in_text(text) if "<" not in text else ()
        return
    for path, item in islice(walk(value), _MOST_VALUES):
        if isinstance(item, list) and _is_place(item):
            yield 0, ".".join(str(one) for one in item[1:])
        elif isinstance(item, list | str) and path and _NAME.fullmatch(path[-1]) and bare(path[-1]) not in _AMBIGUOUS:
            yield 1, path[-1]
        if isinstance(item, str):
            yield from _in_text(item[:500])


def _is_place(item: list[Json]) -> bool:
    """Whether a list is how validators say where something is missing: ["body", "auth", "user"]."""
    return 1 < len(item) < 7 and all(type(one) is str for one in item) and item[0] in _WITHIN


def _in_text(text: str) -> Iterator[Found]:
    if _NAME.fullmatch(text):
        yield 2, text
    yield from ((2, name) for name in _QUOTED.findall(text))
    yield from ((3, word) for word in _NAME.findall(text) if bare(word) not in _AMBIGUOUS)

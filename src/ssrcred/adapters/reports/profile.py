"""An API profile: how the state's service is talked to, checked whole when it is loaded.

The form is the one of design.md, *Files*; what is ours beside it is explained key by key in docs/how-to/api-profile.md.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any, Final, TypeVar

from ssrcred.adapters.atomic_file import create_file
from ssrcred.adapters.reports.tree import nested
from ssrcred.domain.errors import ConfigInvalid
from ssrcred.domain.suggestion import nearest

T = TypeVar("T")
Check = Callable[[str, Any], Iterator[str]]
"""Yields each problem with a key's value, behind the key."""

SSID_GOES_HERE: Final = "{ssid}"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]*")
_BODIES: Final = ("json", "form")
_OUR_HEADERS: Final = frozenset(
    {"host", "content-length", "content-type", "transfer-encoding", "connection", "accept-encoding", "cookie"}
)
_HEADER: Final = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"  # RFC 9110, 5.6.2: token
_PATH: Final = r"/(?!/)[!-~]*"
_PRINTABLE: Final = r"[ -~]*"
_DOTTED: Final = r"|[^.\s](?:[^.\n]*[^.\s])?(?:\.[^.\s](?:[^.\n]*[^.\s])?)*"
_HOST: Final = r"(?=.{1,253}(?::|\Z))[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?"


@dataclass(frozen=True)
class TokenRequest:
    """How the pair is exchanged for a token; without a path there is none, and the pair goes with the report request.

    `send` is basic (an Authorization header), json or form (fields of the body), or headers (two of their own);
    `username` and `secret` are the names of the fields (dotted for json) or headers.
    """

    path: str = "/token"
    method: str = "POST"
    send: str = "basic"
    username: str = ""
    secret: str = ""
    answer: str = ""
    extra: Mapping[str, str] = field(default_factory=dict, repr=False)  # may hold a client's own key


@dataclass(frozen=True)
class ReportRequest:
    """How the reports of one student are asked for, how the token is shown, and where the answer has what is needed.

    The token goes into the parameter `query` when that has a name, else into `header` behind `prefix`; without either
    it is not shown, because the service remembers it in a cookie.
    """

    method: str = "GET"
    path: str = "/scorereports/{ssid}"
    send: str = "json"
    body: str = ""
    extra: Mapping[str, str] = field(default_factory=dict, repr=False)
    header: str = "Authorization"
    prefix: str = "Bearer "
    query: str = ""
    list: str = ""
    type: str = ""
    year: str = ""
    language: str = ""
    link: str = ""
    hosts: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """What an answer that means one thing looks like: all that is named here must fit.

    `status` 0 is any; `field` is dotted; `words` are phrases, one of which stands in that field, or in the whole answer
    without a field. A field without words must be there and hold something. `at` is token or report, "" is the request
    that carries the pair.
    """

    status: int = 0
    field: str = ""
    words: tuple[str, ...] = ()
    at: str = ""


@dataclass(frozen=True)
class Profile:
    """All that is to be known about a service beside its address; `name` is what the config calls it.

    `headers` go with every request to the service itself. Where `refused` or `no_report` has rules, only what they say
    is a refusal of the pair, or a student without a report; without, answers are read tolerantly.
    """

    name: str
    token: TokenRequest
    report: ReportRequest
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    refused: tuple[Rule, ...] = ()
    no_report: tuple[Rule, ...] = ()


def load_profile(name: str) -> Profile:
    """The profile of that name in the package's data, or at that path.

    Raises ConfigInvalid with every problem at once, by dotted key.
    """
    shipped = resources.files("ssrcred").joinpath("data")
    named = _NAME.fullmatch(name) is not None
    try:
        content = (shipped.joinpath(f"{name}.toml") if named else Path(name).expanduser()).read_bytes()
        record = tomllib.loads(content.decode("utf-8-sig"))  # Windows editors put a mark in front
    except OSError:
        problem = "There is no file at that path that can be read."
        if named:
            files = [one.name for one in shipped.iterdir()]
            known = sorted(one.removesuffix(".toml") for one in files if one.endswith("-ssr.toml"))
            problem = f"No profile of that name comes with ssrcred; these do: {', '.join(known)}."
            problem += _did_you_mean(name, known)
    except UnicodeDecodeError:
        problem = "The file is not UTF-8 text."
    except RecursionError:
        problem = "Brackets stand within brackets beyond all measure."
    except ValueError as error:
        # Only where: the parser's own words can quote the file, and that may hold a client's own key.
        found = re.search(r"\((at (?:line \d+, column \d+|end of document))\)", str(error))
        where = f"it stops being so {found[1]}" if found else "a number in it cannot be read"
        problem = f"The file is not TOML: {where}."
    else:
        return understood(name, record)
    raise _invalid(name, (problem,))


def understood(name: str, record: Mapping[str, Any]) -> Profile:
    """The profile that the tables of a file make. Raises ConfigInvalid with every problem at once, by dotted key."""
    problems = list(_problems(record))
    if not problems:
        profile = Profile(
            name,
            _made(TokenRequest, record["token"]),
            _made(ReportRequest, record["report"]),
            record.get("headers", {}),
            tuple(_made(Rule, rule) for rule in record.get("refused", ())),
            tuple(_made(Rule, rule) for rule in record.get("no_report", ())),
        )
        problems = list(_contradictions(profile))
        if not problems:
            return profile
    raise _invalid(name, tuple(problems))


def save_profile(folder: Path, name: str, tables: Mapping[str, Any], said: str) -> Path:
    """Write a new profile NAME.toml into `folder` (0600), or NAME-2.toml and so on; `said` is its first comment.

    Nothing that is there is touched. Raises ConfigInvalid when the disk refuses.
    """
    import tomli_w

    comment = "".join(f"# {line}\n" for line in said.splitlines())
    content = f"{comment}\n{tomli_w.dumps(tables)}".encode()
    path, number = folder / f"{name}.toml", 1
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        while True:
            try:
                create_file(path, content)
                return path
            except FileExistsError:
                number += 1
                path = folder / f"{name}-{number}.toml"
    except OSError as error:
        raise ConfigInvalid(
            f"The API profile cannot be written ({(error.strerror or 'no reason given').lower()}).",
            state="Nothing was changed.",
            hint=f"Make room in {folder}, let this account write there, and run it again.",
        ) from None


def _invalid(name: str, problems: tuple[str, ...]) -> ConfigInvalid:
    return ConfigInvalid(
        f"The API profile {name} cannot be used: {' '.join(problems)}",
        state="Nothing was sent.",
        hint="Correct the profile, or name another one as toms.profile in config.toml. "
        "Every key is explained in docs/how-to/api-profile.md.",
        problems=problems,
    )


def _made(kind: type[T], table: Mapping[str, Any]) -> T:
    return kind(**{key: tuple(value) if isinstance(value, list) else value for key, value in table.items()})


def _did_you_mean(word: str, words: Iterable[str]) -> str:
    near = nearest(word, words)
    return f" Did you mean {near}?" if near else ""


# Each value by itself.


def _text(key: str, value: Any) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"{key}: a text is expected."


def _matching(pattern: str, otherwise: str, *forbidden: tuple[str, str]) -> Check:
    """Checks that a text has this form, and then that nothing forbidden is in it."""

    def check(key: str, value: Any) -> Iterator[str]:
        if not isinstance(value, str):
            yield from _text(key, value)
        elif not re.fullmatch(pattern, value):
            yield f"{key}: {otherwise}."
        else:
            yield from (f"{key}: {problem}." for part, problem in forbidden if re.search(part, value))

    return check


def _one_of(*choices: str) -> Check:
    def check(key: str, value: Any) -> Iterator[str]:
        if value not in choices:
            close = _did_you_mean(value, choices) if isinstance(value, str) else ""
            yield f"{key}: one of {', '.join(choices)} is expected.{close}"

    return check


def _status(key: str, value: Any) -> Iterator[str]:
    if type(value) is not int or not 200 <= value <= 599:
        yield f"{key}: an HTTP status is expected, like 404."


def _texts(key: str, value: Any) -> Iterator[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
        yield f"{key}: a list of texts is expected."


def _hosts(key: str, value: Any) -> Iterator[str]:
    yield from (problems := list(_texts(key, value)))
    for number, host in enumerate(value if not problems else (), 1):
        if not re.fullmatch(_HOST, host):
            yield f"{key}: number {number} is not the bare name of a host, like files.example.org."


def _texts_by_name(key: str, value: Any) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{key}: a table is expected: [{key}]."
        return
    for name, text in value.items():
        yield from _text(f"{key}.{name}", text)


def _headers(key: str, value: Any) -> Iterator[str]:
    yield from _texts_by_name(key, value)
    for name, text in value.items() if isinstance(value, dict) else ():
        if not _may_be_set(name):
            yield f"{key}.{name}: the name of a header is expected that ssrcred does not set itself."
        elif isinstance(text, str) and not re.fullmatch(_PRINTABLE, text):
            yield f"{key}.{name}: letters, digits and punctuation are expected."


def _may_be_set(header: str) -> bool:
    return re.fullmatch(_HEADER, header) is not None and header.lower() not in _OUR_HEADERS


def _table(name: str, table: Any, checks: Mapping[str, Check]) -> Iterator[str]:
    if not isinstance(table, dict):
        yield f"{name}: a table is expected: [{name}]."
        return
    yield from _unknown(f"{name}.", table, checks)
    for key, value in table.items():
        if key in checks:
            yield from checks[key](f"{name}.{key}", value)


def _rules(name: str, rules: Any, checks: Mapping[str, Check]) -> Iterator[str]:
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        yield f"{name}: tables are expected, each under [[{name}]]."
        return
    for number, rule in enumerate(rules, 1):
        yield from _table(f"{name}.{number}", rule, checks)


def _unknown(before: str, table: Mapping[str, Any], known: Iterable[str]) -> Iterator[str]:
    for key in table:
        if key not in known:
            yield f"{before}{key}: there is no such key.{_did_you_mean(key, known)}"


_METHOD: Final = _one_of("GET", "POST")
_DOTTED_NAME: Final = _matching(_DOTTED, "names with dots between them are expected, like data.token")
_NOT_IN_A_PATH: Final = (
    (r"\{(?!ssid\})|(?<!\{ssid)\}", f"{SSID_GOES_HERE} is the only thing that is put in"),
    (r"#|^[^?]*/\.\.(?:[/?]|$)", "neither # nor .. can stand in it"),
)
_PATH_WORDS: Final = "a path that starts with one / is expected, without spaces"
_TOKEN: Final[Mapping[str, Check]] = {
    "path": _matching(f"|{_PATH}", f"{_PATH_WORDS}; or nothing, if there is no token", *_NOT_IN_A_PATH),
    "method": _METHOD,
    "send": _one_of("basic", "json", "form", "headers"),
    "username": _text,
    "secret": _text,
    "answer": _DOTTED_NAME,
    "extra": _texts_by_name,
}
_REPORT: Final[Mapping[str, Check]] = {
    "method": _METHOD,
    "path": _matching(_PATH, _PATH_WORDS, *_NOT_IN_A_PATH),
    "send": _one_of(*_BODIES),
    "body": _text,
    "extra": _texts_by_name,
    "header": _matching(f"|{_HEADER}", "the name of a header is expected"),
    "prefix": _matching(_PRINTABLE, "letters, digits and punctuation are expected"),
    "query": _text,
    **dict.fromkeys(("list", "type", "year", "language", "link"), _DOTTED_NAME),
    "hosts": _hosts,
    "words": _texts,
}
_RULE: Final[Mapping[str, Check]] = {"status": _status, "field": _DOTTED_NAME, "words": _texts}
_TABLES: Final[Mapping[str, tuple[Check, object]]] = {
    "token": (partial(_table, checks=_TOKEN), None),
    "report": (partial(_table, checks=_REPORT), None),
    "headers": (_headers, {}),
    "refused": (partial(_rules, checks={**_RULE, "at": _one_of("token", "report")}), []),
    "no_report": (partial(_rules, checks=_RULE), []),
}
"""By table, what checks it, and what stands for one that is not there."""


def _problems(record: Mapping[str, Any]) -> Iterator[str]:
    yield from _unknown("", record, _TABLES)
    for name, (check, absent) in _TABLES.items():
        yield from check(name, record.get(name, absent))


# What only shows when one key is held against another.


def _contradictions(profile: Profile) -> Iterator[str]:
    token, report = profile.token, profile.report
    if token.send != "basic":
        yield from _pair_names(token)
    if SSID_GOES_HERE in token.path:
        yield "token.path: an SSID is not part of the token request."
    if token.path and token.method == "GET" and (token.send in _BODIES or token.extra):
        yield "token.method: fields of a body cannot be sent with GET."
    if not token.path:
        if token.extra:
            yield "token.extra: without token.path there is no token request; report.extra goes along instead."
        if token.answer:
            yield "token.answer: without token.path there is no answer with a token."
        if token.send in _BODIES:
            if report.method == "GET":
                yield "report.method: without token.path the pair is in the body of the report request: POST."
            if report.send != token.send:
                yield f"report.send: the pair is sent in the same body, so {token.send} is expected, as token.send."
            if {token.username, token.secret} & {report.body, *report.extra}:
                yield "report.body: the same field is named as one of the pair's."
    if report.method == "GET":
        for key, value in (("body", report.body), ("extra", report.extra)):
            if value:
                yield f"report.{key}: a body cannot be sent with GET."
    if report.body in report.extra:
        yield f"report.extra.{report.body}: the same field is named as report.body."
    elif report.send == "json":
        yield from _parted("report", {**report.extra, report.body: ""} if report.body else report.extra)
    if token.send == "json":
        yield from _parted("token", {**token.extra, token.username: "", token.secret: ""})
    if SSID_GOES_HERE not in report.path and not report.body:
        yield f"report.path: {SSID_GOES_HERE} is needed in it, or report.body."
    for name, rules in (("refused", profile.refused), ("no_report", profile.no_report)):
        for number, rule in enumerate(rules, 1):
            if problem := _says_too_little(rule):
                yield f"{name}.{number}{problem}"
            if rule.at == "token" and not token.path:
                yield f"{name}.{number}.at: without token.path there is no token request."


def _pair_names(token: TokenRequest) -> Iterator[str]:
    in_headers = token.send == "headers"
    what = "header" if in_headers else "field"
    for key, name in (("username", token.username), ("secret", token.secret)):
        if not name:
            yield f"token.{key}: with token.send = {token.send!r} the name of the {what} is needed."
        elif in_headers and not _may_be_set(name):
            yield f"token.{key}: the name of a header is expected that ssrcred does not set itself."
        elif name in token.extra:
            yield f"token.extra.{name}: the same field is named as token.{key}."
    if token.username and token.username.lower() == token.secret.lower():
        yield f"token.secret: the same {what} is named as token.username."


def _parted(key: str, fields: Mapping[str, str]) -> Iterator[str]:
    try:
        nested(fields)
    except ValueError:
        yield f"{key}: the name of one field leads through another one, so both cannot be sent."


def _says_too_little(rule: Rule) -> str:
    if rule.field or rule.words:
        return ""
    if not rule.status:
        return ": a status, a field or words are needed."
    if rule.status in {408, 429} or rule.status >= 500:
        return ".status: a service that is out of order says this too, so a field or words are needed."
    if rule.status == 200:
        return ".status: every good answer has it too, so a field or words are needed."
    return ""

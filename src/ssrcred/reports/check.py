"""Checks the tables of an API profile, key by key and then together, and notes every problem by its dotted key."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ssrcred.reports.profile import ReportRequest, TokenRequest
from ssrcred.reports.request import SSID_GOES_HERE, nested

SENDS: Final = ("basic", "json", "form", "headers")
BODIES: Final = ("json", "form")
METHODS: Final = ("GET", "POST")
PLACES: Final = ("token", "report")
_TABLES: Final = ("token", "report", "headers", "refused", "no_report")
_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110, 5.6.2: token
_OUR_HEADERS: Final = frozenset(
    {"host", "content-length", "content-type", "transfer-encoding", "connection", "accept-encoding", "cookie"}
)
_PATH: Final = re.compile(r"/(?!/)[!-~]*")
_PATH_OR_NONE: Final = re.compile(r"|/(?!/)[!-~]*")
_PRINTABLE: Final = re.compile(r"[ -~]*")
_DOTTED: Final = re.compile(r"|[^.\s](?:[^.\n]*[^.\s])?(?:\.[^.\s](?:[^.\n]*[^.\s])?)*")
_HOST: Final = re.compile(r"(?=.{1,253}(?::|\Z))[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?")


@dataclass
class Tables:
    """The checked keyword arguments of each part of a profile."""

    token: dict[str, Any] = field(default_factory=dict)
    report: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    refused: list[dict[str, Any]] = field(default_factory=list)
    no_report: list[dict[str, Any]] = field(default_factory=list)


def checked(record: Mapping[str, Any]) -> tuple[Tables, list[str]]:
    """The tables of a profile as they may be used, and every problem with them."""
    check = _Check()
    tables = check.tables(record)
    if not check.problems:
        check.together(tables)
    return tables, check.problems


def did_you_mean(word: str, words: list[str]) -> str:
    """A question with the word that is closest, or nothing."""
    close = difflib.get_close_matches(word, words, n=1)
    return f" Did you mean {close[0]}?" if close else ""


class _Check:
    """Goes through a profile's record and notes every problem."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def tables(self, record: Mapping[str, Any]) -> Tables:
        """Each table by itself."""
        self._known("", record, list(_TABLES))
        rule = {"status": self._status, "field": self._dotted, "words": self._texts}
        return Tables(
            self._table(
                record,
                "token",
                {
                    "path": self._path_or_none,
                    "method": self._one_of(METHODS),
                    "send": self._one_of(SENDS),
                    "username": self._text,
                    "secret": self._text,
                    "answer": self._dotted,
                    "extra": self._texts_by_name,
                },
            ),
            self._table(
                record,
                "report",
                {
                    "method": self._one_of(METHODS),
                    "path": self._path,
                    "send": self._one_of(BODIES),
                    "body": self._text,
                    "extra": self._texts_by_name,
                    "header": self._matching(re.compile(f"|{_HEADER.pattern}"), "the name of a header is expected"),
                    "prefix": self._matching(_PRINTABLE, "letters, digits and punctuation are expected"),
                    "query": self._text,
                    "list": self._dotted,
                    "type": self._dotted,
                    "year": self._dotted,
                    "language": self._dotted,
                    "link": self._dotted,
                    "hosts": self._hosts,
                    "words": self._texts,
                },
            ),
            self._headers("headers", record.get("headers", {})),
            self._rules(record, "refused", rule | {"at": self._one_of(PLACES)}),
            self._rules(record, "no_report", rule),
        )

    def together(self, tables: Tables) -> None:
        """What only shows when one key is held against another."""
        token, report = TokenRequest(**tables.token), ReportRequest(**tables.report)
        if token.send != "basic":
            self._pair_fields(token.send, token.username, token.secret, token.extra)
        if SSID_GOES_HERE in token.path:
            self._note("token.path", "an SSID is not part of the token request.")
        if token.path and token.method == "GET" and (token.send in BODIES or token.extra):
            self._note("token.method", "fields of a body cannot be sent with GET.")
        if not token.path:
            self._without_token(token, report)
        if report.method == "GET":
            for key, value in (("body", report.body), ("extra", report.extra)):
                if value:
                    self._note(f"report.{key}", "a body cannot be sent with GET.")
        if report.body in report.extra:
            self._note(f"report.extra.{report.body}", "the same field is named as report.body.")
        elif report.send == "json":
            self._fits_together("report", {**report.extra, report.body: ""} if report.body else report.extra)
        if token.send == "json":
            self._fits_together("token", {**token.extra, token.username: "", token.secret: ""})
        if SSID_GOES_HERE not in report.path and not report.body:
            self._note("report.path", f"{SSID_GOES_HERE} is needed in it, or report.body.")
        for name in ("refused", "no_report"):
            for number, rule in enumerate(getattr(tables, name), 1):
                self._rule_says_something(f"{name}.{number}", rule)
                if rule.get("at") == "token" and not token.path:
                    self._note(f"{name}.{number}.at", "without token.path there is no token request.")

    def _pair_fields(self, send: str, username: str, secret: str, extra: Mapping[str, str]) -> None:
        what = "header" if send == "headers" else "field"
        for key, value in (("username", username), ("secret", secret)):
            if not value:
                self._note(f"token.{key}", f"with token.send = {send!r} the name of the {what} is needed.")
            elif send == "headers" and (not _HEADER.fullmatch(value) or value.lower() in _OUR_HEADERS):
                self._note(f"token.{key}", "the name of a header is expected that ssrcred does not set itself.")
            elif value in extra:
                self._note(f"token.extra.{value}", f"the same field is named as token.{key}.")
        if username and username.lower() == secret.lower():
            self._note("token.secret", f"the same {what} is named as token.username.")

    def _without_token(self, token: TokenRequest, report: ReportRequest) -> None:
        if token.extra:
            self._note("token.extra", "without token.path there is no token request; report.extra goes along instead.")
        if token.answer:
            self._note("token.answer", "without token.path there is no answer with a token.")
        if token.send in BODIES and report.method == "GET":
            self._note("report.method", "without token.path the pair is in the body of the report request: POST.")
        if token.send in BODIES and report.send != token.send:
            self._note("report.send", f"the pair is sent in the same body, so {token.send} is expected, as token.send.")
        if token.send in BODIES and {token.username, token.secret} & {report.body, *report.extra}:
            self._note("report.body", "the same field is named as one of the pair's.")

    def _fits_together(self, key: str, fields: Mapping[str, str]) -> None:
        try:
            nested(fields)
        except ValueError:
            self._note(key, "the name of one field leads through another one, so both cannot be sent.")

    def _rule_says_something(self, key: str, rule: Mapping[str, Any]) -> None:
        status = rule.get("status", 0)
        if not (status or rule.get("field") or rule.get("words")):
            self._note(key, "a status, a field or words are needed.")
        elif (status in {408, 429} or status >= 500) and not (rule.get("field") or rule.get("words")):
            self._note(f"{key}.status", "a service that is out of order says this too, so a field or words are needed.")
        elif status in {0, 200} and not (rule.get("field") or rule.get("words")):
            self._note(f"{key}.status", "every good answer has it too, so a field or words are needed.")

    def _table(
        self, record: Mapping[str, Any], name: str, checks: Mapping[str, Callable[[str, Any], Any]]
    ) -> dict[str, Any]:
        table = record.get(name)
        if not isinstance(table, dict):
            self._note(name, f"a table is expected: [{name}].")
            return {}
        return self._keys(name, table, checks)

    def _keys(
        self, name: str, table: Mapping[str, Any], checks: Mapping[str, Callable[[str, Any], Any]]
    ) -> dict[str, Any]:
        self._known(f"{name}.", table, list(checks))
        return {key: checks[key](f"{name}.{key}", value) for key, value in table.items() if key in checks}

    def _rules(
        self, record: Mapping[str, Any], name: str, checks: Mapping[str, Callable[[str, Any], Any]]
    ) -> list[dict[str, Any]]:
        rules = record.get(name, [])
        if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
            self._note(name, f"tables are expected, each under [[{name}]].")
            return []
        return [self._keys(f"{name}.{number}", rule, checks) for number, rule in enumerate(rules, 1)]

    def _known(self, before: str, table: Mapping[str, Any], known: list[str]) -> None:
        for key in table:
            if key not in known:
                self._note(f"{before}{key}", f"there is no such key.{did_you_mean(key, known)}")

    def _note(self, key: str, problem: str) -> None:
        self.problems.append(f"{key}: {problem}")

    def _text(self, key: str, value: Any) -> str:
        if isinstance(value, str):
            return value
        self._note(key, "a text is expected.")
        return ""

    def _status(self, key: str, value: Any) -> int:
        if type(value) is int and 200 <= value <= 599:
            return value
        self._note(key, "an HTTP status is expected, like 404.")
        return 0

    def _matching(self, pattern: re.Pattern[str], otherwise: str) -> Callable[[str, Any], str]:
        def check(key: str, value: Any) -> str:
            if isinstance(value, str) and not pattern.fullmatch(value):
                self._note(key, f"{otherwise}.")
                return ""
            return self._text(key, value)

        return check

    def _dotted(self, key: str, value: Any) -> str:
        return self._matching(_DOTTED, "names with dots between them are expected, like data.token")(key, value)

    def _one_of(self, choices: tuple[str, ...]) -> Callable[[str, Any], str]:
        def check(key: str, value: Any) -> str:
            if value not in choices:
                close = did_you_mean(value, list(choices)) if isinstance(value, str) else ""
                self._note(key, f"one of {', '.join(choices)} is expected.{close}")
                return ""
            return str(value)

        return check

    def _path(self, key: str, value: Any) -> str:
        return self._safe(
            key, self._matching(_PATH, "a path that starts with one / is expected, without spaces")(key, value)
        )

    def _path_or_none(self, key: str, value: Any) -> str:
        otherwise = "a path that starts with one / is expected, without spaces; or nothing, if there is no token"
        return self._safe(key, self._matching(_PATH_OR_NONE, otherwise)(key, value))

    def _safe(self, key: str, path: str) -> str:
        rest = path.replace(SSID_GOES_HERE, "")
        if "{" in rest or "}" in rest:
            self._note(key, f"{SSID_GOES_HERE} is the only thing that is put in.")
        if "#" in rest or ".." in rest.partition("?")[0].split("/"):
            self._note(key, "neither # nor .. can stand in it.")
        return path

    def _texts(self, key: str, value: Any) -> tuple[str, ...]:
        if isinstance(value, list) and all(isinstance(item, str) and item.strip() for item in value):
            return tuple(value)
        self._note(key, "a list of texts is expected.")
        return ()

    def _hosts(self, key: str, value: Any) -> tuple[str, ...]:
        hosts = self._texts(key, value)
        for number, host in enumerate(hosts, 1):
            if not _HOST.fullmatch(host):
                self._note(key, f"number {number} is not the bare name of a host, like files.example.org.")
        return hosts

    def _texts_by_name(self, key: str, value: Any) -> dict[str, str]:
        if isinstance(value, dict):
            return {name: self._text(f"{key}.{name}", text) for name, text in value.items()}
        self._note(key, f"a table is expected: [{key}].")
        return {}

    def _headers(self, key: str, value: Any) -> dict[str, str]:
        headers = self._texts_by_name(key, value)
        for name, text in headers.items():
            if not _HEADER.fullmatch(name) or name.lower() in _OUR_HEADERS:
                self._note(f"{key}.{name}", "the name of a header is expected that ssrcred does not set itself.")
            elif not _PRINTABLE.fullmatch(text):
                self._note(f"{key}.{name}", "letters, digits and punctuation are expected.")
        return headers

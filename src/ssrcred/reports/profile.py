"""An API profile: how the state's service is talked to, checked whole when it is loaded.

The form is the one of design.md, *Files*; `token.method` and `report.words` are ours beside it.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, Final

from ssrcred.errors import ConfigInvalid

SENDS: Final = ("basic", "json", "form")
METHODS: Final = ("GET", "POST")
SSID_GOES_HERE: Final = "{ssid}"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]*")
_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110, 5.6.2: token
_PATH: Final = re.compile(r"/(?!/)[!-~]*")
_PRINTABLE: Final = re.compile(r"[ -~]*")
_DOTTED: Final = re.compile(r"|[^.\s]+(?:\.[^.\s]+)*")
_HOST: Final = re.compile(r"(?=.{1,253}(?::|\Z))[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?")


@dataclass(frozen=True)
class TokenRequest:
    """How the pair is exchanged for a token."""

    path: str = "/token"
    method: str = "POST"
    send: str = "basic"
    username: str = ""
    secret: str = ""
    answer: str = ""
    extra: Mapping[str, str] = field(default_factory=dict, repr=False)  # may hold a client's own key


@dataclass(frozen=True)
class ReportRequest:
    """How the reports of one student are asked for, and where the answer has what is needed."""

    method: str = "GET"
    path: str = "/scorereports/{ssid}"
    body: str = ""
    header: str = "Authorization"
    prefix: str = "Bearer "
    list: str = ""
    type: str = ""
    year: str = ""
    language: str = ""
    link: str = ""
    hosts: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Profile:
    """All that is to be known about a service beside its address; `name` is what the config calls it."""

    name: str
    token: TokenRequest
    report: ReportRequest


def load_profile(name: str) -> Profile:
    """The profile of that name in the package's data, or at that path.

    Raises ConfigInvalid with every problem at once, by dotted key.
    """
    try:
        content = _read(name)
        record = tomllib.loads(content.decode("utf-8"))
    except OSError:
        raise _invalid(name, (_not_there(name),)) from None
    except UnicodeDecodeError:
        raise _invalid(name, ("The file is not UTF-8 text.",)) from None
    except tomllib.TOMLDecodeError as error:
        raise _invalid(name, (f"The file is not TOML: {error}.",)) from None
    check = _Check()
    token, report = check.tables(record)
    if check.problems:
        raise _invalid(name, tuple(check.problems))
    return Profile(name, TokenRequest(**token), ReportRequest(**report))


def _read(name: str) -> bytes:
    if _NAME.fullmatch(name):
        return resources.files("ssrcred").joinpath("data", f"{name}.toml").read_bytes()
    return Path(name).expanduser().read_bytes()


def _not_there(name: str) -> str:
    if not _NAME.fullmatch(name):
        return "There is no file at that path that can be read."
    files = resources.files("ssrcred").joinpath("data").iterdir()
    known = sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith("-ssr.toml"))
    return f"No profile of that name comes with ssrcred; these do: {', '.join(known)}.{_did_you_mean(name, known)}"


def _invalid(name: str, problems: tuple[str, ...]) -> ConfigInvalid:
    return ConfigInvalid(
        f"The API profile {name} cannot be used: {' '.join(problems)}",
        state="Nothing was sent.",
        hint="Correct the profile, or name another one as toms.profile in config.toml. "
        "The one that comes with ssrcred, ets-ssr, explains every key.",
        problems=problems,
    )


def _did_you_mean(word: str, words: list[str]) -> str:
    close = difflib.get_close_matches(word, words, n=1)
    return f" Did you mean {close[0]}?" if close else ""


class _Check:
    """Goes through a profile's record and notes every problem."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def tables(self, record: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The checked keyword arguments of both requests."""
        self._known("", record, ["token", "report"])
        token = self._table(
            record,
            "token",
            {
                "path": self._path,
                "method": self._one_of(METHODS),
                "send": self._one_of(SENDS),
                "username": self._text,
                "secret": self._text,
                "answer": self._dotted,
                "extra": self._texts_by_name,
            },
        )
        report = self._table(
            record,
            "report",
            {
                "method": self._one_of(METHODS),
                "path": self._path,
                "body": self._text,
                "header": self._matching(_HEADER, "the name of a header is expected"),
                "prefix": self._matching(_PRINTABLE, "letters, digits and punctuation are expected"),
                "list": self._dotted,
                "type": self._dotted,
                "year": self._dotted,
                "language": self._dotted,
                "link": self._dotted,
                "hosts": self._hosts,
                "words": self._texts,
            },
        )
        if not self.problems:
            self._together(TokenRequest(**token), ReportRequest(**report))
        return token, report

    def _together(self, token: TokenRequest, report: ReportRequest) -> None:
        if token.send != "basic":
            for key, value in (("username", token.username), ("secret", token.secret)):
                if not value:
                    self._note(f"token.{key}", f"with token.send = {token.send!r} the name of the field is needed.")
                elif value in token.extra:
                    self._note(f"token.extra.{value}", f"the same field is named as token.{key}.")
            if token.username and token.username == token.secret:
                self._note("token.secret", "the same field is named as token.username.")
        if token.method == "GET" and (token.send != "basic" or token.extra):
            self._note("token.method", "fields of a body cannot be sent with GET.")
        if SSID_GOES_HERE in token.path:
            self._note("token.path", "an SSID is not part of the token request.")
        if report.body and report.method == "GET":
            self._note("report.body", "a body cannot be sent with GET.")
        if SSID_GOES_HERE not in report.path and not report.body:
            self._note("report.path", f"{SSID_GOES_HERE} is needed in it, or report.body.")

    def _table(
        self, record: Mapping[str, Any], name: str, checks: Mapping[str, Callable[[str, Any], Any]]
    ) -> dict[str, Any]:
        table = record.get(name)
        if not isinstance(table, dict):
            self._note(name, f"a table is expected: [{name}].")
            return {}
        self._known(f"{name}.", table, list(checks))
        return {key: checks[key](f"{name}.{key}", value) for key, value in table.items() if key in checks}

    def _known(self, before: str, table: Mapping[str, Any], known: list[str]) -> None:
        for key in table:
            if key not in known:
                self._note(f"{before}{key}", f"there is no such key.{_did_you_mean(key, known)}")

    def _note(self, key: str, problem: str) -> None:
        self.problems.append(f"{key}: {problem}")

    def _text(self, key: str, value: Any) -> str:
        if isinstance(value, str):
            return value
        self._note(key, "a text is expected.")
        return ""

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
                close = _did_you_mean(value, list(choices)) if isinstance(value, str) else ""
                self._note(key, f"one of {', '.join(choices)} is expected.{close}")
                return ""
            return str(value)

        return check

    def _path(self, key: str, value: Any) -> str:
        path = self._matching(_PATH, "a path that starts with one / is expected, without spaces")(key, value)
        rest = path.replace(SSID_GOES_HERE, "")
        if "{" in rest or "}" in rest:
            self._note(key, f"{SSID_GOES_HERE} is the only thing that is put in.")
        if "#" in rest or ".." in rest.partition("?")[0].split("/"):
            self._note(key, "neither # nor .. can stand in it.")
        return path

    def _texts(self, key: str, value: Any) -> tuple[str, ...]:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
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

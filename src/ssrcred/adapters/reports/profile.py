"""An API profile: how the state's service is talked to, checked whole when it is loaded.

The form is the one of design.md, *Files*; what is ours beside it is explained key by key in docs/how-to/api-profile.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Final

from ssrcred.adapters.atomic_file import create_file
from ssrcred.adapters.reports.tree import nested
from ssrcred.adapters.toml_file import Reader, Unfit, Words, invalid, matching, meant, one_of, read_toml, whole
from ssrcred.domain.errors import system_reason

SSID_GOES_HERE: Final = "{ssid}"
SHIPPED: Final = Path(__file__).parents[2] / "data"
_BODIES: Final = ("json", "form")
_HEADER: Final = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"  # RFC 9110, 5.6.2: token
_PART: Final = r"[^.\s](?:[^.\n]*[^.\s])?"
_PATH: Final = "must be a path that starts with one /, without spaces"


def _may_be_set(header: str) -> str:
    # Another one would say where the request goes or where it ends, or carry what was answered before.
    ours = {"host", "content-length", "content-type", "transfer-encoding", "connection", "accept-encoding", "cookie"}
    if not re.fullmatch(_HEADER, header) or header.lower() in ours:
        raise Unfit("must be the name of a header that ssrcred does not set itself")
    return header


def _within_the_service(path: str) -> str:
    problems = []
    # The path is appended to toms.api, and must not lead out of it.
    if re.search(r"\{(?!ssid\})|(?<!\{ssid)\}", path):
        problems.append(f"must not have anything in braces but {SSID_GOES_HERE}")
    if re.search(r"#|^[^?]*/\.\.(?:[/?]|$)", path):
        problems.append("must not have # or .. in it")
    if problems:
        raise Unfit(" and ".join(problems))
    return path


Method = Annotated[str, one_of("GET", "POST")]
DottedName = Annotated[
    str, matching(rf"|{_PART}(?:\.{_PART})*", "must be names with dots between them, like data.token")
]
Printable = Annotated[str, matching(r"[ -~]*", "must be letters, digits and punctuation")]
Host = Annotated[
    str,
    matching(
        r"(?=.{1,253}(?::|\Z))[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?",
        "must be the bare name of a host, like files.example.org",
    ),
]


@dataclass(frozen=True)
class TokenRequest:
    """How the credentials get a token; without a path there is none, and they go with the report request."""

    path: Annotated[
        str, matching(r"|/(?!/)[!-~]*", f"{_PATH}; or nothing, if there is no token"), _within_the_service
    ] = "/token"
    method: Method = "POST"
    # An Authorization header; fields of the body; or two headers, which the next two keys name, as they name fields
    # (dotted for json).
    send: Annotated[str, one_of("basic", "json", "form", "headers")] = "basic"
    username: str = ""
    secret: str = ""
    answer: DottedName = ""  # where the token is in the answer; "" looks for it
    extra: Mapping[str, str] = field(default_factory=dict, repr=False)  # may hold a client's own key

    def contradictions(self) -> Iterator[str]:
        """Names of the two fields that are missing or taken, and what cannot be in this request."""
        what = "header" if self.send == "headers" else "field"
        for key, name in () if self.send == "basic" else (("username", self.username), ("secret", self.secret)):
            if not name:
                yield f"{key}: is missing: with send = {self.send!r} it is the name of the {what}"
            elif name in self.extra:
                yield f"extra.{name}: is already the name of {key}"
            elif self.send == "headers":
                try:
                    _may_be_set(name)
                except Unfit as reason:
                    yield f"{key}: {reason}"
        if self.send != "basic" and self.username and self.username.lower() == self.secret.lower():
            yield f"secret: is the same {what} as username"
        if SSID_GOES_HERE in self.path:
            yield "path: has an SSID in it, which is no part of the token request"
        if self.path and self.method == "GET" and (self.send in _BODIES or self.extra):
            yield "method: must be POST: fields of a body cannot be sent with GET"
        if self.send == "json":
            yield from _crossing({**self.extra, self.username: "", self.secret: ""})


@dataclass(frozen=True)
class ReportRequest:
    """How the reports of one student are asked for, how the token is shown, and where the answer has what is needed."""

    method: Method = "GET"
    path: Annotated[str, matching(r"/(?!/)[!-~]*", _PATH), _within_the_service] = "/scorereports/{ssid}"
    send: Annotated[str, one_of(*_BODIES)] = "json"
    body: str = ""  # the field that carries the SSID
    extra: Mapping[str, str] = field(default_factory=dict, repr=False)
    # The token goes into the parameter `query` when that has a name, else into `header` behind `prefix`; without
    # either it is not shown, because the service remembers it in a cookie.
    header: Annotated[str, matching(f"|{_HEADER}", "must be the name of a header")] = "Authorization"
    prefix: Printable = "Bearer "
    query: str = ""
    list: DottedName = ""  # of the reports in the answer; the next four are within one report
    type: DottedName = ""
    year: DottedName = ""
    language: DottedName = ""
    link: DottedName = ""
    hosts: tuple[Host, ...] = ()  # others that a link may lead to
    words: Words = ()

    def contradictions(self) -> Iterator[str]:
        """What cannot be in this request, and a request that names no student."""
        if self.method == "GET":
            yield from (f"{key}: cannot be sent with GET" for key in ("body", "extra") if getattr(self, key))
        if self.body in self.extra:
            yield f"extra.{self.body}: is already the name of body"
        elif self.send == "json":
            yield from _crossing({**self.extra, self.body: ""} if self.body else self.extra)
        if SSID_GOES_HERE not in self.path and not self.body:
            yield f"path: must have {SSID_GOES_HERE} in it, where there is no body"


@dataclass(frozen=True)
class Rule:
    """What an answer that means one thing looks like: all that is named here must fit."""

    status: Annotated[int, whole(200, 599)] = 0  # 0 is any
    field: DottedName = ""  # without words it must be there and hold something
    words: Words = ()  # phrases, one of which stands in that field, or in the whole answer without a field
    at: Annotated[str, one_of("token", "report")] = ""  # "" is the request that carries the credentials

    def contradictions(self) -> Iterator[str]:
        """A rule that other answers fit, too."""
        if self.field or self.words:
            return
        if not self.status:
            yield "status: is missing, where there is neither a field nor words"
        elif self.status in {408, 429} or self.status >= 500:
            yield "status: is also returned by a service that is down, so a field or words are needed"
        elif self.status == 200:
            yield "status: is also returned with every good answer, so a field or words are needed"


@dataclass(frozen=True)
class Profile:
    """All that is to be known about a service beside its address; `name` is what the config calls it.

    `headers` go with every request to the service itself. Where `refused` or `no_report` has rules, only what they say
    rejects the credentials, or is a student without a report; without, answers are read tolerantly.
    """

    name: str = field(metadata={"key": None})
    token: TokenRequest
    report: ReportRequest
    headers: Mapping[Annotated[str, _may_be_set], Printable] = field(default_factory=dict, repr=False)
    refused: tuple[Rule, ...] = ()
    no_report: tuple[Rule, ...] = ()

    def contradictions(self) -> Iterator[str]:
        """What shows when one request is held against the other."""
        token, report = self.token, self.report
        if not token.path:
            # The credentials go with the report request, so its body must be able to carry them.
            if token.extra:
                yield "token.extra: needs a token.path; without one, use report.extra"
            if token.answer:
                yield "token.answer: needs a token.path"
            if token.send in _BODIES:
                if report.method == "GET":
                    yield "report.method: must be POST: without token.path the credentials are in this request's body"
                if report.send != token.send:
                    yield f"report.send: must be {token.send}, as token.send: the credentials are sent in the same body"
                if {token.username, token.secret} & {report.body, *report.extra}:
                    yield "report.body: is already the name of a field of the credentials"
        for number, rule in enumerate(self.refused, 1):
            if rule.at == "token" and not token.path:
                yield f"refused.{number}.at: must be report: without token.path there is no token request"
        for number, rule in enumerate(self.no_report, 1):
            if rule.at:  # it is always about the report request
                yield f"no_report.{number}.at: is not known here"


def _crossing(fields: Mapping[str, str]) -> Iterator[str]:
    try:
        nested(fields)
    except ValueError:
        yield "extra: has two fields of which one name leads through the other, so both cannot be sent"


def load_profile(name: str) -> Profile:
    """The profile of that name in the package's data, or at that path.

    Raises ConfigInvalid with every problem at once, by dotted key.
    """
    shipped = re.fullmatch(r"[a-z0-9][a-z0-9-]*", name) is not None
    path = SHIPPED / f"{name}.toml" if shipped else Path(name).expanduser()
    try:
        return understood(name, read_toml(path, called=_called(name), state=_STATE, hint=_HINT))
    except FileNotFoundError:
        problem = "there is no such file"
        if shipped:
            known = sorted(one.name.removesuffix(".toml") for one in SHIPPED.glob("*-ssr.toml"))
            problem = f"no profile of that name comes with ssrcred; {meant(name, known)}"
        raise invalid(_called(name), [problem], state=_STATE, hint=_HINT) from None


def understood(name: str, record: Mapping[str, Any]) -> Profile:
    """The profile that the tables of a file make. Raises ConfigInvalid with every problem at once, by dotted key."""
    reader = Reader()
    profile = reader.section(Profile, record)
    if reader.problems:
        raise invalid(_called(name), reader.problems, state=_STATE, hint=_HINT)
    return replace(profile, name=name)


_STATE: Final = "Nothing was sent."
_HINT: Final = (
    "Correct the profile, or name another one as toms.profile in config.toml. "
    "Every key is explained in docs/how-to/api-profile.md."
)


def _called(name: str) -> str:
    return f"The API profile {name}"


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
        # A profile that somebody wrote is never replaced: the new one gets a number.
        while True:
            try:
                create_file(path, content)
                return path
            except FileExistsError:
                number += 1
                path = folder / f"{name}-{number}.toml"
    except OSError as error:
        state, hint = "Nothing was changed.", f"Make room in {folder}, let this account write there, and run it again."
        raise invalid(path.name, [f"cannot be written ({system_reason(error)})"], state=state, hint=hint) from None

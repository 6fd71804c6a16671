"""An API profile: how the state's service is talked to, checked whole when it is loaded.

The form is the one of design.md, *Files*; what is ours beside it is explained key by key in docs/how-to/api-profile.md.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, Final

from ssrcred.errors import ConfigInvalid

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]*")


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
    try:
        record = tomllib.loads(_read(name).decode("utf-8-sig"))  # Windows editors put a mark in front
    except OSError:
        raise _invalid(name, (_not_there(name),)) from None
    except UnicodeDecodeError:
        raise _invalid(name, ("The file is not UTF-8 text.",)) from None
    except RecursionError:
        raise _invalid(name, ("Brackets stand within brackets beyond all measure.",)) from None
    except ValueError as error:
        raise _invalid(name, (f"The file is not TOML: {_where(error)}.",)) from None
    return understood(name, record)


def understood(name: str, record: Mapping[str, Any]) -> Profile:
    """The profile that the tables of a file make. Raises ConfigInvalid with every problem at once, by dotted key."""
    from ssrcred.reports.check import checked

    tables, problems = checked(record)
    if problems:
        raise _invalid(name, tuple(problems))
    return Profile(
        name,
        TokenRequest(**tables.token),
        ReportRequest(**tables.report),
        tables.headers,
        tuple(Rule(**rule) for rule in tables.refused),
        tuple(Rule(**rule) for rule in tables.no_report),
    )


def save_profile(folder: Path, name: str, tables: Mapping[str, Any], said: str) -> Path:
    """Write a new profile NAME.toml into `folder` (0600), or NAME-2.toml and so on; `said` is its first comment.

    Nothing that is there is touched. Raises ConfigInvalid when the disk refuses.
    """
    import tomli_w

    comment = "".join(f"# {line}\n" for line in said.splitlines())
    content = f"{comment}\n{tomli_w.dumps(tables)}".encode()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        number = 1
        while True:
            path = folder / (f"{name}.toml" if number == 1 else f"{name}-{number}.toml")
            try:
                handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                number += 1
                continue
            _fill(path, handle, content)
            return path
    except OSError as error:
        raise ConfigInvalid(
            f"The API profile cannot be written ({(error.strerror or 'no reason given').lower()}).",
            state="Nothing was changed.",
            hint=f"Make room in {folder}, let this account write there, and run it again.",
        ) from None


def _fill(path: Path, handle: int, content: bytes) -> None:
    """Write the new file, or take it away again."""
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
    except OSError:
        path.unlink(missing_ok=True)
        raise


def _read(name: str) -> bytes:
    if _NAME.fullmatch(name):
        return resources.files("ssrcred").joinpath("data", f"{name}.toml").read_bytes()
    return Path(name).expanduser().read_bytes()


def _where(error: ValueError) -> str:
    # Only where: the parser's own words can quote the file, and that may hold a client's own key.
    found = re.search(r"\((at (?:line \d+, column \d+|end of document))\)", str(error))
    return f"it stops being so {found[1]}" if found else "a number in it cannot be read"


def _not_there(name: str) -> str:
    from ssrcred.reports.check import did_you_mean

    if not _NAME.fullmatch(name):
        return "There is no file at that path that can be read."
    files = resources.files("ssrcred").joinpath("data").iterdir()
    known = sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith("-ssr.toml"))
    return f"No profile of that name comes with ssrcred; these do: {', '.join(known)}.{did_you_mean(name, known)}"


def _invalid(name: str, problems: tuple[str, ...]) -> ConfigInvalid:
    return ConfigInvalid(
        f"The API profile {name} cannot be used: {' '.join(problems)}",
        state="Nothing was sent.",
        hint="Correct the profile, or name another one as toms.profile in config.toml. "
        "Every key is explained in docs/how-to/api-profile.md.",
        problems=problems,
    )

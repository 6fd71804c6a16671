"""Reads config.toml, and writes it whole or not at all, so that what people wrote into it stays."""

from __future__ import annotations

import copy
import os
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from ssrcred.adapters.config.lea import Config
from ssrcred.adapters.config.section import dotted
from ssrcred.adapters.config.table import understood
from ssrcred.domain.errors import ConfigInvalid

SHOWN: Final = 20
"""Problems that the message names; `ConfigInvalid.problems` has all."""


def load(path: Path) -> Config:
    """What the file at `path` says; paths in it start from its folder. ConfigInvalid names every problem at once."""
    config, problems = _understood(path)
    if problems:
        raise _invalid(path.name, problems, "Nothing was done.", _mend(path))
    return config


def load_sound(path: Path, *, reminders: bool = True) -> Config:
    """Like `load`, with those LEAs alone that are sound; `wrong` says by key what is wrong with each of the others.

    Without `reminders`, so does `aside` for the sections that are only needed to remind. Raises ConfigInvalid for what
    concerns all LEAs: a file that cannot be read, or a problem in any other section.
    """
    config, problems = _understood(path)
    unsound, elsewhere = _by_lea(problems, config.leas)
    aside = [] if reminders else [problem for problem in elsewhere if re.match(r"(?:smtp|remind)[.:]", problem)]
    if len(aside) < len(elsewhere):
        raise _invalid(path.name, elsewhere, "Nothing was done.", _mend(path))
    wrong = {
        key: _invalid(path.name, found, "Nothing was done for this LEA.", _mend(path)) for key, found in unsound.items()
    }
    sound = {key: lea for key, lea in config.leas.items() if key not in wrong}
    return replace(config, leas=sound, wrong=wrong, aside=tuple(aside))


def _understood(path: Path) -> tuple[Config, list[str]]:
    content, tables = _read(path)
    if content is None:
        raise ConfigInvalid(
            f"There is no {path.name} yet.",
            state=f"Nothing was done. It was looked for in {path.parent}.",
            hint="To make it, type: ssrcred setup",
            problems=(f"{path.name}: is missing",),
        )
    return understood(tables, path.parent)


def _by_lea(problems: Iterable[str], keys: Iterable[str]) -> tuple[dict[str, list[str]], list[str]]:
    """The problems of each LEA that has any, and those that are in no LEA's section."""
    begins = {key: re.compile(rf"{re.escape(dotted('lea', key))}[.:]") for key in keys}
    found: dict[str, list[str]] = {}
    elsewhere = []
    for problem in problems:
        if (key := next((key for key, begin in begins.items() if begin.match(problem)), None)) is not None:
            found.setdefault(key, []).append(problem)
        else:
            elsewhere.append(problem)
    return found, elsewhere


def check_lea(key: str, table: Mapping[str, object]) -> tuple[str, ...]:
    """Every problem that the section [lea.KEY] would have with this content, worded as `load` would."""
    return tuple(understood({"lea": {key: table}}, Path())[1])


def add_lea(path: Path, key: str, table: Mapping[str, object], *, replace: bool = False) -> None:
    """Write the section [lea.KEY] into the file at `path`, which is made (0600) where there is none.

    A new section is added below what is there, comments and all. One that exists is only replaced with `replace`: then
    the file is written anew, without its comments, and the former one is kept as config.toml.old.
    Raises ConfigInvalid, with nothing written, when the file or the section has a problem or the disk refuses.
    """
    _write(path, ("lea", key), table, replace=replace)


def set_vault(path: Path, backend: str) -> None:
    """Write the section [vault], in place of the one that is there; otherwise like `add_lea`."""
    _write(path, ("vault",), {"backend": backend}, replace=True)


def set_remind(path: Path, smtp: Mapping[str, object] | None, lea: str, table: Mapping[str, object]) -> None:
    """Write [smtp], unless it is None, and then [lea.KEY.remind], each in place of the one that is there."""
    if smtp is not None:
        _write(path, ("smtp",), smtp, replace=True)
    _write(path, ("lea", lea, "remind"), table, replace=True)


def _read(path: Path) -> tuple[bytes | None, dict[str, Any]]:
    """The bytes of the file, None where there is none, and the tables in it."""
    try:
        content = path.read_bytes()
        # Windows editors put a mark in front that TOML does not know.
        return content, tomllib.loads(content.decode("utf-8-sig"))
    except FileNotFoundError:
        return None, {}
    except OSError as error:
        problem = f"cannot be read ({_reason(error)})"
        hint = f"Let this account read {path}, and run it again."
    except UnicodeDecodeError as error:
        problem = f"byte {error.start + 1} is not UTF-8 text"
        hint = f"Save {path} with the encoding UTF-8, and run it again."
    except RecursionError:
        problem, hint = "brackets stand within brackets beyond all measure", _mend(path)
    except ValueError as error:
        # Only where: the parser's own words can quote the file.
        found = re.search(r"\(at (line \d+, column \d+|end of document)\)", str(error))
        problem, hint = f"{found[1] if found else 'a number in it'} is not understood as TOML", _mend(path)
    raise _invalid(path.name, [problem], "Nothing was done.", hint)


def _write(path: Path, where: Sequence[str], table: Mapping[str, object], *, replace: bool) -> None:
    # Only setting up writes.
    import tomli_w

    # Where the file is a link to one kept elsewhere, it stays a link.
    path = Path(os.path.realpath(path))
    former, tables = _read(path)
    former_config, problems = understood(tables, path.parent)
    unsound, elsewhere = _by_lea(problems, former_config.leas)
    # A slip in another LEA's section is no reason not to write this one's, and a section that is replaced is cured.
    own = unsound.get(where[1], []) if where[0] == "lea" and not (replace and len(where) == 2) else []
    if elsewhere or own:
        raise _invalid(path.name, [*elsewhere, *own], "Nothing was written.", _mend(path))
    *above, name = where
    merged = copy.deepcopy(tables)
    parent, section = merged, dict[str, object]({name: dict(table)})
    for key in above:
        parent = parent.setdefault(key, {})
    existed = name in parent
    parent[name] = dict(table)
    for key in reversed(above):
        section = {key: section}
    if existed and not replace:
        raise ConfigInvalid(
            f"{where[-1]} is in {path.name} already.",
            state="Nothing was written.",
            hint=f"Change it in {path} with a text editor, or have it replaced.",
            problems=(f"{'.'.join(where)}: is there already",),
        )
    if merged == tables:
        return
    if problems := [one for one in understood(merged, path.parent)[1] if one not in problems]:
        raise _invalid("What was entered", problems, "Nothing was written.", "Correct it, and run it again.")
    # Below what is there, with the line ends that it has.
    former = former or b""
    end = b"\r\n" if b"\r\n" in former else b"\n"
    joint = b"" if not former else end if former.endswith(b"\n") else end * 2
    content = former + joint + tomli_w.dumps(section).encode().replace(b"\n", end)
    # An inline table, for one, cannot be added to from below.
    if existed or not _says(content, merged):
        content = tomli_w.dumps(merged).encode()
        _replace(path.with_name(f"{path.name}.old"), former)
    _replace(path, content)


def _says(content: bytes, tables: Mapping[str, object]) -> bool:
    try:
        return tomllib.loads(content.decode("utf-8-sig")) == tables
    except ValueError:
        return False


def _replace(path: Path, content: bytes) -> None:
    from ssrcred.adapters.atomic_file import replace_file

    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(path, content)
    except OSError as error:
        raise _invalid(
            path.name,
            [f"cannot be written ({_reason(error)})"],
            "Nothing was written; what was there is as it was.",
            f"Make room in {path.parent} and let this account write there, and run it again.",
        ) from None


def _invalid(name: str, problems: Sequence[str], state: str, hint: str) -> ConfigInvalid:
    if len(problems) == 1:
        message = f"{name} has a problem: {problems[0]}"
    else:
        more = [f"and {len(problems) - SHOWN} more"] if len(problems) > SHOWN else []
        listed = [*problems[:SHOWN], *more]
        numbered = (f"({number}) {problem}" for number, problem in enumerate(listed, 1))
        message = f"{name} has {len(problems)} problems: {'; '.join(numbered)}"
    message += "" if message.endswith("?") else "."
    return ConfigInvalid(message, state=state, hint=hint, problems=tuple(problems))


def _mend(path: Path) -> str:
    return f"Mend {path} in a text editor, and run it again."


def _reason(error: OSError) -> str:
    return (error.strerror or "no reason given").lower()

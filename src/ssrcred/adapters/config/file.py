"""Reads config.toml, and writes it whole or not at all, so that what people wrote into it stays."""

from __future__ import annotations

import copy
import os
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Final

from ssrcred.adapters.config.schema import PORTS, Config, Everyone, Lea, Smtp
from ssrcred.adapters.config.value import lea_key, name_or_path
from ssrcred.adapters.toml_file import (
    Reader,
    dotted,
    invalid,
    one_of,
    read_toml,
    read_toml_and_bytes,
    whole,
    write_toml,
)
from ssrcred.domain.cds_code import no_county
from ssrcred.domain.errors import ConfigInvalid

NOTHING_DONE: Final = "Nothing was done."
NOTHING_WRITTEN: Final = "Nothing was written."
ENTERED: Final = "Correct it, and run it again."


@dataclass(frozen=True)
class _Vault:
    backend: Annotated[str, one_of("keyring", "file")] = Config.backend


@dataclass(frozen=True)
class _AllLeas:
    per_host: Annotated[int, whole(1, 64)] = Config.per_host


@dataclass(frozen=True)
class _File:
    """The sections of config.toml."""

    lea: Mapping[Annotated[str, lea_key], Lea] = field(default_factory=dict)
    vault: _Vault = field(default_factory=_Vault)
    all: _AllLeas = field(default_factory=_AllLeas)
    smtp: Smtp | None = None
    remind: Everyone = field(default_factory=Everyone)


def understood(tables: Mapping[str, object], folder: Path) -> tuple[Config, list[str]]:
    """What the tables say, as far as they can be understood, and every problem in them; paths start from `folder`."""
    reader = Reader(no_secrets=True)
    file = reader.section(_File, tables)
    leas: dict[str, Lea] = {}
    seen: dict[str, str] = {}
    for key, lea in file.lea.items():
        if not lea:  # no section at all
            continue
        if lea.cds and seen.setdefault(lea.cds, key) != key:
            reader.problems.append(f"{dotted('lea', key)}.cds: is also that of {dotted('lea', seen[lea.cds])}")
        toms = replace(lea.toms, profile=name_or_path(lea.toms.profile, folder))
        if schoolwise := lea.schoolwise:
            browser = schoolwise.browser and name_or_path(schoolwise.browser, folder)
            schoolwise = replace(schoolwise, browser=browser, map=name_or_path(schoolwise.map, folder))
        leas[key] = replace(lea, key=key, toms=toms, schoolwise=schoolwise)
    smtp = file.smtp
    if smtp and not smtp.port:
        smtp = replace(smtp, port=PORTS[smtp.security])
    if "smtp" not in tables and (file.remind.mail or any(lea.remind.mail for lea in leas.values())):
        reader.problems.append("smtp: is missing, but there are mail addresses to remind")
    return Config(leas, file.vault.backend, file.all.per_host, smtp, file.remind), reader.problems


def config_exists(path: Path) -> bool:
    """Whether there is a file at `path`. One in a folder that may not be entered counts: loading it says why not."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def load(path: Path) -> Config:
    """What the file at `path` says; paths in it start from its folder. ConfigInvalid names every problem at once."""
    config, problems = understood(_tables(path), path.parent)
    if problems:
        raise invalid(path.name, problems, state=NOTHING_DONE, hint=_mend(path))
    return config


def load_sound(path: Path, *, reminders: bool = True) -> Config:
    """Like `load`, with those LEAs alone that are sound; `wrong` says by key what is wrong with each of the others.

    Without `reminders`, so does `aside` for the sections that are only needed to remind. Raises ConfigInvalid for what
    concerns all LEAs: a file that cannot be read, or a problem in any other section.
    """
    tables = _tables(path)
    config, problems = understood(tables, path.parent)
    unsound, elsewhere = _by_lea(problems, tables)
    aside = [] if reminders else [problem for problem in elsewhere if re.match(r"(?:smtp|remind)[.:]", problem)]
    if len(aside) < len(elsewhere):
        raise invalid(path.name, elsewhere, state=NOTHING_DONE, hint=_mend(path))
    state = "Nothing was done for this LEA."
    wrong = {key: invalid(path.name, found, state=state, hint=_mend(path)) for key, found in unsound.items()}
    sound = {key: lea for key, lea in config.leas.items() if key not in wrong}
    return replace(config, leas=sound, wrong=wrong, aside=tuple(aside))


def _tables(path: Path) -> dict[str, Any]:
    try:
        return read_toml(path, called=path.name, state=NOTHING_DONE, hint=_mend(path))
    except FileNotFoundError:
        raise ConfigInvalid(
            f"There is no {path.name} yet.",
            state=f"Nothing was done. ssrcred looked in {path.parent}.",
            hint="To make it, type: ssrcred setup",
            problems=(f"{path.name}: is missing",),
        ) from None


def _by_lea(problems: Iterable[str], tables: Mapping[str, Any]) -> tuple[dict[str, list[str]], list[str]]:
    """The problems of each LEA that has any, and those that are in no LEA's section."""
    leas = tables.get("lea")
    begins = (
        {key: re.compile(rf"{re.escape(dotted('lea', key))}[.:]") for key in leas} if isinstance(leas, dict) else {}
    )
    found: dict[str, list[str]] = {}
    elsewhere = []
    for problem in problems:
        if (key := next((key for key, begin in begins.items() if begin.match(problem)), None)) is not None:
            found.setdefault(key, []).append(problem)
        else:
            elsewhere.append(problem)
    return found, elsewhere


def check_lea(key: str, table: Mapping[str, object]) -> tuple[str, ...]:
    """Every problem that the section [lea.KEY] would have with this content, worded as `load` would; and a code whose
    county does not exist.
    """
    problems = understood({"lea": {key: table}}, Path())[1]
    # For what is entered, and not for what is in the file: an LEA that was set up with such a code goes on working.
    where, code = f"{dotted('lea', key)}.cds: ", table.get("cds")
    if isinstance(code, str) and not any(one.startswith(where) for one in problems) and (wrong := no_county(code)):
        problems.insert(0, f"{where}{wrong}")
    return tuple(problems)


def add_lea(path: Path, key: str, table: Mapping[str, object], *, replace: bool = False) -> None:
    """Write the section [lea.KEY] into the file at `path`, which is made (0600) where there is none.

    A new section is added below what is there, comments and all. One that exists is only replaced with `replace`: then
    the file is written anew, without its comments, and the former one is kept as config.toml.old.
    Raises ConfigInvalid, with nothing written, when the file or the section has a problem or the disk refuses.
    """
    if problems := check_lea(key, table):
        raise invalid("What was entered", problems, state=NOTHING_WRITTEN, hint=ENTERED)
    _write(path, ("lea", key), table, replace=replace)


def add_leas(path: Path, sections: Mapping[str, Mapping[str, object]]) -> None:
    """Write a new section [lea.KEY] for each key, all or none of them; otherwise like `add_lea`."""
    edit = _Edit(path)
    edit.check()
    merged = {**edit.tables, "lea": {**edit.tables.get("lea", {}), **sections}}
    edit.save(merged, edit.below({"lea": sections}))


def rename_lea(path: Path, key: str, name: str) -> None:
    """Give the section [lea.KEY] another short name, comments and all. Raises ConfigInvalid, with nothing written."""
    edit = _Edit(path)
    edit.check(key)
    header = re.compile(rb"^(\s*\[+\s*lea\s*\.\s*)([\"\']?)" + key.encode() + rb"\2(?=\s*[\].])", re.MULTILINE)
    leas = {name if one == key else one: section for one, section in edit.tables["lea"].items()}
    edit.save({**edit.tables, "lea": leas}, header.sub(rb"\g<1>" + name.encode(), edit.former))


def remove_lea(path: Path, key: str) -> None:
    """Take the section [lea.KEY] out, with the comment right above it. Raises ConfigInvalid, with nothing written."""
    edit = _Edit(path)
    edit.check()
    header = re.compile(rb"\s*\[+\s*lea\s*\.\s*([\"\']?)" + key.encode() + rb"\1\s*[\].]")
    lines = edit.former.splitlines(keepends=True)
    starts = [0]
    for at, line in enumerate(lines):
        if re.match(rb"\s*\[", line):
            # A comment belongs to the section whose header is right below it.
            while at and lines[at - 1].lstrip()[:1] == b"#":
                at -= 1
            starts.append(at)
    blocks = [lines[start:end] for start, end in zip(starts, [*starts[1:], None], strict=True)]
    kept = [line for block in blocks if not any(map(header.match, block)) for line in block]
    merged = {**edit.tables, "lea": {one: table for one, table in edit.tables["lea"].items() if one != key}}
    if not merged["lea"]:
        del merged["lea"]
    edit.save(merged, b"".join(kept))


def set_vault(path: Path, backend: str) -> None:
    """Write the section [vault], in place of the one that is there; otherwise like `add_lea`."""
    _write(path, ("vault",), {"backend": backend}, replace=True)


def set_remind(path: Path, smtp: Mapping[str, object] | None, lea: str, table: Mapping[str, object]) -> None:
    """Write [smtp], unless it is None, and then [lea.KEY.remind], each in place of the one that is there."""
    if smtp is not None:
        _write(path, ("smtp",), smtp, replace=True)
    _write(path, ("lea", lea, "remind"), table, replace=True)


def _write(path: Path, where: Sequence[str], table: Mapping[str, object], *, replace: bool) -> None:
    edit = _Edit(path)
    path = edit.path
    # A section that is replaced is cured.
    edit.check(where[1] if where[0] == "lea" and not (replace and len(where) == 2) else None)
    *above, name = where
    merged = copy.deepcopy(edit.tables)
    parent, section = merged, dict[str, object]({name: dict(table)})
    for key in above:
        parent = parent.setdefault(key, {})
    for key in reversed(above):
        section = {key: section}
    existed = name in parent
    parent[name] = dict(table)
    if existed and not replace:
        raise ConfigInvalid(
            f"{name} is already in {path.name}.",
            state=NOTHING_WRITTEN,
            hint=f"Change it in {path} with a text editor, or replace it.",
            problems=(f"{'.'.join(where)}: is there already",),
        )
    edit.save(merged, b"" if existed else edit.below(section))


class _Edit:
    """config.toml as it is, for one change that is written whole or not at all."""

    def __init__(self, path: Path) -> None:
        # Where the file is a link to one kept elsewhere, it stays a link.
        self.path = Path(os.path.realpath(path))
        try:
            self.tables, self.former = read_toml_and_bytes(
                self.path, called=self.path.name, state=NOTHING_WRITTEN, hint=_mend(self.path)
            )
        except FileNotFoundError:
            self.tables, self.former = {}, b""
        self._problems = understood(self.tables, self.path.parent)[1]

    def check(self, lea: str | None = None) -> None:
        """Raise ConfigInvalid for what is wrong in the file already; in an LEA's section only where it is `lea`'s."""
        # A slip in another LEA's section is no reason not to write this one's.
        unsound, elsewhere = _by_lea(self._problems, self.tables)
        if found := [*elsewhere, *unsound.get(lea or "", [])]:
            raise invalid(self.path.name, found, state=NOTHING_WRITTEN, hint=_mend(self.path))

    def below(self, sections: Mapping[str, object]) -> bytes:
        """The file with these sections below what is there, with the line ends that it has."""
        import tomli_w  # dear, and only setting up writes

        end = b"\r\n" if b"\r\n" in self.former else b"\n"
        joint = b"" if not self.former else end if self.former.endswith(b"\n") else end * 2
        return self.former + joint + tomli_w.dumps(sections).encode().replace(b"\n", end)

    def save(self, merged: Mapping[str, Any], content: bytes) -> None:
        """Write the `content`, which should say what the tables `merged` say; where it does not, those alone.

        Then the comments are gone, and the former file is kept as config.toml.old.
        """
        if merged == self.tables:
            return
        if problems := [one for one in understood(merged, self.path.parent)[1] if one not in self._problems]:
            raise invalid("What was entered", problems, state=NOTHING_WRITTEN, hint=ENTERED)
        state = "Nothing was written; the file is unchanged."
        hint = f"Make room in {self.path.parent} and let this account write there, and run it again."
        # An inline table, for one, cannot be added to from below.
        if not _says(content, merged):
            import tomli_w

            content = tomli_w.dumps(merged).encode()
            old = self.path.with_name(f"{self.path.name}.old")
            write_toml(old, self.former, state=state, hint=hint)
        write_toml(self.path, content, state=state, hint=hint)


def _says(content: bytes, tables: Mapping[str, object]) -> bool:
    try:
        return tomllib.loads(content.decode("utf-8-sig")) == tables
    except ValueError:
        return False


def _mend(path: Path) -> str:
    return f"Fix {path} in a text editor, and run it again."

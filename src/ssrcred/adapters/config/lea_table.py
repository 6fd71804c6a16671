"""LEAs as a table in a CSV file: read with the habits of spreadsheets in mind, and every row's problem told at once.

The columns of the state's public files are known by their published names and have not been tried with a real file:
Public Schools and Districts (cde.ca.gov/ds/si/ds/fspubschls.asp: CDSCode, StatusType, County, District, School),
Public Districts (fspubdistricts.asp: CDCode of 7 digits) and Directory Export (cde.ca.gov/SchoolDirectory/topic/8:
CDS Code, Status). All are separated by tabs.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ssrcred.adapters.config.file import check_lea
from ssrcred.adapters.config.schema import Lea, Schoolwise
from ssrcred.adapters.toml_file import SECRET_NAME, dotted, meant
from ssrcred.domain import cds_code
from ssrcred.domain.credential import looks_like_key
from ssrcred.domain.errors import ConfigInvalid, nearest, system_reason
from ssrcred.domain.sis import Directory

NOTHING_IMPORTED: Final = "Nothing was imported."
# Each column that `export` writes, with its dotted key in the LEA's section ("": the section's own name, or a check).
COLUMNS: Final = {
    "lea": "",
    "name": "name",
    "cds": "cds",
    "county": "",
    "group": "group",
    "sis": "schoolwise.sis",
    "url": "schoolwise.url",
    "username": "schoolwise.username",
    "driver": "schoolwise.driver",
    "map": "schoolwise.map",
    "parent": "schoolwise.parent",
    "vendors": "vendors",
    "caaspp": "coordinators.caaspp",
    "elpac": "coordinators.elpac",
    "timezone": "timezone",
    "lifetime_days": "lifetime_days",
    "direct_check": "toms.enabled",
}
# The state's names for columns, without spaces and capitals.
PUBLISHED: Final = {"cdscode": "cds", "cdcode": "cd", "district": "district", "school": "school"} | dict.fromkeys(
    ("statustype", "status"), "status"
)
# The ends of names that say what kind of LEA it is, which a short name does without.
KIND: Final = re.compile(
    r"\s+(?:(?:joint )?(?:union |unified |elementary |high )*(?:school )?district|unified|elementary)$", re.IGNORECASE
)
LONGEST_KEY: Final = 32
# Columns in which names and addresses have all kinds of signs.
FREE_TEXT: Final = frozenset({"name", "group", "url", "map", "vendors", "district", "school"})
YES_NO: Final = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
EXPOSED: Final = (
    "A secret in such a file is exposed: whoever has a copy of the file can use it. Change the password, or regenerate "
    "the credentials in TOMS. Delete the column and all copies of the file. Then store the new one with: ssrcred "
    "secret set NAME --lea LEA, or ssrcred store --lea LEA."
)


@dataclass(frozen=True)
class Row:
    """One LEA of a table: its number there (the header is 1), its short name, and its section in config.toml."""

    number: int
    key: str
    section: Mapping[str, Any]


@dataclass
class LeaTable:
    """What a table says: its `rows`, what was `fixed` in them, each in a sentence, and how many rows were left out."""

    rows: list[Row] = field(default_factory=list)
    fixed: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    schools: int = 0
    inactive: int = 0
    there: list[str] = field(default_factory=list)


def read_table(
    path: Path, existing: Mapping[str, Lea], taken: Collection[str], directory: Directory, maps: Collection[str]
) -> LeaTable:
    """The LEAs of a CSV file that are not among the `existing` ones by their CDS codes; `taken` are all short names.

    A system is one of `directory`, and a portal map one of `maps` or a path.
    Raises ConfigInvalid with the problems of all rows, or for a file that is no table. No cell is quoted in a message
    but a code: any other may be a secret in the wrong column.
    """
    header, records = _records(path)
    known = {lea.cds: key for key, lea in existing.items()}
    table, problems, cells = LeaTable(), list[str](), list[tuple[int, dict[str, str]]]()
    names = [_column(name) for name in header]
    problems += _header_problems(header, names)
    table.ignored = [head for head, name in zip(header, names, strict=True) if not name and head.strip()]
    secrets = [at for at, head in enumerate(header) if SECRET_NAME.search(head)]
    exposed = False
    for number, record in records:
        if len(record) > len(header):
            problems.append(f"row {number}: has more cells than the header has columns")
        for at, cell in enumerate(record[: len(header)]):
            # The state's files have addresses and telephone numbers in columns that are not used here.
            free = names[at] in FREE_TEXT or (not names[at] and "district" in names)
            if cell and (at in secrets or (not free and _is_like_key(cell))):
                exposed = True
                problems.append(f"row {number}, column {header[at].strip() or at + 1}: has a secret in it")
        row = {name: cell for name, cell in zip(names, record, strict=False) if name and cell}
        if row:
            cells.append((number, row))
    drafts = list(_drafts(cells, table, problems, in_state_file="school" in names or "cd" in names))
    keys = _short_names(drafts, taken)
    seen: dict[str, int] = {}
    for (number, section, given), key in zip(drafts, keys, strict=True):
        code = str(section.get("cds", ""))
        if (same := known.get(code)) is not None and given in ("", same):
            table.there.append(same)
            continue
        if code and seen.setdefault(code, number) != number:
            problems.append(f"row {number}, cds: is also that of row {seen[code]}")
        if same is not None:
            problems.append(f"row {number}, cds: is also that of {same} in config.toml")
        elif given in taken:
            problems.append(f"row {number}, lea: {given} is already in config.toml")
        problems += [f"row {number}, {problem}" for problem in _fill_in_system(section, directory, maps)]
        problems += [f"row {number}, {problem}" for problem in _problems_of(key, section)]
        table.rows.append(Row(number, key, section))
    if doubled := [key for key, times in Counter(row.key for row in table.rows).items() if times > 1]:
        problems += [
            f"row {row.number}, lea: is the name of another row too" for row in table.rows if row.key in doubled
        ]
    if problems:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        # By row, so that a person can go through the table from its top.
        ordered = sorted(problems, key=lambda one: int(found[1]) if (found := re.match(r"row (\d+)", one)) else 0)
        raise ConfigInvalid(
            f"{path.name} has {count}, listed above.",
            state=NOTHING_IMPORTED,
            hint=EXPOSED if exposed else "Correct the table, and run it again.",
            problems=tuple(ordered),
        )
    return table


def _is_like_key(cell: str) -> bool:
    """Whether a cell may be a secret key: neither a web address nor several words."""
    return looks_like_key(cell) and not re.search(r"\s|://|^www\.", cell)


def _records(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header of a table and its other rows, each with its number; empty rows are left out."""

    def no_table(problem: str, hint: str) -> ConfigInvalid:
        message = f"{path.name} cannot be read as a table: {problem}."
        return ConfigInvalid(message, state=NOTHING_IMPORTED, hint=hint, problems=(problem,))

    try:
        content = path.read_bytes()
    except OSError as error:
        raise no_table(system_reason(error), f"Check the path: {path}") from None
    if content[:2] == b"PK":
        raise no_table("it is an Excel workbook", "In Excel: File, Save As, CSV UTF-8 (Comma delimited).")
    text = ""
    # Excel writes Unicode Text as UTF-16 with a mark, CSV UTF-8 with a mark, and plain CSV in the Windows code page.
    encodings = ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    first, _, rest = text.partition("\n")
    if re.fullmatch(r"sep=.\r?", first):  # Excel's own line about the separator
        text = rest
    line = text.partition("\n")[0]
    # The separator by which the most columns are known: a comma may be in a name, a semicolon in a list.
    separator = max(",;\t", key=lambda one: sum(bool(_column(name)) for name in line.split(one)))
    try:
        found = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise no_table(str(error), "Save it again as CSV UTF-8, and run it again.") from None
    rows = [(number, [cell.strip() for cell in cells]) for number, cells in enumerate(found, 1)]
    filled = [(number, cells) for number, cells in rows if any(cells)]
    if not filled or not any(map(_column, filled[0][1])):
        raise no_table(
            "no row of column names is at its top", f"The columns are: {', '.join(COLUMNS)}. Needed: name and cds."
        )
    return filled[0][1], filled[1:]


def _column(head: str) -> str:
    """What a column is by the name over it; "" for one that is not known."""
    bare = re.sub(r"[^a-z0-9]", "", head.lower())
    ours = {name.replace("_", ""): name for name in COLUMNS}
    return ours.get(bare) or PUBLISHED.get(bare, "")


def _header_problems(header: Sequence[str], names: Sequence[str]) -> Iterator[str]:
    for name, times in Counter(filter(None, names)).items():
        if times > 1:
            yield f"column {name}: is there {times} times"
    if not {"cds", "cd"} & set(names):
        yield "column cds: is missing"
    if not {"name", "district"} & set(names):
        yield "column name: is missing"
    for head, name in zip(header, names, strict=True):
        # A slip in a name of ours would lose a column; the state's other forty are nobody's slip.
        near = "" if name or "district" in names else nearest(head, COLUMNS)
        if near:
            yield f"column {head}: is not known; did you mean {near}?"


def _drafts(
    cells: Iterable[tuple[int, dict[str, str]]], table: LeaTable, problems: list[str], *, in_state_file: bool
) -> Iterator[tuple[int, dict[str, Any], str]]:
    """Each row's number, section and given short name, without the schools and closed districts of the state's file."""
    for number, row in cells:
        text = row.get("cds") or row.get("cd", "")
        code, done = cds_code.restored(text, county_name=row.get("county", ""), without_school="cds" not in row)
        if done and text != cds_code.parts(code):  # with dashes is how the state, and `export`, write one
            table.fixed.append(f"row {number}: the CDS code is {code}; {done}")
        code = code or text
        key = row.get("lea", "")
        if in_state_file and not key:
            if row.get("status", "Active").casefold() != "active":
                table.inactive += 1
                continue
            if re.fullmatch(r"[0-9]{14}", code) and not code.endswith(cds_code.NO_SCHOOL):
                table.schools += 1
                continue
        if re.fullmatch(r"[0-9]{14}", code) and (wrong := cds_code.contradiction(code, row.get("county", ""))):
            problems.append(f"row {number}, cds: {wrong}")
        section: dict[str, Any] = {"name": row.get("name") or row.get("district", ""), "cds": code}
        for column, path in COLUMNS.items():
            if not path or path in section or column not in row:
                continue
            value: Any = row[column]
            if column == "vendors":
                value = [name for one in re.split(r"[,;|]", value) if (name := one.strip())]
            elif column == "lifetime_days" and value.isdecimal():
                value = int(value)
            elif column == "direct_check":
                value = YES_NO.get(value.casefold(), value)
            above, _, last = path.rpartition(".")
            (section.setdefault(above, {}) if above else section)[last] = value
        yield number, section, key


def _short_names(drafts: Sequence[tuple[int, Mapping[str, Any], str]], taken: Collection[str]) -> list[str]:
    """The short name of each row: as it was given, or made of the LEA's name; where two would be alike, with digits."""
    made = []
    for _, section, given in drafts:
        plain = KIND.sub("", str(section["name"])).lower().replace("\u00f1", "n")
        made.append(given or re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_KEY].strip("-") or "lea")
    often = Counter(made)
    keys = []
    for (_, section, given), key in zip(drafts, made, strict=True):
        code = str(section["cds"])
        if not given and (often[key] > 1 or key in taken):
            digits = code[2:7] if code.endswith(cds_code.NO_SCHOOL) else code[7:]
            key = f"{key[: LONGEST_KEY - 1 - len(digits)].strip('-')}-{digits}".strip("-")
        keys.append(key)
    return keys


def _fill_in_system(section: dict[str, Any], directory: Directory, maps: Collection[str]) -> Iterator[str]:
    """Fill in what follows from the row's system; yields what is wrong with it or its map, which are not quoted."""
    portal = section.get("schoolwise", {})
    if name := portal.pop("sis", ""):
        if system := directory.named(name):
            portal.update({**system.section, **portal})
        else:
            near = directory.near(name)
            yield f"sis: is not in the directory; {f'did you mean {near}?' if near else 'to see it: ssrcred sis'}"
    if (name := portal.get("map", "")) and not name.endswith(".toml") and name not in maps:
        yield f"map: there is no map of that name; {meant(name, maps)}"
    if not portal:  # the row names SchoolWise, and nothing of it yet
        section.pop("schoolwise", None)


def _problems_of(key: str, section: Mapping[str, Any]) -> list[str]:
    """The problems of a row, each with its column in place of its key in config.toml."""
    columns = {path: column for column, path in COLUMNS.items() if path}
    told = []
    whole = dotted("lea", key)
    for problem in check_lea(key, section):
        if problem.startswith(f"{whole}: "):
            told.append(f"lea: {problem.removeprefix(f'{whole}: ')}")
        else:
            where, _, words = problem.removeprefix(f"{whole}.").partition(": ")
            told.append(f"{columns.get(where, where)}: {words}")
    return told


def written_table(leas: Mapping[str, Lea]) -> bytes:
    """The table of these LEAs as a CSV file that Excel reads as it is: its codes have dashes, and keep their zeros."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    for key, lea in leas.items():
        row: dict[str, object] = {"lea": key, "name": lea.name, "cds": cds_code.parts(lea.cds)}
        row |= {"county": cds_code.county(lea.cds) or "", "vendors": "; ".join(lea.vendors)}
        row["group"] = lea.group
        row |= {"caaspp": lea.coordinators.caaspp, "elpac": lea.coordinators.elpac}
        row |= {"timezone": lea.timezone, "lifetime_days": lea.lifetime_days}
        row["direct_check"] = "yes" if lea.toms.enabled else "no"
        if portal := lea.schoolwise:
            row |= {"sis": portal.sis, "map": "" if portal.map == Schoolwise.map else portal.map}
            row |= {"url": portal.url, "username": portal.username, "driver": portal.driver, "parent": portal.parent}
        writer.writerow(row)
    return b"\xef\xbb\xbf" + text.getvalue().encode()

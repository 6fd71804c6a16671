"""The LEAs in config.toml: lists them, adds one or a table of them, and writes the table."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from ssrcred.adapters.atomic_file import save_new
from ssrcred.adapters.config import Config, add_lea, add_leas, check_lea, config_exists
from ssrcred.adapters.config.lea_table import read_table, written_table
from ssrcred.adapters.portal.map import SHIPPED
from ssrcred.adapters.toml_file import dotted
from ssrcred.app.lea_cache import confirmed
from ssrcred.app.session import Session
from ssrcred.app.setup import QUESTIONS, objection_to
from ssrcred.app.sis import sis_directory
from ssrcred.domain import cds_code
from ssrcred.domain.errors import ConfigInvalid

NEXT: Final = (
    "Next, for each LEA: store its passwords (ssrcred setup --lea NAME), then ssrcred portal confirm --lea NAME."
)


def config_or_none(session: Session) -> Config:
    """What config.toml says, or nothing where there is no such file yet."""
    return session.config() if config_exists(session.environment.home.config) else Config()


def listed(session: Session, config: Config) -> list[dict[str, Any]]:
    """What there is to show of each LEA in config.toml, by its short name; `problem` of one that has one."""
    known = confirmed(str(session.environment.home.config), config.leas)
    rows = [
        {
            "lea": key,
            "name": lea.name,
            "cds": lea.cds,
            "county": cds_code.county(lea.cds),
            "group": lea.group,
            "sis": lea.schoolwise.sis if lea.schoolwise else None,
            "url": lea.schoolwise.url if lea.schoolwise else None,
            "driver": lea.schoolwise.driver if lea.schoolwise else None,
            "vendors": list(lea.vendors),
            "confirmed": not lea.needs_route or key in known,
            "problem": None,
        }
        for key, lea in config.leas.items()
    ]
    blank = dict.fromkeys(("name", "cds", "county", "group", "sis", "url", "driver"))
    rows += [
        {"lea": key, **blank, "vendors": [], "confirmed": False, "problem": wrong.problems[0]}
        for key, wrong in config.wrong.items()
    ]
    return sorted(rows, key=lambda row: str(row["lea"]))


def add(session: Session, key: str, given: Mapping[str, Any]) -> None:
    """Add one LEA's section to config.toml; a person is asked for its name and CDS code where they were not `given`.

    `given` is its section. Raises ConfigInvalid with every problem of it.
    """
    config, terminal = config_or_none(session), session.terminal
    section = dict(given)

    for column in ("name", "cds"):
        if not section.get(column) and not terminal.no_input:
            section[column] = terminal.ask_until_good(QUESTIONS[column], partial(objection_to, key, column))
    code = cds_code.restored(str(section.get("cds", "")))[0] or str(section.get("cds", ""))
    problems = list(check_lea(key, {name: value for name, value in {**section, "cds": code}.items() if value}))
    if not problems and (same := next((one for one in config.leas.values() if one.cds == code), None)):
        problems.append(f"{dotted('lea', key)}.cds: is also that of {same.key}")
    if problems:
        raise ConfigInvalid(
            f"The LEA cannot be added: {'; '.join(problems)}.",
            state="Nothing was written.",
            hint="Correct it, and run it again. For usage: ssrcred lea add --help",
            problems=tuple(problems),
        )
    add_lea(session.environment.home.config, key, section | {"cds": code})
    terminal.say(f"Added {section['name']} as {key}. Next: ssrcred setup --lea {key}")
    session.result.answer({"added": [key], "leas": _rows(session, [key])})


def import_table(session: Session, path: Path) -> None:
    """Add every LEA of a CSV file that is not in config.toml yet: all of them, or none. Raises ConfigInvalid."""
    config, say = config_or_none(session), session.terminal.say
    try:
        table = read_table(path, config.leas, config.keys, sis_directory(session.environment), SHIPPED)
    except ConfigInvalid as wrong:
        for problem in wrong.problems:
            say(f"  {problem}")
        raise
    add_leas(session.environment.home.config, {row.key: row.section for row in table.rows})
    for line in table.fixed:
        say(f"Fixed: {line}.")
    if table.ignored:
        say(f"Columns that are not used: {', '.join(table.ignored)}.")
    if table.there:
        say(f"Already in config.toml, and left as they are: {len(table.there)}.")
    if table.schools:
        say(
            f"Schools left out: {table.schools}. A direct-funded charter that is its own LEA needs a short name in a "
            "column lea, or: ssrcred lea add"
        )
    if table.inactive:
        say(f"Left out because they are not active: {table.inactive}.")
    added = [row.key for row in table.rows]
    say(f"LEAs added: {len(added)}.")
    if added:
        say(NEXT)
    session.result.answer(
        {
            "added": added,
            "fixed": table.fixed,
            "there": table.there,
            "left_out": {"schools": table.schools, "not_active": table.inactive},
            "leas": _rows(session, added),
        }
    )


def export_table(session: Session, file: Path | None) -> None:
    """Write the LEAs of config.toml as a CSV file, on standard output without one; an existing file is never replaced.

    Raises ConfigInvalid when an LEA's section has a problem: a table without it would look whole.
    """
    config = session.config()
    for wrong in config.wrong.values():
        raise wrong
    content = written_table(config.leas)
    if file is None:
        if not session.result.json:
            session.environment.stdout.write(content.decode("utf-8-sig").replace("\r\n", "\n"))
    else:
        save_new(file, content)
        session.terminal.say(f"Saved: {file} ({len(config.leas)} LEAs). It has no secret in it.")
    session.result.answer({"file": None if file is None else str(file), "leas": listed(session, config)})


def _rows(session: Session, added: list[str]) -> list[dict[str, Any]]:
    try:
        return [row for row in listed(session, session.config()) if row["lea"] in set(added)]
    except ConfigInvalid as unread:
        # The disk may fail right after it took the new sections: "Nothing was done" would not be true.
        unread.state = f"The new LEAs were written to config.toml: {', '.join(added) or 'none'}."
        raise

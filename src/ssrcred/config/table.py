"""Turns the tables of config.toml into facts, and names everything in them that is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from ssrcred.config.address import site, web_address
from ssrcred.config.folder import whole_path
from ssrcred.config.lea import Config, Every, Everyone, Lea, Remind, Schoolwise, Toms, VaultChoice
from ssrcred.config.remind import everyone, remind, smtp
from ssrcred.config.section import KEEP_ELSEWHERE, Section, Unfit, dotted, flag, meant, text, texts, whole
from ssrcred.credential import LIFETIME_DAYS

DRIVERS: Final = ("http", "browser", "hand")
LIMITS: Final = {
    "connect_seconds": (1, 300),
    "read_seconds": (1, 600),
    "total_seconds": (1, 3600),
    "visit_seconds": (10, 86_400),
    "max_bytes": (65_536, 1 << 30),
    "max_hops": (0, 50),
}
"""The bounds of a portal that may be set, each with the lowest and the highest value (see web.Limits)."""
APOSTROPHES: Final = ("'", "\u2019", "\u2018", "`", "\u00b4")
BACKENDS: Final = ("keyring", "file")

_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


def understood(raw: Mapping[str, object], folder: Path) -> tuple[Config, list[str]]:
    """What the tables say, as far as they can be understood, and every problem in them."""
    problems: list[str] = []
    top = Section("", raw, problems)
    leas: dict[str, Lea] = {}
    below = top.below("lea")
    for key, table in below.table.items() if below else ():
        where = dotted("lea", key)
        if isinstance(table, Mapping) and not _KEY.fullmatch(key):
            reason = "must be a short name of 1 to 32 lower-case letters, digits and hyphens, no hyphen first"
            problems.append(f"{where}: {reason}")
        leas[key] = _lea(key, Section(where, table, problems), folder)
    _twice(leas, problems)
    below = top.below("vault")
    vault = _vault(below) if below else VaultChoice()
    below = top.below("all")
    every = _every(below) if below else Every()
    server = smtp(below) if (below := top.below("smtp")) else None
    all_leas = everyone(below) if (below := top.below("remind")) else Everyone()
    if server is None and (all_leas.mail or any(lea.remind.mail for lea in leas.values())):
        problems.append("smtp: is missing, and there are addresses to be reminded by mail")
    top.finish()
    return Config(leas, vault, every, server, all_leas), problems


def _lea(key: str, section: Section, folder: Path) -> Lea:
    if not section.sound:
        return Lea(key, "", "")
    life = section.take("lifetime_days", whole(1, 3660), LIFETIME_DAYS)
    toms, schoolwise, reminders = section.below("toms"), section.below("schoolwise"), section.below("remind")
    lea = Lea(
        key,
        name=section.take("name", text, "", needed=True),
        cds=section.take("cds", _cds, "", needed=True),
        lifetime_days=life,
        timezone=section.take("timezone", _timezone, Lea.timezone),
        toms=_toms(toms, folder) if toms else Toms(),
        schoolwise=_schoolwise(schoolwise, folder) if schoolwise else None,
        remind=remind(reminders, life) if reminders else Remind(),
        vendors=section.take("vendors", texts, ()),
    )
    section.finish()
    return lea


def _toms(section: Section, folder: Path) -> Toms:
    toms = Toms(
        enabled=section.take("enabled", flag, Toms.enabled),
        api=section.take("api", web_address, Toms.api),
        profile=section.take("profile", _name_or_path(folder), Toms.profile),
        site=section.take("site", text, None),
    )
    section.finish()
    return toms


def _schoolwise(section: Section, folder: Path) -> Schoolwise:
    parents = section.below("parents")
    schoolwise = Schoolwise(
        url=section.take("url", site, "", needed=section.sound),
        username=section.take("username", text, "", needed=section.sound),
        driver=section.take("driver", _driver, Schoolwise.driver),
        browser=section.take("browser", _name_or_path(folder), None),
        map=section.take("map", _name_or_path(folder), Schoolwise.map),
        parent=section.take("parent", text, None),
        parents=_parents(parents) if parents else {},
        schools=section.take("schools", texts, ()),
        limits=_limits(limits) if (limits := section.below("limits")) else {},
    )
    section.finish()
    return schoolwise


def _limits(section: Section) -> dict[str, int]:
    given = {name: section.take(name, whole(*LIMITS[name]), 0) for name in LIMITS}
    section.finish()
    return {name: value for name, value in given.items() if value or name in section.table}


def _parents(section: Section) -> dict[str, str]:
    found = {}
    for school in section.table:
        try:
            text(school)
        except Unfit as reason:
            section.wrong(school, f"the school's name {reason}")
        # Names of schools are free, so only what can be nothing else is taken for a secret.
        if school.casefold() in {"password", "secret", "token", "key", "ssid"}:
            section.wrong(school, KEEP_ELSEWHERE)
        found[school] = section.take(school, text, "")
    return found


def _vault(section: Section) -> VaultChoice:
    backend = section.take("backend", _backend, VaultChoice.backend)
    section.finish()
    return VaultChoice(backend)


def _every(section: Section) -> Every:
    every = Every(section.take("per_host", whole(1, 64), Every.per_host))
    section.finish()
    return every


def _twice(leas: Mapping[str, Lea], problems: list[str]) -> None:
    seen: dict[str, str] = {}
    for key, lea in leas.items():
        if lea.cds and seen.setdefault(lea.cds, key) != key:
            problems.append(f"{dotted('lea', key)}.cds: is also that of {dotted('lea', seen[lea.cds])}")


def _cds(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        raise Unfit('must stand between quotation marks: cds = "…"')
    code = text(value)
    if code.startswith(APOSTROPHES):
        raise Unfit("begins with an apostrophe, which a spreadsheet puts before text; write the 14 digits alone")
    bare = re.sub(r"[ \u2010-\u2015-]", "", code)
    if re.fullmatch(r"[0-9]{14}", code):
        return code
    if re.fullmatch(r"[0-9]{14}", bare):
        raise Unfit(f"has spaces or dashes in it; write it without: {bare}")
    count = len(re.findall(r"[0-9]", code))
    if re.fullmatch(r"[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]+", code):
        raise Unfit("is a number as a spreadsheet shortens it; write all 14 digits")
    lost = re.fullmatch(r"[0-9]{13}", code)
    zero = f"; a spreadsheet leaves a 0 in front out: if one did, write 0{code}" if lost else ""
    raise Unfit(f"must be 14 digits (2 county, 5 district, 7 school) and has {count}{zero}")


def _timezone(value: object) -> str:
    name = text(value)
    try:
        ZoneInfo(name)
    # A missing zone is a KeyError, a name like ../x a ValueError, the name of a whole region an OSError.
    except (KeyError, ValueError, OSError):
        raise Unfit('is no time zone that this machine knows; for California write "America/Los_Angeles"') from None
    return name


def _driver(value: object) -> str:
    name = text(value)
    if name not in DRIVERS:
        raise Unfit(f"is not known; {meant(name, DRIVERS)}")
    return name


def _backend(value: object) -> str:
    name = text(value)
    if name not in BACKENDS:
        raise Unfit(f"is not known; {meant(name, BACKENDS)}")
    return name


def _name_or_path(folder: Path) -> Callable[[object], str]:
    def fit(value: object) -> str:
        name = text(value)
        # From the file's own folder and not from the working directory, which under cron is another.
        return str(whole_path(name, folder)) if re.search(r"[/\\]|\.toml$", name) else name

    return fit

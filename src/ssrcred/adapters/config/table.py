"""Turns the tables of config.toml into facts, and names everything in them that is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ssrcred.adapters.config import value
from ssrcred.adapters.config.lea import Config, Everyone, Lea, Remind, Schoolwise, Smtp, Toms
from ssrcred.adapters.config.section import (
    KEEP_ELSEWHERE,
    Fit,
    Section,
    Unfit,
    dotted,
    flag,
    one_of,
    text,
    texts,
    whole,
)
from ssrcred.domain.days_left import LIFETIME_DAYS

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
BACKENDS: Final = ("keyring", "file")
PORTS: Final = {"starttls": 587, "tls": 465, "none": 25}
"""The ways to speak to a mail server, each with its usual port (RFC 8314 for the first two)."""
RECIPIENTS: Final = {"mail": value.each(value.mail_address), "channels": value.each(value.channel_name)}


def understood(raw: Mapping[str, object], folder: Path) -> tuple[Config, list[str]]:
    """What the tables say, as far as they can be understood, and every problem in them."""
    problems: list[str] = []
    top = Section("", raw, problems)
    leas: dict[str, Lea] = top.sub("lea", lambda section: _leas(section, problems, folder), {})
    more: dict[str, Any] = top.sub("vault", lambda section: section.read(dict, {"backend": one_of(BACKENDS)}), {})
    more |= top.sub("all", lambda section: section.read(dict, {"per_host": whole(1, 64)}), {})
    server = top.sub("smtp", _smtp, None)
    recipients: Mapping[str, Fit] = {**RECIPIENTS, "heartbeat": value.ping_address}
    everyone = top.sub("remind", lambda section: section.read(Everyone, recipients), Everyone())
    if server is None and (everyone.mail or any(lea.remind.mail for lea in leas.values())):
        problems.append("smtp: is missing, and there are addresses to be reminded by mail")
    top.finish()
    return Config(leas, smtp=server, everyone=everyone, **more), problems


def _leas(section: Section, problems: list[str], folder: Path) -> dict[str, Lea]:
    leas: dict[str, Lea] = {}
    seen: dict[str, str] = {}
    for key, table in section.table.items():
        if isinstance(table, Mapping) and not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,31}", key):
            section.wrong(
                key, "must be a short name of 1 to 32 lower-case letters, digits and hyphens, no hyphen first"
            )
        leas[key] = _lea(key, Section(dotted("lea", key), table, problems), folder)
    for key, lea in leas.items():
        if lea.cds and seen.setdefault(lea.cds, key) != key:
            problems.append(f"{dotted('lea', key)}.cds: is also that of {dotted('lea', seen[lea.cds])}")
    return leas


def _lea(key: str, section: Section, folder: Path) -> Lea:
    if not section.sound:
        return Lea(key, "", "")

    def from_folder(given: object) -> str:
        return value.name_or_path(given, folder)

    life = section.take("lifetime_days", whole(1, 3660), LIFETIME_DAYS)
    toms = {"enabled": flag, "api": value.web_address, "profile": from_folder, "site": text}
    reminders = {
        "days": lambda given: value.days(given, life),
        "terminal_days": whole(0, life),
        **RECIPIENTS,
        "testing": value.each(value.span),
        "release": value.each(value.span),
    }
    return section.read(
        Lea,
        {"name": text, "cds": value.cds, "timezone": value.timezone, "vendors": texts},
        {
            "toms": lambda below: below.read(Toms, toms),
            "schoolwise": lambda below: _schoolwise(below, from_folder),
            "remind": lambda below: below.read(Remind, reminders),
        },
        needed=("name", "cds"),
        key=key,
        lifetime_days=life,
    )


def _schoolwise(section: Section, from_folder: Fit) -> Schoolwise:
    bounds = {name: whole(*LIMITS[name]) for name in LIMITS}
    return section.read(
        Schoolwise,
        {
            "url": value.site,
            "username": text,
            "driver": one_of(DRIVERS),
            "browser": from_folder,
            "map": from_folder,
            "parent": text,
            "schools": texts,
        },
        {"parents": _parents, "limits": lambda below: below.read(dict, bounds)},
        needed=("url", "username"),
    )


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


def _smtp(section: Section) -> Smtp:
    security = section.take("security", one_of(PORTS), Smtp.security)
    port = section.take("port", whole(1, 65535), PORTS[security])
    sender = section.take("from", value.mail_address, "", needed=section.sound)
    fits = {"host": value.mail_host, "username": text}
    server = section.read(Smtp, fits, needed=("host",), port=port, sender=sender, security=security)
    if security == "none" and server.username and server.host and not value.THIS_MACHINE.fullmatch(server.host):
        section.wrong("security", "must be starttls or tls where there is a username: its password would be readable")
    return server

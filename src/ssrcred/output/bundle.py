"""A support bundle for a vendor's ticket, as Markdown: only listed facts, and each value must have its expected form.

Nothing is redacted, because redaction misses what was not foreseen. A value is included if it is a word of ours, a
number, a date, a version, the issuer of a certificate, or the site of an address in config.toml. What people typed as
names, accounts, paths or reasons is never included: accounts are counted, schools are numbered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from ssrcred.domain.errors import SCHOOLWISE, addressed
from ssrcred.domain.event import Event, Outcome, Step
from ssrcred.domain.evidence import Probe, Sure, VerdictName
from ssrcred.domain.finding import Chart, Finding, kinds
from ssrcred.domain.lea_status import State
from ssrcred.domain.local_time import local_moment
from ssrcred.domain.place import DISTRICT
from ssrcred.output.findings import TITLES

# Instead of a value that does not have the expected form.
ABSENT: Final = "not shown"

# Nine digits, so that no SSID passes for one.
NUMBER: Final = re.compile(r"-?[0-9]{1,9}")
MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,15}(Z|\+00:00)")
ZONES: Final = re.compile(
    r"(Africa|America|Asia|Atlantic|Australia|Europe|Indian|Pacific|US|Etc)/[A-Z][A-Za-z_]{1,30}|UTC"
)
SLOT: Final = re.compile(r"pair-[0-9]{4,8}")
STATUS: Final = re.compile(r"HTTP status ([1-5][0-9]{2})\b")
VERSION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._+~#()-]{0,59}")
YEAR: Final = re.compile(r"[0-9]{4}(-[0-9]{2}([0-9]{2})?)?")

CONTENT_TYPES: Final = frozenset(
    {"application/pdf", "application/json", "application/octet-stream", "text/html", "text/plain", "text/xml"}
)
LIMITS: Final = ("connect_seconds", "read_seconds", "total_seconds", "visit_seconds", "max_bytes", "max_hops")
YES_NO: Final = re.compile(r"yes|no|unknown")
SHIPPED: Final = re.compile(r"ets-ssr|schoolwise|generic|aeries|powerschool|illuminate|school-pathways|siras|toms")
VAULTS: Final = re.compile(r"keyring|file|")

# The facts of a finding that are included, and the form of each. A proxy's address is not: it may be private.
FACTS: Final[Mapping[str, re.Pattern[str]]] = {
    **dict.fromkeys(("leas", "problems", "files", "ahead_seconds", "missing", "held", "step_exit"), NUMBER),
    **dict.fromkeys(("public", "trusted", "login"), YES_NO),
    **dict.fromkeys(("at", "since"), MOMENT),
    "kind": re.compile("|".join(kinds())),
    "free": re.compile(r"[0-9,]{1,20} MB"),
    "zones": ZONES,
    "slot": SLOT,
    "kinds": re.compile(r"none|IPv4|IPv6|IPv4 and IPv6"),
    "issuer": re.compile(r"[^|`<>*_\[\]\\]{1,80}"),
    "source": re.compile(r"the environment|the system's settings"),
    "status": re.compile(r"none|[1-5][0-9]{2}"),
    "reached": re.compile("|".join(Outcome)),
    "scheduler": re.compile(r"cron|systemd-user|systemd-system|launchd|task-scheduler"),
    "step": re.compile(r"vault init|setup|secret set|rotate"),
}

# The details of an event that are included, and the form of each.
DETAILS: Final[Mapping[str, re.Pattern[str]]] = {
    "slot": SLOT,
    "probe": re.compile("|".join(Probe)),
    "size": NUMBER,
    "looks_like_pdf": YES_NO,
    "taken": YES_NO,
    "proved": YES_NO,
    "year": YEAR,
    "generated_at": MOMENT,
}


@dataclass(frozen=True)
class Memory:
    """The history of one LEA: its state today, the last verdict (None: never checked), the last events."""

    key: str
    state: State
    days_left: int | None
    verdict: VerdictName | None
    sure: Sure | None
    outcomes: Sequence[tuple[Probe, str, Outcome]]
    events: Sequence[Event]


@dataclass(frozen=True)
class Bundle:
    """All that a bundle is made of; `system` and `versions` say what runs where, `vault` is the backend's word.

    `settings` has the unfiltered values of each LEA, by its key and their labels; `SETTINGS` lets them through.
    """

    at: datetime
    system: Mapping[str, str]
    versions: Mapping[str, str]
    vault: str
    settings: Mapping[str, Mapping[str, str]]
    chart: Chart
    memories: Sequence[Memory]

    def text(self) -> str:
        """The Markdown of it."""
        schools = Schools()
        versions = {**self.versions, **self.system}
        keys = (*self.settings, *(one.lea for one in self.chart.leas))
        keys = (*keys, *(one.key for one in self.memories))
        # The key of an LEA is often its name, so LEAs are numbered, the same in every section.
        numbers = {key: number for number, key in enumerate(dict.fromkeys(keys), 1)}
        lines = [
            "# ssrcred support bundle",
            "",
            f"Written on {local_moment(self.at, 'UTC')}. It contains no secret, student, account name, "
            "person's name, path or link to a report: only listed facts are included.",
            *_section("Versions", [f"- {name}: {_told(value, VERSION)}" for name, value in versions.items()]),
            *_section("Settings", [f"- vault: {_told(self.vault, VAULTS)}"]),
        ]
        for key, values in self.settings.items():
            listed = [f"  - {label}: {form(values[label])}" for label, form in SETTINGS.items() if label in values]
            lines += [f"- LEA {numbers[key]}", *listed]
        lines += _section("Doctor", [*map(_finding, self.chart.computer)])
        for lea in self.chart.leas:
            lines += [f"- LEA {numbers[lea.lea]}", *(f"  {_finding(one, lea.sis)}" for one in lea.findings)]
        lines += _section("Verdicts", [line for one in self.memories for line in _verdict(one, numbers, schools)])
        lines += _section("Last events", [])
        for memory in self.memories:
            lines += [f"- LEA {numbers[memory.key]}"]
            lines += [f"  - {_event(event, memory.key, schools)}" for event in memory.events]
        return "\n".join(lines) + "\n"


class Schools:
    """Gives each school of each LEA a number, in the order in which it is met."""

    def __init__(self) -> None:
        self._numbers: dict[str, dict[str, int]] = {}

    def place(self, lea: str, place: str) -> str:
        """Words for a setting, without its name."""
        if place in ("", DISTRICT):
            return place
        known = self._numbers.setdefault(lea, {})
        return f"school {known.setdefault(place, len(known) + 1)}"


def _section(title: str, lines: Iterable[str]) -> list[str]:
    return ["", f"## {title}", "", *lines]


def _told(value: str, form: re.Pattern[str], otherwise: str = ABSENT) -> str:
    return value if form.fullmatch(value) else otherwise


def _address(url: str, path_form: str = "") -> str:
    """Scheme, host and port of an address, and its path where that has this form."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ABSENT
    scheme = _told(parts.scheme, re.compile("https?"))
    # A host in config.toml may have been typed with anything in it.
    host = re.sub(r"[^A-Za-z0-9.:-]", "", parts.hostname or "")
    path = _told(parts.path.rstrip("/"), re.compile(path_form), " (path not shown)")
    return f"{scheme}://{host}{port}{path}"


# What config.toml says of an LEA, as it is labeled here, and how each value is let through.
SETTINGS: Final[Mapping[str, Callable[[str], str]]] = {
    "CDS code": partial(_told, form=re.compile(r"[0-9]{14}")),
    "lifetime of credentials in days": partial(_told, form=NUMBER),
    "time zone": partial(_told, form=ZONES),
    "direct check": partial(_told, form=re.compile("on|off")),
    "state's service": partial(_address, path_form="(/api/v1)?"),
    "API profile": partial(_told, form=SHIPPED, otherwise="a file of its own"),
    "portal": _address,
    "driver": partial(_told, form=re.compile(r"http|browser|hand")),
    "browser": partial(_told, form=re.compile(r"chrome|msedge|chromium"), otherwise="a program of its own"),
    "portal map": partial(_told, form=SHIPPED, otherwise="a file of its own"),
    "parent accounts": partial(_told, form=NUMBER),
    "schools with credentials of their own": partial(_told, form=NUMBER),
    **{f"limit {name}": partial(_told, form=NUMBER) for name in LIMITS},
    "reminders at days": partial(_told, form=re.compile(r"[0-9]{1,4}(, [0-9]{1,4})*")),
}


def _finding(one: Finding, sis: str = SCHOOLWISE) -> str:
    # A person may have called it anything, so only that it is another system is told.
    title = addressed(TITLES.get(one.check, ABSENT), sis="" if sis == SCHOOLWISE else "Another SIS")
    told = [f"{name} {value}" for name, value in one.facts.items() if name in FACTS and FACTS[name].fullmatch(value)]
    code = f" (exit {int(one.exit_code)})" if one.exit_code else ""
    return f"- {title}: {one.result.value.replace('_', ' ')}{code}" + (f"; {', '.join(told)}" if told else "")


def _verdict(one: Memory, numbers: Mapping[str, int], schools: Schools) -> Iterator[str]:
    days = "unknown" if one.days_left is None else str(int(one.days_left))
    yield f"- LEA {numbers[one.key]}: state {one.state.value}, days left {days}"
    if one.verdict is None:
        yield "  - never checked"
        return
    yield f"  - last verdict: {one.verdict.value}" + (f" ({one.sure.value})" if one.sure else "")
    for probe, place, outcome in one.outcomes:
        where = schools.place(one.key, place)
        yield f"  - {probe.value}{f', {where}' if where else ''}: {outcome.value}"


def _event(event: Event, lea: str, schools: Schools) -> str:
    at = event.at.astimezone(UTC)
    words = [f"{at:%Y-%m-%dT%H:%M:%SZ}", Step(event.step).value, Outcome(event.outcome).value]
    if place := schools.place(lea, event.place):
        words.append(f"at {place}")
    told = [f"{key} {event.detail[key]}" for key, form in DETAILS.items() if form.fullmatch(event.detail.get(key, ""))]
    if (kind := event.detail.get("content_type", "")) in CONTENT_TYPES:
        told.append(f"content type {kind}")
    if found := STATUS.search(event.detail.get("reason", "")):
        told.append(f"HTTP status {found[1]}")
    return " ".join(words) + (f"; {', '.join(told)}" if told else "")

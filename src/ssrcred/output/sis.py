"""Shows the directory of student information systems: all of them as a table, or one with the source of each fact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ssrcred.domain.local_time import day_in_words
from ssrcred.domain.sis import Directory, Source, SourceKind, System, Trial, next_steps
from ssrcred.output.fold import show

if TYPE_CHECKING:
    from rich.console import Console

# Each fact of a system in words.
LABELS: Final = {
    "cers": "Integrated with CERS",
    "contact": "Contact for CERS",
    "where": "The credentials go to",
    "fields": "Fields",
    "schools": "Credentials of a school",
    "test": "Test button",
    "cache": "Uses the former credentials for",
    "ssr": "Score reports (SSRs)",
    "lexile_quantile": "Lexile/Quantile Measures Reports",
    "note": "Note",
}
TRIALS: Final = {Trial.NO: "not tried", Trial.PRACTICE: "tried on the practice district (simulated) only"}
KINDS: Final = {SourceKind.FACT: "published", SourceKind.REPORTED: "reported", SourceKind.OWN: "yours"}
UNKNOWN: Final = "not published"


def systems(console: Console, directory: Directory) -> None:
    """Show every system on a line, those of the state's table first."""
    from rich.text import Text

    from ssrcred.output.person import plain_table

    for heading, listed in (("In the state's table", True), ("Other systems that take the credentials", False)):
        rows = plain_table("system", "CERS", "tried", "the credentials go to")
        for one in directory.system.values():
            if bool(one.cers.says) is listed:
                tried = "practice" if one.tried is Trial.PRACTICE else "no"
                rows.add_row(one.name, one.cers.says or "-", tried, one.where.says or UNKNOWN)
        console.print(Text(heading, style="bold"))
        console.print(rows)
        console.print()


def system_card(console: Console, directory: Directory, system: System) -> None:
    """Show one system: each fact with the number of its source, what `ssrcred` can do there, what to do for CERS."""
    from rich.text import Text

    sources: list[Source] = []
    also = f" (also: {', '.join(system.names)})" if system.names else ""
    console.print(Text(f"{system.name}{also}", style="bold"))
    for name, fact in system.facts.items():
        if fact.says:
            source = directory.source_of(fact)
            if source not in sources:
                sources.append(source)
            show(console, Text(f"  {LABELS[name]}: {fact.says} [{sources.index(source) + 1}]"))
    if unknown := [LABELS[name] for name, fact in system.facts.items() if not fact.says and name != "note"]:
        show(console, Text(f"  Not published: {', '.join(unknown)}"))
    drivers = ", ".join(system.drivers)
    show(console, Text(f"  ssrcred: drivers {drivers}; map {system.map}; {TRIALS[system.tried]}"))
    console.print(Text("Next, for rosters in CERS", style="bold"))
    for number, step in enumerate(next_steps(system), 1):
        show(console, Text(f"  {number} {step}"))
    console.print(Text("Sources", style="bold"))
    for number, source in enumerate(sources, 1):
        read = f", read {day_in_words(source.read_on, short=True)}" if source.read_on else ""
        published = f", of {source.published}" if source.published else ""
        show(console, Text(f"  {number} {KINDS[source.kind]}: {source.name}{published}{read}"))
        if source.address:
            show(console, Text(f"    {source.address}"))

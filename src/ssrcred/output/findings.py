"""The doctor's findings as a person reads them: each problem with the command that fixes it, and no secret."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from ssrcred.domain.errors import addressed
from ssrcred.domain.finding import Chart, Finding, Result
from ssrcred.output.fold import show as put

if TYPE_CHECKING:
    from rich.console import Console

# From so many LEAs on, one in which all is fine is a line and not a list.
MANY: Final = 5

# By check, the words before a finding; a check that is not here is shown by its own name.
TITLES: Final = {
    **{
        name: name.replace("_", " ").capitalize()
        for name in (
            *("permissions", "folder", "disk", "clock", "time_zone", "browser", "proxy", "schedule", "reminders"),
            *("practice", "last_runs", "last_rotation"),
        )
    },
    "config": "Settings",
    "secrets": "Passwords",
    "pair": "Credentials",
    "portal": "SchoolWise",
    "ledger": "History",
    "vault": "Password storage",
    "shared_secrets": "Reminder passwords",
    "extras": "Optional parts",
    "profile": "API profile",
    "map": "Portal map",
    "route": "Confirmed settings",
    "portal_dns": "SchoolWise, DNS",
    "portal_tls": "SchoolWise, certificate",
    "service_dns": "State's service, DNS",
    "service_tls": "State's service, certificate",
    "service": "State's service",
    "log_ins": "Sign-ins",
    "last_verify": "Last check",
}

MARKS: Final = {
    Result.FINE: ("✓", "fine", "green"),
    Result.PROBLEM: ("✗", "PROBLEM", "red"),
    Result.WARNING: ("!", "warning", "yellow"),
    Result.NOT_TRIED: ("-", "not tested", "yellow"),
}


def show(console: Console, chart: Chart) -> None:
    """Show a whole chart: this computer first, then each LEA, and last the count."""
    from rich.text import Text

    if chart.manner:
        put(console, Text(chart.manner))
    put(console, Text("This computer", style="bold"))
    for one in chart.computer:
        _finding(console, one)
    for lea in chart.leas:
        wrong = [one for one in lea.findings if one.result in (Result.PROBLEM, Result.WARNING)]
        if len(chart.leas) >= MANY and not wrong:
            put(console, Text(f"{lea.name} ({lea.lea}): no problem was found."))
            continue
        put(console, Text(f"{lea.name} ({lea.lea})", style="bold"))
        for one in lea.findings:
            _finding(console, one, lea.sis)
    put(console, Text(summary(chart.all())))


def summary(findings: Sequence[Finding]) -> str:
    """The last line: how many problems and warnings, and how much is not known."""
    problems, warnings, untried = (
        sum(one.result is result for one in findings) for result in (Result.PROBLEM, Result.WARNING, Result.NOT_TRIED)
    )
    said = f"{problems} problem{'s' * (problems != 1)}." if problems else "No problem was found."
    if warnings:
        said += f" {warnings} warning{'s' * (warnings != 1)}."
    if untried:
        said += f" {untried} check{' was' if untried == 1 else 's were'} not tested."
    return said


def _finding(console: Console, one: Finding, sis: str = "") -> None:
    from rich.text import Text

    mark, words, style = MARKS[one.result]
    plain = not console.encoding.lower().startswith("utf")
    title = addressed(TITLES.get(one.check, one.check), sis=sis)
    if one.result is Result.NOT_TRIED and not plain:
        title += " (not tested)"
    put(console, Text.assemble("  ", (words if plain else mark, style), f" {title}: {one.words}"))
    if one.command:
        put(console, Text(f"      {'test' if one.result is Result.NOT_TRIED else 'fix'}: {one.command}"))

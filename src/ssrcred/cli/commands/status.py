"""The command status: the days left, from memory alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ssrcred.app.lea_cache import check_groups, picked
from ssrcred.app.lea_conditions import survey
from ssrcred.app.standard_streams import Run
from ssrcred.cli.option import (
    All,
    DueWithin,
    Group,
    Json,
    LeaName,
    Log,
    NoInput,
    OnlyState,
    Quiet,
    file_path,
    filter_of,
)
from ssrcred.cli.quick_status import bounds, say
from ssrcred.domain.errors import LedgerDamaged, UsageWrong
from ssrcred.domain.lea_status import CRITICAL_DAYS, EXIT_CODES, WARN_DAYS, Condition, State, worst

if TYPE_CHECKING:
    from ssrcred.app.lea_cache import Entry

# Names, because Typer evaluates what stands in a signature several times over.
Nagios = Annotated[bool, typer.Option("--nagios", help="One line for Nagios or Icinga, with figures.")]
Prometheus = Annotated[
    Path | None,
    typer.Option("--prometheus", parser=file_path, metavar="FILE", help="Write figures for Prometheus to FILE."),
]
Warn = Annotated[
    float, typer.Option("--warn", metavar="DAYS", help="A warning from so many days left; fractions allowed.")
]
Crit = Annotated[float, typer.Option("--crit", metavar="DAYS", help="Critical from so many days left.")]
MaxAge = Annotated[
    float | None, typer.Option("--max-age", metavar="DAYS", help="Unknown when the last successful test is older.")
]


class Unreadable(LedgerDamaged):
    """A ledger that cannot be read makes the status unknown: exit code 3."""

    exit_code = EXIT_CODES[State.UNKNOWN]


def status(
    context: typer.Context,
    lea: LeaName = None,
    every: All = False,
    states: OnlyState = None,
    due_within: DueWithin = None,
    group: Group = None,
    json: Json = False,
    nagios: Nagios = False,
    prometheus: Prometheus = None,
    warn: Warn = WARN_DAYS,
    crit: Crit = CRITICAL_DAYS,
    max_age: MaxAge = None,
    no_input: NoInput = False,  # it never asks, and says nothing beside the answer
    quiet: Quiet = False,
    log: Log = None,
) -> None:
    """Show how many days are left, from the history alone: no keyring, no network.

    Exits 0 fine, 1 due, 2 critical, 3 unknown.
    """
    run: Run = context.obj
    if log is not None:  # it sends no request, but a script that wraps every command finds its file
        from ssrcred.app.session import Session

        with Session(run.environment, "status").logged(log):
            pass
    if json and nagios:
        raise UsageWrong(
            "--json and --nagios exclude each other.",
            state="Nothing was done.",
            hint="Run it twice, or take both from: ssrcred status[lea] --json",
        )
    # Monitoring that is told of some only would take the others for fine.
    only = filter_of(
        states, due_within, group, every=every, whole="--nagios and --prometheus" if nagios or prometheus else ""
    )
    limits, now = bounds(warn, crit, max_age), run.environment.now()
    several = False

    def chosen(entries: Mapping[str, Entry]) -> list[str]:
        nonlocal several
        several = len(entries) > 1
        check_groups(only, entries)
        return picked(entries, run.environment.environ, lea, all_of_them=every)

    def write(found: list[Condition] | None) -> None:
        if prometheus is not None:
            from ssrcred.app.status_files import export_figures

            export_figures(prometheus, found, now)

    try:
        found = list(survey(run.environment.environ, chosen, now, limits))
    except LedgerDamaged as damage:
        write(None)
        raise Unreadable(damage.message, state=damage.state, hint=damage.hint) from None
    write(found)
    if only.chooses:
        found = [one for one in found if only.fits(one)]
        if not found:
            raise typer.Exit(_none(run, json=json))
    if nagios or json:
        say(found, limits, now, run.environment.stdout, nagios=nagios)
    elif prometheus is None:
        from ssrcred.app.terminal import Terminal
        from ssrcred.output import person

        show = person.overview if every else person.status
        show(Terminal(run.environment).console(answer=True), found, now, several=several)
    raise typer.Exit(EXIT_CODES[worst(one.state for one in found)])


def _none(run: Run, *, json: bool) -> int:
    """Say that no LEA is in what was asked for, which is no reason to worry."""
    if json:
        from ssrcred.output import document

        document.show_status((), run.environment.stdout, none=State.FINE)
    else:
        run.environment.stdout.write("No LEA fits --state, --due-within and --group.\n")
    return EXIT_CODES[State.FINE]

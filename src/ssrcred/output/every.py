"""Shows a run over many LEAs to a person: a bar while it goes on, then what needs somebody, worst first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from ssrcred.errors import SsrcredError
from ssrcred.output.fold import folded
from ssrcred.output.person import NOTE

NAMED: Final = 12
"""LEAs that are fine are named up to this many; of more, only the number is of use."""


@contextmanager
def bar(console: Console, total: int, *, shown: bool) -> Iterator[Callable[[str], None]]:
    """A bar that goes away at the end; what it gives is called after each LEA, with words to stand beside the bar."""
    columns = (TextColumn("  LEAs done"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True, disable=not shown) as progress:
        task = progress.add_task("", total=total)
        yield lambda words: progress.update(task, advance=1, description=words)


def undone(console: Console, name: str, what: str, problem: SsrcredError) -> None:
    """One LEA for which it could not be done, in the form of a verdict; `what` stands in the verdict's place."""
    for line in (
        Text(name, style="bold"),
        Text(f"  {what}", style=f"bold {NOTE}"),
        Text(f"  {problem.message}"),
        Text(f"  {problem.state}"),
        Text(f"  Next: {problem.hint}"),
    ):
        console.print(folded(console, line), soft_wrap=True)


def fine(console: Console, names: Sequence[str], total: int, what: str) -> None:
    """The last line: of how many of `total` LEAs `what` is true, and of which, while that is of use."""
    listed = f" {', '.join(names)}." if 0 < len(names) <= NAMED else ""
    console.print(folded(console, Text(f"{len(names)} of {total} LEAs: {what}.{listed}")), soft_wrap=True)

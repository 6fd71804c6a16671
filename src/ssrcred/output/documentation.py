"""Shows a page of the documentation, and the list of commands and pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def contents(console: Console, headings: Mapping[str, Iterable[tuple[str, str]]]) -> None:
    """Show under each heading its names, each with what it is about."""
    from rich.text import Text

    from ssrcred.output.person import plain_table

    groups = {heading: list(rows) for heading, rows in headings.items()}
    widest = max((len(name) for rows in groups.values() for name, _ in rows), default=0)
    for heading, rows in groups.items():
        if rows:
            table = plain_table("", "")
            table.show_header = False
            table.columns[0].min_width = widest
            for name, about in rows:
                table.add_row(f"  {name}", about)
            console.print(Text(heading, style="bold"))
            console.print(table)


def page_on_screen(console: Console, markdown: str) -> str:
    """The page as this console shows it, with the codes for its colors."""
    from rich.markdown import Markdown

    with console.capture() as screen:
        console.print(Markdown(markdown, hyperlinks=False))
    return screen.get()

"""Text for a terminal: folded at its words, and without a sign that the terminal would obey."""

from __future__ import annotations

import os
import re
import textwrap
from typing import TYPE_CHECKING, Any, Final, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console, ConsoleOptions, ConsoleRenderable
    from rich.segment import Segment
    from rich.text import Text

# What stands before the first word: an indent, and a dash, a mark or a number.
START: Final = re.compile(r"\s*(?:(?:[-!✓✗]|ok|no|\d) +)?")
NARROWEST: Final = 20
# Controls but tab and line feed, and what turns text round. Names of schools and words of pages come from outside: with
# these in them they could fill the clipboard, wipe the screen, or make an answer look like another one.
OBEYED: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def harmless(text: str) -> str:
    """`text` with a replacement character for each sign that a terminal obeys."""
    return OBEYED.sub("\ufffd", text)


def show(console: Console, line: Text) -> None:
    """Print `line`, folded. A path that is longer than a line stays whole, so that it can be copied."""
    console.print(folded(console, line), soft_wrap=True)


def folded(console: Console, line: Text) -> Text:
    """`line` with line breaks that fit `console`; unchanged if its width does not matter or is too small."""
    from rich.text import Text

    found = START.match(line.plain)
    indent = found.end() if found else 0
    if console.soft_wrap or console.width - indent < NARROWEST or "\n" in line.plain:
        return line
    words = line[indent:]
    begins = [0]  # of each line: at words, never within one
    for word in re.finditer(r"\S+", words.plain):
        if word.end() - begins[-1] > console.width - indent and word.start() > begins[-1]:
            begins.append(word.start())
    lines = words.divide(begins[1:])
    for one in lines:
        one.rstrip()
    return line[:indent] + Text("\n" + " " * indent).join(lines)


def plainly_folded(line: str, stream: TextIO) -> str:
    """The same for plain text that goes to `stream`, with two columns before what follows; without importing rich.

    Beside that it is `harmless`, wherever it goes, and one line: what follows a line break in a name from
    outside would stand where the next of an error's three lines is looked for.
    """
    line = "\ufffd".join(harmless(line).splitlines())
    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        return line  # no terminal: whoever reads it counts lines
    if columns < NARROWEST:
        return line
    return textwrap.fill(line, columns, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def screen(**settings: Any) -> Console:
    """rich's console with these settings; all text on it is `harmless`, in tables too."""
    from rich.console import Console, RenderHook

    class Harmless(RenderHook):
        def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
            return [_Shown(one) for one in renderables]

    console = Console(**settings)
    console.push_render_hook(Harmless())
    return console


class _Shown:
    """Something to print, its text made harmless once it is laid out; rich's own cursor moves are no text."""

    def __init__(self, inner: ConsoleRenderable) -> None:
        self._inner = inner

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        from rich.segment import Segment

        for text, style, control in console.render(self._inner, options):
            yield Segment(text if control else harmless(text), style, control)

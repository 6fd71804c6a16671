"""Folds a line at its words for a terminal, so that what follows stands under its first word and not at the margin."""

from __future__ import annotations

import os
import re
import textwrap
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

START: Final = re.compile(r"\s*(?:(?:[-!✓✗]|ok|no|\d) +)?")
"""What stands before the first word: an indent, and a dash, a mark or a number."""
NARROWEST: Final = 20


def folded(console: Console, line: Text) -> Text:
    """`line` with line breaks that fit `console`; as it is where nobody looks at columns, or in almost none.

    To be printed with `soft_wrap=True`: a path that is longer than a line stays whole, so that it can be copied.
    """
    from rich.text import Text

    found = START.match(line.plain)
    indent = found.end() if found else 0
    if console.soft_wrap or console.width - indent < NARROWEST or "\n" in line.plain:
        return line
    words = line[indent:]
    lines = words.divide(_begins(words.plain, console.width - indent))
    for one in lines:
        one.rstrip()
    return line[:indent] + Text("\n" + " " * indent).join(lines)


def _begins(text: str, columns: int) -> list[int]:
    """Where each line but the first begins: at words, never within one."""
    begins: list[int] = []
    begin = 0
    for word in re.finditer(r"\S+", text):
        if word.end() - begin > columns and word.start() > begin:
            begin = word.start()
            begins.append(begin)
    return begins


def plainly_folded(line: str, stream: TextIO) -> str:
    """The same for plain text that goes to `stream`, with two columns before what follows; without importing rich."""
    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        return line  # no terminal: whoever reads it counts lines
    if columns < NARROWEST:
        return line
    return textwrap.fill(line, columns, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)

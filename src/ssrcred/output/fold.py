"""Makes a line fit for a terminal: folded at its words, and without a sign that the terminal would obey."""

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
OBEYED: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Controls but tab and line feed, and what turns text round. Names of schools and words of pages come from outside:
with these in them they could fill the clipboard, wipe the screen, or make an answer look like another one.
"""


def harmless(text: str) -> str:
    """`text` with a replacement character for each sign that a terminal obeys."""
    return OBEYED.sub("\ufffd", text)


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
    """The same for plain text that goes to `stream`, with two columns before what follows; without importing rich.

    Beside that it is `harmless`, wherever it goes.
    """
    line = harmless(line)
    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        return line  # no terminal: whoever reads it counts lines
    if columns < NARROWEST:
        return line
    return textwrap.fill(line, columns, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)

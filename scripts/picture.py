"""Draws docs/rotation.svg: what a coordinator sees of a real `ssrcred rotate`, run on a practice district.

The picture is the same in every run: addresses and the last date, which differ, are made up.
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
from pathlib import Path
from typing import Final

import pexpect
from coordinator import regenerate
from demo import SSRCRED, Show, confirm, prepare, surroundings
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from ssrcred.practice import Practice, running

TARGET: Final = Path(__file__).parents[1] / "docs" / "rotation.svg"
COLUMNS: Final = 100
PATIENCE_S: Final = 60
TOMS_STEPS: Final = 4
MADE_UP: Final = (
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:8601"),
    (re.compile(r"[A-Z][a-z]+day, [A-Z][a-z]+ \d{1,2}, \d{4}"), "Sunday, November 21, 2027"),
    (re.compile(r"\b\d+ bytes"), "892 bytes"),
)
FONT_FROM_ELSEWHERE: Final = re.compile(r"@font-face \{\{.*?\}\}\n\s*", re.DOTALL)
"""Rich has the reader's program fetch a font; a page of ours asks nobody for anything."""


def main() -> int:
    """Run the rotation and write the picture; gives 0."""
    with tempfile.TemporaryDirectory(prefix="ssrcred-picture-") as folder, running(started=True) as district:
        environment = surroundings(Path(folder), terminal=False, width=COLUMNS)
        show = Show(Console(file=io.StringIO()), environment)
        prepare(show, district, Path(folder))
        confirm(show)
        seen = rotate(environment, district)
    TARGET.write_text(drawn(seen), "utf-8")
    print(f"Written: {TARGET.relative_to(Path.cwd()) if TARGET.is_relative_to(Path.cwd()) else TARGET.name}")
    return 0


def rotate(environment: dict[str, str], district: Practice) -> str:
    """What a terminal gets of one rotation, with a coordinator who answers; with the terminal's codes."""
    told = io.BytesIO()
    process = pexpect.spawn(
        SSRCRED[0],
        [*SSRCRED[1:], "rotate"],
        env=environment | {"TERM": "xterm-256color"},
        dimensions=(50, COLUMNS),
        timeout=PATIENCE_S,
    )
    process.logfile_read = told
    process.expect_exact("(y/N): ")
    process.send("y\r")
    for _ in range(TOMS_STEPS):
        process.expect_exact("Press Enter when that is done: ")
        process.send("\r")
    pair = regenerate(district.toms_url, district.control_url, district.accounts.coordinator)
    process.expect_exact("User Name: ")
    process.send(pair.username + "\r")
    process.expect_exact("Secret key (it will not be shown): ")
    process.send(pair.secret + "\r")
    process.expect(pexpect.EOF)
    process.close()
    if process.exitstatus != 0:
        raise SystemExit(f"The rotation ended with exit code {process.exitstatus}:\n{told.getvalue().decode()}")
    return told.getvalue().decode()


def drawn(seen: str) -> str:
    """The picture, as SVG, of what a terminal got."""
    for pattern, instead in MADE_UP:
        seen = pattern.sub(instead, seen)
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text("$ ssrcred rotate", style="bold cyan"))
    console.print(Text.from_ansi(seen.replace("\r\n", "\n")))
    svg = console.export_svg(
        title="ssrcred rotate, on a practice district",
        unique_id="rotation",
        code_format=FONT_FROM_ELSEWHERE.sub("", CONSOLE_SVG_FORMAT).replace("Fira Code, ", ""),
    )
    return re.sub(r"[ \t]+\n", "\n", svg)


if __name__ == "__main__":
    sys.exit(main())

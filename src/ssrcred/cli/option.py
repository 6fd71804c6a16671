"""Options that several commands share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer


def file_path(text: str) -> Path:
    """The `parser` of every option and argument that is a path: absolute, `~` expanded, whatever the shell has done."""
    path = os.path.expanduser(text)
    if path.startswith("~"):  # it would become a folder of that name
        raise typer.BadParameter("'~' stands for a home folder that is not known here. Write the path in full.")
    return Path(path).absolute()


LeaName = Annotated[
    str | None, typer.Option("--lea", metavar="NAME", help="Which LEA (or SSRCRED_LEA, or the only one).")
]
SomeLea = Annotated[str | None, typer.Option("--lea", metavar="NAME", help="Only this LEA; otherwise all.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
NoInput = Annotated[bool, typer.Option("--no-input", help="Never ask; implied without a terminal.")]
Clipboard = Annotated[
    bool, typer.Option("--clipboard", help="Take the credentials as you copy them: user name, then secret key.")
]
Stdin = Annotated[bool, typer.Option("--stdin", help="Two lines: user name, then secret key.")]
Generated = Annotated[
    str | None, typer.Option("--generated", metavar="DATE", help="The day on which they were generated, as 2026-11-21.")
]
DaysLeft = Annotated[int | None, typer.Option("--days-left", metavar="N", help="The countdown that TOMS shows.")]
AnyLength = Annotated[bool, typer.Option("--any-length", help="The key is complete, although its length is unusual.")]
Replace = Annotated[bool, typer.Option("--replace", help="Go on although SchoolWise has other credentials.")]
Unverified = Annotated[
    bool, typer.Option("--unverified", help="Finish without a successful test; recorded as unverified.")
]
All = Annotated[bool, typer.Option("--all", help="Every LEA in config.toml.")]
Driver = Annotated[
    str | None, typer.Option("--driver", metavar="NAME", help="How SchoolWise is operated: http, browser or hand.")
]
ShowBrowser = Annotated[
    bool, typer.Option("--show-browser", help="With --driver browser: show it, so you can enter a code or captcha.")
]

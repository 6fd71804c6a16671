"""How this ssrcred was installed, and what to type for a part that it lacks."""

from __future__ import annotations

import os
import sys


def how_to_install(extra: str) -> str:
    """What to type for an extra that is missing: from one's own copy, since on an index a name may be anybody's."""
    where = "In the folder that ssrcred was installed from, with every extra that you use, type"
    return f"{where}: {installer()} {quoted(f'.[{extra}]')}"


def installer(prefix: str = sys.prefix, python: str = sys.executable) -> str:
    """The command that installs into this very Python again: that of the tool which has made it."""
    if os.path.exists(os.path.join(prefix, "uv-receipt.toml")):
        return "uv tool install --force"
    if os.path.exists(os.path.join(prefix, "pipx_metadata.json")):
        return "pipx install --force"
    try:
        with open(os.path.join(prefix, "pyvenv.cfg"), encoding="utf-8") as file:
            by_uv = any(line.partition("=")[0].strip() == "uv" for line in file)
    except (OSError, ValueError):
        by_uv = False
    return f"uv pip install --python {quoted(python)}" if by_uv else f"{quoted(python)} -m pip install"


def quoted(word: str, windows: bool = os.name == "nt") -> str:
    """A word of a command line in the quotes that the shells of this system take, where it needs any."""
    if word and all(one.isalnum() or one in "/\\:._-" for one in word):
        return word
    return f'"{word}"' if windows else "'" + word.replace("'", "'\\''") + "'"

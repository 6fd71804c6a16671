"""Says which of our files others than their owner can read, write or look into."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SUPPORTED: Final = os.name != "nt"
"""Whether a file's mode says who may read it: on Windows it does not."""


@dataclass(frozen=True)
class Loose:
    """A file or folder that is not its user's alone: its mode (0o644), the mode it should have, and whose it is."""

    path: Path
    mode: int
    wanted: int
    ours: bool


def loose(paths: Iterable[Path], around: Iterable[Path] = ()) -> tuple[Loose, ...]:
    """Those of `paths`, and of the files in them where they are folders, that are not this user's alone.

    Of the folders `around` them only those in which others may write are told: they could put another file in the
    place of ours. One that is missing, or vanishes meanwhile, is passed over. A link is followed: what it leads to is
    what is read.
    """
    found = [one for path in dict.fromkeys(around) if (one := _look(path)) is not None and one.mode & 0o022]
    for path in paths:
        found += [one for inner in (path, *_inside(path)) if (one := _look(inner)) is not None]
    return tuple(found)


def _inside(path: Path) -> list[Path]:
    try:
        return sorted(path.iterdir())
    except OSError:
        return []


def _look(path: Path) -> Loose | None:
    try:
        about = path.stat()
    except OSError:
        return None
    mode, ours = stat.S_IMODE(about.st_mode), about.st_uid == os.geteuid()
    if ours and not mode & 0o077:
        return None
    return Loose(path, mode, 0o700 if stat.S_ISDIR(about.st_mode) else 0o600, ours)

"""Checks free space and who can read a file."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ssrcred.domain.errors import system_reason

# Whether a file's mode says who may read it: on Windows it does not.
SUPPORTED: Final = os.name != "nt"


@dataclass(frozen=True)
class Room:
    """A folder's disk: the folder that was looked at, its free bytes, and why it takes no file ("" where it does)."""

    folder: Path
    free_bytes: int
    refusal: str = ""


def room(folder: Path) -> Room:
    """Return the free space where `folder` is, or would be created: then of its nearest parent. Raises nothing."""
    # A file is really written: permissions, quotas and read-only disks show only then.
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    free_bytes = 0
    try:
        free_bytes = shutil.disk_usage(folder).free
        with tempfile.TemporaryFile(prefix=".ssrcred-", dir=folder) as file:
            file.write(b"made up, to see whether this disk takes a file")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return Room(folder, free_bytes, system_reason(error))
    return Room(folder, free_bytes)


@dataclass(frozen=True)
class Loose:
    """A file or folder that is not its user's alone: its mode (0o644), the mode it should have, and whose it is."""

    path: Path
    mode: int
    wanted: int
    ours: bool


def loose(paths: Iterable[Path], around: Iterable[Path] = ()) -> tuple[Loose, ...]:
    """Return those of `paths`, and of the files in them if they are folders, that other users can access.

    Of the folders `around` them, only those that others can write to. A missing one is skipped.
    """
    # Who can write to a folder can replace our file in it. A link is followed: what it points to is what is read.
    found = [one for path in dict.fromkeys(around) if (one := _look(path)) is not None and one.mode & 0o022]
    for path in paths:
        inside: list[Path] = []
        with suppress(OSError):  # a file, or not there
            inside = sorted(path.iterdir())
        found += [one for inner in (path, *inside) if (one := _look(inner)) is not None]
    return tuple(found)


def _icacls(argv: Sequence[str]) -> str:
    # The system's own program: one of that name in the working directory would be found before it.
    program = os.path.join(os.environ.get("SYSTEMROOT", r"C:\Windows"), "System32", argv[0])
    done = subprocess.run([program, *argv[1:]], capture_output=True, timeout=10, check=True)
    return done.stdout.decode("oem" if os.name == "nt" else "utf-8", "replace")


def access_list(path: Path, run: Callable[[Sequence[str]], str] = _icacls) -> tuple[str, ...]:
    """Return what Windows allows on a file, one entry for each account, as `SCHOOL\\dana:(F)`; () where it is not told.

    The entries are as icacls prints them: behind the path, one in a line, up to an empty line, in every language of
    Windows (learn.microsoft.com/windows-server/administration/windows-commands/icacls).
    """
    try:
        printed = run(["icacls.exe", str(path)])
    except (OSError, subprocess.SubprocessError):
        return ()
    entries, _, _ = printed.replace("\r\n", "\n").removeprefix(str(path)).partition("\n\n")
    return tuple(entry.strip() for entry in entries.splitlines() if entry.strip())


def _look(path: Path) -> Loose | None:
    try:
        about = path.stat()
    except OSError:
        return None
    mode, ours = stat.S_IMODE(about.st_mode), about.st_uid == os.geteuid()
    if ours and not mode & 0o077:
        return None
    return Loose(path, mode, 0o700 if stat.S_ISDIR(about.st_mode) else 0o600, ours)

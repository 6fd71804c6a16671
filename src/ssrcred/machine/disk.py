"""Says whether a disk has room and takes a file, and saves a text where nothing was before."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ssrcred.atomic_file import create_file
from ssrcred.errors import UsageWrong


@dataclass(frozen=True)
class Room:
    """A folder's disk: the folder that was looked at, its free bytes, and why it takes no file ("" where it does)."""

    folder: Path
    free_bytes: int
    refusal: str = ""


def room(folder: Path) -> Room:
    """The room where `folder` is, or would be made: then its nearest parent is looked at. Raises nothing.

    A file is really written there, to the disk, and is gone when this returns.
    """
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
        return Room(folder, free_bytes, (error.strerror or "no reason given").lower())
    return Room(folder, free_bytes)


def save_new(path: Path, text: str) -> None:
    """Save `text` at `path`, for this account only (0600). Raises UsageWrong where something is already, or cannot be.

    Nothing is left behind of a text that did not fit.
    """
    try:
        create_file(path, text.encode())
    except FileExistsError:
        raise UsageWrong(
            f"There is something at {path} already.",
            state="It was left as it is, and nothing was written.",
            hint="Give another name for the new file.",
        ) from None
    except OSError as error:
        raise _refused(path, error) from None


def _refused(path: Path, error: OSError) -> UsageWrong:
    return UsageWrong(
        f"{path} cannot be written ({(error.strerror or 'no reason given').lower()}).",
        state="Nothing was written.",
        hint="Give the name of a file in a folder where this account may write.",
    )

"""The folder that holds all that a browser writes while it runs: its profile, its sockets, what it dumps in a crash.

Without one, a crash dump (a piece of the browser's memory, in which the key may stand) would stay in the home folder.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

PREFIX: Final = "ssrcred-"
TRIES: Final = 40
PAUSE: Final = 0.05
"""A browser's last processes may still be writing when it has ended: two seconds are enough for them."""


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A new folder that nobody else can read; those that killed programs of this user left behind go first."""
    _sweep(Path(tempfile.gettempdir()))
    path = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    try:
        yield path
    finally:
        for _ in range(TRIES):
            shutil.rmtree(path, ignore_errors=True)
            if not path.exists():
                break
            time.sleep(PAUSE)


def _sweep(folder: Path) -> None:
    if not hasattr(os, "getuid"):
        return  # Windows has no way to ask whether a program still runs that could not end it
    for found in folder.glob(f"{PREFIX}*"):
        number = found.name.removeprefix(PREFIX).partition("-")[0]
        with suppress(OSError, OverflowError):  # it is gone, or its program runs and may not be asked
            if number.isdecimal() and found.is_dir() and found.lstat().st_uid == os.getuid():
                try:
                    os.kill(int(number), 0)
                except ProcessLookupError:
                    shutil.rmtree(found, ignore_errors=True)

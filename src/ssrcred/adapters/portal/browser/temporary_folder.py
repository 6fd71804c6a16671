"""The folder that holds all that a browser writes while it runs: its profile, its sockets, what it dumps in a crash.

Without one, a crash dump (a piece of the browser's memory, in which the key may stand) would stay in the home folder.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Final

PREFIX: Final = "ssrcred-"
TRIES: Final = 40
PAUSE: Final = 0.05
"""A browser's last processes may still be writing when it has ended: two seconds are enough for them."""


class Scratch:
    """A new folder that nobody else can read; those that killed programs of this user left behind go first."""

    def __init__(self) -> None:
        _sweep(Path(tempfile.gettempdir()))
        self.path = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))

    @property
    def variables(self) -> dict[str, str]:
        """What tells a browser and its driver, where they are started, to write nowhere else."""
        where = str(self.path)
        # The last is what Chromium, Chrome and Edge go by on Linux and macOS; on Windows they dump into the profile.
        return {"TMPDIR": where, "TEMP": where, "TMP": where, "BREAKPAD_DUMP_LOCATION": where}

    def remove(self) -> None:
        """Take it away with all that is in it."""
        for _ in range(TRIES):
            shutil.rmtree(self.path, ignore_errors=True)
            if not self.path.exists():
                return
            time.sleep(PAUSE)


def _sweep(folder: Path) -> None:
    if not hasattr(os, "getuid"):
        return  # Windows has no way to ask whether a program still runs that could not end it
    for found in folder.glob(f"{PREFIX}*"):
        number = found.name.removeprefix(PREFIX).partition("-")[0]
        try:
            ours = number.isdigit() and found.is_dir() and found.lstat().st_uid == os.getuid()
        except OSError:
            continue
        if ours and not _runs(int(number)):
            shutil.rmtree(found, ignore_errors=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True

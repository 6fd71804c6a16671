"""A folder for temporary files that only this user can read; the next one clears what killed programs left behind."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

PREFIX: Final = "ssrcred-"
IN_USE: Final = "in-use.lock"  # locked as long as the program runs that made the folder; the system frees it
MADE: Final = "made"  # there once it was locked: until then another program may not ask for the lock


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Make a folder that only this user can read; first delete those that killed programs left behind."""
    import filelock

    _sweep(Path(tempfile.gettempdir()))
    path = Path(tempfile.mkdtemp(prefix=PREFIX))
    held = filelock.FileLock(path / IN_USE, mode=0o600, thread_local=False)
    try:
        with suppress(NotImplementedError):  # a drive without locks: nobody can take the folder for one left behind
            held.acquire(timeout=0)
        (path / MADE).touch()
        yield path
    finally:
        held.release()
        for _ in range(40):  # a browser's last processes may still be writing: two seconds are enough for them
            shutil.rmtree(path, ignore_errors=True)
            if not path.exists():
                break
            time.sleep(0.05)


def _sweep(folder: Path) -> None:
    """Delete this account's folders in `folder` that no program holds any more."""
    import filelock

    for found in folder.glob(f"{PREFIX}*"):
        with suppress(OSError, NotImplementedError):  # it is gone, or its program runs
            # Nothing of another account is opened. On Windows the folder for temporary files is each account's own.
            status = found.lstat()
            ours = not hasattr(os, "getuid") or status.st_uid == os.getuid()
            if ours and stat.S_ISDIR(status.st_mode) and (found / MADE).is_file():
                filelock.FileLock(found / IN_USE).acquire(timeout=0).lock.release()
                shutil.rmtree(found, ignore_errors=True)

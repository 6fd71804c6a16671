"""Whether a drive has locks. Some network and cloud drives have none, and what waits for one there waits in vain."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from ssrcred.errors import LedgerDamaged


def has_locks(folder: Path) -> bool:
    """Whether a file in `folder` can be locked as SQLite does it; True where that cannot be tried."""
    try:
        import fcntl
    except ModuleNotFoundError:  # Windows has no drive without them
        return True
    import tempfile  # dear, and only trouble comes here

    try:
        # Of its own: closing any other file would end this process's locks on it (fcntl(2), POSIX record locks).
        handle, name = tempfile.mkstemp(dir=folder, prefix=".lock-")
    except OSError:
        return True
    try:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(handle)
        with suppress(OSError):
            os.unlink(name)


def without_locks(folder: Path, state: str) -> LedgerDamaged:
    """The error of a drive without locks."""
    return LedgerDamaged(
        f"The drive that holds {folder} has no locks, which keep two runs apart.",
        state=state,
        hint="Put SSRCRED_HOME on a local drive: move that folder there, and name it in the environment of every run.",
    )

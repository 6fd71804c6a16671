"""Locks that prevent two runs at once on the same LEA, or two that send the same reminders.

Some network and cloud drives have no locks, so waiting for one never ends: the error comes at once.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

from ssrcred.domain.errors import LedgerDamaged, LockHeld, system_reason

# What a system says of a lock that its drive does not have; filelock says NotImplementedError.
LOCKLESS: Final = frozenset({errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP})
LONGEST_HOLDER: Final = 300
UNTOUCHED: Final = "The credentials in the keyring were not changed."


class Kind(NamedTuple):
    """What a lock keeps other runs from: the name of its file, and what one of them says that finds it taken."""

    file: str
    busy: str
    hint: str


LEA: Final = Kind(
    # The prefix keeps a LEA named "con" or "nul" from being a device on Windows.
    "lea-{owner}.lock",
    "is working on {owner}",
    "Wait until the other run ends, in its window or its job. To see how far it is: ssrcred status[lea]",
)
# The secrets of mail and chat, which are stored under a name of their own.
SHARED_SECRETS: Final = LEA._replace(
    busy="changes the secrets of mail and chat, or moves all of them",
    hint="Let the other run end, in its window, and run this one again.",
)
REMINDERS: Final = Kind(
    "remind.lock",
    "is sending reminders",
    "No action needed: what the other run cannot send is sent in the next run.",
)


@contextmanager
def lock(folder: Path, owner: str = "", run: str = "", kind: Kind = LEA) -> Iterator[None]:
    """Keep other runs away from `owner`, an LEA, while the block lasts; the system releases the lock with its process.

    `run` says in words whose run this is and since when; another one that finds the lock held quotes it.
    Raises LockHeld at once when another run holds it, LedgerDamaged when the lock cannot be made in `folder`.
    """
    # Five times the start of an empty Python (headless.md), and only commands that write need it.
    import filelock

    name = kind.file.format(owner=owner)
    held = filelock.FileLock(folder / name, mode=0o600, thread_local=False)
    # Beside the lock and not in it: Windows lets nobody read a locked file, and whoever tries a lock may empty it.
    holder = folder / f"{name}.holder"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        held.acquire(blocking=False)
    except filelock.Timeout:
        whose = ""
        with suppress(OSError):
            whose = " ".join(holder.read_bytes()[:LONGEST_HOLDER].decode("utf-8", "replace").split())
        raise LockHeld(
            f"Another run of ssrcred {kind.busy.format(owner=owner)}{f', started by {whose}' if whose else ''}.",
            state="This run did nothing; the other one continues.",
            hint=kind.hint,
        ) from None
    except (OSError, NotImplementedError) as error:
        if isinstance(error, NotImplementedError) or error.errno in LOCKLESS:
            raise without_locks(folder, f"Nothing was done. {UNTOUCHED}") from None
        raise LedgerDamaged(
            f"The lock that prevents two runs at once cannot be created in {folder}{reason(error)}.",
            state=f"Nothing was done. {UNTOUCHED}",
            hint="Let this account write that folder, or set SSRCRED_HOME to another one, and run the command again.",
        ) from None
    try:
        with suppress(OSError):  # a disk that is full stops no run that only reads
            holder.touch(0o600)
            holder.write_text(run, "utf-8")
        yield
    finally:
        with suppress(OSError):
            holder.unlink()
        held.release()


def has_locks(folder: str | Path) -> bool:
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
        f"The drive of {folder} has no file locks, which prevent two runs at once.",
        state=state,
        hint="Move that folder to a local drive, and set SSRCRED_HOME to its new place for every run.",
    )


def reason(error: Exception) -> str:
    """The system's words for an error as the end of a sentence, "" where there are none."""
    return f": {system_reason(error)}" if isinstance(error, OSError) and error.strerror else ""

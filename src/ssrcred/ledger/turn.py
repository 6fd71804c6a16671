"""Keeps two runs apart that would work on the same LEA, or send the same reminders."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from ssrcred.errors import LedgerDamaged, LockHeld
from ssrcred.ledger.drive import without_locks
from ssrcred.ledger.trouble import LOCKLESS, UNTOUCHED, reason


def lock(folder: Path, lea: str) -> AbstractContextManager[None]:
    """Keep other runs away from `lea` while the block lasts; the lock is the system's own and dies with its process.

    Raises LockHeld at once when another run holds it, LedgerDamaged when the lock cannot be made in `folder`.
    """
    taken = LockHeld(
        f"Another run of ssrcred is at work on {lea}.",
        state="This run has done nothing; the other one goes on.",
        hint="Let the other run end, in its window or its job. To see how far it is, type: ssrcred status",
    )
    # The prefix keeps a LEA named "con" or "nul" from being a device on Windows.
    return turn(folder, f"lea-{lea}.lock", taken, "Nothing was done.")


@contextmanager
def turn(folder: Path, name: str, taken: LockHeld, nothing: str) -> Iterator[None]:
    """Hold the lock of that name in `folder` while the block lasts.

    Raises `taken` at once when another run holds it, and LedgerDamaged, which says `nothing` was done in the words
    given, when the lock cannot be made.
    """
    # Five times the start of an empty Python (headless.md), and only commands that write need it.
    import filelock

    held = filelock.FileLock(folder / name, mode=0o600, thread_local=False)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        held.acquire(blocking=False)
    except filelock.Timeout:
        raise taken from None
    except (OSError, NotImplementedError) as error:
        if isinstance(error, NotImplementedError) or error.errno in LOCKLESS:
            raise without_locks(folder, f"{nothing} {UNTOUCHED}") from None
        raise LedgerDamaged(
            f"The lock that keeps two runs apart cannot be made in {folder}{reason(error)}.",
            state=f"{nothing} {UNTOUCHED}",
            hint="Make that folder writable for this account, or set SSRCRED_HOME to one that is, and run it again.",
        ) from None
    try:
        yield
    finally:
        held.release()

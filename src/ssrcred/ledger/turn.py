"""Keeps two runs apart that would work on the same LEA."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ssrcred.errors import LedgerDamaged, LockHeld
from ssrcred.ledger.trouble import UNTOUCHED, reason


@contextmanager
def lock(folder: Path, lea: str) -> Iterator[None]:
    """Keep other runs away from `lea` while the block lasts; the lock is the system's own and dies with its process.

    Raises LockHeld at once when another run holds it, LedgerDamaged when the lock cannot be made in `folder`.
    """
    # Five times the start of an empty Python (headless.md), and only commands that write need it.
    import filelock

    # The prefix keeps a LEA named "con" or "nul" from being a device on Windows.
    held = filelock.FileLock(folder / f"lea-{lea}.lock", mode=0o600, thread_local=False)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        held.acquire(blocking=False)
    except filelock.Timeout:
        raise LockHeld(
            f"Another run of ssrcred is at work on {lea}.",
            state="This run has done nothing; the other one goes on.",
            hint="Let the other run end, in its window or its job. To see how far it is, type: ssrcred status",
        ) from None
    except (OSError, NotImplementedError) as error:
        raise LedgerDamaged(
            f"The lock that keeps two runs apart cannot be made in {folder}{reason(error)}.",
            state=f"Nothing was done. {UNTOUCHED}",
            hint="Make that folder writable for this account, or set SSRCRED_HOME to one that is, and run it again.",
        ) from None
    try:
        yield
    finally:
        held.release()

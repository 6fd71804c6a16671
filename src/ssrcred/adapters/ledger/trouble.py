"""Error messages for what SQLite or the disk refused, and what to type then."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ssrcred.adapters.ledger import Broken, Newer
from ssrcred.adapters.ledger.run_lock import LOCKLESS, UNTOUCHED, has_locks, reason, without_locks
from ssrcred.domain.errors import LedgerDamaged

_WORDS: Final = {
    sqlite3.SQLITE_FULL: (
        "The disk is full: the history could not be saved.",
        "Free some space on the disk of {path}, and run the command again.",
    ),
    sqlite3.SQLITE_IOERR: (
        "The history file could not be read or written: the disk or the network drive reported an error.",
        "Check that {path} can be reached and its disk has room, and run the command again.",
    ),
    sqlite3.SQLITE_READONLY: (
        "This account may not write the history file.",
        "Let this account write {path} and its folder, or run ssrcred as the account that created it.",
    ),
    sqlite3.SQLITE_BUSY: (
        "Another program is using the history file.",
        "Close what has {path} open, such as a backup or a database viewer, and run the command again.",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "The history file cannot be opened.",
        "Let this account read and write {path} and its folder, or run ssrcred as the account that created it.",
    ),
}


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn errors into LedgerDamaged with words of ours: SQLite's own could quote what is in the file."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise  # a wrong use of sqlite3 is a bug of ours and no damage
    except (Broken, UnicodeDecodeError, sqlite3.Error, OSError, NotImplementedError) as error:
        raise said(path, error) from None


def said(
    path: Path, error: Broken | UnicodeDecodeError | sqlite3.Error | OSError | NotImplementedError
) -> LedgerDamaged:
    """What failed, in our own words."""
    if isinstance(error, Newer):
        return LedgerDamaged(
            "The history was written by a newer version of ssrcred.",
            state=f"The history file was not changed. {UNTOUCHED}",
            hint="Install the newest ssrcred on this computer, or set SSRCRED_HOME to another folder than "
            f"{path.parent}.",
        )
    if isinstance(error, Broken):
        return _damaged(path, str(error))
    if isinstance(error, UnicodeDecodeError):
        # SQLite quotes damaged names in its own words, and Python cannot read them.
        return _damaged(path, "The history file is damaged.")
    if isinstance(error, sqlite3.Error):
        # The low byte is the kind, the rest refines it (sqlite.org/rescode.html).
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_IOERR) and not has_locks(path.parent):
            return without_locks(path.parent, f"Nothing more was recorded. {UNTOUCHED}")
        if code not in _WORDS:
            return _damaged(path, "The history file is damaged.")
        message, hint = _WORDS[code]
        return LedgerDamaged(message, state=f"Nothing more was recorded. {UNTOUCHED}", hint=hint.format(path=path))
    if isinstance(error, NotImplementedError) or (isinstance(error, OSError) and error.errno in LOCKLESS):
        return without_locks(path.parent, f"Nothing was recorded. {UNTOUCHED}")
    return LedgerDamaged(
        f"The history file cannot be created or opened{reason(error)}.",
        state=f"Nothing was recorded. {UNTOUCHED}",
        hint=f"Let this account write {path.parent}, or set SSRCRED_HOME to a folder that it may write.",
    )


def _damaged(path: Path, message: str) -> LedgerDamaged:
    return LedgerDamaged(
        message,
        state=f"The history file was not changed. {UNTOUCHED}",
        hint=f"Restore a backup of {path} if there is one. If not, move that file away, save it for IT, and type: "
        "ssrcred resume[lea] (it finds the credentials in the keyring)",
    )

"""Writes a file whole or not at all: a temporary file beside it, fsync, rename, fsync of the folder.

Measured against kill -9 and two writers, it lost nothing (headless.md, *Vault*).
"""

from __future__ import annotations

import glob
import os
import time
from collections.abc import Callable
from contextlib import suppress

from ssrcred.domain.errors import InputRefused, SsrcredError, UsageWrong, system_reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

PREFIX = ".ssrcred-"
SUFFIX = ".part"
# A temporary file this much older than the one being written belongs to a run that was killed.
STALE_SECONDS = 3600


# ERROR_ACCESS_DENIED and ERROR_SHARING_VIOLATION (winerror.h): what Windows says of a file that a virus scanner, an
# indexer or a cloud client holds open for a moment. Elsewhere an OSError has no such number.
HELD = (5, 32)
PAUSE_S = 0.1
PAUSES = 20

# For what is not secret, and is read by a calendar or a collector that runs as somebody else.
READABLE = 0o644


def replace_file(
    path: str | os.PathLike[str],
    content: bytes,
    *,
    mode: int = 0o600,
    group: int | None = None,
    keep_mode: bool = False,
) -> None:
    """Put `content` in the place of what is at `path`, on the disk when this returns.

    Who may read it is said by `mode`, whatever the umask, and the number of a `group`; with `keep_mode` by what was
    there, if anything was. Raises OSError; what was there is as it was then.
    """
    path = os.path.abspath(path)
    folder = os.path.dirname(path)
    # No end that others collect by, and a name that cannot be guessed, where others may write into the folder.
    temporary = os.path.join(folder, f"{PREFIX}{os.urandom(8).hex()}{SUFFIX}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        # Compared with a file just written, so that the file system's clock is held against itself.
        now = os.stat(temporary).st_mtime
        for part in glob.glob(f"{glob.escape(os.path.join(folder, PREFIX))}*{SUFFIX}"):
            with suppress(OSError):
                if now - os.stat(part).st_mtime > STALE_SECONDS:
                    os.unlink(part)
        if keep_mode and os.path.exists(path):
            former = os.stat(path)
            mode, group = former.st_mode & 0o777, former.st_gid
        if group is not None and hasattr(os, "chown"):
            os.chown(temporary, -1, group)
        if mode != 0o600:
            os.chmod(temporary, mode)
        put_in_place(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    sync_folder(folder)


def put_in_place(
    temporary: str,
    path: str,
    *,
    replace: Callable[[str, str], None] = os.replace,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Give a file its name, again for two seconds while Windows says that another program holds it. Raises OSError."""
    for _ in range(PAUSES):
        try:
            return replace(temporary, path)
        except OSError as error:
            if getattr(error, "winerror", None) not in HELD:
                raise
        pause(PAUSE_S)
    return replace(temporary, path)


def create_file(path: str | os.PathLike[str], content: bytes) -> None:
    """Put `content` under a `path` where nothing is (0600). Raises FileExistsError when something is there, or OSError.

    The name is claimed with an empty file first, which works on every file system; an empty file holds nothing, so one
    that a killed run left behind is taken over.
    """
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        if not os.path.isfile(path) or os.path.getsize(path):
            raise
    try:
        replace_file(path, content)
    except OSError:
        # Else an empty file would stay where the caller was told that nothing was written.
        with suppress(OSError):
            os.unlink(path)
        raise


def save_new(
    path: Path, content: bytes, state: str = "No file was made.", refused: type[SsrcredError] = InputRefused
) -> None:
    """Put `content` under a `path` that a person named, for this account alone; nothing there is ever replaced.

    Raises UsageWrong where something is already, and what is `refused` where the disk does not take it.
    """
    try:
        create_file(path, content)
    except FileExistsError:
        raise taken(path) from None
    except OSError as error:
        raise refused(
            f"The file {path} cannot be written ({system_reason(error)}).",
            state=state,
            hint="Choose a path in a folder that exists and is yours, on a disk that has room.",
        ) from None


def taken(path: Path) -> UsageWrong:
    """The error of a path where something is already."""
    return UsageWrong(
        f"{path} exists already.", state="It is unchanged, and nothing was written.", hint="Use another name."
    )


def delete_file(path: str | os.PathLike[str]) -> None:
    """Delete a file, so that it stays deleted when the power goes; none there is fine. Raises OSError."""
    with suppress(FileNotFoundError):
        os.unlink(path)
    sync_folder(os.path.dirname(os.path.abspath(path)))


def sync_folder(folder: str) -> None:
    """Make names in a folder outlive a power cut. Windows and some network drives cannot do that: there it is left."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

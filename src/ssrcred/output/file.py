"""Puts a file that others read in the place of the one before it, in one move: whole at every moment, or as it was."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from typing import Final

READABLE: Final = 0o644
"""Nothing in these files is secret, and a calendar or a collector that runs as somebody else reads them."""


def replace(
    path: str | os.PathLike[str],
    content: bytes,
    keep_mode: bool = False,
    mode: int = READABLE,
    group: int | None = None,
) -> None:
    """Put `content` in the place of the file at `path`, on the disk when this returns.

    A symbolic link stays one, and what it leads to is replaced: a web folder may serve the file by it. Everybody may
    read it whatever the umask, which is 077 in a scheduled job of ours, or who `mode` says, as the number of a `group`
    may be given; with `keep_mode`, who may read what was there, if anything was.
    Raises OSError; what was there is as it was then.
    """
    path = os.path.realpath(path)
    # Another end than .prom, so that nobody collects it half-written; and a name that cannot be guessed, since whoever
    # else may write into that folder could have put a link to another file there.
    handle, unborn = tempfile.mkstemp(prefix=f".{os.path.basename(path)}.", dir=os.path.dirname(path))
    try:
        with open(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        kept = keep_mode and os.path.exists(path)
        if hasattr(os, "chown") and (group is not None or kept):
            os.chown(unborn, -1, os.stat(path).st_gid if group is None else group)
        os.chmod(unborn, os.stat(path).st_mode & 0o777 if kept else mode)
        os.replace(unborn, path)
    except OSError:
        with suppress(OSError):
            os.unlink(unborn)
        raise

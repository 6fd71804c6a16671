"""Runs the program and raises an exception in one of its layers that quotes every secret which is there by then.

    broken_layer.py REPORT FOLDER NUMBER -- ARGUMENTS OF SSRCRED

FOLDER is one below the package, such as adapters/vault. From when the first secret is wrapped, the calls of functions
there are counted; the NUMBERth does not happen, but an exception instead, in whose text the secrets stand, as a
library's may quote what it was given. Of which kind it is, the NUMBER decides. NUMBER 0 is never reached: then REPORT,
a file, is told how many calls each folder had.
"""

from __future__ import annotations

import errno
import json
import os
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, Final

import httpx

import ssrcred
from ssrcred.cli.start import program
from ssrcred.domain import credential

PACKAGE: Final = f"{Path(ssrcred.__file__).parent}{os.sep}"
WRAPPED: Final = credential.SecretKey.__init__.__code__
KINDS: Final[tuple[Callable[[str], Exception], ...]] = (
    RuntimeError,
    ValueError,
    KeyError,
    lambda text: UnicodeDecodeError("utf-8", text.encode(), 0, 1, text),
    lambda text: httpx.ReadError(text),
    lambda text: OSError(errno.EIO, os.strerror(errno.EIO), text),  # strerror is the system's, and is shown
)


class Break:
    """Counts the calls of each folder and knows which of them goes wrong."""

    def __init__(self, folder: str, number: int) -> None:
        self._folder, self._number = folder, number
        self._secrets: list[str] = []
        self.calls: Counter[str] = Counter()

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        """Look at one call, in whichever thread; what the interpreter calls for a profiler."""
        code = frame.f_code
        if event != "call" or not code.co_filename.startswith(PACKAGE):
            return
        if code is WRAPPED:
            self._secrets += [value for value in frame.f_locals.values() if isinstance(value, str)]
        if not self._secrets:
            return
        parts = Path(code.co_filename.removeprefix(PACKAGE)).parts
        folder = "/".join(parts[: 2 if parts[0] == "adapters" else 1][: len(parts) - 1])
        self.calls[folder] += 1
        if folder == self._folder and self.calls[folder] == self._number:
            sys.setprofile(None)
            raise KINDS[self._number % len(KINDS)](" ".join(self._secrets))


def run() -> int:
    """Read the arguments and run the program."""
    report, folder, number, dashes, *arguments = sys.argv[1:]
    assert dashes == "--"
    breaks = Break(folder, int(number))
    sys.argv = ["ssrcred", *arguments]
    threading.setprofile(breaks)
    sys.setprofile(breaks)
    try:
        return program()
    finally:
        sys.setprofile(None)
        if not int(number):
            Path(report).write_text(json.dumps(breaks.calls), "utf-8")


if __name__ == "__main__":
    sys.exit(run())

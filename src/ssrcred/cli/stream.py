"""Standard output and standard error that tell, or survive, a device that takes no more: a full disk, mostly.

What cannot be answered has to be said, and its exit code must not look like an answer. What cannot be told beside the
answer must stop nothing: a new key may be in this process alone while its log is on the disk that is full.
"""

from __future__ import annotations

import io
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

    from _typeshed import ReadableBuffer


class Unwritten(Exception):
    """Standard output took no more, for the reason that the system gives."""


class _Answers(io.FileIO):
    """Raises Unwritten once, and drops what comes then, so that nothing is left for Python to fail with at its end."""

    _lost = False

    def write(self, data: ReadableBuffer, /) -> int:
        if self._lost:
            return len(bytes(data))
        try:
            return super().write(data)
        except BrokenPipeError:
            raise
        except OSError as error:
            self._lost = True
            raise Unwritten((error.strerror or "no reason given").lower()) from None


class _Remarks(io.FileIO):
    """Drops what is not taken."""

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            raise
        except OSError:
            return len(bytes(data))


def guard() -> None:
    """Put such streams in place of Python's own, where these lead to a file, a pipe or a terminal."""
    if sys.stdout is not None:
        sys.stdout = _guarded(sys.stdout, _Answers)
    if sys.stderr is not None:
        sys.stderr = _guarded(sys.stderr, _Remarks)


def _guarded(stream: TextIO, kind: type[_Answers | _Remarks]) -> TextIO:
    buffer = getattr(stream, "buffer", None)
    raw = getattr(buffer, "raw", buffer)  # without a buffer of its own under PYTHONUNBUFFERED
    if type(raw) is not io.FileIO or not isinstance(stream, io.TextIOWrapper):
        return stream  # the console of Windows, or a stream of somebody who calls us from Python
    return io.TextIOWrapper(
        io.BufferedWriter(kind(raw.fileno(), "wb", closefd=False)),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )

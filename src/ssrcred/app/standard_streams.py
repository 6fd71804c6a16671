"""One run of the program: its streams, what is told of a bug; light enough for every start."""

from __future__ import annotations

import io
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

    from _typeshed import ReadableBuffer

    from ssrcred.app.environment import Environment
    from ssrcred.app.session import Session


class Run:
    """One run: its environment, and the session of its command once there is one."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.session: Session | None = None


def told_of_bug(error: BaseException) -> str:
    """Return the kind of an unexpected exception and its place in our code; no value, which might be a secret."""
    import traceback
    from pathlib import Path

    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "ssrcred" in frame.filename]
    where = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"


class Unwritten(Exception):
    """Standard output took no more, for the reason that the system gives."""


class _Stream(io.FileIO):
    """Drops what is not taken. An `answer` raises Unwritten, once: Python has nothing left to fail with at its end."""

    def __init__(self, number: int, *, answer: bool) -> None:
        super().__init__(number, "wb", closefd=False)
        self._answer, self._lost = answer, False

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return len(bytes(data)) if self._lost else super().write(data)
        except OSError as error:
            # Ctrl-C ends the reader of a pipe, too, perhaps before a new key is stored.
            if not self._answer:
                return len(bytes(data))
            if isinstance(error, BrokenPipeError):
                raise
            from ssrcred.domain.errors import system_reason

            self._lost = True
            raise Unwritten(system_reason(error)) from None


def guard() -> None:
    """Have standard output and error tell, or survive, a device that takes no more: a full disk, or a reader that left.

    What cannot be answered has to be said, and its exit code must not look like an answer. What cannot be told beside
    the answer must stop nothing: a new key may be in this process alone while its log is on the disk that is full.
    """
    if sys.stdout is not None:
        sys.stdout = _guarded(sys.stdout, answer=True)
    if sys.stderr is not None:
        sys.stderr = _guarded(sys.stderr, answer=False)


def _guarded(stream: TextIO, *, answer: bool) -> TextIO:
    buffer = getattr(stream, "buffer", None)
    raw = getattr(buffer, "raw", buffer)  # without a buffer of its own under PYTHONUNBUFFERED
    if type(raw) is not io.FileIO or not isinstance(stream, io.TextIOWrapper):
        return stream  # the console of Windows, or a stream of somebody who calls us from Python
    return io.TextIOWrapper(
        io.BufferedWriter(_Stream(raw.fileno(), answer=answer)),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )

"""A terminal of so many columns and lines with a real `ssrcred` process in it: a real pty, and a screen to look at."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from typing import Final

import pexpect
import pyte

from session.rehearsal import PROGRAM
from waiting import HUNG_S

CTRL_C: Final = "\x03"
NORMAL: Final = (
    (re.compile(r"127\.0\.0\.1:\d{5}"), "127.0.0.1:PORT."),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d"), "2026-11-21 14:05"),
    (re.compile(r"[A-Z][a-z]+day, [A-Z][a-z]+ \d{1,2}, \d{4}"), "Sunday, November 21, 2027"),
    (re.compile(r"[A-Z][a-z][a-z] \d{1,2}, \d{4}(?:, \d{1,2}:\d\d [AP]M [A-Z]+)?"), "Nov 21, 2026"),
    (re.compile(r"\b\d+ bytes"), "892 bytes"),
)
"""What differs from run to run, and what stands for it in a transcript; ports in as many characters."""


class Terminal:
    """One process on a terminal. `raw` is every byte that came out of it, `left_echoing` whether it left echo on."""

    def __init__(
        self,
        environment: Mapping[str, str],
        *arguments: str,
        columns: int = 80,
        lines: int = 24,
        program: tuple[str, ...] = PROGRAM,
    ) -> None:
        self.raw, self.left_echoing = b"", False
        self._screen = pyte.HistoryScreen(columns, lines, history=1000)
        self._stream = pyte.ByteStream(self._screen)
        self._process = pexpect.spawn(
            program[0],
            [*program[1:], *arguments],
            env={**environment, "TERM": "xterm-256color", "LANG": "C.UTF-8"},
            dimensions=(lines, columns),
            timeout=HUNG_S,
        )
        self._process.delaybeforesend = None
        self._process.logfile_read = self

    def write(self, data: bytes) -> None:
        """What pexpect reads comes through here."""
        self.raw += data
        self._stream.feed(data)

    def flush(self) -> None:
        """Nothing waits here."""

    def expect(self, words: str) -> None:
        """Read until these words have come, within one line."""
        self._process.expect_exact(words.encode())

    def type(self, text: str) -> None:
        """Type it and press Enter."""
        self._process.send(text + "\r")

    def press(self, key: str) -> None:
        """Press one key."""
        self._process.send(key)

    def signal(self, number: int) -> None:
        """Send a signal to the process."""
        self._process.kill(number)

    @property
    def echoes(self) -> bool:
        """Whether the terminal shows what is typed."""
        return bool(self._process.getecho())

    def resize(self, columns: int, lines: int) -> None:
        """Pull at the window's corner."""
        self._process.setwinsize(lines, columns)
        self._screen.resize(lines, columns)

    def end(self) -> int:
        """Read to the end of the process, and give its exit code. No process ever ends in a traceback."""
        self._process.expect(pexpect.EOF)
        self.left_echoing = self.echoes
        self._process.close()
        assert b"Traceback" not in self.raw
        return int(self._process.exitstatus if self._process.exitstatus is not None else -self._process.signalstatus)

    def stop(self) -> None:
        """Make an end of it, whatever it does."""
        self._process.close(force=True)

    @property
    def everything(self) -> str:
        """All that the terminal shows and has scrolled away, as a person would read it."""
        scrolled = ["".join(line[column].data for column in sorted(line)) for line in self._screen.history.top]
        return "\n".join(line.rstrip() for line in (*scrolled, *self._screen.display)).rstrip() + "\n"

    @property
    def text(self) -> str:
        """The same without what differs from run to run."""
        shown = self.everything
        for pattern, standing_for_it in NORMAL:
            shown = pattern.sub(standing_for_it, shown)
        return shown

    @property
    def words(self) -> list[str]:
        """The text by words, wherever the lines end."""
        return self.text.split()

    @property
    def last_lines(self) -> list[str]:
        """The lines that an error ends with, put together again where the terminal's width broke them."""
        whole: list[str] = []
        for line in self.text.splitlines():
            if line.startswith("  ") and whole and whole[-1].startswith(("error:", "state:", "hint:")):
                whole[-1] += " " + line.strip()
            else:
                whole.append(line)
        return whole[-3:]


@contextlib.contextmanager
def terminal(environment: Mapping[str, str], *arguments: str, **how: object) -> Iterator[Terminal]:
    """A Terminal that is gone afterwards."""
    opened = Terminal(environment, *arguments, **how)  # type: ignore[arg-type]  # its own names, handed on
    try:
        yield opened
    finally:
        opened.stop()

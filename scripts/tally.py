"""What crash.py, faults.py, inputs.py and thieves.py share: options, processes, and how they tell a count."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shlex
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Protocol, TypeVar


class Tried(Protocol):
    """What came of one point: `what` was tried, and what is `wrong`."""

    @property
    def what(self) -> str: ...
    @property
    def wrong(self) -> tuple[str, ...]: ...


class Ended(Protocol):
    """What came of one run: its exit code."""

    @property
    def code(self) -> int: ...


Outcome = TypeVar("Outcome", bound=Tried)


class Tally:
    """One run of a program that counts, called `name` in the Makefile and in the page."""

    def __init__(self, name: str, description: str, only: Sequence[str] | None = None) -> None:
        self._name, self._begin = name, time.monotonic()
        self.parser = argparse.ArgumentParser(description=description)
        self.parser.add_argument("--sample", type=int, default=0, help="how many to try of each row; all by default")
        self.parser.add_argument(
            "--only", default="", choices=only and ["", *only], metavar="ROW", help="this row only"
        )
        self.parser.add_argument("--seed", type=int, default=1, help="which ones")
        self.parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="how many to try at once")
        self.parser.add_argument("--write", type=Path, help="a page whose table is replaced by the counts")

    def asked(self) -> argparse.Namespace:
        """Read the command line."""
        self._asked = self.parser.parse_args()
        if self._asked.write is not None:
            self._asked.write = self._asked.write.absolute()
        return self._asked

    def workers(self) -> ProcessPoolExecutor:
        """Return the processes that try. Not forked: each has a practice district of its own, which is a thread."""
        return ProcessPoolExecutor(self._asked.workers, multiprocessing.get_context("spawn"))

    def told(self, outcomes: Iterable[Outcome], count: int) -> Iterable[Outcome]:
        """Pass outcomes on; tell those that are wrong, and now and then how many of `count` were tried."""
        for number, one in enumerate(outcomes, 1):
            if one.wrong:
                print(f"{one.what}: {'; '.join(one.wrong)}", flush=True)
            elif number % 50 == 0 and not self._asked.sample:
                print(f"{number} of {count}", file=sys.stderr, flush=True)
            yield one

    def end(self, outcomes: Sequence[Tried], lines: Sequence[str], minutes: str = "") -> int:
        """Print a table and how it was made, write it to the page, and return the exit code: 1 if anything is wrong."""
        drawn = [f"--{name} {shlex.quote(str(value))}" for name, value in vars(self._asked).items() if value]
        drawn = [one for one in drawn if one.split()[0] in ("--sample", "--pairs", "--only")]
        words = " ".join([*drawn, f"--seed {self._asked.seed}"])
        command = f"make {self._name}" + (f" {self._name.upper()}={shlex.quote(words)}" if drawn else "")
        minutes = minutes or f"{(time.monotonic() - self._begin) / 60:.0f} minutes"
        text = "\n".join([*lines, "", f"By `{command}`, {minutes} on {os.cpu_count()} processors."])
        print(text)
        if page := self._asked.write:
            before, first, rest = page.read_text("utf-8").partition(f"<!-- {self._name} -->")
            _, last, after = rest.partition(f"<!-- /{self._name} -->")
            page.write_text(f"{before}{first}\n{text}\n{last}{after}", "utf-8")
        return 1 if any(one.wrong for one in outcomes) else 0


def counted(values: Iterable[object]) -> str:
    """Return values with how often each is there, most frequent first."""
    return ", ".join(f"{value} {times}" for value, times in Counter(values).most_common())


def codes(outcomes: Iterable[Ended]) -> str:
    """Return the exit codes in their order, with how often each is there."""
    found = Counter(one.code for one in outcomes)
    return ", ".join(f"{code} ({times})" for code, times in sorted(found.items()))

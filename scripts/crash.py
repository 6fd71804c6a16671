"""Cuts the power at every system call of a rotation and of its `resume`, and counts what comes of it.

    crash.py [--sample N] [--seed S] [--workers N] [--write FILE]

Each point is one real run of `ssrcred` on a practice district, killed there (power_cut.py), then `resume`, then a
verdict (crash_judge.py). The credentials are given again only if the vault had not answered yet. All are made up.
Points are counted in the order of a run's calls; threads make that order differ a little from run to run.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import crash_judge

from session.rehearsal import PROGRAM, Rehearsal, two_lines
from ssrcred.practice import Pair, running

CUT: Final = (sys.executable, str(Path(__file__).with_name("power_cut.py")))
ALONE, PASTED, LOST, NOT_REACHED = "recovered alone", "recovered with the key pasted again", "lost", "not reached"
COMMANDS: Final = ("rotate", "resume")
ASKS: Final = "secret key"
LONGEST_S: Final = 120
MARKS: Final = ("<!-- crash -->", "<!-- /crash -->")


class Point(NamedTuple):
    """Where a run is killed: `command` is rotate or resume, `number` that of the call."""

    command: str
    number: int


@dataclass(frozen=True)
class Verdict:
    """What came of one point: the call that was not made, one of the four results, and what is wrong."""

    point: Point
    call: str
    result: str
    faults: tuple[str, ...] = ()


class Desk:
    """A practice district of its own, and an LEA after its first rotation: one for each worker."""

    def __init__(self) -> None:
        # A new user name each time: then a page that hides the key shows whether the first save was stored.
        self._stack = ExitStack()
        self.district = self._stack.enter_context(running(started=True, new_username_each_time=True))
        self.folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="ssrcred-crash-")))
        (self.folder / "first").mkdir()
        self._first = Rehearsal(self.folder / "first", self.district)
        self.key_file = self.folder / "vault.key"
        self._first.set_up(key_file=self.key_file)
        self.old = self._first.new_pair(self.district.pair)
        self._first.run("rotate", "--stdin", given=two_lines(self.old))

    def lea(self) -> tuple[Rehearsal, Pair]:
        """Return a copy of the LEA, and the credentials that were generated for it just now."""
        shutil.rmtree(self.folder / "copy", ignore_errors=True)
        copy = self._first.copied(self.folder / "copy")
        return copy, copy.new_pair(self.old)


@cache
def desk() -> Desk:
    """The desk of this process; its folder goes with the process."""
    return Desk()


def cut(lea: Rehearsal, arguments: Sequence[str], number: int, given: str | None) -> tuple[int, list[str]]:
    """Run a command until the call `number`; return its exit code and the calls that it made."""
    report = lea.folder / "report.json"
    subprocess.run(
        [*CUT, str(report), str(number), "--", *PROGRAM, *arguments],
        input=given,
        stdin=subprocess.DEVNULL if given is None else None,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=lea.environment,
        timeout=LONGEST_S,
        check=True,
    )
    told = json.loads(report.read_text("utf-8"))
    report.unlink()
    return told["code"], told["calls"]


def go_on(lea: Rehearsal, new: Pair, key_file: Path) -> tuple[str, list[str]]:
    """Do what a person does next; return the result, and what was wrong on the way to it."""
    state = json.loads(lea.run("status", "--json", expect=None).stdout)["leas"][0]["state"]
    stored = (new.username, new.secret) in crash_judge.stored(lea.home, key_file).values()
    if stored and state != "unfinished" and lea.standing().current == "pair-0002":
        return ALONE, []
    if stored:
        done, result = lea.run("resume", "--no-input", expect=None), ALONE
    elif state != "unfinished":  # nothing was begun
        done, result = lea.run("rotate", "--stdin", "--force", given=two_lines(new), expect=None), PASTED
    else:
        asked = lea.run("resume", "--no-input", expect=None)
        if asked.returncode == 0 or ASKS not in asked.stderr:
            return PASTED, [f"the key is needed, and resume does not say so: {asked.stderr.splitlines()[:3]}"]
        done, result = lea.run("resume", "--stdin", given=two_lines(new), expect=None), PASTED
    return result, [] if done.returncode == 0 else [f"exit code {done.returncode}: {done.stderr.splitlines()[:3]}"]


def judged(point: Point) -> Verdict:
    """Try one point."""
    here = desk()
    lea, new = here.lea()
    begins, signed_in, settings = len(here.district.requests), len(here.district.log_ins), here.district.settings
    if point.command == "resume":
        # Stored, and nothing saved in SchoolWise: `store` opens a rotation and stops there.
        lea.run("store", "--stdin", given=two_lines(new))
        code, calls = cut(lea, ("resume", "--no-input"), point.number, None)
    else:
        code, calls = cut(lea, ("rotate", "--stdin", "--force"), point.number, two_lines(new))
    call = calls[-1] if calls else ""
    if code != -signal.SIGKILL:
        return Verdict(point, call, NOT_REACHED, () if code == 0 else (f"exit code {code}",))
    result, wrong = go_on(lea, new, here.key_file)
    holds = {place: here.district.stored(place) for place in ("district", *here.district.schools)}
    servers = crash_judge.Servers(
        last=(new.username, new.secret),
        holds={place: None if held is None else (held.username, held.secret) for place, held in holds.items()},
        own=lea.places,
        settings=(settings, here.district.settings),
        requests=here.district.requests[begins:],
        sign_ins=[accepted for _, accepted in here.district.log_ins[signed_in:]],
    )
    wrong += crash_judge.faults(lea.home, here.key_file, servers)
    return Verdict(point, call, LOST if wrong else result, tuple(wrong))


def calls_of(command: str) -> int:
    """Return how many calls a good run of a command makes, by trying one."""
    here = desk()
    lea, new = here.lea()
    if command == "resume":
        lea.run("store", "--stdin", given=two_lines(new))
        code, calls = cut(lea, ("resume", "--no-input"), 0, None)
    else:
        code, calls = cut(lea, ("rotate", "--stdin", "--force"), 0, two_lines(new))
    if code != 0:
        raise SystemExit(f"A run without a power cut failed: ssrcred {command}, exit code {code}.")
    return len(calls)


def table(verdicts: Sequence[Verdict], seconds: float, command: str) -> str:
    """Return the counts as a table in Markdown."""
    lines = [
        "| killed in | points tried | recovered alone | recovered with the key pasted again | lost | not reached |",
        "|---|---|---|---|---|---|",
    ]
    for name in dict.fromkeys(one.point.command for one in verdicts):
        counts = Counter(one.result for one in verdicts if one.point.command == name)
        numbers = (counts[ALONE], counts[PASTED], counts[LOST], counts[NOT_REACHED])
        lines.append(f"| `ssrcred {name}` | {counts.total()} | {' | '.join(map(str, numbers))} |")
    calls = Counter(one.call for one in verdicts if one.result != NOT_REACHED)
    lines += ["", "Killed before: " + ", ".join(f"{name} {times}" for name, times in calls.most_common()) + ".", ""]
    lines.append(f"By `{command}`, {seconds / 60:.0f} minutes on {os.cpu_count()} processors.")
    return "\n".join(lines)


def main() -> int:
    """Try the points and print the counts; the exit code is 1 if anything was lost."""
    parser = argparse.ArgumentParser(description="Kill a rotation at every system call, and count what comes of it.")
    parser.add_argument("--sample", type=int, default=0, help="how many points to try of each command; all by default")
    parser.add_argument("--seed", type=int, default=1, help="which ones")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="how many to try at once")
    parser.add_argument("--write", type=Path, help="a page whose table is replaced by the counts")
    asked = parser.parse_args()
    begin, points, verdicts = time.monotonic(), list[Point](), list[Verdict]()
    # Not forked: each worker has a practice district of its own, which is a thread.
    with ProcessPoolExecutor(asked.workers, multiprocessing.get_context("spawn")) as pool:
        for command, calls in zip(COMMANDS, pool.map(calls_of, COMMANDS), strict=True):
            every = [Point(command, number) for number in range(1, calls + 1)]
            chosen = random.Random(asked.seed)
            points += chosen.sample(every, min(asked.sample, calls)) if asked.sample else every
        for one in pool.map(judged, points):
            verdicts.append(one)
            if one.faults:
                print(f"{one.point.command} {one.point.number} ({one.call}): {'; '.join(one.faults)}", flush=True)
            elif len(verdicts) % 50 == 0:
                print(f"{len(verdicts)} of {len(points)}", file=sys.stderr, flush=True)
    sample = f" CRASH='--sample {asked.sample} --seed {asked.seed}'" if asked.sample else ""
    text = table(verdicts, time.monotonic() - begin, f"make crash{sample}")
    print(text)
    if asked.write is not None:
        page = asked.write.read_text("utf-8")
        before, _, rest = page.partition(MARKS[0])
        asked.write.write_text(f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{rest.partition(MARKS[1])[2]}", "utf-8")
    return 1 if any(one.faults for one in verdicts) else 0


if __name__ == "__main__":
    sys.exit(main())

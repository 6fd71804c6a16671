"""Cuts the power at every system call of a rotation and of its `resume`, and counts what comes of it.

    crash.py [--sample N] [--only COMMAND] [--seed S] [--workers N] [--write FILE]

Each point is one real run of `ssrcred` on a practice district, killed there (power_cut.py), then `resume`, then a
verdict (crash_judge.py). The credentials are given again only if the vault had not answered yet. All are made up.
Points are counted in the order of a run's calls; threads make that order differ a little from run to run.
"""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import crash_judge
from statement_judge import Facts, Ran, contradictions, shown
from tally import Tally, counted

from session.rehearsal import PROGRAM, Rehearsal, two_lines
from ssrcred.practice import Pair, running

CUT: Final = (sys.executable, str(Path(__file__).with_name("power_cut.py")))
ALONE, PASTED, LOST, NOT_REACHED = "recovered alone", "recovered with the key pasted again", "lost", "not reached"
AGAIN: Final = "recovered with credentials generated again"
COMMANDS: Final = ("rotate", "resume")
STEPS: Final = 5  # after so many commands a person would call somebody
ASKS: Final = "secret key"
REJECTED: Final = "error: SchoolWise rejected the password"
LONGEST_S: Final = 120


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
    wrong: tuple[str, ...] = ()

    @property
    def what(self) -> str:
        """What was tried."""
        return f"{self.point.command} {self.point.number} ({self.call})"


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


def cut(lea: Rehearsal, new: Pair, point: Point) -> tuple[int, list[str], str]:
    """Run a point's command until its call; return the exit code, the calls that it made, and what it showed."""
    report, given = lea.folder / "report.json", two_lines(new)
    arguments: tuple[str, ...] = ("rotate", "--stdin", "--force")
    if point.command == "resume":
        # Stored, and nothing saved in SchoolWise: `store` opens a rotation and stops there.
        lea.run("store", "--stdin", given=given)
        arguments, given = ("resume", "--no-input"), ""
    done = subprocess.run(
        [*CUT, str(report), str(point.number), "--", *PROGRAM, *arguments],
        input=given,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=lea.environment,
        timeout=LONGEST_S,
        check=True,
    )
    told = json.loads(report.read_text("utf-8"))
    report.unlink()
    return told["code"], told["calls"], done.stderr


def held(lea: Rehearsal) -> dict[str, tuple[str, str] | None]:
    """Return the credentials that each setting of SchoolWise holds itself."""
    pairs = {place: lea.district.stored(place) for place in ("district", *lea.district.schools)}
    return {place: None if pair is None else (pair.username, pair.secret) for place, pair in pairs.items()}


def facts_of(
    lea: Rehearsal, new: Pair, key_file: Path, before: dict[str, tuple[str, str]], begins: int, signed_in: int
) -> Facts:
    """Return what there is now, and what happened since request number `begins` and sign-in number `signed_in`.

    `before` are the slots of then.
    """
    return Facts(
        new=(new.username, new.secret),
        slots_before=before,
        slots=crash_judge.stored(lea.home, key_file),
        holds=held(lea),
        saves=[path for _, method, path in lea.district.requests[begins:] if method == "POST" and "/options/" in path],
        sign_ins=[username for username, accepted in lea.district.log_ins[signed_in:] if accepted],
    )


def go_on(lea: Rehearsal, new: Pair, key_file: Path) -> tuple[str, Pair, list[str]]:
    """Do what a person does next, until all is done; return the result, the last credentials, and what was wrong.

    The credentials are given again only if the vault has not got them, and only once `resume` says that it needs them.
    """
    result, last, said = ALONE, new, ""
    words: tuple[str, ...]
    for _ in range(STEPS):
        slots, standing = crash_judge.stored(lea.home, key_file), lea.standing()
        stored = [slot for slot, pair in slots.items() if pair == (last.username, last.secret)]
        if stored and standing.current in stored and not standing.rotation and not standing.leftover:
            return result, last, []
        words, given = ("resume", "--no-input"), None
        if standing.bad or (not standing.rotation and stored and not standing.preparing):
            # The credentials were rejected: they are not sent again, so a person generates others.
            result, last = AGAIN, lea.district.generate()
            words, given = ("rotate", "--stdin", "--force"), two_lines(last)
        elif not standing.rotation and not standing.preparing:  # nothing was begun
            result = PASTED if result == ALONE else result
            words, given = ("rotate", "--stdin", "--force"), two_lines(last)
        elif not stored:
            asked = lea.run("resume", "--no-input", expect=None)
            if REJECTED in asked.stderr:  # while all is checked, before credentials are generated
                _store_passwords(lea)
                continue
            result = PASTED if result == ALONE else result
            if asked.returncode == 0 or ASKS not in asked.stderr:
                told = asked.stderr.splitlines()[-3:]
                return result, last, [f"the key is needed, and resume does not say so: {told}"]
            words, given = ("resume", "--stdin"), two_lines(last)
        begins, signed_in = len(lea.district.requests), len(lea.district.log_ins)
        done = lea.run(*words, "--json", given=given, expect=None)
        ran = Ran(done.returncode, done.stdout, done.stderr)
        said = ": ".join((ran.document.get("error") or {}).get(line, "") for line in ("code", "message"))
        if wrong := contradictions(ran, facts_of(lea, last, key_file, slots, begins, signed_in)):
            return result, last, [f"{words[0]}: {one}" for one in wrong]
        if said.startswith("login_refused"):
            _store_passwords(lea)
    return result, last, [f"not finished after {STEPS} commands; the last one said {said}"]


def _store_passwords(lea: Rehearsal) -> None:
    for name, value in lea.secrets.items():
        lea.run("secret", "set", name, "--stdin", given=f"{value}\n", expect=None)


def judged(point: Point) -> Verdict:
    """Try one point."""
    here = desk()
    lea, new = here.lea()
    begins, signed_in, settings = len(here.district.requests), len(here.district.log_ins), here.district.settings
    code, calls, stderr = cut(lea, new, point)
    call = calls[-1] if calls else ""
    if code != -signal.SIGKILL:
        return Verdict(point, call, NOT_REACHED, () if code == 0 else (f"exit code {code}",))
    untrue = shown(stderr, facts_of(lea, new, here.key_file, {}, begins, signed_in))
    result, last, wrong = go_on(lea, new, here.key_file)
    wrong = [*untrue, *wrong, *(["the credentials were generated again"] if result == AGAIN else [])]
    left = servers(here, lea, last, begins, signed_in, settings)
    wrong += crash_judge.faults(lea.home, here.key_file, left)
    return Verdict(point, call, LOST if wrong else result, tuple(wrong))


def servers(
    here: Desk, lea: Rehearsal, last: Pair, begins: int, signed_in: int, settings: object
) -> crash_judge.Servers:
    """Return what the servers have, and what happened since request `begins` and sign-in number `signed_in`."""
    return crash_judge.Servers(
        last=(last.username, last.secret),
        holds=held(lea),
        own=lea.places,
        settings=(settings, here.district.settings),
        requests=here.district.requests[begins:],
        sign_ins=[accepted for _, accepted in here.district.log_ins[signed_in:]],
    )


def calls_of(command: str) -> int:
    """Return how many calls a good run of a command makes, by trying one."""
    code, calls, _ = cut(*desk().lea(), Point(command, 0))
    if code != 0:
        raise SystemExit(f"A run without a power cut failed: ssrcred {command}, exit code {code}.")
    return len(calls)


def table(verdicts: Sequence[Verdict]) -> list[str]:
    """Return the counts as a table in Markdown."""
    lines = [
        "| killed in | points tried | recovered alone | recovered with the key pasted again | lost | not reached |",
        "|---|---|---|---|---|---|",
    ]
    for name in dict.fromkeys(one.point.command for one in verdicts):
        counts = Counter(one.result for one in verdicts if one.point.command == name)
        numbers = (counts[ALONE], counts[PASTED], counts[LOST], counts[NOT_REACHED])
        lines.append(f"| `ssrcred {name}` | {counts.total()} | {' | '.join(map(str, numbers))} |")
    return [*lines, "", f"Killed before: {counted(one.call for one in verdicts if one.result != NOT_REACHED)}."]


def main() -> int:
    """Try the points and print the counts; the exit code is 1 if anything was lost."""
    tally = Tally("crash", "Kill a rotation at every system call, and count what comes of it.", COMMANDS)
    asked, points = tally.asked(), list[Point]()
    commands = [command for command in COMMANDS if asked.only in ("", command)]
    with tally.workers() as pool:
        for command, calls in zip(commands, pool.map(calls_of, commands), strict=True):
            every = [Point(command, number) for number in range(1, calls + 1)]
            chosen = random.Random(asked.seed)
            points += chosen.sample(every, min(asked.sample, calls)) if asked.sample else every
        verdicts = list(tally.told(pool.map(judged, points), len(points)))
    return tally.end(verdicts, table(verdicts))


if __name__ == "__main__":
    sys.exit(main())

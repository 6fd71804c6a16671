"""Measures how long `status`, `check_ssrcred` and the Tab key take: ratios to an empty Python and a bare Typer program.

Homes with 1, 100, 1,000 and 2,500 LEAs (the whole state), each with a young ledger and with one of five years of hourly
verifies (two events each), all made up. Every command is run in turn, `--rounds` times over, so that a busy moment hits
all alike; the median counts. Bytecode is written first, as an installation does. On a busy computer `--processor`
counts the time of the processor instead. Last comes the memory of `status --all --json` (Linux only).
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import tomli_w

from ssrcred.adapters.ledger.book import Ledger, canonical, forge
from ssrcred.adapters.ledger.reader import leas_known
from ssrcred.domain.event import Event, Outcome, Step
from ssrcred.domain.standing import Standing, slot_name

SIZES: Final = (1, 100, 1000, 2500)
YEARS: Final = 5
HOURLY: Final = YEARS * 365 * 24
BARE: Final = """\
import typer

app = typer.Typer(pretty_exceptions_enable=False)


@app.callback()
def root() -> None:
    pass


@app.command()
def status(lea: str = typer.Option("", "--lea")) -> None:
    print("fine")
"""
"""The least that a Typer program with one command and one option can be."""
STATUS: Final = "import sys; from ssrcred.cli.start import program; sys.exit(program())"
CHECK: Final = "from ssrcred.check import program; program()"
TAB: Final = (
    "import os, sys; os.environ |= {{'_SSRCRED_COMPLETE': 'complete_bash', 'COMP_WORDS': {0!r}, 'COMP_CWORD': '{1}'}}; "
    "sys.argv[0] = 'ssrcred'; from ssrcred.cli.start import program; sys.exit(program())"
)
"""What bash asks for when Tab is pressed."""
HIGHEST: Final = (
    "import sys; from ssrcred.cli.start import program; code = program(); "
    "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')), file=sys.stderr); "
    "sys.exit(code)"
)
"""The program, which then says the most memory that it had, in KiB."""
PASS, TYPER = "python -c pass", "a bare Typer program"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=21, metavar="N")
    parser.add_argument("--no-years", action="store_true", help="Leave the five years out.")
    parser.add_argument("--processor", action="store_true", help="Count the processor's time, not the clock's (POSIX).")
    rounds, years = (options := parser.parse_args()).rounds, (0,) if options.no_years else (0, HOURLY)
    with tempfile.TemporaryDirectory() as folder:
        runs = {PASS: ([sys.executable, "-c", "pass"], folder), TYPER: (_bare(Path(folder)), folder)}
        for leas in SIZES:
            for verifies in years:
                home = Path(folder) / f"{leas}-{verifies}"
                _make(home, leas, verifies)
                what = f"{leas:,} LEA{'s' if leas > 1 else ''}, {_age(verifies)}"
                for name, words in _commands(leas).items():
                    runs[f"{name}: {what}"] = (words, str(home))
        time.sleep(2.1)  # the list is not copied while config.toml may still be changing (lea_cache.py)
        _print(_measured(runs, rounds, _processor if options.processor else time.perf_counter))
        few, many = (_memory(Path(folder) / f"{leas}-0") for leas in (100, SIZES[-1]))
        print(
            f"memory of status --all --json, at most 1.3 times: {'met' if many <= 1.3 * few else 'MISSED'}; "
            f"100 LEAs {few / 1024:.1f} MiB, {SIZES[-1]:,} LEAs {many / 1024:.1f} MiB, {many / few:.2f} times"
        )
    return 0


def _memory(home: Path) -> int:
    """The most memory, in KiB, that `status --all --json` has."""
    words = [sys.executable, "-c", HIGHEST, "status", "--all", "--json"]
    done = subprocess.run(words, env={**os.environ, "SSRCRED_HOME": str(home)}, capture_output=True, text=True)
    return int(done.stderr)


def _processor() -> float:
    """How long the processor was at work for the programs that have ended, in seconds."""
    import resource  # POSIX has it

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _age(verifies: int) -> str:
    return f"{YEARS} years hourly" if verifies else "young"


def _commands(leas: int) -> dict[str, list[str]]:
    one = ["--lea", "lea1"]
    found = {
        "check_ssrcred --lea": [sys.executable, "-c", CHECK, *one],
        "status --nagios": [sys.executable, "-c", STATUS, "status", "--nagios", *one],
        "status --json": [sys.executable, "-c", STATUS, "status", "--json", *one],
        "--version": [sys.executable, "-c", STATUS, "--version"],
        "Tab, a command": [sys.executable, "-c", TAB.format("ssrcred ro", 1)],
        "Tab, an LEA": [sys.executable, "-c", TAB.format("ssrcred verify --lea lea1", 3)],
        "Tab, a setting": [sys.executable, "-c", TAB.format("ssrcred schools --clear ", 3)],
        "Tab, an option": [sys.executable, "-c", TAB.format("ssrcred verify --", 2)],
    }
    if leas > 1:
        found["check_ssrcred, all"] = [sys.executable, "-c", CHECK]
        found["status --all --json"] = [sys.executable, "-c", STATUS, "status", "--all", "--json"]
    return found


def _bare(folder: Path) -> list[str]:
    (folder / "bare.py").write_text(BARE, "utf-8")
    path = f"import sys; sys.path.insert(0, {str(folder)!r}); sys.argv[1:] = ['status']; from bare import app; app()"
    return [sys.executable, "-c", path]


def _make(home: Path, leas: int, verifies: int) -> None:
    home.mkdir(mode=0o700)
    keys = [f"lea{number}" for number in range(1, leas + 1)]
    tables = {
        key: {
            "name": f"Made-up District {number}",
            "cds": f"{19_00000_0000000 + number}",
            "schoolwise": {"url": f"https://{key}.schoolwise.com", "username": "itstaff", "parent": "parent1"},
        }
        for number, key in enumerate(keys)
    }
    (home / "config.toml").write_text(tomli_w.dumps({"lea": tables}), "utf-8")
    with Ledger(home / "ledger.sqlite", actor="made-up") as ledger:
        _fill(ledger, keys, verifies)
        ledger.check()


def _fill(ledger: Ledger, keys: list[str], verifies: int) -> None:
    """Put a rotation of each LEA, then `verifies` verifies of the first, into the ledger in one transaction."""
    # Each event by itself, as the program records them, would wait for the disk 90,000 times.
    now = datetime.now(UTC) - timedelta(minutes=5)
    connection = ledger._connection
    number, before, _ = leas_known(connection)
    begun = now - timedelta(hours=verifies)
    past = [(key, event) for key in keys for event in _rotation(begun)]
    past += [(keys[0], event) for hour in range(verifies) for event in _verify(begun + timedelta(hours=hour))]
    standings = dict.fromkeys(keys, Standing())
    last: dict[str, tuple[str, int, str]] = {}
    connection.execute("BEGIN IMMEDIATE")
    for key, event in past:
        standings[key] = standings[key].after(event)
        text = canonical(standings[key].to_json())
        row = forge(number + 1, before, key, "made-up", event, text)
        connection.execute("INSERT INTO events VALUES (?, ?, ?, ?)", row)
        number, before, last[key] = row[0], row[3], (key, row[0], text)
    connection.executemany("INSERT INTO standings VALUES (?, ?, ?)", last.values())
    connection.execute("UPDATE head SET number = ?, hash = ?, leas = ?", (number, before, len(keys)))
    connection.execute("COMMIT")


def _rotation(at: datetime) -> list[Event]:
    slot = slot_name(1)
    return [
        Event(Step.PREPARE, Outcome.PREPARED, at, detail={"slot": slot}),
        Event(Step.STORE, Outcome.STORED, at, detail={"slot": slot, "generated_at": at.isoformat()}),
        Event(Step.WRITE, Outcome.WRITTEN, at, "district", {"slot": slot, "username": "made_up"}),
        Event(Step.PROVE, Outcome.PROVED, at, detail={"probe": "toms"}),
        Event(Step.FINISH, Outcome.POINTED, at, detail={"slot": slot, "proved": "yes"}),
        Event(Step.FINISH, Outcome.FINISHED, at),
    ]


def _verify(at: datetime) -> list[Event]:
    return [
        Event(Step.PROVE, Outcome.PROVED, at, detail={"probe": "toms"}),
        Event(Step.PROVE, Outcome.PROVED, at, "district", {"probe": "portal"}),
    ]


def _measured(runs: dict[str, tuple[list[str], str]], rounds: int, clock: Callable[[], float]) -> dict[str, float]:
    """The median of each command's time by this clock, in seconds."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "SSRCRED", "COV"))}
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(rounds + 1):
        for name, (words, home) in runs.items():
            began = clock()
            done = subprocess.run(words, env={**environ, "SSRCRED_HOME": home}, capture_output=True)
            if turn:  # the first one writes bytecode and the copy of the list
                taken[name].append(clock() - began)
            assert done.returncode in (0, 2) and not done.stderr, (name, done.returncode, done.stderr)
    return {name: statistics.median(times) for name, times in taken.items()}


def _print(medians: dict[str, float]) -> None:
    print(f"{'median':52} {'ms':>7} {'x pass':>7} {'x Typer':>8}")
    for name, taken in medians.items():
        print(f"{name:52} {taken * 1000:7.1f} {taken / medians[PASS]:7.2f} {taken / medians[TYPER]:8.2f}")
    for start, base, aim in (
        ("check_ssrcred --lea", PASS, 3.0),
        ("status", TYPER, 1.25),
        ("status --all", TYPER, 2.0),
        ("Tab", TYPER, 2.5),
    ):
        ratios = {name: taken / medians[base] for name, taken in medians.items() if name.startswith(start)}
        single = {name: ratio for name, ratio in ratios.items() if start == "status --all" or "--all" not in name}
        worst = max(single, key=lambda name: single[name])
        verdict = "met" if single[worst] <= aim else "MISSED"
        print(f"aim: at most {aim} times {base}: {verdict}; the worst is {single[worst]:.2f} ({worst})")


if __name__ == "__main__":
    sys.exit(main())

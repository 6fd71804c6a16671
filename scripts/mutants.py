"""Break the program in a sample of small ways, and tell which of them the tests notice: `make mutants`.

mutmut makes the mutants and runs the tests on them; pyproject.toml says of which files, and by which tests. This script
draws the same sample every time, bounds what one mutant may cost, and counts. Each mutant is tried by the tests that
reach its function, the quickest first, until they would take `--seconds`. A program that a test starts as a process of
its own is not a mutant. It takes half an hour.

What it makes is left in mutants/; `mutmut show NAME` shows a mutant that survived.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from fnmatch import fnmatch
from pathlib import Path
from random import Random
from typing import Final

from mutmut.configuration import config
from mutmut.mutation.file_mutation import mutate_file_contents
from mutmut.stats import status_by_exit_code
from mutmut.utils.file_utils import walk_mutatable_files
from mutmut.utils.format_utils import get_mutant_name, mangled_name_from_mutant_name

ROOT: Final = Path(__file__).parent.parent
MUTANTS: Final = ROOT / "mutants"
STATS: Final = MUTANTS / "mutmut-stats.json"
COLUMNS: Final = ("killed", "timeout", "survived", "no tests", "suspicious")


def all_mutants() -> list[str]:
    """The name of every mutant that mutmut makes of the files in pyproject.toml."""
    paths = sorted(walk_mutatable_files())
    made = {path: mutate_file_contents(str(path), path.read_text("utf-8")).mutant_names for path in paths}
    return sorted(get_mutant_name(path, name) for path, names in made.items() for name in names)


def mutmut(*names: str, children: int) -> None:
    """Have mutmut try mutants; the first time it makes them and learns which test reaches which function."""
    command = [str(Path(sys.executable).with_name("mutmut")), "run", "--max-children", str(children), *names]
    # What stands on the screen is counted anew at each step, so only its end is of interest.
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        sys.exit(done.stdout.decode("utf-8", "replace")[-5000:])


def bound(seconds: float) -> None:
    """Leave to each function the quickest of the tests that reach it, as many as end in so many seconds."""
    stats = json.loads(STATS.read_text("utf-8"))
    durations = stats["duration_by_test"]
    for function, tests in stats["tests_by_mangled_function_name"].items():
        kept: list[str] = []
        spent = 0.0
        for test in sorted(tests, key=lambda test: (durations[test], test)):
            spent += durations[test]
            if kept and spent > seconds:
                break
            kept.append(test)
        stats["tests_by_mangled_function_name"][function] = kept
    STATS.write_text(json.dumps(stats), "utf-8")


def reached() -> set[str]:
    """The functions that a test reaches."""
    tests_of = json.loads(STATS.read_text("utf-8"))["tests_by_mangled_function_name"]
    return {function for function, tests in tests_of.items() if tests}


def outcomes(names: list[str]) -> dict[str, str]:
    """What came of each mutant."""
    codes: dict[str, int | None] = {}
    for path in MUTANTS.rglob("*.meta"):
        codes |= json.loads(path.read_text("utf-8"))["exit_code_by_key"]
    return {name: status_by_exit_code[codes.get(name)] for name in names}


def table(came_of: dict[str, str]) -> str:
    """The count by file, and in all."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for name, outcome in came_of.items():
        module = mangled_name_from_mutant_name(name).rpartition(".")[0]
        for row in (module.removeprefix("ssrcred."), "all"):
            counts[row][outcome] += 1
    rows = sorted(counts, key=lambda row: (row == "all", row))
    lines = [f"{'':32}" + "".join(f"{column:>12}" for column in COLUMNS)]
    lines += [f"{row:32}" + "".join(f"{counts[row][column] or '':>12}" for column in COLUMNS) for row in rows]
    return "\n".join(lines)


def main() -> None:
    """Draw, try, count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=400, help="how many mutants (default: 400)")
    parser.add_argument("--seed", type=int, default=9, help="another seed draws others (default: 9)")
    parser.add_argument("--seconds", type=float, default=15.0, help="of tests for one mutant (default: 15)")
    parser.add_argument(
        "--children", type=int, default=os.cpu_count() or 1, help="at a time (default: one per processor)"
    )
    parser.add_argument("--only", default="*", help="a pattern of names, such as *.hygiene.*")
    given = parser.parse_args()

    os.chdir(ROOT)
    assert config().only_mutate, "pyproject.toml names no files"
    every = [name for name in all_mutants() if fnmatch(name, given.only)]
    sample = sorted(Random(given.seed).sample(every, min(given.sample, len(every))))
    print(f"{len(sample)} of {len(every)} mutants. First it is learned which test reaches what …", flush=True)
    shutil.rmtree(MUTANTS, ignore_errors=True)
    mutmut(sample[0], children=given.children)
    bound(given.seconds)
    can_die = [name for name in sample if mangled_name_from_mutant_name(name) in reached()]
    mutmut(*can_die, children=given.children)
    came_of = outcomes(sample) | dict.fromkeys(set(sample) - set(can_die), "no tests")
    for name, outcome in sorted(came_of.items()):
        if outcome != "killed":
            print(f"{outcome:12} {name}")
    print(table(came_of))


if __name__ == "__main__":
    main()

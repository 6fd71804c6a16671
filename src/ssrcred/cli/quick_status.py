"""`status` as monitoring and scripts ask for it, at once.

The library that reads command lines takes longer to get ready than all the rest (benchmarks/startup.py).
"""

from __future__ import annotations

from datetime import timedelta

from ssrcred.app.lea_cache import picked
from ssrcred.app.lea_conditions import survey
from ssrcred.domain.errors import SsrcredError, UsageWrong
from ssrcred.domain.lea_status import CRITICAL_DAYS, EXIT_CODES, WARN_DAYS, Limits, or_less, worst

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from typing import TextIO

    from ssrcred.app.lea_cache import Entry
    from ssrcred.domain.lea_status import Condition, State

# More than a life of anything; keeps a moment that is computed from it within the calendar.
MOST_DAYS = 1e6
FLAGS = frozenset({"--all", "--json", "--nagios", "--no-input", "--quiet"})
WITH_VALUE = frozenset({"--lea", "--warn", "--crit", "--max-age"})


def brief(words: Sequence[str], environ: Mapping[str, str], now: datetime, stdout: TextIO) -> int | None:
    """Answer the `words` behind `status`, as things are at `now`, and give the exit code.

    Gives None and writes nothing unless they ask for exactly one of --json and --nagios, are understood, and meet no
    error: all else is for the whole program, which has the words for it.
    """
    said = _said(words)
    if said is None or ("--json" in said) == ("--nagios" in said):
        return None

    def chosen(entries: Mapping[str, Entry]) -> list[str]:
        return picked(entries, environ, said.get("--lea"), all_of_them="--all" in said)

    try:
        days = [float(said[name]) if name in said else usual for name, usual in _DAYS]
        limits = bounds(days[0], days[1], days[2] if "--max-age" in said else None)
        return EXIT_CODES[say(survey(environ, chosen, now, limits), limits, now, stdout, nagios="--nagios" in said)]
    except (SsrcredError, ValueError):
        return None


_DAYS = (("--warn", float(WARN_DAYS)), ("--crit", float(CRITICAL_DAYS)), ("--max-age", 0.0))


def _said(words: Sequence[str]) -> dict[str, str] | None:
    said = {}
    rest = iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        if name in WITH_VALUE:
            value = value if equals else next(rest, "-")
            if value.startswith("-"):
                return None  # perhaps an option whose value was forgotten
            said[name] = value
        elif word in FLAGS:
            said[word] = ""
        else:
            return None
    return said


def bounds(warn: float, crit: float, max_age: float | None) -> Limits:
    """From how many days left there is a warning, and an alarm; and how old, in days, the last proof may be.

    Raises UsageWrong.
    """
    # Written so that what is no number at all, "nan", is refused too.
    wrong = ""
    if not 0 <= crit < warn <= MOST_DAYS:
        wrong = f"--warn must be more days than --crit, and neither below 0; here they are {warn:g} and {crit:g}."
    elif max_age is not None and not 0 < max_age <= MOST_DAYS:
        wrong = f"--max-age must be a number of days above 0; here it is {max_age:g}."
    if wrong:
        hint = f"The defaults are --warn {WARN_DAYS} and --crit {CRITICAL_DAYS}."
        raise UsageWrong(wrong, state="Nothing was done.", hint=hint)
    return Limits(or_less(warn), or_less(crit), None if max_age is None else timedelta(days=max_age))


def say(found: Iterable[Condition], limits: Limits, now: datetime, stdout: TextIO, *, nagios: bool) -> State:
    """Write the line for Nagios, or else the JSON document, and return the worst state."""
    if nagios:
        from ssrcred.output.nagios import line

        found = list(found)
        stdout.write(f"{line(found, limits, now)[0]}\n")
        overall = worst(one.state for one in found)
    else:
        from ssrcred.output.document import show_status

        overall = show_status(found, stdout)
    stdout.flush()
    return overall

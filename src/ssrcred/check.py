"""The plugin `check_ssrcred`, as the monitoring plugins' guidelines want it; reads the ledger and little else.

https://www.monitoring-plugins.org/doc/guidelines.html. It may take three times as long as an empty Python, so it
imports neither Typer nor anything that does, and no argparse, dataclasses or typing (benchmarks/startup.py measures,
tests hold it).
"""

from __future__ import annotations

import _thread
import gc
import os
import sys
from datetime import UTC, datetime, timedelta
from getopt import GetoptError, getopt
from time import sleep

from ssrcred import __version__
from ssrcred.app import lea_cache
from ssrcred.app.lea_conditions import files, survey
from ssrcred.domain.errors import SsrcredError, system_reason
from ssrcred.domain.lea_status import USUAL, Limits, Range
from ssrcred.output import nagios

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Final, NoReturn

TIMEOUT_S: Final = 10.0
SEE: Final = "For usage: check_ssrcred --help"
VERSION: Final = f"check_ssrcred v{__version__} (ssrcred {__version__})"
HELP: Final = f"""\
{VERSION}
How many days the TOMS vendor credentials of each LEA have left, from ssrcred's history.

Usage: check_ssrcred [-w RANGE] [-c RANGE] [-t SECONDS] [-v] [--lea NAME]... [--max-age DAYS]

 -h, --help             Show this help.
 -V, --version          Show the version.
 -w, --warning=RANGE    Days left that call for no warning (default {USUAL.warn}).
 -c, --critical=RANGE   Days left that are not critical (default {USUAL.critical}).
 -t, --timeout=SECONDS  Stop then (default {TIMEOUT_S:g}).
 -v, --verbose          -v names every LEA, -vv adds a line for each, -vvv adds the files read.
     --lea=NAME         Which LEA; may be repeated (default: every one in config.toml).
     --max-age=DAYS     UNKNOWN when the last successful test is older; fractions allowed.

RANGE is [@]START:END as in the Monitoring Plugins Development Guidelines: an alert outside of it, both ends included;
START: has no end, ~: no beginning, @ inverts it. Less is worse here, so a warning at 60 days or less is 61: (a bare
60 means 0 to 60). Expired or rejected credentials and an unfinished rotation are always critical.

Exit codes: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN (also for a wrong option, --help and --version)."""


class _Wrong(Exception):
    """Why the check cannot be made, in a sentence."""


class _Options:
    """What the command line says."""

    warn = critical = answer = ""
    timeout_s = TIMEOUT_S
    verbose = 0
    max_age: float | None = None

    def __init__(self) -> None:
        self.leas: list[str] = []


def program() -> NoReturn:
    """`main` as a monitoring system starts it: a bug, too, is one line and UNKNOWN."""
    sys.excepthook = lambda kind, error, trace: _give_up(f"A bug in ssrcred: {kind.__name__}.")
    code = main(sys.argv[1:])
    gc.freeze()  # or Python looks for garbage in all that was imported as it ends: a fifteenth of the whole
    sys.exit(code)


def main(words: Sequence[str]) -> int:
    """Check once, write the answer to standard output, and give the exit code."""
    saying = _thread.allocate_lock()
    try:
        options = _said(words)
        limits = _limits(options)
        _thread.start_new_thread(_deadline, (options.timeout_s, saying))
        # "The --help and --version output should also result in Unknown state" (guidelines, return codes).
        text, code = (options.answer, nagios.UNKNOWN) if options.answer else _checked(options, limits)
    except _Wrong as wrong:
        text, code = nagios.unknown(str(wrong)), nagios.UNKNOWN
    except SsrcredError as error:
        from ssrcred.domain.errors import addressed  # not in the way of an answer

        text, code = nagios.unknown(addressed(f"{error.message} {error.hint}")), nagios.UNKNOWN
    saying.acquire()  # from here on the deadline has nothing to say
    _write(text)
    return code


def _checked(options: _Options, limits: Limits) -> tuple[str, int]:
    def chosen(entries: Mapping[str, lea_cache.Entry]) -> list[str]:
        strange = [key for key in options.leas if key not in entries]
        if strange:
            raise _Wrong(f"There is no LEA '{strange[0]}' in config.toml. There are: {', '.join(sorted(entries))}.")
        return sorted(set(options.leas) or entries)

    now = datetime.now(UTC)
    found = list(survey(os.environ, chosen, now, limits, patience_s=options.timeout_s))
    text, code = nagios.line(found, limits, now, all_named=options.verbose > 0)
    lines = [text, *(nagios.each(found) if options.verbose > 1 else ())]
    if options.verbose > 2:
        lines += [f"read: {path}" for path in files(os.environ)]
    return "\n".join(lines), code


def _said(words: Sequence[str]) -> _Options:
    said = _Options()
    names = ["help", "version", "warning=", "critical=", "timeout=", "verbose", "lea=", "max-age="]
    try:
        given, rest = getopt(list(words), "hVw:c:t:v", names)
    except GetoptError as error:
        raise _Wrong(f"{error.msg[:1].upper()}{error.msg[1:]}. {SEE}") from None
    if rest:
        raise _Wrong(f"{rest[0]} is no option. {SEE}")
    for option, value in given:
        if option in ("-h", "--help", "-V", "--version"):
            said.answer = said.answer or (HELP if "h" in option else VERSION)
        elif option in ("-w", "--warning"):
            said.warn = value
        elif option in ("-c", "--critical"):
            said.critical = value
        elif option in ("-t", "--timeout"):
            said.timeout_s = _number(option, value)
        elif option == "--max-age":
            said.max_age = _number(option, value)
        elif option == "--lea":
            said.leas.append(value)
        else:
            said.verbose += 1
    return said


def _number(option: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1e6:
        raise _Wrong(f"{option} {text}: must be a number above 0. {SEE}")
    return number


def _limits(options: _Options) -> Limits:
    ranges = []
    for option, text, usual in (("-w", options.warn, USUAL.warn), ("-c", options.critical, USUAL.critical)):
        try:
            ranges.append(Range.parse(text) if text else usual)
        except ValueError:
            raise _Wrong(f"{option} {text}: is no range. {SEE}") from None
    limits = Limits(ranges[0], ranges[1], None if options.max_age is None else timedelta(days=options.max_age))
    if not limits.in_order:
        raise _Wrong(f"-w {limits.warn} can never apply: -c {limits.critical} comes first.")
    return limits


def _deadline(seconds: float, saying: _thread.LockType) -> None:
    # A thread and no alarm: a disk that does not answer holds up the main one, and Windows has no alarm.
    sleep(seconds)
    if saying.acquire(blocking=False):
        _give_up(f"The history could not be read within {seconds:g} seconds.")


def _give_up(why: str) -> None:
    _write(nagios.unknown(why))
    os._exit(nagios.UNKNOWN)


def _write(text: str) -> None:
    """Give the answer; where it cannot be given, say so in one line, and end with UNKNOWN and not with Python's 1."""
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
        return
    except OSError as error:
        reason = system_reason(error)
    except AttributeError:  # there is no standard output at all
        reason = "it is closed"
    try:
        sys.stderr.write(f"check_ssrcred: the answer could not be written to standard output: {reason}.\n")
        sys.stderr.flush()
    except (OSError, AttributeError):
        pass
    os._exit(nagios.UNKNOWN)

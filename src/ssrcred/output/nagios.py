"""One line as the monitoring plugins' guidelines want it: the state, the facts, and the performance data.

https://www.monitoring-plugins.org/doc/guidelines.html; `ssrcred status --nagios` and `check_ssrcred` both end here.
"""

from __future__ import annotations

from datetime import UTC, datetime

from ssrcred.domain.lea_status import EXIT_CODES, Condition, Limits, State, worst, worst_first

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

SERVICE: Final = "SSRCRED"
# The word for each exit code.
WORDS: Final = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
UNKNOWN: Final = EXIT_CODES[State.UNKNOWN]
# LEAs that the line names, worst first; the rest are counted.
NAMED: Final = 5
# Characters that a line with every LEA's performance data may have: Nagios cuts at 8,192 bytes.
LONGEST: Final = 8000


def line(conditions: Sequence[Condition], limits: Limits, now: datetime, *, all_named: bool = False) -> tuple[str, int]:
    """The line, without its end, and the exit code. With `all_named` no LEA is only counted."""
    overall = worst(one.state for one in conditions)
    code = EXIT_CODES[overall]
    by_need = worst_first(conditions)
    shown = by_need if all_named else by_need[:NAMED]
    text = "; ".join(_said(one) for one in shown) or "config.toml names no LEA"
    if len(by_need) > len(shown):
        rest = [EXIT_CODES[one.state] for one in by_need[len(shown) :]]
        counts = (f"{rest.count(number)} {WORDS[number]}" for number in (2, 3, 1, 0) if number in rest)
        text += f"; and {len(rest)} more: {', '.join(counts)}"
    start = f"{SERVICE} {WORDS[code]}: {plain(text)}"
    figures = [figure for one in conditions for figure in _performance(one, limits, now)]
    # The figures of so many LEAs would be cut off in the middle: then only what sums them up.
    if len(start) + sum(len(figure) + 1 for figure in figures) > LONGEST:
        figures = _summary(conditions, limits)
    return f"{start} | {' '.join(figures)}" if figures else start, code


def unknown(why: str) -> str:
    """The line, without its end, of a check that could not be made; its exit code is UNKNOWN."""
    return f"{SERVICE} {WORDS[UNKNOWN]}: {plain(why)}"


def plain(text: str) -> str:
    """A text without what would end the line or start the performance data."""
    return " ".join(text.replace("|", "/").split())


def each(conditions: Sequence[Condition]) -> list[str]:
    """A line for every LEA, for more than one level of detail."""
    return [plain(f"{one.lea} ({one.name}): {WORDS[EXIT_CODES[one.state]]}, {_said(one)}") for one in conditions]


def _said(one: Condition) -> str:
    remark = f", {one.why}" if one.state is State.DUE and one.why else ""
    remark += ", settings not confirmed" if one.unconfirmed else ""
    if one.state is State.UNKNOWN:
        return f"{one.lea}: {one.why}{remark}"
    if one.days_left is None or one.expires_at is None:
        days = "no credentials stored"
    else:
        until = f"{one.expires_at.astimezone(UTC):%Y-%m-%dT%H:%M}Z"
        count = f"{abs(one.days_left)} day{'' if abs(one.days_left) == 1 else 's'}"
        days = f"expired {count} ago" if one.days_left < 0 else f"{count} left, expires {until}"
    first = {State.REFUSED: "rejected at the last check, ", State.UNFINISHED: "rotation unfinished, "}
    return f"{one.lea} {first.get(one.state, '')}{days}{remark}"


def _performance(one: Condition, limits: Limits, now: datetime) -> list[str]:
    # The guidelines have "U" for what is not known, and Icinga 2 takes that for an error; so it is left out.
    found = []
    if one.days_left is not None:
        found.append(f"'{one.lea}_days'={one.days_left};{limits.warn};{limits.critical};;{one.lifetime_days}")
    if one.proved_at is not None:
        age = max(0, int((now - one.proved_at).total_seconds()))
        oldest = "" if limits.max_age is None else f"{limits.max_age.total_seconds():g}"
        found.append(f"'{one.lea}_proof_age'={age}s;{oldest};;0")
    return found


def _summary(conditions: Sequence[Condition], limits: Limits) -> list[str]:
    known = [one.days_left for one in conditions if one.days_left is not None]
    fewest = [f"'fewest_days'={min(known)};{limits.warn};{limits.critical}"] if known else []
    codes = [EXIT_CODES[one.state] for one in conditions]
    return fewest + [f"'{word.lower()}'={codes.count(number)};;;0;{len(codes)}" for number, word in enumerate(WORDS)]

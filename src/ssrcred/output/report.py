"""A county's page: when credentials expire, which LEAs need somebody, since when, and what to do next; no secret."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from ssrcred.domain.lea_status import CRITICAL_DAYS, WARN_DAYS, Condition, Filter, State
from ssrcred.domain.local_time import local_day, local_moment
from ssrcred.output.html_page import html_page, shown

# By this mark in its head a page is known as one of ours, which the next one may replace.
GENERATOR: Final = "ssrcred report"
# For each state its color, its word, and what it means.
STATES: Final = {
    State.FINE: ("good", "fine", "They do not expire soon, and the last check was not rejected."),
    State.DUE: ("note", "due soon", f"They expire in {WARN_DAYS} days or less, or another system still needs them."),
    State.UNKNOWN: ("note", "unknown", "No credentials are stored here, or it is not known whether they work."),
    State.CRITICAL: ("bad", "due now", f"They expire in {CRITICAL_DAYS} days or less."),
    State.EXPIRED: ("bad", "expired", "Parents cannot open score reports."),
    State.UNFINISHED: ("bad", "unfinished", "A rotation was started and is not finished."),
    State.REFUSED: ("bad", "rejected", "The last check was rejected: parents may not be able to open score reports."),
}
COLORS: Final = {"good": "fine", "note": "due soon, or unknown", "bad": "needs somebody now"}
INTRODUCTION: Final = (
    "Made on {} from the history; nothing was tested for it. It has no password and no key, but it tells where parents "
    "may not be able to open score reports: give it only to people who need it."
)
EXPIRED: Final = "Expired"
LATER: Final = "Later"
MONTHS: Final = 13  # a life of 365 days ends in this month of the next year at the latest
WHICH: Final = 12  # LEAs that a month names; the list of all has the others
# Of the time line, in the units of its drawing.
WIDTH, HEIGHT, TOP = 720, 148, 110
NUMBERS: Final = frozenset({"LEAs", "Days left"})

STYLE: Final = (
    "@media screen{body{max-width:64rem}}.good{color:var(--good);fill:var(--good)}"
    ".note{color:var(--note);fill:var(--note)}.bad{color:var(--bad);fill:var(--bad)}.rest{fill:var(--rest)}"
    "caption{text-align:left;padding:.4rem 0;font-weight:600}td p{margin:0 0 .4rem}"
    "td code{display:block}th[scope=row]{width:11rem;min-width:8rem;overflow-wrap:anywhere}th code{font-weight:400}"
    ".state,.day,.number{white-space:nowrap}.state{font-weight:600}.number{text-align:right;width:4rem;padding-right:1.5rem}"
    ".steps{min-width:14rem}"
    "figure{margin:1rem 0}svg.chart{width:100%;height:auto;max-width:60rem}svg rect{stroke:var(--page)}"
    "svg text{fill:var(--text);font-size:13px;text-anchor:middle}svg line{stroke:var(--line)}"
    "svg.left{width:100px;height:10px}svg.key{width:.8em;height:.8em}figcaption span{margin-right:1rem}"
)


@dataclass(frozen=True)
class Row:
    """One LEA: its condition, since when (aware UTC, or None) it is in its state, and what to do next.

    Each of `steps` is what is wrong and who does what, in sentences, and the command that follows.
    """

    condition: Condition
    since: datetime | None
    steps: Sequence[tuple[str, str]]

    @property
    def color(self) -> str:
        """The color of its state, by its class in the page."""
        return STATES[self.condition.state][0]


def page(rows: Sequence[Row], now: datetime, only: Filter, total: int) -> str:
    """Return the page about these LEAs, which are those of `total` that the filter `only` lets through, worst first."""
    timezone = rows[0].condition.timezone if rows else "UTC"
    parts = [f"<p>{shown(INTRODUCTION.format(local_moment(now, timezone)))}</p>"]
    if only.chooses:
        states = " or ".join(STATES[state][1] for state in only.states)
        days = "" if only.due_within is None else f"with at most {only.due_within} days left"
        groups = f"of {' or '.join(only.groups)}" if only.groups else ""
        which = ", and ".join(filter(None, (groups, f"in the state {states}" if states else "", days)))
        some = f"Only LEAs {shown(which)}: {len(rows)} of {total}. The others are not on this page."
        parts.append(f"<p><strong>{some}</strong></p>")
    if rows:
        parts += [_counts(rows), _to_do(rows), _time_line(rows, now.astimezone(ZoneInfo(timezone))), _all(rows)]
    return html_page(f"Score report credentials of {leas(len(rows))}", parts, STYLE, GENERATOR)


def leas(count: int) -> str:
    """Return "1 LEA", or "7 LEAs"."""
    return f"{count:,} LEA{'' if count == 1 else 's'}"


def summary(rows: Iterable[Row]) -> str:
    """Return how many LEAs there are in each state, the worst first: "1 rejected, 6 fine"."""
    counts = Counter(row.condition.state for row in rows)
    return ", ".join(f"{counts[state]:,} {STATES[state][1]}" for state in reversed(State) if counts[state])


def _counts(rows: Sequence[Row]) -> str:
    counts = Counter(row.condition.state for row in rows)
    cells = (
        f'<th scope="row" class="{color}">{word}</th><td class="number">{counts[state]:,}</td><td>{meaning}</td>'
        for state, (color, word, meaning) in reversed(STATES.items())
        if counts[state]
    )
    found = _table("LEAs by state, the worst first", ("State", "LEAs", "Meaning"), cells)
    if unconfirmed := [row.condition.lea for row in rows if row.condition.unconfirmed]:
        found += (
            "<p>It is not confirmed yet which fields hold the credentials, and a rotation stops until it is, at "
            f"{leas(len(unconfirmed))} ({_names(unconfirmed)}). IT confirms them with: "
            "<code>ssrcred portal confirm --lea NAME</code></p>"
        )
    return f"<section><h2>How things are</h2>{found}</section>"


def _to_do(rows: Sequence[Row]) -> str:
    open_ones = [row for row in rows if row.steps]
    cells = []
    for row in open_ones:
        since = _day(row.since, row.condition, "not known")
        since += "<br>(last check)" if row.condition.state is State.REFUSED else ""
        steps = "".join(f"<p>{shown(said)} <code>{shown(command)}</code></p>" for said, command in row.steps)
        cells.append(f'{_start(row)}<td>{since}</td><td class="steps">{steps}</td>')
    found = "<p>Nothing: no LEA on this page needs anybody now.</p>"
    if open_ones:
        found = _table(f"{leas(len(open_ones))}, worst first", ("LEA", "State", "Since", "What to do next"), cells)
    return f"<section><h2>What to do now</h2>{found}</section>"


def _time_line(rows: Sequence[Row], today: datetime) -> str:
    """The LEAs by the month in which their credentials expire, drawn, in words, and as a table."""
    months = [divmod(today.year * 12 + today.month - 1 + ahead, 12) for ahead in range(MONTHS)]
    bins: dict[str, list[Row]] = {EXPIRED: [], **{_month(*one): [] for one in months}, LATER: []}
    for row in rows:
        if (at := row.condition.expires_at) is not None and row.condition.days_left is not None:
            local = at.astimezone(ZoneInfo(row.condition.timezone))
            month = EXPIRED if row.condition.days_left < 0 else _month(local.year, local.month - 1)
            bins[month if month in bins else LATER].append(row)
    if not bins[LATER]:
        del bins[LATER]
    told = "; ".join(f"{name}: {len(found):,}" for name, found in bins.items() if found) or "none is known"
    legend = "".join(
        f'<span><svg class="key" viewBox="0 0 10 10" aria-hidden="true"><rect class="{color}" width="10" height="10"/>'
        f"</svg> {words}</span>"
        for color, words in COLORS.items()
    )
    picture = (
        f'<figure><svg class="chart" role="img" viewBox="0 0 {WIDTH} {HEIGHT + 42}" aria-labelledby="chart-title '
        'chart-text"><title id="chart-title">Time line of expirations</title>'
        f'<desc id="chart-text">LEAs whose credentials expire, by month. {told}.</desc>\n'
        f"{_bars(bins)}</svg><figcaption>{legend}</figcaption></figure>"
    )
    cells = [
        f'<th scope="row">{name}</th><td class="number">{len(found):,}</td>'
        f"<td>{_names([row.condition.lea for row in found])}</td>"
        for name, found in bins.items()
        if found
    ]
    if unknown := [row.condition.lea for row in rows if row.condition.expires_at is None]:
        cells.append(
            f'<th scope="row">Not known</th><td class="number">{len(unknown):,}</td><td>{_names(unknown)}</td>'
        )
    table = _table("LEAs by the month in which their credentials expire", ("Month", "LEAs", "Which"), cells)
    return f"<section><h2>When credentials expire</h2>{picture}{table}</section>"


def _month(year: int, month: int) -> str:
    """The name of a month, which is counted from 0."""
    return f"{datetime(year, month + 1, 1):%B %Y}"


def _bars(bins: dict[str, list[Row]]) -> str:
    """A column for each month, its LEAs piled up by color, the worst on top, and how many there are."""
    most, step = max(1, *map(len, bins.values())), WIDTH / len(bins)
    drawn = []
    for number, (name, found) in enumerate(bins.items()):
        middle, top = step * (number + 0.5), float(HEIGHT)
        counts = Counter(row.color for row in found)
        for color in COLORS:
            if counts[color]:
                high = TOP * counts[color] / most
                top -= high
                drawn.append(
                    f'<rect class="{color}" x="{middle - step * 0.35:.1f}" y="{top:.1f}" width="{step * 0.7:.1f}" '
                    f'height="{high:.1f}"/>'
                )
        if found:
            drawn.append(f'<text x="{middle:.1f}" y="{top - 6:.1f}">{len(found):,}</text>')
        word, _, year = name.partition(" ")
        drawn.append(f'<text x="{middle:.1f}" y="{HEIGHT + 17}">{word if not year else word[:3]}</text>')
        if year and (number == 1 or word == "January"):
            drawn.append(f'<text x="{middle:.1f}" y="{HEIGHT + 34}">{year}</text>')
    return "".join(drawn) + f'<line x1="0" x2="{WIDTH}" y1="{HEIGHT}" y2="{HEIGHT}"/>'


def _all(rows: Sequence[Row]) -> str:
    cells = []
    for row in rows:
        one = row.condition
        share = max(0, min(one.days_left or 0, one.lifetime_days)) / max(1, one.lifetime_days)
        bar = (
            '<svg class="left" viewBox="0 0 100 10" aria-hidden="true"><rect class="rest" width="100" height="10"/>'
            f'<rect class="{row.color}" width="{100 * share:.0f}" height="10"/></svg>'
        )
        cells.append(
            f"{_start(row)}<td>{_day(one.expires_at, one, 'not known')}</td>"
            f'<td class="number">{"-" if one.days_left is None else one.days_left}</td><td>{bar}</td>'
            f"<td>{_day(one.proved_at, one, 'never')}</td>"
        )
    heads = ("LEA", "State", "Expires", "Days left", "Time left", "Last worked")
    return f"<section><h2>All LEAs on this page</h2>{_table('Worst first', heads, cells)}</section>"


def _start(row: Row) -> str:
    """The first two cells of an LEA's row: who it is, and its state."""
    color, word, _ = STATES[row.condition.state]
    name, key = shown(row.condition.name), shown(row.condition.lea)
    return f'<th scope="row">{name}<br><code>{key}</code></th><td class="state {color}">{word}</td>'


def _day(at: datetime | None, one: Condition, otherwise: str) -> str:
    return otherwise if at is None else f'<span class="day">{local_day(at, one.timezone, short=True)}</span>'


def _names(keys: Sequence[str]) -> str:
    more = f", and {len(keys) - WHICH:,} more" if len(keys) > WHICH else ""
    return shown(", ".join(keys[:WHICH]) + more)


def _table(caption: str, heads: Iterable[str], rows: Iterable[str]) -> str:
    """A table of rows whose cells are HTML."""
    head = "".join(f'<th scope="col"{" class=number" if name in NUMBERS else ""}>{name}</th>' for name in heads)
    body = "\n".join(f"<tr>{cells}</tr>" for cells in rows)
    return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table>"

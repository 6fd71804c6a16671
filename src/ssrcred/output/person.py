"""What a person sees: rich on a terminal, plain text elsewhere, and never a secret."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ssrcred.domain.credential import fingerprint
from ssrcred.domain.errors import SCHOOLWISE, SsrcredError, addressed
from ssrcred.domain.event import Event, Outcome, Recorded
from ssrcred.domain.lea_status import Condition, State, systems_updated, worst_first
from ssrcred.domain.local_time import local_day, local_moment
from ssrcred.domain.place import DISTRICT, Extent, Holds, Reading
from ssrcred.output.event_text import Tone, entry, named, sentence, title
from ssrcred.output.fold import show

if TYPE_CHECKING:
    from ssrcred.domain.standing import Standing

# LEAs that are fine are named up to this many; of more, only the number is of use.
NAMED: Final = 12
GOOD: Final = "green"
BAD: Final = "red"
NOTE: Final = "yellow"

STYLES: Final = {Tone.GOOD: GOOD, Tone.BAD: BAD, Tone.NOTE: NOTE}
MARKS: Final = {Tone.GOOD: "✓", Tone.BAD: "✗", Tone.NOTE: "!"}
# For encodings without check marks, as in a Windows code page.
PLAIN_MARKS: Final = {Tone.GOOD: "ok", Tone.BAD: "no", Tone.NOTE: "! "}


class Narrator:
    """Shows events as they happen, each under its step's title, in words for the LEA; perhaps bad news `only_bad`."""

    def __init__(self, console: Console, addressed: Callable[[str], str], *, only_bad: bool = False) -> None:
        self._console, self._addressed, self._only_bad = console, addressed, only_bad
        self._heading = ""

    def tell(self, event: Event) -> None:
        """Show one event; events that are for the history only are passed over."""
        tone, words = sentence(event)
        if tone is Tone.UNTOLD or (self._only_bad and tone is not Tone.BAD):
            return
        if (heading := self._addressed(title(event))) != self._heading:
            self._console.print()
            self._console.print(Text(heading, style="bold"))
            self._heading = heading
        sign = MARKS[tone] if self._console.encoding.lower().startswith("utf") else PLAIN_MARKS[tone]
        told = Text.assemble((f"  {sign}", STYLES[tone]), f" {self._addressed(words)}.")
        show(self._console, told)


STATES: Final = {
    State.FINE: (GOOD, "fine"),
    State.DUE: (NOTE, "due soon: plan the rotation"),
    State.CRITICAL: (BAD, "due now: rotate before they expire"),
    State.EXPIRED: (BAD, "expired: parents cannot open score reports"),
    State.REFUSED: (BAD, "rejected at the last check: ssrcred verify[lea]"),
    State.UNFINISHED: (BAD, "a rotation is unfinished: ssrcred resume[lea]"),
    State.UNKNOWN: (NOTE, "unknown"),
}

UNCONFIRMED: Final = "not confirmed yet; a rotation stops until they are: ssrcred portal confirm"
# How the last save of a setting ended, where the outcome's own name is not plain English.
SAVES: Final = {
    Outcome.SKIPPED: "already there",
    Outcome.FAILED: "not saved",
    Outcome.NOT_CONFIRMED: "not confirmed",
    Outcome.PAGE_CHANGED: "the page changed",
    Outcome.UNCONFIRMED: "save not confirmed",
    Outcome.LEFT: "left alone: it has other credentials",
}


def status(console: Console, conditions: Iterable[Condition], now: datetime, *, several: bool = False) -> None:
    """Show each LEA's condition, and whatever is known of its places; `several`: config.toml has others beside it."""
    for one in conditions:
        style, words = _state(one, several)
        addressee = one.lea if several else ""
        console.print(Text(f"{one.name} ({one.lea})", style="bold"))
        table = Table.grid(padding=(0, 2))
        table.add_row("  state", Text(words, style=style))
        if one.days_left is not None and one.expires_at is not None:
            days = Table.grid(padding=(0, 1))
            days.add_row(Text(str(one.days_left), style=style), _bar(one, style))
            table.add_row("  days left", days)
            table.add_row("  expires", local_day(one.expires_at, one.timezone))
        proved_on = "" if one.proved_at is None else f"{local_moment(one.proved_at, one.timezone, short=True)}, "
        table.add_row("  last worked", proved_on + _age(one, now))
        for name in sorted(one.standing.places, key=lambda name: name != DISTRICT):
            table.add_row(f"  {name}", _place(one, name))
        table.add_row("  unfinished", Text(addressed(_unfinished(one), addressee)))
        if one.unconfirmed:
            table.add_row("  settings", Text(addressed(UNCONFIRMED, addressee), style=NOTE))
        if updated := systems_updated(one.record):
            table.add_row("  other systems", Text(updated, style=NOTE))
        for vendor, open_one in one.standing.handovers.items():
            since = local_day(open_one.since, one.timezone, short=True)
            waits = f"{vendor} has been waiting for the new credentials since {since}"
            table.add_row("  pending", Text(addressed(f"{waits}: ssrcred handover[lea]", addressee), style=NOTE))
        console.print(table)


def overview(console: Console, conditions: Iterable[Condition], now: datetime, *, several: bool = False) -> None:
    """Show every LEA in a line with a bar, worst first, and how many there are of each kind."""
    by_need = worst_first(conditions)
    table = plain_table("LEA", "days", "left", "expires", "last worked", "state")
    table.columns[1].justify = "right"
    for number in (1, 3):
        table.columns[number].no_wrap = True  # a date in two lines is none; the bar gives way
    for one in by_need:
        style, words = _state(one, several)
        left = Text("") if one.days_left is None else _bar(one, style)
        days = Text("-" if one.days_left is None else str(one.days_left), style=style)
        expires = "-" if one.expires_at is None else local_day(one.expires_at, one.timezone, short=True)
        table.add_row(Text(one.lea), days, left, expires, Text(_age(one, now)), Text(words, style=style))
    console.print(table)
    counts = [(sum(one.state is state for one in by_need), state.value) for state in reversed(State)]
    told = ", ".join(f"{count} {word}" for count, word in counts if count)
    console.print(Text(f"{len(by_need)} LEA{'' if len(by_need) == 1 else 's'}: {told or 'config.toml names none'}."))
    if waiting := [f"{one.lea} ({words})" for one in by_need if (words := systems_updated(one.record))]:
        show(console, Text(f"Systems still need the new credentials at: {', '.join(waiting)}."))
    if unconfirmed := [one.lea for one in by_need if one.unconfirmed]:
        words = addressed(UNCONFIRMED, unconfirmed[0] if several else "")
        show(console, Text(f"Settings of {', '.join(unconfirmed)}: {words}"))


def _state(one: Condition, several: bool) -> tuple[str, str]:
    style, words = STATES[one.state]
    words = addressed(words, one.lea if several else "")
    if one.state is State.DUE and one.why:
        return style, f"due: {one.why}"
    return style, f"{words}: {one.why}" if one.why else words


def _bar(one: Condition, style: str) -> ProgressBar:
    left = max(0, min(one.days_left or 0, one.lifetime_days))
    return ProgressBar(total=one.lifetime_days, completed=left, width=24, complete_style=style)


def _age(one: Condition, now: datetime) -> str:
    if one.proved_at is None:
        return "never"
    age = (now - one.proved_at).days  # whole days, rounded down
    return "today" if age == 0 else f"{age} day{'s' if age != 1 else ''} ago"


def _place(one: Condition, name: str) -> Text:
    """The last save of a setting, and that it was rejected or not tested since: *saved* does not mean *works*."""
    place, tried = one.standing.places[name], one.standing.tried.get(name)
    unseen = place.outcome in (Outcome.WRITTEN, Outcome.SKIPPED) and not place.confirmed
    word = "saved" if unseen else SAVES.get(place.outcome, place.outcome.value)
    told = Text(f"{word} {local_day(place.at, one.timezone, short=True)}")
    if tried is not None and tried.outcome is Outcome.REFUSED:
        told.append(f"; rejected {local_day(tried.at, one.timezone, short=True)}", style=BAD)
    elif unseen:
        told.append("; the key is hidden and not tested yet", style=NOTE)
    return told


def _unfinished(one: Condition) -> str:
    rotation = one.standing.rotation
    if rotation is None:
        return "nothing"
    kept = "the new credentials are stored" if rotation.stored else "the new credentials are not stored yet"
    # One command at a time: where the state names one, that one comes first, and says itself what follows.
    command = "" if one.state in (State.UNFINISHED, State.REFUSED) else ": ssrcred resume[lea]"
    return f"a rotation since {local_moment(rotation.started_at, one.timezone, short=True)}; {kept}{command}"


def handovers(console: Console, standing: Standing, timezone: str) -> None:
    """Show the systems that still need the new credentials, a line each."""
    table = plain_table("system", "pending since", "file written", "key used before")
    for vendor, one in standing.handovers.items():
        made = "no" if one.sealed_at is None else local_moment(one.sealed_at, timezone, short=True)
        key = fingerprint(standing.recipients[vendor]) if vendor in standing.recipients else "-"
        table.add_row(Text(vendor), local_moment(one.since, timezone, short=True), made, key)
    console.print(table)


def places(
    console: Console,
    surveyed: Iterable[tuple[Reading, Holds]],
    worked: Mapping[str, str] | None = None,
    extent: Extent | None = None,
) -> None:
    """Show every setting and whose credentials it holds; `worked` is by setting the day on which a check there last
    worked, `extent` which schools these are.
    """
    words = {
        Holds.OURS: (GOOD, "the current credentials"),
        Holds.OLD: (NOTE, "older credentials"),
        Holds.HIDDEN: (NOTE, "the right user name; the key is hidden"),
        Holds.OTHER: (BAD, "unknown credentials"),
        Holds.BLANK: (GOOD, "none: it uses the district's"),
    }
    table = plain_table("setting", "whose", "user name", "credentials")
    for reading, holding in surveyed:
        style, text = words[holding]
        if holding is Holds.BLANK and reading.place == DISTRICT:
            style, text = BAD, "none"
        if holding is Holds.HIDDEN and worked is not None and (day := worked.get(reading.place)):
            style, text = GOOD, f"{text}, and worked at the last check ({day})"
        if extent is not None and reading.place in extent.new:
            text = f"{text}; new since the settings were confirmed"
        table.add_row(Text(reading.place), reading.kind.value, Text(reading.shown or "-"), Text(text, style=style))
    console.print(table)


def found(console: Console, words: Mapping[str, tuple[str, str]]) -> None:
    """Show by which words the two fields of each setting were found."""
    for place, (username, key) in words.items():
        console.print(Text(f"{named(place)}: found by the labels {username} and {key}"))


def history(console: Console, happened: Iterable[Recorded], systems: Mapping[str, str]) -> None:
    """Show what happened, when (UTC, as the LEAs may differ) and by whom, oldest first. No fact is cut short.

    `systems` has by LEA the name of its system if that is not SchoolWise.
    """
    table = plain_table("no.", "when (UTC)", "LEA", "by", "what")
    for head in table.columns[:2]:
        head.no_wrap = True
    for one in happened:
        when = f"{one.event.at.astimezone(UTC):%Y-%m-%d %H:%M}"
        table.add_row(
            str(one.number),
            when,
            one.lea,
            Text(one.actor),
            Text(addressed(entry(one.event), sis=systems.get(one.lea, ""))),
        )
    console.print(table)


def plain_table(*heads: str) -> Table:
    """A table that folds what does not fit its column: a user name that is cut short cannot be compared."""
    table = Table(*heads, box=None, padding=(0, 2, 0, 0), header_style="bold")
    for column in table.columns:
        column.overflow = "fold"
    return table


# Many LEAs


def leas(console: Console, rows: Iterable[Mapping[str, Any]]) -> None:
    """Show what config.toml says of each LEA, a line each."""
    table = plain_table("LEA", "name", "CDS code", "county, group", "system")
    for row in rows:
        portal = row["url"] or "-"
        where = ", ".join(filter(None, (row["county"], row["group"]))) or "-"
        remarks = [
            row["sis"] if row["sis"] != SCHOOLWISE else "",
            "" if row["confirmed"] else "settings not confirmed yet",
        ]
        if row["url"] and any(remarks):
            portal = f"{portal} ({', '.join(filter(None, remarks))})"
        if row["problem"]:
            table.add_row(Text(row["lea"]), Text(f"config.toml has a problem: {row['problem']}", style=BAD), "", "", "")
        else:
            table.add_row(Text(row["lea"]), Text(row["name"]), row["cds"], Text(where), Text(portal))
    console.print(table)


@contextmanager
def bar(console: Console, total: int, *, shown: bool) -> Iterator[Callable[[str], None]]:
    """A bar that goes away at the end; what it gives is called after each LEA, with words to stand beside the bar."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    counted = (TextColumn("  LEAs done"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    # Of the time that the LEAs before it took; it says -:--:-- until that is known.
    columns = (*counted, TextColumn("time left"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not shown) as progress:
        task = progress.add_task("", total=total)
        yield lambda words: progress.update(task, advance=1, description=words)


def undone(console: Console, name: str, what: str, problem: SsrcredError) -> None:
    """One LEA for which it could not be done, in the form of a verdict; `what` stands in the verdict's place."""
    message, state, hint = problem.lines()
    for line in (
        Text(name, style="bold"),
        Text(f"  {what}", style=f"bold {NOTE}"),
        Text(f"  {message}"),
        Text(f"  {state}"),
        Text(f"  Next: {hint}"),
    ):
        show(console, line)


def fine(console: Console, names: Sequence[str], total: int, what: str) -> None:
    """The last line: of how many of `total` LEAs `what` is true, and of which, while that is of use."""
    listed = f" {', '.join(names)}." if 0 < len(names) <= NAMED else ""
    show(console, Text(f"{len(names)} of {total} LEAs: {what}.{listed}"))


def contents(console: Console, headings: Mapping[str, Iterable[tuple[str, str]]]) -> None:
    """Show under each heading its names, each with what it is about."""
    groups = {heading: list(rows) for heading, rows in headings.items()}
    widest = max((len(name) for rows in groups.values() for name, _ in rows), default=0)
    for heading, rows in groups.items():
        if rows:
            table = plain_table("", "")
            table.show_header = False
            table.columns[0].min_width = widest
            for name, about in rows:
                table.add_row(f"  {name}", about)
            console.print(Text(heading, style="bold"))
            console.print(table)


def page_on_screen(console: Console, markdown: str) -> str:
    """The page as this console shows it, with the codes for its colors."""
    from rich.markdown import Markdown

    with console.capture() as screen:
        console.print(Markdown(markdown, hyperlinks=False))
    return screen.get()

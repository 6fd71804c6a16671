"""The state of one LEA today: one word, the days behind it, and the exit code of `status`."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from ssrcred.domain.days_left import TERMINAL_DAYS, life
from ssrcred.domain.errors import UsageWrong, nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, Final

    from ssrcred.domain.standing import Standing

WARN_DAYS: Final = 60
CRITICAL_DAYS: Final = 21
# How far the ledger may be ahead of the clock: clocks are corrected in steps.
SKEW: Final = timedelta(minutes=1)


# From this long on, a system that still has the former credentials is a warning.
PENDING: Final = timedelta(days=7)


class State(StrEnum):
    """From best to worst, but that *unknown* is between *due* and *critical*, as monitoring ranks it."""

    FINE = "fine"
    DUE = "due"
    UNKNOWN = "unknown"
    CRITICAL = "critical"
    EXPIRED = "expired"
    UNFINISHED = "unfinished"
    REFUSED = "refused"


# The monitoring plugins' convention: OK, WARNING, CRITICAL, UNKNOWN (design.md, *Commands*).
EXIT_CODES: Final = {
    State.FINE: 0,
    State.DUE: 1,
    State.UNKNOWN: 3,
    **dict.fromkeys((State.CRITICAL, State.EXPIRED, State.UNFINISHED, State.REFUSED), 2),
}


class Range:
    """A range as the Monitoring Plugins Development Guidelines define it; None is an end that is open.

    A value outside calls for an alert, both ends being inside; with `inverted` ("@") one inside does.
    """

    __slots__ = ("end", "inverted", "start")

    def __init__(self, start: float | None, end: float | None, *, inverted: bool = False) -> None:
        self.start = start
        self.end = end
        self.inverted = inverted

    @classmethod
    def parse(cls, text: str) -> Range:
        """`10`, `10:`, `~:10`, `10:20`, `@10:20`; ValueError for anything else, or where the start is past the end."""
        bare = text.removeprefix("@")
        first, colon, last = bare.partition(":")
        if not colon:
            first, last = "0", first
            if last == "~":
                raise ValueError(text)
        start = None if first == "~" else _number(first or "0")
        end = _number(last) if last else None
        if (not colon and end is None) or bare == ":" or (start is not None and end is not None and start > end):
            raise ValueError(text)
        return cls(start, end, inverted=bare != text)

    def alerts(self, value: float) -> bool:
        """Whether `value` calls for an alert."""
        inside = (self.start is None or value >= self.start) and (self.end is None or value <= self.end)
        return inside == self.inverted

    def __str__(self) -> str:
        start = "~:" if self.start is None else f"{self.start:g}:" if self.start or self.end is None else ""
        return f"{'@' if self.inverted else ''}{start}{'' if self.end is None else f'{self.end:g}'}"


def _number(text: str) -> float:
    if not text.lstrip("-").replace(".", "", 1).isdecimal() or text.count("-") > text.startswith("-"):
        raise ValueError(text)
    return float(text)


def or_less(days: float) -> Range:
    """The range that calls for an alert at `days` whole days or less."""
    return Range(days // 1 + 1, None)


class Limits:
    """When to worry: two ranges of days left, and how old the last proof may be (None: that does not matter)."""

    __slots__ = ("critical", "max_age", "warn")

    def __init__(self, warn: Range, critical: Range, max_age: timedelta | None = None) -> None:
        self.warn = warn
        self.critical = critical
        self.max_age = max_age

    @property
    def in_order(self) -> bool:
        """Whether, of two ranges that only ask for enough days, a warning comes before it is critical."""
        warn, critical = self.warn, self.critical
        if warn.inverted or critical.inverted or warn.end is not None or critical.end is not None:
            return True
        return warn.start is None or critical.start is None or warn.start > critical.start


USUAL: Final = Limits(or_less(WARN_DAYS), or_less(CRITICAL_DAYS))


class Condition:
    """One LEA at a moment. `days_left` is None while no credentials are stored; moments are aware UTC, or None.

    `why` says in a clause why the state is unknown, or due although days are left. `record` is the standing as the
    ledger keeps it, or None.
    """

    def __init__(self, lea: str, name: str, lifetime_days: int, timezone: str) -> None:
        self.lea = lea
        self.name = name
        self.lifetime_days = lifetime_days
        self.timezone = timezone
        self.state = State.UNKNOWN
        self.why = ""
        self.days_left: int | None = None
        self.generated_at: datetime | None = None
        self.expires_at: datetime | None = None
        self.proved_at: datetime | None = None
        self.last_at: datetime | None = None
        self.record: Mapping[str, Any] | None = None
        self.terminal_days = TERMINAL_DAYS
        self.groups: tuple[str, ...] | None = None  # its own group and its county; None where they are not known
        self.misconfigured = False  # its section in config.toml has a mistake, and nothing else is known
        self.unconfirmed = False  # it is not confirmed which fields of SchoolWise hold the credentials
        self.sis = ""  # the name of its system if that is not SchoolWise, where somebody asked
        self.rejected: tuple[str, ...] = ()  # accounts of the portal whose sign-in was rejected, where somebody asked

    @property
    def young(self) -> bool:
        """Whether the credentials are known to be good and not in the last quarter of their life."""
        well = self.state in (State.FINE, State.DUE, State.CRITICAL)
        return well and self.days_left is not None and self.days_left * 4 > self.lifetime_days

    @property
    def standing(self) -> Standing:
        """What is remembered. Raises KeyError, TypeError or ValueError on another version's record."""
        from ssrcred.domain.standing import Standing

        return Standing.from_json(self.record)


class Filter:
    """Which of all LEAs are meant: those in one of `states`, in one of `groups` (any, if there is none of these), and
    due within so many days.
    """

    __slots__ = ("due_within", "groups", "states")

    def __init__(self, states: Iterable[State] = (), due_within: int | None = None, groups: Iterable[str] = ()) -> None:
        self.states = tuple(states)
        self.due_within = due_within
        self.groups = tuple(groups)

    @property
    def leaves_out_unknown(self) -> bool:
        """Whether an LEA of which nothing is known is not meant."""
        return self.due_within is not None or (bool(self.states) and State.UNKNOWN not in self.states)

    @property
    def chooses(self) -> bool:
        """Whether any LEA is left out."""
        return bool(self.states or self.groups) or self.due_within is not None

    def fits(self, one: Condition) -> bool:
        """Whether an LEA in this condition is meant; expired credentials are due within any number of days.

        One whose groups are not known may be in any: a slip in its section takes it out of nobody's sight.
        """
        due = self.due_within is None or (one.days_left is not None and one.days_left <= self.due_within)
        wanted = {name.casefold() for name in self.groups}
        grouped = not wanted or one.groups is None or any(name.casefold() in wanted for name in one.groups)
        return due and grouped and (not self.states or one.state in self.states)

    def check_groups(self, known: Iterable[str], wrong: Iterable[str] = ()) -> None:
        """Raise UsageWrong for a group that is none of the `known` ones: no LEA to show would look like good news.

        `wrong` are the LEAs whose section in config.toml has a mistake, which may be in any group.
        """
        if not self.groups:
            return
        names = {name.casefold(): name for name in known}
        unread = ", ".join(f"lea.{key}" for key in sorted(wrong))
        for name in self.groups:
            if name.casefold() not in names:
                near = nearest(name, names.values())
                message = f"No LEA is in a group '{name}'{f'; did you mean {near}?' if near else '.'}"
                hint = "A group is the key group of an LEA in config.toml, or its county."
                if names:
                    hint = f"There are: {', '.join(sorted(names.values()))}. {hint}"
                if unread:
                    message += (
                        f" But config.toml has a problem in {unread}, whose group is not known until it is fixed."
                    )
                    hint = f"To see every problem, type: ssrcred doctor. {hint}"
                raise UsageWrong(message, state="Nothing was done.", hint=hint)


def condition(
    lea: str, name: str, lifetime_days: int, timezone: str, standing: Standing, now: datetime, limits: Limits = USUAL
) -> Condition:
    """Return the LEA's condition at `now`, from the ledger alone. The days are those of the newest credentials."""
    return judged(Condition(lea, name, lifetime_days, timezone), standing.to_json(), None, now, limits)


def judged(
    one: Condition, record: Mapping[str, Any] | None, last_at: str | None, now: datetime, limits: Limits = USUAL
) -> Condition:
    """`one`, filled in from what the ledger keeps of it: `record`, and the moment of its last event (ISO 8601).

    Raises KeyError, TypeError or ValueError on another version's record.
    """
    one.record = record
    one.last_at = _moment(last_at)
    # From the plain record: to build a Standing of it takes longer than all the rest of `status`.
    if record is not None:
        one.generated_at = _moment(newest(record)["generated_at"])
        one.proved_at = _moment(record["proved_at"])
    if one.generated_at is not None:
        one.days_left, one.expires_at = life(now, one.generated_at, one.lifetime_days, one.timezone)
    one.state, one.why = _state(one, now, limits)
    return one


def newest(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of a record as the ledger keeps it, the part that tells when its newest stored credentials were generated."""
    rotation: Mapping[str, Any] | None = record["rotation"]
    return record if rotation is None or rotation["generated_at"] is None else rotation


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _state(one: Condition, now: datetime, limits: Limits) -> tuple[State, str]:
    if one.last_at is not None and one.last_at > now + SKEW:
        return State.UNKNOWN, "the history ends in the future: this computer's clock is wrong"
    rotation = None if one.record is None else one.record["rotation"]
    if rotation is not None and rotation["generated_at"] is None:
        return (
            State.UNFINISHED,
            "",
        )  # a rejection is about the credentials before, which generating new ones may have ended
    if one.record is not None and refused(one.record):
        return State.REFUSED, ""
    if rotation is not None:
        return State.UNFINISHED, ""
    if one.days_left is None:
        return State.UNKNOWN, "no credentials are stored here yet"
    if one.days_left < 0:
        return State.EXPIRED, ""
    if limits.critical.alerts(one.days_left):
        return State.CRITICAL, ""
    if one.record is not None and one.record.get("given_up_at") is not None:
        # Newer ones were probably generated, which ended these: an old success does not make them fine.
        return State.UNKNOWN, "a later rotation was canceled, and these credentials have not been tested since"
    if limits.max_age is not None and (one.proved_at is None or now - one.proved_at > limits.max_age):
        return (
            State.UNKNOWN,
            "the credentials were never tested successfully"
            if one.proved_at is None
            else "the last successful test is too old",
        )
    if limits.warn.alerts(one.days_left):
        return State.DUE, ""
    for pending in (one.record or {}).get("handovers", {}).values():
        opened = _moment(pending["since"])
        if opened is not None and now - opened >= PENDING:
            return State.DUE, systems_updated(one.record)
    return State.FINE, ""


def systems_updated(record: Mapping[str, Any] | None) -> str:
    """How many of the other systems have the current credentials, as long as any is pending; else ""."""
    pending = (record or {}).get("handovers", {})
    done = len((record or {}).get("updated", ()))
    total = done + len(pending)
    return f"{done} of {total} system{'' if total == 1 else 's'} updated" if pending else ""


def refused(record: Mapping[str, Any]) -> tuple[str, ...]:
    """The ways whose last try was refused, as Standing.refused says, of a record as the ledger keeps it."""
    return tuple([name for name, last in record["tried"].items() if last["outcome"] == "refused"])


def worst(states: Iterable[State]) -> State:
    """Return the worst state; unknown if there is none."""
    ranks = list(State)
    return max(states, key=ranks.index, default=State.UNKNOWN)


def worst_first(conditions: Iterable[Condition]) -> list[Condition]:
    """Return the conditions with the worst state first, then the fewest days left: the first is what to do first."""
    ranks = list(State)
    # One without any date comes behind those that have days left.
    return sorted(
        conditions, key=lambda one: (-ranks.index(one.state), one.days_left is None, one.days_left or 0, one.lea)
    )

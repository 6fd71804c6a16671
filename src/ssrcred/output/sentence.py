"""An event as a sentence for a person, and how good the news is, or as an entry of the record: without a secret."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from ssrcred.errors import Cause
from ssrcred.event import Done, Event, Step
from ssrcred.evidence import Outcome, Probe
from ssrcred.place import DISTRICT


class Tone(StrEnum):
    """How good the news is."""

    GOOD = "good"
    BAD = "bad"
    NOTE = "note"  # neither, but somebody should know


GOOD, BAD, NOTE = Tone

Sentence = tuple[Tone, str]

TITLES: Final = {
    Step.PREPARE: "Prepare: everything that can fail is tried first",
    Step.MINT: "Mint: a new pair in TOMS",
    Step.STORE: "Store: the new pair is saved, before anything else",
    Step.WRITE: "Write: the new pair goes to every place",
    Step.PROVE: "Prove: does it work?",
    Step.FINISH: "Finish",
    Step.ABANDON: "Abandon",
    Step.CLEAR: "Clear",
    Step.HANDOVER: "Hand over",
}
"""What stands above the sentences of a step."""

OUTCOMES: Final[Mapping[Outcome, Sentence]] = {
    Outcome.PROVED: (GOOD, "a score report was fetched"),
    Outcome.ACCEPTED: (GOOD, "the pair is accepted"),
    Outcome.NO_REPORT: (GOOD, "the pair is accepted; this student has no score report"),
    Outcome.REFUSED: (BAD, "refused"),
    Outcome.UNREACHABLE: (NOTE, "could not be reached"),
    Outcome.NOT_UNDERSTOOD: (NOTE, "the answer is not understood"),
    Outcome.SKIPPED: (NOTE, "not tried"),
}
"""How a try ended, as a clause."""


def sentence(event: Event) -> Sentence | None:
    """The sentence of an event; None for one that only the memory needs."""
    by_step = {Step.PREPARE: _prepare, Step.WRITE: _write, Step.PROVE: _prove}
    if event.step in by_step:
        return by_step[event.step](event)
    if event.outcome is Done.POINTED and event.detail.get("proved") == "no":
        return NOTE, "The new pair is the current one, unverified: no check has shown that it works."
    place, reason, vendor = named(event.place), event.detail.get("reason", ""), event.detail.get("vendor", "")
    return {
        (Step.STORE, Done.HELD): (BAD, f"The pair could not be stored: {reason}"),
        (Step.STORE, Done.STORED): (GOOD, "Stored, read back and compared: both halves are the same."),
        (Step.FINISH, Done.POINTED): (GOOD, "The new pair is the current one."),
        (Step.FINISH, Done.RETIRED): (GOOD, "An old pair was deleted and is seen to be gone."),
        (Step.FINISH, Done.FINISHED): (GOOD, "Finished."),
        (Step.ABANDON, Done.ABANDONED): (NOTE, f"The rotation is closed: {reason}."),
        (Step.CLEAR, Done.CLEARED): (GOOD, f"{place} has no pair of its own and uses the district's."),
        (Step.CLEAR, Done.FAILED): (BAD, f"{place} was not cleared: {reason}"),
        (Step.FINISH, Done.OPENED): (NOTE, f"{vendor} does not work until it gets the new pair."),
        (Step.HANDOVER, Done.SEALED): (GOOD, f"The current pair is encrypted: only {vendor} can open the file."),
        (Step.HANDOVER, Done.CLOSED): (GOOD, f"{vendor} has the new pair; recorded."),
    }.get((event.step, event.outcome))


def named(place: str) -> str:
    """A place at the beginning of a sentence."""
    return "The district" if place == DISTRICT else place


def ended(outcome: Outcome, reason: str, cause: Cause = Cause.UNKNOWN) -> str:
    """How a try ended, and why if that is known, as a clause without a full stop."""
    special = {Cause.LOGIN_REFUSED: "could not be tried", Cause.NOT_ENROLLED: "the pair is accepted"}
    words = special.get(cause, OUTCOMES[outcome][1])
    return f"{words}; {reason.rstrip('.')}" if reason else words


def way(probe: Probe, place: str) -> str:
    """A way in which a pair is tried, at the beginning of a sentence."""
    if probe is Probe.TOMS:
        return "The state's service"
    return f"As a parent sees it ({'the district' if place == DISTRICT else place})"


SAID_BY_REASON: Final = frozenset(
    {"asked", "content_type", "size", "looks_like_pdf", "year", "type", "taken", "cause", "status"}
)
"""What a script reads apart, and a person in the words of a proof's reason."""
ALONE: Final = frozenset({"what", "reason", "slot", "vendor", "vendors"})
"""What needs no word before it to be understood."""
WORDS: Final = {
    ("seen", "took"): "read back",
    ("seen", "cannot_be_seen"): "cannot be seen",
    ("replace", "yes"): "to be replaced",
    ("proved", "yes"): "proved",
    ("proved", "no"): "unverified",
    ("probe", Probe.TOMS.value): "the state's service",
    ("probe", Probe.PORTAL.value): "as a parent sees it",
}
NAMES: Final = {"username": "user name", "recipient": "for the key"}


def entry(event: Event) -> str:
    """All that is recorded of an event but when, by whom and for which LEA: what was done where, and the facts."""
    done = event.outcome.value.replace("_", " ")
    where = f", {event.place}" if event.place else ""
    facts = [_fact(key, value) for key, value in event.detail.items() if value and key not in SAID_BY_REASON]
    return "; ".join([f"{event.step.value}: {done}{where}", *facts])


def _fact(key: str, value: str) -> str:
    if key in ALONE:
        return value.rstrip(".")
    if key == "generated_at":
        return f"generated {datetime.fromisoformat(value).astimezone(UTC):%Y-%m-%d %H:%M}"
    return WORDS.get((key, value)) or f"{NAMES.get(key, key.replace('_', ' '))} {value}"


def _prepare(event: Event) -> Sentence | None:
    where = f" ({'the district' if event.place == DISTRICT else event.place})" if event.place else ""
    what, username = event.detail.get("what", ""), event.detail.get("username", "")
    holds = f"holds a pair with the user name {username}" if username else "holds no pair"
    vendors = event.detail.get("vendors")
    return {
        Done.CHECKED: (GOOD, f"{what[:1].upper()}{what[1:]}{where}."),
        Done.COMPARED: (GOOD, f"{named(event.place)} {holds}."),
        Done.DRIFTED: (BAD, f"{named(event.place)} {holds}: not the pair that ssrcred wrote."),
        Done.WARNED: (NOTE, f"These systems stop working at the click until they get the new pair: {vendors}."),
    }.get(event.outcome)


def _write(event: Event) -> Sentence | None:
    place, reason = named(event.place), event.detail.get("reason", "")
    hidden = event.detail.get("seen") == "cannot_be_seen"
    written = "written. The page does not show the key, so the proof decides." if hidden else "written and read back."
    return {
        Done.WRITTEN: (GOOD, f"{place}: {written}"),
        Done.SKIPPED: (GOOD, f"{place}: holds the new pair already."),
        Done.LEFT: (NOTE, f"{place}: left alone; {reason}."),
        Done.FAILED: (BAD, f"{place}: not written. {reason}"),
        Done.UNCONFIRMED: (NOTE, f"{place}: the portal did not answer the save, so the proof decides."),
    }.get(event.outcome)


def _prove(event: Event) -> Sentence:
    outcome = Outcome(event.outcome.value)
    tried = way(Probe(event.detail.get("probe", Probe.PORTAL)), event.place)
    reason, cause = event.detail.get("reason", ""), Cause(event.detail.get("cause", ""))
    return OUTCOMES[outcome][0], f"{tried}: {ended(outcome, reason, cause)}."

"""An event as a sentence for a person, and how good the news is, or as an entry of the record: without a secret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

from ssrcred.domain.errors import Cause
from ssrcred.domain.event import Event, Outcome, Step
from ssrcred.domain.evidence import Probe
from ssrcred.domain.local_time import local_moment
from ssrcred.domain.place import DISTRICT


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
FIRST: Final = "Check: the state's service is asked before anything is written"


def title(event: Event) -> str:
    """What stands above the sentence of an event."""
    return FIRST if event.step is Step.PROVE and "first" in event.detail else TITLES[event.step]


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
    detail, place = event.detail, named(event.place)
    reason, vendor, what = detail.get("reason", ""), detail.get("vendor", ""), detail.get("what", "")
    if event.step is Step.PROVE:
        outcome = event.outcome
        tried = way(Probe(detail.get("probe", Probe.PORTAL)), event.place)
        return OUTCOMES[outcome][0], f"{tried}: {ended(outcome, reason, Cause(detail.get('cause', '')))}."
    if event.outcome is Outcome.POINTED and detail.get("proved") == "no":
        return NOTE, "The new pair is the current one, unverified: no check has shown that it works."
    if "dated" in detail:
        return GOOD, "The day of generation is recorded."
    what = f"{what[:1].upper()}{what[1:]}"
    where = f" ({'the district' if event.place == DISTRICT else event.place})" if event.place else ""
    username = detail.get("username", "")
    holds = f"holds a pair with the user name {username}" if username else "holds no pair"
    hidden = detail.get("seen") == "cannot_be_seen"
    tested = "SchoolWise hides the key, so it is tested next."
    warned = f"These systems stop working at the click until they get the new pair: {detail.get('vendors')}."
    return {
        (Step.PREPARE, Outcome.CHECKED): (GOOD, f"{what}{where}."),
        (Step.PREPARE, Outcome.COMPARED): (GOOD, f"{place} {holds}."),
        (Step.PREPARE, Outcome.DRIFTED): (BAD, f"{place} {holds}: not the pair that ssrcred wrote."),
        (Step.PREPARE, Outcome.WARNED): (NOTE, f"{what}. {reason}" if what else warned),
        (Step.STORE, Outcome.HELD): (BAD, f"The pair could not be stored: {reason}"),
        (Step.STORE, Outcome.STORED): (GOOD, "Stored, read back and compared: both halves are the same."),
        (Step.WRITE, Outcome.WRITTEN): (GOOD, f"{place}: {f'saved. {tested}' if hidden else 'written and read back.'}"),
        (Step.WRITE, Outcome.SKIPPED): (
            GOOD,
            f"{place}: {f'saved before. {tested}' if hidden else 'holds the new pair already.'}",
        ),
        (Step.WRITE, Outcome.LEFT): (NOTE, f"{place}: left alone; {reason}."),
        (Step.WRITE, Outcome.FAILED): (BAD, f"{place}: not written. {reason}"),
        (Step.WRITE, Outcome.NOT_CONFIRMED): (
            BAD,
            f"{place}: not written. {reason} To confirm: ssrcred portal confirm",
        ),
        (Step.WRITE, Outcome.PAGE_CHANGED): (
            BAD,
            f"{place}: not written, the page is not as it was confirmed: {reason}.",
        ),
        (Step.WRITE, Outcome.UNCONFIRMED): (
            NOTE,
            f"{place}: not seen to be saved, so it is tested next. {reason}".rstrip(),
        ),
        (Step.FINISH, Outcome.POINTED): (GOOD, "The new pair is the current one."),
        (Step.FINISH, Outcome.RETIRED): (GOOD, "An old pair was deleted and is seen to be gone."),
        (Step.FINISH, Outcome.FINISHED): (GOOD, "Finished."),
        (Step.FINISH, Outcome.OPENED): (NOTE, f"{vendor} does not work until it gets the new pair."),
        (Step.ABANDON, Outcome.ABANDONED): (NOTE, f"The rotation is closed: {reason}."),
        (Step.CLEAR, Outcome.CLEARED): (GOOD, f"{place} has no pair of its own and uses the district's."),
        (Step.CLEAR, Outcome.FAILED): (BAD, f"{place} was not cleared: {reason}"),
        (Step.HANDOVER, Outcome.SEALED): (GOOD, f"The current pair is encrypted: only {vendor} can open the file."),
        (Step.HANDOVER, Outcome.CLOSED): (GOOD, f"{vendor} has the new pair; recorded."),
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
    {"first", "asked", "content_type", "size", "looks_like_pdf", "year", "type", "taken", "cause", "status"}
)
"""What a script reads apart, and a person in the words of a proof's reason."""
MEANT: Final = frozenset(
    {
        *SAID_BY_REASON,
        *("what", "reason", "vendor", "vendors", "seen", "proved", "probe", "replace", "dated", "undated", "generated"),
    }
)
"""What the words of an entry say already."""
SLOT: Final = re.compile(r"pair-0*(\d+)")
OLD_WORDS: Final = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"the keyring keeps, gives back and deletes", "credential storage saves, reads and deletes"),
        (r"the portal lets us in and its settings are understood", "signed in, and the settings page is understood"),
        (r"the parent account gets in", "the parent account can sign in"),
        (r"by the person at the keyboard", "by hand"),
        (r"not opened because they are on another host", "not opened, which is normal"),
        (r"a school's pair", "a school's credentials"),
        (r"\ba pair of its own", "credentials of its own"),
        (r"\b(?:a|the) (new |old |current |stored )?pair\b", r"the \1credentials"),
        (r"\bpairs?\b", "credentials"),
        (r"\blog-in", "sign-in"),
        (r"\brefuses\b", "rejects"),
        (r"\brefused\b", "rejected"),
    )
)
"""Words of events as they were recorded, and those that are shown in their place: stored rows are never changed."""


def entry(event: Event) -> str:
    """What the history shows of an event beside when, by whom and for which LEA: what happened, then every fact."""
    told = [_happened(event)]
    for key, value in event.detail.items():
        if key == "generated_at" and value:
            told.append(f"generated on {local_moment(datetime.fromisoformat(value), 'UTC', short=True)}")
        elif key == "slot" and value:
            number = SLOT.fullmatch(value)
            told.append(f"credentials no. {number[1]}" if number else f"slot {value}")
        elif value and key not in MEANT:
            told.append(f"{NAMES.get(key, key.replace('_', ' '))} {value}")
    return " · ".join(told)


def _happened(event: Event) -> str:
    detail, place = event.detail, event.place
    reason = _in_todays_words(detail.get("reason", ""))
    why = f": {reason}" if reason else ""
    what, vendor = _in_todays_words(detail.get("what", "")), detail.get("vendor", "")
    setting = "District setting in SchoolWise" if place == DISTRICT else f"Setting of {place} in SchoolWise"
    of_place = "" if not place else " (district)" if place == DISTRICT else f" ({place})"
    if event.step is Step.PROVE and event.outcome in TESTED:
        how = (
            "directly with the state's service"
            if detail.get("probe") == Probe.TOMS
            else f"through SchoolWise{of_place}"
        )
        return f"Tested {how}: {TESTED[event.outcome]}{f' ({reason})' if reason else ''}"
    hidden = detail.get("seen") == "cannot_be_seen"
    proved = "not tested" if detail.get("proved") == "no" else "tested"
    kept = " (to be replaced)" if detail.get("replace") == "yes" else ""
    told = {
        (Step.PREPARE, Outcome.CHECKED): f"Checked: {what}{of_place}",
        (Step.PREPARE, Outcome.COMPARED): f"{setting} read",
        (Step.PREPARE, Outcome.DRIFTED): f"{setting} was changed by somebody else{kept}",
        (Step.PREPARE, Outcome.WARNED): f"Warned: {what}{why}"
        if what
        else f"Other systems that use the credentials: {detail.get('vendors', '')}",
        (Step.PREPARE, Outcome.PREPARED): "Ready to generate",
        (Step.MINT, Outcome.ASKED): "Asked to generate in TOMS",
        (Step.STORE, Outcome.HELD): f"New credentials not stored{why}",
        (Step.STORE, Outcome.STORED): "Day of generation recorded" if "dated" in detail else "Generated and stored",
        (Step.WRITE, Outcome.WRITTEN): f"{setting} {'saved' if hidden else 'saved and read back'}{why}",
        (Step.WRITE, Outcome.SKIPPED): f"{setting} "
        + ("was saved before; the key is hidden" if hidden else "has the new credentials already"),
        (Step.WRITE, Outcome.LEFT): f"{setting} left alone{why}",
        (Step.WRITE, Outcome.UNCONFIRMED): f"{setting} not seen to be saved{why}",
        (Step.WRITE, Outcome.FAILED): f"{setting} not updated{why}",
        (Step.WRITE, Outcome.NOT_CONFIRMED): f"{setting} not updated: nobody has confirmed its fields",
        (Step.WRITE, Outcome.PAGE_CHANGED): f"{setting} not updated: the page is not as it was confirmed{why}",
        (Step.FINISH, Outcome.POINTED): f"New credentials in use ({proved})",
        (Step.FINISH, Outcome.RETIRED): "Old credentials deleted",
        (Step.FINISH, Outcome.FINISHED): "Rotation finished",
        (Step.FINISH, Outcome.OPENED): f"{vendor} waits for the new credentials",
        (Step.ABANDON, Outcome.ABANDONED): f"Rotation cancelled{why}",
        (Step.CLEAR, Outcome.CLEARED): f"{setting} cleared: it uses the district's credentials",
        (Step.CLEAR, Outcome.FAILED): f"{setting} not cleared{why}",
        (Step.HANDOVER, Outcome.SEALED): f"Credentials encrypted for {vendor}",
        (Step.HANDOVER, Outcome.CLOSED): f"{vendor} has the new credentials",
    }.get((event.step, event.outcome))
    # Of a later version, perhaps.
    return told or f"{event.step.value}: {event.outcome.value.replace('_', ' ')}{of_place}{why}"


TESTED: Final = {
    Outcome.PROVED: "they work",
    Outcome.ACCEPTED: "accepted",
    Outcome.NO_REPORT: "accepted; this student has no score report",
    Outcome.REFUSED: "rejected",
    Outcome.UNREACHABLE: "no answer",
    Outcome.NOT_UNDERSTOOD: "the answer is not understood",
    Outcome.SKIPPED: "not tested",
}
"""How a test of the credentials ended, as the history says it."""


def _in_todays_words(text: str) -> str:
    for pattern, words in OLD_WORDS:
        text = pattern.sub(words, text)
    return text.rstrip(".")


NAMES: Final = {"username": "user name", "recipient": "for the key", "length": "characters of the key:"}

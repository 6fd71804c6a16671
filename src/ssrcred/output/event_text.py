"""What happened, in one sentence for the screen and for the history: no secret, and no more than was seen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

from ssrcred.domain.announcement import News
from ssrcred.domain.errors import Cause
from ssrcred.domain.event import TEST_OUTCOMES, Event, Outcome, Step
from ssrcred.domain.evidence import Probe
from ssrcred.domain.local_time import local_moment
from ssrcred.domain.place import DISTRICT


class Tone(StrEnum):
    """How good the news is."""

    GOOD = "good"
    BAD = "bad"
    NOTE = "note"  # neither, but somebody should know
    UNTOLD = "untold"  # for the history only


GOOD, BAD, NOTE, UNTOLD = Tone

# What stands above the sentences of a step.
TITLES: Final = {
    Step.PREPARE: "Prepare: check everything that could fail",
    Step.MINT: "Generate new credentials in TOMS",
    Step.STORE: "Store the new credentials",
    Step.WRITE: "Update the settings in SchoolWise",
    Step.PROVE: "Test the credentials",
    Step.FINISH: "Finish",
    Step.ABANDON: "Cancel the rotation",
    Step.CLEAR: "Clear a school's setting",
    Step.HANDOVER: "Pending systems",
    Step.LEA: "The LEA in config.toml",
    Step.TELL: "Tell the coordinators",
}
FIRST: Final = "Test the new credentials before they are saved in SchoolWise"


def title(event: Event) -> str:
    """What stands above the sentence of an event."""
    return FIRST if event.step is Step.PROVE and "first" in event.detail else TITLES[event.step]


# What the coordinators were told, as a clause.
NEWS: Final[Mapping[str, str]] = {
    News.BEGINS: "new credentials are about to be generated",
    News.OPEN: "the rotation is not finished",
    News.FINISHED: "the new credentials are in use",
    News.FAILED: "the rotation failed",
    News.STOPPED: "the rotation was stopped, and nothing was generated",
}
# How a test of the credentials ended, as a clause.
OUTCOMES: Final[Mapping[Outcome, tuple[Tone, str]]] = {
    Outcome.PROVED: (GOOD, "a score report was fetched"),
    Outcome.ACCEPTED: (GOOD, "the credentials are accepted"),
    Outcome.NO_REPORT: (GOOD, "the credentials are accepted; this student has no score report"),
    Outcome.REFUSED: (BAD, "the credentials are rejected"),
    Outcome.UNREACHABLE: (NOTE, "no answer"),
    Outcome.NOT_UNDERSTOOD: (NOTE, "the answer is not understood"),
    Outcome.SKIPPED: (NOTE, "not tested"),
}
# The same, where the cause says more than the outcome.
BY_CAUSE: Final[Mapping[str, str]] = {
    Cause.LOGIN_REFUSED: "could not be tested",
    Cause.NOT_ENROLLED: "the credentials are accepted",
}


def ended(outcome: Outcome, reason: str, cause: str) -> str:
    """How a test ended, and why if that is known, as a clause without a full stop."""
    words = BY_CAUSE.get(cause, OUTCOMES[outcome][1])
    return f"{words}; {reason.rstrip('.')}" if reason else words


def way(probe: Probe, place: str) -> str:
    """Return where the credentials are tested, at the beginning of a sentence."""
    return "The state's service" if probe is Probe.TOMS else f"Through SchoolWise{_in_brackets(place)}"


def named(place: str) -> str:
    """Return a setting's name at the beginning of a sentence."""
    return "The district" if place == DISTRICT else place


def _in_brackets(place: str) -> str:
    return "" if not place else " (district)" if place == DISTRICT else f" ({place})"


def sentence(event: Event) -> tuple[Tone, str]:
    """Return what happened, without a full stop, and how good the news is."""
    detail, place = event.detail, event.place
    reason, what = in_todays_words(detail.get("reason", "")), in_todays_words(detail.get("what", ""))
    vendor, username, to = (detail.get(name, "") for name in ("vendor", "username", "to"))
    if event.step is Step.PROVE and event.outcome in TEST_OUTCOMES:
        tested = way(Probe.TOMS if detail.get("probe") == Probe.TOMS else Probe.PORTAL, place)
        return OUTCOMES[event.outcome][0], f"{tested}: {ended(event.outcome, reason, detail.get('cause', ''))}"
    setting = "District setting in SchoolWise" if place == DISTRICT else f"Setting of {place} in SchoolWise"
    why = f": {reason}" if reason else ""
    holds = f"it holds credentials with the user name {username}" if username else "it holds no credentials"
    untested = "SchoolWise hides the key, so it is tested next"
    hidden = detail.get("seen") == "cannot_be_seen"  # the page shows stars, so a save cannot be read back
    match event.step, event.outcome:
        case Step.PREPARE, Outcome.CHECKED:
            return GOOD, f"{what[:1].upper()}{what[1:]}{_in_brackets(place)}"
        case Step.PREPARE, Outcome.COMPARED:
            return GOOD, f"{setting} read: {holds}"
        case Step.PREPARE, Outcome.DRIFTED:
            replaced = ", and is replaced" if detail.get("replace") == "yes" else ""
            return BAD, f"{setting} was changed by somebody else: {holds}{replaced}"
        case Step.PREPARE, Outcome.WARNED if what:
            return NOTE, f"{what[:1].upper()}{what[1:]}{why}"
        case Step.PREPARE, Outcome.WARNED:
            return NOTE, f"These systems stop working until they get the new credentials: {detail.get('vendors', '')}"
        case Step.PREPARE, Outcome.PREPARED:
            return UNTOLD, "Ready to generate"
        case Step.MINT, Outcome.ASKED:
            return UNTOLD, "Asked to generate in TOMS"
        case Step.STORE, Outcome.HELD:
            return BAD, f"New credentials not stored{why}"
        case Step.STORE, Outcome.STORED:
            return GOOD, "Day of generation recorded" if "dated" in detail else "New credentials stored and read back"
        case Step.WRITE, Outcome.WRITTEN:
            return GOOD, f"{setting} saved. {untested}" if hidden else f"{setting} saved and read back"
        case Step.WRITE, Outcome.SKIPPED:
            held = f"was saved before. {untested}" if hidden else "has the new credentials already"
            return GOOD, f"{setting} {held}"
        case Step.WRITE, Outcome.LEFT:
            return NOTE, f"{setting} left alone{why}"
        case Step.WRITE, Outcome.UNCONFIRMED:
            return NOTE, f"{setting}: SchoolWise did not confirm the save, so it is tested next{why}"
        case Step.WRITE, Outcome.FAILED:
            return BAD, f"{setting} not updated{why}"
        case Step.WRITE, Outcome.NOT_CONFIRMED:
            return BAD, f"{setting} not updated{why}. To confirm its fields: ssrcred portal confirm"
        case Step.WRITE, Outcome.PAGE_CHANGED:
            return BAD, f"{setting} not updated: the page has changed since it was confirmed{why}"
        case Step.FINISH, Outcome.POINTED:
            if detail.get("proved") == "no":
                return NOTE, "New credentials in use, not tested"
            return GOOD, "New credentials in use"
        case Step.FINISH, Outcome.RETIRED:
            return GOOD, "Old credentials deleted"
        case Step.FINISH, Outcome.FINISHED:
            return GOOD, "Rotation finished"
        case Step.FINISH, Outcome.OPENED:
            return NOTE, f"{vendor} does not work until it gets the new credentials"
        case Step.ABANDON, Outcome.ABANDONED:
            return NOTE, f"Rotation canceled{why}"
        case Step.CLEAR, Outcome.CLEARED:
            return GOOD, f"{setting} cleared: it uses the district's credentials"
        case Step.CLEAR, Outcome.FAILED:
            return BAD, f"{setting} not cleared{why}"
        case Step.HANDOVER, Outcome.SEALED if "opened_by" in detail:
            return GOOD, f"Credentials encrypted for {vendor}, with a passphrase that is not stored"
        case Step.HANDOVER, Outcome.SEALED:
            return GOOD, f"Credentials encrypted: only {vendor} can open the file"
        case Step.HANDOVER, Outcome.CLOSED:
            return GOOD, f"{vendor} has the new credentials"
        case Step.LEA, Outcome.RENAMED if "from" in detail:
            return GOOD, f"Renamed from {detail['from']}, whose history goes on here"
        case Step.LEA, Outcome.RENAMED if "to" in detail:
            return GOOD, f"Renamed to {detail['to']}, where the history goes on"
        case Step.LEA, Outcome.REMOVED:
            fate = "deleted" if detail.get("credentials") == "deleted" else "still stored"
            return NOTE, f"Removed from config.toml; credentials and passwords {fate}"
        case Step.TELL, Outcome.TOLD:
            return GOOD, f"Told {to}: {NEWS.get(detail.get('news', ''), 'something else')}"
        case Step.TELL, Outcome.SHOWN:
            return NOTE, f"Not told: {to}, as no mail server is set up; the text to send was shown"
        case Step.TELL, Outcome.FAILED:
            return BAD, f"Not told: {to}{why}"
        case _:  # of another version, perhaps
            words = event.outcome.value.replace("_", " ")
            return UNTOLD, f"{event.step.value}: {words}{_in_brackets(place)}{why}"


# Details that the sentence says already.
MEANT: Final = frozenset(
    {
        *("what", "reason", "vendor", "vendors", "seen", "proved", "probe", "replace", "dated", "undated", "generated"),
        *("from", "to", "credentials", "news", "opened_by"),
        # What a script reads apart, and a person in the words of a test's reason.
        *(
            "first",
            "asked",
            "content_type",
            "size",
            "looks_like_pdf",
            "year",
            "type",
            "taken",
            "cause",
            "status",
            "reports",
        ),
    }
)
NAMES: Final = {
    "username": "user name",
    "digits": "check digits",
    "recipient": "for the key",
    "length": "characters of the key:",
}
SLOT: Final = re.compile(r"pair-0*(\d+)")


def entry(event: Event) -> str:
    """What the history shows of an event beside when, by whom and for which LEA: what happened, then every fact."""
    told = [sentence(event)[1]]
    for key, value in event.detail.items():
        if key == "generated_at" and value:
            told.append(f"generated on {local_moment(datetime.fromisoformat(value), 'UTC', short=True)}")
        elif key == "slot" and value:
            number = SLOT.fullmatch(value)
            told.append(f"credentials no. {number[1]}" if number else f"slot {value}")
        elif value and key not in MEANT and not (key == "username" and value in told[0]):
            told.append(f"{NAMES.get(key, key.replace('_', ' '))} {value}")
    return " · ".join(told)


# Words of events as they were recorded, and those that are shown in their place: stored rows are never changed.
OLD_WORDS: Final = tuple(  # whole phrases first: the single words at the end would break them
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


def in_todays_words(text: str) -> str:
    """Return words that were recorded as they are shown today."""
    for pattern, words in OLD_WORDS:
        text = pattern.sub(words, text)
    return text.rstrip(".")

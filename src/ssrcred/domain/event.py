"""One thing that happened, in a form that can be recorded, shown and sent: it has no secret in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final


class Step(StrEnum):
    """The steps of the rotation protocol (design.md), and the work beside it."""

    PREPARE = "prepare"
    MINT = "mint"
    STORE = "store"
    WRITE = "write"
    PROVE = "prove"
    FINISH = "finish"
    ABANDON = "abandon"
    CLEAR = "clear"
    HANDOVER = "handover"
    LEA = "lea"
    TELL = "tell"


class Outcome(StrEnum):
    """What happened in a step, or how a test of the credentials ended: past participles."""

    CHECKED = "checked"  # prepare: something that could fail did not
    COMPARED = "compared"  # prepare: a place was read and is as we left it, or was never ours
    DRIFTED = "drifted"  # prepare: a place holds somebody else's credentials
    WARNED = "warned"  # prepare: the systems that will stop working were named
    PREPARED = "prepared"  # prepare is over; a slot is chosen; the person may generate
    ASKED = "asked"  # mint: the person was asked to generate and has not answered yet
    HELD = "held"  # store: the keyring failed; the credentials are only in this process or in an emergency file
    STORED = "stored"
    WRITTEN = "written"
    SKIPPED = "skipped"  # write: it already holds them; prove: there is no way to test it
    LEFT = "left"  # write: it holds credentials that are not ours to replace
    UNCONFIRMED = "unconfirmed"  # write: the save was not confirmed, and the page does not show the key
    FAILED = "failed"
    NOT_CONFIRMED = "not_confirmed"  # write: nobody has confirmed these settings
    PAGE_CHANGED = "page_changed"  # write: the page is not as it was confirmed
    PROVED = "proved"  # test: the report itself was fetched and looks like one
    ACCEPTED = "accepted"  # test: a token only: there is no test SSID
    REFUSED = "refused"  # test: the service rejects the credentials
    NO_REPORT = "no_report"  # test: they are accepted; this student has no report
    UNREACHABLE = "unreachable"  # test: no answer
    NOT_UNDERSTOOD = "not_understood"  # test: an answer that says nothing of the credentials
    POINTED = "pointed"  # finish: the stored credentials are the current ones from here on
    RETIRED = "retired"  # finish: the slot before is deleted, and that was checked
    FINISHED = "finished"
    ABANDONED = "abandoned"
    CLEARED = "cleared"  # a school's own credentials were blanked
    OPENED = "opened"  # finish: a vendor is pending until it gets the new credentials
    SEALED = "sealed"  # handover: the current credentials were encrypted to a vendor's key, in a file
    CLOSED = "closed"  # handover: a person says that a vendor has the new credentials
    RENAMED = "renamed"  # lea: what is remembered goes on under another short name
    REMOVED = "removed"  # lea: it is no longer in config.toml
    TOLD = "told"  # tell: a message to a coordinator was sent
    SHOWN = "shown"  # tell: there is no way to send it, so a person was shown what to send


# Outcomes of a test that show that the service took the credentials.
WORKS: Final = frozenset({Outcome.PROVED, Outcome.ACCEPTED, Outcome.NO_REPORT})
# Every way in which a test can end.
TEST_OUTCOMES: Final = (
    *(Outcome.PROVED, Outcome.ACCEPTED, Outcome.REFUSED, Outcome.NO_REPORT, Outcome.UNREACHABLE),
    *(Outcome.NOT_UNDERSTOOD, Outcome.SKIPPED),
)


@dataclass(frozen=True)
class Event:
    """`step` and `outcome` say what happened, `place` where ("" when it is not about a place), `at` when (aware UTC).

    `detail` holds short plain facts for people and for the memory: slot names, dates, user names, reasons.
    Never a secret key, an SSID or a link.
    """

    step: Step
    outcome: Outcome
    at: datetime
    place: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Recorded:
    """One event as it was recorded: its `number` (from 1, over all LEAs), whose it is, and who ran the program."""

    number: int
    lea: str
    event: Event
    actor: str

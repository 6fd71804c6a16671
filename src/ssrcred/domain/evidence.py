"""What one probe saw, what a place shows, and the verdict that all of it together is (verdict.py reaches it)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from ssrcred.domain.errors import Cause
from ssrcred.domain.event import WORKS, Outcome
from ssrcred.domain.place import DISTRICT
from ssrcred.domain.report_kind import ListedReports

if TYPE_CHECKING:
    from ssrcred.domain.place import Difference


class Probe(StrEnum):
    """Which way credentials were tested."""

    TOMS = "toms"  # the state's SSR service, directly
    PORTAL = "portal"  # the button a parent presses


# The detail of a proof whose account could not sign in; it names no account, since a parent's is a person's.
LOG_IN_REFUSED: Final = "SchoolWise rejected the password of this account"


@dataclass(frozen=True)
class Proof:
    """What one probe saw at one moment (aware UTC). Never a student's name, SSID, link or report."""

    probe: Probe
    outcome: Outcome
    at: datetime
    place: str = ""  # for the portal: the place whose credentials the account's school uses
    detail: str = ""  # plain words: "a PDF of 14,211 bytes"; "HTTP status 401"
    asked: str = ""  # what was asked, in plain words: "a token, then the list of one student's reports"
    content_type: str = ""  # of the last answer: "application/pdf"
    size: int | None = None  # bytes of the last answer
    looks_like_pdf: bool | None = None  # None: nothing that could have been a report came
    year: str = ""  # of the report: "2025-26"
    type: str = ""  # of the report, in words that the API profile allows
    taken: bool = False  # the service gave a token or a list for the credentials, whatever became of the rest
    cause: Cause = Cause.UNKNOWN  # why there was no answer, or no report
    status: int | None = None  # the HTTP status by which a site said that it is down or busy
    reports: tuple[ListedReports, ...] = ()  # listed for the student, by kind

    @property
    def rejected_sign_in(self) -> bool:
        """Whether the portal rejected the sign-in of the account, which says nothing about the credentials."""
        return self.cause is Cause.LOGIN_REFUSED


class VerdictName(StrEnum):
    """What all probes together mean."""

    WORKING = "working"
    REFUSED = "refused"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    PORTAL_DIFFERS = "portal_differs"
    SCHOOL_DIFFERS = "school_differs"
    NO_REPORT = "no_report"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"


# What `verify` exits with (design.md, *Edges, decided*).
EXIT_CODES: Final = {
    **dict.fromkeys(VerdictName, 7),
    VerdictName.WORKING: 0,
    VerdictName.NO_REPORT: 0,
    VerdictName.UNREACHABLE: 8,
    VerdictName.UNKNOWN: 6,
}
# The exit code of a verdict that is good beside a sign-in that is rejected: it works, and somebody has to act.
BLOCKED: Final = 6


class Who(StrEnum):
    """Who can take the next step."""

    NOBODY = "nobody"  # nothing has to be done
    COORDINATOR = "coordinator"  # an LEA coordinator, CAASPP or ELPAC: only they can generate credentials in TOMS
    IT = "IT"  # whoever looks after ssrcred, and has office rights in the portal
    VENDOR = "vendor"  # the help desk of the portal's maker
    CALTAC = "CalTAC"  # the state's help desk


class Sure(StrEnum):
    """How sure a verdict is."""

    SURE = "sure"  # it was seen
    INFERRED = "inferred"  # it is the likeliest reading of what was seen
    OPEN = "open"  # nothing was seen that decides it


CLOSED: Final = (
    "Score reports are not available right now, because the district's access to them has to be renewed. "
    "Nothing is wrong with your account."
)
NOT_KNOWN: Final = (
    "We cannot tell yet why your score report does not open. We are looking into it and will call you back."
)
# The service's errors do not tell expired from wrong (domain.md, reported), so why it rejects is always inferred.
NO_REASON: Final = "the service does not say why it rejects them"


# The fields of a verdict that people read.
TEXTS: Final = ("headline", "details", "next", "command", "caller", "because")


@dataclass(frozen=True)
class Verdict:
    """One answer for a help desk; unless more is said, that of credentials which were rejected.

    `headline` is one plain sentence that stands first wherever the verdict is shown; `details` go on from it. `next` is
    the next step of the official ladder (domain.md), `command` what is typed for it, `who` can do it. `caller` can be
    read to whoever called, `because` says why it is as `sure` as it is. `blocked`: a sign-in is rejected, so that the
    next rotation would fail.
    """

    name: VerdictName
    headline: str
    details: str
    next: str
    command: str
    who: Who
    caller: str = CLOSED
    sure: Sure = Sure.INFERRED
    because: str = NO_REASON
    blocked: bool = False

    def with_texts(self, change: Callable[[str], str]) -> Verdict:
        """This verdict with every text for people changed so."""
        changed: dict[str, Any] = {name: change(getattr(self, name)) for name in TEXTS}
        return replace(self, **changed)

    @property
    def sentence(self) -> str:
        """What is the matter: the headline and the details."""
        return f"{self.headline} {self.details}".rstrip()

    @property
    def inferred(self) -> bool:
        """Whether it is a reading of what was seen, and not what was seen."""
        return self.sure is Sure.INFERRED

    @property
    def exit_code(self) -> int:
        """What `verify` exits with (design.md, *Edges, decided*)."""
        code = EXIT_CODES[self.name]
        return BLOCKED if code == 0 and self.blocked else code


class Shows(StrEnum):
    """What a place of the portal shows, compared with the credentials that are stored here."""

    OURS = "ours"  # the user name and the key, both to be seen, are ours
    SAME_USERNAME = "same_username"  # the user name is ours; the portal hides the key
    OTHER = "other"  # another user name, another key, or only one of them
    BLANK = "blank"  # nothing


@dataclass(frozen=True)
class Sight:
    """What one place showed to the office account. A school that uses the district's credentials has none."""

    place: str
    shows: Shows


@dataclass(frozen=True)
class Look:
    """A look at every place of the portal; `reason` says in words why there was none, or not of all ("" if there was).

    `no_portal`: none is set up. `cause` is that of a portal that could not be looked at, `inheriting` are the schools
    that use the district's credentials. Settings that are `unconfirmed`, or not as they were (`differences`), are not
    compared and have no sight.
    """

    sights: tuple[Sight, ...] = ()
    reason: str = ""
    cause: Cause = Cause.UNKNOWN
    inheriting: tuple[str, ...] = ()
    no_portal: bool = False
    unconfirmed: bool = False
    differences: tuple[Difference, ...] = ()

    def changed(self, place: str) -> bool:
        """Whether a place was not read because its page is not as it was confirmed."""
        return any(item.place == place or (not item.place and place != DISTRICT) for item in self.differences)

    def at(self, place: str) -> Shows | None:
        """What a place shows; None if it was not seen."""
        return next((sight.shows for sight in self.sights if sight.place == place), None)


@dataclass(frozen=True)
class Known:
    """What is known of the credentials besides the tests.

    `days_left` is None if unknown. `last_proved_at` (aware UTC) is None for credentials that never worked; that day is
    shown in `timezone`. `refused_again`: those before these were rejected too; `newer_refused`: newer ones were.
    `unwritten`: a portal is set up and these were never saved for its district from here. `waiting_since` (aware UTC):
    a rotation that began then has not stored its new credentials yet. `hosts` are those of the state's service and of
    the portal, by probe ("" or none: unknown).
    """

    days_left: int | None
    last_proved_at: datetime | None = None
    look: Look = Look()
    timezone: str = "UTC"
    refused_again: bool = False
    newer_refused: bool = False
    unwritten: bool = False
    waiting_since: datetime | None = None
    hosts: Mapping[Probe, str] = field(default_factory=dict)


class Evidence:
    """All that was seen: the proofs by what they say, the skipped ones left out, and what is known beside them."""

    def __init__(self, proofs: Sequence[Proof], known: Known) -> None:
        tried = [proof for proof in proofs if proof.outcome is not Outcome.SKIPPED]
        self.known = known
        self.tried = tried
        self.direct = [proof.outcome for proof in tried if proof.probe is Probe.TOMS]
        self._taken = any(proof.taken for proof in tried if proof.probe is Probe.TOMS)
        self.through = [proof for proof in tried if proof.probe is Probe.PORTAL]
        self.refused = [proof.place for proof in self.through if proof.outcome is Outcome.REFUSED]
        self.working = [proof.place for proof in self.through if proof.outcome in WORKS]
        self.unanswered = [
            proof for proof in self.through if proof.outcome not in WORKS and proof.outcome is not Outcome.REFUSED
        ]
        self.outcomes = {proof.outcome for proof in tried}

    @property
    def accepted_directly(self) -> bool:
        """Whether the state's service accepted the credentials, even if its report could not be read."""
        return Outcome.REFUSED not in self.direct and (self._taken or any(one in WORKS for one in self.direct))

    @property
    def shut_out(self) -> bool:
        """Whether every place without an answer is one where the parent's sign-in was rejected."""
        return bool(self.unanswered) and all(proof.rejected_sign_in for proof in self.unanswered)

    @property
    def blocked(self) -> bool:
        """Whether the next rotation would fail: it signs in to the portal before anybody is sent to TOMS."""
        return self.known.look.cause is Cause.LOGIN_REFUSED or any(proof.rejected_sign_in for proof in self.tried)

    @property
    def mostly_refused(self) -> bool:
        """Whether more schools use a place that is refused than one that works."""
        return self._schools(self.refused) > self._schools(self.working)

    def _schools(self, places: Sequence[str]) -> float:
        """How many schools use what these places hold; the district's setting is that of most, if nobody counted."""
        many = len(self.known.look.inheriting) or math.inf
        return sum(many if place == DISTRICT else 1 for place in places)

    @property
    def only_directly(self) -> bool:
        """Whether a portal is set up and nothing shows that parents get reports through it."""
        look = self.known.look
        portal = bool(look.sights) or bool(look.reason)
        return portal and not look.no_portal and not self.working and look.at(DISTRICT) is not Shows.OURS

    @property
    def over(self) -> bool:
        """Whether the credentials expire today or have expired."""
        return self.known.days_left is not None and self.known.days_left <= 0

    def shows(self, place: str) -> Shows | None:
        """Return what the place shows, or the district's if it uses those; None if nobody looked."""
        own = self.known.look.at(place)
        return own if own is not None or self.known.look.changed(place) else self.known.look.at(DISTRICT)

    def differing(self, places: Sequence[str]) -> list[str]:
        """Return those of the places that show other credentials than ours, or none."""
        return [place for place in places if self.shows(place) in (Shows.OTHER, Shows.BLANK)]

    @property
    def all_ours(self) -> bool:
        """Whether every place that is rejected shows our own user name and key."""
        return all(self.shows(place) is Shows.OURS for place in self.refused)

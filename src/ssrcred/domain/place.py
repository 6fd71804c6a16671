"""One setting that holds credentials: what it shows, whose they are, and what differs from what was confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from ssrcred.domain.credential import Credential, SecretKey, looks_like_key
from ssrcred.domain.event import Outcome

# The name of the district's own place; a school's place is named by the words the portal uses for the school.
DISTRICT: Final = "district"

UNSHOWN: Final = "(not shown: it looks like a key)"


class Kind(StrEnum):
    """Whose setting a place is."""

    DISTRICT = "district"
    SCHOOL = "school"


class KeySeen(StrEnum):
    """What a portal's page lets one see of the secret key that a place holds."""

    BLANK = "blank"  # the page says, by words or by both fields being empty, that none is stored
    HIDDEN = "hidden"  # one may be stored; the page shows nothing or stars
    CLEAR = "clear"  # the page shows it


@dataclass(frozen=True, eq=False)
class Reading:
    """What a place shows: `place` (its name), whose it is, the user name, and what is seen of the key."""

    place: str
    kind: Kind
    username: str
    key_seen: KeySeen
    key: SecretKey | None = None  # only when key_seen is CLEAR

    @property
    def shown(self) -> str:
        """The user name as it may be shown and recorded: somebody may have saved a key there by mistake."""
        return UNSHOWN if looks_like_key(self.username) else self.username

    @property
    def blank(self) -> bool:
        """Whether nothing is stored here; a school then uses the district's credentials (domain.md)."""
        return not self.username and self.key_seen is not KeySeen.CLEAR

    @property
    def inherits(self) -> bool:
        """Whether it is a school's that uses the district's credentials."""
        return self.blank and self.kind is Kind.SCHOOL


@dataclass(frozen=True)
class Extent:
    """Which schools a reading of the settings covers: whether none can be missing (`complete`), those that are `new`
    since the settings were confirmed, and names that several schools have (`twins`), which are not read.
    """

    complete: bool = False
    new: tuple[str, ...] = ()
    twins: tuple[str, ...] = ()


class Took(StrEnum):
    """What a place showed after a save."""

    TOOK = "took"
    DID_NOT_TAKE = "did_not_take"
    CANNOT_BE_SEEN = "cannot_be_seen"


@dataclass(frozen=True, eq=False)
class Saved:
    """The result of one save: what the place shows now, whether it took, and whether the portal answered the save.

    Not `answered` also where the answer was an error, could not be read or asked for another press, or where the place
    could not be read again: then the save is not confirmed.
    """

    reading: Reading
    took: Took
    answered: bool = True
    detail: str = ""  # plain words, without a secret: "SchoolWise changed the key: 16 of 20 characters"
    log_in_refused: bool = False  # the session had ended after the save, and the portal rejected the next sign-in


def told_by(before: Reading, after: Reading, credential: Credential | None) -> tuple[Took, str]:
    """Compare a place before and after a save, in words without a secret; `credential` is None for a clearing.

    A save took only where both the user name and the key are shown. A text that was in the key's field before the save
    too is not a key, nor is one that a page may have made from ours by escaping it wrongly.
    """
    if credential is None:
        if not after.blank:
            return Took.DID_NOT_TAKE, "it still has credentials"
        stays = after.key_seen is KeySeen.HIDDEN
        return (Took.DID_NOT_TAKE, "a key is still stored there") if stays else (Took.TOOK, "")
    # The user name shows also where the key is hidden, so it is looked at first.
    if after.username != credential.username:
        return Took.DID_NOT_TAKE, "it shows another user name"
    if after.key_seen is KeySeen.BLANK:
        return Took.DID_NOT_TAKE, "no key is stored there"
    shown, sent = after.key, credential.secret
    if shown is not None and shown.matches(sent):
        return Took.TOOK, ""
    stood = shown is not None and before.key is not None and before.key.matches(shown)
    if shown is None or stood or sent.may_show_as(shown):
        return Took.CANNOT_BE_SEEN, "SchoolWise hides the key"
    if len(shown) == len(sent):
        return Took.DID_NOT_TAKE, "it shows another key"
    return Took.DID_NOT_TAKE, f"SchoolWise changed the key: {len(shown)} of {len(sent)} characters"


class Holds(StrEnum):
    """Whose credentials a place holds, as far as the page and the ledger can tell."""

    OURS = "ours"
    OLD = "old"
    OTHER = "other"
    HIDDEN = "hidden"  # our user name; the key is not shown, and no test since the last save tells whose it is
    BLANK = "blank"


@dataclass(frozen=True)
class PlaceStanding:
    """The last thing that happened at a place: `outcome` at `at`.

    `slot` and `username` are what we last wrote there ("" for nothing), whatever was seen there since. `unsure`: to be
    written again, after a rejection or a save that was not confirmed. `confirmed`: the key was seen there or worked.
    """

    outcome: Outcome
    at: datetime
    slot: str
    username: str
    unsure: bool = False
    confirmed: bool = False


def holds(
    reading: Reading,
    ours: Credential | None,
    ours_slot: str | None,
    old: Credential | None,
    known_usernames: frozenset[str],
    last_write: PlaceStanding | None,
) -> Holds:
    """Return whose credentials the place holds.

    `ours` are those that every place should hold, stored in `ours_slot`; `old` those before; `known_usernames` other
    user names of the LEA, such as the one that the district's place holds. Where the page hides the key, the user name
    and the ledger decide: *ours* means that this slot was confirmed here and the user name is the same, *old* that
    another slot was, and *hidden* that nobody knows.
    """
    if reading.blank:
        return Holds.BLANK
    if reading.key is not None:
        if ours is not None and reading.username == ours.username and reading.key.matches(ours.secret):
            return Holds.OURS
        if old is not None and reading.username == old.username and reading.key.matches(old.secret):
            return Holds.OLD
        return Holds.OTHER
    if ours is not None and reading.username == ours.username:
        if reading.key_seen is KeySeen.BLANK:
            return Holds.OLD  # a user name without a key: it has to be written again
        if last_write is None or not last_write.confirmed or last_write.username != reading.username:
            return Holds.HIDDEN
        return Holds.OURS if last_write.slot == ours_slot else Holds.OLD
    if (old is not None and reading.username == old.username) or reading.username in known_usernames:
        return Holds.OLD
    return Holds.OTHER


def drifted(
    readings: tuple[Reading, ...], written: Mapping[str, PlaceStanding], ours: Mapping[str, Credential]
) -> tuple[str, ...]:
    """Return the places that we wrote and that show somebody else's credentials now; `ours` by slot.

    A place that is blank now is not drift: the school uses the district's again, or the district has none. Nor is one
    that shows older credentials of ours. Where the page hides the key, or ours are no longer stored, the rest decides.
    """
    changed = []
    for reading in readings:
        last, shown = written.get(reading.place), reading.username
        known = any(
            shown in ("", one.username) and (reading.key is None or reading.key.matches(one.secret))
            for one in ours.values()
        )
        if last is None or reading.blank or known:
            continue
        # Ours are known and are not there; or they are lost, and another user name shows it.
        if last.slot in ours or (last.username and shown not in ("", last.username)):
            changed.append(reading.place)
    return tuple(changed)


class What(StrEnum):
    """What differs (portal.md, *JSON*)."""

    WAY = "way"  # a link, tab or menu item that leads to the page
    WORDS = "words"  # the words that name the setting
    LABEL = "label"  # what a field is called
    FIELD = "field"  # a field's kind, or that it can be typed into
    FORM = "form"  # how and where the form is sent
    SAVE = "save"  # what saves
    CHOICE = "choice"  # a choice that says whose settings these are
    GROUP = "group"  # the list of schools


CALLED: Final = {
    What.WAY: "the way to the page",
    What.WORDS: "the words near the fields",
    What.LABEL: "the label of a field",
    What.FIELD: "a field",
    What.FORM: "where the page sends the fields",
    What.SAVE: "what saves the fields",
    What.CHOICE: "a choice",
    What.GROUP: "the list of schools",
}


@dataclass(frozen=True)
class Difference:
    """`place` is the setting ("" for the page as a whole); `was` and `is_now` are labels, never what a field holds."""

    place: str
    what: What
    was: str
    is_now: str

    @property
    def change(self) -> str:
        """What it was and what it is now, in words."""
        return f"{CALLED[self.what]} was {self.was}, is now {self.is_now}"

    def __str__(self) -> str:
        return {"": "", DISTRICT: "the district: "}.get(self.place, f"{self.place}: ") + self.change

    def as_json(self) -> dict[str, str]:
        """The keys that scripts rely on."""
        return {"place": self.place, "what": self.what.value, "was": self.was, "is": self.is_now}

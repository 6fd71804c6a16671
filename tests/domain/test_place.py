"""Whose pair a place holds, from what its page shows and what is remembered. All pairs made up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.event import Outcome
from ssrcred.domain.place import DISTRICT, Holds, KeySeen, Kind, PlaceStanding, Reading, Took, drifted, holds, told_by

GENERATED_AT = datetime(2025, 11, 21, tzinfo=UTC)
OURS = Credential("made_up", SecretKey("*MadeUp>()(OurKey01*"), GENERATED_AT)
OLD = Credential("made_up", SecretKey("*MadeUp>()(OldKey01*"), GENERATED_AT)
OLD_NAME = Credential("made_up_before", SecretKey("*MadeUp>()(OldKey01*"), GENERATED_AT)
WRITTEN = PlaceStanding(Outcome.WRITTEN, GENERATED_AT, "pair-0002", "made_up", confirmed=True)


def shown(username: str, key: str) -> Reading:
    """A place whose page shows its key."""
    return Reading("Made Up High", Kind.SCHOOL, username, KeySeen.CLEAR, SecretKey(key))


def hidden(username: str, seen: KeySeen = KeySeen.HIDDEN) -> Reading:
    """A place whose page shows no key."""
    return Reading(DISTRICT, Kind.DISTRICT, username, seen)


def held(reading: Reading, old: Credential | None = OLD, last_write: PlaceStanding | None = None) -> Holds:
    """Whose pair it holds when OURS is the newest, in slot pair-0002."""
    return holds(reading, OURS, "pair-0002", old, frozenset({"known"}), last_write)


def test_a_place_without_a_user_name_is_blank_unless_its_page_shows_a_key() -> None:
    assert held(hidden("")) is Holds.BLANK
    assert held(hidden("", KeySeen.BLANK)) is Holds.BLANK
    assert held(shown("", "MadeUp")) is Holds.OTHER
    assert not shown("", "MadeUp").blank


def test_a_key_that_is_shown_decides() -> None:
    assert held(shown("made_up", "*MadeUp>()(OurKey01*")) is Holds.OURS
    assert held(shown("made_up", "*MadeUp>()(OldKey01*"), last_write=WRITTEN) is Holds.OLD
    assert held(shown("made_up", "*MadeUp>()(OldKey01*"), old=None) is Holds.OTHER
    assert held(shown("somebody", "*MadeUp>()(OurKey01*")) is Holds.OTHER
    assert held(shown("made_up_before", "*MadeUp>()(OldKey01*"), old=OLD_NAME) is Holds.OLD
    assert held(shown("known", "MadeUp")) is Holds.OTHER


def test_a_hidden_key_is_ours_only_where_it_was_confirmed_since_we_wrote_it() -> None:
    assert held(hidden("made_up"), last_write=WRITTEN) is Holds.OURS
    assert (
        held(
            hidden("made_up"),
            last_write=replace(WRITTEN, slot="pair-0001"),
        )
        is Holds.OLD
    )
    assert held(hidden("made_up"), last_write=replace(WRITTEN, confirmed=False)) is Holds.HIDDEN
    assert held(hidden("made_up")) is Holds.HIDDEN
    assert held(hidden("made_up"), last_write=PlaceStanding(Outcome.LEFT, GENERATED_AT, "", "")) is Holds.HIDDEN


def test_a_user_name_without_a_key_is_not_our_pair() -> None:
    assert held(hidden("made_up", KeySeen.BLANK), last_write=WRITTEN) is Holds.OLD


def test_a_hidden_key_is_old_under_a_user_name_of_the_lea() -> None:
    assert held(hidden("made_up_before"), old=OLD_NAME) is Holds.OLD
    assert held(hidden("known"), old=None) is Holds.OLD
    assert held(hidden("somebody")) is Holds.OTHER


def test_before_the_first_pair_everything_is_other_or_blank() -> None:
    assert holds(hidden("somebody"), None, None, None, frozenset(), None) is Holds.OTHER
    assert holds(shown("somebody", "MadeUp"), None, None, None, frozenset(), None) is Holds.OTHER
    assert holds(hidden(""), None, None, None, frozenset(), None) is Holds.BLANK


@pytest.mark.parametrize(
    ("reading", "changed"),
    [
        (hidden("made_up"), False),
        (hidden("somebody"), True),
        (hidden(""), False),
        (Reading(DISTRICT, Kind.DISTRICT, "made_up", KeySeen.CLEAR, SecretKey("*MadeUp>()(OurKey01*")), False),
        (Reading(DISTRICT, Kind.DISTRICT, "made_up", KeySeen.CLEAR, SecretKey("*MadeUp>()(Else01*")), True),
    ],
)
def test_a_place_that_we_wrote_has_drifted_when_it_holds_another_pair(reading: Reading, changed: bool) -> None:
    found = drifted((reading,), {DISTRICT: WRITTEN}, {"pair-0002": OURS})
    assert found == ((DISTRICT,) if changed else ())


def test_a_place_that_we_never_wrote_has_not_drifted() -> None:
    assert drifted((hidden("somebody"),), {}, {}) == ()


def test_without_the_pair_that_was_written_the_user_name_decides() -> None:
    assert drifted((shown("made_up", "MadeUp"),), {"Made Up High": WRITTEN}, {}) == ()
    assert drifted((shown("somebody", "MadeUp"),), {"Made Up High": WRITTEN}, {}) == ("Made Up High",)


def _read(username: str, seen: KeySeen, key: str | None = None) -> Reading:
    return Reading(DISTRICT, Kind.DISTRICT, username, seen, SecretKey(key) if key is not None else None)


SENT = 'made-up&"new'


@pytest.mark.parametrize(
    ("before", "after", "took"),
    [
        (_read("old", KeySeen.HIDDEN), _read("new", KeySeen.CLEAR, SENT), Took.TOOK),
        (_read("new", KeySeen.CLEAR, SENT), _read("new", KeySeen.CLEAR, SENT), Took.TOOK),
        (_read("old", KeySeen.HIDDEN), _read("new", KeySeen.HIDDEN), Took.CANNOT_BE_SEEN),
        (_read("new", KeySeen.HIDDEN), _read("new", KeySeen.HIDDEN), Took.CANNOT_BE_SEEN),
        (_read("", KeySeen.BLANK), _read("new", KeySeen.HIDDEN), Took.CANNOT_BE_SEEN),
        (_read("old", KeySeen.HIDDEN), _read("old", KeySeen.HIDDEN), Took.DID_NOT_TAKE),
        (_read("old", KeySeen.HIDDEN), _read("new", KeySeen.BLANK), Took.DID_NOT_TAKE),
        (_read("old", KeySeen.CLEAR, "(unchanged)"), _read("new", KeySeen.CLEAR, "(unchanged)"), Took.CANNOT_BE_SEEN),
        (_read("new", KeySeen.CLEAR, "(unchanged)"), _read("new", KeySeen.CLEAR, "(set)"), Took.DID_NOT_TAKE),
        (_read("new", KeySeen.HIDDEN), _read("new", KeySeen.CLEAR, "made-up&"), Took.CANNOT_BE_SEEN),
        (_read("new", KeySeen.HIDDEN), _read("new", KeySeen.CLEAR, "made-up&amp;&quot;new"), Took.CANNOT_BE_SEEN),
        (_read("new", KeySeen.HIDDEN), _read("new", KeySeen.CLEAR, "made-up"), Took.DID_NOT_TAKE),
        (_read("new", KeySeen.HIDDEN), _read("new", KeySeen.CLEAR, ""), Took.DID_NOT_TAKE),
        (_read("new", KeySeen.HIDDEN), _read("new", KeySeen.CLEAR, 'made-up&"bad'), Took.DID_NOT_TAKE),
    ],
)
def test_a_save_took_only_where_both_halves_were_seen(before: Reading, after: Reading, took: Took) -> None:
    pair = Credential("new", SecretKey(SENT), datetime(2026, 11, 21, tzinfo=UTC))
    told = told_by(before, after, pair)
    assert told[0] is took
    assert took is not Took.CANNOT_BE_SEEN or told[1] == "SchoolWise hides the key"

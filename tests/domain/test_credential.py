"""A secret key cannot get out by accident, and days left are counted as a calendar counts them. All keys made up."""

from __future__ import annotations

import copy
import dataclasses
import json
import logging
import pickle
import traceback
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssrcred.adapters.terminal.captured_credentials import parse_days_left
from ssrcred.domain.credential import Credential, SecretKey, announced_digits
from ssrcred.domain.days_left import LIFETIME_DAYS, life, moment_of_generation
from ssrcred.practice.district import District

KEY = "*MadeUp>()(NotAKey1*"
ZONE = "America/Los_Angeles"
GENERATED_AT = datetime(2025, 11, 21, 17, 30, tzinfo=UTC)
MOMENT = st.datetimes(datetime(2015, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))


def days_left(now: datetime, generated_at: datetime, lifetime_days: int, zone: str) -> int:
    return life(now, generated_at, lifetime_days, zone)[0]


def expires_at(generated_at: datetime, lifetime_days: int, zone: str) -> datetime:
    return life(generated_at, generated_at, lifetime_days, zone)[1]


@pytest.mark.parametrize(
    "show",
    [
        str,
        repr,
        ascii,
        lambda key: f"{key}",
        lambda key: f"{key!r:>40}",
        lambda key: f"{key:s}",
        lambda key: "%s %r" % (key, key),  # noqa: UP031  the oldest way has to be safe too
        lambda key: "{}".format(key),  # noqa: UP032
        lambda key: repr([key]) + str({"key": key}),
        lambda key: repr(Credential("made_up", key, GENERATED_AT)),
    ],
)
def test_a_key_is_shown_by_its_length_alone(show: Callable[[SecretKey], str]) -> None:
    shown = show(SecretKey(KEY))
    assert "<secret key, 20 characters>" in shown
    assert "MadeUp" not in shown


@pytest.mark.parametrize(
    "use",
    [
        lambda key: key == SecretKey(KEY),
        lambda key: key != SecretKey(KEY),
        lambda key: key == KEY,
        lambda key: key in [SecretKey(KEY)],
        lambda key: sorted([key, SecretKey(KEY)]),
        lambda key: {key},
        lambda key: {key: 1},
        lambda key: key + "",
        lambda key: "".join([key]),
        lambda key: list(key),
        lambda key: key.encode(),
        lambda key: json.dumps(key),
        lambda key: pickle.dumps(key),
        lambda key: copy.copy(key),
        lambda key: copy.deepcopy(Credential("made_up", key, GENERATED_AT)),
        lambda key: dataclasses.asdict(Credential("made_up", key, GENERATED_AT)),
        lambda key: vars(key),
    ],
)
def test_a_key_cannot_be_compared_copied_or_written_by_accident(use: Callable[[SecretKey], object]) -> None:
    with pytest.raises((TypeError, AttributeError)) as caught:
        use(SecretKey(KEY))
    assert "MadeUp" not in "".join(traceback.format_exception(caught.value, limit=0))


def test_a_key_in_a_log_line_is_its_length(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("made up").warning("%s %r", SecretKey(KEY), SecretKey(KEY))
    assert "MadeUp" not in caplog.text


def test_a_key_knows_whether_it_is_empty_and_how_long_it_is() -> None:
    assert not SecretKey("")
    assert SecretKey(KEY)
    assert len(SecretKey(KEY)) == 20
    assert len(SecretKey(KEY).reveal()) == 20


@given(st.text(), st.text())
def test_keys_match_when_their_texts_are_equal(one: str, other: str) -> None:
    assert SecretKey(one).matches(SecretKey(one))
    assert SecretKey(one).matches(SecretKey(other)) == (one == other)


def test_a_broken_character_matches_no_other() -> None:
    assert not SecretKey("\ud800").matches(SecretKey("?"))
    assert not SecretKey("\ud800").matches(SecretKey("\ud801"))


def test_pairs_match_when_both_halves_do_whenever_they_were_generated() -> None:
    pair = Credential("made_up", SecretKey(KEY), GENERATED_AT)
    assert pair.matches(Credential("made_up", SecretKey(KEY), GENERATED_AT + timedelta(days=1)))
    assert not pair.matches(Credential("other", SecretKey(KEY), GENERATED_AT))
    assert not pair.matches(Credential("made_up", SecretKey("other"), GENERATED_AT))


def test_check_digits_are_the_first_eight_of_sha_256_over_both_lines() -> None:
    # printf 'madeup-user\\n*MadeUp>()(NotAKey1*' | sha256sum | cut -c1-8
    assert Credential("madeup-user", SecretKey(KEY), GENERATED_AT).check_digits() == "1bb64514"


@given(
    st.text(st.characters(exclude_characters="\n")),
    st.text(),
    st.text(st.characters(exclude_characters="\n")),
    st.text(),
)
def test_check_digits_are_the_same_for_the_same_credentials_whenever_they_were_generated(
    username: str, key: str, other_username: str, other_key: str
) -> None:
    one, again = (Credential(username, SecretKey(key), at) for at in (GENERATED_AT, GENERATED_AT + timedelta(days=9)))
    other = Credential(other_username, SecretKey(other_key), GENERATED_AT)
    assert one.check_digits() == again.check_digits() == announced_digits(one.check_digits())
    assert one.matches(other) == (one.check_digits() == other.check_digits())


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("ab12cd34", "ab12cd34"),
        (" AB12 CD34\n", "ab12cd34"),
        ("ab12cd3", None),
        ("ab12cd345", None),
        ("ab12cd3g", None),
        ("\u0661b12cd34", None),
    ],
)
def test_announced_digits_are_read_as_people_write_them(written: str, digits: str | None) -> None:
    assert announced_digits(written) == digits


def test_a_pair_lapses_at_the_same_local_time_a_lifetime_later() -> None:
    assert expires_at(GENERATED_AT, 365, ZONE) == GENERATED_AT + timedelta(days=365)
    in_summer = datetime(2025, 7, 1, 17, 0, tzinfo=UTC)
    assert expires_at(in_summer, 184, ZONE) == datetime(2026, 1, 1, 18, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "left"),
    [
        (GENERATED_AT, 365),
        (datetime(2025, 11, 22, 7, 59, tzinfo=UTC), 365),
        (datetime(2025, 11, 22, 8, 0, tzinfo=UTC), 364),
        (datetime(2026, 11, 7, 20, 0, tzinfo=UTC), 14),
        (datetime(2026, 11, 21, 8, 0, tzinfo=UTC), 0),
        (datetime(2026, 11, 22, 7, 59, tzinfo=UTC), 0),
        (datetime(2026, 11, 22, 8, 0, tzinfo=UTC), -1),
    ],
)
def test_days_left_change_at_local_midnight(now: datetime, left: int) -> None:
    assert days_left(now, GENERATED_AT, LIFETIME_DAYS, ZONE) == left


@given(MOMENT, st.integers(0, 400), st.sampled_from([ZONE, "UTC", "Pacific/Honolulu", "America/Santiago"]))
def test_a_pair_is_never_over_while_days_are_left(generated_at: datetime, days: int, zone: str) -> None:
    end = expires_at(generated_at, days, zone)
    assert days_left(end, generated_at, days, zone) == 0
    assert days_left(generated_at, generated_at, days, zone) == days


@given(MOMENT, st.integers(0, 365))
def test_the_countdown_of_toms_is_given_back_as_it_was_read(now: datetime, left: int) -> None:
    today = now.astimezone(ZoneInfo(ZONE)).date()
    generated_at = moment_of_generation(parse_days_left(left, 365, today), now, ZONE)
    assert generated_at <= now
    assert days_left(now, generated_at, 365, ZONE) == left


def test_a_pair_of_today_was_generated_now_and_one_of_another_day_when_that_day_began() -> None:
    now = datetime(2025, 11, 22, 3, 0, tzinfo=UTC)
    assert moment_of_generation(date(2025, 11, 21), now, ZONE) == now
    assert moment_of_generation(date(2025, 11, 20), now, ZONE) == datetime(2025, 11, 20, 8, 0, tzinfo=UTC)


def local(day: date, clock: time, zone: str = ZONE) -> datetime:
    return datetime.combine(day, clock, ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize("lifetime_days", [365, 90])
@pytest.mark.parametrize(
    "generated_on",
    [
        date(2025, 11, 21),
        date(2026, 3, 8),  # clocks go forward on this day, and back on the last but twenty
        date(2025, 11, 2),  # clocks go back on this day
        date(2027, 3, 14),  # a year with 29 February in it
        date(2028, 2, 29),
        date(2027, 12, 31),
    ],
)
def test_every_day_from_minus_two_to_two_more_than_a_life(generated_on: date, lifetime_days: int) -> None:
    clocks = (time(0, 0), time(1, 30), time(2, 30), time(12, 0), time(23, 59, 59))
    for generated_at in (local(generated_on, time(0, 0)), local(generated_on, time(17, 30))):
        # More than a life is left where the clock was set back since.
        for left in range(-2, lifetime_days + 3):
            today = generated_on + timedelta(days=lifetime_days - left)
            counted = {days_left(local(today, clock), generated_at, lifetime_days, ZONE) for clock in clocks}
            assert counted == {left}, (today, counted)


@pytest.mark.parametrize("day", [date(2026, 3, 8), date(2026, 11, 1), date(2028, 2, 29), date(2026, 7, 1)])
def test_midnight_in_greenwich_changes_nothing_and_midnight_here_one_day(day: date) -> None:
    second = timedelta(seconds=1)
    greenwich = datetime(day.year, day.month, day.day, tzinfo=UTC)
    for midnight, change in ((greenwich, 0), (local(day, time(0, 0)), 1)):
        before = days_left(midnight - second, GENERATED_AT, 365, ZONE)
        assert before - days_left(midnight, GENERATED_AT, 365, ZONE) == change


def test_a_life_over_both_changes_of_the_clock_ends_at_the_same_time_of_day() -> None:
    for generated_on in (date(2026, 3, 7), date(2026, 10, 31), date(2028, 2, 28)):
        generated_at = local(generated_on, time(17, 30))
        for lifetime_days in (1, 2, 90, 365):
            end = expires_at(generated_at, lifetime_days, ZONE).astimezone(ZoneInfo(ZONE))
            assert (end.date(), end.time()) == (generated_on + timedelta(days=lifetime_days), time(17, 30))


@given(MOMENT, st.floats(0, 365))
def test_no_countdown_that_rounds_up_shows_less_than_ours(generated_at: datetime, age: float) -> None:
    """The practice district rounds up, as the 365 just after a rotation suggests; ours is that number or one less.

    Less is on the safe side: the reminders that TOMS mails 14, 7, 3 and 1 days before are never ahead of ours.
    """
    now = generated_at + timedelta(days=age)
    district = District(clock=lambda: generated_at)
    district.generate()
    district.advance(days=age)
    theirs = district.days_left
    assert theirs is not None
    assert theirs - days_left(now, generated_at, 365, "UTC") in (0, 1)


@pytest.mark.parametrize(("shown", "may"), [("made-up", False), ("made-up<b", True), ("made-up<b\"c'd", True)])
def test_only_a_quotation_mark_ends_a_value_that_a_page_did_not_escape(shown: str, may: bool) -> None:
    """A portal that strips what looks like a tag stored another key; that is no way of showing this one."""
    assert SecretKey("made-up<b\"c'd").may_show_as(SecretKey(shown)) is may

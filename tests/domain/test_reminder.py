"""What is due, for whom and when: every day of a pair's life, and the mornings that are odd."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pretend import START
from ssrcred.domain.event import Outcome
from ssrcred.domain.lea_status import Condition, condition
from ssrcred.domain.reminder import Concern, Told, after, concerns, due, in_state_since, reached, waiting
from ssrcred.domain.rotation_day import Span, rotation_day
from ssrcred.domain.standing import Handover, Rotation, Standing, Tried

DAYS = (60, 30, 14, 7, 3, 1)
ZONE = "America/Los_Angeles"
RENEWED = Standing(current="pair-0001", generated_at=START, slots_used=1)


def at(days_left: float) -> datetime:
    """The moment that leaves so many days."""
    return START + timedelta(days=365 - days_left)


def lea(standing: Standing, now: datetime) -> Condition:
    return condition("lincoln", "Made-up LEA", 365, ZONE, standing, now)


def mornings(days_left: list[float], *, told: Told | None = None, standing: Standing = RENEWED) -> list[float]:
    """Run the job on each of these days; gives those on which something was sent."""
    known, sent = told or Told(), []
    for days in days_left:
        now = at(days)
        here = lea(standing, now)
        if due(here, DAYS, known, now):
            sent.append(days)
            known = Told.from_json(after(here, DAYS, known, now).to_json())
    return sent


def test_each_threshold_is_said_once_however_often_the_job_runs() -> None:
    every_quarter = [days / 4 for days in range(1460, 3, -1)]
    # Half a day more, because a pair that was made at noon has its days counted from midnight.
    assert mornings(every_quarter) == [60.5, 30.5, 14.5, 7.5, 3.5, 1.5]


@pytest.mark.parametrize("off", range(1, 60))
def test_a_machine_that_was_off_makes_up_for_the_newest_threshold_only(off: int) -> None:
    assert mornings([65, float(off), off - 0.25]) == [off]


def test_once_expired_it_is_said_every_day_and_not_on_the_last_one() -> None:
    assert mornings([1, 0, -1, -1.2, -2, -30], told=Told()) == [1, -1, -2, -30]


def test_a_new_pair_opens_every_threshold_again_and_silences_the_old() -> None:
    now = at(1)
    told = after(lea(RENEWED, now), DAYS, Told(), now)
    assert told.threshold == 1
    renewed = replace(RENEWED, current="pair-0002", generated_at=at(1), slots_used=2)
    assert not due(lea(renewed, now), DAYS, told, now)
    later = at(1) + timedelta(days=305)
    assert due(lea(renewed, later), DAYS, told, later) == (Concern.EXPIRING,)


def test_a_message_about_something_else_does_not_carry_the_old_threshold_to_the_new_pair() -> None:
    told = after(lea(RENEWED, at(1)), DAYS, Told(), at(1))
    refused = replace(RENEWED, current="pair-0002", generated_at=at(1), tried={"toms": Tried(Outcome.REFUSED, at(1))})
    told = after(lea(refused, at(0)), DAYS, told, at(0))
    assert told.threshold is None
    later = at(1) + timedelta(days=305)
    assert Concern.EXPIRING in due(lea(refused, later), DAYS, told, later)


def test_a_pair_that_is_dated_anew_is_another() -> None:
    now = at(1)
    told = after(lea(RENEWED, now), DAYS, Told(), now)
    corrected = replace(RENEWED, generated_at=START + timedelta(days=20))
    assert due(lea(corrected, now), DAYS, told, now) == (Concern.EXPIRING,)


def test_a_clock_that_was_set_back_repeats_no_threshold_and_keeps_no_day_silent() -> None:
    assert mornings([7, 20, 14, 6, 3]) == [7, 3]
    assert mornings([-10, -2]) == [-10, -2]


def test_settings_that_were_changed_are_made_up_once() -> None:
    now = at(40)
    told = after(lea(RENEWED, now), DAYS, Told(), now)
    assert due(lea(RENEWED, now), (60, 45), told, now) == (Concern.EXPIRING,)
    assert not due(lea(RENEWED, now), (60, 50, 10), Told(told.pair, 50), now)
    assert concerns(lea(RENEWED, now), (), now) == ()
    assert concerns(lea(RENEWED, at(-1)), (), at(-1)) == (Concern.EXPIRED,)


def test_a_rotation_is_left_in_peace_for_an_hour_and_then_said_every_day() -> None:
    under_way = replace(RENEWED, rotation=Rotation("pair-0002", Outcome.STORED, START, START))
    for minutes, expected in ((0, ()), (59, ()), (60, (Concern.UNFINISHED,))):
        now = START + timedelta(minutes=minutes)
        assert due(lea(under_way, now), DAYS, Told(), now) == expected
    assert mornings([364, 363.9, 363, 362], standing=under_way) == [364, 363, 362]


def test_a_refusal_is_said_every_day_and_first() -> None:
    refused = replace(RENEWED, tried={"toms": Tried(Outcome.REFUSED, START)})
    assert concerns(lea(refused, at(-1)), DAYS, at(-1)) == (Concern.REFUSED, Concern.EXPIRED)
    assert mornings([300, 299.9, 299], standing=refused) == [300, 299]


def test_without_a_pair_it_is_said_once_and_not_while_one_is_being_made() -> None:
    assert mornings([300, 200, 100], standing=Standing()) == [300]
    first = Standing(rotation=Rotation("pair-0001", Outcome.PREPARED, START))
    assert concerns(lea(first, at(364)), DAYS, at(364)) == (Concern.UNFINISHED,)


def test_the_day_is_the_leas_own() -> None:
    zone = ZoneInfo(ZONE)
    here = lea(RENEWED, at(-3))
    evening = datetime(2027, 11, 24, 23, 30, tzinfo=zone)
    told = after(here, DAYS, Told(), evening)
    assert not due(here, DAYS, told, evening + timedelta(minutes=20))
    assert due(here, DAYS, told, evening + timedelta(minutes=40)) == (Concern.EXPIRED,)


@pytest.mark.parametrize(
    "record", [{}, {"pair": 1, "threshold": 7, "days": {}}, {"pair": "p", "threshold": "7", "days": {}}, {"days": 3}]
)
def test_a_record_that_cannot_be_read_counts_as_nothing_told(record: dict[str, object]) -> None:
    assert Told.from_json(record) == Told() == Told.from_json(None)


@pytest.mark.parametrize(("days_left", "newest"), [(61, None), (60, 60), (31, 60), (30, 30), (1, 1), (0, 1)])
def test_the_newest_threshold_counts(days_left: int, newest: int | None) -> None:
    assert reached(days_left, DAYS) == newest


LAST = date(2027, 11, 21)  # a Sunday


def test_the_proposed_day_leaves_a_margin_and_has_a_working_day_after_it() -> None:
    assert rotation_day(LAST, date(2027, 1, 1), ()) == date(2027, 11, 4)  # 7 November is a Sunday, 4 a Thursday


def test_it_keeps_out_of_the_weeks_that_are_busy() -> None:
    busy = (Span("2027-10-25", "2027-11-05"), Span("10-11", "10-21"))
    assert rotation_day(LAST, date(2027, 1, 1), busy[:1]) == date(2027, 10, 21)
    assert rotation_day(LAST, date(2027, 1, 1), busy) == date(2027, 10, 7)


def test_where_every_day_before_is_busy_it_takes_one_after_the_margin() -> None:
    assert rotation_day(LAST, date(2027, 1, 1), [Span("2027-01-01", "2027-11-10")]) == date(2027, 11, 11)
    assert rotation_day(LAST, date(2027, 1, 1), [Span("01-01", "12-31")]) is None


def test_a_day_that_has_passed_is_not_proposed() -> None:
    assert rotation_day(LAST, date(2027, 11, 12), ()) == date(2027, 11, 15)
    assert rotation_day(LAST, date(2027, 11, 19), ()) == date(2027, 11, 19)  # a Friday, and the weekend after it
    assert rotation_day(LAST, date(2028, 1, 1), ()) is None


@pytest.mark.parametrize(
    ("day", "covered"), [(date(2027, 12, 17), False), (date(2027, 12, 18), True), (date(2028, 1, 8), True),
                         (date(2028, 1, 9), False), (date(2030, 12, 31), True)]
)  # fmt: skip
def test_a_span_of_every_year_may_go_over_new_year(day: date, covered: bool) -> None:
    assert Span("12-18", "01-08").covers(day) == covered


# Hand-overs

WAITING = replace(RENEWED, handovers={"SIRAS": Handover(START, "pair-0001")})


def test_an_open_hand_over_is_said_from_the_next_day_on_and_then_weekly() -> None:
    every_quarter = [365 - quarter / 4 for quarter in range(4 * 23)]
    # START is at noon where the LEA is, so the next day begins half a day later.
    assert [365 - days for days in mornings(every_quarter, standing=WAITING)] == [0.5, 7.5, 14.5, 21.5]


def test_a_hand_over_that_is_done_is_not_said_again() -> None:
    now = START + timedelta(days=8)
    told = after(lea(WAITING, START + timedelta(days=1)), DAYS, Told(), START + timedelta(days=1))
    assert due(lea(WAITING, now), DAYS, told, now) == (Concern.HANDOVER,)
    assert not due(lea(RENEWED, now), DAYS, told, now)


def test_what_was_said_of_the_hand_overs_of_an_older_pair_silences_none_of_the_new_one() -> None:
    said = START + timedelta(days=2)
    told = after(lea(WAITING, said), DAYS, Told(), said)
    again = START + timedelta(days=3)
    newer = replace(WAITING, current="pair-0002", generated_at=again, handovers={"SIRAS": Handover(again, "pair-0002")})
    refused = replace(newer, tried={"toms": Tried(Outcome.REFUSED, again)})
    told = after(lea(refused, again), DAYS, told, again)  # a message on the same day, of something else
    assert Concern.HANDOVER not in told.days
    later = again + timedelta(days=1)
    assert due(lea(newer, later), DAYS, told, later) == (Concern.HANDOVER,)


def test_a_clock_that_was_wrong_keeps_no_hand_over_silent() -> None:
    ahead, now = START + timedelta(days=300), START + timedelta(days=2)
    told = after(lea(WAITING, ahead), DAYS, Told(), ahead)
    assert Concern.HANDOVER in due(lea(WAITING, now), DAYS, told, now)


def test_an_expiry_is_worse_than_an_open_hand_over_and_nothing_is_not() -> None:
    assert concerns(lea(WAITING, at(5)), DAYS, at(5)) == (Concern.EXPIRING, Concern.HANDOVER)
    assert waiting(lea(WAITING, START), START) == ()


def test_a_hand_over_of_a_new_pair_does_not_wait_for_the_week_of_the_old_one() -> None:
    said = START + timedelta(days=2)
    told = after(lea(WAITING, said), DAYS, Told(), said)
    again, now = START + timedelta(days=3), START + timedelta(days=4)
    newer = replace(WAITING, current="pair-0002", generated_at=again, handovers={"SIRAS": Handover(again, "pair-0002")})
    assert not due(lea(WAITING, now), DAYS, told, now)
    assert due(lea(newer, now), DAYS, told, now) == (Concern.HANDOVER,)


def test_a_rejected_sign_in_is_said_once_a_week_although_all_else_is_fine() -> None:
    sent, known = [], Told()
    for day in range(30):
        now = at(300 - day)
        here = lea(RENEWED, now)
        here.rejected = ("schoolwise",) if day >= 2 else ()
        if found := due(here, DAYS, known, now):
            assert found == (Concern.SIGN_IN,)
            sent.append(day)
            known = Told.from_json(after(here, DAYS, known, now).to_json())
    assert sent == [2, 9, 16, 23]


def test_an_lea_is_in_its_state_since_the_event_or_the_day_that_brought_it_there() -> None:
    now, day = at(300), timedelta(days=1)
    tried = {"toms": Tried(Outcome.REFUSED, now - 2 * day), "district": Tried(Outcome.REFUSED, now - day)}
    begun = Standing(rotation=Rotation("pair-0001", Outcome.STORED, now - 3 * day, now - day))
    pending = {"SIRAS": Handover(now - 9 * day, "pair-0001"), "CERS": Handover(now - 8 * day, "pair-0001")}
    ends = condition("lincoln", "Made-up LEA", 365, ZONE, RENEWED, now).expires_at
    assert ends is not None
    for standing, moment, since in (
        (replace(RENEWED, tried=tried), now, now - day),
        (begun, now, now - 3 * day),
        (replace(RENEWED, handovers=pending), now, now - 9 * day),
        (RENEWED, at(-3), ends),
        (RENEWED, at(20), ends - 21 * day),
        (RENEWED, at(50), ends - 60 * day),
        (RENEWED, now, None),
        (Standing(), now, None),
    ):
        assert in_state_since(lea(standing, moment)) == since


def test_a_rotation_that_was_just_begun_is_no_reason_for_a_mail_but_is_open() -> None:
    begun = Standing(rotation=Rotation("pair-0001", Outcome.STORED, START, START))
    now = START + timedelta(minutes=5)
    assert concerns(lea(begun, now), DAYS, now) == ()
    assert concerns(lea(begun, now), DAYS, now, timedelta()) == (Concern.UNFINISHED,)

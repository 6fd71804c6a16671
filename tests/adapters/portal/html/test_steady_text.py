"""What changes by itself is left out of the words that have to be there next year."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssrcred.adapters.portal.html.text_comparison import alike, fingerprint, has_moment, steady


@pytest.mark.parametrize(
    ("then", "now"),
    [
        ("CAASPP Credentials 2026-27", "CAASPP Credentials 2027-28"),
        ("Options (2026\u20132027)", "Options (2027\u20132028)"),
        ("District options, November 30, 2026", "District options, December 1, 2027"),
        ("Schools (12)", "schools (13)"),
        ("Credentials as of 11/30/2026 10:32 AM", "Credentials as of 1/2/2027 9:05 PM"),
    ],
)
def test_dates_years_and_counts_make_no_difference(then: str, now: str) -> None:
    assert alike(then, now)
    assert fingerprint([then]) == fingerprint([now])


@pytest.mark.parametrize(("one", "other"), [("School 12", "School 13"), ("Test", "Production"), ("PS 20", "PS 21")])
def test_numbers_that_name_something_do(one: str, other: str) -> None:
    assert not alike(one, other)


def test_a_text_with_a_date_tells_when_and_a_school_year_does_not() -> None:
    assert has_moment("Last changed by Dana on 11/30/2026")
    assert not has_moment("CAASPP Credentials 2026-27")


@given(st.text())
def test_any_text_can_be_made_steady_and_stays_so(text: str) -> None:
    assert steady(steady(text)) == steady(text)

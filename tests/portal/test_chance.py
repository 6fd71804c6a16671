"""What looks made by chance or by the clock, and what is a word or a code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssrcred.portal.chance import looks_random
from ssrcred.portal.spot import parsed


@pytest.mark.parametrize("word", ["Save Changes", "ctl00$Main$btnSave", "19647330000000", "America/Los_Angeles"])
def test_words_and_codes_do_not_look_random(word: str) -> None:
    assert not looks_random(word)


@given(st.uuids().map(str) | st.binary(min_size=16, max_size=40).map(bytes.hex))
def test_what_is_drawn_by_lot_looks_random(text: str) -> None:
    assert looks_random(text) or text.isdigit() or len(set(text)) < 6


@pytest.mark.parametrize(
    "text",
    [
        *("bcdfghjklmnpqrstvwxzbcd", "a" * 30, "x1y2z3w4", "1767344400000", "aBcDeFgHiJkLmNoPqRsT"),
        *("deadbeef0042", "2026-01-02 09:00"),
    ],
)
def test_letters_without_words_hashes_and_moments_look_random(text: str) -> None:
    assert looks_random(text)


def test_json_that_is_nested_too_deep_is_none() -> None:
    assert parsed("[" * 100_000) is None

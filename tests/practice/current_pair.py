"""The pair of a practice district that has one, for tests that are about its halves."""

from __future__ import annotations

from ssrcred.practice import Pair, Practice


def current_pair(practice: Practice) -> Pair:
    """The pair that was generated last; a district without one fails the test."""
    assert practice.pair is not None
    return practice.pair

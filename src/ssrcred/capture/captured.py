"""What every way of capturing ends in: one checked pair."""

from __future__ import annotations

from dataclasses import dataclass

from ssrcred.credential import SecretKey


@dataclass(frozen=True, eq=False)
class Captured:
    """A new pair as it was given, cleaned and checked; `typed` when a person may have typed it by hand."""

    username: str
    secret: SecretKey
    typed: bool

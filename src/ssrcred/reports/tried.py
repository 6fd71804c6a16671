"""What a search for the shape of a service tells: each shape as it was tried, and what all of them came to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Ended(StrEnum):
    """How one shape ended."""

    NOT_THERE = "not_there"  # the path does not exist, so no pair was sent
    NOT_UNDERSTOOD = "not_understood"
    REFUSED = "refused"
    TOKEN = "token"  # noqa: S105  # a word, no password
    FOUND = "found"


@dataclass(frozen=True)
class Tried:
    """One shape, in words, and how it ended.

    `unseen`: the service says the same to somebody without a pair. Not `sure`: it says something else than to somebody
    without one, in words that are not understood, so it may be a refusal.
    """

    shape: str
    ended: Ended
    detail: str = ""
    unseen: bool = False
    sure: bool = True


@dataclass
class Result:
    """What a search came to: `tables` of the profile that worked, None without; `complete` when a list came too.

    `elsewhere` is the host that reports' links lead to when the profile does not name it; `enough` says that the search
    ended because no more requests had been promised.
    """

    tables: dict[str, Any] | None = None
    complete: bool = False
    refused: bool = False
    elsewhere: str = ""
    enough: bool = False
    requests: int = 0
    with_pair: int = 0

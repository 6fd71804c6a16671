"""What the coordinators of an LEA are told about a rotation, so that neither ends the other's credentials unnoticed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class News(StrEnum):
    """What there is to tell."""

    BEGINS = "begins"  # a person is about to generate new credentials
    OPEN = "open"  # it is not finished; `resume` goes on
    FINISHED = "finished"
    FAILED = "failed"  # it is closed, and its credentials are not in use
    STOPPED = "stopped"  # it is closed, and nothing was generated


# After these there is nothing more to tell; a failed rotation is followed by another one.
OVER: Final = frozenset({News.FINISHED, News.STOPPED})


@dataclass(frozen=True)
class Announced:
    """The last news about the rotation of a slot; `digits` are the check digits that were told of one left open."""

    slot: str
    news: News
    digits: str = ""

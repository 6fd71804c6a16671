"""What a test save came to: nothing was sent, and what would have been is compared with what a plain request sends."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What a test save came to (portal.md, *JSON*)."""

    SAME = "same"  # a form sends it as it stands on the page: plain requests may be used
    BROWSER_ONLY = "browser_only"
    REFUSED = "refused"
    NOTHING_SENT = "nothing_sent"
    NO_BROWSER = "no_browser"


@dataclass(frozen=True)
class Rehearsal:
    """What would leave: `changed` fields change, `unchanged` go back as they are, `asks` is what the page asks.

    `why` tells why the outcome is not `same`. `offers` are the messages and buttons that are new where nothing left;
    `early` is what the page sends of the texts by itself before save is pressed, as "POST /autosave".
    """

    outcome: Outcome
    why: str = ""
    changed: int = 0
    unchanged: int = 0
    asks: str = ""
    offers: tuple[str, ...] = ()
    early: tuple[str, ...] = ()

"""What every way of capturing ends in: checked credentials, and the day of their generation as a person gives it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from ssrcred.domain import paste_check
from ssrcred.domain.credential import SecretKey
from ssrcred.domain.errors import InputRefused


@dataclass(frozen=True, eq=False)
class Captured:
    """New credentials as they were given, cleaned and checked; `typed` when a person may have typed them by hand."""

    username: str
    secret: SecretKey
    typed: bool

    def remarks(self) -> tuple[str, ...]:
        """Sentences about what is unusual, and on look-alikes when it may have been typed; they quote no character."""
        key = self.secret.reveal()
        kinds = paste_check.look_alikes(key) if self.typed else ()
        # One line and no positions: most people paste, and where which character stands narrows the key down.
        typed = "If you typed the key instead of pasting it, compare it with the TOMS screen: it has"
        word = (f"{typed} {', or '.join(kind.words for kind in kinds)}.",) if kinds else ()
        return (*paste_check.warnings(self.username, key), *word)


def parse_days_left(days_left: int, lifetime_days: int, today: date) -> date:
    """The local day of generation, from the countdown on the TOMS screen; `today` is the LEA's local day."""
    if not 0 <= days_left <= lifetime_days:
        raise _refused(
            f"The days left are {days_left:,}; credentials have between 0 and {lifetime_days:,}.",
            "Type the number that the Credentials screen of TOMS shows.",
        )
    return today - timedelta(days=lifetime_days - days_left)


def parse_date(text: str, lifetime_days: int, today: date) -> date:
    """The local day of generation, typed as 2025-11-21: not after `today` (the LEA's local day), not already lapsed."""
    hint = f"Type the day on which Generate or Regenerate Credentials was clicked, like this: {today.isoformat()}."
    # fromisoformat alone would read 20251121 and week dates, too, which nobody types by intention.
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text.strip()):
        raise _refused("The date of generation is not in the form year-month-day.", hint)
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise _refused("The date of generation is not in the calendar.", hint) from None
    if day > today:
        raise _refused("The date of generation is in the future.", hint)
    if (today - day).days > lifetime_days:
        gone = f"The date of generation is more than {lifetime_days:,} days ago: those credentials have expired."
        raise _refused(gone, f"{hint} If the date is right, get new credentials: ssrcred rotate[lea]")
    return day


def _refused(message: str, hint: str) -> InputRefused:
    return InputRefused(message, state="Nothing was stored.", hint=hint)

"""The day on which a pair was generated, as a person gives it: by date, or by the countdown on the TOMS screen."""

from __future__ import annotations

import re
from datetime import date, timedelta

from ssrcred.errors import InputRefused


def parse_days_left(days_left: int, lifetime_days: int, today: date) -> date:
    """The local day of generation, from the countdown on the TOMS screen; `today` is the LEA's local day."""
    if not 0 <= days_left <= lifetime_days:
        raise InputRefused(
            f"The days left are {days_left:,}; a pair has between 0 and {lifetime_days:,}.",
            state="Nothing was stored.",
            hint="Type the number that the Credentials screen of TOMS shows.",
        )
    return today - timedelta(days=lifetime_days - days_left)


def parse_date(text: str, lifetime_days: int, today: date) -> date:
    """The local day of generation, typed as 2025-11-21: not after `today` (the LEA's local day), not already lapsed."""
    hint = f"Type the day of the click on Generate or Regenerate Credentials, like this: {today.isoformat()}."
    state = "Nothing was stored."
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text.strip()):
        raise InputRefused("The date of generation is not in the form year-month-day.", state=state, hint=hint)
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise InputRefused("The date of generation is not in the calendar.", state=state, hint=hint) from None
    if day > today:
        raise InputRefused("The date of generation is in the future.", state=state, hint=hint)
    if (today - day).days > lifetime_days:
        raise InputRefused(
            f"The date of generation is more than {lifetime_days:,} days ago: that pair has expired.",
            state=state,
            hint=f"{hint} If it really was then, make a new pair: ssrcred rotate.",
        )
    return day

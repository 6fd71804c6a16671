"""What the state knows about the practice district: the date, the one set of valid credentials, and the mail from TOMS.

From domain.md: one set of credentials per LEA, only the last generated are valid, for 365 days from generation.
Safe to use from any thread.
"""

from __future__ import annotations

import math
import string
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random

from ssrcred.practice import sample_data

Clock = Callable[[], datetime]
# A key has the reported length (2019) and the alphabet of the guide's example. Made up: that every one holds at least
# six characters that careless software breaks, so that a test never succeeds by luck.
LENGTH = 20
ALPHABET = string.ascii_letters + string.digits + string.punctuation
NASTY = "`'\"\\<&%+#$"
NASTY_EACH = 6
# Made up, with its format, and that it stays the same on regeneration unless `new_username_each_time`.
USERNAME = "lincoln_usd_1964733"
# Days before the end on which TOMS mails (domain.md); the words of the mails are made up.
REMINDERS = (14, 7, 3, 1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Pair:
    """A user name and a secret key; printing it doesn't print the key."""

    username: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Mail:
    """One message in the practice mailbox."""

    to: str
    subject: str
    text: str
    code: str
    sent_at: datetime


def day_text(moment: datetime) -> str:
    """A date as a coordinator reads it: November 21, 2025."""
    return f"{moment:%B} {moment.day}, {moment.year}"


def days_text(days: int) -> str:
    """A number of days in words: 1 day, 14 days."""
    return f"{days} day" if days == 1 else f"{days} days"


class District:
    """The state's side of one LEA."""

    def __init__(
        self,
        *,
        seed: int = 7,
        clock: Clock | None = None,
        lifetime_days: int = 365,
        new_username_each_time: bool = False,
    ) -> None:
        self.lock = threading.RLock()
        self.lifetime = timedelta(days=lifetime_days)
        self._clock = clock or partial(datetime.now, UTC)
        self._moved = timedelta()
        self._random = Random(seed)  # noqa: S311 - practice keys are meant to be repeatable
        self._renames = new_username_each_time
        self._pair: Pair | None = None
        self._generated_at: datetime | None = None
        self._sent: list[Mail] = []

    def now(self) -> datetime:
        """The practice date: the clock, plus what it was moved by."""
        with self.lock:
            return self._clock() + self._moved

    def advance(self, days: float = 0, minutes: float = 0) -> None:
        """Move the practice clock."""
        with self.lock:
            self._moved += timedelta(days=days, minutes=minutes)

    @property
    def pair(self) -> Pair | None:
        """The credentials generated last, expired or not."""
        return self._pair

    @property
    def expires_at(self) -> datetime | None:
        """When the current credentials expire."""
        with self.lock:
            return None if self._generated_at is None else self._generated_at + self.lifetime

    @property
    def days_left(self) -> int | None:
        """Days until the credentials expire, rounded up; 0 once they have; None when none were ever generated."""
        with self.lock:
            expires_at = self.expires_at
            # Made up: rounded up, so that it is 365 just after generating.
            return None if expires_at is None else max(0, math.ceil((expires_at - self.now()) / DAY))

    @property
    def announced(self) -> bool:
        """Whether MyTOMS Home carries the announcement: from 14 days before until regenerated."""
        days_left = self.days_left
        return days_left is not None and days_left <= max(REMINDERS)

    def generate(self, days_ago: float = 0) -> Pair:
        """Generate the new, only valid credentials: the click on *Yes, Generate Credentials*."""
        with self.lock:
            username = USERNAME + ("_" + "".join(self._random.choices(string.digits, k=4)) if self._renames else "")
            key = self._random.sample(NASTY, NASTY_EACH) + self._random.choices(ALPHABET, k=LENGTH - NASTY_EACH)
            self._random.shuffle(key)
            self._pair = Pair(username, "".join(key))
            self._generated_at = self.now() - timedelta(days=days_ago)
            return self._pair

    def accepts(self, username: str, secret: str) -> bool:
        """Whether the state accepts these credentials: the last generated, and not expired."""
        with self.lock:
            return self._pair == Pair(username, secret) and bool(self.days_left)

    def send(self, to: str, subject: str, text: str, code: str = "") -> None:
        """Put a message into the practice mailbox."""
        with self.lock:
            self._sent.append(Mail(to, subject, text, code, self.now()))

    def mails(self) -> list[Mail]:
        """The mailbox, newest first, with the reminders that are due by the practice date."""
        with self.lock:
            mails, expires_at, days_left = list(self._sent), self.expires_at, self.days_left
            # Not sent when they are due: the practice clock jumps over days.
            for days in REMINDERS:
                if expires_at is not None and days_left is not None and days_left <= days:
                    subject = f"TOMS: your credentials expire in {days_text(days)}"
                    text = "The credentials for releasing student data to vendors expire on "
                    text += f"{day_text(expires_at)}. Regenerate them in TOMS."
                    mails += [
                        Mail(account.username, subject, text, "", expires_at - days * DAY)
                        for account in sample_data.TOMS_ACCOUNTS
                    ]
            return sorted(mails, key=lambda mail: mail.sent_at, reverse=True)

"""A year in the life of one LEA: every message that anybody gets, in order, against a file that people can read.

UPDATE_TRANSCRIPTS=1 writes the file anew; then read what changed in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

import pytest

from adapters.notify.mailbox import Mailbox, mailbox
from cli.desk import Desk
from cli.test_cli_remind import DANA, ROLE, configure
from cli.test_cli_screens import compare

HERE = ZoneInfo("America/Los_Angeles")


class Year:
    """Somebody's diary beside a job that runs `ssrcred remind` every morning at seven."""

    def __init__(self, desk: Desk, box: Mailbox) -> None:
        self.desk = desk
        self.box = box
        self.lines: list[str] = []
        self.runs = 0

    def note(self, text: str) -> None:
        """What happened that is no message."""
        self.lines.append(f"{self._day()}  ({text})\n")

    def did(self, text: str, *words: str, code: int, given: str | Callable[[], str] = "") -> None:
        """Somebody ran a command."""
        ran = self.desk.run(*words, given=given)
        assert ran.code == code, ran.err
        self.note(text)

    def days(self, count: int) -> None:
        """So many mornings, with the job on each."""
        for _ in range(count):
            self.sleep(1)
            self.morning()

    def until(self, year: int, month: int, day: int) -> None:
        """Every morning up to this day, that one included."""
        self.days((datetime(year, month, day, tzinfo=HERE).date() - self.desk.at.astimezone(HERE).date()).days)

    def morning(self) -> None:
        """The job."""
        before = len(self.box.mails)
        ran = self.desk.run("remind")
        self.runs += 1
        if ran.code:
            shown = re.sub(r"port \d+", "port PORT", ran.err)
            said = "".join(f"    {line}\n" for line in shown.splitlines())
            self.lines.append(f"{self._day()}  The job ends with {ran.code} and says:\n\n{said}")
        fresh = self.box.mails[before:]
        for (title, _), same in groupby(fresh, key=lambda mail: (str(mail["Subject"]), mail.get_content())):
            mails = list(same)
            to = ", ".join(str(mail["To"]) for mail in mails)
            text = self.box.text(self.box.mails.index(mails[0]))
            indented = "".join(f"    {line}".rstrip() + "\n" for line in text.splitlines())
            self.lines.append(f"{self._day()}  To: {to}\n            Subject: {title}\n\n{indented}")

    def sleep(self, days: int) -> None:
        """The machine is off, or it is the next day."""
        local = self.desk.at.astimezone(HERE) + timedelta(days=days)
        self.desk.at = local.replace(hour=7, minute=0).astimezone(UTC)

    def _day(self) -> str:
        return self.desk.at.astimezone(HERE).date().isoformat()


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mailbox() as found:
        yield found


@pytest.mark.no_cover  # a year of runs measures nothing that the other tests of reminders do not
def test_a_year_in_the_life_of_one_lea(ready: Desk, box: Mailbox) -> None:
    configure(ready, box)
    year = Year(ready, box)
    year.sleep(0)
    year.note("ssrcred is set up, and nobody has rotated yet")
    year.morning()
    year.days(1)
    year.did("Dana rotates", "rotate", "--stdin", code=0, given=ready.pair_lines)
    year.until(2027, 4, 20)
    ready.click()
    year.note("the ELPAC coordinator regenerates the pair in TOMS and tells nobody")
    year.did("a check of every week finds out: ssrcred verify", "verify", code=7)
    year.days(2)
    year.did(
        "the ELPAC coordinator hands the new pair to Dana: ssrcred store", "store", "--stdin", code=0, given=held(ready)
    )
    ready.at += timedelta(minutes=5)
    year.did("and: ssrcred upload", "upload", code=0)
    year.did("and: ssrcred verify", "verify", code=0)
    year.until(2028, 3, 20)
    year.note("the machine is off for three days")
    year.sleep(3)
    year.until(2028, 4, 6)
    box.answers["MAIL"] = "421 made-up trouble"
    year.note("the mail server is out of order for a day")
    year.days(1)
    box.answers.clear()
    year.days(1)
    box.refuses = DANA
    year.note("Dana has left, and her mailbox is closed")
    year.until(2028, 4, 18)
    year.note("the role mailbox is read: Robin takes over, and is named in config.toml")
    box.refuses = ""
    configure(ready, box, mail=["robin@lincoln.example", ROLE])
    year.until(2028, 4, 24)
    ready.district.fault("schoolwise", "down")
    year.did(
        "Robin generates a pair; SchoolWise is down: ssrcred store", "store", "--stdin", code=0, given=ready.pair_lines
    )
    year.days(1)
    ready.district.clear_faults()
    year.did("Robin: ssrcred resume", "resume", code=0)
    year.days(60)
    year.note("and then nothing, which means that all is well")
    for mail in box.mails:
        ready._search("a mail", mail.as_bytes())
    compare("year_in_the_life", "\n".join(year.lines))
    assert year.runs > 500


def held(desk: Desk) -> str:
    """The pair that is current in TOMS, as two lines."""
    pair = desk.district.pair
    assert pair is not None
    return f"{pair.username}\n{pair.secret}\n"

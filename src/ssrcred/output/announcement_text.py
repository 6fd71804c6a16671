"""The text for an LEA's coordinators about a rotation: that it begins, or how it ended. It has no secret in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from ssrcred.domain.announcement import News
from ssrcred.domain.errors import addressed
from ssrcred.domain.local_time import day_in_words
from ssrcred.output.reminder_text import paragraph

FOOT: Final = (
    "ssrcred sends this message to both coordinators (CAASPP and ELPAC) when a rotation begins and when it ends, "
    "because they share the same credentials. It contains no password and nothing about a student."
)
TITLES: Final = {
    News.BEGINS: "new ones are about to be generated, yours will end",
    News.OPEN: "a rotation is not finished",
    News.FINISHED: "new ones are in use",
    News.FAILED: "a rotation failed",
    News.STOPPED: "a rotation was stopped, nothing has changed",
}
SHOW: Final = "ssrcred history[lea]"


@dataclass(frozen=True)
class Announcement:
    """One piece of news about an LEA's rotation that `who` began.

    `digits` and `generated_at` are of the credentials that the news is about: at the beginning those that end, later
    the new ones; "" and None where they are not known.
    """

    news: News
    name: str
    who: str
    timezone: str
    digits: str = ""
    generated_at: datetime | None = None

    def text(self) -> tuple[str, str]:
        """The title and the text. The other coordinator may have another LEA key, so commands name none."""
        parts = [self.name, *(part if part.startswith("    ") else paragraph(part) for part in self._parts())]
        parts.append("-- \n" + paragraph(FOOT))
        text = addressed("\n\n".join(parts))
        return f"SSR credentials of {self.name}: {TITLES[self.news]}", f"{text}\n"

    def _parts(self) -> tuple[str, ...]:
        who, day = self.who, self.generated_at and self.generated_at.astimezone(ZoneInfo(self.timezone)).date()
        generated = f"generated on {day_in_words(day)}" if day else "generated on a day that is not known here"
        known = f"{generated}{f', check digits {self.digits}' if self.digits else ''}"
        began = f"The rotation that {who} began"
        wait = f"Please do not generate any in TOMS before you have talked to {who}: only the last ones work."
        resume = (f"{who} continues with:", "    ssrcred resume[lea]", wait)
        match self.news:
            case News.BEGINS:
                begins = (
                    f"{who} is about to generate new credentials in TOMS. From then on, the credentials that you have "
                    "do not work any more, in any program."
                )
                compare = (
                    f"{who} has credentials {known}. If yours have other check digits, somebody has generated since: "
                    f"tell {who} now, before new ones end those as well. To see the check digits of yours, type:"
                )
                return begins, *((compare, f"    {SHOW}") if self.digits else ()), wait
            case News.FINISHED:
                announced = f" --announced {self.digits}" if self.digits else ""
                return (
                    f"{began} is finished. The new credentials are in use: {known}.",
                    "All credentials from before have stopped working. If you keep a copy, get the user name and the "
                    f"secret key from {who}, but not by mail. Then type:",
                    f"    ssrcred store[lea]{announced}{f' --generated {day}' if day else ''}",
                    "    ssrcred verify[lea]",
                    "The first command stores nothing if they are not these. Please do not generate others in TOMS: "
                    "these would stop working.",
                )
            case News.OPEN if self.digits:
                return (
                    f"{began} is not finished. The new credentials are stored ({known}), but not yet in use "
                    "everywhere. All credentials from before have stopped working.",
                    *resume,
                )
            case News.OPEN:
                return (
                    f"{began} is not finished, and no new credentials are stored. If some were generated in TOMS, the "
                    "ones that you have do not work any more.",
                    *resume,
                )
            case News.FAILED:
                new = f" ({known})" if self.digits else ""
                return (
                    f"{began} has failed: its new credentials{new} are not in use. The credentials from before "
                    "probably do not work any more. To see whether yours do, type:",
                    "    ssrcred verify[lea]",
                    wait,
                )
            case _:
                return (f"{who} stopped before new credentials were generated in TOMS. Nothing has changed.",)

"""Leads a person through TOMS to the new pair and takes it: by hidden prompt, from the clipboard or from a pipe."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ssrcred.cli.emergency import Emergency, unbreakable
from ssrcred.cli.session import Session, Work
from ssrcred.config import Lea
from ssrcred.credential import Credential, moment_of_generation
from ssrcred.errors import InputRefused, Interrupted, UsageWrong
from ssrcred.event import Done, Event, Step

if TYPE_CHECKING:
    from ssrcred.capture import Captured


@dataclass(frozen=True)
class Source:
    """Where the new pair comes from (a hidden prompt unless one is chosen), and when it was generated."""

    clipboard: bool = False
    stdin: bool = False
    generated: str | None = None  # a local date, "2026-11-21"
    days_left: int | None = None  # from the countdown on the TOMS screen

    def check(self) -> None:
        """Raise UsageWrong for a choice that contradicts itself."""
        for one, other in ((self.clipboard, self.stdin), (self.generated is not None, self.days_left is not None)):
            if one and other:
                raise UsageWrong(
                    "--clipboard and --stdin exclude each other, and so do --generated and --days-left.",
                    state="Nothing was done.",
                    hint="Choose one of each.",
                )

    def needs_somebody(self, session: Session) -> None:
        """Raise UsageWrong when a person would have to paste the pair and nobody is there."""
        if session.asker.no_input and not self.stdin:
            raise UsageWrong(
                "Nobody is here to paste the new pair.",
                state="No pair was taken. If it was generated already, it is on the TOMS screen only.",
                hint="Run it in a terminal, or give the pair as two lines: --stdin.",
            )


def who_breaks(lea: Lea) -> tuple[str, ...]:
    """Lines that say who stops working at the click (domain.md, *Other systems the pair reaches*)."""
    portal = () if lea.schoolwise is None else ("- SchoolWise, until ssrcred has written the new pair there",)
    return (
        "At the click in TOMS the old pair stops working everywhere, at once:",
        *portal,
        *(f"- {vendor}, until it gets the new pair: ssrcred handover" for vendor in lea.vendors),
        "- whatever else was given the pair: special education (SIRAS, SEIS), CERS rosters, the SIS-to-TOMS settings "
        "integration. ssrcred does not reach these: whoever looks after them needs the new pair too.",
    )


class Mint:
    """One LEA's way to a new pair. A context manager: Ctrl-C waits from the capture until the pair is stored."""

    def __init__(self, session: Session, work: Work, source: Source, *, walk: bool) -> None:
        source.check()
        if source.stdin:
            session.asker.piped()  # found out before the click
        self._session = session
        self._story = work.story
        self._lea = work.lea
        self._source = source
        self._walk = walk
        self._console = session.console()
        self._narrate = session.narrator().tell
        self._guard = ExitStack()
        self._clear: Callable[[], bool] | None = None
        self._remarks: tuple[str, ...] = ()
        self.emergency = Emergency(session, work.lea.key, self._say)
        self.declined = False
        self._generated_at(ask=False)  # a date that would be refused is refused before the click

    def __enter__(self) -> Mint:
        return self

    def __exit__(self, *exception: object) -> None:
        self._guard.close()

    def tell(self, event: Event) -> None:
        """Show an event; once the pair is stored, let go of what kept it until then."""
        self._narrate(event)
        if (event.step, event.outcome) == (Step.STORE, Done.STORED):
            self._guard.close()
            for remark in self._remarks:
                self._session.say(f"  ! {remark}", style="yellow")
            self.emergency.over(event.detail["slot"])
            self._offer_to_clear()

    def capture(self, spent: tuple[Credential, ...]) -> Credential:
        """The new pair: from the file of an emergency, else from the person, led through TOMS first if `walk`.

        `spent` are pairs that it cannot be. Raises InputRefused, Interrupted, UsageWrong.
        """
        rotation = self._story.standing.rotation
        saved = self.emergency.saved(rotation.slot) if rotation is not None else None
        if saved is None:
            if self._walk:
                self._lead()
            saved = self._take(spent)
        self._guard.enter_context(unbreakable(self._say))
        return saved

    def _agreed(self) -> bool:
        try:
            return self._session.asker.yes("\n  Go on to TOMS now? You can still stop here.", default=False)
        except KeyboardInterrupt:
            # In a rotation of an earlier run the click may have come already: that one stays open.
            if not any(event.outcome is Done.PREPARED for event in self._session.events):
                raise
            self._console.print()
            return False

    def _lead(self) -> None:
        self._console.print()
        for line in who_breaks(self._lea):
            self._say(line)
        guide = tomllib.loads(files("ssrcred.data").joinpath("toms.toml").read_text("utf-8"))
        start = self._lea.toms.site or guide["start"]
        button = "" if self._lea.toms.site else guide["button"]
        if self._source.stdin or self._session.asker.no_input:
            self._say(f"Now generate the new pair in TOMS ({start}). It is read from standard input.")
            return
        if not self._agreed():
            self.declined = True
            raise Interrupted(
                "You stopped before the click in TOMS.",
                state="Nothing was changed: the old pair is as good as it was.",
                hint="When you are ready: ssrcred rotate.",
            )
        steps: list[dict[str, Any]] = guide["step"]
        for number, step in enumerate(steps, 1):
            self._console.print()
            self._console.print(f"  {number} of {len(steps)}  {step['title']}", style="bold", markup=False)
            for line in step["text"]:
                self._say(f"  {line.format(start=start, button=button)}")
            self._session.asker.wait("    Press Enter when that is done")
        self._console.print()

    def _take(self, spent: tuple[Credential, ...]) -> Credential:
        generated_at = self._generated_at(ask=True)  # asked before the pair is in our hands
        captured = self._captured(spent)
        self._remarks = captured.remarks()  # said once the pair is stored: nothing comes before that, not even a word
        return Credential(captured.username, captured.secret, generated_at)

    def _captured(self, spent: tuple[Credential, ...]) -> Captured:
        from ssrcred import capture

        machine = self._session.machine
        if self._source.stdin:
            return capture.from_stream(self._session.asker.piped(), spent=spent)
        self._source.needs_somebody(self._session)
        asker = self._session.asker
        if self._source.clipboard:
            clipboard = machine.clipboard()
            taken = capture.from_clipboard(clipboard, self._say, wait=lambda: machine.sleep(0.25), spent=spent)
            self._clear = lambda: capture.clear_if_still(clipboard, taken.secret)
            return taken
        return capture.from_prompt(
            lambda prompt: asker.line(f"  {prompt.rstrip(': ')}"),
            lambda prompt: machine.hidden(f"  {prompt}"),
            spent=spent,
            refused=self._refuse,
        )

    def _say(self, text: str) -> None:
        self._session.say(f"  {text}")

    def _refuse(self, problem: InputRefused) -> None:
        self._session.say(f"  {problem.message}", style="red")
        self._say(problem.hint)

    def _offer_to_clear(self) -> None:
        if self._clear is None or not self._session.asker.yes(
            "  Empty the clipboard, if it still holds the key?", default=True
        ):
            return
        try:
            cleared = self._clear()
        except InputRefused as problem:
            self._say(problem.message)  # the pair is stored; a clipboard is no reason to stop here
            return
        self._say(
            "The clipboard is empty now." if cleared else "The clipboard holds something else and was left alone."
        )

    def _generated_at(self, *, ask: bool) -> datetime:
        from ssrcred.capture import parse_date, parse_days_left

        now = self._session.machine.now()
        today = now.astimezone(ZoneInfo(self._lea.timezone)).date()
        lifetime = self._lea.lifetime_days
        if self._source.days_left is not None:
            day = parse_days_left(self._source.days_left, lifetime, today)
        elif self._source.generated is not None:
            day = parse_date(self._source.generated, lifetime, today)
        elif ask and self._may_be_older(today) and not self._source.stdin and not self._session.asker.no_input:
            day = self._ask_day(today)
        else:
            day = today
        return moment_of_generation(day, now, self._lea.timezone)

    def _may_be_older(self, today: date) -> bool:
        """Whether the click may have been on an earlier day: nobody was led to it, or its rotation began on one."""
        rotation = self._story.standing.rotation
        if not self._walk or rotation is None:
            return not self._walk
        return rotation.started_at.astimezone(ZoneInfo(self._lea.timezone)).date() < today

    def _ask_day(self, today: date) -> date:
        from ssrcred.capture import parse_date

        def objection(answer: str) -> str | None:
            try:
                parse_date(answer, self._lea.lifetime_days, today)
            except InputRefused as problem:
                return problem.message
            return None

        question = "  On which day was it generated in TOMS?"
        answer = self._session.asker.until_good(question, objection, default=today.isoformat())
        return parse_date(answer, self._lea.lifetime_days, today)

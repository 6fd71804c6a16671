"""Leads a person through TOMS and captures the new credentials: by hidden prompt, clipboard or pipe."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from types import FrameType
from typing import Any
from zoneinfo import ZoneInfo

from ssrcred.adapters.terminal.captured_credentials import Captured, parse_date, parse_days_left
from ssrcred.adapters.terminal.clipboard_input import clear_if_still, from_clipboard
from ssrcred.adapters.terminal.hidden_prompt import from_prompt
from ssrcred.adapters.terminal.pipe_input import from_stream
from ssrcred.app.announcement import tell_beginning
from ssrcred.app.session import Session, Work
from ssrcred.app.terminal import Terminal
from ssrcred.app.toms_guide import guide, who_breaks
from ssrcred.app.unstored_credentials import EmergencyHold
from ssrcred.domain.credential import Credential
from ssrcred.domain.days_left import moment_of_generation
from ssrcred.domain.errors import InputRefused, Interrupted, UsageWrong
from ssrcred.domain.event import Event, Outcome, Step
from ssrcred.domain.local_time import local_day
from ssrcred.domain.paste_check import unusual_length
from ssrcred.output.fold import harmless
from ssrcred.workflows.rotation import Day, Taken, abandon


@dataclass(frozen=True)
class Source:
    """Where new credentials come from (a hidden prompt unless one is chosen), and when they were generated."""

    clipboard: bool = False
    stdin: bool = False
    generated: str | None = None
    days_left: int | None = None
    any_length: bool = False

    def check(self) -> None:
        """Raise UsageWrong for a choice that contradicts itself."""
        for one, other in ((self.clipboard, self.stdin), (self.generated is not None, self.days_left is not None)):
            if one and other:
                raise UsageWrong(
                    "--clipboard and --stdin exclude each other, and so do --generated and --days-left.",
                    state="Nothing was done.",
                    hint="Use one of each.",
                )

    def needs_person(self, terminal: Terminal) -> None:
        """Raise UsageWrong when a person would have to paste the credentials and nobody is there."""
        if terminal.no_input and not self.stdin:
            raise UsageWrong(
                "A person has to paste the new credentials, and nobody is at the terminal.",
                state="Nothing was stored. If new credentials were generated already, only the TOMS screen has them.",
                hint="Run it in a terminal, or give user name and secret key as two lines: --stdin.",
            )


class CredentialCapture:
    """One LEA's way to new credentials. A context manager: Ctrl-C waits from the capture until they are stored."""

    def __init__(
        self, session: Session, work: Work, source: Source, *, walk: bool, announced: str | None = None
    ) -> None:
        source.check()
        if source.stdin:
            session.terminal.piped()  # fails now, before new credentials are generated
        self._session = session
        self._environment, self._terminal, self._result = session.environment, session.terminal, session.result
        self._work, self._workflow, self._lea = work, work.workflow, work.lea
        self._source, self._walk, self._announced = source, walk, announced
        self._person = not source.stdin and not session.terminal.no_input
        self._console = self._terminal.console()
        self._narrate = self._terminal.narrator().tell
        self._guard = ExitStack()
        self._clear: Callable[[], bool] | None = None
        self._remarks: tuple[str, ...] = ()
        self.hold = EmergencyHold(session, work.lea.key)
        self.declined = self.on_screen = self.pressed = False
        self._generated_at()  # a date that would be refused is refused before that, too

    def __enter__(self) -> CredentialCapture:
        return self

    def __exit__(self, *exception: object) -> None:
        self._guard.close()

    def _tell(self, event: Event) -> None:
        """Show an event; once the credentials are stored, allow Ctrl-C again and clean up."""
        self._narrate(event)
        if (event.step, event.outcome) == (Step.STORE, Outcome.STORED) and "dated" not in event.detail:
            self._result.stopped = None
            agreed = True  # Ctrl-C or a closed window does not leave the key on the clipboard
            try:
                self._guard.close()
                for remark in self._remarks:
                    self._terminal.say(f"  ! {remark}", style="yellow")
                self._remarks = ()
                self.hold.over(event.detail["slot"])
                if self._clear is not None:
                    question = "  Empty the clipboard, if it still holds the key?"
                    agreed = self._terminal.ask_yes_no(question, default=True)
            finally:
                if self._clear is not None and agreed:
                    left = "The clipboard holds something else and was left alone."
                    try:
                        self._say("The clipboard is empty now." if self._clear() else left)
                    except InputRefused as problem:
                        self._say(problem.message)  # the key is stored; a clipboard is no reason to stop here

    def follow(self, happening: Iterable[Event]) -> None:
        """Drive a workflow that takes credentials; cancel it if nothing was generated or is to be stored."""
        try:
            self._work.follow(happening, self._tell)
        except (Interrupted, InputRefused) as end:
            if self.declined:
                self._work.follow(abandon(self._workflow, before_click=True))
            if self._result.stopped is not None and isinstance(end, Interrupted):
                raise self._result.stopped from None
            raise

    def taken(self, *, unverified: bool = False) -> Taken:
        """Return how credentials are taken: what a person at a terminal is asked, and what options decide."""
        rotation = self._workflow.standing.rotation
        undated = rotation is not None and rotation.undated
        # Generated without our steps, or in a rotation of an earlier day: perhaps not today, so ask.
        begun = None if rotation is None else self._local(rotation.started_at).date()
        older = not self._walk or (begun is not None and begun < self._today)
        day: Day | None = None
        if self._source.generated is not None or self._source.days_left is not None:
            day = self._generated_at if undated else None
        elif self._person and (undated or older):
            day = self._ask_day
        # At a terminal an unusual length is asked about before anything is stored.
        return Taken(day, length_seen=self._person, any_length=self._source.any_length, unverified=unverified)

    def at_hand(self) -> bool:
        """Return whether the credentials that a rotation waits for can be taken now, without the steps in TOMS.

        Asks a person whether they pressed the button, and whether the key is still to be seen.
        """
        rotation = self._workflow.standing.rotation
        if rotation is None or rotation.stored:
            return False
        from ssrcred.adapters.vault.sealed_file import is_held

        somewhere = self._workflow.ports.vault.holds(rotation.slot) or is_held(self.hold.file(rotation.slot))
        if somewhere or self._source.stdin:
            self.on_screen = True
            return True
        if self._terminal.no_input or rotation.reached is Outcome.PREPARED:
            return False  # the steps in TOMS have not begun
        self._result.stopped = not_stored("resume")
        since = local_day(rotation.started_at, self._lea.timezone)
        self._say(f"Your rotation of {since} stopped before the new key was stored.")
        self.pressed = self._choice("  Did you click Yes, Generate Credentials in TOMS?")
        if not self.pressed:
            self._result.stopped = None
            self._say("Then nothing has changed in TOMS, and the steps start from the beginning.")
            return False
        self.on_screen = self._choice("  Does TOMS still show the new key, or the button SHOW SECRET KEY?")
        if self.on_screen:
            self._say("Click SHOW SECRET KEY. Stay on that screen until ssrcred says that the key is stored.")
        else:
            self._say("That key cannot be shown again, and the old credentials no longer work: regenerate in TOMS.")
        return self.on_screen

    def _choice(self, question: str) -> bool:
        try:
            return self._terminal.ask_yes_no(question, default=None)
        except Interrupted:
            raise not_stored("resume") from None

    def take(self, spent: tuple[Credential, ...]) -> Credential:
        """Return the new credentials: from an emergency's file, else from the person, led through TOMS if `walk`.

        `spent` are credentials that they cannot be. Raises InputRefused, Interrupted, UsageWrong.
        """
        rotation = self._workflow.standing.rotation
        saved = self.hold.saved(rotation.slot) if rotation is not None else None
        if saved is None:
            if self._walk and not self.on_screen:
                self._lead()
            self._result.stopped = not_stored("resume" if self._walk else "store")
            captured = self._captured(spent)
            while not self._whole(captured, spent):
                captured = self._captured(spent)
            # Told once the credentials are stored: nothing comes before that, not even a remark.
            self._remarks = (*self._remarks, *captured.remarks())
            saved = Credential(captured.username, captured.secret, self._generated_at())
        if self._announced is not None and saved.check_digits() != self._announced:
            # A rotation that was open before still waits for its key; one that this run began is none.
            self.declined = any(event.outcome is Outcome.PREPARED for event in self._result.events)
            self._result.stopped = None
            raise InputRefused(
                f"These are not the announced credentials: their check digits are {saved.check_digits()}, and not "
                f"{self._announced}.",
                state="Nothing was stored.",
                hint="Compare the digits with the other coordinator's message, and ask for both once more. Then: "
                f"ssrcred store[lea] --announced {self._announced}",
            )
        self._guard.enter_context(unbreakable(self._say))
        return saved

    def _lead(self) -> None:
        self._console.print()
        for line in who_breaks(self._lea):
            self._say(line)
        toms = guide()
        start = self._lea.toms.site or toms["start"]
        button = "" if self._lea.toms.site else toms["button"]
        if not self._person:
            tell_beginning(self._session, self._work, self._narrate, ask=False)
            self._say(f"Now generate the new credentials in TOMS ({start}). They are read from standard input.")
            return
        try:
            tell_beginning(self._session, self._work, self._narrate, ask=True)
            agreed = self._terminal.ask_yes_no("\n  Go on to TOMS now? You can still stop here.", default=False)
        except KeyboardInterrupt:
            # An earlier run may have generated credentials already: its rotation stays open.
            if not any(event.outcome is Outcome.PREPARED for event in self._result.events):
                raise
            self._console.print()
            agreed = False
        if not agreed:
            if self.pressed:
                raise not_stored("resume")
            self.declined = True
            self._result.stopped = None
            raise Interrupted(
                "You stopped before you generated new credentials in TOMS.",
                state="Nothing was changed. The old credentials still work.",
                hint="When you are ready: ssrcred rotate[lea].",
            )
        self._result.stopped = not_stored("resume")
        steps: list[dict[str, Any]] = toms["step"]
        for number, step in enumerate(steps, 1):
            self._console.print()
            self._console.print(f"  {number} of {len(steps)}  {step['title']}", style="bold", markup=False)
            for line in step["text"]:
                self._say(f"  {line.format(start=start, button=button)}")
            # What habit pastes here, with a key on the clipboard, is neither shown nor taken.
            with self._environment.unseen() as ask, suppress(UnicodeError):
                try:
                    ask("    Press Enter when that is done: ")
                except EOFError:
                    raise not_stored("resume") from None
                finally:
                    self._console.print()
        self._console.print()

    def _whole(self, captured: Captured, spent: tuple[Credential, ...]) -> bool:
        """Whether the key has a usual length, or a person says that it is whole; from a pipe it is only told."""
        told = unusual_length(len(captured.secret), spent)
        if not told or self._source.any_length:
            return True
        if not self._person:
            waits = "It is saved in SchoolWise only after the state's service accepted it, or with --any-length."
            self._remarks = (f"{told} {waits}",)
            return True
        self._say(told)
        return self._terminal.ask_yes_no("  Is that the complete key, as TOMS shows it?", default=False)

    def _captured(self, spent: tuple[Credential, ...]) -> Captured:
        if self._source.stdin:
            return from_stream(self._terminal.piped(), spent=spent)
        self._source.needs_person(self._terminal)
        if self._source.clipboard:
            clipboard, pause = self._environment.clipboard(), partial(self._environment.sleep, 0.25)
            taken = from_clipboard(clipboard, self._say, wait=pause, spent=spent)
            self._clear = lambda: clear_if_still(clipboard, taken.secret)
            return taken
        self._say("Paste the User Name, then the secret key. The User Name appears when you press Enter.")

        def show(text: str) -> None:  # the rest of a prompt's line: what was entered there, if it may be shown
            self._environment.stderr.write(f"{harmless(text)}\n")

        def refuse(problem: InputRefused) -> None:
            self._terminal.say(f"  {problem.message}", style="red")
            self._say(problem.hint)

        with self._environment.unseen() as ask:
            return from_prompt(lambda prompt: ask(f"  {prompt}"), show, spent=spent, refused=refuse)

    def _say(self, text: str) -> None:
        self._terminal.say(f"  {text}")

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(ZoneInfo(self._lea.timezone))

    @property
    def _today(self) -> date:
        return self._local(self._environment.now()).date()

    def _generated_at(self) -> datetime:
        """The moment of generation by the options; now, where they say nothing."""
        today, lifetime = self._today, self._lea.lifetime_days
        day = today
        if self._source.days_left is not None:
            day = parse_days_left(self._source.days_left, lifetime, today)
        elif self._source.generated is not None:
            day = parse_date(self._source.generated, lifetime, today)
        return moment_of_generation(day, self._environment.now(), self._lea.timezone)

    def _ask_day(self) -> datetime:
        today, rotation = self._today, self._workflow.standing.rotation
        stored_at = (rotation.generated_at if rotation is not None else None) or self._environment.now()
        day = self._terminal.ask_parsed(
            "  On which day were they generated in TOMS?",
            lambda answer: parse_date(answer, self._lea.lifetime_days, today),
            InputRefused,
            default=self._local(stored_at).date().isoformat(),
        )
        return moment_of_generation(day, stored_at, self._lea.timezone)


def not_stored(command: str) -> Interrupted:
    """Return the error for an interruption after new credentials were generated and before they are stored."""
    closing = " If there are no new credentials after all: ssrcred abandon[lea]." if command == "store" else ""
    return Interrupted(
        "You stopped the program.",
        state="The new key is NOT stored.",
        hint=f"Leave the TOMS page open, and type: ssrcred {command}[lea].{closing}",
    )


@contextmanager
def answering(handlers: Mapping[str, Any]) -> Iterator[None]:
    """Have these signals, by name, answered so inside; Windows does not have all of them."""
    before = {name: signal.signal(getattr(signal, name), handlers[name]) for name in handlers if hasattr(signal, name)}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


@contextmanager
def unbreakable(say: Callable[[str], None]) -> Iterator[None]:
    """Ignore Ctrl-C and a closed window inside: new credentials may exist only in the program's memory."""

    def refuse(number: int, frame: FrameType | None) -> None:
        say("Not now: the new credentials are not stored yet.")

    in_main = threading.current_thread() is threading.main_thread()
    with answering(dict.fromkeys(("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"), refuse) if in_main else {}):
        yield

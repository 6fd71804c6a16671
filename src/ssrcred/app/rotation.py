"""The commands that take new credentials: rotate, resume and store, each driven to its end."""

from __future__ import annotations

from collections.abc import Iterator

from ssrcred.app import announcement
from ssrcred.app.announcement import outcome_told
from ssrcred.app.capture import CredentialCapture, Source
from ssrcred.app.pending_systems import say_pending
from ssrcred.app.session import Session, Work
from ssrcred.app.toms_guide import who_breaks
from ssrcred.domain import errors
from ssrcred.domain.credential import announced_digits
from ssrcred.domain.event import Event
from ssrcred.domain.local_time import local_day
from ssrcred.output import document
from ssrcred.workflows import rotation


def rotate(session: Session, lea: str | None, source: Source, *, force: bool, replace: bool, unverified: bool) -> None:
    """Make new credentials and bring them everywhere. Raises NotDue and Interrupted, and what the workflow raises."""
    with session.open(lea) as work:
        rotation.refuse_second(work.workflow)
        source.needs_person(session.terminal)  # before anything is begun that would have to be resumed
        if not force:
            _ask_if_young(session, work)
        with CredentialCapture(session, work, source, walk=True) as capture:
            taken = capture.taken(unverified=unverified)
            happening = rotation.rotate(work.workflow, capture.take, capture.hold, replace=replace, taken=taken)
            _to_the_end(session, work, capture, happening)


def plan(session: Session, lea: str | None, *, replace: bool) -> None:
    """Test all that can fail in a rotation, and tell who would stop working. Writes nothing."""
    terminal, events = session.terminal, session.result.events
    narrator = terminal.narrator()
    with session.open(lea) as work:
        rotation.refuse_second(work.workflow)
        for event in rotation.prepare(work.workflow, replace=replace):
            events.append(event)
            narrator.tell(event)
        if work.workflow.ports.rehearse is not None and not any("test_save" in event.detail for event in events):
            terminal.say("The test save was skipped: ssrcred found no browser on this computer.")
        for line in ("", *who_breaks(work.lea), announcement.plan(work)):
            terminal.say(line)
        if session.condition(work.lea, work.workflow.standing).young:
            terminal.say("New credentials are not due yet: ssrcred rotate[lea] would ask before it replaces these.")
        terminal.say("This was only a plan: nothing was changed.")
        tells = [one.shown for one in announcement.coordinators(work.lea)]
        session.result.answer(document.events(events, finished=False) | {"tells": tells})


def resume(session: Session, lea: str | None, source: Source, *, replace: bool, unverified: bool) -> None:
    """Go on with a rotation that was interrupted, from wherever it stopped. Raises what the workflow raises."""
    # A key that is on the screen is stored first, opening nothing but the vault: what else is wrong can wait.
    with (
        session.open(lea, portal=False, reports=False) as work,
        CredentialCapture(session, work, source, walk=True) as capture,
    ):
        pressed = False
        if work.workflow.standing.waiting:
            if capture.at_hand():
                capture.follow(rotation.store(work.workflow, capture.take, capture.hold, capture.taken()))
            pressed = capture.pressed
    with session.open(lea) as work, CredentialCapture(session, work, source, walk=True) as capture:
        capture.pressed = pressed
        taken = capture.taken(unverified=unverified)
        happening = rotation.resume(work.workflow, capture.take, capture.hold, replace=replace, taken=taken)
        _to_the_end(session, work, capture, happening)


def store(session: Session, lea: str | None, source: Source, announced: str | None = None) -> None:
    """Save credentials that were generated already, opening nothing but the vault.

    `announced` are the check digits of those that another coordinator sent: others are not stored. Raises UsageWrong,
    InputRefused, and what the workflow raises.
    """
    digits = None if announced is None else announced_digits(announced)
    if announced is not None and digits is None:
        raise errors.UsageWrong(
            "The check digits after --announced are eight characters, each 0 to 9 or a to f.",
            state="Nothing was stored.",
            hint="Copy them from the other coordinator's message: ssrcred store[lea] --announced ab12cd34",
        )
    with (
        session.open(lea, portal=False, reports=False) as work,
        CredentialCapture(session, work, source, walk=False, announced=digits) as capture,
    ):
        source.needs_person(session.terminal)
        capture.follow(rotation.store(work.workflow, capture.take, capture.hold, capture.taken()))
        ours = work.workflow.newest()[1].check_digits()
    if digits is None:
        session.terminal.say(f"Check digits: {ours}. If somebody sent them, compare these with those in the message.")
    elif ours == digits:
        session.terminal.say(f"These are the announced credentials: check digits {ours}.")
    else:  # found in the vault after a kill, so they were stored before anybody could compare
        session.terminal.say(f"The stored credentials are NOT the announced ones: their check digits are {ours}.")


def _ask_if_young(session: Session, work: Work) -> None:
    """Ask before young credentials are replaced. Raises NotDue where nobody can be asked, Interrupted for a no."""
    terminal, today = session.terminal, session.condition(work.lea, work.workflow.standing)
    if not today.young or today.days_left is None:
        return
    age = work.lea.lifetime_days - today.days_left
    told = f"These credentials are {age} day{'' if age == 1 else 's'} old and valid for {today.days_left} more."
    # A job cannot know whether the other systems are ready to get new ones.
    if terminal.no_input:
        raise errors.NotDue(
            f"{told} New ones are not due yet.",
            state="Nothing was changed.",
            hint="To replace them anyway: ssrcred rotate[lea] --force.",
        )
    for line in (told, *who_breaks(work.lea)):
        terminal.say(line)
    if not terminal.ask_yes_no("Generate new ones anyway?", default=False):
        raise errors.Interrupted(
            "You stopped before anything was done: new credentials are not due yet.",
            state="Nothing was changed.",
            hint="To test these: ssrcred verify[lea].",
        )


def _to_the_end(session: Session, work: Work, capture: CredentialCapture, happening: Iterator[Event]) -> None:
    with outcome_told(session, work):
        capture.follow(happening)
    standing, terminal = work.workflow.standing, session.terminal
    if session.result.events:
        today = session.condition(work.lea, standing)
        if today.expires_at is not None:
            day = local_day(today.expires_at, work.lea.timezone)
            terminal.say("")
            terminal.say(f"The credentials are valid for {today.days_left} days, until {day}.", style="bold")
        say_pending(terminal, standing)
        terminal.say("To see the status at any time: ssrcred status[lea].")
    else:
        terminal.say("Nothing to resume: no rotation is under way. To see the status: ssrcred status[lea].")
        say_pending(terminal, standing)
    session.result.answer_events(finished=True)

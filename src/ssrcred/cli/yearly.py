"""The commands of the yearly job: rotate, resume, abandon."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from ssrcred import rotation
from ssrcred.cli.handover import say_open
from ssrcred.cli.mint import Mint, Source, who_breaks
from ssrcred.cli.option import (
    AnyLength,
    Clipboard,
    DaysLeft,
    Driver,
    Generated,
    Json,
    LeaName,
    NoInput,
    Replace,
    ShowBrowser,
    Stdin,
    Unverified,
)
from ssrcred.cli.session import Session, Work
from ssrcred.errors import Interrupted, NotConfirmed, NotDue, PageChanged
from ssrcred.event import Done, Event


def rotate(
    context: typer.Context,
    lea: LeaName = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Try all that can fail and stop there; nothing is written.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Generate new ones although these are not due yet.")] = False,
    replace: Replace = False,
    unverified: Unverified = False,
    any_length: AnyLength = False,
    clipboard: Clipboard = False,
    stdin: Stdin = False,
    generated: Generated = None,
    days_left: DaysLeft = None,
    driver: Driver = None,
    show_browser: ShowBrowser = False,
    json: Json = False,
    no_input: NoInput = False,
) -> None:
    """Make a new pair in TOMS and bring it everywhere: the yearly job, step by step."""
    session = Session.of(context, json=json, no_input=no_input, driver=driver, show_browser=show_browser)
    source = Source(clipboard, stdin, generated, days_left, any_length)
    taken = (replace, unverified)
    try:
        _rotate(session, lea, source, *taken, plan=plan, force=force)
    except (NotConfirmed, PageChanged) as stop:  # nothing was begun yet
        from ssrcred.cli.confirm import confirm_again

        confirm_again(session, lea, stop)
        _rotate(session, lea, source, *taken, plan=plan, force=True)


def _rotate(
    session: Session, lea: str | None, source: Source, replace: bool, unverified: bool, *, plan: bool, force: bool
) -> None:
    with session.open(lea) as work:
        rotation.refuse_second(work.story)
        if plan:
            _plan(session, work, replace=replace)
            return
        source.needs_somebody(session)  # before anything is begun that would have to be resumed
        if not force:
            _ask_if_young(session, work)
        with Mint(session, work, source, walk=True) as mint:
            happening = rotation.rotate(
                work.story,
                mint.capture,
                mint.emergency.hold,
                replace=replace,
                taken=mint.taken(unverified=unverified),
            )
            _follow_to_the_end(session, work, mint, happening)


def resume(
    context: typer.Context,
    lea: LeaName = None,
    replace: Replace = False,
    unverified: Unverified = False,
    any_length: AnyLength = False,
    clipboard: Clipboard = False,
    stdin: Stdin = False,
    generated: Generated = None,
    days_left: DaysLeft = None,
    driver: Driver = None,
    show_browser: ShowBrowser = False,
    json: Json = False,
    no_input: NoInput = False,
) -> None:
    """Go on with a rotation that was interrupted, from wherever it stopped."""
    session = Session.of(context, json=json, no_input=no_input, driver=driver, show_browser=show_browser)
    source = Source(clipboard, stdin, generated, days_left, any_length)
    # A key that is on the screen is stored first, opening nothing but the vault: what else is wrong can wait.
    with session.open(lea, portal=False, reports=False) as work, Mint(session, work, source, walk=True) as mint:
        pressed = False
        if work.story.standing.waiting:
            if mint.at_hand():
                storing = rotation.store(work.story, mint.capture, mint.emergency.hold, mint.taken())
                _follow(session, work, mint, storing)
            pressed = mint.pressed
    with session.open(lea) as work, Mint(session, work, source, walk=True) as mint:
        mint.pressed = pressed
        happening = rotation.resume(
            work.story, mint.capture, mint.emergency.hold, replace=replace, taken=mint.taken(unverified=unverified)
        )
        _follow_to_the_end(session, work, mint, happening)


def abandon(context: typer.Context, lea: LeaName = None, json: Json = False, no_input: NoInput = False) -> None:
    """Close a rotation that was interrupted, without its pair becoming the current one. Nothing is deleted."""
    session = Session.of(context, json=json, no_input=no_input)
    with session.open(lea, portal=False, reports=False) as work:
        before = work.story.standing.rotation
        work.follow(rotation.abandon(work.story))
        if before is not None and not before.stored and before.reached is not Done.PREPARED:
            session.say(
                "If Yes, Generate Credentials was pressed in TOMS, the old credentials stopped working then, and "
                "parents may be locked out already. To test them: ssrcred verify."
            )
        session.say("To see where things stand: ssrcred status.")
        session.answer_events(finished=True)


def _plan(session: Session, work: Work, *, replace: bool) -> None:
    narrator = session.narrator()
    for event in rotation.prepare(work.story, replace=replace):
        session.events.append(event)
        narrator.tell(event)
    if work.story.doors.rehearse is not None and not any(map(rotation.is_test_save, session.events)):
        session.say("The test save was left out: no browser is installed here.")
    session.say("")
    for line in who_breaks(work.lea):
        session.say(line)
    if session.condition(work.lea, work.story.standing).young:
        session.say("New credentials are not due yet: ssrcred rotate would ask before it replaces these.")
    session.say("This was a plan only: nothing was written and nothing has to be resumed.")
    session.answer_events(finished=False)


def _ask_if_young(session: Session, work: Work) -> None:
    """Ask before young credentials are replaced. Raises NotDue where nobody can be asked, Interrupted for a no."""
    lea = work.lea
    today = session.condition(lea, work.story.standing)
    if not today.young or today.days_left is None:
        return
    age = lea.lifetime_days - today.days_left
    told = f"These credentials are {age} day{'' if age == 1 else 's'} old and good for {today.days_left} more."
    if session.asker.no_input:
        raise NotDue(
            f"{told} New ones are not due yet.",
            state="Nothing was changed.",
            hint="To replace them all the same: ssrcred rotate --force.",
        )
    session.say(told)
    for line in who_breaks(lea):
        session.say(line)
    if not session.asker.yes("Generate new ones all the same?", default=False):
        raise Interrupted(
            "You stopped before anything was done: new credentials are not due yet.",
            state="Nothing was changed.",
            hint="To see whether these work: ssrcred verify.",
        )


def _follow(session: Session, work: Work, mint: Mint, happening: Iterator[Event]) -> None:
    try:
        work.follow(happening, mint.tell)
    except Interrupted:
        if mint.declined:
            work.follow(rotation.abandon(work.story, before_click=True))
        if session.stopped is not None:
            raise session.stopped from None
        raise


def _follow_to_the_end(session: Session, work: Work, mint: Mint, happening: Iterator[Event]) -> None:
    _follow(session, work, mint, happening)
    if session.events:
        _closing_words(session, work)
    else:
        session.say("Nothing has to be resumed: no rotation is under way. To see where things stand: ssrcred status.")
        say_open(session, work.story.standing)
    session.answer_events(finished=True)


def _closing_words(session: Session, work: Work) -> None:
    from ssrcred.output.sentence import local_day
    from ssrcred.state import condition

    lea = work.lea
    now = session.machine.now()
    today = condition(lea.key, lea.name, lea.lifetime_days, lea.timezone, work.story.standing, now)
    if today.expires_at is not None:
        day = local_day(today.expires_at, lea.timezone)
        session.say("")
        session.say(f"The pair is good for {today.days_left} days, until {day}.", style="bold")
    say_open(session, work.story.standing)
    session.say("To see where things stand at any time: ssrcred status.")

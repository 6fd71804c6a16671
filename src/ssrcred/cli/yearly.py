"""The commands of the yearly job: rotate, resume, abandon."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from ssrcred import rotation
from ssrcred.cli.handover import say_open
from ssrcred.cli.mint import Mint, Source, who_breaks
from ssrcred.cli.option import (
    Clipboard,
    DaysLeft,
    Driver,
    Generated,
    Json,
    LeaName,
    NoInput,
    ShowBrowser,
    Stdin,
    Unverified,
)
from ssrcred.cli.session import Session, Work
from ssrcred.errors import Interrupted
from ssrcred.event import Event


def rotate(
    context: typer.Context,
    lea: LeaName = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Try all that can fail and stop there; nothing is written.")
    ] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Go on although somebody else's pair is there.")] = False,
    unverified: Unverified = False,
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
    source = Source(clipboard, stdin, generated, days_left)
    with session.open(lea) as work:
        if plan:
            rotation.refuse_second(work.story)
            _plan(session, work, replace=replace)
            return
        source.needs_somebody(session)  # before anything is begun that would have to be resumed
        with Mint(session, work, source, walk=True) as mint:
            happening = rotation.rotate(
                work.story, mint.capture, mint.emergency.hold, replace=replace, unverified=unverified
            )
            _follow_to_the_end(session, work, mint, happening)


def resume(
    context: typer.Context,
    lea: LeaName = None,
    unverified: Unverified = False,
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
    source = Source(clipboard, stdin, generated, days_left)
    with session.open(lea) as work, Mint(session, work, source, walk=True) as mint:
        happening = rotation.resume(work.story, mint.capture, mint.emergency.hold, unverified=unverified)
        _follow_to_the_end(session, work, mint, happening)


def abandon(context: typer.Context, lea: LeaName = None, json: Json = False, no_input: NoInput = False) -> None:
    """Close a rotation that was interrupted, without its pair becoming the current one. Nothing is deleted."""
    session = Session.of(context, json=json, no_input=no_input)
    with session.open(lea, portal=False, reports=False) as work:
        work.follow(rotation.abandon(work.story))
        session.say("To see where things stand: ssrcred status.")
        session.answer_events(finished=True)


def _plan(session: Session, work: Work, *, replace: bool) -> None:
    narrator = session.narrator()
    for event in rotation.prepare(work.story, replace=replace):
        session.events.append(event)
        narrator.tell(event)
    session.say("")
    for line in who_breaks(work.lea):
        session.say(line)
    session.say("This was a plan only: nothing was written and nothing has to be resumed.")
    session.answer_events(finished=False)


def _follow_to_the_end(session: Session, work: Work, mint: Mint, happening: Iterator[Event]) -> None:
    try:
        work.follow(happening, mint.tell)
    except Interrupted:
        if mint.declined:
            work.follow(rotation.abandon(work.story))
        raise
    if session.events:
        _closing_words(session, work)
    else:
        session.say("Nothing has to be resumed: no rotation is under way. To see where things stand: ssrcred status.")
        say_open(session, work.story.standing)
    session.answer_events(finished=True)


def _closing_words(session: Session, work: Work) -> None:
    from ssrcred.output import person
    from ssrcred.state import condition

    lea = work.lea
    now = session.machine.now()
    today = condition(lea.key, lea.name, lea.lifetime_days, lea.timezone, work.story.standing, now)
    if today.expires_at is not None:
        day = person.local_day(today.expires_at, lea.timezone)
        session.say("")
        session.say(f"The pair is good for {today.days_left} days, until {day}.", style="bold")
    say_open(session, work.story.standing)
    session.say("To see where things stand at any time: ssrcred status.")

"""Drives a rotation to its end and says what it came to."""

from __future__ import annotations

from collections.abc import Iterator

from ssrcred.app.capture import Mint
from ssrcred.app.handover import say_pending
from ssrcred.app.session import Session, Work
from ssrcred.domain.event import Event
from ssrcred.domain.local_time import local_day


def to_the_end(session: Session, work: Work, mint: Mint, happening: Iterator[Event]) -> None:
    mint.follow(happening)
    if session.result.events:
        today = session.condition(work.lea, work.workflow.standing)
        if today.expires_at is not None:
            day = local_day(today.expires_at, work.lea.timezone)
            session.terminal.say("")
            session.terminal.say(f"The pair is good for {today.days_left} days, until {day}.", style="bold")
        say_pending(session.terminal, work.workflow.standing)
        session.terminal.say("To see where things stand at any time: ssrcred status.")
    else:
        session.terminal.say(
            "Nothing has to be resumed: no rotation is under way. To see where things stand: ssrcred status."
        )
        say_pending(session.terminal, work.workflow.standing)
    session.result.answer_events(finished=True)

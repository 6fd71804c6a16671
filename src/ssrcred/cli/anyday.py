"""The commands for any day: store, upload, schools."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from ssrcred import rotation
from ssrcred import upload as places
from ssrcred.cli.mint import Mint, Source
from ssrcred.cli.option import (
    All,
    AnyLength,
    Clipboard,
    DaysLeft,
    Driver,
    Generated,
    Json,
    LeaName,
    NoInput,
    ShowBrowser,
    Stdin,
)
from ssrcred.cli.refusal import careful
from ssrcred.cli.session import Session, Work
from ssrcred.errors import Interrupted, Unfinished, UsageWrong, WriteNotConfirmed
from ssrcred.event import Done, Event
from ssrcred.evidence import WORKS


def store(
    context: typer.Context,
    lea: LeaName = None,
    clipboard: Clipboard = False,
    stdin: Stdin = False,
    generated: Generated = None,
    days_left: DaysLeft = None,
    any_length: AnyLength = False,
    spell: Annotated[
        bool, typer.Option("--spell", help="Store nothing: read the stored pair back, then erase the screen.")
    ] = False,
    json: Json = False,
    no_input: NoInput = False,
) -> None:
    """Put a pair that was generated already into the keyring; upload and verify go on from there."""
    session = Session.of(context, json=json, no_input=no_input)
    source = Source(clipboard, stdin, generated, days_left, any_length)
    if spell:
        _spell(session, lea, source)
        return
    with session.open(lea, portal=False, reports=False) as work, Mint(session, work, source, walk=False) as mint:
        source.needs_somebody(session)
        happening = rotation.store(work.story, mint.capture, mint.emergency.hold, mint.taken())
        try:
            work.follow(happening, mint.tell)
        except Interrupted:
            if session.stopped is not None:
                raise session.stopped from None
            raise
    session.say("Next: ssrcred upload, then: ssrcred verify.")
    session.answer_events(finished=False)


def _spell(session: Session, lea: str | None, source: Source) -> None:
    from ssrcred.cli.spell import needs_terminal, spell

    if source != Source():
        raise UsageWrong(
            "--spell reads the stored pair back, so it takes no other one.",
            state="Nothing was shown and nothing was stored.",
            hint="Use it alone: ssrcred store --spell.",
        )
    needs_terminal(session)  # before the keyring asks for anything
    with session.open(lea, portal=False, reports=False) as work:
        spell(session, work)


def upload(
    context: typer.Context,
    lea: LeaName = None,
    every: All = False,
    any_length: AnyLength = False,
    driver: Driver = None,
    show_browser: ShowBrowser = False,
    json: Json = False,
    no_input: NoInput = False,
) -> None:
    """Write the stored pair to the district's settings, and to schools that hold the old one."""
    session = Session.of(context, json=json, no_input=no_input, driver=driver, show_browser=show_browser)
    if every:
        from ssrcred.cli.upload_all import upload_all

        raise typer.Exit(upload_all(session, lea))
    with session.open(lea) as work:
        needs_portal(work)
        check_written(work.follow(places.write(work.story, any_length=any_length)))
    session.say("Next: ssrcred verify.")
    session.answer_events(finished=work.story.standing.rotation is None)


def needs_portal(work: Work) -> None:
    """Raise UsageWrong for an LEA without a portal."""
    if work.story.doors.portal is None:
        raise UsageWrong(
            f"No portal is set up for {work.lea.key}, so there is nowhere to write.",
            state="Nothing was changed.",
            hint=f"Add [lea.{work.lea.key}.schoolwise] to config.toml, or run: ssrcred setup.",
        )


def check_written(happened: Sequence[Event]) -> None:
    """Raise Unfinished or WriteNotConfirmed when a place did not take the pair."""
    failed = [event for event in happened if event.outcome in (*places.NOT_WRITTEN, Done.UNCONFIRMED)]
    if not failed:
        return
    names = ", ".join(event.place for event in failed)
    done = [event for event in happened if event.outcome in (Done.WRITTEN, Done.SKIPPED)]
    stopped = any(event.outcome in (Done.NOT_CONFIRMED, Done.PAGE_CHANGED) for event in failed)
    kind = Unfinished if done or stopped else WriteNotConfirmed
    raise kind(
        f"Not written, or not seen to be: {names}. {failed[0].detail.get('reason', '')}".rstrip(),
        state="The pair is safe in the keyring. The other places are done."
        if done
        else "The pair is safe in the keyring.",
        hint="Look at the reason above, mend it, and run: ssrcred upload. It only writes what is not done yet.",
    )


def schools(
    context: typer.Context,
    lea: LeaName = None,
    clear: Annotated[
        str | None, typer.Option("--clear", metavar="SCHOOL", help="Blank its own pair; it uses the district's then.")
    ] = None,
    give: Annotated[
        str | None, typer.Option("--set", metavar="SCHOOL", help="Write the stored pair to it, whatever it holds.")
    ] = None,
    driver: Driver = None,
    show_browser: ShowBrowser = False,
    json: Json = False,
    no_input: NoInput = False,
) -> None:
    """Show every place that can hold a pair and whose pair it holds; clear or set a school's own."""
    from ssrcred.output import document, person

    session = Session.of(context, json=json, no_input=no_input, driver=driver, show_browser=show_browser)
    if clear is not None and give is not None:
        raise UsageWrong(
            "--clear and --set exclude each other.", state="Nothing was changed.", hint="Do one after the other."
        )
    with session.open(lea, reports=give is not None) as work:
        needs_portal(work)
        if clear is not None:
            check_written(work.follow(places.clear(work.story, clear)))
        if give is not None:
            check_written(work.follow(places.write(work.story, frozenset({give}))))
            session.say("Next: ssrcred verify.")
        surveyed, extent = places.survey(work.story), careful(work.story.doors.portal).extent
        if session.json:
            session.answer(document.places(surveyed, extent=extent))
        else:
            person.places(session.console(answer=True), surveyed, _worked(work), extent)


def _worked(work: Work) -> dict[str, str]:
    """By place, the day on which the last check there worked, by the LEA's calendar."""
    from ssrcred.output.person import local_minute

    tried = work.story.standing.tried.items()
    return {name: local_minute(last.at, work.lea.timezone)[:10] for name, last in tried if last.outcome in WORKS}

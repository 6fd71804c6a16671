"""The commands for any day: store, upload, verify, status, schools."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from ssrcred import rotation, verification
from ssrcred import upload as places
from ssrcred.cli.mint import Mint, Source
from ssrcred.cli.option import All, Clipboard, DaysLeft, Driver, Generated, Json, LeaName, NoInput, ShowBrowser, Stdin
from ssrcred.cli.session import Session, Work, remembered
from ssrcred.config import Lea
from ssrcred.errors import PairRefused, Unfinished, UsageWrong, WriteNotConfirmed
from ssrcred.event import Done, Event
from ssrcred.evidence import EXIT_CODES, Known
from ssrcred.standing import Standing
from ssrcred.state import EXIT_CODES as STATE_EXIT_CODES
from ssrcred.state import Condition, condition, worst


def store(
    context: typer.Context,
    lea: LeaName = None,
    clipboard: Clipboard = False,
    stdin: Stdin = False,
    generated: Generated = None,
    days_left: DaysLeft = None,
    json: Json = False,
    no_input: NoInput = False,
) -> None:
    """Put a pair that was generated already into the keyring; upload and verify go on from there."""
    session = Session.of(context, json=json, no_input=no_input)
    source = Source(clipboard, stdin, generated, days_left)
    with session.open(lea, portal=False, reports=False) as work, Mint(session, work, source, walk=False) as mint:
        source.needs_somebody(session)
        work.follow(rotation.store(work.story, mint.capture, mint.emergency.hold), mint.tell)
    session.say("Next: ssrcred upload, then: ssrcred verify.")
    session.answer_events(finished=False)


def upload(
    context: typer.Context,
    lea: LeaName = None,
    driver: Driver = None,
    show_browser: ShowBrowser = False,
    json: Json = False,
    no_input: NoInput = False,
) -> None:
    """Write the stored pair to the district's settings, and to schools that hold the old one."""
    session = Session.of(context, json=json, no_input=no_input, driver=driver, show_browser=show_browser)
    with session.open(lea, reports=False) as work:
        _needs_portal(work)
        _check_written(work.follow(places.write(work.story)))
    session.say("Next: ssrcred verify.")
    session.answer_events(finished=work.story.standing.rotation is None)


def _needs_portal(work: Work) -> None:
    if work.story.doors.portal is None:
        raise UsageWrong(
            f"No portal is set up for {work.lea.key}, so there is nowhere to write.",
            state="Nothing was changed.",
            hint=f"Add [lea.{work.lea.key}.schoolwise] to config.toml, or run: ssrcred setup.",
        )


def _check_written(happened: Sequence[Event]) -> None:
    """Raise Unfinished or WriteNotConfirmed when a place did not take the pair."""
    failed = [event for event in happened if event.outcome in (Done.FAILED, Done.UNCONFIRMED)]
    if not failed:
        return
    names = ", ".join(event.place for event in failed)
    done = [event for event in happened if event.outcome in (Done.WRITTEN, Done.SKIPPED)]
    kind = Unfinished if done else WriteNotConfirmed
    raise kind(
        f"Not written, or not seen to be: {names}. {failed[0].detail.get('reason', '')}".rstrip(),
        state="The pair is safe in the keyring. The other places are done."
        if done
        else "The pair is safe in the keyring.",
        hint="Look at the reason above, mend it, and run: ssrcred upload. It only writes what is not done yet.",
    )


def verify(
    context: typer.Context,
    lea: LeaName = None,
    json: Json = False,
    no_input: NoInput = False,
    driver: Driver = None,
    show_browser: ShowBrowser = False,
) -> None:
    """Find out whether the pair works, the way a parent would see it, and say what to do next."""
    from ssrcred.output import document, person

    session = Session.of(context, json=json, no_input=no_input, driver=driver, show_browser=show_browser)
    with session.open(lea) as work:
        standing = work.story.standing
        days_left = _condition(session, work.lea, standing).days_left
        happened = work.follow(verification.probe(work.story), _quiet)
        reached = verification.verdict(happened, Known(days_left, standing.proved_at))
        tried = verification.proofs(happened)
        if not json:
            person.verdict(session.console(answer=True), work.lea.name, reached, tried)
        _settle(work)
        # Last, because an old pair that does not go from the keyring is an error with a document of its own.
        session.answer({"leas": [document.verdict(work.lea.key, reached, tried)]})
    raise typer.Exit(EXIT_CODES[reached.name])


def _quiet(event: Event) -> None:
    """A verify shows its verdict, not each event."""


def _settle(work: Work) -> None:
    """Finish a rotation that only this proof was missing for, or close the one of a pair proved bad."""
    if work.story.standing.rotation is None:
        return
    try:
        work.follow(rotation.close_if_refused(work.story))
        work.follow(rotation.finish(work.story, unverified=False))
    except PairRefused:
        return  # the verdict says it
    except Unfinished as open_end:
        work.session.say(f"The rotation is not finished. {open_end.message}")


def _condition(session: Session, lea: Lea, standing: Standing) -> Condition:
    return condition(lea.key, lea.name, lea.lifetime_days, lea.timezone, standing, session.machine.now())


def status(
    context: typer.Context,
    lea: LeaName = None,
    every: All = False,
    json: Json = False,
) -> None:
    """Say how many days are left, from memory: no keyring, no network. Exits 0 fine, 1 due, 2 critical, 3 unknown."""
    from ssrcred.ledger import Ledger

    session = Session.of(context, json=json, no_input=True)
    config = session.config()
    chosen = [config.leas[name] for name in sorted(config.leas)] if every else [session.lea(lea, config)]
    with Ledger.readonly(session.home.ledger) as ledger:
        conditions = [_condition(session, one, remembered(ledger, one.key)) for one in chosen]
    overall = worst(tuple(one.state for one in conditions))
    if json:
        from ssrcred.output import document

        session.answer(document.status(conditions, overall))
    else:
        from ssrcred.output import person

        person.status(
            session.console(answer=True),
            conditions,
            session.machine.now(),
            {one.key: one.lifetime_days for one in chosen},
        )
    raise typer.Exit(STATE_EXIT_CODES[overall])


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
    with session.open(lea, reports=False) as work:
        _needs_portal(work)
        if clear is not None:
            _check_written(work.follow(places.clear(work.story, clear)))
        if give is not None:
            _check_written(work.follow(places.write(work.story, frozenset({give}))))
        surveyed = places.survey(work.story)
        if session.json:
            session.answer(document.places(surveyed))
        else:
            person.places(session.console(answer=True), surveyed)

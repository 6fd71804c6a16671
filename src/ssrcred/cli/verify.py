"""The command verify: whether the pair works, the way a parent would see it, and what to do next."""

from __future__ import annotations

import typer

from ssrcred import rotation, verification
from ssrcred.cli.option import Driver, Json, LeaName, NoInput, ShowBrowser
from ssrcred.cli.session import Session, Work
from ssrcred.errors import PairRefused, Unfinished
from ssrcred.event import Event
from ssrcred.evidence import EXIT_CODES, Known


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
        days_left = session.condition(work.lea, standing).days_left
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

"""The command verify: whether the pair works, the way a parent would see it, and what to do next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import typer

from ssrcred import rotation, verification
from ssrcred.cli.option import All, Driver, Json, LeaName, NoInput, ShowBrowser
from ssrcred.cli.session import Session, Work
from ssrcred.errors import PairRefused, Unfinished
from ssrcred.event import Event
from ssrcred.evidence import EXIT_CODES, Known, Proof, Verdict
from ssrcred.ladder import judge


@dataclass(frozen=True)
class Checked:
    """What one LEA's check came to: its key and name, the verdict, and what each way of trying saw."""

    lea: str
    name: str
    verdict: Verdict
    proofs: tuple[Proof, ...]


def verify(
    context: typer.Context,
    lea: LeaName = None,
    every: All = False,
    json: Json = False,
    no_input: NoInput = False,
    driver: Driver = None,
    show_browser: ShowBrowser = False,
) -> None:
    """Find out whether the pair works, the way a parent would see it, and say what to do next."""
    from ssrcred.output import document, person

    session = Session.of(context, json=json, no_input=no_input, driver=driver, show_browser=show_browser)
    if every:
        from ssrcred.cli.verify_all import verify_all

        raise typer.Exit(verify_all(session, lea))
    with session.open(lea) as work:
        checked = check(session, work)
        if not json:
            person.verdict(session.console(answer=True), checked.name, checked.verdict, checked.proofs)
        if remark := settle(work):
            session.say(remark)
        # Last, because an old pair that does not go from the keyring is an error with a document of its own.
        session.answer({"leas": [document.verdict(checked.lea, checked.verdict, checked.proofs)]})
    raise typer.Exit(EXIT_CODES[checked.verdict.name])


def check(session: Session, work: Work) -> Checked:
    """Try one LEA's newest pair every way that is set up. Records each event, prints nothing.

    Raises CredentialMissing without a pair, and what the vault raises. Every other trouble is in the verdict.
    """
    standing = work.story.standing
    days_left = session.condition(work.lea, standing).days_left
    happened = work.follow(verification.probe(work.story), quiet)
    tried = verification.proofs(happened)
    reached = judge(tried, Known(days_left, standing.proved_at, timezone=work.lea.timezone))
    return Checked(work.lea.key, work.lea.name, reached, tried)


def settle(work: Work, tell: Callable[[Event], None] | None = None) -> str:
    """Finish a rotation that only this proof was missing for, or close the one of a pair proved bad.

    `tell` is given each event (None: told on stderr). Gives a sentence for the person, "" if there is nothing to say.
    Raises KeyringFailed when an old pair does not go.
    """
    if work.story.standing.rotation is None:
        return ""
    try:
        work.follow(rotation.close_if_refused(work.story), tell)
        work.follow(rotation.finish(work.story, unverified=False), tell)
    except PairRefused:
        return ""  # the verdict says it
    except Unfinished as open_end:
        return f"The rotation is not finished. {open_end.message}"
    return ""


def quiet(event: Event) -> None:
    """A check shows its verdict, not each event."""

"""The command handover: the other systems that use the credentials, and who has the new ones."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from ssrcred.adapters.ledger.book import Ledger
from ssrcred.app.result import Result
from ssrcred.app.rotation import say_open
from ssrcred.app.session import Session, remembered
from ssrcred.cli.command import USUAL, command
from ssrcred.cli.option import LeaName, file_path
from ssrcred.domain import errors
from ssrcred.domain.standing import Standing
from ssrcred.output import document, person
from ssrcred.workflows import handover as handovers

To = Annotated[str | None, typer.Option("--to", metavar="NAME", help="Write the pair for this system into FILE.")]
For = Annotated[str | None, typer.Option("--for", metavar="age1...", help="With --to: the vendor's age public key.")]
DoneBy = Annotated[str | None, typer.Option("--done", metavar="NAME", help="Record that this system has the new pair.")]
File = Annotated[
    Path | None, typer.Argument(parser=file_path, metavar="FILE", help="With --to: a new file, for the encrypted pair.")
]


@command(*USUAL)
def handover(
    session: Session, file: File = None, to: To = None, recipient: For = None, done: DoneBy = None, lea: LeaName = None
) -> None:
    """Show which other systems wait for the new pair; encrypt it for one of them; record that it has it."""
    parts = (file, to, recipient)
    if (any(parts) and not all(parts)) or (done is not None and any(parts)):
        raise errors.UsageWrong(
            "A hand-over needs all of --to, --for and a file; --done stands alone.",
            state="Nothing was done.",
            hint="Write it with: ssrcred handover --to NAME --for age1... FILE. Then: ssrcred handover --done NAME",
        )
    if file and to and recipient:
        from ssrcred.adapters.vault import parcel

        key = recipient.strip()
        parcel.check(file, key)  # before the keyring asks for anything
        with session.open(lea, portal=False, reports=False) as work:
            (sealed,) = work.follow(handovers.seal(work.workflow, to, key, partial(parcel.send, file, recipient=key)))
            session.terminal.say(f"Send them the file {file}. They open it with: age -d -i KEY-FILE {file.name}")
            name = sealed.detail["vendor"]
            quoted = name if name.isalnum() else f'"{name}"'
            session.terminal.say(f"When they say that they use the new pair: ssrcred handover --done {quoted}")
            _answer(session.result, work.lea.key, work.workflow.standing, file=str(file))
    elif done is not None:
        with session.open(lea, portal=False, reports=False) as work:
            (closed,) = work.follow(handovers.close(work.workflow, done))
            say_open(session.terminal, work.workflow.standing)
            _answer(session.result, work.lea.key, work.workflow.standing, done=closed.detail["vendor"])
    else:
        _show(session, lea)


def _show(session: Session, wanted: str | None) -> None:
    lea = session.lea(wanted, session.config())
    with Ledger.readonly(session.environment.home.ledger) as ledger:
        standing = remembered(ledger, lea.key)
    if session.result.json:
        _answer(session.result, lea.key, standing)
    elif standing.handovers:
        person.handovers(session.terminal.console(answer=True), standing, lea.timezone)
        for line in ("", *HOW):
            session.terminal.say(line)
    else:
        session.terminal.console(answer=True).print("No hand-over is open.")
        if not lea.vendors:
            session.terminal.say(
                "To be told of other systems that use the pair, name them in config.toml, "
                f'in [lea.{lea.key}]: vendors = ["SIRAS"]'
            )


HOW = (
    "A vendor that uses age sends you its public key (age1...): ssrcred handover --to NAME --for age1... FILE",
    "Where you enter the pair yourself, have it read back to you: ssrcred store --spell",
    "When the system works again: ssrcred handover --done NAME",
)


def _answer(result: Result, lea: str, standing: Standing, *, file: str | None = None, done: str | None = None) -> None:

    result.answer(document.handover(lea, standing, file=file, done=done))

"""The command handover: which other systems wait for the new pair, how it reaches them, and that it did."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ssrcred import handover as story
from ssrcred.cli.option import Json, LeaName, NoInput, file_path
from ssrcred.cli.session import Session, remembered
from ssrcred.credential import Credential
from ssrcred.errors import UsageWrong
from ssrcred.standing import Standing

To = Annotated[str | None, typer.Option("--to", metavar="NAME", help="Write the pair for this system into FILE.")]
For = Annotated[str | None, typer.Option("--for", metavar="age1...", help="With --to: the vendor's age public key.")]
DoneBy = Annotated[str | None, typer.Option("--done", metavar="NAME", help="Record that this system has the new pair.")]
File = Annotated[
    Path | None, typer.Argument(parser=file_path, metavar="FILE", help="With --to: a new file, for the encrypted pair.")
]


def handover(
    context: typer.Context,
    file: File = None,
    to: To = None,
    recipient: For = None,
    done: DoneBy = None,
    lea: LeaName = None,
    json: Json = False,
    no_input: NoInput = False,
) -> None:
    """Show which other systems wait for the new pair; encrypt it for one of them; record that it has it."""
    session = Session.of(context, json=json, no_input=no_input)
    parts = (file, to, recipient)
    if (any(parts) and not all(parts)) or (done is not None and any(parts)):
        raise UsageWrong(
            "A hand-over needs all of --to, --for and a file; --done stands alone.",
            state="Nothing was done.",
            hint="Write it with: ssrcred handover --to NAME --for age1... FILE. Then: ssrcred handover --done NAME",
        )
    if file and to and recipient:
        _write(session, lea, to, recipient.strip(), file)
    elif done is not None:
        _close(session, lea, done)
    else:
        _show(session, lea)


def _write(session: Session, lea: str | None, to: str, recipient: str, path: Path) -> None:
    from ssrcred.vault import parcel

    parcel.check(path, recipient)  # before the keyring asks for anything

    def write(pair: Credential) -> None:
        parcel.send(path, pair, recipient)

    with session.open(lea, portal=False, reports=False) as work:
        (sealed,) = work.follow(story.seal(work.story, to, recipient, write))
        session.say(f"Send them the file {path}. They open it with: age -d -i KEY-FILE {path.name}")
        session.say(
            f"When they say that they use the new pair: ssrcred handover --done {_quoted(sealed.detail['vendor'])}"
        )
        _answer(session, work.lea.key, work.story.standing, file=str(path), done=None)


def _close(session: Session, lea: str | None, done: str) -> None:
    with session.open(lea, portal=False, reports=False) as work:
        (closed,) = work.follow(story.close(work.story, done))
        say_open(session, work.story.standing)
        _answer(session, work.lea.key, work.story.standing, file=None, done=closed.detail["vendor"])


def _show(session: Session, wanted: str | None) -> None:
    from ssrcred.ledger import Ledger
    from ssrcred.output import person

    lea = session.lea(wanted, session.config())
    with Ledger.readonly(session.home.ledger) as ledger:
        standing = remembered(ledger, lea.key)
    if session.json:
        _answer(session, lea.key, standing, file=None, done=None)
    elif standing.handovers:
        person.handovers(session.console(answer=True), standing, lea.timezone)
        session.say("")
        for line in HOW:
            session.say(line)
    else:
        session.console(answer=True).print("No hand-over is open.")
        if not lea.vendors:
            session.say(
                "To be told of other systems that use the pair, name them in config.toml, "
                f'in [lea.{lea.key}]: vendors = ["SIRAS"]'
            )


HOW = (
    "A vendor that uses age sends you its public key (age1...): ssrcred handover --to NAME --for age1... FILE",
    "Where you enter the pair yourself, have it read back to you: ssrcred store --spell",
    "When the system works again: ssrcred handover --done NAME",
)


def say_open(session: Session, standing: Standing) -> None:
    """Say which hand-overs are open, if any."""
    if standing.handovers:
        session.say(f"Open hand-overs: {', '.join(standing.handovers)}.", style="bold")
        session.say("They do not work until they get the new pair. How to give it to them: ssrcred handover.")


def _answer(session: Session, lea: str, standing: Standing, **deed: str | None) -> None:
    from ssrcred.output import document

    session.answer(document.handover(lea, standing, **deed))


def _quoted(name: str) -> str:
    return name if name.isalnum() else f'"{name}"'

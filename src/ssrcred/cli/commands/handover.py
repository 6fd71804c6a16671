"""The command handover: the other systems that use the credentials, and who has the new ones."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from ssrcred.app.handover_sheet import write_sheet
from ssrcred.app.pending_systems import encrypt_for, say_pending
from ssrcred.app.session import Session
from ssrcred.cli.option import LeaName, command, file_path
from ssrcred.domain import errors
from ssrcred.output import document, person
from ssrcred.workflows import pending_systems

To = Annotated[str | None, typer.Option("--to", metavar="NAME", help="Write the credentials for this system to FILE.")]
For = Annotated[
    str,
    typer.Option("--for", metavar="age1...", help="With --to: the vendor's age public key; else the one used before."),
]
Passphrase = Annotated[
    bool, typer.Option("--passphrase", help="With --to: for a vendor without a key; a passphrase is shown to you once.")
]
NewKey = Annotated[bool, typer.Option("--new-key", help="With --for: the vendor has another key now.")]
DoneBy = Annotated[
    str | None, typer.Option("--done", metavar="NAME", help="Record that this system has the new credentials.")
]
Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[sheet] [FILE]",
        help="With --to: a new file, for the encrypted credentials. sheet: a page for the person who takes over the "
        "job, in a new file or on standard output.",
    ),
]
Html = Annotated[bool, typer.Option("--html", help="With sheet: a page for a browser; else Markdown.")]
SHEET: Final = "sheet"


HOW = (
    "A vendor that uses age sends you its public key (age1...): ssrcred handover[lea] --to NAME --for age1... FILE",
    "A vendor without age: ssrcred handover[lea] --to NAME --passphrase FILE",
    "Where you type the credentials yourself, show them character by character: ssrcred store[lea] --spell",
    "When the system works again: ssrcred handover[lea] --done NAME",
)


@command()
def handover(
    session: Session,
    words: Words = None,
    html: Html = False,
    to: To = None,
    recipient: For = "",
    passphrase: Passphrase = False,
    new_key: NewKey = False,
    done: DoneBy = None,
    lea: LeaName = None,
) -> None:
    """Show which other systems need the new credentials; encrypt them for one; record that it has them."""
    given = list(words or ())
    sheet = bool(given) and given[0] == SHEET
    paths = [file_path(one) for one in given[sheet:]]
    if len(paths) > 1 or html > sheet or (sheet and (to or recipient or done or passphrase)):
        raise errors.UsageWrong(
            "There are too many words, or options that do not go together.",
            state="Nothing was done.",
            hint="The page for the next person: ssrcred handover[lea] sheet FILE, with --html for a browser.",
        )
    file = paths[0] if paths else None
    if sheet:
        write_sheet(session, lea, file, html=html)
        return
    opened_by = bool(recipient) + passphrase
    if bool(file) != bool(to) or opened_by > bool(to) or (done is not None and to) or (new_key and not recipient):
        raise errors.UsageWrong(
            "--to and FILE go together, with --for or --passphrase; --done stands alone.",
            state="Nothing was done.",
            hint="Write it with: ssrcred handover[lea] --to NAME --for age1... FILE. Then: ssrcred handover[lea] "
            "--done NAME",
        )
    terminal = session.terminal
    if file and to:
        parcel = encrypt_for(session, lea, to, file, recipient.strip(), by_passphrase=passphrase, new_key=new_key)
        work, name = parcel.work, parcel.vendor
        quoted = name if name.isalnum() else f'"{name}"'
        if parcel.fingerprint:
            terminal.say(f"Encrypted for the key of {name} with the fingerprint {parcel.fingerprint}.")
        terminal.say(f"Send them {file} and {parcel.note.name}, which tells their help desk how to open it.")
        terminal.say(f"When they confirm that they use the new credentials: ssrcred handover[lea] --done {quoted}")
        told = {"file": str(file), "note": str(parcel.note), "fingerprint": parcel.fingerprint, "done": None}
        session.result.answer(document.handover(work.lea.key, work.workflow.standing, **told))
    elif done is not None:
        with session.open(lea, portal=False, reports=False) as work:
            (closed,) = work.follow(pending_systems.close(work.workflow, done))
        standing, name = work.workflow.standing, closed.detail["vendor"]
        if standing.handovers:
            say_pending(terminal, standing)
        else:
            count = len(standing.updated)
            terminal.say("The other system is updated." if count == 1 else f"All {count} other systems are updated.")
        session.result.answer(document.handover(work.lea.key, standing, file=None, done=name))
    else:
        _show(session, lea)


def _show(session: Session, wanted: str | None) -> None:
    lea = session.lea(wanted, session.config())
    standing = session.conditions([lea])[lea.key].standing
    if session.result.json:
        session.result.answer(document.handover(lea.key, standing, file=None, done=None))
    elif standing.handovers:
        person.handovers(session.terminal.console(answer=True), standing, lea.timezone)
        for line in ("", *HOW):
            session.terminal.say(line)
    else:
        session.terminal.console(answer=True).print("No system is pending.")
        if not lea.vendors:
            session.terminal.say(
                "To list other systems that use the credentials, name them in config.toml, "
                f'in [lea.{lea.key}]: vendors = ["SIRAS"]'
            )

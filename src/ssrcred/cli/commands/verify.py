"""The command verify: whether the credentials work, the way a parent would see it, and what to do next."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ssrcred import __version__
from ssrcred.app.session import Session
from ssrcred.app.verification import Checked, Publication, check, check_all, check_until, look_alikes, settle
from ssrcred.cli.option import WITH_PORTAL, All, DueWithin, Group, LeaName, OnlyState, command, file_path, filter_of
from ssrcred.domain import errors
from ssrcred.domain.evidence import VerdictName
from ssrcred.output import document
from ssrcred.output.fold import plainly_folded
from ssrcred.output.verdict import show_verdict
from ssrcred.output.verdict import ticket as ticket_text

Wait = Annotated[
    int | None, typer.Option("--wait", min=1, max=120, metavar="MINUTES", help="Test again for so long until it works.")
]
Publish = Annotated[
    Path | None,
    typer.Option(
        "--publish", metavar="FILE", parser=file_path, help="Write what a help desk may read: FILE, and FILE.json."
    ),
]
PublishGroup = Annotated[
    str | None, typer.Option("--publish-group", metavar="GROUP", help="With --publish: the group that may read it.")
]
Ticket = Annotated[bool, typer.Option("--ticket", help="Plain text to copy into a ticket, without personal data.")]


@command(*WITH_PORTAL)
def verify(
    session: Session,
    lea: LeaName = None,
    every: All = False,
    states: OnlyState = None,
    due_within: DueWithin = None,
    group: Group = None,
    wait: Wait = None,
    ticket: Ticket = False,
    publish: Publish = None,
    publish_group: PublishGroup = None,
) -> None:
    """Test whether the credentials work, as a parent would see it, and say what to do next."""
    if (every and (ticket or wait)) or (ticket and session.result.json):
        raise errors.UsageWrong(
            "--ticket is for one LEA and for people, and --wait for one LEA: --all excludes both, --json the first.",
            state="Nothing was done.",
            hint="Choose one of them, with --lea NAME where there are several LEAs.",
        )
    # The file of --publish has every LEA: one that is left out would be gone from it.
    session.only = filter_of(states, due_within, group, every=every, whole="--publish" if publish else "")
    # Now and not after minutes of tests, if the file cannot be written.
    publication = Publication.of(publish, publish_group)
    if every:
        raise typer.Exit(_verify_all(session, lea, publication))
    try:
        code = _verify(session, lea, wait, publication, ticket=ticket)
    except errors.SsrcredError as problem:
        if publication is not None:
            publication.write_failure(session, lea, problem)
        raise
    raise typer.Exit(code)


def _verify(
    session: Session, lea: str | None, wait: int | None, publication: Publication | None, *, ticket: bool
) -> int:
    terminal = session.terminal
    with session.open(lea, forgiving=True) as work:
        checked = check(session, work) if wait is None else check_until(session, work, wait)
        if ticket:
            known, stdout = checked.known, session.environment.stdout
            text = ticket_text(checked.name, checked.verdict, checked.proofs, known, __version__)
            text = terminal.addressed(text)
            # A terminal would cut words; a file or a pipe gets whole lines.
            stdout.write("".join(f"{plainly_folded(line, stdout)}\n" for line in text.splitlines()))
        elif not session.result.json:
            console = terminal.console(answer=True)
            show_verdict(console, checked.name, checked.verdict, checked.proofs, checked.known.look, checked.sis)
        if not ticket and terminal.is_watched and (kinds := look_alikes(work, checked)):
            terminal.say("")
            terminal.say("If the key was typed: these of its characters are easily mistaken. Do not share this.")
            for kind in kinds:
                terminal.say(f"  - {kind.words}: at {', '.join(map(str, kind.positions))}.")
            terminal.say("To compare the whole key with TOMS, character by character: ssrcred store[lea] --spell.")
        for refusal in session.result.held_back:
            terminal.say(f"{refusal.message} {refusal.state}", warns=True)
            terminal.say(refusal.hint, warns=True)
        remark = settle(session, work, quiet=ticket)
        if remark and checked.verdict.name is not VerdictName.SUPERSEDED:  # which says it of one that waits
            terminal.say(remark)
        if publication is not None:
            publication.write(session, work.config, [(checked.lea, checked)])
        # Last, because old credentials that do not go from the keyring are an error with a document of its own.
        session.result.answer({"leas": [checked.document()]})
    return checked.exit_code


def _verify_all(session: Session, lea: str | None, publication: Publication | None) -> int:
    """Check every LEA in config.toml and show them, worst first; gives the worst one's exit code.

    Raises what `check_all` raises, and Interrupted after Ctrl-C, when what was done until then has been shown.
    """
    every = check_all(session, lea)
    if not session.result.json:
        console = session.terminal.console(answer=True)
        every.show(
            session.terminal,
            "not checked",
            "the credentials work",
            lambda name, one: show_verdict(console, name, one.verdict, one.proofs, one.known.look, one.sis),
        )
    if publication is not None and not every.stopped:
        publication.write(session, every.config, [(end.lea, end.outcome) for end in every.ends])
    unknown: dict[str, Any] = {"verdict": VerdictName.UNKNOWN.value, "blocked": None, "probes": []}
    entries = [
        end.outcome.document()
        if isinstance(end.outcome, Checked)
        else {"lea": end.lea, **unknown, "next": end.outcome.lines()[2], **document.error(end.outcome)}
        for end in every.ends
    ]
    return every.answer(session.result, {"leas": entries})

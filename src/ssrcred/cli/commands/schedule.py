"""The command schedule: sets up, shows and removes the jobs that the machine's scheduler runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from ssrcred.app.schedule import KINDS, NAMES, Plan, install, remove, tell_notes
from ssrcred.app.session import Session
from ssrcred.app.verification import Publication
from ssrcred.cli.commands.verify import PublishGroup
from ssrcred.cli.option import command, file_path
from ssrcred.domain.errors import UsageWrong
from ssrcred.output.fold import plainly_folded

WHATS: Final = {"verify": ("verify",), "remind": ("remind",), "both": NAMES}
EVERY: Final = {"day": False, "week": True}


@command()
def schedule(
    session: Session,
    installing: Annotated[bool, typer.Option("--install", help="Set up the jobs, and run each once.")] = False,
    removing: Annotated[bool, typer.Option("--remove", help="Remove the jobs that ssrcred has set up.")] = False,
    kind: Annotated[
        str | None, typer.Option("--with", metavar="NAME", help=f"The scheduler: {', '.join(KINDS)}.")
    ] = None,
    what: Annotated[str, typer.Option("--what", metavar="JOBS", help="verify, remind or both.")] = "both",
    verify_every: Annotated[
        str, typer.Option("--verify-every", metavar="TIME", help="day or week; verify signs in to the portal.")
    ] = "week",
    at: Annotated[
        int, typer.Option("--at", min=0, max=23, metavar="HOUR", help="When verify runs; remind runs an hour later.")
    ] = 5,
    runs_as: Annotated[
        str | None, typer.Option("--as", metavar="USER", help="With systemd-system: the user whose jobs they are.")
    ] = None,
    credential: Annotated[
        Path | None,
        typer.Option(
            "--credential",
            parser=file_path,
            metavar="FILE",
            help="With systemd-system: the sealed key of the file vault.",
        ),
    ] = None,
    publish: Annotated[
        Path | None,
        typer.Option("--publish", metavar="FILE", parser=file_path, help="Let verify write this file for a help desk."),
    ] = None,
    publish_group: PublishGroup = None,
    no_run: Annotated[bool, typer.Option("--no-run", help="With --install: do not run the jobs now.")] = False,
) -> None:
    """Run reminders and checks automatically; without options, show what is set up and what --install would set up."""
    if installing and removing:
        raise _usage("--install and --remove cannot be used together.", "Run one after the other.")
    if removing:
        removed = remove(session.environment, kind)
        session.result.answer({"removed": removed})
        done = f"Removed the jobs of ssrcred from {', '.join(removed)}. Nothing else was changed."
        session.terminal.say(done if removed else "No jobs of ssrcred were set up. Nothing was changed.")
        return
    Publication.of(publish, publish_group)  # rejects here what every run of the job would reject
    if what not in WHATS:
        raise _usage(f"There is no job '{what}'.", "Use --what verify, remind or both.")
    if verify_every not in EVERY:
        raise _usage(f"--verify-every cannot be '{verify_every}'.", "Use --verify-every day or week.")
    plan = Plan.of(
        session,
        kind,
        WHATS[what],
        hour=at,
        weekly_verify=EVERY[verify_every],
        runs_as=runs_as,
        credential=credential,
        publish=publish,
        publish_group=publish_group,
    )
    if installing:
        raise typer.Exit(install(session, plan, run=not no_run))
    if session.result.json:
        session.result.answer(plan.document())
    else:
        _show(session, plan)


def _usage(message: str, hint: str) -> UsageWrong:
    return UsageWrong(message, state="Nothing was changed.", hint=hint)


def _show(session: Session, plan: Plan) -> None:
    pieces, kind = plan.scheduler.pieces(plan.jobs), plan.scheduler.kind
    same = all(piece.same for piece in pieces)
    if same:
        lines = [f"Set up with {kind}."]
    elif plan.scheduler.present():
        lines = [f"Set up with {kind}, but --install would change it."]
    else:
        lines = [f"No jobs are set up with {kind}."]
    if plan.elsewhere:
        lines.append(f"Jobs of ssrcred are also set up with {', '.join(plan.elsewhere)}.")
    lines += [f"  {job.name}: {job.when}" for job in plan.jobs]
    out = session.environment.stdout
    out.write("".join(f"{plainly_folded(line, out)}\n" for line in lines))
    for piece in pieces:
        # Exactly as it would stand there, so not folded.
        out.write(f"\n{'This is' if piece.same else '--install would write this'} in {piece.where}:\n\n{piece.text}")
        if piece.present is not None and not piece.same:
            out.write(f"\nIt contains this now:\n\n{piece.present}")
    tell_notes(session, plan)
    if not same:
        session.terminal.say(f"To set up the jobs: ssrcred schedule --install --with {kind}")

"""The command schedule: what the machine's scheduler runs by itself, set up, taken away, and tried once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from ssrcred.app.schedule import KINDS, NAMES, Plan, install, remove, tell_notes
from ssrcred.app.session import Session
from ssrcred.app.verification import Publication
from ssrcred.cli.command import USUAL, command
from ssrcred.cli.commands.verify import PublishGroup
from ssrcred.cli.option import file_path
from ssrcred.domain.errors import UsageWrong
from ssrcred.output.fold import plainly_folded

WHATS: Final = {"verify": ("verify",), "remind": ("remind",), "both": NAMES}
EVERY: Final = {"day": False, "week": True}


@command(*USUAL)
def schedule(
    session: Session,
    installing: Annotated[bool, typer.Option("--install", help="Set the jobs up, and run each once.")] = False,
    removing: Annotated[bool, typer.Option("--remove", help="Take away what ssrcred has set up.")] = False,
    kind: Annotated[
        str | None, typer.Option("--with", metavar="NAME", help=f"The scheduler: {', '.join(KINDS)}.")
    ] = None,
    what: Annotated[str, typer.Option("--what", metavar="JOBS", help="verify, remind or both.")] = "both",
    verify_every: Annotated[
        str, typer.Option("--verify-every", metavar="TIME", help="day or week; a verify logs in to the portal.")
    ] = "week",
    at: Annotated[
        int, typer.Option("--at", min=0, max=23, metavar="HOUR", help="When verify runs; remind is an hour later.")
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
        typer.Option("--publish", metavar="FILE", parser=file_path, help="Have verify write it for a help desk."),
    ] = None,
    publish_group: PublishGroup = None,
    no_run: Annotated[bool, typer.Option("--no-run", help="With --install: do not run the jobs now.")] = False,
) -> None:
    """Have reminders and checks run by themselves; alone it shows what is set up, and the text of what would be."""
    if installing and removing:
        raise _usage("--install and --remove exclude each other.", "Do one after the other.")
    if removing:
        removed = remove(session.environment, kind)
        session.result.answer({"removed": removed})
        done = f"Taken away: the jobs of ssrcred in {', '.join(removed)}. Nothing else was touched."
        session.terminal.say(done if removed else "Nothing of ssrcred was set up. Nothing was changed.")
        return
    Publication.of(publish, publish_group)  # refuses here what every run of the job would refuse
    if what not in WHATS:
        raise _usage(f"There is no job '{what}'.", "Say --what verify, remind or both.")
    if verify_every not in EVERY:
        raise _usage(f"--verify-every cannot be '{verify_every}'.", "Say --verify-every day or week.")
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
        lines = [f"Set up with {kind}, but not as it would be now."]
    else:
        lines = [f"Nothing is set up with {kind}."]
    if plan.elsewhere:
        lines.append(f"Jobs of ssrcred are also set up with {', '.join(plan.elsewhere)}.")
    lines += [f"  {job.name}: {job.when}" for job in plan.jobs]
    out = session.environment.stdout
    out.write("".join(f"{plainly_folded(line, out)}\n" for line in lines))
    for piece in pieces:
        # Exactly as it would stand there, so not folded.
        out.write(f"\n{'This is' if piece.same else 'This would be'} in {piece.where}:\n\n{piece.text}")
        if piece.present is not None and not piece.same:
            out.write(f"\nand this is there now:\n\n{piece.present}")
    tell_notes(session, plan)
    if not same:
        session.terminal.say(f"To set it up: ssrcred schedule --install --with {kind}")

"""The command schedule: what the machine's scheduler runs by itself, set up, taken away, and tried once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from ssrcred.adapters import schedule as door
from ssrcred.adapters.schedule import Wish
from ssrcred.adapters.schedule import scheduler as planned
from ssrcred.adapters.schedule.host import Host, RunResult
from ssrcred.adapters.schedule.scheduler import Job, Piece, Scheduler
from ssrcred.app.environment import Environment
from ssrcred.app.session import Session
from ssrcred.app.terminal import Terminal
from ssrcred.app.verification import Publication
from ssrcred.cli.command import USUAL, command
from ssrcred.cli.commands.verify import PublishGroup
from ssrcred.cli.option import file_path
from ssrcred.domain.errors import ConfigInvalid, SsrcredError, Unreachable, UsageWrong
from ssrcred.output.fold import plainly_folded

LIMIT_SECONDS: Final = 900.0
"""How long the one run at the end may take; somebody may be waiting for it."""
SHOWN_LINES: Final = 15
WHATS: Final = {"verify": ("verify",), "remind": ("remind",), "both": planned.NAMES}
TAKE_AWAY: Final = "To take the jobs away: ssrcred schedule --remove"
DOCTOR: Final = "ssrcred doctor --as-scheduled"
PROXIES: Final = frozenset({"HTTPS_PROXY", "ALL_PROXY"})
EVERY: Final = {"day": False, "week": True}


@command(*USUAL)
def schedule(
    session: Session,
    install: Annotated[bool, typer.Option("--install", help="Set the jobs up, and run each once.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take away what ssrcred has set up.")] = False,
    kind: Annotated[
        str | None, typer.Option("--with", metavar="NAME", help=f"The scheduler: {', '.join(door.KINDS)}.")
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
    if install and remove:
        raise _usage("--install and --remove exclude each other.", "Do one after the other.")
    host = Host(environ=session.environment.environ, logs=session.environment.home.ledger.parent / "log")
    if remove:
        names = door.present(host) if kind is None else (kind,)
        removed = [name for name in names if door.scheduler_named(name, host).remove()]
        session.result.answer({"removed": removed})
        done = f"Taken away: the jobs of ssrcred in {', '.join(removed)}. Nothing else was touched."
        session.terminal.say(done if removed else "Nothing of ssrcred was set up. Nothing was changed.")
        return
    verify_words: tuple[str, ...] = ()
    if Publication.of(publish, publish_group) is not None:
        verify_words = ("--publish", str(publish), *(("--publish-group", publish_group) if publish_group else ()))
    if what not in WHATS:
        raise _usage(f"There is no job '{what}'.", "Say --what verify, remind or both.")
    if verify_every not in EVERY:
        raise _usage(f"--verify-every cannot be '{verify_every}'.", "Say --verify-every day or week.")
    # Of another user it is not known where their files are; what this one's variables say is not theirs.
    own = {"HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"} if runs_as is not None else set()
    carried = planned.carried({name: value for name, value in session.environment.environ.items() if name not in own})
    weekly = EVERY[verify_every]
    jobs = planned.jobs(WHATS[what], hour=at, weekly_verify=weekly, environ=carried, verify_words=verify_words)
    # The folders that may be in a protected part of the machine: SSRCRED_HOME's, and that of what is published.
    writes = (*map(Path, _home_named(session.environment)), *(() if publish is None else (publish.parent,)))
    plan = Plan.of(session, host, kind, Wish(runs_as, credential, writes), jobs=jobs)
    if install:
        raise typer.Exit(_install(session, plan, run=not no_run))
    _show(session, plan)


@dataclass
class Plan:
    """What one scheduler is to do, and `elsewhere`, the other ones that have jobs of ours."""

    scheduler: Scheduler
    jobs: tuple[Job, ...]
    elsewhere: tuple[str, ...]
    runs: list[tuple[Job, RunResult]] = field(default_factory=list)

    @classmethod
    def of(cls, session: Session, host: Host, kind: str | None, wish: Wish, *, jobs: tuple[Job, ...]) -> Plan:
        """The plan for the scheduler of that name; else for the one that has our jobs, or the machine's usual one."""
        present = door.present(host)
        usual = door.choose(host)
        chosen = kind or (usual if usual in present or not present else present[0])
        if chosen == "systemd-system" and wish.credential is None and _file_vault(session, wish):
            wish = replace(wish, credential=door.sealed_key(host))
        elsewhere = tuple(name for name in present if name != chosen)
        return cls(door.scheduler_named(chosen, host, wish), jobs, elsewhere)

    def document(self, pieces: Sequence[Piece]) -> dict[str, Any]:
        """The body of the JSON document."""
        return {
            "kind": self.scheduler.kind,
            "installed": self.scheduler.present(),
            "same": all(piece.same for piece in pieces),
            "elsewhere": list(self.elsewhere),
            "jobs": [
                {"name": job.name, "when": job.when, "command": list(job.argv), "warnings": list(job.warnings)}
                for job in self.jobs
            ],
            "texts": [{"where": one.where, "text": one.text, "present": one.present} for one in pieces],
            "notes": list(self.scheduler.notes()),
            "runs": [
                {
                    "job": job.name,
                    "exit_code": ran.exit_code,
                    "fine": fine(job, ran),
                    "how": ran.how,
                    "stdout": ran.stdout,
                    "stderr": ran.stderr,
                }
                for job, ran in self.runs
            ],
        }


def fine(job: Job, ran: RunResult) -> bool:
    """Whether a run counts as run well."""
    return ran.exit_code == 0 or ran.exit_code in job.warnings


def _usage(message: str, hint: str) -> UsageWrong:
    return UsageWrong(message, state="Nothing was changed.", hint=hint)


def _file_vault(session: Session, wish: Wish) -> bool:
    """Whether the jobs' vault is the encrypted file, as far as this user can know."""
    if wish.runs_as is not None and not _home_named(session.environment):
        return True  # another user's config.toml; a key that is there and not needed does no harm
    try:
        return session.config().backend == "file"
    except ConfigInvalid:
        return False


def _home_named(environment: Environment) -> tuple[str, ...]:
    """What SSRCRED_HOME names, if it is set."""
    carried = planned.carried(environment.environ)
    return (carried[planned.HOME],) if planned.HOME in carried else ()


def _install(session: Session, plan: Plan, *, run: bool) -> int:
    if plan.elsewhere:
        raise _usage(
            f"The jobs are already set up with {', '.join(plan.elsewhere)}, and would run twice.",
            f"Take them away first: ssrcred schedule --remove --with {plan.elsewhere[0]}",
        )
    # Before jobs are set up that could only fail without one; of another user's it cannot be known.
    if getattr(plan.scheduler, "runs_as", None) is None or _home_named(session.environment):
        session.config()
    before = plan.scheduler.pieces(plan.jobs)
    plan.scheduler.install(plan.jobs)
    session.result.partial = {"kind": plan.scheduler.kind, "installed": True}
    pieces = plan.scheduler.pieces(plan.jobs)
    already = all(piece.same for piece in before)
    session.terminal.say(f"{'Already set up' if already else 'Set up'} with {plan.scheduler.kind}:")
    for job in plan.jobs:
        session.terminal.say(f"  {job.name}: {job.when}")
    _say_notes(session, plan)
    if run:
        for job in plan.jobs:
            session.terminal.say(
                f"Running {job.name} once, the way {plan.scheduler.kind} does. This can take a few minutes."
            )
            try:
                ran = plan.scheduler.run(job, LIMIT_SECONDS)
            except SsrcredError as problem:
                problem.state = "The jobs are set up and stay so; whether they run is not known."
                problem.hint = f"{problem.hint} {TAKE_AWAY}"
                raise
            plan.runs.append((job, ran))
            _tell(session.terminal, job, ran)
    session.result.answer(plan.document(pieces))
    return next((ran.exit_code for job, ran in plan.runs if not fine(job, ran)), 0)


def _say_notes(session: Session, plan: Plan) -> None:
    for note in plan.scheduler.notes():
        session.terminal.say(note)
    proxies = [name for name in session.environment.environ if name.upper() in PROXIES]
    if proxies:
        session.terminal.say(
            f"A proxy is named in this terminal ({', '.join(sorted(proxies))}). It is not handed on to the jobs, since "
            "its address may hold a password. If they need it: docs/how-to/network.md, A proxy."
        )


def _tell(terminal: Terminal, job: Job, ran: RunResult) -> None:
    """Say what came of a run: its last lines, and the exit code in words."""
    lines = [line for line in f"{ran.stdout}\n{ran.stderr}".splitlines() if line.strip()]
    for line in lines[-SHOWN_LINES:]:
        terminal.say(f"  | {line}")
    terminal.say(f"It was run {ran.how}.")
    if ran.exit_code == 0:
        terminal.say(f"{job.name} ended well.")
    elif fine(job, ran):
        terminal.say(f"{job.name} ended with exit code {ran.exit_code}: it has something to say, and counts as run.")
        if ran.exit_code == Unreachable.exit_code:
            terminal.say(f"It did not reach every site, and counts as run each time. What a job reaches: {DOCTOR}")
    else:
        terminal.say(f"{job.name} failed with exit code {ran.exit_code}. It is set up, and fails until that is mended.")
        terminal.say(TAKE_AWAY)
        terminal.say(f"To see what the scheduler's job can reach: {DOCTOR}")


def _show(session: Session, plan: Plan) -> None:
    pieces = plan.scheduler.pieces(plan.jobs)
    if session.result.json:
        session.result.answer(plan.document(pieces))
        return
    kind = plan.scheduler.kind
    if all(piece.same for piece in pieces):
        lines = [f"Set up with {kind}."]
    else:
        there = plan.scheduler.present()
        lines = [f"Set up with {kind}, but not as it would be now." if there else f"Nothing is set up with {kind}."]
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
    _say_notes(session, plan)
    if not all(piece.same for piece in pieces):
        session.terminal.say(f"To set it up: ssrcred schedule --install --with {kind}")

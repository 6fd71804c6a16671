"""Sets up the jobs that the machine's scheduler runs, runs each once, and removes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ssrcred.adapters import schedule as adapter
from ssrcred.adapters.schedule import KINDS
from ssrcred.adapters.schedule.host_commands import Host, RunResult
from ssrcred.adapters.schedule.scheduler import HOME, NAMES, Job, Scheduler, carried, jobs
from ssrcred.app.environment import Environment
from ssrcred.app.session import Session
from ssrcred.domain.errors import ConfigInvalid, SsrcredError, Unreachable, UsageWrong

__all__ = ["KINDS", "NAMES", "Plan", "install", "remove", "scheduler_in_use", "tell_notes"]

# How long the test run at the end may take; somebody may be waiting for it.
LIMIT_SECONDS: Final = 900.0
SHOWN_LINES: Final = 15
TAKE_AWAY: Final = "To remove the jobs: ssrcred schedule --remove"
DOCTOR: Final = "ssrcred doctor --as-scheduled"


@dataclass
class Plan:
    """The jobs of one scheduler, and `elsewhere`, the other schedulers that have jobs of ours."""

    scheduler: Scheduler
    jobs: tuple[Job, ...]
    elsewhere: tuple[str, ...]
    runs: list[tuple[Job, RunResult]] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        session: Session,
        kind: str | None,
        names: Sequence[str],
        *,
        hour: int,
        weekly_verify: bool,
        runs_as: str | None = None,
        credential: Path | None = None,
        publish: Path | None = None,
        publish_group: str | None = None,
    ) -> Plan:
        """Return the plan for the scheduler `kind`; else for the one that has our jobs, or the machine's usual one.

        `runs_as` and `credential` are for the system's timers only; `publish` is what verify writes for a help desk.
        """
        host = _host(session.environment)
        present, usual = adapter.present(host), adapter.choose(host)
        chosen = kind or (usual if usual in present or not present else present[0])
        # Of another user it is not known where their files are; what this one's variables say is not theirs.
        own = {"HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"} if runs_as is not None else set()
        environ = carried({name: value for name, value in host.environ.items() if name not in own})
        group = ("--publish-group", publish_group) if publish_group else ()
        words = () if publish is None else ("--publish", str(publish), *group)
        planned = jobs(names, hour=hour, weekly_verify=weekly_verify, environ=environ, verify_words=words)
        # The folders that may be in a protected part of the machine: SSRCRED_HOME's, and that of what is published.
        writes = (*map(Path, _home_named(host)), *(() if publish is None else (publish.parent,)))
        if chosen == "systemd-system" and credential is None and _may_need_sealed_key(session, host, runs_as):
            credential = adapter.sealed_key(host)
        elsewhere = tuple(name for name in present if name != chosen)
        scheduler = adapter.scheduler_named(chosen, host, runs_as=runs_as, credential=credential, writes=writes)
        return cls(scheduler, planned, elsewhere)

    def document(self) -> dict[str, Any]:
        """The body of the JSON document."""
        pieces = self.scheduler.pieces(self.jobs)
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
                    "fine": job.ended_well(ran.exit_code),
                    "how": ran.how,
                    "stdout": ran.stdout,
                    "stderr": ran.stderr,
                }
                for job, ran in self.runs
            ],
        }


def _host(environment: Environment) -> Host:
    return Host(environ=environment.environ, logs=environment.home.ledger.parent / "log")


def scheduler_in_use(environment: Environment) -> tuple[str, bool]:
    """Return the scheduler of this machine by its name, and whether it has jobs of ours."""
    host = _host(environment)
    kind = next((kind for kind in adapter.kinds(host) if adapter.scheduler_named(kind, host).present()), None)
    return kind or adapter.choose(host), kind is not None


def remove(environment: Environment, kind: str | None) -> list[str]:
    """Remove our jobs from the scheduler `kind`, or from every one; return the names of those that had some."""
    host = _host(environment)
    names = adapter.present(host) if kind is None else (kind,)
    return [name for name in names if adapter.scheduler_named(name, host).remove()]


def install(session: Session, plan: Plan, *, run: bool) -> int:
    """Set up the jobs and, with `run`, run each once; return the exit code of the first that failed, or 0."""
    if plan.elsewhere:
        raise UsageWrong(
            f"The jobs are already set up with {', '.join(plan.elsewhere)}, and would run twice.",
            state="Nothing was changed.",
            hint=f"Remove them first: ssrcred schedule --remove --with {plan.elsewhere[0]}",
        )
    # Before jobs are set up that could only fail without one; of another user's it cannot be known.
    if getattr(plan.scheduler, "runs_as", None) is None or _home_named(_host(session.environment)):
        session.config()
    kind, say = plan.scheduler.kind, session.terminal.say
    already = all(piece.same for piece in plan.scheduler.pieces(plan.jobs))
    plan.scheduler.install(plan.jobs)
    session.result.partial = {"kind": kind, "installed": True}
    say(f"{'Already set up' if already else 'Set up'} with {kind}:")
    for job in plan.jobs:
        say(f"  {job.name}: {job.when}")
    tell_notes(session, plan)
    for job in plan.jobs if run else ():
        say(f"Running {job.name} once, as {kind} does. This can take a few minutes.")
        try:
            ran = plan.scheduler.run(job, LIMIT_SECONDS)
        except SsrcredError as problem:
            problem.state = "The jobs are set up. It is not known whether they run."
            problem.hint = f"{problem.hint} {TAKE_AWAY}"
            raise
        plan.runs.append((job, ran))
        for line in _told(job, ran):
            say(line)
    session.result.answer(plan.document())
    return next((ran.exit_code for job, ran in plan.runs if not job.ended_well(ran.exit_code)), 0)


def tell_notes(session: Session, plan: Plan) -> None:
    """Say what a person needs to know about jobs with this scheduler."""
    for note in plan.scheduler.notes():
        session.terminal.say(note)
    proxies = [name for name in session.environment.environ if name.upper() in ("HTTPS_PROXY", "ALL_PROXY")]
    if proxies:
        session.terminal.say(
            f"This terminal uses a proxy ({', '.join(sorted(proxies))}). The jobs do not get it, because its address "
            "may contain a password. If they need it: docs/how-to/network.md, A proxy."
        )


def _told(job: Job, ran: RunResult) -> list[str]:
    """Return the result of a run: its last lines, and the exit code in words."""
    lines = [line for line in f"{ran.stdout}\n{ran.stderr}".splitlines() if line.strip()]
    told = [*(f"  | {line}" for line in lines[-SHOWN_LINES:]), f"It ran {ran.how}."]
    if ran.exit_code == 0:
        return [*told, f"{job.name} succeeded."]
    if not job.ended_well(ran.exit_code):
        failed = f"{job.name} failed (exit code {ran.exit_code}). The job is set up, and fails until this is fixed."
        return [*told, failed, TAKE_AWAY, f"To check what a scheduled job can reach: {DOCTOR}"]
    told.append(f"{job.name} ended with exit code {ran.exit_code}: it ran, and has a message for you.")
    if ran.exit_code == Unreachable.exit_code:
        told.append(f"It did not reach every site. To check what a scheduled job can reach: {DOCTOR}")
    return told


def _home_named(host: Host) -> tuple[str, ...]:
    """What SSRCRED_HOME names, if it is set."""
    environ = carried(host.environ)
    return (environ[HOME],) if HOME in environ else ()


def _may_need_sealed_key(session: Session, host: Host, runs_as: str | None) -> bool:
    """Whether the jobs store secrets in the encrypted file, as far as this user can know."""
    if runs_as is not None and not _home_named(host):
        return True  # another user's config.toml; a key that is there and not needed does no harm
    try:
        return session.config().backend == "file"
    except ConfigInvalid:
        return False

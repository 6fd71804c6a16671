"""Runs jobs with the machine's own scheduler: cron, systemd's timers, launchd, Windows Task Scheduler.

All have one interface (scheduler.py). Nothing here knows what a job does, only when to start it, which exit codes are
no failure, and where its output goes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from ssrcred.adapters.schedule.cron import Cron
from ssrcred.adapters.schedule.host_commands import UNTOUCHED, Host, RunResult
from ssrcred.adapters.schedule.launchd import Launchd
from ssrcred.adapters.schedule.scheduler import Scheduler
from ssrcred.adapters.schedule.systemd import CREDENTIAL, SYSTEM, USER, Systemd
from ssrcred.adapters.schedule.task_scheduler import TaskScheduler
from ssrcred.domain.errors import UsageWrong

KINDS: Final = ("cron", USER, SYSTEM, "launchd", "task-scheduler")
PLATFORMS: Final = {"win32": ("task-scheduler",), "darwin": ("launchd", "cron")}
UNIX: Final = (USER, SYSTEM, "cron")


def kinds(host: Host) -> tuple[str, ...]:
    """Return the schedulers that this kind of machine can have, the usual one first."""
    return PLATFORMS.get(host.platform, UNIX)


def choose(host: Host) -> str:
    """Return the scheduler for this machine: its own; on Linux systemd's where it can be reached, else cron."""
    if host.platform in PLATFORMS:
        return PLATFORMS[host.platform][0]
    if (host.root / "run/systemd/system").is_dir():
        if host.uid == 0:
            return SYSTEM
        if (host.root / f"run/user/{host.uid}/systemd").is_dir():
            return USER
    return "cron"


def scheduler_named(
    kind: str,
    host: Host,
    *,
    runs_as: str | None = None,
    credential: Path | None = None,
    writes: tuple[Path, ...] = (),
) -> Scheduler:
    """Return the scheduler of that name. Raises UsageWrong for an unknown name, or one of another platform.

    The rest is only for the system's timers: the user whose jobs they are, the file vault's sealed key, and the
    folders that may be in a protected part of the machine.
    """
    if kind not in kinds(host):
        known = ", ".join(kinds(host))
        raise UsageWrong(
            f"This kind of machine has no scheduler '{kind}'.",
            state=UNTOUCHED,
            hint=f"Use one of these with --with: {known}.",
        )
    if runs_as is not None and kind != SYSTEM:
        raise UsageWrong(
            "Only systemd's system timers can run as another user.",
            state=UNTOUCHED,
            hint="Leave --as out, or use: ssrcred schedule --with systemd-system --as USER",
        )
    if kind in (USER, SYSTEM):
        return Systemd(host, kind, runs_as, credential, writes).settled()
    if kind == "launchd":
        return Launchd(host)
    return TaskScheduler(host) if kind == "task-scheduler" else Cron(host)


def present(host: Host) -> tuple[str, ...]:
    """Return the schedulers that have jobs of ours for this user (root: for all users), the usual one first."""
    return tuple(
        kind
        for kind in kinds(host)
        if scheduler_named(kind, host).present()
        and (kind != SYSTEM or host.uid == 0 or Systemd(host, kind).settled().runs_as == host.user)
    )


def sealed_key(host: Host) -> Path | None:
    """Return the path of the file vault's sealed key (systemd-creds), where the documentation puts it, or None."""
    path = host.root / CREDENTIAL
    try:
        return path if path.exists() else None
    except OSError:  # a folder of root's
        return None


def run_once(kind: str, argv: Sequence[str], *, environ: Mapping[str, str], limit_seconds: float) -> RunResult:
    """Run `argv` once in the environment that the scheduler `kind` gives its jobs; nothing stays installed.

    `environ` is the caller's own: of it, only what a scheduled job of ours would get is handed on (`carried`; with cron
    also the address of the session bus). The result's `how` says in words how it was run; exit code 124 is a run
    that took longer than `limit_seconds`. Raises UsageWrong (no such scheduler here) or ConfigInvalid (it refused).
    """
    host = Host(environ=environ)
    credential = sealed_key(host) if kind == SYSTEM else None
    return scheduler_named(kind, host, credential=credential).try_out(argv, limit_seconds)

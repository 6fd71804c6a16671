"""Has the machine's own scheduler run the doctor, and reads what it found there."""

from __future__ import annotations

import json
from typing import Final

from ssrcred import finding
from ssrcred.cli.session import Session
from ssrcred.errors import SsrcredError
from ssrcred.finding import Chart, Finding
from ssrcred.schedule import Host, RunResult, choose, kinds, program, run_once, scheduler

LIMIT_S: Final = 1200.0
"""Seconds for the whole visit, beyond what all of its own limits amount to for a county of a thousand LEAs."""
COMMAND: Final = "ssrcred doctor --as-scheduled"


def visit(session: Session, lea: str | None, *, practice: bool) -> Chart:
    """The chart of a doctor that the scheduler of this machine ran; a run without one is itself a problem.

    The scheduler is the one that our jobs are set up with, else the one that `ssrcred schedule` would use.
    Raises UsageWrong or ConfigInvalid where that scheduler cannot be asked.
    """
    environ = session.machine.environ
    words = ["doctor", "--json", "--no-input", "--scheduled-run"]
    lea = lea or environ.get("SSRCRED_LEA")  # which no scheduler hands on
    words += ["--lea", lea] if lea else []
    words += [] if practice else ["--no-practice"]
    kind, _ = used(session)
    done = run_once(kind, program(*words), environ=environ, limit_seconds=LIMIT_S)
    manner = f"Run once the way {kind} runs a job: {done.how}."
    try:
        chart = Chart.from_json(json.loads(done.stdout))
    except (ValueError, KeyError, TypeError):
        return Chart((_nothing_came(done),), manner=manner)
    return Chart(chart.computer, chart.leas, manner)


def used(session: Session) -> tuple[str, bool]:
    """The scheduler of this machine by its name, and whether jobs of ours are set up with it."""
    host = Host(environ=session.machine.environ)
    for kind in kinds(host):
        if scheduler(kind, host).present():
            return kind, True
    return choose(host), False


def jobs(session: Session) -> Finding:
    """Whether anything runs by itself here."""
    kind, present = used(session)
    if not present:
        words = "No job of ssrcred is scheduled for this account."
        return finding.not_tried("schedule", words, "ssrcred schedule --install", scheduler=kind)
    return finding.fine("schedule", f"Jobs of ssrcred are scheduled with {kind}.", scheduler=kind)


def _nothing_came(done: RunResult) -> Finding:
    """The finding for a run that gave no chart: its own error's words where it has some."""
    try:
        error = json.loads(done.stdout)["error"]
        words, mend, code = str(error["message"]), str(error["hint"]), int(error["exit"])
    except (ValueError, KeyError, TypeError):
        said = next((line.strip() for line in done.stderr.splitlines() if line.strip()), "it said nothing")
        words = f"The scheduler's run gave no findings (exit {done.exit_code}): {said[:200]}"
        mend, code = COMMAND, SsrcredError.exit_code
    return finding.Finding("schedule", finding.Result.PROBLEM, words, mend, code, {"run_exit": str(done.exit_code)})

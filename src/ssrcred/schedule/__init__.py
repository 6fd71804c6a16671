"""Has the machine's own scheduler run our jobs: cron, systemd's timers, launchd, Windows Task Scheduler.

Behind one small interface (scheduler.py). Nothing here knows what a job does; it knows when to start it, which of its
exit codes are no failure, and where its output is kept.
"""

from ssrcred.schedule.choice import KINDS, Wish, choose, kinds, present, run_once, scheduler, sealed_key
from ssrcred.schedule.host import Host
from ssrcred.schedule.job import HOME, NAMES, Job, carried, jobs, program
from ssrcred.schedule.process import RunResult
from ssrcred.schedule.scheduler import Piece, Scheduler

__all__ = [
    "HOME",
    "KINDS",
    "NAMES",
    "Host",
    "Job",
    "Piece",
    "RunResult",
    "Scheduler",
    "Wish",
    "carried",
    "choose",
    "jobs",
    "kinds",
    "present",
    "program",
    "run_once",
    "scheduler",
    "sealed_key",
]

r"""Windows Task Scheduler: one task for each job in the folder \ssrcred, described in XML and given to schtasks.

The elements are those of [MS-TSCH] 2.5 and of the Task Scheduler schema. Written from these; not run on Windows.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path, PureWindowsPath
from string import Template
from typing import Final
from uuid import uuid4

from ssrcred.adapters.schedule.host_commands import (
    TIMED_OUT,
    Host,
    ResultFolder,
    RunResult,
    read,
    refuse_to_replace,
    save,
)
from ssrcred.adapters.schedule.scheduler import LIMIT_SECONDS, NAMES, SPREAD_MINUTES, Job, Piece, carried, logged

TEMPLATE: Final = Template(Path(__file__).with_name("task.xml").read_text("utf-8"))
FOLDER: Final = "\\ssrcred\\"
MARK: Final = "ssrcred schedule "
DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# A day in the past: the tasks hold from the moment they are there.
EPOCH: Final = "2026-01-01"


@dataclass(frozen=True)
class TaskScheduler:
    """The tasks of the user who runs this."""

    host: Host
    kind: str = "task-scheduler"

    def present(self) -> bool:
        """Whether a task of ours is there."""
        return any(self._ours(name) is not None for name in NAMES)

    def pieces(self, jobs: Sequence[Job]) -> tuple[Piece, ...]:
        """One task for each job."""
        found = []
        for job in jobs:
            words = job.logged(self.host.logs, *_set(job.environ))
            text, there = _xml(f"{job.title} (ssrcred {job.name})", words, self._account, job), self._ours(job.name)
            # Windows writes a task down in its own order, so its text is known by the digest in it.
            present = text if there is not None and _digest(text) == _digest(there) else there
            found.append(Piece(f"{FOLDER}{job.name} in Task Scheduler", text, present))
        return tuple(found)

    def install(self, jobs: Sequence[Job]) -> None:
        """Create the tasks, in place of ours that were there."""
        for job in jobs:
            if self._ours(job.name) is None and self._query(job.name) is not None:
                refuse_to_replace(f"The task {FOLDER}{job.name}", " in Task Scheduler")
        for name in NAMES:
            if name not in {job.name for job in jobs}:
                self._drop(name)
        for job, piece in zip(jobs, self.pieces(jobs), strict=True):
            if not piece.same:
                self._create(job.name, piece.text)

    def remove(self) -> bool:
        """Delete our tasks."""
        return True in [self._drop(name) for name in NAMES]

    def run(self, job: Job, limit_seconds: float) -> RunResult:
        """Start the task and wait for the line with which its log ends."""
        log = self.host.logs / f"{job.name}.log"
        before = len(read(log) or b"")
        self.host.tell("schtasks", "/run", "/tn", f"{FOLDER}{job.name}")
        how = f"by Task Scheduler: schtasks /run /tn {FOLDER}{job.name}"

        def look() -> RunResult | None:
            content = read(log) or b""
            # A log that has become too long begins anew.
            said = content[before if len(content) >= before else 0 :].decode("utf-8", "replace")
            ended = re.search(r"^--- \S+ exit (\d+)\s*\Z", said, re.MULTILINE)
            return RunResult(int(ended[1]), said, "", how) if ended else None

        told = f"The task did not end within {limit_seconds:g} seconds.\n"
        return self.host.watch(limit_seconds, look) or RunResult(TIMED_OUT, "", told, how)

    def try_out(self, argv: Sequence[str], limit_seconds: float) -> RunResult:
        """Run any command as a task that is deleted afterwards."""
        name = f"once-{uuid4().hex[:12]}"
        with ResultFolder(self.host) as box:
            words = logged("--into", str(box.folder), *_set(carried(self.host.environ)), "--", *argv)
            self._create(name, _xml("Runs a command once (ssrcred)", words, self._account, None))
            try:
                self.host.tell("schtasks", "/run", "/tn", f"{FOLDER}{name}")
                return box.wait(limit_seconds, "by Task Scheduler, as a temporary task")
            finally:
                self.host.ask("schtasks", "/delete", "/tn", f"{FOLDER}{name}", "/f")

    def notes(self) -> tuple[str, ...]:
        """Where the output goes, and when tasks run."""
        return (
            f"The output of the jobs is in {self.host.logs}; Task Scheduler shows their history in {FOLDER}",
            "The jobs run only while you are signed in: only then Windows opens your Credential Manager without a "
            "stored password.",
        )

    @property
    def _account(self) -> str:
        name = self.host.environ.get("USERNAME") or self.host.user
        domain = self.host.environ.get("USERDOMAIN", "")
        return f"{domain}\\{name}" if domain else name

    def _query(self, name: str) -> str | None:
        done = self.host.ask("schtasks", "/query", "/tn", f"{FOLDER}{name}", "/xml")
        return done.stdout if done.exit_code == 0 else None

    def _ours(self, name: str) -> str | None:
        text = self._query(name)
        return text if text is not None and _digest(text) is not None else None

    def _create(self, name: str, text: str) -> None:
        with ResultFolder(self.host) as box:
            path = box.folder / "task.xml"
            save(path, text.encode("utf-16"))  # with a BOM, without which schtasks takes it for the code page
            self.host.tell("schtasks", "/create", "/tn", f"{FOLDER}{name}", "/xml", str(path), "/f")

    def _drop(self, name: str) -> bool:
        if self._ours(name) is None:
            return False
        self.host.tell("schtasks", "/delete", "/tn", f"{FOLDER}{name}", "/f")
        return True


def _set(environ: Mapping[str, str]) -> list[str]:
    return [word for name, value in environ.items() for word in ("--set", f"{name}={value}")]


def _digest(text: str) -> str | None:
    """The digest that one of our tasks carries, or None."""
    found = re.search(rf"<Source>{MARK}([0-9a-f]{{16}})</Source>", text)
    return found[1] if found else None


def _xml(title: str, words: Sequence[str], account: str, job: Job | None) -> str:
    """A task that runs these words at the job's time, or only when it is asked to."""
    trigger = ""
    if job is not None:
        day = "<ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay>"
        if job.weekday is not None:
            week = f"<WeeksInterval>1</WeeksInterval><DaysOfWeek><{DAYS[job.weekday]} /></DaysOfWeek>"
            day = f"<ScheduleByWeek>{week}</ScheduleByWeek>"
        start = f"{EPOCH}T{job.hour:02}:{job.minute:02}:00"
        trigger = f"<Enabled>true</Enabled><StartBoundary>{start}</StartBoundary>"
        trigger = f"<CalendarTrigger>{trigger}<RandomDelay>PT{SPREAD_MINUTES}M</RandomDelay>{day}</CalendarTrigger>"
    texts = {"title": title, "account": account, "command": _windowless(words[0])}
    texts["arguments"] = subprocess.list2cmdline(words[1:])
    values = {name: escape(text, quote=False) for name, text in texts.items()} | {
        "trigger": trigger,
        "limit": str(LIMIT_SECONDS),
    }
    # Windows gives a task back in its own order and with elements of its own, so the text cannot be compared.
    digest = hashlib.sha256(TEMPLATE.substitute(values, source="").encode()).hexdigest()[:16]
    return TEMPLATE.substitute(values, source=MARK + digest)


def _windowless(interpreter: str) -> str:
    """The interpreter that opens no window, where it is beside this one."""
    path = PureWindowsPath(interpreter)
    other = path.with_name("pythonw.exe")
    return str(other) if path.name.casefold() == "python.exe" and Path(other).exists() else interpreter

"""launchd: one property list for each job in the user's LaunchAgents, where the keychain can be opened.

Facts are from launchd.plist(5) and launchctl(1). Written from these pages; it was not run on macOS.
"""

from __future__ import annotations

import platform
import plistlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import uuid4
from xml.parsers.expat import ExpatError

from ssrcred.adapters.schedule.host_commands import (
    LOOK_SECONDS,
    TIMED_OUT,
    Host,
    ResultFolder,
    RunResult,
    read,
    refuse_to_replace,
    save,
    unwritable,
)
from ssrcred.adapters.schedule.scheduler import NAMES, Job, Piece, carried, logged, minute_of

PREFIX: Final = "ssrcred."
# A variable by which a property list is known as ours; its value is the job's name.
MARK: Final = "SSRCRED_SCHEDULE"
# Seconds that launchd may take to let go of an agent; about five were measured
# (github.com/headroomlabs-ai/headroom, issue 1289).
GONE_S: Final = 15.0


@dataclass(frozen=True)
class Launchd:
    """The agents of the user who runs this."""

    host: Host
    kind: str = "launchd"

    @property
    def folder(self) -> Path:
        """Where the property lists go."""
        return self.host.user_home / "Library/LaunchAgents"

    @property
    def logs(self) -> Path:
        """Where the jobs' output goes."""
        return self.host.user_home / "Library/Logs/ssrcred"

    @property
    def _domain(self) -> str:
        return f"gui/{self.host.uid}"

    def present(self) -> bool:
        """Whether a property list of ours is there."""
        return any(self._ours(name) is not None for name in NAMES)

    def pieces(self, jobs: Sequence[Job]) -> tuple[Piece, ...]:
        """One file for each job."""
        found = []
        for job in jobs:
            # launchd has no jitter; and Sunday is 0 there, 6 in Python.
            at = {"Hour": job.hour, "Minute": job.minute + minute_of(platform.node(), self.host.user)}
            if job.weekday is not None:
                at["Weekday"] = (job.weekday + 1) % 7
            log = str(self.logs / f"{job.name}.log")
            kept = {"StandardOutPath": log, "StandardErrorPath": log}
            environ = {**job.environ, MARK: job.name}
            text = _text(f"{PREFIX}{job.name}", job.argv, environ, StartCalendarInterval=at, **kept)
            found.append(Piece(str(self._path(job.name)), text, self._ours(job.name)))
        return tuple(found)

    def install(self, jobs: Sequence[Job]) -> None:
        """Write the files and load them anew."""
        pieces = self.pieces(jobs)
        for piece in pieces:
            if piece.present is None and read(Path(piece.where)) is not None:
                refuse_to_replace(piece.where)
        for name in NAMES:
            if name not in {job.name for job in jobs}:
                self._drop(name)
        self.logs.mkdir(parents=True, exist_ok=True)
        for job, piece in zip(jobs, pieces, strict=True):
            loaded = self.host.ask("launchctl", "print", f"{self._domain}/{PREFIX}{job.name}").exit_code == 0
            # launchd goes on with what it has loaded, whatever the file says by now.
            if piece.same and loaded:
                continue
            if loaded:
                self.host.tell("launchctl", "bootout", f"{self._domain}/{PREFIX}{job.name}")
                self._wait_until_gone(job.name)
            save(Path(piece.where), piece.text.encode())
            self.host.tell("launchctl", "bootstrap", self._domain, piece.where)

    def remove(self) -> bool:
        """Unload and delete what is ours."""
        return True in [self._drop(name) for name in NAMES]

    def run(self, job: Job, limit_seconds: float) -> RunResult:
        """Kick the loaded agent off, watch it until it has ended, and read what it added to its log."""
        target, log = f"{self._domain}/{PREFIX}{job.name}", self.logs / f"{job.name}.log"
        before = len(read(log) or b"")
        runs = _runs(self.host.ask("launchctl", "print", target).stdout)
        how = f"by launchd: launchctl kickstart {target}"
        self.host.tell("launchctl", "kickstart", target)
        self.host.pause(LOOK_SECONDS)
        code = self.host.watch(limit_seconds, lambda: _ended(self.host.ask("launchctl", "print", target).stdout, runs))
        said = (read(log) or b"")[before:].decode("utf-8", "replace")
        if code is not None:
            return RunResult(code, said, "", how)
        told = f"launchd did not report the end within {limit_seconds:g} seconds.\n"
        return RunResult(TIMED_OUT, said, told, how)

    def try_out(self, argv: Sequence[str], limit_seconds: float) -> RunResult:
        """Run any command as an agent that is forgotten afterwards."""
        label = f"{PREFIX}once-{uuid4().hex[:12]}"
        with ResultFolder(self.host) as box:
            path = box.folder / f"{label}.plist"
            words = logged("--into", str(box.folder), "--", *argv)
            save(path, _text(label, words, carried(self.host.environ), RunAtLoad=True).encode())
            self.host.tell("launchctl", "bootstrap", self._domain, str(path))
            try:
                return box.wait(limit_seconds, "by launchd, as a temporary agent of the user")
            finally:
                self.host.ask("launchctl", "bootout", f"{self._domain}/{label}")

    def notes(self) -> tuple[str, ...]:
        """Where the output goes, and when agents run."""
        return (
            f"The output of the jobs is in {self.logs}.",
            "The jobs run while you are signed in. If the Mac sleeps at the time of a job, it runs when the Mac wakes.",
        )

    def _path(self, name: str) -> Path:
        return self.folder / f"{PREFIX}{name}.plist"

    def _ours(self, name: str) -> str | None:
        content = read(self._path(name))
        if content is None:
            return None
        try:
            found = plistlib.loads(content)
        except (plistlib.InvalidFileException, ExpatError, ValueError, AttributeError, IndexError, TypeError):
            return None
        variables = found.get("EnvironmentVariables") if isinstance(found, dict) else None
        ours = isinstance(variables, dict) and variables.get(MARK) == name
        return content.decode("utf-8", "replace") if ours else None

    def _wait_until_gone(self, name: str) -> None:
        # bootout returns before launchd has let go, and a bootstrap at that moment fails with "5: Input/output error".
        target = f"{self._domain}/{PREFIX}{name}"
        self.host.watch(GONE_S, lambda: self.host.ask("launchctl", "print", target).exit_code or None)

    def _drop(self, name: str) -> bool:
        if self._ours(name) is None:
            return False
        # One that is not loaded is refused here, and gone all the same.
        self.host.ask("launchctl", "bootout", f"{self._domain}/{PREFIX}{name}")
        try:
            self._path(name).unlink()
        except OSError as error:
            raise unwritable(self._path(name), error) from None
        return True


def _ended(printed: str, runs: int | None) -> int | None:
    """The exit code of an agent by what `launchctl print` says of it; None while the run after `runs` is not over."""
    state = re.search(r"^\s*state = (.+?)\s*$", printed, re.MULTILINE)
    code = re.search(r"^\s*last exit code = (-?\d+)", printed, re.MULTILINE)
    resting = state is not None and state[1] in ("not running", "waiting", "exited")
    begun = runs is None or (_runs(printed) or 0) > runs
    return int(code[1]) if resting and begun and code else None


def _runs(printed: str) -> int | None:
    """How often an agent was started, where that is said."""
    found = re.search(r"^\s*runs = (\d+)", printed, re.MULTILINE)
    return int(found[1]) if found else None


def _text(label: str, argv: Sequence[str], environ: dict[str, str], **more: object) -> str:
    content = {
        "Label": label,
        "ProgramArguments": list(argv),
        "EnvironmentVariables": environ,
        **more,
        # An exit code other than 0 starts nothing anew: there is no KeepAlive.
        "ProcessType": "Background",
        "Umask": 0o077,
    }
    return plistlib.dumps(content, sort_keys=False).decode()

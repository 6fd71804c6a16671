"""cron: a block of our own in the user's crontab, between two marks; every other line stays as it is, byte for byte.

Facts are from crontab(5) of Debian's cron: `%` ends the command unless a backslash is in front of it; the environment
is HOME, LOGNAME, PATH=/usr/bin:/bin and SHELL=/bin/sh. A variable set in a crontab holds for all lines after it, so
ours are set within the command.
"""

from __future__ import annotations

import platform
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ssrcred.adapters.schedule.host_commands import NOT_STARTED, UNTOUCHED, Host, RunResult, read, refuse
from ssrcred.adapters.schedule.scheduler import Job, Piece, carried, minute_of
from ssrcred.adapters.session_bus import BUS, bus_address
from ssrcred.domain.errors import ConfigInvalid, UsageWrong

BEGIN: Final = b"# BEGIN ssrcred (made by: ssrcred schedule --install; taken away by: ssrcred schedule --remove)\n"
END: Final = b"# END ssrcred\n"
PATH: Final = "/usr/bin:/bin"


@dataclass(frozen=True)
class Cron:
    """The crontab of the user who runs this."""

    host: Host
    kind: str = "cron"

    def present(self) -> bool:
        """Whether our block is in the crontab; not where this user may not have one."""
        try:
            return BEGIN in self._read()
        except ConfigInvalid:
            return False

    def pieces(self, jobs: Sequence[Job]) -> tuple[Piece, ...]:
        """The one block."""
        _, ours, _ = _apart(self._read())
        present = ours.decode("utf-8", "replace") if ours else None
        return (Piece(f"the crontab of {self.host.user}", self._block(jobs).decode(), present),)

    def install(self, jobs: Sequence[Job]) -> None:
        """Put our block in place of the one before it, else at the end."""
        current = self._read()
        before, ours, after = _apart(current)
        if not ours and before and not before.endswith(b"\n"):
            before += b"\n"  # crontab(1) refuses a last line without an end; only a foreign spool has one
        self._write(current, before + self._block(jobs) + after)

    def remove(self) -> bool:
        """Cut our block out."""
        current = self._read()
        before, ours, after = _apart(current)
        if ours:
            self._write(current, before + after)
        return bool(ours)

    def run(self, job: Job, limit_seconds: float) -> RunResult:
        """Run the job's own line as cron does. cron itself cannot be asked to start a job now."""
        return self._shell(self.command(job).replace("\\%", "%"), limit_seconds)

    def try_out(self, argv: Sequence[str], limit_seconds: float) -> RunResult:
        """Run any command as cron does, with the variables that our lines set."""
        ours = carried(self.host.environ, self.host.user_home, self.host.platform)
        return self._shell(self._words(ours, argv), limit_seconds)

    def notes(self) -> tuple[str, ...]:
        """Where the output goes, and whether a cron is there to start anything."""
        root, silent = self.host.root, "No cron is running, so no job will start. To start it (on most systems): "
        silent += "systemctl enable --now cron"
        seen = any((root / f"run/{name}.pid").exists() for name in ("cron", "crond"))
        # Where no process can be seen at all, as on a Mac, cron is not said to be missing.
        running = [read(path) for path in (root / "proc").glob("[0-9]*/comm")]
        seen = seen or not running or any(name in (b"cron\n", b"crond\n") for name in running)
        return (
            *(() if seen else (silent,)),
            f"The output of the jobs is in {self.host.logs}. If this machine can send mail, cron also mails the output "
            "of a failed job to MAILTO of the crontab, or else to the user's mailbox.",
            "If the machine is off at the time of a job, cron skips that run.",
        )

    def command(self, job: Job) -> str:
        """The command of a job as it stands in the crontab."""
        command = self._words(job.environ, job.logged(self.host.logs))
        if "\\" in command:
            # Some crons take a doubled backslash for one and others for two.
            raise UsageWrong(
                "A path contains a backslash, which a crontab cannot contain.",
                state=UNTOUCHED,
                hint="Install ssrcred, or move its files (SSRCRED_HOME), to a folder with an ordinary name.",
            )
        return command.replace("%", "\\%")

    def _block(self, jobs: Sequence[Job]) -> bytes:
        lines = []
        for job in jobs:
            # cron has no jitter, so each machine and user has a minute of its own, the same one at every install.
            minute = job.minute + minute_of(platform.node(), self.host.user, *sorted(job.environ.values()))
            day = "*" if job.weekday is None else str((job.weekday + 1) % 7)  # Sunday is 0 here, and 6 in Python
            lines.append(f"{minute} {job.hour} * * {day} {self.command(job)}\n")
        return BEGIN + "".join(lines).encode() + END

    def _words(self, environ: Mapping[str, str], argv: Sequence[str]) -> str:
        """A command line for sh(1), its variables first, with the session bus where it is known."""
        # A bus at another place belongs to one desktop session, and its address is wrong after the next sign-in.
        bus = bus_address(self.host.root / f"run/user/{self.host.uid}/bus", self.host.uid)
        given = dict(environ) if bus is None else {**environ, BUS: bus}
        return " ".join([*(f"{name}={shlex.quote(value)}" for name, value in given.items()), shlex.join(argv)])

    def _shell(self, command: str, limit_seconds: float) -> RunResult:
        home = self.host.user_home
        environ = {"HOME": str(home), "LOGNAME": self.host.user, "PATH": PATH, "SHELL": "/bin/sh"}
        folder = home if home.is_dir() else Path("/")
        done = self.host.call(("/bin/sh", "-c", command), environ, limit_seconds, folder=folder)
        how = "by /bin/sh with cron's environment: HOME, LOGNAME, PATH, SHELL and what the line sets"
        return replace(done, how=f"{how}, without a terminal")

    def _read(self) -> bytes:
        done = self.host.ask("crontab", "-l")
        if done.exit_code != NOT_STARTED and "no crontab" not in done.stderr:
            refuse(("crontab", "-l"), done)
        return done.raw if done.exit_code == 0 else b""

    def _write(self, before: bytes, wanted: bytes) -> None:
        if wanted == before:
            return
        # crontab(1) has no lock: what somebody has saved meanwhile would be lost.
        if self._read() != before:
            raise ConfigInvalid(
                "Somebody else changed the crontab at the same time.", state=UNTOUCHED, hint="Run it again."
            )
        # crontab(1) checks the whole text and replaces the file at once, or refuses and leaves it as it is.
        if wanted:
            self.host.tell("crontab", "-", given=wanted)
        else:
            self.host.tell("crontab", "-r")


def _apart(text: bytes) -> tuple[bytes, bytes, bytes]:
    """The lines before our block, the block with its marks (empty: there is none), and the lines after it."""
    begins = [found.start() for found in re.finditer(rb"^" + re.escape(BEGIN), text, re.MULTILINE)]
    if not begins:
        return text, b"", b""
    end = re.compile(rb"^" + re.escape(END), re.MULTILINE).search(text, begins[0])
    if end is None or len(begins) > 1:
        raise ConfigInvalid(
            "Somebody has changed the lines that mark ssrcred's block in the crontab.",
            state=UNTOUCHED,
            hint=f"Run crontab -e and delete the lines of ssrcred, from {BEGIN.decode().split(' (')[0]} on.",
        )
    return text[: begins[0]], text[begins[0] : end.end()], text[end.end() :]

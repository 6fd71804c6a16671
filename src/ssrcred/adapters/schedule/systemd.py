"""systemd: a service and a timer for each job, in the user's own manager or in the system's.

Facts are from systemd.unit(5), systemd.service(5), systemd.exec(5), systemd.timer(5), systemd-run(1).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ssrcred.adapters.schedule.host_commands import (
    NOT_STARTED,
    TIMED_OUT,
    UNTOUCHED,
    Host,
    RunResult,
    read,
    refuse,
    refuse_to_replace,
    save,
    unwritable,
)
from ssrcred.adapters.schedule.scheduler import (
    LIMIT_SECONDS,
    NAMES,
    SPREAD_MINUTES,
    TITLES,
    Job,
    Piece,
    carried,
    refuse_control,
)
from ssrcred.domain.errors import UsageWrong

USER: Final = "systemd-user"
SYSTEM: Final = "systemd-system"
MARK: Final = (
    "# Made by ssrcred schedule --install, and written anew by the next one. ssrcred schedule --remove deletes it."
)
DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# Under the root: where docs/how-to/no-desktop.md puts the sealed key of the file vault.
CREDENTIAL: Final = Path("etc/ssrcred/ssrcred.key.cred")

# Words that stand for themselves.
PLAIN: Final = re.compile(r"[A-Za-z0-9_@/.,:=+-]+")

# None of these needs a namespace, which a user's manager may not make, and none is in the way of a keyring on the
# session bus, of age, or of a browser that makes a sandbox of its own (which MemoryDenyWriteExecute= or
# RestrictNamespaces= would be).
HARDENING: Final = (
    "UMask=0077",
    "NoNewPrivileges=yes",
    "LockPersonality=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
    "SystemCallArchitectures=native",
)
SYSTEM_HARDENING: Final = (
    "PrivateTmp=yes",
    "ProtectSystem=full",
    "ProtectKernelModules=yes",
    "ProtectKernelTunables=yes",
    "ProtectControlGroups=yes",
    "ProtectClock=yes",
    "ProtectHostname=yes",
)


@dataclass(frozen=True)
class Systemd:
    """The timers of one manager. `runs_as` is the user of the system's jobs; `credential` the file vault's sealed key.

    `writes` are folders that a system's job may write to although they are in a protected part of the machine.
    """

    host: Host
    kind: str = USER
    runs_as: str | None = None
    credential: Path | None = None
    writes: tuple[Path, ...] = ()

    @property
    def _scope(self) -> tuple[str, ...]:
        return ("--user",) if self.kind == USER else ()

    @property
    def folder(self) -> Path:
        """Where the unit files go."""
        if self.kind == SYSTEM:
            return self.host.root / "etc/systemd/system"
        config = self.host.environ.get("XDG_CONFIG_HOME") or str(self.host.user_home / ".config")
        return Path(config) / "systemd/user"

    def settled(self) -> Systemd:
        """This manager with the user and the sealed key of the jobs that are set up, where none were said."""
        text = "\n".join(self._ours(name) or "" for name in _files(NAMES))
        user = re.search(r"^User=(.+)$", text, re.MULTILINE)
        key = re.search(r"^LoadCredentialEncrypted=ssrcred\.key:(.+)$", text, re.MULTILINE)
        return replace(
            self,
            runs_as=self.runs_as or (user[1].replace("%%", "%") if user else None),
            credential=self.credential or (Path(key[1].replace("%%", "%")) if key else None),
        )

    def present(self) -> bool:
        """Whether a unit file of ours is there."""
        return any(self._ours(name) is not None for name in _files(NAMES))

    def pieces(self, jobs: Sequence[Job]) -> tuple[Piece, ...]:
        """Two files for each job."""
        units = {f"ssrcred-{job.name}": {"service": self._service(job), "timer": _timer(job)} for job in jobs}
        files = {f"{name}.{kind}": text for name, texts in units.items() for kind, text in texts.items()}
        return tuple(Piece(str(self.folder / name), text, self._ours(name)) for name, text in files.items())

    def install(self, jobs: Sequence[Job]) -> None:
        """Write the files, take away those of jobs that are not wanted, and start the timers."""
        self._may()
        pieces = self.pieces(jobs)
        for piece in pieces:
            if piece.present is None and (there := read(Path(piece.where))) is not None and there.strip():
                refuse_to_replace(piece.where)
        self._drop([name for name in NAMES if name not in {job.name for job in jobs}])
        for piece in pieces:
            if not piece.same:
                save(Path(piece.where), piece.text.encode())
        timers = [f"ssrcred-{job.name}.timer" for job in jobs]
        # A timer that runs already goes on by its old time until it is started anew.
        for words in (["daemon-reload"], ["enable", *timers], ["restart", *timers]):
            self.host.tell("systemctl", *self._scope, *words)

    def remove(self) -> bool:
        """Stop the timers and delete our files."""
        if not self.present():
            return False
        self._may()
        self._drop(NAMES)
        self.host.tell("systemctl", *self._scope, "daemon-reload")
        return True

    def run(self, job: Job, limit_seconds: float) -> RunResult:
        """Start the service, wait for its end, and ask the manager what came of it."""
        unit = f"ssrcred-{job.name}.service"
        start = ("systemctl", *self._scope, "start", unit)
        started = self.host.call(start, dict(self.host.environ), limit_seconds)
        names = ("ExecMainStatus", "Result", "InvocationID")
        shown = self.host.ask("systemctl", *self._scope, "show", unit, *(f"--property={name}" for name in names))
        refuse(("systemctl", "show", unit), shown)
        found = dict(line.partition("=")[::2] for line in shown.stdout.splitlines())
        how = f"by systemd: {' '.join(start)} (result: {found.get('Result') or 'unknown'})"
        said = ""
        if invocation := found.get("InvocationID", ""):
            # Its log may be out of reach for this user; the unit's result is known all the same.
            words = ("--no-pager", "--output=cat", f"_SYSTEMD_INVOCATION_ID={invocation}")
            told = self.host.ask("journalctl", *self._scope, *words)
            said = told.stdout if told.exit_code == 0 else ""
        if started.exit_code == TIMED_OUT:
            # What is shown of a service that still runs is not what will have come of it.
            return RunResult(TIMED_OUT, said, started.stderr, how)
        # A service that did not come as far as its command has 0 there.
        code = int(found.get("ExecMainStatus") or 0) or started.exit_code
        if code == 0 and found.get("Result") != "success":
            code = 1
        return RunResult(code, said, started.stderr, how)

    def try_out(self, argv: Sequence[str], limit_seconds: float) -> RunResult:
        """Run any command as a service that the manager forgets afterwards."""
        options = [*self._scope, "--quiet", "--wait", "--pipe", "--collect", "--service-type=exec"]
        options += [f"--property={line}" for line in self._settings()]
        options += [f"--setenv={name}={value}" for name, value in carried(self.host.environ).items()]
        options.append(f"--property=RuntimeMaxSec={max(1, int(limit_seconds))}")
        words = ("systemd-run", *options, "--", *_startable(argv))
        # Longer than the manager's own limit, which ends the service as well.
        done = self.host.call(words, dict(self.host.environ), limit_seconds + 15)
        # When the manager itself could not be asked, that is no result of the command.
        if done.stderr.startswith(("Failed to connect to bus", "System has not been booted with systemd")):
            refuse(("systemd-run",), replace(done, exit_code=1, stdout=""))
        if done.exit_code == NOT_STARTED and done.stderr.startswith("systemd-run:"):
            refuse(("systemd-run",), done)
        whose = f"the system, run as {self.runs_as or self.host.user}" if self.kind == SYSTEM else "the user's manager"
        return replace(done, how=f"{' '.join(('by systemd-run', *self._scope))}, as a service of {whose}")

    def notes(self) -> tuple[str, ...]:
        """The journal, and whether the user's manager runs without a sign-in."""
        journal = f"The output of the jobs is in the journal: journalctl {' '.join((*self._scope, '-u'))} 'ssrcred-*'"
        if self.kind == SYSTEM:
            return (f"{journal}. The jobs run as the user {self.runs_as or self.host.user}.",)
        linger = self.host.ask("loginctl", "show-user", self.host.user, "--property=Linger", "--value")
        if linger.stdout.strip() == "yes":
            return (journal,)
        return (
            journal,
            f"The jobs run only while {self.host.user} is signed in. To change that: loginctl enable-linger",
        )

    def _may(self) -> None:
        if self.kind == SYSTEM and self.host.uid != 0 and self.host.root == Path("/"):
            raise UsageWrong(
                "Only root can set up the system's timers.",
                state=UNTOUCHED,
                hint="Run it with sudo and --as USER, or use your own timers: ssrcred schedule --with systemd-user",
            )

    def _ours(self, name: str) -> str | None:
        """The text of a unit file, if it has our mark."""
        text = (read(self.folder / name) or b"").decode("utf-8", "replace")
        return text if text.startswith(MARK) else None

    def _drop(self, names: Sequence[str]) -> None:
        files = [self.folder / name for name in _files(names) if self._ours(name) is not None]
        if timers := [path.name for path in files if path.suffix == ".timer"]:
            # A manager that does not know them, or is not there, is no reason to leave the files.
            self.host.ask("systemctl", *self._scope, "disable", "--now", *timers)
        for path in files:
            try:
                (self.folder / "timers.target.wants" / path.name).unlink(missing_ok=True)
                path.unlink()
            except OSError as error:
                raise unwritable(path, error) from None

    def _settings(self) -> list[str]:
        """What a job's unit has beside its command, as `Name=value` without quotes."""
        lines = list(HARDENING)
        if self.kind == SYSTEM:
            lines += SYSTEM_HARDENING
            lines.append(f"User={self.runs_as or self.host.user}")
            if self.credential is not None:
                lines.append(f"LoadCredentialEncrypted=ssrcred.key:{self.credential}")
        return lines

    def _service(self, job: Job) -> str:
        if self.credential is not None and self.kind == USER:
            raise UsageWrong(
                "Only systemd's system manager can open the machine's sealed key, not a user's manager.",
                state=UNTOUCHED,
                hint="Use the system's timers: ssrcred schedule --with systemd-system --as USER",
            )
        for text in (str(self.credential or ""), self.runs_as or "", *map(str, self.writes)):
            refuse_control(text)
        network = ["Wants=network-online.target", "After=network-online.target"] if self.kind == SYSTEM else []
        settings = [line.replace("%", "%%") for line in self._settings()]
        if self.kind == SYSTEM:
            # The minus: a folder that is not there yet is no reason not to start.
            settings += [f"ReadWritePaths={_quoted(f'-{path}')}" for path in self.writes]
        lines = [
            *(MARK, "[Unit]", f"Description={TITLES[job.name]} (ssrcred {job.name})", *network, ""),
            *("[Service]", "Type=oneshot"),
            # Not with a colon in front, which says that no variables are in it: systemd knows that since 244 only.
            "ExecStart=" + " ".join(_quoted(word) for word in _startable(job.argv)),
            *(f"Environment={_quoted(f'{name}={value}')}" for name, value in sorted(job.environ.items())),
            *([f"SuccessExitStatus={' '.join(map(str, job.warnings))}"] if job.warnings else []),
            f"TimeoutStartSec={LIMIT_SECONDS}",
            *settings,
        ]
        return "\n".join(lines) + "\n"


def _files(names: Sequence[str]) -> list[str]:
    return [f"ssrcred-{name}.{kind}" for name in names for kind in ("timer", "service")]


def _timer(job: Job) -> str:
    day = "" if job.weekday is None else f"{DAYS[job.weekday]} "
    lines = (
        *(MARK, "[Unit]", f"Description={job.title}, {job.when} (ssrcred)", ""),
        *("[Timer]", f"OnCalendar={day}*-*-* {job.hour:02}:{job.minute:02}:00"),
        *(f"RandomizedDelaySec={SPREAD_MINUTES}min", "FixedRandomDelay=true"),
        # A run that was missed because the machine was off is made up for.
        "Persistent=true",
        *("", "[Install]", "WantedBy=timers.target"),
    )
    return "\n".join(lines) + "\n"


def _startable(argv: Sequence[str]) -> tuple[str, ...]:
    """Return the words so that systemd replaces no variable in them."""
    # Through a shell where systemd would reject the program's name because of a character in it, or would start it
    # under another name: it replaces variables in the name that the program gets, and finds the file without them.
    if set("\"'\\$") & set(argv[0]):
        argv = ("/bin/sh", "-c", 'exec "$0" "$@"', *argv)
    return (argv[0], *(word.replace("$", "$$") for word in argv[1:]))


def _quoted(word: str) -> str:
    """A word as systemd.syntax(7) quotes it, with its specifiers taken for what they are."""
    if PLAIN.fullmatch(word):
        return word
    escaped = word.replace("%", "%%").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'

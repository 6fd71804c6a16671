"""A machine for the schedulers' tests: made-up programs on PATH, or real ones in namespaces of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from ssrcred.adapters.schedule.host_commands import Host
from ssrcred.adapters.schedule.scheduler import Job

PROGRAM = Path(__file__).with_name("pretend_program.py")
ODD = 'Zoë\'s 100 % "sure" $HOME folder; ü'
"""A folder's name with everything that one of the formats takes for a sign of its own, but for cron's backslash."""


@dataclass
class Stage:
    """A folder with the made-up programs, their memory, and homes."""

    folder: Path

    def __post_init__(self) -> None:
        for name in ("bin", "state", "home", "root"):
            (self.folder / name).mkdir(exist_ok=True)

    @property
    def state(self) -> Path:
        """What the made-up programs remember."""
        return self.folder / "state"

    @property
    def calls(self) -> list[str]:
        """The calls of the made-up programs so far, and forgets them."""
        path = self.state / "calls"
        found = path.read_text("utf-8").splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return found

    def put(self, *names: str) -> None:
        """Install made-up programs."""
        for name in names:
            program = self.folder / "bin" / name
            program.write_text(f"#!{sys.executable} -SE\n{PROGRAM.read_text('utf-8')}", "utf-8")
            program.chmod(0o755)

    @property
    def environ(self) -> dict[str, str]:
        """The caller's environment."""
        return {
            "PATH": f"{self.folder / 'bin'}",
            "PRETEND_STATE": str(self.state),
            "PRETEND_CODE": str(PROGRAM.parents[2]),
        }

    def host(self, platform: str = "linux", **more: str) -> Host:
        """The machine as the door sees it."""
        return Host(
            environ={**self.environ, **more},
            logs=self.folder / "log",
            user="somebody",
            user_home=self.folder / "home",
            platform=platform,
            root=self.folder / "root",
            pause=lambda seconds: None,
        )


def python(*code: str) -> tuple[str, ...]:
    """The command line of a short Python program."""
    return (sys.executable, "-c", *code)


def job(name: str = "remind", code: str = "print('said')", *words: str, **environ: str) -> Job:
    """A job that runs a short Python program in place of ours."""
    return Job(
        name, (*python(code), *words), hour=5, minute=0, weekday=0 if name == "verify" else None, environ=environ
    )


def inside(script: str, folder: Path, *, seconds: float = 60) -> subprocess.CompletedProcess[str]:
    """Run a shell script as root with an empty /run and process list of its own; skips where that is not allowed.

    $OUT is `folder`, $PYTHON this interpreter. All that the script starts ends with it.
    """
    unshare = shutil.which("unshare")
    allowed = unshare and subprocess.run([unshare, "-m", "-p", "-f", "true"], capture_output=True).returncode == 0
    if os.getuid() != 0 or not allowed:
        pytest.skip("this machine does not let a test have namespaces of its own")
    words = [str(unshare), "-m", "-p", "-f", "-i", "-u", "-C", "--mount-proc", "--kill-child", "/bin/sh", "-euc"]
    environ = {"PATH": os.environ["PATH"], "HOME": "/root", "OUT": str(folder), "PYTHON": sys.executable}
    environ["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    prelude = "mount -t tmpfs tmpfs /run\n"
    return subprocess.run(
        [*words, prelude + script], env=environ, capture_output=True, text=True, timeout=seconds, cwd="/"
    )

"""A drive without locks is told as that, at once: nothing there would ever be free."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ssrcred.ledger import Ledger
from ssrcred.ledger.drive import has_locks

COMPILER = shutil.which("cc") or shutil.which("gcc") or ""
LOCKLESS = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#define AS(name) int name(int fd, int what, ...) { \\
  va_list rest; va_start(rest, what); void *more = va_arg(rest, void *); va_end(rest); \\
  if (what == F_SETLK || what == F_SETLKW) { errno = ENOLCK; return -1; } \\
  return ((int (*)(int, int, ...)) dlsym(RTLD_NEXT, #name))(fd, what, more); }
AS(fcntl)
AS(fcntl64)
"""


def test_a_local_drive_has_locks(tmp_path: Path) -> None:
    assert has_locks(tmp_path)
    assert os.listdir(tmp_path) == []
    assert has_locks(tmp_path / "missing")  # that is another trouble


@pytest.mark.skipif(not sys.platform.startswith("linux") or not COMPILER, reason="no compiler for the drive")
@pytest.mark.parametrize("words", [("status",), ("history",), ("store", "--stdin"), ("remind", "--all")], ids=" ".join)
def test_a_drive_without_locks_is_told_at_once_with_what_to_do(tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "lockless.c").write_text(LOCKLESS)
    library = tmp_path / "lockless.so"
    subprocess.run((COMPILER, "-shared", "-fPIC", "-o", library, tmp_path / "lockless.c", "-ldl"), check=True)
    home = tmp_path / "home"
    Ledger(home / "ledger.sqlite", actor="dana").close()
    (home / "config.toml").write_text(
        '[lea.lincoln]\nname = "L"\ncds = "19647330000000"\n[lea.lincoln.remind]\nmail = ["a@b.example"]\n'
        '[lea.lincoln.schoolwise]\nurl = "https://lincoln.schoolwise.com"\nusername = "x"\n'
        '[smtp]\nhost = "b.example"\nfrom = "a@b.example"\n[vault]\nbackend = "file"\n'
    )
    environ = {"PATH": os.environ["PATH"], "SSRCRED_HOME": str(home), "HOME": str(tmp_path), "LD_PRELOAD": str(library)}
    command = (sys.executable, "-m", "ssrcred", *words)
    begun = time.monotonic()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environ, timeout=60)
    assert time.monotonic() - begun < 8, "the patience for another program is ten seconds"
    assert done.stderr.startswith(f"error: The drive that holds {home} has no locks"), done.stderr
    assert "Put SSRCRED_HOME on a local drive" in done.stderr
    assert done.returncode == (3 if words == ("status",) else 9)

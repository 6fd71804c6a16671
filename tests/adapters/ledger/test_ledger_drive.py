"""A drive without locks is told as that, at once: nothing there would ever be free."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from ssrcred.adapters.ledger.book import Ledger
from ssrcred.adapters.ledger.reader import uri
from ssrcred.adapters.ledger.run_lock import has_locks
from waiting import HUNG_S

COMPILER = shutil.which("cc") or shutil.which("gcc") or ""
LOCKLESS = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>
static int refuse(void) {
  int told = open(getenv("REFUSED"), O_CREAT | O_APPEND | O_WRONLY, 0600);
  (void) !write(told, ".", 1); close(told); errno = ENOLCK; return -1; }
#define AS(name) int name(int fd, int what, ...) { \\
  va_list rest; va_start(rest, what); void *more = va_arg(rest, void *); va_end(rest); \\
  if (what == F_SETLK || what == F_SETLKW) return refuse(); \\
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
    refused = tmp_path / "refused"
    environ = {"PATH": os.environ["PATH"], "SSRCRED_HOME": str(home), "HOME": str(tmp_path)}
    environ |= {"LD_PRELOAD": str(library), "REFUSED": str(refused)}
    command = (sys.executable, "-m", "ssrcred", *words)
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environ, timeout=HUNG_S
    )
    assert done.stderr.startswith(f"error: The drive of {home} has no file locks"), done.stderr
    assert "Move that folder to a local drive" in done.stderr
    assert done.returncode == (3 if words == ("status",) else 9)
    assert 0 < refused.stat().st_size < 20, "the patience for another program asks a hundred times"


@pytest.mark.parametrize(
    ("path", "address"),
    [
        (r"C:\Users\Zoë\100% #1?\ledger.sqlite", "file:/C:/Users/Zoë/100%25 %231%3f/ledger.sqlite"),
        (r"\\server\share\ssrcred\ledger.sqlite", "file:////server/share/ssrcred/ledger.sqlite"),
        (r"Z:\ledger.sqlite", "file:/Z:/ledger.sqlite"),
    ],
)
def test_a_file_on_a_drive_or_a_share_of_windows_has_the_address_that_sqlite_knows(path: str, address: str) -> None:
    assert uri(path, windows=True) == address


def test_sqlite_takes_what_follows_two_slashes_for_a_host_and_four_for_a_path(tmp_path: Path) -> None:
    path = f"/{tmp_path}/made-up.sqlite"  # as //tmp/made-up.sqlite, which is the share of a Windows server
    assert uri(path, windows=True) == f"file://{path}"
    with closing(sqlite3.connect(uri(path, windows=True), uri=True)) as connection:
        assert os.path.samefile(connection.execute("PRAGMA database_list").fetchone()[2], path)
    with pytest.raises(sqlite3.OperationalError, match="invalid uri authority"):
        sqlite3.connect("file://server/share/made-up.sqlite", uri=True)

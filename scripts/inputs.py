"""Gives every command bad input of every kind, and counts how it ends.

    inputs.py [--sample N] [--only KIND] [--seed S] [--workers N] [--write FILE]

Each input meets a copy of an LEA after its first rotation: in this process, with an environment that is passed in, or
in one of its own where a variable, a locale or a terminal counts. What is said and what is left is judged by
input_judge.py. A chunk of inputs is drawn by its number and the seed, so it can be drawn again. All is made up.
"""

from __future__ import annotations

import ctypes
import fcntl
import functools
import io
import logging
import os
import pty
import re
import shutil
import signal
import stat
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import ExitStack, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, replace
from email.message import Message
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import hypothesis
from input_judge import Ended, faults, losses, stored
from input_kind import FOLDER, KINDS, Answer, Input, Originals
from input_text import edited
from tally import Tally, codes

import ssrcred
from cli.desk import Desk, Paper, Pipe
from session.rehearsal import PROGRAM, Rehearsal, two_lines
from ssrcred.cli.main import main as ssrcred_main
from ssrcred.practice import running
from waiting import HUNG_S

LONGEST_S: Final = float(HUNG_S)
CHUNK: Final = 50
REPEATED: Final = re.compile(r"(.{1,20}?)\1{9,}")
LONGEST_REPR: Final = 1500
DATA: Final = Path(ssrcred.__file__).parent / "data"
# Linux: root ignores the modes of files by these two capabilities (linux/capability.h).
CAPABILITY_VERSION, DAC_OVERRIDE, DAC_READ_SEARCH = 0x20080522, 1, 2


class Hung(BaseException):
    """A run takes too long. No `except Exception` takes it for something else."""


@dataclass(frozen=True)
class Outcome:
    """What came of one input: its exit code, and what is wrong."""

    kind: str
    code: int
    given: str = ""
    wrong: tuple[str, ...] = ()

    @property
    def what(self) -> str:
        """What was tried."""
        return f"{self.kind}\n    {self.given}\n    "


class AlteringSite(ThreadingHTTPServer):
    """Stands before a site of the practice district and alters chosen answers, counted from 0."""

    daemon_threads = True

    def __init__(self, address: str) -> None:
        self.address, self.count, self.answers = address, 0, dict[int, Answer]()
        super().__init__(("127.0.0.1", 0), AlteringHandler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def arm(self, answers: dict[int, Answer]) -> None:
        """Count anew, and alter these answers."""
        self.count, self.answers = 0, answers

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that has gone."""


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """Passes redirects on to the client."""

    def redirect_request(self, *_: object) -> None:
        """Follow none."""


class AlteringHandler(BaseHTTPRequestHandler):
    """Passes one request on, and its answer back."""

    server: AlteringSite

    def log_message(self, format: str, *args: object) -> None:
        """Write no log."""

    def answer(self) -> None:
        """Answer one request of any method."""
        number, self.server.count = self.server.count, self.server.count + 1
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
        request = urllib.request.Request(
            self.server.address + self.path, body, headers | {"Host": self.headers["Host"]}, method=self.command
        )
        try:
            real = urllib.request.build_opener(NoRedirects, urllib.request.ProxyHandler({})).open(request, timeout=60)
        except urllib.error.HTTPError as error:
            real = error
        altered = self.server.answers.get(number, Answer())
        content = edited(real.read(), altered.edits)
        self.send_response_only(altered.status or real.status)
        replaced = {name.lower() for name, _ in altered.headers} | {"content-length", "connection", "transfer-encoding"}
        kept: Message = real.headers
        for name, value in [*((n, v) for n, v in kept.items() if n.lower() not in replaced), *altered.headers]:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_HEAD = do_PUT = answer


class InputDesk:
    """A practice district and what an LEA has after its first rotation, for runs in this process and in others."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        # Not below a folder that is open to all only by its owner's rights.
        self.folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="ssrcred-inputs-")))
        obey_modes()
        logging.getLogger("aiohttp").setLevel(logging.CRITICAL + 1)  # of the practice district, on the same stderr
        os.chdir(self.folder)  # for whatever is written to a relative path
        os.environ["HOME"] = str(self.folder)
        self.desk = Desk(self.folder / "first")
        self._stack.enter_context(self.desk.beside())
        self.desk.set_up()
        self.desk.rotated()
        self._left = self.desk.left()
        district = self.desk.district
        self.sites = {
            "schoolwise": AlteringSite(district.schoolwise_url),
            "service": AlteringSite(district.service_url.partition("/api")[0]),
        }

    @functools.cached_property
    def rehearsal(self) -> Rehearsal:
        """An LEA with encrypted files, which processes can open; set up for the kinds that need it only."""
        (self.folder / "process").mkdir()
        # In a district of its own: credentials that it generates would replace the others.
        lea = Rehearsal(self.folder / "process", self._stack.enter_context(running(started=True)))
        lea.set_up(key_file=self.folder / "vault.key")
        lea.run("rotate", "--stdin", "--force", given=two_lines(lea.new_pair(None)))
        return lea

    @functools.cached_property
    def originals(self) -> Originals:
        """The valid files, by name."""
        home = self._left.home
        files = {str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()}
        return files | {name: (DATA / name).read_bytes() for name in ("ets-ssr.toml", "schoolwise.toml")}

    @functools.cached_property
    def process_originals(self) -> Originals:
        """The same with config.toml of the LEA for processes."""
        return {**self.originals, "process/config.toml": (self.rehearsal.home / "config.toml").read_bytes()}

    def judged(self, given: Input) -> tuple[int, list[str]]:
        """Try one input; return its exit code and what is wrong."""
        folder = self.folder / "now"
        home = folder / os.fsencode(given.home).decode("utf-8", "surrogateescape")
        shutil.copytree(self.rehearsal.home if given.process else self._left.home, home)
        ring, district = self.desk.ring, self.desk.district
        ring.items.clear()
        ring.items |= self._left.items
        for place in self._left.places:
            district.put(place, self._left.pair)
        try:
            self._laid_out(given, home)
            before = stored(home, self._items(given, home))
            words = tuple(word.replace(FOLDER, str(home)) for word in given.words)
            for path, mode in sorted(given.modes.items(), reverse=True):  # what is in a folder before the folder
                (home / path).chmod(mode)
            ended = self._process(given, words, home) if given.process else self._here(given, words, home)
            opened(home)
            after = stored(home, self._items(given, home))
            if words[:2] == ("secret", "set") and ended.code == 0:  # it was asked to replace one
                before = replace(before, items={k: v for k, v in before.items.items() if ":secret:" not in k})
            history = "ledger.sqlite" in given.files
            wrong = faults(ended, LONGEST_S)
            wrong += losses(before, after, config_given="config.toml" in given.files, history_given=history)
            return ended.code, wrong
        finally:
            opened(home)
            shutil.rmtree(folder)

    def _laid_out(self, given: Input, home: Path) -> None:
        for site, front in self.sites.items():
            front.arm({number: answer for (name, number), answer in given.answers.items() if name == site})
        config = home / "config.toml"
        if given.answers:
            text = config.read_text("utf-8")
            for front in self.sites.values():
                text = text.replace(front.address, front.url)
            config.write_text(text, "utf-8")
        for name, body in given.files.items():
            (home / name).parent.mkdir(exist_ok=True)
            (home / name).write_bytes(body.replace(FOLDER.encode(), str(home).encode("utf-8", "surrogateescape")))

    def _items(self, given: Input, home: Path) -> dict[str, str]:
        if not given.process:
            return {" ".join(name): value for name, value in self.desk.ring.items.items()}
        return {path.name: path.read_bytes().hex() for path in (home / "vault").glob("*.age")}

    def _here(self, given: Input, words: tuple[str, ...], home: Path) -> Ended:
        out, err, begin, code, escaped = Paper(), Paper(), time.monotonic(), 1, ""
        self.desk.environ = {"SSRCRED_HOME": str(home), **given.environ}
        # The help goes to the streams of the process, not to those of the environment.
        with (
            io.TextIOWrapper(Pipe(given.given), encoding="utf-8") as stdin,
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            environment = self.desk.environment(stdin, out, err)
            signal.setitimer(signal.ITIMER_REAL, LONGEST_S)
            try:
                code = ssrcred_main(words, environment)
            except (Hung, Exception, SystemExit) as error:  # noqa: BLE001 - whatever leaves the program is a fault of it
                code = 1
                escaped = told(error)
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
        return Ended(words, code, out.said, err.said, seconds=time.monotonic() - begin, escaped=escaped)

    def _process(self, given: Input, words: tuple[str, ...], home: Path) -> Ended:
        environ = {**self.rehearsal.environment, "SSRCRED_HOME": str(home), **given.environ}
        command, begin = [*PROGRAM, *words], time.monotonic()
        if given.size is None:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                env=environ,
                cwd=home.parent,
                timeout=2 * LONGEST_S,
            )
            coding = environ.get("PYTHONIOENCODING", "utf-8")
            # What Python itself says of a variable is in ASCII, and stands before ours.
            out, err = (text.decode(coding, "replace") for text in (done.stdout, done.stderr))
            return Ended(words, done.returncode, out, err, seconds=time.monotonic() - begin)
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", *given.size, 0, 0))
        said = bytearray()
        with subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, env=environ, cwd=home.parent
        ) as process:
            os.close(theirs)
            watch = threading.Timer(2 * LONGEST_S, process.kill)
            watch.start()
            with suppress(OSError):  # EIO, when nobody has the other end any more
                while part := os.read(ours, 65536):
                    said += part
            process.wait()
            watch.cancel()
        os.close(ours)
        seconds = time.monotonic() - begin
        return Ended(
            words, process.returncode, said.decode("utf-8", "replace"), columns=max(given.size[1], 1), seconds=seconds
        )


def told(error: BaseException) -> str:
    """Return an exception's kind and its last place in the program."""
    trace, place = error.__traceback__, ""
    while trace is not None:
        code = trace.tb_frame.f_code
        if "/ssrcred/" in code.co_filename or not place:
            place = f"{Path(code.co_filename).name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__} at {place}: {str(error)[:200]}"


def opened(home: Path) -> None:
    """Give the owner all rights again, from the top."""
    with suppress(OSError):
        home.chmod(0o700)
        for path in home.rglob("*"):
            with suppress(OSError):
                path.chmod(0o700 if stat.S_ISDIR(path.lstat().st_mode) else 0o600)


def obey_modes() -> None:
    """Let the modes of files count in this process, also where it is root's."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted and inheritable, of the lower 32 and of the upper
    if libc.capget(header, sets) == 0:
        sets[0] &= ~(1 << DAC_OVERRIDE | 1 << DAC_READ_SEARCH)
        libc.capset(header, sets)


@cache
def desk() -> InputDesk:
    """The desk of this process; its folder goes with the process."""

    def stop(*_: object) -> None:
        raise Hung("it takes too long")

    signal.signal(signal.SIGALRM, stop)
    return InputDesk()


def tried(job: tuple[str, int, int, int]) -> list[Outcome]:
    """Draw and try one chunk of a kind's inputs, by its number and the seed."""
    kind, seed, chunk, count = job
    here, outcomes = desk(), list[Outcome]()
    originals = here.process_originals if kind == "locales" else here.originals

    def try_one(given: Input) -> None:
        if len(outcomes) == count:  # Hypothesis may try one a second time
            return
        code, wrong = here.judged(given)
        outcomes.append(
            Outcome(kind, code, REPEATED.sub(r"\1…", repr(given))[:LONGEST_REPR] if wrong else "", tuple(wrong))
        )

    drawing: Any = hypothesis.settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )(hypothesis.given(KINDS[kind].strategy(originals))(try_one))
    hypothesis.seed(seed * 100_003 + chunk)(drawing)()
    return outcomes


def jobs(sample: int, only: str, seed: int) -> list[tuple[str, int, int, int]]:
    """Return the chunks: of each kind its share, or `sample` inputs; those that take longest first."""
    found = []
    for name, kind in reversed(KINDS.items()):
        left = sample or kind.share
        for chunk in range(-(-left // CHUNK)):
            if not only or only == name:
                found.append((name, seed, chunk, min(CHUNK, left - chunk * CHUNK)))
    return found


def table(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the counts as a table in Markdown."""
    lines = ["| kind of input | tried | exit codes seen | wrong |", "|---|---|---|---|"]
    for kind in KINDS:
        if those := [one for one in outcomes if one.kind == kind]:
            lines.append(f"| {kind} | {len(those)} | {codes(those)} | {sum(bool(one.wrong) for one in those)} |")
    return [*lines, f"| all | {len(outcomes)} | | {sum(bool(one.wrong) for one in outcomes)} |"]


def main() -> int:
    """Try the inputs and print the counts; the exit code is 1 if one ended as it must not."""
    tally = Tally("inputs", "Give every command bad input, and count how it ends.", tuple(KINDS))
    asked = tally.asked()
    every = jobs(asked.sample, asked.only, asked.seed)
    with tally.workers() as pool:
        tried_ones = (one for chunk in pool.map(tried, every) for one in chunk)
        outcomes = list(tally.told(tried_ones, sum(count for *_, count in every)))
    return tally.end(outcomes, table(outcomes))


if __name__ == "__main__":
    sys.exit(main())

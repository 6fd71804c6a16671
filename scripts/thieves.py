"""Lets made-up credentials pass through every command, well and badly, and searches all that is left for them.

    thieves.py [--sample N] [--only GROUP] [--seed S] [--workers N] [--write FILE]

Each run is a real process on a practice district, with a home and a folder for temporary files of its own, under a
umask of 0 and with images of memory allowed. Then leak_judge.py searches what it wrote, its files, the command lines
and environments of its processes, the shell's history, the clipboard, and what another server was sent.
"""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import leak_judge
import pexpect
import pyrage  # type: ignore[import-untyped]
from crash import CUT, Desk
from inputs import AlteringSite
from leak_judge import Canary
from tally import Tally, codes
from thief_run import BROWSER, GROUPS, PAIR, PERSON, ROTATE, THIEF, TRICKS, Run, chosen, every_run

from session.rehearsal import NO_BROWSER, PROGRAM, Rehearsal
from session.terminal import Terminal, terminal
from ssrcred.practice import Pair, running

LONGEST_S: Final = 300
LOOK_S: Final = 0.01  # between two looks at the processes that run
BROKEN: Final = str(Path(__file__).with_name("broken_layer.py"))
# All that makes Python, its libraries, Playwright, a browser or a library in Rust say more.
DEBUG: Final = {
    "DEBUG": "*",
    "PWDEBUG": "console",
    "NODE_DEBUG": "http,net,tls,stream",
    "HTTPX_LOG_LEVEL": "trace",
    "LOGLEVEL": "DEBUG",
    "PYTHONASYNCIODEBUG": "1",
    "PYTHONDEVMODE": "1",
    "PYTHONFAULTHANDLER": "1",
    "PYTHONWARNINGS": "default",
    "RUST_BACKTRACE": "full",
    "RUST_LOG": "trace",
}
FILES_FOR_DEBUG: Final = ("DEBUG_FILE", "SSLKEYLOGFILE")
LOGS_ALL: Final = """
import http.client, logging
logging.basicConfig(level=1)
http.client.HTTPConnection.debuglevel = 9
"""
CALLS_TRACED: Final = "trace=execve,open,openat,creat,mkdir,mkdirat,umask"
MAKES: Final = re.compile(r'(?:open|openat|creat|mkdir|mkdirat)\(.*"(?P<path>[^"]*)".*, 0(?P<mode>[0-7]+)\)')
MASKS: Final = re.compile(r"umask\(0?(?P<mask>[0-7]+)\)")
# Where a user name may stand, which is no secret: what is shown to a person, and what a person looks up later.
SHOWS_USER_NAMES: Final = ("standard output", "standard error", "the terminal", "file ssrcred/ledger.sqlite")


@dataclass(frozen=True)
class Outcome:
    """What came of one run: how it ended, in how many places was searched, and what was found or is wrong."""

    run: Run
    code: int
    places: int
    wrong: tuple[str, ...] = ()

    @property
    def what(self) -> str:
        """What was tried."""
        run = self.run
        return f"{' '.join(run.words)} ({f'{run.kind} {run.detail} {run.number}'.strip()})"


class Thief(ThreadingHTTPServer):
    """Another server, to which nothing should ever come; `received` is what came."""

    daemon_threads = True

    def __init__(self) -> None:
        self.received: list[bytes] = []
        super().__init__(("127.0.0.1", 0), TakingHandler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class TakingHandler(BaseHTTPRequestHandler):
    """Takes what it gets, and asks for more."""

    server: Thief

    def log_message(self, format: str, *args: object) -> None:
        """Write no log."""

    def answer(self) -> None:
        """Answer one request of any method."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.received.append(f"{self.requestline}\n{self.headers}\n".encode() + body)
        page = b"<form method=post><input name=username><input name=password type=password><button>Log in</button>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    do_GET = do_POST = do_HEAD = do_PUT = answer


class ThiefDesk(Desk):
    """Two practice districts: in one, credentials are generated before each run; in the other they stay."""

    def __init__(self) -> None:
        super().__init__()
        # A background job of a shell ignores these, and so would all that is started from here.
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        # All that is started from here may write an image of its memory, and creates files that everybody may read.
        os.umask(0)
        resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
        self.quiet = self._stack.enter_context(running(started=True, new_username_each_time=True))
        assert self.quiet.generate() == self.old  # both districts draw the same
        self.thief = Thief()
        self.recipient = str(pyrage.x25519.Identity.generate().to_public())
        self.debug = self.folder / "debug"
        self.debug.mkdir()
        (self.debug / "sitecustomize.py").write_text(LOGS_ALL, "utf-8")
        self.report = self.folder / "report.json"

    def settled(self) -> tuple[Rehearsal, Pair]:
        """Return a copy of the LEA in the district where nothing is generated, and its credentials."""
        shutil.rmtree(self.folder / "copy", ignore_errors=True)
        copy = self._first.copied(self.folder / "copy", self.quiet)
        for place in ("district", *self.quiet.schools):
            self.quiet.put(place, self.old if place in copy.places else None)
        return copy, self.old

    def canaries(self, pair: Pair) -> list[Canary]:
        """Return all that nobody may find: both credentials, the passwords, the test student, the vault's key."""
        secrets = self._first.secrets.items()
        vault_key = self.key_file.read_text("utf-8").split("AGE-SECRET-KEY-1")[-1].strip()
        return [
            *(Canary("user name", one.username) for one in (pair, self.old)),
            *(Canary("secret key", one.secret) for one in (pair, self.old)),
            # The number of a student is too like others for a part of it to be a find.
            *(
                Canary(f"secret {name.partition(':')[0]}", value, max(8, 10 * value.isdigit()))
                for name, value in secrets
            ),
            Canary("key of the vault", vault_key),
        ]


@cache
def desk() -> ThiefDesk:
    """The desk of this process; its folder goes with the process."""
    return ThiefDesk()


@dataclass(repr=False)
class Left:
    """What a run left: its exit code, each place that is to be searched, and what is wrong already."""

    code: int = 0
    places: dict[str, bytes] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


def tree(number: int) -> list[int]:
    """Return a process and all that came from it."""
    found = [number]
    for parent in found:
        with suppress(OSError):  # it has gone meanwhile
            for task in os.listdir(f"/proc/{parent}/task"):
                found += map(int, Path(f"/proc/{parent}/task/{task}/children").read_text("utf-8").split())
    return found


def never() -> str:
    """Send no signal."""
    return ""


def after_requests(lea: Rehearsal, name: str, number: int) -> Callable[[], str]:
    """Return a function that names a signal once: when so many more requests have come to an LEA's sites."""
    names, until = iter([name]), len(lea.district.requests) + number
    return lambda: next(names, "") if len(lea.district.requests) >= until else ""


def watched(lea: Rehearsal, words: Sequence[str], given: str, stop: Callable[[], str] = never) -> Left:
    """Run a process to its end, and look at it and its children meanwhile; `stop` names a signal to send, or none."""
    left, begin, seen = Left(), time.monotonic(), dict[bytes, None]()
    streams = [lea.folder.parent / name for name in ("standard output", "standard error")]
    with streams[0].open("wb") as out, streams[1].open("wb") as err:
        process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=out, stderr=err, env=lea.environment, cwd=lea.folder
        )
        assert process.stdin is not None
        with suppress(BrokenPipeError):  # it has ended before it read
            process.stdin.write(given.encode("utf-8", "surrogateescape"))
            process.stdin.close()
        while not (ended := os.waitpid(process.pid, os.WNOHANG))[0]:
            for number in tree(process.pid):
                for name in ("cmdline", "environ"):
                    with suppress(OSError):  # it has gone meanwhile
                        seen.setdefault(Path(f"/proc/{number}/{name}").read_bytes())
            late = time.monotonic() - begin > LONGEST_S
            if name := "SIGKILL" if late else stop():
                left.wrong += [f"it took more than {LONGEST_S} seconds"] if late else []
                os.kill(process.pid, signal.Signals[name])
            time.sleep(LOOK_S)
        process.returncode = left.code = os.waitstatus_to_exitcode(ended[1])
    left.wrong += ["an image of its memory was written"] if os.WCOREDUMP(ended[1]) else []
    left.places = {f"process {number}": content for number, content in enumerate(seen)}
    for path in streams:
        left.places[path.name] = path.read_bytes()
        path.unlink()
    return left


def prepared(run: Run) -> tuple[Rehearsal, Pair]:
    """Return an LEA as it has to be for a run, with a home of its own, and its credentials."""
    here = desk()
    lea, pair = here.lea() if run.fresh else here.settled()
    lea.district.clear_faults()
    lea.district.unlock()
    for name in ("tmp", "out"):
        (lea.folder / name).mkdir(mode=0o700)
    lea.environment |= {"TMPDIR": str(lea.folder / "tmp"), "TERM": "dumb", "PYTHONDONTWRITEBYTECODE": "1"}
    if run.kind == "debug":
        lea.environment |= {**DEBUG, "PYTHONPATH": str(here.debug)}
        lea.environment |= {name: str(lea.folder / "out" / name) for name in FILES_FOR_DEBUG}
    config = lea.home / "config.toml"
    text = config.read_text("utf-8")
    if run.group == BROWSER:
        text = text.replace(f'browser = "{NO_BROWSER}"\n', "")
    elif run.kind == "trouble":
        put_wrong(lea, pair, run.detail)
    elif run.kind == "trick":
        site, _, trick = run.detail.partition(":")
        url = lea.district.schoolwise_url if site == "schoolwise" else lea.district.service_url.partition("/api")[0]
        front, answer = AlteringSite(url), TRICKS[trick]
        text = text.replace(url, front.url)
        headers = tuple((name, value.replace(THIEF, here.thief.url)) for name, value in answer.headers)
        edits = tuple(
            one._replace(piece=one.piece.replace(THIEF.encode(), here.thief.url.encode())) for one in answer.edits
        )
        altered = type(answer)(answer.status, headers, edits)
        front.arm(dict.fromkeys(range(run.number, run.number + LONGEST_S), altered))
    config.write_text(text, "utf-8")
    return lea, pair


def put_wrong(lea: Rehearsal, pair: Pair, what: str) -> None:
    """Put something about an LEA in disorder."""
    service, _, fault = what.partition(" ")
    if service in ("schoolwise", "service"):
        lea.district.fault(service, fault)
    elif what == "regenerated meanwhile":
        desk().district.generate()  # in the quiet one they stay
    elif what == "portal changed":
        route = lea.home / "portals" / "lincoln.toml"
        route.write_text(route.read_text("utf-8").replace("API Username", "API Account"), "utf-8")
    elif what == "password wrong":
        lea.run("secret", "set", "schoolwise", "--stdin", "--no-try", given=pair.secret + "\n")
    elif what == "vault key gone":
        (lea.home / "vault" / "key-file.txt").write_text("/nowhere/made-up-key\n", "utf-8")
    elif what == "history damaged":
        with (lea.home / "ledger.sqlite").open("r+b") as file:
            file.seek(30)
            file.write(b"\xff" * 200)


def played(run: Run) -> tuple[Left, Rehearsal, Pair]:
    """Play one run to its end."""
    here = desk()
    lea, pair = prepared(run)
    if run.group == PERSON:
        return at_terminal(lea, pair, run.detail), lea, pair
    out, trace = str(lea.folder / "out"), here.folder / "trace"
    words = [word.replace("{folder}", out).replace("{recipient}", here.recipient) for word in run.words]
    program, stop = list(PROGRAM), never
    if run.kind == "killed":
        program = [*CUT, str(here.report), str(run.number), "--", *PROGRAM]
    elif run.kind == "failing disk":
        program = [*CUT, str(here.report), str(run.number), run.detail, str(lea.home), "--", *PROGRAM]
    elif run.kind == "raised":
        program = [sys.executable, BROKEN, str(here.report), run.detail, str(run.number), "--"]
    elif run.kind == "traced":
        program = ["strace", "-f", "-qq", "-v", "-s", "100000", "-o", str(trace), "-e", CALLS_TRACED, *PROGRAM]
    elif run.kind == "signal":
        stop = after_requests(lea, run.detail, run.number)
    given = run.given.format(
        username=pair.username,
        key=pair.secret,
        half=pair.secret[:10],
        username_before=here.old.username,
        key_before=here.old.secret,
        office=lea.district.accounts.office.password,
    )
    with holding(lea, run.kind == "locked"):
        left = watched(lea, [*program, *words], given, stop)
    if run.kind == "traced":
        left.places["what strace saw"] = trace.read_bytes()
        left.wrong += made_for_others(trace.read_text("utf-8", "replace"), str(lea.folder.parent))
    return left, lea, pair


def made_for_others(trace: str, folder: str) -> list[str]:
    """Return the files and folders that a traced program made so that others may open them, or outside of a folder."""
    mask, wrong, made = 0, [], 0
    for line in trace.splitlines():
        if found := MASKS.search(line):
            mask = int(found["mask"], 8)
        found = MAKES.search(line)
        if not found or found["path"].startswith(("/dev/", "/proc/")):
            continue
        if "O_CREAT" in line or "mkdir" in line or "creat(" in line:
            made += 1
            if int(found["mode"], 8) & ~mask & 0o077:
                wrong.append(f"{found['path']} was made with mode {found['mode']}")
            if found["path"].startswith("/") and not found["path"].startswith(folder):
                wrong.append(f"{found['path']} was made")
    return wrong if made else ["strace saw no file that was made"]


@contextmanager
def holding(lea: Rehearsal, held: bool) -> Iterator[None]:
    """While it lasts, another run may hold the LEA's lock: one that waits for its input."""
    if not held:
        yield
        return
    words = [*PROGRAM, *ROTATE]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=lea.environment) as other:
        assert other.stderr is not None
        for line in other.stderr:
            if b"standard input" in line:
                break
        yield
        other.kill()


def at_terminal(lea: Rehearsal, pair: Pair, what: str) -> Left:
    """Let a person store credentials at a terminal, in a shell that remembers what is typed."""
    left, history = Left(), lea.folder / "history"
    environment = lea.environment | {"HISTFILE": str(history), "TERM": "xterm"}
    with desktop(what == "the clipboard") as display:
        with terminal(
            environment | display, "--norc", "--noprofile", "-i", program=(shutil.which("bash") or "bash",)
        ) as shown:
            shown.type("set -o history; echo be''gun")
            shown.expect("begun")
            shown.type(" ".join([*PROGRAM, "store", *(["--clipboard"] if display else []), "; echo en''ded $?"]))
            pasted(shown, pair, what, display)
            shown.expect("ended ")
            shown.type("history -a; exit")
            shown.end()
            left.places["the terminal"] = shown.raw
        if display:
            left.places["the clipboard"] = clipboard(display)
    left.wrong += [] if b"store" in history.read_bytes() else ["the shell remembered nothing"]
    return left


def pasted(shown: Terminal, pair: Pair, what: str, display: Mapping[str, str]) -> None:
    """Paste what a person may paste when it is asked for."""
    if what == "the clipboard":
        shown.expect("Copy the User Name")
        clipboard(display, pair.username)
        shown.expect("Copy the secret key now")
        clipboard(display, pair.secret)
        shown.expect("Empty the clipboard")
        shown.type("y")
    else:
        shown.expect("User Name: ")
    both = f"{pair.username}\r{pair.secret}\r"
    if what == "both lines":
        shown.press(both)
    elif what == "too many lines":
        shown.press(both * 3)
        shown.expect("User Name: ")
        shown.press(f"{both}\x03{both}")
        return
    elif what == "the key first":
        shown.type(pair.secret)
        shown.expect("User Name: ")
        shown.press("\x04")
        return
    elif what == "Ctrl-C at the key":
        shown.type(pair.username)
        shown.expect("Secret key (it will not be shown): ")
        shown.press(f"{pair.secret[:12]}\x03{pair.secret[12:]}\r")
        return
    shown.expect("On which day were they generated in TOMS?")
    shown.type("")


@contextmanager
def desktop(wanted: bool) -> Iterator[dict[str, str]]:
    """An empty desktop with a clipboard, by the variable that names it; nothing if none is wanted."""
    if not wanted:
        yield {}
        return
    told, tells = os.pipe()
    command = ["Xvfb", "-displayfd", str(tells), "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[tells], stderr=subprocess.DEVNULL) as screen, os.fdopen(told) as number:
        os.close(tells)
        yield {"DISPLAY": f":{number.readline().strip()}"}
        screen.terminate()


def clipboard(display: Mapping[str, str], text: str | None = None) -> bytes:
    """Copy a text as a person does, or return what is on the clipboard."""
    words, given = ["xclip", "-selection", "clipboard"], None if text is None else text.encode()
    if given is None:
        return subprocess.run([*words, "-o"], env=os.environ | display, capture_output=True, timeout=LONGEST_S).stdout
    subprocess.run([*words, "-i"], env=os.environ | display, input=given, timeout=LONGEST_S, check=True)
    return given


def judged(run: Run) -> Outcome:
    """Play one run, and search all that it left."""
    here = desk()
    here.thief.received.clear()
    left, lea, pair = played(run)
    left.places |= {f"file {name}": content for name, content in leak_judge.files(lea.folder)}
    left.places |= {f"request {number} to another server": one for number, one in enumerate(here.thief.received)}
    for find in leak_judge.finds(left.places, here.canaries(pair)):
        if find.what != "user name" or not find.where.startswith(SHOWS_USER_NAMES):
            left.wrong.append(f"{find.what}, {find.how}, in {find.where}")
    left.wrong += [f"another server was asked: {one.splitlines()[0]!r}" for one in here.thief.received]
    for path in (*lea.home.rglob("*"), *(lea.folder / "tmp").rglob("*")):
        if not path.is_symlink() and path.stat().st_mode & 0o077:
            left.wrong.append(f"{path.name} can be opened by others")
    return Outcome(run, left.code, len(left.places), tuple(dict.fromkeys(left.wrong)))


def judged_or_not(run: Run) -> Outcome:
    """Play one run; one that cannot be judged is no reason to lose the others."""
    try:
        return judged(run)
    except (AssertionError, subprocess.SubprocessError, pexpect.ExceptionPexpect, OSError, LookupError) as error:
        return Outcome(run, 0, 0, (f"it could not be judged: {type(error).__name__}",))


def moments() -> tuple[int, dict[str, int]]:
    """Return how many system calls that count a good rotation makes, and how many calls of functions in each folder."""
    counted = []
    for kind in ("killed", "raised"):
        left, _, _ = played(Run("", ROTATE, PAIR, True, kind, "none"))
        if left.code:
            raise SystemExit(f"A run with which nothing happens failed: exit code {left.code}.")
        counted.append(json.loads(desk().report.read_text("utf-8")))
    return len(counted[0]["calls"]), counted[1]


def table(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the counts as a table in Markdown."""
    lines = ["| what happens | runs | exit codes seen | places searched | found |", "|---|---|---|---|---|"]
    for group in (*GROUPS, "all"):
        if those := [one for one in outcomes if group in ("all", one.run.group)]:
            places, wrong = sum(one.places for one in those), sum(bool(one.wrong) for one in those)
            ended = "" if group == "all" else f"{codes(those)} "
            lines.append(f"| {group} | {len(those)} | {ended}| {places} | {wrong} |")
    return lines


def main() -> int:
    """Play the runs and print the counts; the exit code is 1 if anything was found."""
    tally = Tally("thieves", "Search all that every command leaves for credentials.", GROUPS)
    asked = tally.asked()
    with tally.workers() as pool:
        runs = list(every_run(*pool.submit(moments).result(), asked.seed))
        runs = chosen([run for run in runs if asked.only in ("", run.group)], asked.sample, asked.seed)
        outcomes = list(tally.told(pool.map(judged_or_not, runs), len(runs)))
    return tally.end(outcomes, table(outcomes))


if __name__ == "__main__":
    sys.exit(main())

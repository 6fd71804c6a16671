"""Lets a rotation meet every fault of the network, the keyring, the disk, the clock and the shell, and counts.

    faults.py [--sample N] [--pairs N] [--only PART] [--seed S] [--workers N] [--journal FILE] [--write FILE]

Each point is one real run of `ssrcred rotate` on a practice district with one fault in it, or two. What the run says is
compared with what the servers and the vault have (statement_judge.py); then the fault is gone, a person does what comes
next, and what is there in the end is judged (crash_judge.py). Others are runs of `verify`, whose verdict is compared
with how things are. All credentials are made up.
A `--journal` remembers the points that were tried and ended well: the same command goes on where it stopped. After a
change of the program, begin a new one.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import crash_judge
import fault_proxy
import faulty_machine
import power_cut
from crash import AGAIN, ALONE, LOST, NOT_REACHED, PASTED, Desk, facts_of, go_on, servers
from fault_proxy import Fronts, RequestFault
from statement_judge import Ran, contradictions, verdict_contradictions
from tally import Tally, counted

from session.rehearsal import Rehearsal, two_lines
from session.rehearsal import power_cut as on_keyring
from ssrcred.practice import Pair

RESULTS: Final = (ALONE, PASTED, AGAIN, LOST, NOT_REACHED)
MACHINE: Final = str(Path(__file__).with_name("faulty_machine.py"))
FILE_ERRORS: Final = ("ENOSPC", "ENOSPC+", "EROFS+", "EACCES", "EIO", "EINTR", "ENOLCK")
LONGEST_S: Final = 400
# What a fault of the network may look like: never a word about the password or the credentials.
NETWORK: Final = {"unreachable", "unfinished", "page_not_understood", "portal_failed", "write_not_confirmed"}
ROTATE: Final = ("rotate", "--stdin", "--force", "--json")
# How things are when `verify` runs, and what its verdict is then.
WORLDS: Final = {
    "all is well": ("working",),
    "SchoolWise has older ones": ("portal_differs",),
    "a school has older ones": ("school_differs",),
    "another coordinator regenerated": ("superseded", "refused"),
    "SchoolWise has newer ones": ("superseded", "refused"),
}
STORED_WORLDS: Final = tuple(WORLDS)[:3]  # those in which the newest credentials are stored here
REFUSALS: Final = {"401"}  # the site's own word that something is not accepted


class Fault(NamedTuple):
    """What goes wrong at the `number`th moment of its `part`: a site's requests, or keyring, file, clock or signal."""

    part: str
    number: int
    kind: str
    world: str = ""  # how things are when `verify` runs; "" for `rotate`

    @property
    def group(self) -> str:
        """Which of the means brings it about."""
        return "request" if self.part in SITES else self.part

    @property
    def row(self) -> str:
        """Its row in the table."""
        return "verify" if self.world else self.group


SITES: Final = ("toms", "schoolwise", "service")


@dataclass(frozen=True)
class Verdict:
    """What came of one point: one of the results, how the run itself ended, and what is wrong."""

    faults: tuple[Fault, ...]
    result: str
    ended: str = ""
    wrong: tuple[str, ...] = ()

    @property
    def what(self) -> str:
        """What was tried."""
        where = " and ".join(f"{fault.part} {fault.number} {fault.kind}" for fault in self.faults)
        return f"{where} ({self.ended})"


class FaultyDesk(Desk):
    """A practice district behind sites that misbehave."""

    def __init__(self) -> None:
        super().__init__()
        addresses = (self.district.toms_url, self.district.schoolwise_url, self.district.service_url)
        ports = {site: int(url.split(":")[2].split("/")[0]) for site, url in zip(SITES, addresses, strict=True)}
        self.fronts = Fronts(ports, self.folder)
        self._moved = {f"http://127.0.0.1:{port}": site for site, port in ports.items()}

    def lea(self) -> tuple[Rehearsal, Pair]:
        """Return a copy of the LEA whose sites are those that misbehave, and its new credentials."""
        lea, new = super().lea()
        lea.environment["SSL_CERT_FILE"] = str(self.fronts.certificate)
        config = lea.home / "config.toml"
        text = config.read_text("utf-8")
        for address, site in self._moved.items():
            text = text.replace(address, f"https://127.0.0.1:{self.fronts.by_site[site].port}")
        config.write_text(text, "utf-8")
        return lea, new


@cache
def desk() -> FaultyDesk:
    """The desk of this process; its folder goes with the process."""
    return FaultyDesk()


def ran_with(
    lea: Rehearsal, faults: Sequence[Fault], words: Sequence[str], given: str = ""
) -> tuple[Ran, dict[str, Any]]:
    """Run a command with faults; return what the run left, and which moments it had, by part."""
    here, by_part = desk(), {fault.group: fault for fault in faults}
    machine = by_part.get("keyring") or by_part.get("clock") or by_part.get("signal")
    report, moments = lea.folder / "calls.json", lea.folder / "moments.json"
    kind = f"{machine.part} {machine.kind}" if machine else "none"
    words = [sys.executable, MACHINE, str(moments), str(machine.number if machine else 0), kind, "--", *words]
    on_file = by_part.get("file")
    if on_file is not None:
        cut = str(Path(power_cut.__file__))
        words = [sys.executable, cut, str(report), str(on_file.number), on_file.kind, str(lea.home), "--", *words]
    here.fronts.arm(*(RequestFault(*fault[:3]) for fault in faults if fault.part in SITES))
    with ExitStack() as until_over:
        until_over.callback(here.fronts.arm)
        if machine is not None and machine.part == "keyring":
            until_over.enter_context(on_keyring(lea))
        ran = _run(words, lea, given)
        counts = {site: front.count for site, front in here.fronts.by_site.items()}
    told = json.loads(report.read_text("utf-8")) if report.exists() else {}
    seen = json.loads(moments.read_text("utf-8")) if moments.exists() else {}
    for path in (report, moments):
        path.unlink(missing_ok=True)
    code = told.get("code", ran.code)
    return Ran(code, ran.stdout, ran.stderr), {**counts, **seen, "file": told.get("calls", [])}


def _run(words: Sequence[str], lea: Rehearsal, given: str) -> Ran:
    """Run a process to its end. One that stops itself (SIGSTOP) sleeps for a day of the district's clock."""
    out, err = lea.folder / "stdout", lea.folder / "stderr"
    with out.open("wb") as stdout, err.open("wb") as stderr:
        process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=stdout, stderr=stderr, env=lea.environment)
        assert process.stdin is not None
        process.stdin.write(given.encode())
        process.stdin.close()
        alarm = threading.Timer(LONGEST_S, process.kill)
        alarm.start()
        while True:
            _, status = os.waitpid(process.pid, os.WUNTRACED)
            if not os.WIFSTOPPED(status):
                break
            lea.district.advance(days=1)
            process.send_signal(signal.SIGCONT)
        alarm.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
    ran = Ran(process.returncode, out.read_text("utf-8"), err.read_text("utf-8"))
    for path in (out, err):
        path.unlink()
    return ran


def judged(faults: tuple[Fault, ...]) -> Verdict:
    """Try one point."""
    here = desk()
    lea, new = here.lea()
    if faults[0].world:
        return _verified(lea, new, faults)
    district = here.district
    begins, signed_in, settings = len(district.requests), len(district.log_ins), district.settings
    visits, before = here.fronts.decoy.visits, crash_judge.stored(lea.home, here.key_file)
    ran, moments = ran_with(lea, faults, ROTATE, two_lines(new))
    error = ran.document.get("error") or {}
    ended = error.get("code", "done") if ran.code >= 0 else f"signal {-ran.code}"
    if not any(_reached(fault, moments) for fault in faults):
        return Verdict(faults, NOT_REACHED, ended, () if ran.code == 0 else (f"exit code {ran.code}",))
    wrong = contradictions(ran, facts_of(lea, new, here.key_file, before, begins, signed_in))
    if here.fronts.decoy.visits != visits:
        wrong.append("a redirect to another site was followed")
    if all(fault.part in SITES and fault.kind not in REFUSALS for fault in faults) and ended not in NETWORK | {"done"}:
        wrong.append(f"the network failed, and it ended with {ended}")
    result, last, more = go_on(lea, new, here.key_file)
    wrong += more
    left = servers(here, lea, last, begins, signed_in, settings)
    doubted = any(fault.part == "keyring" and fault.kind == "lies" for fault in faults)
    for fault in crash_judge.faults(lea.home, here.key_file, left):
        # A keyring that gives another password has it rejected. What is saved again is what was generated again, or was
        # rejected in its test.
        saved_again = result == AGAIN or any(one.kind in REFUSALS for one in faults)
        # A service that gives no answer stops nothing: what a parent can open decides.
        untested = fault == "not everything was tested" and any(one.part == "service" for one in faults)
        rejected = fault == "a sign-in was rejected" and doubted
        if not untested and not rejected and not (" saves of " in fault and saved_again):
            wrong.append(fault)
    district.unlock()
    return Verdict(faults, LOST if wrong else result, ended, tuple(wrong))


def judged_or_not(faults: tuple[Fault, ...]) -> Verdict:
    """Try one point; one that cannot be judged is no reason to lose the others."""
    try:
        return judged(faults)
    except (AssertionError, subprocess.TimeoutExpired, OSError, LookupError, ValueError) as error:
        return Verdict(faults, LOST, "", (f"it could not be judged: {type(error).__name__} {str(error)[:300]}",))


def _verified(lea: Rehearsal, new: Pair, faults: tuple[Fault, ...]) -> Verdict:
    """Try one point of `verify`: with the fault, and then without."""
    here, world = desk(), faults[0].world
    ours = new if world in STORED_WORLDS else here.old
    if ours is new:
        lea.run(*ROTATE, given=two_lines(new))
    elif world == "SchoolWise has newer ones":
        for place in lea.places:
            here.district.put(place, new)
    if world == "SchoolWise has older ones":
        here.district.put("district", here.old)
    if world in ("SchoolWise has older ones", "a school has older ones"):
        here.district.put(lea.school, here.old)
    before, pair = crash_judge.stored(lea.home, here.key_file), (ours.username, ours.secret)
    wrong, ends = [], []
    for present in (faults, ()):
        begins = len(here.district.requests)
        ran, moments = ran_with(lea, present, ("verify", "--json", "--no-input"))
        if present and not any(_reached(fault, moments) for fault in present):
            return Verdict(faults, NOT_REACHED)
        facts = facts_of(lea, new, here.key_file, before, begins, 0)
        wrong += verdict_contradictions(ran, pair, facts)
        ends += [one["verdict"] for one in ran.document.get("leas", ())] or [ran.document["error"]["code"]]
    if ends[1] not in WORLDS[world]:
        wrong.append(f"without the fault the verdict is {ends[1]}")
    here.district.unlock()
    return Verdict(faults, LOST if wrong else ALONE, f"verify: {ends[0]}", tuple(wrong))


def _reached(fault: Fault, moments: dict[str, Any]) -> bool:
    if fault.part in SITES:
        least = fault.number - 1 if fault.kind == "refused" else fault.number
        return bool(moments[fault.part] >= least)
    if fault.part == "file":
        return len(moments["file"]) >= fault.number
    # A run that a signal ends tells of no moments.
    return bool(moments.get("calls" if fault.part == "keyring" else "looks", fault.number) >= fault.number)


def all_faults() -> list[Fault]:
    """Return every single fault, by the moments that good runs have."""
    here = desk()
    found: list[Fault] = []

    def tried(*faults: Fault) -> dict[str, Any]:
        lea, new = here.lea()
        ran, moments = ran_with(lea, faults, ROTATE, two_lines(new))
        if ran.code:
            raise SystemExit(f"A run without a fault failed: {faults}, exit code {ran.code}: {ran.stderr}")
        return moments

    good = tried(Fault("keyring", 0, ""))
    for site in SITES:
        found += [Fault(site, number, kind) for number in range(1, good[site] + 1) for kind in fault_proxy.KINDS]
    for part, kinds, count in (
        ("keyring", faulty_machine.KEYRING, good["calls"]),
        ("clock", faulty_machine.CLOCK, good["looks"]),
        ("signal", faulty_machine.SIGNALS, good["looks"]),
    ):
        found += [Fault(part, number, kind) for number in range(1, count + 1) for kind in kinds]
    for kind in FILE_ERRORS:
        found += [Fault("file", number, kind) for number in range(1, len(tried(Fault("file", 0, kind))["file"]) + 1)]
    lea, _ = here.lea()
    _, good = ran_with(lea, (Fault("keyring", 0, ""),), ("verify", "--json", "--no-input"))
    for world in WORLDS:
        for site in SITES:
            silent = [kind for kind in fault_proxy.KINDS if kind not in REFUSALS]
            found += [Fault(site, number, kind, world) for number in range(1, good[site] + 1) for kind in silent]
        honest = [kind for kind in faulty_machine.KEYRING if kind != "lies"]
        found += [Fault("keyring", number, kind, world) for number in range(1, good["calls"] + 1) for kind in honest]
    return found


def chosen(every: Sequence[Fault], sample: int, pairs: int, seed: int) -> Iterator[tuple[Fault, ...]]:
    """Return the points to try: of each part `sample` (all if 0), and `pairs` of two faults of two parts."""
    chance, parts = random.Random(seed), dict.fromkeys(fault.row for fault in every)
    for part in parts:
        of_part = [fault for fault in every if fault.row == part]
        for fault in chance.sample(of_part, min(sample, len(of_part))) if sample else of_part:
            yield (fault,)
    for _ in range(pairs):
        # One machine has one keyring, clock or signal that fails, and each part one moment.
        others = [fault for fault in every if fault.row in ("request", "file")]
        machine = [fault for fault in every if fault.row in ("keyring", "clock", "signal")]
        first, second = chance.choice(others), chance.choice(machine)
        yield first, second


def table(verdicts: Sequence[Verdict]) -> list[str]:
    """Return the counts as a table in Markdown."""
    lines = [f"| fault | points tried | {' | '.join(RESULTS)} |", f"|---|---|{'---|' * len(RESULTS)}"]
    rows: dict[str, list[Verdict]] = {}
    for one in verdicts:
        rows.setdefault(NAMES[one.faults[0].row] if len(one.faults) == 1 else "two at once", []).append(one)
    for name, those in rows.items():
        counts = Counter(one.result for one in those)
        lines.append(f"| {name} | {len(those)} | {' | '.join(str(counts[result]) for result in RESULTS)} |")
    return [*lines, "", f"How the runs ended: {counted(one.ended for one in verdicts if one.result != NOT_REACHED)}."]


NAMES: Final = {
    "request": "a request: " + ", ".join(fault_proxy.KINDS),
    "keyring": "a call of the keyring: " + ", ".join(faulty_machine.KEYRING),
    "file": "an operation on a file: " + ", ".join(FILE_ERRORS) + " (+: from then on)",
    "clock": "a look at the clock: " + ", ".join(faulty_machine.CLOCK),
    "verify": "`verify`, while a request or a call of the keyring fails",
    "signal": "a signal: " + ", ".join(faulty_machine.SIGNALS) + " (for a day)",
}


def main() -> int:
    """Try the points and print the counts; the exit code is 1 if anything was lost or untrue."""
    tally, done = Tally("faults", "Let a rotation meet every fault, and count what comes of it."), list[Verdict]()
    tally.parser.add_argument("--pairs", type=int, default=0, help="how many points with two faults to try")
    tally.parser.add_argument("--journal", type=Path, help="a file that remembers what was tried")
    # A point with a site that does not answer waits most of the time.
    tally.parser.set_defaults(workers=(os.cpu_count() or 1) + 1)
    asked = tally.asked()
    lines = asked.journal.read_text("utf-8").splitlines() if asked.journal and asked.journal.exists() else []
    for record in map(json.loads, lines):
        if not record["wrong"]:  # what was wrong may be right by now
            done.append(Verdict(tuple(Fault(*fault) for fault in record["faults"]), record["result"], record["ended"]))
    with tally.workers() as pool:
        every = pool.submit(all_faults).result()
        every = [one for one in every if asked.only in ("", one.row, one.kind)]
        points = list(chosen(every, asked.sample, asked.pairs, asked.seed))
        verdicts = [one for one in done if one.faults in points]
        left = [point for point in points if point not in {one.faults for one in verdicts}]
        for one in tally.told(pool.map(judged_or_not, left), len(left)):
            verdicts.append(one)
            if asked.journal:
                with asked.journal.open("a", encoding="utf-8") as journal:
                    journal.write(json.dumps(asdict(one)) + "\n")
    return tally.end(verdicts, table(verdicts), "in more than one run" if done else "")


if __name__ == "__main__":
    sys.exit(main())

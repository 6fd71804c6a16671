"""The faults and their judge: that each comes where it was asked for, and that what is not so is found."""

from __future__ import annotations

import http.client
import json
import platform
import re
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from fault_proxy import FOREIGN, Fronts, RequestFault
from input_judge import Ended, faults, losses, stored
from statement_judge import Facts, Ran, contradictions, published, shown, verdict_contradictions

from session.rehearsal import PROGRAM, Rehearsal
from session.sample import SCRIPTS, sample_of
from ssrcred.practice import Pair, Practice
from waiting import HUNG_S

pytestmark = pytest.mark.skipif(
    (platform.system(), platform.machine()) != ("Linux", "x86_64"), reason="ptrace as Linux has it on x86-64"
)
DISK: Final = """
import os
for name in ("one", "two"):
    try:
        file = os.open(name, os.O_CREAT | os.O_WRONLY, 0o600)
        os.write(file, b"made up")
        print("made")
    except OSError as error:
        print(error.errno, end=" ")
print(len(open("one").read()))
"""


@pytest.mark.parametrize(
    ("number", "error", "told"),
    [
        (0, "ENOSPC", "made made 7"),
        (1, "EACCES", "13 made"),
        (2, "ENOSPC", "28 made 0"),
        (2, "ENOSPC+", "28 28 0"),
        (2, "EINTR", "made made 7"),  # Python makes the call again
        (1, "EROFS+", "30 30"),
        (1, "ENOLCK", "made made 7"),  # there is no lock
    ],
)
def test_a_call_at_a_file_ends_with_the_error_that_was_asked_for(
    tmp_path: Path, number: int, error: str, told: str
) -> None:
    folder, report = tmp_path / "here", tmp_path / "report.json"
    folder.mkdir()
    words = (sys.executable, SCRIPTS / "power_cut.py", report, str(number), error, folder, "--", sys.executable, "-c")
    done = subprocess.run((*words, DISK), timeout=HUNG_S, cwd=folder, capture_output=True, text=True)
    assert " ".join(done.stdout.split()) == told
    assert all(call.endswith(("one", "two")) for call in json.loads(report.read_text("utf-8"))["calls"])


@pytest.mark.ci
@pytest.mark.parametrize(("error", "least"), [("EACCES", 9), ("ENOSPC+", 6)])
def test_whichever_file_fails_a_new_lea_is_added_whole_or_not_at_all(
    rotated_once: tuple[Rehearsal, Pair], tmp_path: Path, error: str, least: int
) -> None:
    words = ("lea", "add", "elm", "--name", "Elm", "--cds", "01611230000000", "--json")
    report, number, calls = tmp_path / "report.json", 0, least
    while number < calls:
        number += 1
        lea = rotated_once[0].copied(tmp_path / str(number))
        before = stored(lea.home, {})
        cut = (sys.executable, str(SCRIPTS / "power_cut.py"), str(report), str(number), error, str(lea.home), "--")
        done = lea.run(*words, program=(*cut, *PROGRAM))
        told = json.loads(report.read_text("utf-8"))
        ended = Ended(words, told["code"], done.stdout, done.stderr)
        assert faults(ended, HUNG_S) == [] and losses(before, stored(lea.home, {})) == [], told["calls"]
        added = "were written to config.toml: elm" in done.stdout or ended.code == 0
        assert (b"elm" in (lea.home / "config.toml").read_bytes()) == added, told["calls"]
        lea.run(*words, expect=3 if added else 0)
        calls = max(calls, len(told["calls"]))


@pytest.fixture
def fronts(district: Practice, tmp_path: Path) -> Iterator[Fronts]:
    """A front before the practice SchoolWise."""
    fronts = Fronts({"schoolwise": int(district.schoolwise_url.rpartition(":")[2])}, tmp_path)
    yield fronts
    fronts.arm()


def asked(fronts: Fronts, seconds: float = HUNG_S) -> tuple[int, bytes]:
    """Return the status and the content of the page for signing in."""
    context = ssl.create_default_context(cafile=str(fronts.certificate))
    address = f"https://127.0.0.1:{fronts.by_site['schoolwise'].port}/login"
    with urllib.request.urlopen(address, timeout=seconds, context=context) as answer:
        return answer.status, answer.read()


def test_without_a_fault_a_front_is_not_noticed(fronts: Fronts) -> None:
    assert [asked(fronts)[0] for _ in range(3)] == [200, 200, 200]
    assert fronts.by_site["schoolwise"].count == 3


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("refused", "Connection refused"),
        ("TLS of another site", "CERTIFICATE_VERIFY_FAILED"),
        ("404", "HTTP Error 404"),
        ("500 after it was done", "HTTP Error 500"),
        ("redirect away", "CERTIFICATE_VERIFY_FAILED|EOF|reset|violation|urlopen"),
        ("reset before it arrives", "reset|EOF|closed"),
        ("reset before the answer", "reset|EOF|closed"),
        ("reset in the answer", "reset|EOF|IncompleteRead|closed|headers"),
        ("no answer", "timed out"),
    ],
)
def test_the_request_that_was_chosen_meets_its_fault_and_no_other_does(fronts: Fronts, kind: str, words: str) -> None:
    fronts.arm(RequestFault("schoolwise", 2, kind))
    assert asked(fronts)[0] == 200
    waits = 1.5 if kind == "no answer" else HUNG_S
    with pytest.raises((OSError, http.client.HTTPException), match=words):
        asked(fronts, waits)
    fronts.arm()
    assert asked(fronts)[0] == 200


def test_wrong_content_is_that_of_another_page(fronts: Fronts) -> None:
    fronts.arm(RequestFault("schoolwise", 1, "wrong content"))
    assert asked(fronts) == (200, FOREIGN)
    assert asked(fronts)[1] != FOREIGN


NEW, OLD = ("user", "made-up key"), ("user", "old made-up key")
DONE: Final = Facts(NEW, {"pair-0001": OLD}, {"pair-0002": NEW}, {"district": NEW}, ["/office/options/caaspp"])
BEFORE: Final = replace(DONE, slots=DONE.slots_before, holds={"district": OLD}, saves=[])


def _error(code: str, exit_code: int, state: str) -> Ran:
    error = {"code": code, "exit": exit_code, "message": "made up", "state": state, "hint": "made up"}
    return Ran(exit_code, json.dumps({"error": error, "finished": False, "events": []}), "")


def _event(step: str, outcome: str, *, place: str | None = None, finished: bool = False, **detail: str) -> Ran:
    event = {"step": step, "outcome": outcome, "place": place, "detail": detail}
    return Ran(0 if finished else 10, json.dumps({"events": [event], "finished": finished}), "")


@pytest.mark.parametrize(
    ("ran", "facts"),
    [
        (_error("unreachable", 8, "Nothing was changed."), BEFORE),
        (_error("unfinished", 10, "The new credentials are stored. Finished steps will not be repeated."), DONE),
        (_error("pair_refused", 7, "Nothing was written to SchoolWise."), BEFORE),
        (_error("keyring_failed", 5, "It is not known whether the item was deleted."), DONE),
        (_event("finish", "finished", finished=True), DONE),
        (_event("finish", "retired", slot="pair-0001", finished=True), DONE),
        (_event("write", "written", place="district", finished=True), DONE),
    ],
)
def test_what_is_so_is_not_contradicted(ran: Ran, facts: Facts) -> None:
    assert contradictions(ran, facts) == []


@pytest.mark.parametrize(
    ("ran", "facts", "words"),
    [
        (_error("unreachable", 8, "Nothing was changed."), DONE, "Nothing was changed. And it is not so"),
        (_error("unreachable", 8, "Nothing was written."), DONE, "Nothing was written. And it is not so"),
        (_error("unfinished", 10, "The new credentials are stored."), BEFORE, "are stored. And it is not so"),
        (_error("input_refused", 4, "Nothing was stored."), DONE, "Nothing was stored. And it is not so"),
        (_error("unreachable", 8, "All is well."), BEFORE, "a state that is not checked: All is well."),
        (_error("unreachable", 8, ""), BEFORE, "without three lines"),
        (_error("unreachable", 6, "Nothing was changed."), BEFORE, "exit code 6 with unreachable"),
        (_error("unexpected", 1, "Nothing was changed."), BEFORE, "a bug"),
        (_event("prepare", "checked", what="the parent account can sign in"), BEFORE, "can sign in, and none did"),
        (_event("store", "stored", slot="pair-0002"), BEFORE, "are stored, and they are not"),
        (_event("write", "written", place="district"), BEFORE, "has the new credentials, and it has not"),
        (_event("write", "failed", place="district"), DONE, "was not updated, and it was"),
        (_event("finish", "retired", slot="pair-0001"), BEFORE, "is deleted, and it is there"),
        (_event("finish", "pointed", slot="pair-0002"), BEFORE, "has not the new credentials"),
        (_event("finish", "finished", finished=True), BEFORE, "is finished, and it is not"),
        (Ran(1, "", "Traceback (most recent call last)"), BEFORE, "a traceback"),
        (Ran(0, '{"events": [], "finished": true}', NEW[1]), DONE, "the key was shown"),
    ],
)
def test_what_is_not_so_is_found(ran: Ran, facts: Facts, words: str) -> None:
    assert any(words in wrong for wrong in contradictions(ran, facts))


def _verdict(name: str, code: int, blocked: str | None = None) -> Ran:
    return Ran(code, json.dumps({"leas": [{"verdict": name, "blocked": blocked, "sentence": "made up"}]}), "")


KNOWN: Final = replace(DONE, slots_before=DONE.slots, saves=[])  # the new credentials, stored and everywhere


@pytest.mark.parametrize(
    ("ran", "ours", "facts", "words"),
    [
        (_verdict("working", 0), NEW, KNOWN, ""),
        (_verdict("working", 6, "login_refused"), NEW, KNOWN, ""),
        (_verdict("unknown", 6), NEW, KNOWN, ""),
        (_verdict("superseded", 7), OLD, KNOWN, ""),
        (_verdict("portal_differs", 7), NEW, replace(KNOWN, holds={"district": OLD}), ""),
        (_verdict("working", 0), OLD, KNOWN, "the verdict is working"),
        (_verdict("working", 0), NEW, replace(KNOWN, holds={"district": OLD}), "the verdict is working"),
        (_verdict("refused", 7), NEW, KNOWN, "the verdict is refused"),
        (_verdict("portal_differs", 7), NEW, KNOWN, "the verdict is portal_differs"),
        (_verdict("school_differs", 7), NEW, replace(KNOWN, holds={"district": OLD}), "the verdict is school_differs"),
        (_verdict("unreachable", 6), NEW, KNOWN, "exit code 6 with the verdict unreachable"),
        (_verdict("working", 6), NEW, KNOWN, "exit code 6 with the verdict working"),
        (_verdict("working", 0), NEW, DONE, "verify changed something"),
    ],
)
def test_a_verdict_is_held_against_how_things_are(ran: Ran, ours: tuple[str, str], facts: Facts, words: str) -> None:
    wrong = verdict_contradictions(ran, ours, facts)
    assert any(words in one for one in wrong) if words else wrong == []


def test_what_a_killed_run_showed_is_held_against_the_servers() -> None:
    lines = "  ✓ New credentials stored and read back.\n  ✓ District setting in SchoolWise saved and read back.\n"
    assert shown(lines, DONE) == []
    assert len(shown(lines, BEFORE)) == 2


def test_the_published_codes_are_read_from_the_reference() -> None:
    codes = published()
    assert (codes["unreachable"], codes["unfinished"], codes["lock_held"]) == (8, 10, 9)


@pytest.mark.ci
def test_a_sample_of_faults_loses_nothing_and_nothing_untrue_is_said() -> None:
    told = sample_of("faults.py", "--sample", "6", "--pairs", "3", limit_s=3 * HUNG_S)
    assert len(re.findall(r"^\| [^|]+ \| 6 \|", told, re.MULTILINE)) == 6, told

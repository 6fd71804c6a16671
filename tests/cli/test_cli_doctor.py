"""The doctor: every line fine, a problem or not tried, each with what mends it, and one that hangs hides no other."""

from __future__ import annotations

import itertools
import os
import re
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.desk import LEA, Desk, Ran
from keyring_moods import LockedKeyring, SlowKeyring
from ssrcred.app import practice
from ssrcred.app.doctor.all_checks import Check, gather
from ssrcred.app.doctor.site_checks import Site, SiteChecks, proxies
from ssrcred.cli.main import main
from ssrcred.domain.credential import SecretKey
from ssrcred.domain.errors import ConfigInvalid, KeyringLocked
from ssrcred.domain.finding import Finding, fine

TRANSCRIPTS = Path(__file__).parent / "transcripts"
QUICK = ("doctor", "--no-practice")
POSIX = pytest.mark.skipif(os.name == "nt", reason="a mode says nothing on Windows")


@pytest.fixture(autouse=True)
def today(bare: Desk) -> None:
    """Sites say the real time, so this computer's clock has to be right."""
    bare.at = datetime.now(UTC)
    bare.environ["COLUMNS"] = "100"
    bare.environ["PATH"] = str(bare.home)  # nobody's own crontab is looked at


def checks(ran: Ran) -> dict[str, dict[str, Any]]:
    """Every check of the one document, by its name; those of the LEA with those of the computer."""
    found = [*ran.document["checks"], *(one for lea in ran.document["leas"] for one in lea["checks"])]
    return {one["check"]: one for one in found}


def looked(desk: Desk, *more: str) -> dict[str, dict[str, Any]]:
    return checks(desk.run(*QUICK, "--json", *more))


def compare(name: str, screen: str) -> None:
    """Hold a screen against its file, without what differs from day to day, disk to disk and port to port."""
    screen = re.sub(r"(answers on port) \d+", r"\1 PORT", screen)
    screen = re.sub(r"\w+day, \w+ \d+, \d{4} \(UTC\)", "THAT DAY (UTC)", re.sub(r"[\d,]+ MB", "MANY MB", screen))
    path = TRANSCRIPTS / f"{name}.txt"
    if os.environ.get("UPDATE_TRANSCRIPTS") == "1":
        path.write_text(screen, "utf-8")
    assert screen == path.read_text("utf-8")


def test_a_healthy_desk(rotated: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent/made-up-folder")  # the test rotation would start this computer's browser
    before = rotated.district.log_ins, rotated.events()
    ran = rotated.sit("doctor")
    assert ran.code == 0
    compare("doctor_healthy", ran.screen)
    # Nobody was logged in, no pair was sent, nothing was recorded.
    assert (rotated.district.log_ins, rotated.events()) == before
    asked = [path for service, _, path in rotated.district.requests if service == "service"]
    assert asked[-1] == "/api/v1"


@POSIX
def test_a_desk_on_which_much_is_wrong(ready: Desk) -> None:
    ready.run("store", "--stdin", given=ready.pair_lines)
    ready.vault.drop_secret("parent")
    ready.district.fault("schoolwise", "refusing")
    (ready.home / "config.toml").chmod(0o644)
    ready.at += timedelta(minutes=12, seconds=30)
    ran = ready.sit(*QUICK)
    assert ran.code == 3
    compare("doctor_broken", ran.screen)


@POSIX
def test_the_permissions_of_logs_and_of_the_copy_of_names_count_too(rotated: Desk) -> None:
    (rotated.home / "log").mkdir(mode=0o700)
    loose = [rotated.home / "roll.json", rotated.home / "log" / "verify.log"]
    for path in loose:
        path.write_text("made up", "utf-8")
        path.chmod(0o644)
    found = looked(rotated)["permissions"]
    assert found["exit"] == 3 and all(str(path) in found["command"] for path in loose)
    for path in loose:
        path.chmod(0o600)
    assert looked(rotated)["permissions"]["result"] == "fine"


def test_nothing_is_set_up_yet(bare: Desk) -> None:
    ran = bare.sit(*QUICK)
    assert ran.code == 3 and "To make it, type: ssrcred setup" in ran.screen
    assert "Disk" in ran.screen and not bare.home.exists()


def test_every_problem_in_the_settings_is_named_and_the_rest_is_looked_at(ready: Desk) -> None:
    path = ready.home / "config.toml"
    path.write_text(
        path.read_text("utf-8").replace('cds = "19', 'cds = "x19').replace("username", "user_name"), "utf-8"
    )
    found = looked(ready)
    assert found["config"]["exit"] == 3
    assert (
        "lea.lincoln.cds" in found["config"]["words"] and "lea.lincoln.schoolwise.username" in found["config"]["words"]
    )
    assert found["vault"]["result"] == "not_tried" and found["disk"]["result"] == "fine"
    assert found["ledger"]["result"] == "not_tried"


def test_a_profile_and_a_map_that_are_wrong_are_told_for_their_lea(ready: Desk) -> None:
    path = ready.home / "config.toml"
    (ready.home / "own.toml").write_text("[odd]\n", "utf-8")
    text = path.read_text("utf-8").replace("[lea.lincoln.toms]", '[lea.lincoln.toms]\nprofile = "own.toml"')
    path.write_text(text.replace("[lea.lincoln.schoolwise]", '[lea.lincoln.schoolwise]\nmap = "own.toml"'), "utf-8")
    found = looked(ready)
    assert (found["profile"]["exit"], found["map"]["exit"]) == (3, 3)


def test_a_map_with_keys_that_are_gone_is_named_and_nothing_stops_over_it(ready: Desk) -> None:
    config, path = ready.home / "config.toml", ready.home / "own.toml"
    path.write_text('words = "schoolwise"\n[[recording.steps]]\nid = "save"\n', "utf-8")
    text = config.read_text("utf-8")
    config.write_text(text.replace("[lea.lincoln.schoolwise]", '[lea.lincoln.schoolwise]\nmap = "own.toml"'), "utf-8")
    found = looked(ready)["map"]
    assert (found["result"], found["exit"]) == ("warning", 0)
    assert found["words"].startswith("ssrcred no longer uses these keys of the portal map and ignores them: ")
    assert "words, recording" in found["words"]
    mend = f'Remove them from {path}, and write based_on = "schoolwise" there. Then: ssrcred portal confirm'
    assert found["command"] == f"{mend} --lea {LEA}"
    shown = ready.sit(*QUICK).screen
    assert "! Portal map: " in shown and "fix: Remove them" in shown and " 1 warning." in shown
    assert ready.run("portal", "test").code == 0
    assert ready.run("rotate", "--stdin", given=ready.pair_lines).code == 0
    path.write_text('based_on = "schoolwise"\n', "utf-8")
    assert looked(ready)["map"]["result"] == "fine"


def test_a_lea_without_portal_and_direct_check_has_nothing_there_to_look_at(bare: Desk) -> None:
    bare.home.mkdir()
    lea = '[lea.alone]\nname = "Made-up"\ncds = "19647330000000"\n[lea.alone.toms]\nenabled = false\n'
    (bare.home / "config.toml").write_text(lea, "utf-8")
    (bare.home / "config.toml").chmod(0o600)
    found = looked(bare)
    assert {found[name]["result"] for name in ("portal", "service", "profile", "map", "clock")} == {"not_tried"}
    assert found["secrets"]["result"] == "fine"


def test_a_locked_keyring_is_a_problem_and_hides_nothing(rotated: Desk) -> None:
    rotated.ring = rotated.ring.hand_over(LockedKeyring())
    ran = rotated.run(*QUICK, "--json")
    found = checks(ran)
    assert ran.code == 5 and found["vault"]["exit"] == 5
    assert found["secrets"]["result"] == found["pair"]["result"] == "not_tried"
    assert found["portal"]["result"] == found["last_verify"]["result"] == "fine"
    # Nobody was asked for a password: only a short limit, and nobody to tell what is being waited for.
    assert rotated.keyring_limits[-1] == (10.0, False)


def test_a_secret_or_a_pair_that_is_gone_is_a_problem(rotated: Desk) -> None:
    rotated.vault.drop_secret("schoolwise")
    rotated.vault.delete("pair-0001")
    found = looked(rotated)
    assert found["secrets"]["command"] == f"ssrcred secret set schoolwise --lea {LEA}"
    assert found["pair"]["exit"] == 5 and found["pair"]["command"].startswith(f"ssrcred store --lea {LEA}")


def test_the_secrets_of_reminders_belong_to_no_lea(ready: Desk) -> None:
    with (ready.home / "config.toml").open("a", encoding="utf-8") as file:
        file.write('\n[lea.lincoln.remind]\nchannels = ["team"]\n')
    found = looked(ready)
    assert found["shared_secrets"]["command"] == "ssrcred secret set notify:team"
    from ssrcred.adapters.vault import Vault
    from ssrcred.app.session import SHARED

    Vault(ready.vault._backend, SHARED).keep_secret("notify:team", SecretKey("json://made-up.example/x"))
    assert looked(ready)["shared_secrets"]["result"] == "fine"


@POSIX
def test_an_encrypted_file_opens_by_its_key_file_and_a_loose_one_is_a_problem(bare: Desk) -> None:
    key = bare.home / "key"
    assert bare.run("vault", "init", "--key-file", str(key)).code == 0
    found = looked(bare)
    assert (
        found["vault"]["result"] == "fine" and "scheduled jobs of this account can open it" in found["vault"]["words"]
    )
    key.chmod(0o640)
    found = looked(bare)
    assert found["vault"]["exit"] == 5 and "chmod 600" in found["vault"]["command"]


def test_an_encrypted_file_behind_a_passphrase_is_a_problem_for_a_scheduled_run(bare: Desk) -> None:
    words = "a made-up passphrase that nobody uses"
    assert bare.sit("vault", "init", script=[("A passphrase", words), ("The same passphrase again", words)]).code == 0
    found = looked(bare)
    assert found["vault"]["exit"] == 5 and "nobody is there to type its passphrase" in found["vault"]["words"]


def test_a_service_that_is_closed_is_unreachable_and_the_clock_is_still_compared(rotated: Desk) -> None:
    rotated.district.fault("service", "down")
    ran = rotated.run(*QUICK, "--json")
    found = checks(ran)
    assert ran.code == 8 and found["service"]["exit"] == 8 and found["portal"]["result"] == "fine"
    assert found["clock"]["result"] == "fine"


def test_an_edited_ledger_is_a_problem(rotated: Desk) -> None:
    import sqlite3

    with sqlite3.connect(rotated.home / "ledger.sqlite") as file:
        file.execute("UPDATE head SET hash = 'x'")
    file.close()
    ran = rotated.run(*QUICK, "--json")
    found = checks(ran)
    assert ran.code == 9 and found["ledger"]["exit"] == 9 and found["last_verify"]["result"] == "fine"
    (rotated.home / "ledger.sqlite").write_bytes(b"made-up garbage, which is no ledger" * 200)
    found = looked(rotated)
    assert found["ledger"]["exit"] == 9 and found["last_runs"]["exit"] == 9
    assert found["pair"]["result"] == "not_tried" and found["secrets"]["result"] == "fine"


def test_a_refused_pair_and_an_open_rotation_are_remembered(ready: Desk) -> None:
    ready.run("store", "--stdin", given=ready.pair_lines)
    ready.click()
    assert ready.run("verify").code == 7
    ran = ready.run(*QUICK, "--json")
    assert ran.code == 7 and checks(ran)["last_verify"]["command"] == f"ssrcred verify --lea {LEA}"


def test_a_log_in_that_is_not_sent_again_is_told_until_its_password_is_set(rotated: Desk) -> None:
    password = rotated.named_secrets()["schoolwise"]
    rotated.vault.keep_secret("schoolwise", SecretKey("a made-up wrong password"))
    rotated.run("verify")
    ran = rotated.run(*QUICK, "--json")
    found = checks(ran)["log_ins"]
    assert (ran.code, found["exit"]) == (6, 6) and found["command"] == f"ssrcred secret set schoolwise --lea {LEA}"
    assert rotated.run("secret", "set", "schoolwise", "--stdin", given=f"{password}\n").code == 0
    assert looked(rotated)["log_ins"]["result"] == "fine"


def test_only_the_lea_that_is_meant_is_looked_at(ready: Desk) -> None:
    assert ready.run(*QUICK, "--json", "--lea", "nowhere").code == 2
    ready.environ["SSRCRED_LEA"] = LEA
    assert [lea["lea"] for lea in ready.run(*QUICK, "--json").document["leas"]] == [LEA]


def test_many_leas_are_a_line_each_unless_something_is_wrong(ready: Desk) -> None:
    with (ready.home / "config.toml").open("a", encoding="utf-8") as file:
        for number in range(5):
            file.write(f'[lea.more{number}]\nname = "More {number}"\ncds = "1964734{number:07}"\n')
            file.write("[lea.more" + str(number) + ".toms]\nenabled = false\n")
        file.write('[lea.more4.schoolwise]\nurl = "http://127.0.0.1:1"\nusername = "itstaff"\n')
    ran = ready.sit(*QUICK)
    assert "More 0 (more0): no problem was found." in ran.screen
    assert "More 4 (more4)\n" in ran.screen and "ssrcred secret set schoolwise --lea more4" in ran.screen
    assert ran.code == 5


def test_a_recipient_whom_no_reminder_reaches_is_a_problem_without_their_address(rotated: Desk) -> None:
    from ssrcred.adapters.ledger.auxiliary_store import Reminders

    assert looked(rotated)["reminders"]["command"] == "ssrcred remind --setup"
    with (rotated.home / "config.toml").open("a", encoding="utf-8") as file:
        file.write('\n[lea.lincoln.remind]\nmail = ["made-up@lincoln.example"]\n')
        file.write('[smtp]\nhost = "mail.lincoln.example"\nport = 587\nfrom = "x@lincoln.example"\n')
    assert looked(rotated)["reminders"]["command"] == "ssrcred schedule --install", "no run is recorded"
    memory = Reminders(rotated.home / "ledger.sqlite")
    memory.ended([LEA], rotated.at, 0)
    assert looked(rotated)["reminders"]["result"] == "fine"
    memory = Reminders(rotated.home / "ledger.sqlite")
    memory.failed("made-up@lincoln.example", rotated.at, "the mail server did not answer")
    found = looked(rotated)["reminders"]
    assert found["exit"] == 8 and "made-up@" not in found["words"]


def test_finding_the_form_of_the_service_is_a_job_of_its_own(rotated: Desk) -> None:
    ran = rotated.run("doctor", "--find-api", "--json", "--yes")
    assert ran.document["schema"] == "ssrcred.doctor find-api/1" and ran.code == 0
    assert ran.document["lea"] == LEA and ran.document["profile"]


def test_the_document_has_the_published_keys(rotated: Desk) -> None:
    document = rotated.run(*QUICK, "--json").document
    assert set(document) == {"schema", "manner", "checks", "leas", "exit"}
    assert document["schema"] == "ssrcred.doctor/1" and document["manner"] == "" and document["exit"] == 0
    [lea] = document["leas"]
    assert set(lea) == {"lea", "name", "sis", "checks"} and lea["sis"] == "SchoolWise"
    for one in [*document["checks"], *lea["checks"]]:
        assert set(one) == {"check", "result", "words", "command", "exit", "facts"}
        assert one["result"] in ("fine", "problem", "not_tried")
        assert one["words"].endswith((".", "-scheduled", f"--lea {LEA}"))


def test_options_that_exclude_each_other_are_refused(ready: Desk) -> None:
    assert ready.run("doctor", "--yes").code == 2
    assert ready.run("doctor", "--find-api", "--as-scheduled").code == 2


def test_without_a_terminal_the_same_lines_go_to_standard_output(rotated: Desk) -> None:
    ran = rotated.run(*QUICK)
    assert "✓ Disk: " in ran.out and not ran.err
    assert ran.out.splitlines()[-1].startswith("No problem was found.")


def test_a_terminal_without_the_marks_gets_words() -> None:
    from io import BytesIO, TextIOWrapper

    from rich.console import Console

    from ssrcred.domain.finding import Chart, not_tried
    from ssrcred.output import findings

    paper = TextIOWrapper(BytesIO(), encoding="ascii")
    console = Console(file=paper, width=100)
    findings.show(console, Chart((fine("disk", "Fine."), not_tried("odd", "No."))))
    paper.seek(0)
    assert paper.read() == (
        "This computer\n  fine Disk: Fine.\n  not tested odd: No.\nNo problem was found. 1 check was not tested.\n"
    )


# What the checks are made of.


def test_one_that_hangs_or_breaks_hides_no_other() -> None:
    hang = threading.Event()

    def late() -> list[Finding]:
        hang.wait()
        return []

    def locked() -> list[Finding]:
        raise KeyringLocked("It is locked.", state="s", hint="Unlock it.")

    def broken() -> list[Finding]:
        raise RuntimeError("a text that may hold anything")

    checks = [Check("a", late), Check("b", locked), Check("c", broken), Check("d", lambda: [fine("d", "Fine.")])]
    # Long enough for the others to come to an end on a busy machine; the one that hangs takes all of it.
    found = [one for each in gather(checks, limit_s=3, at_once=3) for one in each]
    hang.set()
    assert [(one.check, one.exit_code) for one in found] == [("a", 8), ("b", 5), ("c", 1), ("d", 0)]
    assert "RuntimeError" in found[2].words and "anything" not in found[2].words


def test_when_the_time_for_all_is_up_the_rest_is_not_tried() -> None:
    checks = [Check(name, lambda: [fine("x", "Fine.")]) for name in "abc"]
    found = [one for each in gather(checks, at_once=2, all_s=-1) for one in each]
    assert [(one.check, one.result.value) for one in found] == [(name, "not_tried") for name in "abc"]


def test_a_keyring_that_hangs_is_asked_once_and_given_up(ready: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = SlowKeyring()
    monkeypatch.setattr(sys.modules["cli.desk"], "under", lambda ring, waiting: _brief(slow))
    found = looked(ready)
    assert found["vault"]["exit"] == 5 and "did not answer" in found["vault"]["words"]
    slow.answer.set()


def _brief(ring: SlowKeyring) -> Any:
    from keyring_moods import under

    return under(ring, limit=0.2)


def test_the_clock_of_a_site_that_says_no_time_is_not_known() -> None:
    site = SiteChecks(Site("portal", "https://x.example"), lambda: datetime.now(UTC))
    assert site.compared(None) is None and site.compared("yesterday") is None
    naive = site.compared("Sun, 22 Nov 2020 01:00:00 -0000")
    assert naive is not None and naive > timedelta(days=365)


def test_a_proxy_is_named_with_its_source(monkeypatch: pytest.MonkeyPatch) -> None:
    sites = [
        Site("portal", "https://lincoln.example"),
        Site("service", "https://ssr.example/api"),
        Site("portal", "http://127.0.0.1:9"),
    ]
    monkeypatch.setenv("HTTPS_PROXY", "http://someone:made-up-password@proxy.example:3128")
    [found] = proxies(sites)
    assert found.words == (
        "lincoln.example, ssr.example: through the proxy http://proxy.example:3128, from the environment, "
        "with a user name and password."
    )
    monkeypatch.setenv("NO_PROXY", "*")
    assert "No proxy" in proxies(sites)[0].words
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("HTTPS_PROXY", "http://made up:made-up-password@[")
    with pytest.raises(ConfigInvalid) as caught:
        proxies(sites)
    assert "made-up-password" not in caught.value.message + caught.value.hint


def test_a_pac_file_is_named_with_what_to_set_instead_where_something_was_not_reached(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("HTTPS_PROXY", raising=False)
    sites = [Site("portal", "https://lincoln.example")]
    [found] = proxies(sites, "http://pac.lincoln.example/proxy.pac", reached=False)
    assert found.result.value == "warning" and "set by a PAC file: http://pac.lincoln.example/proxy.pac" in found.words
    assert "HTTPS_PROXY=http://HOST:PORT" in found.command and "NTLM" in found.command
    [found] = proxies(sites, "http://pac.lincoln.example/proxy.pac", reached=True)
    assert found.result.value == "fine" and "everything was reached without one" in found.words
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    [found] = proxies(sites, "http://pac.lincoln.example/proxy.pac", reached=False)
    assert "PAC" not in found.words


def test_a_folder_that_the_store_keeps_apart_is_shown_as_it_is(bare: Desk, tmp_path: Path) -> None:
    bare.environ["SSRCRED_HOME"] = str(tmp_path / "Packages/PythonSoftwareFoundation.Python.3.12_x/LocalCache/Local")
    ran = bare.run("doctor", "--no-practice", "--json")
    [found] = [check for check in ran.document["checks"] if check["check"] == "folder"]
    assert found["result"] == "warning" and bare.environ["SSRCRED_HOME"] in found["words"]
    assert "SSRCRED_HOME" in found["command"]


def test_a_certificate_through_a_proxy_that_is_spoken_to_over_tls_is_not_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "https://proxy.example:3129")
    [found] = SiteChecks(Site("portal", "https://lincoln.example"), lambda: datetime.now(UTC))._tls()
    assert found.result.value == "not_tried" and "https://proxy.example:3129" in found.words


def test_a_rehearsal_that_fails_says_at_which_step() -> None:
    found = practice.failed(
        ("rotate", "--stdin"), 6, "Prepare\nerror: The portal did not understand.\nstate: s\nhint: h\n"
    )
    assert (
        found.facts["step_exit"] == "6" and "failed at 'rotate' (exit 6). The portal did not understand." in found.words
    )
    assert practice.failed(("setup", "--no-input"), 3, "").words.endswith("(exit 3).")


def test_a_rehearsal_in_which_the_pair_is_refused_is_a_problem() -> None:
    days = itertools.count()
    found = practice.rehearse(main, lambda: datetime.now(UTC) + timedelta(days=400 * next(days)))
    assert (found.result.value, found.exit_code) == ("problem", 1)
    assert "failed at 'portal confirm'" in found.words


def test_a_computer_without_room_for_a_rehearsal_is_not_called_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/nowhere/at/all")
    found = practice.rehearse(main, lambda: datetime.now(UTC))
    assert found.result.value == "not_tried" and "no such file" in found.words


def test_without_the_practice_district_the_rehearsal_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ssrcred.practice", None)
    found = practice.rehearse(main, lambda: datetime.now(UTC))
    assert found.result.value == "not_tried" and ".[practice]" in found.command


@pytest.mark.real("secret-service")
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_a_real_keyring_opens_and_once_locked_is_found_locked_without_a_prompt(
    bare: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import gc

    from secret_service import lock, secret_service
    from ssrcred.adapters.vault.oskeyring import open_os_keyring

    bare.home.mkdir(mode=0o700)
    (bare.home / "config.toml").write_text('[vault]\nbackend = "keyring"\n', "utf-8")
    (bare.home / "config.toml").chmod(0o600)
    # Whoever waited for a prompt would wait for so long that the doctor gives the whole check up.
    monkeypatch.setattr(bare, "_keyring", lambda limit, waiting: open_os_keyring(limit=600, waiting=waiting))
    with secret_service(tmp_path) as environment:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", environment["DBUS_SESSION_BUS_ADDRESS"])
        found = looked(bare)
        assert found["vault"]["result"] == "fine" and "Secret Service" in found["vault"]["words"]
        lock(environment)
        found = looked(bare)
        assert found["vault"]["exit"] == 5 and "locked" in found["vault"]["words"]
    gc.collect()

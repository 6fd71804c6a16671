"""A refused log-in is sent once: no later run sends it again before the password of that account is set anew."""

from __future__ import annotations

import shutil
import sqlite3
import tomllib
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta

import httpx
import pytest
import tomli_w

from adapters.portal.browser.served import serving
from cli.desk import LEA, TODAY, Desk
from keyring_moods import under
from ssrcred.adapters.config import load
from ssrcred.adapters.ledger.auxiliary_store import Refusals
from ssrcred.adapters.ledger.book import Ledger
from ssrcred.adapters.vault import Vault
from ssrcred.app.refused_sign_in import WAITS, CarefulPortal
from ssrcred.domain.credential import SecretKey
from ssrcred.domain.errors import LedgerDamaged, LoginRefused, PersonNeeded, SsrcredError
from ssrcred.domain.event import Outcome
from ssrcred.domain.evidence import Probe, Proof
from ssrcred.domain.place import DISTRICT, Reading, Saved, Took

LOG_IN = """<form method=post action=/login><label>User Name <input name=u></label>
<label>Password <input type=password name=p></label><button>Log In</button></form>"""
WRONG = "a made-up wrong password"
OFFICE = ("itstaff", False)
PARENT = ("parent1", False)
LINES = {
    "error": "SchoolWise rejected the password of the office account on Saturday, November 21, 2026. It has not been "
    "stored again since.",
    "state": "The sign-in was not sent again, because SchoolWise locks accounts. Nothing was written.",
    "hint": "Sign in by hand in a browser to see why. Then store the password, even if it is unchanged: "
    "ssrcred secret set schoolwise --lea lincoln",
}


@pytest.fixture
def wrong(rotated: Desk) -> Desk:
    """A desk whose passwords, of the office and of one parent, were changed in SchoolWise and not here."""
    rotated.secret("the wrong password", WRONG)
    for name in ("schoolwise", "parent"):
        rotated.vault.keep_secret(name, SecretKey(WRONG))
    return rotated


def test_verify_run_three_times_sends_a_wrong_parents_password_once(wrong: Desk) -> None:
    before = len(wrong.district.log_ins)
    ran = [wrong.run("verify", "--json") for _ in range(3)]
    tried = wrong.district.log_ins[before:]
    assert tried.count(PARENT) == 1
    assert tried.count(("parent2", True)) == 3, "who is not refused is asked each time"
    assert [user for user, _ in tried].count("itstaff") == 0
    first, *later = [one.document["leas"][0] for one in ran]
    assert [one.code for one in ran] == [6, 6, 6]
    for entry in later:
        for key in ("verdict", "next", "command", "places_unread"):
            assert entry[key] == first[key]
        assert [(probe["outcome"], probe["detail"]) for probe in entry["probes"]] == [
            (probe["outcome"], probe["detail"]) for probe in first["probes"]
        ]


def test_verify_says_once_that_a_log_in_was_not_sent_and_since_when(wrong: Desk) -> None:
    said = "rejected the password of a parent account on Saturday, November 21, 2026"
    assert said not in wrong.run("verify").err
    wrong.at += timedelta(days=3)
    ran = wrong.run("verify")
    assert ran.err.count(said) == 1
    assert "secret set parent --lea lincoln" in ran.err and "not sent again" in ran.err


def test_a_wrong_office_password_is_sent_once_by_all_commands_together(rotated: Desk) -> None:
    rotated.vault.keep_secret("schoolwise", SecretKey(WRONG))
    before = len(rotated.district.log_ins)
    first = rotated.run("upload")
    assert first.code == 6 and "SchoolWise rejected the sign-in for itstaff" in first.error["error"]
    for command in (
        ("upload",),
        ("schools",),
        ("portal", "test"),
        ("rotate", "--plan"),
        ("upload", "--driver", "http"),
    ):
        ran = rotated.run(*command)
        assert (ran.code, ran.error) == (6, LINES), command
    for command in (("verify", "--json"), ("verify", "--all", "--json")):
        ran = rotated.run(*command)
        (entry,) = ran.document["leas"]
        assert (ran.code, entry["verdict"], entry["blocked"]) == (6, "working", "login_refused"), "parents get in"
    assert rotated.run("upload", "--all").code == 6
    assert rotated.district.log_ins[before:].count(OFFICE) == 1


def test_a_script_reads_the_same_code_and_exit_as_of_any_refused_log_in(rotated: Desk) -> None:
    rotated.vault.keep_secret("schoolwise", SecretKey(WRONG))
    rotated.run("schools")
    ran = rotated.run("schools", "--json")
    assert ran.code == 6
    assert (ran.document["error"]["code"], ran.document["error"]["exit"]) == ("login_refused", 6)
    assert ran.document["error"]["message"] == LINES["error"]


def test_setting_the_password_anew_allows_one_more_try_and_no_second(wrong: Desk) -> None:
    wrong.run("schools")
    before = len(wrong.district.log_ins)
    for _ in range(2):
        assert wrong.run("secret", "set", "schoolwise", "--stdin", given=f"{WRONG}\n").code == 0
        for _ in range(2):
            assert wrong.run("schools").code == 6
    assert wrong.district.log_ins[before:] == [OFFICE, OFFICE]


def test_the_right_password_lets_everything_go_on(wrong: Desk) -> None:
    assert wrong.run("schools").code == 6 and wrong.run("verify").code == 6
    for name in ("schoolwise", "parent"):
        assert wrong.run("secret", "set", name, "--stdin", given=f"{wrong.named_secrets()[name]}\n").code == 0
    assert wrong.run("schools").code == 0
    ran = wrong.run("verify")
    assert ran.code == 0 and "not sent again" not in ran.err


def test_an_account_that_was_only_locked_gets_one_more_try_by_the_same_password(rotated: Desk) -> None:
    def given(password: str) -> int:
        assert rotated.run("secret", "set", "schoolwise", "--stdin", given=f"{password}\n").code == 0
        return rotated.run("schools").code

    right = rotated.named_secrets()["schoolwise"]
    assert [given(WRONG) for _ in range(rotated.district.lock_after)] == [6] * rotated.district.lock_after
    assert given(right) == 6, "the account is locked"
    rotated.district.unlock()
    assert rotated.run("schools").error == LINES, "nobody here can know that it is not any more"
    assert given(right) == 0


def test_the_password_of_one_account_says_nothing_of_another(wrong: Desk) -> None:
    assert wrong.run("verify").code == 6  # the parent alone is tried
    before = len(wrong.district.log_ins)
    assert wrong.run("schools").error["error"] == "SchoolWise rejected the sign-in for itstaff."
    assert wrong.district.log_ins[before:] == [OFFICE]
    assert wrong.run("secret", "set", "schoolwise", "--stdin", given=f"{WRONG}\n").code == 0
    wrong.run("verify")
    assert wrong.district.log_ins[before:].count(PARENT) == 0


def test_the_refusal_of_one_lea_is_not_anothers(rotated: Desk) -> None:
    config = rotated.home / "config.toml"
    content = tomllib.loads(config.read_text("utf-8"))
    content["lea"]["adams"] = {**content["lea"][LEA], "name": "Adams Made-Up Unified", "cds": "00000000000001"}
    config.write_text(tomli_w.dumps(content), "utf-8")
    for name, value in rotated.named_secrets().items():
        Vault(under(rotated.ring), "adams").keep_secret(name, SecretKey(value))
    shutil.copy(rotated.home / "portals" / f"{LEA}.toml", rotated.home / "portals" / "adams.toml")
    rotated.vault.keep_secret("schoolwise", SecretKey(WRONG))
    assert rotated.run("schools", "--lea", LEA).code == 6
    assert rotated.run("schools", "--lea", "adams").code == 0
    right = rotated.named_secrets()["schoolwise"]
    assert rotated.run("secret", "set", "schoolwise", "--lea", "adams", "--stdin", given=f"{right}\n").code == 0
    assert rotated.run("schools", "--lea", LEA).error == LINES


def test_the_set_up_that_stores_a_password_forgets_its_refusal(wrong: Desk) -> None:
    assert wrong.run("schools").code == 6 and wrong.run("verify").code == 6
    told = wrong.named_secrets()
    ran = wrong.sit(
        *wrong.setup_options(),
        *("--driver", "http", "--direct-check", "--replace", "--no-try"),
        script=[
            ("CAASPP coordinator", ""),
            ("ELPAC coordinator", ""),
            ("Which other systems", ""),
            ("Password of itstaff", told["schoolwise"]),
            ("parent account parent1", ""),
            ("parent account parent2", told["parent:parent2"]),
            ("SSID", told["test-ssid"]),
        ],
    )
    assert ran.code == 0
    assert wrong.run("schools").code == 0
    before = len(wrong.district.log_ins)
    assert wrong.run("verify").code == 6, "an empty answer leaves the password, and its refusal, as they were"
    assert PARENT not in wrong.district.log_ins[before:]


def test_a_refusal_before_the_click_stops_the_next_rotation_before_the_click_too(ready: Desk) -> None:
    ready.vault.keep_secret("parent", SecretKey(WRONG))
    before = len(ready.district.log_ins)
    for _ in range(2):
        ran = ready.run("rotate", "--stdin", given=pytest.fail)
        assert ran.code == 6, ran.err
    assert ran.error["hint"].endswith("ssrcred secret set parent --lea lincoln")
    assert ready.district.log_ins[before:].count(PARENT) == 1


def test_the_ledger_knows_the_account_and_the_moment_and_stays_sound(wrong: Desk) -> None:
    wrong.run("schools")
    wrong.run("verify")
    with closing(sqlite3.connect(wrong.home / "ledger.sqlite")) as database:
        kept = database.execute("SELECT * FROM refusals ORDER BY account").fetchall()
    assert kept == [(LEA, account, TODAY.isoformat()) for account in ("parent", "schoolwise")]
    assert wrong.run("history").code == 0


def test_a_damaged_memory_is_an_error_of_the_ledger_and_sends_nothing(rotated: Desk) -> None:
    Refusals(rotated.home / "ledger.sqlite").remember(LEA, "schoolwise", TODAY)
    with closing(sqlite3.connect(rotated.home / "ledger.sqlite")) as database, database:
        database.execute("UPDATE refusals SET at = 'yesterday'")
    before = len(rotated.district.log_ins)
    ran = rotated.run("schools", "--json")
    assert (ran.code, ran.document["error"]["code"]) == (9, "ledger_damaged")
    assert rotated.district.log_ins[before:] == []


def test_a_password_is_kept_though_the_ledger_is_damaged_and_that_is_said(rotated: Desk) -> None:
    (rotated.home / "ledger.sqlite").write_bytes(b"made up, and no database at all")
    ran = rotated.run("secret", "set", "schoolwise", "--stdin", given=f"{WRONG}\n")
    assert ran.code == 9 and ran.err.startswith("Stored schoolwise in the ")
    assert rotated.vault.secret("schoolwise").matches(SecretKey(WRONG))
    (rotated.home / "ledger.sqlite").unlink()


def test_by_hand_a_person_may_log_in_though_the_stored_password_was_refused(rotated: Desk) -> None:
    rotated.vault.keep_secret("schoolwise", SecretKey(WRONG))
    assert rotated.run("schools").code == 6
    ran = rotated.run("schools", "--driver", "hand")
    assert ran.code != 6, "nobody is here, which is another matter"
    assert "not sent again" not in ran.err


class Refusing:
    """A made-up portal that refuses the office's log-in when it reads again after a save."""

    def places(self) -> tuple[Reading, ...]:
        raise LoginRefused("SchoolWise rejected the sign-in for itstaff.", state="s", hint="h")

    def write(self, place: str, credential: object) -> Saved:
        from ssrcred.domain.place import KeySeen, Kind

        return Saved(Reading(place, Kind.DISTRICT, "", KeySeen.BLANK), Took.CANNOT_BE_SEEN, log_in_refused=True)

    def prove(self, place: str) -> Proof:
        raise AssertionError(place)

    def close(self) -> None: ...


def careful(desk: Desk, moment: datetime = TODAY) -> CarefulPortal:
    lea = load(desk.home / "config.toml").leas[LEA]
    memory = Refusals(desk.home / "ledger.sqlite")
    return CarefulPortal(Refusing(), lea, memory, "schoolwise", {}, lambda: moment, lambda refusal: None)


def test_a_log_in_that_is_refused_after_a_save_is_remembered_too(ready: Desk) -> None:
    Ledger(ready.home / "ledger.sqlite", actor="dana").close()
    assert careful(ready).write("district", None).took is Took.CANNOT_BE_SEEN
    assert ready.run("schools").error == LINES
    assert ready.district.log_ins == []


def test_a_persons_own_log_in_by_hand_is_no_refusal_of_the_stored_password(ready: Desk) -> None:
    portal = replace(careful(ready), office="")
    with pytest.raises(LoginRefused):
        portal.places()
    assert ready.run("schools").code == 0


def test_an_account_that_had_got_in_and_was_thrown_out_is_not_remembered(ready: Desk) -> None:
    class ThrownOut(Refusing):
        def __init__(self) -> None:
            self.was_in = True

        def places(self) -> tuple[Reading, ...]:
            was_in, self.was_in = self.was_in, False  # a driver repeats its error without what it knew of it
            raise LoginRefused("SchoolWise asks for the log-in again.", state="s", hint="h", was_in=was_in)

    portal = replace(careful(ready), whole=ThrownOut())
    for _ in range(2):
        with pytest.raises(LoginRefused):
            portal.places()
    assert Refusals(ready.home / "ledger.sqlite").refused_at(LEA, "schoolwise") is None


def test_a_refusal_that_cannot_be_remembered_is_said_with_what_follows(ready: Desk) -> None:
    portal = careful(ready)
    portal = replace(portal, memory=Refusals(ready.home / "config.toml"))
    portal._known["schoolwise"] = None
    with pytest.raises(LedgerDamaged) as caught:
        portal.places()
    assert caught.value.state.startswith("SchoolWise rejected the sign-in for itstaff. That could not be recorded")
    with pytest.raises(LedgerDamaged) as caught:
        portal.write("district", None)
    assert caught.value.state.startswith("SchoolWise rejected the sign-in. That could not be recorded")


class AsksForACode(Refusing):
    """A made-up portal whose sign-in sends a code, which only a person can type, until `passed`."""

    def __init__(self) -> None:
        self.codes = 0
        self.passed = False

    def places(self) -> tuple[Reading, ...]:
        if self.passed:
            return ()
        self.codes += 1
        raise PersonNeeded("SchoolWise asks itstaff for a further step, such as a code.", state="s", hint="h")

    def prove(self, place: str) -> Proof:
        self.places()
        return Proof(Probe.PORTAL, Outcome.PROVED, TODAY, place)


@pytest.mark.parametrize("by_parent", [False, True])
def test_a_run_without_a_person_asks_for_no_second_code(ready: Desk, by_parent: bool) -> None:
    told: list[SsrcredError] = []

    def run(*, attended: bool) -> None:
        portal = replace(careful(ready), whole=whole, attended=attended, held_back=told.append)
        if by_parent:
            replace(portal, parents={DISTRICT: "parent"}).prove(DISTRICT)
        else:
            portal.places()

    Ledger(ready.home / "ledger.sqlite", actor="dana").close()
    whole = AsksForACode()
    for _ in range(3):
        with pytest.raises(PersonNeeded):
            run(attended=False)
    assert (whole.codes, len(told)) == (1, 2)
    assert told[0].state.startswith("It was skipped")
    with pytest.raises(PersonNeeded):
        run(attended=True)
    assert whole.codes == 2, "a person who is here may type it"
    whole.passed = True
    run(attended=True)
    run(attended=False)


def test_a_sign_in_that_waits_for_a_person_is_skipped_by_verify_and_told_by_doctor(rotated: Desk) -> None:
    memory = Refusals(rotated.home / "ledger.sqlite")
    for account in ("schoolwise", "parent"):
        memory.remember(LEA, f"{WAITS}{account}", TODAY)
    before = len(rotated.district.log_ins)
    ran = rotated.run("verify", "--json")
    probes = {probe["place"]: probe["outcome"] for probe in ran.document["leas"][0]["probes"] if probe["place"]}
    assert (ran.code, probes[DISTRICT]) == (0, "skipped")
    assert OFFICE not in rotated.district.log_ins[before:] and PARENT not in rotated.district.log_ins[before:]
    assert (
        rotated.run("schools")
        .error["error"]
        .startswith("On Saturday, November 21, 2026 the sign-in of the office account waited")
    )
    found = rotated.run("doctor", "--no-practice", "--json").document["leas"][0]["checks"]
    [told] = [one for one in found if one["check"] == "log_ins"]
    assert (told["result"], told["exit"]) == ("problem", 6)
    right = rotated.named_secrets()["schoolwise"]
    assert rotated.run("secret", "set", "schoolwise", "--stdin", given=f"{right}\n").code == 0
    assert rotated.run("schools").code == 0


def test_a_host_that_takes_six_sign_ins_at_a_time_shuts_out_no_right_password(rotated: Desk) -> None:
    taken = [0]

    def app(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/login":
            taken[0] += 1
            if taken[0] > 6:
                return httpx.Response(429, headers={"Retry-After": "10"}, html="<p>Too many requests.")
            return httpx.Response(303, headers={"Location": "/in"})
        if path == "/view":
            return httpx.Response(200, html="<p>The credentials are invalid.")
        return httpx.Response(200, html="<a href=/view>View CAASPP/ELPAC</a>" if path == "/in" else LOG_IN)

    content = tomllib.loads((rotated.home / "config.toml").read_text("utf-8"))
    names = [LEA, *(f"made-up-{number:02}" for number in range(11))]
    given = "MADEUP\nmade-up-key-0123456789\n"
    with serving(app) as served:
        section = content["lea"][LEA] | {"toms": {"enabled": False}}
        section["schoolwise"] = {"url": served.url, "username": "itstaff", "parent": "parent1"}
        content["lea"] = {name: section | {"cds": f"{at:014d}"} for at, name in enumerate(names)}
        (rotated.home / "config.toml").write_text(tomli_w.dumps(content), "utf-8")
        for name in names:
            vault = Vault(under(rotated.ring), name)
            for secret, value in rotated.named_secrets().items():
                vault.keep_secret(secret, SecretKey(value))
            if name != LEA:
                assert rotated.run("store", "--lea", name, "--stdin", given=given).code == 0
        for _ in range(2):
            leas = rotated.run("verify", "--all", "--json").document["leas"]
            ended = [probe["outcome"] for entry in leas for probe in entry["probes"] if probe["probe"] == "portal"]
            taken[0] = 0
            assert (len(leas), ended.count("unreachable") >= 6) == (12, True)
            assert "refused" in ended and "not_understood" not in ended
    assert [Refusals(rotated.home / "ledger.sqlite").refused_at(name, "parent") for name in names] == [None] * 12


def test_the_day_of_a_refusal_is_the_leas_own(ready: Desk) -> None:
    Refusals(ready.home / "ledger.sqlite").remember(LEA, "schoolwise", TODAY + timedelta(hours=9))  # 21:00 there
    assert ready.run("schools").error["error"] == LINES["error"]

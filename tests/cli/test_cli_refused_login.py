"""A refused log-in is sent once: no later run sends it again before the password of that account is set anew."""

from __future__ import annotations

import sqlite3
import tomllib
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import tomli_w

from cli.desk import LEA, TODAY, Desk
from keyring_moods import under
from ssrcred.cli.refusal import CarefulPortal
from ssrcred.config import load
from ssrcred.credential import SecretKey
from ssrcred.errors import LedgerDamaged, LoginRefused
from ssrcred.evidence import Proof
from ssrcred.ledger import Ledger
from ssrcred.ledger.refusal import Refusals
from ssrcred.place import Reading, Saved, Took
from ssrcred.vault import Vault

WRONG = "a made-up wrong password"
OFFICE = ("itstaff", False)
PARENT = ("parent1", False)
LINES = {
    "error": "The portal refused the log-in of the office account on 2026-11-21, and its password has not been set "
    "anew since.",
    "state": "The log-in was not sent again: portals lock accounts. Nothing was written.",
    "hint": "Log in by hand in a browser to see why. Then set the password, the same one too, for one more try: "
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
    said = "refused the log-in of a parent account on 2026-11-21"
    assert said not in wrong.run("verify").err
    wrong.at += timedelta(days=3)
    ran = wrong.run("verify")
    assert ran.err.count(said) == 1
    assert "secret set parent --lea lincoln" in ran.err and "not sent again" in ran.err


def test_a_wrong_office_password_is_sent_once_by_all_commands_together(rotated: Desk) -> None:
    rotated.vault.keep_secret("schoolwise", SecretKey(WRONG))
    before = len(rotated.district.log_ins)
    first = rotated.run("upload")
    assert first.code == 6 and "SchoolWise refused the log-in for itstaff" in first.error["error"]
    for command in (
        ("upload",),
        ("schools",),
        ("portal", "test"),
        ("rotate", "--plan"),
        ("upload", "--driver", "http"),
    ):
        ran = rotated.run(*command)
        assert (ran.code, ran.error) == (6, LINES), command
    assert rotated.run("verify").code == 0, "the parents' way is open"
    assert rotated.run("verify", "--all").code == 0
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
    assert wrong.run("schools").error["error"] == "SchoolWise refused the log-in for itstaff."
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
    assert ran.code == 9 and ran.err.startswith("Kept schoolwise in the ")
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
        raise LoginRefused("SchoolWise refused the log-in for itstaff.", state="s", hint="h")

    def write(self, place: str, credential: object) -> Saved:
        from ssrcred.place import KeySeen, Kind

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
    assert caught.value.state.startswith("SchoolWise refused the log-in for itstaff. That could not be remembered")
    with pytest.raises(LedgerDamaged) as caught:
        portal.write("district", None)
    assert caught.value.state.startswith("The portal refused the log-in. That could not be remembered")


def test_the_day_of_a_refusal_is_the_leas_own(ready: Desk) -> None:
    Refusals(ready.home / "ledger.sqlite").remember(LEA, "schoolwise", TODAY + timedelta(hours=9))  # 21:00 there
    assert ready.run("schools").error["error"] == LINES["error"]

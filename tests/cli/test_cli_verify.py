"""The verdicts: each from a real situation, as a person reads it and as a script does."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from datetime import timedelta

import pytest
import tomli_w

from cli.desk import LEA, Desk
from cli.test_cli_screens import compare, steps
from keyring_moods import HoardingKeyring
from ssrcred import __version__
from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.practice import Pair

TYPED = Pair("lincoln_usd_1964733", "l1ke-made-up`key'0f.O")
FOREIGN = Pair("lincoln_usd_1964733", "made-up key that the state never gave")


def working(desk: Desk) -> None:
    desk.rotated()


def expired(desk: Desk) -> None:
    desk.rotated()
    desk.at += timedelta(days=366)


def superseded(desk: Desk) -> None:
    desk.rotated()
    desk.click()


def refused(desk: Desk) -> None:
    desk.click()
    desk.run("store", "--stdin", given=f"{TYPED.username}\n{TYPED.secret}\n")
    desk.district.fault("service", "down")  # else it would be refused before anything is written
    desk.run("upload", "--any-length")
    desk.district.clear_faults()


def portal_differs(desk: Desk) -> None:
    desk.rotated()
    for place in ("district", desk.district.schools[1]):
        desk.district.put(place, FOREIGN)


def school_differs(desk: Desk) -> None:
    desk.rotated()
    desk.district.put(desk.district.schools[1], FOREIGN)


def no_report(desk: Desk) -> None:
    desk.rotated()
    desk.vault.keep_secret("test-ssid", SecretKey(desk.district.ssid_without_report))
    desk.secret("SSID without a report", desk.district.ssid_without_report)


def unreachable(desk: Desk) -> None:
    desk.rotated()
    for service in ("service", "schoolwise"):
        desk.district.fault(service, "refusing")


def unknown(desk: Desk) -> None:
    desk.rotated()
    without_parents(desk, direct=False)


def without_parents(desk: Desk, *, direct: bool = True) -> None:
    tables = tomllib.loads((desk.home / "config.toml").read_text("utf-8"))
    section = tables["lea"][LEA]
    section["toms"]["enabled"] = direct
    del section["schoolwise"]["parent"], section["schoolwise"]["parents"]
    (desk.home / "config.toml").write_text(tomli_w.dumps(tables), "utf-8")


SITUATIONS: dict[Callable[[Desk], None], int] = {
    working: 0,
    no_report: 0,
    refused: 7,
    expired: 7,
    superseded: 7,
    portal_differs: 7,
    school_differs: 7,
    unreachable: 8,
    unknown: 6,
}


@pytest.mark.parametrize(("situation", "code"), SITUATIONS.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_each_verdict_as_a_person_a_script_and_a_ticket_tell_it(
    ready: Desk, situation: Callable[[Desk], None], code: int
) -> None:
    situation(ready)
    ready.environ["COLUMNS"] = "80"
    ran = ready.sit("verify")
    assert ran.code == code
    compare(f"verify_{situation.__name__}", ran.screen)
    if situation is refused:  # the first check has closed its rotation
        ready.run("store", "--stdin", given=f"{FOREIGN.username}\n{FOREIGN.secret}\n")
        as_a_script(ready, situation, code)
        return
    as_a_script(ready, situation, code)
    ran = ready.run("verify", "--ticket")
    assert ran.code == code
    told = re.sub(r"[\d,]+ bytes", "N bytes", ran.out.replace(f"ssrcred {__version__}", "ssrcred VERSION"))
    compare(f"ticket_{situation.__name__}", told)


def as_a_script(desk: Desk, situation: Callable[[Desk], None], code: int) -> None:
    ran = desk.run("verify", "--json")
    (entry,) = ran.document["leas"]
    assert ran.code == code and ran.document["schema"] == "ssrcred.verify/1"
    assert (entry["lea"], entry["verdict"]) == (LEA, situation.__name__)
    assert entry["next"] and entry["caller"] and entry["because"]
    assert entry["sure"] in ("sure", "inferred", "open") and entry["inferred"] == (entry["sure"] == "inferred")
    assert entry["who"] in ("nobody", "coordinator", "IT", "vendor", "CalTAC")
    assert {probe["probe"] for probe in entry["probes"]} == {"toms", "portal"}
    tried = [probe for probe in entry["probes"] if probe["outcome"] not in ("skipped", "unreachable")]
    assert all(probe["asked"] for probe in tried if probe["probe"] == "portal")
    assert "easily mistaken" not in ran.err, "positions are for the person's own terminal only"


def test_a_check_that_is_not_set_up_is_skipped(desk: Desk) -> None:
    desk.set_up("--no-direct-check")
    desk.rotated()
    (entry,) = desk.run("verify", "--json").document["leas"]
    assert [(probe["probe"], probe["outcome"]) for probe in entry["probes"]] == [
        ("toms", "skipped"),
        ("portal", "accepted"),
        ("portal", "accepted"),
    ]
    assert entry["verdict"] == "working"


def test_verify_without_a_pair_says_how_to_get_one(ready: Desk) -> None:
    ran = ready.run("verify")
    assert ran.code == 5 and "ssrcred rotate" in ran.error["hint"]


def test_a_pair_proved_bad_closes_its_rotation(ready: Desk) -> None:
    refused(ready)
    assert ready.run("verify").code == 7
    assert ready.run("status", "--json").document["leas"][0]["unfinished"] is None
    asked = len(ready.district.requests)
    ran = ready.run("verify")
    assert ran.code == 5 and "rejected" in ran.error["error"] and "ssrcred store" in ran.error["hint"]
    assert len(ready.district.requests) == asked, "it is not sent again"
    assert ready.run("rotate", "--stdin", given=ready.pair_lines).code == 0


def test_what_a_proof_leaves_open_is_said(ready: Desk) -> None:
    ready.run("store", "--stdin", given=ready.pair_lines)
    ready.district.fault("schoolwise", "saves_nothing")
    ready.run("upload")
    ran = ready.run("verify")
    assert ran.code == 7 and "The rotation is not finished. The rotation is not finished: " in ran.err


def test_an_old_pair_that_does_not_go_is_the_one_document(rotated: Desk) -> None:
    rotated.run("store", "--stdin", given=rotated.pair_lines)
    rotated.run("upload")
    rotated.ring = rotated.ring.hand_over(HoardingKeyring())
    ran = rotated.run("verify", "--json")
    assert ran.code == 5 and ran.document["error"]["code"] == "keyring_unfaithful"
    assert "finish" in {event["step"] for event in ran.document["events"]}
    assert "leas" not in ran.document


def test_a_save_that_stored_nothing_is_written_again_by_resume(ready: Desk) -> None:
    def lines() -> str:
        ready.district.fault("schoolwise", "saves_nothing")
        return ready.pair_lines()

    assert ready.run("rotate", "--stdin", given=lines).code == 10
    ready.district.clear_faults()
    assert ready.run("resume").code == 0
    assert ready.district.stored("district") == ready.district.pair


def test_a_pair_that_was_written_nowhere_is_not_proved_by_the_old_one(desk: Desk) -> None:
    desk.set_up("--no-direct-check")
    desk.rotated()
    desk.run("store", "--stdin", given=f"{FOREIGN.username}\n{FOREIGN.secret}\n")
    desk.run("verify")
    assert not [event for event in desk.events()[-3:] if event.startswith("finish/")]


def test_a_save_that_a_check_sees_to_work_was_made_from_here(desk: Desk) -> None:
    desk.set_up("--no-direct-check")
    desk.run("store", "--stdin", given=desk.pair_lines)
    desk.district.fault("schoolwise", "save_500")
    desk.run("upload")
    desk.district.clear_faults()
    (entry,) = desk.run("verify", "--json").document["leas"]
    assert (entry["verdict"], entry["sure"]) == ("working", "sure"), entry["because"]


def test_a_school_is_cleared_by_its_name_however_it_is_typed(rotated: Desk) -> None:
    assert rotated.run("schools", "--clear", rotated.district.schools[1].upper()).code == 0


def test_without_the_office_password_the_rest_is_checked_and_that_is_said(rotated: Desk) -> None:
    rotated.vault.drop_secret("schoolwise")
    ran = rotated.run("verify", "--json")
    (entry,) = ran.document["leas"]
    assert (ran.code, entry["verdict"], entry["places"]) == (0, "working", [])
    assert "has no secret schoolwise" in entry["places_unread"]
    assert [probe["outcome"] for probe in entry["probes"]] == ["proved", "accepted", "accepted"]
    assert [user for user, _ in rotated.district.log_ins[-2:]] == ["parent1", "parent2"]


def test_without_a_parents_password_that_place_is_skipped_and_that_is_said(rotated: Desk) -> None:
    rotated.vault.drop_secret("parent")
    (entry,) = rotated.run("verify", "--json").document["leas"]
    district = entry["probes"][1]
    assert (district["outcome"], district["detail"]) == ("skipped", "the password of its parent account is not stored")
    assert entry["probes"][2]["outcome"] == "accepted" and entry["places"]


def test_after_a_refused_log_in_the_office_does_not_log_in(rotated: Desk) -> None:
    rotated.vault.keep_secret("parent", SecretKey("a made-up wrong password"))
    before = len(rotated.district.log_ins)
    ran = rotated.run("verify", "--json")
    (entry,) = ran.document["leas"]
    assert rotated.district.log_ins[before:] == [("parent1", False), ("parent2", True)]
    assert "sign-in was rejected" in entry["places_unread"]
    assert (ran.code, entry["verdict"], entry["blocked"]) == (6, "unknown", "login_refused"), "partial is never green"
    assert "parent1" not in ran.out


def test_a_refused_office_log_in_is_one_and_takes_nothing_from_the_verdict(rotated: Desk) -> None:
    rotated.vault.keep_secret("schoolwise", SecretKey("a made-up wrong password"))
    before = len(rotated.district.log_ins)
    ran = rotated.run("verify", "--json")
    (entry,) = ran.document["leas"]
    assert rotated.district.log_ins[before:] == [("parent1", True), ("parent2", True), ("itstaff", False)]
    assert (ran.code, entry["verdict"], entry["blocked"]) == (6, "working", "login_refused")
    assert entry["places_unread"] == "SchoolWise rejected the password of the office account"
    assert entry["command"] == "ssrcred secret set schoolwise" and entry["who"] == "IT"
    assert "works, but the next rotation will fail" in rotated.sit("verify").screen
    before = len(rotated.district.log_ins)
    rotated.run("verify")
    assert ("itstaff", False) not in rotated.district.log_ins[before:], "no sign-in is tried twice"
    assert rotated.run("verify", "--json").document["leas"][0]["blocked"] == "login_refused", "it is remembered"
    rotated.run("secret", "set", "schoolwise", "--stdin", given=f"{rotated.district.accounts.office.password}\n")
    ran = rotated.run("verify", "--json")
    assert (ran.code, ran.document["leas"][0]["blocked"]) == (0, None)


def test_another_user_name_in_the_settings_is_seen_without_any_parent(rotated: Desk) -> None:
    for secret in ("parent", "parent:parent2"):
        rotated.vault.drop_secret(secret)
    rotated.district.put("district", Pair("somebody_else", FOREIGN.secret))
    ran = rotated.run("verify", "--json")
    (entry,) = ran.document["leas"]
    assert (ran.code, entry["verdict"], entry["sure"]) == (7, "portal_differs", "sure")
    assert {place["place"]: place["shows"] for place in entry["places"]}["district"] == "other"


def test_a_pair_that_was_stored_and_not_uploaded_is_not_called_working_by_the_direct_check(rotated: Desk) -> None:
    without_parents(rotated)
    rotated.run("store", "--stdin", given=rotated.pair_lines)
    ran = rotated.run("verify", "--json")
    (entry,) = ran.document["leas"]
    assert {probe["probe"]: probe["outcome"] for probe in entry["probes"]} == {"toms": "proved"}
    assert (ran.code, entry["verdict"], entry["command"]) == (6, "unknown", "ssrcred upload")
    assert rotated.run("upload").code == 0
    ran = rotated.run("verify", "--json")
    (entry,) = ran.document["leas"]
    assert (ran.code, entry["verdict"], entry["sure"]) == (0, "working", "inferred")


def test_a_second_new_pair_that_is_refused_leads_to_caltac(ready: Desk) -> None:
    for pair in (FOREIGN, TYPED):
        ready.click()
        ready.run("store", "--stdin", given=f"{pair.username}\n{pair.secret}\n")
        ran = ready.run("verify", "--json")
    assert ran.document["leas"][0]["who"] == "CalTAC"


def test_a_new_pair_that_is_refused_takes_nothing_from_what_is_known_of_the_current_one(rotated: Desk) -> None:
    rotated.at += timedelta(days=300)
    rotated.click()  # from here on the current pair is dead
    rotated.run("store", "--stdin", given=f"{TYPED.username}\n{TYPED.secret}\n")
    assert rotated.run("verify", "--json").document["leas"][0]["verdict"] == "refused"
    (entry,) = rotated.run("verify", "--json").document["leas"]  # of the pair that is current again
    assert (entry["verdict"], entry["who"], entry["command"]) == ("superseded", "coordinator", "ssrcred store")
    assert "They worked on Saturday, November 21, 2026" in entry["sentence"]
    assert "stored here and are rejected too" in entry["sentence"]
    assert "CAASPP coordinator" in entry["next"] and "ELPAC coordinator" in entry["next"]
    assert rotated.run("rotate", "--stdin", given=rotated.pair_lines).code == 0
    assert rotated.run("verify").code == 0


def test_a_pair_whose_successor_was_given_up_is_not_called_fine_until_it_is_seen_to_work(rotated: Desk) -> None:
    rotated.run("store", "--stdin", given=rotated.pair_lines)
    assert rotated.run("abandon").code == 0
    ran = rotated.run("status", "--json")
    (entry,) = ran.document["leas"]
    assert (ran.code, entry["state"]) == (3, "unknown") and "canceled" in entry["why"]
    assert entry["last_proof"] == "2026-11-21T20:00:00Z"
    for service in ("service", "schoolwise"):
        rotated.district.fault(service, "refusing")
    assert rotated.run("verify").code == 8 and rotated.run("status").code == 3, "nobody has seen it work"
    rotated.district.clear_faults()
    assert rotated.run("verify").code == 7 and rotated.run("status").code == 2, "it died at that click"


def test_an_older_copy_of_the_ledger_leads_to_the_pair_in_the_keyring_and_not_to_a_new_click(rotated: Desk) -> None:
    ledger = rotated.home / "ledger.sqlite"
    copy = ledger.read_bytes()
    pair = rotated.rotated()
    ledger.write_bytes(copy)
    ran = rotated.run("verify")
    assert ran.code == 5 and "ssrcred resume --lea lincoln" in ran.error["hint"] and "rotate" not in ran.error["hint"]
    ran = rotated.run("doctor", "--no-practice", "--json")
    (found,) = (one for one in ran.document["leas"][0]["checks"] if one["check"] == "pair")
    assert "ssrcred resume --lea lincoln" in found["command"]
    assert rotated.run("resume").code == 0
    assert rotated.run("verify").code == 0 and rotated.district.pair == pair
    ledger.unlink()
    assert rotated.run("resume").code == 0 and rotated.run("verify").code == 0


def test_a_keyring_that_was_emptied_is_said_and_a_pair_that_somebody_has_is_taken_again(rotated: Desk) -> None:
    pair = rotated.district.pair
    assert pair is not None
    rotated.vault.delete("pair-0001")
    ran = rotated.run("verify")
    assert ran.code == 5 and "ssrcred store --lea lincoln" in ran.error["hint"]
    assert rotated.run("resume").code == 0, "nothing is under way"
    assert rotated.run("store", "--stdin", given=f"{pair.username}\n{pair.secret}\n").code == 0
    assert rotated.run("upload").code == 0 and rotated.run("verify").code == 0
    assert rotated.events()[-1] == "finish/finished"


def test_by_hand_the_settings_are_not_asked_for(rotated: Desk) -> None:
    (entry,) = rotated.run("verify", "--driver", "hand", "--json").document["leas"]
    assert "by hand" in entry["places_unread"]
    assert [probe["outcome"] for probe in entry["probes"]] == ["proved", "skipped", "skipped"]


def test_verify_finishes_what_store_and_upload_began(ready: Desk) -> None:
    ready.run("store", "--stdin", given=ready.pair_lines)
    ready.run("upload")
    ran = ready.sit("verify")
    assert ran.code == 0 and "Rotation finished." in ran.screen
    assert ready.events()[-1] == "finish/finished"


def test_places_of_look_alikes_are_said_to_a_person_and_to_nothing_that_is_passed_on(ready: Desk) -> None:
    refused(ready)
    ran = ready.sit("verify", "--ticket")
    assert ran.code == 7 and "easily mistaken" not in ran.screen
    assert not re.search(r"mistaken|backtick", ready.run("history", "--json").out)
    ready.click()
    ready.run("store", "--stdin", given="madeup_user\nabcdefghjkmnpqrstuvw\n")
    ran = ready.sit("verify")
    assert ran.code == 7 and "easily mistaken" not in ran.screen, "this key has none"


def test_a_check_does_not_make_rotate_forget_that_somebody_else_has_been_there(rotated: Desk) -> None:
    theirs = Pair("somebody_else", "made-up key of theirs")
    rotated.district.put("district", theirs)
    assert rotated.run("verify").code == 7
    ran = rotated.run("rotate", "--stdin", given=lambda: pytest.fail("it went on to the click"))
    assert ran.code == 7 and "--replace" in ran.error["hint"]
    assert rotated.district.stored("district") == theirs


def stopped_after_the_click(desk: Desk) -> None:
    """A rotation that ended between the click in TOMS and the moment when the key would have been stored."""

    def click_and_stop() -> str:
        desk.click()
        raise KeyboardInterrupt

    ran = desk.sit("rotate", script=[*steps(desk), ("User Name", click_and_stop)])
    assert ran.code == 130


@pytest.mark.parametrize("every", [(), ("--all",)])
def test_a_check_leaves_a_rotation_of_ones_own_open_and_says_how_it_goes_on(
    rotated: Desk, every: tuple[str, ...]
) -> None:
    rotated.at += timedelta(days=300)
    stopped_after_the_click(rotated)
    for _ in range(2):  # as a scheduled check does again and again
        ran = rotated.run("verify", *every, "--json")
        assert ran.code == 7
        (entry,) = ran.document["leas"]
        assert entry["verdict"] == "superseded" and entry["command"] == "ssrcred resume"
        assert entry["sentence"].startswith(
            "Your rotation of Friday, September 17, 2027 stopped before the new key was stored;"
        )
    assert not any("abandon" in event for event in rotated.events())
    status = rotated.run("status", "--json")
    assert status.code == 2 and status.document["leas"][0]["state"] == "unfinished"
    assert rotated.run("resume", "--stdin", given=rotated.pair_lines).code == 0
    assert rotated.run("verify").code == 0


def test_a_check_tries_the_new_pair_that_the_ledger_had_not_heard_of(rotated: Desk) -> None:
    rotated.at += timedelta(days=300)
    stopped_after_the_click(rotated)
    pair = rotated.district.pair
    assert pair is not None  # killed between the keyring's answer and the ledger's
    rotated.vault.store("pair-0002", Credential(pair.username, SecretKey(pair.secret), rotated.at))
    rotated.district.put("district", pair)
    rotated.district.put(rotated.district.schools[1], None)
    ran = rotated.run("verify")
    assert ran.code == 0 and rotated.events()[-1] == "finish/finished"


def test_before_the_first_pair_a_check_names_the_rotation_that_waits_for_it(ready: Desk) -> None:
    stopped_after_the_click(ready)
    ran = ready.run("verify")
    assert ran.code == 5 and "ssrcred resume" in ran.error["hint"]


def test_a_pair_that_was_typed_into_schoolwise_by_hand_is_finished_by_verify(ready: Desk) -> None:
    ready.run("store", "--stdin", given=ready.pair_lines)
    ready.district.put("district", ready.district.pair)
    ready.district.put(ready.district.schools[1], None)
    ran = ready.sit("verify")
    assert ran.code == 0 and "Rotation finished." in ran.screen
    assert ready.run("status", "--json").document["leas"][0]["unfinished"] is None


def test_schools_says_of_a_key_that_was_typed_in_by_hand_what_is_known(desk: Desk) -> None:
    desk.set_up("--no-direct-check")
    pair = desk.rotated()
    desk.district.put("district", FOREIGN)
    assert desk.run("verify").code == 7
    hidden = {place["place"]: place["holds"] for place in desk.run("schools", "--json").document["places"]}
    assert hidden["district"] == "hidden", "our user name, and a key that is not shown"
    assert "the key is hidden" in desk.sit("schools").screen
    assert "worked at the last check" not in desk.sit("schools").screen
    desk.district.put("district", pair)
    assert desk.run("verify").code == 0
    screen = desk.sit("schools").screen
    assert "the current credentials" in screen.splitlines()[1], "a test through it worked"
    assert "cannot be told from it" not in screen

"""The verdicts: each from a real situation, as a person reads it and as a script does."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import timedelta

import pytest
import tomli_w

from cli.desk import LEA, Desk
from cli.test_cli_screens import compare
from keyring_moods import HoardingKeyring
from ssrcred.credential import SecretKey
from ssrcred.practice import Pair

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
    desk.run("store", "--stdin", given=f"{FOREIGN.username}\n{FOREIGN.secret}\n")
    desk.run("upload")


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
    tables = tomllib.loads((desk.home / "config.toml").read_text("utf-8"))
    section = tables["lea"][LEA]
    section["toms"]["enabled"] = False
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
def test_each_verdict_as_a_person_reads_it(ready: Desk, situation: Callable[[Desk], None], code: int) -> None:
    situation(ready)
    ready.environ["COLUMNS"] = "80"
    ran = ready.sit("verify")
    assert ran.code == code
    compare(f"verify_{situation.__name__}", ran.screen)


@pytest.mark.parametrize(("situation", "code"), SITUATIONS.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_each_verdict_as_a_script_reads_it(ready: Desk, situation: Callable[[Desk], None], code: int) -> None:
    situation(ready)
    ran = ready.run("verify", "--json")
    (entry,) = ran.document["leas"]
    assert ran.code == code and ran.document["schema"] == "ssrcred.verify/1"
    assert (entry["lea"], entry["verdict"]) == (LEA, situation.__name__)
    assert entry["next"] and {probe["probe"] for probe in entry["probes"]} == {"toms", "portal"}


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
    assert ready.run("rotate", "--stdin", given=ready.pair_lines).code == 0


def test_what_a_proof_leaves_open_is_said(ready: Desk) -> None:
    ready.run("store", "--stdin", given=ready.pair_lines)
    ready.district.fault("schoolwise", "saves_nothing")
    ready.run("upload")
    ran = ready.run("verify")
    assert ran.code == 7 and "The rotation is not finished. Not everything is done: " in ran.err


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


def test_a_school_is_cleared_by_its_name_however_it_is_typed(rotated: Desk) -> None:
    assert rotated.run("schools", "--clear", rotated.district.schools[1].upper()).code == 0

"""One document for a script: on success and on failure, with the published keys, and nothing else beside it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.desk import LEA, Desk
from ssrcred.practice import Pair

ERROR_KEYS = {"code", "exit", "message", "state", "hint"}
EVENT_KEYS = {"step", "place", "outcome", "at"}
OUTCOMES = {"proved", "accepted", "refused", "no_report", "unreachable", "not_understood", "skipped"}


def document(desk: Desk, *arguments: str, code: int = 0, given: str | Callable[[], str] = "") -> dict[str, Any]:
    """The document of a run without a person and with one; a person's messages go to the other stream."""
    ran = desk.run(*arguments, "--json", given=given)
    assert ran.code == code, (ran.out, ran.err)
    assert ran.document["schema"] == f"ssrcred.{arguments[0]}/1"
    return ran.document


def test_rotate_and_history_tell_every_event(ready: Desk) -> None:
    told = document(ready, "rotate", "--stdin", given=ready.pair_lines)
    assert told["finished"] is True
    assert all(set(event) >= EVENT_KEYS and event["at"] == "2026-11-21T20:00:00Z" for event in told["events"])
    steps = [event["step"] for event in told["events"]]
    assert list(dict.fromkeys(steps)) == ["prepare", "mint", "store", "prove", "write", "finish"]
    history = document(ready, "history")
    assert [event["step"] for event in history["events"]] == steps
    assert {event["by"] for event in history["events"]} == {"dana"}
    assert [event["number"] for event in document(ready, "history", "--last", "2")["events"]] == [
        len(steps) - 1,
        len(steps),
    ]
    assert document(ready, "history", "--lea", "nobody")["events"] == []


def test_a_plan_is_told_and_not_remembered(ready: Desk) -> None:
    told = document(ready, "rotate", "--plan")
    assert told["finished"] is False and {event["step"] for event in told["events"]} == {"prepare"}
    assert ready.events() == []


def test_store_upload_and_status(ready: Desk) -> None:
    told = document(ready, "store", "--stdin", given=ready.pair_lines)
    assert told["finished"] is False and told["events"][-1]["outcome"] == "stored"
    status = document(ready, "status", code=2)
    (entry,) = status["leas"]
    assert entry["state"] == status["worst"] == "unfinished"
    assert entry["unfinished"] == {"reached": "stored", "stored": True, "since": "2026-11-21T20:00:00Z"}
    told = document(ready, "upload")
    assert [(event["place"], event["outcome"]) for event in told["events"]] == [
        (None, "proved"),
        ("district", "written"),
        (ready.district.schools[1], "written"),
    ]
    told = document(ready, "resume")
    assert told["finished"] is True


def test_status_has_the_published_keys_in_every_state(ready: Desk) -> None:
    (entry,) = document(ready, "status", code=3)["leas"]
    assert entry["state"] == "unknown" and entry["days_left"] is entry["generated_at"] is entry["last_proof"] is None
    ready.rotated()
    for days, state, code in ((0, "fine", 0), (305, "due", 1), (39, "critical", 2), (22, "expired", 2)):
        ready.at += timedelta(days=days)
        status = document(ready, "status", code=code)
        (entry,) = status["leas"]
        assert (entry["lea"], entry["name"], entry["state"], status["worst"]) == (
            LEA,
            ready.district.district_name,
            state,
            state,
        )
        assert entry["generated_at"] == entry["last_proof"] == "2026-11-21T20:00:00Z"
        assert entry["expires_at"] == "2027-11-21T20:00:00Z"
        assert [place["place"] for place in entry["places"]] == ["district", ready.district.schools[1]]
        assert entry["unfinished"] is None
    document(ready, "verify", code=7)
    assert document(ready, "status", code=2)["worst"] == "refused"


def test_verify_has_the_published_keys(rotated: Desk) -> None:
    (entry,) = document(rotated, "verify")["leas"]
    assert set(entry) >= {"lea", "verdict", "probes", "next"}
    assert {probe["outcome"] for probe in entry["probes"]} <= OUTCOMES


def test_schools_has_the_published_keys(rotated: Desk) -> None:
    _, middle, elementary, _ = rotated.district.schools
    rotated.district.put(elementary, Pair("somebody_else", "made-up key of somebody else"))
    places = document(rotated, "schools")["places"]
    assert {(place["place"], place["kind"], place["holds"]) for place in places} == {
        ("district", "district", "ours"),
        (rotated.district.schools[0], "school", "blank"),
        (middle, "school", "ours"),
        (elementary, "school", "other"),
        (rotated.district.schools[3], "school", "blank"),
    }
    assert all(isinstance(place["username"], str) for place in places)
    places = document(rotated, "schools", "--clear", middle)["places"]
    assert {place["place"] for place in places if place["holds"] == "blank"} >= {middle}


def test_abandon_tells_its_event(ready: Desk) -> None:
    document(ready, "store", "--stdin", given=ready.pair_lines)
    told = document(ready, "abandon")
    assert told["finished"] is True and told["events"][0]["outcome"] == "abandoned"


def test_a_secret_is_answered_by_its_name_and_what_a_test_showed(ready: Desk) -> None:
    password, parent = ready.district.accounts.office.password, ready.named_secrets()["parent"]
    ran = ready.run("secret", "set", "schoolwise", "--stdin", "--json", given=f"{password}\n")
    assert ran.document == {"schema": "ssrcred.secret set/1", "lea": LEA, "name": "schoolwise", "test": "not_tested"}
    ran = ready.run("secret", "set", "parent", "--stdin", "--try", "--json", given=f"{parent}\n")
    assert ran.code == 0 and ran.document["test"] == "accepted"
    ran = ready.run("secret", "drop", "parent", "--json")
    assert ran.document == {"schema": "ssrcred.secret drop/1", "lea": LEA, "name": "parent"}
    ran = ready.run("secret", "drop", "notify:smtp", "--json")
    assert ran.document["lea"] is None


def test_new_encrypted_files_are_answered_with_where_they_are(bare: Desk, tmp_path: Path) -> None:
    key = str(tmp_path / "key")
    told = bare.run("vault", "init", "--key-file", key, "--json").document
    assert told == {
        "schema": "ssrcred.vault init/1",
        "folder": str(bare.home / "vault"),
        "key_file": key,
        "config": str(bare.config),
    }
    assert bare.run("vault", "init", "--json").document["error"]["code"] == "usage"


def test_messages_for_a_person_go_elsewhere(rotated: Desk) -> None:
    for command in ("status", "verify", "schools", "history", "upload"):
        ran = rotated.sit(command, "--json", redirected=True)
        assert ran.code == 0 and ran.document["schema"] == f"ssrcred.{command}/1"


@pytest.mark.parametrize(
    ("arguments", "code", "exit_code"),
    [
        (("setup", "--lea", LEA), "config_invalid", 3),
        (("store", "--stdin"), "input_refused", 4),
        (("rotate", "--stdin"), "input_refused", 4),
        (("upload",), "credential_missing", 5),
        (("verify",), "credential_missing", 5),
        (("abandon",), "usage", 2),
        (("schools", "--clear", "Nowhere School"), "input_refused", 4),
        (("schools", "--clear", "district"), "input_refused", 4),
        (("schools", "--clear", "a", "--set", "b"), "usage", 2),
        (("status", "--lea", "nobody"), "usage", 2),
        (("history", "--last", "none"), "usage", 2),
        (("resume", "--bogus"), "usage", 2),
    ],
)
def test_a_failure_is_one_document_too(ready: Desk, arguments: tuple[str, ...], code: str, exit_code: int) -> None:
    error = document(ready, *arguments, code=exit_code)["error"]
    assert set(error) >= ERROR_KEYS
    assert (error["code"], error["exit"]) == (code, exit_code)


def test_a_failure_half_way_tells_what_was_done(ready: Desk) -> None:
    def lines() -> str:
        ready.district.fault("schoolwise", "down")
        return ready.pair_lines()

    told = document(ready, "rotate", "--stdin", given=lines, code=10)
    assert told["error"]["code"] == "unfinished" and told["finished"] is False
    assert told["events"][-1]["outcome"] == "stored"

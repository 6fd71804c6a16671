"""`portal confirm`: a person says once whose fields these are; what was confirmed is followed from then on."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest

from cli.desk import LEA, Desk, Ran

NO_BROWSER = "/nonexistent/made-up-browser"


def without_browser(desk: Desk) -> None:
    """As on a computer that has no browser."""
    config = desk.home / "config.toml"
    text = config.read_text("utf-8")
    config.write_text(text.replace('driver = "http"', f'driver = "http"\nbrowser = "{NO_BROWSER}"'), "utf-8")


def route(desk: Desk) -> Path:
    return desk.home / "portals" / f"{LEA}.toml"


def ids(desk: Desk) -> dict[str, str]:
    found = desk.run("portal", "find", "--json").document["candidates"]
    return {item["proposed"]: item["id"] for item in found}


@pytest.fixture
def unconfirmed(ready: Desk) -> Desk:
    """A desk on which nobody has confirmed any field yet."""
    route(ready).unlink()
    return ready


def accepted(found: dict[str, str]) -> tuple[str, ...]:
    return "--accept", f"{found['district']}=district", "--accept", f"{found['schools']}=schools"


def check_confirmed(desk: Desk, ran: Ran, outcome: str) -> None:
    assert ran.code == 0, ran.err
    assert ran.document["schema"] == "ssrcred.portal confirm/1"
    pinned = ran.document["pinned"]
    assert [one["place"] for one in pinned] == ["district", "schools"]
    assert {(one["driver"], one["rehearsal"]["outcome"]) for one in pinned} == {("http", outcome)}
    kept = tomllib.loads(route(desk).read_text("utf-8"))
    assert kept["rehearsed"] == outcome and kept["confirmed_by"] == "dana"
    assert kept["group"][0]["members"] == list(desk.district.schools)
    schools = desk.run("schools", "--json").document["places"]
    assert [item["place"] for item in schools] == ["district", *desk.district.schools]


def test_without_a_browser_a_page_without_scripts_is_confirmed_for_plain_requests(unconfirmed: Desk) -> None:
    without_browser(unconfirmed)
    before = unconfirmed.district.settings
    ran = unconfirmed.run("portal", "confirm", *accepted(ids(unconfirmed)), "--json")
    check_confirmed(unconfirmed, ran, "no_browser")
    assert unconfirmed.district.settings == before


@pytest.mark.real("chromium")
def test_with_a_browser_the_save_is_tested_and_nothing_is_sent(unconfirmed: Desk) -> None:
    before, found = unconfirmed.district.settings, ids(unconfirmed)
    signed_in = len(unconfirmed.district.log_ins)
    ran = unconfirmed.run("portal", "confirm", *accepted(found), "--json")
    assert ran.code == 0, ran.out
    assert len(unconfirmed.district.log_ins) - signed_in == 2  # finding and testing; and the second reading
    check_confirmed(unconfirmed, ran, "same")
    assert unconfirmed.district.settings == before
    rehearsal = ran.document["pinned"][0]["rehearsal"]
    assert rehearsal["changed"] == 2 and rehearsal["unchanged"] > 0


def test_an_id_that_fits_nothing_any_more_changes_nothing(ready: Desk) -> None:
    without_browser(ready)
    before = route(ready).read_text("utf-8")
    ran = ready.run("portal", "confirm", "--accept", "0123456789ab=district", "--json")
    assert (ran.code, ran.document["error"]["code"]) == (6, "page_changed")
    assert ran.document["differences"][0]["what"] == "field"
    assert route(ready).read_text("utf-8") == before


def test_a_question_left_open_names_its_option(ready: Desk) -> None:
    without_browser(ready)
    ran = ready.run("portal", "confirm", "--json")
    assert ran.code == 2 and "--accept ID=district" in ran.document["error"]["hint"]


def test_a_changed_page_stops_before_anything_is_asked_for(rotated: Desk) -> None:
    text = route(rotated).read_text("utf-8")
    route(rotated).write_text(text.replace("CALPADS API Password", "State password"), "utf-8")
    ran = rotated.run("rotate", "--plan", "--json")
    assert (ran.code, ran.document["error"]["code"]) == (6, "page_changed")
    items = {(item["what"], item["was"], item["is"]) for item in ran.document["differences"]}
    assert ("label", "State password", "CALPADS API Password") in items


def test_what_was_confirmed_on_another_computer_is_brought_over(unconfirmed: Desk, tmp_path: Path) -> None:
    file = tmp_path / "brought.toml"
    shutil.copy(Path(__file__).with_name("practice_route.toml"), file)
    ran = unconfirmed.run("portal", "confirm", "--import", str(file), "--json")
    check_confirmed(unconfirmed, ran, "same")


def with_a_second_lea(desk: Desk) -> None:
    """Another LEA on the same product: the same pages, another name."""
    config = desk.home / "config.toml"
    text = config.read_text("utf-8").replace(f"lea.{LEA}", "lea.second")
    text = text.replace(desk.district.cds, "19647330000001").replace(
        desk.district.district_name, "Second Made-up Unified"
    )
    config.write_text(f"{config.read_text('utf-8')}\n{text}", "utf-8")
    for name, value in desk.named_secrets().items():
        assert desk.run("secret", "set", name, "--lea", "second", "--stdin", given=f"{value}\n").code == 0


def test_what_was_confirmed_for_one_lea_is_used_for_the_others_once_their_own_pages_were_read(ready: Desk) -> None:
    with_a_second_lea(ready)
    ran = ready.run("portal", "confirm", "--from", LEA, "--all", "--json")
    assert ran.code == 0, ran.out
    (second,) = ran.document["leas"]
    assert (second["lea"], second["differences"]) == ("second", [])
    assert [one["place"] for one in second["pinned"]] == ["district", "schools"]
    kept = tomllib.loads((ready.home / "portals" / "second.toml").read_text("utf-8"))
    assert kept["group"][0]["members"] == list(ready.district.schools)


def test_one_that_does_not_fit_is_told_with_its_differences(ready: Desk) -> None:
    with_a_second_lea(ready)
    text = route(ready).read_text("utf-8")
    route(ready).write_text(text.replace('"Save Changes"', '"Keep all of it"'), "utf-8")
    ran = ready.run("portal", "confirm", "--from", LEA, "--all", "--json")
    assert (ran.code, ran.document["error"]["code"]) == (6, "page_changed")
    (second,) = ran.document["leas"]
    assert second["pinned"] == [] and {item["what"] for item in second["differences"]} == {"save"}
    assert not (ready.home / "portals" / "second.toml").exists()

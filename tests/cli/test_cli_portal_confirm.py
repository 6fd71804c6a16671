"""`portal confirm`: a person says once whose fields these are; what was confirmed is followed from then on."""

from __future__ import annotations

import re
import shlex
import shutil
import tomllib
from pathlib import Path

import pytest
import tomli_w

from cli.desk import LEA, Desk, Ran
from ssrcred.practice import CONFIRMED


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
    assert not kept["group"][0].get("watch"), "what one school has chosen says nothing of the others"
    schools = desk.run("schools", "--json").document["places"]
    assert [item["place"] for item in schools] == ["district", *desk.district.schools]


def test_without_a_browser_a_page_without_scripts_is_confirmed_for_plain_requests(unconfirmed: Desk) -> None:
    before = unconfirmed.district.settings
    ran = unconfirmed.run("portal", "confirm", *accepted(ids(unconfirmed)), "--json")
    check_confirmed(unconfirmed, ran, "no_browser")
    assert unconfirmed.district.settings == before


@pytest.mark.real("chromium")
def test_with_a_browser_the_save_is_tested_and_nothing_is_sent(unconfirmed: Desk) -> None:
    unconfirmed.with_browser()
    before, found = unconfirmed.district.settings, ids(unconfirmed)
    signed_in = len(unconfirmed.district.log_ins)
    ran = unconfirmed.run("portal", "confirm", *accepted(found), "--json")
    assert ran.code == 0, ran.out
    assert len(unconfirmed.district.log_ins) - signed_in == 2  # finding and testing; and the second reading
    check_confirmed(unconfirmed, ran, "same")
    assert unconfirmed.district.settings == before
    rehearsal = ran.document["pinned"][0]["rehearsal"]
    assert rehearsal["changed"] == 2 and rehearsal["unchanged"] > 0


def test_the_examples_of_the_how_to_are_run_as_they_stand(unconfirmed: Desk) -> None:
    page = (Path(__file__).parents[2] / "docs/how-to/confirm.md").read_text("utf-8")
    [find, confirm] = re.findall(r"^ssrcred (portal (?:find|confirm --no-input) .*)$", page, re.MULTILINE)
    assert unconfirmed.run(*shlex.split(find)).code == 0
    ran = unconfirmed.run(*shlex.split(confirm))
    assert ran.code == 0, ran.err
    assert "Confirmed: the schools." in ran.err
    [shown] = re.findall(r"^```text\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert shown in Path(__file__).with_name("transcripts").joinpath("rotate_changed_page.txt").read_text("utf-8")


def test_an_id_that_fits_nothing_any_more_changes_nothing(ready: Desk) -> None:
    before = route(ready).read_text("utf-8")
    ran = ready.run("portal", "confirm", "--accept", "0123456789ab=district", "--json")
    assert (ran.code, ran.document["error"]["code"]) == (6, "page_changed")
    assert ran.document["differences"][0]["what"] == "field"
    assert route(ready).read_text("utf-8") == before


def test_a_question_left_open_names_its_option(ready: Desk) -> None:
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
    shutil.copy(CONFIRMED, file)
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


def test_without_a_browser_the_plan_says_that_the_test_save_was_left_out(rotated: Desk) -> None:
    ran = rotated.run("rotate", "--plan")
    assert ran.code == 0 and "The test save was skipped: ssrcred found no browser on this computer." in ran.err


@pytest.mark.real("chromium")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_the_plan_tests_saving_again_and_stops_where_it_is_not_as_it_was_confirmed(rotated: Desk) -> None:
    rotated.with_browser()
    before = rotated.district.settings
    ran = rotated.run("rotate", "--plan")
    assert ran.code == 0, ran.err
    assert "A test save would change 2 of " in ran.err and "nothing was sent (district)." in ran.err
    assert f"nothing was sent ({rotated.district.schools[1]})." in ran.err
    assert "skipped" not in ran.err
    confirmed = tomllib.loads(route(rotated).read_text("utf-8"))
    confirmed["place"]["district"]["save"]["asks"] = "Save them?"
    route(rotated).write_text(tomli_w.dumps(confirmed), "utf-8")
    ran = rotated.run("rotate", "--stdin", "--force", "--json", given="not taken")
    assert (ran.code, ran.document["error"]["code"]) == (6, "page_changed")
    items = {(item["place"], item["what"], item["was"], item["is"]) for item in ran.document["differences"]}
    assert items == {("district", "save", "Save them?", "no question")}
    assert "mint/asked" not in rotated.events()[-3:]
    assert rotated.district.settings == before

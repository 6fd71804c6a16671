"""Two machines with ledgers and keyrings of their own, and one TOMS and one portal: what either does to the other.

All pairs, passwords and SSIDs are made up by the practice district.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from cli.desk import LEA, Desk
from ssrcred.practice import Pair


@pytest.fixture
def other(rotated: Desk, tmp_path: Path) -> Desk:
    """The ELPAC coordinator's machine, which has done nothing yet; the CAASPP coordinator has rotated on `rotated`."""
    desk = Desk(tmp_path / "other")
    desk.user = lambda: "eli"
    desk._district = rotated.district
    desk._learn()
    desk.set_up()
    return desk


def later(*desks: Desk, days: int) -> None:
    """Time goes by everywhere; the district's clock is the first desk's."""
    for desk in desks:
        desk.at += timedelta(days=days)


def verdict(desk: Desk) -> str:
    (entry,) = desk.run("verify", "--json").document["leas"]
    return str(entry["verdict"])


def lines(pair: Pair) -> str:
    return f"{pair.username}\n{pair.secret}\n"


def test_they_take_turns_year_after_year_and_each_is_told_when_the_other_has_clicked(
    rotated: Desk, other: Desk
) -> None:
    working, idle = other, rotated
    for _ in range(4):
        later(rotated, other, days=100)
        working.rotated()
        assert verdict(working) == "working"
        (entry,) = idle.run("verify", "--json").document["leas"]
        assert entry["verdict"] == "superseded" and "They worked on" in entry["sentence"]
        assert "CAASPP coordinator" in entry["next"] and "ELPAC coordinator" in entry["next"]
        assert idle.run("status").code == 2, "what was green is not any more"
        working, idle = idle, working
    assert {place: rotated.district.stored(place) for place in ("district", rotated.district.schools[1])} == {
        "district": rotated.district.pair,
        rotated.district.schools[1]: rotated.district.pair,
    }


def test_what_the_verdict_says_to_do_mends_the_other_machine(rotated: Desk, other: Desk) -> None:
    pair = other.rotated()
    assert verdict(rotated) == "superseded"
    assert rotated.run("store", "--stdin", given=lines(pair)).code == 0
    assert rotated.run("upload").code == 0
    assert verdict(rotated) == verdict(other) == "working"
    assert rotated.run("status").code == other.run("status").code == 0
    assert rotated.vault.holds("pair-0002") and not rotated.vault.holds("pair-0001")


def test_a_click_between_two_steps_of_the_other_one_is_found_out_and_named(rotated: Desk, other: Desk) -> None:
    rotated.run("store", "--stdin", given=rotated.pair_lines)
    pair = other.rotated()
    ran = rotated.run("resume")
    assert ran.code == 7 and "rejected the new credentials" in ran.error["error"]
    (entry,) = rotated.run("verify", "--json").document["leas"]
    assert entry["verdict"] == "superseded" and "CAASPP coordinator" in entry["next"]
    # The late one has not put its dead pair into the portal.
    assert verdict(other) == "working"
    assert other.district.stored("district") == pair


def test_another_user_name_in_the_settings_stops_the_next_rotation_before_the_click(rotated: Desk, other: Desk) -> None:
    other.rotated()
    theirs = Pair("another_user_name", "a made-up key of another machine")
    rotated.district.put("district", theirs)
    before = rotated.district.pair
    ran = rotated.run("rotate", "--stdin", "--force", given=rotated.pair_lines)
    assert ran.code == 7 and "Do not regenerate" in ran.error["state"] and "--replace" in ran.error["hint"]
    assert rotated.district.pair == before and rotated.district.stored("district") == theirs
    assert rotated.run("status", "--json", "--lea", LEA).document["leas"][0]["unfinished"] is None

"""The portal commands: what is found and by which words, the map in force."""

from __future__ import annotations

import pytest

from cli.desk import Desk


def test_portal_test_reads_and_says_by_which_words(ready: Desk) -> None:
    before = ready.district.settings
    ran = ready.run("portal", "test")
    assert ran.code == 0, ran.err
    assert "not looked at" not in ran.err
    assert "The district was found by the words: CALPADS API Username, and: CALPADS API Password" in ran.out
    assert "Nothing was written." in ran.err
    assert ready.district.settings == before
    assert len(ready.district.log_ins) == 1


def test_portal_test_is_one_document_for_a_script(ready: Desk) -> None:
    document = ready.run("portal", "test", "--json").document
    assert document["schema"] == "ssrcred.portal test/1"
    assert document["places"][0]["found_by"] == ["CALPADS API Username", "CALPADS API Password"]


def test_portal_show_says_where_each_line_comes_from(ready: Desk) -> None:
    ran = ready.run("portal", "show")
    assert ran.code == 0, ran.err
    assert "School Office Menu" in ran.out
    assert ready.district.log_ins == []


@pytest.mark.parametrize("command", [("portal", "test"), ("portal", "show")])
def test_without_a_portal_there_is_nothing_to_show(desk: Desk, command: tuple[str, ...]) -> None:
    desk.home.mkdir()
    (desk.home / "config.toml").write_text('[lea.lincoln]\nname = "Made-up"\ncds = "19647330000000"\n', "utf-8")
    ran = desk.run(*command)
    assert ran.code == 3
    assert "No portal is set up for lincoln." in ran.error["error"]

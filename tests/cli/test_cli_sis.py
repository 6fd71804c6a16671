"""The commands sis and sis show."""

from __future__ import annotations

from cli.desk import Desk
from cli.test_cli_screens import compare


def test_every_system_as_a_person_sees_it(bare: Desk) -> None:
    bare.environ["COLUMNS"] = "100"
    compare("sis", bare.sit("sis").screen)


def test_one_system_with_who_says_what(bare: Desk) -> None:
    bare.environ["COLUMNS"] = "80"
    for name in ("Aeries", "Illuminate DnA", "PowerSchool", "siras"):
        ran = bare.sit("sis", "show", *name.split())
        compare(f"sis_{name.split()[0].lower()}", ran.screen)


def test_the_document_has_every_fact_and_what_is_not_published_is_null(bare: Desk) -> None:
    document = bare.run("sis", "--json", "--no-input").document
    assert document["schema"] == "ssrcred.sis/1"
    assert len(document["systems"]) == 19
    [alma] = bare.run("sis", "show", "ALMA", "--json").document["systems"]
    assert alma in document["systems"]
    assert alma["cers"]["says"] == "no" and alma["cers"]["kind"] == "fact" and alma["cers"]["read_on"] == "2026-11-30"
    empty = {"says": None, "source": None, "address": None, "published": None, "read_on": None}
    assert alma["where"] == {"kind": "not_published", **empty}


def test_options_of_the_group_hold_for_its_command(bare: Desk) -> None:
    assert bare.run("sis", "--json", "show", "Alma").out == bare.run("sis", "show", "Alma", "--json").out


def test_a_misspelled_name_is_answered_with_the_nearest(bare: Desk) -> None:
    ran = bare.run("sis", "show", "power", "school")
    assert ran.code == 2
    assert ran.error["error"] == "The directory has no system 'power school'; did you mean PowerSchool?"
    assert ran.error["hint"] == 'To see it: ssrcred sis show "PowerSchool"'
    ran = bare.run("sis", "show", "zzz", "--json")
    assert (ran.code, ran.document["schema"], ran.document["error"]["code"]) == (2, "ssrcred.sis/1", "usage")


def test_the_file_beside_config_toml_changes_a_row(bare: Desk) -> None:
    bare.home.mkdir()
    (bare.home / "sis.toml").write_text('[system.alma]\ncontact = "Pat"\n', "utf-8")
    out = bare.run("sis", "show", "alma").out
    assert "Contact for CERS: Pat" in out and "yours: your own sis.toml" in out
    (bare.home / "sis.toml").write_text('[system.alma]\ncontac = "Pat"\n', "utf-8")
    ran = bare.run("sis")
    assert ran.code == 3 and "did you mean contact?" in ran.error["error"]


def test_it_needs_neither_a_setup_nor_a_network_and_leaves_nothing(bare: Desk) -> None:
    assert bare.run("sis").code == 0
    assert not bare.home.exists()

"""The portal commands: what is found and by which words, the map in force, a map learned from one recording."""

from __future__ import annotations

import resource
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cli.desk import LEA, Desk
from portal import js_portal
from portal.recorder import BASE
from portal.test_learn import har, save
from portal.test_portal_recorded import MARK, record, record_practice
from ssrcred.portal.learn import learn

if TYPE_CHECKING:
    from playwright.sync_api import Page


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


@pytest.mark.parametrize("command", [("portal", "test"), ("portal", "show"), ("portal", "learn", "x.har")])
def test_without_a_portal_there_is_nothing_to_show(desk: Desk, command: tuple[str, ...]) -> None:
    desk.home.mkdir()
    (desk.home / "config.toml").write_text('[lea.lincoln]\nname = "Made-up"\ncds = "19647330000000"\n', "utf-8")
    ran = desk.run(*command)
    assert ran.code == 3
    assert "No portal is set up for lincoln." in ran.error["error"]


def test_a_recording_that_cannot_be_read_is_refused(ready: Desk, tmp_path: Path) -> None:
    ran = ready.run("portal", "learn", str(tmp_path / "nowhere.har"))
    assert ran.code == 4
    assert "cannot be read" in ran.error["error"]


def test_a_recording_without_markers_is_refused_and_nothing_is_kept(ready: Desk, tmp_path: Path) -> None:
    recording = tmp_path / "save.har"
    recording.write_text('{"log": {"version": "1.2", "entries": []}}', "utf-8")
    ran = ready.run("portal", "learn", str(recording), "--output", str(tmp_path / "map.toml"))
    assert ran.code == 4
    assert not (tmp_path / "map.toml").exists()


def recorded(tmp_path: Path) -> Path:
    """A HAR file of the simplest save."""
    path = tmp_path / "save.har"
    path.write_bytes(har(save()))
    return path


def lincoln(desk: Desk, *lines: str) -> None:
    """Lincoln with a portal where nobody answers, and with more lines of its own."""
    desk.home.mkdir()
    (desk.home / "config.toml").write_text(
        '[lea.lincoln]\nname = "Made-up"\ncds = "19647330000000"\n[lea.lincoln.schoolwise]\n'
        f'url = "{BASE}"\nusername = "office"\n' + "".join(f"{line}\n" for line in lines),
        "utf-8",
    )


def test_nothing_is_left_of_a_map_that_the_disk_did_not_take(desk: Desk, tmp_path: Path) -> None:
    lincoln(desk)
    assert desk.run("secret", "set", "schoolwise", "--stdin", given="made-up password\n").code == 0
    recording, path = recorded(tmp_path), tmp_path / "map.toml"
    assert desk.run("portal", "learn", str(recording), "--output", str(path)).code == 0
    whole = len(path.read_bytes())
    path.unlink()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (whole - 1, hard))
    try:
        ran = desk.run("portal", "learn", str(recording), "--output", str(path))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert ran.code == 4
    assert "cannot be written" in ran.error["error"]
    assert not path.exists()


def test_a_learned_map_says_that_schools_are_left_out(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text(learn(har(save()), BASE, "office").map_toml, "utf-8")
    lincoln(desk, f'map = "{path.as_posix()}"', "[lea.lincoln.schoolwise.limits]", "total_seconds = 1")
    assert desk.run("secret", "set", "schoolwise", "--stdin", given="made-up password\n").code == 0
    assert "Schools are not looked at" in desk.run("schools").err
    assert "neither seen nor written" in desk.run("portal", "show").out


@pytest.mark.real("chromium")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_portal_of_scripts_becomes_usable_by_a_recorded_save(desk: Desk, tmp_path: Path) -> None:
    with js_portal.running() as scripted:
        recording = tmp_path / "save.har"

        def play(page: Page) -> None:
            page.goto(scripted.url)
            page.fill("#u", js_portal.OFFICE[0])
            page.fill("#p", js_portal.OFFICE[1])
            page.click("#go")
            page.fill("#name", MARK.username)
            page.fill("#key", MARK.key)
            page.click("#save")
            page.wait_for_function("document.getElementById('said')?.textContent.startsWith('Saved')")

        record(recording, play)
        desk.secret("password of the scripted portal", js_portal.OFFICE[1])
        options = dict(zip(desk.setup_options()[1::2], desk.setup_options()[2::2], strict=True))
        options |= {"--url": scripted.url, "--username": js_portal.OFFICE[0]}
        del options["--parent"], options["--parent-of"]
        assert desk.run("setup", *(word for pair in options.items() for word in pair), "--no-input").code == 0
        assert desk.run("secret", "set", "schoolwise", "--stdin", given=f"{js_portal.OFFICE[1]}\n").code == 0
        assert desk.run("secret", "set", "test-ssid", "--stdin", given=f"{desk.district.test_ssid}\n").code == 0
        declined = desk.sit("portal", "learn", str(recording), script=[("Keep this map?", "n")])
        assert declined.code == 0
        assert not list(desk.home.glob("*-portal.toml"))
        learned = desk.sit("portal", "learn", str(recording), script=[("Keep this map?", "y")])
        assert learned.code == 0, learned.screen
        kept = desk.home / f"{LEA}-portal.toml"
        again = desk.run("portal", "learn", str(recording), "--output", str(kept))
        assert again.code == 4
        config = desk.home / "config.toml"
        config.write_text(
            config.read_text("utf-8").replace(
                "[lea.lincoln.schoolwise]\n", f'[lea.lincoln.schoolwise]\nmap = "{kept}"\n'
            ),
            "utf-8",
        )
        assert desk.run("portal", "test").code == 0
        saves = len(scripted.saves)
        rotated = desk.run("rotate", "--stdin", given=desk.pair_lines)
        assert rotated.code == 0, rotated.err
        pair = desk.district.pair
        assert pair is not None
        assert scripted.pair == (pair.username, pair.secret)
        assert len(scripted.saves) == saves + 1


@pytest.mark.real("chromium")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_school_that_a_learned_map_cannot_reach_is_never_called_done(ready: Desk, tmp_path: Path) -> None:
    school = ready.district.schools[1]
    first = ready.rotated()
    assert ready.district.stored(school) == first
    recording, path, config = tmp_path / "save.har", tmp_path / "map.toml", ready.home / "config.toml"
    record_practice(recording, ready.district)
    assert ready.run("upload").code == 0
    assert ready.run("portal", "learn", str(recording), "--output", str(path)).code == 0
    by_words = config.read_text("utf-8")
    table = "[lea.lincoln.schoolwise]\n"
    config.write_text(by_words.replace(table, f'{table}map = "{path.as_posix()}"\n'), "utf-8")
    ready.at += timedelta(days=300)

    ran = ready.run("rotate", "--stdin", given=ready.pair_lines)

    assert ran.code == 10, ran.err
    assert ready.district.stored("district") == ready.district.pair
    assert ready.district.stored(school) == first
    assert "uses the district's" not in ran.err
    assert f'ssrcred schools --set "{school}" --driver hand' in ran.err
    assert ready.run("resume").code == 10
    config.write_text(by_words, "utf-8")
    assert ready.run("resume").code == 0
    assert ready.district.stored(school) == ready.district.pair

"""A section of config.toml gets another name or goes, however it is written, and the others stay as they are."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from ssrcred.adapters.config import add_leas, load, remove_lea, rename_lea
from ssrcred.domain.errors import ConfigInvalid

OTHER = '# the others\n[lea.other]\nname = "Other [lea.lincoln]"\ncds = "19647330000001"\n'
WAYS = {
    "sections": '[lea.lincoln]\nname = "L"\ncds = "19647330000000"\n[lea.lincoln.remind]\ndays = [\n  9,\n]\n',
    "quoted": '[ lea . "lincoln" ]\nname = "L"\ncds = "19647330000000"\n[lea.\'lincoln\'.remind]\ndays = [9]\n',
    "parted": '[lea.lincoln.remind]\ndays = [9]\n{other}[lea.lincoln]\nname = "L"\ncds = "19647330000000"\n',
    "dotted": '[lea]\nlincoln.name = "L"\nlincoln.cds = "19647330000000"\nlincoln.remind.days = [9]\n',
    "inline": '[lea]\nlincoln = { name = "L", cds = "19647330000000", remind = { days = [9] } }\n',
    "windows": '[lea.lincoln]\r\nname = "L"\r\ncds = "19647330000000"\r\n[lea.lincoln.remind]\r\ndays = [9]\r\n',
}


def written(folder: Path, way: str) -> tuple[Path, dict[str, object]]:
    path = folder / "config.toml"
    text = WAYS[way]
    text = text.replace("{other}", OTHER) if "{other}" in text else text + OTHER
    path.write_bytes(text.encode())
    return path, tomllib.loads(text)["lea"]


@pytest.mark.parametrize("way", WAYS)
def test_a_section_gets_another_name_however_it_is_written(tmp_path: Path, way: str) -> None:
    path, before = written(tmp_path, way)
    rename_lea(path, "lincoln", "cedar")
    after = tomllib.loads(path.read_text("utf-8"))["lea"]
    assert after == {"cedar": before["lincoln"], "other": before["other"]}
    assert load(path).leas["cedar"].remind.days == (9,)
    # Only where the text could not be changed in its place is the file written anew, and the former one kept.
    kept = path.with_name("config.toml.old")
    assert ("# the others" in path.read_text("utf-8")) != kept.exists()
    assert kept.exists() == (way in ("dotted", "inline"))


@pytest.mark.parametrize("way", WAYS)
def test_a_section_goes_however_it_is_written(tmp_path: Path, way: str) -> None:
    path, before = written(tmp_path, way)
    remove_lea(path, "lincoln")
    assert tomllib.loads(path.read_text("utf-8"))["lea"] == {"other": before["other"]}
    kept = path.with_name("config.toml.old")
    assert ("# the others" in path.read_text("utf-8")) != kept.exists()


def test_many_are_added_all_or_none(tmp_path: Path) -> None:
    path, _ = written(tmp_path, "sections")
    before = path.read_bytes()
    good = {"name": "A", "cds": "01611190000000"}
    with pytest.raises(ConfigInvalid):
        add_leas(path, {"alder": good, "birch": {"name": "B", "cds": "12"}})
    assert path.read_bytes() == before
    add_leas(path, {"alder": good, "birch": {"name": "B", "cds": "01611200000000"}})
    assert path.read_bytes().startswith(before) and [*load(path).leas][-2:] == ["alder", "birch"]

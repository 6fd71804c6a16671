"""A portal map: loaded by name or path, and every problem named at once."""

from __future__ import annotations

import copy
import re
import tomllib
from dataclasses import fields, replace
from pathlib import Path

import pytest
import tomli_w

from ssrcred.adapters.portal.map import DATA, GONE, SECTIONS, SHIPPED, load_map, parse_map
from ssrcred.app.portal_summary import describe_map
from ssrcred.domain.errors import ConfigInvalid

SMALL = {
    "login": {"username": ["User"], "password": ["Word"]},
    "fields": {"username": ["Name"], "key": ["Key"]},
    "save": {"button": ["Save"]},
    "proof": {"button": ["View"]},
}


def problems(table: dict[str, object]) -> tuple[str, ...]:
    with pytest.raises(ConfigInvalid) as caught:
        parse_map(table)
    assert all(problem in caught.value.message for problem in caught.value.problems)
    return caught.value.problems


def test_the_map_that_comes_along_holds_the_facts() -> None:
    words = load_map("schoolwise")

    assert words.name == "SchoolWise"
    assert [step[0] for step in words.settings.steps] == [
        "School Office Menu",
        "Set District Options",
        "CAASPP Credentials",
    ]
    assert words.fields.username[0] == "CALPADS API Username"
    assert words.fields.key[0] == "CALPADS API Password"
    assert words.proof.button[0] == "View CAASPP/ELPAC"


@pytest.mark.parametrize(
    ("product", "name", "step", "key"),
    [
        ("aeries", "Aeries", "3rd Party System Connections", "Secret Key"),
        ("powerschool", "PowerSchool", "Electronic Reporting Communication Setup", "Secret Key"),
        ("illuminate", "Illuminate", "Integrations", "Secret Key"),
        ("school-pathways", "School Pathways", "School Office Menu", "Secret Key"),
        ("siras", "SIRAS", "TOMS API Credentials", "Secret Key"),
    ],
)
def test_a_product_s_map_holds_what_is_published_of_it_and_marks_every_key(
    product: str, name: str, step: str, key: str
) -> None:
    words, text = load_map(product), (DATA / f"{product}.toml").read_text("utf-8")

    assert (words.name, words.based_on) == (name, "generic")
    assert words.settings.steps[0][0] == step  # of School Pathways nothing is published: the generic map's
    assert words.fields.key == (key,)
    assert words.proof == load_map("generic").proof
    values = [line for line in text.splitlines() if '["' in line or line.startswith("name")]
    assert values and all("# FACT" in line or "# GUESSED" in line for line in values)
    assert set(tomllib.loads(text)) <= {"based_on", "name", "settings", "fields"}


def test_a_small_map_is_enough(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(tomli_w.dumps(SMALL), "utf-8")
    words = load_map(str(path))

    assert words.name == "the portal"
    assert words.settings.steps == ()
    assert words.login.username == ("User",)
    assert words == parse_map(dict(SMALL))


def test_a_map_says_only_what_differs_from_the_one_that_it_is_based_on() -> None:
    base = load_map("schoolwise")
    words = parse_map({"based_on": "schoolwise", "fields": {"key": ["Our Words"]}, "settings": {"steps": []}})

    assert words.fields.key == ("Our Words",)
    assert words.settings.steps == ()
    assert replace(words.fields, key=base.fields.key) == base.fields
    assert (words.login, words.save, words.proof, words.name) == (base.login, base.save, base.proof, base.name)
    lines = describe_map(words)
    assert "fields.key: Our Words  (from the map itself)" in lines
    assert all("schoolwise that comes with ssrcred" in line for line in lines if line.startswith("login."))


@pytest.mark.parametrize("name", SHIPPED)
def test_every_map_that_comes_along_is_sound_and_can_be_based_on(name: str) -> None:
    assert parse_map({"based_on": name}) == replace(load_map(name), based_on=name)


@pytest.mark.parametrize("base", ["own.toml", "toms", "", 1, ["schoolwise"]])
def test_a_map_is_based_on_one_that_comes_along_and_on_no_other(base: object) -> None:
    assert problems({**SMALL, "based_on": base})[0].startswith("based_on: there is no map of that name; ")


def test_what_a_map_of_an_earlier_version_has_too_much_is_ignored_and_told() -> None:
    recorded: dict[str, object] = {"name": "Our SIS", "words": "schoolwise", "recording": {"steps": [{"id": "save"}]}}

    assert parse_map({**SMALL, "words": "x"}) == replace(parse_map(dict(SMALL)), gone=("words",))
    found = parse_map(recorded)
    assert found.gone == ("words", "recording")
    assert parse_map({**SMALL, "save": {"button": ["Save"], "wider": ["x"]}}).gone == ("save.wider",)
    assert replace(found, gone=()) == parse_map({"name": "Our SIS", "based_on": "schoolwise"})
    assert problems({**recorded, "recordings": 1}) == (
        "recordings: is not known; possible: login, settings, schools, fields, save, proof, page, name, based_on",
    )


def test_the_reference_explains_every_key_and_no_other() -> None:
    page = (Path(__file__).parents[3] / "docs/reference/portal-map.md").read_text("utf-8")
    told = re.findall(r"^\| `([\w.]+)` \|", page, re.MULTILINE)
    keys = [f"{section}.{item.name}" for section, kind in SECTIONS.items() for item in fields(kind)]
    assert sorted(told) == sorted([*keys, "name", "based_on", *GONE])


def test_names_every_problem_at_once() -> None:
    table: dict[str, object] = copy.deepcopy(dict(SMALL))
    table.update(
        name=" ",
        feilds={},
        save="Save",
        settings={"address": 1, "steps": [["a"], []], "stpes": []},
        page={"maintenance": "soon"},
        login={"username": [], "password": ["x", 1]},
    )

    assert problems(table) == (
        "login.username: is empty",
        "login.password: number 2 must be text between quotation marks, not a number",
        "settings.address: must be text between quotation marks, not a number",
        "settings.steps: number 2 is empty",
        "settings.stpes: is not known; did you mean steps?",
        "save: must be a section of its own, [save]",
        "page.maintenance: must be a list in square brackets, not text",
        "name: is empty",
        "feilds: is not known; did you mean fields?",
    )


def test_an_empty_map_says_what_is_needed() -> None:
    assert "proof.button: is missing" in problems({})
    assert problems({**SMALL, "zzz": 1})[-1].startswith("zzz: is not known; possible: login,")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"name = ", "end of document is not valid TOML"),
        (b"name = '\xff'", "not UTF-8"),
        (None, "there is no such file"),
    ],
)
def test_a_file_that_is_no_map_says_why(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "own.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigInvalid, match=words):
        load_map(str(path))


@pytest.mark.parametrize("name", ["schoolwize", "../schoolwise", ""])
def test_a_name_that_is_no_map_is_refused(name: str) -> None:
    with pytest.raises(ConfigInvalid, match="no map of that name"):
        load_map(name)

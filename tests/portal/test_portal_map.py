"""A portal map: loaded by name or path, and every problem named at once."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import tomli_w

from ssrcred.errors import ConfigInvalid
from ssrcred.portal.map import load, parse

SMALL = {
    "login": {"username": ["User"], "password": ["Word"]},
    "fields": {"username": ["Name"], "key": ["Key"]},
    "save": {"button": ["Save"]},
    "proof": {"button": ["View"]},
}


def problems(table: dict[str, object]) -> tuple[str, ...]:
    with pytest.raises(ConfigInvalid) as caught:
        parse(table)
    assert all(problem in caught.value.message for problem in caught.value.problems)
    return caught.value.problems


def test_the_map_that_comes_along_holds_the_facts() -> None:
    words = load("schoolwise")

    assert words.name == "SchoolWise"
    assert [step[0] for step in words.settings.steps] == [
        "School Office Menu",
        "Set District Options",
        "CAASPP Credentials",
    ]
    assert words.fields.username[0] == "CALPADS API Username"
    assert words.fields.key[0] == "CALPADS API Password"
    assert words.proof.button[0] == "View CAASPP/ELPAC"


def test_a_small_map_is_enough(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(tomli_w.dumps(SMALL), "utf-8")
    words = load(str(path))

    assert words.name == "the portal"
    assert words.settings.steps == ()
    assert words.login.username == ("User",)
    assert words == parse(dict(SMALL))


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
        "feilds: not a known key; did you mean fields?",
        "login.password: a list of words is needed",
        "login.username: words are needed here",
        "settings.address: a text is needed",
        "settings.steps: a list of lists of words is needed",
        "settings.stpes: not a known key; did you mean steps?",
        "save: a section [save] is needed",
        "page.maintenance: a list of words is needed",
        "name: a text is needed",
    )


def test_an_empty_map_says_what_is_needed() -> None:
    assert "proof.button: words are needed here" in problems({})
    assert problems({**SMALL, "zzz": 1})[0].startswith("zzz: not a known key; known: login,")


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"name = ", "not TOML: "), (b"name = '\xff'", "not UTF-8"), (None, "cannot be read")],
)
def test_a_file_that_is_no_map_says_why(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "own.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigInvalid, match=words):
        load(str(path))


@pytest.mark.parametrize("name", ["schoolwize", "../schoolwise", ""])
def test_a_name_that_is_no_map_is_refused(name: str) -> None:
    with pytest.raises(ConfigInvalid, match="no map of that name"):
        load(name)

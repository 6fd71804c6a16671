"""The route's file: what is written is read back, every problem is told at once, and a kill leaves a whole file."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssrcred.adapters.portal.route.route import (
    FieldLook,
    Fields,
    GroupRoute,
    PlaceRoute,
    Route,
    SaveControl,
    Variables,
    as_table,
    parse_route,
    read_route,
    route_path,
    write_route,
)
from ssrcred.domain.errors import ConfigInvalid

HERE = Variables("Made-up Unified School District", "19999990000000", "madeup.schoolwise.example")
WAY = ("School Office Menu", "Set District Options", "CAASPP Credentials")
FIELDS = Fields(
    FieldLook("CALPADS API Username", "text"),
    FieldLook("CALPADS API Password", "password", "stars"),
    SaveControl("button", "Save Changes"),
    watch={"Editing": HERE.name},
    way=WAY,
    form="POST /office/options",
)
ROUTE = Route(
    "http",
    "dana",
    datetime(2026, 11, 30, 18, 4, tzinfo=UTC),
    "same",
    {"district": PlaceRoute(("CAASPP Credentials", HERE.name), FIELDS, ("u", "k"))},
    (GroupRoute("rows", "Individual school credentials", FIELDS, ("CAASPP Credentials",), ("North High",)),),
)
CONTRACT = """
driver = "http"                                  # http | browser
way = ["School Office Menu", "Set District Options", "CAASPP Credentials"]
form = "POST /office/options"
confirmed_by = "dana"
confirmed_at = 2026-11-30T18:04:00Z
rehearsed = "same"

[place.district]
names = ["CAASPP Credentials"]                   # the words that name it, nearest first
username = { label = "CALPADS API Username", kind = "text" }
key = { label = "CALPADS API Password", kind = "password", filled = "stars" }
repeat = ""                                      # label of a second field for the key
boxes = []                                       # boxes that have to be on
save = { kind = "button", label = "Save Changes" }
watch = { "Editing" = "{name}" }

[[group]]                                        # each row, link or choice is a school
kind = "rows"
heading = "Individual school credentials"
username = { label = "CALPADS API Username", kind = "text" }
key = { label = "CALPADS API Password", kind = "password", filled = "stars" }
"""


EVERY = replace(
    FIELDS,
    username=replace(FIELDS.username, filled="shown"),
    save=SaveControl("button", "Save", "Yes", "Save?", ("POST /autosave",)),
    way=("Another page",),
    form="POST /another",
)


def keys_told(page: str) -> list[set[str]]:
    """The keys of each table of the page."""
    tables = re.findall(r"\| key \| contents \|\n(.*?)\n\n", f"{page}\n", re.DOTALL)
    return [set(re.findall(r"^\| `(\w+)` \|", rows, re.MULTILINE)) for rows in tables]


def test_the_reference_explains_every_key_and_no_other() -> None:
    page = (Path(__file__).parents[4] / "docs/reference/route.md").read_text("utf-8")
    top, both, place, group, field, save = keys_told(page)
    route = replace(
        ROUTE,
        address="/office",
        attended=True,
        places={**ROUTE.places, "North High": PlaceRoute(("North High",), EVERY, ("u", "k"))},
        groups=(*ROUTE.groups, replace(ROUTE.groups[0], fields=EVERY)),
    )
    written = as_table(route, HERE)
    setting, schools = written["place"]["North High"], written["group"][-1]
    assert top == set(written)
    assert (both | place, both | group) == (set(setting), set(schools))
    assert (field, save) == (set(setting["username"]), set(setting["save"]))
    [example] = re.findall(r"^```toml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert parse_route(tomllib.loads(example), HERE, Path("lincoln.toml")).groups[0].kind == "rows"


def test_what_is_written_is_read_back_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = route_path(tmp_path, "lincoln")
    write_route(path, ROUTE, HERE)
    assert read_route(path, HERE) == ROUTE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(path.parent) == ["lincoln.toml"]


def test_the_lea_stands_in_it_as_variables_so_that_another_one_can_use_it(tmp_path: Path) -> None:
    path = route_path(tmp_path, "lincoln")
    write_route(path, ROUTE, HERE)
    assert HERE.name not in path.read_text("utf-8")
    other = Variables("Other Unified", "20999990000000", "other.example")
    found = read_route(path, other)
    assert found is not None
    assert found.places["district"].names == ("CAASPP Credentials", "Other Unified")
    assert found.places["district"].fields.watch == {"Editing": "Other Unified"}


def test_the_file_of_the_contract_is_read(tmp_path: Path) -> None:
    # A group without what saves is saved as the settings around it are.
    route = parse_route(tomllib.loads(CONTRACT), HERE, tmp_path / "x.toml")
    assert route.places["district"].fields.way == WAY
    assert route.places["district"].fields.watch == {"Editing": HERE.name}
    assert route.groups[0].fields.form == "POST /office/options"
    assert route.groups[0].fields.save == SaveControl("button", "Save Changes")


def test_one_group_may_be_written_as_a_plain_section(tmp_path: Path) -> None:
    plain = tomllib.loads(CONTRACT.replace("[[group]]", "[group]"))
    assert parse_route(plain, HERE, tmp_path / "x.toml") == parse_route(
        tomllib.loads(CONTRACT), HERE, tmp_path / "x.toml"
    )


def test_every_problem_is_told_at_once_with_its_key(tmp_path: Path) -> None:
    table = tomllib.loads(CONTRACT.replace('driver = "http"', 'driver = "hands"').replace("boxes = []", "boxs = []"))
    del table["place"]["district"]["username"]["kind"]
    with pytest.raises(ConfigInvalid) as caught:
        parse_route(table, HERE, tmp_path / "x.toml")
    assert caught.value.problems == (
        "driver: is not known; possible: http, browser",
        "place.district.username.kind: is missing",
        "place.district.boxs: is not known; did you mean boxes?",
    )


def test_no_file_is_no_route(tmp_path: Path) -> None:
    assert read_route(tmp_path / "nothing.toml", HERE) is None


@given(st.binary(max_size=300))
def test_any_other_file_is_one_error_of_configuration(content: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.toml"
        path.write_bytes(content)
        with pytest.raises(ConfigInvalid):
            read_route(path, HERE)

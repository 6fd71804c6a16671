"""The directory of student information systems: every row is whole, and an LEA's own file changes what it names."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssrcred.adapters.portal.map import SHIPPED, load_map
from ssrcred.adapters.sis_directory import read_directory
from ssrcred.domain.errors import ConfigInvalid
from ssrcred.domain.sis import Cers, Directory, SourceKind, System, Trial, next_steps

DIRECTORY = read_directory(Path("there-is-no-such-file.toml"))
STATE_S_TABLE = {
    Cers.YES: {"Aequitas Solutions Q", "Innovative School Solutions (OASIS)", "PowerSchool", "School Pathways"},
    Cers.PENDING: {"Aeries", "SchoolWise"},
    Cers.NO: {
        *("Alma", "ARMS", "ATLAS", "eSchoolPLUS", "Illuminate", "Infinite Campus", "Jupiter Ed", "PROMIS"),
        *("Schoolrunner", "StudenTrac", "Synergy"),
    },
}
"""The 17 systems of domain.md, as the state last listed them."""


def own(tmp_path: Path, text: str) -> Directory:
    path = tmp_path / "sis.toml"
    path.write_text(text, "utf-8")
    return read_directory(path)


def test_the_directory_has_the_17_systems_of_the_state_s_table_and_two_others() -> None:
    listed = {word: {one.name for one in DIRECTORY.system.values() if one.cers.says == word} for word in Cers}
    assert listed == STATE_S_TABLE
    assert sum(map(len, listed.values())) == 17
    assert {one.name for one in DIRECTORY.system.values() if not one.cers.says} == {"SIRAS", "School Loop"}


@pytest.mark.parametrize("system", DIRECTORY.system.values(), ids=lambda one: one.key)
def test_every_row_is_whole(system: System) -> None:
    assert system.key and system.name and system.drivers
    for name, fact in system.facts.items():
        source = DIRECTORY.source_of(fact)
        if fact.says:
            assert source.kind in (SourceKind.FACT, SourceKind.REPORTED), name
            assert source.name and source.read_on and source.address.startswith("https://"), name
        else:
            assert source.kind is SourceKind.NOT_PUBLISHED and not fact.source, name
    assert system.map in SHIPPED and load_map(system.map)
    assert (system.tried is Trial.PRACTICE) == (system.name == "SchoolWise")
    if system.cers.says in (Cers.YES, Cers.PENDING):
        assert system.contact.says.startswith("the ") and system.contact.says in next_steps(system)[1]
        assert "authorized for your LEA" in next_steps(system)[0]
    if system.cers.says == Cers.NO:
        steps = " ".join(next_steps(system))
        assert "Manage Student Groups" in steps and "SIS\N{EN DASH}CERS Request Form" in steps


def test_no_two_systems_have_a_name_in_common_and_each_is_found_by_every_name() -> None:
    names = [name.casefold() for one in DIRECTORY.system.values() for name in {*map(str.casefold, one.called)}]
    assert len(names) == len(set(names))
    for one in DIRECTORY.system.values():
        assert all(DIRECTORY.named(f" {name.upper()} ") is one for name in one.called)
    assert DIRECTORY.named("") is None


def test_nothing_is_said_of_a_system_that_shows_lexile_or_quantile_measures_because_nobody_publishes_it() -> None:
    assert not [one.name for one in DIRECTORY.system.values() if one.lexile_quantile.says]


def test_a_file_of_the_lea_changes_the_facts_that_it_names_and_no_other(tmp_path: Path) -> None:
    text = '[system.alma]\ncontact = "Pat in our IT"\n[system.ours]\nname = "Ours"\nwhere = "Set-up, State"\n'
    changed = own(tmp_path, text)
    assert changed.system["alma"].contact.says == "Pat in our IT"
    assert changed.source_of(changed.system["alma"].contact).kind is SourceKind.OWN
    assert changed.system["alma"].cers == DIRECTORY.system["alma"].cers
    assert changed.system["ours"].name == "Ours" and changed.system["ours"].key == "ours"
    assert {key: one for key, one in changed.system.items() if key not in ("alma", "ours")} == {
        key: one for key, one in DIRECTORY.system.items() if key != "alma"
    }


def test_a_file_of_the_lea_can_name_a_source_of_its_own(tmp_path: Path) -> None:
    changed = own(
        tmp_path,
        '[source.call]\nkind = "reported"\nname = "a call"\nread_on = 2026-12-01\n'
        '[system.alma]\ncache = { says = "an hour", source = "call" }\n',
    )
    assert changed.source_of(changed.system["alma"].cache).name == "a call"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[systems.alma]", "systems: is not known; did you mean system?"),
        ('[system.alma]\ncontacts = "x"', "system.alma.contacts: is not known; did you mean contact?"),
        ('[system.alma]\ncers = "maybe"', "system.alma.cers.says: must be yes, pending, no, or empty"),
        ("[system.alma]\nwhere = 3", "system.alma.where: must be a section of its own, [system.alma.where]"),
        ('[system.alma]\nwhere = { says = "x", source = "y" }', "system.alma.where.source: there is no [source.y]"),
        ('[system.alma]\nwhere = "\\u001b[2J"', "has a character in it that cannot be printed"),
        ('[system.new]\nwhere = "x"', "system.new.name: is missing"),
        ('[system.alma]\ndrivers = ["fax"]', "system.alma.drivers: must be of http, browser, hand"),
        ('[system.alma]\ntried = "yes"', "system.alma.tried: is not known; possible: no, practice"),
        ('[system.alma]\npassword = "x"', "system.alma.password: secrets are not allowed here"),
        ('[source.x]\nkind = "facts"', "source.x.kind: is not known; did you mean fact?"),
        ('[source.x]\nkind = "own"\nread_on = 2026-11-30T10:00:00Z', "must be a date such as 2026-11-30"),
        ("system = 3", "system: must be a section of its own, [system]"),
    ],
)
def test_what_is_wrong_in_the_file_of_the_lea_is_named(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        own(tmp_path, text)
    assert problem in " ".join(caught.value.problems)
    assert "sis.toml" in caught.value.message and str(tmp_path) in caught.value.hint


values = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=8),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(("says", "source", "x")), below),
)


@given(st.dictionaries(st.sampled_from(("name", "where", "cers", "drivers", "tried", "map", "x")), values))
def test_whatever_stands_in_a_row_is_taken_or_named(row: dict[str, object]) -> None:
    import tempfile

    import tomli_w

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sis.toml"
        path.write_text(tomli_w.dumps({"system": {"alma": row}}), "utf-8")
        try:
            assert read_directory(path).system["alma"].name
        except ConfigInvalid as problem:
            assert problem.problems

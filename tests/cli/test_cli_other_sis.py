"""Another student information system than SchoolWise: set up, found, confirmed, rotated."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.portal.browser.served import serving
from adapters.portal.home_made_portal import OFFICE_PASSWORD, HomeMade
from cli.desk import LEA, Desk
from cli.test_cli_screens import compare
from cli.test_cli_setup import interview
from ssrcred.adapters.sis_directory import read_directory
from ssrcred.domain.credential import SecretKey
from ssrcred.domain.sis import DRIVERS, System

DIRECTORY = read_directory(Path("there-is-no-such-file.toml"))
THE_17 = [one for one in DIRECTORY.system.values() if one.cers.says]


class Aeries(HomeMade):
    """Pages as Aeries's guide has them, as far as it says: a link, and two fields beside a Save button."""

    def __init__(self) -> None:
        super().__init__({"/": "<a href=/caaspp>3rd Party System Connections</a> <a href=/help>Help</a>"})
        del self.pairs["North High"]

    def credentials(self) -> str:
        [(username, _)] = self.pairs.values()
        return f"""<h2>State Electronic Test Scores</h2><form method=post action=/save>
            <input type=hidden name=place value=District>
            <label for=u>User Name</label><input id=u name=user value="{username}">
            <label for=k>Secret Key</label><input id=k name=key type=password><button>Save</button></form>"""


def section(desk: Desk) -> dict[str, Any]:
    [lea] = tomllib.loads(desk.config.read_text("utf-8"))["lea"].values()
    table = lea["schoolwise"]
    assert isinstance(table, dict)
    return table


def given(url: str = "https://sis.lincoln.example") -> tuple[str, ...]:
    return ("--lea", LEA, "--name", "Lincoln", "--cds", "19647330000000", "--url", url, "--username", "itstaff")


@pytest.mark.parametrize(
    "system", [pytest.param(one, marks=[] if one.key == "aeries" else pytest.mark.ci, id=one.key) for one in THE_17]
)
def test_any_of_the_17_can_be_an_lea_s_system_with_any_driver(bare: Desk, system: System) -> None:
    assert system.drivers == DRIVERS
    for driver in system.drivers:
        ran = bare.run("setup", *given(), "--sis", system.name, "--driver", driver, "--no-input", "--replace")
        assert ran.code == 0, ran.err
        table = section(bare)
        assert (table["driver"], table.get("map", "schoolwise")) == (driver, system.map)
        assert table.get("sis", "SchoolWise") == system.name
        shown = bare.run("portal", "show", "--json").document
        assert shown["map"] == system.map
    assert ("has not been tried on" in ran.err) == (system.key != "schoolwise")


def test_schoolwise_is_the_default_and_leaves_config_toml_as_it_was(bare: Desk) -> None:
    assert bare.run("setup", *given(), "--no-input").code == 0
    assert section(bare) == {"url": "https://sis.lincoln.example", "username": "itstaff", "driver": "http"}


def test_an_unknown_system_is_answered_with_the_nearest(bare: Desk) -> None:
    ran = bare.run("setup", *given(), "--sis", "aries", "--no-input")
    assert (ran.code, ran.error["error"]) == (2, "The directory has no system 'aries'; did you mean Aeries?")
    assert not bare.config.exists()


def test_an_lea_s_own_row_says_driver_and_map(bare: Desk) -> None:
    bare.home.mkdir()
    text = '[system.ours]\nname = "Our SIS"\ndrivers = ["hand"]\nmap = "generic"\n'
    (bare.home / "sis.toml").write_text(text, "utf-8")
    assert bare.run("setup", *given(), "--sis", "our sis", "--no-input").code == 0
    assert section(bare)["driver"] == "hand" and section(bare)["map"] == "generic"


def test_a_set_up_that_goes_on_compares_the_system_too(bare: Desk) -> None:
    assert bare.run("setup", *given(), "--sis", "Alma", "--no-input").code == 0
    ran = bare.run("setup", *given(), "--sis", "Synergy", "--no-input")
    assert ran.code == 3 and "already in config.toml" in ran.error["error"]
    assert bare.run("setup", *given(), "--sis", "alma", "--no-input").code == 0


@pytest.fixture
def aeries(desk: Desk) -> Iterator[tuple[Desk, Aeries, str]]:
    """A desk beside a made-up Aeries."""
    made = Aeries()
    with serving(made) as served:
        yield desk, made, served.url


def test_a_person_sets_up_aeries_and_confirms_its_fields(aeries: tuple[Desk, Aeries, str]) -> None:
    desk, made, url = aeries
    desk.environ["COLUMNS"] = "80"
    answers = {
        "The student information system": "Aeries",
        "SchoolWise address": "",
        "office account": "itstaff",
        "A parent account": "",
        "Password of itstaff": OFFICE_PASSWORD,
    }
    script = [one for one in interview(desk, **answers) if one[0] != "Password of the parent account"]
    script = [("Aeries address", url) if one[0] == "SchoolWise address" else one for one in script]
    at = [words for words, _ in script].index("Find the fields")
    script[at : at + 1] = [("the fields", "y"), ("Number", "1"), ("Is that right?", "y")]

    def password() -> str:
        desk.without_browser()
        return OFFICE_PASSWORD

    script = [(words, password if words == "Password of itstaff" else answer) for words, answer in script]
    script.insert(2, script.pop(2))
    at = [words for words, _ in script].index("The student information system")
    script.insert(at, ("The student information system", "aries"))
    ran = desk.sit("setup", "--toms-api", desk.district.service_url, script=script)
    assert ran.code == 0, ran.screen
    compare("setup_aeries", ran.screen)
    assert not made.sent


def confirmed(aeries: tuple[Desk, Aeries, str], *more: str) -> tuple[Desk, Aeries]:
    """The same, set up, with its fields confirmed."""
    desk, made, url = aeries
    options = ("--sis", "Aeries", "--toms-api", desk.district.service_url, "--toms-site", desk.district.toms_url)
    assert desk.run("setup", *given(url), *options, *more, "--no-input").code == 0
    desk.vault.keep_secret("schoolwise", SecretKey(OFFICE_PASSWORD))
    desk.vault.keep_secret("test-ssid", SecretKey(desk.district.test_ssid))
    desk.without_browser()
    [found] = desk.run("portal", "find", "--json").document["candidates"]
    assert (found["username"]["label"], found["key"]["label"]) == ("User Name", "Secret Key")
    assert desk.run("portal", "confirm", "--accept", f"{found['id']}=district", "--json").code == 0
    return desk, made


def test_a_rotation_of_aeries_saves_by_the_confirmed_route(aeries: tuple[Desk, Aeries, str]) -> None:
    desk, made = confirmed(aeries)
    ran = desk.run("rotate", "--stdin", given=desk.pair_lines)
    assert ran.code == 0, ran.err
    pair = desk.district.pair
    assert pair is not None and made.pairs["District"] == (pair.username, pair.secret)
    assert len(made.sent) == 1


@pytest.mark.ci
def test_every_message_of_the_yearly_job_names_the_lea_s_own_system(aeries: tuple[Desk, Aeries, str]) -> None:
    desk, made = confirmed(aeries)
    told = [desk.run("rotate", "--plan"), desk.run("rotate", "--stdin", given=desk.pair_lines)]
    told += [desk.run(*words.split()) for words in ("verify", "verify --json", "verify --ticket", "verify --all")]
    made.pairs["District"] = ("SOMEBODY", "made-up key of somebody else")
    told += [desk.run(*words.split()) for words in ("verify", "schools", "upload", "portal test")]
    desk.click()
    told += [desk.run("verify"), desk.run("verify", "--json")]
    made.refuses = True
    told += [desk.run("verify"), desk.run("verify"), desk.run("rotate", "--plan"), desk.run("upload")]
    desk.vault.keep_secret("schoolwise", SecretKey("made-up password"))
    told += [desk.run("portal", "test"), desk.run("schools", "--json")]
    told += [desk.run(*words.split()) for words in ("status", "doctor --no-practice", "doctor --no-practice --json")]
    told += [
        desk.run("remind", "--plan"),
        desk.run("history"),
        desk.run("support", str(desk.home / "ticket.md"), "--yes"),
        desk.run("handover", "sheet"),
    ]
    said = "".join(ran.out + ran.err for ran in told)
    assert "SchoolWise" not in said
    assert said.count("Aeries") > 20


@pytest.mark.ci
def test_an_lea_with_schoolwise_beside_its_system_reads_no_message_in_which_the_two_are_mixed_up(
    aeries: tuple[Desk, Aeries, str],
) -> None:
    desk, _ = confirmed(aeries, "--vendor", "SchoolWise")
    ran = desk.run("rotate", "--stdin", given=desk.pair_lines)
    assert "SchoolWise does not work until it gets the new credentials" in ran.err
    assert "Aeries does not work until" not in ran.err

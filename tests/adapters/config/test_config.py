"""config.toml is understood or refused with every problem at once, and is written whole or not at all."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ssrcred.adapters.config import (
    Config,
    Coordinators,
    Lea,
    Remind,
    Schoolwise,
    Toms,
    add_lea,
    check_lea,
    home,
    load,
    set_vault,
)
from ssrcred.adapters.config.folder import really
from ssrcred.domain.errors import ConfigInvalid

LINCOLN: dict[str, Any] = {"name": "Lincoln Unified School District", "cds": "19647330000000"}
PORTAL: dict[str, Any] = {"url": "https://lincoln.schoolwise.com", "username": "itstaff"}
MADE_UP = "made-up-pw"

WHOLE = """
# config.toml: secrets are not allowed here
[lea.lincoln]
name = "Lincoln Unified School District"
cds = "19647330000000"              # 14 digits
lifetime_days = 90
timezone = "America/Denver"
vendors = ["SIRAS", "CERS rosters"]

[lea.lincoln.coordinators]
caaspp = "dana@lincoln.example"

[lea.lincoln.toms]
enabled = false
api = "https://example.org/api/v2/"
profile = "other"

[lea.lincoln.schoolwise]
url = "https://lincoln.schoolwise.com/"
username = "itstaff"
driver = "http"
map = "maps/ours.toml"
parent = "parent1"
schools = ["Lincoln Charter"]

[lea.lincoln.schoolwise.parents]
"Lincoln High School" = "parent2"

[lea.lincoln.schoolwise.limits]
visit_seconds = 1200
max_hops = 0

[lea.lincoln.remind]
days = [3, 30]

[vault]
backend = "file"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "config.toml"


def written(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(path: Path) -> ConfigInvalid:
    with pytest.raises(ConfigInvalid) as caught:
        load(path)
    assert caught.value.problems
    return caught.value


def problems(**changes: Any) -> tuple[str, ...]:
    """The problems of Lincoln's section with keys changed; `schoolwise__url` is the key `url` one section below."""
    table: dict[str, Any] = LINCOLN | {"schoolwise": dict(PORTAL)}
    for key, value in changes.items():
        section, _, below = key.rpartition("__")
        (table.setdefault(section, {}) if section else table)[below] = value
    return check_lea("lincoln", table)


def only(**changes: Any) -> str:
    (problem,) = problems(**changes)
    return problem


# Reading


def test_reads_all_that_it_may_say(path: Path) -> None:
    config = load(written(path, WHOLE))
    folder = path.parent
    schoolwise = Schoolwise(
        url="https://lincoln.schoolwise.com",
        username="itstaff",
        map=str(folder / "maps" / "ours.toml"),
        parent="parent1",
        parents={"Lincoln High School": "parent2"},
        schools=("Lincoln Charter",),
        limits={"visit_seconds": 1200, "max_hops": 0},
    )
    lincoln = Lea(
        "lincoln",
        "Lincoln Unified School District",
        "19647330000000",
        90,
        "America/Denver",
        Toms(False, "https://example.org/api/v2", "other"),
        schoolwise,
        Remind((30, 3)),
        ("SIRAS", "CERS rosters"),
        Coordinators("dana@lincoln.example"),
    )
    assert config == Config({"lincoln": lincoln}, backend="file")


def test_what_is_not_said_has_the_published_value(path: Path) -> None:
    lincoln = load(written(path, tomli_w.dumps({"lea": {"lincoln": LINCOLN | {"schoolwise": PORTAL}}}))).leas["lincoln"]
    assert (lincoln.lifetime_days, lincoln.timezone) == (365, "America/Los_Angeles")
    assert lincoln.toms == Toms(True, "https://caaspp-aws.ets.org/api/v1", "ets-ssr")
    assert lincoln.schoolwise == Schoolwise(
        "https://lincoln.schoolwise.com", "itstaff", driver="http", map="schoolwise", parent=None
    )
    assert lincoln.remind.days == (60, 30, 14, 7, 3, 1)


def test_a_lea_may_be_without_a_portal(path: Path) -> None:
    assert load(written(path, tomli_w.dumps({"lea": {"lincoln": LINCOLN}}))).leas["lincoln"].schoolwise is None


def test_an_empty_file_names_no_lea_and_the_keyring(path: Path) -> None:
    assert load(written(path, "")) == Config({}, backend="keyring")


def test_a_mark_that_windows_editors_put_in_front_does_no_harm(path: Path) -> None:
    assert load(written(path, b"\xef\xbb\xbf" + WHOLE.replace("\n", "\r\n").encode())).leas.keys() == {"lincoln"}


def test_a_missing_file_leads_to_setup(path: Path) -> None:
    error = refusal(path)
    assert error.message == "There is no config.toml yet."
    assert error.hint == "To make it, type: ssrcred setup"
    assert str(path.parent) in error.state


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('[lea.lincoln]\nname = "x\n', "line 2, column 10 is not valid TOML"),
        ("[lea.lincoln", "end of document is not valid TOML"),
        ("x = " + "9" * 5000, "a number in it is not valid TOML"),
        ("x = " + "[" * 100_000, "brackets are nested too deeply"),
        (b'name = "\xff"', "byte 9 is not UTF-8 text"),
        (WHOLE.encode("utf-16"), "byte 1 is not UTF-8 text"),
    ],
)
def test_what_is_no_toml_is_refused_with_its_place(path: Path, content: str | bytes, said: str) -> None:
    error = refusal(written(path, content))
    assert error.message == f"config.toml has a problem: {said}."
    assert str(path) in error.hint


def test_a_syntax_error_quotes_nothing(path: Path) -> None:
    error = refusal(written(path, f'[lea.lincoln]\npassword = "{MADE_UP}" "{MADE_UP}"\n["{MADE_UP}"\n'))
    assert MADE_UP not in f"{error} {error.state} {error.hint} {error.problems}"
    assert error.__context__ is None


def test_a_folder_in_the_files_place_is_said(path: Path) -> None:
    path.mkdir(parents=True)
    assert refusal(path).problems == ("cannot be read (is a directory)",)


def test_every_problem_is_named_at_once(path: Path) -> None:
    error = refusal(
        written(
            path,
            """
            leas = 1
            [lea.lincoln]
            cds = 19647330000000
            lifetime = 90
            [lea.lincoln.schoolwise]
            url = "http://www.lincoln.schoolwise.com"
            password = "made-up-pw"
            [lea.Madera]
            name = "Madera"
            cds = "20"
            [vault]
            backend = "files"
            """,
        )
    )
    assert [problem.partition(": ")[0] for problem in error.problems] == [
        "lea.lincoln.name",
        "lea.lincoln.cds",
        "lea.lincoln.schoolwise.url",
        "lea.lincoln.schoolwise.username",
        "lea.lincoln.schoolwise.password",
        "lea.lincoln.lifetime",
        "lea.Madera",
        "lea.Madera.cds",
        "vault.backend",
        "leas",
    ]
    assert error.message.startswith(
        "config.toml has 10 problems: (1) lea.lincoln.name: is missing; (2) lea.lincoln.cds: "
    )
    assert error.message.endswith("(10) leas: is not known; did you mean lea?")
    assert all(problem in error.message for problem in error.problems)
    assert error.state == "Nothing was done."


def test_a_message_stays_short_however_many_problems_there_are(path: Path) -> None:
    error = refusal(written(path, "".join(f"x{number} = 1\n" for number in range(500))))
    assert len(error.problems) == 500
    assert error.message.endswith("(21) and 480 more.")
    assert len(error.message) < 2000


# One key at a time


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"nane": "x"}, "lea.lincoln.nane: is not known; did you mean name?"),
        (
            {"colour": "x"},
            "lea.lincoln.colour: is not known; possible: name, cds, lifetime_days, timezone, toms,",
        ),
        ({"toms__api_url": "x"}, "lea.lincoln.toms.api_url: is not known; "),
        ({"remind__dasy": [1]}, "lea.lincoln.remind.dasy: is not known; did you mean days?"),
        ({"a\nb" * 40: 1}, 'lea.lincoln."a\\nba\\nb'),
        ({"name": 7}, "lea.lincoln.name: must be text between quotation marks, not a number"),
        ({"name": ""}, "lea.lincoln.name: is empty"),
        ({"name": " x"}, "lea.lincoln.name: has a space in front of it or behind it"),
        ({"name": "a\nb"}, "lea.lincoln.name: has a character in it that cannot be printed"),
        ({"name": "x" * 501}, "lea.lincoln.name: is longer than 500 characters"),
        ({"name": ["x"]}, "lea.lincoln.name: must be text between quotation marks, not a list"),
        ({"name": {}}, "lea.lincoln.name: must be text between quotation marks, not a section"),
        ({"name": None}, "lea.lincoln.name: must be text between quotation marks, not something else"),
        ({"cds": 19647330000000}, "lea.lincoln.cds: must be text between quotation marks, not a number"),
        ({"cds": True}, "lea.lincoln.cds: must be text between quotation marks, not true or false"),
        ({"cds": "19 64733-0000000"}, "lea.lincoln.cds: has spaces or dashes in it; write it without: 19647330000000"),
        ({"cds": "1964733"}, "lea.lincoln.cds: must be 14 digits (2 county, 5 district, 7 school) and has 7"),
        (
            {"cds": "'19647330000000"},
            "lea.lincoln.cds: begins with an apostrophe, which a spreadsheet puts before",
        ),
        ({"cds": "\u201919647330000000"}, "lea.lincoln.cds: begins with an apostrophe"),
        (
            {"cds": "1611190000000"},
            "lea.lincoln.cds: must be 14 digits (2 county, 5 district, 7 school) and has 13; a spreadsheet",
        ),
        ({"cds": "1.96473E+13"}, "lea.lincoln.cds: is a number shortened by a spreadsheet"),
        ({"cds": "1964733000000x"}, "lea.lincoln.cds: must be 14 digits"),
        ({"cds": "١٩٦٤٧٣٣٠٠٠٠٠٠٠"}, "lea.lincoln.cds: must be 14 digits (2 county, 5 district, 7 school) and has 0"),
        ({"lifetime_days": 0}, "lea.lincoln.lifetime_days: must be from 1 to 3660"),
        ({"lifetime_days": 3661}, "lea.lincoln.lifetime_days: must be from 1 to 3660"),
        ({"lifetime_days": True}, "lea.lincoln.lifetime_days: must be a whole number, not true or false"),
        ({"lifetime_days": 1.5}, "lea.lincoln.lifetime_days: must be a whole number, not a number"),
        ({"timezone": "Pacific"}, "lea.lincoln.timezone: is not a time zone that this computer knows"),
        ({"timezone": "America"}, "lea.lincoln.timezone: is not a time zone that this computer knows"),
        ({"timezone": "../../etc/passwd"}, "lea.lincoln.timezone: is not a time zone that this computer knows"),
        ({"toms__enabled": "yes"}, "lea.lincoln.toms.enabled: must be true or false, not text"),
        ({"schoolwise__driver": "htpp"}, "lea.lincoln.schoolwise.driver: is not known; did you mean http?"),
        ({"schoolwise__driver": "HND"}, "lea.lincoln.schoolwise.driver: is not known; did you mean hand?"),
        ({"schoolwise__schools": "x"}, "lea.lincoln.schoolwise.schools: must be a list in square brackets, not text"),
        ({"schoolwise__schools": ["x", "X"]}, "lea.lincoln.schoolwise.schools: lists something twice"),
        ({"vendors": "SIRAS"}, "lea.lincoln.vendors: must be a list in square brackets, not text"),
        ({"vendors": ["SIRAS", "siras"]}, "lea.lincoln.vendors: lists something twice"),
        ({"vendors": ["SI\x1bRAS"]}, "lea.lincoln.vendors: number 1 has a character in it that cannot be printed"),
        ({"schoolwise__parents": "x"}, "lea.lincoln.schoolwise.parents: must be a section of its own, [lea.lincoln."),
        ({"schoolwise__parents": {"A": 1}}, "lea.lincoln.schoolwise.parents.A: must be text between quotation marks"),
        ({"schoolwise__parents": {"": "x"}}, 'lea.lincoln.schoolwise.parents."": has a school name that is empty'),
        ({"remind__days": 7}, "lea.lincoln.remind.days: must be a list in square brackets, not a number"),
        ({"remind__days": [7, 0]}, "lea.lincoln.remind.days: must be from 1 to 365"),
        ({"remind__days": [366]}, "lea.lincoln.remind.days: must be from 1 to 365"),
        ({"remind__days": [7, 7]}, "lea.lincoln.remind.days: lists something twice"),
        ({"remind__days": ["7"]}, "lea.lincoln.remind.days: number 1 must be a whole number, not text"),
        ({"toms": "x"}, "lea.lincoln.toms: must be a section of its own, [lea.lincoln.toms]"),
        ({"schoolwise": "x"}, "lea.lincoln.schoolwise: must be a section of its own, [lea.lincoln.schoolwise]"),
    ],
)
def test_names_the_key_and_what_is_wrong_with_it(changes: dict[str, Any], said: str) -> None:
    assert only(**changes).startswith(said)


SITE = "lea.lincoln.schoolwise.url: "
HTTPS = "must begin with https:// (http:// is allowed for this computer only, 127.0.0.1)"
WRITE = "; write https://lincoln.schoolwise.com"
REWRITTEN = "is a link that a mail filter has rewritten; open it in a browser, and copy the site's own address"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://www.lincoln.schoolwise.com", "must not have www. in front, where no secure connection can be made"),
        (
            "http://lincoln.schoolwise.com",
            "must begin with https:// (http:// is allowed for this computer only, 127.0.0.1)",
        ),
        (
            "ftp://lincoln.schoolwise.com",
            "must begin with https:// (http:// is allowed for this computer only, 127.0.0.1)",
        ),
        ("https://user:made-up-pw@lincoln.schoolwise.com", "must not have a user name or a password in it"),
        ("https://lincoln.schoolwise.com/x?made-up-pw", "must end before the ? or the #"),
        ("https://lincoln.schoolwise.com/#made-up-pw", "must end before the ? or the #"),
        (
            "http://user:made-up-pw@www.lincoln.schoolwise.com/",
            f"{HTTPS} and must not have a user name or a password in it and must not have www. in front, "
            "where no secure connection can be made",
        ),
    ],
)
def test_an_address_that_may_not_be_used_is_answered_with_what_to_write(address: str, said: str) -> None:
    assert only(schoolwise__url=address) == SITE + said + WRITE


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("lincoln.schoolwise.com", "must begin with https://"),
        ("https://lincoln schoolwise.com", "has a space or a backslash in it"),
        ("https:\\\\lincoln.schoolwise.com", "has a space or a backslash in it"),
        ("https://lincoln.schoolwise.com:99999", "is not a web address"),
        ("https://[lincoln", "is not a web address"),
        ("https://", "has no site name"),
        ("https://líncoln.schoolwise.com", "has no site name"),
        ("https://www.schoolwise.com", "must be the LEA's own site, https://NAME.schoolwise.com, and not the vendor's"),
        ("https://schoolwise.com", "must be the LEA's own site, https://NAME.schoolwise.com, and not the vendor's"),
        ("https://nam02.safelinks.protection.outlook.com/?url=https%3A%2F%2Flincoln.schoolwise.com", REWRITTEN),
        ("https://urldefense.com/v3/__https://lincoln.schoolwise.com__;!!x", REWRITTEN),
        ("https://www.google.com/url?q=https://lincoln.schoolwise.com", REWRITTEN),
        ("hxxps://lincoln.schoolwise.com", "was disabled by a mail filter"),
        ("https://lincoln[.]schoolwise[.]com", "was disabled by a mail filter"),
        ("http://127.0.0.1.example.org", "must begin with https://"),
        ("http://localhost.example.org", "must begin with https://"),
    ],
)
def test_what_is_no_address_of_a_portal_is_refused(address: str, said: str) -> None:
    assert only(schoolwise__url=address).startswith(SITE + said)


@pytest.mark.parametrize(
    ("address", "taken"),
    [
        ("https://Lincoln.SchoolWise.com/", "https://lincoln.schoolwise.com"),
        ("https://sis.example.org:8443/lincoln", "https://sis.example.org:8443/lincoln"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
    ],
)
def test_an_address_is_taken_without_a_slash_at_its_end(path: Path, address: str, taken: str) -> None:
    add_lea(path, "lincoln", LINCOLN | {"schoolwise": PORTAL | {"url": address}})
    schoolwise = load(path).leas["lincoln"].schoolwise
    assert schoolwise is not None
    assert schoolwise.url == taken


def test_the_report_service_may_be_at_a_path_and_at_www() -> None:
    assert problems(toms__api="https://www.example.org/api/v1") == ()
    assert only(toms__api="https://example.org/api?x=1") == "lea.lincoln.toms.api: must end before the ? or the #"


def test_a_portal_needs_an_address_and_an_account() -> None:
    assert check_lea("lincoln", LINCOLN | {"schoolwise": {}}) == (
        "lea.lincoln.schoolwise.url: is missing",
        "lea.lincoln.schoolwise.username: is missing",
    )


@pytest.mark.parametrize("key", ["Lincoln", "lin coln", "-lincoln", "x" * 33, "", "lincoln\n", "líncoln", "../lincoln"])
def test_a_lea_is_called_by_a_short_plain_word(key: str) -> None:
    (problem,) = check_lea(key, LINCOLN)
    assert "must be a short name of 1 to 32 lower-case letters, digits and hyphens" in problem
    assert len(problem) < 200


def test_two_leas_with_one_cds_code_are_a_slip_of_the_pen(path: Path) -> None:
    tables = {"lea": {"lincoln": LINCOLN, "madera": LINCOLN, "new": LINCOLN | {"cds": "20652430000000"}}}
    error = refusal(written(path, tomli_w.dumps(tables)))
    assert error.problems == ("lea.madera.cds: is also that of lea.lincoln",)


# Secrets


@pytest.mark.parametrize(
    "where",
    ["", "lea", "lea.lincoln", "lea.lincoln.toms", "lea.lincoln.schoolwise", "lea.lincoln.schoolwise.parents", "vault"],
)
@pytest.mark.parametrize("key", ["password", "secret", "token", "key", "ssid"])
def test_a_secret_is_refused_wherever_it_stands_and_never_repeated(path: Path, where: str, key: str) -> None:
    line = f'{key} = "{MADE_UP}"\n'
    text = tomli_w.dumps(
        {"lea": {"lincoln": LINCOLN | {"toms": {}, "schoolwise": PORTAL | {"parents": {}}}}, "vault": {}}
    )
    if where == "lea":
        text = f'lea.{key} = "{MADE_UP}"\n' + text.replace("[lea.lincoln]\n", "[lea.lincoln]\n")
    else:
        text = text.replace(f"[{where}]\n", f"[{where}]\n{line}") if where else line + text
    error = refusal(written(path, text))
    assert any(f"{where}.{key}: secrets are not allowed here".lstrip(".") in problem for problem in error.problems)
    assert "ssrcred secret set" in error.message
    assert MADE_UP not in f"{error.message} {error.state} {error.hint} {error.problems}"


@pytest.mark.parametrize(
    "key",
    ["Password", "secretKey", "api_key", "calpads_api_password", "passwd", "pwd", "accessToken", "test_ssid", "pin"],
)
def test_a_secret_is_known_by_many_names(key: str) -> None:
    assert "secrets are not allowed here" in only(**{key: MADE_UP})


def test_a_secret_in_a_section_that_is_not_known_is_found_too() -> None:
    found = problems(credit={"password": MADE_UP, "user": "x"})
    assert found[0].startswith("lea.lincoln.credit: is not known")
    assert found[1].startswith("lea.lincoln.credit.password: secrets are not allowed here")
    assert MADE_UP not in str(found)


def test_a_school_may_have_key_in_its_name() -> None:
    assert problems(schoolwise__parents={"Turkey Creek": "parent1", "Key Academy": "parent2"}) == ()


# Any input

TOML_VALUE = st.recursive(
    st.text(max_size=20) | st.integers() | st.booleans() | st.floats() | st.none(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=12), below, max_size=4),
    max_leaves=12,
)
KEYS = st.sampled_from(
    [
        "name",
        "cds",
        "lifetime_days",
        "timezone",
        "toms",
        "schoolwise",
        "remind",
        "url",
        "username",
        "driver",
        "map",
        "parent",
        "parents",
        "schools",
        "days",
        "enabled",
        "api",
        "profile",
        "password",
    ]
) | st.text(max_size=8)
LEA_LIKE = st.dictionaries(
    KEYS, TOML_VALUE | st.dictionaries(KEYS, TOML_VALUE | st.just("https://www.a:b@c.example"), max_size=5), max_size=6
)


@settings(max_examples=200, deadline=None)
@given(key=st.text(max_size=40), table=LEA_LIKE)
def test_any_section_is_sound_or_has_problems(key: str, table: dict[str, Any]) -> None:
    assert all(isinstance(problem, str) and len(problem) < 700 for problem in check_lea(key, table))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_file_is_understood_or_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(content)
    try:
        assert isinstance(load(path), Config)
    except ConfigInvalid as error:
        assert error.problems


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_slip_in_a_good_file_is_understood_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(WHOLE.encode())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    test_any_file_is_understood_or_refused.hypothesis.inner_test(tmp_path, bytes(content))  # type: ignore[attr-defined]


@settings(max_examples=100, deadline=None)
@given(table=LEA_LIKE)
def test_what_has_no_problems_is_written_and_read_back(
    tmp_path_factory: pytest.TempPathFactory, table: dict[str, Any]
) -> None:
    sound = LINCOLN | {key: value for key, value in table.items() if not check_lea("lincoln", LINCOLN | {key: value})}
    path = tmp_path_factory.mktemp("sound") / "config.toml"
    add_lea(path, "lincoln", sound)
    assert load(path).leas.keys() == {"lincoln"}


# Writing


def test_the_first_lea_makes_the_file_for_its_owner_only(path: Path) -> None:
    old = os.umask(0)
    try:
        add_lea(path, "lincoln", LINCOLN)
    finally:
        os.umask(old)
    assert load(path).leas["lincoln"] == Lea("lincoln", LINCOLN["name"], LINCOLN["cds"])
    assert path.read_text().startswith("[lea.lincoln]\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert os.listdir(path.parent) == ["config.toml"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_lea_more_leaves_what_people_wrote(path: Path, end: str) -> None:
    before = WHOLE.rstrip().replace("\n", end).encode()
    add_lea(written(path, before), "madera", LINCOLN | {"cds": "20652430000000", "schoolwise": PORTAL})
    after = path.read_bytes()
    assert after.startswith(before + end.encode() * 2 + b"[lea.madera]")
    assert after.count(b"\n") == after.count(end.encode())
    assert load(path).leas.keys() == {"lincoln", "madera"}
    assert os.listdir(path.parent) == ["config.toml"]


def test_a_lea_that_is_there_is_not_replaced_unasked(path: Path) -> None:
    before = written(path, WHOLE).read_bytes()
    with pytest.raises(ConfigInvalid) as caught:
        add_lea(path, "lincoln", LINCOLN)
    assert caught.value.message == "lincoln is already in config.toml."
    assert caught.value.state == "Nothing was written."
    assert path.read_bytes() == before


def test_a_replaced_lea_leaves_the_former_file_beside_the_new(path: Path) -> None:
    before = written(path, WHOLE).read_bytes()
    add_lea(path, "madera", LINCOLN | {"cds": "20652430000000"})
    before = path.read_bytes()
    add_lea(path, "lincoln", LINCOLN, replace=True)
    assert path.with_name("config.toml.old").read_bytes() == before
    assert stat.S_IMODE(path.with_name("config.toml.old").stat().st_mode) == 0o600
    config = load(path)
    assert config.leas["lincoln"] == Lea("lincoln", LINCOLN["name"], LINCOLN["cds"])
    assert config.leas.keys() == {"lincoln", "madera"}
    assert config.backend == "file"


def test_writing_what_is_there_already_changes_nothing(path: Path) -> None:
    before = written(path, WHOLE).read_bytes()
    set_vault(path, "file")
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == ["config.toml"]


def test_a_file_that_cannot_be_added_to_from_below_is_written_anew(path: Path) -> None:
    before = written(path, f'lea = {{ lincoln = {{ name = "L", cds = "{LINCOLN["cds"]}" }} }}\n').read_bytes()
    add_lea(path, "madera", LINCOLN | {"cds": "20652430000000"})
    assert load(path).leas.keys() == {"lincoln", "madera"}
    assert path.with_name("config.toml.old").read_bytes() == before


def test_the_vault_is_written_and_replaced(path: Path) -> None:
    add_lea(path, "lincoln", LINCOLN)
    set_vault(path, "file")
    assert load(path).backend == "file"
    set_vault(path, "keyring")
    assert load(path).backend == "keyring"
    assert load(path).leas.keys() == {"lincoln"}


def test_an_answer_with_problems_writes_nothing(path: Path) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        add_lea(path, "Lincoln", {"cds": "1", "password": MADE_UP})
    assert caught.value.message.startswith("What was entered has 4 problems: ")
    assert caught.value.state == "Nothing was written."
    assert MADE_UP not in caught.value.message
    assert not path.parent.exists()
    with pytest.raises(ConfigInvalid):
        set_vault(path, "plaintext")
    assert not path.parent.exists()


def test_a_file_with_problems_is_not_written_over(path: Path) -> None:
    before = written(path, WHOLE + "\nx = 1\n").read_bytes()
    with pytest.raises(ConfigInvalid) as caught:
        add_lea(path, "madera", LINCOLN)
    assert caught.value.message == "config.toml has a problem: vault.x: is not known; possible: backend."
    assert path.read_bytes() == before


def test_a_disk_that_refuses_leaves_nothing_half_written(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file in the folder's place")
    with pytest.raises(ConfigInvalid) as caught:
        add_lea(tmp_path / "home" / "config.toml", "lincoln", LINCOLN)
    assert "cannot be" in caught.value.message


def test_a_former_file_that_cannot_be_kept_stops_the_writing(path: Path) -> None:
    before = written(path, WHOLE).read_bytes()
    path.with_name("config.toml.old").mkdir()
    with pytest.raises(ConfigInvalid) as caught:
        add_lea(path, "lincoln", LINCOLN, replace=True)
    assert caught.value.problems == ("cannot be written (is a directory)",)
    assert path.read_bytes() == before
    assert sorted(os.listdir(path.parent)) == ["config.toml", "config.toml.old"]


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "gone").symlink_to("/proc/nothing-can-be-made-here")
    with pytest.raises(ConfigInvalid) as caught:
        add_lea(tmp_path / "gone" / "config.toml", "lincoln", LINCOLN)
    assert caught.value.problems[0].startswith("cannot be written (")


def test_a_link_to_a_file_kept_elsewhere_stays_a_link(path: Path, tmp_path: Path) -> None:
    written(path, WHOLE)
    link = tmp_path / "link.toml"
    link.symlink_to(path)
    set_vault(link, "keyring")
    assert link.is_symlink()
    assert load(path).backend == "keyring"


# Home


def test_one_variable_moves_everything_together(tmp_path: Path) -> None:
    found = home({"SSRCRED_HOME": str(tmp_path)})
    assert found.config == tmp_path / "config.toml"
    assert found.ledger == tmp_path / "ledger.sqlite"
    assert (found.locks, found.vault, found.held) == (tmp_path / "locks", tmp_path / "vault", tmp_path / "held")
    assert os.listdir(tmp_path) == []


def test_a_home_under_way_or_in_ones_home_is_made_whole() -> None:
    assert home({"SSRCRED_HOME": "here"}).config == Path.cwd() / "here" / "config.toml"
    assert home({"SSRCRED_HOME": "~/x"}).config == Path(os.path.expanduser("~")) / "x" / "config.toml"


def test_the_stores_python_is_told_where_windows_keeps_its_files(tmp_path: Path) -> None:
    kept = tmp_path / "Packages" / "PythonSoftwareFoundation.Python.3.12_qbz5n2kfra8p0" / "LocalCache" / "ssrcred"
    shown = tmp_path / "AppData" / "ssrcred"

    def real(path: Path) -> str:
        # Windows tells it of a file that is there only.
        return str(kept / path.name) if path.name == "ledger.sqlite" else str(path)

    assert really(shown, real) == kept
    assert really(shown, str) == shown
    kept.mkdir(parents=True)
    (kept / "config.toml").touch()
    shown.parent.mkdir()
    shown.symlink_to(kept)
    assert really(shown) == kept


def test_without_the_variable_it_is_the_platforms_own_home(tmp_path: Path) -> None:
    program = "from ssrcred.adapters.config import home; of = home({'SSRCRED_HOME': ''}); print(of.config, of.ledger)"
    environ = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "c"), "XDG_DATA_HOME": str(tmp_path / "d")}
    said = subprocess.run(
        [sys.executable, "-c", program], env=environ, check=True, capture_output=True, text=True
    ).stdout
    assert said.strip() == f"{tmp_path}/c/ssrcred/config.toml {tmp_path}/d/ssrcred/ledger.sqlite"


def test_the_platforms_own_home_makes_no_folder() -> None:
    found = home({})
    assert found.config.name == "config.toml"
    assert found.locks.parent == found.vault.parent == found.held.parent == found.ledger.parent


# Start-up


def test_a_look_at_config_and_ledger_imports_nothing_dear(path: Path) -> None:
    written(path, WHOLE)
    program = """
import sys
from ssrcred.adapters.config import home, load
from ssrcred.adapters.ledger.book import Ledger
found = home({"SSRCRED_HOME": sys.argv[1]})
load(found.config)
with Ledger.readonly(found.ledger) as ledger:
    ledger.standings()
dear = {"httpx", "keyring", "rich", "platformdirs", "filelock", "tomli_w", "pyrage", "typer", "difflib", "tempfile"}
print(sorted(dear & set(sys.modules)))
"""
    command = [sys.executable, "-c", program, str(path.parent)]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "[]\n"

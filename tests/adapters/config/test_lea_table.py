"""A table of LEAs as spreadsheets and the state's public files write it. All made up."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from ssrcred.adapters.config import load
from ssrcred.adapters.config.lea_table import LeaTable, read_table, written_table
from ssrcred.adapters.portal.map import SHIPPED
from ssrcred.adapters.sis_directory import read_directory
from ssrcred.domain.errors import ConfigInvalid

LINCOLN, KERN = "19647330000000", "15633210000000"


def table(path: Path, content: str | bytes, taken: tuple[str, ...] = ()) -> LeaTable:
    file = path / "leas.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table(file, {}, taken, read_directory(path / "sis.toml"), SHIPPED)


def problems(path: Path, content: str | bytes) -> tuple[str, ...]:
    with pytest.raises(ConfigInvalid) as raised:
        table(path, content)
    assert raised.value.state == "Nothing was imported."
    return raised.value.problems


@pytest.mark.parametrize(
    "content",
    [
        f"lea,name,cds\nlincoln,Cañada Unified,{LINCOLN}\n".encode(),
        codecs.BOM_UTF8 + f"CDS;Name;LEA\r\n{LINCOLN};Cañada Unified;lincoln\r\n".encode(),
        f"name\tlea\tcds\nCañada Unified\tlincoln\t{LINCOLN}\n".encode("utf-16"),
        f"sep=;\r\nlea;name;cds\r\nlincoln;Cañada Unified;{LINCOLN}\r\n;;\r\n".encode("cp1252"),
    ],
)
def test_any_order_separator_and_encoding_that_excel_writes_is_read(tmp_path: Path, content: bytes) -> None:
    [row] = table(tmp_path, content).rows
    assert (row.number, row.key, row.section) == (2, "lincoln", {"name": "Cañada Unified", "cds": LINCOLN})


def test_every_column_comes_to_its_key(tmp_path: Path) -> None:
    head = "lea,name,cds,group,url,username,driver,parent,vendors,elpac,timezone,lifetime_days,direct_check\n"
    line = f'lincoln,Lincoln,{LINCOLN},North,https://l.schoolwise.com,it,http,p1,"SIRAS; CERS",e@x.example,UTC,90,no\n'
    [row] = table(tmp_path, head + line).rows
    assert row.section == {
        "name": "Lincoln",
        "cds": LINCOLN,
        "group": "North",
        "schoolwise": {
            "url": "https://l.schoolwise.com",
            "username": "it",
            "driver": "http",
            "parent": "p1",
        },
        "vendors": ["SIRAS", "CERS"],
        "coordinators": {"elpac": "e@x.example"},
        "timezone": "UTC",
        "lifetime_days": 90,
        "toms": {"enabled": False},
    }


@pytest.mark.parametrize(
    ("given", "portal"),
    [
        ("Aeries SIS,,", {"sis": "Aeries", "map": "aeries", "driver": "http"}),
        ("eschoolplus,browser,", {"sis": "eSchoolPLUS", "map": "generic", "driver": "browser"}),
        (
            "PowerSchool,hand,/srv/maps/ours.toml",
            {"sis": "PowerSchool", "map": "/srv/maps/ours.toml", "driver": "hand"},
        ),
        ("schoolwise,,", {}),  # as it is without the column
        (",,generic", {"map": "generic"}),
    ],
)
def test_a_row_may_name_its_system_and_the_map_follows(tmp_path: Path, given: str, portal: dict[str, str]) -> None:
    head = "name,cds,url,username,sis,driver,map\n"
    [row] = table(tmp_path, f"{head}Lincoln,{LINCOLN},https://sis.example,it,{given}\n").rows
    assert row.section["schoolwise"] == {"url": "https://sis.example", "username": "it", **portal}


def test_a_system_without_an_address_yet_needs_none_if_it_is_schoolwise(tmp_path: Path) -> None:
    [row] = table(tmp_path, f"name,cds,sis\nLincoln,{LINCOLN},SchoolWise\n").rows
    assert row.section == {"name": "Lincoln", "cds": LINCOLN}
    assert problems(tmp_path, f"name,cds,sis\nLincoln,{LINCOLN},Aeries\n") == (
        "row 2, url: is missing",
        "row 2, username: is missing",
    )


def test_a_slip_in_a_system_or_a_map_is_told_and_not_quoted(tmp_path: Path) -> None:
    rows = (
        "name,cds,url,username,sis,map",
        f"Lincoln,{LINCOLN},https://sis.example,it,Aeris,",
        f"Kern,{KERN},https://sis.example,it,Made-Up System,aerie",
    )
    assert problems(tmp_path, "\n".join(rows)) == (
        "row 2, sis: is not in the directory; did you mean Aeries?",
        "row 3, sis: is not in the directory; to see it: ssrcred sis",
        "row 3, map: there is no map of that name; did you mean aeries?",
    )


def test_every_rows_problem_is_named_at_once(tmp_path: Path) -> None:
    rows = [
        "lea,name,cds,url,username,lifetime_days",
        f"lincoln,Lincoln,{LINCOLN},,,",
        f"lincoln,Lincoln again,{LINCOLN},,,",
        "kern,Kern,1.96473E+13,,,",
        "lost,Lost Zero,1611190000000,,,",
        "Upper,Upper,59647330000000,http://www.upper.schoolwise.com,,",
        f"late,Late,{KERN},,,a year",
        ",,,,,,too much",
    ]
    found = problems(tmp_path, "\n".join(rows))
    assert found == (
        "row 2, lea: is the name of another row too",
        "row 3, cds: is also that of row 2",
        "row 3, lea: is the name of another row too",
        "row 4, cds: is a number shortened by a spreadsheet; write all 14 digits",
        "row 5, cds: must be 14 digits (2 county, 5 district, 7 school) and has 13; a spreadsheet leaves a 0 in front "
        "out: if one did, write 01611190000000",
        "row 6, cds: begins with 59, and California's counties are 01 to 58",
        "row 6, lea: must be a short name of 1 to 32 lower-case letters, digits and hyphens, no hyphen first",
        "row 6, url: must begin with https:// (http:// is allowed for this computer only, 127.0.0.1) and must not have "
        "www. in front, where no secure connection can be made; write https://upper.schoolwise.com",
        "row 6, username: is missing",
        "row 7, lifetime_days: must be a whole number, not text",
        "row 8: has more cells than the header has columns",
    )


def test_a_secret_is_refused_and_not_repeated(tmp_path: Path) -> None:
    key = "*Xx4Xx>()(XxXxXx#9Zq"
    content = f"name,cds,Password,username,url\nLincoln,{LINCOLN},hunter2-made-up,{key},https://x.schoolwise.com\n"
    with pytest.raises(ConfigInvalid) as raised:
        table(tmp_path, content)
    refusal = raised.value
    assert refusal.problems == (
        "row 2, column Password: has a secret in it",
        "row 2, column username: has a secret in it",
    )
    assert "is exposed" in refusal.hint and "regenerate" in refusal.hint
    told = " ".join((refusal.message, refusal.state, refusal.hint, *refusal.problems))
    assert key not in told and "hunter2" not in told
    assert table(tmp_path, f"name,cds,Password\nLincoln,{LINCOLN},\n").rows  # an empty column exposes nothing


def test_the_states_files_are_known_by_their_published_columns(tmp_path: Path) -> None:
    schools = (
        "CDSCode\tNCESDist\tStatusType\tCounty\tDistrict\tSchool\tWebsite\n"
        "19647330000000\t1\tActive\tLos Angeles\tLincoln Unified\tNo Data\twww.lincoln.example/a/b?c=1&d=2#e\n"
        "19647331930000\t1\tActive\tLos Angeles\tLincoln Unified\tSt. Mary's (K-8) & Co., #2\tx\n"
        "15633210000000\t1\tMerged\tKern\tKern Elementary\tNo Data\tx\n"
        "1611190000000\t1\tActive\tAlameda\tAlameda Unified School District\tNo Data\tx\n"
    )
    found = table(tmp_path, schools)
    assert [(row.key, row.section["name"], row.section["cds"]) for row in found.rows] == [
        ("lincoln", "Lincoln Unified", LINCOLN),
        ("alameda", "Alameda Unified School District", "01611190000000"),
    ]
    assert (found.schools, found.inactive, len(found.fixed)) == (1, 1, 1)
    assert found.ignored == ["NCESDist", "Website"]
    districts = "CDCode\tCounty\tDistrict\tStatusType\n1964733\tLos Angeles\tLincoln Unified\tActive\n"
    assert [row.section["cds"] for row in table(tmp_path, districts).rows] == [LINCOLN]
    export = "Record Type,CDS Code,County,District,School,Status\n"
    export += 'D,19 64733 0000000,Los Angeles,"Lincoln, Unified",,Active\n'
    assert [row.section["name"] for row in table(tmp_path, export).rows] == ["Lincoln, Unified"]


def test_a_telephone_number_or_an_address_is_no_secret(tmp_path: Path) -> None:
    head = "name,cds,Phone,Site\n"
    line = f"St. Mary's (K-8) & Co. #2,{LINCOLN},(510) 555-1234 ext. (12),https://x.example/?a=1&b=2#c\n"
    found = table(tmp_path, head + line)
    assert [row.section["name"] for row in found.rows] == ["St. Mary's (K-8) & Co. #2"]
    assert found.ignored == ["Phone", "Site"]


def test_short_names_are_made_of_names_and_never_alike(tmp_path: Path) -> None:
    content = f"name,cds\nLincoln Unified,{LINCOLN}\nLincoln Elementary,{KERN}\n"
    content += "Peña Joint Union High School District,01611190000000\n"
    assert [row.key for row in table(tmp_path, content).rows] == ["lincoln-64733", "lincoln-63321", "pena"]
    assert [row.key for row in table(tmp_path, content, taken=("pena",)).rows][2] == "pena-61119"


def test_a_slip_in_a_columns_name_loses_no_column(tmp_path: Path) -> None:
    assert problems(tmp_path, f"name,cds,usrname\nLincoln,{LINCOLN},it\n") == (
        "column usrname: is not known; did you mean username?",
    )
    assert "column cds: is missing" in problems(tmp_path, "lea,name\nlincoln,Lincoln\n")
    assert "column name: is there 2 times" in problems(tmp_path, f"name,name,cds\na,b,{LINCOLN}\n")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"PK\x03\x04", b"x,y\n1,2\n", b"\x81\x81", b'name,cds\n"a\x00,'])
def test_what_is_no_table_is_told(tmp_path: Path, content: bytes) -> None:
    assert problems(tmp_path, content)


@given(some.binary(max_size=200) | some.text(max_size=200).map(lambda text: f"name,cds,lea\n{text}".encode()))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_content_ends_in_anything_but_a_table_or_its_problems(tmp_path: Path, content: bytes) -> None:
    try:
        found = table(tmp_path, content)
    except ConfigInvalid as refusal:
        assert refusal.problems
    else:
        assert all(len(row.section["cds"]) == 14 for row in found.rows)


def test_a_table_that_was_written_is_read_again(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        f'[lea.alameda]\nname = "Cañada, Unified"\ncds = "01611190000000"\nvendors = ["SIRAS", "CERS"]\n'
        'coordinators.caaspp = "dana@alameda.example"\n'
        f'[lea.lincoln]\nname = "Lincoln"\ncds = "{LINCOLN}"\ntoms.enabled = false\n'
        '[lea.lincoln.schoolwise]\nurl = "https://lincoln.schoolwise.com"\nusername = "it"\nparent = "p"\n'
        f'[lea.kern]\nname = "Kern"\ncds = "{KERN}"\ngroup = "South"\n'
        '[lea.kern.schoolwise]\nurl = "https://kern.example"\nusername = "it"\nsis = "Aeries"\nmap = "aeries"\n',
        "utf-8",
    )
    leas = load(config).leas
    content = written_table(leas)
    assert b"01-61119-0000000" in content and content.startswith(codecs.BOM_UTF8)
    again = table(tmp_path, content)
    assert [row.key for row in again.rows] == ["alameda", "lincoln", "kern"]
    assert again.rows[0].section["vendors"] == ["SIRAS", "CERS"]
    assert again.rows[0].section["coordinators"] == {"caaspp": "dana@alameda.example"}
    assert again.rows[1].section["schoolwise"] == {
        "url": "https://lincoln.schoolwise.com",
        "username": "it",
        "driver": "http",
        "parent": "p",
    }
    portal = {"url": "https://kern.example", "username": "it", "sis": "Aeries", "map": "aeries", "driver": "http"}
    assert again.rows[2].section["group"] == "South" and again.rows[2].section["schoolwise"] == portal

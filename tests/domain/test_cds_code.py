"""What a spreadsheet made of a CDS code is put right only where one code alone is possible. All made up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ssrcred.domain.cds_code import COUNTIES, contradiction, county, no_county, parts, restored

DISTRICT = "19647330000000"
CODES = some.builds(
    lambda place, rest: f"{place:02}{rest:012}", some.integers(1, 58), some.integers(0, 999_999_999_999)
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("'19647330000000", "apostrophe"),
        ('="19647330000000"', "formula"),
        ("19-64733-0000000", "dashes"),
        ("19647330000000.0", "decimals"),
        ("1.9647330000000E+13", "all its digits"),
    ],
)
def test_what_still_has_all_its_digits_is_put_right(text: str, words: str) -> None:
    code, done = restored(text)
    assert code == DISTRICT and words in done


def test_a_lost_zero_is_put_back_only_if_the_row_names_the_county_that_the_code_then_has() -> None:
    assert restored("1611190000000") == ("", "")
    assert restored("1611190000000", county_name="Los Angeles") == ("", "")
    code, done = restored("1611190000000", county_name="ALAMEDA COUNTY")
    assert code == "01611190000000" and "the row names Alameda County" in done


@pytest.mark.parametrize("text", ["1.96473E+13", "2E+13", "1964733", "196473300000", "", "Lincoln", "1e999"])
def test_what_has_lost_digits_is_not_guessed(text: str) -> None:
    assert restored(text, county_name="Los Angeles") == ("", "")


def test_the_states_code_of_seven_digits_is_that_of_a_district() -> None:
    assert restored("1964733", without_school=True)[0] == DISTRICT
    assert restored("161119", without_school=True) == ("", "")
    assert restored("161119", without_school=True, county_name="Alameda")[0] == "01611190000000"


def test_the_county_is_one_of_fifty_eight_and_the_one_that_the_row_names() -> None:
    assert len(COUNTIES) == len(set(COUNTIES)) == 58 and list(COUNTIES) == sorted(COUNTIES)
    assert (county("01"), county("19647330000000"), county("58"), county("00"), county("59")) == (
        *("Alameda", "Los Angeles", "Yuba"),
        *(None, None),
    )
    assert no_county(DISTRICT) is contradiction(DISTRICT, "los angeles") is contradiction(DISTRICT, "No Data") is None
    assert "of Los Angeles County" in str(contradiction(DISTRICT, "Kern"))
    assert "01 to 58" in str(no_county("59647330000000"))


@given(CODES)
def test_a_code_is_its_own_and_survives_its_dashes(code: str) -> None:
    assert restored(code) == ("", "") and restored(parts(code))[0] == code and no_county(code) is None


@given(some.text(max_size=40), some.sampled_from(("", "Alameda", "No Data")), some.booleans())
def test_no_text_makes_it_fail_or_gives_anything_but_a_code(text: str, county_name: str, short: bool) -> None:
    code, done = restored(text, county_name=county_name, without_school=short)
    assert (code == "") == (done == "") and (not code or (len(code) == 14 and code.isascii() and code.isdigit()))

"""A CDS code: 2 digits for the county, 5 for the district, 7 for the school; and what a spreadsheet makes of one."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

# California's counties by the alphabet: the first two digits of a code are a county's place in this list.
COUNTIES: Final = (
    *("Alameda", "Alpine", "Amador", "Butte", "Calaveras", "Colusa", "Contra Costa", "Del Norte", "El Dorado"),
    *("Fresno", "Glenn", "Humboldt", "Imperial", "Inyo", "Kern", "Kings", "Lake", "Lassen", "Los Angeles"),
    *("Madera", "Marin", "Mariposa", "Mendocino", "Merced", "Modoc", "Mono", "Monterey", "Napa", "Nevada"),
    *("Orange", "Placer", "Plumas", "Riverside", "Sacramento", "San Benito", "San Bernardino", "San Diego"),
    *("San Francisco", "San Joaquin", "San Luis Obispo", "San Mateo", "Santa Barbara", "Santa Clara"),
    *("Santa Cruz", "Shasta", "Sierra", "Siskiyou", "Solano", "Sonoma", "Stanislaus", "Sutter", "Tehama"),
    *("Trinity", "Tulare", "Tuolumne", "Ventura", "Yolo", "Yuba"),
)
# How a district's own code ends: it is no school's (cde.ca.gov/ds/si/ds/fspubschls.asp).
NO_SCHOOL: Final = "0000000"
_CODE: Final = re.compile(r"[0-9]{14}")
_SHORTENED: Final = re.compile(r"([0-9](?:[.,][0-9]+)?)[eE]\+?([0-9]{1,2})")


def county(code: str) -> str | None:
    """The name of the county that a code begins with; None where there is no such county."""
    number = int(code[:2]) if re.match(r"[0-9]{2}", code) else 0
    return COUNTIES[number - 1] if 1 <= number <= len(COUNTIES) else None


def parts(code: str) -> str:
    """The code with dashes between its parts, which no spreadsheet takes for a number."""
    return f"{code[:2]}-{code[2:7]}-{code[7:]}"


def restored(text: str, *, county_name: str = "", without_school: bool = False) -> tuple[str, str]:
    """The 14 digits that a spreadsheet changed into `text`, and what it did; ("", "") unless only one code is possible.

    A digit that is missing can have been any one, so a zero in front counts as lost only if the county that the code
    then begins with is the one that its row names. `without_school`: the column holds the first seven digits alone.
    """
    bare = re.sub(r'^=?"(.*)"$', r"\1", text.strip())
    done = "the formula around it was removed" if bare != text.strip() else ""
    if bare[:1] in ("'", "\u2019", "`"):
        bare, done = bare[1:], "the apostrophe in front was removed"
    if shortened := _SHORTENED.fullmatch(bare):
        # 1.9647330000000E+13 has all digits; 1.96473E+13 does not say which ones it left out.
        if len(shortened[1]) - len("1.") < int(shortened[2]):
            return "", ""
        bare, done = str(int(Decimal(bare.replace(",", ".")))), "all its digits were in the short form of the number"
    elif whole := re.fullmatch(r"([0-9]+)[.,]0+", bare):
        bare, done = whole[1], "the decimals were removed"
    elif re.fullmatch(r"[0-9]{2}[ \u2010-\u2015-][0-9]{5}(?:[ \u2010-\u2015-][0-9]{7})?", bare):
        bare, done = re.sub(r"[^0-9]", "", bare), "the dashes were removed"
    if without_school and re.fullmatch(r"[0-9]{6,7}", bare):
        bare, done = bare + NO_SCHOOL, "the seven zeros of a district's code were added"
    if re.fullmatch(r"[0-9]{13}", bare) and county_name and county(f"0{bare}") == _full(county_name):
        bare, done = f"0{bare}", f"the 0 in front was put back, because the row names {_full(county_name)} County"
    return (bare, done) if done and _CODE.fullmatch(bare) else ("", "")


def no_county(code: str) -> str | None:
    """What is wrong with the first two digits of a code, as a clause about the code; None if they are a county's."""
    return None if county(code) else f"begins with {code[:2]}, and California's counties are 01 to {len(COUNTIES)}"


def contradiction(code: str, county_name: str) -> str | None:
    """What is wrong with a code in a row that names a county, as a clause about the code; None if nothing is."""
    named, given = county(code), _full(county_name)
    if named and given in COUNTIES and given != named:
        return f"is of {named} County ({code[:2]}), and the row names another one"
    return None


def _full(county_name: str) -> str:
    """A county's name as it is listed here, whatever its capitals; as it was given where it is not."""
    bare = re.sub(r"\s+county$", "", county_name.strip(), flags=re.IGNORECASE)
    return next((one for one in COUNTIES if one.casefold() == bare.casefold()), bare)

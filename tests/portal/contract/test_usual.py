"""Portals with the usual things around the pairs: none of them is a reason to stop, or the stop says what to do."""
# ruff: noqa: E501  pages stand as they are served

from __future__ import annotations

from dataclasses import replace

import pytest

from portal.contract.check import stage
from portal.contract.driver import DRIVERS
from portal.contract.pretend_portal import DISTRICT, NORTH, Asked
from portal.contract.test_unseen import why
from portal.contract.unseen_styles import EditPerRow, Plain
from ssrcred.portal.map import PortalMap, load

HTTP = DRIVERS[0]
HEAD = '<div>Lincoln Unified School District</div><form action="/y"><select name="y"><option>2025-26<option selected>2026-27</select><select name="l"><option selected>English<option>Español</select></form><h2>CAASPP Credentials</h2>'
CHARTER = "<title>River Charter School - CAASPP Credentials</title><h1>River Charter School</h1>"


class Around(Plain):
    """The district's pair under no name of its own, and something around it."""

    around = ""
    words_file = "generic"

    def map(self) -> PortalMap:
        return load(self.words_file)

    def settings(self, asked: Asked) -> str:
        return self.around + self.form(DISTRICT).replace(f"<h3>{DISTRICT}</h3>", "")


@pytest.mark.parametrize("words", ["generic", "schoolwise"])
@pytest.mark.parametrize(
    "usual",
    [
        "<title>Lincoln USD &ndash; Set District Options &ndash; CAASPP Credentials</title>" + HEAD,
        "<h1>Lincoln Unified School District</h1>",
        "<h1>School Office Menu</h1><p>School: District Office</p><p>Site: <b>None</b></p>",
        '<a href="/s">Change School</a>',
        "<select name=s><option selected>Select School<option>North High<option>South Middle</select>",
        "<p>Congratulations to the debate team at North Valley High School.</p>",
    ],
)
def test_what_usually_stands_around_the_districts_pair_does_not_stop_it(usual: str, words: str) -> None:
    class Portal(Around):
        around, words_file = usual, words

    with stage(Portal, HTTP) as on:
        on.saves(DISTRICT)
        on.untouched(DISTRICT)


class HeadOnEachPage(EditPerRow):
    """The same drop-downs for year and language stand on the district's page and on each school's."""

    def settings(self, asked: Asked) -> str:
        return HEAD + super().settings(asked)


@pytest.mark.parametrize("place", [DISTRICT, NORTH])
def test_a_list_of_years_on_every_page_does_not_make_it_a_schools(place: str) -> None:
    with stage(HeadOnEachPage, HTTP) as on:
        on.saves(place)
        assert on.server.saves == [place]
        on.untouched(place)


class Charter(Around):
    """A charter school that is its own district has its name over its pair."""

    around = CHARTER


class NamedInTheMap(Charter):
    """The same, and the map says that this is what the portal calls the district."""

    def map(self) -> PortalMap:
        found = super().map()
        return replace(found, fields=replace(found.fields, district=(*found.fields.district, "River Charter School")))


def test_a_school_that_is_its_own_district_is_told_how_to_say_so() -> None:
    with stage(Charter, HTTP) as on:
        assert "add them to `district` under [fields]" in why(on, "district")
    with stage(NamedInTheMap, HTTP) as on:
        on.saves(DISTRICT)


class Displayed(Around):
    """A box about what is displayed is on, in words that also mean where a pair is saved."""

    def form(self, place: str, more: str = "") -> str:
        return super().form(place, '<label><input type="checkbox" name="d" checked> Show at all schools</label>')


class NotWider(Displayed):
    """The same, and the map names only what does reach other places."""

    def map(self) -> PortalMap:
        found = super().map()
        return replace(found, save=replace(found.save, wider=("apply to … schools",)))


def test_a_box_about_something_else_is_told_how_to_be_named() -> None:
    with stage(Displayed, HTTP) as on:
        assert "name in `wider` under [save]" in why(on, "district")
    with stage(NotWider, HTTP) as on:
        on.saves(DISTRICT)

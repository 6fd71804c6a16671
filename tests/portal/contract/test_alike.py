"""Places that are called alike: a name that another one begins with, and pairs that only a heading tells apart."""

from __future__ import annotations

import pytest

from portal.contract.check import PAIR, stage
from portal.contract.driver import DRIVERS
from portal.contract.pretend_portal import NORTH, SOUTH, Asked
from portal.contract.test_unseen import why
from portal.contract.unseen_styles import EditPerRow, ListThatSends

HTTP = DRIVERS[0]


class Renamed(EditPerRow):
    """The list calls a school by one name, and the page that it leads to by another."""

    listed, shown_as, more = "North", NORTH, ""

    def settings(self, asked: Asked) -> str:
        if asked.path == "/edit":
            return self.more + super().settings(asked).replace(NORTH, self.shown_as)
        return super().settings(asked).replace(f"<td>{NORTH}", f"<td>{self.listed}")


class Shorter(Renamed):
    """A list, which has no other of that name, says *North*, and the page is that of *North High*."""


class ShorterInPieces(Renamed):
    """The same, with a part of the name set apart."""

    shown_as = "<b>North</b> High"


class Longer(Renamed):
    """A list says *North High*, and the page is that of *North*; elsewhere on it stands where the person works."""

    listed, shown_as, more = NORTH, "North", f"<p>Signed in at {NORTH}.</p>"


class AnothersName(Longer):
    """The same with a school that no list has."""

    shown_as = "Adams High"


class WithSchool(Renamed):
    """A list says *North High School*, and the page *North High*."""

    listed = "North High School"


class WithoutSchool(Renamed):
    """A list says *North High*, and the page *The North High School*."""

    listed, shown_as = NORTH, "The North High School"


@pytest.mark.parametrize(
    ("style", "reason"),
    [
        (Shorter, "does not name it"),
        (ShorterInPieces, "does not name it"),
        (Longer, "names North beside the pair"),
        (AnothersName, "names Adams High beside the pair"),
    ],
)
def test_a_school_of_a_longer_or_shorter_name_is_another(style: type[Renamed], reason: str) -> None:
    with stage(style, HTTP) as on:
        assert reason in why(on, style.listed)


class InAList(ListThatSends):
    """A list to choose from says *North*; what it answers is the page of *North High*."""

    def settings(self, asked: Asked) -> str:
        return super().settings(asked).replace(f">{NORTH}<option", ">North<option").replace(" selected>", ">")


def test_a_list_that_leads_to_a_longer_name_stops_it() -> None:
    with stage(InAList, HTTP) as on:
        assert "does not name it" in why(on, "North")


@pytest.mark.parametrize("style", [WithSchool, WithoutSchool])
def test_the_word_school_tells_no_school_from_another(style: type[Renamed]) -> None:
    with stage(style, HTTP) as on:
        on.portal.places()
        saved = on.portal.write(style.listed, PAIR)
        assert (saved.took, on.server.saves, on.holds_new(NORTH)) == (on.seen, [NORTH], True)
        on.untouched(NORTH)
        assert on.server.pairs[SOUTH][0] == "OLD"

"""`--driver` chooses how the portal is driven; by hand, a person is told where to click and asked what they see."""

from __future__ import annotations

import pytest

from cli.desk import Desk


def test_a_driver_that_does_not_exist_is_refused_with_those_that_do(ready: Desk) -> None:
    ran = ready.run("schools", "--driver", "pigeon")
    assert ran.code == 2
    assert ran.error["hint"] == "The drivers are: http, browser, hand."
    assert ready.district.log_ins == []


def test_by_hand_without_a_person_nothing_is_opened(ready: Desk) -> None:
    ran = ready.run("schools", "--driver", "hand")
    assert ran.code == 2
    assert ready.opened == []


def test_by_hand_a_person_reads_the_places(ready: Desk) -> None:
    own = ready.district.schools[1]
    ran = ready.sit(
        *("schools", "--driver", "hand"),
        script=[
            ("Number", "7"),  # no such number: asked again
            ("Number", "1"),
            ("", "madeup-user"),
            ("", own),
            ("", "madeup-user"),
        ],
    )
    assert ran.code == 0, ran.screen
    assert "Please type a number" in ran.screen
    assert ready.opened == [f"{ready.district.schoolwise_url}/"]
    assert f"{own}  " in ran.screen and "madeup-user" in ran.screen


@pytest.mark.real("chromium")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_rotation_goes_through_a_real_browser(ready: Desk) -> None:
    ran = ready.run("rotate", "--stdin", "--driver", "browser", given=ready.pair_lines)
    assert ran.code == 0, ran.err
    assert ready.district.stored("district") == ready.district.pair
    assert ready.district.stored(ready.district.schools[1]) == ready.district.pair
    office = ready.district.accounts.office.username
    assert [username for username, _ in ready.district.log_ins].count(office) == 1

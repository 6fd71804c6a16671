"""`--driver` chooses how the portal is driven; by hand, a person is told where to click and asked what they see."""

from __future__ import annotations

import pytest

from cli.desk import LEA, Desk
from cli.test_cli_portal import edit
from pretend import SCHOOL, START, MemoryPortal, Service, made_up
from ssrcred.adapters.config import load
from ssrcred.adapters.ledger.auxiliary_store import Refusals
from ssrcred.app.refused_sign_in import CarefulPortal
from ssrcred.domain.errors import CredentialMissing
from ssrcred.domain.event import Outcome
from ssrcred.domain.place import DISTRICT


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


def test_by_hand_a_person_is_told_what_was_confirmed_and_needs_none_of_it(ready: Desk) -> None:
    script = [("Number", "1"), ("", "madeup-user"), ("", "")]
    edit(ready, 'username = { label = "CALPADS API Username"', 'username = { label = "Vendor user name"')
    assert "Do you see Vendor user name and" in ready.sit("schools", "--driver", "hand", script=script).screen
    route = ready.home / "portals" / f"{LEA}.toml"
    for content in ("not sound", None):
        route.unlink() if content is None else route.write_text(content, "utf-8")
        ran = ready.sit("schools", "--driver", "hand", script=script)
        assert ran.code == 0, ran.screen
        assert "Do you see CALPADS API Username and CALPADS API Password" in ran.screen


@pytest.mark.real("chromium")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_rotation_goes_through_a_real_browser(ready: Desk) -> None:
    ready.with_browser()
    ran = ready.run("rotate", "--stdin", "--driver", "browser", given=ready.pair_lines)
    assert ran.code == 0, ran.err
    assert "A test save would change 2 of" in ran.err
    assert ready.district.stored("district") == ready.district.pair
    assert ready.district.stored(ready.district.schools[1]) == ready.district.pair
    office = ready.district.accounts.office.username
    assert [username for username, _ in ready.district.log_ins].count(office) == 2  # one for the test save


class ClosingPortal(MemoryPortal):
    """A portal in memory that knows whether it was closed."""

    closed = False

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("office", [None, CredentialMissing("No password.", state="s", hint="h")])
def test_a_portal_without_some_passwords_does_what_it_can(ready: Desk, office: CredentialMissing | None) -> None:
    pair = made_up("new")
    whole = ClosingPortal(Service(pair), pair)
    lea, memory = load(ready.home / "config.toml").leas[LEA], Refusals(ready.home / "ledger.sqlite")
    part = CarefulPortal(whole, lea, memory, "", {}, lambda: START, lambda stop: None)
    part.no_office, part.lost = office, frozenset({SCHOOL})
    assert part.prove(DISTRICT).outcome is Outcome.PROVED
    skipped = part.prove(SCHOOL)
    assert (skipped.outcome, skipped.at, skipped.place) == (Outcome.SKIPPED, START, SCHOOL)
    if office is None:
        assert part.places() and part.write(DISTRICT, pair)
    else:
        for deed in (part.places, lambda: part.write(DISTRICT, pair)):
            with pytest.raises(CredentialMissing, match="No password"):
                deed()
    assert whole.saves == ([DISTRICT] if office is None else [])
    part.close()
    assert whole.closed

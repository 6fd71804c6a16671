"""The whole way on real applications: find, confirm, rehearse, rotate, read back; what is stored is compared."""

from __future__ import annotations

import pytest

from adapters.portal.real.application import OLD_USERNAME, Application, differences
from cli.desk import Desk
from ssrcred.practice import Pair

pytestmark = pytest.mark.real("chromium")

OUTCOMES = {
    "django_admin": ("same", 2),
    "dokuwiki": ("same", 2),
    "redmine": ("browser_only", 3),
    "wordpress": ("same", 2),
}
"""What the test save comes to, and how many fields it would change. In Redmine a script gives the key's field its name
when it is entered, and another one renews the form's token.
"""


# Each application once in `.ci/run`, by the driver that it is harder for; `make test-pages` by both.
@pytest.mark.parametrize("driver", [pytest.param("http", marks=pytest.mark.pages), "browser"])
def test_a_rotation_changes_the_two_values_and_nothing_else(
    application: Application, at_desk: Desk, driver: str
) -> None:
    outcome, fields = OUTCOMES[application.name]
    if outcome == "browser_only" and driver == "http":
        ran = at_desk.run("portal", "confirm", *accepted(at_desk), "--driver", "http", "--json")
        assert ran.code == 2, ran.out
        return
    before = application.dump()
    ran = at_desk.run("portal", "confirm", *accepted(at_desk), "--driver", driver, "--json")
    assert ran.code == 0, ran.out + ran.err
    assert {pinned["driver"] for pinned in ran.document["pinned"]} == {driver}
    assert {pinned["rehearsal"]["outcome"] for pinned in ran.document["pinned"]} == {outcome}
    assert {pinned["rehearsal"]["changed"] for pinned in ran.document["pinned"]} == {fields}
    assert differences(before, application.dump()) == {}

    application.store(*application.other)
    before = application.dump()
    pair = Pair("", "")

    def generated() -> str:
        nonlocal pair
        pair = fitting(at_desk, application.unfit)
        return f"{pair.username}\n{pair.secret}\n"

    ran = at_desk.run("rotate", "--stdin", "--force", "--json", given=generated)
    assert ran.code == 0, ran.out + ran.err
    changed = differences(before, application.dump())
    assert changed.keys() == {application.username_cell, application.key_cell}
    assert changed[application.username_cell] == (OLD_USERNAME, pair.username)
    assert application.stored_key(str(changed[application.key_cell][1])) == pair.secret

    assert at_desk.run("portal", "test", "--json").code == 0
    assert differences(before, application.dump()).keys() == changed.keys()


def accepted(desk: Desk) -> list[str]:
    """The options that accept the district's candidate, and the schools where they are found."""
    ran = desk.run("portal", "find", "--driver", "browser", "--json")
    assert ran.code == 0, ran.out + ran.err
    found = [item for item in ran.document["candidates"] if item["proposed"] in ("district", "schools")]
    return [option for item in found for option in ("--accept", f"{item['id']}={item['proposed']}")]


def fitting(desk: Desk, unfit: str) -> Pair:
    """A pair that TOMS gives out, generated again until no sign is in its key that the application changes."""
    while True:
        pair = desk.click()
        if not set(pair.secret) & set(unfit):
            return pair

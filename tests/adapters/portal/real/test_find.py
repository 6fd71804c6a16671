"""`portal find` on real applications: the two fields are there, whoever leads; nothing is changed, no value told."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.portal.real.application import OLD_USERNAME, Application, differences
from cli.desk import Desk
from ssrcred.adapters.portal.map import load_map

pytestmark = pytest.mark.real("chromium")

SAME = ("id", "proposed", "way", "names", "username", "key", "group")
"""What both drivers say alike; only in a browser are there buttons that scripts make."""


@pytest.mark.parametrize("led", [False, True], ids=["by words", "led"])
def test_the_two_fields_are_found_and_are_the_same_for_both_drivers(
    application: Application, at_desk: Desk, *, led: bool
) -> None:
    before = application.dump()
    go = [option for words in application.way for option in ("--go", words)] if led else []
    by_http, in_browser = (_found(application, at_desk, driver, go) for driver in ("http", "browser"))
    assert {key: by_http[key] for key in SAME} == {key: in_browser[key] for key in SAME}
    assert by_http["saves"][0] == in_browser["saves"][0]
    assert differences(before, application.dump()) == {}


def _found(application: Application, desk: Desk, driver: str, go: list[str]) -> dict[str, Any]:
    """The district's candidate, with all that is known of it."""
    ran = desk.run("portal", "find", *go, "--driver", driver, "--json")
    assert ran.code == 0, ran.out + ran.err
    candidates = ran.document["candidates"]
    groups = [[member["name"] for member in found["group"]["members"]] for found in candidates if found["group"]]
    assert groups == ([list(application.schools)] if application.schools else [])
    (own,) = [
        found
        for found in candidates
        if (found["username"]["field"], found["key"]["field"]) == application.fields and found["group"] is None
    ]
    words = load_map(str(application.map)).fields
    assert own["id"] and own["proposed"] == "district"
    assert own["way"] == list(application.way)
    assert own["username"]["label"].rstrip(":") in words.username and own["key"]["label"].rstrip(":") in words.key
    assert own["username"]["holds"] == OLD_USERNAME
    assert [other["holds"] for other in own["others"] if other["kind"] == "hidden" and other["holds"]] == []
    assert isinstance(own, dict)
    return own

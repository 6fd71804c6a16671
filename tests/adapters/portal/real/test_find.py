"""`portal find` on real applications: the two fields are there, whoever leads; nothing is changed, no value told."""

from __future__ import annotations

import pytest

from adapters.portal.real.application import OLD_USERNAME, Application, differences
from cli.desk import Desk

CHROMIUM = pytest.param("browser", marks=pytest.mark.real("chromium"))


@pytest.mark.parametrize("driver", ["http", CHROMIUM])
@pytest.mark.parametrize("led", [False, True], ids=["by words", "led"])
def test_the_two_fields_are_found(application: Application, at_desk: Desk, driver: str, *, led: bool) -> None:
    before = application.dump()
    go = [option for words in application.way for option in ("--go", words)] if led else []
    ran = at_desk.run("portal", "find", *go, "--driver", driver, "--json")
    assert ran.code == 0, ran.out + ran.err
    candidates = ran.document["candidates"]
    own = [
        found
        for found in candidates
        if (found["username"]["field"], found["key"]["field"]) == application.fields and found["group"] is None
    ]
    assert len(own) == 1, candidates
    assert own[0]["way"] == list(application.way)
    assert own[0]["proposed"] == "district"
    assert own[0]["id"]
    assert own[0]["username"]["holds"] == OLD_USERNAME
    assert [other["holds"] for other in own[0]["others"] if other["kind"] == "hidden" and other["holds"]] == []
    groups = [found["group"] for found in candidates if found["group"]]
    assert [[member["name"] for member in group["members"]] for group in groups] == (
        [list(application.schools)] if application.schools else []
    )
    assert differences(before, application.dump()) == {}

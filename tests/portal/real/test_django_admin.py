"""Django's own admin, which nobody here wrote: read, written and read back by every driver."""

from __future__ import annotations

import sqlite3
import tomllib
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.portal.real.application import OFFICE, OLD_KEY, PASSWORD
from adapters.portal.real.django_admin import serving
from adapters.portal.real.django_site import NOTE
from portal.contract.driver import Driver, every_driver
from ssrcred.credential import Credential, SecretKey
from ssrcred.errors import LoginRefused
from ssrcred.place import KeySeen, Took
from ssrcred.portal.map import DATA, PortalMap, parse

pytestmark = pytest.mark.ci

KEY = "made-up`'\"\\<&%+#$012"
PAIR = Credential("MADEUP-NEW", SecretKey(KEY), datetime(2026, 11, 21, tzinfo=UTC))
TABLES = {"shown": "auth_clearpair", "hidden": "auth_hiddenpair", "rows": "auth_rowpair"}
STEPS: dict[str, list[list[str]]] = {
    "shown": [["CAASPP Credentials"]],
    "hidden": [["TOMS Credentials"]],
    "rows": [["Vendor Credentials"], ["Madeup Unified"]],
}


def words(model: str) -> PortalMap:
    """The generic map with the way to one model."""
    table = tomllib.loads((DATA / "generic.toml").read_text("utf-8"))
    table["settings"]["steps"] = STEPS[model]
    return parse(table)


class Site:
    """The admin at work and its database."""

    def __init__(self, base_url: str, file: Path) -> None:
        self.base_url, self.file = base_url, file

    def ask(self, query: str) -> list[tuple[object, ...]]:
        """Rows of the database."""
        with closing(sqlite3.connect(self.file)) as database:
            return database.execute(query).fetchall()

    def pairs(self, model: str) -> dict[object, tuple[object, object]]:
        return {row[0]: (row[1], row[2]) for row in self.ask(f"select name, username, key from {TABLES[model]}")}

    def others(self) -> list[list[tuple[object, ...]]]:
        """Everything that a save is to leave alone."""
        columns = "name, note, active, level, changed_at, mail_user, mail_pass"
        return [self.ask(f"select {columns} from {table}") for table in TABLES.values()]

    @property
    def saves(self) -> int:
        return len(self.ask("select id from django_admin_log"))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with serving(tmp_path) as base_url:
        yield Site(base_url, tmp_path / "db.sqlite3")


@pytest.mark.parametrize("driver", every_driver())
@pytest.mark.parametrize("model", TABLES)
def test_reads_and_writes_a_model_of_the_admin(model: str, driver: Driver, site: Site) -> None:
    others = site.others()
    with driver.open(site.base_url, OFFICE, SecretKey(PASSWORD), words(model)) as portal:
        found = {item.place: item for item in sorted(portal.places(), key=lambda item: item.place.casefold())}
        assert list(found) == ["district", "North High", "South Middle"]
        seen = KeySeen.HIDDEN if model == "hidden" else KeySeen.CLEAR
        assert [item.key_seen for item in found.values()] == [seen, KeySeen.BLANK, seen]
        for place in ("district", "North High"):
            saved = portal.write(place, PAIR)
            took = Took.TOOK if seen is KeySeen.CLEAR else Took.CANNOT_BE_SEEN
            assert (saved.took, saved.answered) == (took, True)
        assert portal.write("South Middle", None).took is Took.TOOK

    assert site.pairs(model) == {
        "District": ("MADEUP-NEW", KEY),
        "North High": ("MADEUP-NEW", KEY),
        "South Middle": ("", ""),
    }
    for other in TABLES.keys() - {model}:
        assert site.pairs(other)["District"] == ("OLD", OLD_KEY)
    assert site.others() == others
    assert others[0][0][1] == NOTE
    assert site.saves == 3
    assert site.ask("select count(*) from django_session") == [(1,)]


@pytest.mark.parametrize("driver", every_driver())
def test_a_wrong_password_is_tried_once_at_the_admin(driver: Driver, site: Site) -> None:
    with driver.open(site.base_url, OFFICE, SecretKey("made-up wrong"), words("shown")) as portal:
        for _ in range(2):
            with pytest.raises(LoginRefused):
                portal.places()
    assert site.ask("select count(*) from django_session") == [(0,)]
    assert site.saves == 0

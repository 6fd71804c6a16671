"""DokuWiki from a Debian package: its configuration manager holds a proxy's user name and password."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.portal.real.application import OFFICE, OLD_USERNAME, PASSWORD
from adapters.portal.real.dokuwiki import plain, running
from portal.contract.driver import Driver, every_driver
from ssrcred.credential import Credential, SecretKey
from ssrcred.errors import LoginRefused
from ssrcred.place import KeySeen, Took
from ssrcred.portal.map import DATA, PortalMap, parse

pytestmark = pytest.mark.real("dokuwiki")

KEY = "made-up`'\"\\<&%+#$012"
PAIR = Credential("MADEUP-NEW", SecretKey(KEY), datetime(2026, 11, 21, tzinfo=UTC))
OTHER = Credential("MADEUP-2", SecretKey(KEY[::-1]), datetime(2026, 11, 21, tzinfo=UTC))
USER, KEY_LINE = "$conf['proxy']['user']", "$conf['proxy']['pass']"


def words() -> PortalMap:
    """The generic map, with the wiki's own words for the way and the two fields."""
    table = tomllib.loads((DATA / "generic.toml").read_text("utf-8"))
    table["settings"]["steps"] = [["Admin"], ["Configuration Settings"]]
    table["fields"].update(username=["Proxy user name"], key=["Proxy password"], district=["Network"])
    return parse(table)


@dataclass
class Wiki:
    """The wiki at work, the file that it keeps its settings in, and how often each page was asked for."""

    base_url: str
    settings: Path
    log: Path

    def lines(self) -> dict[str, str]:
        """What the settings file says, by key."""
        found = {}
        for line in self.settings.read_text("utf-8").splitlines():
            if line.startswith("$conf"):
                name, _, value = line.partition(" = ")
                found[name.strip()] = value
        return found

    def posts(self) -> int:
        """How many forms were posted."""
        return self.log.read_text("utf-8").count("POST")


@pytest.fixture
def wiki(tmp_path: Path) -> Iterator[Wiki]:
    with running(tmp_path) as application:
        yield Wiki(application.base_url, tmp_path / "conf" / "local.php", tmp_path / "posts.log")


@pytest.mark.parametrize("driver", every_driver())
def test_reads_and_writes_the_settings_of_the_wiki(driver: Driver, wiki: Wiki) -> None:
    with driver.open(wiki.base_url, OFFICE, SecretKey(PASSWORD), words()) as portal:
        (before,) = portal.places()
        assert (before.place, before.username, before.key_seen) == ("district", OLD_USERNAME, KeySeen.HIDDEN)
        assert wiki.posts() == 1
        saved = portal.write("district", PAIR)
        assert (saved.took, saved.answered) == (Took.CANNOT_BE_SEEN, True)
        assert "hides the key" in saved.detail
        once = wiki.lines()  # the wiki adds and drops lines of its own at a first save
        assert portal.write("district", OTHER).took is Took.CANNOT_BE_SEEN
    now = wiki.lines()
    assert (once.pop(USER), now.pop(USER)) == ("'MADEUP-NEW';", "'MADEUP-2';")
    assert (plain(once.pop(KEY_LINE)), plain(now.pop(KEY_LINE))) == (KEY, KEY[::-1])
    assert now == once
    assert {now["$conf['title']"], now["$conf['superuser']"]} == {"'Made up';", "'@admin';"}
    assert wiki.posts() == 3


@pytest.mark.parametrize("driver", every_driver())
def test_a_wrong_password_is_tried_once_at_the_wiki(driver: Driver, wiki: Wiki) -> None:
    before = wiki.settings.read_bytes()
    with driver.open(wiki.base_url, OFFICE, SecretKey("made-up wrong"), words()) as portal:
        for _ in range(2):
            with pytest.raises(LoginRefused):
                portal.places()
    assert wiki.posts() == 1
    assert wiki.settings.read_bytes() == before

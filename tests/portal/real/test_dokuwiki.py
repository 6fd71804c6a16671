"""DokuWiki from a Debian package: its configuration manager holds a proxy's user name and password."""

from __future__ import annotations

import base64
import hashlib
import shutil
import socket
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from portal.contract.driver import Driver, every_driver
from ssrcred.credential import Credential, SecretKey
from ssrcred.errors import LoginRefused
from ssrcred.place import KeySeen, Took
from ssrcred.portal.map import DATA, PortalMap, parse
from waiting import HUNG_S, until

pytestmark = pytest.mark.real("dokuwiki")

PROGRAM = Path("/usr/share/dokuwiki")
OFFICE, PASSWORD, OLD_KEY = "itstaff", "made-up office password", "made-up old key 0001"
KEY = "made-up`'\"\\<&%+#$012"
PAIR = Credential("MADEUP-NEW", SecretKey(KEY), datetime(2026, 11, 21, tzinfo=UTC))
OTHER = Credential("MADEUP-2", SecretKey(KEY[::-1]), datetime(2026, 11, 21, tzinfo=UTC))
USER, KEY_LINE = "$conf['proxy']['user']", "$conf['proxy']['pass']"
FOLDERS = ("pages", "attic", "media", "media_attic", "media_meta", "meta", "cache", "index", "locks", "tmp", "log")


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
    conf, data = tmp_path / "conf", tmp_path / "data"
    conf.mkdir()
    for file in Path("/etc/dokuwiki").iterdir():
        if file.is_file() and not file.is_symlink():
            shutil.copyfile(file, conf / file.name)
    for folder in FOLDERS:
        (data / folder).mkdir(parents=True)
    code = base64.b64encode(OLD_KEY.encode()).decode()
    settings = conf / "local.php"
    settings.write_text(
        f"""<?php
$conf['title'] = 'Made up';
$conf['useacl'] = 1;
$conf['superuser'] = '@admin';
$conf['savedir'] = '{data}';
$conf['updatecheck'] = 0;
$conf['proxy']['user'] = 'OLD';
$conf['proxy']['pass'] = '<b>{code}';
""",
        "utf-8",
    )
    hashed = hashlib.md5(PASSWORD.encode(), usedforsecurity=False).hexdigest()
    (conf / "users.auth.php").write_text(f"{OFFICE}:{hashed}:Office:office@madeup.example:admin,user\n", "utf-8")
    (conf / "acl.auth.php").write_text("*\t@ALL\t1\n*\t@admin\t8\n", "utf-8")
    (tmp_path / "before.php").write_text(
        f"""<?php define('DOKU_MAIN_CONF', '{conf}/'); define('DOKU_CONF', '{conf}/');
if ($_SERVER['REQUEST_METHOD'] === 'POST') {{ file_put_contents('{tmp_path}/posts.log', "POST\\n", FILE_APPEND); }}
""",
        "utf-8",
    )
    (tmp_path / "posts.log").touch()
    with serving(tmp_path) as base_url:
        yield Wiki(base_url, settings, tmp_path / "posts.log")


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The wiki behind PHP's own small server."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    options = ["-d", f"auto_prepend_file={folder}/before.php", "-d", "display_errors=0"]
    program = ["php", *options, "-S", address, "-t", str(PROGRAM)]
    with subprocess.Popen(program, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder) as process:
        try:
            until(lambda: _answers(f"http://{address}/doku.php"), "PHP's server")
            yield f"http://{address}/doku.php"
        finally:
            process.terminate()
            process.wait(10)


def _answers(url: str) -> bool:
    with suppress(httpx.ConnectError):
        return httpx.get(url, timeout=HUNG_S, trust_env=False).status_code < 500
    return False


@pytest.mark.parametrize("driver", every_driver())
def test_reads_and_writes_the_settings_of_the_wiki(driver: Driver, wiki: Wiki) -> None:
    with driver.open(wiki.base_url, OFFICE, SecretKey(PASSWORD), words()) as portal:
        (before,) = portal.places()
        assert (before.place, before.username, before.key_seen) == ("district", "OLD", KeySeen.HIDDEN)
        assert wiki.posts() == 1
        saved = portal.write("district", PAIR)
        assert (saved.took, saved.answered) == (Took.TOOK, True)
        assert "hides the key" in saved.detail
        once = wiki.lines()  # the wiki adds and drops lines of its own at a first save
        assert portal.write("district", OTHER).took is Took.TOOK
    now = wiki.lines()
    assert (once.pop(USER), now.pop(USER)) == ("'MADEUP-NEW';", "'MADEUP-2';")
    assert (_plain(once.pop(KEY_LINE)), _plain(now.pop(KEY_LINE))) == (KEY, KEY[::-1])
    assert now == once
    assert {now["$conf['title']"], now["$conf['superuser']"]} == {"'Made up';", "'@admin';"}
    assert wiki.posts() == 3


def _plain(value: str) -> str:
    """What the wiki has obscured."""
    return base64.b64decode(value.strip("';").removeprefix("<b>")).decode()


@pytest.mark.parametrize("driver", every_driver())
def test_a_wrong_password_is_tried_once_at_the_wiki(driver: Driver, wiki: Wiki) -> None:
    before = wiki.settings.read_bytes()
    with driver.open(wiki.base_url, OFFICE, SecretKey("made-up wrong"), words()) as portal:
        for _ in range(2):
            with pytest.raises(LoginRefused):
                portal.places()
    assert wiki.posts() == 1
    assert wiki.settings.read_bytes() == before

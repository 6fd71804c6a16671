"""DokuWiki as Debian packages it: its configuration manager holds a proxy's user name and password among 100 settings.

It stores what differs from its defaults in a file, the password obscured.
"""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.portal.real.application import (
    OFFICE,
    OLD_KEY,
    OLD_USERNAME,
    OTHER_PASSWORD,
    PASSWORD,
    Application,
    ByHand,
    Cell,
    Dump,
    free_port,
    serving,
)

PROGRAM = Path("/usr/share/dokuwiki")
FOLDERS = ("pages", "attic", "media", "media_attic", "media_meta", "meta", "cache", "index", "locks", "tmp", "log")
LINE = re.compile(r"(\$conf\S*) = (.*);")


@contextmanager
def running(folder: Path) -> Iterator[Application]:
    """The wiki behind PHP's own small server. Each form that is posted is a line of posts.log."""
    conf, data = folder / "conf", folder / "data"
    settings = conf / "local.php"
    conf.mkdir()
    for file in Path("/etc/dokuwiki").iterdir():
        if file.is_file() and not file.is_symlink():
            shutil.copyfile(file, conf / file.name)
    for name in FOLDERS:
        (data / name).mkdir(parents=True)
    settings.write_text(
        f"""<?php
$conf['title'] = 'Made up';
$conf['useacl'] = 1;
$conf['superuser'] = '@admin';
$conf['savedir'] = '{data}';
$conf['proxy']['user'] = '{OLD_USERNAME}';
$conf['proxy']['pass'] = '{_obscured(OLD_KEY)}';
$conf['plugin']['authldap']['binddn'] = 'cn=wiki,dc=madeup';
$conf['plugin']['authldap']['bindpw'] = '{_obscured(OTHER_PASSWORD)}';
$conf['plugin']['authldap']['attributes'] = array();
""",
        "utf-8",
    )
    hashed = hashlib.md5(PASSWORD.encode(), usedforsecurity=False).hexdigest()
    (conf / "users.auth.php").write_text(f"{OFFICE}:{hashed}:Office:office@madeup.example:admin,user\n", "utf-8")
    (conf / "acl.auth.php").write_text("*\t@ALL\t1\n*\t@admin\t8\n", "utf-8")
    (folder / "before.php").write_text(
        f"""<?php define('DOKU_MAIN_CONF', '{conf}/'); define('DOKU_CONF', '{conf}/');
if ($_SERVER['REQUEST_METHOD'] === 'POST') {{ file_put_contents('{folder}/posts.log', "POST\\n", FILE_APPEND); }}
""",
        "utf-8",
    )
    (folder / "posts.log").touch()
    address = f"127.0.0.1:{free_port()}"
    options = ["-d", f"auto_prepend_file={folder}/before.php", "-d", "display_errors=0"]
    base_url = f"http://{address}/doku.php"
    with serving(["php", *options, "-S", address, "-t", str(PROGRAM)], folder, base_url):
        yield Application(
            name="dokuwiki",
            base_url=base_url,
            way=("Admin", "Configuration Settings"),
            fields=("config[proxy____user]", "config[proxy____pass]"),
            username_cell=("local.php", "", "$conf['proxy']['user']"),
            key_cell=("local.php", "", "$conf['proxy']['pass']"),
            by_hand=ByHand(
                sign_in="?do=login",
                account=("input[name=u]", "input[name=p]", "#dw__login button"),
                page="?do=admin&page=config",
                username="#config___proxy____user",
                key="#config___proxy____pass",
                save="#dw__configform button[name=submit]",
            ),
            store=lambda cell, value: _store(settings, cell, value),
            other=(("local.php", "", "$conf['title']"), "Made up since"),
            old_key=_obscured(OLD_KEY),
            tells=lambda: _dump(conf),
            never_told=(OTHER_PASSWORD, "cn=wiki,dc=madeup", "office@madeup.example"),
            stored_key=plain,
        )


def _store(settings: Path, cell: Cell, value: str) -> None:
    """Put a value into a line of the settings file."""
    line = re.compile(rf"{re.escape(cell[2])} = .*;")
    text = settings.read_text("utf-8")
    settings.write_text(line.sub(lambda _: f"{cell[2]} = '{value}';", text), "utf-8")


def _obscured(text: str) -> str:
    return "<b>" + base64.b64encode(text.encode()).decode()


def plain(value: str) -> str:
    """What the wiki has obscured."""
    return base64.b64decode(value.strip("';").removeprefix("<b>")).decode()


def _dump(conf: Path) -> Dump:
    """The lines of the settings file, and every other file of the folder but copies that the wiki makes of it."""
    stored: dict[Cell, str] = {}
    for file in sorted(conf.iterdir()):
        text = file.read_text("utf-8")
        if file.name == "local.php":
            stored.update({(file.name, "", found[1]): found[2].strip("'") for found in LINE.finditer(text)})
        elif ".bak" not in file.suffixes:
            stored[file.name, "", ""] = text
    return stored

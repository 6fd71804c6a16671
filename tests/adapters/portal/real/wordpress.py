"""WordPress as Debian packages it, on a MariaDB of its own: *Writing* holds a mailbox's account among other settings.

All settings of that page are saved at once, and its own script and its style sheets come with every page.
"""

from __future__ import annotations

import getpass
import html
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.portal.real.application import (
    OFFICE,
    OLD_KEY,
    OLD_USERNAME,
    PASSWORD,
    Application,
    ByHand,
    Cell,
    Dump,
    cells,
    free_port,
    serving,
)
from waiting import until

PROGRAM = Path("/usr/share/wordpress")
NOISE = {
    "wp_options": r"(_site)?_transient_.*|cron\..*|can_compress_scripts\..*",
    "wp_posts": r"4\..*",
    "wp_usermeta": r".*",
}
"""What a sign-in, the start page (an empty draft; a test of the browser) and time change: rows and columns by table."""
SALTS = [f"{name}_{kind}" for name in ("AUTH", "SECURE_AUTH", "LOGGED_IN", "NONCE") for kind in ("KEY", "SALT")]
FILL = """<?php
define('WP_INSTALLING', true);
$_SERVER += ['HTTP_HOST' => '127.0.0.1', 'REQUEST_METHOD' => 'GET', 'SERVER_PROTOCOL' => 'HTTP/1.1'];
require 'site/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
function wp_new_blog_notification() {}
[, $url, $user, $password, $old_user, $old_key] = $argv;
define('WP_SITEURL', $url);
wp_install('Madeup', $user, 'office@madeup.example', false, '', $password);
update_option('default_link_category', 0);  // what any save of *Writing* makes of it
update_option('ping_sites', "http://rpc.madeup.example/\\nhttp://other.madeup.example/?a=1&amp;b=2");
update_option('mailserver_url', 'mail.madeup.example');
update_option('mailserver_login', $old_user);
update_option('mailserver_pass', $old_key);
"""
ASK = """
$database = new mysqli('localhost', $argv[1], '', 'wp', 0, $argv[2]);
$database->set_charset('utf8mb4');
"""
DUMP = """
$stored = [];
foreach ($database->query('show tables')->fetch_all() as [$table]) {
  $stored[$table] = $database->query("select * from `$table`")->fetch_all(MYSQLI_ASSOC);
}
echo json_encode($stored, JSON_THROW_ON_ERROR);
"""
STORE = """
$database->execute_query('update wp_options set option_value = ? where option_name = ?', [$argv[4], $argv[3]]);
"""


@contextmanager
def running(folder: Path) -> Iterator[Application]:
    """WordPress, installed anew."""
    port = free_port()
    base_url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as short, database(folder, Path(short) / "socket") as socket:
        _site(folder, socket, base_url)
        before = ["-d", f"auto_prepend_file={folder / 'before.php'}", "-d", "display_errors=0"]
        given = [base_url, OFFICE, PASSWORD, OLD_USERNAME, OLD_KEY]
        (folder / "fill.php").write_text(FILL, "utf-8")
        subprocess.run(["php", *before, "fill.php", *given], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        program = ["php", *before, "-S", f"127.0.0.1:{port}", "-t", str(PROGRAM)]
        with serving(program, folder, f"{base_url}/wp-login.php"):
            yield Application(
                name="wordpress",
                base_url=f"{base_url}/wp-login.php",
                way=("Settings", "Writing"),
                fields=("mailserver_login", "mailserver_pass"),
                username_cell=("wp_options", "mailserver_login", "option_value"),
                key_cell=("wp_options", "mailserver_pass", "option_value"),
                by_hand=ByHand(
                    sign_in="",
                    account=("#user_login", "#user_pass", "#wp-submit"),
                    page="/../wp-admin/options-writing.php",
                    username="#mailserver_login",
                    key="#mailserver_pass",
                    save="#submit",
                ),
                never_told=("mail.madeup.example", "rpc.madeup.example"),
                store=lambda cell, value: _ask(socket, STORE, cell[1], value),
                other=(("wp_options", "mailserver_url", "option_value"), "mail2.madeup.example"),
                unfit="<",
                stored_key=html.unescape,
                tells=lambda: _dump(socket),
            )


def _site(folder: Path, socket: Path, base_url: str) -> None:
    """The package's files, and beside them the settings that a site has of its own."""
    site = folder / "site"
    site.mkdir()
    for name in ("wp-admin", "wp-includes", "wp-settings.php", "wp-load.php"):
        (site / name).symlink_to(PROGRAM / name)
    shutil.copytree(PROGRAM / "wp-content", site / "wp-content")
    constants = {
        "DB_NAME": "wp",
        "DB_USER": getpass.getuser(),
        "DB_PASSWORD": "",
        "DB_HOST": f"localhost:{socket}",
        "DB_CHARSET": "utf8mb4",
        "DB_COLLATE": "",
        **{name: f"made up {name}" for name in SALTS},
        "WP_HTTP_BLOCK_EXTERNAL": True,
        "DISABLE_WP_CRON": True,
        "AUTOMATIC_UPDATER_DISABLED": True,
    }
    lines = [f"define({json.dumps(name)}, {json.dumps(value)});" for name, value in constants.items()]
    lines += ["$table_prefix = 'wp_';", "require ABSPATH . 'wp-settings.php';"]
    (site / "wp-config.php").write_text("<?php\n" + "\n".join(lines) + "\n", "utf-8")
    (folder / "before.php").write_text(f"<?php define('ABSPATH', '{site}/');\n", "utf-8")


@contextmanager
def database(folder: Path, socket: Path) -> Iterator[Path]:
    """A MariaDB that listens on a socket alone, with one empty database."""
    data, user = folder / "mariadb", getpass.getuser()
    options = [f"--datadir={data}", f"--user={user}", "--innodb-log-file-size=4M"]
    make = ["mariadb-install-db", "--no-defaults", "--skip-test-db", "--auth-root-authentication-method=normal"]
    subprocess.run([*make, *options], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    server = ["/usr/sbin/mariadbd", "--no-defaults", *options, "--skip-networking", f"--socket={socket}"]
    with (
        (folder / "mariadb.txt").open("ab") as log,
        subprocess.Popen([*server, "--skip-grant-tables"], stdout=log, stderr=log) as process,
    ):
        try:
            client = ["mariadb", "--no-defaults", f"--socket={socket}", "-e", "create database if not exists wp"]
            until(lambda: subprocess.run(client, capture_output=True).returncode == 0, "MariaDB")
            yield socket
        finally:
            process.terminate()


def _ask(socket: Path, program: str, *given: str) -> str:
    """What a program that uses the database prints."""
    asked = ["php", "-r", ASK + program, getpass.getuser(), str(socket), *given]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout


def _dump(socket: Path) -> Dump:
    stored: dict[Cell, str] = {}
    for table, rows in json.loads(_ask(socket, DUMP)).items():
        if rows:
            key = "option_name" if table == "wp_options" else next(iter(rows[0]))
            stored.update(cells(table, rows, key, NOISE))
    return stored

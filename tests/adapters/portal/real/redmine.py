"""Redmine as Debian packages it, on a copy of the database that the package filled; its pages are full of scripts.

An LDAP source holds an account and a password. Its page shows a password of fifteen times the letter x, whatever is
stored, in a field that a script gives its real name when a person enters it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from adapters.portal.real.application import (
    OFFICE,
    OLD_KEY,
    OLD_USERNAME,
    OTHER_PASSWORD,
    PASSWORD,
    Application,
    ByHand,
    dump_sqlite,
    free_port,
    serving,
    store_in_sqlite,
)

PROGRAM = Path("/usr/share/redmine")
FILLED = Path("/var/lib/dbconfig-common/sqlite3/redmine/instances/default/redmine_default")
GEMS = Path("/usr/share/rubygems-integration/all/gems")
SOURCE = "Madeup directory"
NOISE = {"tokens": r".*", "sqlite_sequence": r".*", "user_preferences": r".*", "users": r"\d+\.last_login_on"}
"""What a sign-in changes: rows and columns by table."""


@contextmanager
def running(folder: Path) -> Iterator[Application]:
    """Redmine with one LDAP source, and a second one that is none of ours."""
    database = _instance(folder)
    base_url = f"http://127.0.0.1:{(port := free_port())}"
    # An instance is named by its path below the package's folder of instances; this one is not there.
    variables = {
        **os.environ,
        "RAILS_ENV": "production",
        "REDMINE_INSTANCE": os.path.relpath(folder, PROGRAM / "instances"),
        "RAILS_SERVE_STATIC_FILES": "1",
        "RUBYLIB": str(next(GEMS.glob("webrick-*/lib"))),  # Ruby's own server, which is not in Redmine's bundle
    }
    program = ["ruby", str(PROGRAM / "bin/rails"), "server", "-u", "webrick", "-b", "127.0.0.1", "-p", str(port)]
    with serving([*program, "-P", str(folder / "pid")], folder, f"{base_url}/login", variables):
        yield Application(
            name="redmine",
            base_url=base_url,
            way=("Administration", "LDAP authentication", SOURCE),
            fields=("auth_source[account]", "dummy_password"),
            username_cell=("auth_sources", "1", "account"),
            key_cell=("auth_sources", "1", "account_password"),
            by_hand=ByHand(
                sign_in="/login",
                account=("#username", "#password", "#login-submit"),
                page="/auth_sources/1/edit",
                username="#auth_source_account",
                key="#auth_source_account_password",
                save="#auth_source_form input[type=submit]",
            ),
            never_told=(OTHER_PASSWORD, "ldap.madeup.example", "dc=madeup", "givenName", "ou=staff"),
            store=lambda cell, value: store_in_sqlite(database, cell, value),
            other=(("auth_sources", "1", "host"), "ldap2.madeup.example"),
            tells=lambda: dump_sqlite(database, NOISE),
        )


def _instance(folder: Path) -> Path:
    """The folders and files of an instance, with its database; returns that."""
    for name in ("config", "tmp", "log", "files", "public"):
        (folder / name).mkdir(parents=True)
    database = folder / "redmine.sqlite"
    (folder / "config/database.yml").write_text(
        f"production:\n  adapter: sqlite3\n  database: {database}\n  encoding: utf8\n", "utf-8"
    )
    (folder / "config/secret_key.txt").write_text("made-up" * 8, "utf-8")
    shutil.copyfile(FILLED, database)
    salt = "0" * 32
    hashed = _sha1(salt + _sha1(PASSWORD))
    with closing(sqlite3.connect(database)) as filling, filling:
        filling.execute(
            "update users set login = ?, hashed_password = ?, salt = ?, must_change_passwd = 0 where login = 'admin'",
            (OFFICE, hashed, salt),
        )
        for name, account, password in ((SOURCE, OLD_USERNAME, OLD_KEY), ("Another", "another", OTHER_PASSWORD)):
            source = {
                "type": "AuthSourceLdap",
                "name": name,
                "host": "ldap.madeup.example",
                "port": 636,
                "tls": 1,
                "account": account,
                "account_password": password,
                "base_dn": "dc=madeup,dc=example",
                "timeout": 20,
                "filter": "(&(ou=staff)(!(cn=\u00e9*)))",
                "onthefly_register": 1,
                "verify_peer": 0,
                "attr_login": "uid",
                "attr_firstname": "givenName",
                "attr_lastname": "sn",
                "attr_mail": "mail",
            }
            columns, marks = ", ".join(source), ", ".join("?" * len(source))
            filling.execute(f"insert into auth_sources ({columns}) values ({marks})", tuple(source.values()))
    return database


def _sha1(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

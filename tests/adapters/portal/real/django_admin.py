"""Django's own admin: an LEA with the district's two fields, below them a row for each school and three blank ones."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.portal.real.application import OTHER_PASSWORD, Application, ByHand, dump_sqlite, store_in_sqlite

NOISE = {
    **dict.fromkeys(("django_session", "django_admin_log", "django_content_type", "sqlite_sequence"), r".*"),
    "auth_user": r"\d+\.last_login",
}
"""What a sign-in changes, and the admin's own list of saves: rows and columns by table."""


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The admin in a process of its own, because Django's settings are one for each process; gives its address."""
    program = [sys.executable, str(Path(__file__).with_name("django_site.py")), str(folder)]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        port = process.stdout.readline().strip()
        yield f"http://127.0.0.1:{port}/admin/"
        process.stdin.close()
        process.wait(10)


@contextmanager
def running(folder: Path) -> Iterator[Application]:
    """The admin with one LEA of two schools."""
    file = folder / "db.sqlite3"
    with serving(folder) as base_url:
        yield Application(
            name="django_admin",
            base_url=base_url,
            way=("LEAs", "Madeup Unified"),
            fields=("username", "key"),
            username_cell=("auth_lea", "1", "username"),
            key_cell=("auth_lea", "1", "key"),
            by_hand=ByHand(
                sign_in="",
                account=("#id_username", "#id_password", "input[type=submit]"),
                page="auth/lea/1/change/",
                username="#id_username",
                key="#id_key",
                save="input[name=_save]",
            ),
            never_told=(OTHER_PASSWORD, OTHER_PASSWORD[::-1], "mailbox", "Second line"),
            store=lambda cell, value: store_in_sqlite(file, cell, value),
            other=(("auth_lea", "1", "mail_pass"), "made-up later & 'other' <password>"),
            tells=lambda: dump_sqlite(file, NOISE),
            schools=("North High", "South Middle"),
        )

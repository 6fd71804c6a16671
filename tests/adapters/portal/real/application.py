"""A real application that nobody here wrote, served on this computer for one test, and what all of them have in common.

Each has a settings page of its own with a user name and a secret key on it, a map as somebody would write it, and a
dump of all that it stores. All names, passwords and keys are made up.
"""

from __future__ import annotations

import re
import socket
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx

from waiting import HUNG_S, until

if TYPE_CHECKING:
    from playwright.sync_api import Page

OFFICE, PASSWORD = "itstaff", "made-up office password"
OLD_USERNAME, OLD_KEY = "OLD-USER", "made-up old key 0001"
OTHER_PASSWORD: Final = "made-up other password 0002"
"""Stands beside the two fields, in a field of the same page or of the same form."""

Cell = tuple[str, str, str]
"""Where a value is stored: table or file, row, column or line."""
Dump = Mapping[Cell, str]


@dataclass(frozen=True)
class ByHand:
    """How a person saves the two fields: addresses under the application's own, and the elements' CSS selectors."""

    sign_in: str
    account: tuple[str, str, str]
    page: str
    username: str
    key: str
    save: str

    def save_both(self, tab: Page, base_url: str, username: str, key: str) -> None:
        """Sign in, type both values and press the button, in a plain browser."""
        tab.goto(base_url + self.sign_in)
        name, password, button = self.account
        tab.fill(name, OFFICE)
        tab.fill(password, PASSWORD)
        with tab.expect_navigation():
            tab.click(button)
        tab.goto(base_url + self.page)
        tab.fill(self.username, username)
        tab.fill(self.key, key)
        with tab.expect_navigation():
            tab.click(self.save)


@dataclass(frozen=True)
class Application:
    """One that is running: its address for config.toml, the map's file, and what a test has to know about its page.

    `way` is what a person chooses after signing in, `fields` are the names of the two fields' controls. The two values
    are stored in `username_cell` and `key_cell`; `stored_key` gives what was typed for what is stored there. `other` is
    another setting of the page and a value that it can have; `never_told` are values of other fields, `schools` those
    of the page. `unfit` are signs that the application does not store as they are typed.

    `store` puts a value into a cell. `tells` gives all that is stored, but what every sign-in and every save changes,
    a plain browser's too.
    """

    name: str
    base_url: str
    way: tuple[str, ...]
    fields: tuple[str, str]
    username_cell: Cell
    key_cell: Cell
    by_hand: ByHand
    tells: Callable[[], Dump]
    store: Callable[[Cell, str], object]
    other: tuple[Cell, str]
    schools: tuple[str, ...] = ()
    never_told: tuple[str, ...] = (OTHER_PASSWORD,)
    stored_key: Callable[[str], str] = str
    old_key: str = OLD_KEY
    unfit: str = ""

    @property
    def map(self) -> Path:
        """The portal map, as it is named in config.toml."""
        return Path(__file__).with_name(f"{self.name}.toml")

    def put_back(self) -> None:
        """Store the old user name and key again."""
        self.store(self.username_cell, OLD_USERNAME)
        self.store(self.key_cell, self.old_key)

    def dump(self) -> Dump:
        """All that is stored now."""
        return self.tells()


def differences(before: Dump, after: Dump) -> dict[Cell, tuple[str | None, str | None]]:
    """What was stored otherwise before, with both values; None where there was nothing."""
    cells = before.keys() | after.keys()
    return {cell: (before.get(cell), after.get(cell)) for cell in cells if before.get(cell) != after.get(cell)}


def cells(table: str, rows: Sequence[Mapping[str, object]], key: str, noise: Mapping[str, str]) -> Dump:
    """The cells of a table whose rows are named by the column `key`, but those that its `noise` says (row.column)."""
    pattern = re.compile(noise.get(table, r"(?!)"))
    return {
        (table, str(row[key]), column): value if isinstance(value, str) else repr(value)
        for row in rows
        for column, value in row.items()
        if not pattern.fullmatch(f"{row[key]}.{column}")
    }


def dump_sqlite(file: Path, noise: Mapping[str, str]) -> Dump:
    """Every table of a SQLite database."""
    stored: dict[Cell, str] = {}
    with closing(sqlite3.connect(file)) as database:
        database.row_factory = sqlite3.Row
        for (table,) in database.execute("select name from sqlite_master where type = 'table'").fetchall():
            rows = [dict(row) for row in database.execute(f'select rowid as "row", * from "{table}"')]
            stored.update(cells(table, rows, "row", noise))
    return stored


def store_in_sqlite(file: Path, cell: Cell, value: str) -> None:
    """Put a value into a cell of a SQLite database."""
    table, row, column = cell
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(f'update "{table}" set "{column}" = ? where rowid = ?', (value, row))


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@contextmanager
def serving(
    program: Sequence[str], folder: Path, url: str, variables: Mapping[str, str] | None = None
) -> Iterator[None]:
    """A program that runs in `folder` until it is no longer needed; ready once `url` answers. It writes to log.txt."""
    with (
        (folder / "log.txt").open("ab") as log,
        subprocess.Popen(
            program, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=folder, env=variables
        ) as process,
    ):
        try:
            until(lambda: process.poll() is not None or _answers(url), program[0])
            assert process.poll() is None, (folder / "log.txt").read_text("utf-8", "replace")[-4000:]
            yield
        finally:
            process.terminate()
            process.wait(HUNG_S)


def _answers(url: str) -> bool:
    with suppress(httpx.ConnectError):
        return httpx.get(url, timeout=HUNG_S, trust_env=False).status_code < 500
    return False

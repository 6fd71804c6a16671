"""Moves everything from one vault to the other and is killed on the way, once at each call of the keyring.

Run as a program: one process for all, which forks for each kill, so that nothing is imported twice. The keyring is a
file of made-up items, so that it outlives the kill. Prints one JSON list: what each kill left, and what a second run
made of it.
"""

from __future__ import annotations

import io
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import keyring.backend
import tomli_w
from keyring.errors import PasswordDeleteError

from keyring_moods import under
from ssrcred.adapters.vault import Backend
from ssrcred.adapters.vault.agefile import init, open_age_vault
from ssrcred.app.environment import Environment
from ssrcred.cli.main import main

ITEMS = {
    "ssrcred:lincoln:secret:schoolwise": "made-up password",
    "ssrcred:lincoln:pair-0001": "made-up pair",
    "ssrcred:washington:pair-0002": "another made-up pair",
}
CONFIG = {
    "lea": {
        "lincoln": {"name": "Made-Up Unified", "cds": "19647330000000"},
        "washington": {"name": "Another Made-Up Unified", "cds": "34674390000000"},
    },
}


class FileKeyring(keyring.backend.KeyringBackend):
    """A keyring in a file, that kills its own process before its call number `fatal` on one of ITEMS."""

    def __init__(self, path: Path, fatal: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._path, self._fatal, self._calls = path, fatal, 0

    def get_password(self, service: str, username: str) -> str | None:
        self._look(service)
        found: str | None = self._items().get(service)
        return found

    def set_password(self, service: str, username: str, password: str) -> None:
        self._look(service)
        self._path.write_text(json.dumps({**self._items(), service: password}), "utf-8")

    def delete_password(self, service: str, username: str) -> None:
        self._look(service)
        items = self._items()
        if items.pop(service, None) is None:
            raise PasswordDeleteError("No such password!")
        self._path.write_text(json.dumps(items), "utf-8")

    def _look(self, service: str) -> None:
        self._calls += service in ITEMS
        if service in ITEMS and self._calls == self._fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def _items(self) -> dict[str, str]:
        items: dict[str, str] = json.loads(self._path.read_text("utf-8"))
        return items


def prepare(home: Path, here: str) -> None:
    """A home whose config.toml names the vault `here`, which holds everything."""
    home.mkdir()
    init(home / "vault", key_file=home / "vault.key")
    (home / "config.toml").write_text(tomli_w.dumps({**CONFIG, "vault": {"backend": here}}), "utf-8")
    (home / "keyring.json").write_text(json.dumps(ITEMS if here == "keyring" else {}), "utf-8")
    if here == "file":
        for name, text in ITEMS.items():
            open_age_vault(home / "vault", environ={}).write(name, text)


def move(home: Path, there: str, fatal: int = 0) -> int:
    """One run of the command in a process of its own: its exit code, or less than 0 when it was killed."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os._exit(run(home, there, fatal))


def run(home: Path, there: str, fatal: int) -> int:
    """One run of the command in this process."""
    ring = FileKeyring(home / "keyring.json", fatal)

    def os_keyring(limit: float, waiting: Callable[[str], None] | None) -> Backend:
        return under(ring)

    environment = Environment(
        environ={"SSRCRED_HOME": str(home)},
        stdin=io.StringIO(),
        stdout=io.StringIO(),
        stderr=io.StringIO(),
        os_keyring=os_keyring,
    )
    return main(["vault", "move", there], environment)


def held(home: Path) -> dict[str, list[str]]:
    """The names of what each vault holds as it should be."""
    files = open_age_vault(home / "vault", environ={})
    ring = json.loads((home / "keyring.json").read_text("utf-8"))
    return {
        "keyring": [name for name, text in ITEMS.items() if ring.get(name) == text],
        "file": [name for name, text in ITEMS.items() if files.read(name) == text],
    }


def named(home: Path) -> str:
    """The vault that config.toml names."""
    import tomllib

    backend: str = tomllib.loads((home / "config.toml").read_text("utf-8"))["vault"]["backend"]
    return backend


def results(folder: Path, here: str, there: str) -> list[dict[str, object]]:
    """What came of a kill at each call, until there are no more calls to be killed at."""
    found: list[dict[str, object]] = []
    prepare(folder / "first", here)
    assert run(folder / "first", there, 0) == 0  # imports what the forks then have
    for fatal in range(1, 100):
        home = folder / str(fatal)
        prepare(home, here)
        code = move(home, there, fatal)
        if code == 0:
            break
        left = {"code": code, "named": named(home), "held": held(home)}
        found.append({**left, "again": move(home, there), "named_at_last": named(home), "held_at_last": held(home)})
    return found


if __name__ == "__main__":
    print(json.dumps(results(Path(sys.argv[1]), sys.argv[2], sys.argv[3])))

"""One practice LEA as its IT staff would set it up, and real `ssrcred` processes that work for it.

All pairs, passwords and SSIDs are the practice district's: made up.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from json_schema import check_document
from ssrcred.adapters.ledger.book import Ledger
from ssrcred.adapters.vault import Vault
from ssrcred.adapters.vault.agefile import open_age_vault
from ssrcred.domain.event import Event
from ssrcred.domain.standing import Standing
from ssrcred.practice import CONFIRMED, Pair, Practice
from waiting import HUNG_S

LEA: Final = "lincoln"
NO_BROWSER: Final = "/nowhere/made-up-browser"
PROGRAM: Final = (sys.executable, "-m", "ssrcred")
KEPT: Final = ("PATH", "LANG", "TMPDIR", "SSL_CERT_FILE")


def surroundings(folder: Path, **more: str) -> dict[str, str]:
    """The environment of a process whose home is `folder`."""
    kept = {name: value for name, value in os.environ.items() if name in KEPT}
    return kept | {"HOME": str(folder), "SSRCRED_HOME": str(folder / "ssrcred"), "PYTHONUTF8": "1", **more}


def two_lines(pair: Pair) -> str:
    """A pair as `--stdin` wants it."""
    return f"{pair.username}\n{pair.secret}\n"


class Rehearsal:
    """The LEA in `folder`, and the district that it practises on."""

    def __init__(self, folder: Path, district: Practice, environment: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.district = district
        self.environment = dict(surroundings(folder) if environment is None else environment)
        self.environment["SSRCRED_HOME"] = str(self.home)
        self.school = district.schools[1]
        self.places = ("district", self.school)

    @property
    def home(self) -> Path:
        """Where ssrcred keeps its files."""
        return self.folder / "ssrcred"

    def run(
        self, *arguments: str, given: str | None = None, expect: int | None = 0, program: tuple[str, ...] = PROGRAM
    ) -> subprocess.CompletedProcess[str]:
        """One process to its end, without a terminal; `given` on its standard input. Checks its exit code."""
        done = subprocess.run(
            [*program, *arguments],
            input=given,
            stdin=subprocess.DEVNULL if given is None else None,
            capture_output=True,
            text=True,
            encoding="utf-8",
            env=self.environment,
            timeout=HUNG_S,
        )
        assert expect is None or done.returncode == expect, (arguments, done.returncode, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        check_document(done.stdout)
        return done

    @property
    def setup(self) -> tuple[str, ...]:
        """The words of the set-up, for a district and a school that both can be proved."""
        accounts = self.district.accounts
        return (
            *("setup", "--lea", LEA, "--name", self.district.district_name, "--cds", self.district.cds),
            *("--url", self.district.schoolwise_url, "--username", accounts.office.username),
            *("--parent", accounts.parent.username),
            *("--parent-of", f"{self.school}={accounts.parents[self.school].username}"),
            *("--toms-api", self.district.service_url, "--toms-site", self.district.toms_url, "--no-input"),
        )

    @property
    def secrets(self) -> dict[str, str]:
        """What `secret set` is given, by name."""
        accounts = self.district.accounts
        own = accounts.parents[self.school]
        return {
            "schoolwise": accounts.office.password,
            "parent": accounts.parent.password,
            f"parent:{own.username}": own.password,
            "test-ssid": self.district.test_ssid,
        }

    def set_up(self, *, key_file: Path | None) -> None:
        """Set the LEA up; with `key_file` in an encrypted file vault, else in the keyring."""
        if key_file is not None:
            self.run("vault", "init", "--key-file", str(key_file))
        self.run(*self.setup)
        config = self.home / "config.toml"  # a browser for the test save is a real part, and none of these need it
        text = config.read_text("utf-8")
        config.write_text(text.replace("driver = ", f'browser = "{NO_BROWSER}"\ndriver = ', 1), "utf-8")
        for name, value in self.secrets.items():
            self.run("secret", "set", name, "--stdin", given=f"{value}\n")
        self.run("portal", "confirm", "--import", str(CONFIRMED))

    def copied(self, folder: Path, district: Practice | None = None) -> Rehearsal:
        """The same LEA in another folder, perhaps in another practice district; the vault's key stays where it is."""
        shutil.copytree(self.home, folder / "ssrcred")
        copy = Rehearsal(folder, district or self.district)
        config = copy.home / "config.toml"
        names = ("toms_url", "schoolwise_url", "service_url")
        ours = {getattr(self.district, name): str(getattr(copy.district, name)) for name in names}
        text = re.sub("|".join(map(re.escape, ours)), lambda found: ours[found[0]], config.read_text("utf-8"))
        config.write_text(text, "utf-8")
        return copy

    def new_pair(self, before: Pair | None) -> Pair:
        """Put `before` back into every place that had a pair, and press the button in TOMS."""
        for place in self.places:
            self.district.put(place, before)
        return self.district.generate()

    def slots(self) -> list[str]:
        """The slots that the encrypted file vault holds, by its files."""
        return sorted(
            path.name.removesuffix(".age").rpartition("=3a")[2] for path in (self.home / "vault").glob("*=3apair-*.age")
        )

    def holds(self, slot: str, pair: Pair) -> bool:
        """Whether a slot holds this pair."""
        kept = Vault(open_age_vault(self.home / "vault", environ={}), LEA).read(slot)
        return (kept.username, kept.secret.reveal()) == (pair.username, pair.secret)

    def events(self) -> list[Event]:
        """Everything that the ledger remembers; its chain is checked."""
        with Ledger.readonly(self.home / "ledger.sqlite") as ledger:
            ledger.check()
            return [recorded.event for recorded in ledger.events()]

    def standing(self) -> Standing:
        """What the events amount to."""
        with Ledger.readonly(self.home / "ledger.sqlite") as ledger:
            return Standing.from_json(ledger.standing(LEA))


@contextmanager
def power_cut(rehearsal: Rehearsal) -> Iterator[None]:
    """While it lasts, config.toml names the keyring, so that `killed.py` may put a fragile vault in its place."""
    config = rehearsal.home / "config.toml"
    text = config.read_text("utf-8")
    assert 'backend = "file"' in text
    config.write_text(text.replace('backend = "file"', 'backend = "keyring"'), "utf-8")
    try:
        yield
    finally:
        config.write_text(text, "utf-8")

"""What a shell's Tab key offers: options, and values from config.toml and the ledger; no keyring and no network."""

from __future__ import annotations

import json
import os
from contextlib import suppress

import ssrcred
from ssrcred.app.lea_conditions import files, survey
from ssrcred.domain.errors import SsrcredError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

# By command, what can stand behind it and what that does: its options and its own commands.
# Written by scripts/command_reference.py: building Typer's commands takes three times as long as all the rest.
TABLE = os.path.join(os.path.dirname(ssrcred.__file__), "data", "options.json")
# Bytes of config.toml from which its accounts and channels are not read: somebody waits for the Tab key.
MOST_BYTES = 200_000
# How long a ledger that another run is writing is waited for.
PATIENCE_S = 0.2


def behind(words: Sequence[str]) -> dict[str, str]:
    """The options and commands that can follow the words typed, each with what it does; none that was given already."""
    with open(TABLE, encoding="utf-8") as file:
        table = json.load(file)
    command = ""
    for word in words:
        longer = f"{command} {word}".strip()
        command = longer if longer in table else command
    return {name: about for name, about in table[command].items() if name not in words}


def lea_names(environ: Mapping[str, str], now: datetime, lea: str) -> list[str]:
    """The short names of all LEAs in config.toml."""
    return [one.lea for one in survey(environ, sorted, now, patience_s=PATIENCE_S)]


def group_names(environ: Mapping[str, str], now: datetime, lea: str) -> list[str]:
    """The groups and counties of all LEAs in config.toml."""
    return sorted({name for one in survey(environ, sorted, now, patience_s=PATIENCE_S) for name in one.groups or ()})


def place_names(environ: Mapping[str, str], now: datetime, lea: str) -> list[str]:
    """The settings that the ledger knows of an LEA, or of all; the district comes first."""
    conditions = survey(
        environ, lambda entries: [lea] if lea in entries else sorted(entries), now, patience_s=PATIENCE_S
    )
    names = {name for one in conditions for name in (one.record or {}).get("places", ())}
    return sorted(names, key=lambda name: (name != "district", name))


def secret_names(environ: Mapping[str, str], now: datetime, lea: str) -> list[str]:
    """The names that `secret` takes, with the accounts and channels in config.toml."""
    from pathlib import Path

    from ssrcred.adapters.config import load_sound
    from ssrcred.adapters.config.value import RESERVED

    names = {"schoolwise", "parent", "test-ssid", f"notify:{RESERVED}"}
    path = Path(files(environ)[0])
    with suppress(SsrcredError, OSError):
        if path.stat().st_size < MOST_BYTES:
            config = load_sound(path, reminders=True)
            mine = [config.leas[lea]] if lea in config.leas else list(config.leas.values())
            for one in mine:
                names |= {
                    f"parent:{account}" for account in (one.schoolwise.parents if one.schoolwise else {}).values()
                }
                names |= {f"notify:{channel}" for channel in one.remind.channels}
            names |= {f"notify:{channel}" for channel in config.everyone.channels}
    return sorted(names)


def driver_names(environ: Mapping[str, str], now: datetime, lea: str) -> list[str]:
    """How a portal can be operated."""
    from ssrcred.domain.sis import DRIVERS

    return list(DRIVERS)


def scheduler_names(environ: Mapping[str, str], now: datetime, lea: str) -> list[str]:
    """The schedulers of all systems."""
    from ssrcred.adapters.schedule import KINDS

    return list(KINDS)

"""The one wait of all tests: for what another thread, process or application does in its own time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

HUNG_S: Final = 240.0
"""Seconds after which something hangs, however busy the machine is; a test that passes never waits so long."""

Seen = TypeVar("Seen")


def until(seen: Callable[[], Seen], what: str) -> Seen:
    """Look again and again until `seen` gives something true; returns that. `what` names it if it never comes."""
    end = time.monotonic() + HUNG_S
    while not (found := seen()):
        if time.monotonic() > end:
            raise AssertionError(f"it never came: {what}")
        time.sleep(0.01)
    return found


def below(folder: Path) -> list[Path]:
    """Everything under `folder`, also while another process deletes there, where pathlib's own search fails."""
    return [Path(parent, name) for parent, folders, files in os.walk(folder) for name in (*folders, *files)]

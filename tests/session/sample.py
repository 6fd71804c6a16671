"""Runs a fixed sample of what `make crash`, `faults`, `inputs` or `thieves` tries."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

SCRIPTS: Final = Path(__file__).parents[2] / "scripts"


def sample_of(script: str, *words: str, limit_s: float) -> str:
    """What a script prints about its sample, in which nothing may be wrong; it ends within so many seconds."""
    done = subprocess.run(
        (sys.executable, SCRIPTS / script, *words, "--seed", "1202"),
        env=os.environ | {"PYTHONPATH": str(SCRIPTS.parent / "tests")},
        capture_output=True,
        text=True,
        timeout=limit_s,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    return done.stdout

"""Says which versions of what this program is made of are installed, and on what kind of computer."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from typing import Final

LIBRARIES: Final = (
    "typer",
    "rich",
    "keyring",
    "SecretStorage",
    "pyrage",
    "httpx",
    "certifi",
    "cryptography",
    "platformdirs",
    "filelock",
    "aiohttp",
    "playwright",
)


def versions(names: Iterable[str] = LIBRARIES) -> dict[str, str]:
    """The installed version of each library; "not installed" where there is none."""
    # Dear to import (headless.md, *Start-up*), and only a bundle for a vendor asks.
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def system() -> dict[str, str]:
    """The kind of computer: system, release, processor, Python. Not its name, nor its user's."""
    return {
        "system": platform.system(),
        "release": platform.release(),
        "processor": platform.machine(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
    }

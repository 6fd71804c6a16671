"""Makes what is released, into dist/, and looks for known faults in what it depends on.

release.py build     a wheel, an sdist, a lock with hashes for the program with all extras, and checksums
release.py audit     look each locked dependency up among known faults (pip-audit, the database of PyPI)
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
DIST: Final = ROOT / "dist"
LOCK: Final = "requirements.lock.txt"
# What a user may want; the rest is for who works on the program.
NOT_FOR_USERS: Final = frozenset({"dev", "mutants", "release"})


def packages(folder: Path) -> None:
    """Write the sdist, and the wheel that is made from it, into an empty folder. Raises CalledProcessError."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT)


def build(folder: Path = DIST) -> None:
    """Write the packages, the lock and SHA256SUMS into an empty folder. Raises CalledProcessError."""
    packages(folder)
    lock(folder)


def lock(folder: Path) -> None:
    """Write the lock and SHA256SUMS beside the packages. Raises CalledProcessError."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = [f"--extra={name}" for name in project["optional-dependencies"] if name not in NOT_FOR_USERS]
    # For every platform and Python version, not only for this computer's; uv takes pip's index, and names none in it.
    index = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"], capture_output=True, text=True, check=False
    ).stdout.strip()
    run(
        *(sys.executable, "-m", "uv", "pip", "compile", ROOT / "pyproject.toml", *extras, "--universal"),
        *("--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url", "--quiet", "-o", folder / LOCK),
        env=os.environ | ({"UV_DEFAULT_INDEX": index} if index else {}),
    )
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(folder.iterdir())]
    (folder / "SHA256SUMS").write_text("".join(sums), "utf-8")


def audit(lock: Path = DIST / LOCK) -> int:
    """Print known faults of what is locked; return 1 for any, 2 if not everything could be looked up."""
    done = subprocess.run(
        [sys.executable, "-m", "pip_audit", "-r", lock, "--require-hashes", "--disable-pip", "--format=json"],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        answer = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        answer = []
    words, code = summary(answer)
    print(words)
    return code


def summary(dependencies: list[dict[str, Any]]) -> tuple[str, int]:
    """Return what pip-audit found, in words, and the exit code."""
    faults = [
        f"{one['name']} {one['version']}: {fault['id']}, fixed in {', '.join(fault['fix_versions']) or 'no version'}"
        for one in dependencies
        for fault in one.get("vulns", ())
    ]
    unknown = [one["name"] for one in dependencies if "skip_reason" in one]
    if not dependencies or len(unknown) == len(dependencies):
        return "Nothing was audited: the database of known faults could not be reached.", 2
    lines = [*faults, f"{len(dependencies) - len(unknown)} of {len(dependencies)} dependencies were looked up."]
    if unknown:
        lines.append(f"Not looked up: {', '.join(unknown)}.")
    return "\n".join(lines), 1 if faults else 2 if unknown else 0


def run(*words: object, env: dict[str, str] | None = None) -> None:
    """Run a program to its end; what it says is shown only if it fails."""
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, env=env, check=False)
    if done.returncode:
        print(done.stdout + done.stderr, file=sys.stderr)
        done.check_returncode()


if __name__ == "__main__":
    if sys.argv[1:] == ["build"]:
        build()
    elif sys.argv[1:] == ["audit"]:
        sys.exit(audit())
    else:
        sys.exit(__doc__)

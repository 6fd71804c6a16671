"""What is built installs on a machine that has nothing, and holds all that the program reads."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tarfile
import venv
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest
import release

from session.rehearsal import surroundings
from ssrcred import __version__

ROOT: Final = Path(__file__).parents[2]
SLOW_S: Final = 240
"""An index may be far away."""


def run(*command: str | Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=None if env is None else dict(env),
        cwd="/",
        timeout=SLOW_S,
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that was made from it."""
    folder = tmp_path_factory.mktemp("dist")
    release.packages(folder)
    return folder


@pytest.fixture(scope="module")
def released(built: Path) -> Path:
    """All that is released: with the lock, which takes a package index, and the checksums."""
    release.lock(built)
    return built


def the_wheel(built: Path) -> Path:
    (wheel,) = built.glob("*.whl")
    return wheel


def test_the_wheel_holds_facts_pages_types_and_licence(built: Path) -> None:
    with zipfile.ZipFile(the_wheel(built)) as wheel:
        names = set(wheel.namelist())
        metadata = wheel.read(f"ssrcred-{__version__}.dist-info/METADATA").decode()
    for path in (ROOT / "src" / "ssrcred").rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            assert path.relative_to(ROOT / "src").as_posix() in names
    for path in (ROOT / "docs").rglob("*.md"):
        assert f"ssrcred/data/docs/{path.relative_to(ROOT / 'docs').as_posix()}" in names
    assert f"ssrcred-{__version__}.data/data/share/man/man1/ssrcred.1" in names
    wanted = {"data/ets-ssr.toml", "data/schoolwise.toml", "data/toms.toml", "practice/templates/base.html", "py.typed"}
    assert {f"ssrcred/{name}" for name in wanted} <= names
    assert f"ssrcred-{__version__}.dist-info/licenses/LICENSE" in names
    assert not [name for name in names if name.startswith("tests") or "__pycache__" in name]
    assert "License-Expression: MIT" in metadata


def test_the_sdist_holds_what_make_needs(built: Path) -> None:
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert {"Makefile", ".ci/run", "README.md", "LICENSE", "scripts/demo.py", "tests/conftest.py"} <= names
    assert not [name for name in names if name.startswith((".venv", "dist", ".coverage"))]


@pytest.mark.ci
def test_the_lock_has_a_hash_for_each_and_no_address(released: Path) -> None:
    lock = (released / release.LOCK).read_text("utf-8")
    named = [line for line in lock.splitlines() if line and not line.startswith((" ", "#"))]
    assert len(named) > 40 and all("==" in line and line.endswith("\\") for line in named)
    assert {"playwright", "apprise", "icalendar"} <= {line.partition("==")[0] for line in named}
    assert not {"pytest", "ruff"} & {line.partition("==")[0] for line in named}
    assert "://" not in lock
    for line in (released / "SHA256SUMS").read_text("utf-8").splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((released / name).read_bytes()).hexdigest() == digest


def test_an_audit_says_what_it_could_not_look_up() -> None:
    fault = {"id": "MADE-UP-1", "fix_versions": ["1.1"]}
    known, unknown = {"name": "a", "version": "1.0", "vulns": []}, {"name": "b", "skip_reason": "made up"}
    assert release.summary([known])[1] == 0
    assert release.summary([known | {"vulns": [fault]}, unknown])[1] == 1
    words, code = release.summary([known, unknown])
    assert code == 2 and words.endswith("Not looked up: b.")
    for nothing in ([], [unknown]):
        assert release.summary(nothing) == (
            "Nothing was audited: the database of known faults could not be reached.",
            2,
        )


@pytest.mark.ci
def test_installs_where_there_is_nothing_and_with_the_lock_does_the_yearly_job(released: Path, tmp_path: Path) -> None:
    home, wheel = tmp_path / "home", str(the_wheel(released))
    home.mkdir()
    venv.create(tmp_path / "venv", with_pip=True)
    python, program = tmp_path / "venv/bin/python", tmp_path / "venv/bin/ssrcred"
    environment = surroundings(home, SHELL="/bin/bash", COLUMNS="100")
    environment["PATH"] = f"{program.parent}{os.pathsep}{environment['PATH']}"
    # As many-machines.md says: what was fetched once installs where there is no index.
    lock, wheelhouse = ("--require-hashes", "-r", str(released / release.LOCK)), str(tmp_path / "wheelhouse")
    fetched = run(python, "-m", "pip", "download", "--quiet", *lock, "-d", wheelhouse, env=os.environ)
    assert fetched.returncode == 0, fetched.stdout + fetched.stderr

    install(python, wheelhouse, wheel)
    for command in ((program,), (python, "-m", "ssrcred")):
        said = run(*command, "--version", env=environment)
        assert (said.returncode, said.stdout, said.stderr) == (0, f"ssrcred {__version__}\n", "")
    helped = run(program, "--help", env=environment)
    assert helped.returncode == 0
    for group in ("Every year", "Any day", "When something is wrong", "Set-up"):
        assert group in helped.stdout
    _check_completion(environment, home)
    guide = run(program, "help", "network", env=environment)
    assert guide.stdout == (ROOT / "docs/how-to/network.md").read_text("utf-8")
    assert (tmp_path / "venv/share/man/man1/ssrcred.1").exists()
    refused = run(program, "practice", env=environment)
    assert refused.returncode == 2
    error, state, hint = refused.stderr.splitlines()
    assert error == "error: The practice district is not installed."
    assert state.startswith("state: ") and ".[practice]" in hint

    install(python, wheelhouse, f"{wheel}[practice]")
    page = "import ssrcred.practice as p\nwith p.running() as d: print(d.district_name)"
    said = run(python, "-c", page, env=environment)
    assert (said.stdout, said.stderr) == ("Lincoln Unified School District\n", "")

    install(python, wheelhouse, *lock)
    # Where no browser is found: test_demo.py has one.
    shown = run(python, ROOT / "scripts" / "demo.py", env=surroundings(home, PATH="/nonexistent/made-up-folder"))
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "fine" in shown.stdout.rpartition("$ ssrcred status")[2]


def install(python: Path, wheelhouse: str, *what: str) -> None:
    # Not compiled: most of what is installed is never imported here.
    words = ("--quiet", "--disable-pip-version-check", "--no-compile", "--no-index", "--find-links", wheelhouse)
    done = run(python, "-m", "pip", "install", *words, *what, env=os.environ)
    assert done.returncode == 0, done.stdout + done.stderr


def _check_completion(environment: Mapping[str, str], home: Path) -> None:
    """The completion is for the shell that asks, so a shell has to ask."""
    done = run("bash", "-c", "ssrcred --install-completion; exit $?", env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    scripts = list(home.rglob("*ssrcred*"))
    assert scripts and "_SSRCRED_COMPLETE" in "".join(path.read_text("utf-8") for path in scripts if path.is_file())
    asked = dict(environment) | {"_SSRCRED_COMPLETE": "complete_bash", "COMP_WORDS": "ssrcred ro", "COMP_CWORD": "1"}
    assert run("ssrcred", env=asked).stdout.split() == ["rotate"]

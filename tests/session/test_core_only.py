"""Every extra in an environment that has the core and nothing more: what is missing is named with how to get it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import venv
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest

import ssrcred
from session.rehearsal import LEA, Rehearsal
from ssrcred.adapters.installation import installer, quoted
from waiting import HUNG_S

EXTRAS = ("aiohttp", "jinja2", "playwright", "prometheus_client", "apprise", "icalendar")
"""What the extras bring, by the names that it is imported by."""


def core(name: str, seen: dict[str, Distribution]) -> dict[str, Distribution]:
    """The distribution of that name and all that it needs, extras left out."""
    try:
        found = distribution(name)
    except PackageNotFoundError:  # of another system
        return seen
    if found.name not in seen:
        seen[found.name] = found
        for line in found.requires or ():
            needed, _, condition = line.partition(";")
            if "extra ==" not in condition:
                core(re.match(r"[\w.-]+", needed)[0], seen)  # type: ignore[index]
    return seen


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Python with this ssrcred and what its core needs, each part where it is installed here."""
    home = tmp_path_factory.mktemp("core")
    venv.EnvBuilder(symlinks=True).create(home)
    [packages] = home.glob("lib/python*/site-packages")
    for part in core("ssrcred", {}).values():
        tops = {str(file).split("/")[0] for file in part.files or () if not str(file).startswith(("..", "__pycache__"))}
        for top in tops:
            target = Path(str(part.locate_file(top)))
            if target.exists() and not top.endswith(".pth") and not (packages / top).exists():
                (packages / top).symlink_to(target)
    (packages / "own.pth").write_text(str(Path(ssrcred.__file__).parent.parent))
    yield str(home / "bin" / "python")


def ran(python: str, rehearsal: Rehearsal, *words: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (python, "-m", "ssrcred", *words),
        capture_output=True,
        text=True,
        input=given,
        env=rehearsal.environment,
        timeout=HUNG_S,
    )


def test_the_environment_has_the_core_alone(python: str) -> None:
    code = f"from importlib.util import find_spec; print([one for one in {EXTRAS!r} if find_spec(one)])"
    assert subprocess.run((python, "-c", code), capture_output=True, text=True).stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ("calendar", ("calendar", "dates.ics")),
        ("prometheus", ("status", "--prometheus", "figures.prom")),
        ("practice", ("practice",)),
        ("browser", ("schools", "--driver", "browser")),
        ("browser", ("rotate", "--plan", "--driver", "browser")),
        ("browser", ("portal", "test", "--driver", "browser")),
        ("browser", ("upload", "--driver", "browser")),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_a_command_without_its_extra_says_how_to_install_it(
    python: str, rotated_once: tuple[Rehearsal, object], tmp_path: Path, extra: str, words: tuple[str, ...]
) -> None:
    rehearsal = rotated_once[0].copied(tmp_path)
    done = ran(python, rehearsal, *(str(tmp_path / one) if "." in one else one for one in words))
    assert done.returncode == (3 if extra == "browser" else 2), done.stderr
    assert f"{python} -m pip install '.[{extra}]'" in done.stderr and "foresaw" not in done.stderr


def test_the_doctor_names_the_extras_that_the_settings_need(
    python: str, rotated_once: tuple[Rehearsal, object], tmp_path: Path
) -> None:
    rehearsal = rotated_once[0].copied(tmp_path)
    config = rehearsal.home / "config.toml"
    text = config.read_text("utf-8").replace(f"[lea.{LEA}.schoolwise]", f'[lea.{LEA}.schoolwise]\ndriver = "browser"')
    text = text.replace('driver = "http"\n', "")
    config.write_text(f'{text}\n[lea.{LEA}.remind]\nchannels = ["team"]\n', "utf-8")
    found = json.loads(ran(python, rehearsal, "doctor", "--json").stdout)["checks"]
    by_name = {one["check"]: one for one in found}
    assert by_name["extras"]["result"] == "problem" and by_name["extras"]["exit"] == 3
    assert by_name["extras"]["command"].endswith("'.[browser,notify]'")
    assert by_name["practice"]["result"] == "not_tried"
    assert not [one for one in found if "foresaw" in one["words"]]


def test_nothing_is_said_where_the_settings_need_no_extra(python: str, rotated_once: tuple[Rehearsal, object]) -> None:
    found = json.loads(ran(python, rotated_once[0], "doctor", "--json").stdout)["checks"]
    assert "extras" not in [one["check"] for one in found] and len(found) > 8


@pytest.mark.parametrize(
    ("file", "content", "command"),
    [
        ("uv-receipt.toml", "[tool]\n", "uv tool install --force"),
        ("pipx_metadata.json", "{}", "pipx install --force"),
        ("pyvenv.cfg", "home = /usr/bin\nuv = 0.9.0\n", "uv pip install --python /x/python"),
        ("pyvenv.cfg", "home = /usr/bin\n", "/x/python -m pip install"),
        ("other", "", "/x/python -m pip install"),
    ],
)
def test_the_hint_names_the_tool_that_installed_the_program(
    tmp_path: Path, file: str, content: str, command: str
) -> None:
    (tmp_path / file).write_text(content)
    assert installer(str(tmp_path), "/x/python") == command


def test_quotes_are_those_that_the_systems_shells_take() -> None:
    assert quoted(".[browser]", windows=True) == '".[browser]"'
    assert quoted(".[browser]", windows=False) == "'.[browser]'"
    assert quoted(r"C:\Program Files\x", windows=True) == r'"C:\Program Files\x"'
    assert quoted("it's", windows=False) == "'it'\\''s'"


def test_the_completion_of_a_shell_that_is_not_here_is_no_bug(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "PATH": str(tmp_path), "SSRCRED_HOME": str(tmp_path)}
    environ["_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION"] = "1"  # Typer's own: as where no shell is recognized
    command = (sys.executable, "-m", "ssrcred", "--install-completion", "pwsh")
    done = subprocess.run(command, capture_output=True, text=True, env=environ)
    assert done.returncode == 2 and "foresaw" not in done.stderr, done.stderr
    assert "pwsh" in done.stderr and "ssrcred --install-completion bash" in done.stderr
    assert not [name for name in os.listdir(tmp_path) if name.endswith(".ps1")]

"""What nobody could run here, a forge's workflow and PowerShell's twin of make, calls what is run here, and says so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
TWIN = ROOT / "scripts/test.ps1"
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")


def targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", MAKEFILE, re.MULTILINE))


def steps_of_make(target: str) -> list[str]:
    """What make runs for a target after those that it needs, its programs called as modules of Python."""
    [(needs, recipe)] = re.findall(rf"^{target}:([^\n]*)\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    lines = [line[1:] for line in recipe.splitlines() if line.startswith("\t$(BIN)/")]
    own = [re.sub(r"^(?:python )?(?:-m )?", "", line.removeprefix("$(BIN)/")) for line in lines]
    return [step for need in needs.split() if need in targets() for step in steps_of_make(need)] + own


def steps_of_twin(target: str) -> list[str]:
    [body] = re.findall(rf"^    '{target}' \{{\n(.*?)^    \}}", TWIN.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    steps = [re.sub(r"^(?:-m )?", "", line) for line in re.findall(r"Run \$python (.*)", body)]
    return [step.replace("'", '"') for step in steps if not step.startswith("pip ")]


@pytest.mark.parametrize("path", [*WORKFLOWS, TWIN], ids=lambda path: path.name)
def test_what_was_never_run_says_so_in_its_first_line(path: Path) -> None:
    assert path.read_text("utf-8").startswith("# Never run: ")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_runs_only_what_exists_and_takes_actions_by_their_major_version(path: Path) -> None:
    text = path.read_text("utf-8")
    made = re.findall(r"\bmake ([a-z-]+)", "\n".join(re.findall(r"run: (.*)", text)).replace("git make", ""))
    assert {"demo", "test", "dist", "audit"} <= set(made) <= targets()
    chosen = re.search(r"ValidateSet\((.*?)\)", TWIN.read_text("utf-8"))
    assert chosen and set(re.findall(r"test\.ps1 (\w+)", text)) <= set(re.findall(r"'(\w+)'", chosen[1]))
    assert all((ROOT / name).exists() for name in re.findall(r"(?:\.ci|scripts)/[\w.]+", text))
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+", action) for action in re.findall(r"uses: (.*)", text))


def test_a_page_names_no_target_of_make_that_is_not_there() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for name in re.findall(r"(?:`|^)make ([a-z][a-z-]*)", page.read_text("utf-8"), re.MULTILINE):
            assert name in targets(), f"{page.name}: make {name}"


@pytest.mark.parametrize("target", ["demo", "test", "dist"])
def test_the_twin_for_powershell_does_what_make_does(target: str) -> None:
    assert steps_of_twin(target) == steps_of_make(target) != []

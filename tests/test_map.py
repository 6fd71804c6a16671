"""The map: which folder may import which, and who may see a secret key (docs/explanation/architecture.md)."""

from __future__ import annotations

import ast
from pathlib import Path

import ssrcred

ROOT = Path(ssrcred.__file__).parent
ADAPTERS = {
    "atomic_file",
    "capture",
    "vault",
    "connection",
    "installation",
    "web",
    "reports",
    "adapters",
    "ledger",
    "machine",
    "config",
    "schedule",
    "roll",
    "notify",
}

MAY_IMPORT = {
    "domain": set(),
    "diagnosis": {"domain"},
    "workflows": {"domain"},
    "capture": {"domain"},
    "atomic_file": set(),
    "vault": {"domain", "atomic_file", "installation"},
    "connection": {"domain"},
    "installation": set(),
    "web": {"domain", "", "connection"},
    "reports": {"domain", "atomic_file", "web"},
    "adapters": {"domain", "atomic_file", "web", "installation"},
    "ledger": {"domain"},
    "roll": {"domain", "atomic_file"},
    "survey": {"domain", "roll", "ledger", "config"},
    "check": {"domain", "survey", "roll", "output", ""},
    "machine": {"domain", "atomic_file"},
    "notify": {"domain", "connection", "installation"},
    "config": {"domain", "atomic_file"},
    "schedule": {"domain", "atomic_file"},
    "output": {"domain", "atomic_file", "ledger", "installation"},
    "cli": {"domain", "diagnosis", "survey", "output", "practice", "data", "workflows", "", *ADAPTERS},
    "data": set(),
    "practice": set(),
    "__main__": {"cli"},
    "__init__": set(),
}
"""Folder to the folders that it may import beside itself; "" is the package, for its version."""

REVEALERS = {"adapters", "capture", "vault", "reports", "notify"}
"""Folders that may call `.reveal()`: those that send, save or take a secret (style.md, rule 4)."""


def sources() -> list[tuple[str, Path, ast.Module]]:
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        folder = path.relative_to(ROOT).parts[0].removesuffix(".py")
        found.append((folder, path, ast.parse(path.read_text("utf-8"))))
    return found


def imported_folders(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            names |= set(inner) if node.module == "ssrcred" else {node.module}
    folders: set[str] = set()
    for name in names:
        package, _, rest = name.partition(".")
        folder = rest.split(".")[0]
        if package == "ssrcred":
            folders.add(folder if (ROOT / folder).is_dir() or (ROOT / f"{folder}.py").exists() else "")
    return folders


def test_every_folder_is_on_the_map_and_keeps_to_it() -> None:
    for folder, path, tree in sources():
        assert folder in MAY_IMPORT, f"{path.name}: the folder {folder} is not on the map"
        strangers = imported_folders(tree) - MAY_IMPORT[folder] - {folder}
        assert not strangers, f"{path.relative_to(ROOT)} may not import {sorted(strangers)}"


def test_the_map_names_no_folder_that_is_gone() -> None:
    assert set(MAY_IMPORT) == {folder for folder, _, _ in sources()}


def test_only_adapters_reveal_a_secret_key() -> None:
    for folder, path, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr == "reveal":
                assert folder in REVEALERS, f"{path.relative_to(ROOT)}:{node.lineno} reveals a secret"


def test_domain_and_workflows_have_no_clock_and_no_outside() -> None:
    outside = {"os", "sys", "pathlib", "subprocess", "socket", "sqlite3", "time", "getpass", "httpx", "keyring", "rich"}
    for folder, path, tree in sources():
        if folder not in {"domain", "workflows", "diagnosis"}:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                assert not {alias.name.split(".")[0] for alias in node.names} & outside, path.name
            if isinstance(node, ast.ImportFrom):
                assert (node.module or "").split(".")[0] not in outside, path.name
            if isinstance(node, ast.Attribute):
                assert node.attr not in ("now", "utcnow", "today") or _is_given(node), f"{path.name}:{node.lineno}"


def _is_given(node: ast.Attribute) -> bool:
    """Whether it is the clock that a workflow was given."""
    return isinstance(node.value, ast.Attribute) and node.value.attr == "doors"


def test_every_module_begins_with_what_it_does() -> None:
    for _, path, tree in sources():
        docstring = ast.get_docstring(tree)
        assert docstring and docstring.splitlines()[0].endswith((".", ":")), path.relative_to(ROOT)

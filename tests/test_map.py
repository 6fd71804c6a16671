"""The map: which folder may import which, and who may see a secret key (docs/explanation/architecture.md)."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import ssrcred

ROOT = Path(ssrcred.__file__).parent
ADAPTERS = {
    "adapters",
    "adapters/config",
    "adapters/ledger",
    "adapters/machine",
    "adapters/notify",
    "adapters/portal",
    "adapters/reports",
    "adapters/schedule",
    "adapters/terminal",
    "adapters/vault",
    "adapters/web",
}
SHARED = {"domain", "adapters"}
"""What every adapter may use; beside their folders are the atomic write, the TOML reader and the installer's name."""

MAY_IMPORT = {
    "domain": set(),
    "workflows": {"domain"},
    "adapters": {"domain"},
    "adapters/config": SHARED,
    "adapters/ledger": SHARED,
    "adapters/machine": SHARED,
    "adapters/notify": SHARED | {"adapters/web"},
    "adapters/portal": SHARED | {"adapters/web"},
    "adapters/reports": SHARED | {"adapters/web"},
    "adapters/schedule": SHARED,
    "adapters/terminal": SHARED,
    "adapters/vault": SHARED,
    "adapters/web": {"domain", ""},
    "app": {"domain", "workflows", "output", "practice", "", *ADAPTERS},
    "output": {"domain"},
    "check": {"domain", "app", "output", ""},
    "cli": {"domain", "workflows", "app", "output", ""},
    "data": set(),
    "practice": set(),
    "schedule": {"adapters/schedule"},
    "__main__": {"cli"},
    "__init__": set(),
}
"""Folder to the folders that it may import beside itself; "" is the package, for its version."""

REVEALERS = {"adapters/notify", "adapters/portal", "adapters/reports", "adapters/terminal", "adapters/vault"}
"""Folders that may call `.reveal()`: those that send, save or take a secret (style.md, rule 4)."""


def sources() -> list[tuple[str, Path, ast.Module]]:
    return [
        (folder_of(path.relative_to(ROOT).with_suffix("").parts), path, ast.parse(path.read_text("utf-8")))
        for path in sorted(ROOT.rglob("*.py"))
    ]


def folder_of(parts: tuple[str, ...]) -> str:
    """The folder on the map that a module is in; a file beside the folders is one of its own, but in `adapters`."""
    if parts[:1] != ("adapters",):
        return parts[0] if (ROOT / parts[0]).is_dir() or (ROOT / f"{parts[0]}.py").exists() else ""
    return "/".join(parts[:2]) if len(parts) > 1 and (ROOT / "adapters" / parts[1]).is_dir() else "adapters"


def imported_folders(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {folder_of(tuple(name.split(".")[1:]) or ("",)) for name in names if name.split(".")[0] == "ssrcred"}


def test_every_folder_is_on_the_map_and_keeps_to_it() -> None:
    for folder, path, tree in sources():
        assert folder in MAY_IMPORT, f"{path.name}: the folder {folder} is not on the map"
        strangers = imported_folders(tree) - MAY_IMPORT[folder] - {folder}
        assert not strangers, f"{path.relative_to(ROOT)} may not import {sorted(strangers)}"


def test_the_map_names_no_folder_that_is_gone() -> None:
    assert set(MAY_IMPORT) == {folder for folder, _, _ in sources()}


def modules() -> dict[str, ast.Module]:
    """Every module of ours by its full name; a package is named as it is imported."""
    found = {}
    for _, path, tree in sources():
        parts = ("ssrcred", *path.relative_to(ROOT).with_suffix("").parts)
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = tree
    return found


def imported_modules(tree: ast.Module, known: Collection[str]) -> set[str]:
    """The modules of ours that one imports anywhere: within a function and for the type checker too."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= names & set(known) or {node.module}
    return found & set(known)


def test_no_modules_import_each_other_in_a_circle() -> None:
    trees = modules()
    graph = {name: imported_modules(tree, trees) - {name} for name, tree in trees.items()}
    try:
        assert len(list(TopologicalSorter(graph).static_order())) == len(trees) > 100
    except CycleError as error:
        raise AssertionError(f"a circle of imports: {' -> '.join(error.args[1])}") from None


def test_no_two_classes_and_no_two_files_of_one_folder_share_a_name() -> None:
    classes: dict[tuple[Path, str], str] = {}
    files: set[tuple[Path, str]] = set()
    for _, path, tree in sources():
        assert (path.parent, path.stem.casefold()) not in files, f"{path} differs from another file only in case"
        files.add((path.parent, path.stem.casefold()))
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                other = classes.setdefault((path.parent, node.name), path.name)
                assert other == path.name, f"{path.parent}: the class {node.name} is in {other} and in {path.name}"


def test_only_adapters_reveal_a_secret_key() -> None:
    for folder, path, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr == "reveal":
                assert folder in REVEALERS, f"{path.relative_to(ROOT)}:{node.lineno} reveals a secret"


def test_domain_and_workflows_have_no_clock_and_no_outside() -> None:
    outside = {"os", "sys", "pathlib", "subprocess", "socket", "sqlite3", "time", "getpass", "httpx", "keyring", "rich"}
    for folder, path, tree in sources():
        if folder not in {"domain", "workflows"}:
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
    return isinstance(node.value, ast.Attribute) and node.value.attr == "ports"


def test_every_module_begins_with_what_it_does() -> None:
    for _, path, tree in sources():
        docstring = ast.get_docstring(tree)
        assert docstring and docstring.splitlines()[0].endswith((".", ":")), path.relative_to(ROOT)


FOR_ONE_LEA = re.compile(
    r"ssrcred (?:(?:rotate|resume|abandon|store|upload|verify|schools|calendar|handover|status)\b"
    r"|secret set (?!notify)[a-z][\w:-]*(?![\w:-])|portal test|remind --setup|doctor --find-api)"
    r"(?!\[lea\])(?![^.;()]*--(?:lea|all)\b)"
)
WITHOUT_SLOT = {
    "output/reminder_text.py",  # a letter names the LEA on a line of its own
    "app/practice.py",  # the practice district is the only LEA of its folder
    "app/doctor/explanation.py",  # built for one LEA by its name
    "adapters/toml_file.py",  # of any LEA's section
}


def test_a_command_for_one_lea_says_where_its_name_goes() -> None:
    for _, path, tree in sources():
        if path.relative_to(ROOT).as_posix() in WITHOUT_SLOT:
            continue
        docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
                assert not re.search(r"\[lea\][\w\[]", node.value), f"{path.relative_to(ROOT)}:{node.lineno}"
                found = FOR_ONE_LEA.search(node.value)
                more = "IT runs" in node.value or "Found by" in node.value
                assert found is None or more, (
                    f"{path.relative_to(ROOT)}:{node.lineno}: write [lea] behind the command, as in "
                    f"'ssrcred resume[lea]': {found[0]} (domain/errors.py)"
                )

"""The map: which room may import which, who may see a secret key, and what the front may not decide."""

from __future__ import annotations

import ast
from pathlib import Path

import ssrcred

ROOT = Path(ssrcred.__file__).parent
WORDS = {
    "background",
    "errors",
    "page_difference",
    "countdown",
    "credential",
    "diagnosis",
    "finding",
    "hygiene",
    "place",
    "evidence",
    "ladder",
    "outage",
    "event",
    "standing",
    "state",
    "season",
    "suggestion",
    "reminder",
}
STORY = {"story", "handover", "recovery", "upload", "verification", "rotation"}
DOORS = {
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
    "home",
    "notify",
}
FRONT = {"output", "cli", "survey", "check"}

MAY_IMPORT = {
    "background": set(),
    "errors": {"page_difference", "place"},
    "page_difference": {"place"},
    "countdown": set(),
    "credential": set(),
    "diagnosis": {"errors", "finding", "standing"},
    "event": set(),
    "evidence": {"errors", "page_difference", "place"},
    "finding": {"errors"},
    "hygiene": {"credential", "errors"},
    "ladder": {"errors", "evidence", "outage", "place"},
    "outage": {"errors", "evidence"},
    "place": {"credential", "event"},
    "standing": {"event", "evidence", "place"},
    "state": {"countdown", "standing"},
    "season": set(),
    "suggestion": set(),
    "reminder": {"state"},
    "story": WORDS,
    "handover": WORDS | {"story"},
    "recovery": WORDS | {"story"},
    "upload": WORDS | {"story", "verification"},
    "verification": WORDS | {"story"},
    "rotation": WORDS | {"story", "handover", "recovery", "upload", "verification"},
    "capture": WORDS,
    "atomic_file": set(),
    "vault": WORDS | {"atomic_file", "installation"},
    "connection": WORDS,
    "installation": set(),
    "web": WORDS | {"", "connection"},
    "reports": WORDS | {"atomic_file", "web"},
    "adapters": WORDS | {"atomic_file", "web", "installation"},
    "ledger": WORDS,
    "roll": WORDS | {"atomic_file"},
    "survey": WORDS | {"roll", "ledger", "config"},
    "check": WORDS | {"survey", "roll", "output", ""},
    "machine": WORDS | {"atomic_file"},
    "notify": WORDS | {"connection", "installation"},
    "config": WORDS | {"atomic_file"},
    "schedule": {"atomic_file", "errors"},
    "output": WORDS | {"atomic_file", "ledger", "installation"},
    "cli": WORDS | STORY | DOORS | {"survey", "output", "practice", "data", ""},
    "data": set(),
    "practice": set(),
    "__main__": {"cli"},
    "__init__": set(),
}
"""Room to the rooms that it may import beside itself; "" is the package, for its version."""

REVEALERS = {"adapters", "capture", "vault", "reports", "notify"}
"""Rooms that may call `.reveal()`: the doors that send, save or take a secret (style.md, rule 4)."""


def sources() -> list[tuple[str, Path, ast.Module]]:
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        room = path.relative_to(ROOT).parts[0].removesuffix(".py")
        found.append((room, path, ast.parse(path.read_text("utf-8"))))
    return found


def imported_rooms(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            names |= set(inner) if node.module == "ssrcred" else {node.module}
    rooms: set[str] = set()
    for name in names:
        package, _, rest = name.partition(".")
        room = rest.split(".")[0]
        if package == "ssrcred":
            rooms.add(room if (ROOT / room).is_dir() or (ROOT / f"{room}.py").exists() else "")
    return rooms


def test_every_room_is_on_the_map_and_keeps_to_it() -> None:
    for room, path, tree in sources():
        assert room in MAY_IMPORT, f"{path.name}: the room {room} is not on the map"
        strangers = imported_rooms(tree) - MAY_IMPORT[room] - {room}
        assert not strangers, f"{path.relative_to(ROOT)} may not import {sorted(strangers)}"


def test_the_map_names_no_room_that_is_gone() -> None:
    assert set(MAY_IMPORT) == {room for room, _, _ in sources()}


def test_only_doors_reveal_a_secret_key() -> None:
    for room, path, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr == "reveal":
                assert room in REVEALERS, f"{path.relative_to(ROOT)}:{node.lineno} reveals a secret"


def test_words_and_stories_have_no_clock_and_no_outside() -> None:
    outside = {"os", "sys", "pathlib", "subprocess", "socket", "sqlite3", "time", "getpass", "httpx", "keyring", "rich"}
    for room, path, tree in sources():
        if room not in WORDS | STORY:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                assert not {alias.name.split(".")[0] for alias in node.names} & outside, path.name
            if isinstance(node, ast.ImportFrom):
                assert (node.module or "").split(".")[0] not in outside, path.name
            if isinstance(node, ast.Attribute):
                assert node.attr not in ("now", "utcnow", "today") or _is_door(node), f"{path.name}:{node.lineno}"


def _is_door(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Attribute) and node.value.attr == "doors"


def test_every_module_begins_with_its_promise() -> None:
    for _, path, tree in sources():
        docstring = ast.get_docstring(tree)
        assert docstring and docstring.splitlines()[0].endswith((".", ":")), path.relative_to(ROOT)

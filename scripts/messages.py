"""Print every message that a person can read, in one list, as it is rendered: `make messages`.

What the program says stands in its source as the texts of errors, remarks, questions, findings, clauses and help. Each
is found there and shown where it stands, with «words» for what is filled in when it is said, and [one | other] where it
is said in more than one way. Clauses (`Unfit`) are shown in both sentences that they end up in.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parent.parent / "src" / "ssrcred"
SAYS: Final = {
    *("say", "_say", "line", "field", "choose", "wait", "wait_for_enter", "waiting_for"),
    *("ask", "ask_until_good", "ask_parsed", "ask_yes_no", "ask_hidden"),
}
"""Methods that show a text to a person, the text among their arguments."""
FINDS: Final = {"fine", "problem", "not_tried"}
RECORDS: Final = ("what", "reason")
"""The words of an event, as they are recorded and shown."""
VERDICT: Final = ("name", "headline", "details", "next", "command", "who", "caller", "sure", "because")
CLAUSES: Final = {"Unfit": ("It {}.", "lea.NAME.key: {}."), "_Wrong": ("{}",)}


class Message(NamedTuple):
    """One message: where it stands, what kind it is, and its parts by name."""

    path: str
    line: int
    kind: str
    parts: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        lines = [f"{self.path}:{self.line}  {self.kind}", *(f"    {name}: {text}" for name, text in self.parts)]
        return "\n".join(lines)


def messages(root: Path = ROOT) -> Iterator[Message]:
    """Every message in the source below `root`, file by file."""
    trees = {path: ast.parse(path.read_text("utf-8")) for path in sorted(root.rglob("*.py"))}
    errors = _error_classes(trees.values())
    for path, tree in trees.items():
        constants = _constants(tree)
        name = str(path.relative_to(root))
        if name.startswith("practice/"):
            continue  # the pages of a made-up district
        for node, known in _with_known(tree, constants):
            if isinstance(node, ast.Call) and (found := _message(node, errors, known)) is not None:
                kind, parts = found
                yield Message(name, node.lineno, kind, parts)


def _with_known(node: ast.AST, known: Mapping[str, str]) -> Iterator[tuple[ast.AST, Mapping[str, str]]]:
    """Every node, with the texts that are known by a name where it stands."""
    if isinstance(node, ast.FunctionDef):
        own: dict[str, list[str]] = {}
        for part in ast.walk(node):
            if not isinstance(part, ast.Assign) or not isinstance(part.value, ast.Constant | ast.JoinedStr | ast.IfExp):
                continue
            if isinstance(part.targets[0], ast.Name):
                text = rendered(part.value, known)
                if text and not text.startswith("«"):
                    own.setdefault(part.targets[0].id, []).append(text)
        known = {
            **known,
            **{name: f"[{' | '.join(all_of)}]" if all_of[1:] else all_of[0] for name, all_of in own.items()},
        }
    yield node, known
    for child in ast.iter_child_nodes(node):
        yield from _with_known(child, known)


def _message(
    call: ast.Call, errors: set[str], constants: Mapping[str, str]
) -> tuple[str, tuple[tuple[str, str], ...]] | None:
    called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    words = {one.arg: one.value for one in call.keywords if one.arg}
    if {"state", "hint"} <= set(words) and call.args:
        name = called if called in errors else "error"
        texts = [("error", call.args[0]), ("state", words["state"]), ("hint", words["hint"])]
        return name, tuple((part, rendered(node, constants)) for part, node in texts)
    if called == "Verdict" or (called == "replace" and {"headline", "details", "next"} & set(words)):
        by_name = dict(zip(VERDICT, call.args, strict=False)) | words
        texts = [
            (name, by_name[name]) for name in ("headline", "details", "next", "caller", "because") if name in by_name
        ]
        # A row's facts are filled in as «facts» are elsewhere.
        row = [(name, re.sub(r"\{(\w+)\}", r"«\1»", rendered(node, constants))) for name, node in texts]
        return "verdict", tuple((name, text) for name, text in row if text)
    if called == "tell" and (told := [(name, words[name]) for name in RECORDS if name in words]):
        return "event", tuple((name, rendered(node, constants)) for name, node in told)
    if called in CLAUSES and call.args:
        text = rendered(call.args[0], constants)
        return "clause", tuple(("said", frame.format(text)) for frame in CLAUSES[called])
    if called in FINDS and len(call.args) > 1:
        return "finding", (("words", rendered(call.args[1 if called != "problem" else 2], constants)),)
    if called in SAYS:
        said = [rendered(node, constants) for node in call.args if _is_text(node, constants)]
        # A word alone is a name of the program's own, or of the scheduler's that is asked.
        shown = [text for text in said if " " in text.strip() and "\\" not in text]
        return ("said", tuple(("says", text) for text in shown)) if shown else None
    if called in ("Option", "Argument", "Typer") and "help" in words:
        return "help", (("help", rendered(words["help"], constants)),)
    return None


def rendered(node: ast.expr, constants: Mapping[str, str]) -> str:
    """A text as it is said, with «words» for what is not known before."""
    if isinstance(node, ast.Constant):
        return "" if node.value is None else str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(rendered(part, constants) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return rendered(node.value, constants)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return rendered(node.left, constants) + rendered(node.right, constants)
    if isinstance(node, ast.IfExp):
        return _one_of([rendered(node.body, constants), rendered(node.orelse, constants)])
    if isinstance(node, ast.Name) and node.id in constants:
        return constants[node.id]
    return f"«{_named(node)}»"


def _one_of(texts: list[str]) -> str:
    return f"[{' | '.join(texts)}]" if len(texts) > 1 else texts[0]


def _named(node: ast.expr) -> str:
    """The last word of an expression, which says what it holds."""
    while isinstance(node, ast.Call | ast.Subscript | ast.Attribute):
        if isinstance(node, ast.Attribute):
            return node.attr.strip("_").replace("_", " ")
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id.replace("_", " ") if isinstance(node, ast.Name) else ast.unparse(node)[:40]


def _is_text(node: ast.expr, constants: Mapping[str, str]) -> bool:
    known = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return known or isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Name) and node.id in constants)


def _constants(tree: ast.Module) -> dict[str, str]:
    """The texts that stand under a name of their own in a module."""
    found: dict[str, str] = {}
    for node in tree.body:
        target: ast.expr | None = node.target if isinstance(node, ast.AnnAssign) else None
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target = node.targets[0]
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if isinstance(target, ast.Name) and isinstance(value, ast.Constant | ast.JoinedStr):
            text = rendered(value, found)
            if not text.startswith("«"):
                found[target.id] = text
    return found


def _error_classes(trees: object) -> set[str]:
    """The names of all classes of errors that a person is shown."""
    bases: dict[str, set[str]] = {}
    for tree in trees:  # type: ignore[attr-defined]
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                bases[node.name] = {one.id for one in node.bases if isinstance(one, ast.Name)}
    found = {"SsrcredError"}
    while more := {name for name, own in bases.items() if own & found} - found:
        found |= more
    return found


def main() -> int:
    """Print them all, and how many there are."""
    found = list(messages())
    for message in found:
        print(message)
    print(f"\n{len(found)} messages.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""A page as the tree that a browser builds from it, and the form that each control is given while it is built.

turbohtml builds the tree (WHATWG HTML, 13.2.6 *Tree construction*). No script runs, so `noscript` counts as a browser
without scripts reads it; templates count for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Final

import turbohtml

SPACE: Final = " \t\n\f"
CELL: Final = frozenset({"td", "th"})
TABLE_PART: Final = CELL | {"tbody", "thead", "tfoot", "caption", "col", "colgroup", "tr"}
LISTED: Final = frozenset({"button", "fieldset", "input", "object", "output", "select", "textarea"})


@dataclass(eq=False, repr=False, slots=True)
class Node:
    """An element: tag, attributes, parent, children (elements and texts) and the form that the parser gave it."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    foreign: bool = False  # a part of a drawing or formula
    parent: Node | None = None
    children: list[Node | str] = field(default_factory=list)
    given_form: Node | None = None

    def elements(self) -> list[Node]:
        """The elements right inside this one."""
        return [child for child in self.children if isinstance(child, Node)]

    def walk(self, *tags: str) -> Iterator[Node]:
        """This element and all below it in the order of the page, or only those with one of some tags."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            if not tags or node.tag in tags:
                yield node
            waiting += [child for child in reversed(node.children) if not isinstance(child, str)]

    def by_id(self) -> dict[str, Node]:
        """The elements by their id; of two with one id, the first."""
        return {node.attributes["id"]: node for node in reversed(list(self.walk())) if node.attributes.get("id")}

    def outward(self) -> Iterator[Node]:
        """This element and those around it, nearest first."""
        yield self
        yield from self.ancestors()

    def ancestors(self) -> Iterator[Node]:
        """The elements around this one, nearest first."""
        node = self.parent
        while node is not None:
            yield node
            node = node.parent

    def within(self, *tags: str) -> Node | None:
        """The nearest element around this one with one of the tags."""
        return next((node for node in self.ancestors() if node.tag in tags), None)

    def shared_with(self, other: Node) -> Node:
        """The nearest element that holds both."""
        around = set(self.outward())
        return next(node for node in other.outward() if node in around)

    def number(self, attribute: str) -> int | None:
        """An attribute's number as browsers read it, or None (HTML, *rules for parsing non-negative integers*)."""
        digits = re.match(rf"[{SPACE}]*\+?([0-9]{{1,9}})(?![0-9])", self.attributes.get(attribute, ""))
        return int(digits[1]) if digits else None


def parse_tree(markup: str) -> Node:
    """The root of the tree of a page. No text makes this fail."""
    root = Node("#root")
    owning: list[tuple[tuple[int, int], Node | None]] = []  # where forms and controls begin, and where forms end
    # No deeper than 512 elements, as in Chromium: turbohtml bounds what a hostile page can cause.
    waiting = [(child, root) for child in reversed(turbohtml.parse(markup).children)]
    while waiting:
        part, parent = waiting.pop()
        if isinstance(part, turbohtml.Text):
            parent.children.append(part.data)
        elif isinstance(part, turbohtml.Element) and part.tag != "template":
            attributes = {name: part.attr(name) or "" for name in part.attrs}
            node = Node(part.tag.lower(), attributes, part.namespace is not turbohtml.Namespace.HTML, parent)
            parent.children.append(node)
            waiting += [(child, node) for child in reversed(part.children)]
            if node.tag in LISTED | {"form"} and not node.foreign and part.position is not None:
                owning.append((part.position, node))
    # The form element pointer of the standard: a control belongs to the last form begun before it and not yet ended.
    # Old pages begin a form inside a table, where the tree cannot hold its content: only the pointer tells then.
    ends = (token for token in turbohtml.tokenize(markup) if token.type is turbohtml.TokenType.END_TAG)
    owning += [((token.line, token.col), None) for token in ends if token.tag == "form"]
    pointer = None
    for _, mark in sorted(owning, key=itemgetter(0)):
        if mark is None or mark.tag == "form":
            pointer = mark
        else:
            mark.given_form = pointer
    return root

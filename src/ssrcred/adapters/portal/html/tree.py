"""A page as a tree, near enough to the tree a browser builds to know whose field, label and cell is whose.

Follows WHATWG HTML, 13.2.6 *Tree construction*, in what decides form owners, order, tables and labels: the form element
pointer, scopes, implied end tags, foster parenting. Left out, because no control changes owner by it: rebuilding
of formatting elements, frames, quirks. No script runs, so `noscript` counts as a browser without scripts reads it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from ssrcred.adapters.portal.html.tokenizer import SPACE, End, Start, Text, tokens


def _names(tags: str) -> frozenset[str]:
    return frozenset(tags.split())


VOID: Final = _names("area base br col embed frame hr img input keygen link meta param source track wbr")
BLOCK: Final = _names(
    "address article aside blockquote center details dialog dir div dl fieldset figcaption figure footer form h1 h2 h3 "
    "h4 h5 h6 header hgroup hr li dd dt listing main menu nav ol p plaintext pre search section summary table ul "
    "xmp"
)
HEADING: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
SECTION: Final = frozenset({"tbody", "thead", "tfoot"})
CELL: Final = frozenset({"td", "th"})
ROWS: Final = SECTION | {"table", "tr"}
TABLE_PART: Final = SECTION | CELL | {"caption", "col", "colgroup", "tr"}
SCOPE: Final = frozenset({"applet", "caption", "table", "td", "th", "marquee", "object", "select", "#root"})
TABLE_SCOPE: Final = frozenset({"table", "#root"})
BUTTON_SCOPE: Final = SCOPE | {"button"}
LIST_SCOPE: Final = SCOPE | {"ol", "ul"}
SPECIAL: Final = (BLOCK | SCOPE | ROWS | TABLE_PART | VOID | {"button", "select", "script", "style", "textarea"}) - {
    "a"
}
IMPLIED: Final = frozenset({"dd", "dt", "li", "optgroup", "option", "p", "rb", "rp", "rt", "rtc"})
FORMATTING: Final = _names("a b big code em font i nobr s small strike strong tt u")
LISTED: Final = frozenset({"button", "fieldset", "input", "object", "output", "select", "textarea"})
HTML_INSIDE: Final = frozenset({"foreignobject", "desc", "title", "annotation-xml", "mi", "mo", "mn", "ms", "mtext"})
"""Parts of a drawing or formula that hold HTML again (*integration points*)."""
BREAKS_OUT: Final = (BLOCK - {"form", "fieldset", "details", "summary"}) | FORMATTING | {"br", "img", "span", "sub"}
DEEPEST: Final = 512
MOST_MOVES: Final = 200
"""Chromium's own limit for depth, and ours for blocks that are moved: they bound what a hostile page can cause."""


class Node:
    """An element: tag, attributes, parent, children (elements and texts) and the form that the parser gave it."""

    __slots__ = ("attributes", "children", "foreign", "given_form", "parent", "tag")

    def __init__(self, tag: str, attributes: dict[str, str] | None = None, *, foreign: bool = False) -> None:
        self.tag = tag
        self.attributes = attributes or {}
        self.parent: Node | None = None
        self.children: list[Node | str] = []
        self.given_form: Node | None = None
        self.foreign = foreign

    def __repr__(self) -> str:
        return f"<{self.tag} with {len(self.children)} children>"

    def walk(self) -> Iterator[Node]:
        """This element and all below it, in the order of the page, each looked up when it is asked for."""
        yield self
        stack = [iter(self.children)]
        while stack:
            for child in stack[-1]:
                if isinstance(child, Node):
                    yield child
                    stack.append(iter(child.children))
                    break
            else:
                stack.pop()

    def ancestors(self) -> Iterator[Node]:
        """The elements around this one, nearest first."""
        node = self.parent
        while node is not None:
            yield node
            node = node.parent

    def within(self, *tags: str) -> Node | None:
        """The nearest element around this one with one of the tags."""
        return next((node for node in self.ancestors() if node.tag in tags), None)


def parse(markup: str) -> Node:
    """The root of the tree of a page. No text makes this fail."""
    builder = _Builder()
    for token in tokens(markup, lambda: builder.stack[-1].foreign):
        if isinstance(token, Start):
            builder.start(token)
        elif isinstance(token, End):
            builder.end(token.tag)
        else:
            builder.text(token)
    return builder.root


class _Builder:
    def __init__(self) -> None:
        self.root = Node("#root")
        self.stack = [self.root]
        self.open: Counter[str] = Counter()  # how many elements of each tag are on the stack: most searches end here
        self.moves = 0
        self.form: Node | None = None
        self.templates = 0
        self.drop_newline = False

    def text(self, token: Text) -> None:
        words = token.text
        if self.drop_newline and words.startswith("\n"):
            words = words[1:]
        self.drop_newline = False
        if not words or self.templates:
            return
        parent = self.stack[-1]
        if parent.tag in ROWS and not parent.foreign and words.strip(SPACE):
            self._foster(words)
        elif parent.children and isinstance(parent.children[-1], str):
            parent.children[-1] += words
        else:
            parent.children.append(words)

    def start(self, token: Start) -> None:
        tag = "img" if token.tag == "image" else token.tag
        self.drop_newline = False
        if tag == "template" and (self.templates or not self._foreign(tag)):
            self.templates += 1
        if self.templates or tag in ("html", "head", "body"):
            return
        if self._foreign(tag):
            self._insert(Node(tag, token.attributes, foreign=True), push=not token.closed)
            return
        hidden = tag == "input" and token.attributes.get("type", "").lower() == "hidden"
        if not self._make_room(tag, hidden and self._in_rows()):
            return
        node = Node(tag, token.attributes, foreign=tag in ("svg", "math"))
        in_rows = self._in_rows()
        if tag == "form":
            self.form = node
        elif tag in LISTED:
            node.given_form = self.form
        stays = tag in TABLE_PART | {"style", "script", "form"} or hidden
        push = tag not in VOID and not (tag == "form" and in_rows) and not (node.foreign and token.closed)
        self._insert(node, push=push, foster=in_rows and not stays)
        self.drop_newline = tag in ("textarea", "pre", "listing")

    def end(self, tag: str) -> None:
        self.drop_newline = False
        if tag == "template":
            self.templates = max(self.templates - 1, 0)
            return
        if self.templates or tag in ("html", "head", "body"):
            return
        if self._end_foreign(tag) or tag == "br":
            return
        if tag == "form":
            self._end_form()
        elif tag == "p":
            self._pop_through({"p"}, BUTTON_SCOPE)
        elif tag == "li":
            self._pop_through({"li"}, LIST_SCOPE)
        elif tag in HEADING:
            self._pop_through(HEADING, SCOPE)
        elif tag in TABLE_PART | {"table"}:
            self._pop_through({tag}, TABLE_SCOPE)
        elif tag in FORMATTING:
            self._end_formatting(tag)
        elif tag in SPECIAL | {"select"}:
            self._pop_through({tag}, SCOPE - {tag})
        else:
            self._pop_through({tag}, SPECIAL)

    def _foreign(self, tag: str) -> bool:
        """Whether a tag is drawing or mathematics; HTML that cannot be inside them ends them."""
        if not self._in_drawing():
            return False
        if tag not in BREAKS_OUT:
            return True
        self._leave_drawing()
        return False

    def _in_drawing(self) -> bool:
        """Whether the parser stands in a drawing or formula, and in no part of it that holds HTML."""
        return self.stack[-1].foreign and self.stack[-1].tag not in HTML_INSIDE

    def _leave_drawing(self) -> None:
        while self._in_drawing():
            self._cut(-1)

    def _end_foreign(self, tag: str) -> bool:
        """Close a part of a drawing or formula, if that is what an end tag ends."""
        if tag in ("p", "br"):
            self._leave_drawing()
        for at in range(len(self.stack) - 1, 0, -1):
            if not self.stack[at].foreign:
                return False
            if self.stack[at].tag == tag:
                self._cut(at)
                return True
        return False

    def _make_room(self, tag: str, stays: bool) -> bool:
        """Close what a start tag closes; False if browsers ignore the tag here."""
        if tag in TABLE_PART:
            return self._make_table_room(tag)
        if tag == "table" and self._in_rows():
            self._pop_through({"table"}, TABLE_SCOPE)
        if tag == "form" and self.form is not None:
            return False
        if tag in BLOCK and not (tag == "form" and self._in_rows()):
            self._pop_through({"p"}, BUTTON_SCOPE)
        if tag in ("li", "dd", "dt"):
            self._close_item({"li"} if tag == "li" else {"dd", "dt"})
        if tag in HEADING and self.stack[-1].tag in HEADING:
            self._cut(-1)
        if tag == "button":
            self._pop_through({"button"}, SCOPE)
        if tag == "a":
            self._end_formatting("a")
        if tag in ("select", "input") and not stays and self._pop_through({"select"}, SCOPE):
            return tag == "input"
        if tag in ("option", "optgroup") and self.stack[-1].tag == "option":
            self._cut(-1)
        if tag == "optgroup" and self.stack[-1].tag == "optgroup":
            self._cut(-1)
        return True

    def _make_table_room(self, tag: str) -> bool:
        """Pop back to where a part of a table goes, adding the rows that were left out."""
        if self._find({"table"}, TABLE_SCOPE) is None:
            return False
        wanted = {"table"} | (SECTION if tag == "tr" or tag in CELL else set()) | ({"tr"} if tag in CELL else set())
        wanted |= {"colgroup"} if tag == "col" else set()
        while self.stack[-1].tag not in wanted:
            self._cut(-1)
        if (tag == "tr" or tag in CELL) and self.stack[-1].tag == "table":
            self._insert(Node("tbody"))
        if tag in CELL and self.stack[-1].tag != "tr":
            self._insert(Node("tr"))
        return True

    def _close_item(self, tags: set[str]) -> None:
        if not any(self.open[tag] for tag in tags):
            return
        passed = SPECIAL - {"address", "div", "p"}
        near = next(node for node in reversed(self.stack) if node.tag in tags or node.tag in passed)
        if near.tag in tags:
            self._cut(self.stack.index(near))

    def _end_form(self) -> None:
        form, self.form = self.form, None
        near = next((node for node in reversed(self.stack) if node is form or node.tag in SCOPE), None)
        if form is None or near is not form:
            return
        while self.stack[-1].tag in IMPLIED:
            self._cut(-1)
        self._lift(form)  # what is still open inside it stays a part of the form

    def _end_formatting(self, tag: str) -> None:
        at = self._find({tag}, SCOPE)
        if at is None:
            return
        block = next((node for node in self.stack[at + 1 :] if node.tag in SPECIAL), None)
        if block is None:
            self._cut(at)
            return
        self.moves += 1
        if self.moves <= MOST_MOVES:  # browsers move the block, and what is moved forgets what the parser gave it
            for node in block.walk():
                node.given_form = None
        self._lift(self.stack[at])

    def _in_rows(self) -> bool:
        """Whether the parser stands in a table but in no cell of it."""
        if not self.open["table"]:
            return False
        near = next((node for node in reversed(self.stack) if node.tag in ROWS | CELL | {"caption"}), None)
        return near is not None and near.tag in ROWS

    def _find(self, tags: set[str] | frozenset[str], stops: frozenset[str]) -> int | None:
        """Where the newest open element with one of the tags is, if nothing that stops the search is newer."""
        if not any(self.open[tag] for tag in tags):
            return None
        at = len(self.stack) - 1
        while self.stack[at].tag not in tags or self.stack[at].foreign:
            node = self.stack[at]
            if node.tag in stops or (node.foreign and node.tag in HTML_INSIDE):
                return None
            at -= 1
        return at

    def _pop_through(self, tags: set[str] | frozenset[str], stops: frozenset[str]) -> bool:
        at = self._find(tags, stops)
        if at is None:
            return False
        self._cut(at)
        return True

    def _cut(self, at: int) -> None:
        """Close the element at a place of the stack, and all in it."""
        self.open.subtract(node.tag for node in self.stack[at:])
        del self.stack[at:]

    def _lift(self, node: Node) -> None:
        """Close one element and leave what is in it open."""
        self.open[node.tag] -= 1
        self.stack.remove(node)

    def _insert(self, node: Node, *, push: bool = True, foster: bool = False) -> None:
        parent = self.stack[-1]
        if foster and parent.tag in ROWS and not parent.foreign:
            self._foster(node)
        else:
            node.parent = parent
            parent.children.append(node)
        if push and len(self.stack) < DEEPEST:
            self.stack.append(node)
            self.open[node.tag] += 1

    def _foster(self, child: Node | str) -> None:
        """Put what has no place between the cells of a table before that table, as browsers do."""
        table = next(node for node in reversed(self.stack) if node.tag == "table")
        parent = table.parent or self.root
        parent.children.insert(-1, child)  # an open table is the newest child
        if isinstance(child, Node):
            child.parent = parent

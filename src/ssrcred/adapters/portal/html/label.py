"""What a control is called on the page: its label, the cell before or above it, the words in front of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

from ssrcred.adapters.portal.html.tree import CELL, LISTED, Node
from ssrcred.adapters.portal.html.wording import squeeze

UNSEEN: Final = frozenset({"head", "script", "style", "datalist", "select", "textarea", "title"})
BLOCKS: Final = (
    "address article aside blockquote center details dialog dir div dl fieldset figcaption figure footer form h1 h2 h3 "
    "h4 h5 h6 header hgroup hr li dd dt listing main menu nav ol p plaintext pre search section summary table ul xmp"
)
BREAKS: Final = CELL.union(BLOCKS.split(), {"br", "tr", "legend", "caption", "option", "label", "button"})
BREAK: Final = "\x1e"  # between two blocks of text
HEADS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
OFF_SCREEN: Final = re.compile(
    r"(?:^|;)(?:left|top|right|text-indent|margin-left|margin-top):-\d{3,}(?:px|em|rem|%|pt|;|$)"
)
"""How pages put what nobody is to see far outside the window; a trap for programs that fill every field."""
ICONS: Final = frozenset({"material-icons", "material-icons-outlined", "material-symbols-outlined", "mat-icon"})
"""Elements whose text is the name of a picture that their font draws in place of it."""
LONGEST_NAME: Final = 60  # signs; longer blocks explain rather than name
WIDEST: Final = 1000  # HTML's own limit for colspan; no table of a settings page spans more


@dataclass(frozen=True, eq=False, repr=False)
class Labels:
    """What of a page gives names: elements by id, labels by the id they are for, and the grid of each table."""

    by_id: Mapping[str, Node]
    by_target: Mapping[str, list[Node]]
    above: Mapping[Node, Node]  # a cell → the header cell of its column


def labels_of(root: Node) -> Labels:
    """The names that a page gives."""
    by_target: dict[str, list[Node]] = {}
    above: dict[Node, Node] = {}
    for node in root.walk():
        if node.tag == "label" and (target := node.attributes.get("for")):
            by_target.setdefault(target, []).append(node)
        if node.tag == "table":
            above.update(_headers(node))
    return Labels(root.by_id(), by_target, above)


def words_in(node: Node) -> str:
    """The words an element shows: its `aria-label`, its text, a button's value, else what pictures in it say."""
    said = node.attributes.get
    own = said("value") or said("alt", "") if node.tag == "input" else ""
    pictures = " ".join(below.attributes.get("alt", "") for below in node.walk() if below.tag == "img")
    texts = (said("aria-label", ""), text_in(node), own, pictures, said("title", ""))
    return next((words for text in texts if (words := squeeze(text))), "")


def text_in(node: Node, *, links: bool = True) -> str:
    """The text of an element, of its links too if so, without what stands in its controls, scripts and hidden parts."""
    return " ".join(blocks_in(node, () if links else ("a",)))


def blocks_in(node: Node, without: Collection[str] = (), shown: Collection[str] = ()) -> list[str]:
    """The text inside an element that can be seen, block after block, without that of some tags.

    `shown` are the ids of parts that chosen tabs show.
    """
    parts: list[str] = []
    stack: list[Node | str] = list(reversed(node.children))
    while stack:
        child = stack.pop()
        if isinstance(child, str):
            parts.append(child)
        elif child.tag not in UNSEEN and child.tag not in without:
            icon = not ICONS.isdisjoint([child.tag, *child.attributes.get("class", "").lower().split()])
            if not icon and (not hides(child) or child.attributes.get("id", "") in shown):
                ends = [BREAK] if child.tag in BREAKS else []
                stack += [*ends, *reversed(child.children), *ends]
    return [said for block in "".join(parts).split(BREAK) if (said := squeeze(block))]


def hides(node: Node) -> bool:
    """Whether an element says of itself that it cannot be seen; style sheets are not read."""
    attributes = node.attributes
    if "hidden" in attributes or (node.tag == "dialog" and "open" not in attributes):
        return True
    style = "".join(attributes.get("style", "").lower().split())
    return "display:none" in style or "visibility:hidden" in style or OFF_SCREEN.search(style) is not None


def names_of(node: Node, labels: Labels) -> tuple[str, ...]:
    """Every name a control goes by, the surest first, none twice."""
    attributes = node.attributes
    pointed = [labels.by_id[name] for name in attributes.get("aria-labelledby", "").split() if name in labels.by_id]
    names = [" ".join(words_in(part) for part in pointed), attributes.get("aria-label", "")]
    target = attributes.get("id", "")
    first = labels.by_id.get(target)
    # An id used twice names both to see; one of something else names nothing.
    labeling = [*labels.by_target.get(target, ())] if first is node or (first and first.tag in LISTED) else []
    around = node.within("label")
    if around is not None and "for" not in around.attributes:
        labeling.append(around)
    for label in labeling:
        names += [text_in(label, links=False), text_in(label)]  # *Password* with a link *Lost password* behind it
    names += [_before(node), *_beside(node, labels)]
    if not any(squeeze(name) for name in names):
        names += [_group(node), _block_before(node)]
    names += [attributes.get("placeholder", ""), attributes.get("title", "")]
    return tuple(dict.fromkeys(said for name in names if (said := squeeze(name))))


def is_value(node: Node, tag: str, labels: Labels) -> bool:
    """Whether text with a script, `tag` in its window, is a stored value that becomes a field when it is clicked: its
    words are told to nobody. It has a label of its own, and is a whole cell or says more than plain words.
    """
    if tag in ("a", "button", "input", "summary", "option") or not any(_beside(node, labels)):
        return False
    return tag in CELL or tag == "dd" or not all(sign.isalpha() or sign in " -'&." for sign in words_in(node))


def _before(node: Node) -> str:
    """The words right in front of a control, back to the last line break or the control before it."""
    parts: list[str] = []
    for child in earlier(node):
        if isinstance(child, str):
            parts.append(child)
        elif child.tag in BREAKS - {"label"} or has_control(child):
            break
        elif child.tag != "label":
            parts.append(text_in(child))
    return " ".join(reversed(parts))


def _beside(node: Node, labels: Labels) -> list[str]:
    """The cell before the control's own, the header above it, and the `dt` that a `dd` around it belongs to."""
    naming: list[Node] = []
    if (cell := node.within("td", "th")) is not None:
        cells = (part for part in earlier(cell) if isinstance(part, Node) and part.tag in CELL)
        naming += [part for part in islice(cells, 1) if not has_control(part)]
        naming += [labels.above[cell]] if cell in labels.above else []
    if (described := node.within("dd")) is not None:
        terms = (part for part in earlier(described) if isinstance(part, Node))
        naming += [part for part in islice(terms, 1) if part.tag == "dt"]
    return [text_in(part) for part in naming]


def _group(node: Node) -> str:
    """The legend or heading of the nearest group that holds this control and no other that can be seen."""
    for group in node.ancestors():
        if len(list(islice(filter(_counts, group.walk()), 2))) > 1:
            return ""
        heads = [part for part in group.elements() if part.tag in HEADS or part.tag == "legend"]
        if heads and not hides(heads[0]):
            return text_in(heads[0])
    return ""


def _block_before(node: Node) -> str:
    """The block of words right before a control that has none of its own, such as a paragraph above it.

    Not a heading, which may be about more, and nothing beyond another control or a cell of a table.
    """
    for below in (node, *node.ancestors()):
        for part in earlier(below):
            if isinstance(part, str):
                if part.strip():
                    return squeeze(part)
            elif any(_ends_search(inner) for inner in part.walk()):
                return ""
            elif not hides(part) and (said := text_in(part)):
                return said if len(said) <= LONGEST_NAME else ""
        if below.parent is not None and below.parent.tag in CELL | {"form", "fieldset", "dd", "li"}:
            return ""
    return ""


def _ends_search(node: Node) -> bool:
    return node.tag in HEADS | {"table"} or (node.tag == "label" and "for" in node.attributes) or _counts(node)


def _counts(node: Node) -> bool:
    """Whether an element is a control that a person can see and that is no button."""
    if node.tag not in ("input", "select", "textarea") or hides(node):
        return False
    return node.attributes.get("type", "").lower() not in ("hidden", "submit", "image", "reset", "button")


def has_control(node: Node) -> bool:
    return any(part.tag in LISTED for part in node.walk())


def earlier(node: Node) -> Iterator[Node | str]:
    """What stands before an element beside it, the nearest first."""
    if node.parent is not None:
        children = node.parent.children
        yield from reversed(children[: children.index(node)])


def head_text(head: Node) -> str:
    """What a heading, legend, caption or row's head says, without a note behind its own words: *Has its own
    credentials* is another one tomorrow.
    """
    first = head.children[0] if head.children else ""
    noted = any(part.tag in ("small", "span") for part in head.elements())
    return squeeze(first) if isinstance(first, str) and first.strip() and noted else text_in(head)


def row_name(row: Node) -> str:
    """What a row is called: the words of its first cell that has any; of a list there, what is chosen in it."""
    for cell in (cell for cell in row.elements() if cell.tag in CELL):
        lists = [part for part in cell.walk() if part.tag == "select"]
        said = head_text(cell)
        if said or lists:
            return said or chosen_text(lists[0])
    return ""


def chosen_text(select: Node) -> str:
    """The words of a list's choice that is on: only of lists may what they hold be shown."""
    options = [node for node in select.walk() if node.tag == "option"]
    marked = [node for node in options if "selected" in node.attributes] or options[:1]
    return squeeze("".join(child for child in marked[-1].children if isinstance(child, str))) if marked else ""


def _headers(table: Node) -> dict[Node, Node]:
    """Each cell's column header: the nearest one above it that is not the first cell of a row with controls."""
    found: dict[Node, Node] = {}
    heads: dict[int, Node] = {}
    taken: dict[int, int] = {}  # column → rows that a cell above still covers
    sections = (part for part in table.elements() if part.tag in ("tbody", "thead", "tfoot"))
    for row in (row for section in sections for row in section.elements() if row.tag == "tr"):
        cells = [cell for cell in row.elements() if cell.tag in CELL]
        header = _is_header(cells, heads) and not has_control(row)
        column = 0
        placed: dict[int, int] = {}
        for cell in cells:
            while taken.get(column, 0) > 0:
                column += 1
            if not header and column in heads:
                found[cell] = heads[column]
            for _ in range(_span(cell, "colspan")):
                placed[column] = _span(cell, "rowspan")
                if header:
                    heads[column] = cell
                column += 1
        taken = {at: rows - 1 for at, rows in {**taken, **placed}.items() if rows > 1}
    return found


def _is_header(cells: list[Node], heads: Mapping[int, Node]) -> bool:
    """Whether a row without controls names its columns: all headers, or two cells where there are none."""
    if all(cell.tag == "th" or not text_in(cell) for cell in cells):
        return True
    plain = len(cells) > 1 and all(cell.tag == "td" for cell in cells)
    return plain and not any(head.tag == "th" for head in heads.values())


def _span(cell: Node, name: str) -> int:
    said = cell.attributes.get(name, "").strip()
    return min(max(int(said[:5]), 1), WIDEST) if said.isascii() and said.isdigit() else 1

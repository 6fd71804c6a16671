"""What a control, two fields and a part of a page are called: the words beside, above and around them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice, pairwise
from typing import Final

from ssrcred.adapters.portal.html.text_comparison import squeeze
from ssrcred.adapters.portal.html.tree import CELL, LISTED, TABLE_PART, Node

UNSEEN: Final = frozenset({"head", "script", "style", "datalist", "select", "textarea", "title"})
BLOCKS: Final = (
    "address article aside blockquote center details dialog dir div dl fieldset figcaption figure footer form h1 h2 h3 "
    "h4 h5 h6 header hgroup hr li dd dt listing main menu nav ol p plaintext pre search section summary table ul xmp"
)
BREAKS: Final = CELL.union(BLOCKS.split(), {"br", "tr", "legend", "caption", "option", "label", "button"})
BREAK: Final = "\x1e"  # between two blocks of text
NO_FIELD: Final = frozenset({"hidden", "submit", "image", "reset", "button"})
# How pages move hidden content far outside the window: a trap for programs that fill every field.
OFF_SCREEN: Final = re.compile(
    r"(?:^|;)(?:left|top|right|text-indent|margin-left|margin-top):-\d{3,}(?:px|em|rem|%|pt|;|$)"
)
# Elements whose text is the name of a picture that their font draws in place of it.
ICONS: Final = frozenset({"material-icons", "material-icons-outlined", "material-symbols-outlined", "mat-icon"})
LANDMARKS: Final = frozenset({"nav", "header", "footer", "aside", "menu"})
# In these a text of no element of its own may name what follows.
TEXT_HOLDERS: Final = frozenset({"li", "div", "p", "td", "section", "form"})
NAME_HOLDERS: Final = CELL | {"form", "fieldset", "dd", "li"}  # text before one of these is about more
LONGEST_TEXT: Final = 80  # characters; longer texts explain rather than name
WIDEST: Final = 1000  # HTML's own limit for colspan; no table of a settings page spans more


@dataclass(frozen=True, eq=False, repr=False)
class Labels:
    """What of a page gives names: elements by id, labels and tabs by the id they are for, and each table's grid."""

    by_id: Mapping[str, Node]
    by_target: Mapping[str, list[Node]]
    above: Mapping[Node, Node]  # a cell → the header cell of its column
    pointing: Mapping[str, list[Node]]  # an id → what may be a tab of that part


def labels_of(root: Node) -> Labels:
    by_target: dict[str, list[Node]] = {}
    for node in root.walk("label"):
        by_target.setdefault(node.attributes.get("for", ""), []).append(node)
    above: dict[Node, Node] = {}
    for table in root.walk("table"):
        above |= _headers(table)
    pointing: dict[str, list[Node]] = {}
    for node in root.walk():
        link = node.attributes.get("href", "") if node.tag == "a" else ""
        for part in {shows(node), link[1:] if link.startswith("#") else ""} - {""}:
            pointing.setdefault(part, []).append(node)
    return Labels(root.by_id(), by_target, above, pointing)


def words_in(node: Node) -> str:
    """The words an element shows: its `aria-label`, its text, a button's value, else what pictures in it say."""
    stated = node.attributes.get
    own = stated("value") or stated("alt", "") if node.tag == "input" else ""
    pictures = " ".join(picture.attributes.get("alt", "") for picture in node.walk("img"))
    texts = (stated("aria-label", ""), text_in(node), own, pictures, stated("title", ""))
    return next((words for text in texts if (words := squeeze(text))), "")


def text_in(node: Node, *, links: bool = True) -> str:
    """The text of an element, of its links too if so, without its controls, scripts and hidden parts."""
    return " ".join(blocks_in(node, () if links else ("a",)))


def blocks_in(node: Node, without: Collection[str] = (), shown: Collection[str] = ()) -> list[str]:
    """The text inside an element that can be seen, block after block; `shown` are ids of parts that tabs show."""
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
    return [text for block in "".join(parts).split(BREAK) if (text := squeeze(block))]


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
    named = first is node or (first is not None and first.tag in LISTED)
    labeling = [*labels.by_target.get(target, ())] if named else []
    around = node.within("label")
    if around is not None and "for" not in around.attributes:
        labeling.append(around)
    for label in labeling:
        names += [text_in(label, links=False), text_in(label)]  # *Password* with a link *Lost password* behind it
    names += [_before(node), *_beside(node, labels)]
    if not any(squeeze(name) for name in names):
        names.append(_nearby(node))
    # A placeholder often is an example, so it names last.
    names += [attributes.get("placeholder", ""), attributes.get("title", "")]
    return tuple(dict.fromkeys(name for text in names if (name := squeeze(text))))


def shows(node: Node) -> str:
    """The id of the part of the page that a tab says it shows."""
    attributes = node.attributes
    target = attributes.get("data-bs-target") or attributes.get("data-target") or attributes.get("aria-controls") or ""
    return target.removeprefix("#")


def is_value(node: Node, tag: str, labels: Labels) -> bool:
    """Whether text with a script is a stored value that becomes a field when it is clicked: its words are not told."""
    # It has a label of its own, and is a whole cell or says more than plain words.
    if tag in ("a", "button", "input", "summary", "option") or not any(_beside(node, labels)):
        return False
    return tag in CELL or tag == "dd" or not all(sign.isalpha() or sign in " -'&." for sign in words_in(node))


def _before(node: Node) -> str:
    """The words right in front of a control, back to the last line break or the control before it."""
    parts: list[str] = []
    # A label is of one control, most often of the one before.
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
    if (cell := node.within(*CELL)) is not None:
        before = next((part for part in earlier(cell) if isinstance(part, Node) and part.tag in CELL), None)
        naming += [before] if before is not None and not has_control(before) else []
        naming += [labels.above[cell]] if cell in labels.above else []
    if (described := node.within("dd")) is not None:
        term = next((part for part in earlier(described) if isinstance(part, Node)), None)
        naming += [term] if term is not None and term.tag == "dt" else []
    return [text_in(part) for part in naming]


def _nearby(node: Node) -> str:
    """The words in front of a control: a short block right before it, or the heading of a group of it alone."""

    def counts(part: Node) -> bool:
        """Whether an element is a control that a person can see and that is no button."""
        kind = part.attributes.get("type", "").lower()
        field = part.tag in ("select", "textarea") or (part.tag == "input" and kind not in NO_FIELD)
        return field and not hides(part)

    for below, above in pairwise(node.outward()):
        shown = (part for part in earlier(below) if (part.strip() if isinstance(part, str) else not hides(part)))
        nearest = next(shown, None)
        if isinstance(nearest, Node) and any(map(counts, nearest.walk())):
            return ""
        alone = len(list(islice(filter(counts, above.walk()), 2))) < 2
        for text, rank in texts_before(below):
            if rank is None or alone:
                return squeeze(text)
        # Nothing beyond another control or a cell of a table.
        passed = (part for part in earlier(below) if isinstance(part, Node))
        if any(map(counts, chain.from_iterable(part.walk() for part in passed))) or above.tag in NAME_HOLDERS:
            return ""
    return ""


def texts_before(below: Node) -> Iterator[tuple[str, int | None]]:
    """Yield the texts before an element in its parent, nearest first: a short block (rank None), then headings."""

    def explains(text: str) -> bool:  # a sentence; names have no full stop
        return text.rstrip().endswith((".", "!", "?"))

    nearest, holder = True, below.parent  # a block counts only right before it, a heading however far
    for part in earlier(below):
        if isinstance(part, str):
            if nearest and holder is not None and holder.tag in TEXT_HOLDERS and part.strip() and not explains(part):
                yield part, None
                nearest = False
            continue
        if hides(part) or part.tag in LANDMARKS | TABLE_PART | UNSEEN:
            continue
        labels_another = any("for" in label.attributes for label in part.walk("label"))
        has_fields, text = labels_another or has_control(part), text_in(part)
        heads = [node for node in part.walk() if rank_of(node) is not None and not hides(node)]
        if heads and not has_fields:  # one that was never closed names what is inside it
            head = part if heads[0] is part else heads[-1]
            yield head_text(head), rank_of(head)
        elif nearest and text and not has_fields and not explains(text) and len(text) <= LONGEST_TEXT:
            links = "".join(map(text_in, part.walk("a", "button")))
            if len("".join(links.split())) < len("".join(text.split())):  # else it is a menu
                yield text, None
        nearest = nearest and not (heads or text or has_fields)


def rank_of(node: Node) -> int | None:
    """The level of a heading, None for what is none."""
    if re.fullmatch("h[1-6]", node.tag):
        return int(node.tag[1])
    if node.attributes.get("role", "").lower() == "heading":
        level = node.attributes.get("aria-level", "2")
        return int(level) if level in "123456" and level else 2
    return None


def has_control(node: Node) -> bool:
    return next(node.walk(*LISTED), None) is not None


def earlier(node: Node) -> Iterator[Node | str]:
    """Yield the earlier siblings of an element, the nearest first."""
    if node.parent is not None:
        children = node.parent.children
        yield from reversed(children[: children.index(node)])


def head_text(head: Node) -> str:
    """What a heading, legend, caption or row's head says, without a note behind its own words."""
    # A note such as *Has its own credentials* is another one tomorrow.
    first = head.children[0] if head.children else ""
    noted = any(part.tag in ("small", "span") for part in head.elements())
    return squeeze(first) if isinstance(first, str) and first.strip() and noted else text_in(head)


def row_name(row: Node) -> str:
    """What a row is called: the words of its first cell that has any; of a list there, what is chosen in it."""
    for cell in (cell for cell in row.elements() if cell.tag in CELL):
        text, lists = head_text(cell), list(cell.walk("select"))
        if text or lists:
            return text or chosen_text(lists[0])
    return ""


def chosen_text(select: Node) -> str:
    """The words of a list's choice that is on: only of lists may what they hold be shown."""
    options = list(select.walk("option"))
    marked = [node for node in options if "selected" in node.attributes] or options[:1]
    return squeeze("".join(child for child in marked[-1].children if isinstance(child, str))) if marked else ""


def _headers(table: Node) -> dict[Node, Node]:
    """Each cell's column header: the nearest one above it that is not the first cell of a row with controls."""
    found: dict[Node, Node] = {}
    heads: dict[int, Node] = {}
    covered: dict[int, int] = {}  # column → rows that a cell above still covers
    parts = (part for part in table.elements() if part.tag in ("tbody", "thead", "tfoot"))
    for row in (row for part in parts for row in part.elements() if row.tag == "tr"):
        cells = [cell for cell in row.elements() if cell.tag in CELL]
        # Old tables have no header cells: there a first row of plain words names the columns.
        plain = len(cells) > 1 and not any(cell.tag == "th" for cell in (*cells, *heads.values()))
        header = (plain or all(cell.tag == "th" or not text_in(cell) for cell in cells)) and not has_control(row)
        column, placed = 0, dict[int, int]()
        for cell in cells:
            while covered.get(column, 0) > 0:
                column += 1
            if not header and column in heads:
                found[cell] = heads[column]
            for _ in range(min(cell.number("colspan") or 1, WIDEST)):
                placed[column] = min(cell.number("rowspan") or 1, WIDEST)
                if header:
                    heads[column] = cell
                column += 1
        covered = {at: rows - 1 for at, rows in {**covered, **placed}.items() if rows > 1}
    return found


def row_of(one: Node, other: Node) -> Node | None:
    """The row of a table that holds both fields, and nothing of another row."""
    row = one.within("tr")
    return row if row is other.within("tr") else None


def words_around(labels: Labels, one: Node, other: Node) -> Iterator[str]:
    """All that may name the two fields, from the inside to the outside."""
    row = row_of(one, other)
    cells = [node.within(*CELL) for node in (one, other)]
    heads = [labels.above.get(cell) for cell in cells if cell is not None]
    if row is not None:  # the fields of one row share the row's head; text above the table is about all rows
        yield row_name(row)
    elif len(heads) == 2 and heads[0] is heads[1] and heads[0] is not None:  # schools side by side in columns
        yield text_in(heads[0])
    top, rank = one.shared_with(other), 7
    # A broken page may have one field inside the other.
    inside = next((part for part in one.outward() if part.parent is top), one)
    for below, above in pairwise((inside, *top.outward())):
        beside_them = above is top
        for text, level in () if beside_them and row is not None else texts_before(below):
            if level is None and not beside_them:
                yield text
            elif level is not None and level < rank:  # one of a lower or the same rank belongs to the section before
                rank = level
                yield text
        yield from _name_of_part(above, labels)


def _name_of_part(node: Node, labels: Labels) -> Iterator[str]:
    """What a part of the page says that it is called."""
    if rank_of(node) is not None:  # an old page's heading that was never closed
        yield " ".join(
            child if isinstance(child, str) else text_in(child)
            for child in node.children
            if isinstance(child, str) or not has_control(child)
        )
    inside = (child for child in node.elements() if child.tag in ("legend", "caption", "summary"))
    yield from (head_text(child) for child in inside if not hides(child))
    attributes, by_id = node.attributes, labels.by_id
    yield " ".join(words_in(by_id[id]) for id in attributes.get("aria-labelledby", "").split() if id in by_id)
    if node.tag not in LISTED:
        yield attributes.get("aria-label", "")
    if name := attributes.get("id"):
        yield from islice((text_in(tab) for tab in labels.pointing.get(name, ()) if _is_tab_of(tab, name)), 1)


def _is_tab_of(tab: Node, name: str) -> bool:
    """Whether an element is the tab of the part called `name`; a link that only scrolls there is none."""
    if shows(tab) == name or tab.tag != "a" or tab.attributes.get("href") != f"#{name}":
        return shows(tab) == name
    entry, inside = tab.within("li"), any(part.attributes.get("id") == name for part in tab.ancestors())
    if entry is None or entry.parent is None or inside:  # one inside the part leads back to its top
        return tab.attributes.get("role", "").lower() == "tab"
    aims = [node for node in entry.parent.walk("a") if node.attributes.get("href", "").startswith("#")]
    # A link alone in its list skips to the content.
    return len(aims) > 1 or tab.attributes.get("role", "").lower() == "tab"


def list_heading(labels: Labels, holder: Node) -> str:
    """What a list or table is called: its own words, else the heading, paragraph or term before it."""
    texts = [*_name_of_part(holder, labels)]
    for below, above in pairwise(holder.outward()):
        texts += [text for text, _ in texts_before(below)]
        if above.tag in ("main", "article", "section", "form", "#root"):
            break
    texts += map(text_in, islice(holder.walk("th"), 1))
    return next(filter(None, map(squeeze, texts)), "")

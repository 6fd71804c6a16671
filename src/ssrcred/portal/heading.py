"""What names a pair from beside or above: its row, the legend of its group, the headings, titles and tabs over it."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from ssrcred.adapters.portal.html.label import BREAKS, LONGEST_NAME, Labels, labels_of, names_of, text_in, words_in
from ssrcred.adapters.portal.html.page import shows
from ssrcred.adapters.portal.html.tree import CELL, LISTED, Node
from ssrcred.adapters.portal.html.wording import beside, normal, same, says, squeeze
from ssrcred.portal.school import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ssrcred.adapters.portal.html.page import Field, Page
    from ssrcred.portal.map import PortalMap

HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "legend", "caption", "summary", "dt"})
ABOUT: Final = {"legend": ("fieldset",), "caption": ("table",), "summary": ("details",)}
DEEPEST: Final = 7
"""The level of what is no heading by its tag, one below those that are."""
TITLES: Final = frozenset(
    [
        *("card-header", "card-title", "panel-heading", "panel-title", "box-header", "box-title", "modal-title"),
        *("accordion-header", "ui-panel-title", "ui-panel-titlebar", "ui-accordion-header", "portlet-title"),
        *("section-title", "group-title", "form-title", "widget-title", "x-panel-header-text", "slds-card__header"),
    ]
)
"""Classes under which well-known style sheets show a title."""
TITLE_TAGS: Final = frozenset({"mat-card-title", "mat-panel-title", "mat-expansion-panel-header"})
PANELS: Final = frozenset({"tabpanel", "region", "group", "dialog"})
TABS: Final = frozenset({"tabs", "nav-tabs", "nav-pills", "ui-tabs", "ui-tabs-nav", "tab-list", "tablist"})
"""Classes of lists of tabs."""
ASIDE_TAGS: Final = frozenset({"nav", "aside", "footer", "menu"})
ASIDE_ROLES: Final = frozenset({"navigation", "complementary", "contentinfo", "menu", "menubar"})
ASIDES: Final = frozenset({"nav", "navbar", "sidebar", "side-bar", "sidenav", "side-nav", "leftnav", "menu", "footer"})
"""Classes of such parts of a page."""
TRIALS: Final = ("test", "testing", "training", "practice", "demo", "sandbox", "staging", "stage", "uat", "trial")
TRIAL: Final = (
    *("sandbox", "staging", "uat", "non-production", "pre-production"),
    *(f"{kind} {what}" for kind in TRIALS for what in ("environment", "system", "server", "site", "mode", "instance")),
    *("development environment", "dev environment", "qa environment"),
)
"""Words over a pair that is not the portal's at work."""
DOES: Final = ("Cancel", "Delete", "Remove", "View", "Select", "Details")
"""What links in a row do, beside what the map says; none of it names a place."""


class Heading(NamedTuple):
    """One heading: its element, its level, its words, and the part of the page that it is about if that is told."""

    node: Node
    level: int
    words: str
    about: Node | None = None


def row_name(username: Field, key: Field, above: Mapping[Node, Node], words: PortalMap) -> str:
    """The first words of the row that both fields are in, if they name neither a field nor what a link does.

    `above` tells the head of each cell's column: one called *School* holds the name.
    """
    row = username.control.node.within("tr")
    if row is None or key.control.node.within("tr") is not row:
        return ""
    cells = [cell for cell in row.children if isinstance(cell, Node) and cell.tag in CELL]
    if sum(_has_fields(cell) for cell in cells) < 2:
        return ""
    named = _called_school(cells, above, words)
    for cell in [named] if named is not None else cells:
        if _has_fields(cell):
            return ""
        said = _first_words(cell, words)
        if said and not said.isdigit():
            return "" if names_a_field(said, words) else said
    return ""


def _called_school(cells: list[Node], above: Mapping[Node, Node], words: PortalMap) -> Node | None:
    """The one cell without fields whose column says that it holds the school, wherever it stands in its row."""
    called = (*words.schools.list, *words.schools.choice)
    found = [cell for cell in cells if cell in above and same(text_in(above[cell]), called) and not _has_fields(cell)]
    return found[0] if len(found) == 1 and text_in(found[0]) else None


def row_words(username: Field, key: Field) -> list[str]:
    """The words of the cells of the row that both fields are in, without those of fields, links and buttons."""
    row = username.control.node.within("tr")
    if row is None or key.control.node.within("tr") is not row:
        return []
    cells = [cell for cell in row.children if isinstance(cell, Node) and not _has_fields(cell)]
    return [" ".join(_pieces(cell, without=("a", "button"))) for cell in cells]


def legend_of(username: Field, key: Field, keys: frozenset[Node], words: PortalMap) -> str:
    """The name of the group that holds this pair and no other; `keys` are the keys' fields of all pairs."""
    group = key.control.node.within("fieldset")
    if group is None or group not in username.control.node.ancestors():
        return ""
    legend = next((part for part in group.children if isinstance(part, Node) and part.tag == "legend"), None)
    holds = (part for part in group.walk() if part in keys or part.attributes.get("type", "").lower() == "password")
    if legend is None or len(list(islice(holds, 2))) > 1:
        return ""
    said = text_in(legend)
    return "" if names_a_field(said, words) else said


def headings_of(page: Page, words: PortalMap) -> dict[Node, tuple[Heading, ...]]:
    """For each control: the headings over it, the nearest one last; one of the same or a higher level ends another.

    What stands over a frame stands over all in it, and what a frame or a menu says is about that alone.
    """
    found: dict[Node, tuple[Heading, ...]] = {}
    _look_over(page, words, [], found)
    return found


def _look_over(page: Page, words: PortalMap, above: list[Heading], found: dict[Node, tuple[Heading, ...]]) -> None:
    open_now, tabs, labels = list(above), _tabs(page), labels_of(page.root)
    bold: Node | None = None
    for node in page.root.walk():
        if node.tag in LISTED and node.tag != "fieldset":
            around = set(node.ancestors())
            if bold is not None and _is_field(node):
                said = text_in(bold)
                if not any(beside(name, [said]) is not None for name in names_of(node, labels)):
                    both = next(part for part in bold.ancestors() if part in around)
                    open_now.append(Heading(bold, DEEPEST, said, both))
                bold = None
            open_now = [one for one in open_now if one.about is None or one.about in around]
            found[node] = tuple(open_now)
            continue
        said, level, about = _heading(node, tabs, labels)
        if said and page.seen(node) and not names_a_field(said, words):
            about = about or next((part for part in node.ancestors() if _is_aside(part)), None)
            around = {node, *node.ancestors()}
            open_now = [one for one in open_now if one.about is None or one.about in around]
            open_now = [one for one in open_now if one.level < level or one.about is not about]
            open_now.append(Heading(node, level, said, about))
            bold = None
        elif _is_bold_line(node) and page.seen(node) and not names_a_field(text_in(node), words):
            bold = node
    # Where in the page a frame stands is not known: only a heading right before it could name its pair for sure.
    over = [one for one in open_now if one.about is None and not same(one.words, words.fields.district)]
    for frame in page.frames:
        _look_over(frame.page, words, over, found)


def _is_bold_line(node: Node) -> bool:
    """Whether an element is bold words on a line of their own, in a part of the page that has fields too: a title."""
    if node.tag not in ("b", "strong") or node.parent is None or not 0 < len(text_in(node)) <= LONGEST_NAME:
        return False
    line = (part for part in node.parent.children if part is not node and (isinstance(part, Node) or part.strip()))
    alone = all(isinstance(part, Node) and part.tag in BREAKS for part in line)
    return alone and node.parent.tag not in ("label", "a", "td", "th", "button", "li", "dt")


def _is_aside(node: Node) -> bool:
    """Whether an element is a menu, a bar at the side or the foot of a page, whose headings are about itself."""
    role, classes = node.attributes.get("role", "").lower(), node.attributes.get("class", "").lower().split()
    return node.tag in ASIDE_TAGS or role in ASIDE_ROLES or bool(ASIDES & set(classes))


def is_trial(said: str) -> bool:
    """Whether words over a pair say that it is one for tests."""
    return same(said, TRIALS) or says(said, TRIAL)


def names_a_field(said: str, words: PortalMap) -> bool:
    """Whether words over a group are those of one field rather than of a place."""
    return beside(said, words.fields.username) == "" or beside(said, words.fields.key) == ""


def _heading(node: Node, tabs: dict[str, str], labels: Labels) -> tuple[str, int, Node | None]:
    """The words of a heading, its level and what it is about; no words if it is none."""
    if node.tag in HEADINGS or _is_title_row(node):
        level = int(node.tag[1]) if node.tag[0] == "h" and node.tag[1:].isdigit() else DEEPEST
        around = node.parent if node.parent is not None and node.parent.tag in ABOUT.get(node.tag, ()) else None
        return _words_of(node), level, around
    attributes = node.attributes
    if attributes.get("id", "") in tabs:
        return tabs[attributes["id"]], DEEPEST, node
    if attributes.get("role", "").lower() in PANELS or node.tag in ("section", "fieldset"):
        return _panel_words(node, labels), DEEPEST, node
    if node.tag in TITLE_TAGS or TITLES & set(attributes.get("class", "").lower().split()):
        said = "" if any(_is_field(part) for part in node.walk()) else _words_of(node)
        return (said if len(said) <= LONGEST_NAME else ""), DEEPEST, node.parent
    return "", DEEPEST, None


def _panel_words(node: Node, labels: Labels) -> str:
    """What a part of a page is called by `aria-label` or `aria-labelledby`."""
    pointed = node.attributes.get("aria-labelledby", "").split()
    named = " ".join(words_in(labels.by_id[name]) for name in pointed if name in labels.by_id)
    return squeeze(node.attributes.get("aria-label", "") or named)


def _tabs(page: Page) -> dict[str, str]:
    """The words of each tab of a page by the id of the part that it shows."""
    found: dict[str, str] = {}
    for node in page.root.walk():
        near = [node, *islice(node.ancestors(), 3)]
        is_tab = any(part.attributes.get("role", "").lower() in ("tab", "tablist") for part in near)
        if not is_tab and not any(TABS & set(part.attributes.get("class", "").lower().split()) for part in near):
            continue
        address = node.attributes.get("href", "")
        part = shows(node) or (address[1:] if address.startswith("#") else "")
        if part and (said := words_in(node)):
            found.setdefault(part, said)
    return found


def _is_title_row(node: Node) -> bool:
    """Whether a cell is all of its row and holds no field: a title inside a table."""
    row = node.parent
    if node.tag not in CELL or row is None or (node.tag == "td" and "colspan" not in node.attributes):
        return False
    alone = sum(isinstance(cell, Node) and cell.tag in CELL for cell in row.children) == 1
    return alone and not any(part.tag in LISTED for part in node.walk())


def _words_of(node: Node) -> str:
    """What a heading says, a button only if that is all; one that was never closed ends where a field begins."""
    if not any(part.tag in LISTED or part.tag == "table" for part in node.walk()):
        return words_in(node)
    said = []
    for child in node.children:
        if isinstance(child, str):
            said.append(child)
        elif any(part.tag in LISTED or part.tag in ("table", "form") for part in child.walk()):
            break
        else:
            said.append(text_in(child))
    only = not any(_is_field(part) or part.tag in ("table", "form") for part in node.walk())
    return squeeze(" ".join(said)) or (words_in(node) if only else "")


def _first_words(cell: Node, words: PortalMap) -> str:
    """The first text in a cell that is no link's deed, and with it what makes it the name of another school."""
    deeds = (*words.schools.open, *words.save.button, *DOES)
    texts = [said for said in _pieces(cell) if not same(said, deeds)]
    first = texts[0] if texts else ""
    for text in texts[1:]:
        if normal(text).split()[:1] and normal(text).split()[0] in KINDS:
            first = f"{first} {text}"
        else:
            break
    return first


def _pieces(cell: Node, without: tuple[str, ...] = ()) -> Iterator[str]:
    stack: list[Node | str] = list(reversed(cell.children))
    while stack:
        child = stack.pop()
        if isinstance(child, str):
            if said := squeeze(child):
                yield said
        elif child.tag not in without:
            stack += reversed(child.children)


def _has_fields(node: Node) -> bool:
    return any(_is_field(part) for part in node.walk())


def _is_field(node: Node) -> bool:
    if node.tag not in LISTED or node.tag in ("button", "fieldset"):
        return False
    return node.attributes.get("type", "").lower() not in ("hidden", "submit", "button", "image", "reset")

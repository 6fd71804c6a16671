"""One page after the other: the schools of a portal that shows the pair of one at a time, each fetched by its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from ssrcred.adapters.portal.html.control import POST_BACK, Control, own_text
from ssrcred.adapters.portal.html.form import Form
from ssrcred.adapters.portal.html.inline_script import ARGUMENT, LIVE, TARGET, on_choice
from ssrcred.adapters.portal.html.label import BREAKS, UNSEEN, labels_of, rows_of, text_in, words_in
from ssrcred.adapters.portal.html.page import Button, Field, Link, Page, Turn
from ssrcred.adapters.portal.html.tree import CELL, LISTED, Node
from ssrcred.adapters.portal.html.wording import beside, normal, same, squeeze
from ssrcred.errors import SsrcredError
from ssrcred.portal.school import names_school, same_school

if TYPE_CHECKING:
    from ssrcred.portal.map import PortalMap

LISTS = ("ul", "ol", "dl", "table", "nav", "menu")


class Guide(Protocol):
    """Who fetches the pages: a link's, or what choosing a school in a list answers."""

    def follow(self, page: Page, link: Link) -> Page:
        """The page behind a link."""

    def submit(self, page: Page, form: Form, button: Button | None, choice: tuple[Node, str]) -> Page:
        """The page that a form answers once a list's `choice` was made in it."""

    def lost(self, page: Page, what: str) -> SsrcredError:
        """The error for a page that is not what it should be."""


def with_turns(page: Page, words: PortalMap, guide: Guide) -> Page:
    """The page with a turn for each school that it offers a page for, by the map's words for such lists.

    A page that shows more than one pair already is left as it is. Raises PageNotUnderstood if what a school's name
    leads to does not name that school.
    """
    called = words.schools
    shown = sum(any(beside(name, words.fields.key) is not None for name in item.names) for item in page.fields())
    if shown > 1 or not (called.list or called.choice):
        return page
    turns = _by_choice(page, words, guide) or _by_links(page, words, guide)
    names = [normal(turn.name) for turn in turns]
    if len(set(names)) != len(names):
        raise guide.lost(page, "offers two schools of the same name")
    return Page(page.status, page.url, page.root, page.forms, page.shown, page.frames, tuple(turns))


def _by_links(page: Page, words: PortalMap, guide: Guide) -> list[Turn]:
    offered = [(name, link) for link in page.links() if (name := _school(page, link, words)) and not link.shows]
    addresses = {link.url: name for name, link in reversed(offered)}
    names = tuple(name for name, _ in offered)
    turns = []
    for name, link in offered:
        if addresses.get(link.url) == name and link.url != page.url:
            del addresses[link.url]
            turns.append(_turn(name, names, lambda link=link: guide.follow(page, link), guide))  # type: ignore[misc]
    return turns


def _turn(name: str, names: tuple[str, ...], fetch: Callable[[], Page], guide: Guide) -> Turn:
    """A school's page, seen to name that school of all `names` every time that it is fetched."""
    others = tuple(other for other in names if normal(other) != normal(name))

    def again() -> Page:
        found = fetch()
        if not _names(found, name, others):
            raise guide.lost(found, f"was chosen as that of {name} and does not name it")
        return found

    return Turn(name, again(), again, others)


def _school(page: Page, link: Link, words: PortalMap) -> str:
    """The school whose page a link in a list of schools leads to, or nothing."""
    listed = link.node.within(*LISTS)
    if listed is None or link.node.within("thead") is not None:
        return ""
    if not any(same(name, words.schools.list) for name in _names_of_list(page, listed, link.node)):
        return ""
    if not same(link.words, words.schools.open):
        return "" if listed.tag == "table" and _is_header(link.node) else squeeze(link.words)
    row = link.node.within("tr", "li")
    first = next((part for part in row.walk() if part.tag in CELL), row) if row is not None else None
    said = text_in(first) if first is not None else ""
    return said if first is not row else said.removesuffix(link.words).strip(" -:,(")


def _is_header(node: Node) -> bool:
    """Whether all of a link's row is headers: sorting, not schools."""
    row = node.within("tr")
    cells = [cell for cell in row.children if isinstance(cell, Node) and cell.tag in CELL] if row is not None else []
    return bool(cells) and len(cells) > 1 and all(cell.tag == "th" for cell in cells)


def _names_of_list(page: Page, listed: Node, link: Node) -> list[str]:
    """What a list is called: its own words, the header above the link, the heading before it."""
    root = list(listed.ancestors())[-1]
    labels = labels_of(root)
    pointed = labels.by_id.get(listed.attributes.get("aria-labelledby", ""))
    names = [listed.attributes.get("aria-label", ""), words_in(pointed) if pointed is not None else ""]
    if listed.tag == "table":
        names += [text_in(part) for part in listed.children if isinstance(part, Node) and part.tag == "caption"]
        cell = link.within(*CELL)
        header = labels.above.get(cell) if cell is not None else None
        names += [text_in(header)] if header is not None else []
        rows = rows_of(listed)
        heads = [part for part in rows[0].children if isinstance(part, Node)] if rows else []
        names += [text_in(part) for part in heads if part.tag == "th" and link.within("tr") is not rows[0]]
    return [*names, _heading_before(page, listed, root)]


def _heading_before(page: Page, listed: Node, root: Node) -> str:
    """The last heading, paragraph or term with words before a list."""
    said = ""
    for node in root.walk():
        if node is listed:
            break
        heads = node.tag in ("h1", "h2", "h3", "h4", "h5", "h6", "legend", "p", "strong", "b", "summary", "label")
        if heads and page.seen(node):
            said = text_in(node) or said
    return said


def _by_choice(page: Page, words: PortalMap, guide: Guide) -> list[Turn]:
    lists = [item for item in page.fields() if item.control.kind == "select" and item.is_called(words.schools.choice)]
    lists = [item for item in lists if not item.control.disabled]
    if not lists:
        return []
    if len(lists) > 1:
        raise guide.lost(page, "has more than one list to choose a school from")
    field = lists[0]
    buttons = [item for item in page.buttons() if item.form is field.form and item.control.submits]
    called = [item for item in buttons if same(item.words, words.schools.go)]
    button = called[0] if len(called) == 1 else None if called else _by_itself(field)
    if not _only_looks(field, button):
        raise guide.lost(page, "chooses the school in the form that saves its pair")
    if button is None:
        raise guide.lost(page, f"has no one button called {' or '.join(words.schools.go)} beside the list of schools")
    offered = _options(field)
    names = tuple(name for name, _ in offered)

    def fetch(value: str) -> Callable[[], Page]:
        return lambda: guide.submit(page, field.form, button, (field.control.node, value))

    return [_turn(name, names, fetch(value), guide) for name, value in offered]


def _by_itself(field: Field) -> Button | None:
    """A list as the button that it is when a choice in it sends its own form, or its page back; else None."""
    script = on_choice(field.control.node)
    hidden = {item.name: item.node for item in field.form.controls if item.name in (TARGET, ARGUMENT)}
    if not script or (script is not True and len(hidden) != 2 and LIVE not in field.control.node.attributes):
        return None
    sets = {}
    if script is not True and len(hidden) == 2:  # else the window's own script fills them
        sets = {hidden[TARGET]: script.target, hidden[ARGUMENT]: script.argument}
    return Button("", Control(field.control.node, POST_BACK, "", ""), field.form, "", sets)


def _only_looks(field: Field, button: Button | None) -> bool:
    """Whether choosing a school saves nothing: no field is sent with it, or it is told that the list was used."""
    script = on_choice(field.control.node)
    if button is not None and button.control.node is field.control.node and not isinstance(script, bool):
        return script.target == field.control.name != ""
    return not any(item.writable and item.kind != "search" for item in field.form.controls)


def _options(field: Field) -> list[tuple[str, str]]:
    """The schools of a list with their values; the line that only says to choose one is none."""
    found = []
    for node in field.control.node.walk():
        if node.tag == "option" and "disabled" not in node.attributes:
            name = squeeze(own_text(node))
            value = node.attributes.get("value", name)
            if name and value and normal(name) != "" and any(sign.isalnum() for sign in name):
                found.append((name, value))
    return found


def _names(page: Page, name: str, others: tuple[str, ...]) -> bool:
    """Whether a page says outside its links and lists that it is about a school, or has it chosen in a list.

    A name that is only part of a longer one, of an `others` school or of one that nobody listed, names that school.
    """
    fields = [item.control for item in page.fields()]
    said = [item.value for item in fields if item.kind in ("text", "search")]
    said += [_chosen(item.node) for item in fields if item.kind == "select"]
    listed = [other for other in others if same_school(other, name)]
    if any(normal(one) == normal(name) or (same_school(one, name) and not listed) for one in said):
        return True
    return any(names_school(line, name, others) for inner in page.whole() for line in _spoken(inner))


def _chosen(select: Node) -> str:
    options = [node for node in select.walk() if node.tag == "option"]
    marked = [node for node in options if "selected" in node.attributes] or options[:1]
    return own_text(marked[-1]) if marked else ""


def _spoken(page: Page) -> list[str]:
    """The headings, captions and other lines of a page as they can be seen; a bar stands for a link or a control."""
    lines: list[str] = []
    line: list[str] = []
    stack: list[Node | str | None] = [page.root]
    while stack:
        node = stack.pop()
        if node is None:
            lines.append(" ".join(line))
            line = []
        elif isinstance(node, str):
            line.append(node)
        elif node.tag != "title" and (node.tag in UNSEEN or not page.seen(node)):
            continue
        elif node.tag in {"a", *LISTED} - {"fieldset"}:
            line.append("|")
        else:
            ends = [None] if node.tag in BREAKS | {"title"} else []
            stack += [*ends, *reversed(node.children), *ends]
    return [said for text in [*lines, " ".join(line)] if (said := squeeze(text))]

"""The pairs of fields on a page, and the words that name each."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Final

from ssrcred.errors import PageNotUnderstood
from ssrcred.portal.column import Column, columns_of
from ssrcred.portal.label import text_in, words_in
from ssrcred.portal.map import PortalMap
from ssrcred.portal.page import Field, Page, Turn, overview
from ssrcred.portal.school import is_school
from ssrcred.portal.tree import CELL, LISTED, Node
from ssrcred.portal.words import beside, normal, same, says, squeeze

NO_NAMES: Final = ("required", "optional")
HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "legend", "caption", "summary", "dt"})


@dataclass(frozen=True, eq=False, repr=False)
class Pair:
    """The two fields of a pair, and what names it: `sure` if the words are about this pair alone."""

    label: str
    sure: bool
    username: Field
    key: Field
    turn: Turn | None = None


def pairs_on(page: Page, words: PortalMap) -> list[Pair]:
    """Every pair of fields on a page, in order, with the words that name it."""
    hints = words.fields.kept + words.fields.missing + NO_NAMES
    called = words.fields
    found = [(item, _rest(item, called.username, hints), _rest(item, called.key, hints)) for item in page.fields()]
    columns = columns_of(page.fields(), called)
    in_columns = {field.control.node for column in columns for field in (*column.users, *column.keys)}
    fields = [item for item in found if item[1] is not None or item[2] is not None]
    fields = [item for item in fields if item[0].control.node not in in_columns]
    users, keys = fields[::2], fields[1::2]
    alternate = all(item[1] is not None for item in users) and all(item[2] is not None for item in keys)
    if not (fields or columns) or len(users) != len(keys) or not alternate:
        raise unclear("does not show the user name and the password of each place one after the other", page)
    headings = _headings(page, words)
    named = [_of_column(column, page) for column in columns]
    for (username, beside_user, _), (key, _, beside_key) in zip(users, keys, strict=True):
        if username.form is not key.form or username.control.kind == "password":
            raise unclear("shows a user name and a password that do not belong together", page)
        if beside_key and not beside_user:  # they may be the key itself, so that they are neither a name nor quoted
            raise unclear("has words beside a password that are not beside its user name", page)
        if beside_user and beside_key and normal(beside_user) != normal(beside_key):
            raise unclear(f"names two places beside one pair, “{beside_user}” and another", page)
        label = beside_user or beside_key or _row_name(username, key) or _legend(username, key, words)
        heading = headings[username.control.node]
        known = named and headings[named[-1].key.control.node] == heading  # the heading is that of the pair before
        named.append(Pair(label or ("" if known else heading[1]), bool(label), username, key))
    if sum(not item.sure for item in named) > 1 and _ends_with_a_name(page, named, words):
        raise unclear("has a heading of a place under the last pair, so that each may be about the pair above it", page)
    return named


def _ends_with_a_name(page: Page, named: list[Pair], words: PortalMap) -> bool:
    """Whether a heading under the last pair reads as the name of a place."""
    keys, after = {item.key.control.node for item in named}, False
    said = ""
    for node in (part for inner in page.whole() for part in inner.root.walk()):
        if node in keys:
            said = ""
            after = True
        elif after and not said and node.tag in HEADINGS and page.seen(node):
            said = text_in(node)
    return is_school(said) or same(said, words.fields.district)


def _of_column(column: Column, page: Page) -> Pair:
    """The pair in a column of its own, which only the column's head can name."""
    if len(column.users) != 1 or len(column.keys) != 1 or not column.name:
        raise unclear("shows columns without a name, or without one user name and one password each", page)
    (username,), (key,) = column.users, column.keys
    if username.form is not key.form or username.control.kind == "password":
        raise unclear("shows a user name and a password that do not belong together", page)
    return Pair(column.name, True, username, key)


def has_words(field: Field, alternatives: tuple[str, ...]) -> bool:
    """Whether a field goes by one of the alternatives, with or without a place's name beside it."""
    return _rest(field, alternatives) is not None


def _rest(field: Field, alternatives: tuple[str, ...], hints: tuple[str, ...] = ()) -> str | None:
    """What the surest name that fits has beside the words, or None if no name fits; a hint is no name."""
    rests = [beside(name, alternatives) for name in field.names]
    found = next((rest for rest in rests if rest is not None), None)
    return "" if found and says(found, hints) else found


def _row_name(username: Field, key: Field) -> str:
    """The first words of the first cell of the row that both fields are in, if no field is in that cell."""
    row = username.control.node.within("tr")
    if row is None or key.control.node.within("tr") is not row:
        return ""
    cells = [cell for cell in row.children if isinstance(cell, Node) and cell.tag in CELL]
    if not cells or _has_fields(cells[0]):
        return ""
    texts = (squeeze(child) for part in cells[0].walk() for child in part.children if isinstance(child, str))
    first = next((text for text in texts if text), "")
    return "" if sum(_has_fields(cell) for cell in cells) < 2 else first


def _has_fields(node: Node) -> bool:
    return any(part.tag in LISTED and part.attributes.get("type", "").lower() != "hidden" for part in node.walk())


def _legend(username: Field, key: Field, words: PortalMap) -> str:
    """The name of the group that holds this pair and no other."""
    group = key.control.node.within("fieldset")
    if group is None or group not in username.control.node.ancestors():
        return ""
    passwords = (part for part in group.walk() if part.attributes.get("type", "").lower() == "password")
    legend = next((part for part in group.children if isinstance(part, Node) and part.tag == "legend"), None)
    said = "" if legend is None or len(list(islice(passwords, 2))) > 1 else text_in(legend)
    return "" if _names_a_field(said, words) else said


def _headings(page: Page, words: PortalMap) -> dict[Node, tuple[int, str]]:
    """For each control: the place in the page of the heading before it, and the heading's words."""
    found: dict[Node, tuple[int, str]] = {}
    last = (-1, "")
    for at, node in enumerate(part for inner in page.whole() for part in inner.root.walk()):
        if (node.tag in HEADINGS or _is_title_row(node)) and page.seen(node):
            said = _heading_words(node)
            if said and not _names_a_field(said, words):
                last = (at, said)
        elif node.tag in LISTED:
            found[node] = last
    return found


def _is_title_row(node: Node) -> bool:
    """Whether a cell is all of its row and holds no field: a title inside a table."""
    row = node.parent
    if node.tag not in CELL or row is None or (node.tag == "td" and "colspan" not in node.attributes):
        return False
    alone = sum(isinstance(cell, Node) and cell.tag in CELL for cell in row.children) == 1
    return alone and not any(part.tag in LISTED for part in node.walk())


def _heading_words(node: Node) -> str:
    """What a heading says; one that was never closed ends where a table or a field begins."""
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
    return squeeze(" ".join(said))


def _names_a_field(said: str, words: PortalMap) -> bool:
    """Whether words over a group are those of one field rather than of a place."""
    return beside(said, words.fields.username) == "" or beside(said, words.fields.key) == ""


def unclear(what: str, page: Page, hint: str = "") -> PageNotUnderstood:
    """The error for a page with pairs that does not show whose they are, or takes none; nothing was written.

    `hint` tells more than the usual one what to do.
    """
    return PageNotUnderstood(
        f"The page with the pairs {what}.",
        state="Nothing was written. " + overview(page),
        hint=hint
        or "Open the page in a browser. If it looks as usual, a portal map may be needed: see `map` in config.toml.",
    )

"""Places side by side in a table: the user names in one row, the keys in another, and a column for each place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from ssrcred.adapters.portal.html.label import labels_of, text_in
from ssrcred.adapters.portal.html.tree import CELL, LISTED, Node
from ssrcred.adapters.portal.html.wording import beside

if TYPE_CHECKING:
    from ssrcred.adapters.portal.html.page import Field
    from ssrcred.portal.map import FieldWords


class Column(NamedTuple):
    """One place's column: the words of its head, and the fields of either kind in it, as many as there are."""

    name: str
    users: tuple[Field, ...]
    keys: tuple[Field, ...]


def columns_of(fields: Iterable[Field], words: FieldWords) -> list[Column]:
    """Every column of a table whose rows, not columns, are called after the fields of a pair; in order.

    Each field is called by the words of its row, first of all its names.
    """
    heads: dict[Node, Node] = {}
    looked: set[Node] = set()
    found: dict[Node, tuple[str, list[Field], list[Field]]] = {}
    begins: dict[Node, str] = {}
    for field in fields:
        cell = field.control.node.within(*CELL)
        row = cell.parent if cell is not None else None
        if cell is None or row is None:
            continue
        if row not in begins:
            begins[row] = _row_words(row)
        if not (said := begins[row]):
            continue
        root = list(cell.ancestors())[-1]
        if root not in looked:
            looked.add(root)
            heads |= labels_of(root).above
        is_user, is_key = beside(said, words.username) == "", beside(said, words.key) == ""
        if is_user is is_key:
            continue
        head = heads.get(cell, cell)
        column = found.setdefault(head, (text_in(head) if head is not cell else "", [], []))
        (column[1] if is_user else column[2]).append(replace(field, names=(said, *field.names)))
    return [Column(name, tuple(users), tuple(keys)) for name, users, keys in found.values()]


def _row_words(row: Node) -> str:
    """The words that a row begins with, if nothing but fields follows, more than one; "" if not."""
    cells = [part for part in row.children if isinstance(part, Node) and part.tag in CELL]
    plain = [part for part in cells[1:] if not _holds_fields(part)]
    if len(cells) - len(plain) < 3 or _holds_fields(cells[0]) or any(text_in(part) for part in plain):
        return ""
    return text_in(cells[0])


def _holds_fields(cell: Node) -> bool:
    return any(part.tag in LISTED and part.attributes.get("type", "").lower() != "hidden" for part in cell.walk())

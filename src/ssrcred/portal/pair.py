"""The pairs of fields on a page, and the words that name each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ssrcred.adapters.portal.html.label import labels_of, text_in
from ssrcred.adapters.portal.html.page import Field, Page, Turn, overview
from ssrcred.adapters.portal.html.wording import beside, normal, same, says
from ssrcred.errors import PageNotUnderstood
from ssrcred.portal.column import Column, columns_of
from ssrcred.portal.heading import HEADINGS, Heading, headings_of, is_trial, legend_of, row_name, row_words
from ssrcred.portal.map import PortalMap
from ssrcred.portal.school import is_school

NO_NAMES: Final = ("required", "optional", "characters", "case sensitive", "leave blank")
BOXES: Final = ("checkbox", "radio")
"""Whatever a box is called, such as *Show password*, nothing is typed into it."""
SYSTEMS: Final = frozenset({"calpads", "caaspp", "elpac", "toms", "ssr"})
"""What a user name and a password of one pair cannot differ in."""


@dataclass(frozen=True, eq=False, repr=False)
class Pair:
    """The two fields of a pair, and what names it: `sure` if the words are about this pair alone.

    `over` are the headings over it, the nearest one last.
    """

    label: str
    sure: bool
    username: Field
    key: Field
    turn: Turn | None = None
    over: tuple[Heading, ...] = ()


def pairs_on(page: Page, words: PortalMap) -> list[Pair]:
    """Every pair of fields on a page, in order, with the words that name it."""
    hints = words.fields.kept + words.fields.missing + NO_NAMES
    called = words.fields
    typed = [item for item in page.fields() if item.control.kind not in BOXES]
    found = [(item, _rest(item, called.username, hints), _rest(item, called.key, hints)) for item in typed]
    columns = columns_of(typed, called)
    in_columns = {field.control.node for column in columns for field in (*column.users, *column.keys)}
    fields = [item for item in found if item[1] is not None or item[2] is not None]
    fields = [item for item in fields if item[0].control.node not in in_columns]
    users, keys = fields[::2], fields[1::2]
    alternate = all(item[1] is not None for item in users) and all(item[2] is not None for item in keys)
    if not (fields or columns) or len(users) != len(keys) or not alternate:
        raise unclear("does not show the user name and the password of each place one after the other", page)
    headings = headings_of(page, words)
    named = [_of_column(column, words, page) for column in columns]
    all_keys = frozenset(key.control.node for key, _, _ in keys)
    above = {cell: head for inner in page.whole() for cell, head in labels_of(inner.root).above.items()}
    for (username, beside_user, _), (key, _, beside_key) in zip(users, keys, strict=True):
        _belong_together(username, key, words, page)
        if beside_key and not beside_user:  # they may be the key itself, so that they are neither a name nor quoted
            raise unclear("has words beside a password that are not beside its user name", page)
        if beside_user and beside_key and normal(beside_user) != normal(beside_key):
            raise unclear(f"names two places beside one pair, “{beside_user}” and another", page)
        label = beside_user or beside_key or row_name(username, key, above, words)
        label = label or legend_of(username, key, all_keys, words)
        over = headings.get(username.control.node, ())
        last = headings.get(named[-1].key.control.node, ())[-1:] if named else ()
        known = bool(named) and last == over[-1:]  # the heading is that of the pair before
        heading = over[-1].words if over and not known else ""
        named.append(Pair(label or heading, bool(label), username, key, over=over))
    if sum(not item.sure for item in named) > 1 and _ends_with_a_name(page, named, words):
        raise unclear("has a heading of a place under the last pair, so that each may be about the pair above it", page)
    return _at_work(named, page)


def _at_work(named: list[Pair], page: Page) -> list[Pair]:
    """The pairs without those that the page says are for tests; such a pair is no place."""
    told = {
        item: [item.label, *(one.words for one in item.over), *row_words(item.username, item.key)] for item in named
    }
    trials = {item: said for item in named if (said := next(filter(is_trial, told[item]), ""))}
    if named and len(trials) == len(named):
        raise unclear(
            f"shows a pair only beside “{next(iter(trials.values()))}”, which is not the portal at work", page
        )
    return [item for item in named if item not in trials]


def _belong_together(username: Field, key: Field, words: PortalMap, page: Page) -> None:
    """Raise PageNotUnderstood if a user name and a password that follow it are not one pair."""
    if username.form is not key.form or username.control.kind == "password":
        raise unclear("shows a user name and a password that do not belong together", page)
    systems = {_system(username, words.fields.username), _system(key, words.fields.key)} - {""}
    if len(systems) > 1:
        raise unclear("shows the user name of one system and the password of another", page)


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


def _of_column(column: Column, words: PortalMap, page: Page) -> Pair:
    """The pair in a column of its own, which only the column's head can name."""
    if len(column.users) != 1 or len(column.keys) != 1 or not column.name:
        raise unclear("shows columns without a name, or without one user name and one password each", page)
    (username,), (key,) = column.users, column.keys
    _belong_together(username, key, words, page)
    return Pair(column.name, True, username, key)


def has_words(field: Field, alternatives: tuple[str, ...]) -> bool:
    """Whether a field goes by one of the alternatives, with or without a place's name beside it."""
    return field.control.kind not in BOXES and _rest(field, alternatives) is not None


def _rest(field: Field, alternatives: tuple[str, ...], hints: tuple[str, ...] = ()) -> str | None:
    """What the surest name that fits has beside the words, or None if no name fits; a hint is no name."""
    rests = [beside(name, alternatives) for name in field.names]
    found = next((rest for rest in rests if rest is not None), None)
    return "" if found and says(found, hints) else found


def _system(field: Field, alternatives: tuple[str, ...]) -> str:
    """The system that the words of a field begin with, if they begin with one."""
    fit = (said for name in field.names for said in alternatives if beside(name, [said]) is not None)
    first = normal(next(fit, "")).partition(" ")[0]
    return first if first in SYSTEMS else ""


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

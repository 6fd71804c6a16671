"""The schools of a confirmed group on a page: each found by its name, never by where it stands."""

from __future__ import annotations

from collections.abc import Iterable

from ssrcred.adapters.portal.find.candidate import Candidate
from ssrcred.adapters.portal.find.search import member_on
from ssrcred.adapters.portal.html.page import Page
from ssrcred.adapters.portal.html.tree import Node
from ssrcred.adapters.portal.html.wording import normal
from ssrcred.adapters.portal.map import PortalMap
from ssrcred.adapters.portal.route.comparison import Fit, all_among, filled_in, fit, form_differs, labeled
from ssrcred.adapters.portal.route.route import GroupRoute
from ssrcred.page_difference import Difference, What


def rows_on(page: Page, group: GroupRoute, words: PortalMap, taken: Iterable[Node]) -> list[tuple[str, Candidate]]:
    """The rows of a page that are schools of the group; `taken` are the key fields of settings of their own."""
    own = set(taken)
    found = [item for item in labeled(page, group.fields, words) if item.names and item.key.control.node not in own]
    return [(item.names[0], item) for item in found if _belongs(item, group)]


def no_rows(page: Page, group: GroupRoute, words: PortalMap, taken: Iterable[Node]) -> tuple[Difference, ...]:
    """Why a page has no school of the group."""
    own = set(taken)
    found = [item for item in labeled(page, group.fields, words) if item.key.control.node not in own]
    if not found:
        return _differences(fit(page, "", ("",), group.fields, words))
    if form_differs(found[0], group.fields):
        return (Difference("", What.FORM, group.fields.form, found[0].form),)
    shown = "; ".join(found[0].names[1:]) or "no words"
    return (Difference("", What.GROUP, "; ".join(_names_of(group)) or group.kind, shown),)


def member_fit(page: Page, name: str, group: GroupRoute, words: PortalMap) -> Fit | tuple[Difference, ...]:
    """The fields of one school on its own page, if the page is about that school; else what differs."""
    found = [item for item in labeled(page, group.fields, words) if not form_differs(item, group.fields)]
    candidate = member_on(page, [item for item in found if all_among(group.names, item.names)], name, group.kind)
    if candidate is not None:
        return filled_in(candidate, name, group.fields)
    differences = _differences(fit(page, name, (name, *group.names), group.fields, words))
    return differences or (Difference(name, What.WORDS, name, "another name, or none"),)


def twice(names: Iterable[str]) -> list[str]:
    """The names that stand there more than once."""
    seen: dict[str, list[str]] = {}
    for name in names:
        seen.setdefault(normal(name), []).append(name)
    return [found[0] for found in seen.values() if len(found) > 1]


def _belongs(candidate: Candidate, group: GroupRoute) -> bool:
    return all_among(_names_of(group), candidate.names[1:]) and not form_differs(candidate, group.fields)


def _names_of(group: GroupRoute) -> tuple[str, ...]:
    """The words around every row of a group: what the list is called, and the others."""
    return tuple(filter(None, (group.heading, *group.names)))


def _differences(found: Fit | tuple[Difference, ...]) -> tuple[Difference, ...]:
    return () if isinstance(found, Fit) else found

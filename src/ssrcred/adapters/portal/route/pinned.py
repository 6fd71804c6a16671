"""Which of the fields that were found are those that a person confirmed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ssrcred.adapters.portal.find.candidate import Candidate
from ssrcred.adapters.portal.find.group import ROWS, Group
from ssrcred.adapters.portal.find.search import Found
from ssrcred.adapters.portal.find.steady_text import alike
from ssrcred.adapters.portal.map import PortalMap
from ssrcred.adapters.portal.route.comparison import Fit, fit
from ssrcred.adapters.portal.route.members import member_fit, rows_on
from ssrcred.adapters.portal.route.route import GroupRoute, Route


def pinned(found: Sequence[Found], route: Route, words: PortalMap) -> set[Found]:
    """Those of `found` that the route holds, as it would be followed: a setting, a group, each member of a group."""
    groups = {item for item in found if item.group is not None and _is_confirmed(item.group, route, words)}
    members = {id(member.candidate) for item in groups if item.group is not None for member in item.group.members}
    single = (item for item in found if item.group is None)
    return groups | {item for item in single if id(item.candidate) in members or _fits(item.candidate, route, words)}


def _fits(candidate: Candidate, route: Route, words: PortalMap) -> bool:
    """Whether it is the one pair of fields on its page that fits a setting of the route."""
    tried = (fit(candidate.page, name, at.names, at.fields, words, at.control) for name, at in route.places.items())
    return any(isinstance(one, Fit) and _same_fields(one.candidate, candidate) for one in tried)


def _same_fields(one: Candidate, other: Candidate) -> bool:
    return one.key.control.node is other.key.control.node and one.username.control.node is other.username.control.node


def _is_confirmed(group: Group, route: Route, words: PortalMap) -> bool:
    return any(group.kind == at.kind and any(_belong(group, at, words)) for at in route.groups)


def _belong(group: Group, at: GroupRoute, words: PortalMap) -> Iterator[bool]:
    for member in group.members:
        if at.kind == ROWS:
            rows = rows_on(member.candidate.page, at, words, ())
            yield any(_same_fields(row, member.candidate) for _, row in rows)
        else:
            fits = isinstance(member_fit(member.candidate.page, member.name, at, words), Fit)
            yield fits and alike(group.heading, at.heading)

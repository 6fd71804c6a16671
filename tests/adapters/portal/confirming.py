"""Confirms what a person would who knows the made-up portal: the district's fields, and its schools."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from ssrcred.adapters.portal.find.search import Found
from ssrcred.adapters.portal.html.text_comparison import normal
from ssrcred.adapters.portal.map import PortalMap
from ssrcred.adapters.portal.route.route import Route, Variables, read_route
from ssrcred.adapters.portal.route_follower import ConfirmedPortal
from ssrcred.app.route_builder import Decisions, as_route, drafts, usual_save
from ssrcred.domain.place import DISTRICT
from ssrcred.practice import CONFIRMED

AT = datetime(2026, 11, 30, 18, 4, tzinfo=UTC)
LEA = Variables("Made-up Unified", "00000000000000", "127.0.0.1")


def whose(found: Sequence[Found], schools: Sequence[str]) -> dict[str, str]:
    """By ID, whose fields a person says they are; `schools` have settings of their own."""
    wanted = {normal(name) for name in schools}
    accept: dict[str, str] = {}
    for item in found:
        if item.group is not None and item.id and wanted <= {normal(one.name) for one in item.group.members}:
            accept[item.id] = "schools"
            break
    grouped = bool(accept)
    for item in found:
        if item.group is not None or item.id is None:
            continue
        words = {normal(name) for name in item.candidate.names}
        named = next((name for name in schools if normal(name) in words), "")
        if named and not grouped:
            accept[item.id] = f"school:{named}"
        elif not named and item.proposed == DISTRICT:
            accept[item.id] = DISTRICT
    return accept


def confirmed(portal: ConfirmedPortal, words: PortalMap, schools: Sequence[str] = (), go: Sequence[str] = ()) -> Route:
    """The route that a person confirms who goes by the map's words, or by `go`."""
    found, stopped = portal.search(go)
    assert stopped is None, (stopped.at, stopped.controls)
    accept = whose(found, schools)
    assert DISTRICT in accept.values(), [(item.candidate.names, item.proposed, item.id) for item in found]
    by_id = {item.id: item for item in found if item.id is not None}
    decisions = Decisions(
        accept,
        repeat=dict.fromkeys(accept, ""),
        save_with={id: ("1",) for id in accept if usual_save(by_id[id], words) is None},
    )
    address = words.settings.address if not go else ""
    return as_route(drafts(found, decisions, words, LEA), None, "http", "same", "dana", AT, address)


def practice_route() -> Route:
    """What a person confirms of the practice district."""
    route = read_route(CONFIRMED, LEA)
    assert route is not None
    return route

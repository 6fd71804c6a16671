"""Looks at the settings of a portal that hold the credentials: what is found, and what is in force. Changes none."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any, Final

from ssrcred.app.portal import portal_of, route_of, variables
from ssrcred.app.refused_sign_in import SETTINGS
from ssrcred.app.session import Result, Session
from ssrcred.domain.errors import NotConfirmed, PageChanged, PageNotUnderstood
from ssrcred.output import document, person
from ssrcred.output.document import moment

if TYPE_CHECKING:
    from ssrcred.adapters.portal.find.search import Found, Stopped

MOST_TOLD: Final = 12


def test(session: Session, lea: str | None) -> None:
    """Sign in and read, nothing else; show what is in the settings, if they are as they were confirmed.

    Raises PageChanged, or NotConfirmed with the fields that `portal confirm` would ask about.
    """
    with session.open(lea, reports=False) as work:
        sis, console = work.portal, session.terminal.console(answer=True)
        # By hand a person finds the fields, so there is nothing to confirm.
        by_hand = session.portals.driver == "hand"
        if work.lea.needs_route and not by_hand and route_of(session.environment, work.lea) is None:
            fields, stopped = sis.search([], every_field=False)
            if stopped is not None:
                raise not_found(session.result, stopped)
            session.result.partial = _show(session, fields)
            raise NotConfirmed(
                "Nobody has confirmed yet which fields of SchoolWise hold the credentials.",
                state="Nothing was changed.",
                hint="Next: ssrcred portal confirm. It asks whose the fields above are and what saves them, and tests "
                "the save without sending anything.",
            )
        try:
            surveyed = work.workflow.held(sis.places())
        except PageChanged as change:
            for item in () if session.result.json else change.differences:
                console.print(f"Not as confirmed: {item}")
            raise
        found = {} if sis.confirmed is None else sis.confirmed.found()
        if session.result.json:
            session.result.answer(document.places(surveyed, found, sis.extent))
        else:
            person.places(console, surveyed, extent=sis.extent)
            person.found(console, found)
            if found:
                console.print("The settings are as confirmed.")
    session.terminal.say("Nothing was changed.")


def find(session: Session, lea: str | None, go: Sequence[str], *, every_field: bool) -> None:
    """Sign in once and list the fields that can hold the credentials."""
    with session.open(lea, reports=False) as work:
        sis = work.portal
        found = led(session, sis.search, go, every_field=every_field)
        pinned = sis.confirmed.pinned(found) if sis.confirmed is not None else set()
    session.result.answer(_show(session, found, pinned))
    session.terminal.say("Nothing was changed.")


def _show(session: Session, found: Sequence[Found], pinned: Collection[Found] = ()) -> dict[str, Any]:
    """Show what was found to a person; gives it as scripts read it."""
    from ssrcred.app import portal_summary

    if not session.result.json:
        console = session.terminal.console(answer=True)
        for line in portal_summary.found_lines(found, pinned=pinned):
            console.print(line)
    return portal_summary.as_json(found, None, pinned)


def led(
    session: Session, search: Callable[..., tuple[list[Found], Stopped | None]], go: Sequence[str], *, every_field: bool
) -> list[Found]:
    """What is found by the links `go`, or by the map's words; at a terminal the person leads on from where it stopped.

    Raises PageNotUnderstood where the search ended without any fields.
    """
    way = list(go)
    while True:
        with session.terminal.waiting_for(SETTINGS):
            found, stopped = search(way, every_field=every_field)
        if stopped is None:
            return found
        if session.terminal.no_input:
            raise not_found(session.result, stopped)
        session.terminal.say("No fields for the credentials here. What would you click next?")
        wrong = f"Type a number from 1 to {len(stopped.controls)}, or press Enter."
        chosen = session.terminal.choose(stopped.controls, "Number (Enter: stop)", wrong=wrong, may_stop=True)
        if chosen is None:
            raise not_found(session.result, stopped)
        way.append(stopped.controls[chosen])


def not_found(result: Result, stopped: Stopped) -> PageNotUnderstood:
    """The error where the search ended without any fields; its document tells what can be chosen there."""
    from ssrcred.app import portal_summary

    result.partial = portal_summary.as_json((), stopped)
    shown = ", ".join(stopped.controls[:MOST_TOLD]) or "no links and no buttons"
    return PageNotUnderstood(
        f"Nothing called {' and '.join(stopped.looked_for)} was found.",
        state=f"Nothing was changed. The last page shows: {shown}.",
        hint=f"Name the links to click, in order: ssrcred {result.command} --go TEXT --go TEXT",
    )


def show_in_force(session: Session, wanted: str | None) -> None:
    """Show the portal map, where each line comes from, and what was confirmed."""
    from ssrcred.adapters.portal.map import load_map
    from ssrcred.adapters.portal.route.route import as_table
    from ssrcred.app.portal_summary import describe_map, describe_route

    lea = session.lea(wanted, session.config())
    name, route = portal_of(lea).map, route_of(session.environment, lea)
    if session.result.json:
        confirmed_at = route and {"confirmed_at": moment(route.confirmed_at)}
        session.result.answer({"map": name, "route": route and as_table(route, variables(lea)) | (confirmed_at or {})})
        return
    none = ["Nothing is confirmed yet. To confirm which fields hold the credentials: ssrcred portal confirm"]
    console = session.terminal.console(answer=True)
    for line in [*describe_map(load_map(name)), "", *(none if route is None else describe_route(route))]:
        console.print(line)

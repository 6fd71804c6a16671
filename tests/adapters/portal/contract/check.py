"""What every driver has to do, and never to do, on every portal; the portal counts what it got."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from adapters.portal.confirming import confirmed
from adapters.portal.contract.driver import Driver, OpenPortal, in_a_browser, over_http
from adapters.portal.contract.pretend_portal import (
    DISTRICT,
    NORTH,
    OFFICE,
    OLD_KEY,
    OTHER_VALUES,
    PASSWORD,
    SOUTH,
    Asked,
    PretendPortal,
    Reply,
    running,
)
from ssrcred.adapters.portal.route.route import Route
from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.errors import LoginRefused, PageChanged, PageNotUnderstood, SsrcredError, Unreachable
from ssrcred.domain.place import KeySeen, Took

KEY = "made-up`'\"\\<&%+#$012"
PAIR = Credential("MADEUP-NEW", SecretKey(KEY), datetime(2026, 11, 21, tzinfo=UTC))
FIRST = {DISTRICT: ("OLD", OLD_KEY), NORTH: ("", ""), SOUTH: ("OLD", OLD_KEY)}


class OtherHost(PretendPortal):
    """Another host: it only counts."""

    def answer(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        return Reply("<p>Thank you.")


@dataclass
class Stage:
    """One portal at work, the other host beside it, and the driver's portal for the right account."""

    server: PretendPortal
    other: OtherHost
    base_url: str
    driver: Driver
    portal: OpenPortal

    def untouched(self, *changed: str) -> None:
        """All but the places `changed` is as it was; nothing strange came, and nothing at all to the other host."""
        held = {place: pair == FIRST[place] for place, pair in self.server.pairs.items() if place not in changed}
        assert all(held.values()), held
        assert self.server.other_values == OTHER_VALUES
        assert self.server.strange == []
        assert self.other.asked == []

    @property
    def seen(self) -> Took:
        """What reading again tells of a pair that the server stored whole."""
        return Took.TOOK if self.server.key_shown == "clear" else Took.CANNOT_BE_SEEN

    def saves(self, place: str) -> None:
        """Write the new pair to a place: the server holds it then, and no more is claimed than its page shows."""
        assert self.portal.write("district" if place == DISTRICT else place, PAIR).took is self.seen
        assert self.holds_new(place)

    def holds_new(self, place: str) -> bool:
        """Whether a place holds the new pair, as far as the server keeps keys."""
        return self.server.pairs[place] == (PAIR.username, KEY[: self.server.cut] if self.server.cut else KEY)


_ROUTES: dict[tuple[str, bool], Route] = {}


def route_of(style: type[PretendPortal], driver: Driver | None = None) -> Route:
    """What a person confirms of a style, on a server of its own that nothing else is counted on."""
    browser = driver is not None and driver.name == "browser"
    key = (style.__name__, browser)
    if key not in _ROUTES:
        server = style()
        server.elsewhere = "http://elsewhere.example"
        opening = in_a_browser if browser else over_http
        with running(server) as base_url, opening(base_url, OFFICE, SecretKey(PASSWORD), server.map()) as portal:
            _ROUTES[key] = confirmed(portal, server.map(), (NORTH, SOUTH))
    return _ROUTES[key]


@contextmanager
def stage(style: type[PretendPortal], driver: Driver, password: str = PASSWORD) -> Iterator[Stage]:
    """A portal of a style and a driver on it."""
    server, other = style(), OtherHost()
    with running(other) as elsewhere, running(server) as base_url:
        server.elsewhere = elsewhere
        with driver.open(base_url, OFFICE, SecretKey(password), server.map(), route_of(style, driver)) as portal:
            yield Stage(server, other, base_url, driver, portal)


Check = Callable[[type[PretendPortal], Driver], None]


def reads_every_place(style: type[PretendPortal], driver: Driver) -> None:
    with stage(style, driver) as on:
        found = on.portal.places()
        assert [(item.place, item.username, item.blank) for item in found] == [
            ("district", "OLD", False),
            (NORTH, "", True),
            (SOUTH, "OLD", False),
        ]
        shown = KeySeen.CLEAR if style.key_shown == "clear" else KeySeen.HIDDEN
        assert [item.key_seen for item in found] == [shown, KeySeen.BLANK, shown]
        assert on.server.log_ins == [OFFICE]
        assert on.server.saves == []
        on.untouched()


def writes(place: str) -> Check:
    def check(style: type[PretendPortal], driver: Driver) -> None:
        with stage(style, driver) as on:
            on.portal.places()
            saved = on.portal.write("district" if place == DISTRICT else place, PAIR)
            if style.cut:
                assert saved.took is Took.DID_NOT_TAKE
                assert f"SchoolWise changed the key: {style.cut} of {len(KEY)} characters" in saved.detail
            else:
                assert saved.took is on.seen
            assert saved.answered
            assert KEY not in repr(saved) + saved.detail
            assert on.server.saves == [place]
            assert on.server.log_ins == [OFFICE]
            assert on.holds_new(place)
            on.untouched(place)

    return check


def clears_a_school(style: type[PretendPortal], driver: Driver) -> None:
    with stage(style, driver) as on:
        saved = on.portal.write(SOUTH, None)
        assert (saved.took, saved.reading.blank) == (Took.TOOK, True)
        assert on.server.pairs[SOUTH] == ("", "")
        assert on.server.saves == [SOUTH]
        on.untouched(SOUTH)
        read = {item.place: item.username for item in on.portal.places()}
        assert read == {"district": "OLD", NORTH: "", SOUTH: ""}  # a list may be for the whole session


def says_what_cannot_be_seen(style: type[PretendPortal], driver: Driver) -> None:
    with stage(style, driver) as on:
        saved = on.portal.write("district", Credential("OLD", PAIR.secret, PAIR.generated_at))
        if style.cut:
            assert saved.took is Took.DID_NOT_TAKE
        else:
            assert saved.took is on.seen
        assert on.server.saves == [DISTRICT]


def tries_a_wrong_password_once(style: type[PretendPortal], driver: Driver) -> None:
    with stage(style, driver, "made-up wrong password") as on:
        for _ in range(2):
            with pytest.raises(LoginRefused):
                on.portal.places()
        with pytest.raises(LoginRefused):
            on.portal.write(NORTH, PAIR)
        assert on.server.log_ins == [OFFICE]
        on.untouched()


def lost(fault: str, kept: bool) -> Check:
    def check(style: type[PretendPortal], driver: Driver) -> None:
        with stage(style, driver) as on:
            on.portal.places()
            on.server.fault = fault
            saved = on.portal.write(NORTH, PAIR)
            took = on.seen if kept and not style.cut else Took.DID_NOT_TAKE
            assert saved.took is took
            assert on.server.saves == [NORTH]
            assert on.holds_new(NORTH) is kept
            on.untouched(NORTH)

    return check


def stops(
    fault: str,
    error: type[SsrcredError] | tuple[type[SsrcredError], ...],
    place: str = NORTH,
    happens: Callable[[Stage], None] | None = None,
) -> Check:
    """A check that nothing is saved if `fault` comes, or something `happens`, between the reading and the writing."""

    def check(style: type[PretendPortal], driver: Driver) -> None:
        with stage(style, driver) as on:
            on.portal.places()
            on.server.fault = fault
            changed = []
            if happens is not None:
                happens(on)
                changed = [NORTH]
            with pytest.raises(error) as caught:
                on.portal.write(place, PAIR)
            assert "othing was" in caught.value.state
            assert KEY not in str(caught.value.__dict__)
            assert on.server.saves == []
            assert on.server.log_ins == [OFFICE]
            on.untouched(*changed)

    return check


def _somebody_else(on: Stage) -> None:
    on.server.pairs[NORTH] = ("SOMEBODY", "made-up other key")


CHECKS: dict[str, Check] = {
    "reads every place": reads_every_place,
    "writes the district's": writes(DISTRICT),
    "writes one school's": writes(NORTH),
    "writes over one school's": writes(SOUTH),
    "clears a school's": clears_a_school,
    "says what cannot be seen": says_what_cannot_be_seen,
    "tries a wrong password once": tries_a_wrong_password_once,
    "decides a lost save by reading, if it was not kept": lost("lost before", False),
    "decides a lost save by reading, if it was kept": lost("lost after", True),
    "finds out a save that was not kept": lost("swallow", False),
    "reads again after an answer that is no settings page": lost("maintenance after", True),
    "stops at two candidates": stops("two candidates", PageChanged),
    "stops if the school is gone": stops("school gone", PageChanged),
    "stops if the school was never there": stops("", PageNotUnderstood, "Elsewhere High"),
    "stops if the page has changed": stops("", PageNotUnderstood, NORTH, _somebody_else),
    "stops at a page that stands in": stops("maintenance", Unreachable),
    "stops at a form that leads to another host": stops("save elsewhere", PageNotUnderstood),
}

"""The contract by hand: what a person's word cannot prove is left open, and what the server holds is the same.

A check runs as it stands, or as ADAPTED says and why, or not at all, as NOT_BY_HAND says and why.
"""

from __future__ import annotations

from typing import Final

import pytest

from adapters.portal.contract.by_hand import HAND, Board, left_nothing
from adapters.portal.contract.check import CHECKS, FIRST, KEY, PAIR, Check, stage, stops
from adapters.portal.contract.driver import Driver
from adapters.portal.contract.framework_styles import WebForms
from adapters.portal.contract.old_styles import ChooseAndGo, Cut, Entities
from adapters.portal.contract.pretend_portal import DISTRICT, NORTH, OFFICE, SOUTH, PretendPortal
from ssrcred.domain.credential import Credential
from ssrcred.domain.errors import PageNotUnderstood
from ssrcred.domain.place import KeySeen, Took

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # of servers whose connections are cut on purpose


def reads_every_place_twice(style: type[PretendPortal], driver: Driver) -> None:
    with stage(style, driver) as on:
        for _ in range(2):
            assert {item.place: (item.username, item.key_seen, item.key) for item in on.portal.places()} == {
                "district": ("OLD", KeySeen.HIDDEN, None),
                NORTH: ("", KeySeen.BLANK, None),
                SOUTH: ("OLD", KeySeen.HIDDEN, None),
            }
        assert on.server.log_ins == [OFFICE]
        assert on.server.saves == []
        on.untouched()


def leaves_open(place: str, fault: str = "", *, kept: bool = True, pair: Credential = PAIR) -> Check:
    """A check that one save is made, which the server has `kept` or not, and that nobody says it took."""

    def check(style: type[PretendPortal], driver: Driver) -> None:
        with stage(style, driver) as on:
            on.portal.places()
            on.server.fault = fault
            saved = on.portal.write("district" if place == DISTRICT else place, pair)
            assert saved.took is Took.CANNOT_BE_SEEN
            assert KEY not in repr(saved) + saved.detail
            assert on.server.saves == [place]
            assert on.server.log_ins == [OFFICE]
            holds_it = on.server.pairs[place] == (pair.username, KEY[: style.cut])
            holds_as_before = on.server.pairs[place] == FIRST[place]
            assert (holds_it, holds_as_before) == (kept, not kept)
            on.untouched(place)

    return check


def tells_that_nobody_pressed(style: type[PretendPortal], driver: Driver) -> None:
    if style is WebForms:  # its menu is sent back through the same form, so the page is not even reached
        stops("save elsewhere", PageNotUnderstood)(style, driver)
        return
    with stage(style, driver) as on:
        on.portal.places()
        on.server.fault = "save elsewhere"
        saved = on.portal.write(NORTH, PAIR)
        assert (saved.took, saved.reading.blank) == (Took.DID_NOT_TAKE, True)
        assert on.server.saves == []
        assert on.server.log_ins == [OFFICE]
        on.untouched()


WORD = "a person's word is no proof: the server holds the new pair after one save, and the save is left open"
LOST = "a person without an answer cannot tell: one save, no second press, and the proof decides"
NOT_FOUND = "a person says that they do not find the place, which is no difference that is named"
SAME_NAME = Credential("OLD", PAIR.secret, PAIR.generated_at)

ADAPTED: Final[dict[str, tuple[Check, str]]] = {
    "reads every place": (
        reads_every_place_twice,
        "nobody is asked for a key, so every key is taken for hidden; schools with a pair of their own come first",
    ),
    "writes the district's": (leaves_open(DISTRICT), WORD),
    "writes one school's": (leaves_open(NORTH), WORD),
    "writes over one school's": (leaves_open(SOUTH), WORD),
    "says what cannot be seen": (leaves_open(DISTRICT, pair=SAME_NAME), WORD),
    "decides a lost save by reading, if it was not kept": (leaves_open(NORTH, "lost before", kept=False), LOST),
    "decides a lost save by reading, if it was kept": (leaves_open(NORTH, "lost after"), LOST),
    "finds out a save that was not kept": (
        leaves_open(NORTH, "swallow", kept=False),
        "a person is asked what the portal said, and it said nothing: it is never called saved, the proof finds out",
    ),
    "reads again after an answer that is no settings page": (leaves_open(NORTH, "maintenance after"), LOST),
    "stops at two candidates": (stops("two candidates", PageNotUnderstood), NOT_FOUND),
    "stops if the school is gone": (stops("school gone", PageNotUnderstood), NOT_FOUND),
    "stops at a page that stands in": (
        stops("maintenance", PageNotUnderstood),
        "before a save a person can only say that they do not find the place, whatever stands there instead",
    ),
    "stops at a form that leads to another host": (
        tells_that_nobody_pressed,
        "nobody sees where a form leads: here their browser will not press, and the driver says that nothing was saved",
    ),
}
NOT_BY_HAND: Final[dict[str, str]] = {}
BY_HAND: Final = {
    name: ADAPTED[name][0] if name in ADAPTED else check for name, check in CHECKS.items() if name not in NOT_BY_HAND
}


STYLES: Final = (WebForms, Cut, Entities, ChooseAndGo)
"""This driver reads no page: a portal matters only by what it does, sending another form, keeping less of a key,
or keeping a choice for the whole session. Each other style would repeat one of these."""


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.style)
@pytest.mark.parametrize("check", BY_HAND)
def test_keeps_the_contract_by_hand(check: str, style: type[PretendPortal]) -> None:
    BY_HAND[check](style, HAND)


def test_every_check_is_run_or_says_why_not() -> None:
    assert set(ADAPTED) | set(NOT_BY_HAND) <= set(CHECKS)
    assert not set(ADAPTED) & set(NOT_BY_HAND)
    assert all([*(why for _, why in ADAPTED.values()), *NOT_BY_HAND.values()])


@pytest.mark.parametrize("part", [KEY, KEY[: len(KEY) // 2], KEY[len(KEY) // 2 :]])
def test_a_secret_that_was_told_is_found_and_not_quoted(part: str) -> None:
    with pytest.raises(AssertionError, match=r"was told$"):
        left_nothing(Board(), f"Paste {part} here.", KEY)


def test_a_text_that_was_left_on_the_clipboard_is_found_and_not_quoted() -> None:
    board = Board()
    board.copy(KEY)
    with pytest.raises(AssertionError, match=r"left on the clipboard$"):
        left_nothing(board, "")

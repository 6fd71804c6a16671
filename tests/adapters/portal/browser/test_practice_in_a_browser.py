"""The browser driver against the practice district, which was written without looking at it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser

from adapters.portal.browser.served import BRISK
from adapters.portal.confirming import practice_route
from ssrcred.adapters.portal.browser.browser_visit import PortalBrowser
from ssrcred.adapters.portal.map import load_map
from ssrcred.adapters.portal.route_follower import ConfirmedPortal
from ssrcred.adapters.portal.visit.navigator import Account
from ssrcred.adapters.web.bound import Limits
from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.errors import LoginRefused, PageNotUnderstood, Unreachable
from ssrcred.domain.event import WORKS, Outcome
from ssrcred.domain.place import DISTRICT, Kind, Took
from ssrcred.practice import Pair, Practice, running
from waiting import HUNG_S

pytestmark = [pytest.mark.real("chromium"), pytest.mark.filterwarnings("ignore::ResourceWarning")]

PAIR = Credential("made_up_new", SecretKey("made-up`'\"\\<&%+#$012"), datetime(2026, 1, 2, tzinfo=UTC))
SHORT = Limits(total_seconds=10)


@pytest.fixture
def district() -> Iterator[Practice]:
    with running(seed=7, started=True) as found:
        yield found


def office(
    district: Practice,
    chromium: Browser,
    *,
    password: str = "",
    limits: Limits | None = None,
    probes: Mapping[str, tuple[str, SecretKey]] | None = None,
) -> ConfirmedPortal:
    accounts = district.accounts
    parents = {DISTRICT: accounts.parent, **accounts.parents}
    words = load_map("schoolwise")
    return ConfirmedPortal(
        PortalBrowser(district.schoolwise_url, words, limits, BRISK, launch=lambda: chromium),
        Account(accounts.office.username, SecretKey(password or accounts.office.password)),
        words,
        practice_route(),
        probes=probes or {place: (one.username, SecretKey(one.password)) for place, one in parents.items()},
        clock=lambda: datetime.now(UTC),
        pin=lambda _: None,
    )


def test_reads_every_place_writes_district_and_school_and_blanks_it_again(
    district: Practice, chromium: Browser
) -> None:
    school, before = district.schools[0], district.settings
    others = {name: district.stored(name) for name in district.schools[1:]}
    with closing(office(district, chromium)) as portal:
        readings = portal.places()
        first = portal.write(DISTRICT, PAIR)
        second = portal.write(school, PAIR)
        held = district.stored(school)
        third = portal.write(school, None)

    assert [item.place for item in readings] == [DISTRICT, *district.schools]
    assert [item.kind for item in readings] == [Kind.DISTRICT] + [Kind.SCHOOL] * len(district.schools)
    assert (first.took, second.took, third.took) == (Took.CANNOT_BE_SEEN, Took.CANNOT_BE_SEEN, Took.TOOK)
    assert first.answered
    for stored in (district.stored(DISTRICT), held):
        assert stored is not None
        assert stored.username == PAIR.username
        assert SecretKey(stored.secret).matches(PAIR.secret)
    assert district.stored(school) is None
    assert district.settings == before
    assert all(district.stored(name) == kept for name, kept in others.items())
    assert len(district.log_ins) == 1


def test_a_wrong_password_is_tried_once(district: Practice, chromium: Browser) -> None:
    with closing(office(district, chromium, password="made-up and wrong")) as portal:
        for _ in range(2):
            with pytest.raises(LoginRefused):
                portal.places()
    assert len(district.log_ins) == 1


def test_a_session_that_timed_out_is_opened_again(district: Practice, chromium: Browser) -> None:
    with closing(office(district, chromium)) as portal:
        portal.places()
        district.advance(minutes=300)
        assert portal.write(DISTRICT, PAIR).took is Took.CANNOT_BE_SEEN
    assert len(district.log_ins) == 2


@pytest.mark.parametrize("fault", ["down", "refusing", "resetting", "slow", "maintenance"])
def test_nothing_is_written_when_the_portal_goes_away_before_the_save(
    district: Practice, chromium: Browser, fault: str
) -> None:
    before = district.stored(DISTRICT)
    with closing(office(district, chromium, limits=SHORT if fault == "slow" else None)) as portal:
        portal.places()
        district.fault("schoolwise", fault, seconds=HUNG_S)
        with pytest.raises(Unreachable):
            portal.write(DISTRICT, PAIR)
    assert district.stored(DISTRICT) == before


@pytest.mark.parametrize(
    ("fault", "took", "answered"),
    [("saves_nothing", Took.DID_NOT_TAKE, True), ("save_500", None, False), ("save_lost", None, False)],
)
def test_a_save_that_goes_wrong_is_decided_by_reading(
    district: Practice, chromium: Browser, fault: str, took: Took | None, answered: bool
) -> None:
    with closing(office(district, chromium)) as portal:
        portal.places()
        district.fault("schoolwise", fault)
        saved = portal.write(DISTRICT, PAIR)
    stored = district.stored(DISTRICT)
    kept = stored is not None and stored.username == PAIR.username
    assert saved.took is (took or (Took.CANNOT_BE_SEEN if kept else Took.DID_NOT_TAKE))
    assert saved.answered is answered
    assert [path for _, method, path in district.requests if method == "POST"].count("/options/caaspp") <= 1


def test_a_place_that_somebody_changed_meanwhile_is_not_written(district: Practice, chromium: Browser) -> None:
    with closing(office(district, chromium)) as portal:
        portal.places()
        district.put(DISTRICT, Pair("somebody_else", "made up by somebody"))
        with pytest.raises(PageNotUnderstood):
            portal.write(DISTRICT, PAIR)
    stored = district.stored(DISTRICT)
    assert stored is not None
    assert stored.username == "somebody_else"


def test_parents_prove_a_good_pair_and_refuse_a_bad_one(district: Practice, chromium: Browser) -> None:
    with closing(office(district, chromium)) as portal:
        good = portal.prove(DISTRICT)
        portal.write(DISTRICT, PAIR)
        bad = portal.prove(DISTRICT)
        unset = portal.prove("a place without an account")
    assert good.outcome in WORKS
    assert bad.outcome is Outcome.REFUSED
    assert unset.outcome is Outcome.SKIPPED
    assert district.accounts.parent.name not in repr((good, bad))


def test_a_child_without_a_report_is_told_from_a_bad_pair(district: Practice, chromium: Browser) -> None:
    accounts = district.accounts
    nobody = accounts.parent_without_report
    portal = office(district, chromium, probes={DISTRICT: (nobody.username, SecretKey(nobody.password))})
    with closing(portal):
        assert portal.prove(DISTRICT).outcome is Outcome.NO_REPORT
        district.fault("schoolwise", "down")
        assert portal.prove(DISTRICT).outcome is Outcome.UNREACHABLE

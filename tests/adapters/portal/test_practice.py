"""The portal door against the practice district, which was written without looking at it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime

import pytest

from adapters.portal.confirming import practice_route
from ssrcred.adapters.portal.map import load_map
from ssrcred.adapters.portal.route_follower import ConfirmedPortal
from ssrcred.adapters.portal.visit.navigator import Account, FormVisits
from ssrcred.adapters.web.bound import Limits
from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.errors import LoginRefused, PageNotUnderstood, Unreachable
from ssrcred.domain.event import WORKS, Outcome
from ssrcred.domain.place import DISTRICT, Kind, Took
from ssrcred.practice import Pair, Practice, running
from waiting import HUNG_S

PAIR = Credential("made_up_new", SecretKey("made-up`'\"\\<&%+#$012"), datetime(2026, 1, 2, tzinfo=UTC))
QUICK = Limits(connect_seconds=1, read_seconds=0.15, total_seconds=0.2)


@pytest.fixture
def district() -> Iterator[Practice]:
    with running(seed=7, started=True) as found:
        yield found


def office(
    district: Practice,
    *,
    password: str = "",
    limits: Limits | None = None,
    probes: Mapping[str, tuple[str, SecretKey]] | None = None,
) -> ConfirmedPortal:
    accounts = district.accounts
    parents = {DISTRICT: accounts.parent, **accounts.parents}
    return ConfirmedPortal(
        FormVisits(district.schoolwise_url, load_map("schoolwise"), limits),
        Account(accounts.office.username, SecretKey(password or accounts.office.password)),
        load_map("schoolwise"),
        practice_route(),
        probes=probes or {place: (one.username, SecretKey(one.password)) for place, one in parents.items()},
        clock=lambda: datetime.now(UTC),
        pin=lambda _: None,
    )


def test_reads_the_district_and_every_school(district: Practice) -> None:
    with closing(office(district)) as portal:
        readings = portal.places()

    assert [item.place for item in readings] == [DISTRICT, *district.schools]
    assert [item.kind for item in readings] == [Kind.DISTRICT] + [Kind.SCHOOL] * len(district.schools)
    for item in readings:
        stored = district.stored(item.place)
        assert item.username == (stored.username if stored else "")
        assert item.blank == (stored is None)
    assert len(district.log_ins) == 1


@pytest.mark.parametrize("place", [DISTRICT, "Lincoln High School", "Lincoln Charter Academy"])
def test_writes_one_place_byte_for_byte_and_nothing_else(district: Practice, place: str) -> None:
    before, others = district.settings, {name: district.stored(name) for name in (DISTRICT, *district.schools)}
    with closing(office(district)) as portal:
        saved = portal.write(place, PAIR)

    stored = district.stored(place)
    assert stored is not None
    assert stored.username == PAIR.username
    assert SecretKey(stored.secret).matches(PAIR.secret)
    assert saved.took is Took.CANNOT_BE_SEEN, "the page hides the key"
    assert saved.answered
    assert district.settings == before
    assert all(district.stored(name) == kept for name, kept in others.items() if name != place)


def test_blanks_a_school(district: Practice) -> None:
    school = district.schools[0]
    before = district.settings
    with closing(office(district)) as portal:
        portal.write(school, PAIR)
        assert portal.write(school, None).took is Took.TOOK
    assert district.stored(school) is None
    assert district.settings == before


def test_a_wrong_password_is_tried_once(district: Practice) -> None:
    with closing(office(district, password="made-up and wrong")) as portal:
        for _ in range(3):
            with pytest.raises(LoginRefused):
                portal.places()
    assert len(district.log_ins) == 1


def test_a_session_that_timed_out_is_opened_again(district: Practice) -> None:
    with closing(office(district)) as portal:
        portal.places()
        district.advance(minutes=300)
        assert portal.write(DISTRICT, PAIR).took is Took.CANNOT_BE_SEEN
    assert len(district.log_ins) == 2


@pytest.mark.parametrize("fault", ["down", "refusing", "resetting", "slow", "maintenance"])
def test_a_portal_that_is_not_there_is_unreachable(district: Practice, fault: str) -> None:
    with closing(office(district, limits=QUICK)) as portal:
        district.fault("schoolwise", fault, seconds=HUNG_S)
        with pytest.raises(Unreachable):
            portal.places()
        assert portal.prove(DISTRICT).outcome is Outcome.UNREACHABLE
    assert not district.log_ins


@pytest.mark.parametrize(
    "fault", ["down", "refusing", "resetting", pytest.param("slow", marks=pytest.mark.ci), "maintenance"]
)
def test_nothing_is_written_when_the_portal_goes_away_before_the_save(district: Practice, fault: str) -> None:
    before = district.stored(DISTRICT)
    with closing(office(district, limits=Limits(total_seconds=5) if fault == "slow" else None)) as portal:
        portal.places()
        district.fault("schoolwise", fault, seconds=HUNG_S)
        with pytest.raises(Unreachable):
            portal.write(DISTRICT, PAIR)
    assert district.stored(DISTRICT) == before


@pytest.mark.parametrize(
    ("fault", "took", "answered"),
    [
        ("saves_nothing", Took.DID_NOT_TAKE, True),
        ("save_500", None, False),
        ("save_lost", None, False),
    ],
)
def test_a_save_that_goes_wrong_is_decided_by_reading(
    district: Practice, fault: str, took: Took | None, answered: bool
) -> None:
    with closing(office(district)) as portal:
        portal.places()
        district.fault("schoolwise", fault)
        saved = portal.write(DISTRICT, PAIR)

    stored = district.stored(DISTRICT)
    kept = stored is not None and stored.username == PAIR.username
    assert saved.took is (took or (Took.CANNOT_BE_SEEN if kept else Took.DID_NOT_TAKE))
    assert saved.answered is answered


def test_a_new_key_alone_that_is_swallowed_is_not_called_saved(district: Practice) -> None:
    stored = district.stored(DISTRICT)
    assert stored is not None
    with closing(office(district)) as portal:
        district.fault("schoolwise", "saves_nothing")
        saved = portal.write(DISTRICT, Credential(stored.username, PAIR.secret, PAIR.generated_at))
    assert saved.took is Took.CANNOT_BE_SEEN


def test_a_place_that_somebody_changed_meanwhile_is_not_written(district: Practice) -> None:
    with closing(office(district)) as portal:
        portal.places()
        district.put(DISTRICT, Pair("somebody_else", "made up by somebody"))
        with pytest.raises(PageNotUnderstood):
            portal.write(DISTRICT, PAIR)
    stored = district.stored(DISTRICT)
    assert stored is not None
    assert stored.username == "somebody_else"


def test_parents_prove_a_good_pair_and_refuse_a_bad_one(district: Practice) -> None:
    with closing(office(district)) as portal:
        good = [portal.prove(place) for place in (DISTRICT, district.schools[0])]
        portal.write(DISTRICT, PAIR)
        bad = portal.prove(DISTRICT)

    assert {proof.outcome for proof in good} <= WORKS
    assert bad.outcome is Outcome.REFUSED
    assert district.accounts.parent.name not in repr((good, bad))


def test_a_child_without_a_report_and_a_refused_parent(district: Practice) -> None:
    accounts = district.accounts
    nobody = accounts.parent_without_report
    probes = {
        DISTRICT: (nobody.username, SecretKey(nobody.password)),
        "wrong": (accounts.parent.username, SecretKey("made-up and wrong")),
    }
    portal = office(district, probes=probes)
    with closing(portal):
        assert portal.prove(DISTRICT).outcome is Outcome.NO_REPORT
        for _ in range(2):
            with pytest.raises(LoginRefused):
                portal.prove("wrong")
    assert [entry[0] for entry in district.log_ins] == [nobody.username, accounts.parent.username]


@pytest.mark.parametrize("fault", ["down", "refusing", "resetting"])
def test_a_state_service_that_is_down_is_not_a_bad_pair(district: Practice, fault: str) -> None:
    with closing(office(district)) as portal:
        district.fault("service", fault)
        assert portal.prove(DISTRICT).outcome in (Outcome.UNREACHABLE, Outcome.NOT_UNDERSTOOD)

"""The service in any shape: each with the profile of its specification, and each with the one that only guesses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent

import pytest

from adapters.reports.shapes import KEY, SHAPES, TOKEN, USERNAME, WITH_REPORT, WITHOUT_REPORT, Service, Shape, serving
from ssrcred.adapters.reports import Profile, SsrService, load_profile
from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.event import WORKS, Outcome
from ssrcred.domain.evidence import Proof

NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
GOOD = Credential(USERNAME, SecretKey(KEY), NOW)
BAD = Credential(USERNAME, SecretKey("*MadeUp>()(OldKey12*"), NOW)


@pytest.fixture(params=SHAPES, ids=lambda shape: shape.name)
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    shape: Shape = request.param
    with serving(shape) as running:
        yield running


def own_profile(service: Service, folder: Path) -> Profile:
    path = folder / "own.toml"
    path.write_text(dedent(service.shape.profile).replace("SECOND", service.files.removeprefix("http://")), "utf-8")
    return load_profile(str(path))


def tried(service: Service, profile: Profile, pair: Credential, ssid: str | None) -> Proof:
    door = SsrService(service.api, profile, clock=lambda: NOW, sleep=lambda seconds: None)
    proof = door.prove(pair, None if ssid is None else SecretKey(ssid))
    told = repr(proof)
    assert not any(secret in told for secret in (KEY, TOKEN, WITH_REPORT, WITHOUT_REPORT, "sign=", service.api))
    return proof


def test_each_shape_is_understood_with_its_own_profile(service: Service, tmp_path: Path) -> None:
    profile = own_profile(service, tmp_path)
    proof = tried(service, profile, GOOD, WITH_REPORT)
    assert proof.outcome is Outcome.PROVED, proof.detail
    assert proof.asked.endswith("then one report")
    assert proof.size == len(service.shape.content)
    assert proof.looks_like_pdf is service.shape.content.startswith(b"%PDF-")
    assert proof.content_type == service.shape.kind.partition(";")[0]
    assert tried(service, profile, GOOD, WITHOUT_REPORT).outcome is Outcome.NO_REPORT
    assert service.refusals == 0
    refused = tried(service, profile, BAD, WITH_REPORT)
    assert refused.outcome is Outcome.REFUSED, refused.detail
    assert service.refusals == 1
    without = tried(service, profile, GOOD, None).outcome
    assert without in ({Outcome.ACCEPTED} if service.shape.shown.startswith(("header", "query")) else UNTOLD)
    for call in service.elsewhere:
        assert not any(secret in str(call) for secret in (KEY, TOKEN, "Authorization", "Cookie"))


UNTOLD = {Outcome.SKIPPED, Outcome.NOT_UNDERSTOOD}
"""Where no token is given, only a list of reports tells whether the pair is good."""


@pytest.mark.parametrize("ssid", [WITH_REPORT, WITHOUT_REPORT, None])
def test_no_shape_makes_the_profile_that_ships_refuse_a_good_pair(service: Service, ssid: str | None) -> None:
    assert tried(service, load_profile("ets-ssr"), GOOD, ssid).outcome is not Outcome.REFUSED


def test_no_shape_makes_the_profile_that_ships_accept_a_bad_pair(service: Service) -> None:
    proof = tried(service, load_profile("ets-ssr"), BAD, WITH_REPORT)
    assert proof.outcome not in WORKS, proof.detail


def test_the_shapes_are_as_many_as_were_promised_and_differ() -> None:
    assert len({shape.name for shape in SHAPES}) == len({shape.profile for shape in SHAPES}) + 1 == 15

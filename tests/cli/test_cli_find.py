"""`doctor --find-api`: asks first, shows each try, stops at a refusal, and writes the profile that worked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from adapters.reports.shapes import KEY, SHAPES, USERNAME, WITH_REPORT, Service, serving
from cli.desk import LEA, Desk
from ssrcred.adapters.config import load
from ssrcred.adapters.reports import load_profile
from ssrcred.domain.credential import SecretKey

FIND = ("doctor", "--find-api")
BY_NAME = {shape.name: shape for shape in SHAPES}


@pytest.fixture
def stored(ready: Desk) -> Desk:
    """A desk with a pair that was stored today and not tried yet."""
    ran = ready.run("store", "--stdin", given=ready.pair_lines)
    assert ran.code == 0, ran.err
    return ready


@pytest.fixture
def beside(bare: Desk, request: pytest.FixtureRequest) -> Iterator[tuple[Desk, Service]]:
    """A desk whose state's service has the shape of the parameter, with that service's pair and student."""
    with serving(BY_NAME[request.param]) as service:
        bare.secret("the shape's key", KEY)
        bare.secret("the shape's student", WITH_REPORT)
        options = ("setup", "--lea", LEA, "--name", "Made-up", "--cds", "19999990000000", "--toms-api", service.api)
        portal = ("--url", "https://made-up.schoolwise.com", "--username", "made-up-office")
        ran = bare.run(*options, *portal, "--no-input")
        assert ran.code == 0, ran.err
        bare.vault.keep_secret("test-ssid", SecretKey(WITH_REPORT))
        ran = bare.run("store", "--stdin", given=f"{USERNAME}\n{KEY}\n")
        assert ran.code == 0, ran.err
        yield bare, service


def test_the_profile_that_worked_is_written_and_can_be_used(stored: Desk) -> None:
    ran = stored.sit(*FIND, script=[("Start the test?", "y")])
    assert ran.code == 0, ran.screen
    assert "At most 120 requests, at most 12 of them with the stored credentials" in " ".join(ran.screen.split())
    assert "HTTP Basic, POST /token: returned a token." in ran.screen
    assert "GET /scorereports/SSID, the token as Authorization: Bearer: works" in ran.screen
    assert 'profile = "lincoln-ssr.toml"' in ran.screen
    config = stored.home / "config.toml"
    text = config.read_text("utf-8")
    assert "[lea.lincoln.toms]\n" in text
    config.write_text(
        text.replace("[lea.lincoln.toms]\n", '[lea.lincoln.toms]\nprofile = "lincoln-ssr.toml"\n'), "utf-8"
    )
    toms = load(config).leas[LEA].toms
    assert load_profile(toms.profile).report.words
    assert stored.run("verify").code in (0, 7)  # 7: SchoolWise still has the former pair
    assert "a PDF of" in stored.run("history").out


def test_somebody_who_says_no_sends_nothing(stored: Desk) -> None:
    ran = stored.sit(*FIND, script=[("Start the test?", "")])
    assert ran.code == 0
    assert "Nothing was sent." in ran.screen
    assert not (stored.home / "lincoln-ssr.toml").exists()


def test_without_a_person_the_question_has_to_be_answered_before(stored: Desk) -> None:
    ran = stored.run(*FIND)
    assert ran.code == 2
    assert "--yes" in ran.error["hint"]
    assert not (stored.home / "lincoln-ssr.toml").exists()
    found = stored.run(*FIND, "--yes", "--json")
    assert found.code == 0, found.err
    assert found.document["complete"] is True
    assert found.document["profile"] == str(stored.home / "lincoln-ssr.toml")
    assert [one["ended"] for one in found.document["tries"]] == ["token", "found"]
    again = stored.run(*FIND, "--yes", "--json")
    assert again.document["profile"] == str(stored.home / "lincoln-ssr-2.toml")


def test_without_a_student_it_says_what_is_missing(stored: Desk) -> None:
    stored.vault.drop_secret("test-ssid")
    ran = stored.run(*FIND, "--yes")
    assert ran.code == 0, ran.err
    assert "ssrcred secret set test-ssid" in ran.err
    assert "was not tested" in ran.err


def test_it_stops_at_a_refused_pair(stored: Desk) -> None:
    stored.click()  # kills the stored pair
    ran = stored.run(*FIND, "--yes")
    assert ran.code == 7
    assert ran.error["error"].startswith("The service rejected the credentials: HTTP Basic, POST /token")
    assert "View CAASPP/ELPAC" in ran.error["hint"]
    assert ran.err.count(": rejected the credentials") == 1
    assert not (stored.home / "lincoln-ssr.toml").exists()


def test_a_person_may_go_on_where_everybody_is_refused(stored: Desk) -> None:
    stored.click()
    script = [("Start the test?", "y"), ("Continue?", "y"), ("Continue?", "n")]
    ran = stored.sit(*FIND, script=script)
    assert ran.code == 7
    assert ran.screen.count("may not have checked them") == 2
    assert ran.screen.count(": rejected the credentials") == 2


def test_a_direct_check_that_is_off_is_not_made(stored: Desk) -> None:
    config = stored.home / "config.toml"
    text = config.read_text("utf-8")
    text = text.replace("enabled = true\n", "")
    config.write_text(text.replace("[lea.lincoln.toms]\n", "[lea.lincoln.toms]\nenabled = false\n"), "utf-8")
    ran = stored.run(*FIND, "--yes")
    assert ran.code == 3
    assert "direct check is off" in ran.error["error"]


def test_a_service_that_is_closed_ends_it(stored: Desk) -> None:
    stored.district.fault("service", "down")
    ran = stored.run(*FIND, "--yes")
    assert ran.code == 8
    assert "Try again later" in ran.error["hint"]


@pytest.mark.parametrize("beside", ["a client's own header, refused by 403"], indirect=True)
def test_a_service_of_no_usual_shape_is_said_to_be_one(beside: tuple[Desk, Service]) -> None:
    desk, service = beside
    ran = desk.run(*FIND, "--yes")
    assert ran.code == 6
    assert "understood none of the request formats" in ran.error["error"]
    assert "docs/how-to/api-profile.md" in ran.error["hint"]
    assert service.refusals == 0


@pytest.mark.parametrize("beside", ["a bare token, links on a second host"], indirect=True)
def test_a_host_of_links_is_named_for_the_profile(beside: tuple[Desk, Service]) -> None:
    desk, service = beside
    ran = desk.run(*FIND, "--yes")
    assert ran.code == 0, ran.err
    host = service.files.removeprefix("http://")
    assert f'hosts = ["{host}"]' in ran.err
    assert service.elsewhere == []


@pytest.mark.parametrize(
    "beside", ["the array is the whole answer, files called web pages, 204 for none"], indirect=True
)
def test_a_token_alone_is_said_to_be_half(beside: tuple[Desk, Service]) -> None:
    ran = beside[0].run(*FIND, "--yes", "--json")
    assert ran.code == 0, ran.err
    assert ran.document["complete"] is False
    assert "Only the token request is known" in ran.err


@pytest.mark.parametrize("beside", ["basic for a bearer token, student in the path"], indirect=True)
def test_a_refusal_in_words_that_nobody_understands_is_said_to_be_perhaps_one(beside: tuple[Desk, Service]) -> None:
    desk, service = beside
    service.shape = replace(service.shape, refuses=(403, {"code": 17}))
    service.pair = (USERNAME, "*MadeUp>()(OldKey12*")
    ran = desk.run(*FIND, "--yes")
    assert ran.code == 7
    assert ran.error["error"].startswith("The service may have rejected the credentials: HTTP Basic, POST /token")
    assert "may have rejected the credentials" in ran.err
    assert service.refusals == 1


@pytest.mark.parametrize(
    "beside", ["the array is the whole answer, files called web pages, 204 for none"], indirect=True
)
def test_a_service_that_describes_itself_needs_no_usual_shape(beside: tuple[Desk, Service]) -> None:
    desk, service = beside
    service.shape = replace(service.shape, described="/api/openapi.json")
    ran = desk.run(*FIND, "--yes", "--json")
    assert ran.code == 0, ran.err
    assert ran.document["complete"] is True
    assert "as it describes itself, GET /r?id=SSID" in ran.err
    assert load_profile(ran.document["profile"]).report.path == "/r?id={ssid}"

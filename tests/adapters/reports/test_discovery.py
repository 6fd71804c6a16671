"""The search for a service's shape: what it finds, how often it sends the pair, and that it stops at a refusal."""

from __future__ import annotations

import json
import resource
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote_plus

import httpx
import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.reports.shapes import (
    KEY,
    SHAPES,
    TOKEN,
    USERNAME,
    WITH_REPORT,
    WITHOUT_REPORT,
    Call,
    Service,
    Shape,
    serving,
)
from ssrcred.adapters.reports import SsrService, load_profile
from ssrcred.adapters.reports.discovery import MOST_REQUESTS, MOST_WITH_CREDENTIAL, Ended, Result, Search, Tried
from ssrcred.adapters.reports.openapi import wanted
from ssrcred.adapters.reports.profile import save_profile
from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.errors import ConfigInvalid, Unreachable
from ssrcred.domain.event import Outcome

NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
GOOD = Credential(USERNAME, SecretKey(KEY), NOW)
BAD = Credential(USERNAME, SecretKey("*MadeUp>()(OldKey12*"), NOW)
BY_NAME = {shape.name: shape for shape in SHAPES}
FOUND = {
    "basic for a bearer token, student in the path",
    "OAuth client credentials in a form, student in the query, an empty list for none",
    "a token by GET, shown in the query, files of no known type",
    "no token: HTTP Basic with every request, 404 for no report",
    "no token: the pair in two headers, read tolerantly",
    "a form's log-in that leaves a cookie, reports as web pages",
    "keys with dots in them, the array very deep",
    "everything is a 200 or a 500 with a sentence",
    "a refusal in a 200 without a word in the profile",
}
HALF = {
    "a bare token, links on a second host",
    "the password grant, reports asked for by a form",
    "the array is the whole answer, files called web pages, 204 for none",
}

# What no search can find: a host that only the specification may name, and a client's number that only the state gives.
NEEDS_A_HOST = "a bare token, links on a second host"
NEEDS_A_NUMBER = "a client's own header, refused by 403"


def no() -> bool:
    return False


def carries(call: Call, pair: Credential) -> bool:
    key = pair.secret.reveal()
    basic = b64encode(f"{USERNAME}:{key}".encode()).decode()
    headers = {basic, f"Basic {basic}", key} & set(call.headers.values())
    return bool(headers) or quote_plus(key) in call.body.decode() or key in call.body.decode()


def searched(
    service: Service, pair: Credential = GOOD, ssid: str | None = WITH_REPORT, go_on: Callable[[], bool] = no
) -> tuple[list[Tried], Result]:
    search = Search(service.api, ("ELPAC",), clock=lambda: NOW, go_on=go_on)
    tried = list(search.run(pair, None if ssid is None else SecretKey(ssid)))
    result = search.result
    assert len(service.calls) == result.requests <= search.result.most
    assert (
        sum(carries(call, pair) for call in service.calls)
        == result.with_credential
        <= search.result.most_with_credential
    )
    assert not any(secret in repr(tried) for secret in (KEY, TOKEN, WITH_REPORT, "sign="))
    return tried, result


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_good_pair_is_never_called_refused_and_a_usual_shape_is_found(shape: Shape, tmp_path: Path) -> None:
    with serving(shape) as service:
        tried, result = searched(service)
        assert service.refusals == 0
        assert Ended.REFUSED not in {one.ended for one in tried}
        assert (result.tables is not None) is (shape.name in FOUND | HALF)
        assert result.complete is (shape.name in FOUND)
        if result.complete:
            proves(service, result, tmp_path)


def proves(service: Service, result: Result, folder: Path) -> None:
    """The profile that was found proves the pair."""
    assert result.tables is not None
    profile = load_profile(str(save_profile(folder, "found", result.tables, "Made up.")))
    proof = SsrService(service.api, profile, clock=lambda: NOW).prove(GOOD, SecretKey(WITH_REPORT))
    assert proof.outcome is Outcome.PROVED


@pytest.mark.parametrize("where", ["/api/openapi.json", "/v3/api-docs"])
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_service_that_describes_itself_is_found_in_nearly_any_shape(shape: Shape, where: str, tmp_path: Path) -> None:
    with serving(replace(shape, described=where)) as service:
        tried, result = searched(service)
        assert service.refusals == 0
        assert result.complete is (shape.name not in {NEEDS_A_HOST, NEEDS_A_NUMBER}), tried
        assert result.with_credential <= 2  # a token, or a list and its report
        if result.complete:
            proves(service, result, tmp_path)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_refused_pair_is_refused_once_by_a_service_that_describes_itself(shape: Shape) -> None:
    with serving(replace(shape, described="/v3/api-docs")) as service:
        _, result = searched(service, BAD)
        assert service.refusals <= 1
        assert result.tables is None
        assert result.refused is (service.refusals == 1)


UNUSUAL = Shape(
    "JSON with fields of its own",
    "",
    pair="json",
    names=("auth.vendorUserName", "auth.vendorKey"),
    refuses=(401, {"message": "Log-in failed."}),
)


@pytest.mark.parametrize(
    "complaint",
    [
        {"detail": [{"loc": ["body", "auth", "vendorUserName"]}, {"loc": ["body", "auth", "vendorKey"]}]},
        {"errors": ["auth.vendorUserName must not be null", "auth.vendorKey must not be null"]},
        {"violations": [{"field": "auth.vendorUserName"}, {"field": "auth.vendorKey"}, {"path": "/token"}]},
        b"'auth.vendorUserName' and 'auth.vendorKey' are missing",
    ],
    ids=str,
)
def test_names_that_the_service_says_are_missing_are_used_at_once(complaint: object, tmp_path: Path) -> None:
    with serving(replace(UNUSUAL, not_so=(422, complaint))) as service:
        _, result = searched(service)
        assert result.complete
        # As JSON, which it was; had it been a form, that would have been the second one.
        assert result.with_credential <= 2
        proves(service, result, tmp_path)


def test_names_for_a_form_come_with_their_grant(tmp_path: Path) -> None:
    shape = replace(
        BY_NAME["OAuth client credentials in a form, student in the query, an empty list for none"],
        token="POST /token",
        names=("clientId", "clientSecret"),
        not_so=(400, {"error_description": "Missing parameters: grant_type, clientId, clientSecret"}),
    )
    with serving(shape) as service:
        _, result = searched(service)
        assert result.complete
        assert result.tables is not None
        assert result.tables["token"]["extra"] == {"grant_type": "client_credentials"}
        proves(service, result, tmp_path)


@pytest.mark.parametrize(
    ("complaint", "names"),
    [
        (b'{"username":["required"],"password":["required"]}', ("username", "password")),
        (b'{"Username":["The Username field is required."],"Password":["Required."]}', ("Username", "Password")),
        (b"Missing username or password", ("username", "password")),
        (b'{"message":"Missing headers X-Api-User and X-Api-Key"}', ("X-Api-User", "X-Api-Key")),
        (b"A user needs a key and a login", None),
        (b'{"message":"username or client_id is missing, and password"}', None),
        (b'{"message":"password is missing"}', None),
        (b"<html>username password</html>", None),
        (b"\xff\xfe", None),
        (b"[" * 5000, None),
        (b'{"a":' * 900 + b"[]" + b"}" * 900, None),
    ],
)
def test_names_are_taken_from_a_complaint_when_there_is_one_of_each(
    complaint: bytes, names: tuple[str, str] | None
) -> None:
    assert wanted(complaint) == names


def test_a_body_that_is_not_taken_never_gets_the_pair() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/token" or request.method != "POST":
            return httpx.Response(404)
        if request.headers.get("Content-Type") != "application/x-www-form-urlencoded":
            assert KEY.encode() not in request.content
            return httpx.Response(415)
        given = b"client_id" in request.content
        return httpx.Response(200, json={"token": TOKEN}) if given else httpx.Response(400)

    tried, result = answered(handler)
    assert [one.shape for one in tried if one.ended is Ended.TOKEN] == [
        "a form with client_id and client_secret, POST /token"
    ]
    json_only = replace(UNUSUAL, names=("username", "password"), not_so=(415, {}))
    with serving(json_only) as service:
        _, result = searched(service)
        assert result.with_credential == 1  # HTTP Basic, which needs no body


@pytest.mark.parametrize("stranger", [True, False])
def test_a_cookie_is_a_log_in_only_when_a_list_comes_for_it(stranger: bool) -> None:
    """A service that hands out a cookie for nothing, to everybody or to whoever sends fields."""

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/login":
            return httpx.Response(401 if "reports" in request.url.path else 404)
        known = b"password" in request.content
        cookie = {"Set-Cookie": "balance=made-up; Path=/"} if stranger or known else {}
        return httpx.Response(200 if known else 400, headers=cookie, json={})

    tried, result = answered(handler)
    assert result.tables is None
    assert Ended.TOKEN not in {one.ended for one in tried}
    assert any("cookie" in one.detail for one in tried) is not stranger


@pytest.mark.parametrize("status", [401, 403])
def test_headers_get_no_pair_where_a_log_in_of_another_kind_is_wanted(status: int) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        assert KEY not in str(request.headers)
        listed = request.method == "GET" and request.url.path.startswith(("/reports", "/scorereports"))
        return httpx.Response(status if listed else 404, headers={"WWW-Authenticate": "Bearer"})

    _, result = answered(handler)
    assert (result.with_credential, result.refused) == (0, False)


@pytest.mark.parametrize(("most", "most_with_credential"), [(3, 12), (120, 2), (0, 0), (21, 3)])
def test_no_more_requests_are_made_than_were_promised(most: int, most_with_credential: int) -> None:
    with serving(
        BY_NAME["JSON both ways, a deep token in another header, refused and nothing said by fields of a 200"]
    ) as service:
        search = Search(
            service.api, (), clock=lambda: NOW, go_on=no, most=most, most_with_credential=most_with_credential
        )
        list(search.run(GOOD, SecretKey(WITH_REPORT)))
        assert search.result.enough
        assert len(service.calls) == search.result.requests <= most
        assert (
            sum(carries(call, GOOD) for call in service.calls) == search.result.with_credential <= most_with_credential
        )


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_refused_pair_is_refused_once_and_not_sent_again(shape: Shape) -> None:
    with serving(shape) as service:
        tried, result = searched(service, BAD)
        assert service.refusals <= 1
        assert result.tables is None
        assert result.refused is (service.refusals == 1)
        assert (tried[-1].ended is Ended.REFUSED) is result.refused


ODD_NAMES = st.sampled_from(
    [
        "user",
        "userName",
        "user.key",
        "userName.password",
        "password",
        ".",
        "..",
        "a..b",
        "client_id",
        "loc",
        "paths",
        "t",
    ]
)
ODD = st.recursive(
    st.none() | st.booleans() | ODD_NAMES | st.just(TOKEN) | st.just(["body", "user", "key"]) | st.just("/1.pdf"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ODD_NAMES, inner, max_size=3),
    max_leaves=8,
)
STATUSES = st.sampled_from([200, 201, 204, 302, 400, 401, 403, 404, 405, 415, 422, 500, 501])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(STATUSES, ODD), min_size=1, max_size=5), st.sampled_from([b"a=b", b"\xe9", b"="]))
def test_whatever_a_service_answers_the_search_ends_within_its_bounds(
    said: list[tuple[int, object]], cookie: bytes
) -> None:
    made = []

    def handler(request: httpx.Request) -> httpx.Response:
        made.append(request)
        status, content = said[len(made) % len(said)]
        headers = [(b"Set-Cookie", cookie), (b"WWW-Authenticate", b'Basic realm="made up"'), (b"Location", b"/on")]
        return httpx.Response(status, headers=headers, json=content)

    search = Search(
        "https://ssr.example.org", (), clock=lambda: NOW, go_on=lambda: True, transport=httpx.MockTransport(handler)
    )
    tried = list(search.run(GOOD, SecretKey(WITH_REPORT)))
    assert search.result.requests <= search.result.most
    assert search.result.with_credential <= search.result.most_with_credential
    assert KEY not in repr(tried) and WITH_REPORT not in repr(tried)


def test_names_that_lead_through_each_other_are_not_used() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(400 if request.url.path == "/token" else 404, json=["user", "user.password"])

    tried, result = answered(handler)
    assert result.tables is None
    learned = [one.shape for one in tried if "as it asks for" in one.shape]
    assert learned == ["a form with user and user.password, as it asks for, POST /token"]  # JSON cannot have both


def test_a_host_that_links_lead_to_is_named_and_not_followed() -> None:
    with serving(BY_NAME["a bare token, links on a second host"]) as service:
        _, result = searched(service)
        assert result.elsewhere == service.files.removeprefix("http://")
        assert service.elsewhere == []


def test_an_empty_list_is_a_shape_that_works() -> None:
    with serving(replace(SHAPES[0], nothing=None)) as service:
        tried, result = searched(service, ssid=WITHOUT_REPORT)
        assert tried[-1] == Tried(
            "GET /scorereports/SSID, the token as Authorization: Bearer",
            Ended.FOUND,
            "the list of the student's reports is empty",
        )
        assert result.complete


def test_a_student_without_a_report_shows_no_path() -> None:
    with serving(SHAPES[0]) as service:
        _, result = searched(service, ssid=WITHOUT_REPORT)
        assert result.tables is not None
        assert not result.complete


def test_without_a_student_only_the_way_to_a_token_is_found() -> None:
    with serving(SHAPES[0]) as service:
        tried, result = searched(service, ssid=None)
        assert [one.ended for one in tried] == [Ended.TOKEN]
        assert result.tables == {"token": {"path": "/token", "send": "basic"}, "report": {"words": ["ELPAC"]}}


@pytest.mark.parametrize(
    "shown", ["header:X-Auth-Token:", "header:Authorization:", "query:access_token"], ids=lambda shown: shown
)
def test_other_ways_to_show_a_token_are_tried_where_it_is_wanted(shown: str) -> None:
    with serving(replace(SHAPES[0], shown=shown)) as service:
        _, result = searched(service)
        assert result.complete
        assert result.with_credential == 1


Handler = Callable[[httpx.Request], httpx.Response]


def answered(handler: Handler, go_on: Callable[[], bool] = no) -> tuple[list[Tried], Result]:
    search = Search(
        "https://ssr.example.org", (), clock=lambda: NOW, go_on=go_on, transport=httpx.MockTransport(handler)
    )
    return list(search.run(GOOD, SecretKey(WITH_REPORT))), search.result


def only_json(request: httpx.Request) -> httpx.Response:
    """A log-in that says the same to everybody whom it does not understand, as hand-made services do."""
    if request.url.path != "/token":
        return httpx.Response(404)
    sent = json.loads(request.content) if request.headers.get("Content-Type") == "application/json" else {}
    if sent == {"username": USERNAME, "password": KEY}:
        return httpx.Response(200, json={"token": TOKEN})
    return httpx.Response(401, json={"message": "Invalid credentials"})


def test_a_refusal_that_everybody_gets_is_told_as_such_and_ends_the_search() -> None:
    tried, result = answered(only_json)
    assert [(one.ended, one.unseen) for one in tried] == [(Ended.REFUSED, True)]
    assert (result.refused, result.with_credential) == (True, 1)


def test_a_time_and_a_number_of_their_own_do_not_make_answers_differ() -> None:
    """As Spring answers when nothing else was written."""
    count = iter(range(1000))

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/token":
            return httpx.Response(404)
        number = next(count)
        said = {"timestamp": f"2026-11-21T20:00:{number:02d}Z", "status": 401, "error": "Unauthorized"}
        return httpx.Response(
            401, json={**said, "path": "/token", "requestId": f"{number:08x}-1111-4222-8333-0000000000ab"}
        )

    tried, result = answered(handler)
    assert [(one.ended, one.unseen) for one in tried] == [(Ended.REFUSED, True)]
    assert result.with_credential == 1


def test_what_only_somebody_with_a_pair_is_told_may_be_a_refusal_in_other_words() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/token":
            return httpx.Response(404)
        known = "authorization" in request.headers
        return httpx.Response(403, json={"code": 17} if known else {"code": 4, "text": "Who are you?"})

    tried, result = answered(handler, go_on=lambda: pytest.fail("asked"))
    assert [(one.ended, one.unseen, one.sure) for one in tried] == [(Ended.REFUSED, False, False)]
    assert result.with_credential == 1


def test_what_is_said_to_be_missing_is_no_refusal() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/token":
            return httpx.Response(404)
        if b"grant_type" in request.content and "authorization" in request.headers:
            return httpx.Response(200, json={"token": TOKEN})
        known = "authorization" in request.headers
        return httpx.Response(401, json={"error": "missing grant_type" if known else "no client authentication"})

    tried, _ = answered(handler)
    assert [one.ended for one in tried][:2] == [Ended.NOT_UNDERSTOOD, Ended.TOKEN]


def test_a_person_may_go_on_after_such_a_refusal() -> None:
    asked = []

    def go_on() -> bool:
        asked.append(1)
        return True

    tried, result = answered(only_json, go_on)
    assert "JSON with username and password, POST /token" in [one.shape for one in tried if one.ended is Ended.TOKEN]
    assert len(asked) == 4
    assert not result.refused


def test_nobody_is_asked_after_a_refusal_that_somebody_without_a_pair_does_not_get() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/token":
            return httpx.Response(404)
        known = "authorization" in request.headers
        return httpx.Response(401, json={"message": "Wrong password" if known else "Who are you?"})

    tried, result = answered(handler, go_on=lambda: pytest.fail("asked"))
    assert [(one.ended, one.unseen) for one in tried] == [(Ended.REFUSED, False)]
    assert result.refused


@pytest.mark.parametrize("status", [429, 502, 503])
@pytest.mark.parametrize("after", [0, 2, 3])
def test_a_closed_service_ends_the_search_at_once(status: int, after: int) -> None:
    seen = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if len(seen) > after:
            return httpx.Response(status, headers={"Retry-After": "1"})
        return (
            httpx.Response(200, json={"token": TOKEN})
            if "authorization" in request.headers
            else httpx.Response(400 if request.url.path == "/token" else 404)
        )

    with pytest.raises(Unreachable, match="The search ended"):
        answered(handler)
    assert len(seen) == after + 1


def test_the_page_says_how_many_of_the_shapes_are_found() -> None:
    page = (Path(__file__).parents[3] / "docs/how-to/api-profile.md").read_text("utf-8")
    words = {3: "three", 9: "nine", 13: "thirteen", 15: "fifteen"}
    assert f"Of the {words[len(SHAPES)]} services that it is" in page
    assert f"{words[len(FOUND)]} are found whole, {words[len(HALF)]} as far as the token, and" in page
    assert f"{words[len(SHAPES) - 2]} whole when they describe themselves" in page
    assert f"most {MOST_REQUESTS}, and at most {MOST_WITH_CREDENTIAL} of them with the credentials" in page


def test_a_path_that_answers_like_one_that_cannot_exist_never_gets_the_pair() -> None:
    def gateway(request: httpx.Request) -> httpx.Response:
        assert KEY.encode() not in request.content
        assert "authorization" not in request.headers
        return httpx.Response(403, json={"message": "Missing Authentication Token"})

    tried, result = answered(gateway)
    assert {one.ended for one in tried} == {Ended.NOT_THERE}
    assert result.with_credential == 0


def test_a_service_that_sends_everybody_elsewhere_is_not_followed() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        assert request.url.host == "ssr.example.org"
        return httpx.Response(302, headers={"Location": "https://login.example.org/"})

    tried, _ = answered(handler)
    assert {one.ended for one in tried} == {Ended.NOT_THERE}


def test_an_answer_that_goes_elsewhere_for_a_pair_only_is_not_understood() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if "authorization" in request.headers:
            return httpx.Response(302, headers={"Location": "https://login.example.org/"})
        return httpx.Response(400 if request.url.path == "/token" else 404)

    tried, _ = answered(handler)
    assert Ended.NOT_UNDERSTOOD in {one.ended for one in tried}


def test_a_list_that_goes_elsewhere_is_not_understood() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/token":
            return httpx.Response(200, json={"token": TOKEN} if "authorization" in request.headers else {})
        return httpx.Response(302, headers={"Location": "https://login.example.org/"})

    tried, result = answered(handler)
    assert {one.ended for one in tried} == {Ended.TOKEN, Ended.NOT_UNDERSTOOD}
    assert not result.complete


def test_a_service_that_stumbles_over_a_list_is_asked_in_other_shapes() -> None:
    with serving(replace(SHAPES[0], report="GET /reports", not_so=(500, {}))) as service:
        _, result = searched(service)
        assert result.complete


def test_a_person_may_go_on_with_a_pair_that_goes_with_every_request() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if not request.url.path.startswith(("/scorereports", "/reports")):
            return httpx.Response(404)
        if request.url.path.startswith("/reports") and "authorization" in request.headers:
            return httpx.Response(200, json=[])
        return httpx.Response(401, headers={"WWW-Authenticate": 'Basic realm="made up"'})

    asked: list[int] = []

    def go_on() -> bool:
        asked.append(1)
        return True

    tried, result = answered(handler, go_on)
    assert len(asked) == 2
    assert tried[-1].ended is Ended.FOUND
    assert result.tables == {"token": {"send": "basic", "path": ""}, "report": {"path": "/reports/{ssid}"}}


@pytest.mark.parametrize(
    "content",
    [
        {"one": TOKEN, "list": [{"two": TOKEN}]},
        {"success": False, "requestId": "0b0c8f4e-1111-4222-8333-000000000000"},
        {"at": "2026-11-21T20:00:00Z"},
        {"page": "https://ssr.example.org/made-up/1"},
        {"Made Up Student\x1b[0m": TOKEN},
        [[["deep"]]],
    ],
)
def test_what_may_not_be_the_token_is_left_to_a_person(content: object) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/token":
            return httpx.Response(404)
        if "authorization" not in request.headers:
            return httpx.Response(400)
        return httpx.Response(200, json=content)

    tried, result = answered(handler)
    assert result.tables is None
    assert "Student" not in repr(tried)


def test_nothing_is_left_of_a_profile_that_the_disk_did_not_take(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        with pytest.raises(ConfigInvalid, match="cannot be written"):
            save_profile(tmp_path, "lincoln-ssr", {"token": {}, "report": {}}, "Made up.")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []


def test_a_profile_is_written_beside_those_that_are_there(tmp_path: Path) -> None:
    tables = {"token": {}, "report": {"words": ["ELPAC"]}}
    folder = tmp_path / "new"
    first, second = (save_profile(folder, "lincoln-ssr", tables, "One.\nTwo.") for _ in range(2))
    assert (first.name, second.name) == ("lincoln-ssr.toml", "lincoln-ssr-2.toml")
    assert first.read_text("utf-8") == f"# One.\n# Two.\n\n{tomli_w.dumps(tables)}"
    assert first.stat().st_mode & 0o777 == 0o600
    assert load_profile(str(first)).report.words == ("ELPAC",)
    taken = tmp_path / "file"
    taken.write_text("made up", "utf-8")
    with pytest.raises(ConfigInvalid, match="cannot be written"):
        save_profile(taken, "lincoln-ssr", tables, "")

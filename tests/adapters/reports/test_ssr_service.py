"""One try of a pair at the state's service, in as many shapes as the service may turn out to have.

Every user name, key, token, student and link here is made up.
"""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import product
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssrcred.adapters.reports import Profile, SsrService, load_profile
from ssrcred.adapters.reports.profile import Rule
from ssrcred.adapters.reports.service import WAIT_SECONDS
from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.errors import Cause, ConfigInvalid, Unreachable
from ssrcred.domain.event import Outcome
from ssrcred.domain.evidence import Probe, Proof
from ssrcred.practice import Practice, running

API = "https://ssr.example.org/api/v1"
NOW = datetime(2025, 11, 21, 17, 0, tzinfo=UTC)
USERNAME = "made_up_usd"
KEY = "*MadeUp>()(NotAKey1*"
PAIR = Credential(USERNAME, SecretKey(KEY), NOW)
SSID = "9000000099"
TOKEN = "made.up-token~0123456789"
PDF = b"%PDF-1.4\nmade up\n%%EOF\n"
PAGE = b"<!DOCTYPE html><title>Student Score Report</title><p>ELPAC, made up</p>"
DEFAULT = load_profile("ets-ssr")

Handler = Callable[[httpx.Request], httpx.Response]


def answer(content: object, status: int = 200, **headers: str) -> httpx.Response:
    """An answer of JSON, or of bytes as they are."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    if isinstance(content, bytes):
        return httpx.Response(status, content=content, headers=given)
    return httpx.Response(status, json=content, headers=given)


def listed(link: str = f"{API}/files/1.pdf") -> dict[str, Any]:
    """A list of one report, in one of many possible forms."""
    return {"scoreReports": [{"reportType": "ELPAC", "year": "2024-25", "language": "eng", "link": link}]}


@dataclass
class Pretend:
    """A service that gives these answers, by the end of the path; it keeps the requests."""

    token: httpx.Response | Exception = field(default_factory=lambda: answer({"token": TOKEN}))
    reports: httpx.Response | Exception = field(default_factory=lambda: answer(listed()))
    file: httpx.Response | Exception = field(default_factory=lambda: answer(PDF, content_type="application/pdf"))
    requests: list[httpx.Request] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        path = request.url.path
        given = self.token if "token" in path else self.reports if "reports" in path else self.file
        if isinstance(given, Exception):
            raise given
        return given

    def prove(self, profile: Profile = DEFAULT, ssid: str | None = SSID, pair: Credential = PAIR) -> Proof:
        """The proof that a try at this service ends in."""
        service = SsrService(
            API, profile, transport=httpx.MockTransport(self), clock=lambda: NOW, sleep=self.slept.append
        )
        proof = service.prove(pair, None if ssid is None else SecretKey(ssid))
        assert proof.probe is Probe.TOMS
        assert proof.at == NOW
        return proof


def with_token(**changes: Any) -> Profile:
    """The default profile with another token request."""
    return replace(DEFAULT, token=replace(DEFAULT.token, **changes))


def with_report(**changes: Any) -> Profile:
    """The default profile with another report request."""
    return replace(DEFAULT, report=replace(DEFAULT.report, **changes))


def test_a_pair_is_proved_by_a_report_that_is_fetched() -> None:
    service = Pretend()
    proof = service.prove()
    assert proof.outcome is Outcome.PROVED
    assert proof.detail == "a PDF of 23 bytes, ELPAC, 2024-25, English"
    token, reports, file = service.requests
    assert (token.method, token.url.path) == ("POST", "/api/v1/token")
    assert token.headers["Authorization"] == "Basic " + base64.b64encode(f"{USERNAME}:{KEY}".encode()).decode()
    assert (reports.method, reports.url.path) == ("GET", f"/api/v1/scorereports/{SSID}")
    assert reports.headers["Authorization"] == f"Bearer {TOKEN}"
    assert file.headers["Authorization"] == f"Bearer {TOKEN}"


def test_without_a_test_student_a_token_is_all_that_is_asked_for() -> None:
    service = Pretend()
    assert service.prove(ssid=None).outcome is Outcome.ACCEPTED
    assert len(service.requests) == 1


@pytest.mark.parametrize("ssid", ["", "..", "123456789", "900000009\u0669", "9000000099/../x"])
def test_a_test_student_without_ten_digits_is_not_asked_for(ssid: str) -> None:
    service = Pretend()
    proof = service.prove(ssid=ssid)
    assert proof.outcome is Outcome.ACCEPTED
    assert "10 digits" in proof.detail
    assert len(service.requests) == 1


def test_the_pair_can_be_sent_as_json() -> None:
    service = Pretend()
    profile = with_token(send="json", username="userName", secret="secretKey", extra={"scope": "ssr"})
    assert service.prove(profile).outcome is Outcome.PROVED
    request = service.requests[0]
    assert request.headers["Content-Type"] == "application/json"
    assert "Authorization" not in request.headers
    sent = json.loads(request.content)
    assert sent == {"scope": "ssr", "userName": USERNAME, "secretKey": KEY}


def test_the_pair_can_be_sent_as_a_form() -> None:
    service = Pretend()
    profile = with_token(send="form", username="client_id", secret="client_secret", extra={"grant_type": "made_up"})
    assert service.prove(profile).outcome is Outcome.PROVED
    sent = parse_qs(service.requests[0].content.decode())
    assert sent == {"grant_type": ["made_up"], "client_id": [USERNAME], "client_secret": [KEY]}


def test_constant_fields_go_beside_a_header() -> None:
    service = Pretend()
    service.prove(with_token(extra={"grant_type": "client_credentials"}))
    assert service.requests[0].content == b"grant_type=client_credentials"
    assert service.requests[0].headers["Content-Type"] == "application/x-www-form-urlencoded"


def test_the_token_can_be_asked_for_with_get() -> None:
    service = Pretend()
    assert service.prove(with_token(method="GET")).outcome is Outcome.PROVED
    assert service.requests[0].method == "GET"


def test_a_user_name_with_a_colon_is_not_sent_in_a_way_that_cuts_it() -> None:
    service = Pretend()
    proof = service.prove(pair=Credential("made:up", SecretKey(KEY), NOW))
    assert proof.outcome is Outcome.NOT_UNDERSTOOD
    assert "colon" in proof.detail
    assert not service.requests
    profile = with_token(send="json", username="u", secret="s")
    assert service.prove(profile, pair=Credential("made:up", SecretKey(KEY), NOW)).outcome is Outcome.PROVED


def no_token(**changes: Any) -> Profile:
    """A profile of a service that gives no token."""
    return replace(DEFAULT, token=replace(DEFAULT.token, path="", **changes))


def test_the_pair_can_go_in_two_headers() -> None:
    service = Pretend()
    profile = with_token(method="GET", send="headers", username="X-User", secret="X-Key")
    assert service.prove(profile).outcome is Outcome.PROVED
    sent = service.requests[0].headers
    assert (sent["X-User"], sent["X-Key"]) == (USERNAME, KEY)
    assert not any("X-Key" in request.headers for request in service.requests[1:])


@pytest.mark.parametrize(("username", "key"), [("made\u00e9", KEY), ("made\nup", KEY), (USERNAME, "made\tup")])
def test_a_pair_that_no_header_can_carry_is_not_sent(username: str, key: str) -> None:
    service = Pretend()
    profile = with_token(send="headers", username="X-User", secret="X-Key")
    proof = service.prove(profile, pair=Credential(username, SecretKey(key), NOW))
    assert proof.outcome is Outcome.NOT_UNDERSTOOD
    assert not service.requests


def test_constant_headers_go_to_the_service_only() -> None:
    service = Pretend(reports=answer(listed("https://files.example.org/1.pdf")))
    profile = replace(with_report(hosts=("files.example.org",)), headers={"X-Client": "made-up-client"})
    assert service.prove(profile).outcome is Outcome.PROVED
    assert ["X-Client" in request.headers for request in service.requests] == [True, True, False]


def test_a_pair_without_a_token_goes_to_the_service_only() -> None:
    service = Pretend(reports=answer([{"link": LINK}]))
    assert service.prove(no_token()).outcome is Outcome.PROVED
    assert ["Basic" in request.headers["Authorization"] for request in service.requests] == [True, True]
    service = Pretend(reports=answer([{"link": "https://files.example.org/1.pdf"}]))
    profile = no_token()
    proof = service.prove(replace(profile, report=replace(profile.report, hosts=("files.example.org",))))
    assert proof.outcome is Outcome.PROVED
    assert ["Authorization" in request.headers for request in service.requests] == [True, False]


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        (answer([]), Outcome.NO_REPORT),
        (answer(b"", 401), Outcome.REFUSED),
        (answer({"message": "Unauthorized"}, 401), Outcome.REFUSED),
        (answer({"message": "Your credentials have expired"}, 403), Outcome.REFUSED),
        (answer({"message": "Invalid user name"}, 400), Outcome.REFUSED),
        (answer({"message": "Invalid user name"}), Outcome.REFUSED),
        (answer({"message": "Access denied"}, 403), Outcome.NOT_UNDERSTOOD),
        (answer({"message": "A header is missing"}, 401), Outcome.NOT_UNDERSTOOD),
        (answer(b"", 401, WWW_Authenticate="Bearer"), Outcome.NOT_UNDERSTOOD),
        (answer({"error": "not found"}, 404), Outcome.NOT_UNDERSTOOD),
        (answer({"message": "No reports for this student"}), Outcome.NOT_UNDERSTOOD),
        (answer(b"", 204), Outcome.NOT_UNDERSTOOD),
        (answer(b"<html>", 403, content_type="text/html"), Outcome.NOT_UNDERSTOOD),
        (answer(b"", 407), Outcome.UNREACHABLE),
        (answer(b"", 500), Outcome.UNREACHABLE),
    ],
)
def test_without_a_token_only_a_list_or_a_clear_word_tells(given: httpx.Response, outcome: Outcome) -> None:
    service = Pretend(reports=given)
    assert service.prove(no_token()).outcome is outcome
    assert len(service.requests) == 1


@pytest.mark.parametrize("ssid", [None, "123"])
def test_without_a_token_and_a_student_nothing_is_asked(ssid: str | None) -> None:
    service = Pretend()
    proof = service.prove(no_token(), ssid=ssid)
    assert proof.outcome is Outcome.SKIPPED
    assert (proof.asked, service.requests) == ("", [])


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        (answer({"welcome": True}), Outcome.PROVED),
        (answer(b"", 204), Outcome.PROVED),
        (answer({"message": "Invalid user name or password"}), Outcome.REFUSED),
        (answer(b"<html>Please log in</html>", content_type="text/html"), Outcome.NOT_UNDERSTOOD),
        (answer({}, 404), Outcome.NOT_UNDERSTOOD),
    ],
)
def test_a_log_in_that_leaves_a_cookie_is_read(given: httpx.Response, outcome: Outcome) -> None:
    service = Pretend(token=given)
    assert service.prove(with_report(header="")).outcome is outcome
    assert all("Authorization" not in request.headers for request in service.requests[1:])


def test_a_log_in_that_leaves_a_cookie_shows_nothing_without_a_student() -> None:
    proof = Pretend(token=answer({"welcome": True})).prove(with_report(header=""), ssid=None)
    assert proof.outcome is Outcome.NOT_UNDERSTOOD
    assert "which would tell" in proof.detail


def test_a_token_can_be_a_parameter_and_stays_on_the_site() -> None:
    service = Pretend(reports=answer(listed(f"{API}/files/1.pdf?v=1#part")))
    assert service.prove(with_report(query="key", path="/reports/{ssid}")).outcome is Outcome.PROVED
    assert [request.url.params.get("key") for request in service.requests] == [None, TOKEN, TOKEN]
    assert all("Authorization" not in request.headers for request in service.requests[1:])
    service = Pretend(reports=answer(listed("https://files.example.org/1.pdf")))
    assert service.prove(with_report(query="key", hosts=("files.example.org",))).outcome is Outcome.PROVED
    assert "key" not in service.requests[2].url.params


def ruled(*, refused: tuple[Rule, ...] = (), no_report: tuple[Rule, ...] = ()) -> Profile:
    """The default profile with rules."""
    return replace(DEFAULT, refused=refused, no_report=no_report)


@pytest.mark.parametrize(
    ("rule", "given", "fits"),
    [
        (Rule(401), answer({}, 401), True),
        (Rule(401), answer({"message": "credentials are invalid"}, 403), False),
        (Rule(403), answer(b"<html>filter", 403, content_type="text/html"), False),
        (Rule(403, words=("filter",)), answer(b"<html>filter", 403, content_type="text/html"), True),
        (Rule(0, "a.b"), answer({"a": {"b": 1}}), True),
        (Rule(0, "a.b"), answer({"a": {"b": 0}}), False),
        (Rule(0, "a.b"), answer({"a": {"b": ""}}), False),
        (Rule(0, "a.b"), answer({"a": {}}), False),
        (Rule(0, "ok", ("false",)), answer({"ok": False}), True),
        (Rule(0, "ok", ("false",)), answer({"ok": True}), False),
        (Rule(0, "ok", ("null",)), answer({"ok": None}), False),
        (Rule(0, "code", ("7",)), answer({"code": 7}), True),
        (Rule(0, "code", ("7",)), answer({"code": 17}), False),
        (Rule(0, "codes", ("AUTH",)), answer({"codes": ["AUTH", "X"]}), True),
        (Rule(0, "", ("bad  pair",)), answer(b"That is a Bad\n pair."), True),
        (Rule(0, "", ("bad pair",)), answer(b"That is a badly paired"), False),
        (Rule(500, "", ("log-on failed",)), answer(b"Log-on failed", 500), True),
        (Rule(500, "", ("log-on failed",)), answer(b"Server error", 500), False),
    ],
)
def test_a_rule_fits_when_all_of_it_does(rule: Rule, given: httpx.Response, fits: bool) -> None:
    outcome = Pretend(token=given).prove(ruled(refused=(rule,))).outcome
    assert (outcome is Outcome.REFUSED) is fits
    found = Pretend(reports=given).prove(ruled(no_report=(rule,))).outcome
    assert (found is Outcome.NO_REPORT) is fits


def test_a_rule_is_about_the_request_that_it_names() -> None:
    at_list = answer({"code": "DEAD"}, 401)
    rule = Rule(401, "code")
    assert Pretend(reports=at_list).prove(ruled(refused=(rule,))).outcome is Outcome.NOT_UNDERSTOOD
    found = Pretend(reports=at_list).prove(ruled(refused=(replace(rule, at="report"),)))
    assert found.outcome is Outcome.REFUSED
    both = ruled(refused=(replace(rule, at="report"),))
    assert Pretend(token=at_list).prove(both).outcome is Outcome.NOT_UNDERSTOOD


def test_a_refusal_by_rule_counts_before_a_token() -> None:
    given = answer({"token": TOKEN, "expired": True})
    assert Pretend(token=given).prove(ruled(refused=(Rule(0, "expired", ("true",)),))).outcome is Outcome.REFUSED


@pytest.mark.parametrize("status", [200, 400, 422])
@pytest.mark.parametrize("text", ["No score reports were found.", "The student was not found", "no results"])
def test_a_message_that_nothing_is_there_is_no_report(status: int, text: str) -> None:
    assert Pretend(reports=answer({"message": text}, status)).prove().outcome is Outcome.NO_REPORT


def test_a_proof_tells_what_was_seen_and_nothing_of_the_student() -> None:
    proof = Pretend().prove()
    assert proof.asked == "a token, then the list of one student's reports, then one report"
    assert (proof.content_type, proof.size, proof.looks_like_pdf) == ("application/pdf", 23, True)
    assert (proof.year, proof.type) == ("2024-25", "ELPAC")
    page = Pretend(file=answer(PAGE, content_type="text/html; charset=utf-8")).prove()
    assert (page.content_type, page.size, page.looks_like_pdf) == ("text/html", 71, False)
    refused = Pretend(token=answer({"error": "access_denied"}, 401)).prove()
    assert proof.taken and page.taken and not refused.taken
    assert (refused.asked, refused.content_type, refused.looks_like_pdf) == ("a token", "application/json", None)
    assert (refused.year, refused.type) == ("", "")
    lost = Pretend(reports=httpx.ReadTimeout("made up")).prove()
    assert lost.asked == "a token, then the list of one student's reports"
    assert lost.taken  # a token came
    assert (lost.content_type, lost.size) == ("application/json", len(json.dumps({"token": TOKEN}).replace(" ", "")))
    named = [{"link": LINK, "type": "Made Up Student", "year": "Made Up"}]
    strange = Pretend(reports=answer(named), file=answer(PDF, content_type="application/made-up-student")).prove()
    assert (strange.content_type, strange.year, strange.type) == ("another type", "", "")
    bare = Pretend(reports=answer([{"link": "https://elsewhere.example.org/1.pdf"}])).prove()
    assert bare.asked == "a token, then the list of one student's reports"
    assert "a host that the API profile does not name" in bare.detail


def test_the_student_can_be_asked_for_in_a_query() -> None:
    service = Pretend()
    assert service.prove(with_report(path="/reports?ssid={ssid}&v=1")).outcome is Outcome.PROVED
    assert service.requests[1].url.query == f"ssid={SSID}&v=1".encode()


def test_the_student_can_be_asked_for_in_a_body() -> None:
    service = Pretend()
    profile = with_report(method="POST", path="/reports", body="SSID", header="X-Auth-Token", prefix="")
    assert service.prove(profile).outcome is Outcome.PROVED
    request = service.requests[1]
    assert json.loads(request.content) == {"SSID": SSID}
    assert request.headers["X-Auth-Token"] == TOKEN


def test_the_student_can_be_asked_for_with_an_empty_post() -> None:
    service = Pretend()
    assert service.prove(with_report(method="POST")).outcome is Outcome.PROVED
    assert service.requests[1].content == b""


@pytest.mark.parametrize(
    "content",
    [
        {"token": TOKEN},
        {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600},
        {"data": {"result": [{"accessToken": TOKEN}]}},
        {"JWT": TOKEN, "status": "ok"},
        {"id_token": "another.token", "Access-Token": TOKEN},
        TOKEN,
        TOKEN.encode(),
        b"\r\n" + TOKEN.encode() + b"\n",
        b"\xef\xbb\xbf" + json.dumps({"token": TOKEN}).encode(),
        json.dumps({"token": TOKEN}).encode("utf-16"),
    ],
)
def test_a_token_is_found_where_it_usually_is(content: object) -> None:
    service = Pretend(token=answer(content))
    assert service.prove().outcome is Outcome.PROVED
    assert service.requests[1].headers["Authorization"] == f"Bearer {TOKEN}"


def test_a_token_is_found_where_the_profile_says() -> None:
    content = {"token": "another.token", "made": [{"up": TOKEN}]}
    service = Pretend(token=answer(content, 201))
    assert service.prove(with_token(answer="made.0.up")).outcome is Outcome.PROVED
    assert service.requests[1].headers["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("dotted", ["made.1.up", "made.x", "token.up", "made.0", "none"])
def test_a_token_that_is_not_where_the_profile_says_is_not_looked_for_elsewhere(dotted: str) -> None:
    service = Pretend(token=answer({"token": TOKEN, "made": [{"up": "x"}]}))
    proof = service.prove(with_token(answer=dotted))
    assert proof.outcome is Outcome.NOT_UNDERSTOOD
    assert "API profile" in proof.detail


@pytest.mark.parametrize(
    "given",
    [
        answer({"error": "made up"}, 401),
        answer(b"", 401),
        answer(b"<html>made up</html>", 401, content_type="text/html"),
        answer(b"", 401, WWW_Authenticate='Basic realm="made up"'),
        answer({"message": "Bad credentials"}, 401, WWW_Authenticate='Bearer, Basic realm="made up"'),
        answer({"message": "Access denied"}, 403),
        answer({"error": "invalid_client"}, 400),
        answer({"error": "access_denied"}),
        answer({"success": False, "message": "Credentials are expired."}),
        answer({"status": 401, "token": None}),
        answer({"authenticated": False}),
        answer({"errorCode": "InvalidCredentials"}),
        answer("Unauthorized"),
        answer(b"access_denied_for_user"),
        answer(b"Access denied.", content_type="text/plain"),
    ],
)
def test_a_refusal_at_the_token_is_a_refused_pair(given: httpx.Response) -> None:
    service = Pretend(token=given)
    assert service.prove().outcome is Outcome.REFUSED
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    "given",
    [
        answer(b"<html>Access denied by the filter</html>", 403, content_type="text/html"),
        answer({"message": "Forbidden"}, 403),
        answer({"message": "Missing Authentication Token"}, 403),
        answer({"error": "invalid_request", "error_description": "Parameter grant_type is missing"}, 400),
        answer({"message": "Unauthorized: userName is required"}, 401),
        answer({"message": "Full authentication is required to access this resource"}, 401),
        answer({"error": "invalid_client", "error_description": "No client authentication included"}, 401),
        answer(b"", 401, WWW_Authenticate="Bearer"),
        answer(b"", 401, WWW_Authenticate="Negotiate"),
        answer({"message": "Unsupported Media Type"}, 415),
        answer(b"<!DOCTYPE html><p>access denied</p>", 200),
        answer({"error": "made up"}, 400),
        answer({"error": "internal"}),
        answer({"message": "invalid API key"}),
        answer({}, 404),
        answer({}, 418),
        answer(b"", 200),
        answer(b"null"),
        answer(b"null", 204),
        answer({"token": ""}),
        answer({"token": "line\nbreak"}),
        answer({"token": "\u00e9" * 20}),
        answer({"token": {"up": 1}}),
        answer(b"https://login.example.org/made/up"),
        answer(b'{"token": "' + TOKEN.encode() + b"\xff" + b'"}'),
        answer(b"[" * 100_000),
        answer(b'{"a":' * 900 + b"1" + b"}" * 900),
        answer(b'{"token": "x"}' + b" " * 2_000_000),
        answer(b"9" * 5000),
        answer(b"ServiceIsBeingMaintained"),
    ],
)
def test_an_answer_that_is_no_refusal_of_the_pair_is_not_taken_for_one(given: httpx.Response) -> None:
    assert Pretend(token=given).prove().outcome is Outcome.NOT_UNDERSTOOD


@pytest.mark.parametrize(
    ("given", "cause", "status"),
    [
        (answer(b"", 503), Cause.DOWN, 503),
        (answer(b"", 500), Cause.DOWN, 500),
        (answer(b"", 429), Cause.BUSY, 429),
        (answer(b"", 407), Cause.PROXY, 407),
        (httpx.ConnectError("made up"), Cause.NOT_CONNECTED, None),
        (httpx.ReadTimeout("made up"), Cause.SILENT, None),
        (httpx.RemoteProtocolError("made up"), Cause.SILENT, None),
    ],
)
def test_why_it_was_not_reached_is_told_apart(
    given: httpx.Response | Exception, cause: Cause, status: int | None
) -> None:
    proof = Pretend(token=given).prove()
    assert (proof.outcome, proof.cause, proof.status) == (Outcome.UNREACHABLE, cause, status)
    proof = Pretend(reports=given).prove()
    assert (proof.outcome, proof.cause, proof.taken) == (Outcome.UNREACHABLE, cause, True)


@pytest.mark.parametrize(
    ("given", "cause"),
    [
        (answer({"error": "no_access"}, 403), Cause.NOT_ENROLLED),
        (answer({"message": "The student is not enrolled in your LEA."}, 404), Cause.NOT_ENROLLED),
        (answer({"message": "The student is enrolled in another district"}, 404), Cause.NOT_ENROLLED),
        (answer({"error": "not_found"}, 404), Cause.UNKNOWN),
        (answer({"scoreReports": []}), Cause.UNKNOWN),
    ],
)
def test_a_student_who_is_enrolled_elsewhere_is_told_from_one_without_a_report(
    given: httpx.Response, cause: Cause
) -> None:
    proof = Pretend(reports=given).prove()
    assert (proof.outcome, proof.cause) == (Outcome.NO_REPORT, cause)


@pytest.mark.parametrize("status", [407, 408, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("where", ["token", "reports", "file"])
def test_a_closed_service_is_unreachable_and_never_takes_the_pair_twice(where: str, status: int) -> None:
    service = Pretend()
    setattr(service, where, answer({"error": "access_denied"}, status))
    proof = service.prove()
    if status == 407 and where == "file":
        assert proof.outcome is Outcome.NOT_UNDERSTOOD
    else:
        assert proof.outcome is Outcome.UNREACHABLE
    assert str(status) in proof.detail
    tries = 1 if where == "token" or status in {407, 500} else 3
    assert len(service.requests) == ["token", "reports", "file"].index(where) + tries
    assert [request.url.path for request in service.requests].count("/api/v1/token") == 1


@pytest.mark.parametrize("status", [429, 503])
def test_a_service_that_says_when_to_come_back_is_asked_then(status: int) -> None:
    closed = answer(b"", status, Retry_After="3")
    answers = iter([closed, answer({"token": TOKEN})])
    usual = Pretend()

    def handler(request: httpx.Request) -> httpx.Response:
        return next(answers) if "token" in request.url.path else usual(request)

    slept: list[float] = []
    service = SsrService(API, DEFAULT, transport=httpx.MockTransport(handler), clock=lambda: NOW, sleep=slept.append)
    assert service.prove(PAIR, SecretKey(SSID)).outcome is Outcome.PROVED
    assert 3 <= sum(slept) <= 4


@pytest.mark.parametrize(("seconds", "said"), [("60", "60 seconds"), ("600", "10 minutes"), ("90000", "some hours")])
def test_a_long_wait_is_told_and_not_made(seconds: str, said: str) -> None:
    service = Pretend(token=answer(b"", 429, Retry_After=seconds))
    proof = service.prove()
    assert proof.outcome is Outcome.UNREACHABLE
    assert f"asks to wait {said}" in proof.detail
    assert (len(service.requests), service.slept) == (1, [])


def test_waiting_is_bounded_in_all() -> None:
    service = Pretend(reports=answer(b"", 503, Retry_After="9"))
    assert service.prove().outcome is Outcome.UNREACHABLE
    assert sum(service.slept) <= WAIT_SECONDS <= 30


def test_a_token_request_whose_answer_was_lost_is_not_sent_again() -> None:
    for error in (httpx.ReadError("made up"), httpx.RemoteProtocolError("made up"), httpx.ReadTimeout("made up")):
        service = Pretend(token=error)
        assert service.prove().outcome is Outcome.UNREACHABLE
        assert len(service.requests) == 1


@pytest.mark.parametrize("where", ["token", "reports", "file"])
def test_a_service_that_does_not_answer_is_unreachable_and_is_not_asked_again(where: str) -> None:
    service = Pretend()
    setattr(service, where, httpx.ReadTimeout("made up: " + SSID))
    proof = service.prove()
    assert proof.outcome is Outcome.UNREACHABLE
    assert "ssr.example.org" in proof.detail
    assert len(service.requests) == ["token", "reports", "file"].index(where) + 1


@pytest.mark.parametrize(
    ("given", "outcome", "said"),
    [
        (answer({"scoreReports": []}), Outcome.NO_REPORT, "is empty"),
        (answer([]), Outcome.NO_REPORT, "is empty"),
        (answer({"error": "not_found"}, 404), Outcome.NO_REPORT, "no report for this student"),
        (answer(b"", 204), Outcome.NO_REPORT, "no report for this student"),
        (answer({"error": "no_access"}, 403), Outcome.NO_REPORT, "no access to this student"),
        (answer({"error": "access_denied"}, 403), Outcome.NO_REPORT, "no access to this student"),
        (answer({"message": "Your credentials have expired"}, 401), Outcome.REFUSED, "the credentials were rejected"),
        (answer({"message": "invalid_credentials"}, 403), Outcome.REFUSED, "the credentials were rejected"),
        (answer({"message": "Unauthorized"}, 401), Outcome.NOT_UNDERSTOOD, "API profile"),
        (answer({"message": "made up"}, 400), Outcome.NOT_UNDERSTOOD, "API profile"),
        (answer(b"<html>", 403, content_type="text/html"), Outcome.NOT_UNDERSTOOD, "web page"),
        (answer(b"<html>Maintenance", content_type="text/html"), Outcome.NOT_UNDERSTOOD, "no list"),
        (answer({"scoreReports": None}), Outcome.NOT_UNDERSTOOD, "no list"),
        (answer({"errors": [], "error": "made up", "list": []}), Outcome.NOT_UNDERSTOOD, "no list"),
        (answer({"scoreReports": ["made up"]}), Outcome.NOT_UNDERSTOOD, "no list"),
        (answer({"scoreReports": [{"type": "ELPAC"}]}), Outcome.NOT_UNDERSTOOD, "no list"),
        (answer(b"{"), Outcome.NOT_UNDERSTOOD, "no list"),
    ],
)
def test_what_comes_in_place_of_a_list_is_told_apart(given: httpx.Response, outcome: Outcome, said: str) -> None:
    service = Pretend(reports=given)
    proof = service.prove()
    assert proof.outcome is outcome
    assert said in proof.detail
    assert len(service.requests) == 2


LINK = f"{API}/files/1.pdf"


@pytest.mark.parametrize(
    "content",
    [
        [{"url": LINK}],
        {"a": [], "b": {"c": [{"d": [1, 2]}, {"e": {"f": LINK}}]}},
        {"reports": [{"noLink": 1}, "text", {"PDF": LINK}]},
        {"reports": [{"link": "/api/v1/files/1.pdf"}]},
        {"reports": [{"link": "../files/1.pdf"}]},
        {"reports": [{"linkText": "ELPAC report.pdf", "link": "", "href": "./../files/1.pdf"}]},
        {"reports": [{"links": {"video": "https://videos.example.org/1.mp4", "html": f"{API}/1.html", "pdf": LINK}}]},
        {"reports": [{"link": "https://www.youtube.com/made-up"}, {"link": LINK}]},
        {"reports": [{"link": "http://[broken"}, {"link": LINK}]},
    ],
)
def test_the_list_and_its_links_are_found_where_they_usually_are(content: object) -> None:
    service = Pretend(reports=answer(content))
    proof = service.prove()
    assert proof.outcome is Outcome.PROVED
    assert proof.detail == "a PDF of 23 bytes"
    assert str(service.requests[2].url) == LINK


def test_the_list_and_its_fields_are_found_where_the_profile_says() -> None:
    content = {
        "links": [{"link": f"{API}/wrong.pdf"}],
        "data": {
            "rows": [{"k": "ELPAC", "j": 2025, "s": {"code": "ES"}, "w": {"p": "../files/1.pdf"}, "type": "CAST"}]
        },
    }
    profile = with_report(list="data.rows", type="k", year="j", language="s.code", link="w.p")
    service = Pretend(reports=answer(content))
    assert service.prove(profile).detail == "a PDF of 23 bytes, ELPAC, 2025, Spanish"
    assert str(service.requests[2].url) == LINK


@pytest.mark.parametrize(
    ("content", "outcome"),
    [
        ({"rows": []}, Outcome.NO_REPORT),
        ({"rows": {}}, Outcome.NOT_UNDERSTOOD),
        ({"rows": None}, Outcome.NOT_UNDERSTOOD),
        ({"other": [{"link": LINK}]}, Outcome.NOT_UNDERSTOOD),
        ({"rows": [{"url": LINK}]}, Outcome.NOT_UNDERSTOOD),
    ],
)
def test_a_list_that_is_not_as_the_profile_says_is_not_looked_for_elsewhere(content: object, outcome: Outcome) -> None:
    assert Pretend(reports=answer(content)).prove(with_report(list="rows", link="link")).outcome is outcome


def test_only_known_words_of_a_report_are_shown() -> None:
    content: list[dict[str, object]] = [
        {"type": "Made Up Name", "year": "2024 Made Up", "language": "Up", "link": LINK}
    ]
    assert Pretend(reports=answer(content)).prove().detail == "a PDF of 23 bytes"
    content = [{"type": 7, "year": True, "language": None, "link": LINK}]
    assert Pretend(reports=answer(content)).prove().detail == "a PDF of 23 bytes"


def test_a_report_may_be_a_page() -> None:
    service = Pretend(file=answer(PAGE, content_type="text/html; charset=utf-8"))
    assert service.prove().detail == "a web page of 71 bytes, ELPAC, 2024-25, English"


@pytest.mark.parametrize(
    "given",
    [
        answer(b"%PDF-1.4\nbroken off", content_type="application/pdf"),
        answer(b"made up", content_type="application/pdf"),
        answer(b"", content_type="application/pdf"),
        answer(PAGE, content_type="text/plain"),
        answer(b"<html>Please wait", content_type="text/html"),
        answer(b"<html>CAASPP <input type='password'>", content_type="text/html"),
        answer({"error": "link_expired"}, 403),
        answer(PDF, 404, content_type="application/pdf"),
    ],
)
def test_what_does_not_look_like_a_report_proves_nothing(given: httpx.Response) -> None:
    proof = Pretend(file=given).prove()
    assert proof.outcome is Outcome.NOT_UNDERSTOOD
    assert "a report is listed" in proof.detail


def test_a_link_to_a_host_that_the_profile_names_is_followed_without_the_token() -> None:
    service = Pretend(reports=answer(listed("https://files.example.org/1.pdf?sign=made-up")))
    assert service.prove(with_report(hosts=("files.example.org",))).outcome is Outcome.PROVED
    assert service.requests[2].url.host == "files.example.org"
    assert "Authorization" not in service.requests[2].headers


@pytest.mark.parametrize(
    "link",
    [
        "https://elsewhere.example.org/1.pdf",
        "http://ssr.example.org/api/v1/files/1.pdf",
        "http://files.example.org/1.pdf",
        "https://ssr.example.org:8443/files/1.pdf",
        "https://made:up@ssr.example.org/files/1.pdf",
        "https://ssr.example.org.elsewhere.example.org/1.pdf",
        "//elsewhere.example.org/1.pdf",
        "https://[broken/1.pdf",
    ],
)
@pytest.mark.parametrize("token", [True, False])
def test_a_link_to_anywhere_else_is_not_followed_and_the_pair_is_accepted_all_the_same(link: str, token: bool) -> None:
    service = Pretend(reports=answer([{"link": link}]))
    profile = with_report(hosts=("files.example.org",))
    if not token:
        profile = replace(profile, token=replace(profile.token, path=""))
    proof = service.prove(profile)
    assert (proof.outcome, proof.taken) == (Outcome.ACCEPTED, True)
    assert "a report is listed, but not fetched" in proof.detail
    assert len(service.requests) == 1 + token


def test_a_token_request_that_is_sent_elsewhere_does_not_take_the_pair_along() -> None:
    service = Pretend(token=httpx.Response(302, headers={"Location": "https://elsewhere.example.org/token"}))
    assert service.prove().outcome is Outcome.NOT_UNDERSTOOD
    assert [request.url.host for request in service.requests] == ["ssr.example.org"]


def test_nothing_of_a_student_or_a_token_is_told_or_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    name = "Made Up Student"
    secrets = (KEY, TOKEN, SSID, name, "sign=made-up")
    content = [{"type": name, "student": name, "ssid": SSID, "link": LINK + "?sign=made-up"}]
    files: tuple[httpx.Response | Exception, ...] = (
        answer(PDF),
        answer(name.encode(), 500),
        httpx.ConnectError(f"{LINK}?sign=made-up {TOKEN}"),
        httpx.Response(302, headers={"Location": "https://elsewhere.example.org/?sign=made-up"}),
    )
    for file, profile in product(files, (DEFAULT, with_report(query="key"), with_report(header="X-Token"), no_token())):
        service = SsrService(
            API,
            profile,
            transport=httpx.MockTransport(Pretend(reports=answer(content), file=file)),
            clock=lambda: NOW,
            sleep=lambda seconds: None,
        )
        proof = service.prove(PAIR, SecretKey(SSID))
        told = f"{proof} {caplog.text} {service!r}"
        assert not any(secret in told for secret in secrets)


def test_an_address_that_is_not_safe_is_refused_at_once() -> None:
    with pytest.raises(ConfigInvalid):
        SsrService("http://ssr.example.org/api/v1", DEFAULT, clock=lambda: NOW)


def reaching(handler: Handler) -> SsrService:
    """A service that answers so."""
    return SsrService(
        API, DEFAULT, transport=httpx.MockTransport(handler), clock=lambda: NOW, sleep=lambda seconds: None
    )


def fails(request: httpx.Request) -> httpx.Response:
    """Nobody answers."""
    raise httpx.ConnectError("made up")


@pytest.mark.parametrize("status", [200, 302, 401, 403, 404])
def test_a_service_that_answers_anything_is_reached_without_the_pair(status: int) -> None:
    asked: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(status, headers={"Location": "https://docs.example.org/"})

    reaching(handler).reach()
    (request,) = asked
    assert request.url == API
    assert "Authorization" not in request.headers


@pytest.mark.parametrize("handler", [fails, lambda request: httpx.Response(503)])
def test_a_service_that_is_closed_is_not_reached(handler: Handler) -> None:
    with pytest.raises(Unreachable):
        reaching(handler).reach()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.just(LINK) | st.just(TOKEN),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["token", "link", "year", "type", "error", "reports", "x"]) | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)
BODY = st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()) | st.just(PDF) | st.just(PAGE)
STATUS = st.sampled_from([200, 200, 200, 201, 204, 301, 302, 307, 400, 401, 403, 404, 418, 429, 500, 503, 599, 999])
TYPE = st.sampled_from(["", "application/json", "text/html", "text/plain; charset=nonsense", "application/pdf"])


@settings(deadline=None)
@given(st.tuples(STATUS, BODY, TYPE), st.tuples(STATUS, BODY, TYPE), st.tuples(STATUS, BODY, TYPE), st.booleans())
def test_any_answers_end_in_an_outcome(
    token: tuple[int, bytes, str], reports: tuple[int, bytes, str], file: tuple[int, bytes, str], usual: bool
) -> None:
    given_token = answer({"token": TOKEN}) if usual else answer(token[1], token[0], content_type=token[2])
    service = Pretend(
        given_token,
        answer(reports[1], reports[0], content_type=reports[2], location="/api/v1/reports"),
        answer(file[1], file[0], content_type=file[2]),
    )
    proof = service.prove()
    assert proof.outcome is not Outcome.SKIPPED
    assert TOKEN not in proof.detail
    assert SSID not in proof.detail


@contextmanager
def practising() -> Iterator[tuple[Practice, Callable[[str | None], Proof]]]:
    """The practice district, and a try of the pair that it issued first."""
    with running(seed=7, started=True) as practice:
        assert practice.pair is not None
        credential = Credential(practice.pair.username, SecretKey(practice.pair.secret), NOW)
        service = SsrService(practice.service_url, DEFAULT, clock=lambda: NOW, sleep=lambda seconds: None)
        service.reach()
        yield practice, lambda ssid: service.prove(credential, None if ssid is None else SecretKey(ssid))


def test_the_practice_service_proves_refuses_and_knows_its_students() -> None:
    with practising() as (practice, prove):
        proof = prove(practice.test_ssid)
        assert proof.outcome is Outcome.PROVED
        assert proof.detail.startswith("a PDF of ")
        assert proof.detail.endswith(" bytes, Smarter Balanced ELA and Mathematics, 2024-25, English")
        assert prove(None).outcome is Outcome.ACCEPTED
        assert prove(practice.ssid_without_report).outcome is Outcome.NO_REPORT
        elsewhere = prove(practice.ssid_elsewhere)
        assert (elsewhere.outcome, elsewhere.cause) == (Outcome.NO_REPORT, Cause.NOT_ENROLLED)
        practice.generate()
        assert prove(practice.test_ssid).outcome is Outcome.REFUSED


def test_the_practice_service_refuses_an_expired_pair() -> None:
    with practising() as (practice, prove):
        practice.advance(days=20)
        assert prove(practice.test_ssid).outcome is Outcome.REFUSED


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("down", Outcome.UNREACHABLE),
        ("refusing", Outcome.UNREACHABLE),
        ("resetting", Outcome.UNREACHABLE),
        ("maintenance", Outcome.NOT_UNDERSTOOD),
    ],
)
def test_the_practice_service_with_a_fault_refuses_nobody(kind: str, outcome: Outcome) -> None:
    with practising() as (practice, prove):
        practice.fault("service", kind)
        assert prove(practice.test_ssid).outcome is outcome
        practice.clear_faults()
        assert prove(practice.test_ssid).outcome is Outcome.PROVED

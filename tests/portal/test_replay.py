"""What was learned from one recorded save is replayed: read first, save once, stop when anything differs."""

from __future__ import annotations

import copy
import json
import tomllib
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from portal.mechanics import ACCOUNT, Django, DoubleSubmit, Mechanic, WebForms, cookies
from portal.plays import PLAYS
from portal.recorder import BASE, Recorder
from ssrcred.adapters.portal.html.page import read
from ssrcred.credential import Credential, SecretKey
from ssrcred.errors import ConfigInvalid, LoginRefused, PageNotUnderstood, Unreachable
from ssrcred.evidence import Outcome
from ssrcred.place import DISTRICT, KeySeen, Took
from ssrcred.portal import PortalMap, fit, load
from ssrcred.portal.learn import Learned, learn
from ssrcred.portal.map import parse
from ssrcred.portal.recording import Step
from ssrcred.portal.replay import ReplayPortal
from ssrcred.portal.trace import Markers
from ssrcred.web import Answer

MARK = Markers()
NOW = datetime(2026, 5, 6, tzinfo=UTC)
PAIR = Credential("MADEUP-NEW", SecretKey("made-up`'\"\\<&%+#$012"), NOW)


def learned(kind: type[Mechanic]) -> tuple[Learned, Mechanic, Recorder]:
    site = kind()
    with closing(Recorder(site)) as person:
        PLAYS[kind](person)
    assert site.pair == (MARK.username, MARK.key)
    return learn(person.har(), BASE, ACCOUNT[0], name="Pretend SIS"), site, person


def portal_map(found: Learned) -> PortalMap:
    return parse(tomllib.loads(found.map_toml))


def replay(site: Callable[[httpx.Request], httpx.Response], words: PortalMap, **more: Any) -> ReplayPortal:
    return ReplayPortal(
        BASE,
        ACCOUNT[0],
        SecretKey(ACCOUNT[1]),
        words,
        transport=httpx.MockTransport(site),
        clock=lambda: NOW,
        **more,
    )


@pytest.mark.parametrize("kind", PLAYS)
def test_another_pair_reaches_a_portal_that_moved_on(kind: type[Mechanic]) -> None:
    found, _, _ = learned(kind)
    site = kind()
    site.settings = {"mail": "since-then@pretend.example", "grades": "K-12 <all>", "zone": "America/Denver"}
    before = dict(site.settings)
    with closing(replay(site, portal_map(found))) as portal:
        assert portal.places()[0].username == "OLD"
        saved = portal.write(DISTRICT, PAIR)
        assert portal.write(DISTRICT, replace(PAIR, username="MADEUP-3")).reading.username == "MADEUP-3"
    assert saved.took is Took.TOOK
    assert site.pair[0] == "MADEUP-3"
    assert SecretKey(site.pair[1]).matches(PAIR.secret)
    assert site.settings == before
    assert (site.log_ins, site.saves) == (1, 2)


@pytest.mark.parametrize("kind", PLAYS)
def test_no_secret_of_the_recording_is_in_the_map_or_what_is_said(kind: type[Mechanic]) -> None:
    found, site, _ = learned(kind)
    said = "\n".join([found.map_toml, *found.warnings, *found.summary])
    for secret in (*site.issued, *site.sessions, ACCOUNT[1], MARK.key, MARK.username):
        assert secret not in said


@pytest.mark.parametrize("kind", PLAYS)
def test_a_refused_log_in_is_final(kind: type[Mechanic]) -> None:
    found, _, _ = learned(kind)
    site = kind()
    site.trusts = False
    with closing(replay(site, portal_map(found))) as portal:
        for _ in range(3):
            with pytest.raises(LoginRefused):
                portal.places()
    assert (site.log_ins, site.saves) == (1, 0)


@pytest.mark.parametrize("kind", PLAYS)
def test_a_session_that_ended_is_opened_once_more(kind: type[Mechanic]) -> None:
    found, _, _ = learned(kind)
    site = kind()
    with closing(replay(site, portal_map(found))) as portal:
        portal.places()
        site.sessions.clear()
        assert portal.write(DISTRICT, PAIR).took is Took.TOOK
    assert (site.log_ins, site.saves) == (2, 1)


def test_the_other_pair_on_the_same_page_is_left_alone() -> None:
    found, _, _ = learned(Django)
    site = Django()
    with closing(replay(site, portal_map(found))) as portal:
        reading = portal.places()[0]
        assert reading.key_seen is KeySeen.CLEAR
        assert portal.write(DISTRICT, PAIR).took is Took.TOOK
    assert site.second_pair == ("CERS", "made-up other key 1")


@pytest.fixture(scope="module")
def django_map() -> PortalMap:
    return portal_map(learned(Django)[0])


@pytest.fixture(scope="module")
def double_map() -> PortalMap:
    return portal_map(learned(DoubleSubmit)[0])


Answering = Callable[[httpx.Request], httpx.Response | None]


def but(site: Mechanic, answering: Answering) -> Callable[[httpx.Request], httpx.Response]:
    """The site, but asked first is `answering`."""

    def handler(request: httpx.Request) -> httpx.Response:
        return answering(request) or site(request)

    return handler


def change_page(site: Django, edit: Callable[[str], str]) -> Answering:
    """The change page with another text."""

    def answering(request: httpx.Request) -> httpx.Response | None:
        if (request.method, request.url.path) != ("GET", "/admin/sis/1/change/") or not site.is_in(request):
            return None
        return httpx.Response(200, html=edit(site.change(cookies(request)["csrftoken"])))

    return answering


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("API key", "SMTP password"),  # other words at the field
        ('name="api_key"', 'name="api_secret"'),  # another field
        ('name="api_key"', 'name="api_key" readonly'),
        ('name="api_key"', 'name="api_key" maxlength="8"'),
        ('value="caaspp"', 'value="elpac"'),  # the telling field is gone
        ('<form method="post" action="">', '<form method="post" action="https://elsewhere.example/admin/sis/1/change/">'),
        ('<form method="post" action="">', '<form method="post" action="/admin/other/">'),
        ('name="_save"', 'name="_delete"'),
        ('value="America/Los_Angeles"', 'value="***"'),  # stars would be saved
        ('<input name="mail"', '<input name="api_key" value="x"><input name="mail"'),  # two of one name
    ],
)  # fmt: skip
def test_a_page_that_changed_is_not_written_to(django_map: PortalMap, old: str, new: str) -> None:
    site = Django()
    page = change_page(site, lambda text: text.replace(old, new))
    with closing(replay(but(site, page), django_map)) as portal, pytest.raises(PageNotUnderstood) as caught:
        portal.write(DISTRICT, PAIR)
    assert (site.saves, site.log_ins) == (0, 1)
    assert "Nothing was written." in caught.value.state


def test_a_page_with_two_values_for_one_spot_is_not_written_to(double_map: PortalMap) -> None:
    site = DoubleSubmit()

    def answering(request: httpx.Request) -> httpx.Response | None:
        answer = site(request)
        if request.url.path != "/settings/sis":
            return answer
        more = "<script>var nonce = 'another-made-up-nonce'</script>"
        return httpx.Response(200, html=answer.text + more, headers=answer.headers.multi_items()[-1:])

    with (
        closing(replay(but(site, answering), double_map)) as portal,
        pytest.raises(PageNotUnderstood, match="two diff"),
    ):
        portal.write(DISTRICT, PAIR)
    assert site.saves == 0


def test_a_pair_that_changed_since_it_was_read_is_not_overwritten(django_map: PortalMap) -> None:
    site = Django()
    with closing(replay(site, django_map)) as portal:
        portal.places()
        site.pair = (site.pair[0], "made-up key of somebody else")
        with pytest.raises(PageNotUnderstood, match="changed since"):
            portal.write(DISTRICT, PAIR)
    assert site.saves == 0


def test_only_the_recorded_place_is_written(django_map: PortalMap) -> None:
    site = Django()
    with closing(replay(site, django_map)) as portal:
        for place, pair in (("North High", PAIR), (DISTRICT, None)):
            with pytest.raises(PageNotUnderstood, match="nothing else"):
                portal.write(place, pair)
    assert site.asked == []


def answer_to_save(site: Django, status: int, text: str, *, keep: bool = True, error: bool = False) -> Answering:
    def answering(request: httpx.Request) -> httpx.Response | None:
        if (request.method, request.url.path) != ("POST", "/admin/sis/1/change/"):
            return None
        if keep:
            site(request)
        if error:
            raise httpx.ReadError("")
        return httpx.Response(
            status, html=text, headers={"Location": "https://elsewhere.example/"} if status == 302 else {}
        )

    return answering


def test_an_error_after_the_save_is_decided_by_reading(django_map: PortalMap) -> None:
    told = {
        (500, True, False): (Took.TOOK, False),
        (500, False, False): (Took.DID_NOT_TAKE, False),
        (200, True, True): (Took.TOOK, False),
        (302, True, False): (Took.TOOK, True),
        (200, True, False): (Took.TOOK, True),
    }
    for (status, keep, error), (took, answered) in told.items():
        site = Django()
        answering = answer_to_save(
            site, status, "<p>Changes were not saved. Changes saved.</p>", keep=keep, error=error
        )
        with closing(replay(but(site, answering), django_map)) as portal:
            saved = portal.write(DISTRICT, PAIR)
        assert (saved.took, saved.answered) == (took, answered)


@pytest.mark.parametrize(
    ("stored", "took", "said"),
    [
        (("MADEUP-NEW", "made-up"), Took.DID_NOT_TAKE, "changed the key: 7 of"),
        (("MADEUP-NEW", "x" * len(PAIR.secret)), Took.DID_NOT_TAKE, "another key"),
        (("MADEUP-NEW", ""), Took.DID_NOT_TAKE, "no key"),
        (("MADEUP-NEW", "********"), Took.TOOK, "hides the key"),
        (("", ""), Took.DID_NOT_TAKE, "another user name"),
    ],
)
def test_what_the_portal_made_of_the_pair_is_told(
    django_map: PortalMap, stored: tuple[str, str], took: Took, said: str
) -> None:
    site = Django()

    def answering(request: httpx.Request) -> httpx.Response | None:
        if (request.method, request.url.path) != ("POST", "/admin/sis/1/change/"):
            return None
        answer = site(request)
        site.pair = stored
        return answer

    with closing(replay(but(site, answering), django_map)) as portal:
        saved = portal.write(DISTRICT, PAIR)
    assert saved.took is took
    assert said in saved.detail


def test_the_same_user_name_and_a_hidden_key_cannot_be_seen() -> None:
    words = portal_map(learned(WebForms)[0])
    site = WebForms()
    site.pair = (PAIR.username, "made-up old key 0001")
    with closing(replay(site, words)) as portal:
        assert portal.write(DISTRICT, PAIR).took is Took.CANNOT_BE_SEEN


def test_a_page_that_cannot_be_read_again_leaves_the_save_open(django_map: PortalMap) -> None:
    site = Django()

    def answering(request: httpx.Request) -> httpx.Response | None:
        broken = site.saves and request.method == "GET"
        return httpx.Response(503, html="<h1>Down</h1>") if broken else None

    with closing(replay(but(site, answering), django_map)) as portal:
        saved = portal.write(DISTRICT, PAIR)
    assert saved.took is Took.CANNOT_BE_SEEN
    assert "could not be read again" in saved.detail


def test_a_log_in_that_is_refused_after_the_save_is_told_with_it(django_map: PortalMap) -> None:
    site = Django()

    def answering(request: httpx.Request) -> httpx.Response | None:
        if not site.saves:
            return None
        if request.method == "POST" and request.url.path == "/admin/login/":
            return httpx.Response(401, html="<p>Sorry</p>")
        site.sessions.clear()
        return None

    with closing(replay(but(site, answering), django_map)) as portal:
        saved = portal.write(DISTRICT, PAIR)
    assert saved.took is Took.CANNOT_BE_SEEN and saved.log_in_refused


def test_a_recording_that_never_showed_the_pair_leaves_it_to_the_proof(django_map: PortalMap) -> None:
    assert django_map.recording is not None
    blind = replace(django_map, recording=replace(django_map.recording, username=None, key=None))
    site = Django()
    with closing(replay(site, blind)) as portal:
        reading = portal.places()[0]
        saved = portal.write(DISTRICT, PAIR)
    assert (reading.username, reading.key_seen) == ("", KeySeen.HIDDEN)
    assert saved.took is Took.CANNOT_BE_SEEN
    assert site.saves == 1


@pytest.mark.parametrize(
    ("status", "text", "error"),
    [
        (503, "<h1>Sorry</h1>", Unreachable),
        (404, "<h1>Sorry</h1>", PageNotUnderstood),
        (200, "<h1>The site is down for maintenance</h1>", Unreachable),
    ],
)
def test_other_pages_on_the_way_stop_the_visit(
    django_map: PortalMap, status: int, text: str, error: type[Exception]
) -> None:
    site = Django()
    page = httpx.Response(status, html=text)

    def answering(request: httpx.Request) -> httpx.Response | None:
        return page if request.method == "GET" and "change" in request.url.path else None

    with closing(replay(but(site, answering), django_map)) as portal, pytest.raises(error):
        portal.places()
    assert site.log_ins == 1


def test_a_maintenance_page_elsewhere_is_unreachable(django_map: PortalMap) -> None:
    site = Django()

    def answering(request: httpx.Request) -> httpx.Response | None:
        if request.url.path == "/sorry":
            return httpx.Response(200, html="<h1>The site is down for maintenance</h1>")
        return httpx.Response(302, headers={"Location": "/sorry"}) if "change" in request.url.path else None

    with closing(replay(but(site, answering), django_map)) as portal, pytest.raises(Unreachable):
        portal.places()


def test_a_portal_that_is_down_before_the_log_in_may_be_tried_again(django_map: PortalMap) -> None:
    site, down = Django(), [True]

    def answering(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(503, html="") if down[0] else None

    with closing(replay(but(site, answering), django_map)) as portal:
        with pytest.raises(Unreachable):
            portal.places()
        down[0] = False
        assert portal.places()[0].username == "OLD"


@pytest.mark.parametrize("status", [500, 429, 403, 401])
def test_a_log_in_that_failed_in_any_way_is_not_tried_again(django_map: PortalMap, status: int) -> None:
    site, count = Django(), [0]

    def answering(request: httpx.Request) -> httpx.Response | None:
        if (request.method, request.url.path) != ("POST", "/admin/login/"):
            return None
        count[0] += 1
        return httpx.Response(status, html="<p>Sorry</p>")

    with closing(replay(but(site, answering), django_map)) as portal:
        for _ in range(2):
            with pytest.raises(LoginRefused if status == 401 else Unreachable):
                portal.places()
    assert count == [1]


def test_a_log_in_that_answers_something_else_is_refused(double_map: PortalMap) -> None:
    for told in ({"two_factor": True}, {"other": 1}):
        site = DoubleSubmit()

        def answering(request: httpx.Request, told: object = told, site: Mechanic = site) -> httpx.Response | None:
            if request.url.path != "/session":
                return None
            site.log_ins += 1
            return httpx.Response(200, json=told)

        with closing(replay(but(site, answering), double_map)) as portal, pytest.raises(LoginRefused):
            portal.places()
        assert site.log_ins == 1


def test_a_first_page_that_is_another_one_stops_before_the_log_in(django_map: PortalMap) -> None:
    site = Django()

    def answering(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(200, json={}) if request.method == "GET" else None

    with closing(replay(but(site, answering), django_map)) as portal, pytest.raises(PageNotUnderstood):
        portal.places()
    assert site.log_ins == 0


def test_no_request_leaves_the_site(django_map: PortalMap) -> None:
    site = Django()

    def answering(request: httpx.Request) -> httpx.Response | None:
        assert request.url.host == "portal.example"
        return (
            httpx.Response(302, headers={"Location": "http://portal.example/x"})
            if "change" in request.url.path
            else None
        )

    with closing(replay(but(site, answering), django_map)) as portal, pytest.raises(PageNotUnderstood):
        portal.places()


def test_a_proof_without_an_account_is_skipped(django_map: PortalMap) -> None:
    with closing(replay(Django(), django_map)) as portal:
        assert portal.prove(DISTRICT).outcome is Outcome.SKIPPED


def test_a_proof_on_a_portal_of_scripts_is_not_understood(double_map: PortalMap) -> None:
    probes = {DISTRICT: ("parent", SecretKey("made-up parent password"))}
    with closing(replay(DoubleSubmit(), double_map, probes=probes)) as portal:
        assert portal.prove(DISTRICT).outcome is Outcome.NOT_UNDERSTOOD


def test_a_map_without_a_recording_is_refused() -> None:
    with pytest.raises(ConfigInvalid, match="holds no recording"):
        replay(Django(), load("schoolwise"))


def test_a_lost_answer_on_the_way_sends_nothing_again() -> None:
    words = portal_map(learned(WebForms)[0])
    site = WebForms()

    def answering(request: httpx.Request) -> httpx.Response | None:
        if request.method == "POST" and request.url.path == "/Options.aspx":
            site(request)
            raise httpx.ReadError("")
        return None

    with closing(replay(but(site, answering), words)) as portal, pytest.raises(Unreachable):
        portal.places()
    assert site.asked.count("POST /Options.aspx") == 1


TABLE: dict[str, Any] = {
    "name": "Pretend SIS",
    "recording": {
        "steps": [
            {
                "id": "in",
                "does": "log-in",
                "method": "POST",
                "address": "/in",
                "sends": "multipart",
                "answer": "data",
                "fields": [["u", "{{account.username}}"], ["p", "{{account.password}}"]],
            },
            {"id": "pair", "does": "look", "method": "GET", "address": "/pair/{{fresh.id}}", "answer": "data"},
            {
                "id": "save",
                "does": "save",
                "method": "PATCH",
                "address": "/pair",
                "answer": "other",
                "sends": "json",
                "json": '{"u": "{{pair.username}}", "k": "{{pair.key}}", "v": "{{fresh.v|number}}"}',
                "headers": [["X-T", "{{fresh.t}}"]],
            },
            {"id": "again", "does": "look", "method": "GET", "address": "/again", "answer": "data"},
        ],
        "fresh": [
            {"name": "id", "kind": "json", "at": "/id", "on": "in"},
            {"name": "v", "kind": "json", "at": "/v", "on": "pair"},
            {"name": "t", "kind": "header", "at": "X-T", "on": "pair"},
        ],
        "shape": [{"on": "pair", "at": "/list", "names": ["0", "1"]}],
        "stored": {"username": {"kind": "json", "at": "/u", "on": "again"}},
    },
}


class Plain:
    """A portal of data only, each answer of which a test may replace by its path."""

    def __init__(self, **told: httpx.Response) -> None:
        self.told = told
        self.username = "OLD"
        self.sent: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        name = request.url.path.strip("/").replace("/", "_")
        if request.method == "PATCH":
            self.sent.append(request)
            self.username = json.loads(request.content)["u"]
            return httpx.Response(204)
        if name in self.told:
            return self.told[name]
        if name == "in":
            return httpx.Response(200, json={"id": "a b/ü"})
        if request.url.raw_path == b"/pair/a%20b%2F%C3%BC":
            return httpx.Response(200, json={"v": "7", "list": [1, 2]}, headers={"X-T": "t1"})
        return httpx.Response(200, json={"u": self.username}) if name == "again" else httpx.Response(404)


def test_a_hand_written_map_is_followed() -> None:
    site = Plain()
    with closing(replay(site, parse(copy.deepcopy(TABLE)))) as portal:
        assert portal.write(DISTRICT, PAIR).took is Took.TOOK
    assert [request.headers["X-T"] for request in site.sent] == ["t1"]
    assert json.loads(site.sent[0].content)["v"] == 7


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"pair_a b_ü": httpx.Response(200, json={"v": "x", "list": [1, 2]}, headers={"X-T": "t"})}, "had a number"),
        ({"pair_a b_ü": httpx.Response(200, json={"v": "7", "list": [1, 2]})}, "does not show a value"),
        ({"pair_a b_ü": httpx.Response(200, json={"v": 7, "list": 1}, headers={"X-T": "t"})}, "not there when"),
        ({"pair_a b_ü": httpx.Response(200, json={"v": 7}, headers={"X-T": "t"})}, "not there when"),
        ({"again": httpx.Response(401, json={})}, "asks for the log-in again"),
    ],
)
def test_data_of_another_shape_stops_the_save(told: dict[str, httpx.Response], said: str) -> None:
    site = Plain(**told)
    with closing(replay(site, parse(copy.deepcopy(TABLE)))) as portal, pytest.raises(PageNotUnderstood, match=said):
        portal.write(DISTRICT, PAIR)
    assert site.sent == []


def test_a_session_that_ends_at_once_is_not_opened_again() -> None:
    table = copy.deepcopy(TABLE)
    site = Plain(**{"pair_a b_ü": httpx.Response(401, json={})})
    with closing(replay(site, parse(table))) as portal:
        for _ in range(2):
            with pytest.raises(PageNotUnderstood, match="asks for the log-in again"):
                portal.places()


def test_a_value_of_a_step_that_is_not_done_yet_is_not_there() -> None:
    table = copy.deepcopy(TABLE)
    table["recording"]["stored"]["username"]["on"] = "save"
    with closing(replay(Plain(), parse(table))) as portal, pytest.raises(PageNotUnderstood, match="does not show"):
        portal.places()


def test_a_log_in_page_on_the_way_ends_the_visit(django_map: PortalMap) -> None:
    site = Django()

    def answering(request: httpx.Request) -> httpx.Response | None:
        if "change" not in request.url.path:
            return None
        page = "<form method=post action=/admin/login/><input name=password type=password></form>"
        return httpx.Response(200, html=page)

    with closing(replay(but(site, answering), django_map)) as portal, pytest.raises(PageNotUnderstood, match="log-in"):
        portal.places()
    assert site.log_ins == 1


def test_a_form_is_sent_with_what_a_script_adds_and_not_with_two_of_a_name() -> None:
    step = Step("save", "save", "POST", "/save", form="page")
    for markup, said in (("", "n=1"), ("<input name=n><input name=n>", "several fields")):
        answer = Answer(200, BASE + "/s", {}, f"<form method=post action=/save><input name=a>{markup}</form>".encode())
        page = read(answer)
        (form,) = fit.fitting(page, step)
        made = fit.request(page, form, step, {"n": "1"}, {})
        assert said in (made if isinstance(made, str) else (made.content or b"").decode())

"""A recording becomes a map only if every value in it is understood; otherwise it is refused with the reason."""

from __future__ import annotations

import base64
import json
import tomllib
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.mechanics import ACCOUNT, Django
from portal.plays import django
from portal.recorder import BASE, Recorder
from ssrcred.credential import Credential, SecretKey
from ssrcred.errors import ConfigInvalid, InputRefused
from ssrcred.place import DISTRICT, Took
from ssrcred.portal.chance import clock_unit, looks_random
from ssrcred.portal.description import describe
from ssrcred.portal.learn import Learned, learn
from ssrcred.portal.map import load, parse
from ssrcred.portal.recording import SAVE, Step
from ssrcred.portal.replay import ReplayPortal
from ssrcred.portal.trace import Markers

MARK = Markers()
TOKEN = "tK9x2Qm7Zr4Lw8Vb1Np6"  # made up, as random as a portal's own
OTHER = "gH3s8Dk2Jf7Ya5Xc0Ue9"
LOGIN = f"""<form method=post action=/login><input type=hidden name=t value={OTHER}>
<input name=u><input type=password name=p><input type=submit value=Go></form>"""
FORM = "application/x-www-form-urlencoded"
PAIR = {"user": MARK.username, "key": MARK.key}


def asked(
    method: str,
    path: str,
    sent: object = None,
    told: object = "",
    *,
    headers: dict[str, str] | None = None,
    answered: dict[str, str] | None = None,
    status: int = 200,
    kind: str = "",
    base: str = BASE,
    began: str = "2026-01-02T09:00:00Z",
) -> dict[str, Any]:
    """One entry; a dict is sent and told as JSON, a text as a form and a page."""
    text = told if isinstance(told, str) else json.dumps(told)
    mime = kind or ("text/html" if isinstance(told, str) else "application/json")
    request: dict[str, Any] = {
        "method": method,
        "url": path if path.startswith("http") else base + path,
        "headers": [{"name": name, "value": value} for name, value in (headers or {}).items()],
    }
    if sent is not None:
        body = sent if isinstance(sent, str) else json.dumps(sent)
        request["postData"] = {"text": body, "mimeType": FORM if isinstance(sent, str) else "application/json"}
    content = {"mimeType": mime, "text": text}
    listed = [{"name": name, "value": value} for name, value in (answered or {}).items()]
    return {
        "startedDateTime": began,
        "request": request,
        "response": {"status": status, "headers": listed, "content": content},
    }


DOOR = [
    asked("GET", "/login", told=LOGIN, answered={"Set-Cookie": f"sid={OTHER}x; Path=/"}),
    asked("POST", "/login", f"t={OTHER}&u=office&p=made-up+password+1", "<h1>Welcome</h1>"),
]


def har(*entries: dict[str, Any], door: list[dict[str, Any]] | None = None) -> bytes:
    return json.dumps({"log": {"entries": [*(DOOR if door is None else door), *entries]}}).encode()


def of(*entries: dict[str, Any], **more: Any) -> Learned:
    return learn(har(*entries), BASE, "office", **more)


def refusal(content: bytes, **more: Any) -> str:
    with pytest.raises(InputRefused) as caught:
        learn(content, BASE, "office", **more)
    error = caught.value
    assert all(part.endswith(".") for part in (error.message, error.state, error.hint))
    assert error.__context__ is None
    said = " ".join((error.message, error.state, error.hint))
    assert not any(secret in said for secret in (TOKEN, OTHER, "made-up password 1"))
    return said


def saving(found: Learned) -> Step:
    recording = parse(tomllib.loads(found.map_toml)).recording
    assert recording is not None
    return recording.step(SAVE)


def save(**more: Any) -> dict[str, Any]:
    return asked("POST", "/api/save", {**PAIR, **more.pop("body", {})}, {"ok": True}, **more)


def test_the_simplest_save_is_learned_and_told() -> None:
    found = of(save())
    assert saving(found).json == '{"user":"{{pair.username}}","key":"{{pair.key}}"}'
    assert any("the proof decides" in line for line in found.warnings)
    assert any("password that was typed" in line for line in found.warnings)
    assert any(line.startswith("save: POST /api/save") for line in found.summary)
    lines = describe(parse(tomllib.loads(found.map_toml)))
    assert any(line.endswith("(recorded)") for line in lines)
    assert any(line.endswith("(from the map schoolwise that comes with ssrcred)") for line in lines)
    assert any(line.endswith("(from the map itself)") for line in describe(load("schoolwise")))


@pytest.mark.parametrize(
    ("told", "kind", "spot"),
    [
        (f"<input type=hidden name=nonce value={TOKEN}>", "", ("field", "nonce")),
        (f"<input id=nonce value={TOKEN}>", "", ("field", "#nonce")),
        (f'<meta name="csrf-token" content="{TOKEN}">', "", ("meta", "csrf-token")),
        (f'<div id=a data-page=\'{{"p": {{"csrf": "{TOKEN}"}}}}\'>', "", ("attribute", "div#a[data-page]/p/csrf")),
        (f"<div data-token={TOKEN}>", "", ("attribute", "div#[data-token]")),
        (f"<script>window.app = {{csrf: '{TOKEN}', n: 1}}</script>", "", ("script", "csrf")),
        (f'<script type="application/json">{{"csrf": "{TOKEN}"}}</script>', "", ("script", "csrf")),
        ({"security": [{"csrf": TOKEN}]}, "", ("json", "/security/0/csrf")),
        (")]}',\n" + json.dumps({"csrf": TOKEN}), "application/json", ("json", "/csrf")),
        (f'var cfg = {{"apiKey": "{TOKEN}"}};', "application/javascript", ("script", "apiKey")),
        (f"<a href='/x/{TOKEN}/edit'>", "", ("link", "/x/{}/edit")),
        (f"<a href='/x?sid={TOKEN}&y=2'>", "", ("link", "/x?sid={}&y=2")),
    ],
)  # fmt: skip
def test_a_fresh_value_is_traced_to_where_it_stands(told: object, kind: str, spot: tuple[str, str]) -> None:
    found = of(asked("GET", "/start", told=told, kind=kind), save(headers={"X-CSRF-Token": TOKEN}))
    recording = parse(tomllib.loads(found.map_toml)).recording
    assert recording is not None
    assert [(item.spot.kind, item.spot.at) for item in recording.fresh] == [spot]
    assert TOKEN not in found.map_toml


@pytest.mark.parametrize(
    ("answered", "spot"),
    [
        ({"X-Csrf": TOKEN}, ("header", "x-csrf")),
        ({"Set-Cookie": f"XSRF={TOKEN}; Path=/"}, ("cookie", "XSRF")),
        ({"Set-Cookie": f"XSRF={TOKEN.replace('9', '%39')}"}, ("cookie-text", "XSRF")),
    ],
)
def test_a_fresh_value_is_traced_to_headers_and_cookies(answered: dict[str, str], spot: tuple[str, str]) -> None:
    page = asked("GET", "/api/hello", told={}, answered=answered)
    found = of(page, save(headers={"Authorization": f"Bearer {TOKEN}", "Cookie": f"XSRF={TOKEN}"}))
    recording = parse(tomllib.loads(found.map_toml)).recording
    assert recording is not None
    assert [(item.spot.kind, item.spot.at) for item in recording.fresh] == [spot]
    assert ("authorization", "Bearer {{fresh." + recording.fresh[0].name + "}}") in saving(found).headers
    assert any("log out in that browser" in line for line in found.warnings)


def test_a_place_that_shows_two_values_is_not_relied_on() -> None:
    page = f"<script>a = {{csrf: '{TOKEN}'}}; b = {{csrf: 'other'}}</script>"
    assert "new each time" in refusal(har(asked("GET", "/start", told=page), save(headers={"X-CSRF": TOKEN})))


def test_a_value_in_the_address_is_traced_too() -> None:
    links = f"<a href='/s/{TOKEN}/settings?sid={OTHER}'>"
    entry = asked("POST", f"/s/{TOKEN}/save?_=1767344400000&x=1", PAIR, {"ok": True})
    found = of(asked("GET", "/start", told=links + f"<i data-s={TOKEN}>"), entry)
    assert saving(found).address == "/s/{{fresh.data-s}}/save?_={{now.ms}}&x=1"


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (save(headers={"X-CSRF": TOKEN}), "x-csrf is new each time"),
        (save(headers={"Authorization": f"{TOKEN} {OTHER}"}), "authorization is new each time"),
        (save(headers={"Authorization": "Basic bWFkZTp1cA=="}), "own log-in window"),
        (save(body={"request": "0f8fad5b-d9cb-469f-a165-70867728950e"}), "/request is new each time"),
        (save(body={"when": "2026-01-02T09:00:00Z"}), "/when is new each time"),
        (save(body={"csrf": "abcd"}), "/csrf is new each time"),
        (save(body={"note": f"of {MARK.username}"}), "inside another text"),
        (save(body={"note": "{{x"}), "opens a slot"),
        (asked("POST", f"/u/{MARK.username}", PAIR), "a marker stands in an address"),
        (asked("POST", f"/u/{TOKEN}", PAIR), "part of the address is new each time"),
        (asked("POST", "/u?sid=abcd", PAIR), "sid in the address is new each time"),
        (asked("PUT", "/s", PAIR, status=500), "answered with an error"),
        (asked("DELETE", "/s", PAIR), "not replayed"),
        (asked("POST", "/s", {"inner": json.dumps(PAIR)}), "one by one, or inside another text"),
        (asked("POST", "/s", {"user": MARK.username}), "one by one, or inside another text"),
        (asked("POST", "/s", "x" + MARK.key), "one by one, or inside another text"),
        (asked("GET", f"/s?u={MARK.username}&k={MARK.key}"), "does not hold the marker values"),
        (asked("POST", "/s"), "does not hold the marker values"),
        (asked("POST", "/s", PAIR, base="https://elsewhere.example"), "another site (elsewhere.example)"),
        (asked("POST", "/s", PAIR, base="http://portal.example"), "not safe (http)"),
    ],
)
def test_what_cannot_be_replayed_is_refused_with_the_reason(entry: dict[str, Any], said: str) -> None:
    assert said in refusal(har(entry))


def test_a_get_with_the_markers_is_no_save() -> None:
    assert "GET" not in refusal(har(asked("GET", f"/s?u={MARK.username}")))


def test_a_body_of_another_kind_is_refused() -> None:
    entry = save()
    entry["request"]["postData"] = {"text": f"<pair>{MARK.username} {MARK.key}</pair>", "mimeType": "text/xml"}
    assert "neither a form nor JSON" in refusal(har(entry))


def test_several_saves_are_refused() -> None:
    assert "more than one save" in refusal(har(save(), save()))
    assert "more than one request that sends the key" in refusal(har(save(), asked("POST", "/k", {"k": MARK.key})))


def test_a_save_that_is_sent_on_is_refused() -> None:
    for onward, said in ((BASE + "/again", "sent again"), ("https://elsewhere.example/", "leads to another site")):
        entry = save(status=307 if "again" in onward else 302)
        entry["response"]["redirectURL"] = onward
        assert said in refusal(har(entry, asked("GET", "/again")))


@pytest.mark.parametrize(
    ("door", "said"),
    [
        ([], "does not begin with the log-in"),
        ([asked("POST", "/login", "u=somebody&p=1&password=made-up")], "another user name than office"),
        ([asked("POST", "/login", "u=office&password=made-up&pass2=other")], "more than one password field"),
        ([asked("POST", "/login", "u=office&password=made-up")] * 2, "more than one log-in"),
        ([asked("POST", "/login", "u=office&password=made-up", status=401)], "not accepted"),
        ([asked("POST", "/who", "u=office"), asked("POST", "/login", "password=made-up")], "on two pages"),
    ],
)
def test_a_recording_without_its_log_in_is_refused(door: list[dict[str, Any]], said: str) -> None:
    assert said in refusal(har(save(), door=door))


def test_a_field_is_known_as_the_password_by_its_kind_too() -> None:
    assert "{{account.password}}" in of(save()).map_toml


def test_a_real_pair_in_the_recording_is_refused() -> None:
    for told in (
        {"key": "made-up current key"},
        "<td>made-up current key</td>",
        "<input type=password name=k value='made-up current key'>",
    ):
        page = asked("GET", "/settings", told=told)
        said = refusal(har(page, save()), is_ours=lambda text: text == "made-up current key")
        assert "holds a real pair" in said
        assert "current key" not in said


def test_a_password_that_would_stay_in_the_map_is_refused() -> None:
    assert "would have to hold a secret" in refusal(har(save(body={"again": "made-up password 1"})))


def test_other_sites_assets_and_goodbyes_are_not_in_the_map() -> None:
    found = of(
        asked("GET", "/logo.png", told="x", kind="image/png"),
        asked("GET", "/app.css", told="x", kind="text/css"),
        asked("GET", "/menu", told="<p>Menu"),
        asked("GET", "/logout", told="<p>Bye"),
        asked("GET", f"/part?x={TOKEN}", told="<p>Part"),
        asked("POST", "/collect", {"u": MARK.username, "k": MARK.key}, base="https://metrics.example"),
        asked("POST", "/beat", {"n": 1}, {}),
        save(),
    )
    steps = parse(tomllib.loads(found.map_toml)).recording
    assert steps is not None
    assert [step.address for step in steps.steps] == ["/login", "/login", "/menu", "/api/save"]
    assert any("metrics.example" in line for line in found.warnings)
    assert "metrics" not in found.map_toml


def test_what_the_page_showed_is_asked_for_anew_and_the_rest_is_named() -> None:
    told = {"mail": "a@b.example", "on": True, "limit": 5, "user": "", "tags": ["x", "y"], "list": [{"a": 1, "b": 2}]}
    sent = {**told, **PAIR, "on": False, "kind": "caaspp"}
    found = of(asked("GET", "/api/settings", told=told), asked("PUT", "/api/settings", sent, {"ok": True}))
    body = json.loads(saving(found).json)
    assert body == {
        "mail": "{{fresh.mail}}", "on": False, "limit": "{{fresh.limit}}", "user": "{{pair.username}}",
        "tags": ["{{fresh.0}}", "{{fresh.1}}"], "list": [{"a": "{{fresh.a}}", "b": "{{fresh.b}}"}],
        "key": "{{pair.key}}", "kind": "caaspp",
    }  # fmt: skip
    assert any("Sent as recorded each time: /on, /kind." in line for line in found.warnings)
    recording = parse(tomllib.loads(found.map_toml)).recording
    assert recording is not None
    assert {item.at for item in recording.shapes} == {"", "/tags", "/list", "/list/0"}


def test_two_places_that_fit_equally_well_are_refused() -> None:
    told = {"a": {"on": True, "user": ""}, "b": {"on": True, "user": ""}}
    content = har(asked("GET", "/api/settings", told=told), asked("PUT", "/x", {**PAIR, "on": True}, {"ok": True}))
    assert "more than one place" in refusal(content)


def test_fields_of_a_page_fill_what_a_script_sends() -> None:
    page = "<input name=mail value=a@b.example><input name=limit value=5><input name=n value=5>"
    found = of(
        asked("GET", "/settings", told=page),
        asked("GET", "/api/more", told={"zone": "west"}),
        asked("PUT", "/api/settings", {**PAIR, "mail": "a@b.example", "limit": 5, "on": True}, {"ok": True}),
    )
    body = json.loads(saving(found).json)
    assert (body["mail"], body["limit"], body["on"]) == ("{{fresh.mail}}", "{{fresh.limit|number}}", True)
    sent = f"user={MARK.username}&key={MARK.key}&mail=a%40b.example&zone=west&other=1"
    step = saving(
        of(asked("GET", "/s", told=page), asked("GET", "/m", told={"zone": "west"}), asked("POST", "/x", sent))
    )
    assert dict(step.fields)["mail"] == "{{fresh.mail}}"
    assert dict(step.fields)["zone"] == "{{fresh.zone}}"
    assert dict(step.fields)["other"] == "1"


def test_a_time_in_what_is_sent_is_told_anew() -> None:
    body = json.loads(saving(of(save(body={"at": 1767344400000, "on": "1767344401"}))).json)
    assert body["at"] == "{{now.ms|number}}"
    assert body["on"] == "{{now.s}}"


def test_where_the_stored_pair_is_shown_is_learned_after_the_save() -> None:
    before = asked("GET", "/api/pair?_=1767344400000", told={"user": "OLD", "key": "made-up"})
    after = asked("GET", "/api/pair?_=1767344400001", told=PAIR)
    found = parse(tomllib.loads(of(before, save(headers={"x-v": "1"}), after).map_toml)).recording
    assert found is not None
    assert found.username is None or found.username.at == "/user"
    found = parse(tomllib.loads(of(save(), asked("GET", "/api/pair", told=PAIR)).map_toml)).recording
    assert found is not None
    assert found.username is not None
    assert found.key is not None
    assert (found.steps[-1].address, found.username.at, found.key.at) == ("/api/pair", "/user", "/key")


def test_a_page_that_rests_on_the_save_is_not_asked_for_before() -> None:
    saved = asked("POST", "/api/save", PAIR, {"csrf": TOKEN})
    after = asked("GET", "/api/pair", told=PAIR, headers={"X-CSRF": TOKEN})
    recording = parse(tomllib.loads(of(saved, after).map_toml)).recording
    assert recording is not None
    assert recording.username is None
    unexplained = asked("GET", f"/api/pair/{OTHER}z1z2z3", told=PAIR)
    assert "not shown" in "".join(of(save(), unexplained).summary)


def form_page(*forms: str) -> dict[str, Any]:
    return asked("GET", "/settings", told="".join(forms))


ONE = "<form method=post action=/save>{}<input name=user><input name=key><input type=submit name=go value=Save></form>"
SENT = f"user={MARK.username}&key={MARK.key}&go=Save"


def test_forms_that_cannot_be_told_apart_are_refused() -> None:
    content = har(form_page(ONE.format(""), ONE.format("")), asked("POST", "/save", SENT))
    assert "several forms" in refusal(content)
    marked = [ONE.format(f"<input type=hidden name=t value={token}>") for token in (TOKEN, OTHER)]
    content = har(form_page(*marked), asked("POST", "/save", f"t={TOKEN}&{SENT}"))
    assert "several forms" in refusal(content)


def test_the_telling_field_of_a_form_is_kept() -> None:
    forms = [
        ONE.format(f"<input type=hidden name=csrf value=x{at}><input name=of value={name}>")
        for at, name in enumerate(("A", "B"))
    ]
    step = saving(of(form_page(*forms), asked("POST", "/save", f"csrf=x1&of=B&{SENT}")))
    assert step.where == (("of", "B"),)


def test_fields_of_one_name_that_were_changed_are_refused() -> None:
    page = form_page(ONE.format("<input name=n value=1><input name=n value=2>"))
    assert "several fields are called n" in refusal(har(page, asked("POST", "/save", f"n=1&n=3&{SENT}")))
    assert "n" not in dict(saving(of(page, asked("POST", "/save", f"n=1&n=2&{SENT}"))).fields)


def test_a_field_that_a_script_filled_is_named() -> None:
    page = form_page(ONE.format("<input type=hidden name=mode>"))
    found = of(page, asked("POST", "/save", f"mode=fast&added=1&{SENT}"))
    assert dict(saving(found).fields)["mode"] == "fast"
    assert any("mode, added" in line for line in found.warnings)


def test_a_form_of_another_shape_is_sent_field_by_field() -> None:
    page = form_page(ONE.format("<input name=more value=1>"), "<form action=/save><input name=user></form>")
    step = saving(of(page, asked("POST", "/save", SENT)))
    assert (step.form, step.sends) == ("", "form")


def test_a_form_on_the_way_is_named() -> None:
    role = "<form method=post action=/role><select name=role><option>Office</select><button>Go</button></form>"
    found = of(
        asked("GET", "/role", told=role),
        asked("POST", "/role", "role=Office", "<p>Home", headers={"Accept": "text/html"}),
        save(),
    )
    assert any("On the way something is sent (/role)" in line for line in found.warnings)
    assert any(line.startswith("send on the way: POST /role") for line in found.summary)


def test_a_step_on_the_way_that_failed_is_refused() -> None:
    content = har(asked("GET", "/api/t", told={"t": TOKEN}, status=404), save(headers={"X-CSRF": TOKEN}))
    assert "not answered as it should be" in refusal(content)


def test_a_redirect_counts_to_the_request_that_began_it() -> None:
    start = asked(
        "GET", "/", status=302, answered={"Location": "/app/" + OTHER, "Set-Cookie": f"route={OTHER}b; Path=/"}
    )
    landed = asked("GET", "/app/" + OTHER, told="<p>App")
    found = of(start, landed, save(headers={"Cookie": f"route={OTHER}b"}))
    recording = parse(tomllib.loads(found.map_toml)).recording
    assert recording is not None
    assert recording.steps[2].lands == "/app/*"
    assert OTHER not in found.map_toml


def test_a_cookie_that_only_data_set_brings_its_request_along() -> None:
    found = of(
        asked("GET", "/api/route", told={}, answered={"Set-Cookie": "route=b1"}),
        save(headers={"Cookie": "route=b1; other=x"}),
    )
    assert "/api/route" in found.map_toml


def test_advice_tells_of_a_recording_without_cookies_or_texts() -> None:
    door = [asked("GET", "/login", told=LOGIN), DOOR[1]]
    assert "holds no cookies" in refusal(har(save(headers={"X-CSRF": TOKEN}), door=door))
    empty = asked("GET", "/start")
    del empty["response"]["content"]["text"]
    assert "lacks the text" in refusal(har(empty, save(headers={"X-CSRF": TOKEN})))
    assert any("lacks the text of 1" in line for line in of(empty, save()).warnings)


def test_an_unexplained_reason_never_quotes_a_secret() -> None:
    refusal(har(save(body={TOKEN: TOKEN}), asked("GET", "/x", headers={"Cookie": f"s={TOKEN}"})))


def test_what_no_file_can_hold_is_refused() -> None:
    content = har(save(body={"note": "\ud800"}))
    assert "cannot be replayed" in refusal(content)


def test_too_long_a_way_is_refused() -> None:
    assert "at most 40" in refusal(har(*(asked("GET", f"/p{at}", told="<p>x") for at in range(50)), save()))


def test_the_address_of_the_portal_has_to_be_one() -> None:
    with pytest.raises(ConfigInvalid):
        learn(har(save()), "http://portal.example", "office")


def test_own_markers_may_be_used() -> None:
    entry = asked("POST", "/s", {"a": "other-user", "b": "other-Key-22"}, {})
    assert saving(of(entry, markers=Markers("other-user", "other-Key-22"))).json.count("{{pair.") == 2
    assert "other-Key-22" not in repr(Markers("other-user", "other-Key-22"))


@pytest.mark.parametrize("word", ["Save Changes", "ctl00$Main$btnSave", "19647330000000", "America/Los_Angeles"])
def test_words_and_codes_do_not_look_random(word: str) -> None:
    assert not looks_random(word)


@given(st.uuids().map(str) | st.binary(min_size=16, max_size=40).map(bytes.hex))
def test_what_is_drawn_by_lot_looks_random(text: str) -> None:
    assert looks_random(text) or text.isdigit() or len(set(text)) < 6


@pytest.mark.parametrize(
    "text", ["bcdfghjklmnpqrstvwxzbcd", "a" * 30, "x1y2z3w4", "1767344400000", "aBcDeFgHiJkLmNoPqRsT"]
)
def test_letters_without_words_look_random(text: str) -> None:
    assert looks_random(text)


def test_a_time_is_known_only_near_the_request() -> None:
    began = datetime(2026, 1, 2, 9, 0, tzinfo=UTC)
    assert clock_unit("1767344400000", began) == "now.ms"
    assert clock_unit("1767344400", began) == "now.s"
    assert clock_unit("1700000000000", began) == ""
    assert clock_unit("1767344400000", None) == ""


VALUES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=30)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.fixed_dictionaries({"mail": VALUES, "grades": VALUES, "zone": VALUES}))
def test_whatever_the_settings_hold_they_stay_as_they_are(held: dict[str, str]) -> None:
    recorded, site = Django(), Django()
    recorded.settings = site.settings = held
    with closing(Recorder(recorded)) as person:
        django(person)
    found = parse(tomllib.loads(learn(person.har(), BASE, ACCOUNT[0]).map_toml))
    pair = Credential("MADEUP-NEW", SecretKey("made-up key 2"), datetime(2026, 1, 2, tzinfo=UTC))
    transport = httpx.MockTransport(site)
    clock: Callable[[], datetime] = lambda: pair.generated_at  # noqa: E731
    with closing(
        ReplayPortal(BASE, ACCOUNT[0], SecretKey(ACCOUNT[1]), found, transport=transport, clock=clock)
    ) as portal:
        assert portal.write(DISTRICT, pair).took is Took.TOOK
    assert site.settings == held


def test_bodies_with_more_values_than_a_page_has_are_refused() -> None:
    many = {str(at): at for at in range(1001)}
    assert "more than 1,000 values" in refusal(har(save(body=many)))


def test_an_unreadable_request_that_is_needed_is_refused() -> None:
    entry = asked("POST", "/api/t", told={"t": TOKEN})
    entry["request"]["postData"] = {"text": "plain", "mimeType": "text/plain"}
    assert "neither a form nor JSON" in refusal(har(entry, save(headers={"X-CSRF": TOKEN})))


def test_the_answer_to_a_post_after_the_save_is_not_asked_for_again() -> None:
    found = of(save(), asked("POST", "/api/find", {"q": 1}, PAIR))
    assert "stored user name: not shown" in found.summary


def test_script_texts_are_read_with_their_escapes() -> None:
    page = asked("GET", "/start", told=f'<script>a = {{csrf: "{TOKEN[:4]}\\u0039{TOKEN[4:]}", bad: "\\q"}}</script>')
    found = of(page, save(headers={"X-CSRF": f"{TOKEN[:4]}9{TOKEN[4:]}"}))
    assert '"csrf"' in found.map_toml


def test_an_answer_in_an_unknown_charset_is_read_all_the_same() -> None:
    page = asked("GET", "/api/hello", told={"t": TOKEN}, kind="application/json; charset=klingon")
    page["response"]["content"] = {
        "mimeType": "application/json; charset=klingon",
        "encoding": "base64",
        "text": base64.b64encode(json.dumps({"t": TOKEN}).encode()).decode(),
    }
    assert "/t" in of(page, save(headers={"X-CSRF": TOKEN})).map_toml


def test_an_address_that_is_none_shows_nothing() -> None:
    of(asked("GET", "/start", told="<a href='//[x'>x</a>"), save())


def test_a_request_that_an_optional_page_rests_on_is_left_out_with_it() -> None:
    lost = asked("GET", f"/part/{OTHER}z", told="<p>x", headers={"X-T": TOKEN})
    found = of(asked("GET", "/api/t", told={"t": TOKEN}), lost, save())
    assert "/part" not in found.map_toml
    assert "/api/t" not in found.map_toml


@pytest.mark.parametrize("text", ["deadbeef0042", "2026-01-02 09:00"])
def test_hashes_and_moments_look_random(text: str) -> None:
    assert looks_random(text)


def safari(*entries: dict[str, Any], door: list[dict[str, Any]] | None = None) -> bytes:
    log = json.loads(har(*entries, door=door))
    log["log"]["creator"] = {"name": "WebKit Web Inspector", "version": "1.0"}
    return json.dumps(log).encode()


def test_safaris_entry_of_a_form_that_led_on_is_not_taken_for_where_it_was_sent() -> None:
    page = form_page(ONE.format(""))
    led = asked("POST", "/settings/saved", SENT, "<p>Saved")
    assert "Record in Chrome, Edge or Firefox." in refusal(safari(page, led))
    led["request"]["method"] = "GET"
    assert "as Safari exports it" in refusal(safari(page, led))
    assert saving(learn(safari(page, asked("POST", "/save", SENT, "<p>Saved")), BASE, "office")).address == "/save"
    assert saving(learn(safari(save()), BASE, "office")).address == "/api/save"


def test_firefoxs_headers_in_a_body_do_not_become_a_field() -> None:
    head = f"Content-Type: {FORM}\r\nContent-Length: 60\r\n\r\n"
    step = saving(of(form_page(ONE.format("")), asked("POST", "/save", head + SENT)))
    assert dict(step.fields) == {"user": "{{pair.username}}", "key": "{{pair.key}}"}
    assert step.form


def test_a_file_without_cookies_is_learned_with_a_warning() -> None:
    door = [asked("GET", "/login", told=LOGIN), DOOR[1]]
    bare = learn(har(save(), door=door), BASE, "office").warnings
    assert any("holds no cookies" in line and "portal test" in line for line in bare)
    assert not any("holds no cookies" in line for line in of(save()).warnings)


def test_a_save_that_was_answered_with_a_complaint_is_refused() -> None:
    for told in ({"errors": [{"message": "no"}]}, {"ok": False}, {"success": False}, {"error": {"code": 7}}):
        assert "answered with an error" in refusal(har(asked("POST", "/graphql", PAIR, told)))
        door = [DOOR[0], asked("POST", "/login", f"t={OTHER}&u=office&p=made-up+password+1", told)]
        assert "not accepted" in refusal(har(save(), door=door))
    none: dict[str, object] = {"error": {"code": 0, "text": "none"}}
    good: tuple[dict[str, object], ...] = ({"errors": []}, {"ok": True, "error": None}, none)
    for fine in good:
        assert saving(of(asked("POST", "/graphql", PAIR, fine))).address == "/graphql"


def test_a_password_that_a_script_turned_into_a_hash_is_refused() -> None:
    door = [asked("POST", "/login", f"u=office&password={'0a' * 16}")]
    assert "in a code of the page's own" in refusal(har(save(), door=door))


@pytest.mark.parametrize(
    "code", [lambda text: base64.b64encode(text.encode()).decode(), lambda text: text.encode().hex().upper()]
)
def test_markers_in_a_code_are_told_from_none(code: Callable[[str], str]) -> None:
    coded = {"a": code(MARK.username), "b": code(MARK.key)}
    assert "in a code of the page's own" in refusal(har(asked("POST", "/api/save", coded, {"ok": True})))


@pytest.mark.parametrize(
    "entry",
    [
        asked("GET", "/find?key=made-up+current+key", told="<p>x"),
        asked("GET", "/x", told="<p>x", headers={"X-Key": "made-up current key"}),
        asked("GET", "https://toms.example/", told="<td>made-up current key</td>"),
        asked("POST", "https://toms.example/", told={"key": "made-up current key"}),
    ],
)
def test_a_real_pair_is_found_wherever_it_stands(entry: dict[str, Any]) -> None:
    assert "holds a real pair" in refusal(har(entry, save()), is_ours=lambda text: text == "made-up current key")


def test_a_real_key_is_found_beside_other_words() -> None:
    page = asked("GET", "/settings", told="<p>Secret Key: made-up-current-key (new)</p>")
    assert "holds a real pair" in refusal(har(page, save()), is_ours=lambda text: text == "made-up-current-key")


@pytest.mark.parametrize(
    ("told", "warned"),
    [
        ("<form><input type=password name=key value='made-up old key'></form>", True),
        ("<form><input type=password name=key value='********'></form>", False),
        ("<form><input type=password name=key></form>", False),
        ({"pair": {"key": "made-up old key"}}, True),
        ({"pair": {"key": None}}, False),
    ],
)
def test_a_key_that_the_portal_showed_before_the_save_is_warned_of(told: object, warned: bool) -> None:
    warnings = of(asked("GET", "/settings", told=told), save()).warnings
    assert any("may be a real one" in line for line in warnings) is warned
    assert not any("old key" in line for line in warnings)


def test_the_version_that_a_save_has_to_name_is_traced_to_the_answer_that_told_it() -> None:
    read = asked("GET", "/api/pair", told={"user": "OLD"}, answered={"ETag": '"41"'})
    found = of(read, save(headers={"If-Match": '"41"'}))
    recording = parse(tomllib.loads(found.map_toml)).recording
    assert recording is not None
    assert [(item.spot.kind, item.spot.at) for item in recording.fresh] == [("header", "etag")]
    assert dict(saving(found).headers)["if-match"] == "{{fresh.etag}}"


def test_a_kind_of_json_of_its_own_is_sent_as_that_kind() -> None:
    entry = save()
    entry["request"]["postData"]["mimeType"] = "application/vnd.api+json"
    assert dict(saving(of(entry)).headers)["content-type"] == "application/vnd.api+json"
    entry["request"]["postData"]["mimeType"] = "application/json;charset=UTF-8"
    assert "content-type" not in dict(saving(of(entry)).headers)

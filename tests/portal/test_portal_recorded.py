"""A save that was recorded in a real Chromium is learned and replayed with another pair, once, decoys untouched."""

from __future__ import annotations

import base64
import copy
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from portal import js_portal
from portal.js_portal import OFFICE, JsPortal
from ssrcred.credential import Credential, SecretKey
from ssrcred.errors import LoginRefused, PageNotUnderstood
from ssrcred.place import DISTRICT, KeySeen, Took
from ssrcred.portal import load
from ssrcred.portal.learn import Learned, learn
from ssrcred.portal.replay import ReplayPortal
from ssrcred.portal.trace import Markers
from ssrcred.practice import Practice, running

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.real("chromium"), pytest.mark.filterwarnings("ignore::ResourceWarning")]
MARK = Markers()
PAIR = Credential("MADEUP-NEW", SecretKey("made-up`'\"\\<&%+#$012"), datetime(2026, 1, 2, tzinfo=UTC))
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def record(path: Path, play: Callable[[Page], None]) -> bytes:
    """The HAR of what `play` does in a Chromium of its own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        context = browser.new_context(record_har_path=path, record_har_content="embed", service_workers="block")
        play(context.new_page())
        context.close()
        browser.close()
    return path.read_bytes()


@pytest.fixture(scope="module")
def js_har(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, str, set[str]]:
    with js_portal.running() as portal:

        def play(page: Page) -> None:
            page.goto(portal.url)
            page.fill("#u", OFFICE[0])
            page.fill("#p", OFFICE[1])
            page.click("#go")
            page.fill("#name", MARK.username)
            page.fill("#key", MARK.key)
            page.click("#save")
            page.wait_for_function("document.getElementById('said')?.textContent.startsWith('Saved')")

        har = record(tmp_path_factory.mktemp("har") / "save.har", play)
        assert portal.pair == (MARK.username, MARK.key)
        return har, portal.url, set(portal.issued)


@pytest.fixture(scope="module")
def js_map(js_har: tuple[bytes, str, set[str]]) -> Learned:
    har, url, _ = js_har
    return learn(har, url, OFFICE[0], name="Pretend SIS")


@pytest.fixture
def js() -> Iterator[JsPortal]:
    with js_portal.running() as portal:
        yield portal


def replay(portal: JsPortal, learned: Learned, tmp_path: Path) -> ReplayPortal:
    path = tmp_path / "map.toml"
    path.write_text(learned.map_toml, "utf-8")
    return ReplayPortal(portal.url, OFFICE[0], SecretKey(OFFICE[1]), load(str(path)), clock=lambda: datetime.now(UTC))


def test_a_javascript_portal_takes_another_pair_by_replay(js: JsPortal, js_map: Learned, tmp_path: Path) -> None:
    js.decoys["mail"]["host"] = "smtp-since-then.pretend.example"
    before = copy.deepcopy(js.decoys)
    with closing(replay(js, js_map, tmp_path)) as portal:
        assert [(item.place, item.username, item.key_seen) for item in portal.places()] == [
            (DISTRICT, "OLD", KeySeen.HIDDEN)
        ]
        saved = portal.write(DISTRICT, PAIR)
    assert saved.took is Took.TOOK
    assert js.pair[0] == PAIR.username
    assert SecretKey(js.pair[1]).matches(PAIR.secret)
    assert js.decoys == before
    assert js.show_scores
    assert js.log_ins == [OFFICE[0]]
    assert len(js.saves) == 1


def test_the_map_holds_no_secret_of_the_recording(js_har: tuple[bytes, str, set[str]], js_map: Learned) -> None:
    text = "\n".join([js_map.map_toml, *js_map.warnings, *js_map.summary])
    for secret in (*js_har[2], OFFICE[1], MARK.key, MARK.username):
        assert secret not in text


def sanitized(log: dict[str, Any]) -> None:
    """As Chrome and Edge export it unless they are asked for sensitive data."""
    for entry in log["entries"]:
        for side, names in (("request", ("authorization", "cookie")), ("response", ("set-cookie",))):
            entry[side]["cookies"] = []
            entry[side]["headers"] = [one for one in entry[side]["headers"] if one["name"].lower() not in names]


def passed_on(log: dict[str, Any]) -> None:
    """As Chrome lists a page whose service worker passes everything on."""
    twins = copy.deepcopy(log["entries"])
    for entry in twins:
        entry["response"]["_fetchedViaServiceWorker"] = True
    log["entries"] = [entry for both in zip(twins, log["entries"], strict=True) for entry in both]


def in_base_64(log: dict[str, Any]) -> None:
    """As Chrome writes every text that holds an emoji."""
    for entry in log["entries"]:
        content = entry["response"]["content"]
        if content.get("encoding") != "base64" and "text" in content:
            text = base64.b64encode(content["text"].encode()).decode()
            content.update(text=text, encoding="base64", mimeType=content["mimeType"].partition(";")[0])


def with_heads(log: dict[str, Any]) -> None:
    """As Firefox puts the headers of an upload before what was sent, and lists no body for what sent none."""
    for entry in log["entries"]:
        posted = entry["request"].get("postData")
        if posted:
            head = f"Content-Type: {posted['mimeType']}\r\nContent-Length: {len(posted['text'])}\r\n\r\n"
            posted["text"] = head + posted["text"]


@pytest.mark.parametrize("export", [sanitized, passed_on, in_base_64, with_heads])
def test_the_same_save_is_learned_from_what_every_browser_makes_of_it(
    js: JsPortal, js_har: tuple[bytes, str, set[str]], tmp_path: Path, export: Callable[[dict[str, Any]], None]
) -> None:
    found = json.loads(js_har[0])
    export(found["log"])
    learned = learn(json.dumps(found).encode(), js_har[1], OFFICE[0])
    assert any("holds no cookies" in line for line in learned.warnings) is (export is sanitized)
    before = copy.deepcopy(js.decoys)
    with closing(replay(js, learned, tmp_path)) as portal:
        assert portal.write(DISTRICT, PAIR).took is Took.TOOK
    assert js.decoys == before
    assert (js.log_ins, len(js.saves)) == ([OFFICE[0]], 1)


def test_saves_twice_with_a_token_that_changed_meanwhile(js: JsPortal, js_map: Learned, tmp_path: Path) -> None:
    other = Credential("MADEUP-3", SecretKey("made-up third key 01"), PAIR.generated_at)
    with closing(replay(js, js_map, tmp_path)) as portal:
        portal.write(DISTRICT, PAIR)
        assert portal.write(DISTRICT, other).took is Took.TOOK
    assert js.pair[0] == other.username
    assert js.log_ins == [OFFICE[0]]
    assert len(js.saves) == 2


def test_logs_in_again_once_when_the_session_has_ended(js: JsPortal, js_map: Learned, tmp_path: Path) -> None:
    with closing(replay(js, js_map, tmp_path)) as portal:
        portal.places()
        js.forget_sessions()
        assert portal.write(DISTRICT, PAIR).took is Took.TOOK
        js.forget_sessions()
        with pytest.raises(PageNotUnderstood):
            portal.places()
    assert js.log_ins == [OFFICE[0]] * 2
    assert len(js.saves) == 1


def test_a_refused_log_in_is_never_repeated(js: JsPortal, js_map: Learned, tmp_path: Path) -> None:
    js.password = "another made-up password"
    with closing(replay(js, js_map, tmp_path)) as portal:
        for _ in range(2):
            with pytest.raises(LoginRefused) as caught:
                portal.write(DISTRICT, PAIR)
    assert js.log_ins == [OFFICE[0]]
    assert js.saves == []
    assert OFFICE[1] not in str(caught.value)


def test_a_lost_answer_is_decided_by_reading(js: JsPortal, js_map: Learned, tmp_path: Path) -> None:
    js.drops_answer = True
    with closing(replay(js, js_map, tmp_path)) as portal:
        saved = portal.write(DISTRICT, PAIR)
    assert not saved.answered
    assert saved.took is Took.TOOK
    assert len(js.saves) == 1


def test_settings_that_were_not_there_when_recorded_stop_the_save(
    js: JsPortal, js_map: Learned, tmp_path: Path
) -> None:
    js.decoys["mail"]["reply_to"] = "new@pretend.example"
    with closing(replay(js, js_map, tmp_path)) as portal, pytest.raises(PageNotUnderstood, match="not there when"):
        portal.write(DISTRICT, PAIR)
    assert js.saves == []


def record_practice(path: Path, district: Practice) -> bytes:
    """The HAR of one save of the markers for the practice district."""
    office = district.accounts.office

    def play(page: Page) -> None:
        page.goto(district.schoolwise_url)
        page.fill("#UserName", office.username)
        page.fill("#Password", office.password)
        page.click("text=Log In >> nth=-1")
        for words in ("School Office Menu", "Set District Options", "CAASPP Credentials"):
            page.click(f"text={words}")
        page.fill("#DistrictCalpadsApiUsername", MARK.username)
        page.fill("#DistrictCalpadsApiPassword", MARK.key)
        page.click("section >> nth=0 >> text=Save Changes")
        page.wait_for_load_state()

    return record(path, play)


def test_a_recorded_practice_district_takes_another_pair(tmp_path: Path) -> None:
    with running(seed=7, started=True) as district:
        office = district.accounts.office
        har = record_practice(tmp_path / "save.har", district)
        learned = learn(har, district.schoolwise_url, office.username)
        path = tmp_path / "map.toml"
        path.write_text(learned.map_toml, "utf-8")
        schools = {name: district.stored(name) for name in district.schools}
        settings, log_ins = district.settings, len(district.log_ins)
        with closing(
            ReplayPortal(
                district.schoolwise_url,
                office.username,
                SecretKey(office.password),
                load(str(path)),
                clock=lambda: datetime.now(UTC),
            )
        ) as portal:
            assert portal.places()[0].username == MARK.username
            saved = portal.write(DISTRICT, PAIR)
        stored = district.stored(DISTRICT)
        assert saved.took is Took.TOOK
        assert stored is not None
        assert stored.username == PAIR.username
        assert SecretKey(stored.secret).matches(PAIR.secret)
        assert district.settings == settings
        assert {name: district.stored(name) for name in district.schools} == schools
        assert len(district.log_ins) == log_ins + 1
        assert office.password not in learned.map_toml
